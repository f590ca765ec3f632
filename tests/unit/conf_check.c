/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told: the cross checks, the look of a diagnostic, the verdict, and
 * that bounds and missing memory end in a diagnostic too.
 */
#include "base/must.h"
#include "conf_fixture.h"
#include "vrrp/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An instance in all but its last lines. */
#define HEAD(name, vrid)                                                       \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n"
#define V4     " virtual_ipaddress {\n  192.0.2.1/24\n }\n"
#define OTHER4 " virtual_ipaddress {\n  192.0.2.2/24\n }\n"
#define V6     " virtual_ipaddress {\n  fe80::1/64\n }\n"
#define END    "}\n"

/* One text, what must be said of it, and the verdict of `baton check`. */
struct judged {
	const char *text;
	const char *said; /* NULL: nothing */
	int verdict;
};

static void judge(const struct judged *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct conf_loaded *l = conf_load_text(list[i].text);
		int verdict = conf_verdict(&l->diagnostics);

		if (list[i].said)
			assert_says(l, list[i].said);
		else
			assert_silent(l);
		if (verdict != list[i].verdict)
			fprintf(stderr, "# %s\n%s", list[i].text, l->printed);
		assert_int_equal(verdict, list[i].verdict);
		assert_int_equal(l->model == NULL, verdict == 3);
		conf_unload(l);
	}
}

/* The bounds are keepalived's; what says nothing is a note. */
static void how_vrrp_runs(void **state)
{
#define GLOBAL(text) "global_defs {\n " text "\n}\n" HEAD("A", "7") V4 END
	static const struct judged list[] = {
		{ GLOBAL("vrrp_priority 20"),
		  "test.conf:2:16: warning: vrrp_priority takes a number from "
		  "-20 to 19, not \"20\"",
		  4 },
		{ GLOBAL("vrrp_rt_priority 0"), NULL, 0 },
		{ GLOBAL("vrrp_rt_priority 100"), "from 0 to 99", 4 },
		{ GLOBAL("vrrp_rlimit_rttime 1"), "from 2 to", 4 },
		{ GLOBAL("vrrp_cpu_affinity 0 x"),
		  "test.conf:2:22: warning: vrrp_cpu_affinity takes no \"x\" "
		  "here; it is ignored",
		  0 },
		{ GLOBAL("vrrp_cpu_affinity"), "vrrp_cpu_affinity needs", 4 },
		{ GLOBAL("max_auto_priority -2"), "from -1 to 99", 4 },
		{ GLOBAL("max_auto_priority 1 2"), "takes no \"2\"", 0 },
		{ GLOBAL("min_auto_priority_delay 0"), "from 1 to 10000000",
		  4 },
		{ GLOBAL("vrrp_netlink_monitor_rcv_bufs -1"), "from 0 to", 4 },
		{ GLOBAL("vrrp_rt_priority 5\n vrrp_priority -3"),
		  "test.conf:3:16: note: vrrp_priority has no effect with "
		  "vrrp_rt_priority",
		  0 },
		{ GLOBAL("vrrp_rlimit_rttime 5"), NULL, 0 },
		{ GLOBAL("vrrp_rt_priority 0\n vrrp_rlimit_rttime 5"),
		  "note: vrrp_rlimit_rttime has no effect without", 0 },
		{ GLOBAL("vrrp_priority -5\n vrrp_rlimit_rttime 5"),
		  "note: vrrp_rlimit_rttime has no effect without", 0 },
		{ GLOBAL("min_auto_priority_delay 5"),
		  "has no effect without max_auto_priority", 0 },
		{ GLOBAL("vrrp_netlink_cmd_rcv_bufs_force"),
		  "has no effect without vrrp_netlink_cmd_rcv_bufs", 0 },
	};

	(void)state;
	judge(list, ARRAY_LENGTH(list));
#undef GLOBAL
}

