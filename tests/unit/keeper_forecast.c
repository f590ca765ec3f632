/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload would do to states: two configurations and a ledger. */
#include "conf_fixture.h"
#include "keeper/forecast.h"
#include "ledger/lvs.h"
#include "router/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROUTER(name, vrid, lines)                                              \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " vrid  \
	"\n virtual_ipaddress { 192.0.2." vrid "/24 }\n" lines "\n}\n"

static const struct ip other = { IP_V4, { 192, 0, 2, 9 } };

static struct conf_loaded *old, *next;
static struct ledger *ledger;
static struct ledger_record *record;
static struct vrrp_saved *core;
static int fd;

/* One virtual router that runs as `before` says. */
static void run(const char *before, const char *after)
{
	struct ledger_size size;

	old = conf_load_text(before);
	next = conf_load_text(after);
	assert_non_null(old->model);
	assert_non_null(next->model);
	book_size(old->model, &size);
	fd = ledger_create(&size, "1", &ledger);
	assert_true(fd >= 0);
	book_fill(old->model, ledger);
	record = ledger_record_at(ledger, 0);
	core = ledger_core_at(ledger, 0);
	core->started = true;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(ledger);
	close(fd);
	conf_unload(old);
	conf_unload(next);
	return 0;
}

static void append(void *to, const char *text, size_t length)
{
	strncat(to, text, length);
}

/* The plan with its remarks. */
static const char *remarks(void)
{
	static char told[1024];
	struct arena arena = arena_over(malloc, free);
	struct conf_plan *plan = conf_plan(old->model, next->model, &arena);
	struct forecast forecast = { ledger, old->model, next->model, plan,
				     "" };
	struct conf_plan_remarks of = { forecast_remark, &forecast };

	assert_non_null(plan);
	told[0] = '\0';
	conf_plan_print(plan, &of, append, told);
	arena_free(&arena);
	return told;
}

static void expect(const char *text)
{
	assert_string_equal(remarks(), text);
}

static void an_active_that_gets_lower_than_a_router_it_knows(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), ROUTER("V", "1", "priority 90"));
	core->state = VRRP_ACTIVE;
	record->peer = other;
	record->peer_priority = 95;
	expect("changes V: priority 100 -> 90; would stop being Active: "
	       "192.0.2.9 had priority 95\n0 unchanged\n");
	/* Equal: a Backup does not preempt its equal (6.4.2). */
	record->peer_priority = 90;
	expect("changes V: priority 100 -> 90\n0 unchanged\n");
}

static void an_active_that_has_heard_nobody(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), ROUTER("V", "1", "priority 90"));
	core->state = VRRP_ACTIVE;
	expect("changes V: priority 100 -> 90; would stop being Active if a "
	       "Backup has a higher priority than 90\n0 unchanged\n");
}

static void an_active_that_gets_higher(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), ROUTER("V", "1", "priority 110"));
	core->state = VRRP_ACTIVE;
	record->peer = other;
	record->peer_priority = 200;
	expect("changes V: priority 100 -> 110\n0 unchanged\n");
}

static void an_active_that_is_removed(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), "");
	core->state = VRRP_BACKUP;
	expect("removes V\n0 unchanged\n");
	core->state = VRRP_ACTIVE;
	expect("removes V; is Active, and hands over\n0 unchanged\n");
	/* Drained: it is leaving, or has left. */
	core->started = false;
	expect("removes V\n0 unchanged\n");
}

static void a_backup_that_gets_higher_than_the_active(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), ROUTER("V", "1", "priority 150"));
	core->state = VRRP_BACKUP;
	core->active = other;
	core->active_priority = 140;
	expect("changes V: priority 100 -> 150; would become Active: "
	       "192.0.2.9 had priority 140\n0 unchanged\n");
	core->active_priority = 150;
	expect("changes V: priority 100 -> 150\n0 unchanged\n");
	/* It does so already. */
	core->active_priority = 50;
	core->down_cause = VRRP_CAUSE_PREEMPT;
	expect("changes V: priority 100 -> 150\n0 unchanged\n");
	/* What it was told to give it does not take back. */
	core->down_cause = VRRP_CAUSE_SILENCE;
	core->yielded = true;
	expect("changes V: priority 100 -> 150\n0 unchanged\n");
}

static void a_backup_that_must_not_preempt(void **state)
{
	(void)state;
	run(ROUTER("V", "1", ""), ROUTER("V", "1", "priority 150\n nopreempt"));
	core->state = VRRP_BACKUP;
	core->active = other;
	core->active_priority = 140;
	expect("changes V: priority 100 -> 150, nopreempt off -> on\n"
	       "0 unchanged\n");
}

