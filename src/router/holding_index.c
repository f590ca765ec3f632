/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holdings by their keys, and the queue of those that are to be looked at
 * (router/holding_kind.h).
 */
#include "router/state.h"

const struct holding_kind *holding_kind_of(const struct router *r,
					   const struct holding *h)
{
	return r->kinds[h->kind];
}

const char *holding_device(const struct router *r, const struct holding *h,
			   size_t n)
{
	return holding_kind_of(r, h)->device(
		h->instance == ROUTER_NONE ? NULL
					   : r->instances[h->instance].conf,
		h->conf, n);
}

bool holding_was_ours(const struct ledger_held *held)
{
	return held->whose == LEDGER_WHOSE_OURS &&
	       held->state != LEDGER_HOLDING_ABSENT;
}

struct key {
	unsigned kind;
	const void *key; /* NULL: all of that hash */
};

bool holding_same_key(const void *context, uint32_t number, const void *wanted)
{
	const struct router *r = context;
	const struct key *key = wanted;
	const struct holding *h = &r->holdings[number];

	return h->kind == key->kind &&
	       (!key->key || r->kinds[h->kind]->same(r, h, key->key));
}

uint32_t holding_next(const struct router *r, const struct holding_kind *kind,
		      uint32_t hash, const void *key, uint32_t *at)
{
	struct key wanted = { .key = key };

	while (r->kinds[wanted.kind] != kind)
		wanted.kind++;
	return map_next(&r->holding_by_key, hash, &wanted, at);
}

uint32_t holding_find(const struct router *r, const struct holding_kind *kind,
		      uint32_t hash, const void *key)
{
	uint32_t at = 0;

	return holding_next(r, kind, hash, key, &at);
}

uint32_t holding_alike(const struct router *r, uint32_t n, uint32_t *at)
{
	const struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);
	struct key any = { .kind = h->kind };
	uint32_t hash = kind->hash(
		h, kind->on_device ? r->interfaces[h->interface].ifindex : 0);
	uint32_t found;

	do
		found = map_next(&r->holding_by_key, hash, &any, at);
	while (found == n);
	return found;
}

bool holding_is_shared(const struct router *r, uint32_t n)
{
	const struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);
	uint32_t other, at = 0;

	while ((other = holding_alike(r, n, &at)) != ROUTER_NONE)
		if (r->holdings[other].wanted &&
		    kind->equal(r, h, &r->holdings[other]))
			return true;
	return false;
}

void holding_enqueue(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];
	struct holding_queue *q = &r->holding_queues[h->kind][h->wanted];

	if (h->queued)
		return;
	h->queued = true;
	h->next = ROUTER_NONE;
	if (q->head == ROUTER_NONE)
		q->head = n;
	else
		r->holdings[q->tail].next = n;
	q->tail = n;
}

static uint32_t take(struct router *r, struct holding_queue *q)
{
	uint32_t n = q->head;

	if (n != ROUTER_NONE) {
		q->head = r->holdings[n].next;
		r->holdings[n].queued = false;
	}
	return n;
}

/*
 * The next one to be looked at, or ROUTER_NONE: first what is to go, the last
 * kind first; then what is to come, the first kind first.
 */
uint32_t holding_dequeue(struct router *r)
{
	uint32_t n = ROUTER_NONE;

	for (unsigned k = r->kind_count; k > 0 && n == ROUTER_NONE; k--)
		n = take(r, &r->holding_queues[k - 1][false]);
	for (unsigned k = 0; k < r->kind_count && n == ROUTER_NONE; k++)
		n = take(r, &r->holding_queues[k][true]);
	return n;
}

bool holding_waits(const struct router *r)
{
	for (unsigned k = 0; k < r->kind_count; k++)
		if (r->holding_queues[k][false].head != ROUTER_NONE ||
		    r->holding_queues[k][true].head != ROUTER_NONE)
			return true;
	return false;
}