static void one_instance(void **state)
{
	static const struct judged list[] = {
		{ HEAD("A", "7") V4 END, NULL, 0 },
		{ "vrrp_instance A {\n virtual_router_id 7\n" V4 END,
		  "test.conf:1:15: error: vrrp_instance A has no interface",
		  3 },
		{ "vrrp_instance A {\n interface eth0\n" V4 END,
		  "error: vrrp_instance A has no virtual_router_id", 3 },
		{ HEAD("A", "7") END,
		  "warning: vrrp_instance A has no virtual_ipaddress", 0 },
		{ HEAD("A", "7") " no_virtual_ipaddress\n" END, NULL, 0 },
		{ HEAD("A", "7") " version 3\n" END,
		  "error: vrrp_instance A has no virtual_ipaddress", 3 },
		{ HEAD("A", "7") " strict_mode\n" END,
		  "error: vrrp_instance A has no virtual_ipaddress", 3 },
		{ HEAD("A", "7") " version 3\n no_virtual_ipaddress\n" END,
		  NULL, 0 },
		{ HEAD("A", "7") " version 2\n" V6 END,
		  "test.conf:4:10: warning: VRRPv2 carries no IPv6", 4 },
		{ "global_defs { vrrp_version 2 }\n" HEAD("A", "7") V6 END,
		  NULL, 0 },
		{ HEAD("A", "7") " advert_int 0.5\n" V4 END,
		  "test.conf:4:13: warning: VRRPv2 cannot advertise every 0.5 s; "
		  "1 is used",
		  4 },
		{ HEAD("A", "7") " advert_int 255\n" V4 END, NULL, 0 },
		{ HEAD("A", "7") " advert_int 256\n" V4 END,
		  "warning: advert_int takes a time from 0.01 to 255 seconds",
		  4 },
		{ HEAD("A", "7") " version 3\n advert_int 41\n" V4 END,
		  "warning: VRRPv3 cannot advertise every 41 s; 40.95 is used",
		  4 },
		{ HEAD("A", "7") " version 3\n advert_int 15ms\n" V4 END,
		  "warning: VRRPv3 cannot advertise every 0.015 s; 0.02 is used",
		  4 },
		{ HEAD("A", "7") " version 3\n advert_int 0.01\n" V4 END, NULL,
		  0 },
		{ HEAD("A", "7") " priority 1\n priority 2\n" V4 END,
		  "test.conf:5:2: warning: this was said before", 0 },
		{ HEAD("A", "7") " checksum auto\n" V4 END, NULL, 0 },
		{ HEAD("A", "7") " checksum rfc9568\n" V4 END,
		  "only VRRPv3 over IPv4 has two forms", 4 },
		{ HEAD("A", "7") " v3_checksum_as_v2\n" V6 END,
		  "only VRRPv3 over IPv4 has two forms", 4 },
		{ HEAD("A", "7") " prioritty 9\n" V4 END,
		  "test.conf:4:2: warning: unknown word \"prioritty\" in "
		  "vrrp_instance; it is left out\n"
		  "    4 |  prioritty 9\n"
		  "      |  ^^^^^^^^^\n"
		  "      = did you mean \"priority\"?\n",
		  4 },
		{ HEAD("A", "7") " lb_algo rr\n" V4 END,
		  "it belongs in virtual_server", 4 },
		{ HEAD("A", "7") " zzz { a { b c } d }\n" V4 END,
		  "unknown block \"zzz\"", 4 },
		{ HEAD("A", "7") " priority 9 8\n" V4 END,
		  "test.conf:4:13: warning: priority takes no \"8\" here", 0 },
		{ HEAD("A", "7") " priority 9\n priority 8\n" V4 END,
		  "test.conf:5:2: warning: this was said before in the same "
		  "block; the last one counts",
		  0 },
		{ HEAD("A", "7") " mcast_src_ip 10.0.0.1/24\n" V4 END,
		  "warning: mcast_src_ip takes no length: 10.0.0.1 counts", 0 },
		{ HEAD("A", "7") " mcast_dst_ip 224.0.0.99/32\n" V4 END,
		  "warning: mcast_dst_ip takes no length: 224.0.0.99 counts",
		  0 },
		{ HEAD("A", "7") " mcast_dst_ip 10.0.0.1\n" V4 END,
		  "takes a multicast address, not \"10.0.0.1\"", 4 },
		{ HEAD("A",
		       "7") " virtual_ipaddress = {\n 192.0.2.1/24\n }\n" END,
		  "virtual_ipaddress takes no \"=\" here; it is ignored", 0 },
		{ HEAD("A",
		       "7") " virtual_ipaddress priority {\n 192.0.2.1/24\n }\n" END,
		  "priority behind virtual_ipaddress is left out", 4 },
		{ HEAD("A", "7") " auth_pass x\n" V4 END,
		  "it belongs in authentication", 4 },
		{ HEAD("A", "7") V4 END
		  "garp_group {\n interface eth0\n}\n"
		  "garp_group {\n interfaces {\n eth1\n eth0\n }\n}\n",
		  "eth0 is in a garp_group already, in line 9, which counts",
		  0 },
		{ HEAD("A", "7") " priority { 9 }\n" V4 END,
		  "priority takes no block", 3 },
		{ HEAD("A", "7") " nopreempt { }\n" V4 END,
		  "error: nopreempt takes no block", 3 },
		{ HEAD("A", "7") " virtual_ipaddress\n" END,
		  "error: virtual_ipaddress needs a block", 3 },
	};

	struct conf_loaded *l;

	(void)state;
	judge(list, ARRAY_LENGTH(list));
	/* A value that is none is not the last one. */
	l = conf_load_text(HEAD("A", "7") " priority 9\n priority x\n" V4 END);
	assert_int_equal(l->diagnostics.warnings, 1);
	conf_unload(l);
}