/* Version 2 drops what has another interval or another list. */
static void what_the_others_drop(void **state)
{
	static const struct {
		const char *before, *after, *plan, *differs;
	} list[] = {
		{ "advert_int 1", "advert_int 2",
		  "changes V: advert_int 1 -> 2",
		  "2 drops what differs in "
		  "advert_int" },
		{ "version 2", "version 3", "changes V: version 2 -> 3",
		  "3 drops what differs in the version" },
		{ "version 3", "version 3\n advert_int 2",
		  "changes V: advert_int 1 -> 2", NULL },
		{ "", "virtual_ipaddress_excluded { 192.0.2.77 }", NULL, NULL },
		{ "", "virtual_ipaddress { 192.0.2.77 }", NULL,
		  "2 drops what differs in the addresses" },
		{ "", "authentication {\n auth_type PASS\n auth_pass a\n}",
		  NULL, "2 drops what differs in auth_type" },
		{ "authentication {\n auth_type PASS\n auth_pass a\n}",
		  "authentication {\n auth_type PASS\n auth_pass b\n}", NULL,
		  "2 drops what differs in auth_pass" },
		{ "", "mcast_dst_ip 224.0.0.99", NULL,
		  "only in one multicast group" },
		{ "", "mcast_dst_ip 224.0.0.18", NULL, NULL },
		{ "", "unicast_peer {\n 192.0.2.9\n}", NULL,
		  "unicast and multicast do not hear each other" },
		{ "unicast_peer {\n 192.0.2.9\n}",
		  "unicast_peer {\n 192.0.2.9\n}\nunicast_src_ip 192.0.2.3",
		  NULL, "only whom they have as unicast_peer" },
		{ "unicast_peer {\n 192.0.2.9\n}",
		  "unicast_peer {\n 192.0.2.8\n}", NULL,
		  "if 192.0.2.9 goes on: it is not in unicast_peer" },
		{ "unicast_peer {\n 192.0.2.9\n}",
		  "unicast_peer {\n 192.0.2.8\n 192.0.2.9\n}", NULL, NULL },
		{ "", "vrrp_peers {\n 192.0.2.8\n}", NULL,
		  "if 192.0.2.9 goes on: it is not in vrrp_peers" },
		{ "", "vrrp_peers {\n 192.0.2.9\n}", NULL, NULL },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(list) / sizeof(list[0]); n++) {
		char before[512], after[512];
		const char *told;

		snprintf(before, sizeof(before), ROUTER("V", "1", "%s"),
			 list[n].before);
		snprintf(after, sizeof(after), ROUTER("V", "1", "%s"),
			 list[n].after);
		run(before, after);
		core->state = VRRP_ACTIVE;
		told = remarks();
		assert_null(strstr(told, "two routers")); /* it is alone */
		record->peer = other;
		record->peer_priority = 50;
		told = remarks();
		if (list[n].plan)
			assert_non_null(strstr(told, list[n].plan));
		if (list[n].differs)
			assert_non_null(strstr(told, list[n].differs));
		else
			assert_null(strstr(told, "two routers"));
		end(NULL);
	}
}

/* What is matched by its VRID and interface is another one with another. */
static void one_in_the_place_of_another(void **state)
{
	static const struct {
		const char *after, *remark;
	} list[] = {
		/* by its name */
		{ ROUTER("V", "2", ""), "only with one virtual_router_id" },
		/* by its address */
		{ "vrrp_instance X {\n interface eth0\n virtual_router_id 7\n"
		  " virtual_ipaddress { 192.0.2.1/24 }\n}\n",
		  "only with one virtual_router_id" },
		{ "vrrp_instance V {\n interface eth1\n virtual_router_id 1\n"
		  " virtual_ipaddress { 192.0.2.1/24 }\n}\n",
		  "if the others do not hear V on eth1" },
		{ ROUTER("W", "2", ""), NULL },
		{ "vrrp_instance V {\n interface eth0\n virtual_router_id 2\n"
		  " virtual_ipaddress { fe80::1/64 }\n}\n",
		  NULL },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(list) / sizeof(list[0]); n++) {
		run(ROUTER("V", "1", ""), list[n].after);
		core->state = VRRP_ACTIVE;
		assert_null(strstr(remarks(), "two routers"));
		record->peer = other;
		record->peer_priority = 50;
		assert_non_null(strstr(remarks(), "is Active, and hands over"));
		if (list[n].remark)
			assert_non_null(strstr(remarks(), list[n].remark));
		else
			assert_null(strstr(remarks(), "two routers"));
		end(NULL);
	}
}

