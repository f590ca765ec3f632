/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time on the simulated LAN, and the turns of its routers. What a turn does is
 * copied from the daemon's loop: first what happened to the interface, then
 * every packet that waits, then the deadlines.
 */
#include "turn.h"

#include "arithmetic.h"
#include "base/must.h"
#include "link.h"

#include <string.h>

/* The first true time at which the router's clock shows `local` or more. */
static tick_t to_true(const struct lan_router *r, tick_t local)
{
	tick_t passed = local - r->offset;
	tick_t at;

	if (local == TICK_NEVER)
		return TICK_NEVER;
	if (r->drift_ppm == 0)
		return passed;
	at = passed - (tick_t)((__int128)passed * r->drift_ppm /
			       (1000000 + r->drift_ppm));
	while (lan_to_local(r, at) >= local)
		at--;
	while (lan_to_local(r, at) < local)
		at++;
	return at;
}

static void do_actions(struct lan *lan, unsigned router, unsigned group,
		       const struct vrrp_actions *actions)
{
	struct lan_member *m = &lan->router[router].member[group];

	for (unsigned i = 0; i < actions->count; i++) {
		switch (actions->list[i].type) {
		case VRRP_ACTION_SEND:
			m->undone = lan->router[router].doomed;
			m->unsent = actions->list[i];
			if (!m->undone)
				lan_send_advert(lan, router, group, &m->unsent);
			break;
		case VRRP_ACTION_CLAIM:
			m->holds = true;
			m->holds_until = TICK_NEVER;
			break;
		case VRRP_ACTION_RELEASE:
			m->holds = false;
			break;
		case VRRP_ACTION_PROBE:
			lan_ask(lan, router, group);
			break;
		case VRRP_ACTION_ANNOUNCE:
		case VRRP_ACTION_STATE:
		case VRRP_ACTION_DROPPED:
		case VRRP_ACTION_NOTE:
			break;
		}
	}
}

static void step_with(struct lan *lan, unsigned router, unsigned group,
		      const struct vrrp_event *event,
		      const struct lan_packet *packet)
{
	struct lan_router *r = &lan->router[router];
	struct vrrp *v = &r->member[group].vrrp;
	struct vrrp before = *v;
	struct vrrp_actions actions;
	struct lan_step seen = {
		.lan = lan,
		.router = router,
		.group = group,
		.now = lan_to_local(r, lan->now),
		.event = event,
		.packet = packet,
		.before = &before,
		.after = v,
		.actions = &actions,
	};

	if (lan->halted)
		return;
	/* What was in it must not matter. */
	memset(&actions, 0xa5, sizeof(actions));
	vrrp_step(v, seen.now, event, &actions);
	lan->steps++;
	for (unsigned i = 0; i < lan->observer_count; i++)
		if (lan->observer[i].step)
			lan->observer[i].step(lan->observer[i].self, &seen);
	if (actions.count <= VRRP_ACTIONS_MAX)
		do_actions(lan, router, group, &actions);
}

void turn_step(struct lan *lan, unsigned router, unsigned group,
	       const struct vrrp_event *event)
{
	step_with(lan, router, group, event, NULL);
}

void turn_interface(struct lan *lan, unsigned router, unsigned group)
{
	const struct lan_router *r = &lan->router[router];
	struct vrrp_event event = { .type = VRRP_EVENT_INTERFACE };

	event.interface.status = r->told;
	if (r->told == VRRP_INTERFACE_UP)
		event.interface.source = lan_source(
			lan, router, lan_config(lan, router, group)->family);
	turn_step(lan, router, group, &event);
}

/* The receiver finds the virtual router by interface, family and VRID. */
static void step_packet(struct lan *lan, unsigned router,
			const struct lan_packet *packet)
{
	struct vrrp_event event = {
		.type = VRRP_EVENT_ADVERT,
		.datagram = { .bytes = packet->bytes,
			      .length = packet->length,
			      .source = packet->source,
			      .destination = packet->destination,
			      .ttl = packet->ttl,
			      .received = packet->at },
	};

	if (packet->kind == LAN_ANSWER) {
		struct vrrp_event answered = { .type = VRRP_EVENT_ANSWERED };

		if (lan->router[router].member[packet->group].configured)
			turn_step(lan, router, packet->group, &answered);
		return;
	}
	for (unsigned g = 0; g < lan->group_count; g++) {
		const struct lan_member *m = &lan->router[router].member[g];
		const struct vrrp_config *config = lan_config(lan, router, g);

		if (m->configured && config->family == packet->source.family &&
		    packet->length > 1 && packet->bytes[1] == config->vrid)
			step_with(lan, router, g, &event, packet);
	}
}

