/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instances may start (RFC 9568 6.4.1, Startup): when the delays of
 * global_defs and startup_script are over, and something is known of all that
 * they track and that may be a reason to be in FAULT. keepalived holds them as
 * long.
 */
#include "router/state.h"

/* For `run`, which may be late or ill. */
#define STARTUP_MARGIN (5 * TICK_SECOND)

static tick_t waits_until(const struct router *r)
{
	const struct conf_edge *e = &r->model->global.scripts.startup;
	const struct ledger_runner *runner = ledger_runner(r->ledger);

	if (!e->script.command ||
	    __atomic_load_n(&runner->startup, __ATOMIC_ACQUIRE) ==
		    LEDGER_STARTUP_OVER)
		return r->ledger->starts_at;
	return tick_max(r->ledger->starts_at,
			r->ledger->started + e->timeout + STARTUP_MARGIN);
}

bool router_waits(const struct router *r)
{
	return r->now < waits_until(r);
}

bool start_waits(const struct router *r, uint32_t id)
{
	const struct instance *i = &r->instances[id];
	const struct group *group;

	if (router_waits(r) || targets_pending(r, i->targets))
		return true;
	if (i->group == ROUTER_NONE)
		return false;
	group = &r->groups[i->group];
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		if (targets_pending(
			    r, r->instances[group_instance(group, k)].targets))
			return true;
	return false;
}

/*
 * False: it is not to be, or is already. One that is leaving for good, without
 * an order of ours, was to end with a process before us; it hands over, and
 * stays.
 */
static bool start(struct router *r, uint32_t id)
{
	static const struct vrrp_event startup = {
		.type = VRRP_EVENT_STARTUP,
	};
	const struct instance *i = &r->instances[id];

	if (i->core->state != VRRP_INIT && i->core->started)
		return false;
	if (is_quarantined(i) || r->ledger->drained || i->drained ||
	    r->stopping)
		return false;
	router_step(r, id, &startup);
	return true;
}

void start_if_ready(struct router *r, uint32_t id)
{
	if (r->instances[id].group != ROUTER_NONE)
		groups_want_start(r, id);
	else if (!start_waits(r, id))
		start(r, id);
}

bool start_group(struct router *r, const struct group *group)
{
	bool any = false;

	if (start_waits(r, group_instance(group, 0)))
		return false;
	for (uint32_t k = 0; k < group->conf->member_count; k++)
		any |= start(r, group_instance(group, k));
	return any;
}

void starts_run(struct router *r)
{
	if (!r->waited || router_waits(r) || r->stopping)
		return;
	r->waited = false;
	for (uint32_t n = 0; n < r->instance_count; n++)
		start_if_ready(r, n);
}

tick_t starts_deadline(const struct router *r)
{
	return r->waited ? waits_until(r) : TICK_NEVER;
}