/* It has heard nobody yet, so it takes nobody along, and may do so later. */
static void a_group_with_a_new_member(void **state)
{
#define GROUP "vrrp_sync_group G {\n group {\n V\n W\n}\n}\n"
	(void)state;
	run(ROUTER("V", "1", ""),
	    ROUTER("V", "1", "") ROUTER("W", "2", "") GROUP);
	core->state = VRRP_ACTIVE;
	assert_non_null(strstr(remarks(),
			       "; V would stop being Active if another router "
			       "serves W, which is new in its "
			       "vrrp_sync_group\n"));
	core->state = VRRP_BACKUP;
	assert_null(strstr(remarks(), "would stop"));
}

static void a_group_that_is_divided(void **state)
{
#define BOTH ROUTER("V", "1", "") ROUTER("W", "2", "")
	struct vrrp_saved *second;

	(void)state;
	run(BOTH, BOTH "vrrp_sync_group G {\n group {\n V\n W\n}\n}\n");
	second = ledger_core_at(ledger, 1);
	second->started = true;
	core->state = VRRP_ACTIVE;
	second->state = VRRP_BACKUP;
	second->active = other;
	expect("changes the top level: adds vrrp_sync_group G smtp_alert off; "
	       "V would stop "
	       "being Active: W of its vrrp_sync_group is Backup\n"
	       "2 unchanged\n");
	second->state = VRRP_FAULT;
	expect("changes the top level: adds vrrp_sync_group G smtp_alert off; "
	       "V would stop "
	       "being Active: W of its vrrp_sync_group is in FAULT\n"
	       "2 unchanged\n");
	second->state = VRRP_ACTIVE;
	expect("changes the top level: adds vrrp_sync_group G smtp_alert off\n"
	       "2 unchanged\n");
}

#define REAL(n) " real_server 10.0.0." n " 80 {\n weight 1\n}\n"
#define VIRTUAL(n, protocol, lines)                                            \
	"virtual_server 192.0.2." n                                            \
	" 80 {\n lvs_method DR\n protocol " protocol "\n" lines "}\n"

/* Connections of real servers that go, as the kernel counted them. */
static void what_would_be_dropped(void **state)
{
	static const char before[] =
		ROUTER("V", "1", "") VIRTUAL("1", "TCP", REAL("1") REAL("2"))
			VIRTUAL("2", "UDP", REAL("3") REAL("4"));
	struct ledger_lvs_counts *counts;

	(void)state;
	run(before, ROUTER("V", "1", "") VIRTUAL("1", "TCP", REAL("2")));
	ledger_lvs_use(ledger, 2, 4);
	for (uint32_t n = 0; n < 4; n++) {
		counts = ledger_lvs_server_counts_at(ledger, n);
		counts->active = n == 2 ? 0 : 5;
		counts->inactive = n == 2 ? 1 : 100;
	}
	assert_null(strstr(remarks(), "would drop"));
	ledger_lvs(ledger)->numbered = 1;
	assert_non_null(strstr(remarks(), "would drop 5 connections\n"));
	/* What UDP has counts as inactive. */
	assert_non_null(strstr(remarks(), "would drop 106 connections\n"));
	end(NULL);
	run(before, ROUTER("V", "1", "")
			    VIRTUAL("1", "TCP", "drain_timeout 60\n" REAL("2"))
				    VIRTUAL("2", "UDP", REAL("4")));
	ledger_lvs_use(ledger, 2, 4);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 0)->active = 5;
	ledger_lvs_server_counts_at(ledger, 2)->inactive = 1;
	assert_non_null(strstr(remarks(), "would drop 1 connection\n"));
	assert_null(strstr(remarks(), "would drop 5"));
	end(NULL);
	/* As a whole. */
	run(ROUTER("V", "1", "") VIRTUAL("1", "TCP", REAL("1"))
		    VIRTUAL("2", "UDP", "drain_timeout 60\n" REAL("3")),
	    ROUTER("V", "1", ""));
	ledger_lvs_use(ledger, 2, 2);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 0)->active = 5;
	ledger_lvs_server_counts_at(ledger, 1)->inactive = 7;
	assert_non_null(strstr(remarks(), "would drop 5 connections\n"));
	assert_null(strstr(remarks(), "would drop 7"));
	end(NULL);
}

