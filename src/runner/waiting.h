/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * News of servers whose scripts are yet to be started (servers.c): a chain for
 * each server, in their order, and a queue of the servers whose turn it is.
 * News is known by its number; the ring that it stands in (ledger/news.h) keeps
 * only so many, and what is no longer kept there waits no longer: it is lost.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define WAITING_NONE UINT32_MAX

/* Of one that waits; its place is order % room. */
struct waiting_slot {
	uint64_t order; /* 0: none waits */
	uint64_t next;  /* of the same server, or 0 */
	uint32_t server;
};

struct waiting_chain {
	uint64_t first, last; /* 0: nothing waits */
	bool queued;          /* it is in the queue */
};

struct waiting {
	struct waiting_slot *slots;
	uint32_t room;
	struct waiting_chain *chains; /* of each server */
	uint32_t servers;
	uint32_t *queue; /* of servers, each at most once */
	uint32_t queue_first, queued;
	uint64_t count; /* that wait, of all servers */
	uint64_t lost;  /* in all */
};

/* `room`: of the ring, at least 1. 0 or -ENOMEM. */
int waiting_init(struct waiting *w, uint32_t room, uint32_t servers);
void waiting_free(struct waiting *w);

/* One more of a server; orders grow from call to call. */
void waiting_add(struct waiting *w, uint32_t server, uint64_t order);

/* Whether something waits of a server. */
bool waiting_has(const struct waiting *w, uint32_t server);

/* The first of a server, which waits no longer; 0: there is none. */
uint64_t waiting_take(struct waiting *w, uint32_t server);

/* It waits yet, before all others of the server. */
void waiting_put_back(struct waiting *w, uint32_t server, uint64_t order);

/* All of a server but the newest are lost. */
void waiting_keep_newest(struct waiting *w, uint32_t server);

/* A server's turn comes, behind the others, if something of it waits. */
void waiting_queue(struct waiting *w, uint32_t server);

/* The server whose turn it is, which leaves the queue; or WAITING_NONE. */
uint32_t waiting_next(struct waiting *w);
