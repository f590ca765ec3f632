/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The canonical print: reading it again gives the same model, for thousands of
 * configurations made by chance. A failing seed prints its configuration.
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

#define SEEDS 1000

/* A text that is made by chance. */
struct making {
	uint64_t random;
	char text[16384];
	size_t length;
};

static unsigned chance(struct making *m, unsigned below)
{
	m->random = m->random * UINT64_C(6364136223846793005) + 1442695041;
	return (unsigned)(m->random >> 33) % below;
}

__attribute__((format(printf, 2, 3))) static void put(struct making *m,
						      const char *format, ...)
{
	size_t room = sizeof(m->text) - m->length;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(m->text + m->length, room, format, arguments);
	va_end(arguments);
	assert_in_range(length, 0, room - 1);
	m->length += (size_t)length;
}

static void put_address(struct making *m, unsigned vrid, unsigned n, bool v6)
{
	static const char *const scopes[] = { "global", "site", "link", "host",
					      "nowhere" };

	if (v6)
		put(m, "  %s::%x:%x/%u", n ? "2001:db8" : "fe80", vrid, n + 1,
		    chance(m, 129));
	else
		put(m, "  10.0.%u.%u/%u", vrid, n + 1, chance(m, 33));
	if (!v6 && chance(m, 3) == 0)
		put(m, " brd %s",
		    chance(m, 2)   ? "+"
		    : chance(m, 2) ? "-"
				   : "10.0.0.255");
	if (chance(m, 4) == 0)
		put(m, " scope %s", scopes[chance(m, 5)]);
	if (chance(m, 4) == 0)
		put(m, " dev eth%u label eth:%u", chance(m, 3), n);
	put(m, "\n");
}

/* A line of each word, sometimes. */
static void put_options(struct making *m, bool v6)
{
	static const char *const forms[] = { "auto", "rfc9568", "rfc5798" };
	bool version_3 = v6 || chance(m, 2);
	unsigned announce = chance(m, 64);

	if (chance(m, 2))
		put(m, " state %s\n", chance(m, 2) ? "MASTER" : "BACKUP");
	put(m, " version %u\n", version_3 ? 3U : 2U);
	if (chance(m, 2))
		put(m, " priority %u\n", 1 + chance(m, 255));
	if (version_3)
		put(m, " advert_int %u0ms\n", 1 + chance(m, 4095));
	else
		put(m, " advert_int %u\n", 1 + chance(m, 255));
	if (chance(m, 3) == 0)
		put(m, " nopreempt\n");
	if (chance(m, 3) == 0)
		put(m, " preempt_delay %u.%03u\n", chance(m, 1000),
		    chance(m, 1000));
	if (chance(m, 3) == 0)
		put(m, " strict_mode %s\n", chance(m, 2) ? "on" : "off");
	if (chance(m, 2))
		put(m, " checksum %s\n", forms[chance(m, 3)]);
	if (chance(m, 3) == 0)
		put(m, " vrrp_address_lease %u\n", chance(m, 9));
	if (chance(m, 3) == 0)
		put(m, " vrrp_resign_from any\n");
	if (chance(m, 3) == 0)
		put(m, " vrrp_peers { %s%x%s }\n", v6 ? "fe80::" : "10.1.0.",
		    chance(m, 10), v6 ? " fe80::b:1" : " 10.1.7.1");
	if (announce & 1)
		put(m, " garp_master_delay %uus\n", chance(m, 1000000));
	if (announce & 2)
		put(m, " garp_master_repeat %u\n", 1 + chance(m, 1000));
	if (announce & 4)
		put(m, " garp_master_refresh %umin\n", chance(m, 1440));
	if (announce & 8)
		put(m, " garp_master_refresh_repeat %u\n", 1 + chance(m, 9));
	if (announce & 16)
		put(m, " garp_lower_prio_delay %u\n", chance(m, 100));
	if (announce & 32)
		put(m, " garp_lower_prio_repeat %u\n", chance(m, 100));
}

