/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all kinds of holdings have in common: the queue, the commands and their
 * answers, what the mirror says, and retries (router/holding_kind.h).
 */
#include "router/state.h"

#include "base/must.h"

#include <errno.h>
#include <stdlib.h>

/* How often what was refused is tried again, while it is wanted. */
#define HOLDING_RETRY (5 * TICK_SECOND)

/*
 * ... and how often at most when things change again and again, or somebody
 * takes one and the same away again and again.
 */
#define HOLDING_HURRY (50 * TICK_MILLISECOND)

/* So often one and the same is put back at once, before that pause. */
#define HOLDING_AT_ONCE 4

static void put_all(struct router *r, uint32_t instance, uint32_t *next)
{
	const struct conf_instance *c =
		instance == ROUTER_NONE ? NULL : r->instances[instance].conf;

	for (unsigned k = 0; k < r->kind_count; k++) {
		const struct holding_kind *kind = r->kinds[k];
		size_t count = kind->count(r->model, c);

		if (c && kind->number == 0) {
			r->instances[instance].address_first = *next;
			r->instances[instance].address_count = (uint32_t)count;
		}
		for (size_t n = 0; n < count; n++)
			r->holdings[(*next)++] = (struct holding){
				.conf = kind->at(r->model, c, n),
				.instance = instance,
				.interface = ROUTER_NONE,
				.next = ROUTER_NONE,
				.kind = (uint8_t)k,
			};
	}
}

int holdings_setup(struct router *r)
{
	uint32_t next = 0;
	void *memory;

	MUST(r->kind_count <= LEDGER_KINDS_MAX);
	r->holdings = calloc(r->holding_count + 1, sizeof(*r->holdings));
	memory = malloc(map_memory(r->holding_count + 1));
	if (!r->holdings || !memory)
		return -ENOMEM;
	map_init(&r->holding_by_key, memory, r->holding_count + 1,
		 holding_same_key, r);
	r->holding_retry = TICK_NEVER;
	for (unsigned k = 0; k < LEDGER_KINDS_MAX; k++)
		for (unsigned way = 0; way < 2; way++)
			r->holding_queues[k][way] = (struct holding_queue){
				ROUTER_NONE,
				ROUTER_NONE,
			};
	for (uint32_t n = 0; n < r->instance_count; n++) {
		r->instances[n].holding_first = next;
		put_all(r, n, &next);
		r->instances[n].holding_count =
			next - r->instances[n].holding_first;
	}
	r->static_first = next;
	put_all(r, ROUTER_NONE, &next);
	MUST(next == r->holding_count); /* the ledger was made for it */
	for (uint32_t n = 0; n < next; n++) {
		const struct holding *h = &r->holdings[n];

		if (!holding_kind_of(r, h)->on_device)
			map_put(&r->holding_by_key,
				holding_kind_of(r, h)->hash(h, 0), n);
	}
	return theirs_setup(r);
}

static bool is_outdated(struct router *r, const struct holding *h, bool remove)
{
	const struct holding_kind *kind = holding_kind_of(r, h);

	return kind->outdated && kind->outdated(r, h, remove);
}

static bool differs(const struct holding *h)
{
	return h->wanted != h->present && !(h->foreign && !h->wanted);
}

/* What was asked for a moment ago is not asked for again before it is heard. */
static enum holding_likeness likeness(const struct router *r,
				      const struct holding *h)
{
	const struct holding_kind *kind = holding_kind_of(r, h);

	if (!kind->likeness || !h->wanted || !h->present || h->foreign ||
	    h->asked || h->unnoticed)
		return HOLDING_ALIKE;
	return kind->likeness(r, h);
}

static bool is_as_wanted(struct router *r, const struct holding *h)
{
	return !differs(h) && !is_outdated(r, h, false) &&
	       likeness(r, h) == HOLDING_ALIKE;
}

/* What an earlier life left there, or what is missing. */
static void look(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];

	holding_kind_of(r, h)->look(r, h);
	if (h->wanted != h->present || !is_as_wanted(r, h))
		holding_enqueue(r, n);
}

void holdings_moved(struct router *r, uint32_t interface, uint32_t old_index)
{
	uint32_t ifindex = r->interfaces[interface].ifindex;

	for (uint32_t n = 0; n < r->holding_count; n++) {
		struct holding *h = &r->holdings[n];
		const struct holding_kind *kind = holding_kind_of(r, h);

		if (!kind->on_device) {
			if (!h->inflight)
				look(r, n);
			continue;
		}
		if (h->interface != interface)
			continue;
		if (old_index)
			map_remove(&r->holding_by_key, kind->hash(h, old_index),
				   n);
		h->present = h->foreign = h->ours = h->asked = false;
		h->kept = 0;
		h->disputed = 0;
		if (!ifindex)
			continue;
		map_put(&r->holding_by_key, kind->hash(h, ifindex), n);
		look(r, n);
	}
}

