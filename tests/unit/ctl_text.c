/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts, the JSON writer, and the words nearest to a mistyped one. */
#include "ctl/json.h"
#include "ctl/nearest.h"
#include "ctl/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct text t;

static int end(void **state)
{
	text_free(&t);
	return 0;
}

static void assert_text(const char *expected)
{
	text_add(&t, "", 1);
	assert_false(t.failed);
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
	text_escaped(&t, TEXT_JSON, "a\"\\\n\t\x01/\x7f");
	assert_text("a\\\"\\\\\\n\\u0009\\u0001/\x7f");
}

static void escapes_labels(void **state)
{
	text_escaped(&t, TEXT_LABEL, "a\"\\\n\t");
	assert_text("a\\\"\\\\\\n\t");
}

/* Every bad byte is replaced, every good character stays (RFC 3629). */
static void only_utf8_comes_out(void **state)
{
#define FFFD "\xef\xbf\xbd"
	text_escaped(&t, TEXT_JSON, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	assert_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	text_escaped(&t, TEXT_JSON, "\x80z\xc3");
	assert_text(FFFD "z" FFFD);
	text_escaped(&t, TEXT_JSON, "\xc0\xaf"); /* overlong */
	assert_text(FFFD FFFD);
	text_escaped(&t, TEXT_JSON, "\xed\xa0\x80"); /* a surrogate */
	assert_text(FFFD FFFD FFFD);
	text_escaped(&t, TEXT_JSON, "\xf4\x90\x80\x80"); /* > U+10FFFF */
	assert_text(FFFD FFFD FFFD FFFD);
	text_escaped(&t, TEXT_JSON, "\xe2\x82"); /* cut off */
	assert_text(FFFD FFFD);
}

static void writes_times(void **state)
{
	text_time(&t, 1714478400125 * TICK_MILLISECOND);
	assert_text("2024-04-30T12:00:00.125Z");
	text_time(&t, 0);
	assert_text("1970-01-01T00:00:00.000Z");
	text_milliseconds(&t, TICK_SECOND);
	assert_text("1000");
	text_milliseconds(&t, 250 * TICK_MICROSECOND);
	assert_text("0.25");
	text_milliseconds(&t, -1500 * TICK_MICROSECOND);
	assert_text("-1.5");
	text_seconds(&t, 10 * TICK_MILLISECOND);
	assert_text("0.01");
	text_seconds(&t, 0);
	assert_text("0");
}

static void writes_json(void **state)
{
	struct ip ip = { 0 };
	struct json j;

	json_begin(&j, &t);
	json_open_object(&j, NULL);
	json_number(&j, "n", 18446744073709551615u);
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
	assert_text("{\"n\":18446744073709551615,\"list\":[-1,{},true],"
		    "\"ip\":null,\"t\":null,\"ms\":null,\"a\\\"b\":\"c\"}");
}

static const char *nearest_of(const char *wrong)
{
	static const char *const words[] = { "status", "why", "events",
					     "metrics", "stats" };
	struct nearest n;

	nearest_begin(&n, wrong);
	for (unsigned i = 0; i < 5; i++)
		nearest_offer(&n, words[i]);
	return n.count ? n.words[0] : "";
}

static void finds_the_nearest(void **state)
{
	assert_string_equal(nearest_of("stauts"), "status"); /* swapped */
	assert_string_equal(nearest_of("statu"), "status");
	assert_string_equal(nearest_of("event"), "events");
	assert_string_equal(nearest_of("hwy"), "why");
	assert_string_equal(nearest_of("metricks"), "metrics");
	assert_string_equal(nearest_of("STATS"), "stats");
	assert_string_equal(nearest_of("me"), "metrics"); /* not to its end */
	assert_string_equal(nearest_of("xyzzy"), "");
	assert_string_equal(nearest_of(""), "");
}

static void the_nearest_come_first(void **state)
{
	struct nearest n;

	nearest_begin(&n, "web12");
	nearest_offer(&n, "web1234");
	nearest_offer(&n, "web1");
	nearest_offer(&n, "web12x");
	nearest_offer(&n, "web1122");
	nearest_offer(&n, "mail");
	assert_int_equal(n.count, NEAREST_MAX);
	assert_string_equal(n.words[0], "web1");
	assert_string_equal(n.words[1], "web12x");
}

/* Longer than any word it knows how to compare. */
static void long_words_do_no_harm(void **state)
{
	char a[500], b[500];
	struct nearest n;

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	a[sizeof(a) - 1] = b[sizeof(b) - 1] = 0;
	nearest_begin(&n, a);
	nearest_offer(&n, b);
	nearest_offer(&n, a);
	assert_true(n.count >= 1);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(grows),
		TEST(escapes_json),
		TEST(escapes_labels),
		TEST(only_utf8_comes_out),
		TEST(writes_times),
		TEST(writes_json),
		TEST(finds_the_nearest),
		TEST(the_nearest_come_first),
		TEST(long_words_do_no_harm),
	};

	return cmocka_run_group_tests_name("ctl_text", tests, NULL, NULL);
}
