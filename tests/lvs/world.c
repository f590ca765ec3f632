/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include "base/must.h"

#include <string.h>

const char *const move_names[MOVES] = {
	[MOVE_STARTS] = "lvs starts",
	[MOVE_CHECK_STARTS] = "check starts",
	[MOVE_WRITE] = "an entry of the table is changed",
	[MOVE_READ] = "lvs reads the verdict of check",
	[MOVE_RUN] = "it runs: check",
	[MOVE_TIME] = "the next deadline",
	[MOVE_FLIP] = "dies, or comes back: what is found by check",
	[MOVE_ADD] = "adds to the weight: check",
	[MOVE_LOCAL] = "cannot be run: check",
	[MOVE_DIES] = "lvs dies",
	[MOVE_CHECK_DIES] = "check dies",
	[MOVE_BOOK_LOST] = "check dies, and its book is lost",
	[MOVE_RELOAD] = "a reload, to configuration",
	[MOVE_DRAIN] = "an operator drains server",
	[MOVE_DISABLE] = "an operator disables server",
	[MOVE_ENABLE] = "an operator enables server",
	[MOVE_WEIGH] = "an operator weighs server",
	[MOVE_EMPTIES] = "has no connections left: server",
};

struct world world;

static bool write_entry(void);
bool (*world_writer)(void) = write_entry;

void world_break(bool good, const char *rule)
{
	if (!good && !world.broken)
		world.broken = rule;
}

static bool take(uint8_t *budget)
{
	if (*budget == 0)
		return false;
	--*budget;
	return true;
}

const struct plan_config *world_config(void)
{
	return &world.plan->configs[world.config];
}

static unsigned address_of(const struct ip *ip)
{
	return ip->bytes[3] - 1u;
}

uint32_t world_server(unsigned service, unsigned address)
{
	const struct lvs_config *c = &world_config()->lvs;
	uint32_t number = 0;

	for (unsigned v = 0; v < c->service_count; v++)
		for (unsigned s = 0; s < c->services[v].server_count; s++) {
			const struct ip *ip =
				&c->services[v].servers[s].address;

			if (v == service && address_of(ip) == address)
				return number;
			number++;
		}
	return LVS_NONE;
}

struct entry world_want(unsigned service, unsigned place)
{
	struct entry found = { 0 };

	if (service >= world_config()->lvs.service_count)
		return found;
	for (uint32_t item = lvs_first(&world.core, service); item != LVS_NONE;
	     item = lvs_next(&world.core, item)) {
		struct lvs_want want;

		lvs_want(&world.core, item, &want);
		if (address_of(&want.address) != place || !want.present)
			continue;
		world_break(!found.present, "one entry is wanted once");
		found = (struct entry){ true, want.weight };
	}
	return found;
}

/* ---- the process lvs ---- */

static void tell(void *context, const struct lvs_told *told)
{
	rules_told(told);
}

static void save(void)
{
	const struct lvs_config *c = &world_config()->lvs;

	memset(world.records, 0, sizeof(world.records));
	for (uint32_t v = 0; v < c->service_count; v++) {
		lvs_save_service(&world.core, v, &world.service_records[v]);
		for (uint32_t item = lvs_first(&world.core, v);
		     item < world.core.server_count + world.core.leaving_count;
		     item = lvs_next(&world.core, item)) {
			struct lvs_want want;
			struct record *r;

			lvs_want(&world.core, item, &want);
			r = &world.records[v][address_of(&want.address)];
			if (world.core.servers[item].leaves && !want.present)
				continue;
			r->used = true;
			lvs_save_server(&world.core, item, &r->saved);
		}
	}
}

/* After each thing that happens to the core. */
static void happened(bool begins)
{
	rules_event(begins);
	save();
	world.tells = 0;
}

static struct lvs_verdict verdict_of(unsigned check)
{
	return (struct lvs_verdict){
		.state = world.book[check].state,
		.weighs = world.book_adds[check] ? LVS_WEIGHS_ADD
						 : LVS_WEIGHS_NOT,
		.value = world.book_adds[check],
	};
}

static bool same(const struct lvs_verdict *a, const struct lvs_verdict *b)
{
	return a->state == b->state && a->value == b->value;
}

