/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sequence locks, and copies of records that another process may be writing, or
 * another program made.
 */
#pragma once

#include "ledger/sections.h"

/* Writing: begin, change the record, end. */
void ledger_begin(uint32_t *sequence);
void ledger_end(uint32_t *sequence);

/* Reading: begin, copy, and once more if that says so. */
uint32_t ledger_read_begin(const uint32_t *sequence);
bool ledger_read_retry(const uint32_t *sequence, uint32_t begun);

/* The rest is for the files of src/ledger. */

/* One of what is read together: `size` bytes here, and what of it is known. */
struct part {
	void *copy;
	size_t size;
	const void *record;
	size_t common;
};

struct part part_of(const struct ledger *l, enum ledger_section_kind kind,
		    uint32_t index, void *copy, size_t size);

/* Copies a part that nobody writes. What is not known of it is 0. */
void part_copy(const struct part *part);

/*
 * Copies parts that one sequence protects. False if they were being written at
 * each of a bounded number of tries.
 */
bool parts_copy(const uint32_t *sequence, const struct part *parts,
		unsigned count);
