/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody becomes Active beside one that serves and that it could have heard:
 * also not who slept, whose process died, or whose socket was full. What came
 * to the host counts here, whether or not a process was there to read it.
 *
 * And who slept as an Active does not speak before it yields to the one that
 * serves by now. The core's own word for it (`doubt`) is not asked.
 */
#include "invariant.h"

#include "arithmetic.h"

/* It is up and awake, has the addresses, and will go on having them. */
static bool serves(const struct lan *lan, unsigned router, unsigned group)
{
	const struct vrrp *v = &lan->router[router].member[group].vrrp;

	return lan_takes_part(lan, router, group) && v->state == VRRP_ACTIVE &&
	       v->leave_timer == TICK_NEVER;
}

void beside_packet(struct referee *f, const struct lan_packet *packet,
		   enum lan_fate fate)
{
	const struct lan_router *r = &f->lan->router[packet->to];
	int from = lan_router_of(f->lan, &packet->source);

	if ((fate != LAN_ARRIVED && fate != LAN_UNHEARD) || packet->broken ||
	    packet->kind != LAN_ADVERT || from < 0 || !r->powered ||
	    r->nic != VRRP_INTERFACE_UP ||
	    packet->bytes[2] == VRRP_PRIORITY_RESIGN)
		return;
	for (unsigned g = 0; g < f->lan->group_count; g++)
		if (lan_config(f->lan, packet->to, g)->vrid == packet->bytes[1])
			f->reached[packet->to][g] = (struct reached){
				.from = (unsigned)from,
				.at = f->lan->now,
				.priority = packet->bytes[2],
			};
}

/*
 * One that serves spoke to it less than two of its intervals ago, or NULL. What
 * it said when it was Active before, and yielded, tells nothing of now.
 */
static const struct reached *living(const struct referee *f, unsigned router,
				    unsigned group)
{
	const struct reached *last = &f->reached[router][group];
	const struct lan *lan = f->lan;
	tick_t ago = lan->now - last->at;
	const struct vrrp *v = &lan->router[last->from].member[group].vrrp;

	if (last->priority == 0 || !serves(lan, last->from, group) ||
	    ago >= 2 * lan_config(lan, last->from, group)->interval ||
	    ago > lan_clock(lan, last->from) - v->since)
		return NULL;
	return last;
}

void referee_woke(struct referee *f, unsigned router)
{
	for (unsigned g = 0; g < f->lan->group_count; g++) {
		const struct vrrp *v = &f->lan->router[router].member[g].vrrp;
		struct watch *w = &f->watch[router][g];
		tick_t silent = lan_clock(f->lan, router) - w->sent;

		/* For so long that any Backup may have taken over. */
		w->yields = serves(f->lan, router, g) &&
			    w->sent != TICK_NEVER && living(f, router, g) &&
			    silent > (f->adverts[g] + 1) *
					     tick_max(w->interval_then,
						      v->config->interval);
	}
}

static bool speaks(const struct vrrp_actions *actions)
{
	for (unsigned i = 0; i < actions->count; i++)
		if (actions->list[i].type == VRRP_ACTION_SEND &&
		    actions->list[i].send.priority != VRRP_PRIORITY_RESIGN)
			return true;
	return false;
}

const char *beside_step(struct referee *f, const struct lan_step *s)
{
	struct watch *w = &f->watch[s->router][s->group];
	const struct reached *last = living(f, s->router, s->group);
	const struct vrrp *v = s->before;
	bool preempts = v->down_cause == VRRP_CAUSE_PREEMPT;

	if (!f->judge_beside)
		return NULL;
	if (w->yields && speaks(s->actions))
		return "who slept speaks before it yields";
	if (s->after->state != VRRP_ACTIVE)
		w->yields = false;
	/* What came before it was started it could not hear. */
	if (s->after->state == VRRP_BACKUP && v->state != VRRP_BACKUP &&
	    v->state != VRRP_ACTIVE)
		f->reached[s->router][s->group].priority = 0;
	if (v->state != VRRP_BACKUP || s->after->state != VRRP_ACTIVE)
		return NULL;
	if (last && !preempts &&
	    (last->priority >= v->priority || !judge_preempts(v)))
		return "becomes Active beside one that serves";
	return NULL;
}
