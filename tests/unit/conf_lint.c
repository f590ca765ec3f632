/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notes on what can never work: by one file, and by the files of two routers.
 * None of them changes the verdict.
 */
#include "base/must.h"
#include "conf/model/pair.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SCRIPT "vrrp_script s {\n script /bin/true\n}\n"
#define V4     " virtual_ipaddress {\n 192.0.2.1/24\n }\n"
/* The lines of an instance beside those that it must have. */
#define VI(name, lines, addresses)                                             \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id 7\n"    \
	" " lines "\n" addresses "}\n"
#define ONE(lines)   VI("A", lines, V4)
#define TRACK(words) "track_script {\n s " words "\n }\n"
#define PASS(word)                                                             \
	"authentication {\n auth_type PASS\n auth_pass " word "\n }\n"
#define TO(peers)    "unicast_peer {\n " peers "\n }\n"
#define GROUP(words) "vrrp_sync_group G {\n group {\n A\n B\n }\n " words "}\n"
#define VI8(priority)                                                          \
	"vrrp_instance B {\n interface eth0\n virtual_router_id 8\n"           \
	" priority " priority "\n virtual_ipaddress {\n 192.0.2.8/24\n }\n}\n"
#define TWO VI8("100")

/* Nothing but notes, and whether one has these words. */
static void expect(const struct conf_loaded *l, const char *said)
{
	if (said)
		assert_says(l, said);
	else if (l->diagnostics.count > 0)
		fail_msg("%s", l->printed);
	assert_silent(l);
	assert_int_equal(conf_verdict(&l->diagnostics), 0);
}

/* Those that only ask whether a process lives, and which one. */
static void scripts_that_only_ask(void **state)
{
	static const struct {
		const char *command, *asks; /* NULL: no note */
	} list[] = {
		{ "killall -0 haproxy", "haproxy" },
		{ "/usr/bin/killall -0 -q nginx", "nginx" },
		{ "killall -s 0 nginx", "nginx" },
		{ "killall nginx", NULL },
		{ "killall -0 a b", NULL },
		{ "killall -0 -u joe a", NULL },
		{ "killall -0 -r a.*", NULL },
		{ "pidof nginx", "nginx" },
		{ "/sbin/pidof -x /usr/sbin/nginx", "nginx" },
		{ "pgrep -x dnsmasq", "dnsmasq" },
		{ "pgrep 'nginx: master'", NULL },
		{ "pgrep ^nginx$", NULL },
		{ "pgrep -f nginx", NULL },
		{ "systemctl is-active --quiet haproxy.service", "haproxy" },
		{ "systemctl is-active haproxy", "haproxy" },
		{ "systemctl status haproxy", NULL },
		{ "systemctl restart haproxy", NULL },
		{ "/bin/sh -c 'killall -0 haproxy'", "haproxy" },
		{ "sh -c 'killall -0 haproxy || true'", NULL },
		{ "kill -0 $(cat /run/nginx.pid)", "nginx" },
		{ "sh -c 'kill -0 `cat /run/nginx.pid`'", "nginx" },
		{ "kill -0 12", NULL },
		{ "/usr/local/bin/check.sh killall -0", NULL },
		{ "curl -sf http://127.0.0.1/", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		char text[512], said[128];
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 "vrrp_script s {\n script \"%s\"\n weight 2\n}\n" ONE(
				 "priority 100\n" TRACK("")),
			 list[i].command);
		if (list[i].asks)
			snprintf(said, sizeof(said), "process %s weight 2 }",
				 list[i].asks);
		l = conf_load_text(text);
		if (!list[i].asks && l->diagnostics.count > 0)
			fprintf(stderr, "# %s\n", list[i].command);
		expect(l, list[i].asks ? said : NULL);
		conf_unload(l);
	}
}

