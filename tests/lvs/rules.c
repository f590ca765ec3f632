/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules, and the oracle: after each event all that the core says is worked
 * out again from what has happened, with everything looked at anew, and by
 * other means than the core has.
 */
#include "world.h"

#include <string.h>

static unsigned place_of(const struct ip *ip)
{
	return ip->family == IP_NONE ? PLACES : ip->bytes[3] - 1u;
}

static const struct lvs_service_config *service_of(unsigned v)
{
	return &world_config()->lvs.services[v];
}

/* Its configuration, or NULL: it is not in the file. */
static const struct lvs_server_config *config_of(unsigned v, unsigned a)
{
	if (v >= world_config()->lvs.service_count)
		return NULL;
	for (unsigned s = 0; s < service_of(v)->server_count; s++)
		if (place_of(&service_of(v)->servers[s].address) == a)
			return &service_of(v)->servers[s];
	return NULL;
}

/* ---- what is told ---- */

static void flips(uint8_t *told, enum lvs_health to, const char *rule)
{
	world_break(*told != to, rule);
	*told = (uint8_t)to;
}

void rules_told(const struct lvs_told *told)
{
	struct seen *s = NULL;

	world.tells++;
	if (told->address.family != IP_NONE)
		s = &world.seen[told->service][place_of(&told->address)];
	switch (told->what) {
	case LVS_TOLD_SERVER_UP:
		flips(&s->told, LVS_HEALTH_UP, "a server is told up once");
		return;
	case LVS_TOLD_SERVER_DOWN:
		flips(&s->told, LVS_HEALTH_DOWN, "a server is told down once");
		return;
	case LVS_TOLD_QUORUM_UP:
		flips(&world.quorum_told[told->service], LVS_HEALTH_UP,
		      "a quorum is told up once");
		return;
	case LVS_TOLD_QUORUM_DOWN:
		flips(&world.quorum_told[told->service], LVS_HEALTH_DOWN,
		      "a quorum is told down once");
		return;
	case LVS_TOLD_PANIC:
	case LVS_TOLD_PANIC_OVER:
		world_break(world.panic_told[told->service] ==
				    (told->what == LVS_TOLD_PANIC_OVER),
			    "panic is told once");
		world.panic_told[told->service] = told->what == LVS_TOLD_PANIC;
		return;
	case LVS_TOLD_DRAIN_LATE:
		world_break(world.now >= s->until,
			    "a drain is late after its deadline");
		/* fall through */
	case LVS_TOLD_DRAINED:
		world_break(s->order == LVS_ORDER_DRAINING,
			    "only what drains has drained");
		s->order = LVS_ORDER_DRAINED;
		return;
	case LVS_TOLD_WHATS:
		return;
	}
}

/* ---- a reload, or a crash ---- */

static void leaves(unsigned v, unsigned a)
{
	struct seen *s = &world.seen[v][a];
	const struct lvs_service_config *c = service_of(v);
	bool in_table =
		s->order == LVS_ORDER_DRAINING ||
		(s->order == LVS_ORDER_NONE && s->health == LVS_HEALTH_UP);
	bool stays = in_table && (s->leaves || c->drain_timeout > 0) &&
		     place_of(&c->sorry) != a;

	if (!stays) {
		s->known = false;
		return;
	}
	if (s->order != LVS_ORDER_DRAINING || s->until == TICK_NEVER)
		s->until = world.now + c->drain_timeout;
	s->order = LVS_ORDER_DRAINING;
	s->leaves = true;
	s->ramp = TICK_NEVER;
	s->candidate = false;
}

static void server_adopted(unsigned v, unsigned a)
{
	struct seen *s = &world.seen[v][a];
	const struct lvs_server_config *c = config_of(v, a);

	/* Drained it is forgotten. */
	if (s->leaves && s->order == LVS_ORDER_DRAINED)
		s->known = false;
	s->was = s->known ? s->health : LVS_HEALTH_UNKNOWN;
	if (!c && s->known)
		leaves(v, a);
	if (!c)
		return;
	if (!s->known)
		*s = (struct seen){ .known = true,
				    .ordered = LVS_WEIGHT_UNSET,
				    .ramp = TICK_NEVER,
				    .until = TICK_NEVER };
	if (s->leaves) {
		s->leaves = false;
		s->order = LVS_ORDER_NONE;
	}
	if (service_of(v)->slow_start == 0 || service_of(v)->fixed_weights)
		s->ramp = TICK_NEVER;
	if (service_of(v)->panic == 0)
		s->held = false;
}