bool world_is_read(void)
{
	for (unsigned n = 0; n < CHECKS; n++) {
		struct lvs_verdict v = verdict_of(n);

		if (!same(&v, &world.read[n]) &&
		    (v.state != LVS_CHECK_NOT_YET || world.read[n].value != 0))
			return false;
	}
	return true;
}

static bool read_verdict(unsigned check)
{
	struct lvs_verdict v = verdict_of(check);

	if (v.state == LVS_CHECK_NOT_YET || same(&v, &world.read[check]))
		return false;
	world.read[check] = v;
	lvs_verdict(&world.core, world.now, check, &v);
	return true;
}

static void start(bool reloads)
{
	const struct lvs_config *c = &world_config()->lvs;
	const struct lvs_sink sink = { tell, &world };

	MUST(lvs_memory(c) <= MEMORY);
	for (unsigned v = c->service_count; v < SERVICES; v++)
		world.service_records[v] = (struct lvs_saved_service){ 0 };
	rules_adopts(reloads);
	memset(world.memory, 0, MEMORY);
	memset(world.read, 0, sizeof(world.read));
	lvs_init(&world.core, c, &sink, world.memory);
	world.lvs_lives = true;
	for (uint32_t v = 0; v < c->service_count; v++)
		lvs_adopt_service(&world.core, v, &world.service_records[v],
				  sizeof(world.service_records[v]));
	for (uint32_t v = 0; v < c->service_count; v++)
		for (unsigned a = 0; a < ADDRESSES; a++) {
			const struct record *r = &world.records[v][a];
			const uint8_t bytes[4] = { 10, 0, 0, (uint8_t)(a + 1) };
			struct ip ip = ip_from_bytes(IP_V4, bytes);

			if (r->used)
				lvs_adopt_server(&world.core, world.now, v, &ip,
						 80, &r->saved,
						 sizeof(r->saved));
		}
	for (unsigned n = 0; n < CHECKS; n++)
		read_verdict(n);
	lvs_begin(&world.core, world.now);
	happened(true);
}

/*
 * The next change of the table, in the order of the train: what is new, what is
 * raised, what is lowered, what goes.
 */
static bool write_entry(void)
{
	struct entry before[SERVICES][PLACES];

	memcpy(before, world.table, sizeof(before));
	for (unsigned turn = 0; turn < 4; turn++)
		for (unsigned n = 0; n < SERVICES * PLACES; n++) {
			unsigned v = n / PLACES, a = n % PLACES;
			struct entry want = world_want(v, a);
			struct entry *is = &world.table[v][a];
			unsigned kind = want.present && !is->present ? 0
					: !want.present              ? 3
					: want.weight > is->weight   ? 1
								     : 2;

			if (kind != turn || (want.present == is->present &&
					     want.weight == is->weight))
				continue;
			*is = want;
			rules_table(before);
			return true;
		}
	return false;
}

/* ---- the process check ---- */

static void check_starts(void)
{
	for (unsigned n = 0; n < CHECKS; n++) {
		struct lvs_check *c = &world.checks[n];

		lvs_check_adopt(c, &world_config()->times, n * 1000003u,
				&world.book[n], world.now);
		/* What was due meanwhile, and a retry, have no phase. */
		if (lvs_check_due(c) <= world.now || world.book[n].tries > 0)
			world.ran[n] = lvs_check_due(c);
		world.book[n] = *c;
	}
	world.check_lives = true;
}

static void lose_book(void)
{
	memset(world.book, 0, sizeof(world.book));
	memset(world.book_adds, 0, sizeof(world.book_adds));
	for (unsigned n = 0; n < CHECKS; n++) {
		world.book[n].next = TICK_NEVER;
		world.book[n].began = TICK_NEVER;
		world.book[n].local_since = TICK_NEVER;
		world.ran[n] = TICK_NEVER;
	}
}

/* What is at its phase stays at it, whatever has happened since. */
static void rule_of_phase(unsigned n, tick_t due)
{
	const struct lvs_check *c = &world.checks[n];
	tick_t interval = c->times->interval;

	if (c->state == LVS_CHECK_NOT_YET || c->tries > 0 ||
	    world.ran[n] == due)
		return;
	world_break(due % interval == lvs_check_phase(n * 1000003u, interval),
		    "a check runs at its phase");
}

