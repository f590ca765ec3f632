/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ledgers as memory: making and mapping them, and where their sections are.
 * The shape is known from when a ledger was made or checked, never read again.
 */
#pragma once

#include "ledger/records.h"
#include "ledger/whole.h"

#include <stddef.h>

/* What a ledger has room for. */
struct ledger_size {
	uint32_t instances, holdings;
	uint32_t texts; /* bytes, with the 0 that ends each */
	uint32_t targets, trackers;
	uint32_t followers; /* instances and groups whose changes are kept */
	uint32_t groups;
	uint32_t checks;            /* distinct ones */
	uint32_t scripted;          /* of these, MISC_CHECK */
	uint32_t virtuals, servers; /* virtual servers and real ones */
	uint32_t services; /* of the kernel's table of virtual servers */
	uint32_t follows;  /* checks, of all real servers */
	/* Records of the book of `lvs` that come from another ledger: those of
	 * whom the file has lost stand between the others. */
	uint32_t virtuals_before, servers_before, services_before;
	uint32_t news; /* of virtual servers that are kept */
	/* The run directory it is made for, a part of its name; or NULL. */
	const char *home;
};

/*
 * What a descriptor of one leads to, as /proc shows it: this, and behind it the
 * run directory, cut to LEDGER_HOME_SIZE. No process can change that.
 */
#define LEDGER_MEMFD     "baton-ledger"
#define LEDGER_HOME_SIZE 200

/* A memfd with an empty ledger of that size, or -errno. `made` is its map. */
int ledger_create(const struct ledger_size *size, const char *version,
		  struct ledger **made);

/* Maps a ledger; -EPROTO if it is none, or another major. */
int ledger_map(int fd, bool writable, struct ledger **mapped);
void ledger_unmap(struct ledger *ledger);

/*
 * From here on this process, whatever becomes of it, can write nothing but that
 * book of a ledger that it has mapped, or with LEDGER_BOOKS nothing at all.
 * `view` is a descriptor of the ledger that was opened for reading alone.
 * -errno: then it is not mapped as it should be, and must not be used.
 */
int ledger_confine(struct ledger *ledger, int view, enum ledger_book book);

/*
 * Makes the head say again what it said when it was checked: who maps the
 * ledger from now on must find one. True if it said something else: somebody
 * who may do anything has written there.
 */
bool ledger_mend(struct ledger *ledger);

/*
 * Makes this process's page tables for a ledger that it is about to use, so
 * that the first step of each record costs no fault. Failing is harmless.
 */
void ledger_touch(struct ledger *ledger);

/* The same of so many records of a section, from the first on, that are about
 * to be read or written. */
void ledger_ready(struct ledger *ledger, enum ledger_section_kind kind,
		  uint32_t count);

/* The rest is for the files of src/ledger. */

/* Of a mapped ledger (asserted). */
const struct section *section_of(const struct ledger *l,
				 enum ledger_section_kind kind);

/* A record; the index must be below the count (asserted). */
void *section_record(const struct ledger *l, enum ledger_section_kind kind,
		     uint32_t index);

/* What two programs both know of a record whose size here is `ours`. */
size_t section_common(const struct section *s, size_t ours);
