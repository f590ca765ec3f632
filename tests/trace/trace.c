/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces: a scenario and its expected timeline, as text. The file's first
 * part says what is done and when; below the line "---" stands what must
 * happen, exactly, with time stamps. Nobody is late on this LAN, all clocks
 * are right, and packets take no time unless the file says so.
 *
 *   version 2|3             of the virtual router; default 3
 *   family ipv4|ipv6        default ipv4
 *   addresses N             default 1
 *   router NAME OPTION...   NAME is r1, r2, ... in this order; the options:
 *     priority N  interval T  preempt-delay T  nopreempt  phase T
 *     down-adverts N  lower-prio-no-advert  no-higher-prio-send-advert
 *     owner-ignore-adverts  strict  skip-check-adv-addr
 *     repeat N  delay T  refresh T  refresh-repeat N  gap T
 *     lower-repeat N  lower-delay T
 *   link T                  how long every packet is on its way
 *   at T COMMAND            start, stop, hand-over, crash, pause, resume, die,
 *                           adopt NAME (die: only the process, and another
 *                           one adopts what it left);
 *                           interface NAME up|down|missing|no-carrier|...
 *                           priority NAME N; track NAME good|bad;
 *                           configure NAME OPTION...
 *                           cut NAME NAME (both ways); join NAME NAME
 *                           forge NAME [priority N] [interval T] [from IP]
 *                           [addresses N] [times N] [ttl N] [break]
 *   until T                 the end
 *
 * T is a number with ns, us, ms or s. `trace --print FILE` prints what
 * happens instead of judging it.
 */
#include "timeline.h"

#include "base/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX  24
#define LINES_MAX  512
#define LINE_SIZE  256
#define TRACES_MAX 64

struct trace {
	const char *path;
	FILE *file;
	unsigned line; /* the number of the one being read */
	char text[LINE_SIZE];
	char *word[WORDS_MAX];
	unsigned words;
	unsigned next; /* word */
	struct vrrp_config defaults;
	struct lan *lan;
	unsigned routers;
	tick_t link;
	char *timeline; /* what happened */
	size_t timeline_size;
};

static void refuse(const struct trace *t, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", t->path, t->line, why);
	exit(2);
}

/* The next line that is not empty and not a comment, cut into words. */
static bool read_line(struct trace *t)
{
	t->words = 0;
	t->next = 0;
	while (t->words == 0) {
		char *rest = t->text;

		if (!fgets(t->text, LINE_SIZE, t->file))
			return false;
		t->line++;
		if (t->text[0] == '#')
			continue;
		for (char *w; (w = strtok(rest, " \t\n")) != NULL; rest = NULL)
			if (t->words < WORDS_MAX)
				t->word[t->words++] = w;
	}
	return true;
}

static const char *word(struct trace *t)
{
	if (t->next >= t->words)
		refuse(t, "a word is missing at the end of the line");
	return t->word[t->next++];
}

/* Takes the next word if it is that one. */
static bool take(struct trace *t, const char *wanted)
{
	if (t->next >= t->words || strcmp(t->word[t->next], wanted) != 0)
		return false;
	t->next++;
	return true;
}

static long number(struct trace *t, long low, long high)
{
	char *end;
	long n = strtol(word(t), &end, 10);

	if (*end || n < low || n > high)
		refuse(t, "not a number in the range");
	return n;
}

/* "3.609375s", "78125ns": decimals without rounding. */
static tick_t duration(struct trace *t)
{
	static const struct {
		const char *unit;
		tick_t length;
	} units[] = {
		{ "ns", 1 },
		{ "us", TICK_MICROSECOND },
		{ "ms", TICK_MILLISECOND },
		{ "s", TICK_SECOND },
	};
	char *at;
	tick_t whole = strtoll(word(t), &at, 10), part = 0, scale = 1;

	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++, scale *= 10)
			part = part * 10 + (*at - '0');
	for (unsigned i = 0; i < ARRAY_LENGTH(units); i++)
		if (strcmp(at, units[i].unit) == 0)
			return whole * units[i].length +
			       part * units[i].length / scale;
	refuse(t, "not a time: a number and ns, us, ms or s");
	return 0;
}

