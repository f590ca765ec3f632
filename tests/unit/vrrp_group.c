/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sync group: what its members ask of each other, who decides, and what a
 * member does with it.
 */
#include "../conformance/router.h"

#include "vrrp/group.h"

#include <stdio.h>

/* A member by a letter: what of it counts. */
static struct vrrp_member member(char letter)
{
	switch (letter) {
	case 'A': /* Active */
		return (struct vrrp_member){ .state = VRRP_ACTIVE };
	case 'L': /* Active, and it leaves */
		return (struct vrrp_member){ .state = VRRP_ACTIVE,
					     .leaving = true };
	case 'C': /* Active, and another one is better */
		return (struct vrrp_member){ .state = VRRP_ACTIVE,
					     .contested = true };
	case 'W': /* Backup that would be Active */
		return (struct vrrp_member){ .state = VRRP_BACKUP,
					     .wishes = true };
	case 'B': /* Backup of an Active */
		return (struct vrrp_member){ .state = VRRP_BACKUP,
					     .follows = true };
	case 'N': /* Backup that has heard nobody yet */
		return (struct vrrp_member){ .state = VRRP_BACKUP };
	case 'F': /* it has a fault */
		return (struct vrrp_member){ .state = VRRP_FAULT,
					     .faulty = true };
	case 'f': /* ... and another one too */
		return (struct vrrp_member){ .state = VRRP_FAULT,
					     .faulty = true,
					     .in_fault = true };
	case 'G': /* another one has a fault */
		return (struct vrrp_member){ .state = VRRP_FAULT,
					     .in_fault = true };
	default:
		return (struct vrrp_member){ .state = VRRP_INIT };
	}
}

static unsigned members(struct vrrp_member *list, const char *letters)
{
	unsigned count = 0;

	for (; letters[count]; count++)
		list[count] = member(letters[count]);
	return count;
}

static void what_comes_next(void **state)
{
	static const struct {
		const char *letters;
		unsigned trigger, decider;
		enum vrrp_group_ask ask;
		unsigned member;
	} cases[] = {
		/* To be Active takes the wish of all; who moved goes first. */
		{ "WN", 0, 0, VRRP_GROUP_REST, 0 },
		{ "WB", 0, 0, VRRP_GROUP_REST, 0 },
		{ "WI", 0, 0, VRRP_GROUP_REST, 0 },
		{ "WW", 1, 0, VRRP_GROUP_PROMOTE, 1 },
		{ "WA", 1, 0, VRRP_GROUP_PROMOTE, 0 },
		{ "AWW", 0, 0, VRRP_GROUP_PROMOTE, 1 },
		{ "AA", 0, 0, VRRP_GROUP_REST, 0 },
		/* Who yields takes the others along, not who is new. */
		{ "AB", 1, 0, VRRP_GROUP_YIELD, 0 },
		{ "ABA", 2, 0, VRRP_GROUP_YIELD, 2 },
		{ "AN", 1, 0, VRRP_GROUP_REST, 0 },
		{ "LB", 1, 0, VRRP_GROUP_REST, 0 },
		{ "ANB", 2, 0, VRRP_GROUP_YIELD, 0 },
		/* A fault is that of all; before all else. */
		{ "FA", 0, 0, VRRP_GROUP_FAULT, 1 },
		{ "FGA", 0, 0, VRRP_GROUP_FAULT, 2 },
		{ "FB", 0, 0, VRRP_GROUP_FAULT, 1 },
		{ "FG", 0, 0, VRRP_GROUP_REST, 0 },
		{ "FF", 0, 0, VRRP_GROUP_FAULT, 0 },
		{ "ff", 0, 0, VRRP_GROUP_REST, 0 },
		{ "fG", 0, 0, VRRP_GROUP_NO_FAULT, 0 },
		{ "GB", 1, 0, VRRP_GROUP_NO_FAULT, 0 },
		/* One decides, while it is Active. */
		{ "AC", 1, 0, VRRP_GROUP_ASSERT, 0 },
		{ "CA", 1, 1, VRRP_GROUP_ASSERT, 1 },
		{ "NC", 1, 0, VRRP_GROUP_REST, 0 },
	};

	(void)state;
	for (unsigned n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct vrrp_member list[4];
		unsigned count = members(list, cases[n].letters);
		struct vrrp_group_work work = vrrp_group_next(
			list, count, cases[n].trigger, cases[n].decider);

		if (work.ask != cases[n].ask || work.member != cases[n].member)
			fprintf(stderr, "# %s\n", cases[n].letters);
		assert_int_equal(work.ask, cases[n].ask);
		assert_int_equal(work.member, cases[n].member);
	}
}

static void what_a_group_is(void **state)
{
	static const struct {
		const char *letters;
		enum vrrp_state before, now;
	} cases[] = {
		{ "AA", VRRP_BACKUP, VRRP_ACTIVE },
		{ "AB", VRRP_BACKUP, VRRP_BACKUP },
		{ "AB", VRRP_ACTIVE, VRRP_ACTIVE },
		{ "AF", VRRP_ACTIVE, VRRP_FAULT },
		{ "II", VRRP_ACTIVE, VRRP_INIT },
		{ "NW", VRRP_INIT, VRRP_BACKUP },
	};

	(void)state;
	for (unsigned n = 0; n < sizeof(cases) / sizeof(*cases); n++) {
		struct vrrp_member list[4];
		unsigned count = members(list, cases[n].letters);

		assert_int_equal(vrrp_group_state(list, count, cases[n].before),
				 cases[n].now);
	}
}

