/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload would do, between configurations that stand here. */
#include "conf/model/plan.h"
#include "conf/model/rows.h"
#include "conf/schema/schema.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* An instance on eth0 with its lines. */
#define ROUTER(name, vrid, lines)                                              \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n" lines "\n}\n"
#define A1 "virtual_ipaddress { 192.0.2.1/24 }"
#define A2 "virtual_ipaddress { 192.0.2.2/24 }"

struct planned {
	struct conf_loaded *old, *new;
	struct arena arena;
	struct conf_plan *plan;
	char *text;
};

static void append(void *to, const char *text, size_t length)
{
	char **all = to;
	size_t before = strlen(*all);

	*all = realloc(*all, before + length + 1);
	assert_non_null(*all);
	memcpy(*all + before, text, length);
	(*all)[before + length] = '\0';
}

static struct conf_loaded *load(const char *text)
{
	struct conf_loaded *l = conf_load_text(text);

	if (!l->model)
		fprintf(stderr, "# %s\n%s", text, l->printed);
	assert_non_null(l->model);
	return l;
}

static struct planned plan_of(const char *old, const char *new)
{
	struct planned p = { .old = load(old), .new = load(new) };

	p.arena = arena_over(malloc, free);
	p.plan = conf_plan(p.old->model, p.new->model, &p.arena);
	assert_non_null(p.plan);
	p.text = calloc(1, 1);
	assert_non_null(p.text);
	conf_plan_print(p.plan, NULL, append, &p.text);
	return p;
}

static void unplan(struct planned *p)
{
	free(p->text);
	arena_free(&p->arena);
	conf_unload(p->old);
	conf_unload(p->new);
}

static void expect(const char *old, const char *new, const char *text)
{
	struct planned p = plan_of(old, new);

	assert_string_equal(p.text, text);
	unplan(&p);
}

static void nothing_differs(void **state)
{
	const char *text = ROUTER("V1", "1", A1) ROUTER("V2", "2", A2);
	struct planned p = plan_of(text, text);

	(void)state;
	assert_string_equal(p.text, "2 unchanged\n");
	assert_true(conf_plan_is_empty(p.plan));
	assert_int_equal(p.plan->row_count, 0);
	assert_int_equal(p.plan->unchanged, 2);
	unplan(&p);
	expect("", "", "0 unchanged\n");
}

/* The order of instances, blanks and what is the default anyway. */
static void another_way_to_write_it_is_no_difference(void **state)
{
	struct planned p = plan_of(
		ROUTER("V1", "1", A1) ROUTER("V2", "2", A2),
		"\n\n" ROUTER("V2", "2", A2 "\n priority 100\n checksum auto") ROUTER(
			"V1", "1",
			"advert_int 1000ms\n" A1) "global_defs { vrrp_version 2 }\n");

	(void)state;
	assert_string_equal(p.text, "2 unchanged\n");
	assert_int_equal(p.plan->origin[0], 1);
	assert_int_equal(p.plan->origin[1], 0);
	unplan(&p);
	expect(ROUTER("V1", "1", A1 "\nvrrp_peers { 192.0.2.7 192.0.2.8 }"),
	       ROUTER("V1", "1", A1 "\nvrrp_peers { 192.0.2.8 192.0.2.7 }"),
	       "1 unchanged\n");
	/* One form only: VRRPv2. */
	expect(ROUTER("V1", "1", A1),
	       ROUTER("V1", "1", A1 "\nchecksum rfc9568"), "1 unchanged\n");
}

