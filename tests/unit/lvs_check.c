/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check: when it runs, and what its results come to. */
#include "lvs/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define S  TICK_SECOND
#define MS TICK_MILLISECOND

#define KEY UINT64_C(0x1234567890abcdef)

static const struct lvs_check_times simple = {
	.interval = 6 * S,
	.warmup = 6 * S,
	.retry_delay = 1 * S,
	.deadline = 5 * S,
	.retry = 2,
};

/* Runs it when it is due, for 1 ms; each letter is a result: g, b, l. */
static const char *run(struct lvs_check *c, const char *results)
{
	static char states[64];
	size_t n = 0;

	for (; results[n]; n++) {
		tick_t now = lvs_check_due(c);

		lvs_check_begin(c, now);
		lvs_check_end(c, now + MS,
			      results[n] == 'g'   ? LVS_RESULT_GOOD
			      : results[n] == 'b' ? LVS_RESULT_BAD
						  : LVS_RESULT_LOCAL);
		states[n] = "?GF"[c->state];
	}
	states[n] = '\0';
	return states;
}

static void what_results_come_to(void **state)
{
	static const struct {
		uint16_t retry, rise, fall;
		bool alpha;
		const char *results, *states;
	} rows[] = {
		/* The first result counts at once. */
		{ 2, 1, 1, false, "g", "G" },
		{ 2, 1, 1, false, "b", "F" },
		{ 2, 3, 3, false, "g", "G" },
		{ 2, 3, 3, false, "b", "F" },
		/* Retries, and then at once back. */
		{ 2, 1, 1, false, "gbbb", "GGGF" },
		{ 0, 1, 1, false, "gb", "GF" },
		{ 2, 1, 1, false, "gbbgbbgbbb", "GGGGGGGGGF" },
		{ 2, 1, 1, false, "bgbbbg", "FGGGFG" },
		{ 2, 0, 0, false, "bgbbbg", "FGGGFG" },
		{ 2, 1, 1, false, "bbbbg", "FFFFG" },
		/* rise: so many in a row. */
		{ 0, 3, 1, false, "bggg", "FFFG" },
		{ 0, 3, 1, false, "bggbggg", "FFFFFFG" },
		/* fall: so many rounds, with their retries. */
		{ 0, 1, 3, false, "gbbb", "GGGF" },
		{ 0, 1, 3, false, "gbbgbbb", "GGGGGGF" },
		{ 1, 1, 2, false, "gbbbb", "GGGGF" },
		{ 1, 1, 2, false, "gbbbgbbbb", "GGGGGGGGF" },
		/* alpha: good so many times before it is in use. */
		{ 2, 1, 1, true, "g", "G" },
		{ 2, 2, 1, true, "gg", "?G" },
		{ 2, 2, 1, true, "b", "F" },
		{ 2, 2, 1, true, "gbgg", "?FFG" },
		/* Local trouble keeps the verdict, and counts for nothing. */
		{ 1, 1, 1, false, "lll", "???" },
		{ 1, 1, 1, false, "lg", "?G" },
		{ 1, 1, 1, false, "glllb", "GGGGG" },
		{ 1, 1, 1, false, "gblb", "GGGF" },
		{ 1, 2, 1, false, "bglg", "FFFG" },
		{ 1, 1, 1, false, "blll", "FFFF" },
	};

	for (size_t n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		struct lvs_check_times times = simple;
		struct lvs_check c;

		times.retry = rows[n].retry;
		times.rise = rows[n].rise;
		times.fall = rows[n].fall;
		times.alpha = rows[n].alpha;
		lvs_check_init(&c, &times, KEY, 0);
		assert_string_equal(run(&c, rows[n].results), rows[n].states);
	}
}

static void it_runs_at_its_phase(void **state)
{
	tick_t phase = lvs_check_phase(KEY, simple.interval);
	struct lvs_check c;

	lvs_check_init(&c, &simple, KEY, 1000 * S);
	for (unsigned n = 0; n < 5; n++) {
		tick_t now = lvs_check_due(&c);

		assert_int_equal(now % simple.interval, phase);
		/* It may begin late; the next is not moved by that. */
		lvs_check_begin(&c, now + 3 * MS);
		assert_int_equal(lvs_check_due(&c), now + 3 * MS + 5 * S);
		lvs_check_end(&c, now + 900 * MS, LVS_RESULT_GOOD);
		assert_int_equal(lvs_check_due(&c), now + simple.interval);
	}
}

