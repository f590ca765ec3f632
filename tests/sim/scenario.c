/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios. A history has one to three rounds. In a round troubles come at
 * random moments; then everything heals, the LAN gets as long as the protocol
 * needs to settle (referee_settling), is judged, and must stay at rest.
 */
#include "scenario.h"

#include "base/must.h"

#include <string.h>

enum trouble {
	LOSS = 1 << 0,       /* and delay, reordering, duplication */
	CUT = 1 << 1,        /* one way, or between two halves */
	CRASH = 1 << 2,      /* and the way back */
	PAUSE = 1 << 3,      /* a daemon that is not scheduled */
	DRIFT = 1 << 4,      /* clocks of different speed */
	PRIORITY = 1 << 5,   /* changes of the effective priority */
	CONFIG = 1 << 6,     /* changes of everything else */
	INTERFACE = 1 << 7,  /* carrier, address, administratively down */
	SHUTDOWN = 1 << 8,   /* and startup */
	CORRUPT = 1 << 9,    /* flipped bits, wrong TTL */
	TIES = 1 << 10,      /* equal priorities, owners */
	HOLD = 1 << 11,      /* nopreempt and preempt_delay */
	MANY = 1 << 12,      /* up to three virtual routers */
	FORGED = 1 << 13,    /* well-formed packets that no router sent */
	INCUMBENT = 1 << 14, /* nopreempt everywhere; the first one stays */
	/* These play alone, on a LAN without any other fault. */
	PLANNED =
		1 << 15,  /* handovers, stops, starts: never without a holder */
	ADOPT = 1 << 16,  /* processes that die and are replaced */
	FREEZE = 1 << 17, /* daemons that sleep; their kernels hold leases */
	FORGERY = 1 << 18 /* one advertisement: 255, interval 40.95 s */
};

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
	{ "all", "everything at once",
	  LOSS | CUT | CRASH | PAUSE | DRIFT | PRIORITY | CONFIG | INTERFACE |
		  SHUTDOWN | CORRUPT | TIES | HOLD | MANY | FORGED },
};
const unsigned family_count = ARRAY_LENGTH(families);

#define TROUBLES_MAX 10 /* in one round */

struct play {
	struct lan *lan;
	struct prng *prng;
	struct referee referee;
	unsigned troubles;
	tick_t base; /* the LAN's usual interval */
	tick_t calm; /* the longest way of a packet when all is well */
};

unsigned family_of(uint64_t seed)
{
	return (unsigned)(seed % ARRAY_LENGTH(families));
}

static unsigned pick(struct play *p, unsigned count)
{
	return (unsigned)prng_range(p->prng, 0, (int64_t)count - 1);
}

static uint8_t draw_priority(struct play *p)
{
	static const uint8_t usual[] = { 50, 100, 100, 150, 200, 254 };

	if (p->troubles & TIES)
		return usual[pick(p, 5)];
	if (prng_chance(p->prng, 300))
		return usual[pick(p, ARRAY_LENGTH(usual))];
	return (uint8_t)prng_range(p->prng, 1, 254);
}

/* v2 speaks of whole seconds, and all must agree. */
static tick_t draw_interval(struct play *p, uint8_t version)
{
	if (version == 2 || prng_chance(p->prng, 700))
		return p->base;
	return p->base * prng_range(p->prng, 1, 4);
}

static void draw_config(struct play *p, unsigned group,
			struct vrrp_config *config)
{
	const struct vrrp_config *first = lan_config(p->lan, 0, group);
	tick_t interval;

	config->priority = draw_priority(p);
	if (p->troubles & TIES && prng_chance(p->prng, 200))
		config->priority = VRRP_PRIORITY_OWNER;
	config->interval = interval = draw_interval(p, config->version);
	if (config->version == 2 && p->lan->router[0].member[group].configured)
		config->interval = interval = first->interval;
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
	unsigned kind = pick(p, 3);
	struct vrrp_config config = {
		.family = kind == 2 ? IP_V6 : IP_V4,
		.version = kind == 0 && p->base % TICK_SECOND == 0 ? 2 : 3,
		.vrid = (uint8_t)(10 + group),
		.checksum = (enum vrrp_checksum)pick(p, 3),
		.address_count = (uint8_t)(1 + pick(p, LAN_ADDRESSES_MAX)),
	};