static bool run(unsigned n, bool local)
{
	struct lvs_check *c = &world.checks[n];
	tick_t due = lvs_check_due(c);

	if (!world.check_lives)
		return false;
	if (!world.plan->timeless) {
		world.now = tick_max(world.now, due);
		rule_of_phase(n, due);
		world.ran[n] = due;
	}
	lvs_check_begin(c, world.now);
	lvs_check_end(c, world.now,
		      local            ? LVS_RESULT_LOCAL
		      : world.alive[n] ? LVS_RESULT_GOOD
				       : LVS_RESULT_BAD);
	world.book[n] = *c;
	if (!local)
		world.book_adds[n] = world.adds[n];
	return true;
}

/* ---- moves ---- */

static bool is_due(unsigned n)
{
	return world.check_lives &&
	       (world.plan->timeless ||
		lvs_check_due(&world.checks[n]) <= world.now);
}

static bool time_comes(void)
{
	if (!world.lvs_lives || lvs_deadline(&world.core) == TICK_NEVER)
		return false;
	world.now = tick_max(world.now, lvs_deadline(&world.core));
	lvs_time(&world.core, world.now);
	happened(false);
	return true;
}

static bool order(struct move move)
{
	unsigned v = move.a / ADDRESSES, a = move.a % ADDRESSES;
	uint32_t server = world_server(v, a);
	struct seen *s = &world.seen[v][a];
	uint8_t *budget = move.type == MOVE_WEIGH ? &world.budget.weights
						  : &world.budget.orders;
	tick_t until =
		move.b < 0 ? TICK_NEVER : world.now + move.b * TICK_SECOND;

	if (!world.lvs_lives || server == LVS_NONE || !take(budget))
		return false;
	switch (move.type) {
	case MOVE_DRAIN:
		if (s->order == LVS_ORDER_NONE ||
		    s->order == LVS_ORDER_DRAINING) {
			s->order = LVS_ORDER_DRAINING;
			s->until = until;
		} else {
			s->order = LVS_ORDER_DRAINED;
		}
		lvs_drain(&world.core, world.now, server, until);
		break;
	case MOVE_DISABLE:
		s->order = LVS_ORDER_DISABLED;
		lvs_disable(&world.core, world.now, server);
		break;
	case MOVE_ENABLE:
		s->order = LVS_ORDER_NONE;
		lvs_enable(&world.core, world.now, server);
		break;
	case MOVE_WEIGH:
		s->ordered = move.b;
		lvs_set_weight(&world.core, world.now, server, move.b);
		break;
	default:
		return false;
	}
	happened(false);
	return true;
}

/* Its connections have ended, which is counted with weight 0 in the table. */
static bool empties(unsigned v, unsigned a)
{
	struct seen *s = &world.seen[v][a];
	uint32_t last = world.core.server_count + world.core.leaving_count;

	if (!world.lvs_lives || v >= world_config()->lvs.service_count ||
	    s->order != LVS_ORDER_DRAINING || world.table[v][a].weight > 0)
		return false;
	for (uint32_t item = lvs_first(&world.core, v); item < last;
	     item = lvs_next(&world.core, item)) {
		struct lvs_want want;

		lvs_want(&world.core, item, &want);
		if (address_of(&want.address) != a)
			continue;
		lvs_connections(&world.core, item, 1);
		world_break(s->order == LVS_ORDER_DRAINING,
			    "what has connections drains");
		lvs_connections(&world.core, item, 0);
		world_break(s->order == LVS_ORDER_DRAINED,
			    "what has no connections has drained");
		happened(false);
		return true;
	}
	return false;
}

static bool reload(unsigned to)
{
	if (to >= world.plan->config_count || to == world.config ||
	    !take(&world.budget.reloads))
		return false;
	world.config = (uint8_t)to;
	world.check_lives = false;
	world.lvs_lives = false;
	check_starts();
	start(true);
	return true;
}

