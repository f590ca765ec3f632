/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sync groups against each other: routers with a group of a few virtual routers
 * each, a link a member, priorities in any order. In the time of trouble links
 * are cut, packets lost, processes killed and resumed, groups handed over. Then
 * all is whole again, and soon one router must be Active on all links, and stay
 * so. While it lasts no router is ever Active in a part of its group that lost
 * another part.
 *
 * usage: sim_groups [--seeds N] [--first S] [--seed S]
 */
#include "groups.h"

#include "base/must.h"
#include "vrrp/group.h"
#include "vrrp/save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ip groups_source(uint32_t router, uint32_t member)
{
	/* Which address is higher differs from link to link. */
	uint8_t last = (uint8_t)(10 + (router * 7 + member * 5) % 11);

	return ip_from_bytes(IP_V4,
			     (uint8_t[]){ 10, 0, (uint8_t)member, last });
}

static void send_advert(struct world *w, uint32_t r, uint32_t m,
			uint8_t priority)
{
	const struct vrrp_config *c = &w->side[r].config[m];
	struct ip source = groups_source(r, m);
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = c->vrid,
		.priority = priority,
		.count = c->address_count,
		.family = IP_V4,
		.interval = c->interval,
		.checksum = VRRP_CHECKSUM_RFC5798,
		.addresses = c->addresses[0].bytes,
	};
	struct packet *p = &w->packets[w->packet_count];

	if (w->side[r].cut[m] || w->packet_count == PACKETS_MAX)
		return;
	p->length = vrrp_encode(&advert, &source, p->bytes, PACKET_BYTES);
	MUST(p->length > 0);
	p->due = w->now + prng_range(&w->random, 1, LATE_MOST);
	p->from = r;
	p->member = m;
	p->source = source;
	p->to = UINT32_MAX;
	w->packet_count++;
}

static bool serves_on(const struct world *w, uint32_t m)
{
	bool serves = false;

	for (uint32_t r = 0; r < w->routers; r++)
		serves |= w->side[r].core[m].state == VRRP_ACTIVE;
	return serves;
}

/* Who has the address? The kernel of an Active answers. */
static void ask(struct world *w, struct vrrp *v, uint32_t m)
{
	struct vrrp_event answered = { .type = VRRP_EVENT_ANSWERED };
	struct vrrp_actions none;

	if (serves_on(w, m))
		vrrp_step(v, w->now, &answered, &none);
}

static void look_who_serves(struct world *w)
{
	for (uint32_t m = 0; m < w->members; m++) {
		if (!serves_on(w, m))
			w->none_since[m] = tick_min(w->none_since[m], w->now);
		else
			w->none_since[m] = TICK_NEVER;
		if (w->none_since[m] != TICK_NEVER)
			w->none_most = tick_max(w->none_most,
						w->now - w->none_since[m]);
	}
}

static void one_step(struct world *w, uint32_t r, uint32_t m,
		     const struct vrrp_event *event)
{
	struct side *s = &w->side[r];
	struct vrrp *v = &s->core[m];
	tick_t yield_after = v->yield_after;
	struct vrrp_actions out;

	vrrp_step(v, w->now, event, &out);
	for (unsigned n = 0; n < out.count; n++) {
		const struct vrrp_action *a = &out.list[n];

		if (a->type == VRRP_ACTION_SEND)
			send_advert(w, r, m, a->send.priority);
		if (a->type == VRRP_ACTION_PROBE)
			ask(w, v, m);
		if (a->type != VRRP_ACTION_STATE)
			continue;
		w->changes++;
		w->last_change = w->now;
		if (w->verbose)
			printf("# %9.4f r%u.%u %s -> %s: %s\n",
			       (double)w->now / TICK_SECOND, r, m,
			       vrrp_state_name(a->state.from),
			       vrrp_state_name(a->state.to),
			       vrrp_cause_name(a->state.cause));
	}
	s->contested[m] |=
		v->yield_after != yield_after && v->yield_after != TICK_NEVER;
}

static bool is_faulty(const struct vrrp *v)
{
	return v->interface != VRRP_INTERFACE_UP ||
	       (v->track.faults & ~(1u << VRRP_FAULT_GROUP)) || !v->started;
}