void rules_adopts(bool reloads)
{
	for (unsigned v = 0; v < SERVICES; v++) {
		if (v >= world_config()->lvs.service_count) {
			memset(world.seen[v], 0, sizeof(world.seen[v]));
			world.quorum[v] = world.quorum_told[v] = 0;
			world.panic_told[v] = false;
			continue;
		}
		for (unsigned a = 0; a < ADDRESSES; a++)
			server_adopted(v, a);
	}
	/* A reload may change anything, and so may time. */
	world.still = !reloads && world_is_read();
	for (unsigned v = 0; v < SERVICES; v++)
		for (unsigned a = 0; a < ADDRESSES; a++) {
			const struct seen *s = &world.seen[v][a];

			if (s->known && (s->order == LVS_ORDER_DRAINING ||
					 s->ramp != TICK_NEVER))
				world.still = false;
		}
}

/* ---- the oracle ---- */

static uint8_t health_of(unsigned v, unsigned a)
{
	const struct lvs_server_config *c = config_of(v, a);
	uint8_t was = world.seen[v][a].was;
	bool waits = false;

	for (uint32_t n = 0; n < c->follow_count; n++) {
		uint8_t state = world.read[c->follows[n].check].state;

		if (state == LVS_CHECK_FAILED ||
		    (state == LVS_CHECK_NOT_YET && was == LVS_HEALTH_DOWN))
			return LVS_HEALTH_DOWN;
		waits |= state == LVS_CHECK_NOT_YET && was != LVS_HEALTH_UP &&
			 c->follows[n].alpha;
	}
	return waits ? LVS_HEALTH_WAITS : LVS_HEALTH_UP;
}

static int32_t full_of(unsigned v, unsigned a)
{
	const struct lvs_server_config *c = config_of(v, a);
	int64_t weight = c->weight;

	if (world.seen[v][a].ordered != LVS_WEIGHT_UNSET)
		return world.seen[v][a].ordered;
	for (uint32_t n = 0; n < c->follow_count; n++)
		weight += world.read[c->follows[n].check].value;
	return (int32_t)(weight < 0 ? 0 : weight);
}

static bool serves_sorry(unsigned v)
{
	return service_of(v)->sorry.family != IP_NONE &&
	       world.quorum[v] == LVS_HEALTH_DOWN;
}

static void judge_quorum(unsigned v)
{
	const struct lvs_service_config *c = service_of(v);
	int64_t sum = 0, total = 0, quorum = c->quorum, give = c->hysteresis;
	bool up;

	for (unsigned a = 0; a < ADDRESSES; a++) {
		const struct seen *s = &world.seen[v][a];

		if (!config_of(v, a))
			continue;
		total += config_of(v, a)->weight;
		if (s->health == LVS_HEALTH_UP && s->order == LVS_ORDER_NONE)
			sum += full_of(v, a);
	}
	if (quorum > total)
		quorum = total;
	if (give >= quorum)
		give = quorum > 0 ? quorum - 1 : 0;
	up = sum > 0 && sum >= quorum;
	if (world.quorum[v] == LVS_HEALTH_UP)
		up = sum > 0 && sum >= quorum - give;
	if (world.quorum[v] == LVS_HEALTH_DOWN)
		up = sum > 0 && (sum >= quorum + give || sum >= total);
	world.quorum[v] = up ? LVS_HEALTH_UP : LVS_HEALTH_DOWN;
	world_break(world.core.services[v].quorum == world.quorum[v],
		    "the quorum is as the oracle says");
	if (up || c->sorry.family != IP_NONE ||
	    world.quorum_told[v] != LVS_HEALTH_UNKNOWN)
		world_break(world.quorum_told[v] == world.quorum[v],
			    "a change of the quorum is told");
}

static void judge_ramp(unsigned v, struct seen *s, uint8_t before, bool held)
{
	const struct lvs_service_config *c = service_of(v);

	if (before == LVS_HEALTH_DOWN && s->health == LVS_HEALTH_UP &&
	    s->candidate && !held && c->slow_start > 0 && !c->fixed_weights) {
		s->ramp = world.now;
		s->step = 0;
		s->weight = 0;
	}
	if (!s->candidate || (s->health != LVS_HEALTH_UP && !s->held))
		s->ramp = TICK_NEVER;
	for (uint8_t step = 0; s->ramp != TICK_NEVER && step <= 10; step++)
		if (world.now - s->ramp >= (c->slow_start * step + 9) / 10 &&
		    step > s->step)
			s->step = step;
	if (s->step == 10)
		s->ramp = TICK_NEVER;
}

