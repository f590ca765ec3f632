/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, times, switches, prefixes and names: what is one, what is none. */
#include "base/must.h"
#include "conf/language/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void times(void **state)
{
	static const struct {
		const char *text;
		tick_t time;
		const char *canonical;
	} good[] = {
		{ "0", 0, "0" },
		{ "1", TICK_SECOND, "1" },
		{ "2s", 2 * TICK_SECOND, "2" },
		{ "1.5", 1500 * TICK_MILLISECOND, "1.5" },
		{ ".25", 250 * TICK_MILLISECOND, "0.25" },
		{ "1.", TICK_SECOND, "1" },
		{ "100ms", 100 * TICK_MILLISECOND, "0.1" },
		{ "0.5ms", 500 * TICK_MICROSECOND, "0.0005" },
		{ "1.5us", 1500, "0.0000015" },
		{ "0.001us", 1, "0.000000001" },
		{ "0.000000001", 1, "0.000000001" },
		{ "0.0000000010", 1, "0.000000001" },
		{ "5min", 300 * TICK_SECOND, "300" },
		{ "1.5h", 5400 * TICK_SECOND, "5400" },
		{ "1000000", CONF_TIME_MAX, "1000000" },
		{ "+1.5", 1500 * TICK_MILLISECOND, "1.5" },
	};
	static const char *const bad[] = {
		"",
		"s",
		".",
		"-1",
		"+",
		"+-1",
		"1 s",
		"1S",
		"1sec",
		"0x10",
		"1e3",
		"1.2.3",
		"1000001",
		"0.0000000001",
		"0.0001us",
		"277.8h",
		"99999999999999999999",
		"1000000.1",
		"1,5",
	};
	char text[CONF_TIME_TEXT_MAX];
	tick_t time = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(good); i++) {
		assert_int_equal(conf_time(good[i].text, &time), 0);
		assert_int_equal(time, good[i].time);
		assert_string_equal(conf_time_format(time, text),
				    good[i].canonical);
	}
	time = 7;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		if (conf_time(bad[i], &time) == 0)
			fprintf(stderr, "# %s is a time\n", bad[i]);
		assert_int_equal(time, 7);
	}
}

static void numbers(void **state)
{
	static const char *const bad[] = {
		"", "-", "+", "1a", "a", "1 ", " 1", "9223372036854775808"
	};
	int64_t number = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++) {
		assert_int_equal(conf_number(bad[i], &number), -1);
		assert_int_equal(number, 7);
	}
	assert_int_equal(conf_number("0x10", &number), -1);
	assert_int_equal(conf_number("9223372036854775807", &number), 0);
	assert_true(number == INT64_MAX);
	assert_int_equal(conf_number("-12", &number), 0);
	assert_int_equal(number, -12);
	assert_int_equal(conf_number_any_base("-0x1f", &number), 0);
	assert_int_equal(number, -31);
	assert_int_equal(conf_number_any_base("017", &number), 0);
	assert_int_equal(number, 17);
	assert_int_equal(conf_number_any_base("0x", &number), -1);
}

static void switches(void **state)
{
	bool on = false;

	(void)state;
	assert_int_equal(conf_switch("on", &on), 0);
	assert_true(on);
	assert_int_equal(conf_switch("False", &on), 0);
	assert_false(on);
	assert_int_equal(conf_switch("yes", &on), 0);
	assert_true(on);
	assert_int_equal(conf_switch("1", &on), -1);
	assert_true(on);
}

static void prefixes(void **state)
{
	static const char *const bad[] = {
		"10.0.0.1/",
		"10.0.0.1/33",
		"10.0.0.1/-1",
		"10.0.0.1/+1",
		"10.0.0.1/8x",
		"10.0.0",
		"/8",
		"fe80::1/129",
		"fe80::1%eth0",
		"1234:1234:1234:1234:1234:1234:1234:1234:1234:12",
	};
	struct ip ip;
	uint8_t length = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		assert_int_equal(conf_prefix(bad[i], &ip, &length), -1);
	assert_int_equal(length, 7);
	assert_int_equal(conf_prefix("10.0.0.1", &ip, &length), 0);
	assert_int_equal(length, 32);
	assert_int_equal(conf_prefix("10.0.0.1/0", &ip, &length), 0);
	assert_int_equal(length, 0);
	assert_int_equal(conf_prefix("fe80::1", &ip, &length), 0);
	assert_int_equal(length, 128);
	assert_int_equal(ip.family, IP_V6);
}

static void names(void **state)
{
	(void)state;
	assert_true(conf_name_ok("a b", 3));
	assert_false(conf_name_ok("a bc", 3));
	assert_false(conf_name_ok("", 3));
	assert_false(conf_name_ok("a\n", 3));
	assert_false(conf_name_ok("a\x7f", 3));
	assert_true(conf_interface_ok("bond0.1234"));
	assert_true(conf_interface_ok("123456789012345"));
	assert_false(conf_interface_ok("1234567890123456"));
	assert_false(conf_interface_ok("eth0:1"));
	assert_false(conf_interface_ok("a/b"));
	assert_false(conf_interface_ok("a b"));
	assert_false(conf_interface_ok(".."));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times),    cmocka_unit_test(numbers),
		cmocka_unit_test(switches), cmocka_unit_test(prefixes),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests_name("conf_value", tests, NULL, NULL);
}
