/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios. A history has one to three rounds. In a round troubles come at
 * random moments; then everything heals, the LAN gets as long as the protocol
 * needs to settle (referee_settling), is judged, and must stay at rest.
 */
#include "scenario.h"

#include "play.h"

#include "base/must.h"

const struct family families[] = {
	{ "calm", "nothing but start, stop and time", SHUTDOWN },
	{ "loss", "loss, delay, reordering, duplication", LOSS },
	{ "cuts", "one-way cuts and partitions", CUT | LOSS },
	{ "crash", "routers that die and come back", CRASH },
	{ "pause", "daemons that sleep and wake up", PAUSE | LOSS },
	{ "drift", "clocks that differ by percents", DRIFT | LOSS },
	{ "priority", "effective priorities that change", PRIORITY | TIES },
	{ "config", "intervals, preempt, delays that change", CONFIG | HOLD },
	{ "interface", "interfaces that go and return", INTERFACE },
	{ "ties", "equal priorities and several owners", TIES | CUT | CRASH },
	{ "hold", "nopreempt and preempt_delay", HOLD | CRASH | SHUTDOWN },
	{ "incumbent", "nopreempt: who is Active stays it",
	  INCUMBENT | SHUTDOWN },
	{ "corrupt", "flipped bits and forged packets",
	  CORRUPT | FORGED | LOSS },
	{ "many", "several virtual routers on one LAN",
	  MANY | LOSS | CRASH | SHUTDOWN | INTERFACE },
	{ "planned", "a planned change leaves no instant without a holder",
	  PLANNED | HOLD },
	{ "adopt", "a process that dies and is replaced: nobody notices",
	  ADOPT },
	{ "freeze", "who is frozen loses the addresses with its lease",
	  FREEZE },
	{ "forgery", "a forged interval of 40.95 s costs seconds, not minutes",
	  FORGERY },
	{ "forger", "two forged packets a minute: two Active_Down_Intervals",
	  FORGER | TIES | HOLD },
	{ "split", "two halves become one: the winner has the last word",
	  SPLIT },
	{ "all", "everything at once",
	  LOSS | CUT | CRASH | PAUSE | DRIFT | PRIORITY | CONFIG | INTERFACE |
		  SHUTDOWN | CORRUPT | TIES | HOLD | MANY | FORGED },
};
const unsigned family_count = ARRAY_LENGTH(families);

#define TROUBLES_MAX 10 /* in one round */

unsigned family_of(uint64_t seed)
{
	return (unsigned)(seed % ARRAY_LENGTH(families));
}

unsigned play_pick(struct play *p, unsigned count)
{
	return (unsigned)prng_range(p->prng, 0, (int64_t)count - 1);
}

uint8_t play_priority(struct play *p)
{
	static const uint8_t usual[] = { 50, 100, 100, 150, 200, 254 };

	if (p->troubles & TIES)
		return usual[play_pick(p, 5)];
	if (prng_chance(p->prng, 300))
		return usual[play_pick(p, ARRAY_LENGTH(usual))];
	return (uint8_t)prng_range(p->prng, 1, 254);
}

/* Where nobody is ever late, Skew_Time alone tells the routers apart. */
static bool is_exact(const struct play *p)
{
	for (unsigned i = 0; i < p->lan->router_count; i++)
		if (p->lan->router[i].late > 0)
			return false;
	return p->calm == 0 && !(p->troubles & DRIFT);
}

/*
 * Where one is all that Backups wait for, all members must know it, or some
 * would advertise too late for the others. Plays that promise something need
 * three, since up to two intervals pass without an advertisement, and members
 * that agree.
 */
static uint8_t draw_adverts(struct play *p, unsigned group)
{
	const struct lan_member *first = &p->lan->router[0].member[group];
	uint8_t agreed = lan_config(p->lan, 0, group)->down_timer_adverts;
	int64_t least = p->troubles & ALONE ? 3 : is_exact(p) ? 1 : 2;

	if (first->configured) {
		if (p->troubles & ALONE || agreed == 1)
			return agreed;
		least = tick_max(least, 2);
	}
	if (prng_chance(p->prng, 700))
		return 3;
	return (uint8_t)prng_range(p->prng, least, 6);
}

/* v2 speaks of whole seconds, and all must agree. */
static tick_t draw_interval(struct play *p, uint8_t version)
{
	if (version == 2 || prng_chance(p->prng, 700))
		return p->base;
	return p->base * prng_range(p->prng, 1, 4);
}

