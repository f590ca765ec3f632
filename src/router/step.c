/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event into one core, and what it asks for. Adverts are queued by the
 * speaker and leave with the turn's batch; addresses and announcements are
 * queued for their own files. Nothing here waits, allocates or makes a system
 * call but the flush of a full batch.
 */
#include "router/speech.h"
#include "router/state.h"

/* The one that its record names, which is open. */
static void send_advert(struct router *r, uint32_t id)
{
	struct ledger_record *record = r->instances[id].record;

	if (speaker_say(r, id, record->sent_priority, record->sent_checksum))
		record->sent = r->now;
	else
		r->instances[id].counters->send_errors++;
}

/*
 * An advertisement that comes after the claim makes another Active let go, so
 * it waits until the kernel holds the addresses and the hosts were told.
 */
static bool must_wait(const struct router *r, const struct instance *i)
{
	return !holdings_settled(r, (uint32_t)(i - r->instances)) ||
	       (i->record->announcing && !i->paced);
}

static void hold(struct router *r, uint32_t id)
{
	r->instances[id].record->held = true;
	waiting_add(&r->held, id);
}

/* It waits no more; one that has stepped down meanwhile says nothing. */
static void send_held(struct router *r, uint32_t id, bool active)
{
	struct ledger_record *record = r->instances[id].record;
	bool opened = record_open(record);

	record->held = false;
	if (active)
		send_advert(r, id);
	record_close(record, opened);
}

void router_send_held(struct router *r)
{
	uint32_t left = 0;

	for (uint32_t k = 0; k < r->held.count; k++) {
		uint32_t id = r->held.list[k];
		bool active = r->instances[id].core->state == VRRP_ACTIVE;

		if (active && must_wait(r, &r->instances[id]))
			r->held.list[left++] = id;
		else
			send_held(r, id, active);
	}
	r->held.count = left;
}

void router_redo(struct router *r, uint32_t id, tick_t done)
{
	struct ledger_record *record = r->instances[id].record;
	const struct vrrp_saved *v = r->instances[id].core;
	bool announce = record->announcing || record->announced > done;
	bool send = record->sent > done;
	bool held = record->held;
	bool opened = record_open(record);

	/* This process has not asked for anything yet. */
	record->announcing = record->held = false;
	record->announced = record->sent = 0;
	if (v->state == VRRP_ACTIVE) {
		if (announce)
			announcer_add(r, id);
		record->sent_priority = vrrp_saved_leaving(v)
						? VRRP_PRIORITY_RESIGN
						: v->priority;
		if (held)
			hold(r, id);
		else if (send && v->adver_timer > r->now)
			send_advert(r, id);
	}
	record_close(record, opened);
}

/* What is known of a step besides its event. */
struct step {
	const struct ip *peer; /* whose packet it is, or nobody */
	/* As it was before. */
	enum vrrp_state state;
	uint8_t priority;
	bool claimed; /* one of its actions does that */
};

static void perform(struct router *r, uint32_t id,
		    const struct vrrp_action *action, struct step *step)
{
	struct ledger_record *record = r->instances[id].record;

	switch (action->type) {
	case VRRP_ACTION_SEND:
		record->sent_priority = action->send.priority;
		record->sent_checksum = (uint8_t)action->send.checksum;
		if (!step->claimed) {
			send_advert(r, id);
		} else if (!record->held) {
			hold(r, id);
		}
		break;
	case VRRP_ACTION_CLAIM:
		step->claimed = true;
		holdings_want(r, id, true);
		break;
	case VRRP_ACTION_RELEASE:
		holdings_want(r, id, false);
		break;
	case VRRP_ACTION_ANNOUNCE:
		announcer_add(r, id);
		break;
	case VRRP_ACTION_PROBE:
		outlet_probe(r, id);
		break;
	case VRRP_ACTION_STATE:
		if (action->state.to == VRRP_ACTIVE)
			sending_begin(r, id);
		journal_state(r, id, action);
		changes_add(r, id, action, step->priority);
		break;
	case VRRP_ACTION_DROPPED:
		journal_drop(r, id, action->drop, step->peer);
		break;
	case VRRP_ACTION_NOTE:
		journal_note(r, id, action);
		if (action->note.note == VRRP_NOTE_LOSING_ADVERT) {
			changes_lower(r, id, action);
			sending_contested(r, id);
		}
		break;
	}
}

/*
 * Every advert that a Backup hears puts its deadline off. The heap is not
 * told: router_step_due() finds out when the old deadline comes, once in
 * three intervals.
 */
static void schedule(struct router *r, uint32_t id, const struct vrrp *core)
{
	tick_t due = vrrp_deadline(core);

	if (due < heap_get(&r->deadlines, id) || due == TICK_NEVER)
		heap_set(&r->deadlines, id, due);
}

