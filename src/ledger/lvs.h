/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The book of the process `lvs`: what it has put into the kernel's table of
 * virtual servers, so that one that comes after it, also for another
 * configuration, knows what is its own to remove. Its records: ledger/table.h.
 */
#pragma once

#include "ledger/copy.h"
#include "ledger/table.h"

#include <stdbool.h>
#include <stdint.h>

bool ledger_has_lvs(const struct ledger *l);
struct ledger_lvs *ledger_lvs(const struct ledger *l);
uint32_t ledger_lvs_services(const struct ledger *l);
/* Of these records, those that may say something. */
uint32_t ledger_lvs_used_services(const struct ledger *l);
struct ledger_lvs_service *ledger_lvs_service_at(struct ledger *l,
						 uint32_t index);
/* A copy; false: it says nothing, or what cannot be. */
bool ledger_read_lvs_service(const struct ledger *l, uint32_t index,
			     struct ledger_lvs_service *copy);
/* Virtual and real servers; the index must be below the count (asserted). */
struct ledger_lvs_virtual *ledger_lvs_virtual_at(struct ledger *l,
						 uint32_t index);
struct ledger_lvs_server *ledger_lvs_server_at(struct ledger *l,
					       uint32_t index);
/* What the kernel counts of them, by the same numbers. */
struct ledger_lvs_counts *ledger_lvs_virtual_counts_at(struct ledger *l,
						       uint32_t index);
struct ledger_lvs_counts *ledger_lvs_server_counts_at(struct ledger *l,
						      uint32_t index);
/* False: the ledger of an earlier program has none. */
bool ledger_read_lvs_virtual_counts(const struct ledger *l, uint32_t index,
				    struct ledger_lvs_counts *copy);
bool ledger_read_lvs_server_counts(const struct ledger *l, uint32_t index,
				   struct ledger_lvs_counts *copy);
/*
 * Of these the connections that a drain waits for: of TCP and SCTP those that
 * are not about to end, of UDP all, of a mark (protocol 0), which may be both,
 * all; and clients that persistence brings back.
 */
uint64_t ledger_lvs_left(const struct ledger_lvs_counts *counts,
			 uint8_t protocol);

/* How many records say something: for their writer, and for others. */
void ledger_lvs_use(struct ledger *l, uint32_t virtuals, uint32_t servers);
/* Whether they have the numbers of the configuration (ledger/virtuals.h). */
bool ledger_lvs_is_numbered(const struct ledger *l);
uint32_t ledger_lvs_used_virtuals(const struct ledger *l);
uint32_t ledger_lvs_used_servers(const struct ledger *l);
/* Copies, of which `length` is at most the room of `saved`. */
void ledger_read_lvs_virtual(const struct ledger *l, uint32_t index,
			     struct ledger_lvs_virtual *copy);
void ledger_read_lvs_server(const struct ledger *l, uint32_t index,
			    struct ledger_lvs_server *copy);
/*
 * What an errno of the kernel means, and what helps: of its table as a whole,
 * of a virtual server, of a real one.
 */
enum ledger_lvs_refused {
	LEDGER_LVS_TABLE,
	LEDGER_LVS_SERVICE,
	LEDGER_LVS_SERVER
};
const char *ledger_lvs_reason(enum ledger_lvs_refused what, int error);
/* Whether there is something in the kernel's table. */
bool ledger_lvs_is_left(const struct ledger *l);

/* For the keeper: what is ours, and is known, into a ledger in which `lvs` has
 * not begun yet; it begins after the other one. */
void ledger_begin_lvs(struct ledger *l);
struct ledger_size;
/* Room for all that will be inherited, in a ledger that is to be made. */
void ledger_size_lvs(struct ledger_size *size, const struct ledger *before);
void ledger_inherit_lvs(struct ledger *l, const struct ledger *before);
