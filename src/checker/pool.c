/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/pool.h"

#include <stdlib.h>
#include <string.h>

/* Pieces are made so many at a time. */
#define POOL_MORE 16

static void make_more(struct pool *p)
{
	size_t size = (p->size + 15) & ~(size_t)15;
	char *made = malloc(size * POOL_MORE);

	for (unsigned n = 0; made && n < POOL_MORE; n++)
		pool_give(p, made + n * size);
}

void *pool_take(struct pool *p)
{
	void *piece;

	if (!p->free)
		make_more(p);
	piece = p->free;
	if (piece)
		memcpy(&p->free, piece, sizeof(p->free));
	return piece;
}

void pool_give(struct pool *p, void *piece)
{
	memcpy(piece, &p->free, sizeof(p->free));
	p->free = piece;
}
