/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file `state` in the run directory, by which a keeper that starts finds
 * the processes of one that died.
 *
 * It has two slots of a fixed size, is made with all its bytes, and is only
 * overwritten from then on: that takes no room on a file system that is full.
 * Slots are written in turn, so that the older one is whole whatever happens
 * while the other is written. Each has a number and a checksum; the highest
 * number of those that are whole counts.
 *
 * A slot is text. It begins with a word, so that an older program, which
 * expects a number, stops there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_SLOT 512
#define STATE_SIZE (2 * STATE_SLOT)

/*
 * A process that serves, and the numbers of the descriptors that it keeps, or
 * -1: its ledger, its packed configuration and, if that is on trial, the one
 * to go back to, with the time for that (a tick_t).
 */
struct state_process {
	int32_t pid;      /* 0: there is none */
	uint64_t started; /* procfs_start_time() */
	int32_t ledger, packed, fallback;
	int64_t return_at; /* INT64_MAX: never */
};

struct state {
	uint64_t number; /* how often it was written: 1, 2, 3, ... */
	struct state_process server;
	struct state_process heir; /* while it takes the place of the server */
	int32_t answers;           /* who answers questions, or 0 */
	uint64_t answers_started;
};

/* Where a state with this number belongs in the file. */
static inline size_t state_offset(uint64_t number)
{
	return (size_t)(number % 2) * STATE_SLOT;
}

/* A slot that says this. */
void state_encode(const struct state *s, char slot[STATE_SLOT]);

/* Puts the checksum that belongs to the rest of a slot. */
void state_seal(char slot[STATE_SLOT]);

/*
 * What a file says whose first `length` bytes are these. False: it has no slot
 * that is whole.
 */
bool state_decode(const char *file, size_t length, struct state *out);
