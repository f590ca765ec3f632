/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulated LAN: how it is set up, its clocks, and what may be done to its
 * routers. Their turns are in turn.c, the links in link.c.
 */
#include "base/must.h"
#include "link.h"
#include "turn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lan_init(struct lan *lan, uint64_t seed, unsigned routers, unsigned groups)
{
	MUST(routers <= LAN_ROUTERS_MAX && groups <= LAN_GROUPS_MAX);
	memset(lan, 0, sizeof(*lan));
	lan->prng = prng_seed(seed);
	lan->router_count = routers;
	lan->group_count = groups;
	lan->inbox_room = LAN_INBOX_MAX;
	for (unsigned i = 0; i < routers; i++) {
		uint8_t v4[4] = { 192, 0, 2, (uint8_t)(i + 1) };
		uint8_t v6[16] = { 0xfe, 0x80, [15] = (uint8_t)(i + 1) };

		lan->router[i].source_v4 = ip_from_bytes(IP_V4, v4);
		lan->router[i].source_v6 = ip_from_bytes(IP_V6, v6);
	}
}

void lan_observe(struct lan *lan, struct lan_observer observer)
{
	MUST(lan->observer_count < LAN_OBSERVERS_MAX);
	lan->observer[lan->observer_count++] = observer;
}

void lan_say(const struct lan *lan, const char *format, ...)
{
	char words[160];
	va_list list;

	for (unsigned i = 0; i < lan->observer_count; i++) {
		const struct lan_observer *o = &lan->observer[i];

		if (!o->said)
			continue;
		va_start(list, format);
		vsnprintf(words, sizeof(words), format, list);
		va_end(list);
		o->said(o->self, lan, words);
	}
}

void lan_addresses(struct lan *lan, unsigned group, uint8_t family,
		   unsigned count)
{
	MUST(count <= LAN_ADDRESSES_MAX);
	for (unsigned i = 0; i < count; i++) {
		uint8_t v4[4] = { 192, 0, 2, (uint8_t)(101 + 10 * group + i) };
		uint8_t v6[16] = { 0xfe, 0x80, [14] = (uint8_t)(group + 1),
				   [15] = (uint8_t)(101 + i) };

		/* Only the first one is link-local (RFC 9568 5.2.9). */
		if (i > 0)
			memcpy(v6, "\x20\x01\x0d\xb8", 4);
		lan->addresses[group][i] =
			ip_from_bytes(family, family == IP_V4 ? v4 : v6);
	}
}

void lan_configure(struct lan *lan, unsigned router, unsigned group,
		   const struct vrrp_config *config)
{
	struct lan_member *m = &lan->router[router].member[group];
	struct vrrp_config *next = &m->config[!m->config_in_use];

	*next = *config;
	next->addresses = lan->addresses[group];
	m->config_in_use = !m->config_in_use;
	m->configured = true;
}

const struct vrrp_config *lan_config(const struct lan *lan, unsigned router,
				     unsigned group)
{
	const struct lan_member *m = &lan->router[router].member[group];

	return &m->config[m->config_in_use];
}

struct ip lan_source(const struct lan *lan, unsigned router, uint8_t family)
{
	const struct lan_router *r = &lan->router[router];

	return family == IP_V4 ? r->source_v4 : r->source_v6;
}

int lan_router_of(const struct lan *lan, const struct ip *address)
{
	for (unsigned i = 0; i < lan->router_count; i++) {
		struct ip source = lan_source(lan, i, address->family);

		if (ip_equal(&source, address))
			return (int)i;
	}
	return -1;
}

/* ---- clocks ---- */

tick_t lan_to_local(const struct lan_router *r, tick_t at)
{
	return at + r->offset + at * r->drift_ppm / 1000000;
}

tick_t lan_clock(const struct lan *lan, unsigned router)
{
	return lan_to_local(&lan->router[router], lan->now);
}

/* ---- what may be done to a router ---- */

bool lan_takes_part(const struct lan *lan, unsigned router, unsigned group)
{
	const struct lan_router *r = &lan->router[router];

	return r->powered && !r->paused && r->nic == VRRP_INTERFACE_UP &&
	       r->member[group].configured && r->member[group].vrrp.started &&
	       r->member[group].vrrp.track.faults == 0;
}

void lan_startup(struct lan *lan, unsigned router, unsigned group)
{
	struct vrrp_event event = { .type = VRRP_EVENT_STARTUP };

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_say(lan, "start r%u", router + 1);
	turn_step(lan, router, group, &event);
}

void lan_shutdown(struct lan *lan, unsigned router, unsigned group)
{
	struct vrrp_event event = { .type = VRRP_EVENT_SHUTDOWN };

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_say(lan, "stop r%u", router + 1);
	turn_step(lan, router, group, &event);
}

void lan_boot(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];
	struct vrrp_event startup = { .type = VRRP_EVENT_STARTUP };
	bool interface_first = !prng_chance(&lan->prng, 500) || lan->punctual;

	MUST(!r->powered);
	lan_say(lan, "start r%u", router + 1);
	r->powered = true;
	r->paused = r->dead = false;
	r->told = r->nic;
	r->inbox_count = 0;
	for (unsigned g = 0; g < lan->group_count; g++) {
		struct lan_member *m = &r->member[g];

		m->holds = false;
		m->holds_until = TICK_NEVER;
		if (!m->configured)
			continue;
		vrrp_init(&m->vrrp, lan_config(lan, router, g));
		/* Both orders happen: an interface may appear later. */
		if (interface_first)
			turn_interface(lan, router, g);
		turn_step(lan, router, g, &startup);
		if (!interface_first)
			turn_interface(lan, router, g);
	}
}