static unsigned router(struct trace *t)
{
	const char *name = word(t);
	unsigned n = name[0] == 'r' ? (unsigned)atoi(name + 1) : 0;

	if (n < 1 || n > t->routers)
		refuse(t, "no such router");
	return n - 1;
}

static void options(struct trace *t, struct vrrp_config *c)
{
	while (t->next < t->words) {
		if (take(t, "priority"))
			c->priority = (uint8_t)number(t, 1, 255);
		else if (take(t, "interval"))
			c->interval = duration(t);
		else if (take(t, "down-adverts"))
			c->down_timer_adverts = (uint8_t)number(t, 1, 100);
		else if (take(t, "strict"))
			c->strict = true;
		else if (take(t, "skip-check-adv-addr"))
			c->skip_check_adv_addr = true;
		else if (take(t, "owner-ignore-adverts"))
			c->owner_ignore_adverts = true;
		else if (take(t, "no-higher-prio-send-advert"))
			c->higher_prio_send_advert = false;
		else if (take(t, "lower-prio-no-advert"))
			c->lower_prio_no_advert = true;
		else if (take(t, "preempt-delay"))
			c->preempt_delay = duration(t);
		else if (take(t, "nopreempt"))
			c->preempt = false;
		else if (take(t, "phase"))
			c->phase = duration(t);
		else if (take(t, "repeat"))
			c->announce.repeat = (uint16_t)number(t, 0, 100);
		else if (take(t, "delay"))
			c->announce.delay = duration(t);
		else if (take(t, "refresh"))
			c->announce.refresh = duration(t);
		else if (take(t, "refresh-repeat"))
			c->announce.refresh_repeat =
				(uint16_t)number(t, 0, 100);
		else if (take(t, "gap"))
			c->announce.interval = duration(t);
		else if (take(t, "lower-repeat"))
			c->announce.lower_repeat = (uint16_t)number(t, 0, 100);
		else if (take(t, "lower-delay"))
			c->announce.lower_delay = duration(t);
		else
			refuse(t, "an unknown option");
	}
}

static void forge(struct trace *t, unsigned to)
{
	struct vrrp_config c = *lan_config(t->lan, to, 0);
	struct vrrp_advert advert = { .version = c.version,
				      .vrid = c.vrid,
				      .priority = c.priority,
				      .count = c.address_count > 0,
				      .family = c.family,
				      .interval = c.interval,
				      .checksum = VRRP_CHECKSUM_RFC5798,
				      .addresses = c.addresses[0].bytes };
	struct lan_packet packet = { .ttl = VRRP_TTL };
	bool broken = false;
	long times = 1;

	packet.source = lan_source(t->lan, LAN_ROUTERS_MAX - 1, c.family);
	while (t->next < t->words) {
		if (take(t, "priority"))
			advert.priority = (uint8_t)number(t, 0, 255);
		else if (take(t, "interval"))
			advert.interval = duration(t);
		else if (take(t, "addresses"))
			advert.count = (uint8_t)number(t, 0, LAN_ADDRESSES_MAX);
		else if (take(t, "times"))
			times = number(t, 1, 1000);
		else if (take(t, "ttl"))
			packet.ttl = (uint8_t)number(t, 0, 255);
		else if (take(t, "break"))
			broken = true;
		else if (!take(t, "from") || ip_parse(word(t), &packet.source))
			refuse(t, "an unknown word about a packet");
	}
	packet.destination = vrrp_group(c.family);
	packet.length = (uint8_t)vrrp_encode(&advert, &packet.source,
					     packet.bytes, LAN_MESSAGE_MAX);
	if (packet.length == 0)
		refuse(t, "no such packet can be");
	if (broken)
		packet.bytes[packet.length - 1] ^= 1;
	while (times--)
		lan_inject(t->lan, to, &packet, t->link);
}

