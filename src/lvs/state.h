/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the core have in common (lvs.h):
 *
 *   core.c     memory, items, the list of changes
 *   time.c     what has a deadline: slow starts and drains
 *   service.c  a virtual server: quorum and panic
 *   server.c   a real server: its health and weight, from its checks
 *   drain.c    orders
 *   want.c     what the table should be
 *   save.c     records; adopt.c  the beginning
 *
 * Each needs only those above it.
 */
#pragma once

#include "lvs/lvs.h"

struct lvs_link {
	uint32_t server;
	uint32_t next; /* of the same check, or LVS_NONE */
	int32_t value;
	uint8_t state; /* enum lvs_check_state */
	uint8_t weighs;
	bool alpha;
};

/* The key of a server in the map. */
struct lvs_address {
	uint32_t service;
	struct ip address;
	uint16_t port;
};

uint32_t lvs_find(const struct lvs *l, const struct lvs_address *key);
bool lvs_enter(struct lvs *l, uint32_t server);

/* core.c: something else may be wanted of an item, or of a whole service. */
void lvs_mark(struct lvs *l, uint32_t item);
void lvs_mark_all(struct lvs *l, uint32_t service);
void lvs_tell(struct lvs *l, enum lvs_told_what what, uint32_t service,
	      uint32_t server);

/* time.c */

/* The next deadline of a server, after something in it has changed. */
void lvs_set_deadline(struct lvs *l, uint32_t server);

void lvs_ramp_start(struct lvs *l, tick_t now, struct lvs_server *s);
void lvs_ramp_stop(struct lvs *l, struct lvs_server *s);

/* A drain has ended: that is told as one of LVS_TOLD_DRAINED and _DRAIN_LATE.
 */
void lvs_drain_ends(struct lvs *l, uint32_t server, enum lvs_told_what told);

/* server.c */

/* What its checks say of it now. */
enum lvs_health lvs_health_of(const struct lvs_server *s);

/* Counts its links anew. */
void lvs_recount(struct lvs *l, struct lvs_server *s);

/* The weight that it has when it is in the table and no ramp runs. */
int32_t lvs_full_weight(const struct lvs_server *s);

/* Its health, order or weight may have changed. lvs_settle() has to follow. */
void lvs_review(struct lvs *l, tick_t now, uint32_t server);

/* service.c */

/*
 * The quorum and panic, after all that changes at once has. Nothing before
 * the beginning.
 */
void lvs_settle(struct lvs *l, tick_t now, uint32_t service);

/* It is not up any more: out of the table, or held in panic. */
void lvs_take_out(struct lvs *l, uint32_t server);

/* It is up, or is ordered away: neither out nor held any more. */
void lvs_bring_in(struct lvs *l, uint32_t server);

/* Holds it as a record says, whatever the share is. */
void lvs_hold(struct lvs *l, uint32_t server);

/* It takes part in the share of panic, and in the quorum. */
static inline bool lvs_is_candidate(const struct lvs_server *s)
{
	return s->order == LVS_ORDER_NONE && !s->leaves;
}
