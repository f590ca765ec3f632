/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Troubles: what may happen to a LAN, one at a time, at random moments
 * (scenario.c).
 */
#include "play.h"

#include "base/must.h"

#include <string.h>

static bool is_awake(const struct play *p, unsigned router)
{
	const struct lan_router *r = &p->lan->router[router];

	return r->powered && !r->paused;
}

static void trouble_loss(struct play *p)
{
	unsigned n = p->lan->router_count;
	struct lan_link *link = &p->lan->link[play_pick(p, n)][play_pick(p, n)];

	link->loss = (uint16_t)prng_range(p->prng, 0, 900);
	link->duplicate = (uint16_t)prng_range(p->prng, 0, 300);
	link->delay_min = 0;
	link->delay_max = prng_range(p->prng, 0, 2 * p->base);
	lan_say(p->lan, "a link loses %u and doubles %u of 1000, delay %lld us",
		link->loss, link->duplicate,
		(long long)(link->delay_max / TICK_MICROSECOND));
}

static void trouble_cut(struct play *p)
{
	unsigned n = p->lan->router_count;
	unsigned halves = play_pick(p, 1u << n);

	if (prng_chance(p->prng, 500)) {
		unsigned from = play_pick(p, n), to = play_pick(p, n);

		p->lan->link[from][to].cut = true;
		lan_say(p->lan, "cut r%u > r%u", from + 1, to + 1);
		return;
	}
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j++)
			p->lan->link[i][j].cut =
				(halves >> i & 1) != (halves >> j & 1);
	lan_say(p->lan, "cut in two halves, mask %x", halves);
}

static void trouble_crash(struct play *p, unsigned router)
{
	if (p->lan->router[router].powered)
		lan_crash(p->lan, router);
	else
		play_boot(p, router);
}

static void trouble_pause(struct play *p, unsigned router)
{
	struct lan_router *r = &p->lan->router[router];

	if (r->paused)
		lan_resume(p->lan, router);
	else if (r->powered)
		lan_pause(p->lan, router);
}

static void trouble_interface(struct play *p, unsigned router)
{
	bool up = p->lan->router[router].nic == VRRP_INTERFACE_UP;

	lan_interface(p->lan, router,
		      up ? (enum vrrp_interface)(1 + play_pick(p, 4))
			 : VRRP_INTERFACE_UP);
}

static void trouble_priority(struct play *p, unsigned router, unsigned group)
{
	if (is_awake(p, router))
		lan_priority(p->lan, router, group, play_priority(p));
}

static void trouble_track(struct play *p, unsigned router, unsigned group)
{
	const struct vrrp *v = &p->lan->router[router].member[group].vrrp;

	if (is_awake(p, router))
		lan_track(p->lan, router, group, v->track.faults != 0);
}

static void trouble_config(struct play *p, unsigned router, unsigned group)
{
	struct vrrp_config config = *lan_config(p->lan, router, group);

	if (!is_awake(p, router))
		return;
	play_config(p, group, &config);
	/* For a while the members of a v2 group may disagree. */
	if (config.version == 2 && prng_chance(p->prng, 300))
		config.interval = p->base * prng_range(p->prng, 1, 2);
	config.phase = config.phase < config.interval ? config.phase : 0;
	lan_say(p->lan,
		"configure r%u vrid %u priority %u interval %lld us "
		"adverts %u preempt %d delay %lld us",
		router + 1, config.vrid, config.priority,
		(long long)(config.interval / TICK_MICROSECOND),
		config.down_timer_adverts, config.preempt,
		(long long)(config.preempt_delay / TICK_MICROSECOND));
	lan_reconfigure(p->lan, router, group, &config);
}

static void trouble_shutdown(struct play *p, unsigned router, unsigned group)
{
	if (!is_awake(p, router))
		return;
	if (prng_chance(p->prng, 300))
		lan_handover(p->lan, router, group);
	else if (p->lan->router[router].member[group].vrrp.started)
		lan_shutdown(p->lan, router, group);
	else
		lan_startup(p->lan, router, group);
}

