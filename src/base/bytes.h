/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cursors over bytes: the only way packets are read and written.
 *
 * A cursor that would step over its end becomes bad, yields zeros (reader) or
 * writes nothing (writer), and stays bad. So a decoder reads all its fields
 * and looks once at the end. Multi-byte values are in network order.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool bad;
};

static inline struct reader reader_over(const void *bytes, size_t length)
{
	const uint8_t *start = bytes;

	return (struct reader){ start, start + length, false };
}

static inline size_t reader_left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

/* The next `length` bytes, or NULL (and the reader is bad). */
static inline const uint8_t *read_bytes(struct reader *r, size_t length)
{
	const uint8_t *bytes = r->at;

	if (r->bad || reader_left(r) < length) {
		r->bad = true;
		return NULL;
	}
	r->at += length;
	return bytes;
}

static inline uint8_t read_u8(struct reader *r)
{
	const uint8_t *b = read_bytes(r, 1);

	return b ? b[0] : 0;
}

static inline uint16_t read_u16(struct reader *r)
{
	const uint8_t *b = read_bytes(r, 2);

	return b ? (uint16_t)(b[0] << 8 | b[1]) : 0;
}

static inline struct writer writer_over(void *bytes, size_t capacity)
{
	uint8_t *start = bytes;

	return (struct writer){ start, start, start + capacity, false };
}

static inline size_t writer_length(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

/* Room for `length` bytes, which the caller fills, or NULL (and bad). */
static inline uint8_t *write_room(struct writer *w, size_t length)
{
	uint8_t *room = w->at;

	if (w->bad || (size_t)(w->end - w->at) < length) {
		w->bad = true;
		return NULL;
	}
	w->at += length;
	return room;
}

static inline void write_bytes(struct writer *w, const void *bytes, size_t n)
{
	uint8_t *room = write_room(w, n);

	if (room && n > 0)
		memcpy(room, bytes, n);
}

static inline void write_zeros(struct writer *w, size_t length)
{
	uint8_t *room = write_room(w, length);

	if (room && length > 0)
		memset(room, 0, length);
}

static inline void write_u8(struct writer *w, uint8_t value)
{
	write_bytes(w, &value, 1);
}

static inline void write_u16(struct writer *w, uint16_t value)
{
	uint8_t b[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	write_bytes(w, b, sizeof(b));
}
