/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An arena: many small allocations that end together.
 *
 * The memory comes from a function that the caller hands in, so that pure
 * code allocates nothing by itself. Nothing is freed one by one.
 */
#pragma once

#include <stddef.h>

struct arena_chunk;

struct arena {
	/* Memory of at least `size` bytes, aligned like malloc's, or NULL. */
	void *(*obtain)(size_t size);
	void (*give_back)(void *memory);
	struct arena_chunk *chunks;
	char *at;
	char *end;
};

struct arena arena_over(void *(*obtain)(size_t), void (*give_back)(void *));

/* Zeroed memory, aligned for pointers and 64-bit numbers, or NULL when there
 * is none. */
void *arena_alloc(struct arena *a, size_t size);

/* The same, but nothing is set in it. */
void *arena_raw(struct arena *a, size_t size);

/* A copy of `length` bytes with a zero after them, or NULL. */
char *arena_text(struct arena *a, const char *bytes, size_t length);

/* Gives back all of it; the arena is empty and may be used again. */
void arena_free(struct arena *a);
