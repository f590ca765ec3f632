/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret of the configuration: a password, a key. It is held in place, so
 * that no copy of it stays in an arena of texts; it is never printed, and it
 * is compared in a time that does not depend on where it differs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_SECRET_MAX 64

/* What stands in place of a secret wherever a person looks. */
#define CONF_SECRET_SHOWN "(hidden)"

struct conf_secret {
	uint8_t length; /* 0: none */
	uint8_t bytes[CONF_SECRET_MAX];
};

bool conf_secret_equal(const struct conf_secret *a,
		       const struct conf_secret *b);

/* Overwrites memory for good: the compiler does not leave it out. */
void conf_secret_wipe(void *memory, size_t size);
