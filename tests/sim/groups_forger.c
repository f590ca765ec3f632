/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A forger against sync groups: as forger.c, on any of their links.
 *
 * A packet to one member has all of its group yield. Nobody serves on a link
 * for two Active_Down_Intervals at most. A group that is alone needs two
 * intervals more: who yields for its group waits for one longer than who lost
 * (vrrp/active.c).
 */
#include "groups.h"

#include "arithmetic.h"

#include "base/must.h"

#define MINUTES 3
#define MINUTE  (20 * INTERVAL)

static tick_t slowest(const struct world *w)
{
	tick_t most = 0;

	for (uint32_t r = 0; r < w->routers; r++)
		for (uint32_t m = 0; m < w->members; m++) {
			const struct vrrp_config *c = &w->side[r].config[m];

			most = tick_max(
				most, judge_down(c, c->priority, c->interval));
		}
	return most;
}

static void forge(struct world *w)
{
	static const uint8_t priorities[] = { 0, 49, 100, 199, 255, 255, 255 };
	static const tick_t tenths[] = { 1, 10, 10, 11, 24, 26, 99, 409 };
	struct prng *p = &w->random;
	uint32_t m = (uint32_t)prng_range(p, 0, w->members - 1);
	struct packet *packet = &w->packets[w->packet_count];
	const struct vrrp_config *c = &w->side[0].config[m];
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = c->vrid,
		.priority =
			priorities[prng_range(p, 0, sizeof(priorities) - 1)],
		.count = 1,
		.family = IP_V4,
		.interval = tenths[prng_range(p, 0, 7)] * INTERVAL / 10,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = c->addresses[0].bytes,
	};
	struct ip stranger =
		ip_from_bytes(IP_V4, (uint8_t[]){ 10, 0, (uint8_t)m, 250 });

	MUST(w->packet_count < PACKETS_MAX);
	*packet = (struct packet){
		.due = w->now,
		.from = ROUTERS_MAX,
		.member = m,
		.to = UINT32_MAX,
		.source = stranger,
	};
	if (prng_chance(p, 400))
		packet->source = groups_source(
			(uint32_t)prng_range(p, 0, w->routers - 1), m);
	if (prng_chance(p, 200))
		packet->to = (uint32_t)prng_range(p, 1, 7);
	packet->length = vrrp_encode(&advert, &packet->source, packet->bytes,
				     PACKET_BYTES);
	MUST(packet->length > 0);
	w->packet_count++;
}

/* Any moment, or just before somebody takes over. */
static void wait(struct world *w)
{
	uint32_t r = (uint32_t)prng_range(&w->random, 0, w->routers - 1);
	uint32_t m = (uint32_t)prng_range(&w->random, 0, w->members - 1);
	tick_t due = w->side[r].core[m].down_timer;
	tick_t until = w->now + prng_range(&w->random, 0, 8 * INTERVAL);

	if (prng_chance(&w->random, 600) && due != TICK_NEVER)
		until = tick_max(w->now, due - TICK_MILLISECOND);
	groups_run(w, until);
}

/* Only the router that serves runs from now on. */
static void be_alone(struct world *w)
{
	for (uint32_t r = 0; r < w->routers; r++)
		if (w->side[r].core[0].state != VRRP_ACTIVE)
			w->side[r].away_until = TICK_NEVER;
}

void groups_forge(struct world *w)
{
	bool alone = prng_chance(&w->random, 300);
	/* With what packets take on their way. */
	tick_t bound = 2 * (slowest(w) + 2 * LATE_MOST);

	if (alone) {
		bound += 2 * INTERVAL;
		be_alone(w);
	}
	w->none_most = 0;
	for (unsigned n = 0; n < 2 * MINUTES && !w->wrong; n++) {
		wait(w);
		forge(w);
		if (n % 2)
			groups_run(w, w->now + MINUTE);
	}
	groups_run(w, w->now + HEALING);
	if (!w->wrong && w->none_most > bound)
		w->wrong = "forged packets leave a link without anybody for "
			   "too long";
}
