/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays of one kind: planned changes, deaths and adoptions, frozen processes,
 * a forged interval. Each has the LAN to itself, so that what may be promised
 * there can be judged more strictly than on a LAN that is full of troubles.
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

/* Another Backup that has heard the Active and whose wait is no longer. */
static bool has_heir(const struct lan *lan, unsigned active)
{
	struct ip source =
		lan_source(lan, active, lan_config(lan, active, 0)->family);

	for (unsigned i = 0; i < lan->router_count; i++) {
		const struct vrrp *v = &lan->router[i].member[0].vrrp;

		if (i != active && v->state == VRRP_BACKUP && v->started &&
		    ip_equal(&v->active, &source) &&
		    v->active_interval <= lan_config(lan, active, 0)->interval)
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

void play_planned(struct play *p)
{
	no_low_priorities(p);
	play_start_all(p);
	play_settle(p);
	p->referee.judge_none = true;
	for (unsigned n = 0; n < 10 && !p->lan->halted; n++) {
		int active = referee_active(p->lan, 0);
		unsigned who = play_pick(p, p->lan->router_count);

		if (!p->lan->router[who].member[0].vrrp.started)
			lan_startup(p->lan, who, 0);
		else if (p->lan->router[who].member[0].vrrp.state !=
			 VRRP_ACTIVE)
			lan_shutdown(p->lan, who, 0);
		else if ((int)who == active && has_heir(p->lan, who)) {
			if (prng_chance(p->prng, 500))
				lan_handover(p->lan, who, 0);
			else
				lan_shutdown(p->lan, who, 0);
			/* The heir is not told to go before it serves. */
			lan_run(p->lan,
				p->lan->now + 4 * p->base + TICK_SECOND);
		}
		lan_run(p->lan,
			p->lan->now + prng_range(p->prng, 0, 8 * p->base));
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
	f->none_for = tick_max(0, 4 * longest + p->calm + p->base / 10 -
					  lease * 3 / 4);
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
	int active;

	for (unsigned i = 0; i < p->lan->router_count; i++)
		p->lan->router[i].lease = lease;
	play_start_all(p);
	play_settle(p);
	p->referee.quiet = true;
	p->referee.judge_none = p->referee.judge_two = true;
	for (unsigned n = 0; n < 20 && !p->lan->halted; n++) {
		unsigned who = play_pick(p, p->lan->router_count);

		lan_die(p->lan, who);
		lan_run(p->lan, p->lan->now + prng_range(p->prng, 0, p->base));
		lan_adopt(p->lan, who);
		referee_adopted(&p->referee, who);
		/* What they say is heard again before the next one dies. */
		lan_run(p->lan, p->lan->now + 2 * p->base +
					prng_range(p->prng, 0, 2 * p->base));
	}
	p->referee.quiet = false;
	active = referee_active(p->lan, 0);
	if (p->lan->halted || active < 0)
		return;
	judge_death(p, lease);
	lan_die(p->lan, (unsigned)active);
	lan_run(p->lan,
		p->lan->now +
			prng_range(p->prng, 0,
				   2 * lease + 4 * p->referee.longest[0]));
	lan_adopt(p->lan, (unsigned)active);
	referee_adopted(&p->referee, (unsigned)active);
	play_settle(p);
}

void play_freeze(struct play *p)
{
	tick_t lease = prng_range(p->prng, 2, 6) * TICK_SECOND;
	tick_t longest = p->referee.longest[0];

	for (unsigned i = 0; i < p->lan->router_count; i++)
		p->lan->router[i].lease = lease;
	play_start_all(p);
	play_settle(p);
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
			p->lan->now + prng_range(p->prng, 0,
						 2 * lease + 4 * longest));
		if (die) {
			lan_adopt(p->lan, who);
			referee_adopted(&p->referee, who);
		} else {
			lan_resume(p->lan, who);
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

	play_start_all(p);
	play_settle(p);
	/*
	 * In version 2 such an advertisement is dropped: nothing to see. And
	 * 40.95 s are no more than ten times 4.1 s: believed, as the RFC says.
	 */
	if (config->version == 2 || p->lan->halted ||
	    10 * longest >= VRRP_INTERVAL_MAX_V3)
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
	/* The own Active_Down_Interval, three questions, and what is late. */
	lan_run(p->lan, p->lan->now + 4 * longest + 4 * 250 * TICK_MILLISECOND +
				p->base / 5);
	if (!p->lan->halted && referee_active(p->lan, 0) == -1)
		p->referee.wrong = "a forged interval keeps the LAN dark";
	/*
	 * A better one has heard that one, and lets no more pass than its own
	 * Active_Down_Interval; of equal ones, the next advertisement decides.
	 */
	lan_run(p->lan, p->lan->now + 5 * longest + p->base / 5);
	referee_judge(&p->referee, p->lan, 0);
}