static void trouble_corrupt(struct play *p)
{
	unsigned n = p->lan->router_count;
	struct lan_link *link = &p->lan->link[play_pick(p, n)][play_pick(p, n)];

	link->corrupt = (uint16_t)prng_range(p->prng, 0, 1000);
	lan_say(p->lan, "a link corrupts %u of 1000", link->corrupt);
}

/*
 * An interval of 0 with a checksum that is right: RFC 9568's erratum 8301
 * forbids it, so vrrp_encode() does not write it.
 */
static void zero_interval(struct lan_packet *packet, uint8_t version)
{
	uint8_t *word = packet->bytes + 4, *sum = packet->bytes + 6;
	uint32_t check = (uint32_t)(sum[0] << 8 | sum[1]);

	/* The checksum is a complement: what the word loses, it gains. */
	if (version == 3)
		check += (uint32_t)((word[0] & 0x0f) << 8);
	check += word[1];
	check = (check & 0xffff) + (check >> 16);
	sum[0] = (uint8_t)(check >> 8);
	sum[1] = (uint8_t)check;
	word[0] &= version == 3 ? 0xf0 : 0xff;
	word[1] = 0;
	packet->broken = true;
}

/*
 * A burst of advertisements from an address that is no router's; or from our
 * own, or with an interval of 0, and then they must be dropped.
 */
static void trouble_forged(struct play *p, unsigned router, unsigned group)
{
	const struct vrrp_config *config = lan_config(p->lan, router, group);
	uint8_t host[16] = { 192, 0, 2, 77 };
	struct vrrp_advert advert = {
		.version = config->version,
		.vrid = config->vrid,
		.priority = (uint8_t)prng_range(p->prng, 0, 255),
		.count = config->address_count > 0,
		.family = config->family,
		.interval = config->version == 2 ? config->interval : p->base,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = config->addresses[0].bytes,
	};
	struct lan_packet packet = { .ttl = VRRP_TTL };
	unsigned count = 1 + play_pick(p, 30);

	if (config->family == IP_V6)
		memcpy(host, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x77", 16);
	packet.source = ip_from_bytes(config->family, host);
	if (prng_chance(p->prng, 200)) {
		packet.source = lan_source(p->lan, router, config->family);
		packet.broken = true;
	}
	packet.destination = vrrp_group(config->family);
	packet.length = (uint8_t)vrrp_encode(&advert, &packet.source,
					     packet.bytes, LAN_MESSAGE_MAX);
	if (prng_chance(p->prng, 300))
		zero_interval(&packet, config->version);
	lan_say(p->lan, "forge %u of priority %u to r%u%s", count,
		advert.priority, router + 1,
		packet.broken ? ", not valid" : "");
	while (count--)
		lan_inject(p->lan, router, &packet,
			   prng_range(p->prng, 0, p->base));
}

void trouble(struct play *p)
{
	unsigned router = play_pick(p, p->lan->router_count);
	unsigned group = play_pick(p, p->lan->group_count);
	unsigned kind;

	do
		kind = 1u << play_pick(p, 14);
	while (!(kind & p->troubles) || kind == TIES || kind == HOLD ||
	       kind == MANY || kind == DRIFT);
	if (kind == LOSS)
		trouble_loss(p);
	else if (kind == CUT)
		trouble_cut(p);
	else if (kind == CRASH)
		trouble_crash(p, router);
	else if (kind == PAUSE)
		trouble_pause(p, router);
	else if (kind == PRIORITY)
		trouble_priority(p, router, group);
	else if (kind == CONFIG)
		trouble_config(p, router, group);
	else if (kind == INTERFACE && prng_chance(p->prng, 500))
		trouble_track(p, router, group);
	else if (kind == INTERFACE)
		trouble_interface(p, router);
	else if (kind == SHUTDOWN)
		trouble_shutdown(p, router, group);
	else if (kind == CORRUPT)
		trouble_corrupt(p);
	else
		trouble_forged(p, router, group);
}