static void look(const struct world *w, uint32_t r, struct vrrp_member *list)
{
	const struct side *s = &w->side[r];

	for (uint32_t m = 0; m < w->members; m++)
		list[m] = (struct vrrp_member){
			.state = s->core[m].state,
			.wishes = s->core[m].wishes,
			.follows = s->core[m].active.family != IP_NONE,
			.leaving = vrrp_leaving(&s->core[m]),
			.faulty = is_faulty(&s->core[m]),
			.in_fault = s->in_fault[m],
			.contested = s->contested[m],
		};
}

static void obey(struct world *w, uint32_t r,
		 const struct vrrp_group_work *work)
{
	struct side *s = &w->side[r];
	uint32_t m = work->member;
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	switch (work->ask) {
	case VRRP_GROUP_PROMOTE:
		event.type = VRRP_EVENT_PROMOTE;
		break;
	case VRRP_GROUP_YIELD:
		event.type = VRRP_EVENT_YIELD;
		break;
	case VRRP_GROUP_ASSERT:
		event.type = VRRP_EVENT_ASSERT;
		memset(s->contested, 0, sizeof(s->contested));
		break;
	case VRRP_GROUP_FAULT:
	case VRRP_GROUP_NO_FAULT:
		s->in_fault[m] = work->ask == VRRP_GROUP_FAULT;
		event.track.faults =
			s->in_fault[m] ? 1u << VRRP_FAULT_GROUP : 0;
		break;
	case VRRP_GROUP_REST:
		return;
	}
	one_step(w, r, m, &event);
}

/* Nobody is Active beside a member that lost or has a fault. */
static void check_fate(struct world *w, uint32_t r)
{
	const struct side *s = &w->side[r];
	bool active = false, lost = false;

	for (uint32_t m = 0; m < w->members; m++) {
		const struct vrrp *v = &s->core[m];

		active |= v->state == VRRP_ACTIVE && !vrrp_leaving(v);
		lost |= v->state == VRRP_FAULT ||
			(v->state == VRRP_BACKUP && !v->wishes &&
			 v->active.family != IP_NONE);
	}
	if (active && lost)
		w->wrong = "a part of a group is Active, and another one lost";
}

static void step(struct world *w, uint32_t r, uint32_t m,
		 const struct vrrp_event *event)
{
	struct vrrp_member list[MEMBERS_MAX];
	struct vrrp_group_work work;
	unsigned orders = 0;

	one_step(w, r, m, event);
	do {
		look(w, r, list);
		work = vrrp_group_next(list, w->members, m, w->side[r].decider);
		obey(w, r, &work);
	} while (work.ask != VRRP_GROUP_REST && ++orders < ORDERS_MAX);
	if (orders == ORDERS_MAX)
		w->wrong = "a group never comes to rest";
	memset(w->side[r].contested, 0, sizeof(w->side[r].contested));
	check_fate(w, r);
}

static void interface_is(struct world *w, uint32_t r, uint32_t m, bool up)
{
	struct vrrp_event event = { .type = VRRP_EVENT_INTERFACE };

	event.interface.status =
		up ? VRRP_INTERFACE_UP : VRRP_INTERFACE_NO_CARRIER;
	if (up)
		event.interface.source = groups_source(r, m);
	w->side[r].cut[m] = !up;
	step(w, r, m, &event);
}

static void all(struct world *w, uint32_t r, enum vrrp_event_type type)
{
	struct vrrp_event event = { .type = type };

	/* As the router does: all members, then what comes of it. */
	for (uint32_t m = 0; m + 1 < w->members; m++)
		one_step(w, r, m, &event);
	step(w, r, w->members - 1, &event);
}

