/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a configuration becomes: the model, its defaults, its print. */
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LEAST                                                                  \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress { 192.0.2.1/24 }\n}\n"

/* An instance with more lines in it. */
#define WITH(lines)                                                            \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" lines     \
	"\n virtual_ipaddress { 192.0.2.1/24 }\n}\n"

static void defaults_are_keepalived_s(void **state)
{
	struct conf_loaded *l = conf_load_text(LEAST);
	const struct conf_instance *a;
	const struct vrrp_config *v;

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->instance_count, 1);
	a = &l->model->instances[0];
	v = &a->vrrp;
	assert_string_equal(a->name, "A");
	assert_string_equal(a->interface, "eth0");
	assert_false(a->state_active);
	assert_int_equal(v->family, IP_V4);
	assert_int_equal(v->version, 2);
	assert_int_equal(v->vrid, 7);
	assert_int_equal(v->priority, 100);
	assert_true(v->preempt);
	assert_false(v->strict);
	assert_int_equal(v->checksum, VRRP_CHECKSUM_AUTO);
	assert_int_equal(v->interval, TICK_SECOND);
	assert_int_equal(v->preempt_delay, 0);
	assert_int_equal(v->announce.delay, 5 * TICK_SECOND);
	assert_int_equal(v->announce.repeat, 5);
	assert_int_equal(v->announce.refresh, 0);
	assert_int_equal(v->announce.refresh_repeat, 1);
	assert_int_equal(v->announce.lower_delay, 5 * TICK_SECOND);
	assert_int_equal(v->announce.lower_repeat, 5);
	assert_int_equal(v->announce.interval, 100 * TICK_MILLISECOND);
	assert_int_equal(a->lease, CONF_LEASE_AUTO);
	assert_int_equal(v->peer_count, 0);
	assert_false(v->resign_any);
	assert_int_equal(v->address_count, 1);
	assert_int_equal(a->address_count, 1);
	assert_int_equal(a->advertised, 1);
	assert_int_equal(a->addresses[0].prefix, 24);
	assert_null(a->addresses[0].dev);
	assert_string_equal(conf_address_dev(a, &a->addresses[0]), "eth0");
	assert_null(a->addresses[0].label);
	assert_int_equal(a->span.line, 1);
	assert_int_equal(a->span.column, 15);
	conf_unload(l);
}

static void every_word_reaches_the_model(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"global_defs { router_id edge\n vrrp_garp_interval 0.001\n"
		" vrrp_gna_interval 5ms }\n"
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" state BACKUP\n version 3\n priority 30\n advert_int 0.25\n"
		" nopreempt\n checksum rfc9568\n strict_mode\n"
		" garp_master_delay 1\n garp_master_repeat 2\n"
		" garp_master_refresh 3\n garp_master_refresh_repeat 4\n"
		" garp_lower_prio_delay 6\n garp_lower_prio_repeat 7\n"
		" vrrp_address_lease 7s\n vrrp_resign_from any\n"
		" vrrp_peers { 192.0.2.8 192.0.2.9\n 192.0.2.10 }\n"
		" virtual_ipaddress_excluded { 2001:db8::1 }\n"
		" virtual_ipaddress { 192.0.2.1/24 brd + dev eth1 scope link"
		" label eth1:x\n 192.0.2.2 } }");
	const struct conf_instance *a;
	const struct vrrp_config *v;
	char text[IP_TEXT_MAX];

	(void)state;
	assert_silent(l);
	assert_string_equal(l->model->global.router_id, "edge");
	assert_int_equal(l->model->global.garp_interval, TICK_MILLISECOND);
	assert_int_equal(l->model->global.gna_interval, 5 * TICK_MILLISECOND);
	a = &l->model->instances[0];
	v = &a->vrrp;
	assert_int_equal(v->version, 3);
	assert_int_equal(v->priority, 30);
	assert_int_equal(v->interval, 250 * TICK_MILLISECOND);
	assert_false(v->preempt);
	assert_true(v->strict);
	assert_int_equal(v->checksum, VRRP_CHECKSUM_RFC9568);
	assert_int_equal(v->announce.delay, TICK_SECOND);
	assert_int_equal(v->announce.repeat, 2);
	assert_int_equal(v->announce.refresh, 3 * TICK_SECOND);
	assert_int_equal(v->announce.refresh_repeat, 4);
	assert_int_equal(v->announce.lower_delay, 6 * TICK_SECOND);
	assert_int_equal(v->announce.lower_repeat, 7);
	assert_int_equal(a->lease, 7);
	assert_true(v->resign_any);
	assert_int_equal(v->peer_count, 3);
	assert_string_equal(ip_format(&v->peers[0].address, text), "192.0.2.8");
	assert_string_equal(ip_format(&v->peers[2].address, text),
			    "192.0.2.10");
	assert_int_equal(a->advertised, 2);
	assert_int_equal(a->address_count, 3);
	assert_string_equal(ip_format(&v->addresses[1], text), "192.0.2.2");
	assert_true(a->addresses[0].has_broadcast);
	assert_string_equal(ip_format(&a->addresses[0].broadcast, text),
			    "192.0.2.255");
	assert_string_equal(a->addresses[0].dev, "eth1");
	assert_string_equal(a->addresses[0].label, "eth1:x");
	assert_int_equal(a->addresses[0].scope, CONF_SCOPE_LINK);
	assert_int_equal(a->addresses[1].prefix, 32);
	assert_int_equal(a->addresses[2].prefix, 128);
	conf_unload(l);
}

