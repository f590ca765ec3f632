/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Active of which nothing leaves the machine lets another one serve, and
 * takes back when something does (VRRP_EVENT_UNHEARD, VRRP_EVENT_HEARD).
 */
#include "../conformance/router.h"

static const struct vrrp_event unheard = { .type = VRRP_EVENT_UNHEARD };
static const struct vrrp_event heard = { .type = VRRP_EVENT_HEARD };

/* A Backup that has let a lesser one serve, which it hears. */
static void let(struct router *r, struct peer *lesser)
{
	router_active(r, IP_V4, 3, 150);
	*lesser = peer_of(r, 100);
	router_hear(r, lesser);
	router_event(r, &unheard);
}

static void it_lets_the_other_one_serve(void **state)
{
	struct router r;
	struct peer p;

	let(&r, &p);
	assert_order(&r, VRRP_ACTION_RELEASE, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_BACKUP, VRRP_CAUSE_UNHEARD);
	/* However long that one serves, it is not preempted. */
	for (unsigned n = 0; n < 20; n++) {
		r.now += TICK_SECOND;
		router_hear(&r, &p);
		assert_accepted(&r);
		assert_true(r.v.down_timer > r.now + 3 * TICK_SECOND);
	}
	/* When it falls silent, there is nobody else. */
	router_time(&r, r.v.down_timer);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_false(r.v.yielded);
}

static void it_takes_back_from_a_lesser_one(void **state)
{
	struct router r;
	struct peer p;

	let(&r, &p);
	r.now += TICK_SECOND;
	router_hear(&r, &p);
	router_event(&r, &heard);
	assert_order(&r, VRRP_ACTION_CLAIM, VRRP_ACTION_ANNOUNCE,
		     VRRP_ACTION_SEND, VRRP_ACTION_STATE);
	assert_entered(&r, VRRP_ACTIVE, VRRP_CAUSE_PREEMPT);
}

/* Who is better stays, and so does anybody without preemption. */
static void it_takes_nothing_back_from_a_better_one(void **state)
{
	struct router r;
	struct peer p;

	let(&r, &p);
	p.advert.priority = 150;
	router_hear(&r, &p);
	router_event(&r, &heard);
	assert_int_equal(count_of(&r, VRRP_ACTION_STATE), 0);
	assert_false(r.v.yielded);

	let(&r, &p);
	r.config.preempt = false;
	router_hear(&r, &p);
	router_event(&r, &heard);
	assert_int_equal(count_of(&r, VRRP_ACTION_STATE), 0);

	/* In a sync group the others have a say. */
	let(&r, &p);
	r.config.grouped = true;
	router_hear(&r, &p);
	router_event(&r, &heard);
	assert_int_equal(count_of(&r, VRRP_ACTION_STATE), 0);
	assert_false(r.v.yielded);
}

/* Nobody else is told to yield by it, in whatever state. */
static void others_do_not_care(void **state)
{
	struct router r;
	struct peer p;

	router_backup(&r, IP_V4, 3, 150);
	router_event(&r, &unheard);
	assert_int_equal(r.out.count, 0);
	router_event(&r, &heard);
	assert_int_equal(r.out.count, 0);
	router_active(&r, IP_V4, 3, 150);
	router_event(&r, &heard);
	assert_int_equal(r.out.count, 0);
	/* One that leaves goes its own way. */
	router_shutdown(&r);
	router_event(&r, &unheard);
	assert_int_equal(r.out.count, 0);
	/* What began anew preempts as always. */
	let(&r, &p);
	router_interface(&r, VRRP_INTERFACE_DOWN, (struct ip){ 0 });
	router_interface(&r, VRRP_INTERFACE_UP, r.source);
	assert_false(r.v.yielded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_lets_the_other_one_serve),
		cmocka_unit_test(it_takes_back_from_a_lesser_one),
		cmocka_unit_test(it_takes_nothing_back_from_a_better_one),
		cmocka_unit_test(others_do_not_care),
	};

	return cmocka_run_group_tests_name("vrrp_unheard", tests, NULL, NULL);
}
