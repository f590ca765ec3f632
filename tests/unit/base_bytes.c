/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cursors over bytes, and the arithmetic of time: base/bytes.h, base/tick.h. */
#include "base/bytes.h"
#include "base/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void read_in_network_order(void **state)
{
	static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0xff, 0xfe };
	struct reader r = reader_over(bytes, sizeof(bytes));

	assert_int_equal(reader_left(&r), 5);
	assert_int_equal(read_u8(&r), 0x01);
	assert_int_equal(read_u16(&r), 0x0203);
	assert_int_equal(reader_left(&r), 2);
	assert_int_equal(read_u16(&r), 0xfffe);
	assert_int_equal(reader_left(&r), 0);
	assert_false(r.bad);
}

/* Every length against every amount asked for. */
static void read_to_the_end_and_not_beyond(void **state)
{
	static const uint8_t bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	for (size_t length = 0; length <= sizeof(bytes); length++)
		for (size_t asked = 0; asked <= sizeof(bytes) + 1; asked++) {
			struct reader r = reader_over(bytes, length);
			const uint8_t *got = read_bytes(&r, asked);

			assert_int_equal(got != NULL, asked <= length);
			assert_int_equal(r.bad, asked > length);
			if (got)
				assert_ptr_equal(got, bytes);
		}
}

static void a_bad_reader_stays_bad(void **state)
{
	static const uint8_t bytes[] = { 0xaa, 0xbb };
	struct reader r = reader_over(bytes, sizeof(bytes));

	assert_null(read_bytes(&r, 3));
	/* What would still be there is not given out. */
	assert_int_equal(read_u8(&r), 0);
	assert_int_equal(read_u16(&r), 0);
	assert_null(read_bytes(&r, 0));
	assert_true(r.bad);
	assert_int_equal(reader_left(&r), 2);
}

static void a_size_that_overflows_is_too_much(void **state)
{
	uint8_t bytes[4] = { 0 };
	struct reader r = reader_over(bytes, sizeof(bytes));
	struct writer w = writer_over(bytes, sizeof(bytes));

	assert_null(read_bytes(&r, SIZE_MAX));
	assert_null(write_room(&w, SIZE_MAX));
	assert_true(r.bad && w.bad);
}

static void nothing_at_all(void **state)
{
	struct reader r = reader_over("", 0);
	struct writer w;
	uint8_t bytes[1] = { 0x77 };

	assert_int_equal(reader_left(&r), 0);
	assert_non_null(read_bytes(&r, 0));
	assert_int_equal(read_u16(&r), 0);
	assert_true(r.bad);
	w = writer_over(bytes, 0);
	write_bytes(&w, bytes, 0);
	write_zeros(&w, 0);
	assert_false(w.bad);
	write_u8(&w, 1);
	assert_true(w.bad);
	assert_int_equal(bytes[0], 0x77);
}

static void write_in_network_order(void **state)
{
	static const uint8_t expected[] = { 0x01, 0xff, 0xfe, 0x00,
					    0x00, 0x0a, 0x0b, 0x77 };
	uint8_t bytes[8];
	struct writer w = writer_over(bytes, 7);

	memset(bytes, 0x77, sizeof(bytes));
	write_u8(&w, 0x01);
	write_u16(&w, 0xfffe);
	write_zeros(&w, 2);
	write_bytes(&w, "\x0a\x0b", 2);
	assert_int_equal(writer_length(&w), 7);
	assert_false(w.bad);
	assert_memory_equal(bytes, expected, sizeof(bytes));
}

/* What does not fit is not written in part, nor is what comes after it. */
static void a_bad_writer_stays_bad(void **state)
{
	uint8_t bytes[4];
	struct writer w = writer_over(bytes, 3);

	memset(bytes, 0x77, sizeof(bytes));
	write_u16(&w, 0x0102);
	write_u16(&w, 0x0304);
	assert_true(w.bad);
	write_u8(&w, 0x05);
	assert_null(write_room(&w, 1));
	assert_int_equal(writer_length(&w), 2);
	assert_int_equal(bytes[2], 0x77);
	assert_int_equal(bytes[3], 0x77);
}

static void time_never_absorbs(void **state)
{
	assert_true(tick_after(5, 7) == 12);
	assert_true(tick_after(TICK_NEVER, 0) == TICK_NEVER);
	assert_true(tick_after(TICK_NEVER, 1) == TICK_NEVER);
	assert_true(tick_after(1, TICK_NEVER) == TICK_NEVER);
	assert_true(tick_after(TICK_NEVER - 1, 1) == TICK_NEVER);
	assert_true(tick_after(TICK_NEVER - 2, 1) == TICK_NEVER - 1);
	assert_true(tick_after(TICK_NEVER - 1, 2) == TICK_NEVER);
}

static void the_earlier_and_the_later(void **state)
{
	assert_true(tick_min(-1, 1) == -1);
	assert_true(tick_min(TICK_NEVER, 3) == 3);
	assert_true(tick_max(TICK_NEVER, 3) == TICK_NEVER);
	assert_true(tick_max(-1, -2) == -1);
	assert_true(TICK_CENTISECOND * 100 == TICK_SECOND);
	assert_true(TICK_MILLISECOND * 1000 == TICK_SECOND);
	assert_true(TICK_MICROSECOND * 1000000 == TICK_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_in_network_order),
		cmocka_unit_test(read_to_the_end_and_not_beyond),
		cmocka_unit_test(a_bad_reader_stays_bad),
		cmocka_unit_test(a_size_that_overflows_is_too_much),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(write_in_network_order),
		cmocka_unit_test(a_bad_writer_stays_bad),
		cmocka_unit_test(time_never_absorbs),
		cmocka_unit_test(the_earlier_and_the_later),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