static void a_long_run_misses_its_phase(void **state)
{
	struct lvs_check_times times = simple;
	struct lvs_check c;
	tick_t now;

	times.deadline = 60 * S;
	lvs_check_init(&c, &times, KEY, 0);
	now = lvs_check_due(&c);
	lvs_check_begin(&c, now);
	assert_int_equal(lvs_check_due(&c), now + 60 * S);
	lvs_check_end(&c, now + 15 * S, LVS_RESULT_GOOD);
	assert_int_equal(lvs_check_due(&c), now + 18 * S);
	/* Exactly at its phase it is the next one. */
	lvs_check_begin(&c, now + 18 * S);
	lvs_check_end(&c, now + 24 * S, LVS_RESULT_GOOD);
	assert_int_equal(lvs_check_due(&c), now + 30 * S);
}

static void retries_come_after_their_delay(void **state)
{
	struct lvs_check c;
	tick_t now;

	lvs_check_init(&c, &simple, KEY, 0);
	run(&c, "g");
	now = lvs_check_due(&c);
	run(&c, "b");
	assert_int_equal(lvs_check_due(&c), now + MS + S);
	run(&c, "b");
	assert_int_equal(lvs_check_due(&c), now + 2 * (MS + S));
	run(&c, "b");
	assert_int_equal(c.state, LVS_CHECK_FAILED);
	/* After that at the phase again. */
	assert_int_equal(lvs_check_due(&c), now + 6 * S);
}

static void the_first_round_is_within_warmup(void **state)
{
	struct lvs_check_times times = simple;
	struct lvs_check c;
	unsigned early = 0;

	times.warmup = 2 * S;
	for (uint64_t key = 0; key < 200; key++) {
		lvs_check_init(&c, &times, key, 100 * S);
		assert_true(lvs_check_due(&c) >= 100 * S);
		assert_true(lvs_check_due(&c) < 102 * S);
		early += lvs_check_due(&c) < 101 * S;
		run(&c, "g");
		assert_int_equal(lvs_check_due(&c) % times.interval,
				 lvs_check_phase(key, times.interval));
	}
	/* It is spread. */
	assert_true(early > 70 && early < 130);
	times.warmup = 0;
	lvs_check_init(&c, &times, KEY, 100 * S);
	assert_int_equal(lvs_check_due(&c), 100 * S);
	times.warmup = 60 * S;
	lvs_check_init(&c, &times, KEY, 100 * S);
	assert_true(lvs_check_due(&c) <= 106 * S);
}

static void phases_are_spread(void **state)
{
	enum {
		KEYS = 10000,
		PARTS = 10
	};
	unsigned in[PARTS] = { 0 };

	for (uint64_t key = 0; key < KEYS; key++)
		in[lvs_check_phase(key, PARTS * S) / S]++;
	for (unsigned n = 0; n < PARTS; n++) {
		assert_true(in[n] > KEYS / PARTS * 8 / 10);
		assert_true(in[n] < KEYS / PARTS * 12 / 10);
	}
}

static void local_trouble_is_counted(void **state)
{
	struct lvs_check c;
	tick_t first;

	lvs_check_init(&c, &simple, KEY, 0);
	run(&c, "g");
	assert_int_equal(c.local_since, TICK_NEVER);
	first = lvs_check_due(&c) + MS;
	run(&c, "ll");
	assert_int_equal(c.local_since, first);
	assert_int_equal(c.local, 2);
	run(&c, "b");
	assert_int_equal(c.local_since, TICK_NEVER);
	assert_int_equal(c.local, 0);
}

static void the_state_knows_since_when(void **state)
{
	struct lvs_check c;
	tick_t now;

	lvs_check_init(&c, &simple, KEY, 3 * S);
	assert_int_equal(c.since, 3 * S);
	now = lvs_check_due(&c);
	run(&c, "gg");
	assert_int_equal(c.since, now + MS);
	lvs_check_begin(&c, now + 12 * S);
	assert_false(lvs_check_end(&c, now + 13 * S, LVS_RESULT_GOOD));
	run(&c, "bb");
	now = lvs_check_due(&c);
	lvs_check_begin(&c, now);
	assert_true(lvs_check_end(&c, now + 2 * MS, LVS_RESULT_BAD));
	assert_int_equal(c.since, now + 2 * MS);
}

static void a_hint_checks_now(void **state)
{
	struct lvs_check c;
	tick_t now;

	lvs_check_init(&c, &simple, KEY, 0);
	run(&c, "g");
	now = lvs_check_due(&c) - 2 * S;
	lvs_check_hint(&c, now);
	assert_int_equal(lvs_check_due(&c), now);
	lvs_check_begin(&c, now);
	lvs_check_hint(&c, now + MS);
	assert_int_equal(lvs_check_due(&c), now + 5 * S);
	lvs_check_end(&c, now + 2 * MS, LVS_RESULT_GOOD);
	assert_int_equal(lvs_check_due(&c), now + 2 * S);
}

