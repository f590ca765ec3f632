/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds where nothing is written, what an instance has of global_defs,
 * and the words that are only a row and their user.
 */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GLOBAL(inside) "global_defs {\n" inside "\n}\n"
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"
#define INSTANCE6(inside)                                                      \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n fe80::1/64\n}\n}\n"

static const struct conf_instance *only(const struct conf_loaded *l)
{
	assert_silent(l);
	assert_int_equal(l->model->instance_count, 1);
	return &l->model->instances[0];
}

static void assert_ip(const struct ip *ip, const char *expected)
{
	char text[IP_TEXT_MAX];

	assert_string_equal(ip_format(ip, text), expected);
}

/* The line of a word in the print of what a text becomes; NULL: none. */
static void assert_prints(const char *text, const char *line)
{
	struct conf_loaded *l = conf_load_text(text);
	char *printed;

	assert_silent(l);
	printed = conf_printed(l->model);
	if (!strstr(printed, line))
		fprintf(stderr, "# no %s in:\n%s", line, printed);
	assert_non_null(strstr(printed, line));
	free(printed);
	conf_unload(l);
}

/* Of each word that both may say: from nowhere, from global_defs, its own. */
static void an_instance_inherits(void **state)
{
	static const struct {
		const char *word, *general;
		const char *otherwise, *one, *two; /* values */
	} words[] = {
		{ "version", "vrrp_version", "2", "3", "2" },
		{ "strict_mode", "vrrp_strict", "off", "on", "off" },
		{ "garp_master_delay", "vrrp_garp_master_delay", "5", "1",
		  "2" },
		{ "garp_master_repeat", "vrrp_garp_master_repeat", "5", "1",
		  "2" },
		{ "garp_master_refresh", "vrrp_garp_master_refresh", "0", "1",
		  "2" },
		{ "garp_master_refresh_repeat",
		  "vrrp_garp_master_refresh_repeat", "1", "2", "3" },
		{ "garp_lower_prio_delay", "vrrp_garp_lower_prio_delay", "5",
		  "1", "2" },
		{ "garp_lower_prio_repeat", "vrrp_garp_lower_prio_repeat", "5",
		  "1", "2" },
		{ "down_timer_adverts", "vrrp_down_timer_adverts", "3", "4",
		  "5" },
		{ "lower_prio_no_advert", "vrrp_lower_prio_no_advert", "off",
		  "on", "off" },
		{ "higher_prio_send_advert", "vrrp_higher_prio_send_advert",
		  "on", "off", "on" },
		{ "owner_ignore_adverts", "vrrp_owner_ignore_adverts", "off",
		  "on", "off" },
		{ "skip_check_adv_addr", "vrrp_skip_check_adv_addr", "off",
		  "on", "off" },
		{ "vrrp_resign_from", "vrrp_resign_from", "active", "any",
		  "active" },
		{ "vrrp_address_lease", "vrrp_address_lease", "auto", "5",
		  "6" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		char text[400];
		char line[100];

		snprintf(line, sizeof(line), "\n\t%s %s\n\t", words[i].word,
			 words[i].otherwise);
		assert_prints(INSTANCE(""), line);
		snprintf(text, sizeof(text), "%sglobal_defs {\n %s %s\n}\n",
			 INSTANCE(""), words[i].general, words[i].one);
		snprintf(line, sizeof(line), "\n\t%s %s\n\t", words[i].word,
			 words[i].one);
		assert_prints(text, line);
		/* Its own value counts, also where it is the default. */
		snprintf(text, sizeof(text),
			 "global_defs {\n %s %s\n}\nvrrp_instance A {\n"
			 " interface eth0\n virtual_router_id 7\n %s %s\n"
			 " virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n",
			 words[i].general, words[i].one, words[i].word,
			 words[i].two);
		snprintf(line, sizeof(line), "\n\t%s %s\n\t", words[i].word,
			 words[i].two);
		assert_prints(text, line);
	}
}

/* keepalived reads all of global_defs before it uses any of it. */
static void a_second_global_defs_counts_for_all(void **state)
{
	struct conf_loaded *l = conf_load_text(
		GLOBAL("vrrp_version 2\n router_id a") INSTANCE("")
			GLOBAL("vrrp_garp_master_delay 3"));
	const struct conf_instance *a = only(l);

	(void)state;
	assert_string_equal(l->model->global.router_id, "a");
	assert_int_equal(a->vrrp.announce.delay, 3 * TICK_SECOND);
	conf_unload(l);
}

static void what_was_not_written_follows(void **state)
{
	struct conf_loaded *l =
		conf_load_text(GLOBAL("vrrp_min_garp") INSTANCE(""));

	(void)state;
	assert_int_equal(only(l)->vrrp.announce.delay, 0);
	assert_int_equal(only(l)->vrrp.announce.repeat, 1);
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_garp_master_delay 7\n"
				  " vrrp_garp_master_repeat 3") INSTANCE(""));
	assert_int_equal(only(l)->vrrp.announce.lower_delay, 7 * TICK_SECOND);
	assert_int_equal(only(l)->vrrp.announce.lower_repeat, 3);
	conf_unload(l);
}

