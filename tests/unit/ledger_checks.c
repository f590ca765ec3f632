/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The book of health checks: ledger/checks.h. */
#include "base/map.h"
#include "ledger/checks.h"
#include "ledger/ledger.h"
#include "ledger/scripted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CHECKS 4

static struct ledger *l;
static int fd;

static int open_one(struct ledger **made)
{
	int opened = ledger_create(
		&(struct ledger_size){ .checks = CHECKS, .scripted = 1 }, "v",
		made);

	for (uint32_t n = 0; n < CHECKS; n++)
		ledger_checked_at(*made, n)->key = 100 + n;
	return opened;
}

static int begin(void **state)
{
	(void)state;
	fd = open_one(&l);
	return fd < 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(l);
	close(fd);
	return 0;
}

static void a_follower_sees_each_change(void **state)
{
	uint64_t seen = 0;

	(void)state;
	assert_int_equal(ledger_check_next(l, &seen), MAP_NONE);
	ledger_check_changed(l, 2);
	ledger_check_changed(l, 0);
	assert_int_equal(ledger_check_next(l, &seen), 2);
	assert_int_equal(ledger_check_next(l, &seen), 0);
	assert_int_equal(ledger_check_next(l, &seen), MAP_NONE);
}

static void a_follower_that_is_far_behind_reads_all(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (unsigned n = 0; n < LEDGER_CHECK_RING - 1; n++)
		ledger_check_changed(l, n % CHECKS);
	assert_int_equal(ledger_check_next(l, &seen), 0);
	ledger_check_changed(l, 3);
	assert_int_equal(ledger_check_next(l, &seen), 1);
	ledger_check_changed(l, 3);
	ledger_check_changed(l, 3);
	assert_int_equal(ledger_check_next(l, &seen), LEDGER_CHECKS_ALL);
	assert_int_equal(ledger_check_next(l, &seen), MAP_NONE);
}

/* Its writer may be anybody's by now. */
static void numbers_that_cannot_be_are_not_followed(void **state)
{
	uint64_t seen = 0;

	(void)state;
	ledger_check_changed(l, CHECKS);
	assert_int_equal(ledger_check_next(l, &seen), LEDGER_CHECKS_ALL);
	ledger_check_changed(l, 1);
	ledger_checker(l)->changes = 0;
	assert_int_equal(ledger_check_next(l, &seen), LEDGER_CHECKS_ALL);
}