static bool move_process(struct move move)
{
	switch (move.type) {
	case MOVE_STARTS:
		if (world.lvs_lives)
			return false;
		start(false);
		return true;
	case MOVE_CHECK_STARTS:
		if (world.check_lives)
			return false;
		check_starts();
		return true;
	case MOVE_WRITE:
		return world.lvs_lives && world_writer();
	case MOVE_READ:
		if (!world.lvs_lives || !read_verdict(move.a))
			return false;
		happened(false);
		return true;
	case MOVE_RUN:
		return run(move.a, false);
	case MOVE_TIME:
		return time_comes();
	case MOVE_DIES:
		if (!world.lvs_lives || !take(&world.budget.lvs_deaths))
			return false;
		world.lvs_lives = false;
		return true;
	case MOVE_CHECK_DIES:
	case MOVE_BOOK_LOST:
		if (!world.check_lives ||
		    !take(move.type == MOVE_CHECK_DIES
				  ? &world.budget.check_deaths
				  : &world.budget.lost_books))
			return false;
		world.check_lives = false;
		if (move.type == MOVE_BOOK_LOST)
			lose_book();
		return true;
	default:
		return false;
	}
}

bool world_move(struct move move)
{
	switch (move.type) {
	case MOVE_FLIP:
		if (!take(&world.budget.flips))
			return false;
		world.alive[move.a] = !world.alive[move.a];
		return true;
	case MOVE_ADD:
		if (world.adds[move.a] == move.b || !take(&world.budget.steps))
			return false;
		world.adds[move.a] = move.b;
		return true;
	case MOVE_LOCAL:
		return is_due(move.a) && take(&world.budget.local) &&
		       run(move.a, true);
	case MOVE_RELOAD:
		return reload(move.a);
	case MOVE_DRAIN:
	case MOVE_DISABLE:
	case MOVE_ENABLE:
	case MOVE_WEIGH:
		return order(move);
	case MOVE_EMPTIES:
		return empties(move.a / ADDRESSES, move.a % ADDRESSES);
	default:
		return move_process(move);
	}
}

void world_kill(void)
{
	world.lvs_lives = false;
}

unsigned world_choices(enum move_type type)
{
	switch ((unsigned)type) {
	case MOVE_READ:
	case MOVE_RUN:
	case MOVE_FLIP:
	case MOVE_ADD:
	case MOVE_LOCAL:
		return world.plan->checks;
	case MOVE_RELOAD:
		return world.plan->config_count;
	case MOVE_DRAIN:
	case MOVE_DISABLE:
	case MOVE_ENABLE:
	case MOVE_WEIGH:
	case MOVE_EMPTIES:
		return SERVICES * ADDRESSES;
	default:
		return 1;
	}
}

tick_t world_due(void)
{
	tick_t due = TICK_NEVER;

	if (world.lvs_lives)
		due = lvs_deadline(&world.core);
	for (unsigned n = 0; n < CHECKS && world.check_lives; n++)
		due = tick_min(due, lvs_check_due(&world.checks[n]));
	return due;
}

void world_begin(const struct plan *plan)
{
	memset(&world, 0, sizeof(world));
	world.plan = plan;
	world.budget = plan->budget;
	world.now = 1000 * TICK_SECOND;
	for (unsigned n = 0; n < CHECKS; n++)
		world.alive[n] = true;
	lose_book();
	memset(world.seen, 0, sizeof(world.seen));
	check_starts();
	start(true);
}

/* Whatever waits is done, then time goes on; for so many rounds. */
#define SETTLE_ROUNDS   24
#define SETTLE_TIMELESS 3

void world_settles(void)
{
	unsigned rounds =
		world.plan->timeless ? SETTLE_TIMELESS : SETTLE_ROUNDS;

	for (; rounds > 0 && !world.broken; rounds--) {
		world_move((struct move){ MOVE_STARTS, 0, 0 });
		world_move((struct move){ MOVE_CHECK_STARTS, 0, 0 });
		for (unsigned n = 0; n < world.plan->checks && !world.broken;
		     n++) {
			/* Each as often as its retries need. */
			if (world.check_lives)
				run(n, false);
			world_move((struct move){ MOVE_READ, (uint8_t)n, 0 });
		}
		while (!world.broken && world.lvs_lives &&
		       lvs_deadline(&world.core) <= world.now)
			time_comes();
		while (!world.broken && world.lvs_lives && world_writer())
			;
	}
	while (!world.broken && lvs_deadline(&world.core) != TICK_NEVER)
		time_comes();
	while (!world.broken && world_writer())
		;
	if (!world.broken)
		rules_settled();
}