static void state_is_a_first_guess(void **state)
{
	struct conf_loaded *l = conf_load_text(INSTANCE("state MASTER"));

	(void)state;
	assert_says(l, "warning: state MASTER without a priority means "
		       "priority 255");
	assert_int_equal(l->model->instances[0].vrrp.priority, 255);
	assert_int_equal(conf_verdict(&l->diagnostics), 0);
	conf_unload(l);
	l = conf_load_text(INSTANCE("state MASTER\n priority 90"));
	assert_true(only(l)->state_active);
	assert_int_equal(only(l)->vrrp.priority, 90);
	conf_unload(l);
	for (unsigned i = 0; i < 2; i++) {
		l = conf_load_text(i ? INSTANCE("state SLAVE")
				     : INSTANCE("state master"));
		assert_non_null(l->model);
		assert_in_range(l->diagnostics.warnings, 1, 1);
		assert_says(l, "BACKUP");
		assert_false(l->model->instances[0].state_active);
		assert_int_equal(l->model->instances[0].vrrp.priority, 100);
		conf_unload(l);
	}
}

static void prefixes_are_taken_as_keepalived_takes_them(void **state)
{
	static const struct {
		const char *text;
		uint8_t prefix;
		bool told;
	} cases[] = {
		{ "10.0.0.1", 32, false },
		{ "10.0.0.1/24", 24, false },
		{ "10.0.0.1/33", 32, true },
		{ "fe80::1/129", 128, true },
		{ "10.0.0.1/255.255.255.0", 32, true },
		{ "10.0.0.1/24x", 24, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char text[200];
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 "vrrp_instance A {\n interface eth0\n"
			 " virtual_router_id 7\n virtual_ipaddress {\n %s\n"
			 "}\n}\n",
			 cases[i].text);
		l = conf_load_text(text);
		assert_non_null(l->model);
		assert_int_equal(l->diagnostics.warnings, cases[i].told);
		assert_int_equal(l->model->instances[0].addresses[0].prefix,
				 cases[i].prefix);
		conf_unload(l);
	}
}

/* An interface that is not there is waited for: a hint, no more. */
static void interfaces_that_are_not_there(void **state)
{
	static const char text[] =
		INSTANCE("") "garp_group {\n interface eth5\n}\n"
			     "interface_up_down_delays {\n eth6 1\n}\n";
	struct conf_loaded *l = conf_load_where("lo eth5 eth6 ", text);

	(void)state;
	assert_silent(l);
	assert_says(l, "test.conf:2:12: note: this machine has no interface "
		       "eth0 now");
	assert_int_equal(l->diagnostics.count, 1);
	assert_int_equal(conf_verdict(&l->diagnostics), 0);
	conf_unload(l);
	l = conf_load_where("eth0 eth5 eth6 ", text);
	assert_int_equal(l->diagnostics.count, 0);
	conf_unload(l);
	l = conf_load_where("eth0 ", text);
	assert_says(l, "no interface eth5 now");
	assert_says(l, "no interface eth6 now");
	conf_unload(l);
	/* Who cannot know says nothing. */
	l = conf_load_text(text);
	assert_int_equal(l->diagnostics.count, 0);
	conf_unload(l);
	l = conf_load_where("eth0 ", INSTANCE("interface eth0:1"));
	assert_says(l, "eth0:1 is an alias, the interface is eth0");
	conf_unload(l);
}