static void the_same_member_decides_everywhere(void **state)
{
	struct ip first = ip_of("192.0.2.1"), second = ip_of("192.0.2.2");
	struct vrrp_config a = { .family = IP_V4,
				 .vrid = 7,
				 .addresses = &first,
				 .address_count = 1 };
	struct vrrp_config b = a, six = a, later = a, bare = a;

	(void)state;
	b.addresses = &second;
	six.family = IP_V6;
	six.vrid = 1;
	later.vrid = 8;
	bare.address_count = 0;
	assert_true(vrrp_group_decides(&a, &b));
	assert_false(vrrp_group_decides(&b, &a));
	assert_true(vrrp_group_decides(&a, &six));
	assert_false(vrrp_group_decides(&six, &a));
	assert_true(vrrp_group_decides(&a, &later));
	assert_false(vrrp_group_decides(&later, &a));
	assert_true(vrrp_group_decides(&bare, &a));
	assert_false(vrrp_group_decides(&a, &a));
}

static void grouped(struct router *r, uint8_t priority, bool follower)
{
	router_new(r, IP_V4, 3, priority);
	r->config.grouped = true;
	r->config.follower = follower;
	router_start(r);
}

static void tell(struct router *r, enum vrrp_event_type type)
{
	router_event(r, &(struct vrrp_event){ .type = type });
}

static void its_time_comes(struct router *r)
{
	router_time(r, r->v.down_timer);
}

/* It wishes when its time is over, and waits for the word. */
static void a_member_becomes_active_when_it_is_told(void **state)
{
	struct router r;
	struct peer p;

	(void)state;
	grouped(&r, 100, false);
	its_time_comes(&r);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	assert_true(r.v.wishes);
	p = peer_of(&r, 200); /* somebody was faster */
	router_hear(&r, &p);
	assert_false(r.v.wishes);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	its_time_comes(&r);
	assert_true(r.v.wishes);
	tell(&r, VRRP_EVENT_PROMOTE);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
	assert_false(r.v.wishes);
}

static void an_owner_waits_for_the_others_too(void **state)
{
	struct router r;

	(void)state;
	grouped(&r, 255, false);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	assert_true(r.v.wishes);
	tell(&r, VRRP_EVENT_PROMOTE);
	assert_int_equal(r.v.state, VRRP_ACTIVE);
}

/* The one that decides yields at once, the others give it an interval. */
static void a_follower_gives_the_decider_time(void **state)
{
	for (unsigned follower = 0; follower < 2; follower++) {
		struct router r;
		struct peer p;

		grouped(&r, 100, follower);
		its_time_comes(&r);
		tell(&r, VRRP_EVENT_PROMOTE);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		assert_int_equal(r.v.state,
				 follower ? VRRP_ACTIVE : VRRP_BACKUP);
		if (!follower)
			continue;
		assert_true(r.v.yield_after != TICK_NEVER);
		r.now = r.v.yield_after;
		router_hear(&r, &p);
		assert_int_equal(r.v.state, VRRP_BACKUP);
	}
	(void)state;
}

/* Its delay is over, and the others are not yet so far. */
static void a_wish_after_preempt_delay_lasts(void **state)
{
	struct router r;
	struct peer p;

	(void)state;
	router_new(&r, IP_V4, 3, 200);
	r.config.grouped = true;
	r.config.preempt_delay = 2 * TICK_SECOND;
	router_start(&r);
	p = peer_of(&r, 100);
	router_hear(&r, &p);
	assert_true(r.v.preempt_timer != TICK_NEVER);
	for (unsigned n = 0; n < 2; n++) {
		r.now += TICK_SECOND - 1;
		router_hear(&r, &p);
	}
	router_time(&r, r.v.preempt_timer);
	assert_true(r.v.wishes);
	router_hear(&r, &p); /* the lower one goes on */
	assert_true(r.v.wishes);
	p = peer_of(&r, 250);
	router_hear(&r, &p);
	assert_false(r.v.wishes);
}

static void who_yields_says_so(void **state)
{
	struct router r;

	(void)state;
	grouped(&r, 100, false);
	its_time_comes(&r);
	tell(&r, VRRP_EVENT_PROMOTE);
	tell(&r, VRRP_EVENT_YIELD);
	assert_int_equal(r.v.state, VRRP_BACKUP);
	assert_true(r.v.down_timer != TICK_NEVER);
	assert_false(r.v.wishes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_next),
		cmocka_unit_test(what_a_group_is),
		cmocka_unit_test(the_same_member_decides_everywhere),
		cmocka_unit_test(a_member_becomes_active_when_it_is_told),
		cmocka_unit_test(an_owner_waits_for_the_others_too),
		cmocka_unit_test(a_follower_gives_the_decider_time),
		cmocka_unit_test(a_wish_after_preempt_delay_lasts),
		cmocka_unit_test(who_yields_says_so),
	};

	return cmocka_run_group_tests_name("vrrp_group", tests, NULL, NULL);
}