void lan_crash(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];

	lan_say(lan, "crash r%u", router + 1);
	r->powered = false;
	r->paused = r->dead = false;
	r->inbox_count = 0;
	for (unsigned g = 0; g < lan->group_count; g++) {
		struct lan_member *m = &r->member[g];

		m->holds = false;
		if (m->configured)
			vrrp_init(&m->vrrp, lan_config(lan, router, g));
	}
}

bool lan_holds(const struct lan *lan, unsigned router, unsigned group)
{
	const struct lan_router *r = &lan->router[router];
	const struct lan_member *m = &r->member[group];

	return r->powered && m->configured && m->holds &&
	       lan->now < m->holds_until;
}

/* From now on nobody refreshes; the last time was up to a quarter ago. */
static void stop_refreshing(struct lan *lan, struct lan_router *r)
{
	r->paused = true;
	for (unsigned g = 0; g < lan->group_count && r->lease > 0; g++)
		r->member[g].holds_until =
			lan->now + r->lease -
			prng_range(&lan->prng, 0, r->lease / 4);
}

static void refresh(struct lan *lan, struct lan_router *r)
{
	for (unsigned g = 0; g < lan->group_count; g++) {
		r->member[g].holds &= lan->now < r->member[g].holds_until;
		r->member[g].holds_until = TICK_NEVER;
	}
}

void lan_pause(struct lan *lan, unsigned router)
{
	lan_say(lan, "pause r%u", router + 1);
	stop_refreshing(lan, &lan->router[router]);
}

void lan_die(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];

	MUST(r->powered && !r->paused);
	lan_say(lan, "die r%u", router + 1);
	stop_refreshing(lan, r);
	r->dead = true;
	r->doomed = false;
	r->inbox_count = 0;
}

void lan_doom(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];

	MUST(r->powered && !r->paused);
	lan_say(lan, "doom r%u", router + 1);
	r->doomed = true;
}

/* As the router: what is not due anyway. */
static void redo(struct lan *lan, unsigned router, unsigned group)
{
	struct lan_member *m = &lan->router[router].member[group];

	if (m->undone && m->vrrp.state == VRRP_ACTIVE &&
	    m->vrrp.adver_timer > lan_clock(lan, router))
		lan_send_advert(lan, router, group, &m->unsent);
	m->undone = false;
}

void lan_adopt(struct lan *lan, unsigned router)
{
	static const struct vrrp_event adopted = { .type = VRRP_EVENT_ADOPTED };
	struct lan_router *r = &lan->router[router];
	tick_t now = lan_to_local(r, lan->now);
	struct vrrp_actions actions;

	MUST(r->dead);
	lan_say(lan, "adopt r%u", router + 1);
	r->dead = r->paused = false;
	refresh(lan, r);
	for (unsigned g = 0; g < lan->group_count; g++) {
		if (!r->member[g].configured)
			continue;
		vrrp_step(&r->member[g].vrrp, now, &adopted, &actions);
		MUST(actions.count == 0);
	}
	turn_converge(r, lan->group_count);
	for (unsigned g = 0; g < lan->group_count; g++)
		redo(lan, router, g);
}

void lan_handover(struct lan *lan, unsigned router, unsigned group)
{
	struct vrrp_event event = { .type = VRRP_EVENT_HANDOVER };

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_say(lan, "hand over r%u", router + 1);
	turn_step(lan, router, group, &event);
}

void lan_resume(struct lan *lan, unsigned router)
{
	struct lan_router *r = &lan->router[router];

	lan_say(lan, "resume r%u", router + 1);
	r->paused = false;
	r->overslept = true;
	refresh(lan, r);
}

void lan_interface(struct lan *lan, unsigned router, enum vrrp_interface status)
{
	static const char *const words[] = {
		[VRRP_INTERFACE_UP] = "up",
		[VRRP_INTERFACE_MISSING] = "missing",
		[VRRP_INTERFACE_DOWN] = "down",
		[VRRP_INTERFACE_NO_CARRIER] = "no-carrier",
		[VRRP_INTERFACE_NO_SOURCE] = "no-source",
	};

	lan_say(lan, "interface r%u %s", router + 1, words[status]);
	lan->router[router].nic = status;
}

void lan_priority(struct lan *lan, unsigned router, unsigned group,
		  uint8_t priority)
{
	const struct vrrp_config *c = lan_config(lan, router, group);
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	event.track = lan->router[router].member[group].vrrp.track;
	event.track.weight = priority - c->priority;

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_say(lan, "priority r%u %u", router + 1, priority);
	turn_step(lan, router, group, &event);
}

void lan_track(struct lan *lan, unsigned router, unsigned group, bool good)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_say(lan, "what r%u tracks is %s", router + 1,
		good ? "good" : "bad");
	event.track = lan->router[router].member[group].vrrp.track;
	event.track.faults = good ? 0 : 1 << VRRP_FAULT_TRACKED_INTERFACE;
	turn_step(lan, router, group, &event);
}

void lan_reconfigure(struct lan *lan, unsigned router, unsigned group,
		     const struct vrrp_config *config)
{
	struct vrrp_event event = { .type = VRRP_EVENT_CONFIG };

	MUST(lan->router[router].powered && !lan->router[router].paused);
	lan_configure(lan, router, group, config);
	event.config = lan_config(lan, router, group);
	turn_step(lan, router, group, &event);
}
