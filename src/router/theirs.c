/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A router that is not Active must not answer for a virtual address (RFC 9568
 * 6.4.2), whoever put it on the interface that the file names for it: a
 * keepalived that was killed, a tool that manages the network, an operator. So
 * it is taken away; and an Active makes it its own, with its mark and its
 * lease.
 *
 * It stays, and status and the log say so,
 *   - with priority 255: it is the machine's own;
 *   - while we are drained: another program may serve, as in `baton takeover`;
 *   - at the start of a Backup that has not heard any router: nobody else
 *     serves, and it will be Active itself;
 *   - where another batond keeps it, which is seen by its mark and since it
 *     refreshes it;
 *   - on other interfaces, such as lo of a real server.
 *
 * Whoever puts it back again and again is not fought with for ever: a few times
 * at once, then after pauses that grow.
 */
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So often one and the same is taken away without a pause. */
#define AT_ONCE 4

#define PAUSE_FIRST (5 * TICK_SECOND)
#define PAUSE_MOST  (60 * TICK_SECOND)

/* Rounds of our refreshing (leases.c) in which another daemon must do so. */
#define KEPT 3

/* Longer than it takes to read what was notified before we began. */
#define BEGIN_TIME TICK_SECOND

/* Stays, and there is nothing to be said of it. */
#define SILENT LEDGER_OTHERS_CASES

static bool same_address(const void *context, uint32_t number, const void *key)
{
	const struct router *r = context;

	return ip_equal(&holding_address_conf(&r->holdings[number])->address,
			key);
}

static uint32_t hash_of(const struct ip *address)
{
	return map_hash(address->bytes, ip_size(address->family));
}

int theirs_setup(struct router *r)
{
	struct theirs *t = &r->theirs;
	void *memory = malloc(map_memory(r->holding_count + 1));

	if (!memory)
		return -ENOMEM;
	/* For tests: as on a kernel that has none. */
	t->untagged = getenv("BATON_UNTAGGED") != NULL;
	t->next = TICK_NEVER;
	t->pause = PAUSE_FIRST;
	map_init(&t->by_address, memory, r->holding_count + 1, same_address, r);
	for (uint32_t n = 0; n < r->static_first; n++) {
		const struct holding *h = &r->holdings[n];

		if (holding_is_address(r, h))
			map_put(&t->by_address,
				hash_of(&holding_address_conf(h)->address), n);
	}
	return 0;
}

void theirs_free(struct router *r)
{
	free(r->theirs.by_address.slots);
}

static bool are_there(const struct router *r, const struct holding *h)
{
	uint32_t at = 0;

	return (h->present && h->foreign) || address_next_copy(r, h, &at);
}

static enum ledger_others noted(struct router *r, uint32_t n)
{
	return (enum ledger_others)ledger_held_at(r->ledger, n)->others;
}

void theirs_begin(struct router *r)
{
	r->theirs.begun = true;
	r->theirs.since = r->now + BEGIN_TIME;
	theirs_look_elsewhere(r);
	/* What the process before noted may be so no more. */
	for (uint32_t n = 0; n < r->static_first; n++)
		if (holding_is_address(r, &r->holdings[n]) &&
		    (noted(r, n) != LEDGER_OTHERS_NONE ||
		     are_there(r, &r->holdings[n])))
			holding_enqueue(r, n);
}

/* It takes no part, by an order, and does not end. */
static bool is_out(const struct router *r, const struct instance *i)
{
	return (r->ledger->drained || i->drained) && !i->removed &&
	       !r->stopping;
}

/* Why it stays though it is not wanted; LEDGER_OTHERS_NONE: it goes. */
static enum ledger_others stays(const struct router *r, const struct holding *h)
{
	const struct instance *i;

	if (h->instance == ROUTER_NONE)
		return SILENT;
	i = &r->instances[h->instance];
	if (h->kept)
		return LEDGER_OTHERS_SHARED;
	if (address_may_be_theirs(r, h))
		return LEDGER_OTHERS_OWN;
	switch ((enum vrrp_state)i->core->state) {
	case VRRP_INIT:
		return is_out(r, i) ? LEDGER_OTHERS_OUT : LEDGER_OTHERS_NONE;
	case VRRP_BACKUP:
		return i->core->active.family == IP_NONE ? LEDGER_OTHERS_FOUND
							 : LEDGER_OTHERS_NONE;
	case VRRP_ACTIVE: /* no_track: whoever took it away gave it back */
		return SILENT;
	case VRRP_FAULT:
	case VRRP_STATES:
		break;
	}
	return LEDGER_OTHERS_NONE;
}