static bool is_due(const struct lan *lan, unsigned router, unsigned group)
{
	const struct lan_router *r = &lan->router[router];
	const struct vrrp *v = &r->member[group].vrrp;
	tick_t deadline = vrrp_deadline(v);

	if (!r->member[group].configured || deadline == TICK_NEVER)
		return false;
	if (!lan->punctual)
		deadline -= vrrp_slack(v);
	return deadline <= lan_to_local(r, lan->now);
}

/*
 * As the router: an Active that missed two of its advertisements; a Backup
 * that slept and is late by an interval.
 */
static void look_for_stall(struct lan *lan, unsigned router)
{
	struct vrrp_event stalled = { .type = VRRP_EVENT_STALLED };
	const struct lan_router *r = &lan->router[router];
	tick_t now = lan_to_local(r, lan->now);

	for (unsigned g = 0; g < lan->group_count; g++) {
		const struct vrrp *v = &r->member[g].vrrp;

		if (!r->member[g].configured)
			continue;
		if ((v->state == VRRP_ACTIVE &&
		     now - v->adver_timer > judge_lateness(v->config)) ||
		    (v->state == VRRP_BACKUP && r->overslept &&
		     now - vrrp_deadline(v) > v->active_interval))
			turn_step(lan, router, g, &stalled);
	}
}

/* What an Active should hold and does not, the daemon installs again. */
void turn_converge(struct lan_router *r, unsigned groups)
{
	for (unsigned g = 0; g < groups; g++) {
		struct lan_member *m = &r->member[g];

		if (m->configured && m->vrrp.state == VRRP_ACTIVE) {
			m->holds = true;
			m->holds_until = TICK_NEVER;
		}
	}
}

static void turn(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];
	struct vrrp_event time = { .type = VRRP_EVENT_TIME };

	look_for_stall(lan, router);
	r->overslept = false;
	if (r->told != r->nic) {
		r->told = r->nic;
		for (unsigned g = 0; g < lan->group_count; g++)
			if (r->member[g].configured)
				turn_interface(lan, router, g);
	}
	for (unsigned i = 0; i < r->inbox_count; i++)
		step_packet(lan, router, &r->inbox[i]);
	r->inbox_count = 0;
	for (unsigned g = 0; g < lan->group_count; g++)
		for (unsigned n = 0; n < LAN_STEPS_A_TURN; n++)
			if (is_due(lan, router, g))
				turn_step(lan, router, g, &time);
	turn_converge(r, lan->group_count);
	if (!lan->punctual) {
		r->next_late = prng_range(&lan->prng, 0, r->late);
		r->next_early = (unsigned)prng_range(&lan->prng, 0, 1000);
	}
	if (r->doomed)
		lan_die(lan, router);
}

/* When the router takes its next turn, by true time. */
static tick_t next_turn(const struct lan *lan, unsigned router)
{
	const struct lan_router *r = &lan->router[router];
	tick_t next = TICK_NEVER;

	if (!r->powered || r->paused)
		return TICK_NEVER;
	if (r->told != r->nic)
		return lan->now;
	if (r->inbox_count > 0)
		next = r->inbox_since + r->next_late;
	for (unsigned g = 0; g < lan->group_count; g++) {
		const struct vrrp *v = &r->member[g].vrrp;
		tick_t deadline;

		if (!r->member[g].configured)
			continue;
		deadline = vrrp_deadline(v);
		if (deadline == TICK_NEVER)
			continue;
		if (!lan->punctual)
			deadline -= vrrp_slack(v) * r->next_early / 1000;
		next = tick_min(next, to_true(r, deadline) + r->next_late);
	}
	return tick_max(next, lan->now);
}

void lan_run(struct lan *lan, tick_t until)
{
	unsigned spins = 0;

	while (!lan->halted) {
		tick_t next = TICK_NEVER;
		unsigned who = lan->router_count;

		for (unsigned i = 0; i < lan->router_count; i++) {
			tick_t t = next_turn(lan, i);

			if (t < next) {
				next = t;
				who = i;
			}
		}
		/* At one moment the network comes before the routers. */
		if (lan->in_flight_count > 0 && lan->in_flight[0].at <= next) {
			next = lan->in_flight[0].at;
			who = LAN_ROUTERS_MAX;
		}
		if (next > until)
			break;
		spins = next == lan->now ? spins + 1 : 0;
		/* Nothing may keep the routers busy without time passing. */
		MUST(spins < 100000);
		lan->now = next;
		if (who == LAN_ROUTERS_MAX) {
			struct lan_packet packet = lan_flight_pop(lan);

			lan_arrive(lan, &packet);
		} else {
			turn(lan, who);
		}
	}
	if (!lan->halted)
		lan->now = tick_max(lan->now, until);
}