static void units_are_exact(void **state)
{
	static const struct {
		const char *written;
		tick_t time;
	} times[] = {
		{ "advert_int 1", TICK_SECOND },
		{ "advert_int \"1\"", TICK_SECOND },
		{ "advert_int 100ms", 100 * TICK_MILLISECOND },
		{ "advert_int 0.1", 100 * TICK_MILLISECOND },
		{ "advert_int .5s", 500 * TICK_MILLISECOND },
		{ "advert_int 0.5min", 30 * TICK_SECOND },
		{ "advert_int 10000us", TICK_CENTISECOND },
		{ "advert_int 40.95", VRRP_INTERVAL_MAX_V3 },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct conf_loaded *l;

		snprintf(text, sizeof(text), WITH("version 3\n %s"),
			 times[i].written);
		l = conf_load_text(text);
		assert_silent(l);
		assert_int_equal(l->model->instances[0].vrrp.interval,
				 times[i].time);
		conf_unload(l);
	}
}

static void global_defs_may_stand_behind(void **state)
{
	struct conf_loaded *l =
		conf_load_text(LEAST "global_defs { vrrp_version 3\n"
				     " vrrp_garp_master_repeat 1\n"
				     " vrrp_garp_lower_prio_delay 9 }\n");
	const struct vrrp_config *v;

	(void)state;
	assert_silent(l);
	v = &l->model->instances[0].vrrp;
	assert_int_equal(v->version, 3);
	assert_int_equal(v->announce.repeat, 1);
	assert_int_equal(v->announce.lower_repeat, 1);
	assert_int_equal(v->announce.lower_delay, 9 * TICK_SECOND);
	conf_unload(l);
}

static void leases_and_resigning_may_be_global(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"global_defs { vrrp_address_lease 0\n vrrp_resign_from any }\n" LEAST
		"vrrp_instance B {\n interface eth0\n virtual_router_id 8\n"
		" vrrp_address_lease AUTO\n vrrp_resign_from active\n"
		" virtual_ipaddress { 192.0.2.2/24 } }\n"
		"vrrp_instance C {\n interface eth0\n virtual_router_id 9\n"
		" vrrp_address_lease 1440min\n"
		" virtual_ipaddress { 192.0.2.3/24 } }");
	const struct conf_instance *all;

	(void)state;
	assert_silent(l);
	all = l->model->instances;
	assert_int_equal(all[0].lease, 0);
	assert_true(all[0].vrrp.resign_any);
	assert_int_equal(all[1].lease, CONF_LEASE_AUTO);
	assert_false(all[1].vrrp.resign_any);
	assert_int_equal(all[2].lease, CONF_LEASE_MAX);
	conf_unload(l);
}