void router_schedule(struct router *r, uint32_t id)
{
	const struct vrrp core = router_core(r, id);

	schedule(r, id, &core);
}

struct vrrp router_core(const struct router *r, uint32_t id)
{
	const struct instance *i = &r->instances[id];
	struct vrrp core;

	vrrp_load(&core, &i->conf->vrrp, i->core);
	return core;
}

void router_step_core(struct router *r, uint32_t id, struct vrrp *core,
		      const struct vrrp_event *event)
{
	static const struct ip nobody;
	struct ledger_record *record = r->instances[id].record;
	struct step step = {
		.peer = event->type == VRRP_EVENT_ADVERT
				? &event->datagram.source
				: &nobody,
		.state = core->state,
		.priority = core->priority,
	};
	bool dropped = false, opened = record_open(record);
	bool was_alone = core->active.family == IP_NONE;

	/* Who dies before all was done leaves it as it was before. */
	ledger_change(r->ledger, id);
	vrrp_step(core, r->now, event, &r->actions);
	if (r->instances[id].group != ROUTER_NONE)
		groups_watch(r, id, core);
	vrrp_save(core, r->instances[id].core);
	for (unsigned n = 0; n < r->actions.count; n++) {
		perform(r, id, &r->actions.list[n], &step);
		dropped |= r->actions.list[n].type == VRRP_ACTION_DROPPED;
	}
	changes_priority(r, id, step.state, step.priority);
	/* Others' addresses may stay no longer. */
	if (core->state != step.state ||
	    (was_alone && core->active.family != IP_NONE))
		holdings_judge(r, id);
	if (event->type == VRRP_EVENT_ADVERT && !dropped) {
		/* Byte 2 is the priority of a packet that was decoded. */
		uint8_t priority = event->datagram.bytes[2];

		if (priority == VRRP_PRIORITY_RESIGN) {
			r->instances[id].counters->resigns_received++;
		} else {
			r->instances[id].counters->adverts_received++;
			record->peer = *step.peer;
			record->peer_priority = priority;
		}
	}
	ledger_changed(r->ledger);
	record_close(record, opened);
	schedule(r, id, core);
}

void router_step(struct router *r, uint32_t id, const struct vrrp_event *event)
{
	struct vrrp core = router_core(r, id);

	router_step_core(r, id, &core, event);
}

void router_step_due(struct router *r)
{
	static const struct vrrp_event time_reached = {
		.type = VRRP_EVENT_TIME,
	};

	for (;;) {
		uint32_t id = heap_first(&r->deadlines);
		struct vrrp core;
		tick_t due;

		if (id == HEAP_NONE)
			break;
		core = router_core(r, id);
		due = vrrp_deadline(&core);
		if (due != heap_next(&r->deadlines)) { /* put off since */
			heap_set(&r->deadlines, id, due);
			continue;
		}
		if (due - vrrp_slack(&core) > r->now)
			break;
		if (due == core.adver_timer)
			journal_lateness(r->server->lateness_advert,
					 &r->server->lateness_advert_max,
					 &r->server->lateness_advert_sum,
					 r->now - due);
		router_step_core(r, id, &core, &time_reached);
	}
}

static void one_packet(struct router *r, const struct received *packet)
{
	const struct vrrp_datagram *d = &packet->datagram;
	uint32_t interface = interface_by_index(r, packet->ifindex);
	uint32_t id = ROUTER_NONE;
	struct vrrp_advert advert;
	enum vrrp_drop drop;

	r->server->packets_received++;
	/* Byte 1 is the VRID; the core judges all of it. */
	if (d->length > 1 && !ip_is_multicast(&d->destination))
		id = peers_instance(r, interface, d, d->bytes[1]);
	if (id == ROUTER_NONE && interface != ROUTER_NONE && d->length > 1)
		id = channel_instance(r, &r->interfaces[interface],
				      &d->destination, d->bytes[1]);
	if (id == ROUTER_NONE) {
		drop = vrrp_decode(d, &vrrp_expect_any, &advert);
		if (drop == VRRP_DROP_NONE)
			drop = VRRP_DROP_VRID;
		journal_unknown(r, packet->ifindex, drop,
				d->length > 1 ? d->bytes[1] : 0, &d->source);
		return;
	}
	if (interface != ROUTER_NONE &&
	    ip_equal(&d->source, &r->interfaces[interface].broadcast)) {
		journal_drop(r, id, VRRP_DROP_SOURCE, &d->source);
		return;
	}
	router_step(r, id,
		    &(struct vrrp_event){ .type = VRRP_EVENT_ADVERT,
					  .datagram = *d });
}

void router_packets(void *context, const struct received *list, unsigned count)
{
	struct router *r = context;

	rttime_pause_if_due(r);
	for (unsigned n = 0; n < count; n++)
		one_packet(r, &list[n]);
}
