/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends announcements: GARP (RFC 9568 6.4.1, 6.4.2) and unsolicited NA. Each
 * interface has a queue of instances. A turn sends a bounded number of frames
 * after the adverts and the addresses; with vrrp_garp_interval an interface
 * sends one at a time, and so do all interfaces of a garp_group together.
 * Nothing is announced that the kernel does not hold, and nothing after the
 * instance ceased to be Active. What could not be announced is announced later:
 * when its interface is up (interfaces.c), when the kernel has taken the
 * address, and after a while when it could not be sent.
 *
 * The other interfaces of an instance, on which it does not advertise, fall
 * silent: after some minutes a switch forgets where they are. With
 * garp_extra_if one address on each of them is announced now and then.
 */
#include "router/speech.h"
#include "router/state.h"
#include "vrrp/frame.h"

#include <errno.h>
#include <stdlib.h>

/* Frames of one turn: about 1 ms of work. */
#define ANNOUNCER_TURN TRANSMIT_BATCH

/*
 * When what could not be sent is announced again: after so long, and when it
 * fails again and again, after twice as long each time.
 */
#define ANNOUNCER_AGAIN      TICK_SECOND
#define ANNOUNCER_AGAIN_MOST (32 * TICK_SECOND)

static struct pace *pace_of(const struct router *r, const struct holding *a)
{
	return &r->paces[r->interfaces[a->interface].pace];
}

static bool is_six(const struct holding *a)
{
	return holding_address_conf(a)->address.family == IP_V6;
}

/* The first interface of a group has the pace of all of them. */
static void set_group(struct router *r, const struct conf_garp_group *g)
{
	uint32_t first = ROUTER_NONE;

	for (size_t k = 0; k < g->interface_count; k++) {
		uint32_t n = interface_find(r, g->interfaces[k].name);

		if (n == ROUTER_NONE)
			continue;
		if (first == ROUTER_NONE)
			first = n;
		r->interfaces[n].pace = first;
	}
	if (first == ROUTER_NONE)
		return;
	if (g->garp_interval > 0)
		r->paces[first].interval[0] = g->garp_interval;
	if (g->gna_interval > 0)
		r->paces[first].interval[1] = g->gna_interval;
}

/* Whether it is the first of its instance on another interface. */
static bool is_extra(const struct router *r, const struct holding *a)
{
	const struct instance *i = &r->instances[a->instance];
	const struct holding *other = &r->holdings[i->address_first];

	if (i->conf->garp_extra.every == 0 || !i->conf->garp_extra.all ||
	    a->interface == i->interface)
		return false;
	while (other < a && other->interface != a->interface)
		other++;
	return other == a;
}

int announcer_setup(struct router *r)
{
	const struct conf_global *global = &r->model->global;

	r->extra_at = r->now;
	r->announce_again_at = TICK_NEVER;
	r->announce_gap = ANNOUNCER_AGAIN;
	r->paces = calloc(r->interface_count + 1, sizeof(*r->paces));
	if (!r->paces)
		return -ENOMEM;
	for (uint32_t n = 0; n < r->interface_count; n++) {
		r->interfaces[n].pace = n;
		r->paces[n] = (struct pace){
			.interval = { global->garp_interval,
				      global->gna_interval },
			.next = { INT64_MIN, INT64_MIN },
		};
	}
	for (size_t n = 0; n < r->model->garp_group_count; n++)
		set_group(r, &r->model->garp_groups[n]);
	for (uint32_t n = 0; n < r->static_first; n++) {
		struct holding *a = &r->holdings[n];

		if (holding_kind_of(r, a) != &holding_address)
			continue;
		a->extra = is_extra(r, a);
		r->instances[a->instance].paced |=
			pace_of(r, a)->interval[is_six(a)] > 0;
	}
	return 0;
}

static void note_announcing(struct instance *i, bool announcing)
{
	bool opened = record_open(i->record);

	i->record->announcing = announcing;
	record_close(i->record, opened);
}

