/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for what may hold a secret: a core dump leaves it out (madvise(2),
 * MADV_DONTDUMP). In pieces of pages, so for few and large ones.
 */
#pragma once

#include <stddef.h>

/* Zeroed and aligned like malloc's, or NULL. */
void *vault_obtain(size_t size);

/* Back to the kernel, which gives it to nobody as it is. NULL is nothing. */
void vault_give_back(void *memory);

/* Leaves a mapping of somebody else's out of core dumps too. */
void vault_hide(void *mapping, size_t size);