static void begin_router(struct world *w, uint32_t r)
{
	struct side *s = &w->side[r];
	struct prng *p = &w->random;
	bool preempt = prng_chance(p, 700);
	tick_t delay = prng_chance(p, 200) ? prng_range(p, 1, 4) * INTERVAL : 0;
	uint8_t common = (uint8_t)prng_range(p, 1, 4);

	for (uint32_t m = 0; m < w->members; m++) {
		/* Half the worlds have their priorities in one order. */
		uint8_t own = (uint8_t)(w->members % 2 && prng_chance(p, 500)
						? common
						: prng_range(p, 1, 4));

		s->address[m] = ip_from_bytes(
			IP_V4, (uint8_t[]){ 10, 0, (uint8_t)m, 1 });
		s->config[m] = (struct vrrp_config){
			VRRP_CONFIG_DEFAULTS,
			.family = IP_V4,
			.version = 3,
			.vrid = (uint8_t)(51 + m / 2),
			.priority = (uint8_t)(own * 50),
			.preempt = preempt,
			.preempt_delay = preempt ? delay : 0,
			.interval = INTERVAL,
			.addresses = &s->address[m],
			.address_count = 1,
			.grouped = true,
		};
		vrrp_init(&s->core[m], &s->config[m]);
	}
	s->decider = 0;
	for (uint32_t m = 1; m < w->members; m++)
		if (vrrp_group_decides(&s->config[m], &s->config[s->decider]))
			s->decider = m;
	for (uint32_t m = 0; m < w->members; m++)
		s->config[m].follower = m != s->decider;
	for (uint32_t m = 0; m < w->members; m++)
		interface_is(w, r, m, true);
	all(w, r, VRRP_EVENT_STARTUP);
}

/* Another process goes on with what was saved. */
static void resume(struct world *w, uint32_t r)
{
	struct side *s = &w->side[r];

	for (uint32_t m = 0; m < w->members; m++) {
		struct vrrp_saved saved;

		vrrp_save(&s->core[m], &saved);
		if (!vrrp_restore(&s->core[m], &s->config[m], &saved,
				  sizeof(saved)))
			w->wrong = "a record cannot be restored";
	}
	all(w, r, VRRP_EVENT_ADOPTED);
}

static void make_trouble(struct world *w)
{
	uint32_t r = (uint32_t)prng_range(&w->random, 0, w->routers - 1);
	uint32_t m = (uint32_t)prng_range(&w->random, 0, w->members - 1);
	struct side *s = &w->side[r];

	if (s->away_until)
		return;
	switch (prng_range(&w->random, 0, 5)) {
	case 0:
	case 1:
		interface_is(w, r, m, s->cut[m]);
		break;
	case 2:
		s->away_until =
			w->now + prng_range(&w->random, 1, 3 * INTERVAL);
		break;
	case 3:
		all(w, r, VRRP_EVENT_HANDOVER);
		break;
	case 4:
		w->loss = (unsigned)prng_range(&w->random, 0, 600);
		break;
	case 5:
		all(w, r, VRRP_EVENT_SHUTDOWN);
		all(w, r, VRRP_EVENT_STARTUP);
		break;
	}
}

static void heal(struct world *w)
{
	w->loss = 0;
	for (uint32_t r = 0; r < w->routers; r++) {
		if (w->side[r].away_until)
			w->side[r].away_until = w->now;
		for (uint32_t m = 0; m < w->members; m++)
			if (w->side[r].cut[m])
				interface_is(w, r, m, true);
	}
}

/* Who has just heard its Active wishes nothing. Byte 2 is the priority. */
static void check_wish(struct world *w, const struct vrrp *v, uint8_t priority)
{
	if (v->state == VRRP_BACKUP && v->wishes && priority >= v->priority)
		w->wrong = "one that hears its Active wishes to be it";
}

static void deliver(struct world *w, const struct packet *p)
{
	for (uint32_t r = 0; r < w->routers; r++) {
		struct side *s = &w->side[r];
		struct vrrp_event event = { .type = VRRP_EVENT_ADVERT };

		if (r == p->from || !(p->to >> r & 1) || s->cut[p->member] ||
		    s->away_until || prng_chance(&w->random, w->loss))
			continue;
		event.datagram = (struct vrrp_datagram){
			.bytes = p->bytes,
			.length = p->length,
			.source = p->source,
			.destination = vrrp_group(IP_V4),
			.ttl = VRRP_TTL,
			.received = w->now,
		};
		step(w, r, p->member, &event);
		if (p->from < w->routers)
			check_wish(w, &s->core[p->member], p->bytes[2]);
	}
}

static bool deliver_due(struct world *w)
{
	for (uint32_t n = 0; n < w->packet_count; n++) {
		struct packet p = w->packets[n];

		if (p.due > w->now)
			continue;
		w->packets[n] = w->packets[--w->packet_count];
		deliver(w, &p);
		return true;
	}
	return false;
}

