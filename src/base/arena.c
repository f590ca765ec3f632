/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

/* Of any object that is kept here: none needs more than a pointer or a number.
 */
#define ALIGN (sizeof(uint64_t))

/* With what stands before it, and that of who obtains it, whole pages. */
#define CHUNK_SIZE ((size_t)65536 - 64)

struct arena_chunk {
	struct arena_chunk *next;
	alignas(max_align_t) char bytes[];
};

struct arena arena_over(void *(*obtain)(size_t), void (*give_back)(void *))
{
	return (struct arena){ .obtain = obtain, .give_back = give_back };
}

/* Nothing is something too: NULL would say that there is no memory. */
static const uint64_t nothing;

static void *obtain(struct arena *a, size_t size, size_t align)
{
	size_t gap = (size_t)(-(uintptr_t)a->at % align);
	void *memory;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (size == 0)
		return (void *)(uintptr_t)&nothing;
	if ((size_t)(a->end - a->at) < gap + size) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
		struct arena_chunk *chunk = a->obtain(sizeof(*chunk) + room);

		if (!chunk)
			return NULL;
		chunk->next = a->chunks;
		a->chunks = chunk;
		a->at = chunk->bytes;
		a->end = chunk->bytes + room;
		gap = 0;
	}
	memory = a->at + gap;
	a->at += gap + size;
	return memory;
}

void *arena_raw(struct arena *a, size_t size)
{
	return obtain(a, size, ALIGN);
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *memory = obtain(a, size, ALIGN);

	if (memory && size > 0)
		memset(memory, 0, size);
	return memory;
}

char *arena_text(struct arena *a, const char *bytes, size_t length)
{
	char *text = length < SIZE_MAX ? obtain(a, length + 1, 1) : NULL;

	if (!text)
		return NULL;
	if (length > 0)
		memcpy(text, bytes, length);
	text[length] = '\0';
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
