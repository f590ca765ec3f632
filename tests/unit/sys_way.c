/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of links: their answer, and that there was none. */
#include "sys/way.h"

#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void a_link_that_is_not_there_is_known(void **state)
{
	uint32_t index = 77;
	struct way w;

	(void)state;
	assert_int_equal(way_open(&w), 0);
	assert_true(way_index(&w, "lo", &index));
	assert_int_equal(index, if_nametoindex("lo"));
	assert_true(way_index(&w, "is-not-there", &index));
	assert_int_equal(index, 0);
	close(w.fd);
}

static void an_answer_that_is_lost_says_nothing(void **state)
{
	struct way w = { .fd = -1 };
	uint32_t index = 77;
	int pair[2];

	(void)state;
	/* It cannot be asked. */
	assert_false(way_index(&w, "lo", &index));
	/* It is asked, and does not answer. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	w.fd = pair[0];
	assert_false(way_index(&w, "lo", &index));
	assert_false(way_index(&w, "is-not-there", &index));
	assert_int_equal(index, 77);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_that_is_not_there_is_known),
		cmocka_unit_test(an_answer_that_is_lost_says_nothing),
	};

	return cmocka_run_group_tests_name("sys_way", tests, NULL, NULL);
}
