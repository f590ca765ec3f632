/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person reads: the server's pages put through the views. */
#include "ctl/growing.h"
#include "ctl/page.h"
#include "ctl/view.h"
#include "ctl_fixture.h"
#include "sys/clock.h"

#include <errno.h>
#include <linux/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fixture f;
static struct view v;

static int begin(void **state)
{
	setenv("TZ", "UTC", 1);
	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	v = (struct view){ .out = growing_text() };
	return 0;
}

static int end(void **state)
{
	growing_free(&v.out);
	fixture_end(&f);
	return 0;
}

/* All of a page, as the client has it. */
static json_t *whole(struct page *page)
{
	struct text all = growing_text();
	char piece[777];
	json_t *json;
	ssize_t got;

	while ((got = page_fill(page, piece, sizeof(piece))) > 0)
		text_add(&all, piece, (size_t)got);
	assert_int_equal(got, PAGE_FILL_END);
	json = view_read(all.bytes, all.length);
	assert_non_null(json);
	growing_free(&all);
	page_free(page);
	return json;
}

static const char *show(void (*view)(struct view *, const json_t *),
			struct page *page)
{
	json_t *json = whole(page);

	text_clear(&v.out);
	view(&v, json);
	json_decref(json);
	return v.out.bytes;
}

/* Not inlined: gcc would see a null that UBSan's checks made up. */
__attribute__((noinline)) static void assert_has(const char *text,
						 const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

__attribute__((noinline)) static void assert_has_not(const char *text,
						     const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static const char *status(void)
{
	return show(view_status, page_status(f.ledger, LEDGER_NO_INSTANCE));
}

/* The column at which a word stands in its line. */
static long column(const char *text, const char *word)
{
	const char *at = strstr(text, word), *line = at;

	assert_non_null(at);
	while (line > text && line[-1] != '\n')
		line--;
	return at - line;
}

static void the_table_is_aligned(void **state)
{
	const char *text = status();

	assert_has(text, "r1: baton 1.2.3, 3 virtual routers, 1 active, "
			 "1 backup, 1 fault\n");
	assert_int_equal(column(text, "STATE"), column(text, "backup  eth0"));
	assert_int_equal(column(text, "ACTIVE"), column(text, "fe80::c8"));
	assert_int_equal(column(text, "ADDRESSES"),
			 column(text, "192.0.2.1/24"));
	assert_has(text, "this router");
	assert_has(text, "2 h 0 min");
	assert_has_not(text, "\033");
	assert_has_not(text, " \n");
}

static const char *one(uint32_t which)
{
	return show(view_one, page_status(f.ledger, which));
}

static void problems_stand_in_words(void **state)
{
	const char *text;

	ledger_record_at(f.ledger, 0)->last_mistake_real = clock_real_now();
	text = status();
	assert_has(text, "  ! 192.0.2.2/32 could not be installed: "
			 "Permission denied\n");
	assert_has(text, "  ! another router advertises other addresses "
			 "(3 times since the start); last 192.0.2.7, 2");
	assert_has(text, "  ! dropped 7 packets: the checksum is wrong\n");
	assert_has(text, "  ! eth0 has no carrier");
	/* Other VRIDs on the LAN are nobody's mistake. */
	assert_has_not(text, "VRID is not configured");

	f.ledger->processes[0].pid = 0;
	assert_has(status(), "! process vrrp is not running; it is started "
			     "again, see `baton events`\n");
	assert_has_not(status(), "drained");
	assert_has_not(status(), "on trial");
	f.ledger->returns = INT64_MAX / 2;
	assert_has(status(), "! on trial: in ");
	f.ledger->drained = 1;
	assert_has(status(), "! drained: this router stays out until "
			     "`baton undrain`\n");
}

/* What others did wrong a while ago alarms nobody, and can be looked up. */
static void old_mistakes_are_no_problem(void **state)
{
	assert_has_not(status(), "advertises other addresses");
	assert_has(one(0), "  earlier: another router advertises other "
			   "addresses (3 times since the start); last "
			   "192.0.2.7, 2024-");
	assert_has(one(0), "  earlier: dropped 7 packets: the checksum");
}

static void another_machine_with_our_address_is_told(void **state)
{
	struct ledger_record *i = ledger_record_at(f.ledger, 0);

	ledger_count_add(f.ledger, LEDGER_NOTES, VRRP_NOTE_CONFLICT, 0, 1);
	i->last_mistake_code = VRRP_NOTE_CONFLICT;
	i->last_mistake_value = 0x0200000000ab;
	i->last_mistake_real = clock_real_now();
	assert_has(status(), "  ! another machine claims this address (1 time "
			     "since the start); last 192.0.2.7, "
			     "02:00:00:00:00:ab, 2");
}

/* All may be frozen, and the last that was known is not what is. */
static void a_vrrp_that_does_not_run_is_told(void **state)
{
	tick_t now = clock_now();

	ledger_server(f.ledger)->heartbeat = (uint64_t)(now - TICK_SECOND);
	assert_has_not(status(), "has not run");
	ledger_server(f.ledger)->heartbeat = (uint64_t)(now - 7 * TICK_SECOND);
	assert_has(status(), "\n! vrrp has not run for 7");
	assert_has(one(0), "! vrrp has not run for 7");
	assert_has(show(view_why, page_why(f.ledger, 0)),
		   "! vrrp has not run for 7");
}

static void a_drained_router_says_why(void **state)
{
	ledger_core_at(f.ledger, 0)->state = VRRP_INIT;
	ledger_held_at(f.ledger, 0)->state = LEDGER_HOLDING_ABSENT;
	f.ledger->drained = 1;
	assert_has(show(view_why, page_why(f.ledger, 0)),
		   "Because this router is drained; `baton undrain`");
}

/* Until it is told to start again. */
static void a_quarantine_is_told(void **state)
{
	struct ledger_record *i = ledger_record_at(f.ledger, 0);

	assert_has_not(status(), "quarantined");
	i->deaths = LEDGER_QUARANTINE;
	ledger_core_at(f.ledger, 0)->started = false;
	assert_has(status(), "  ! quarantined: the vrrp process died in it");
	ledger_core_at(f.ledger, 0)->started = true;
	assert_has_not(status(), "quarantined");
}

/* One line, of what differs from the ordinary. */
static void how_vrrp_runs(void **state)
{
	struct ledger_process *p = &f.ledger->processes[0];

	assert_has(status(),
		   "1 fault\nvrrp: worst turn 0.3 ms, worst advertisement "
		   "42 ms late; SCHED_RR 50, memory locked; 2 netlink "
		   "overruns\n");
	p->policy = SCHED_OTHER;
	p->real_time = 0;
	ledger_server(f.ledger)->netlink_overruns = 0;
	assert_has(status(), " 42 ms late; nice -3; memory locked\n");
	p->nice = 0;
	p->locked = 0;
	assert_has(status(), " 42 ms late\n");
	p->scheduled = false;
	assert_has(status(), " 42 ms late\n");
	v.colour = true;
	assert_has(status(), "\033[2mvrrp: worst");
}

static void each_fault_has_its_remedy(void **state)
{
	static const struct {
		enum vrrp_interface status;
		const char *words;
		uint8_t family, operstate;
		uint32_t mtu;
		int error;
		const char *related;
	} faults[] = {
		{ VRRP_INTERFACE_MISSING, "there is no interface eth0" },
		{ VRRP_INTERFACE_DOWN, "ip link set eth0 up" },
		{ VRRP_INTERFACE_NO_CARRIER, "the switch port" },
		{ VRRP_INTERFACE_NO_CARRIER, "eth0 is dormant",
		  .operstate = IF_OPER_DORMANT },
		{ VRRP_INTERFACE_NO_CARRIER,
		  "eth0 stands on bond0, which is "
		  "down",
		  .related = "bond0" },
		{ VRRP_INTERFACE_NO_SOURCE, "no IPv4 address to send from" },
		{ VRRP_INTERFACE_NO_SOURCE,
		  "its MTU is 1279, and IPv6 needs 1280", IP_V6, .mtu = 1279 },
		{ VRRP_INTERFACE_NO_SOURCE,
		  "ip address add fe80::ADDRESS/64 dev eth0; if that is "
		  "refused, see net.ipv6.conf.*.disable_ipv6",
		  IP_V6, .mtu = 1280 },
		{ VRRP_INTERFACE_NO_SOURCE,
		  "duplicate address detection: Address already in use", IP_V6,
		  .mtu = 1500, .error = EADDRINUSE },
		{ VRRP_INTERFACE_PORT,
		  "eth0 is a port of br0, which takes all "
		  "that arrives: name br0 as interface",
		  .related = "br0" },
		{ VRRP_INTERFACE_NO_MEMBERSHIP,
		  "could not be joined: Address family not supported by "
		  "protocol; this kernel has no IPv6\n",
		  .error = EAFNOSUPPORT },
		{ VRRP_INTERFACE_NO_MEMBERSHIP, "joined: Invalid argument\n",
		  .error = EINVAL },
		{ VRRP_INTERFACE_UNSUITABLE, "neither Ethernet nor a tunnel" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct ledger_record *r = ledger_record_at(f.ledger, 2);

		ledger_configured_at(f.ledger, 2)->family =
			faults[i].family ? faults[i].family : IP_V4;
		r->operstate = faults[i].operstate;
		r->mtu = faults[i].mtu;
		r->link_error = faults[i].error;
		snprintf(r->related, sizeof(r->related), "%s",
			 faults[i].related ? faults[i].related : "");
		ledger_core_at(f.ledger, 2)->interface =
			(uint8_t)faults[i].status;
		assert_has(show(view_why, page_why(f.ledger, 2)),
			   faults[i].words);
	}
}

/* Before `vrrp` has looked nothing is known, and nothing is said. */
static void what_is_not_known_is_not_missing(void **state)
{
	ledger_core_at(f.ledger, 2)->interface = VRRP_INTERFACE_MISSING;
	ledger_server(f.ledger)->turns = 0;
	ledger_server(f.ledger)->start_error = EMFILE;
	f.ledger->processes[0].pid = 0;
	assert_has_not(status(), "there is no interface");
	assert_has(status(), "! process vrrp is not running: Too many open "
			     "files; it is started again");
}

static void what_does_not_leave_is_told(void **state)
{
	struct ledger_record *r = ledger_record_at(f.ledger, 0);

	r->send_error = EPERM;
	r->unsent = true;
	assert_has(one(0), "! none of its advertisements leaves: Operation not "
			   "permitted; a firewall");
	r->unsent = false;
	r->send_error = ENETUNREACH;
	assert_has(one(0), "! its advertisements do not leave for all peers: "
			   "Network is unreachable; there is no route");
	r->send_error = 0;
	assert_has_not(one(0), "advertisements");
	r->unheard = true;
	assert_has(one(0), "! it lets another router serve");
	r->unadvertised = 1;
	r->mtu = 68;
	assert_has(one(0), "! 1 of its addresses are not advertised: an MTU of "
			   "68 has no room");
	assert_has(one(0), "192.0.2.1/24  installed  (not advertised)");
}

/* A narrow terminal: no line of the table is wider. */
static void the_table_fits_the_terminal(void **state)
{
	for (v.width = 75; v.width < 100; v.width++) {
		const char *row = strstr(status(), "NAME");

		while (row && *row) {
			size_t length = strcspn(row, "\n"), columns = 0;

			for (size_t i = 0; i < length; i++)
				columns +=
					((unsigned char)row[i] & 0xc0) != 0x80;
			if (row[0] != ' ' && columns > v.width)
				fail_msg("%zu of %u: %.*s", columns, v.width,
					 (int)length, row);
			row += length + (row[length] == '\n');
		}
	}
}

static void colour_only_where_asked(void **state)
{
	v.colour = true;
	assert_has(status(), "\033[32mactive\033[0m");
	assert_has(status(), "\033[1;31mfault\033[0m");
}

/* A name that would move the cursor does not reach the terminal. */
static void names_cannot_command_the_terminal(void **state)
{
	fixture_rename(&f, 1,
		       "x\033[2J\x7f\xc2\x9b"
		       "y");
	assert_has(status(), "x?[2J???y");
	assert_has_not(status(), "\033");
	assert_has_not(status(), "\xc2\x9b");
}

static void one_is_shown_at_length(void **state)
{
	const char *text = show(view_one, page_status(f.ledger, 0));

	assert_has(text, "web is active for 2 h 0 min, since "
			 "2024-04-30 12:00:00.125\n");
	assert_has(text, "eth0, VRID 51, IPv4, VRRPv3");
	assert_has(text, "192.0.2.2/32  failed: Permission denied  "
			 "(not advertised)\n");
	assert_has(text, "adverts sent         1234\n");
}

static void why_of_a_backup(void **state)
{
	struct ledger_event e = { .instance = 1,
				  .type = LEDGER_EVENT_STATE,
				  .from = VRRP_ACTIVE,
				  .to = VRRP_BACKUP,
				  .code = VRRP_CAUSE_HIGHER_PRIORITY,
				  .value = 200 };
	const char *text;

	assert_int_equal(ip_parse("fe80::c8", &e.peer), 0);
	ledger_append(f.ledger, &e);
	text = show(view_why, page_why(f.ledger, 1));
	assert_has(text, "web6 is backup for 2 h 0 min: VRID 51 on eth0, "
			 "IPv6, priority 100.\n");
	assert_has(text, "Because a router of higher priority is Active, "
			 "fe80::c8 with priority 200 (RFC 9568 6.4.3).\n");
	assert_has(text, "it advertises every 250 ms.\n");
	assert_has(text, " s (Active_Down_Timer, RFC 9568 6.4.2).\n");
	assert_has(text, "active -> backup: a router of higher priority");
}

static void why_of_an_active(void **state)
{
	const char *text = show(view_why, page_why(f.ledger, 0));

	assert_has(text, "It advertises every 1 s from 192.0.2.251");
	assert_has(text, "Nothing about it is recorded.\n");
	assert_has(text, "! 192.0.2.2/32 could not be installed");
}

static void events_are_sentences(void **state)
{
	struct ledger_event e = { .instance = 0,
				  .type = LEDGER_EVENT_DROP,
				  .code = VRRP_DROP_TTL };

	assert_int_equal(ip_parse("192.0.2.66", &e.peer), 0);
	ledger_append(f.ledger, &e);
	e.type = LEDGER_EVENT_NOTE;
	e.code = VRRP_NOTE_INTERVAL_LEARNED;
	e.value = 5 * TICK_SECOND;
	ledger_append(f.ledger, &e);
	e.type = LEDGER_EVENT_HOLDING;
	e.to = LEDGER_HOLDING_FAILED;
	e.value = EACCES;
	ledger_append(f.ledger, &e);
	e.from = LEDGER_HOLDING_INSTALLED;
	e.to = LEDGER_HOLDING_INSTALLING;
	e.value = 0;
	e.by = LEDGER_BY_OTHERS;
	ledger_append(f.ledger, &e);
	e.instance = LEDGER_NO_INSTANCE;
	e.type = LEDGER_EVENT_PROCESS;
	e.code = LEDGER_PROCESS_KILLED;
	strcpy(e.name, "vrrp");
	e.value = 9;
	ledger_append(f.ledger, &e);
	for (int i = 0; i < 5; i++) {
		static const char *const words[] = {
			"web  dropped a packet of 192.0.2.66: the TTL",
			"192.0.2.66, every 5 s (RFC 9568 6.4.2)\n",
			"web  address 192.0.2.66 could not be installed: "
			"Permission denied",
			"web  address 192.0.2.66 was removed by another program; it is put",
			"process vrrp was killed by signal 9\n",
		};
		json_t *list =
			whole(page_events(f.ledger, (struct page_place){ 0 }));

		text_clear(&v.out);
		view_event(&v, json_array_get(list, (size_t)i));
		assert_has(v.out.bytes, words[i]);
		json_decref(list);
	}
}

/* Other programs of the machine and our addresses. */
static void other_programs_are_told(void **state)
{
	struct ledger_held *held = ledger_held_at(f.ledger, 0);
	struct ledger_event e = { .instance = 0,
				  .type = LEDGER_EVENT_OTHERS,
				  .code = LEDGER_OTHERS_REMOVED,
				  .prefix = 24 };
	json_t *list;

	assert_int_equal(ip_parse("192.0.2.66", &e.peer), 0);
	ledger_append(f.ledger, &e);
	list = whole(page_events(f.ledger, (struct page_place){ 0 }));
	text_clear(&v.out);
	view_event(&v, json_array_get(list, 0));
	assert_has(v.out.bytes,
		   "web  192.0.2.66/24 was put there by another program; it is "
		   "removed, since this router is not Active (RFC 9568 6.4.2)");
	json_decref(list);
	assert_has_not(status(), "another program");
	held->others = LEDGER_OTHERS_SHARED;
	assert_has(status(), "  ! 192.0.2.1/24 is kept by another program");
	assert_has(show(view_why, page_why(f.ledger, 0)), "two daemons");
	held->others = LEDGER_OTHERS_CASES; /* no such */
	assert_has(status(), "192.0.2.1/24 is as it should be");
	memset(held->also_on, 'x', sizeof(held->also_on));
	assert_has(one(0), "  (also on xxxxxxxxxxxxxxxx, where it is left)");
}

static void durations_are_short(void **state)
{
	static const struct {
		double ms;
		const char *words;
	} durations[] = {
		{ 0, "0 ms" },
		{ 999, "999 ms" },
		{ 1000, "1 s" },
		{ 3218, "3.2 s" },
		{ 59999, "59 s" },
		{ 125000, "2 min 5 s" },
		{ 3600000, "1 h 0 min" },
		{ 273600000, "3 d 4 h" },
	};

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		text_clear(&v.out);
		view_duration(&v.out, durations[i].ms);
		assert_string_equal(v.out.bytes, durations[i].words);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_table_is_aligned),
		TEST(problems_stand_in_words),
		TEST(old_mistakes_are_no_problem),
		TEST(another_machine_with_our_address_is_told),
		TEST(a_vrrp_that_does_not_run_is_told),
		TEST(a_drained_router_says_why),
		TEST(a_quarantine_is_told),
		TEST(how_vrrp_runs),
		TEST(each_fault_has_its_remedy),
		TEST(what_is_not_known_is_not_missing),
		TEST(what_does_not_leave_is_told),
		TEST(the_table_fits_the_terminal),
		TEST(colour_only_where_asked),
		TEST(names_cannot_command_the_terminal),
		TEST(one_is_shown_at_length),
		TEST(why_of_a_backup),
		TEST(why_of_an_active),
		TEST(events_are_sentences),
		TEST(other_programs_are_told),
		TEST(durations_are_short),
	};

	return cmocka_run_group_tests_name("ctl_view", tests, NULL, NULL);
}