static void an_heir_goes_on(void **state)
{
	struct lvs_check c, heir;
	tick_t now;

	lvs_check_init(&c, &simple, KEY, 0);
	run(&c, "gg");
	now = lvs_check_due(&c) - S;
	lvs_check_adopt(&heir, &simple, KEY, &c, now);
	assert_int_equal(heir.state, LVS_CHECK_GOOD);
	assert_int_equal(heir.since, c.since);
	assert_int_equal(heir.good, 2);
	assert_int_equal(lvs_check_due(&heir), lvs_check_due(&c));

	/* Its run was lost: another one, at once. */
	lvs_check_begin(&c, lvs_check_due(&c));
	now = c.began + 10 * MS;
	lvs_check_adopt(&heir, &simple, KEY, &c, now);
	assert_false(heir.running);
	assert_int_equal(lvs_check_due(&heir), now);

	/* A retry stays one. */
	lvs_check_end(&c, now, LVS_RESULT_BAD);
	lvs_check_adopt(&heir, &simple, KEY, &c, now + 10 * MS);
	assert_int_equal(heir.tries, 1);
	assert_int_equal(lvs_check_due(&heir), now + S);
	assert_string_equal(run(&heir, "bb"), "GF");

	/* Not yet: no later than it would have been. */
	lvs_check_init(&c, &simple, KEY, 0);
	now = lvs_check_due(&c);
	lvs_check_adopt(&heir, &simple, KEY, &c, now - MS);
	assert_int_equal(lvs_check_due(&heir), now);
	assert_int_equal(heir.state, LVS_CHECK_NOT_YET);
}

static void an_heir_believes_what_can_be(void **state)
{
	struct lvs_check c, heir;
	tick_t now = 50 * S;

	memset(&c, 0xff, sizeof(c));
	lvs_check_adopt(&heir, &simple, KEY, &c, now);
	assert_int_equal(heir.state, LVS_CHECK_NOT_YET);
	assert_true(lvs_check_due(&heir) >= now);
	assert_true(lvs_check_due(&heir) <= now + 6 * S);
	c.state = LVS_CHECK_GOOD;
	lvs_check_adopt(&heir, &simple, KEY, &c, now);
	assert_true(heir.tries <= simple.retry);
	assert_true(lvs_check_due(&heir) <= now + 6 * S);
	c.next = c.since = TICK_NEVER;
	c.tries = 0;
	lvs_check_adopt(&heir, &simple, KEY, &c, now);
	assert_int_equal(heir.since, now);
	assert_true(lvs_check_due(&heir) <= now + 6 * S);
}

static void another_interval_another_phase(void **state)
{
	struct lvs_check_times other = simple;
	struct lvs_check c, heir;

	lvs_check_init(&c, &simple, KEY, 0);
	run(&c, "g");
	other.interval = 4 * S;
	lvs_check_adopt(&heir, &other, KEY, &c, c.since);
	run(&heir, "gg");
	assert_int_equal(lvs_check_due(&heir) % other.interval,
			 lvs_check_phase(KEY, other.interval));
}

static void who_has_rested_is_judged_at_once(void **state)
{
	struct lvs_check_times times = simple;
	struct lvs_check c;

	(void)state;
	times.fall = 3;
	lvs_check_init(&c, &times, KEY, 0);
	run(&c, "g");
	assert_true(lvs_check_due(&c) > c.since + 1 * S);
	lvs_check_wake(&c, c.since, 1 * S);
	assert_true(lvs_check_due(&c) <= c.since + 1 * S);
	assert_string_equal(run(&c, "b"), "F");
	/* Only the first result counts so. */
	run(&c, "g");
	lvs_check_wake(&c, 200 * S, 1 * S);
	assert_string_equal(run(&c, "gbbb"), "GGGG");
	lvs_check_begin(&c, lvs_check_due(&c));
	lvs_check_wake(&c, 300 * S, 1 * S); /* what runs goes on */
	assert_true(c.running);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_results_come_to),
		cmocka_unit_test(it_runs_at_its_phase),
		cmocka_unit_test(a_long_run_misses_its_phase),
		cmocka_unit_test(retries_come_after_their_delay),
		cmocka_unit_test(the_first_round_is_within_warmup),
		cmocka_unit_test(phases_are_spread),
		cmocka_unit_test(local_trouble_is_counted),
		cmocka_unit_test(the_state_knows_since_when),
		cmocka_unit_test(a_hint_checks_now),
		cmocka_unit_test(an_heir_goes_on),
		cmocka_unit_test(an_heir_believes_what_can_be),
		cmocka_unit_test(another_interval_another_phase),
		cmocka_unit_test(who_has_rested_is_judged_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