static void instances_come_and_go(void **state)
{
	struct planned p = plan_of(ROUTER("V1", "1", A1) ROUTER("V3", "3", A2),
				   ROUTER("V7", "7", A2) ROUTER("V1", "1", A1));
	const struct conf_plan_row *rows = p.plan->rows;

	(void)state;
	assert_string_equal(p.text, "adds V7\nremoves V3\n1 unchanged\n");
	assert_int_equal(p.plan->row_count, 2);
	assert_int_equal(rows[0].kind, CONF_PLAN_ADDS);
	assert_int_equal(rows[0].index_old, CONF_PLAN_NONE);
	assert_int_equal(rows[0].index_new, 0);
	assert_int_equal(rows[1].kind, CONF_PLAN_REMOVES);
	assert_int_equal(rows[1].index_old, 1);
	assert_int_equal(rows[1].index_new, CONF_PLAN_NONE);
	assert_int_equal(p.plan->origin[0], CONF_PLAN_NONE);
	assert_int_equal(p.plan->origin[1], 0);
	assert_int_equal(p.plan->counts[CONF_PLAN_ADDS], 1);
	assert_int_equal(p.plan->counts[CONF_PLAN_REMOVES], 1);
	assert_int_equal(p.plan->counts[CONF_PLAN_CHANGES], 0);
	assert_false(conf_plan_is_empty(p.plan));
	unplan(&p);
	expect("", ROUTER("V1", "1", A1), "adds V1\n0 unchanged\n");
	expect(ROUTER("V1", "1", A1), "", "removes V1\n0 unchanged\n");
}

static void values_change(void **state)
{
	struct planned p = plan_of(
		ROUTER("V1", "1", A1) ROUTER("V2", "2", A2),
		ROUTER("V1", "1", A1) ROUTER("V2", "2", "priority 90\n" A2));

	(void)state;
	assert_string_equal(p.text, "changes V2: priority 100 -> 90\n"
				    "1 unchanged\n");
	assert_int_equal(p.plan->rows[0].index_old, 1);
	assert_int_equal(p.plan->rows[0].index_new, 1);
	unplan(&p);
	expect(ROUTER("V1", "1", A1 "\n preempt_delay 0.5\n version 3"),
	       ROUTER("V1", "1",
		      A1 "\n nopreempt\n version 3\n advert_int 100ms\n"
			 " checksum rfc9568\n vrrp_address_lease 0\n"
			 " strict_mode\n garp_master_repeat 9\n"
			 " vrrp_resign_from any"),
	       "changes V1: advert_int 1 -> 0.1, nopreempt off -> on, "
	       "preempt_delay 0.5 -> 0, checksum default -> rfc9568, "
	       "strict_mode off -> on, vrrp_resign_from active -> any, "
	       "garp_master_repeat 5 -> 9, "
	       "vrrp_address_lease auto -> 0\n0 unchanged\n");
}

