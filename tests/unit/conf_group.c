/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_sync_group: who is in it, who decides, and what its members track. */
#include "conf/model/targets.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUTER(name, vrid, inside)                                             \
	"vrrp_instance " name " {\n interface eth" vrid                        \
	"\n virtual_router_id " vrid "\n" inside                               \
	"\n virtual_ipaddress {\n 192.0.2." vrid "/24\n}\n}\n"
#define GROUP(name, list, inside)                                              \
	"vrrp_sync_group " name " {\n group {\n" list "\n}\n" inside "\n}\n"
#define TWO ROUTER("A", "2", "") ROUTER("B", "1", "")
#define SCRIPTS                                                                \
	"vrrp_script bare {\n script /bin/true\n}\n"                           \
	"vrrp_script heavy {\n script /bin/true\n weight 5\n}\n"

static const struct conf_sync_group *group(const struct conf_loaded *l,
					   uint32_t n)
{
	assert_non_null(l->model);
	assert_true(n < l->model->group_count);
	return &l->model->groups[n];
}

static void a_group_is_what_is_written(void **state)
{
	struct conf_loaded *l =
		conf_load_text(TWO GROUP("G", "A\nB", "notify /bin/n root"));
	const struct conf_sync_group *g = group(l, 0);

	(void)state;
	assert_silent(l);
	assert_int_equal(g->member_count, 2);
	assert_int_equal(g->members[0].instance, 0);
	assert_int_equal(g->members[1].instance, 1);
	for (unsigned n = 0; n < 2; n++) {
		assert_int_equal(l->model->instances[n].group, 0);
		assert_true(l->model->instances[n].vrrp.grouped);
	}
	/* B has the smaller VRID. */
	assert_true(l->model->instances[0].vrrp.follower);
	assert_false(l->model->instances[1].vrrp.follower);
	conf_unload(l);

	l = conf_load_text(TWO);
	assert_int_equal(l->model->instances[0].group, CONF_NO_GROUP);
	assert_false(l->model->instances[0].vrrp.grouped);
	conf_unload(l);
}

/* As keepalived, with a warning that says what is left out. */
static void what_is_wrong_is_left_out(void **state)
{
	static const struct {
		const char *text, *says;
		uint32_t groups, members;
	} cases[] = {
		{ TWO GROUP("G", "A\nB\nC", ""),
		  "C is left out: there is no such vrrp_instance", 1, 2 },
		{ TWO GROUP("G", "A\nB\nA", ""),
		  "A is left out: it stands in this group already", 1, 2 },
		{ TWO GROUP("G", "A\nB", "") GROUP("H", "A", ""),
		  "A is left out: it is in another vrrp_sync_group already", 1,
		  2 },
		{ TWO GROUP("G", "A\nB", "") GROUP("G", "A", ""),
		  "there is a vrrp_sync_group of this name already", 1, 2 },
		{ TWO GROUP("G", "C", ""), "has no members", 0, 0 },
		{ TWO GROUP("G", "B", ""), "has one member only", 1, 1 },
	};

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct conf_loaded *l = conf_load_text(cases[n].text);

		assert_non_null(l->model);
		assert_says(l, cases[n].says);
		assert_int_equal(l->model->group_count, cases[n].groups);
		if (cases[n].groups > 0)
			assert_int_equal(group(l, 0)->member_count,
					 cases[n].members);
		conf_unload(l);
	}
}

/* Weights that one member has for itself would set it apart. */
static void weights_of_members_are_left_out(void **state)
{
#define TRACKS                                                                 \
	"track_script {\n bare\n heavy\n}\n"                                   \
	"track_interface {\n eth8 weight 7\n eth9\n}\n"
	struct conf_loaded *l = conf_load_text(SCRIPTS ROUTER(
		"A", "1", TRACKS) ROUTER("B", "2", "") GROUP("G", "A\nB", ""));
	const struct conf_instance *a;

	(void)state;
	assert_non_null(l->model);
	a = &l->model->instances[0];
	assert_says(l, "heavy does not count, since it has a weight");
	assert_says(l, "the weight of eth8 does not count");
	assert_int_equal(a->tracking.count[VRRP_TARGET_SCRIPT], 1);
	assert_string_equal(a->tracking.list[VRRP_TARGET_SCRIPT][0].name,
			    "bare");
	assert_int_equal(a->tracked_interface_count, 2);
	assert_int_equal(a->tracked_interfaces[0].weight, 0);
	conf_unload(l);

	l = conf_load_text(SCRIPTS ROUTER("A", "1", TRACKS) ROUTER(
		"B", "2", "") GROUP("G", "A\nB", "sync_group_tracking_weight"));
	assert_silent(l);
	a = &l->model->instances[0];
	assert_int_equal(a->tracking.count[VRRP_TARGET_SCRIPT], 2);
	assert_int_equal(a->tracked_interfaces[0].weight, 7);
	conf_unload(l);
}

static void an_owner_has_no_weights(void **state)
{
	struct conf_loaded *l = conf_load_text(
		SCRIPTS ROUTER("A", "1", "priority 255") ROUTER("B", "2", "")
			GROUP("G", "A\nB", "track_script {\n heavy\n}"));
	const struct conf_tracked *one;

	(void)state;
	assert_non_null(l->model);
	assert_says(l, "weights of what the group tracks are 0");
	one = &group(l, 0)->tracking.list[VRRP_TARGET_SCRIPT][0];
	assert_int_equal(
		conf_tracked_weight(l->model, VRRP_TARGET_SCRIPT, one).value,
		0);
	conf_unload(l);
}

/* Printed, it is read as the same. */
static void it_is_printed(void **state)
{
	struct conf_loaded *l = conf_load_text(
		SCRIPTS TWO GROUP("G", "B\nA",
				  "sync_group_tracking_weight\n"
				  "track_script {\n heavy weight -9\n}\n"
				  "track_interface {\n eth7\n}\n"
				  "notify_master \"/bin/n a\" root"));
	char *text = conf_printed(l->model);
	struct conf_loaded *again = conf_load_text(text);
	char *twice = conf_printed(again->model);

	(void)state;
	assert_silent(l);
	assert_non_null(strstr(text, "vrrp_sync_group G"));
	assert_string_equal(text, twice);
	assert_int_equal(group(again, 0)->members[0].instance, 1);
	free(text);
	free(twice);
	conf_unload(l);
	conf_unload(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_what_is_written),
		cmocka_unit_test(what_is_wrong_is_left_out),
		cmocka_unit_test(weights_of_members_are_left_out),
		cmocka_unit_test(an_owner_has_no_weights),
		cmocka_unit_test(it_is_printed),
	};

	return cmocka_run_group_tests_name("conf_group", tests, NULL, NULL);
}
