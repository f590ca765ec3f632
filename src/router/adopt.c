/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adoption: a new `vrrp` process goes on where another one stopped, because
 * that one crashed, was replaced by a newer program, or has another
 * configuration. What counts is in the ledger: states, deadlines, the current
 * Active, counters. What the kernel holds is looked at as always.
 *
 * A record in which the other died while writing is not believed: what it was
 * before that step counts. When that happens again and again the instance is
 * quarantined, so that it cannot take the others along.
 */
#include "router/state.h"

#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

/* Deaths so far apart have nothing to do with each other. */
#define QUARANTINE_ROW (60 * TICK_SECOND)

static uint32_t record_hash(const struct ledger_instance *r)
{
	uint8_t key[LEDGER_INTERFACE_SIZE + 2] = { 0 };

	strncpy((char *)key, r->interface, LEDGER_INTERFACE_SIZE);
	key[LEDGER_INTERFACE_SIZE] = r->family;
	key[LEDGER_INTERFACE_SIZE + 1] = r->vrid;
	return map_hash(key, sizeof(key));
}

/* A virtual router is what it is by its interface, family and VRID. */
static bool same_record(const void *context, uint32_t number, const void *key)
{
	const struct ledger_instance *wanted = key;
	const struct ledger_instance *r =
		ledger_instance_at((struct ledger *)context, number);

	return r->family == wanted->family && r->vrid == wanted->vrid &&
	       strcmp(r->interface, wanted->interface) == 0;
}

/*
 * What the old record says of a virtual router, into the new one. Its
 * configuration may have changed: the core is told so, with what the old
 * record knows of the old one.
 */
static void inherit(struct router *e, uint32_t n,
		    const struct ledger_instance *old, bool same_program)
{
	struct instance *i = &e->instances[n];
	struct ledger_instance *r = i->record;
	struct vrrp_config before = i->conf->vrrp;
	struct vrrp_event event = {
		.type = VRRP_EVENT_CONFIG,
		.config = &i->conf->vrrp,
	};

	r->core = old->core;
	r->before = old->before;
	r->counters = old->counters;
	r->since_real = old->since_real;
	r->refreshed = old->refreshed;
	r->sent = old->sent;
	r->announced = old->announced;
	r->sent_priority = old->sent_priority;
	r->sent_checksum = old->sent_checksum;
	r->held = old->held;
	r->announcing = old->announcing;
	r->peer = old->peer;
	r->peer_priority = old->peer_priority;
	r->odd_peer = old->odd_peer;
	r->odd_type = old->odd_type;
	r->odd_code = old->odd_code;
	r->odd_value = old->odd_value;
	r->odd_real = old->odd_real;
	if (same_program) /* another one may do better */
		r->deaths = old->deaths;
	r->died = old->died;
	r->ifindex = old->ifindex;
	if (old->sequence & 1) { /* its writer died in the middle */
		ledger_begin(&r->sequence);
		return;
	}
	before.version = old->version;
	before.priority = old->priority;
	before.interval = old->interval;
	before.down_timer_adverts = old->down_timer_adverts;
	r->core.config = &before;
	router_step(e, n, &event);
}

/* What is counted since the daemon started, and how late it ever was. */
static void inherit_totals(struct ledger *l, const struct ledger *before)
{
	l->turns = before->turns;
	l->packets_received = before->packets_received;
	memcpy(l->dropped, before->dropped, sizeof(l->dropped));
	l->netlink_overruns = before->netlink_overruns;
	l->packets_overflowed = before->packets_overflowed;
	l->packets_malformed = before->packets_malformed;
	memcpy(l->lateness_turn, before->lateness_turn,
	       sizeof(l->lateness_turn));
	memcpy(l->lateness_advert, before->lateness_advert,
	       sizeof(l->lateness_advert));
	l->lateness_turn_max = before->lateness_turn_max;
	l->lateness_advert_max = before->lateness_advert_max;
	l->lateness_turn_sum = before->lateness_turn_sum;
	l->lateness_advert_sum = before->lateness_advert_sum;
	l->turns_late = before->turns_late;
}

