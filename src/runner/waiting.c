/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/waiting.h"

#include "base/must.h"

#include <errno.h>
#include <stdlib.h>

int waiting_init(struct waiting *w, uint32_t room, uint32_t servers)
{
	*w = (struct waiting){ .room = room, .servers = servers };
	w->slots = calloc(room, sizeof(*w->slots));
	w->chains = calloc(servers + 1, sizeof(*w->chains));
	w->queue = calloc(servers + 1, sizeof(*w->queue));
	return w->slots && w->chains && w->queue ? 0 : -ENOMEM;
}

void waiting_free(struct waiting *w)
{
	free(w->slots);
	free(w->chains);
	free(w->queue);
}

static struct waiting_slot *slot_of(struct waiting *w, uint64_t order)
{
	return &w->slots[order % w->room];
}

uint64_t waiting_take(struct waiting *w, uint32_t server)
{
	struct waiting_chain *chain = &w->chains[server];
	uint64_t order = chain->first;
	struct waiting_slot *slot = slot_of(w, order);

	if (order == 0)
		return 0;
	MUST(slot->order == order && slot->server == server);
	chain->first = slot->next;
	if (chain->first == 0)
		chain->last = 0;
	slot->order = 0;
	w->count--;
	return order;
}

void waiting_put_back(struct waiting *w, uint32_t server, uint64_t order)
{
	struct waiting_chain *chain = &w->chains[server];
	struct waiting_slot *slot = slot_of(w, order);

	MUST(slot->order == 0);
	*slot = (struct waiting_slot){ order, chain->first, server };
	chain->first = order;
	if (chain->last == 0)
		chain->last = order;
	w->count++;
}

/* Those of a server up to an order are lost. */
static void lose(struct waiting *w, uint32_t server, uint64_t upto)
{
	while (waiting_has(w, server) && w->chains[server].first <= upto) {
		waiting_take(w, server);
		w->lost++;
	}
}

void waiting_add(struct waiting *w, uint32_t server, uint64_t order)
{
	struct waiting_slot *slot = slot_of(w, order);
	struct waiting_chain *chain = &w->chains[server];

	/* What stood there, and all before it, is not in the ring any more. */
	if (slot->order != 0)
		lose(w, slot->server, slot->order);
	*slot = (struct waiting_slot){ .order = order, .server = server };
	if (chain->last != 0)
		slot_of(w, chain->last)->next = order;
	else
		chain->first = order;
	chain->last = order;
	w->count++;
}

bool waiting_has(const struct waiting *w, uint32_t server)
{
	return w->chains[server].first != 0;
}

void waiting_keep_newest(struct waiting *w, uint32_t server)
{
	if (waiting_has(w, server))
		lose(w, server, w->chains[server].last - 1);
}

void waiting_queue(struct waiting *w, uint32_t server)
{
	struct waiting_chain *chain = &w->chains[server];

	if (chain->queued || !waiting_has(w, server))
		return;
	chain->queued = true;
	w->queue[(w->queue_first + w->queued++) % w->servers] = server;
}

uint32_t waiting_next(struct waiting *w)
{
	uint32_t server;

	if (w->queued == 0)
		return WAITING_NONE;
	server = w->queue[w->queue_first];
	w->queue_first = (w->queue_first + 1) % w->servers;
	w->queued--;
	w->chains[server].queued = false;
	return server;
}