/* Of the kinds that no device announces. */
static void look_everywhere(struct router *r)
{
	for (uint32_t n = 0; n < r->holding_count; n++)
		if (!holding_kind_of(r, &r->holdings[n])->on_device)
			look(r, n);
}

static void want(struct router *r, uint32_t first, uint32_t count, bool wanted)
{
	for (uint32_t n = first; n < first + count; n++) {
		struct holding *h = &r->holdings[n];

		h->wanted = wanted;
		h->unready &= wanted;
		h->unannounced &= wanted;
		h->refresh &= wanted;
		holding_enqueue(r, n);
	}
}

void holdings_want(struct router *r, uint32_t instance, bool wanted)
{
	const struct instance *i;

	if (instance == ROUTER_NONE) {
		want(r, r->static_first, r->holding_count - r->static_first,
		     wanted);
		return;
	}
	i = &r->instances[instance];
	want(r, i->holding_first, i->holding_count, wanted);
}

void holdings_judge(struct router *r, uint32_t instance)
{
	const struct instance *i = &r->instances[instance];

	for (uint32_t k = 0; k < i->address_count; k++)
		if (!r->holdings[i->address_first + k].wanted)
			holding_enqueue(r, i->address_first + k);
}

/*
 * Whether it is to be set as if it was there: of addresses it is known that
 * they are, but of other kinds only those with our mark are seen.
 */
static bool is_refreshed(const struct router *r, const struct holding *h)
{
	return h->wanted && h->refresh && !h->foreign &&
	       (h->present || !holding_kind_of(r, h)->leased);
}

/* The next command marks it as ours, whoever put it there. */
static void take_over(struct router *r, uint32_t first, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++) {
		struct holding *h = &r->holdings[first + k];

		h->foreign = false;
		h->ours = true;
		h->refresh = h->wanted;
		holding_enqueue(r, first + k);
	}
}

void holdings_take_over(struct router *r, uint32_t instance)
{
	const struct instance *i;

	if (instance == ROUTER_NONE) {
		take_over(r, r->static_first,
			  r->holding_count - r->static_first);
		return;
	}
	i = &r->instances[instance];
	take_over(r, i->holding_first, i->holding_count);
}

bool holdings_settled(const struct router *r, uint32_t instance)
{
	const struct instance *i = &r->instances[instance];

	for (uint32_t k = 0; k < i->holding_count; k++) {
		const struct holding *h = &r->holdings[i->holding_first + k];

		if (h->queued || h->inflight || h->unready)
			return false;
	}
	return true;
}

/* At once; but with a pause when one and the same goes again and again. */
static void repair(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];

	r->holding_retry = tick_min(r->holding_retry, r->now + HOLDING_HURRY);
	if (h->hurried == HOLDING_AT_ONCE)
		return;
	h->hurried++;
	holding_enqueue(r, n);
}

/* Of addresses of IPv6 the kernel never tells who asked. */
static enum ledger_by who(const struct router *r,
			  const struct mirror_event *event)
{
	if (event->port == 0)
		return event->address && event->address->address.family == IP_V6
			       ? LEDGER_BY_UNKNOWN
			       : LEDGER_BY_KERNEL;
	return event->port == netlink_port(r->netlink) ? LEDGER_BY_US
						       : LEDGER_BY_OTHERS;
}

static void failed(struct router *r, uint32_t n, int error)
{
	r->holdings[n].asked = false;
	journal_holding(r, n, LEDGER_HOLDING_FAILED, error);
	r->holdings[n].unannounced = true; /* also of a process before us */
	r->holding_retry = tick_min(r->holding_retry, r->now + HOLDING_RETRY);
}

static void noticed(struct router *r, uint32_t n,
		    const struct mirror_event *event)
{
	struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);
	bool was_present = h->present;
	int error = refusal_of(r, n, event);

	kind->look(r, h);
	if (h->present)
		h->unnoticed = h->unready = false;
	else if (h->unnoticed)
		h->present = true; /* this tells of something before it */
	h->asked = false;
	if (was_present && !h->present) {
		h->by = who(r, event) & 3;
		h->replaced = event->replaced;
	}
	/* Whoever took away what is not watched may have it so until the next
	 * change of state. */
	if (kind->let_go(h->conf) && h->wanted && was_present && !h->present &&
	    !h->inflight) {
		h->wanted = false;
		journal_holding(r, n, LEDGER_HOLDING_ABSENT, 0);
	}
	if (kind->heard && !error)
		kind->heard(r, n, event, who(r, event));
	/* An answer that is under way tells more than an old notification. */
	if (h->inflight)
		return;
	if (error) {
		failed(r, n, error);
		return;
	}
	if (h->wanted && !is_as_wanted(r, h))
		repair(r, n);
	else if (h->wanted && ledger_held_at(r->ledger, n)->error)
		holding_enqueue(r, n);
	else if (!h->wanted &&
		 (h->present || was_present || is_outdated(r, h, false)))
		holding_enqueue(r, n);
}

