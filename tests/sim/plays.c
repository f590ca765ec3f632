/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays of one kind: planned changes, deaths and adoptions, frozen processes,
 * a forged interval, a split brain. Each has the LAN to itself, so that what
 * may be promised there can be judged more strictly than on a LAN that is full
 * of troubles.
 */
#include "play.h"

#include "base/must.h"

#include <string.h>

/*
 * nopreempt: once there is an Active, whatever joins, even with a higher
 * priority, it stays the Active.
 */
void play_incumbent(struct play *p)
{
	int active;

	play_start_all(p);
	play_settle(p);
	active = referee_active(p->lan, 0);
	if (p->lan->halted || p->referee.wrong || active < 0)
		return;
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		if ((int)i == active)
			continue;
		lan_shutdown(p->lan, i, 0);
		lan_run(p->lan,
			p->lan->now + prng_range(p->prng, 0, 4 * p->base));
		if (prng_chance(p->prng, 500))
			lan_priority(p->lan, i, 0, 254);
		lan_startup(p->lan, i, 0);
	}
	play_settle(p);
	if (!p->referee.wrong && !p->lan->halted &&
	    referee_active(p->lan, 0) != active) {
		p->referee.wrong = "nopreempt, and yet the Active changed";
		p->referee.router = (unsigned)active;
	}
}

/* ---- planned changes ---- */

static const struct vrrp *core_of(const struct lan *lan, unsigned router)
{
	return &lan->router[router].member[0].vrrp;
}

static bool serves(const struct lan *lan, unsigned router)
{
	const struct vrrp *v = core_of(lan, router);

	return v->state == VRRP_ACTIVE && v->leave_timer == TICK_NEVER;
}

static bool follows(const struct lan *lan, unsigned router, unsigned active)
{
	struct ip source =
		lan_source(lan, active, lan_config(lan, active, 0)->family);

	return ip_equal(&core_of(lan, router)->active, &source);
}

/*
 * A Backup that takes over when `active` leaves: it has heard that one (or is
 * on its way already, after another one's priority 0), and its Skew_Time is no
 * longer than what an Active waits that leaves.
 */
static bool is_heir(const struct lan *lan, unsigned router, unsigned active)
{
	const struct vrrp *v = core_of(lan, router);

	return router != active && v->state == VRRP_BACKUP && v->started &&
	       (follows(lan, router, active) ||
		v->down_cause == VRRP_CAUSE_RESIGNED) &&
	       v->active_interval <= lan_config(lan, active, 0)->interval;
}

/* It was told to hand over, and will remain if nobody takes over. */
static bool may_remain(const struct lan *lan, unsigned router, unsigned gone)
{
	const struct vrrp *v = core_of(lan, router);

	return v->leave_timer != TICK_NEVER && v->started &&
	       (!v->heir || follows(lan, router, gone));
}

/*
 * Whether somebody is whole when `gone` goes, whatever it is: one that serves
 * and stays, one that will remain, or an heir of one that leaves.
 *
 * What cannot be promised, and is not played: that a router takes over in time
 * that has not yet heard the one that leaves, since it waits for three
 * intervals, and which learned a longer interval than that one's. Nor that
 * an heir may die without a word in the 100 ms in which the other one goes.
 */
static bool is_whole_without(const struct lan *lan, unsigned gone)
{
	for (unsigned i = 0; i < lan->router_count; i++) {
		if (i != gone && (serves(lan, i) || may_remain(lan, i, gone)))
			return true;
		for (unsigned j = 0; j < lan->router_count; j++)
			if (core_of(lan, i)->state == VRRP_ACTIVE &&
			    j != gone && is_heir(lan, j, i))
				return true;
	}
	return false;
}

/*
 * Priorities below 32 are left out: a packet's way and a late wake-up are not
 * more than what their Skew_Time leaves of the longest.
 */
static void no_low_priorities(struct play *p)
{
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		struct vrrp_config config = *lan_config(p->lan, i, 0);

		config.priority = config.priority < 32 ? 32 : config.priority;
		lan_configure(p->lan, i, 0, &config);
	}
}

/* Long enough to settle, or for an heir to speak, or for nothing at all. */
static tick_t planned_pause(struct play *p)
{
	tick_t longest[] = { 8 * p->base, p->base + 100 * TICK_MILLISECOND,
			     100 * TICK_MILLISECOND, p->base / 50 };

	return prng_range(p->prng, 0,
			  longest[play_pick(p, ARRAY_LENGTH(longest))]);
}

/* One change, if there is one for this router that leaves somebody whole. */
static void planned_change(struct play *p, unsigned who)
{
	bool whole = is_whole_without(p->lan, who);

	if (!core_of(p->lan, who)->started)
		lan_startup(p->lan, who, 0);
	else if (whole && serves(p->lan, who) && prng_chance(p->prng, 500))
		lan_handover(p->lan, who, 0);
	else if (whole)
		lan_shutdown(p->lan, who, 0);
	/* What two do now began with this. */
	p->referee.holding[0].two_since = p->lan->now;
}

