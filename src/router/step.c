/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event into one core, and what it asks for. Adverts are queued here and
 * leave with the turn's batch; addresses and announcements are queued for
 * their own files. Nothing here waits, allocates or makes a system call but
 * the flush of a full batch.
 */
#include "router/state.h"
#include "vrrp/frame.h"

#include <string.h>

/*
 * The instance's frame for these values. Built anew only when they change; if
 * the old bytes may still be queued, they leave first.
 */
static bool frame_ready(struct router *e, struct instance *i, uint8_t priority,
			uint8_t checksum)
{
	const struct vrrp *v = &i->record->core;
	const struct vrrp_config *c = v->config;
	uint8_t bytes[16 * VRRP_ADDRESSES_MAX_V4];
	struct vrrp_advert advert = {
		.version = c->version,
		.vrid = c->vrid,
		.priority = priority,
		.count = c->address_count,
		.family = c->family,
		.interval = c->interval,
		.checksum = (enum vrrp_checksum)checksum,
		.addresses = bytes,
	};
	size_t size = ip_size(c->family);

	if (i->frame_length > 0 && i->frame_priority == priority &&
	    i->frame_checksum == checksum)
		return true;
	if (i->frame_batch == e->batch) {
		transmit_flush(e->transmit);
		e->batch++;
	}
	for (unsigned n = 0; n < c->address_count; n++)
		memcpy(bytes + n * size, c->addresses[n].bytes, size);
	i->frame_length = (uint16_t)vrrp_frame_advert(
		&advert, &v->source, e->interfaces[i->interface].mac, i->frame,
		i->frame_capacity);
	i->frame_priority = priority;
	i->frame_checksum = checksum;
	return i->frame_length > 0;
}

void router_transmit(struct router *e, uint32_t id, const struct interface *f,
		     const uint8_t *frame, size_t length)
{
	const struct vrrp *v = &e->instances[id].record->core;

	transmit_queue(e->transmit,
		       &(struct transmit_frame){
			       .ifindex = f->ifindex,
			       .bytes = frame,
			       .length = length,
			       .cookie = id,
			       .by = e->now + v->config->down_timer_adverts *
						      v->config->interval,
		       });
}

/* The one that its record names. */
static void send_advert(struct router *e, uint32_t id)
{
	struct instance *i = &e->instances[id];
	struct ledger_instance *r = i->record;
	struct ledger_counters *counters = &r->counters;

	if (!frame_ready(e, i, r->sent_priority, r->sent_checksum)) {
		counters->send_errors++;
		return;
	}
	router_transmit(e, id, &e->interfaces[i->interface], i->frame,
			i->frame_length);
	i->frame_batch = e->batch;
	r->sent = e->now;
	if (r->sent_priority == VRRP_PRIORITY_RESIGN)
		counters->resigns_sent++;
	else
		counters->adverts_sent++;
}

void router_send_failed(void *context, uint64_t cookie, uint32_t ifindex,
			int error)
{
	struct router *e = context;

	(void)ifindex;
	(void)error;
	e->instances[cookie].record->counters.send_errors++;
}

/*
 * An advertisement that comes after the claim makes another Active let go, so
 * it waits until the kernel holds the addresses and the hosts were told.
 */
static bool must_wait(const struct router *e, const struct instance *i)
{
	for (uint32_t k = 0; k < i->address_count; k++) {
		const struct address *a = &e->addresses[i->address_first + k];

		if (a->queued || a->inflight || a->unready)
			return true;
	}
	return i->record->announcing && e->model->global.garp_interval == 0 &&
	       e->model->global.gna_interval == 0;
}

void router_send_held(struct router *e)
{
	for (uint32_t n = 0; e->held > 0 && n < e->instance_count; n++) {
		struct ledger_instance *r = e->instances[n].record;
		bool active = r->core.state == VRRP_ACTIVE;

		if (!r->held || (active && must_wait(e, &e->instances[n])))
			continue;
		r->held = false;
		e->held--;
		if (active)
			send_advert(e, n);
	}
}

void router_redo(struct router *e, uint32_t id, tick_t done)
{
	struct ledger_instance *r = e->instances[id].record;
	bool announce = r->announcing || r->announced > done;
	bool send = r->sent > done;
	bool held = r->held;

	/* This process has not asked for anything yet. */
	r->announcing = r->held = false;
	r->announced = r->sent = 0;
	if (r->core.state != VRRP_ACTIVE)
		return;
	if (announce)
		announcer_add(e, id);
	r->sent_priority = vrrp_leaving(&r->core) ? VRRP_PRIORITY_RESIGN
						  : r->core.priority;
	if (held) {
		r->held = true;
		e->held++;
	} else if (send && r->core.adver_timer > e->now) {
		send_advert(e, id);
	}
}

