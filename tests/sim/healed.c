/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judgement of a LAN that has healed: how long it needs to settle, and who
 * is then Active.
 */
#include "invariant.h"

#include "arithmetic.h"

#include <stddef.h>

tick_t referee_settling(const struct referee *f, const struct lan *lan,
			unsigned group)
{
	tick_t wait = 0, delay = 0, advert = 0, late = 0, network = 0;
	tick_t leaving = 0, listening = 0;
	int64_t slowest = 0;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];
		const struct vrrp *v = &r->member[group].vrrp;

		late = tick_max(late, r->late);
		if (r->drift_ppm < slowest)
			slowest = r->drift_ppm;
		/* Who leaves takes no part, and yet has the addresses. */
		if (r->powered && r->member[group].configured)
			leaving = tick_max(
				leaving,
				judge_skew(v->config, 1, f->longest[group]) +
					100 * TICK_MILLISECOND);
		if (!lan_takes_part(lan, i, group))
			continue;
		if (v->doubt)
			listening = f->longest[group] * 3 / 2;
		wait = tick_max(wait, judge_down(v->config, v->priority,
						 f->longest[group]));
		delay = tick_max(delay, v->config->preempt_delay);
		advert = tick_max(advert, v->config->interval);
		for (unsigned j = 0; j < lan->router_count; j++)
			network = tick_max(network, lan->link[i][j].delay_max);
	}
	/*
	 * Who slept, and hears nothing more, listens when its time is over.
	 * Who leaves remains silent for `leaving`, and may then remain Active.
	 * Someone is Active after `wait`. It is heard after `advert`, which
	 * starts preempt_delay. Whoever then preempts speaks at once; to be
	 * heard and obeyed takes a way there and a turn each.
	 */
	wait += listening + leaving + delay + advert;
	wait = wait * 1000000 / (1000000 + slowest) + 1;
	return wait + 4 * (network + late);
}

int referee_active(const struct lan *lan, unsigned group)
{
	int active = -1;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];

		if (!r->powered || !r->member[group].configured ||
		    r->member[group].vrrp.state != VRRP_ACTIVE)
			continue;
		active = active == -1 ? (int)i : -2;
	}
	return active;
}

static const char *judge_winner(const struct lan *lan, unsigned group,
				unsigned active)
{
	const struct vrrp *winner = &lan->router[active].member[group].vrrp;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct vrrp *v = &lan->router[i].member[group].vrrp;

		if (i == active || !lan_takes_part(lan, i, group))
			continue;
		if (v->state != VRRP_BACKUP)
			return "neither Active nor Backup though it could be";
		if (v->priority > winner->priority && judge_preempts(v))
			return "the highest priority has not won";
		if (v->priority == winner->priority &&
		    v->active_priority != winner->priority)
			return "a Backup follows the wrong Active";
	}
	return NULL;
}

/*
 * Owners that ignore others all stay Active; and so does the best of those
 * that do not, because none of the former yields to it.
 */
static bool are_deaf_owners(const struct lan *lan, unsigned group)
{
	unsigned others = 0;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_router *r = &lan->router[i];
		const struct vrrp *v = &r->member[group].vrrp;

		if (!r->powered || v->state != VRRP_ACTIVE)
			continue;
		if (v->priority != VRRP_PRIORITY_OWNER)
			return false;
		others += !judge_ignores(v);
	}
	return others <= 1;
}

void referee_judge(struct referee *f, struct lan *lan, unsigned group)
{
	int active = referee_active(lan, group);
	unsigned able = 0;

	if (active == -2 && are_deaf_owners(lan, group))
		return;

	if (f->wrong)
		return;
	f->group = group;
	f->router = active >= 0 ? (unsigned)active : 0;
	for (unsigned i = 0; i < lan->router_count; i++) {
		able += lan_takes_part(lan, i, group);
	}
	if (active == -2)
		f->wrong = "more than one Active on a healed LAN";
	else if (able > 0 && active == -1)
		f->wrong = "no Active on a healed LAN";
	else if (able == 0 && active != -1)
		f->wrong = "an Active that cannot be one";
	else if (referee_holders(lan, group) != (active >= 0))
		f->wrong = "the addresses are not at one place";
	else if (active >= 0)
		f->wrong = judge_winner(lan, group, (unsigned)active);
	if (f->wrong)
		lan->halted = true;
}