/*
 * Handovers, stops and starts, up to ten, many of them while an earlier one is
 * still going on: the heir of one that leaves is told to leave, or to stop,
 * before the other one has let go.
 */
void play_planned(struct play *p)
{
	struct referee *f = &p->referee;

	no_low_priorities(p);
	play_start_all(p);
	play_settle(p);
	f->judge_none = f->judge_two = f->judge_beside = true;
	/*
	 * Two, after the last change: who leaves waits for an interval and 100
	 * ms, remains and says so; who heard it and leaves goes after 100 ms.
	 */
	f->two_for = 2 * f->longest[0] + 200 * TICK_MILLISECOND + p->base / 5;
	for (unsigned n = 0; n < 10 && !p->lan->halted; n++) {
		int active = referee_active(p->lan, 0);
		unsigned who = play_pick(p, p->lan->router_count);

		/* More often one that serves: that is where it gets tight. */
		if (active >= 0 && prng_chance(p->prng, 300))
			who = (unsigned)active;
		planned_change(p, who);
		lan_run(p->lan, p->lan->now + planned_pause(p));
	}
	play_settle(p);
}

/*
 * All processes of one router die or sleep, the others are whole.
 *
 * Two: for a lease; or, when both run, for one advertisement, its way, a turn,
 * and what an Active waits that leaves.
 *
 * Nobody: the slowest Active_Down_Interval begins with the last advertisement,
 * which was on its way when its sender died; the kernel of that one keeps the
 * addresses from then on for what is left of the lease, three quarters at
 * least. Where the lease is the longer, there is no instant without a holder.
 */
static void judge_death(struct play *p, tick_t lease)
{
	struct referee *f = &p->referee;
	tick_t longest = f->longest[0];

	f->judge_two = f->judge_none = true;
	f->two_for = tick_max(lease,
			      longest + 4 * p->calm + 100 * TICK_MILLISECOND) +
		     p->base / 10;
	f->none_for = tick_max(0, referee_longest_down(f, 0) + p->calm +
					  p->base / 10 - lease * 3 / 4);
}

/*
 * Within its turn, before anything was sent, and the one that adopts does the
 * same: a few in a row, of which no advertisement may be lost.
 */
static void deaths_within_turns(struct play *p, unsigned who)
{
	const struct lan_router *r = &p->lan->router[who];
	tick_t interval = lan_config(p->lan, who, 0)->interval;

	for (unsigned n = 0; n < 4 && !p->lan->halted; n++) {
		lan_doom(p->lan, who);
		for (unsigned k = 0; k < 18 && !r->dead; k++)
			lan_run(p->lan, p->lan->now + interval / 16);
		if (!r->dead)
			lan_die(p->lan, who);
		lan_run(p->lan,
			p->lan->now + prng_range(p->prng, 0, interval / 8));
		lan_adopt(p->lan, who);
		referee_adopted(&p->referee, who);
	}
}

/*
 * A process dies and another one adopts what it left: no instant without a
 * holder, none with two. Then all processes of the Active die, and after a
 * while there is another life, which goes on with the ledger of the first.
 */
void play_adopt(struct play *p)
{
	/* Longer than anybody is dead below. */
	tick_t lease = 2 * p->base + prng_range(p->prng, 1, 4) * TICK_SECOND;
	tick_t longest = p->referee.longest[0];
	int active;

	for (unsigned i = 0; i < p->lan->router_count; i++)
		p->lan->router[i].lease = lease;
	play_start_all(p);
	play_settle(p);
	p->referee.quiet = true;
	p->referee.judge_none = p->referee.judge_two = true;
	p->referee.judge_beside = true;
	for (unsigned n = 0; n < 20 && !p->lan->halted; n++) {
		unsigned who = play_pick(p, p->lan->router_count);

		if (prng_chance(p->prng, 300))
			deaths_within_turns(p, who);
		lan_die(p->lan, who);
		lan_run(p->lan, p->lan->now + prng_range(p->prng, 0, p->base));
		lan_adopt(p->lan, who);
		referee_adopted(&p->referee, who);
		/* What they say is heard again before the next one dies. */
		lan_run(p->lan, p->lan->now + 2 * longest +
					prng_range(p->prng, 0, 2 * p->base));
	}
	p->referee.quiet = false;
	active = referee_active(p->lan, 0);
	if (p->lan->halted || active < 0)
		return;
	judge_death(p, lease);
	lan_die(p->lan, (unsigned)active);
	lan_run(p->lan,
		p->lan->now + prng_range(p->prng, 0,
					 2 * lease + referee_longest_down(
							     &p->referee, 0)));
	lan_adopt(p->lan, (unsigned)active);
	referee_adopted(&p->referee, (unsigned)active);
	play_settle(p);
}