static void interface(struct trace *t)
{
	unsigned who = router(t);

	if (take(t, "up"))
		lan_interface(t->lan, who, VRRP_INTERFACE_UP);
	else if (take(t, "down"))
		lan_interface(t->lan, who, VRRP_INTERFACE_DOWN);
	else if (take(t, "missing"))
		lan_interface(t->lan, who, VRRP_INTERFACE_MISSING);
	else if (take(t, "no-carrier"))
		lan_interface(t->lan, who, VRRP_INTERFACE_NO_CARRIER);
	else if (take(t, "no-source"))
		lan_interface(t->lan, who, VRRP_INTERFACE_NO_SOURCE);
	else
		refuse(t, "no such status of an interface");
}

static void cut(struct trace *t, bool how)
{
	unsigned a = router(t), b = router(t);

	lan_say(t->lan, "%s r%u r%u", how ? "cut" : "join", a + 1, b + 1);
	t->lan->link[a][b].cut = t->lan->link[b][a].cut = how;
}

static void configure(struct trace *t)
{
	unsigned who = router(t);
	struct vrrp_config c = *lan_config(t->lan, who, 0);

	options(t, &c);
	lan_say(t->lan, "configure r%u", who + 1);
	lan_reconfigure(t->lan, who, 0, &c);
}

/* start: the daemon if the machine is off, else the virtual router. */
static void start(struct trace *t)
{
	unsigned who = router(t);

	if (t->lan->router[who].powered)
		lan_startup(t->lan, who, 0);
	else
		lan_boot(t->lan, who);
}

static void command(struct trace *t)
{
	tick_t at = duration(t);

	if (at < t->lan->now)
		refuse(t, "time does not go back");
	/* What is due at that very moment comes after the command. */
	if (at > 0)
		lan_run(t->lan, at - 1);
	t->lan->now = at;
	if (take(t, "start"))
		start(t);
	else if (take(t, "stop"))
		lan_shutdown(t->lan, router(t), 0);
	else if (take(t, "crash"))
		lan_crash(t->lan, router(t));
	else if (take(t, "pause"))
		lan_pause(t->lan, router(t));
	else if (take(t, "resume"))
		lan_resume(t->lan, router(t));
	else if (take(t, "hand-over"))
		lan_handover(t->lan, router(t), 0);
	else if (take(t, "die"))
		lan_die(t->lan, router(t));
	else if (take(t, "adopt"))
		lan_adopt(t->lan, router(t));
	else if (take(t, "interface"))
		interface(t);
	else if (take(t, "cut"))
		cut(t, true);
	else if (take(t, "join"))
		cut(t, false);
	else if (take(t, "configure"))
		configure(t);
	else if (take(t, "priority")) {
		unsigned who = router(t);

		lan_priority(t->lan, who, 0, (uint8_t)number(t, 1, 254));
	} else if (take(t, "track")) {
		unsigned who = router(t);

		lan_track(t->lan, who, 0, take(t, "good") || !take(t, "bad"));
	} else if (take(t, "forge"))
		forge(t, router(t));
	else
		refuse(t, "an unknown command");
	if (t->next != t->words)
		refuse(t, "more words than expected");
}

static void add_router(struct trace *t)
{
	struct vrrp_config c = t->defaults;

	if (t->routers >= LAN_ROUTERS_MAX)
		refuse(t, "too many routers");
	t->routers++;
	if (router(t) != t->routers - 1)
		refuse(t, "routers are r1, r2, ... in this order");
	options(t, &c);
	lan_addresses(t->lan, 0, c.family, c.address_count);
	lan_configure(t->lan, t->routers - 1, 0, &c);
}