/* A value that is none is not told to be missing as well. */
static void one_mistake_is_told_once(void **state)
{
	static const struct {
		const char *text;
		int verdict;
	} cases[] = {
		{ HEAD("A", "300") V4 END, 3 },
		{ "vrrp_instance A {\n interface a/b\n"
		  " virtual_router_id 7\n" V4 END,
		  3 },
		{ "vrrp_instance A {\n interface\n virtual_router_id 7\n" V4
			  END,
		  3 },
		{ HEAD("A",
		       "7") " virtual_ipaddress {\n  10.0.0.1/33\n }\n" END,
		  4 },
		{ HEAD("A", "7") V4 " virtual_ipaddress 10.0.0.1\n" END, 3 },
		{ HEAD("A", "7") V4 " vrrp_peers { a }\n" END, 3 },
		{ HEAD("A", "7") V4 " vrrp_peers { 192.0.2.2 { } }\n" END, 3 },
		{ HEAD("A", "7") V4 " priority 256\n" END, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = conf_load_text(cases[i].text);

		if (l->diagnostics.count != 1)
			fprintf(stderr, "# %s", l->printed);
		assert_int_equal(l->diagnostics.count, 1);
		assert_int_equal(conf_verdict(&l->diagnostics),
				 cases[i].verdict);
		conf_unload(l);
	}
}

static void preemption(void **state)
{
	static const struct judged list[] = {
		{ HEAD("A", "7") " nopreempt\n" V4 END, NULL, 0 },
		{ HEAD("A", "7") " nopreempt\n priority 255\n" V4 END,
		  "always preempts", 4 },
		{ HEAD("A",
		       "7") " nopreempt\n state MASTER\n priority 9\n" V4 END,
		  "test.conf:4:2: warning: nopreempt has no effect with state "
		  "MASTER",
		  4 },
		{ HEAD("A", "7") " nopreempt\n preempt_delay 3\n" V4 END,
		  "preempt_delay has no effect with nopreempt", 4 },
		{ HEAD("A",
		       "7") " state MASTER\n priority 9\n preempt_delay 3\n" V4
			  END,
		  "preempt_delay has no effect with state MASTER", 4 },
		{ HEAD("A", "7") " priority 255\n preempt_delay 3\n" V4 END,
		  "preempt_delay has no effect with priority 255", 4 },
		{ HEAD("A", "7") " preempt_delay 3\n" V4 END, NULL, 0 },
	};
	struct conf_loaded *l;

	(void)state;
	judge(list, ARRAY_LENGTH(list));
	/* What is told to have no effect has none. */
	l = conf_load_text(list[2].text);
	assert_true(l->model->instances[0].vrrp.preempt);
	conf_unload(l);
	for (size_t i = 3; i < 6; i++) {
		l = conf_load_text(list[i].text);
		assert_int_equal(l->model->instances[0].vrrp.preempt_delay, 0);
		conf_unload(l);
	}
	l = conf_load_text(list[6].text);
	assert_int_equal(l->model->instances[0].vrrp.preempt_delay,
			 3 * TICK_SECOND);
	conf_unload(l);
}

static void addresses_of_one_instance(void **state)
{
	static const struct judged list[] = {
		{ HEAD("A", "7") " virtual_ipaddress {\n  192.0.2.1\n"
				 "  fe80::1\n }\n" END,
		  "test.conf:6:3: warning: virtual_ipaddress has addresses of "
		  "one family",
		  4 },
		{ HEAD("A", "7") V4 " virtual_ipaddress_excluded {\n"
				    "  2001:db8::1\n }\n" END,
		  NULL, 0 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  2001:db8::1\n"
				 " }\n" END,
		  "RFC 9568 5.2.9", 0 },
		{ HEAD("A", "7") " strict_mode\n virtual_ipaddress {\n"
				 "  2001:db8::1\n }\n" END,
		  "test.conf:6:3: error: the first address", 3 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  192.0.2.1/24\n"
				 "  192.0.2.1/32\n }\n" END,
		  "test.conf:6:3: warning: this address stands in the same "
		  "instance already, in line 5",
		  0 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  192.0.2.1\n"
				 "  192.0.2.1 dev eth1\n }\n" END,
		  NULL, 0 },
		{ HEAD("A", "7") " virtual_ipaddress {\n"
				 "  192.0.2.1 192.0.2.2\n }\n" END,
		  "test.conf:5:13: warning: unknown word \"192.0.2.2\"", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n"
				 "  192.0.2.1 label lan:1\n }\n" END,
		  "warning: the label lan:1 does not begin with eth0:", 0 },
		{ HEAD("A", "7") " virtual_ipaddress {\n"
				 "  192.0.2.1 dev lan label lan:1\n }\n" END,
		  NULL, 0 },
		{ HEAD("A",
		       "7") " virtual_ipaddress {\n"
			    "  192.0.2.1 label eth0:too-long-by-1\n }\n" END,
		  "label takes a label of 1 to 15 bytes", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n"
				 "  fe80::1 label eth0:1\n }\n" END,
		  "an IPv6 address has no label", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  fe80::1 brd +\n"
				 " }\n" END,
		  "IPv6 has no broadcast address", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  224.0.0.1\n }\n" END,
		  "address takes the address of a host, such as 192.0.2.1/24 or 2001:db8::1/64, not \"224.0.0.1\"",
		  4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  fe80::1/64\n"
				 "  ff02::5/64\n }\n" END,
		  "it is a multicast address: many hosts hear it, and none has it",
		  4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  0.0.0.0/0\n }\n" END,
		  "not \"0.0.0.0/0\"", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  10.0.0.1/33\n"
				 " }\n" END,
		  "/33 is no length of a prefix; /32 is used", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  10.0.0.1 dve x\n"
				 " }\n" END,
		  "did you mean \"dev\"?", 4 },
		{ HEAD("A", "7") " virtual_ipaddress {\n  10.0.0.1 dev\n"
				 " }\n" END,
		  "dev needs the name of an interface", 4 },
	};

	struct conf_loaded *l;

	(void)state;
	judge(list, ARRAY_LENGTH(list));
	/* What is said twice is there once. */
	l = conf_load_text(list[4].text);
	assert_int_equal(l->model->instances[0].address_count, 1);
	conf_unload(l);
}