static void perform(struct router *e, uint32_t id,
		    const struct vrrp_action *action, const struct ip *peer,
		    bool *claimed)
{
	struct ledger_instance *r = e->instances[id].record;

	switch (action->type) {
	case VRRP_ACTION_SEND:
		r->sent_priority = action->send.priority;
		r->sent_checksum = (uint8_t)action->send.checksum;
		if (!*claimed) {
			send_advert(e, id);
		} else if (!r->held) {
			r->held = true;
			e->held++;
		}
		break;
	case VRRP_ACTION_CLAIM:
		*claimed = true;
		addresses_want(e, id, true);
		break;
	case VRRP_ACTION_RELEASE:
		addresses_want(e, id, false);
		break;
	case VRRP_ACTION_ANNOUNCE:
		announcer_add(e, id);
		break;
	case VRRP_ACTION_PROBE:
		neighbours_probe(e, id);
		break;
	case VRRP_ACTION_STATE:
		journal_state(e, id, action);
		break;
	case VRRP_ACTION_DROPPED:
		journal_drop(e, id, action->drop, peer);
		break;
	case VRRP_ACTION_NOTE:
		journal_note(e, id, action);
		break;
	}
}

/*
 * Every advert that a Backup hears puts its deadline off. The heap is not
 * told: router_step_due() finds out when the old deadline comes, once in
 * three intervals.
 */
void router_schedule(struct router *e, uint32_t id)
{
	tick_t due = vrrp_deadline(&e->instances[id].record->core);

	if (due < heap_get(&e->deadlines, id) || due == TICK_NEVER)
		heap_set(&e->deadlines, id, due);
}

void router_step(struct router *e, uint32_t id, const struct vrrp_event *event)
{
	static const struct ip nobody;
	struct ledger_instance *record = e->instances[id].record;
	const struct ip *peer = event->type == VRRP_EVENT_ADVERT
					? &event->datagram.source
					: &nobody;
	bool dropped = false, claimed = false, opened = record_open(record);

	vrrp_step(&record->core, e->now, event, &e->actions);
	for (unsigned n = 0; n < e->actions.count; n++) {
		perform(e, id, &e->actions.list[n], peer, &claimed);
		dropped |= e->actions.list[n].type == VRRP_ACTION_DROPPED;
	}
	if (event->type == VRRP_EVENT_ADVERT && !dropped) {
		/* Byte 2 is the priority of a packet that was decoded. */
		uint8_t priority = event->datagram.bytes[2];

		if (priority == VRRP_PRIORITY_RESIGN) {
			record->counters.resigns_received++;
		} else {
			record->counters.adverts_received++;
			record->peer = *peer;
			record->peer_priority = priority;
		}
	}
	record_close(record, opened);
	router_schedule(e, id);
}

void router_step_due(struct router *e)
{
	static const struct vrrp_event time_reached = {
		.type = VRRP_EVENT_TIME,
	};

	for (;;) {
		uint32_t id = heap_first(&e->deadlines);
		const struct vrrp *v;
		tick_t due;

		if (id == HEAP_NONE)
			break;
		v = &e->instances[id].record->core;
		due = vrrp_deadline(v);
		if (due != heap_next(&e->deadlines)) { /* put off since */
			heap_set(&e->deadlines, id, due);
			continue;
		}
		if (due - vrrp_slack(v) > e->now)
			break;
		if (due == v->adver_timer)
			journal_lateness(e->ledger->lateness_advert,
					 &e->ledger->lateness_advert_max,
					 &e->ledger->lateness_advert_sum,
					 e->now - due);
		router_step(e, id, &time_reached);
	}
}

static void one_packet(struct router *e, const struct received *r)
{
	const struct vrrp_datagram *d = &r->datagram;
	uint32_t interface = interface_by_index(e, r->ifindex);
	uint32_t id = ROUTER_NONE;
	struct vrrp_advert advert;
	enum vrrp_drop drop;

	e->ledger->packets_received++;
	if (interface != ROUTER_NONE && d->length > 1) {
		uint32_t *vrids = e->interfaces[interface]
					  .vrids[d->source.family == IP_V6];

		/* Byte 1 is the VRID; the core judges all of it. */
		if (vrids)
			id = vrids[d->bytes[1]];
	}
	if (id == ROUTER_NONE) {
		drop = vrrp_decode(d, &advert);
		if (drop == VRRP_DROP_NONE)
			drop = VRRP_DROP_VRID;
		journal_unknown(e, r->ifindex, drop, &d->source);
		return;
	}
	router_step(e, id,
		    &(struct vrrp_event){ .type = VRRP_EVENT_ADVERT,
					  .datagram = *d });
}

void router_packets(void *context, const struct received *list, unsigned count)
{
	struct router *e = context;

	rest_if_due(e);
	for (unsigned n = 0; n < count; n++)
		one_packet(e, &list[n]);
}