static void note_announced(struct instance *i, tick_t now)
{
	bool opened = record_open(i->record);

	i->record->announced = now;
	record_close(i->record, opened);
}

static void enqueue(struct router *r, uint32_t instance, bool extra)
{
	struct instance *i = &r->instances[instance];
	struct interface *f = &r->interfaces[i->interface];

	note_announcing(i, true);
	i->announce_again = false;
	i->announce_extra = extra;
	i->announce_address = 0;
	i->announce_next = ROUTER_NONE;
	if (f->queue_head == ROUTER_NONE)
		f->queue_head = instance;
	else
		r->instances[f->queue_tail].announce_next = instance;
	f->queue_tail = instance;
	r->announcing++;
}

void announcer_add(struct router *r, uint32_t instance)
{
	struct instance *i = &r->instances[instance];

	if (!i->record->announcing) {
		enqueue(r, instance, false);
	} else if (i->announce_extra) {
		/* It becomes a whole round. */
		i->announce_extra = false;
		i->announce_address = 0;
	} else {
		/* A round that waits or runs is followed by at most one more.
		 */
		i->announce_again = true;
	}
}

void announcer_failed(struct router *r, uint32_t instance)
{
	r->instances[instance].announce_failed = true;
	r->announce_again_at =
		tick_min(r->announce_again_at, r->now + r->announce_gap);
}

void announcer_installed(struct router *r, uint32_t holding)
{
	const struct holding *h = &r->holdings[holding];
	const struct vrrp_saved *v;

	if (!h->unannounced || h->instance == ROUTER_NONE)
		return;
	v = r->instances[h->instance].core;
	if (v->state == VRRP_ACTIVE && !vrrp_saved_leaving(v))
		announcer_add(r, h->instance);
}

/* What could not be sent. */
static void announce_failed(struct router *r)
{
	bool any = false;

	r->announce_again_at = TICK_NEVER;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		if (!i->announce_failed)
			continue;
		i->announce_failed = false;
		if (i->core->state == VRRP_ACTIVE) {
			announcer_add(r, n);
			any = true;
		}
	}
	r->announce_gap =
		any ? tick_min(2 * r->announce_gap, ANNOUNCER_AGAIN_MOST)
		    : ANNOUNCER_AGAIN;
	/* If all goes well then, the next failure is news. */
	if (any)
		r->announce_again_at = r->now + r->announce_gap;
}

/* The other interfaces of those whose time it is. */
static void announce_extra(struct router *r)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];
		const struct vrrp_saved *v = i->core;
		tick_t gap = i->conf->garp_extra.every;

		if (gap == 0 || !i->conf->garp_extra.all)
			continue;
		if (i->extra_at == 0) /* in this process */
			i->extra_at = r->now + gap;
		if (r->now >= i->extra_at) {
			i->extra_at = r->now + gap;
			if (v->state == VRRP_ACTIVE && !vrrp_saved_leaving(v) &&
			    !i->record->announcing)
				enqueue(r, n, true);
		}
		next = tick_min(next, i->extra_at);
	}
	r->extra_at = next;
}

static void finish(struct router *r, struct interface *f)
{
	uint32_t id = f->queue_head;
	struct instance *i = &r->instances[id];

	f->queue_head = i->announce_next;
	note_announcing(i, false);
	r->announcing--;
	if (i->announce_again && i->core->state == VRRP_ACTIVE)
		announcer_add(r, id);
}

enum verdict {
	SENT,
	SKIPPED,
	WAIT
};

static enum verdict announce(struct router *r, struct instance *i,
			     struct holding *a, uint8_t *frame)
{
	const struct interface *f = &r->interfaces[a->interface];
	const struct ip *address = &holding_address_conf(a)->address;
	size_t length;