static void set_links(struct trace *t)
{
	t->link = duration(t);
	for (unsigned i = 0; i < LAN_ROUTERS_MAX; i++)
		for (unsigned j = 0; j < LAN_ROUTERS_MAX; j++)
			t->lan->link[i][j].delay_min =
				t->lan->link[i][j].delay_max = t->link;
}

/* Plays the first part; the file then stands below the "---". */
static void play(struct trace *t)
{
	struct timeline timeline = { 0 };

	timeline.out = open_memstream(&t->timeline, &t->timeline_size);
	lan_init(t->lan, 1, LAN_ROUTERS_MAX, 1);
	t->lan->punctual = true;
	lan_observe(t->lan, timeline_observer(&timeline));
	t->defaults = (struct vrrp_config){
		VRRP_CONFIG_DEFAULTS,
		.family = IP_V4,
		.version = 3,
		.vrid = 10,
		.priority = VRRP_PRIORITY_DEFAULT,
		.preempt = true,
		.checksum = VRRP_CHECKSUM_RFC5798,
		.interval = TICK_SECOND,
		.announce = { .repeat = 1 },
		.address_count = 1,
	};
	while (read_line(t) && !take(t, "---")) {
		if (take(t, "version"))
			t->defaults.version = (uint8_t)number(t, 2, 3);
		else if (take(t, "family"))
			t->defaults.family =
				strcmp(word(t), "ipv6") ? IP_V4 : IP_V6;
		else if (take(t, "addresses"))
			t->defaults.address_count =
				(uint8_t)number(t, 0, LAN_ADDRESSES_MAX);
		else if (take(t, "router"))
			add_router(t);
		else if (take(t, "link"))
			set_links(t);
		else if (take(t, "at"))
			command(t);
		else if (take(t, "until"))
			lan_run(t->lan, duration(t));
		else
			refuse(t, "an unknown word");
	}
	fclose(timeline.out);
}

/* Compares line by line; says where the first difference is. */
static bool judge(struct trace *t)
{
	char *happened = t->timeline;

	for (;;) {
		bool more = fgets(t->text, LINE_SIZE, t->file) != NULL;
		size_t length = strcspn(happened, "\n");

		t->line++;
		if (!more && *happened == '\0')
			return true;
		if (more && t->text[0] == '#')
			continue;
		t->text[more ? strcspn(t->text, "\n") : 0] = '\0';
		if (strlen(t->text) != length ||
		    memcmp(t->text, happened, length) != 0) {
			printf("# %s:%u: expected\n#   %s\n# but it was\n"
			       "#   %.*s\n",
			       t->path, t->line, more ? t->text : "(the end)",
			       (int)length, happened);
			return false;
		}
		happened += length + (happened[length] == '\n');
	}
}

static bool run(const char *path, struct lan *lan, bool print)
{
	struct trace t = { .path = path, .lan = lan };
	bool good = true;

	t.file = fopen(path, "r");
	if (!t.file)
		refuse(&t, "cannot be opened");
	play(&t);
	if (print)
		fputs(t.timeline, stdout);
	else
		good = judge(&t);
	fclose(t.file);
	free(t.timeline);
	return good;
}

int main(int argc, char **argv)
{
	bool print = argc > 1 && strcmp(argv[1], "--print") == 0;
	struct lan *lan = malloc(sizeof(*lan));
	bool failed = false;
	int first = print ? 2 : 1;

	if (!lan || argc <= first) {
		fprintf(stderr, "usage: trace [--print] FILE...\n");
		return 2;
	}
	if (!print)
		printf("TAP version 13\n1..%d\n", argc - first);
	for (int i = first; i < argc; i++) {
		const char *name = strrchr(argv[i], '/');
		bool good = run(argv[i], lan, print);

		failed |= !good;
		if (!print)
			printf("%sok %d - %s\n", good ? "" : "not ",
			       i - first + 1, name ? name + 1 : argv[i]);
	}
	free(lan);
	return failed;
}