/* A group that becomes a firewall mark is another service of the kernel. */
static void what_becomes_a_mark(void **state)
{
#define GROUPS GROUPS_OF("192.0.2.1 80")
#define GROUPS_OF(entries)                                                     \
	"virtual_server_group g {\n " entries "\n}\n"                          \
	"virtual_server_group h {\n 192.0.2.2 80\n fwmark 7\n}\n"              \
	"virtual_server group h {\n lvs_method DR\n protocol TCP\n" REAL(      \
		"1") "}\nvirtual_server group g {\n lvs_method DR\n protocol TCP\n" REAL("2") "}\n"
#define DRAINS                                                                 \
	"virtual_server_group g {\n 192.0.2.1 80\n}\n"                         \
	"virtual_server group g {\n lvs_method DR\n protocol TCP\n"            \
	" drain_timeout 60\n" REAL("2") "}\n"
	static const char before[] = ROUTER("V", "1", "") GROUPS;
	const char *told, *dropped;

	(void)state;
	run(before,
	    "global_defs {\n nftables_ipvs\n}\n" ROUTER("V", "1", "") GROUPS);
	ledger_lvs_use(ledger, 2, 2);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 0)->active = 100;
	ledger_lvs_server_counts_at(ledger, 1)->active = 5;
	assert_non_null(strstr(remarks(), "would drop 5 connections\n"));
	end(NULL);
	/* Told once, and hides nothing. */
	run(ROUTER("V", "1", "") ROUTER("W", "2", "") GROUPS,
	    "global_defs {\n nftables_ipvs\n}\n"
	    "vrrp_sync_group G {\n group {\n V\n W\n}\n}\n"
	    "static_routes {\n 203.0.113.0/24 dev eth0\n}\n" ROUTER(
		    "V", "1", "") ROUTER("W", "2", "") GROUPS);
	ledger_lvs_use(ledger, 2, 2);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 1)->active = 5;
	core->state = VRRP_ACTIVE;
	ledger_core_at(ledger, 1)->started = true;
	ledger_core_at(ledger, 1)->state = VRRP_FAULT;
	told = remarks();
	assert_non_null(strstr(told, "W of its vrrp_sync_group is in FAULT\n"));
	dropped = strstr(told, "would drop 5 connections\n");
	assert_non_null(dropped);
	assert_null(strstr(dropped + 1, "would drop"));
	end(NULL);
	/* By what is in the group, and both of one row. */
	run("global_defs {\n nftables_ipvs\n}\n" ROUTER("V", "1", "")
		    ROUTER("W", "2", "") GROUPS,
	    "global_defs {\n nftables_ipvs\n}\n"
	    "vrrp_sync_group G {\n group {\n V\n W\n}\n}\n" ROUTER("V", "1", "")
		    ROUTER("W", "2", "") GROUPS_OF("192.0.2.1 80\n fwmark 8"));
	ledger_lvs_use(ledger, 2, 2);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 1)->active = 5;
	core->state = VRRP_ACTIVE;
	ledger_core_at(ledger, 1)->started = true;
	ledger_core_at(ledger, 1)->state = VRRP_FAULT;
	assert_non_null(strstr(remarks(),
			       "W of its vrrp_sync_group is in FAULT; would "
			       "drop 5 connections\n"));
	end(NULL);
	/* What drains keeps them. */
	run(ROUTER("V", "1", "") DRAINS,
	    "global_defs {\n nftables_ipvs\n}\n" ROUTER("V", "1", "") DRAINS);
	ledger_lvs_use(ledger, 1, 1);
	ledger_lvs(ledger)->numbered = 1;
	ledger_lvs_server_counts_at(ledger, 0)->active = 5;
	assert_null(strstr(remarks(), "would drop"));
	end(NULL);
	run(before, ROUTER("V", "1", "") GROUPS "garp_group {\n interface e\n"
						"garp_interval 1\n}\n");
	assert_null(strstr(remarks(), "would drop"));
	end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			an_active_that_gets_lower_than_a_router_it_knows, end),
		cmocka_unit_test_teardown(an_active_that_has_heard_nobody, end),
		cmocka_unit_test_teardown(an_active_that_gets_higher, end),
		cmocka_unit_test_teardown(an_active_that_is_removed, end),
		cmocka_unit_test_teardown(
			a_backup_that_gets_higher_than_the_active, end),
		cmocka_unit_test_teardown(a_backup_that_must_not_preempt, end),
		cmocka_unit_test_teardown(a_group_that_is_divided, end),
		cmocka_unit_test(what_the_others_drop),
		cmocka_unit_test(what_would_be_dropped),
		cmocka_unit_test(what_becomes_a_mark),
		cmocka_unit_test(one_in_the_place_of_another),
		cmocka_unit_test_teardown(a_group_with_a_new_member, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