void holdings_mirror(struct router *r, const struct mirror_event *event)
{
	for (unsigned k = 0; k < r->kind_count; k++) {
		uint32_t n = r->kinds[k]->concerned(r, event);
		uint32_t other, at = 0;

		if (n == ROUTER_NONE)
			continue;
		noticed(r, n, event);
		while ((other = holding_alike(r, n, &at)) != ROUTER_NONE)
			noticed(r, other, event);
	}
}

static bool has_device(const struct router *r, const struct holding *h)
{
	return !holding_kind_of(r, h)->on_device ||
	       r->interfaces[h->interface].ifindex;
}

/* The mirror is whole again: what it does not have is not there. */
void holdings_look_again(struct router *r)
{
	for (uint32_t n = 0; n < r->holding_count; n++) {
		struct holding *h = &r->holdings[n];

		if (h->inflight || !has_device(r, h))
			continue;
		h->unnoticed = h->unready = h->asked = false;
		h->by = LEDGER_BY_UNKNOWN;
		look(r, n);
	}
}

static void command(struct router *r, uint32_t n, enum holding_command what)
{
	struct holding *h = &r->holdings[n];
	uint64_t cookie = (uint64_t)n << 2 | what;
	int error;

	h->asked = likeness(r, h) != HOLDING_ALIKE;
	h->inflight = true;
	h->refresh = false; /* putting it begins its lease */
	if (what == HOLDING_REMOVE)
		journal_holding(r, n, LEDGER_HOLDING_REMOVING, 0);
	else if (what == HOLDING_ADD)
		journal_holding(r, n, LEDGER_HOLDING_INSTALLING, 0);
	error = holding_kind_of(r, h)->command(r, h, what, cookie);
	if (error == -ENOBUFS) /* too many are under way: in the next turn */
		holdings_done(r, cookie, NETLINK_LOST);
	else if (error)
		holdings_done(r, cookie, -error);
}

/* Whether what is there and not wanted is to be taken away. */
static bool must_go(struct router *r, uint32_t n)
{
	const struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);
	bool goes = kind->goes ? kind->goes(r, n) : !h->foreign;

	return goes && h->present && !h->wanted;
}

/* The next command marks it as ours, if its kind is taken from others. */
static void take(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);

	if (!kind->takes || !kind->takes(r, n))
		return;
	h->foreign = false;
	h->refresh = true;
}

static void settle(struct router *r, uint32_t n)
{
	struct holding *h = &r->holdings[n];
	bool puts = h->wanted && !h->present;
	bool removes = must_go(r, n);
	enum holding_likeness as;

	if (!puts || !holding_kind_of(r, h)->make_before_break)
		is_outdated(r, h, true);
	if (h->wanted && h->present && h->foreign)
		take(r, n);
	as = likeness(r, h);
	if (as == HOLDING_PUT_ANEW) {
		command(r, n, HOLDING_REPLACE);
	} else if (as == HOLDING_SET_ANEW || is_refreshed(r, h)) {
		command(r, n, HOLDING_REFRESH);
	} else if (refusal_is_open(r, n)) {
		failed(r, n, ledger_held_at(r->ledger, n)->error);
	} else if (!puts && !removes) {
		h->ours &= h->present && !h->foreign;
		journal_holding(r, n,
				h->wanted ? LEDGER_HOLDING_INSTALLED
					  : LEDGER_HOLDING_ABSENT,
				0);
	} else if (has_device(r, h) && (puts || !holding_is_shared(r, n))) {
		command(r, n, puts ? HOLDING_ADD : HOLDING_REMOVE);
	} else {
		h->present = h->ours = false;
		if (h->wanted)
			failed(r, n, ENODEV);
		else
			journal_holding(r, n, LEDGER_HOLDING_ABSENT, 0);
	}
}

/* It is there already: ours, or somebody else's. */
static void was_there(struct router *r, uint32_t n, bool added)
{
	struct holding *h = &r->holdings[n];
	const struct holding_kind *kind = holding_kind_of(r, h);

	kind->look(r, h);
	if (!h->present) {
		h->foreign = kind->is_others && kind->is_others(h);
		if (h->wanted && added)
			take(r, n);
		h->unnoticed = !h->foreign;
	}
	h->present = true;
}