static void groups_of_advertisements(void **state)
{
	struct conf_loaded *l = conf_load_text(INSTANCE(""));

	(void)state;
	assert_ip(&only(l)->vrrp.destination, "224.0.0.18");
	assert_int_equal(only(l)->mcast_src.family, IP_NONE);
	conf_unload(l);
	l = conf_load_text(INSTANCE6(""));
	assert_ip(&only(l)->vrrp.destination, "ff02::12");
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_mcast_group4 224.0.0.9\n"
				  " vrrp_mcast_group6 ff02::99") INSTANCE(""));
	assert_ip(&only(l)->vrrp.destination, "224.0.0.9");
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_mcast_group4 224.0.0.9\n"
				  " vrrp_mcast_group6 ff02::99") INSTANCE6(""));
	assert_ip(&only(l)->vrrp.destination, "ff02::99");
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_mcast_group4 224.0.0.9") INSTANCE(
		"mcast_dst_ip 239.0.0.1\n mcast_src_ip 192.0.2.9"));
	assert_ip(&only(l)->vrrp.destination, "239.0.0.1");
	assert_ip(&only(l)->mcast_src, "192.0.2.9");
	conf_unload(l);
	/* Those of the other family are left out. */
	l = conf_load_text(INSTANCE("mcast_dst_ip ff02::99\n"
				    " mcast_src_ip fe80::9"));
	assert_int_equal(l->diagnostics.ignored, 2);
	assert_ip(&l->model->instances[0].vrrp.destination, "224.0.0.18");
	assert_int_equal(l->model->instances[0].mcast_src.family, IP_NONE);
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_mcast_group4 192.0.2.1") INSTANCE(""));
	assert_int_equal(l->diagnostics.ignored, 1);
	assert_ip(&l->model->instances[0].vrrp.destination, "224.0.0.18");
	conf_unload(l);
	/* Without addresses, they tell the family. */
	l = conf_load_text("vrrp_instance A {\n interface eth0\n"
			   " virtual_router_id 7\n no_virtual_ipaddress\n"
			   " mcast_dst_ip ff02::99\n}\n");
	assert_int_equal(only(l)->vrrp.family, IP_V6);
	assert_int_equal(only(l)->vrrp.version, 3);
	assert_int_equal(only(l)->vrrp.address_count, 0);
	conf_unload(l);
}

static void announcements_are_paced_in_groups(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"garp_group {\n garp_interval 0.5\n gna_interval 20ms\n"
		" interface eth0\n interfaces {\n eth1 eth2\n eth3\n}\n}\n"
		"garp_group {\n interface eth4\n}\n");
	const struct conf_garp_group *g;

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->garp_group_count, 2);
	g = &l->model->garp_groups[0];
	assert_int_equal(g->garp_interval, 500 * TICK_MILLISECOND);
	assert_int_equal(g->gna_interval, 20 * TICK_MILLISECOND);
	assert_int_equal(g->interface_count, 4);
	assert_string_equal(g->interfaces[0].name, "eth0");
	assert_string_equal(g->interfaces[3].name, "eth3");
	assert_string_equal(g[1].interfaces[0].name, "eth4");
	conf_unload(l);
	/* What says that it is left out is left out. */
	l = conf_load_text("garp_group {\n garp_interval 1\n}\n"
			   "garp_group {\n interface eth4\n}\n");
	assert_says(l, "test.conf:1:1: warning: this garp_group has no "
		       "interface; it is left out");
	assert_int_equal(l->diagnostics.ignored, 1);
	assert_int_equal(l->model->garp_group_count, 1);
	assert_string_equal(l->model->garp_groups[0].interfaces[0].name,
			    "eth4");
	conf_unload(l);
}

static void links_have_delays(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"interface_up_down_delays {\n eth0 1 2.5\n eth1 3\n}\n");
	const struct conf_link_delay *d;

	(void)state;
	assert_silent(l);
	assert_int_equal(l->model->link_delay_count, 2);
	d = l->model->link_delays;
	assert_string_equal(d[0].on.name, "eth0");
	assert_int_equal(d[0].down, TICK_SECOND);
	assert_int_equal(d[0].up, 2500 * TICK_MILLISECOND);
	assert_int_equal(d[1].down, 3 * TICK_SECOND);
	assert_int_equal(d[1].up, 3 * TICK_SECOND);
	conf_unload(l);
	l = conf_load_text("interface_up_down_delays {\n eth0 256\n}\n");
	assert_in_range(l->diagnostics.warnings + l->diagnostics.errors, 1, 2);
	conf_unload(l);
}

static void extra_announcements(void **state)
{
	struct conf_loaded *l =
		conf_load_text(GLOBAL("vrrp_garp_extra_if 30") INSTANCE(""));

	(void)state;
	assert_int_equal(only(l)->garp_extra.every, 30 * TICK_SECOND);
	assert_false(only(l)->garp_extra.all);
	conf_unload(l);
	l = conf_load_text(GLOBAL("vrrp_garp_extra_if 30")
				   INSTANCE("garp_extra_if all 5"));
	assert_int_equal(only(l)->garp_extra.every, 5 * TICK_SECOND);
	assert_true(only(l)->garp_extra.all);
	conf_unload(l);
	l = conf_load_text(INSTANCE("vmac_garp_intvl 100"));
	assert_int_equal(only(l)->garp_extra.every, 100 * TICK_SECOND);
	conf_unload(l);
	assert_prints(INSTANCE("vmac_garp_intvl all 9"),
		      "\tgarp_extra_if all 9\n");
	l = conf_load_text(INSTANCE("garp_extra_if all"));
	assert_int_equal(l->diagnostics.ignored, 1);
	assert_int_equal(l->model->instances[0].garp_extra.every, 0);
	conf_unload(l);
}