static void put_process(struct making *m)
{
	if (chance(m, 3) == 0)
		put(m, " vrrp_rt_priority %u\n", chance(m, 100));
	else if (chance(m, 3) == 0)
		put(m, " vrrp_priority %d\n", (int)chance(m, 40) - 20);
	if (chance(m, 3) == 0)
		put(m, " vrrp_rlimit_rttime %u\n", 2 + chance(m, 99999));
	if (chance(m, 3) == 0)
		put(m, " vrrp_no_swap\n");
	if (chance(m, 3) == 0)
		put(m, " vrrp_cpu_affinity %u %u\n", chance(m, 1024),
		    chance(m, 1024));
	if (chance(m, 3) == 0)
		put(m, " max_auto_priority %d\n min_auto_priority_delay %u\n",
		    (int)chance(m, 101) - 1, 1 + chance(m, 99999));
	if (chance(m, 3) == 0)
		put(m,
		    " vrrp_netlink_monitor_rcv_bufs %u\n"
		    " vrrp_netlink_monitor_rcv_bufs_force %s\n",
		    chance(m, 99999), chance(m, 2) ? "on" : "off");
	if (chance(m, 3) == 0)
		put(m,
		    " vrrp_netlink_cmd_rcv_bufs %u\n"
		    " vrrp_netlink_cmd_rcv_bufs_force %s\n",
		    chance(m, 99999), chance(m, 2) ? "on" : "off");
}

static void make(struct making *m, uint64_t seed)
{
	static const char *const names[] = { "edge",
					     "\"a b\"",
					     "\"#!{}$@~\"",
					     "\"a\\\"b\\\\\"",
					     "\xc3\xa4",
					     "\"a\xc2\xa0"
					     "b\"" };
	unsigned instances;

	*m = (struct making){ .random = seed * UINT64_C(0x9e3779b97f4a7c15) };
	chance(m, 2);
	instances = chance(m, 6);
	put(m, "global_defs {\n router_id %s\n", names[chance(m, 6)]);
	if (chance(m, 2))
		put(m, " vrrp_version %u\n", 2 + chance(m, 2));
	if (chance(m, 4) == 0)
		put(m, " vrrp_min_garp\n");
	if (chance(m, 4) == 0)
		put(m, " vrrp_garp_master_delay %u\n", chance(m, 9));
	if (chance(m, 4) == 0)
		put(m, " vrrp_gna_interval 0.%06u\n", chance(m, 1000000));
	if (chance(m, 4) == 0)
		put(m, " vrrp_notify_priority_changes on\n");
	put_process(m);
	put(m, "}\n");
	for (unsigned i = 0; i < instances; i++) {
		bool v6 = chance(m, 2);
		unsigned count = 1 + chance(m, 4);

		put(m, "vrrp_instance %s-%u {\n interface eth0\n",
		    names[chance(m, 6)], i);
		put(m, " virtual_router_id %u\n", 1 + i);
		put_options(m, v6);
		if (chance(m, 3) == 0)
			put(m, " notify_priority_changes off\n");
		put(m, " virtual_ipaddress {\n");
		for (unsigned n = 0; n < count; n++)
			put_address(m, i, n, v6);
		put(m, " }\n virtual_ipaddress_excluded {\n");
		for (unsigned n = 4; n < 4 + chance(m, 3); n++)
			put_address(m, i, n, chance(m, 2));
		put(m, " }\n}\n");
	}
}

