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

#include "base/secret.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

/* Deaths so far apart have nothing to do with each other. */
#define QUARANTINE_ROW (60 * TICK_SECOND)

static uint32_t record_hash(const struct ledger_instance *i)
{
	uint8_t key[LEDGER_INTERFACE_SIZE + 2] = { 0 };

	strncpy((char *)key, i->interface, LEDGER_INTERFACE_SIZE);
	key[LEDGER_INTERFACE_SIZE] = i->family;
	key[LEDGER_INTERFACE_SIZE + 1] = i->vrid;
	return map_hash(key, sizeof(key));
}

/* The old records that no new one has yet. */
struct heritage {
	struct ledger *before;
	struct map index;
	bool *taken;
	bool same_program;
	bool same_group; /* else one that was in another group will do */
};

/*
 * A virtual router is what it is by its interface, family and VRID, and by its
 * group where there are several of these. Its group alone may change.
 */
static bool same_record(const void *context, uint32_t number, const void *key)
{
	const struct heritage *h = context;
	const struct ledger_instance *wanted = key;
	const struct ledger_instance *i = ledger_instance_at(h->before, number);

	return !h->taken[number] && i->family == wanted->family &&
	       i->vrid == wanted->vrid &&
	       strcmp(i->interface, wanted->interface) == 0 &&
	       (!h->same_group ||
		ip_equal(&i->destination, &wanted->destination));
}

/*
 * What the old record says of a virtual router, into the new one. Its
 * configuration may have changed: the core is told so, with what the old
 * record knows of the old one.
 */
static void inherit(struct router *r, uint32_t n,
		    const struct ledger_instance *old, bool same_program)
{
	struct instance *i = &r->instances[n];
	struct ledger_instance *record = i->record;
	struct vrrp_config before = i->conf->vrrp;
	struct vrrp_event event = {
		.type = VRRP_EVENT_CONFIG,
		.config = &i->conf->vrrp,
	};

	/* No copy of a password stays behind. */
	secret_wipe(&before.auth, sizeof(before.auth));
	record->core = old->core;
	record->before = old->before;
	record->counters = old->counters;
	record->since_real = old->since_real;
	record->refreshed = old->refreshed;
	record->sent = old->sent;
	record->announced = old->announced;
	record->sent_priority = old->sent_priority;
	record->sent_checksum = old->sent_checksum;
	record->held = old->held;
	record->announcing = old->announcing;
	record->peer = old->peer;
	record->peer_priority = old->peer_priority;
	record->last_mistake_peer = old->last_mistake_peer;
	record->last_mistake_type = old->last_mistake_type;
	record->last_mistake_code = old->last_mistake_code;
	record->last_mistake_value = old->last_mistake_value;
	record->last_mistake_real = old->last_mistake_real;
	if (same_program) /* another one may do better */
		record->deaths = old->deaths;
	record->died = old->died;
	record->ifindex = old->ifindex;
	record->link_at = old->link_at;
	if (old->sequence & 1) { /* its writer died in the middle */
		ledger_begin(&record->sequence);
		return;
	}
	before.version = old->version;
	before.priority = old->priority;
	before.interval = old->interval;
	before.down_timer_adverts = old->down_timer_adverts;
	record->core.config = &before;
	router_step(r, n, &event);
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

static void inherit_some(struct router *r, struct heritage *h, bool *done)
{
	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct ledger_instance *i = r->instances[n].record;
		uint32_t found = MAP_NONE;

		if (!done[n])
			found = map_find(&h->index, record_hash(i), i);
		if (found == MAP_NONE)
			continue;
		done[n] = h->taken[found] = true;
		inherit(r, n, ledger_instance_at(h->before, found),
			h->same_program);
	}
}

static void inherit_all(struct router *r, struct ledger *before)
{
	void *memory = malloc(map_memory(before->instance_count + 1));
	bool *done = calloc(r->instance_count + 1, sizeof(*done));
	struct heritage h = {
		.before = before,
		.taken = calloc(before->instance_count + 1, sizeof(*h.taken)),
		.same_program = strncmp(before->version, r->ledger->version,
					sizeof(before->version)) == 0,
		.same_group = true,
	};

	/* Without memory all start anew. */
	if (memory && done && h.taken) {
		map_init(&h.index, memory, before->instance_count + 1,
			 same_record, &h);
		for (uint32_t n = 0; n < before->instance_count; n++)
			map_put(&h.index,
				record_hash(ledger_instance_at(before, n)), n);
		inherit_some(r, &h, done);
		h.same_group = false;
		inherit_some(r, &h, done);
	}
	free(memory);
	free(done);
	free(h.taken);
}

/*
 * It goes on as it was. Between the other's death and our sockets nothing was
 * heard: after a crash a Backup listens for an interval and a half before it
 * acts, so that one advertisement surely comes.
 */
static void adopt(struct router *r, uint32_t n, bool deaf, tick_t done)
{
	struct instance *i = &r->instances[n];
	struct vrrp *v = &i->record->core;

	if (deaf && v->state == VRRP_BACKUP)
		v->down_timer = tick_max(v->down_timer,
					 r->now + v->active_interval * 3 / 2);
	if (v->state == VRRP_ACTIVE)
		addresses_want(r, n, true);
	router_redo(r, n, done);
	router_schedule(r, n);
}

static void quarantine(struct router *r, uint32_t n)
{
	struct ledger_event event = {
		.instance = n,
		.type = LEDGER_EVENT_PROCESS,
		.code = LEDGER_PROCESS_QUARANTINED,
		.value = r->instances[n].record->deaths,
	};

	ledger_append(r->ledger, &event);
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

void adopt_all(struct router *r, struct ledger *before, bool deaf)
{
	static const struct vrrp_event startup = {
		.type = VRRP_EVENT_STARTUP,
	};
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};
	/* After a crash it is the same ledger. */
	tick_t done = done_until(before ? before : r->ledger);

	r->now = clock_now();
	if (before) {
		inherit_totals(r->ledger, before);
		inherit_all(r, before);
	}
	r->overruns_before = r->ledger->netlink_overruns;
	r->overflows_before = r->ledger->packets_overflowed;
	r->malformed_before = r->ledger->packets_malformed;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct ledger_instance *record = r->instances[n].record;
		const struct vrrp_config *c = &r->instances[n].conf->vrrp;

		if (record->sequence & 1)
			died_within(record, c, r->now);
		if (record->core.state == VRRP_INIT) {
			tick_t since = record->core.since;

			vrrp_init(&record->core, c);
			record->core.since = since;
		} else {
			record->core.config = c;
		}
	}
	addresses_lease(r);
	for (uint32_t n = 0; n < r->instance_count; n++)
		if (r->instances[n].record->core.state != VRRP_INIT)
			adopt(r, n, deaf, done);
	promote_adopt(r, before ? before : r->ledger);
	interfaces_tell_all(r);
	leftovers_remove(r, before);
	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct ledger_instance *record = r->instances[n].record;

		if (ledger_is_quarantined(record))
			quarantine(r, n);
		else if (record->core.state == VRRP_INIT &&
			 !r->ledger->drained && !router_waits(r))
			router_step(r, n, &startup);
		else if (record->core.started && r->ledger->drained)
			router_step(r, n, &shutdown); /* nobody told it */
	}
	__atomic_store_n(&r->ledger->adopted, true, __ATOMIC_RELEASE);
}
