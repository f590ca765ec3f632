/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define CHUNK_SIZE ((size_t)16384)

struct arena_chunk {
	struct arena_chunk *next;
	alignas(max_align_t) char bytes[];
};

struct arena arena_over(void *(*obtain)(size_t), void (*give_back)(void *))
{
	return (struct arena){ .obtain = obtain, .give_back = give_back };
}

void *arena_alloc(struct arena *a, size_t size)
{
	size_t align = alignof(max_align_t);
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	/* Nothing is something too: NULL would say that there is no memory. */
	size = size > 0 ? (size + align - 1) / align * align : align;
	if ((size_t)(a->end - a->at) < size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		struct arena_chunk *chunk = a->obtain(sizeof(*chunk) + room);

		if (!chunk)
			return NULL;
		chunk->next = a->chunks;
		a->chunks = chunk;
		a->at = chunk->bytes;
		a->end = chunk->bytes + room;
	}
	memory = a->at;
	a->at += size;
	return memset(memory, 0, size);
}

char *arena_text(struct arena *a, const char *bytes, size_t length)
{
	char *text = length < SIZE_MAX ? arena_alloc(a, length + 1) : NULL;

	if (text && length > 0)
		memcpy(text, bytes, length);
	return text;
}

void arena_free(struct arena *a)
{
	while (a->chunks) {
		struct arena_chunk *chunk = a->chunks;

		a->chunks = chunk->next;
		a->give_back(chunk);
	}
	a->at = a->end = NULL;
}
