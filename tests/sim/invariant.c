/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The referee of the simulated LAN: it has each step judged by itself
 * (check.h), by those before it (watch.h), and beside the other routers
 * (holders.c, beside.c).
 */
#include "invariant.h"

#include "arithmetic.h"
#include "check.h"
#include "watch.h"

#include <stddef.h>
#include <string.h>

static const char *watch_addresses(struct watch *w, const struct lan_step *s)
{
	for (unsigned i = 0; i < s->actions->count; i++) {
		enum vrrp_action_type type = s->actions->list[i].type;

		if (type == VRRP_ACTION_CLAIM && w->holds)
			return "claims twice";
		if (type == VRRP_ACTION_RELEASE && !w->holds)
			return "releases twice";
		if (type == VRRP_ACTION_ANNOUNCE && !w->holds)
			return "announces without the addresses";
		if (type == VRRP_ACTION_CLAIM)
			w->holds = true;
		if (type == VRRP_ACTION_RELEASE)
			w->holds = false;
	}
	if (w->holds != (s->after->state == VRRP_ACTIVE))
		return "the addresses are not where the Active is";
	return NULL;
}

static const char *watch_step(struct referee *f, const struct lan_step *s)
{
	struct watch *w = &f->watch[s->router][s->group];
	const char *wrong =
		check_step(s->now, s->event, s->before, s->after, s->actions);

	if (!wrong && s->packet && s->packet->broken &&
	    !was_dropped(s->actions))
		wrong = "a broken packet is not dropped";
	if (!wrong)
		wrong = watch_addresses(w, s);
	if (!wrong)
		wrong = watch_kept(w, s);
	if (!wrong && s->after->state == VRRP_BACKUP)
		wrong = watch_backup(w, s);
	if (!wrong && s->after->state == VRRP_ACTIVE)
		wrong = watch_active(w, s);
	if (!wrong && s->before->state == VRRP_ACTIVE) {
		if (s->after->state == VRRP_BACKUP)
			wrong = watch_demotion(w, s);
		else if (s->before->leave_timer == TICK_NEVER &&
			 s->after->state == VRRP_ACTIVE)
			wrong = watch_stubborn(s);
		if (!wrong && s->before->leave_timer != TICK_NEVER &&
		    s->after->leave_timer == TICK_NEVER)
			wrong = watch_left(w, s);
	}
	if (!wrong)
		wrong = holders_step(f, s);
	if (!wrong)
		wrong = beside_step(f, s);
	if (!wrong && f->quiet && s->before->state != s->after->state)
		wrong = "a change of state on a LAN that is at rest";
	return wrong;
}

/* The same step again must give the same: it has no memory of its own. */
static const char *check_pure(const struct lan_step *s)
{
	struct vrrp again = *s->before;
	struct vrrp_actions actions;

	memset(&actions, 0x5a, sizeof(actions));
	vrrp_step(&again, s->now, s->event, &actions);
	if (actions.count != s->actions->count ||
	    again.state != s->after->state ||
	    vrrp_deadline(&again) != vrrp_deadline(s->after))
		return "the same step twice gives two results";
	for (unsigned i = 0; i < actions.count; i++)
		if (actions.list[i].type != s->actions->list[i].type)
			return "the same step twice gives two results";
	return NULL;
}

void referee_allow(struct referee *f, unsigned group,
		   const struct vrrp_config *c)
{
	f->longest[group] = tick_max(f->longest[group], c->interval);
	if (c->down_timer_adverts > f->adverts[group])
		f->adverts[group] = c->down_timer_adverts;
}

/* Skew_Time is less than an interval; where it is a second, so is that. */
tick_t referee_longest_down(const struct referee *f, unsigned group)
{
	return (f->adverts[group] + 1) * f->longest[group];
}

static void on_step(void *self, const struct lan_step *s)
{
	struct referee *f = self;
	const struct vrrp_config *c = s->after->config;
	const char *wrong;

	if (f->wrong)
		return;
	referee_allow(f, s->group, c);
	f->changes += s->before->state != s->after->state;
	wrong = watch_step(f, s);
	if (!wrong)
		wrong = check_pure(s);
	if (!wrong)
		return;
	f->wrong = wrong;
	f->router = s->router;
	f->group = s->group;
	f->lan->halted = true;
}

/* Something is about to be done to a router. */
static void on_words(void *self, const struct lan *lan, const char *words)
{
	struct referee *f = self;

	for (unsigned g = 0; g < lan->group_count && !f->wrong; g++) {
		f->wrong = holders_look(f, g);
		f->group = g;
	}
	if (f->wrong)
		f->lan->halted = true;
}

static void on_packet(void *self, const struct lan *lan,
		      const struct lan_packet *packet, enum lan_fate fate)
{
	(void)lan;
	beside_packet(self, packet, fate);
}

struct lan_observer referee_observer(struct referee *referee)
{
	return (struct lan_observer){ .step = on_step,
				      .packet = on_packet,
				      .said = on_words,
				      .self = referee };
}

void referee_adopted(struct referee *f, unsigned router)
{
	for (unsigned g = 0; g < f->lan->group_count; g++) {
		const struct vrrp *v = &f->lan->router[router].member[g].vrrp;
		struct watch *w = &f->watch[router][g];
		tick_t length;

		if (v->state != VRRP_BACKUP)
			continue;
		length = w->resigned ? judge_skew(v->config, v->priority,
						  w->learned)
				     : judge_down(v->config, v->priority,
						  w->learned);
		w->from = v->down_timer - length;
	}
}

void referee_reset(struct referee *f, unsigned router)
{
	memset(f->watch[router], 0, sizeof(f->watch[router]));
}
