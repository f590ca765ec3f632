/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plans.h"

#include "../sim/prng.h"

#include <string.h>

static struct ip address(unsigned place)
{
	const uint8_t bytes[4] = { 10, 0, 0, (uint8_t)(place + 1) };

	return ip_from_bytes(IP_V4, bytes);
}

static void set_server(struct plan_config *c, unsigned service, unsigned at,
		       unsigned place)
{
	c->follows[service][at][0] = (struct lvs_follow){ .check = place };
	c->servers[service][at] = (struct lvs_server_config){
		.address = address(place),
		.port = 80,
		.weight = 1,
		.follows = c->follows[service][at],
		.follow_count = 1,
	};
}

static void set_service(struct plan_config *c, unsigned service,
			unsigned servers)
{
	for (unsigned n = 0; n < servers; n++)
		set_server(c, service, n, n);
	c->services[service] = (struct lvs_service_config){
		.servers = c->servers[service],
		.server_count = servers,
		.quorum = 1,
	};
}

void plan_config(struct plan_config *c, unsigned servers)
{
	memset(c, 0, sizeof(*c));
	set_service(c, 0, servers);
	c->lvs = (struct lvs_config){
		.services = c->services,
		.service_count = 1,
		.check_count = CHECKS,
		.leaving_max = SERVICES * ADDRESSES,
	};
	c->times = (struct lvs_check_times){
		.interval = 6 * TICK_SECOND,
		.warmup = 6 * TICK_SECOND,
		.retry_delay = TICK_SECOND,
		.deadline = 5 * TICK_SECOND,
	};
}

void plan_sorry(struct plan_config *c, unsigned service)
{
	c->services[service].sorry = address(SORRY);
	c->services[service].sorry_port = 80;
}

/* ---- drawn ---- */

static void draw_server(struct prng *p, struct plan_config *c, unsigned v,
			unsigned at, unsigned place)
{
	struct lvs_server_config *s = &c->servers[v][at];

	set_server(c, v, at, place);
	s->weight = (int32_t)prng_range(p, prng_chance(p, 100) ? 0 : 1, 5);
	s->inhibit = prng_chance(p, 300);
	s->follow_count = (uint32_t)prng_range(p, 0, 9);
	/* Mostly one check; sometimes none, or one that all share. */
	s->follow_count = s->follow_count == 0  ? 0
			  : s->follow_count > 7 ? 2
						: 1;
	c->follows[v][at][0].alpha = prng_chance(p, 300);
	c->follows[v][at][1] =
		(struct lvs_follow){ .check = CHECKS - 1,
				     .alpha = prng_chance(p, 300) };
}

static void draw_service(struct prng *p, struct plan_config *c, unsigned v)
{
	struct lvs_service_config *s = &c->services[v];
	unsigned count = 0;

	for (unsigned place = 0; place < ADDRESSES; place++)
		if (prng_chance(p, 750))
			draw_server(p, c, v, count++, place);
	*s = (struct lvs_service_config){
		.servers = c->servers[v],
		.server_count = count,
		.quorum =
			(uint32_t)prng_range(p, 1, prng_chance(p, 500) ? 1 : 6),
		.hysteresis =
			(uint32_t)prng_range(p, 0, prng_chance(p, 500) ? 0 : 3),
		.omega = prng_chance(p, 300),
		.init_told = prng_chance(p, 300),
		.fixed_weights = prng_chance(p, 200),
		.panic = prng_chance(p, 400) ? (uint8_t)prng_range(p, 1, 100)
					     : 0,
		.slow_start = prng_chance(p, 400)
				      ? prng_range(p, 1, 60) * TICK_SECOND
				      : 0,
		.drain_timeout = prng_chance(p, 500)
					 ? prng_range(p, 1, 60) * TICK_SECOND
					 : 0,
	};
	if (prng_chance(p, 500))
		plan_sorry(c, v);
	s->sorry_inhibit = prng_chance(p, 300);
	/* One that is a real server too. */
	if (prng_chance(p, 100))
		s->sorry = address(0);
	s->sorry_port = 80;
}

void plan_draw(struct plan *plan, uint64_t seed)
{
	struct prng p = prng_seed(seed);

	memset(plan, 0, sizeof(*plan));
	plan->checks = CHECKS;
	plan->config_count = (unsigned)prng_range(&p, 1, CONFIGS);
	for (unsigned n = 0; n < plan->config_count; n++) {
		struct plan_config *c = &plan->configs[n];

		plan_config(c, 0);
		c->lvs.service_count = (uint32_t)prng_range(&p, 1, SERVICES);
		for (unsigned v = 0; v < c->lvs.service_count; v++)
			draw_service(&p, c, v);
		c->times.retry = (uint16_t)prng_range(&p, 0, 2);
		c->times.rise = (uint16_t)prng_range(&p, 0, 2);
		c->times.fall = (uint16_t)prng_range(&p, 0, 2);
		c->times.warmup = prng_range(&p, 0, 8) * TICK_SECOND;
	}
	memset(&plan->budget, 200, sizeof(plan->budget));
}

