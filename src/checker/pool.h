/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of memory of one size that are taken and given back all the time, and
 * never go back to the system: as many as were ever in use at once.
 */
#pragma once

#include <stddef.h>

struct pool {
	size_t size; /* of a piece, at least that of a pointer; 0: none */
	void *free;
};

/* NULL: there is no memory. What is in it is left from before. */
void *pool_take(struct pool *p);
void pool_give(struct pool *p, void *piece);