static bool step_due(struct world *w)
{
	static const struct vrrp_event time_reached = {
		.type = VRRP_EVENT_TIME,
	};

	for (uint32_t r = 0; r < w->routers; r++) {
		struct side *s = &w->side[r];

		if (s->away_until && s->away_until <= w->now) {
			s->away_until = 0;
			resume(w, r);
			return true;
		}
		for (uint32_t m = 0; m < w->members && !s->away_until; m++)
			if (vrrp_deadline(&s->core[m]) <= w->now) {
				step(w, r, m, &time_reached);
				return true;
			}
	}
	return false;
}

static tick_t next_time(const struct world *w)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < w->packet_count; n++)
		next = tick_min(next, w->packets[n].due);
	for (uint32_t r = 0; r < w->routers; r++) {
		const struct side *s = &w->side[r];

		if (s->away_until)
			next = tick_min(next, s->away_until);
		for (uint32_t m = 0; m < w->members && !s->away_until; m++)
			next = tick_min(next, vrrp_deadline(&s->core[m]));
	}
	return next;
}

void groups_run(struct world *w, tick_t end)
{
	while (!w->wrong) {
		look_who_serves(w); /* until now */
		while (!w->wrong && (deliver_due(w) || step_due(w)))
			continue;
		look_who_serves(w);
		if (next_time(w) >= end)
			break;
		w->now = tick_max(w->now, next_time(w));
	}
	w->now = end;
}

static void check_end(struct world *w)
{
	uint32_t holders = 0;

	for (uint32_t r = 0; r < w->routers; r++) {
		uint32_t active = 0;

		for (uint32_t m = 0; m < w->members; m++)
			active += w->side[r].core[m].state == VRRP_ACTIVE;
		if (active > 0 && active < w->members)
			w->wrong = "at the end a group is Active in a part";
		holders += active == w->members;
	}
	if (!w->wrong && holders != 1)
		w->wrong = holders ? "two groups serve" : "no group serves";
	if (!w->wrong && w->last_change > w->now - STEADY)
		w->wrong = "the groups do not come to rest";
}

static const char *play(struct world *w, uint64_t seed, bool verbose)
{
	memset(w, 0, sizeof(*w));
	w->random = prng_seed(seed);
	w->verbose = verbose;
	w->now = TICK_SECOND;
	w->routers = (uint32_t)prng_range(&w->random, 2, ROUTERS_MAX);
	w->members = (uint32_t)prng_range(&w->random, 1, MEMBERS_MAX);
	for (uint32_t r = 0; r < w->routers; r++)
		begin_router(w, r);
	if (prng_chance(&w->random, 800)) /* some only start */
		for (tick_t end = w->now + TROUBLE;
		     w->now < end && !w->wrong;) {
			groups_run(w, w->now + prng_range(&w->random, 1,
							  2 * INTERVAL));
			make_trouble(w);
		}
	heal(w);
	groups_run(w, w->now + HEALING + STEADY);
	if (!w->wrong)
		check_end(w);
	if (!w->wrong && prng_chance(&w->random, 500))
		groups_forge(w);
	return w->wrong;
}

int main(int argc, char **argv)
{
	static struct world w;
	uint64_t first = 1, seeds = 1000, failures = 0, changes = 0;

	for (int n = 1; n + 1 < argc; n += 2) {
		uint64_t value = strtoull(argv[n + 1], NULL, 10);

		if (strcmp(argv[n], "--seeds") == 0)
			seeds = value;
		else if (strcmp(argv[n], "--first") == 0)
			first = value;
		else if (strcmp(argv[n], "--seed") == 0)
			first = value, seeds = 1;
	}
	for (uint64_t seed = first; seed < first + seeds; seed++) {
		const char *wrong = play(&w, seed, seeds == 1);

		changes += w.changes;
		if (!wrong)
			continue;
		if (failures++ < 3)
			printf("# seed %llu: %s; again: %s --seed %llu\n",
			       (unsigned long long)seed, wrong, argv[0],
			       (unsigned long long)seed);
	}
	printf("TAP version 13\n1..1\n%sok 1 - sync groups agree (%llu seeds, "
	       "%llu changes, %llu failed)\n",
	       failures || changes < seeds ? "not " : "",
	       (unsigned long long)seeds, (unsigned long long)changes,
	       (unsigned long long)failures);
	return failures > 0;
}
