/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ledgers as memory: making and mapping them, and where their sections are.
 * The shape is known from when a ledger was made or checked, never read again.
 */
#pragma once

#include "ledger/records.h"

#include <stddef.h>

/* A memfd with an empty ledger of that shape, or -errno. `made` is its map. */
int ledger_create(uint32_t instances, uint32_t holdings, const char *version,
		  struct ledger **made);

/* Maps a ledger; -EPROTO if it is none, or another major. */
int ledger_map(int fd, bool writable, struct ledger **mapped);
void ledger_unmap(struct ledger *ledger);

/*
 * Makes the head say again what it said when it was checked: its writer may
 * have been taken over, and who maps the ledger from now on must find one. True
 * if it said something else.
 */
bool ledger_mend(struct ledger *ledger);

/*
 * Makes this process's page tables for a ledger that it is about to write, so
 * that the first step of each record costs no fault. Failing is harmless.
 */
void ledger_touch(struct ledger *ledger);

/* The rest is for ledger.c. */

struct section {
	char *at; /* the first record */
	size_t stride;
	uint32_t count;
};

/* Of a mapped ledger (asserted). */
const struct section *section_of(const struct ledger *l,
				 enum ledger_section_kind kind);

/* A record; the index must be below the count (asserted). */
void *section_record(const struct ledger *l, enum ledger_section_kind kind,
		     uint32_t index);

/* What two programs both know of a record whose size here is `ours`. */
size_t section_common(const struct section *s, size_t ours);