/* Equal in all but the places. */
static void assert_same(const struct conf_instance *a,
			const struct conf_instance *b)
{
	struct vrrp_config v = a->vrrp;
	const struct vrrp_config *w = &b->vrrp;

	assert_string_equal(a->name, b->name);
	assert_string_equal(a->interface, b->interface);
	assert_int_equal(a->state_active, b->state_active);
	assert_int_equal(a->address_count, b->address_count);
	assert_int_equal(a->advertised, b->advertised);
	assert_int_equal(v.interval, w->interval);
	assert_int_equal(v.preempt_delay, w->preempt_delay);
	assert_int_equal(v.priority, w->priority);
	assert_int_equal(v.vrid, w->vrid);
	assert_int_equal(v.version, w->version);
	assert_int_equal(v.family, w->family);
	assert_int_equal(v.preempt, w->preempt);
	assert_int_equal(v.strict, w->strict);
	assert_int_equal(a->lease, b->lease);
	assert_int_equal(v.resign_any, w->resign_any);
	assert_int_equal(v.peer_count, w->peer_count);
	for (size_t i = 0; i < v.peer_count; i++)
		assert_true(
			ip_equal(&v.peers[i].address, &w->peers[i].address));
	if (v.version == 3 && v.family == IP_V4)
		assert_int_equal(v.checksum, w->checksum);
	assert_memory_equal(&v.announce, &w->announce, sizeof(v.announce));
	for (size_t i = 0; i < a->address_count; i++) {
		const struct conf_address *c = &a->addresses[i];
		const struct conf_address *d = &b->addresses[i];

		assert_true(ip_equal(&c->address, &d->address));
		assert_int_equal(c->prefix, d->prefix);
		assert_int_equal(c->scope, d->scope);
		assert_string_equal(c->dev ? c->dev : "", d->dev ? d->dev : "");
		assert_int_equal(c->has_broadcast, d->has_broadcast);
		assert_true(ip_equal(&c->broadcast, &d->broadcast));
		assert_string_equal(c->label ? c->label : "",
				    d->label ? d->label : "");
		if (i < a->advertised)
			assert_true(ip_equal(&c->address, &v.addresses[i]));
	}
}

static void assert_same_process(const struct conf_global *a,
				const struct conf_global *b)
{
	assert_int_equal(a->vrrp.nice, b->vrrp.nice);
	assert_int_equal(a->vrrp.rt_priority, b->vrrp.rt_priority);
	assert_int_equal(a->vrrp.rttime, b->vrrp.rttime);
	assert_int_equal(a->vrrp.no_swap, b->vrrp.no_swap);
	assert_int_equal(a->vrrp.auto_priority, b->vrrp.auto_priority);
	assert_int_equal(a->vrrp.auto_delay, b->vrrp.auto_delay);
	assert_int_equal(a->vrrp.cpus.bound, b->vrrp.cpus.bound);
	assert_memory_equal(a->vrrp.cpus.set, b->vrrp.cpus.set,
			    sizeof(a->vrrp.cpus.set));
	assert_int_equal(a->monitor.size, b->monitor.size);
	assert_int_equal(a->monitor.force, b->monitor.force);
	assert_int_equal(a->command.size, b->command.size);
	assert_int_equal(a->command.force, b->command.force);
}

static void one_seed(struct making *m, uint64_t seed)
{
	struct conf_loaded *first;
	struct conf_loaded *second;
	char *one;
	char *two;

	make(m, seed);
	first = conf_load_text(m->text);
	if (!first->model)
		fprintf(stderr, "# seed %llu:\n%s\n%s",
			(unsigned long long)seed, m->text, first->printed);
	assert_non_null(first->model);
	one = conf_printed(first->model);
	second = conf_load_text(one);
	two = second->model ? conf_printed(second->model) : NULL;
	if (!two || strcmp(one, two) != 0)
		fprintf(stderr, "# seed %llu:\n%s\n%s\n%s",
			(unsigned long long)seed, m->text, one,
			second->printed);
	assert_non_null(two);
	assert_string_equal(one, two);
	assert_int_equal(second->diagnostics.ignored, 0);
	assert_int_equal(first->model->instance_count,
			 second->model->instance_count);
	assert_same_process(&first->model->global, &second->model->global);
	for (size_t i = 0; i < first->model->instance_count; i++)
		assert_same(&first->model->instances[i],
			    &second->model->instances[i]);
	free(one);
	free(two);
	conf_unload(first);
	conf_unload(second);
}