void holdings_done(void *context, uint64_t cookie, int error)
{
	struct router *r = context;
	uint32_t n = (uint32_t)(cookie >> 2);
	enum holding_command what = cookie & 3;
	const struct holding_kind *kind;
	struct holding *h;

	if (cookie == ROUTER_NO_ANSWER)
		return;
	h = &r->holdings[n];
	kind = holding_kind_of(r, h);
	h->inflight = false;
	if (error == 0) {
		if (what == HOLDING_ADD || what == HOLDING_REPLACE ||
		    (what == HOLDING_REFRESH && !kind->leased)) {
			h->present = false;
			kind->look(r, h);
			h->unnoticed = !h->present || what == HOLDING_REPLACE;
			h->unready = kind->in_use && !kind->in_use(r, h);
		}
		h->replaced = false;
		h->present = h->ours = what != HOLDING_REMOVE;
		h->foreign = false;
		if (what == HOLDING_ADD)
			announcer_installed(r, n);
	} else if (error == EEXIST && what != HOLDING_REMOVE) {
		was_there(r, n, what == HOLDING_ADD);
	} else if (what == HOLDING_REMOVE && kind->is_missing(error)) {
		h->present = false;
	} else if (error == NETLINK_LOST) {
		kind->look(r, h); /* the answer was lost */
	} else {
		failed(r, n, error);
		return;
	}
	/* It may have been wanted otherwise meanwhile. */
	if (differs(h))
		holding_enqueue(r, n);
	else
		settle(r, n);
}

void holdings_hurry(struct router *r)
{
	if (r->holding_retry != TICK_NEVER)
		r->holding_retry = tick_min(
			r->holding_retry,
			tick_max(r->now, r->holding_tried + HOLDING_HURRY));
}

static void retry(struct router *r)
{
	r->holding_retry = TICK_NEVER;
	r->holding_tried = r->now;
	for (uint32_t n = 0; n < r->holding_count; n++) {
		struct holding *h = &r->holdings[n];

		h->hurried = 0;
		if (!is_as_wanted(r, h))
			holding_enqueue(r, n);
	}
}

/* The daemon's first process has no other's ledger, and no turn yet. */
static bool is_first(const struct router *r, const struct ledger *before)
{
	return !before && r->server->turns == 0;
}

static void remove_leftovers(struct router *r, struct ledger *before,
			     bool make_before_break)
{
	bool first = is_first(r, before);

	for (unsigned k = 0; k < r->kind_count; k++)
		if (r->kinds[k]->make_before_break == make_before_break)
			r->kinds[k]->leftovers(r, before, first);
}

/*
 * At the start of the daemon only what is wanted: the rest waits for the first
 * turn. An owner of addresses, whose earlier life was killed, is Active by then
 * and keeps them.
 */
static void settle_some(struct router *r, bool at_start)
{
	uint32_t waiting[NETLINK_TRAIN_MESSAGES], n;
	unsigned room = NETLINK_TRAIN_MESSAGES, count = 0;

	for (; room > 0 && (n = holding_dequeue(r)) != ROUTER_NONE; room--)
		if (at_start && !r->holdings[n].wanted)
			waiting[count++] = n;
		else
			settle(r, n);
	for (unsigned k = 0; k < count; k++)
		holding_enqueue(r, waiting[k]);
}

/* What the process before this one had put, whatever mark it has now. */
static void inherit(struct router *r, struct ledger *before)
{
	for (unsigned k = 0; before && k < r->kind_count; k++)
		if (r->kinds[k]->inherit)
			r->kinds[k]->inherit(r, before);
	for (uint32_t n = 0; n < r->holding_count; n++) {
		struct holding *h = &r->holdings[n];

		if (!before)
			h->ours |=
				holding_was_ours(ledger_held_at(r->ledger, n));
		if (h->ours && has_device(r, h))
			look(r, n);
	}
}

void holdings_adopt(struct router *r, struct ledger *before)
{
	inherit(r, before);
	look_everywhere(r);
	holdings_want(r, ROUTER_NONE, true);
	remove_leftovers(r, before, false);
	/* Into the same train, before what it replaces goes. */
	settle_some(r, is_first(r, before));
	remove_leftovers(r, before, true);
}

bool holdings_flush(struct router *r)
{
	bool more = false;

	theirs_run(r);
	if (r->now >= r->holding_retry)
		retry(r);
	settle_some(r, false);
	if (netlink_pending(r->netlink) > 0) {
		netlink_flush(r->netlink);
		/*
		 * rtnetlink does its work within the call, so the answers are
		 * there: what failed is known before it is announced. They may
		 * ask for another command.
		 */
		netlink_read(r->netlink);
		more = netlink_pending(r->netlink) > 0;
	}
	return more || holding_waits(r);
}

tick_t holdings_deadline(const struct router *r)
{
	return tick_min(r->holding_retry, r->theirs.next);
}