static void inherit_all(struct router *e, struct ledger *before)
{
	void *memory = malloc(map_memory(before->instance_count + 1));
	bool same_program = strncmp(before->version, e->ledger->version,
				    sizeof(before->version)) == 0;
	struct map index;

	if (!memory)
		return; /* then all start anew */
	map_init(&index, memory, before->instance_count + 1, same_record,
		 before);
	for (uint32_t n = 0; n < before->instance_count; n++)
		map_put(&index, record_hash(ledger_instance_at(before, n)), n);
	for (uint32_t n = 0; n < e->instance_count; n++) {
		const struct ledger_instance *r = e->instances[n].record;
		uint32_t found = map_find(&index, record_hash(r), r);

		if (found != MAP_NONE)
			inherit(e, n, ledger_instance_at(before, found),
				same_program);
	}
	free(memory);
}

/*
 * It goes on as it was. Between the other's death and our sockets nothing was
 * heard: after a crash a Backup listens for an interval and a half before it
 * acts, so that one advertisement surely comes.
 */
static void adopt(struct router *e, uint32_t n, bool deaf, tick_t done)
{
	struct instance *i = &e->instances[n];
	struct vrrp *v = &i->record->core;

	if (deaf && v->state == VRRP_BACKUP)
		v->down_timer = tick_max(v->down_timer,
					 e->now + v->active_interval * 3 / 2);
	if (v->state == VRRP_ACTIVE)
		addresses_want(e, n, true);
	router_redo(e, n, done);
	router_schedule(e, n);
}

static void quarantine(struct router *e, uint32_t n)
{
	struct ledger_event event = {
		.instance = n,
		.type = LEDGER_EVENT_PROCESS,
		.code = LEDGER_PROCESS_QUARANTINED,
		.value = e->instances[n].record->deaths,
	};

	ledger_append(e->ledger, &event);
}

static void died_within(struct ledger_instance *r, const struct vrrp_config *c,
			tick_t now)
{
	if (now - r->died >= QUARANTINE_ROW)
		r->deaths = 0;
	r->died = now;
	r->core = r->before;
	if (++r->deaths >= LEDGER_QUARANTINE)
		vrrp_init(&r->core, c);
	ledger_end(&r->sequence);
}

/*
 * The last turn of which all was done. Who dies within a turn leaves records
 * of frames that have not left.
 */
static tick_t done_until(const struct ledger *ledger)
{
	uint64_t beat = ledger->heartbeat;

	return beat == LEDGER_YIELDED ? TICK_NEVER : (tick_t)beat;
}

void adopt_all(struct router *e, struct ledger *before, bool deaf)
{
	static const struct vrrp_event startup = {
		.type = VRRP_EVENT_STARTUP,
	};
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};
	/* After a crash it is the same ledger. */
	tick_t done = done_until(before ? before : e->ledger);

	e->now = clock_now();
	if (before) {
		inherit_totals(e->ledger, before);
		inherit_all(e, before);
	}
	e->overruns_before = e->ledger->netlink_overruns;
	e->overflows_before = e->ledger->packets_overflowed;
	e->malformed_before = e->ledger->packets_malformed;
	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct ledger_instance *r = e->instances[n].record;
		const struct vrrp_config *c = &e->instances[n].conf->vrrp;

		if (r->sequence & 1)
			died_within(r, c, e->now);
		if (r->core.state == VRRP_INIT) {
			tick_t since = r->core.since;

			vrrp_init(&r->core, c);
			r->core.since = since;
		} else {
			r->core.config = c;
		}
	}
	addresses_lease(e);
	for (uint32_t n = 0; n < e->instance_count; n++)
		if (e->instances[n].record->core.state != VRRP_INIT)
			adopt(e, n, deaf, done);
	interfaces_tell_all(e);
	leftovers_remove(e, before);
	for (uint32_t n = 0; n < e->instance_count; n++) {
		const struct ledger_instance *r = e->instances[n].record;

		if (ledger_is_quarantined(r))
			quarantine(e, n);
		else if (r->core.state == VRRP_INIT && !e->ledger->drained)
			router_step(e, n, &startup);
		else if (r->core.started && e->ledger->drained)
			router_step(e, n, &shutdown); /* nobody told it */
	}
	__atomic_store_n(&e->ledger->adopted, true, __ATOMIC_RELEASE);
}
