/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends announcements: GARP (RFC 9568 6.4.1, 6.4.2) and unsolicited NA. Each
 * interface has a queue of instances. A turn sends a bounded number of frames
 * after the adverts and the addresses; with vrrp_garp_interval an interface
 * sends one at a time. Nothing is announced that the kernel does not hold,
 * and nothing after the instance ceased to be Active.
 */
#include "router/state.h"
#include "vrrp/frame.h"

/* Frames of one turn: about 1 ms of work. */
#define ANNOUNCER_TURN TRANSMIT_BATCH

void announcer_add(struct router *e, uint32_t instance)
{
	struct instance *i = &e->instances[instance];
	struct interface *f = &e->interfaces[i->interface];

	/* A round that waits or runs is followed by at most one more. */
	if (i->record->announcing) {
		i->announce_again = true;
		return;
	}
	i->record->announcing = true;
	i->announce_again = false;
	i->announce_address = 0;
	i->announce_next = ROUTER_NONE;
	if (f->queue_head == ROUTER_NONE)
		f->queue_head = instance;
	else
		e->instances[f->queue_tail].announce_next = instance;
	f->queue_tail = instance;
	e->announcing++;
}

static void finish(struct router *e, struct interface *f)
{
	uint32_t id = f->queue_head;
	struct instance *i = &e->instances[id];

	f->queue_head = i->announce_next;
	i->record->announcing = false;
	e->announcing--;
	if (i->announce_again && i->record->core.state == VRRP_ACTIVE)
		announcer_add(e, id);
}

enum verdict {
	SENT,
	SKIPPED,
	WAIT
};

static enum verdict announce(struct router *e, struct instance *i, uint32_t n,
			     uint8_t *frame)
{
	const struct address *a = &e->addresses[n];
	const struct interface *f = &e->interfaces[a->interface];
	const struct ip *address = &a->conf->address;
	size_t length;

	if (a->queued || a->inflight || a->unready)
		return WAIT; /* for the kernel to hold it */
	if (!a->present || !f->ifindex)
		return SKIPPED;
	length = address->family == IP_V4
			 ? vrrp_frame_garp(address, f->mac, frame, VRRP_NA_SIZE)
			 : vrrp_frame_na(address, true, f->mac, frame,
					 VRRP_NA_SIZE);
	router_transmit(e, i->record->id, f, frame, length);
	i->record->announced = e->now;
	i->record->counters.announcements_sent++;
	return SENT;
}

/* One address of the first instance in the queue. */
static enum verdict announce_next(struct router *e, struct interface *f,
				  uint8_t *frame)
{
	struct instance *i = &e->instances[f->queue_head];
	enum verdict verdict = SKIPPED;

	if (i->record->core.state == VRRP_ACTIVE &&
	    i->announce_address < i->address_count) {
		verdict = announce(e, i, i->address_first + i->announce_address,
				   frame);
		if (verdict == WAIT)
			return WAIT;
		i->announce_address++;
	}
	if (i->record->core.state != VRRP_ACTIVE ||
	    i->announce_address >= i->address_count)
		finish(e, f);
	return verdict;
}

/* Between the next announcement of an instance and the one after it. */
static tick_t pace(const struct router *e, const struct instance *i)
{
	const struct address *a =
		&e->addresses[i->address_first + i->announce_address];

	if (i->announce_address >= i->address_count)
		return 0; /* it has none */
	return a->conf->address.family == IP_V4 ? e->model->global.garp_interval
						: e->model->global.gna_interval;
}

static void run_interface(struct router *e, struct interface *f, unsigned *room,
			  uint8_t (*frames)[VRRP_NA_SIZE])
{
	while (*room > 0 && f->queue_head != ROUTER_NONE &&
	       e->now >= f->announce_at) {
		tick_t wait = pace(e, &e->instances[f->queue_head]);
		enum verdict verdict = announce_next(e, f, frames[*room - 1]);

		f->announce_waits = verdict == WAIT;
		if (verdict == WAIT)
			return;
		if (verdict == SENT) {
			(*room)--;
			if (wait > 0)
				f->announce_at = e->now + wait;
		}
	}
}

void announcer_run(struct router *e)
{
	uint8_t frames[ANNOUNCER_TURN][VRRP_NA_SIZE];
	unsigned room = ANNOUNCER_TURN;

	if (e->announcing == 0)
		return;
	for (uint32_t n = 0; n < e->interface_count && room > 0; n++)
		run_interface(e, &e->interfaces[n], &room, frames);
	if (room < ANNOUNCER_TURN)
		transmit_flush(e->transmit);
	e->batch++;
}

/* What waits for the kernel needs no deadline: its answer makes a turn. */
tick_t announcer_deadline(const struct router *e)
{
	tick_t first = TICK_NEVER;

	if (e->announcing == 0)
		return TICK_NEVER;
	for (uint32_t n = 0; n < e->interface_count; n++) {
		const struct interface *f = &e->interfaces[n];

		if (f->queue_head != ROUTER_NONE && !f->announce_waits)
			first = tick_min(first, f->announce_at);
	}
	/* What found no room in this turn is not late, it is the next one's. */
	return tick_max(first, e->now);
}