static void instances_beside_each_other(void **state)
{
	static const struct judged list[] = {
		{ HEAD("A", "7") V4 END HEAD("B", "8") OTHER4 END, NULL, 0 },
		{ HEAD("A", "7") V4 END HEAD("A", "8") OTHER4 END,
		  "test.conf:8:15: warning: there is a vrrp_instance A already, "
		  "in line 1; this one is left out",
		  4 },
		{ HEAD("A", "7") V4 END HEAD("B", "7") OTHER4 END,
		  "test.conf:10:20: error: virtual_router_id 7 is used on eth0 "
		  "already, by vrrp_instance A",
		  3 },
		{ HEAD("A", "7") V4 END HEAD("B", "7") V6 END, NULL, 0 },
		{ HEAD("A", "7") V4 END "vrrp_instance B {\n interface eth1\n"
					" virtual_router_id 7\n" V4 END,
		  NULL, 0 },
		{ HEAD("A", "7") V4 END HEAD("B", "8") V4 END,
		  "test.conf:12:3: warning: vrrp_instance A has this address "
		  "on the same interface",
		  0 },
	};

	(void)state;
	judge(list, ARRAY_LENGTH(list));
}

/* An instance with this many addresses, with a prefix and a format. */
static char *many(const char *format, unsigned count)
{
	char *text = malloc(200 + count * 40);
	size_t at;

	assert_non_null(text);
	at = (size_t)sprintf(text, HEAD("A", "7") "virtual_ipaddress {\n");
	for (unsigned i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		at += (size_t)sprintf(text + at, format, i / 200, i % 200 + 1);
#pragma GCC diagnostic pop
	}
	sprintf(text + at, "}\n" END);
	return text;
}