static void each_field_has_a_value_that_it_can_have(void **state)
{
	struct ledger_check copy;

	(void)state;
	memset(ledger_check_at(l, 1), 0xfe, sizeof(copy));
	assert_true(ledger_read_check(l, 1, &copy));
	assert_int_equal(copy.state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(copy.code, LEDGER_CHECK_NONE);
	assert_int_equal(copy.weighs, LEDGER_WEIGHS_NOTHING);
	assert_int_equal(copy.wish, LEDGER_WISH_NONE);
	assert_int_equal(strlen(copy.words), LEDGER_CHECK_WORDS - 1);
	assert_int_equal(strspn(copy.words, "?"), LEDGER_CHECK_WORDS - 1);
}

/* Of a command: `run` may have been taken over. */
static void an_answer_has_a_value_that_it_can_have(void **state)
{
	struct ledger_scripted *is = ledger_scripted_at(l, 0);
	struct ledger_scripted copy;

	(void)state;
	is->how = LEDGER_HOW_KILLED;
	is->value = 9;
	assert_true(ledger_read_scripted(l, 0, &copy));
	assert_int_equal(copy.how, LEDGER_HOW_KILLED);
	is->value = INT32_MAX;
	memset(is->words, '\n', sizeof(is->words));
	assert_true(ledger_read_scripted(l, 0, &copy));
	assert_int_equal(copy.how, LEDGER_HOW_NONE);
	assert_int_equal(strspn(copy.words, "?"), LEDGER_CHECK_WORDS - 1);
	is->value = -1;
	assert_true(ledger_read_scripted(l, 0, &copy));
	assert_int_equal(copy.how, LEDGER_HOW_NONE);
}

static void verdicts_go_on_by_their_keys(void **state)
{
	struct ledger *other = NULL;
	int second = open_one(&other);
	struct ledger_check copy;

	(void)state;
	ledger_check_at(l, 3)->state = LEDGER_CHECK_FAILED;
	ledger_check_at(l, 3)->sequence = 7; /* its writer died within */
	ledger_check_at(l, 2)->state = LEDGER_CHECK_GOOD;
	ledger_checked_at(other, 0)->key = 103;
	ledger_checked_at(other, 3)->key = 5;
	ledger_inherit_checks(other, l);
	assert_true(ledger_read_check(other, 0, &copy));
	assert_int_equal(copy.state, LEDGER_CHECK_FAILED);
	ledger_read_check(other, 2, &copy);
	assert_int_equal(copy.state, LEDGER_CHECK_GOOD);
	ledger_read_check(other, 3, &copy);
	assert_int_equal(copy.state, LEDGER_CHECK_UNKNOWN);

	/* Who has begun there knows better. */
	ledger_begin_checks(other);
	ledger_check_at(l, 2)->state = LEDGER_CHECK_FAILED;
	ledger_inherit_checks(other, l);
	ledger_read_check(other, 2, &copy);
	assert_int_equal(copy.state, LEDGER_CHECK_GOOD);
	ledger_unmap(other);
	close(second);
}

/* Other programs read them: what is there stays where it is. */
static void fields_are_where_they_were(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct ledger_checked), 48);
	assert_int_equal(offsetof(struct ledger_checked, kind), 25);
	assert_int_equal(offsetof(struct ledger_checked, port), 26);
	assert_int_equal(offsetof(struct ledger_checked, interval), 32);
	assert_int_equal(offsetof(struct ledger_checked, scripted), 40);
	assert_int_equal(offsetof(struct ledger_checked, subject), 44);
	assert_int_equal(offsetof(struct ledger_check, state), 4);
	assert_int_equal(offsetof(struct ledger_check, weight), 12);
	assert_int_equal(offsetof(struct ledger_check, rounds), 24);
	assert_int_equal(offsetof(struct ledger_check, words), 88);
	assert_int_equal(offsetof(struct ledger_check, since), 152);
	assert_int_equal(offsetof(struct ledger_check, failing), 164);
	assert_int_equal(offsetof(struct ledger_check, asks), 168);
	assert_int_equal(sizeof(struct ledger_check), 184);
	assert_int_equal(offsetof(struct ledger_scripted, value), 8);
	assert_int_equal(offsetof(struct ledger_scripted, words), 40);
	assert_int_equal(sizeof(struct ledger_scripted), 104);
	assert_int_equal(offsetof(struct ledger_checker, changed), 16);
	assert_int_equal(offsetof(struct ledger_checker, begun), 4112);
}

static void words_of_checks(void **state)
{
	(void)state;
	assert_string_equal(ledger_check_state_name(LEDGER_CHECK_GOOD), "good");
	assert_string_equal(ledger_check_state_name(99), "unknown");
	assert_string_equal(ledger_check_code_name(LEDGER_CHECK_L7STS),
			    "L7STS");
	assert_string_equal(ledger_check_code_name(99), "unknown");
	assert_string_equal(ledger_check_wish_name(LEDGER_WISH_MAINT), "maint");
	assert_string_equal(ledger_check_wish_name(99), "unknown");
}

int main(void)
{
#define WITH(test) cmocka_unit_test_setup_teardown(test, begin, end)
	const struct CMUnitTest tests[] = {
		WITH(a_follower_sees_each_change),
		WITH(a_follower_that_is_far_behind_reads_all),
		WITH(numbers_that_cannot_be_are_not_followed),
		WITH(each_field_has_a_value_that_it_can_have),
		WITH(an_answer_has_a_value_that_it_can_have),
		WITH(verdicts_go_on_by_their_keys),
		cmocka_unit_test(fields_are_where_they_were),
		cmocka_unit_test(words_of_checks),
	};

	return cmocka_run_group_tests_name("ledger_checks", tests, NULL, NULL);
}