/* ---- explored ---- */

static void small_sorry(struct plan *plan)
{
	plan_config(&plan->configs[0], 2);
	plan_sorry(&plan->configs[0], 0);
	plan->budget = (struct budget){ .flips = 3, .lvs_deaths = 1 };
}

static void small_alpha(struct plan *plan)
{
	struct plan_config *c = &plan->configs[0];

	plan_config(c, 2);
	plan_sorry(c, 0);
	c->services[0].sorry_inhibit = true;
	c->servers[0][0].inhibit = true;
	c->follows[0][0][0].alpha = c->follows[0][1][0].alpha = true;
	plan->budget = (struct budget){
		.flips = 1, .lvs_deaths = 1, .check_deaths = 1, .lost_books = 1
	};
}

static void small_quorum(struct plan *plan)
{
	plan_config(&plan->configs[0], 3);
	plan->configs[0].services[0].quorum = 2;
	plan->configs[0].services[0].hysteresis = 1;
	plan->checks = 3;
	plan->budget = (struct budget){ .flips = 4 };
}

static void small_panic(struct plan *plan)
{
	plan_config(&plan->configs[0], 3);
	plan->configs[0].services[0].panic = 50;
	plan->checks = 3;
	plan->budget = (struct budget){ .flips = 2, .orders = 1 };
}

static void small_ramp(struct plan *plan)
{
	plan_config(&plan->configs[0], 2);
	plan->configs[0].services[0].slow_start = 30 * TICK_SECOND;
	plan->budget = (struct budget){ .flips = 3, .lvs_deaths = 1 };
}

static void small_orders(struct plan *plan)
{
	plan_config(&plan->configs[0], 2);
	plan_sorry(&plan->configs[0], 0);
	plan->configs[0].servers[0][0].inhibit = true;
	plan->budget = (struct budget){ .flips = 1, .orders = 2 };
}

static void small_weights(struct plan *plan)
{
	plan_config(&plan->configs[0], 2);
	plan_sorry(&plan->configs[0], 0);
	plan->configs[0].services[0].quorum = 2;
	plan->budget = (struct budget){ .flips = 1, .weights = 2 };
}

static void small_held(struct plan *plan)
{
	plan_config(&plan->configs[0], 3);
	plan->configs[0].services[0].panic = 60;
	plan->checks = 3;
	plan->budget = (struct budget){ .flips = 4, .lvs_deaths = 1 };
}

static void small_reload(struct plan *plan)
{
	plan_config(&plan->configs[0], 2);
	plan_config(&plan->configs[1], 1);
	plan->configs[1].services[0].drain_timeout = 60 * TICK_SECOND;
	plan->configs[1].services[0].omega = true;
	plan->config_count = 2;
	plan->budget =
		(struct budget){ .flips = 1, .reloads = 3, .lvs_deaths = 1 };
}

static void small_shared(struct plan *plan)
{
	struct plan_config *c = &plan->configs[0];

	plan_config(c, 2);
	set_service(c, 1, 1);
	c->lvs.service_count = 2;
	c->servers[0][0].follow_count = 2;
	c->follows[0][0][1].check = 2;
	c->follows[1][0][0].check = 2;
	plan->checks = 3;
	plan->budget = (struct budget){ .flips = 2, .check_deaths = 1 };
}

bool plan_small(struct plan *plan, unsigned number, const char **name)
{
	static const struct {
		const char *name;
		void (*set)(struct plan *plan);
	} small[] = {
		{ "a sorry server, and lvs dies", small_sorry },
		{ "alpha and inhibit, and both processes die", small_alpha },
		{ "a quorum with hysteresis", small_quorum },
		{ "panic, and an operator", small_panic },
		{ "slow start, and lvs dies", small_ramp },
		{ "panic, and lvs dies", small_held },
		{ "an operator", small_orders },
		{ "an operator and weights", small_weights },
		{ "reloads that remove a server, and lvs dies", small_reload },
		{ "a check that two services share", small_shared },
	};

	if (number >= sizeof(small) / sizeof(small[0]))
		return false;
	memset(plan, 0, sizeof(*plan));
	plan->config_count = 1;
	plan->timeless = true;
	plan->checks = 2;
	*name = small[number].name;
	small[number].set(plan);
	return true;
}