void play_config(struct play *p, unsigned group, struct vrrp_config *config)
{
	const struct vrrp_config *first = lan_config(p->lan, 0, group);
	tick_t interval;

	config->priority = play_priority(p);
	if (p->troubles & TIES && prng_chance(p->prng, 200))
		config->priority = VRRP_PRIORITY_OWNER;
	config->interval = interval = draw_interval(p, config->version);
	if (config->version == 2 && p->lan->router[0].member[group].configured)
		config->interval = interval = first->interval;
	config->down_timer_adverts = draw_adverts(p, group);
	config->preempt = true;
	config->preempt_delay = 0;
	if (p->troubles & HOLD) {
		config->preempt = prng_chance(p->prng, 600);
		if (prng_chance(p->prng, 400))
			config->preempt_delay =
				prng_range(p->prng, 1, 8 * p->base);
	}
	if (p->troubles & INCUMBENT)
		config->preempt = false;
	config->lower_prio_no_advert = prng_chance(p->prng, 200);
	config->higher_prio_send_advert = prng_chance(p->prng, 800);
	config->owner_ignore_adverts = prng_chance(p->prng, 200);
	config->strict = prng_chance(p->prng, 200);
	config->skip_check_adv_addr = prng_chance(p->prng, 300);
	config->phase = prng_chance(p->prng, 300)
				? prng_range(p->prng, 0, interval - 1)
				: 0;
	config->announce = (struct vrrp_announce_config){
		.repeat = (uint16_t)prng_range(p->prng, 0, 3),
		.interval = prng_range(p->prng, 0, p->base / 4),
		.delay = prng_chance(p->prng, 500) ? 2 * p->base : 0,
		.refresh = prng_chance(p->prng, 200) ? 5 * p->base : 0,
		.refresh_repeat = 1,
		.lower_repeat = (uint16_t)prng_range(p->prng, 0, 2),
		.lower_delay = prng_chance(p->prng, 300) ? p->base : 0,
	};
}

/* Version, family, VRID and addresses: what a group's members share. */
static void build_group(struct play *p, unsigned group)
{
	unsigned kind = play_pick(p, 3);
	struct vrrp_config config = {
		.family = kind == 2 ? IP_V6 : IP_V4,
		.version = kind == 0 && p->base % TICK_SECOND == 0 ? 2 : 3,
		.vrid = (uint8_t)(10 + group),
		.checksum = (enum vrrp_checksum)play_pick(p, 3),
		.address_count = (uint8_t)(1 + play_pick(p, LAN_ADDRESSES_MAX)),
	};

	if (prng_chance(p->prng, 100))
		config.address_count = 0;

	lan_addresses(p->lan, group, config.family, config.address_count);
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		play_config(p, group, &config);
		lan_configure(p->lan, i, group, &config);
		referee_allow(&p->referee, group, &config);
		lan_say(p->lan,
			"r%u vrid %u v%u %s priority %u interval %lld us "
			"adverts %u preempt %d delay %lld us",
			i + 1, config.vrid, config.version,
			ip_family_name(config.family), config.priority,
			(long long)(config.interval / TICK_MICROSECOND),
			config.down_timer_adverts, config.preempt,
			(long long)(config.preempt_delay / TICK_MICROSECOND));
	}
}

static void calm_links(struct play *p)
{
	for (unsigned i = 0; i < p->lan->router_count; i++)
		for (unsigned j = 0; j < p->lan->router_count; j++)
			p->lan->link[i][j] = (struct lan_link){
				.delay_max = p->calm,
			};
}

static void build(struct play *p, uint64_t seed)
{
	static const tick_t bases[] = {
		TICK_CENTISECOND, 10 * TICK_CENTISECOND, 50 * TICK_CENTISECOND,
		TICK_SECOND,      TICK_SECOND,           2 * TICK_SECOND,
	};
	unsigned routers, groups;

	*p->prng = prng_seed(seed);
	p->base = bases[play_pick(p, ARRAY_LENGTH(bases))];
	p->calm = prng_chance(p->prng, 300) ? 0 : p->base / 50;
	routers = 2 + (prng_chance(p->prng, 500) ? 0 : play_pick(p, 4));
	groups = p->troubles & MANY ? 1 + play_pick(p, LAN_GROUPS_MAX) : 1;
	p->lan->router_count = routers;
	p->lan->group_count = groups;
	calm_links(p);
	for (unsigned i = 0; i < routers; i++) {
		struct lan_router *r = &p->lan->router[i];

		if (p->troubles & DRIFT)
			r->drift_ppm = prng_range(p->prng, -30000, 30000);
		r->offset = prng_range(p->prng, 0, 100 * TICK_SECOND);
		r->late = prng_chance(p->prng, 500)
				  ? 0
				  : prng_range(p->prng, 0, p->base / 50);
	}
	for (unsigned g = 0; g < groups; g++)
		build_group(p, g);
}