	if (a->queued || a->inflight || a->unready)
		return WAIT; /* for the kernel to hold it */
	a->unannounced = !a->present || !f->is_up;
	/* On a tunnel there is nobody who would want to know it. */
	if (a->unannounced || f->framing != FRAMING_ETHERNET)
		return SKIPPED;
	length = address->family == IP_V4
			 ? vrrp_frame_garp(address, f->mac, frame, VRRP_NA_SIZE)
			 : vrrp_frame_na(address, true, f->mac, frame,
					 VRRP_NA_SIZE);
	outlet_send(r, (uint32_t)(i - r->instances),
		    &(struct outlet_frame){ .kind = SPEECH_ANNOUNCEMENT,
					    .on = f,
					    .bytes = frame,
					    .length = length });
	note_announced(i, r->now);
	return SENT;
}

/* What the first instance in the queue is to announce next, or NULL. */
static struct holding *next_address(const struct router *r,
				    const struct interface *f)
{
	struct instance *i = &r->instances[f->queue_head];

	while (i->announce_extra && i->announce_address < i->address_count &&
	       !r->holdings[i->address_first + i->announce_address].extra)
		i->announce_address++;
	if (i->core->state != VRRP_ACTIVE ||
	    i->announce_address >= i->address_count)
		return NULL;
	return &r->holdings[i->address_first + i->announce_address];
}

/* When the first instance in the queue may announce. */
static tick_t due(const struct router *r, const struct interface *f)
{
	const struct holding *a = next_address(r, f);

	return a ? pace_of(r, a)->next[is_six(a)] : INT64_MIN;
}

/* One address of the first instance in the queue. */
static enum verdict announce_next(struct router *r, struct interface *f,
				  uint8_t *frame)
{
	struct instance *i = &r->instances[f->queue_head];
	struct holding *a = next_address(r, f);
	enum verdict verdict = SKIPPED;

	if (a) {
		struct pace *p = pace_of(r, a);

		verdict = announce(r, i, a, frame);
		if (verdict == WAIT)
			return WAIT;
		if (verdict == SENT && p->interval[is_six(a)] > 0)
			p->next[is_six(a)] = r->now + p->interval[is_six(a)];
		i->announce_address++;
	}
	if (!next_address(r, f))
		finish(r, f);
	return verdict;
}

/* True if it sent something. */
static bool run_interface(struct router *r, struct interface *f, unsigned *room,
			  uint8_t (*frames)[VRRP_NA_SIZE])
{
	unsigned before = *room;

	while (*room > 0 && f->queue_head != ROUTER_NONE &&
	       r->now >= due(r, f)) {
		enum verdict verdict = announce_next(r, f, frames[*room - 1]);

		f->announce_waits = verdict == WAIT;
		if (verdict == WAIT)
			break;
		*room -= verdict == SENT;
	}
	return *room < before;
}

void announcer_run(struct router *r)
{
	uint8_t frames[ANNOUNCER_TURN][VRRP_NA_SIZE];
	unsigned room = ANNOUNCER_TURN;
	uint32_t from = r->announce_from;

	if (r->now >= r->extra_at)
		announce_extra(r);
	if (r->now >= r->announce_again_at)
		announce_failed(r);
	if (r->announcing == 0)
		return;
	/* Not always from the first: of a group only one may send. */
	for (uint32_t k = 0; k < r->interface_count && room > 0; k++) {
		uint32_t n = (from + k) % r->interface_count;

		if (run_interface(r, &r->interfaces[n], &room, frames))
			r->announce_from = n + 1;
	}
	if (room < ANNOUNCER_TURN)
		transmit_flush(r->transmit);
	r->batch++;
}

/* What waits for the kernel needs no deadline: its answer makes a turn. */
tick_t announcer_deadline(const struct router *r)
{
	tick_t first = TICK_NEVER;

	for (uint32_t n = 0; r->announcing > 0 && n < r->interface_count; n++) {
		const struct interface *f = &r->interfaces[n];

		if (f->queue_head != ROUTER_NONE && !f->announce_waits)
			first = tick_min(first, due(r, f));
	}
	/* What found no room in this turn is not late, it is the next one's. */
	first = tick_min(first, r->announce_again_at);
	return tick_max(tick_min(first, r->extra_at), r->now);
}
