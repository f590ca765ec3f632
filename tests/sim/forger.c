/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forger on the LAN, who knows all that the routers know and sends two
 * packets a minute: of any content, from any source, to all or to some, when
 * they hurt most. A minute here is twenty intervals, so that there are many.
 * Meanwhile an Active may be told to hand over.
 *
 * Nobody holds the addresses, or two do, for two Active_Down_Intervals of the
 * configured values at most: one for each packet.
 */
#include "play.h"

#include "arithmetic.h"

#include "base/must.h"

#include <string.h>

#define MINUTES 3
#define MINUTE  20 /* intervals */

static tick_t forged_interval(struct play *p)
{
	/* In tenths of the usual one. */
	static const unsigned tenths[] = { 1,  2,  5,  9,  10, 10, 10, 11, 15,
					   20, 24, 26, 30, 36, 60, 99, 101 };
	tick_t interval =
		p->base * tenths[play_pick(p, ARRAY_LENGTH(tenths))] / 10;

	if (prng_chance(p->prng, 250))
		interval = VRRP_INTERVAL_MAX_V3;
	interval -= interval % TICK_CENTISECOND;
	return tick_max(TICK_CENTISECOND,
			tick_min(interval, VRRP_INTERVAL_MAX_V3));
}

static uint8_t forged_priority(struct play *p)
{
	unsigned r = play_pick(p, p->lan->router_count);
	int one = p->lan->router[r].member[0].vrrp.priority;

	switch (play_pick(p, 6)) {
	case 0:
		return VRRP_PRIORITY_RESIGN;
	case 1:
		return (uint8_t)(one > 1 ? one - 1 : 1);
	case 2:
		return (uint8_t)one;
	case 3:
		return (uint8_t)prng_range(p->prng, 1, 254);
	default:
		return VRRP_PRIORITY_OWNER;
	}
}

/* A stranger with the highest or the lowest address, or one of the routers. */
static struct ip forged_source(struct play *p, uint8_t family)
{
	uint8_t v4[4] = { 192, 0, 2, 250 }, v6[16] = { 0xfe, 0x80, [15] = 250 };

	if (prng_chance(p->prng, 400))
		return lan_source(p->lan, play_pick(p, p->lan->router_count),
				  family);
	if (prng_chance(p->prng, 300)) {
		v4[3] = 0;
		v6[15] = 0;
	}
	return ip_from_bytes(family, family == IP_V4 ? v4 : v6);
}

static void forge_advert(struct play *p, struct lan_packet *packet)
{
	const struct vrrp_config *c = lan_config(p->lan, 0, 0);
	struct vrrp_advert advert = {
		.version = c->version,
		.vrid = c->vrid,
		.priority = forged_priority(p),
		.count = prng_chance(p->prng, 900) ? c->address_count : 1,
		.family = c->family,
		.interval = c->version == 2 ? c->interval : forged_interval(p),
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = p->lan->addresses[0][0].bytes,
	};
	uint8_t list[LAN_ADDRESSES_MAX * 16];

	for (unsigned i = 0; i < advert.count; i++)
		memcpy(list + i * ip_size(c->family), c->addresses[i].bytes,
		       ip_size(c->family));
	advert.addresses = list;
	packet->source = forged_source(p, c->family);
	packet->destination = vrrp_group(c->family);
	packet->length = (uint8_t)vrrp_encode(&advert, &packet->source,
					      packet->bytes, LAN_MESSAGE_MAX);
	MUST(packet->length > 0);
	lan_say(p->lan, "forge %u, interval %lld us, of .%u", advert.priority,
		(long long)(advert.interval / TICK_MICROSECOND),
		packet->source.bytes[ip_size(c->family) - 1]);
}

/* One packet, that all hear or some; or an answer to who has the addresses. */
static void forge(struct play *p)
{
	struct lan_packet packet = { .ttl = VRRP_TTL };
	unsigned all = (1u << p->lan->router_count) - 1, to = all;

	if (prng_chance(p->prng, 200)) {
		packet.kind = LAN_ANSWER;
		lan_say(p->lan, "forge an answer");
	} else {
		forge_advert(p, &packet);
	}
	if (prng_chance(p->prng, 200))
		to = 1 + play_pick(p, all);
	for (unsigned i = 0; i < p->lan->router_count; i++)
		if (to >> i & 1)
			lan_inject(p->lan, i, &packet, 0);
}

/* The next moment at which a router will do something, or a bit before. */
static tick_t tender_moment(struct play *p)
{
	unsigned i = play_pick(p, p->lan->router_count);
	const struct lan_router *r = &p->lan->router[i];
	tick_t due = vrrp_deadline(&r->member[0].vrrp);

	if (prng_chance(p->prng, 500) &&
	    r->member[0].vrrp.down_timer != TICK_NEVER)
		due = r->member[0].vrrp.down_timer;
	if (due == TICK_NEVER)
		return p->lan->now;
	due += r->late - r->offset;
	return due - prng_range(p->prng, 0, p->base / 50) - p->calm;
}

/* At most `most` from now. */
static void wait(struct play *p, tick_t most)
{
	tick_t until = p->lan->now + prng_range(p->prng, 0, most);

	if (prng_chance(p->prng, 500))
		until = tender_moment(p);
	until = tick_min(until, p->lan->now + most);
	lan_run(p->lan, tick_max(until, p->lan->now));
}

static void hand_over(struct play *p)
{
	int active = referee_active(p->lan, 0);

	if (active >= 0 && prng_chance(p->prng, 300))
		lan_handover(p->lan, (unsigned)active, 0);
}

/* What one packet may cost: the slowest router's own Active_Down_Interval. */
static tick_t configured_down(const struct play *p)
{
	tick_t most = 0;

	for (unsigned i = 0; i < p->lan->router_count; i++) {
		const struct vrrp_config *c = lan_config(p->lan, i, 0);

		most = tick_max(most, judge_down(c, c->priority, c->interval));
	}
	return most;
}

void play_forger(struct play *p)
{
	const struct vrrp_config *c = lan_config(p->lan, 0, 0);
	struct referee *f = &p->referee;
	tick_t down, minute = MINUTE * f->longest[0];

	/* Where there is no address nobody can be asked. */
	if (c->address_count == 0)
		lan_addresses(p->lan, 0, c->family, 1);
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		struct vrrp_config config = *lan_config(p->lan, i, 0);

		config.address_count = (uint8_t)tick_max(1, c->address_count);
		/* Two of them would both serve, whoever says what. */
		config.owner_ignore_adverts = false;
		lan_configure(p->lan, i, 0, &config);
	}
	if (prng_chance(p->prng, 300))
		p->lan->router_count = 1;
	play_start_all(p);
	play_settle(p);
	down = configured_down(p);
	/* Each time with a packet's way, and who is late for it. */
	f->judge_none = f->judge_two = true;
	f->none_for = f->two_for = 2 * (down + 2 * p->calm + p->base / 25);
	/* Who leaves serves beside its successor, or one that was forged. */
	f->two_for += 2 * f->longest[0] + 200 * TICK_MILLISECOND;
	for (unsigned n = 0; n < MINUTES && !p->lan->halted; n++) {
		tick_t ends = p->lan->now + minute;

		hand_over(p);
		wait(p, 2 * down);
		forge(p);
		wait(p, 2 * down);
		forge(p);
		/* The window slides: two are never nearer to a third. */
		lan_run(p->lan, tick_max(ends, p->lan->now + minute));
	}
	if (p->lan->halted)
		return;
	play_settle(p);
}