void play_boot(struct play *p, unsigned router)
{
	referee_reset(&p->referee, router);
	lan_boot(p->lan, router);
}

/* ---- a round ---- */

/* v2 routers that disagree about the interval never hear each other. */
static void agree(struct play *p, unsigned group)
{
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		struct vrrp_config config = *lan_config(p->lan, i, group);

		if (config.version != 2 || config.interval == p->base)
			continue;
		config.interval = p->base;
		config.phase = 0;
		lan_say(p->lan, "configure r%u interval %lld us", i + 1,
			(long long)(p->base / TICK_MICROSECOND));
		if (p->lan->router[i].powered)
			lan_reconfigure(p->lan, i, group, &config);
		else
			lan_configure(p->lan, i, group, &config);
	}
}

/* Nothing bad happens any more; who is dead or down may stay so. */
static void heal(struct play *p)
{
	lan_say(p->lan, "heal");
	calm_links(p);
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		struct lan_router *r = &p->lan->router[i];

		if (r->paused)
			lan_resume(p->lan, i);
		if (r->nic != VRRP_INTERFACE_UP && prng_chance(p->prng, 700))
			lan_interface(p->lan, i, VRRP_INTERFACE_UP);
		if (!r->powered && prng_chance(p->prng, 700))
			play_boot(p, i);
	}
	for (unsigned g = 0; g < p->lan->group_count; g++)
		agree(p, g);
}

void play_settle(struct play *p)
{
	tick_t wait = 0;

	/* What was sent before still arrives, and may mislead. */
	lan_run(p->lan, lan_last_arrival(p->lan) + p->calm);
	for (unsigned g = 0; g < p->lan->group_count; g++)
		wait = tick_max(wait, referee_settling(&p->referee, p->lan, g));
	lan_run(p->lan, p->lan->now + wait);
	if (p->lan->halted)
		return;
	lan_say(p->lan, "judge");
	for (unsigned g = 0; g < p->lan->group_count; g++)
		referee_judge(&p->referee, p->lan, g);
	p->referee.quiet = true;
	lan_run(p->lan, p->lan->now + 8 * p->base);
	p->referee.quiet = false;
}

static void one_round(struct play *p, tick_t length)
{
	tick_t at[TROUBLES_MAX];
	unsigned count = 1 + play_pick(p, TROUBLES_MAX);

	for (unsigned i = 0; i < count; i++) {
		unsigned j = i;

		at[i] = prng_range(p->prng, 0, length);
		for (; j > 0 && at[j] < at[j - 1]; j--) {
			tick_t t = at[j];

			at[j] = at[j - 1];
			at[j - 1] = t;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		tick_t next = i + 1 < count ? at[i + 1] - at[i] : 0;

		trouble(p);
		lan_run(p->lan, p->lan->now + next);
	}
	heal(p);
	play_settle(p);
}

/* The routers start at different moments; half of the time at one. */
void play_start_all(struct play *p)
{
	bool together = prng_chance(p->prng, 500);

	for (unsigned i = 0; i < p->lan->router_count; i++) {
		play_boot(p, i);
		if (!together)
			lan_run(p->lan, p->lan->now + prng_range(p->prng, 0,
								 4 * p->base));
	}
}

struct verdict scenario_play(struct lan *lan, uint64_t seed,
			     const struct lan_observer *watcher)
{
	struct play p = { .lan = lan, .prng = &lan->prng, .referee.lan = lan };
	unsigned rounds;

	p.troubles = families[family_of(seed)].troubles;
	lan_init(lan, seed, LAN_ROUTERS_MAX, LAN_GROUPS_MAX);
	if (watcher)
		lan_observe(lan, *watcher);
	lan_observe(lan, referee_observer(&p.referee));
	build(&p, seed);
	if (p.troubles & INCUMBENT) {
		play_incumbent(&p);
	} else if (p.troubles & PLANNED) {
		play_planned(&p);
	} else if (p.troubles & ADOPT) {
		play_adopt(&p);
	} else if (p.troubles & FREEZE) {
		play_freeze(&p);
	} else if (p.troubles & SPLIT) {
		play_split(&p);
	} else if (p.troubles & FORGERY) {
		play_forgery(&p);
	} else if (p.troubles & FORGER) {
		play_forger(&p);
	} else {
		play_start_all(&p);
		rounds = 1 + play_pick(&p, 3);
		for (unsigned i = 0; i < rounds && !p.referee.wrong; i++)
			one_round(&p, prng_range(p.prng, p.base, 20 * p.base));
	}
	return (struct verdict){
		.wrong = p.referee.wrong,
		.router = p.referee.router,
		.group = p.referee.group,
		.at = lan->now,
		.steps = lan->steps,
		.changes = p.referee.changes,
	};
}
