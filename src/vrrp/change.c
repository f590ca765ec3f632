/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every change of state, and how one becomes Active (RFC 9568 6.3, 6.4). */
#include "vrrp/states.h"

#include "base/must.h"

#define TO(state) (1u << (state))

/* Which state may follow which (6.3, and FAULT as another Initialize). */
static const unsigned allowed[VRRP_STATES] = {
	[VRRP_INIT] = TO(VRRP_BACKUP) | TO(VRRP_ACTIVE) | TO(VRRP_FAULT),
	[VRRP_BACKUP] = TO(VRRP_INIT) | TO(VRRP_ACTIVE) | TO(VRRP_FAULT),
	[VRRP_ACTIVE] = TO(VRRP_INIT) | TO(VRRP_BACKUP) | TO(VRRP_FAULT),
	[VRRP_FAULT] = TO(VRRP_INIT) | TO(VRRP_BACKUP) | TO(VRRP_ACTIVE),
};

static const struct ip nobody = { .family = IP_NONE };

void vrrp_enter(struct vrrp *v, tick_t now, enum vrrp_state to,
		enum vrrp_cause cause, const struct ip *peer,
		uint8_t peer_priority, struct vrrp_actions *out)
{
	struct vrrp_action *action = vrrp_emit(out, VRRP_ACTION_STATE);

	MUST(allowed[v->state] & TO(to));
	action->state.from = v->state;
	action->state.to = to;
	action->state.cause = cause;
	action->state.peer = *peer;
	action->state.peer_priority = peer_priority;
	v->state = to;
	v->since = now;
}

void vrrp_clear_timers(struct vrrp *v)
{
	v->adver_timer = TICK_NEVER;
	v->down_timer = TICK_NEVER;
	v->preempt_timer = TICK_NEVER;
	v->lower_heard = TICK_NEVER;
	v->lower_interval = 0;
	v->down_cause = VRRP_CAUSE_NONE;
	v->active = nobody;
	v->active_priority = 0;
	v->active_until = INT64_MIN;
	v->word_until = INT64_MIN;
	v->leave_timer = TICK_NEVER;
	v->resign_timer = TICK_NEVER;
	v->resigned_at = INT64_MIN;
	v->heir = false;
	v->probe_timer = TICK_NEVER;
	v->probes = 0;
	vrrp_kept_anew(v);
	v->yield_after = TICK_NEVER;
	v->wishes = false;
	v->doubt = false;
	vrrp_announce_stop(v);
}

void vrrp_take_over(struct vrrp *v, tick_t now, enum vrrp_cause cause,
		    struct vrrp_actions *out)
{
	if (!v->config->grouped) {
		vrrp_become_active(v, now, cause, out);
		return;
	}
	v->wishes = true;
	v->down_cause = cause;
	v->down_timer = TICK_NEVER;
	v->preempt_timer = TICK_NEVER;
	v->probe_timer = TICK_NEVER;
}

void vrrp_become_active(struct vrrp *v, tick_t now, enum vrrp_cause cause,
			struct vrrp_actions *out)
{
	struct ip before = v->active;
	uint8_t before_priority = v->active_priority;

	vrrp_kept_misled(v, now);
	vrrp_clear_timers(v);
	v->active = v->source;
	v->active_priority = v->priority;
	v->yielded = false;
	if (cause == VRRP_CAUSE_PREEMPT || cause == VRRP_CAUSE_PREEMPT_DELAY) {
		/*
		 * DEVIATION from the order of 6.4.2 (410): the one that serves
		 * now lets go when it hears us, so by then the addresses are
		 * ours and the hosts know it.
		 */
		vrrp_emit(out, VRRP_ACTION_CLAIM);
		vrrp_announce_start(v, now, out);
		vrrp_emit_send(v, v->priority, out);
		v->word_until = now + v->config->interval;
	} else {
		/* 6.4.1 (105) to (125), 6.4.2 (410) */
		vrrp_emit_send(v, v->priority, out);
		vrrp_emit(out, VRRP_ACTION_CLAIM);
		vrrp_announce_start(v, now, out);
	}
	v->adver_timer = vrrp_adver_due(v->config, now);
	v->active_interval = v->config->interval;
	vrrp_enter(v, now, VRRP_ACTIVE, cause, &before, before_priority, out);
}
