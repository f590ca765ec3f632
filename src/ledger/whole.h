/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the sections that a head names make a ledger: what must be there is,
 * what belongs together is there as a whole or not at all, and no record is
 * shorter than the first program of this major knew it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct section {
	char *at; /* the first record */
	size_t stride;
	uint32_t count;
};

/* Of LEDGER_SECTION_KINDS sections, each within the ledger or empty. */
bool sections_are_whole(const struct section *sections);