void play_freeze(struct play *p)
{
	tick_t lease = prng_range(p->prng, 2, 6) * TICK_SECOND;
	tick_t down = referee_longest_down(&p->referee, 0);

	for (unsigned i = 0; i < p->lan->router_count; i++)
		p->lan->router[i].lease = lease;
	/* A socket keeps the oldest; what comes to a full one is lost. */
	p->lan->inbox_room = (unsigned)prng_range(
		p->prng, 8, prng_chance(p->prng, 500) ? 16 : LAN_INBOX_MAX);
	play_start_all(p);
	play_settle(p);
	p->referee.judge_beside = true;
	judge_death(p, lease);
	for (unsigned n = 0; n < 6 && !p->lan->halted; n++) {
		unsigned who = play_pick(p, p->lan->router_count);
		int active = referee_active(p->lan, 0);
		bool die = prng_chance(p->prng, 300);

		if (active >= 0 && prng_chance(p->prng, 700))
			who = (unsigned)active;
		if (die)
			lan_die(p->lan, who);
		else
			lan_pause(p->lan, who);
		lan_run(p->lan,
			p->lan->now + prng_range(p->prng, 0, 2 * lease + down));
		if (die) {
			lan_adopt(p->lan, who);
			referee_adopted(&p->referee, who);
		} else {
			lan_resume(p->lan, who);
			referee_woke(&p->referee, who);
		}
		play_settle(p);
	}
}

/*
 * One packet to everybody; sometimes its sender then resigns. Nobody serves,
 * for seconds and not longer; and then it is soon the best one again.
 */
void play_forgery(struct play *p)
{
	const struct vrrp_config *config = lan_config(p->lan, 0, 0);
	uint8_t host[16] = { 192, 0, 2, 77 };
	struct vrrp_advert advert = {
		.version = config->version,
		.vrid = config->vrid,
		.priority = VRRP_PRIORITY_OWNER,
		.count = 1,
		.family = config->family,
		.interval = VRRP_INTERVAL_MAX_V3,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = config->addresses[0].bytes,
	};
	struct lan_packet packet = { .ttl = VRRP_TTL };
	tick_t longest = p->referee.longest[0];
	tick_t down = referee_longest_down(&p->referee, 0);

	play_start_all(p);
	play_settle(p);
	/*
	 * In version 2 such an advertisement is dropped: nothing to see. And
	 * where there is no address to ask for it is believed.
	 */
	if (config->version == 2 || p->lan->halted ||
	    config->address_count == 0)
		return;
	if (config->family == IP_V6)
		memcpy(host, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x77", 16);
	packet.source = ip_from_bytes(config->family, host);
	packet.destination = vrrp_group(config->family);
	packet.length = (uint8_t)vrrp_encode(&advert, &packet.source,
					     packet.bytes, LAN_MESSAGE_MAX);
	lan_say(p->lan, "forge one of priority 255, interval 40.95 s, to all");
	for (unsigned i = 0; i < p->lan->router_count; i++)
		lan_inject(p->lan, i, &packet, 0);
	if (prng_chance(p->prng, 300)) {
		advert.priority = VRRP_PRIORITY_RESIGN;
		packet.length = (uint8_t)vrrp_encode(
			&advert, &packet.source, packet.bytes, LAN_MESSAGE_MAX);
		lan_say(p->lan, "forge its resignation, to all");
		for (unsigned i = 0; i < p->lan->router_count; i++)
			lan_inject(p->lan, i, &packet, p->base);
	}
	/* The own Active_Down_Interval, and what is late. */
	lan_run(p->lan, p->lan->now + down + p->base / 5);
	if (!p->lan->halted && referee_active(p->lan, 0) == -1)
		p->referee.wrong = "a forged interval keeps the LAN dark";
	/*
	 * A better one has heard that one, and lets no more pass than its own
	 * Active_Down_Interval; of equal ones, the next advertisement decides.
	 */
	lan_run(p->lan, p->lan->now + down + longest + p->base / 5);
	referee_judge(&p->referee, p->lan, 0);
}

/*
 * The LAN is cut in two, for long enough that both halves have an Active, and
 * becomes one again. Whoever hears the other one first: the loser lets go, and
 * then the winner tells the hosts.
 */
void play_split(struct play *p)
{
	unsigned n = p->lan->router_count;
	unsigned half = 1 + play_pick(p, (1u << n) - 2);
	int active;

	for (unsigned i = 0; i < n; i++) {
		struct vrrp_config config = *lan_config(p->lan, i, 0);

		config.higher_prio_send_advert = true;
		config.announce.lower_repeat = 1;
		config.announce.refresh = 0;
		lan_configure(p->lan, i, 0, &config);
	}
	play_start_all(p);
	play_settle(p);
	lan_say(p->lan, "cut in two halves, mask %x", half);
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; i < n; i++)
			for (unsigned j = 0; j < n; j++)
				p->lan->link[i][j].cut =
					k == 0 &&
					(half >> i & 1) != (half >> j & 1);
		lan_run(p->lan, p->lan->now +
					referee_longest_down(&p->referee, 0) +
					prng_range(p->prng, 0, 4 * p->base));
		lan_say(p->lan, k == 0 ? "heal" : "look who told the hosts");
	}
	active = referee_active(p->lan, 0);
	if (p->lan->halted || p->referee.wrong)
		return;
	if (active < 0)
		p->referee.wrong = "two halves do not become one";
	else
		p->referee.wrong =
			holders_told(&p->referee, 0, (unsigned)active);
	p->referee.router = active < 0 ? 0 : (unsigned)active;
}