static void one_file(void **state)
{
	static const struct {
		const char *text, *said;
	} list[] = {
		{ SCRIPT ONE("priority 100\n" TRACK("weight -99")), NULL },
		{ SCRIPT ONE("priority 100\n" TRACK("weight -100")),
		  "test.conf:9:2: note: the weights of A can lower its "
		  "priority 100 to 0, and 1 is the least" },
		{ SCRIPT ONE("priority 100\n" TRACK("weight 154")), NULL },
		{ SCRIPT ONE("priority 101\n" TRACK("weight 154")),
		  "can raise its priority 101 to 255, and 254 is the most" },
		{ SCRIPT ONE("priority 101\n" TRACK("weight -154 reverse")),
		  "can raise its priority 101 to 255" },
		{ SCRIPT ONE("priority 50\n" TRACK("weight 50 reverse")),
		  "can lower its priority 50 to 0" },
		{ ONE("priority 250\n track_interface {\n eth1 weight 5\n }\n"),
		  "can raise its priority 250 to 255" },
		{ SCRIPT ONE("nopreempt\n" TRACK("")), NULL },
		{ SCRIPT ONE("nopreempt\n" TRACK("weight -5")),
		  "note: a weight moves nothing where all routers have "
		  "nopreempt" },
		{ SCRIPT ONE("priority 100\n") TWO GROUP(TRACK("weight -100")),
		  "test.conf:27:2: note: the weights of A can lower its "
		  "priority 100 to 0" },
		/* A is in no group. */
		{ SCRIPT ONE("priority 5\n") TWO
		  "vrrp_instance C {\n interface eth0\n virtual_router_id 9\n"
		  " virtual_ipaddress {\n 192.0.2.9/24\n }\n}\n"
		  "vrrp_sync_group G {\n group {\n B\n C\n }\n " TRACK(
			  "weight -10") "}\n",
		  NULL },
		{ SCRIPT ONE("nopreempt\n") TWO GROUP(TRACK("weight -5")),
		  "test.conf:27:2: note: a weight moves nothing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		struct conf_loaded *l = conf_load_text(list[i].text);

		expect(l, list[i].said);
		conf_unload(l);
	}
}

/* The kernel takes them. */
static void addresses_of_no_host(void **state)
{
#define AT(address)                                                            \
	VI("A", "version 3", " virtual_ipaddress {\n " address "\n }\n")
	static const struct {
		const char *address, *said;
	} list[] = {
		{ AT("192.0.2.0/24"),
		  "test.conf:6:2: note: 192.0.2.0/24 is the address of its "
		  "network" },
		{ AT("192.0.2.255/24"),
		  "192.0.2.255/24 is the broadcast address of its network" },
		{ AT("192.0.2.128/25"), "is the address of its network" },
		{ AT("192.0.2.127/25"), "is the broadcast address" },
		{ AT("192.0.2.128/24"), NULL },
		{ AT("192.0.2.0/31"), NULL },
		{ AT("192.0.2.255"), NULL },
		{ AT("127.1.2.3/8"), "no other one reaches it" },
		{ AT("0.1.2.3/24"), "is in 0.0.0.0/8" },
		{ AT("240.0.0.1/24"), "is reserved" },
		{ AT("239.255.255.255/24"), NULL }, /* which is left out */
		{ AT("192.0.2.1/0"), "192.0.2.1/0 has a prefix of no bits" },
		{ AT("192.0.2.1/1"), NULL },
		{ AT("fe80::1/64\n 2001:db8::1/0"),
		  "2001:db8::1/0 has a prefix of no bits: the kernel takes it "
		  "for a default route" },
		{ AT("fe80::1/64\n ::1"), "no other one reaches it" },
		{ AT("fe80::1/64\n 2001:db8::/64"),
		  "is the address of all routers" },
		{ AT("fe80::1/64\n 2001:db8::/127"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		struct conf_loaded *l = conf_load_text(list[i].address);

		if (list[i].said)
			expect(l, list[i].said);
		else
			assert_null(strstr(l->printed, "note:"));
		conf_unload(l);
	}
}

/* The notes about two files, printed. */
static char printed[8192];

static void append(void *to, const char *text, size_t length)
{
	size_t have = strlen(to);

	if (have + length < sizeof(printed)) {
		memcpy((char *)to + have, text, length);
		((char *)to)[have + length] = '\0';
	}
}

static void compare(const char *a, const char *b)
{
	struct conf_fixture_file files[] = { { "b.conf", b }, { 0 } };
	struct conf_loaded *one = conf_load_text(a);
	struct conf_loaded *two = conf_load_files(files, NULL);
	struct conf_diagnostics *found = calloc(1, sizeof(*found));
	struct arena texts = arena_over(malloc, free);

	assert_non_null(one->model);
	assert_non_null(two->model);
	found->arena = &texts;
	conf_pair_check(one->model, two->model, found);
	*printed = '\0';
	for (size_t i = 0; i < found->count; i++)
		conf_diagnostic_print(&found->list[i], false, append, printed);
	assert_int_equal(found->errors + found->warnings, 0);
	arena_free(&texts);
	free(found);
	conf_unload(one);
	conf_unload(two);
}

#define B(lines) ONE("priority 150\n" lines)

static void two_files(void **state)
{
	static const struct {
		const char *a, *b, *said;
	} list[] = {
		{ ONE(""), B(""), NULL },
		{ ONE(""), ONE(""),
		  "test.conf:1:15: note: both have priority 100: who is "
		  "Active is decided by their addresses, or by who was first "
		  "(A, in b.conf:1)\n"
		  "      = write a higher one where it should be Active\n" },
		{ ONE("priority 255\n"), ONE("priority 255\n"),
		  "both have priority 255" },
		{ ONE("version 3\n"), B(""), "VRRPv3 does not hear VRRPv2" },
		{ ONE("advert_int 2\n"), B(""),
		  "advert_int 2 here, 1 there: VRRPv2 drops" },
		{ ONE("version 3\n advert_int 0.5\n"), B("version 3\n"),
		  "advert_int 0.5 here, 1 there: how long" },
		{ ONE(PASS("hush-1")), B(""), "only one of them has an auth" },
		{ ONE(PASS("hush-1")), B(PASS("hush-2")),
		  "their passwords differ" },
		{ ONE(PASS("hush-1")), B(PASS("hush-1")), NULL },
		{ ONE(TO("192.0.2.12")), B(""), "one of them is unicast" },
		{ ONE("unicast_src_ip 192.0.2.11\n " TO("192.0.2.12")),
		  B("unicast_src_ip 192.0.2.12\n " TO("192.0.2.11")), NULL },
		{ ONE("unicast_src_ip 192.0.2.11\n " TO("192.0.2.13")),
		  B("unicast_src_ip 192.0.2.12\n " TO("192.0.2.11")),
		  "test.conf:1:15: note: unicast_peer does not name "
		  "192.0.2.12" },
		{ ONE("unicast_src_ip 192.0.2.11\n " TO("192.0.2.12")),
		  B("unicast_src_ip 192.0.2.12\n " TO("192.0.2.19")),
		  "b.conf:1:15: note: unicast_peer does not name 192.0.2.11" },
		{ ONE("mcast_dst_ip 224.0.0.19\n"), B(""),
		  "different multicast groups" },
		{ ONE("down_timer_adverts 4\n"), B(""),
		  "down_timer_adverts differs" },
		{ VI("A", "",
		     " virtual_ipaddress {\n 192.0.2.1/24\n "
		     "192.0.2.2/24\n }\n"),
		  B(""),
		  "test.conf:7:2: note: the other router does not have "
		  "192.0.2.2: advertisements" },
		{ ONE(""),
		  VI("A", "priority 150",
		     " virtual_ipaddress {\n 192.0.2.1\n }\n"),
		  "192.0.2.1 has /24 here and /32 there" },
		{ VI("A", "no_virtual_ipaddress",
		     " virtual_ipaddress_excluded {\n 192.0.2.1/24\n }\n"),
		  B(""), "only one of them advertises 192.0.2.1" },
		{ "vrrp_instance X {\n interface eth0\n virtual_router_id 9\n" V4
		  "}\n",
		  B(""),
		  "test.conf:1:15: note: the other router has no virtual "
		  "router 9 over IPv4" },
		{ ONE(""),
		  "\n\n" B("") "vrrp_instance X {\n interface eth0\n"
			       " virtual_router_id 9\n virtual_ipaddress {\n "
			       "192.0.2.9\n }\n}\n",
		  "b.conf:12:15: note: the other router has no virtual" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		compare(list[i].a, list[i].b);
		if (list[i].said ? !strstr(printed, list[i].said) : *printed)
			fail_msg("%s%s\nnot: %s\n%s", list[i].a, list[i].b,
				 list[i].said, printed);
		assert_null(strstr(printed, "hush"));
	}
}

static void weights_against_the_peers(void **state)
{
#define HIGH(words) SCRIPT ONE("priority 200\n" TRACK(words))
	static const struct {
		const char *a, *b, *said;
	} list[] = {
		{ HIGH("weight -10"), ONE(""),
		  "test.conf:9:2: note: weight -10 of track_script s can never "
		  "lower 200 below the peer's 100 (A, in b.conf:1)\n"
		  "      = write a weight of -101 or more in both files\n" },
		/* Equal is not below. */
		{ HIGH("weight -100"), ONE(""), "can never lower 200" },
		{ HIGH("weight -101"), ONE(""), NULL },
		{ SCRIPT ONE("priority 150\n" TRACK("weight 20")), ONE(""),
		  "weight 20 of track_script s can never lower 170 below the "
		  "peer's 100" },
		/* The peer's own script is good as well. */
		{ SCRIPT ONE("priority 101\n" TRACK("weight 20")),
		  SCRIPT ONE(TRACK("weight 20")), NULL },
		/* By the other file. */
		{ ONE(""), HIGH("weight -10"),
		  "b.conf:9:2: note: weight -10 of track_script s" },
		{ SCRIPT ONE("priority 200\n track_interface {\n eth1 weight "
			     "-60\n }\n" TRACK("weight -60")),
		  ONE(""),
		  "write a weight of -101 or more in both files; only together "
		  "with others" },
		{ HIGH("weight -150"), ONE("nopreempt\n"),
		  "b.conf:1:15: note: nopreempt: this router does not take" },
		/* Without a weight it gives up. */
		{ HIGH(""), ONE("nopreempt\n"), NULL },
		/* What a group tracks counts for its members. */
		{ SCRIPT ONE("priority 200\n") TWO GROUP(TRACK("weight -10")),
		  ONE("") TWO,
		  "test.conf:27:2: note: weight -10 of track_script s can never "
		  "lower 200 below the peer's 100" },
		{ SCRIPT ONE("priority 150\n")
			  TWO GROUP("track_interface {\n eth1 weight 20\n }\n"),
		  ONE("") TWO,
		  "weight 20 of track_interface eth1 can never lower "
		  "170" },
		{ SCRIPT ONE("priority 200\n") TWO GROUP(TRACK("weight -101")),
		  ONE("") VI8("90"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		compare(list[i].a, list[i].b);
		if (list[i].said ? !strstr(printed, list[i].said) : *printed)
			fail_msg("%s%s\nnot: %s\n%s", list[i].a, list[i].b,
				 list[i].said, printed);
	}
}

/* Where each router is better in one member. */
static void priorities_of_a_group(void **state)
{
#define MEMBER(name, id, priority)                                             \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " id    \
	"\n priority " priority "\n virtual_ipaddress {\n 192.0.2." id         \
	"/24\n }\n}\n"
#define BOTH "vrrp_sync_group G {\n group {\n A\n B\n }\n}\n"
	static const char crossed[] =
		"test.conf:17:17: note: A has the higher priority here and B "
		"on the other router: with keepalived neither gets all of G";
	static const struct {
		const char *a, *b, *said;
	} list[] = {
		{ MEMBER("A", "1", "200") MEMBER("B", "2", "100") BOTH,
		  MEMBER("A", "1", "150") MEMBER("B", "2", "150") BOTH,
		  crossed },
		{ MEMBER("A", "1", "200") MEMBER("B", "2", "200") BOTH,
		  MEMBER("A", "1", "150") MEMBER("B", "2", "100") BOTH, NULL },
		/* There they move by themselves. */
		{ MEMBER("A", "1", "200") MEMBER("B", "2", "100") BOTH,
		  MEMBER("A", "1", "150") MEMBER("B", "2", "150"), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(list); i++) {
		compare(list[i].a, list[i].b);
		if (list[i].said ? !strstr(printed, list[i].said) : *printed)
			fail_msg("%s%s\nnot: %s\n%s", list[i].a, list[i].b,
				 list[i].said, printed);
	}
}

/* By file and line, whoever found it and when. */
static void diagnostics_are_in_order(void **state)
{
	struct conf_fixture_file files[] = {
		{ "a.conf",
		  "include b.conf\nnonsense\n" ONE(
			  "version 3\nadvert_int 0.015\nnonsense\n") },
		{ "b.conf", "rubbish\n\nrubbish\n" },
		{ 0 },
	};
	struct conf_loaded *l = conf_load_files(files, NULL);
	uint32_t line = 0;
	unsigned others = 0;

	(void)state;
	assert_in_range(l->diagnostics.count, 5, 9);
	for (size_t n = 0; n < l->diagnostics.count; n++) {
		const struct conf_span *is = &l->diagnostics.list[n].span;

		if (n > 0 &&
		    strcmp(is->file, l->diagnostics.list[n - 1].span.file) != 0)
			line = 0, others++;
		assert_in_range(is->line, line, UINT32_MAX);
		line = is->line;
	}
	assert_int_equal(others, 1);
	conf_unload(l);
}

/* The one of the same interface and name, where there are several. */
static void the_most_alike_are_compared(void **state)
{
#define ON(name, interface, priority, peer)                                       \
	"vrrp_instance " name                                                     \
	" {\n interface " interface "\n virtual_router_id 7\n priority " priority \
	"\n unicast_peer {\n " peer                                               \
	"\n }\n virtual_ipaddress {\n 192.0.2.1/24 dev " interface "\n }\n}\n"

	(void)state;
	compare(ON("A", "eth0", "100", "192.0.2.12")
			ON("B", "eth1", "101", "192.0.2.22"),
		ON("B", "eth1", "201", "192.0.2.21")
			ON("A", "eth0", "200", "192.0.2.11"));
	assert_string_equal(printed, "");
	compare(ON("A", "eth0", "100", "192.0.2.12")
			ON("B", "eth1", "101", "192.0.2.22"),
		ON("B", "eth1", "101", "192.0.2.21")
			ON("A", "eth0", "200", "192.0.2.11"));
	assert_non_null(strstr(printed, "both have priority 101"));
}

#define MARKED(priority)                                                       \
	"global_defs {\n nftables_ipvs\n nftables_ipvs_priority " priority     \
	"\n}\n"
#define BY_GROUP(protocol)                                                        \
	"virtual_server group g {\n lb_algo rr\n lb_kind DR\n protocol " protocol \
	"\n real_server 10.0.1.1 80 {\n }\n}\n"

static void marks_that_come_too_late(void **state)
{
	static const struct {
		const char *text, *says;
	} list[] = {
		{ MARKED("98") "virtual_server_group g {\n 10.0.0.1 80\n}\n" //
		  BY_GROUP("TCP"),
		  "IPVS takes packets before nftables_ipvs_priority 98" },
		{ MARKED("97") "virtual_server_group g {\n 10.0.0.1 80\n}\n" //
		  BY_GROUP("TCP"),
		  NULL },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(list) / sizeof(*list); n++) {
		struct conf_loaded *l = conf_load_text(list[n].text);

		expect(l, list[n].says);
		conf_unload(l);
	}
}

/* A group has at most 4096 entries; of eleven, by three protocols, there are
 * more than can be. */
#define GROUPS  11u
#define ENTRIES 4096u

static size_t write_group(char *to, size_t room, unsigned group)
{
	size_t at = (size_t)snprintf(to, room, "virtual_server_group g%u {\n",
				     group);

	for (unsigned n = 0; n < ENTRIES; n++)
		at += (size_t)snprintf(to + at, room - at, " 10.%u.%u.%u 80\n",
				       group, n >> 8, n & 255);
	at += (size_t)snprintf(to + at, room - at, "}\n");
	for (unsigned n = 0; n < 3; n++)
		at += (size_t)snprintf(
			to + at, room - at,
			"virtual_server group g%u {\n lb_algo rr\n"
			" lb_kind DR\n protocol %s\n"
			" real_server 10.0.1.1 80 {\n }\n}\n",
			group, &"TCP\0\0UDP\0\0SCTP"[5 * n]);
	return at;
}

static void more_marks_than_there_can_be(void **state)
{
	size_t room = GROUPS * (ENTRIES * 24 + 1024), at;
	char *text = malloc(room);
	struct conf_loaded *l;

	(void)state;
	assert_non_null(text);
	at = (size_t)snprintf(text, room, MARKED("-1"));
	for (unsigned n = 0; n < GROUPS; n++)
		at += write_group(text + at, room - at, n);
	l = conf_load_text(text);
	expect(l, "nftables_ipvs gives marks to 131072 ranges of addresses, "
		  "and with this group they are more");
	conf_unload(l);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_that_only_ask),
		cmocka_unit_test(one_file),
		cmocka_unit_test(two_files),
		cmocka_unit_test(weights_against_the_peers),
		cmocka_unit_test(addresses_of_no_host),
		cmocka_unit_test(priorities_of_a_group),
		cmocka_unit_test(diagnostics_are_in_order),
		cmocka_unit_test(the_most_alike_are_compared),
		cmocka_unit_test(marks_that_come_too_late),
		cmocka_unit_test(more_marks_than_there_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
