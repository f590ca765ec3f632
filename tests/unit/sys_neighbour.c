/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sys/neighbour_filter.h: what is about our addresses passes, and what is not
 * does not. The filter is the kernel's own, on a socket pair. */
#include "sys/neighbour_filter.h"

#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define AT 14

static int pair[2];

static void listen_for(uint32_t *tails, size_t count)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(neighbour_filter_attach(pair[1], AT, tails, count), 0);
}

static void end(void)
{
	close(pair[0]);
	close(pair[1]);
}

static bool passes(uint32_t tail)
{
	uint8_t bytes[AT + 4] = { [AT] = (uint8_t)(tail >> 24),
				  [AT + 1] = (uint8_t)(tail >> 16),
				  [AT + 2] = (uint8_t)(tail >> 8),
				  [AT + 3] = (uint8_t)tail };

	/* What a filter refuses was sent all the same. */
	assert_int_equal(send(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT),
			 sizeof(bytes));
	return recv(pair[1], bytes, sizeof(bytes), MSG_DONTWAIT) > 0;
}

static void without_addresses_nothing_passes(void **state)
{
	uint32_t none;

	(void)state;
	listen_for(&none, 0);
	assert_false(passes(0));
	assert_false(passes(0xc0000201));
	assert_false(passes(UINT32_MAX));
	end();
}

static void ours_pass_and_no_others(void **state)
{
	uint32_t tails[] = { 0xc0000205, 0,          0xc0000201, UINT32_MAX,
			     0xc0000202, 0xc0000203, 0xc0000201 };

	(void)state;
	listen_for(tails, ARRAY_LENGTH(tails));
	for (size_t i = 0; i < ARRAY_LENGTH(tails); i++)
		assert_true(passes(tails[i]));
	assert_false(passes(1));
	assert_false(passes(0xc0000200));
	assert_false(passes(0xc0000204));
	assert_false(passes(0xc0000206));
	assert_false(passes(UINT32_MAX - 1));
	end();
}

/* As many ranges as there can be, and one more: the nearest become one. */
static void many_ranges(void **state)
{
	uint32_t tails[NEIGHBOUR_RANGES_MAX + 1];

	(void)state;
	for (uint32_t i = 0; i <= NEIGHBOUR_RANGES_MAX; i++)
		tails[i] = 1000 + 64 * i + (i == 7 ? 60 : 0);
	listen_for(tails, NEIGHBOUR_RANGES_MAX);
	for (size_t i = 0; i < NEIGHBOUR_RANGES_MAX; i++) {
		assert_true(passes(tails[i]));
		assert_false(passes(tails[i] + 1));
		assert_false(passes(tails[i] - 1));
	}
	end();
	listen_for(tails, NEIGHBOUR_RANGES_MAX + 1);
	for (size_t i = 0; i <= NEIGHBOUR_RANGES_MAX; i++)
		assert_true(passes(tails[i]));
	assert_true(passes(tails[7] + 2)); /* between the two nearest */
	assert_false(passes(tails[3] + 2));
	assert_false(passes(tails[0] - 1));
	assert_false(passes(tails[NEIGHBOUR_RANGES_MAX] + 1));
	end();
}

static void thousands(void **state)
{
	static uint32_t tails[5000];
	uint32_t at = 12345;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(tails); i++)
		tails[i] = at = at * 1664525u + 1013904223u;
	listen_for(tails, ARRAY_LENGTH(tails));
	for (size_t i = 0; i < ARRAY_LENGTH(tails); i += 7)
		assert_true(passes(tails[i]));
	end();
}

/* Too short to say anything. */
static void what_is_cut_does_not_pass(void **state)
{
	uint32_t tails[] = { 0 };
	uint8_t bytes[AT + 3] = { 0 };

	(void)state;
	listen_for(tails, 1);
	assert_int_equal(send(pair[0], bytes, sizeof(bytes), MSG_DONTWAIT),
			 sizeof(bytes));
	assert_true(recv(pair[1], bytes, sizeof(bytes), MSG_DONTWAIT) < 0);
	assert_true(passes(0));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_addresses_nothing_passes),
		cmocka_unit_test(ours_pass_and_no_others),
		cmocka_unit_test(many_ranges),
		cmocka_unit_test(thousands),
		cmocka_unit_test(what_is_cut_does_not_pass),
	};

	return cmocka_run_group_tests_name("sys_neighbour", tests, NULL, NULL);
}