static void how_vrrp_runs_reaches_the_model(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"global_defs { vrrp_rt_priority 50\n vrrp_rlimit_rttime 20000\n"
		" vrrp_no_swap\n vrrp_cpu_affinity 0 63 64 1023\n"
		" max_auto_priority\n min_auto_priority_delay 5000\n"
		" vrrp_netlink_monitor_rcv_bufs 4096\n"
		" vrrp_netlink_cmd_rcv_bufs 8192\n"
		" vrrp_netlink_cmd_rcv_bufs_force on }\n" LEAST);
	const struct conf_global *g = &l->model->global;

	(void)state;
	assert_silent(l);
	assert_int_equal(g->vrrp.rt_priority, 50);
	assert_int_equal(g->vrrp.rttime, 20000);
	assert_true(g->vrrp.no_swap);
	assert_true(g->vrrp.cpus.bound);
	assert_true(g->vrrp.cpus.set[0] == (1 | UINT64_C(1) << 63));
	assert_true(g->vrrp.cpus.set[1] == 1);
	assert_true(g->vrrp.cpus.set[15] == UINT64_C(1) << 63);
	assert_int_equal(g->vrrp.auto_priority, 99);
	assert_int_equal(g->vrrp.auto_delay, 5 * TICK_MILLISECOND);
	assert_int_equal(g->monitor.size, 4096);
	assert_false(g->monitor.force);
	assert_int_equal(g->command.size, 8192);
	assert_true(g->command.force);
	conf_unload(l);

	/* keepalived's defaults; -1 is none, and nice is not for real time. */
	l = conf_load_text(
		"global_defs { vrrp_rt_priority 1\n vrrp_priority -5\n"
		" max_auto_priority -1 }\n" LEAST);
	g = &l->model->global;
	assert_int_equal(g->vrrp.rttime, 10000);
	assert_int_equal(g->vrrp.nice, 0);
	assert_int_equal(g->vrrp.auto_priority, 0);
	conf_unload(l);
	l = conf_load_text("global_defs { vrrp_priority -20\n"
			   " max_auto_priority 7 }\n" LEAST);
	g = &l->model->global;
	assert_int_equal(g->vrrp.nice, -20);
	assert_int_equal(g->vrrp.rttime, 10000);
	assert_int_equal(g->vrrp.auto_delay, TICK_SECOND);
	/* Somebody said how it shall run: then not in real time. */
	assert_int_equal(g->vrrp.rt_priority, 0);
	conf_unload(l);
	l = conf_load_text("global_defs { vrrp_rt_priority 0 }\n" LEAST);
	assert_int_equal(l->model->global.vrrp.rt_priority, 0);
	conf_unload(l);
	l = conf_load_text(LEAST);
	assert_int_equal(l->model->global.vrrp.rt_priority, CONF_RT_AUTO);
	assert_int_equal(l->model->global.vrrp.rttime, 0);
	assert_false(l->model->global.vrrp.cpus.bound);
	assert_int_equal(l->model->global.monitor.size, 0);
	conf_unload(l);
}

/* Each instance has its own, and none gets those of its neighbour. */
static void peers_are_of_their_instance(void **state)
{
	struct conf_loaded *l = conf_load_text(WITH(
		"vrrp_peers { 192.0.2.8 }\n"
		"vrrp_peers { 192.0.2.9\n192.0.2.8 }") "vrrp_instance B {\n interface eth0\n virtual_router_id 8\n"
						       " virtual_ipaddress { 192.0.2.2/24 } }\n"
						       "vrrp_instance C {\n interface eth0\n virtual_router_id 9\n"
						       " virtual_ipaddress { fe80::1/64 }\n"
						       " vrrp_peers { fe80::8 } }");
	const struct conf_instance *all = l->model->instances;
	char text[IP_TEXT_MAX];

	(void)state;
	assert_says(l, "this peer stands in the same instance already");
	assert_int_equal(all[0].vrrp.peer_count, 2);
	assert_string_equal(ip_format(&all[0].vrrp.peers[1].address, text),
			    "192.0.2.9");
	assert_int_equal(all[1].vrrp.peer_count, 0);
	assert_int_equal(all[2].vrrp.peer_count, 1);
	assert_string_equal(ip_format(&all[2].vrrp.peers[0].address, text),
			    "fe80::8");
	conf_unload(l);
}

static void ipv6_is_version_3(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" virtual_ipaddress { fe80::1/64 } }");

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->instances[0].vrrp.version, 3);
	assert_int_equal(l->model->global.common.version, 2);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_keepalived_s),
		cmocka_unit_test(every_word_reaches_the_model),
		cmocka_unit_test(units_are_exact),
		cmocka_unit_test(global_defs_may_stand_behind),
		cmocka_unit_test(leases_and_resigning_may_be_global),
		cmocka_unit_test(how_vrrp_runs_reaches_the_model),
		cmocka_unit_test(peers_are_of_their_instance),
		cmocka_unit_test(ipv6_is_version_3),
	};

	return cmocka_run_group_tests_name("conf_model", tests, NULL, NULL);
}
