/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves that the referee can say no to what several routers do: who is Active
 * on a LAN that has healed, who holds the addresses over time, and who becomes
 * Active or speaks beside one that serves.
 */
#include "invariant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the judgement of a healed LAN ---- */

static const char *judge(struct lan *lan, enum vrrp_state first,
			 enum vrrp_state second, uint8_t priority,
			 bool second_holds)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS,   .family = IP_V4,
		.version = 3,           .vrid = 10,
		.preempt = true,        .priority = 100,
		.interval = TICK_SECOND
	};
	struct referee referee = { .lan = lan };

	lan_init(lan, 1, 2, 1);
	lan_addresses(lan, 0, IP_V4, 1);
	for (unsigned i = 0; i < 2; i++) {
		struct lan_member *m = &lan->router[i].member[0];

		lan_configure(lan, i, 0, &config);
		vrrp_init(&m->vrrp, lan_config(lan, i, 0));
		lan->router[i].powered = true;
		m->vrrp.started = true;
		m->vrrp.state = i ? second : first;
		m->holds = i ? second_holds : first == VRRP_ACTIVE;
		m->holds_until = TICK_NEVER;
		m->vrrp.active_priority = 100;
	}
	lan->router[1].member[0].vrrp.priority = priority;
	referee_judge(&referee, lan, 0);
	return referee.wrong ? referee.wrong : "";
}

static void healed_lans_are_judged(void **state)
{
	const enum vrrp_state a = VRRP_ACTIVE, b = VRRP_BACKUP;

	assert_string_equal(judge(*state, a, b, 50, false), "");
	assert_string_equal(judge(*state, a, a, 50, true),
			    "more than one Active on a healed LAN");
	assert_string_equal(judge(*state, b, b, 50, false),
			    "no Active on a healed LAN");
	assert_string_equal(judge(*state, a, b, 50, true),
			    "the addresses are not at one place");
	assert_string_equal(judge(*state, a, b, 101, false),
			    "the highest priority has not won");
	assert_string_equal(judge(*state, a, VRRP_FAULT, 50, false),
			    "neither Active nor Backup though it could be");
}

/* ---- who holds the addresses, over time ---- */

/* Two routers; the first one's kernel has the addresses for ever. */
static struct referee holder(struct lan *lan)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS, .family = IP_V4, .version = 3,
		.vrid = 10,           .priority = 100, .interval = TICK_SECOND
	};

	lan_init(lan, 1, 2, 1);
	lan_addresses(lan, 0, IP_V4, 1);
	for (unsigned i = 0; i < 2; i++) {
		lan_configure(lan, i, 0, &config);
		vrrp_init(&lan->router[i].member[0].vrrp,
			  lan_config(lan, i, 0));
		lan->router[i].powered = true;
	}
	lan->router[0].member[0].holds = true;
	lan->router[0].member[0].holds_until = TICK_NEVER;
	lan->now = 10 * TICK_SECOND;
	return (struct referee){ .lan = lan,
				 .judge_none = true,
				 .judge_two = true };
}

/* What is heard when something is done to a router `later`. */
static const char *look(struct referee *f, tick_t later)
{
	struct lan_observer referee = referee_observer(f);

	f->lan->now += later;
	referee.said(referee.self, f->lan, "");
	return f->wrong ? f->wrong : "";
}

static void a_time_without_a_holder_is_named(void **state)
{
	static const char wrong[] = "nobody holds the addresses for too long";
	struct lan *lan = *state;
	struct referee f = holder(lan);

	assert_string_equal(look(&f, TICK_SECOND), "");
	lan->router[0].member[0].holds_until = lan->now + TICK_SECOND;
	assert_string_equal(look(&f, TICK_SECOND - 1), "");
	assert_string_equal(look(&f, 2), wrong);
	/* It counts from the end of the lease, and not from when we look. */
	f = holder(lan);
	f.none_for = TICK_SECOND;
	lan->router[0].member[0].holds_until = lan->now + TICK_SECOND;
	assert_string_equal(look(&f, 2 * TICK_SECOND), "");
	assert_string_equal(look(&f, 1), wrong);
	/* Somebody held them in between: it counts anew. */
	f = holder(lan);
	f.none_for = TICK_SECOND;
	lan->router[0].member[0].holds = false;
	assert_string_equal(look(&f, 0), "");
	lan->router[1].member[0].holds = true;
	lan->router[1].member[0].holds_until = TICK_NEVER;
	assert_string_equal(look(&f, TICK_SECOND), "");
	lan->router[1].member[0].holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, 1), wrong);
	/* Not judged, not named. */
	f = holder(lan);
	f.judge_none = false;
	lan->router[0].member[0].holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
}

static void two_holders_are_named(void **state)
{
	struct lan *lan = *state;
	struct referee f = holder(lan);
	struct lan_member *second = &lan->router[1].member[0];

	f.two_for = TICK_SECOND;
	second->holds = true;
	second->holds_until = TICK_NEVER;
	assert_string_equal(look(&f, 0), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
	second->holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	second->holds = true;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND + 1),
			    "two hold the addresses for too long");
}