static void as_many_addresses_as_fit(void **state)
{
	static const struct {
		const char *format;
		unsigned count;
		const char *said;
	} cases[] = {
		{ "10.0.%u.%u\n", VRRP_ADDRESSES_MAX, NULL },
		{ "10.0.%u.%u\n", VRRP_ADDRESSES_MAX + 1,
		  "warning: more than 255 addresses do not fit" },
		{ "fe80::%u:%u\n", 89, NULL },
		{ "fe80::%u:%u\n", 90,
		  "note: on a link with an MTU of 1500 an advertisement has "
		  "room for 89 addresses" },
		{ "fe80::%u:%u\n", VRRP_ADDRESSES_MAX + 1,
		  "warning: more than 255 addresses do not fit" },
		{ "10.0.%u.%u\n", CONF_ADDRESSES_MAX + 1,
		  "error: virtual_ipaddress has more than 4096 entries" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char *text = many(cases[i].format, cases[i].count);
		struct conf_loaded *l = conf_load_text(text);

		if (cases[i].said)
			assert_says(l, cases[i].said);
		else
			assert_int_equal(
				l->model->instances[0].vrrp.address_count,
				cases[i].count);
		conf_unload(l);
		free(text);
	}
}

static void many_instances(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"$I= \\\nvrrp_instance V${A}.${B} { \\\n interface eth${A} \\\n"
		" virtual_router_id ${B} \\\n"
		" virtual_ipaddress { 10.${A}.${B}.1/24 } \\\n}\n"
		"~SEQ(A, 1, 80) ~SEQ(B, 1, 200) $I\n");

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->instance_count, 16000);
	assert_string_equal(l->model->instances[15999].name, "V80.200");
	conf_unload(l);
	l = conf_load_text("~SEQ(A, 1, 16385) vrrp_instance V${A} { }\n");
	assert_null(l->model);
	assert_says(l, "error: vrrp_instance has more than 16384 entries");
	conf_unload(l);
}

static void errors_come_before_warnings(void **state)
{
	struct conf_loaded *l =
		conf_load_text("~SEQ(A, 1, 150) zzz\n~SEQ(A, 1, 3) }\n");

	(void)state;
	assert_int_equal(l->diagnostics.errors, 3);
	assert_int_equal(l->diagnostics.warnings, 150);
	assert_int_equal(l->diagnostics.count, CONF_DIAGNOSTICS_MAX);
	assert_int_equal(l->diagnostics.left_out, 53);
	assert_says(l, "error: a } too many");
	assert_int_equal(l->diagnostics.list[CONF_DIAGNOSTICS_MAX - 3].severity,
			 CONF_ERROR);
	conf_unload(l);
}

static void long_lines_and_odd_bytes(void **state)
{
	char text[600];
	struct conf_loaded *l;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "global_defs {\n\t", 15);
	strcpy(text + 500, "\n}\n");
	l = conf_load_text(text);
	assert_int_equal(l->diagnostics.list[0].span.line, 2);
	conf_unload(l);
	l = conf_load_text("z\033[1m\n\"z\\033[1m\"\n");
	assert_null(strchr(l->printed, '\033'));
	assert_says(l, "unknown word \"z?[1m\"");
	assert_int_equal(l->diagnostics.warnings, 2);
	conf_unload(l);
	/* The control characters above 127, too; not what only has such bytes.
	 */
	l = conf_load_text("z\xc2\x9b\n\x9b\n\"\xc4\x80\"\n");
	assert_null(strstr(l->printed, "\x9b"));
	assert_says(l, "\xc4\x80");
	conf_unload(l);
	/* The caret stands below its word, also behind a tab and UTF-8. */
	l = conf_load_text("global_defs {\n\trouter_id \"\xc3\xa4\" b\n}\n");
	assert_says(l, "    2 | \trouter_id \"\xc3\xa4\" b\n"
		       "      | \t              ^\n");
	conf_unload(l);
}

static void memory_that_ends(void **state)
{
	static const struct conf_fixture_file good[] = {
		{ "main", "$A=eth0\n$B= \\\n interface $A \\\n "
			  "virtual_router_id 9\ninclude more\n"
			  "vrrp_instance B {\n$B\n" OTHER4 END },
		{ "more", HEAD("A", "7") V4 END },
		{ 0 },
	};
	long grants = 0;

	(void)state;
	for (;; grants++) {
		struct conf_loaded *l = conf_load_short_of_memory(good, grants);
		bool done = l->model != NULL;

		if (done)
			assert_silent(l);
		else
			assert_says(l, "there is not enough memory");
		conf_unload(l);
		if (done)
			break;
		assert_in_range(grants, 0, 1000);
	}
	assert_in_range(grants, 10, 1000);
}