/* A process is replaced for them: none may be overlooked. */
static void how_vrrp_runs_changes(void **state)
{
	static const struct {
		const char *old, *new, *text;
	} cases[] = {
		{ "vrrp_priority -5", "",
		  "vrrp_priority -5 -> default, vrrp_rt_priority 0 -> default" },
		{ "", "vrrp_rt_priority 0", "vrrp_rt_priority default -> 0" },
		{ "", "vrrp_no_swap", "vrrp_no_swap off -> on" },
		{ "", "vrrp_rt_priority 9",
		  "vrrp_rt_priority default -> 9, vrrp_rlimit_rttime default -> "
		  "10000" },
		{ "vrrp_rt_priority 9",
		  "vrrp_rt_priority 9\n vrrp_rlimit_rttime 7",
		  "vrrp_rlimit_rttime 10000 -> 7" },
		{ "vrrp_cpu_affinity 1 70", "",
		  "vrrp_cpu_affinity 1 70 -> default" },
		{ "vrrp_cpu_affinity 1", "vrrp_cpu_affinity 1000",
		  "vrrp_cpu_affinity 1 -> 1000" },
		{ "max_auto_priority 9", "max_auto_priority",
		  "max_auto_priority 9 -> 99" },
		{ "max_auto_priority 9",
		  "max_auto_priority 9\n min_auto_priority_delay 5",
		  "min_auto_priority_delay 1000000 -> 5" },
		{ "", "vrrp_netlink_monitor_rcv_bufs 4096",
		  "vrrp_netlink_monitor_rcv_bufs 0 -> 4096" },
		{ "vrrp_netlink_cmd_rcv_bufs 9",
		  "vrrp_netlink_cmd_rcv_bufs 9\n"
		  " vrrp_netlink_cmd_rcv_bufs_force on",
		  "vrrp_netlink_cmd_rcv_bufs_force default -> on" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char old[512], new[512], text[256];
		struct planned p;

		snprintf(old, sizeof(old), "global_defs {\n %s\n}\n%s",
			 cases[i].old, ROUTER("V1", "1", A1));
		snprintf(new, sizeof(new), "global_defs {\n %s\n}\n%s",
			 cases[i].new, ROUTER("V1", "1", A1));
		snprintf(text, sizeof(text),
			 "changes global_defs: %s\n1 unchanged\n",
			 cases[i].text);
		p = plan_of(old, new);
		assert_string_equal(p.text, text);
		unplan(&p);
	}
}

static void global_values_change(void **state)
{
	struct planned p = plan_of(
		"global_defs { router_id a }\n" ROUTER("V1", "1", A1),
		"global_defs { vrrp_version 3\n vrrp_garp_interval 1ms }\n" ROUTER(
			"V1", "1", A1));

	(void)state;
	assert_string_equal(p.text,
			    "changes global_defs: router_id a -> default, "
			    "vrrp_garp_interval 0 -> 0.001, "
			    "vrrp_version 2 -> 3\nchanges V1: version 2 -> 3\n"
			    "0 unchanged\n");
	assert_int_equal(p.plan->rows[0].kind, CONF_PLAN_GLOBAL);
	assert_int_equal(p.plan->counts[CONF_PLAN_GLOBAL], 1);
	assert_int_equal(p.plan->counts[CONF_PLAN_CHANGES], 1);
	unplan(&p);
}

static void an_address_moves(void **state)
{
	struct planned p = plan_of(
		ROUTER("V1", "1",
		       "virtual_ipaddress {\n192.0.2.1/24\n192.0.2.9/24\n}")
			ROUTER("V2", "2", A2),
		ROUTER("V1", "1", A1)
			ROUTER("V2", "2",
			       "virtual_ipaddress {\n192.0.2.2/24\n"
			       "192.0.2.9/24\n}"));

	(void)state;
	assert_string_equal(p.text, "changes V1: removes 192.0.2.9/24\n"
				    "changes V2: adds 192.0.2.9/24\n"
				    "0 unchanged\n");
	unplan(&p);
}

#define SYNC(inside) "vrrp_sync_group G {\n group {\n " inside "\n}\n"

static void groups_change(void **state)
{
#define BOTH ROUTER("V1", "1", A1) ROUTER("V2", "2", A2)
	(void)state;
	expect(BOTH SYNC("V1\nV2") "}",
	       BOTH SYNC("V1\nV2") "notify /bin/n root\n}",
	       "changes the top level: changes vrrp_sync_group G: "
	       "notify default -> /bin/n root\n2 unchanged\n");
	expect(BOTH SYNC("V1\nV2") "notify /bin/n root\n}",
	       BOTH SYNC("V2") "notify /bin/n root\n"
			       "track_interface {\n eth7 weight 3\n}\n}",
	       "changes the top level: changes vrrp_sync_group G: "
	       "removes member V1, adds tracked interface eth7 "
	       "weight 3\n2 unchanged\n");
	expect(BOTH SYNC("V1\nV2") "}", BOTH,
	       "changes the top level: removes vrrp_sync_group G "
	       "smtp_alert off\n"
	       "2 unchanged\n");
}

static void addresses_change(void **state)
{
	(void)state;
	expect(ROUTER("V4", "4", "virtual_ipaddress { 192.0.2.8/24 }"),
	       ROUTER("V4", "4", "virtual_ipaddress { 192.0.2.9/24 }"),
	       "changes V4: adds 192.0.2.9/24, removes 192.0.2.8/24\n"
	       "0 unchanged\n");
	expect(ROUTER("V4", "4", A1),
	       ROUTER("V4", "4",
		      "virtual_ipaddress { 192.0.2.1/25 label eth0:1 }"),
	       "changes V4: changes 192.0.2.1/24 -> 192.0.2.1/25 label eth0:1\n"
	       "0 unchanged\n");
	expect(ROUTER("V4", "4", A1),
	       ROUTER("V4", "4", "virtual_ipaddress { 192.0.2.1/24 dev eth1 }"),
	       "changes V4: adds 192.0.2.1/24 dev eth1, removes 192.0.2.1/24\n"
	       "0 unchanged\n");
	expect(ROUTER("V4", "4",
		      A1 "\n virtual_ipaddress_excluded { 192.0.2.5 }"),
	       ROUTER("V4", "4",
		      "virtual_ipaddress {\n192.0.2.1/24\n192.0.2.5\n}"),
	       "changes V4: changes excluded 192.0.2.5/32 -> "
	       "192.0.2.5/32\n0 unchanged\n");
	expect(ROUTER("V4", "4",
		      "virtual_ipaddress {\n192.0.2.1/24\n192.0.2.2/24\n}"),
	       ROUTER("V4", "4",
		      "virtual_ipaddress {\n192.0.2.2/24\n192.0.2.1/24\n}"),
	       "changes V4: another order of the addresses\n0 unchanged\n");
}

static void peers_change(void **state)
{
	(void)state;
	expect(ROUTER("V4", "4", A1 "\n vrrp_peers { 192.0.2.7 192.0.2.8 }"),
	       ROUTER("V4", "4", A1 "\n vrrp_peers { 192.0.2.8 192.0.2.9 }"),
	       "changes V4: adds peer 192.0.2.9, removes peer 192.0.2.7\n"
	       "0 unchanged\n");
	expect(ROUTER("V4", "4", A1),
	       ROUTER("V4", "4", A1 "\n vrrp_peers { 192.0.2.8 }"),
	       "changes V4: no longer hears everybody, adds peer 192.0.2.8\n"
	       "0 unchanged\n");
	expect(ROUTER("V4", "4", A1 "\n vrrp_peers { 192.0.2.8 }"),
	       ROUTER("V4", "4", A1),
	       "changes V4: removes peer 192.0.2.8, hears everybody\n"
	       "0 unchanged\n");
}

/* What it is stays: one virtual router, which goes on. */
static void a_name_changes(void **state)
{
	(void)state;
	expect(ROUTER("V2", "2", A1), ROUTER("LAN", "2", A1),
	       "changes LAN: name V2 -> LAN\n0 unchanged\n");
	/* Two that swap their names. */
	expect(ROUTER("A", "1", A1) ROUTER("B", "2", A2),
	       ROUTER("B", "1", A1) ROUTER("A", "2", A2),
	       "changes B: name A -> B\nchanges A: name B -> A\n"
	       "0 unchanged\n");
}

/* Another VRID, interface or family is another virtual router. */
static void what_it_is_changes(void **state)
{
	(void)state;
	expect(ROUTER("V2", "2", A1), ROUTER("V2", "3", A1),
	       "adds V2: virtual_router_id 3 on eth0, IPv4\n"
	       "removes V2: virtual_router_id 2 on eth0, IPv4\n"
	       "0 unchanged\n");
	expect(ROUTER("V2", "2", A1),
	       "vrrp_instance V2 {\n interface eth1\n virtual_router_id 2\n" A1
	       "\n}\n",
	       "adds V2: virtual_router_id 2 on eth1, IPv4\n"
	       "removes V2: virtual_router_id 2 on eth0, IPv4\n"
	       "0 unchanged\n");
	expect(ROUTER("V2", "2", A1),
	       ROUTER("V2", "2", "virtual_ipaddress { fe80::1/64 }"),
	       "adds V2: virtual_router_id 2 on eth0, IPv6\n"
	       "removes V2: virtual_router_id 2 on eth0, IPv4\n"
	       "0 unchanged\n");
}

/*
 * For each word that baton does: the plan tells of it exactly when the
 * canonical form is another. A value that was forgotten is found here.
 */
static bool compare_word(void *to, const struct conf_path *path)
{
	const struct conf_block *block = path->blocks[path->depth - 1];
	unsigned *differ = to;
	char texts[2][1000];
	struct planned p;
	char *old;
	char *new;

	if (path->row->standing != CONF_DONE ||
	    (block != &conf_block_global && block != &conf_block_instance &&
	     block != &conf_block_address && block != &conf_block_top &&
	     block != &conf_block_sync_group))
		return true;
	for (unsigned k = 0; k < 2; k++) {
		const char *good = k ? path->row->good : "";

		snprintf(texts[k], sizeof(texts[k]),
			 "global_defs {\n%s\n}\nvrrp_instance A {\n"
			 " interface eth0\n virtual_router_id 77\n%s\n"
			 " virtual_ipaddress {\n 192.0.2.1/24 %s\n}\n}\n"
			 "vrrp_sync_group H {\n group {\n A\n}\n%s\n}\n%s\n",
			 block == &conf_block_global ? good : "",
			 block == &conf_block_instance ? good : "",
			 block == &conf_block_address ? good : "",
			 block == &conf_block_sync_group ? good : "",
			 block == &conf_block_top ? good : "");
	}
	p = plan_of(texts[0], texts[1]);
	old = conf_printed(p.old->model);
	new = conf_printed(p.new->model);
	if (conf_plan_is_empty(p.plan) != (strcmp(old, new) == 0))
		fprintf(stderr, "# %s: %s", path->row->word, p.text);
	assert_int_equal(conf_plan_is_empty(p.plan), strcmp(old, new) == 0);
	*differ += !conf_plan_is_empty(p.plan);
	free(old);
	free(new);
	unplan(&p);
	return true;
}

static void every_word_is_compared(void **state)
{
	unsigned differ = 0;

	(void)state;
	conf_rows_each(conf_schema.top, compare_word, &differ);
	assert_in_range(differ, 40, 1000);
}

/* A configuration of many instances, each with a priority of its own. */
static char *many(unsigned from, unsigned count, unsigned priority)
{
	size_t size = (size_t)count * 200 + 1;
	char *text = malloc(size);
	size_t length = 0;

	assert_non_null(text);
	text[0] = '\0';
	for (unsigned i = from; i < from + count; i++)
		length += (size_t)snprintf(
			text + length, size - length,
			"vrrp_instance V%u {\n interface eth%u\n"
			" virtual_router_id %u\n priority %u\n"
			" virtual_ipaddress {\n 10.%u.%u.1/24\n}\n}\n",
			i, i / 250, 1 + i % 250, i % 8 ? 100 : priority,
			i / 250, i % 250);
	return text;
}

static void thousands_are_counted(void **state)
{
	char *old = many(0, 8000, 100);
	char *new = many(1000, 8000, 90);
	struct planned p = plan_of(old, new);

	(void)state;
	assert_int_equal(p.plan->counts[CONF_PLAN_ADDS], 1000);
	assert_int_equal(p.plan->counts[CONF_PLAN_REMOVES], 1000);
	assert_int_equal(p.plan->counts[CONF_PLAN_CHANGES], 875);
	assert_int_equal(p.plan->unchanged, 6125);
	assert_non_null(strstr(p.text, "adds V8000\n"));
	assert_non_null(strstr(p.text, "\nadds V8099\nadds 900 more\n"));
	assert_null(strstr(p.text, "V8100"));
	assert_non_null(strstr(p.text, "\nremoves V99\nremoves 900 more\n"));
	assert_non_null(strstr(p.text, "\nchanges V1792: priority 100 -> 90\n"
				       "changes 775 more\n6125 unchanged\n"));
	for (uint32_t i = 0; i < 8000; i++)
		assert_int_equal(p.plan->origin[i],
				 i < 7000 ? i + 1000 : CONF_PLAN_NONE);
	unplan(&p);
	free(old);
	free(new);
}

static void many_addresses_are_counted(void **state)
{
	struct planned p =
		plan_of(ROUTER("V1", "1",
			       A1 "\n virtual_ipaddress_excluded {\n"
				  "~SEQ(X,1,200) 10.0.0.${X}\n}"),
			ROUTER("V1", "1",
			       A1 "\n virtual_ipaddress_excluded {\n"
				  "~SEQ(X,6,205) 10.0.0.${X}/31\n}"));

	(void)state;
	assert_non_null(strstr(p.text, "adds excluded 10.0.0.205/31, "
				       "changes excluded 10.0.0.6/32 "
				       "-> excluded 10.0.0.6/31, "));
	assert_non_null(strstr(p.text, "-> excluded 10.0.0.13/31, "
				       "changes 187 more, "
				       "removes excluded 10.0.0.1/32"));
	unplan(&p);
}

/* Nine are one more than are named. */
static void the_first_that_is_not_named_is_counted(void **state)
{
#define PEERS(list)                                                            \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress { 192.0.2.1/24 }\n vrrp_peers {\n" list "\n}\n}\n"
#define EIGHT                                                                  \
	"192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 "   \
	"192.0.2.17 192.0.2.18"
	struct planned p =
		plan_of(PEERS("192.0.2.10"), PEERS("192.0.2.10 " EIGHT));

	(void)state;
	assert_null(strstr(p.text, "more"));
	unplan(&p);
	p = plan_of(PEERS("192.0.2.10"),
		    PEERS("192.0.2.10 " EIGHT " 192.0.2.19"));
	assert_non_null(strstr(p.text, "adds 1 more"));
	unplan(&p);
#undef EIGHT
#undef PEERS
}

/* However little memory there is, there is a plan or there is none. */
static long grants;

static void *obtain(size_t size)
{
	return grants-- > 0 ? malloc(size) : NULL;
}

static void memory_may_end(void **state)
{
	char *old = many(0, 600, 100);
	char *new = many(100, 600, 90);
	struct conf_loaded *a = load(old);
	struct conf_loaded *b = load(new);
	bool made = false;
	long n = 0;

	(void)state;
	for (; !made; n++) {
		struct arena arena = arena_over(obtain, free);

		grants = n;
		made = conf_plan(a->model, b->model, &arena) != NULL;
		arena_free(&arena);
		assert_in_range(n, 0, 1000);
	}
	assert_in_range(n, 2, 1000);
	conf_unload(a);
	conf_unload(b);
	free(old);
	free(new);
}

#define TWIN(name, peer) ROUTER(name, "7", A1 "\nunicast_peer {\n " peer "\n}")

/* One VRID on one interface, to other peers. */
static void twins_are_known_by_their_names(void **state)
{
	(void)state;
	expect(TWIN("A", "192.0.2.8") TWIN("B", "192.0.2.9"),
	       TWIN("B", "192.0.2.9") TWIN("A", "192.0.2.8"), "2 unchanged\n");
	expect(TWIN("A", "192.0.2.8") TWIN("B", "192.0.2.9"),
	       TWIN("B", "192.0.2.9"), "removes A\n1 unchanged\n");
	expect(TWIN("A", "192.0.2.8") TWIN("B", "192.0.2.9"),
	       TWIN("C", "192.0.2.9") TWIN("A", "192.0.2.8"),
	       "changes C: name B -> C\n1 unchanged\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twins_are_known_by_their_names),
		cmocka_unit_test(nothing_differs),
		cmocka_unit_test(another_way_to_write_it_is_no_difference),
		cmocka_unit_test(instances_come_and_go),
		cmocka_unit_test(values_change),
		cmocka_unit_test(global_values_change),
		cmocka_unit_test(how_vrrp_runs_changes),
		cmocka_unit_test(an_address_moves),
		cmocka_unit_test(groups_change),
		cmocka_unit_test(addresses_change),
		cmocka_unit_test(peers_change),
		cmocka_unit_test(a_name_changes),
		cmocka_unit_test(what_it_is_changes),
		cmocka_unit_test(every_word_is_compared),
		cmocka_unit_test(thousands_are_counted),
		cmocka_unit_test(many_addresses_are_counted),
		cmocka_unit_test(the_first_that_is_not_named_is_counted),
		cmocka_unit_test(memory_may_end),
	};

	return cmocka_run_group_tests_name("conf_plan", tests, NULL, NULL);
}