	lan_addresses(p->lan, group, config.family, config.address_count);
	for (unsigned i = 0; i < p->lan->router_count; i++) {
		draw_config(p, group, &config);
		lan_configure(p->lan, i, group, &config);
		p->referee.longest[group] =
			tick_max(p->referee.longest[group], config.interval);
		lan_say(p->lan,
			"r%u vrid %u v%u %s priority %u interval %lld us "
			"preempt %d delay %lld us",
			i + 1, config.vrid, config.version,
			ip_family_name(config.family), config.priority,
			(long long)(config.interval / TICK_MICROSECOND),
			config.preempt,
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
	p->base = bases[pick(p, ARRAY_LENGTH(bases))];
	p->calm = prng_chance(p->prng, 300) ? 0 : p->base / 50;
	routers = 2 + (prng_chance(p->prng, 500) ? 0 : pick(p, 4));
	groups = p->troubles & MANY ? 1 + pick(p, LAN_GROUPS_MAX) : 1;
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

/* ---- troubles ---- */

static void boot(struct play *p, unsigned router)
{
	referee_reset(&p->referee, router);
	lan_boot(p->lan, router);
}

static bool is_awake(const struct play *p, unsigned router)
{
	const struct lan_router *r = &p->lan->router[router];

	return r->powered && !r->paused;
}

static void trouble_loss(struct play *p)
{
	unsigned n = p->lan->router_count;
	struct lan_link *link = &p->lan->link[pick(p, n)][pick(p, n)];

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
	unsigned halves = pick(p, 1u << n);

	if (prng_chance(p->prng, 500)) {
		unsigned from = pick(p, n), to = pick(p, n);

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
		boot(p, router);
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
		      up ? (enum vrrp_interface)(1 + pick(p, 4))
			 : VRRP_INTERFACE_UP);
}

static void trouble_priority(struct play *p, unsigned router, unsigned group)
{
	if (is_awake(p, router))
		lan_priority(p->lan, router, group, draw_priority(p));
}

static void trouble_config(struct play *p, unsigned router, unsigned group)
{
	struct vrrp_config config = *lan_config(p->lan, router, group);

	if (!is_awake(p, router))
		return;
	draw_config(p, group, &config);
	/* For a while the members of a v2 group may disagree. */
	if (config.version == 2 && prng_chance(p->prng, 300))
		config.interval = p->base * prng_range(p->prng, 1, 2);
	config.phase = config.phase < config.interval ? config.phase : 0;
	lan_say(p->lan,
		"configure r%u vrid %u priority %u interval %lld us "
		"preempt %d delay %lld us",
		router + 1, config.vrid, config.priority,
		(long long)(config.interval / TICK_MICROSECOND), config.preempt,
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
	struct lan_link *link = &p->lan->link[pick(p, n)][pick(p, n)];

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
		.count = 1,
		.family = config->family,
		.interval = config->version == 2 ? config->interval : p->base,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = config->addresses[0].bytes,
	};
	struct lan_packet packet = { .ttl = VRRP_TTL };
	unsigned count = 1 + pick(p, 30);

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

static void trouble(struct play *p)
{
	unsigned router = pick(p, p->lan->router_count);
	unsigned group = pick(p, p->lan->group_count);
	unsigned kind;

	do
		kind = 1u << pick(p, 14);
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
	else if (kind == INTERFACE)
		trouble_interface(p, router);
	else if (kind == SHUTDOWN)
		trouble_shutdown(p, router, group);
	else if (kind == CORRUPT)
		trouble_corrupt(p);
	else
		trouble_forged(p, router, group);
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
			boot(p, i);
	}
	for (unsigned g = 0; g < p->lan->group_count; g++)
		agree(p, g);
}

static void settle_and_judge(struct play *p)
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
	unsigned count = 1 + pick(p, TROUBLES_MAX);

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
	settle_and_judge(p);
}

/* The routers start at different moments; half of the time at one. */
static void start_all(struct play *p)
{
	bool together = prng_chance(p->prng, 500);

	for (unsigned i = 0; i < p->lan->router_count; i++) {
		boot(p, i);
		if (!together)
			lan_run(p->lan, p->lan->now + prng_range(p->prng, 0,
								 4 * p->base));
	}
}

/*
 * nopreempt: once there is an Active, whatever joins, even with a higher
 * priority, it stays the Active.
 */
static void play_incumbent(struct play *p)
{
	int active;

	start_all(p);
	settle_and_judge(p);
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
	settle_and_judge(p);
	if (!p->referee.wrong && !p->lan->halted &&
	    referee_active(p->lan, 0) != active) {
		p->referee.wrong = "nopreempt, and yet the Active changed";
		p->referee.router = (unsigned)active;
	}
}

/* ---- plays of one kind ---- */

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

static void play_planned(struct play *p)
{
	no_low_priorities(p);
	start_all(p);
	settle_and_judge(p);
	p->referee.unbroken = true;
	for (unsigned n = 0; n < 10 && !p->lan->halted; n++) {
		int active = referee_active(p->lan, 0);
		unsigned who = pick(p, p->lan->router_count);

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
	settle_and_judge(p);
}

static void play_adopt(struct play *p)
{
	start_all(p);
	settle_and_judge(p);
	p->referee.quiet = true;
	for (unsigned n = 0; n < 20 && !p->lan->halted; n++) {
		unsigned who = pick(p, p->lan->router_count);

		lan_die(p->lan, who);
		lan_run(p->lan, p->lan->now + prng_range(p->prng, 0, p->base));
		lan_adopt(p->lan, who);
		referee_adopted(&p->referee, who);
		/* What they say is heard again before the next one dies. */
		lan_run(p->lan, p->lan->now + 2 * p->base +
					prng_range(p->prng, 0, 2 * p->base));
	}
	p->referee.quiet = false;
	/* Nothing changed; that is what was wanted. */
}

static void play_freeze(struct play *p)
{
	tick_t lease = prng_range(p->prng, 2, 6) * TICK_SECOND;
	tick_t longest = p->referee.longest[0];

	for (unsigned i = 0; i < p->lan->router_count; i++)
		p->lan->router[i].lease = lease;
	start_all(p);
	settle_and_judge(p);
	/*
	 * A lease; or, when both run, one advertisement, its way, a turn, and
	 * what an Active waits that leaves.
	 */
	p->referee.together = tick_max(lease, longest + 4 * p->calm +
						      100 * TICK_MILLISECOND) +
			      p->base / 10;
	for (unsigned n = 0; n < 6 && !p->lan->halted; n++) {
		unsigned who = pick(p, p->lan->router_count);
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
		settle_and_judge(p);
	}
}

/* One packet to everybody; then nobody serves, for seconds and not longer. */
static void play_forgery(struct play *p)
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

	start_all(p);
	settle_and_judge(p);
	/*
	 * In version 2 such an advertisement is dropped: nothing to see. And
	 * 40.95 s are no more than ten times 4.1 s: believed, as the RFC says.
	 */
	if (config->version == 2 || p->lan->halted ||
	    10 * p->referee.longest[0] >= VRRP_INTERVAL_MAX_V3)
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
	/* The own Active_Down_Interval, three questions, and what is late. */
	lan_run(p->lan, p->lan->now + 4 * p->referee.longest[0] +
				4 * 250 * TICK_MILLISECOND + p->base / 5);
	/* Which one it is, is not judged: a better one may believe it longer.
	 */
	if (!p->lan->halted && referee_active(p->lan, 0) < 0)
		p->referee.wrong = "a forged interval keeps the LAN dark";
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
	} else if (p.troubles & FORGERY) {
		play_forgery(&p);
	} else {
		start_all(&p);
		rounds = 1 + pick(&p, 3);
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