static void judge_server(unsigned v, unsigned a, bool begins)
{
	const struct lvs_server_config *c = config_of(v, a);
	const struct lvs_server *is = &world.core.servers[world_server(v, a)];
	struct seen *s = &world.seen[v][a];
	uint8_t before = s->health;
	bool held = s->held,
	     was_in = s->candidate && (before == LVS_HEALTH_UP || s->held);

	s->health = health_of(v, a);
	s->candidate = s->order == LVS_ORDER_NONE;
	s->held = is->held;
	s->out = is->out;
	world_break(is->health == s->health, "a server is as its checks say");
	world_break(is->order == s->order, "what was ordered is done");
	world_break(s->order != LVS_ORDER_DRAINING || is->until == s->until,
		    "a drain has its deadline");
	world_break(s->order != LVS_ORDER_DRAINING || c->inhibit ||
			    s->health == LVS_HEALTH_UP,
		    "what is dead does not drain");
	if (begins && s->told == LVS_HEALTH_UNKNOWN &&
	    s->was == LVS_HEALTH_UNKNOWN && s->health == LVS_HEALTH_UP &&
	    !service_of(v)->init_told)
		s->told = LVS_HEALTH_UP;
	world_break(s->health == LVS_HEALTH_WAITS || s->told == s->health,
		    "a change of a server is told");
	world_break(!s->held || was_in || begins,
		    "only what was in the table is held");
	world_break(!s->held || (s->candidate && s->health != LVS_HEALTH_UP),
		    "only what is down is held");
	judge_ramp(v, s, before, held);
}

static void judge_panic(unsigned v, const bool was_in[ADDRESSES], bool sorry)
{
	const struct lvs_service_config *c = service_of(v);
	unsigned all = 0, out = 0, held = 0, most;
	bool went = false;

	for (unsigned a = 0; a < ADDRESSES; a++) {
		const struct seen *s = &world.seen[v][a];

		if (!config_of(v, a) || !s->candidate)
			continue;
		all++;
		held += s->held;
		out += s->health != LVS_HEALTH_UP && !s->held;
		went |= was_in[a] && s->health != LVS_HEALTH_UP && !s->held;
	}
	most = all - (all * c->panic + 99) / 100;
	if (c->panic == 0 || serves_sorry(v))
		most = all;
	world_break(held == 0 || out >= most, "only what must be is held");
	world_break(!went || out <= most || sorry,
		    "no further server is taken out");
	world_break(world.core.services[v].out == out, "who is out is counted");
	world_break(world.panic_told[v] == (held > 0), "panic is told");
}

static struct entry expected(unsigned v, unsigned a)
{
	const struct lvs_service_config *c = service_of(v);
	const struct lvs_server_config *server = config_of(v, a);
	const struct seen *s = &world.seen[v][a];
	struct entry e = { 0 };
	bool ramps = false;

	for (unsigned n = 0; n < ADDRESSES; n++)
		ramps |= config_of(v, n) && world.seen[v][n].ramp != TICK_NEVER;
	if (a < ADDRESSES && s->known && s->order == LVS_ORDER_DRAINING) {
		e.present = true;
	} else if (server && s->order == LVS_ORDER_NONE && !serves_sorry(v) &&
		   (s->health == LVS_HEALTH_UP || s->held)) {
		e.present = true;
		e.weight = full_of(v, a) * (ramps ? 100 : 1);
		if (s->ramp != TICK_NEVER && e.weight > 0) {
			e.weight = e.weight * (10 + 9 * s->step) / 100;
			e.weight = e.weight > 0 ? e.weight : 1;
		}
	} else if (server) {
		e.present = server->inhibit;
	}
	if (place_of(&c->sorry) == a && serves_sorry(v))
		e = (struct entry){ true, 1 };
	else if (place_of(&c->sorry) == a && c->sorry_inhibit)
		e.present = true;
	return e;
}

/* A weight does not sink while its ramp runs and nobody changes it. */
static void judge_growth(unsigned v, unsigned a, struct entry want)
{
	struct seen *s = &world.seen[v][a];
	int32_t full = full_of(v, a);

	if (s->ramp == TICK_NEVER || s->full != full || serves_sorry(v))
		s->weight = 0;
	world_break(want.weight >= s->weight || s->ramp == TICK_NEVER,
		    "a ramp never goes back");
	s->full = full;
	s->weight = s->ramp == TICK_NEVER || serves_sorry(v) ? 0 : want.weight;
}

static bool serves(const struct entry table[PLACES])
{
	for (unsigned a = 0; a < PLACES; a++)
		if (table[a].present && table[a].weight > 0)
			return true;
	return false;
}