static void other_words_reach_the_model(void **state)
{
	struct conf_loaded *l = conf_load_text(
		GLOBAL("vrrp_startup_delay 1.5\n vrrp_delay_after_boot 30\n"
		       " disable_local_igmp\n log_unknown_vrids\n"
		       " process_names\n vrrp_process_name v\n"
		       " iproute_usr_dir /u\n iproute_etc_dir /e")
			INSTANCE("promote_secondaries"));
	const struct conf_global *g = &l->model->global;

	(void)state;
	assert_int_equal(g->startup_delay, 1500 * TICK_MILLISECOND);
	assert_int_equal(g->delay_after_boot, 30 * TICK_SECOND);
	assert_true(g->disable_local_igmp);
	assert_true(g->log_unknown_vrids);
	assert_true(g->process_names);
	assert_string_equal(g->vrrp_process_name, "v");
	assert_string_equal(g->iproute_usr_dir, "/u");
	assert_string_equal(g->iproute_etc_dir, "/e");
	assert_true(only(l)->promote_secondaries);
	conf_unload(l);
}

#define SCOPED(global, name)                                                   \
	global "vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"    \
	       " virtual_ipaddress {\n 192.0.2.1/24 scope " name "\n}\n}\n"

static void scopes_have_names_in_files(void **state)
{
	static const char etc[] = "# a comment\n 77 office # of ours\n"
				  "0x4e\tcellar\n300 attic\n79\n";
	static const struct {
		const char *text;
		int scope; /* -1: it is told */
	} cases[] = {
		{ SCOPED("", "link"), CONF_SCOPE_LINK },
		{ SCOPED("", "99"), 99 },
		{ SCOPED("", "0x63"), 99 },
		{ SCOPED("", "office"), 77 },
		{ SCOPED("", "cellar"), 78 },
		{ SCOPED("", "shop"), 11 },
		{ SCOPED("", "attic"), -1 },
		{ SCOPED("", "nowhere_else"), -1 },
		{ SCOPED("", "256"), -1 },
		{ SCOPED(GLOBAL("iproute_etc_dir /x"), "office"), 12 },
		{ SCOPED(GLOBAL("iproute_etc_dir /x"), "cellar"), -1 },
		{ SCOPED(GLOBAL("iproute_usr_dir /x"), "shop"), -1 },
		{ SCOPED(GLOBAL("iproute_usr_dir /x"), "office"), 77 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const struct conf_fixture_file files[] = {
			{ "test.conf", cases[i].text },
			{ "/etc/iproute2/rt_scopes", etc },
			{ "/usr/share/iproute2/rt_scopes",
			  "10 office\n11 shop" },
			{ "/x/rt_scopes", "12 office\n" },
			{ 0 },
		};
		struct conf_loaded *l = conf_load_files(files, NULL);
		int scope = l->model->instances[0].addresses[0].scope;

		if (scope != (cases[i].scope < 0 ? 0 : cases[i].scope))
			fprintf(stderr, "# %s%s", cases[i].text, l->printed);
		assert_int_equal(scope, cases[i].scope < 0 ? CONF_SCOPE_GLOBAL
							   : cases[i].scope);
		assert_int_equal(l->diagnostics.ignored, cases[i].scope < 0);
		conf_unload(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instance_inherits),
		cmocka_unit_test(a_second_global_defs_counts_for_all),
		cmocka_unit_test(what_was_not_written_follows),
		cmocka_unit_test(state_is_a_first_guess),
		cmocka_unit_test(prefixes_are_taken_as_keepalived_takes_them),
		cmocka_unit_test(interfaces_that_are_not_there),
		cmocka_unit_test(groups_of_advertisements),
		cmocka_unit_test(announcements_are_paced_in_groups),
		cmocka_unit_test(links_have_delays),
		cmocka_unit_test(extra_announcements),
		cmocka_unit_test(other_words_reach_the_model),
		cmocka_unit_test(scopes_have_names_in_files),
	};

	return cmocka_run_group_tests_name("conf_guests", tests, NULL, NULL);
}
