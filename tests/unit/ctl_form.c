/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing texts, the forms of values, and the JSON writer. */
#include "ctl/form.h"
#include "ctl/growing.h"
#include "ctl/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct text t;

static int begin(void **state)
{
	t = growing_text();
	return 0;
}

static int end(void **state)
{
	growing_free(&t);
	return 0;
}

static void assert_text(const char *expected)
{
	assert_false(t.cut);
	assert_string_equal(t.bytes, expected);
	text_clear(&t);
}

static void grows(void **state)
{
	for (unsigned i = 0; i < 5000; i++)
		text_format(&t, "%u ", i % 10);
	assert_int_equal(t.length, 10000);
	assert_memory_equal(t.bytes + 9998, "9 ", 2);
}

static void escapes_json(void **state)
{
	form_escaped(&t, FORM_JSON, "a\"\\\n\t\x01/\x7f");
	assert_text("a\\\"\\\\\\n\\u0009\\u0001/\x7f");
}

static void escapes_labels(void **state)
{
	form_escaped(&t, FORM_LABEL, "a\"\\\n\t");
	assert_text("a\\\"\\\\\\n\\\\x09");
}

/*
 * Every bad byte is written as \xHH, so that two names stay two; every good
 * character stays (RFC 3629).
 */
static void only_utf8_comes_out(void **state)
{
	form_escaped(&t, FORM_JSON, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	form_escaped(&t, FORM_JSON, "\x80z\xc3");
	assert_text("\\\\x80z\\\\xc3");
	form_escaped(&t, FORM_JSON, "\xc0\xaf"); /* overlong */
	assert_text("\\\\xc0\\\\xaf");
	form_escaped(&t, FORM_JSON, "\xed\xa0\x80"); /* a surrogate */
	assert_text("\\\\xed\\\\xa0\\\\x80");
	form_escaped(&t, FORM_JSON, "\xf4\x90\x80\x80"); /* > U+10FFFF */
	assert_text("\\\\xf4\\\\x90\\\\x80\\\\x80");
	form_escaped(&t, FORM_JSON, "\xe2\x82"); /* cut off */
	assert_text("\\\\xe2\\\\x82");
	form_escaped(&t, FORM_LABEL, "caf\xe9");
	assert_text("caf\\\\xe9");
}

static void writes_times(void **state)
{
	form_time(&t, 1714478400125 * TICK_MILLISECOND);
	assert_text("2024-04-30T12:00:00.125Z");
	form_time(&t, 0);
	assert_text("1970-01-01T00:00:00.000Z");
	form_milliseconds(&t, TICK_SECOND);
	assert_text("1000");
	form_milliseconds(&t, 250 * TICK_MICROSECOND);
	assert_text("0.25");
	form_milliseconds(&t, -1500 * TICK_MICROSECOND);
	assert_text("-1.5");
	form_seconds(&t, 10 * TICK_MILLISECOND);
	assert_text("0.01");
	form_seconds(&t, 0);
	assert_text("0");
}

static void writes_json(void **state)
{
	struct ip ip = { 0 };
	struct json j;

	json_begin(&j, &t);
	json_open_object(&j, NULL);
	json_number(&j, "n", UINT64_MAX);
	json_open_array(&j, "list");
	json_signed(&j, NULL, -1);
	json_open_object(&j, NULL);
	json_close(&j);
	json_bool(&j, NULL, true);
	json_close(&j);
	json_ip(&j, "ip", &ip);
	json_time(&j, "t", 0);
	json_ms(&j, "ms", TICK_NEVER);
	json_string_of(&j, "a\"b", "c");
	json_close(&j);
	assert_text("{\"n\":9223372036854775807,\"list\":[-1,{},true],"
		    "\"ip\":null,\"t\":null,\"ms\":null,\"a\\\"b\":\"c\"}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grows),          TEST(escapes_json),
		TEST(escapes_labels), TEST(only_utf8_comes_out),
		TEST(writes_times),   TEST(writes_json),
	};

	return cmocka_run_group_tests_name("ctl_form", tests, NULL, NULL);
}
