/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that nobody else may learn: a password, a key. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* In a time that does not depend on where they differ. */
bool secret_equal(const void *a, const void *b, size_t size);

/* Overwrites memory for good: the compiler does not leave it out. */
void secret_wipe(void *memory, size_t size);
