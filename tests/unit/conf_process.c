/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_track_process and track_process. */
#include "base/must.h"
#include "conf/model/targets.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PROCESS(inside) "vrrp_track_process p {\n" inside "\n}\n"
#define TRACK(list)                                                            \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	"track_process {\n" list "\n}\n"                                       \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"

static const struct conf_track_process *process(const struct conf_loaded *l)
{
	assert_non_null(l->model);
	assert_int_equal(l->model->process_count, 1);
	return l->model->processes;
}

static void a_process_is_what_is_written(void **state)
{
	struct conf_loaded *l = conf_load_text(
		PROCESS("process \"/a b\" -c \"\"\nquorum 2\nquorum_max 7\n"
			"delay 2\nfork_delay 0.5\nweight 254\n"
			"param_match partial\nfull_command")
			TRACK("p weight -254 reverse"));
	const struct conf_track_process *p;
	struct conf_weight weight;

	(void)state;
	assert_silent(l);
	p = process(l);
	assert_int_equal(p->process.count, 3);
	assert_string_equal(p->process.list[0], "/a b");
	assert_string_equal(p->process.list[1], "-c");
	assert_string_equal(p->process.list[2], "");
	assert_int_equal(p->quorum, 2);
	assert_int_equal(p->quorum_max, 7);
	assert_true(p->fork_delay == TICK_SECOND / 2);
	assert_true(p->terminate_delay == 2 * TICK_SECOND);
	assert_int_equal(p->match, CONF_MATCH_PARTIAL);
	assert_true(p->full_command);
	assert_int_equal(p->is.weight.value, 254);
	weight = conf_tracked_weight(
		l->model, VRRP_TARGET_PROCESS,
		l->model->instances[0].tracking.list[VRRP_TARGET_PROCESS]);
	assert_int_equal(weight.value, -254);
	assert_true(weight.reverse);
	conf_unload(l);
}

static void a_sync_group_tracks_it(void **state)
{
	struct conf_loaded *l = conf_load_text(
		PROCESS("process a") TRACK("") "vrrp_sync_group G {\n group "
					       "{ A }\n track_process {\n p "
					       "weight 5\n}\n}\n");
	const struct conf_tracking *t;

	(void)state;
	assert_non_null(l->model);
	assert_int_equal(l->model->group_count, 1);
	t = &l->model->groups[0].tracking;
	assert_int_equal(t->count[VRRP_TARGET_PROCESS], 1);
	assert_int_equal(t->list[VRRP_TARGET_PROCESS][0].weight.value, 5);
	conf_unload(l);
}

static void what_follows(void **state)
{
	static const struct {
		const char *text;
		enum conf_match match;
		unsigned quorum, most;
		unsigned fork, terminate; /* seconds */
	} cases[] = {
		{ PROCESS("process a"), CONF_MATCH_NONE, 1, 65535, 0, 0 },
		/* Arguments are compared, all of them. */
		{ PROCESS("process a b"), CONF_MATCH_EXACT, 1, 65535, 0, 0 },
		{ PROCESS("process a\nparam_match"), CONF_MATCH_EXACT, 1, 65535,
		  0, 0 },
		{ PROCESS("process a b\nparam_match initial"),
		  CONF_MATCH_INITIAL, 1, 65535, 0, 0 },
		{ PROCESS("process a\nquorum_max 0"), CONF_MATCH_NONE, 1, 0, 0,
		  0 },
		/* The last word counts. */
		{ PROCESS("process a\nfork_delay 1\ndelay 3"), CONF_MATCH_NONE,
		  1, 65535, 3, 3 },
		{ PROCESS("process a\ndelay 3\nterminate_delay 1"),
		  CONF_MATCH_NONE, 1, 65535, 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct conf_loaded *l = conf_load_text(cases[i].text);
		const struct conf_track_process *p = process(l);

		assert_int_equal(p->match, cases[i].match);
		assert_int_equal(p->quorum, cases[i].quorum);
		assert_int_equal(p->quorum_max, cases[i].most);
		assert_true(p->fork_delay == cases[i].fork * TICK_SECOND);
		assert_true(p->terminate_delay ==
			    cases[i].terminate * TICK_SECOND);
		conf_unload(l);
	}
}

static void what_is_told(void **state)
{
	static const struct {
		const char *text, *says;
		unsigned quorum, most;
	} cases[] = {
		{ PROCESS("process a\nquorum 5\nquorum_max 3") TRACK("p"),
		  "quorum is above quorum_max; quorum_max is left out", 5,
		  65535 },
		{ PROCESS("process a\nquorum_max 3\nquorum 5") TRACK("p"),
		  "quorum is above quorum_max; quorum is left out", 1, 3 },
		{ PROCESS("process a\nquorum_max 0\nquorum 5") TRACK("p"),
		  "quorum is above quorum_max; quorum is left out", 1, 0 },
		{ PROCESS("process /bin/a") TRACK("p"),
		  "no process has a name with / in it", 1, 65535 },
		{ PROCESS("process a234567890123456") TRACK("p"),
		  "the kernel keeps 15 bytes of a name", 1, 65535 },
		{ PROCESS("process a") TRACK("p\np"),
		  "it stands in the list already", 1, 65535 },
		{ PROCESS("process a") TRACK("q"),
		  "there is no such vrrp_track_process", 1, 65535 },
	};
	struct conf_loaded *l;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		l = conf_load_text(cases[i].text);
		assert_says(l, cases[i].says);
		assert_int_equal(process(l)->quorum, cases[i].quorum);
		assert_int_equal(process(l)->quorum_max, cases[i].most);
		conf_unload(l);
	}
	l = conf_load_text(PROCESS("quorum 2") TRACK("p"));
	assert_says(l, "vrrp_track_process p has no process; it is left out");
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_what_is_written),
		cmocka_unit_test(a_sync_group_tracks_it),
		cmocka_unit_test(what_follows),
		cmocka_unit_test(what_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