bool theirs_may_go(const struct router *r, const struct holding *h)
{
	return h->disputed < AT_ONCE && stays(r, h) == LEDGER_OTHERS_NONE;
}

/* It is so from now on; told once. */
static void note(struct router *r, uint32_t n, enum ledger_others others)
{
	if (noted(r, n) != others)
		journal_others(r, n, others, others);
}

static void look_again_after(struct router *r, tick_t pause)
{
	r->theirs.next = tick_min(r->theirs.next, r->now + pause);
}

/* It is to be taken away, if that was not done too often. */
static bool may_take_away(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];

	look_again_after(r, r->theirs.pause);
	if (h->disputed >= AT_ONCE) {
		note(r, n, LEDGER_OTHERS_INSISTS);
		return false;
	}
	if (h->disputed++ == 0)
		journal_others(r, n, LEDGER_OTHERS_NONE, LEDGER_OTHERS_REMOVED);
	return true;
}

static bool judge(struct router *r, uint32_t n)
{
	const struct holding *h = &r->holdings[n];
	enum ledger_others why;

	if (!r->theirs.begun)
		return false; /* theirs_begin() asks again */
	if (!are_there(r, h) || holding_is_shared(r, n)) {
		if (!h->disputed) /* or it may be back in a moment */
			note(r, n, LEDGER_OTHERS_NONE);
		return false;
	}
	why = stays(r, h);
	if (why == LEDGER_OTHERS_NONE)
		return may_take_away(r, n);
	if (why != SILENT)
		note(r, n, why);
	return false;
}

/*
 * What we have put ourselves goes in any case, unless another daemon keeps it:
 * that one would only put it back. With our lease on it, it ends by itself if
 * nobody does.
 */
static bool ours_goes(struct router *r, struct holding *h)
{
	if (h->instance == ROUTER_NONE || !h->kept ||
	    r->instances[h->instance].lease == NETLINK_FOREVER)
		return true;
	h->ours = false;
	h->foreign = true;
	return false;
}

bool theirs_goes(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];
	bool goes;

	h->going = false;
	if (h->wanted) {
		h->disputed = 0;
		if (!h->kept)
			note(r, n, LEDGER_OTHERS_NONE);
		return false;
	}
	goes = h->present && !h->foreign && ours_goes(r, h);
	h->going = judge(r, n);
	return goes || h->going;
}

bool theirs_taken(struct router *r, uint32_t n)
{
	const struct holding *h = &r->holdings[n];
	const struct conf_address *a = h->conf;
	const struct mirror_address *found;

	if (address_may_be_theirs(r, h))
		return false;
	found = mirror_find_exact(r->mirror,
				  r->interfaces[h->interface].ifindex,
				  &a->address, a->prefix);
	/* With our mark it is of an earlier life, and that is no news. */
	if (found && found->tag != SYS_ADDRESS_TAG && !holding_is_shared(r, n))
		journal_others(r, n, LEDGER_OTHERS_NONE, LEDGER_OTHERS_TAKEN);
	return true;
}

/* Another batond puts our mark, too, and refreshes what it serves. */
static bool is_kept(const struct router *r, const struct mirror_event *event)
{
	if (r->now < r->theirs.since)
		return false; /* it may have been the process before us */
	return event->change == MIRROR_ADDRESS_REFRESHED ||
	       event->address->tag == SYS_ADDRESS_TAG;
}

void theirs_heard(struct router *r, uint32_t n,
		  const struct mirror_event *event, enum ledger_by by)
{
	struct holding *h = &r->holdings[n];
	const struct conf_address *a = h->conf;

	if (event->address->prefix != a->prefix)
		return;
	if (event->change == MIRROR_ADDRESS_REMOVED) {
		h->kept = 0;
		return;
	}
	if (by == LEDGER_BY_US && event->address->tag == 0)
		r->theirs.untagged = true;
	if (h->instance == ROUTER_NONE)
		return;
	if (by == LEDGER_BY_OTHERS && is_kept(r, event)) {
		h->kept = KEPT;
		note(r, n, LEDGER_OTHERS_SHARED);
	} else if (event->change == MIRROR_ADDRESS_CHANGED &&
		   by != LEDGER_BY_US && h->wanted && h->ours &&
		   holding_kind_of(r, h)->likeness(r, h) != HOLDING_ALIKE) {
		journal_others(r, n, noted(r, n), LEDGER_OTHERS_CHANGED);
	}
}