/* What a step begins, it begins at once. */
static void a_step_is_judged_by_what_it_does(void **state)
{
	struct lan *lan = *state;
	struct referee f = holder(lan);
	struct vrrp_actions actions = {
		.count = 1,
		.list = { { .type = VRRP_ACTION_RELEASE } },
	};
	struct lan_step step = { .lan = lan, .actions = &actions };

	assert_string_equal(holders_step(&f, &step),
			    "a change leaves nobody with the addresses");
	/* Who has them no longer lets nobody alone. */
	f = holder(lan);
	step.router = 1;
	assert_null(holders_step(&f, &step));
	assert_false(f.holding[0].none);
	actions.list[0].type = VRRP_ACTION_CLAIM;
	assert_null(holders_step(&f, &step));
	assert_true(f.holding[0].two);
	assert_true(f.holding[0].two_since == lan->now);
}

/* ---- who becomes Active, or speaks, beside one that serves ---- */

/* An advertisement of the first router comes to the second one's host. */
static void reach(struct referee *f, uint8_t priority, enum lan_fate fate)
{
	struct lan_packet packet = {
		.to = 1,
		.source = lan_source(f->lan, 0, IP_V4),
		.length = 3,
		.bytes = { 0x31, 10, priority },
	};

	beside_packet(f, &packet, fate);
}

/* The first one serves, the second one is told apart by its state. */
static struct referee beside(struct lan *lan, enum vrrp_state second)
{
	struct referee f = holder(lan);

	f.judge_beside = true;
	f.adverts[0] = VRRP_DOWN_ADVERTS_DEFAULT;
	for (unsigned i = 0; i < 2; i++) {
		struct vrrp *v = &lan->router[i].member[0].vrrp;

		v->started = true;
		v->state = i ? second : VRRP_ACTIVE;
		f.watch[i][0].sent = lan->now;
		f.watch[i][0].interval_then = TICK_SECOND;
	}
	return f;
}

/* What is heard when the second one sends, and is Active. */
static const char *speak_beside(struct referee *f, enum vrrp_cause down_cause)
{
	struct vrrp_actions actions = {
		.count = 1,
		.list = { { .type = VRRP_ACTION_SEND, .send.priority = 100 } },
	};
	struct vrrp *v = &f->lan->router[1].member[0].vrrp;
	struct vrrp before = *v, after = *v;
	struct lan_step step = { .lan = f->lan,
				 .router = 1,
				 .before = &before,
				 .after = &after,
				 .actions = &actions };
	const char *wrong;

	before.down_cause = down_cause;
	after.state = VRRP_ACTIVE;
	wrong = beside_step(f, &step);
	return wrong ? wrong : "";
}

static void who_is_active_beside_another_is_named(void **state)
{
	static const char wrong[] = "becomes Active beside one that serves";
	struct lan *lan = *state;
	struct referee f = beside(lan, VRRP_BACKUP);

	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	reach(&f, 100, LAN_LOST);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	reach(&f, 0, LAN_ARRIVED);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* Also if there was no room for it. */
	reach(&f, 100, LAN_UNHEARD);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), wrong);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_PREEMPT), "");
	lan->now += 2 * TICK_SECOND - 1;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), wrong);
	lan->now++;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* It served, let go, and has begun to serve again. */
	lan->router[0].member[0].vrrp.since = lan->now - TICK_SECOND;
	reach(&f, 100, LAN_ARRIVED);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), wrong);
	lan->router[0].member[0].vrrp.since = lan->now + 1;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	lan->router[0].member[0].vrrp.since = 0;
	/* It does not serve any more. */
	reach(&f, 100, LAN_ARRIVED);
	lan->router[0].paused = true;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* It is lower, and is preempted. */
	lan->router[0].paused = false;
	reach(&f, 99, LAN_ARRIVED);
	lan->router[1]
		.member[0]
		.config[lan->router[1].member[0].config_in_use]
		.preempt = true;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
}

static void who_slept_and_speaks_is_named(void **state)
{
	static const char wrong[] = "who slept speaks before it yields";
	struct lan *lan = *state;
	struct referee f = beside(lan, VRRP_ACTIVE);

	lan->now += 10 * TICK_SECOND;
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), "");
	reach(&f, 50, LAN_ARRIVED);
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), wrong);
	/* It did not sleep for long. */
	f.watch[1][0].sent = lan->now - 4 * TICK_SECOND;
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), "");
}

static int set_up(void **state)
{
	*state = malloc(sizeof(struct lan));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healed_lans_are_judged),
		cmocka_unit_test(a_time_without_a_holder_is_named),
		cmocka_unit_test(two_holders_are_named),
		cmocka_unit_test(a_step_is_judged_by_what_it_does),
		cmocka_unit_test(who_is_active_beside_another_is_named),
		cmocka_unit_test(who_slept_and_speaks_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