static void judge_wants(unsigned v)
{
	struct entry wants[PLACES];
	bool lives = false;

	for (unsigned a = 0; a < PLACES; a++) {
		struct entry e = expected(v, a);

		wants[a] = world_want(v, a);
		world_break(wants[a].present == e.present &&
				    wants[a].weight == e.weight,
			    "the table is as the oracle says");
		if (a >= ADDRESSES || !config_of(v, a))
			continue;
		lives |= world.seen[v][a].health == LVS_HEALTH_UP &&
			 world.seen[v][a].candidate && full_of(v, a) > 0;
		judge_growth(v, a, wants[a]);
	}
	lives |= service_of(v)->sorry.family != IP_NONE;
	world_break(!lives || serves(wants),
		    "a service with a living server is not empty");
}

/* After a crash that lost nothing, nothing changes and nothing is told. */
static void judge_flaps(void)
{
	for (unsigned v = 0; v < world_config()->lvs.service_count; v++)
		for (unsigned a = 0; a < PLACES; a++) {
			struct entry want = world_want(v, a);

			world_break(
				want.present == world.wanted[v][a].present &&
					want.weight ==
						world.wanted[v][a].weight,
				"a crash changes nothing");
		}
	world_break(world.tells == 0, "of a crash nothing is told");
}

/* All wants that differ from those before are among the changed items. */
static void judge_changed(void)
{
	bool changed[SERVICES][PLACES] = { 0 };
	uint32_t item;

	while ((item = lvs_changed(&world.core)) != LVS_NONE) {
		struct lvs_want want;

		lvs_want(&world.core, item, &want);
		changed[want.service][place_of(&want.address)] = true;
	}
	for (unsigned v = 0; v < SERVICES; v++)
		for (unsigned a = 0; a < PLACES; a++) {
			struct entry want = world_want(v, a);

			world_break(
				changed[v][a] ||
					(want.present ==
						 world.wanted[v][a].present &&
					 want.weight ==
						 world.wanted[v][a].weight),
				"what has changed is said");
			world.wanted[v][a] = want;
		}
}

void rules_event(bool begins)
{
	for (unsigned v = 0; v < world_config()->lvs.service_count; v++) {
		bool was_in[ADDRESSES] = { 0 }, sorry;

		for (unsigned a = 0; a < ADDRESSES; a++) {
			struct seen *s = &world.seen[v][a];

			if (!config_of(v, a))
				continue;
			was_in[a] = s->candidate &&
				    (s->health == LVS_HEALTH_UP || s->held);
			judge_server(v, a, begins);
		}
		sorry = serves_sorry(v);
		judge_quorum(v);
		judge_panic(v, was_in, sorry);
		/* What is due comes first. */
		if (lvs_deadline(&world.core) > world.now)
			judge_wants(v);
	}
	if (begins && world.still)
		judge_flaps();
	if (begins)
		memset(world.wanted, 0, sizeof(world.wanted));
	judge_changed();
}

void rules_table(const struct entry before[SERVICES][PLACES])
{
	for (unsigned v = 0; v < world_config()->lvs.service_count; v++) {
		struct entry wants[PLACES];

		for (unsigned a = 0; a < PLACES; a++)
			wants[a] = world_want(v, a);
		world_break(!serves(before[v]) || !serves(wants) ||
				    serves(world.table[v]),
			    "the table is never empty in between");
	}
}

void rules_settled(void)
{
	for (unsigned v = 0; v < world_config()->lvs.service_count; v++)
		for (unsigned a = 0; a < PLACES; a++) {
			const struct lvs_server_config *c = config_of(v, a);
			const struct seen *s = &world.seen[v][a];
			struct entry e = expected(v, a);
			bool alive = true;

			world_break(world.table[v][a].present == e.present &&
					    world.table[v][a].weight ==
						    e.weight,
				    "at last the table is as it should be");
			if (!c)
				continue;
			for (uint32_t n = 0; n < c->follow_count; n++)
				alive &= world.alive[c->follows[n].check];
			world_break(s->health == (alive ? LVS_HEALTH_UP
							: LVS_HEALTH_DOWN),
				    "at last a server is as it really is");
			world_break(s->ramp == TICK_NEVER, "ramps end");
			world_break(s->order != LVS_ORDER_DRAINING ||
					    s->until == TICK_NEVER,
				    "drains end");
			world_break(alive || s->held || e.weight == 0 ||
					    place_of(&service_of(v)->sorry) ==
						    a,
				    "at last nobody dead serves");
		}
}