enum theirs_part theirs_serve(const struct router *r)
{
	uint32_t ours = 0, both = 0;

	for (uint32_t n = 0; n < r->static_first; n++) {
		const struct holding *h = &r->holdings[n];

		if (!holding_is_address(r, h) || !h->wanted ||
		    h->instance == ROUTER_NONE)
			continue;
		ours++;
		both += h->kept > 0;
	}
	if (both == 0)
		return THEIRS_NOTHING;
	return both == ours ? THEIRS_ALL : THEIRS_SOME;
}

void theirs_run(struct router *r)
{
	bool insists = false, more = false;

	if (r->now < r->theirs.next)
		return;
	for (uint32_t n = 0; n < r->static_first; n++) {
		struct holding *h = &r->holdings[n];

		if (!h->disputed)
			continue;
		if (h->wanted) {
			h->disputed = 0;
		} else if (are_there(r, h)) {
			insists = true;
			h->disputed = AT_ONCE - 1;
		} else {
			h->disputed--;
		}
		more |= h->disputed > 0;
		holding_enqueue(r, n);
	}
	r->theirs.pause = insists ? tick_min(2 * r->theirs.pause, PAUSE_MOST)
				  : PAUSE_FIRST;
	r->theirs.next = more ? r->now + r->theirs.pause : TICK_NEVER;
}

/* On that link the file has it, too, or it is of that link alone. */
static bool is_elsewhere(const struct router *r, const struct mirror_link *link,
			 const struct ip *address)
{
	return !ip_is_link_local(address) &&
	       addresses_find(r, link->ifindex, address) == ROUTER_NONE;
}

static void set_elsewhere(struct router *r, uint32_t n,
			  const struct mirror_link *link)
{
	struct ledger_held *held = ledger_held_at(r->ledger, n);
	const char *name = link ? link->name : "";

	if (strncmp(held->also_on, name, sizeof(held->also_on)) == 0)
		return;
	journal_also_on(r, n, name);
	if (link)
		journal_others(r, n, noted(r, n), LEDGER_OTHERS_ELSEWHERE);
}

static void comes_elsewhere(struct router *r, const struct mirror_link *link,
			    const struct ip *address)
{
	uint32_t n, at = 0;

	while ((n = map_next(&r->theirs.by_address, hash_of(address), address,
			     &at)) != MAP_NONE)
		if (!ledger_held_at(r->ledger, n)->also_on[0] &&
		    is_elsewhere(r, link, address))
			set_elsewhere(r, n, link);
}

/* Where else an address is, or NULL. */
static const struct mirror_link *find_elsewhere(const struct router *r,
						const struct ip *address)
{
	const struct mirror_link *link = NULL;

	while ((link = mirror_next_link(r->mirror, link)))
		if (mirror_find(r->mirror, link->ifindex, address) &&
		    is_elsewhere(r, link, address))
			return link;
	return NULL;
}

void theirs_elsewhere(struct router *r, const struct mirror_event *event)
{
	const struct ip *address = &event->address->address;
	uint32_t n, at = 0;

	if (r->standby)
		return;
	if (event->change == MIRROR_ADDRESS_ADDED)
		comes_elsewhere(r, event->link, address);
	if (event->change != MIRROR_ADDRESS_REMOVED)
		return;
	while ((n = map_next(&r->theirs.by_address, hash_of(address), address,
			     &at)) != MAP_NONE)
		if (strncmp(ledger_held_at(r->ledger, n)->also_on,
			    event->link->name, IFNAMSIZ) == 0)
			set_elsewhere(r, n, find_elsewhere(r, address));
}

void theirs_look_elsewhere(struct router *r)
{
	const struct mirror_link *link = NULL;

	for (uint32_t n = 0; n < r->static_first; n++) {
		const struct holding *h = &r->holdings[n];

		if (ledger_held_at(r->ledger, n)->also_on[0])
			set_elsewhere(
				r, n,
				find_elsewhere(
					r, &holding_address_conf(h)->address));
	}
	while ((link = mirror_next_link(r->mirror, link))) {
		const struct mirror_address *a = NULL;

		while ((a = mirror_next(r->mirror, link, a)))
			comes_elsewhere(r, link, &a->address);
	}
}