static void what_is_printed_is_read_again(void **state)
{
	struct making *m = calloc(1, sizeof(*m));

	(void)state;
	assert_non_null(m);
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		one_seed(m, seed);
	free(m);
}

static void it_looks_like_this(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"vrrp_instance \"LAN 4\" { interface eth0\n"
		"virtual_router_id 51\nadvert_int 100ms\nversion 3\n"
		"virtual_ipaddress { 192.0.2.1/24 } }");
	char *text = conf_printed(l->model);

	(void)state;
	assert_string_equal(text, "global_defs {\n"
				  "\tvrrp_garp_interval 0\n"
				  "\tvrrp_gna_interval 0\n"
				  "\tvrrp_startup_delay 0\n"
				  "\tvrrp_delay_after_boot 0\n"
				  "\tvrrp_version 2\n"
				  "\tvrrp_strict off\n"
				  "\tvrrp_garp_master_delay 5\n"
				  "\tvrrp_garp_master_repeat 5\n"
				  "\tvrrp_garp_master_refresh 0\n"
				  "\tvrrp_garp_master_refresh_repeat 1\n"
				  "\tvrrp_garp_lower_prio_delay 5\n"
				  "\tvrrp_garp_lower_prio_repeat 5\n"
				  "\tvrrp_down_timer_adverts 3\n"
				  "\tvrrp_lower_prio_no_advert off\n"
				  "\tvrrp_higher_prio_send_advert on\n"
				  "\tvrrp_owner_ignore_adverts off\n"
				  "\tvrrp_skip_check_adv_addr off\n"
				  "\tsmtp_alert_vrrp off\n"
				  "\tvrrp_address_lease auto\n"
				  "\tvrrp_resign_from active\n"
				  "\tmax_auto_priority 0\n"
				  "\tvrrp_netlink_monitor_rcv_bufs 0\n"
				  "\tvrrp_netlink_cmd_rcv_bufs 0\n"
				  "\tsmtp_connect_timeout 30\n"
				  "\tsmtp_tls opportunistic\n"
				  "}\n"
				  "\n"
				  "vrrp_instance \"LAN 4\" {\n"
				  "\tstate BACKUP\n"
				  "\tinterface eth0\n"
				  "\tvirtual_router_id 51\n"
				  "\tpriority 100\n"
				  "\tadvert_int 0.1\n"
				  "\tpreempt_delay 0\n"
				  "\tmcast_dst_ip 224.0.0.18\n"
				  "\tversion 3\n"
				  "\tstrict_mode off\n"
				  "\tdown_timer_adverts 3\n"
				  "\tlower_prio_no_advert off\n"
				  "\thigher_prio_send_advert on\n"
				  "\towner_ignore_adverts off\n"
				  "\tskip_check_adv_addr off\n"
				  "\tvrrp_resign_from active\n"
				  "\tgarp_master_delay 5\n"
				  "\tgarp_master_repeat 5\n"
				  "\tgarp_master_refresh 0\n"
				  "\tgarp_master_refresh_repeat 1\n"
				  "\tgarp_lower_prio_delay 5\n"
				  "\tgarp_lower_prio_repeat 5\n"
				  "\tsmtp_alert off\n"
				  "\tvrrp_address_lease auto\n"
				  "\tvirtual_ipaddress {\n"
				  "\t\t192.0.2.1/24\n"
				  "\t}\n"
				  "\tnotify_priority_changes off\n"
				  "}\n");
	free(text);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_like_this),
		cmocka_unit_test(what_is_printed_is_read_again),
	};

	return cmocka_run_group_tests_name("conf_print", tests, NULL, NULL);
}