static void peers_and_leases(void **state)
{
	static const struct judged list[] = {
		{ HEAD("A", "7") V4 " vrrp_peers { 192.0.2.2 192.0.2.3 }\n" END,
		  NULL, 0 },
		{ HEAD("A", "7") V6 " vrrp_peers { fe80::2 }\n" END, NULL, 0 },
		{ HEAD("A", "7") V4 " vrrp_peers { fe80::2 }\n" END,
		  "test.conf:7:15: error: this peer is of another family than "
		  "virtual_ipaddress, which is IPv4",
		  3 },
		{ HEAD("A", "7") V6 " vrrp_peers { 192.0.2.2 }\n" END,
		  "virtual_ipaddress, which is IPv6", 3 },
		{ HEAD("A", "7") V6 " vrrp_peers { 2001:db8::2 }\n" END,
		  "warning: this peer is never heard", 0 },
		{ HEAD("A", "7") V4 " vrrp_peers {\n }\n" END,
		  "vrrp_peers names no router", 3 },
		{ HEAD("A", "7") V4 " vrrp_peers 192.0.2.2\n" END,
		  "vrrp_peers needs a block", 3 },
		{ HEAD("A", "7") V4 " vrrp_peers { router-b }\n" END,
		  "router takes the address of a host, not \"router-b\"", 3 },
		{ HEAD("A", "7") V4 " vrrp_peers { 224.0.0.18 }\n" END,
		  "router takes the address of a host, not \"224.0.0.18\"", 3 },
		{ HEAD("A", "7") V4 " vrrp_peers { 192.0.2.2 { } }\n" END,
		  "a line of vrrp_peers takes no block", 3 },
		{ HEAD("A", "7") V4
		  " vrrp_peers {\n 192.0.2.2\n192.0.2.2\n}\n" END,
		  "test.conf:9:1: warning: this peer stands in the same "
		  "instance already, in line 8",
		  0 },
		{ HEAD("A", "7") V4
		  " vrrp_peers {\n"
		  "~SEQ(X,1,254) 10.0.0.${X}\n 10.0.1.1\n }\n" END,
		  NULL, 0 },
		{ HEAD("A", "7") V4
		  " vrrp_peers {\n"
		  "~SEQ(X,1,254) 10.0.0.${X}\n 10.0.1.1\n 10.0.1.2\n}\n" END,
		  "test.conf:10:2: error: vrrp_peers has more than 255 entries",
		  3 },
		{ HEAD("A", "7") V4 " vrrp_address_lease 86400\n" END, NULL,
		  0 },
		{ HEAD("A", "7") V4 " vrrp_address_lease 86401\n" END,
		  "vrrp_address_lease takes whole seconds from 0 to 86400, or "
		  "auto, not \"86401\"",
		  4 },
		{ HEAD("A", "7") V4 " vrrp_address_lease 1500ms\n" END,
		  "not \"1500ms\"", 4 },
		{ HEAD("A", "7") V4 " vrrp_address_lease never\n" END,
		  "not \"never\"", 4 },
		{ HEAD("A", "7") V4 " vrrp_address_lease -1\n" END,
		  "not \"-1\"", 4 },
		{ HEAD("A", "7") V4 " vrrp_resign_from all\n" END,
		  "vrrp_resign_from takes one of active, any, not \"all\"", 4 },
	};

	(void)state;
	judge(list, sizeof(list) / sizeof(list[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_vrrp_runs),
		cmocka_unit_test(one_instance),
		cmocka_unit_test(peers_and_leases),
		cmocka_unit_test(one_mistake_is_told_once),
		cmocka_unit_test(preemption),
		cmocka_unit_test(addresses_of_one_instance),
		cmocka_unit_test(instances_beside_each_other),
		cmocka_unit_test(as_many_addresses_as_fit),
		cmocka_unit_test(many_instances),
		cmocka_unit_test(errors_come_before_warnings),
		cmocka_unit_test(long_lines_and_odd_bytes),
		cmocka_unit_test(memory_that_ends),
	};

	return cmocka_run_group_tests_name("conf_check", tests, NULL, NULL);
}
