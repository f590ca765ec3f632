/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has the addresses, over time: never nobody, and never two, for longer
 * than a play can account for. It is the kernels that are looked at, not the
 * states: a lease runs out without a step, and an Active that leaves has them
 * as long as it serves.
 *
 * It is looked at before each step and each thing that is done to a router,
 * so nothing can begin and end in between but by a lease, which is dated.
 */
#include "invariant.h"

unsigned referee_holders(const struct lan *lan, unsigned group)
{
	unsigned count = 0;

	for (unsigned i = 0; i < lan->router_count; i++)
		count += lan_holds(lan, i, group);
	return count;
}

/* When the last lease ran out, if that was not earlier than now. */
static tick_t last_held(const struct lan *lan, unsigned group)
{
	tick_t last = INT64_MIN;

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct lan_member *m = &lan->router[i].member[group];

		if (lan->router[i].powered && m->configured && m->holds)
			last = tick_max(last, m->holds_until);
	}
	return last > INT64_MIN && last < lan->now ? last : lan->now;
}

static void remember(struct holding *h, unsigned count, tick_t from, tick_t now)
{
	if (count == 0 && !h->none)
		h->none_since = from;
	if (count > 1 && !h->two)
		h->two_since = now;
	h->none = count == 0;
	h->two = count > 1;
}

const char *holders_look(struct referee *f, unsigned group)
{
	struct holding *h = &f->holding[group];
	tick_t now = f->lan->now;

	remember(h, referee_holders(f->lan, group), last_held(f->lan, group),
		 now);
	if (f->judge_none && h->none && now > h->none_since + f->none_for)
		return "nobody holds the addresses for too long";
	if (f->judge_two && h->two && now > h->two_since + f->two_for)
		return "two hold the addresses for too long";
	return NULL;
}

/*
 * Where two served, each of them told the hosts that it does. The last word to
 * them is that of the one that still does.
 */
const char *holders_told(const struct referee *f, unsigned group,
			 unsigned active)
{
	return f->announced[active][group] < f->let_go[group]
		       ? "the hosts may know one that has let go"
		       : NULL;
}

/* The world as it was up to now, and then what this step makes of it. */
const char *holders_step(struct referee *f, const struct lan_step *s)
{
	const char *wrong = holders_look(f, s->group);
	bool held = lan_holds(f->lan, s->router, s->group), holds = held;
	unsigned count = referee_holders(f->lan, s->group);

	for (unsigned i = 0; i < s->actions->count; i++) {
		if (s->actions->list[i].type == VRRP_ACTION_CLAIM)
			holds = true;
		if (s->actions->list[i].type == VRRP_ACTION_RELEASE)
			holds = false;
		if (s->actions->list[i].type == VRRP_ACTION_ANNOUNCE)
			f->announced[s->router][s->group] = s->lan->steps;
	}
	if (held && !holds)
		f->let_go[s->group] = s->lan->steps;
	if (wrong || holds == held)
		return wrong;
	count = holds ? count + 1 : count - 1;
	remember(&f->holding[s->group], count, f->lan->now, f->lan->now);
	if (f->judge_none && f->none_for == 0 && count == 0)
		return "a change leaves nobody with the addresses";
	return NULL;
}
