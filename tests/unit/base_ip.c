/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP addresses: text both ways, order, and what kind they are. */
#include "base/ip.h"
#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void text_both_ways(void **state)
{
	static const struct {
		const char *text, *canonical;
		uint8_t family;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", IP_V4 },
		{ "0.0.0.0", "0.0.0.0", IP_V4 },
		{ "255.255.255.255", "255.255.255.255", IP_V4 },
		{ "::", "::", IP_V6 },
		{ "::1", "::1", IP_V6 },
		{ "2001:DB8:0:0:0:0:0:1", "2001:db8::1", IP_V6 },
		{ "2001:0db8::0001:0:0:1", "2001:db8::1:0:0:1", IP_V6 },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", IP_V6 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", IP_V6 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct ip ip = ip_of(rows[i].text);
		char text[IP_TEXT_MAX];

		assert_int_equal(ip.family, rows[i].family);
		assert_ptr_equal(ip_format(&ip, text), text);
		assert_string_equal(text, rows[i].canonical);
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"192.0.2",
		"192.0.2.256",
		"192.0.2.01",
		"192.0.2.1/24",
		"192.0.2.1 ",
		" 192.0.2.1",
		"1.2.3.4.5",
		"0x7f.0.0.1",
		"12345",
		":::",
		"1::2::3",
		"2001:db8::g",
		"fe80::1%lo",
		"[::1]",
		"1:2:3:4:5:6:7:8:9",
		"localhost",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		struct ip ip, untouched;

		memset(&ip, 0x55, sizeof(ip));
		untouched = ip;
		assert_int_equal(ip_parse(texts[i], &ip), -1);
		assert_memory_equal(&ip, &untouched, sizeof(ip));
	}
}

static void bytes_beyond_the_address_are_zero(void **state)
{
	uint8_t bytes[16];
	struct ip v4, v6, none;

	memset(bytes, 0xee, sizeof(bytes));
	v4 = ip_from_bytes(IP_V4, bytes);
	v6 = ip_from_bytes(IP_V6, bytes);
	none = ip_from_bytes(IP_NONE, bytes);
	for (size_t i = 0; i < 16; i++) {
		assert_int_equal(v4.bytes[i], i < 4 ? 0xee : 0);
		assert_int_equal(v6.bytes[i], 0xee);
		assert_int_equal(none.bytes[i], 0);
	}
	assert_int_equal(ip_size(IP_V4), 4);
	assert_int_equal(ip_size(IP_V6), 16);
	assert_int_equal(ip_size(IP_NONE), 0);
	assert_int_equal(ip_size(5), 0);
}

static void none_has_no_text(void **state)
{
	struct ip none = { .family = IP_NONE };
	char text[IP_TEXT_MAX] = "rubbish";

	assert_string_equal(ip_format(&none, text), "");
	assert_string_equal(ip_family_name(IP_V4), "ipv4");
	assert_string_equal(ip_family_name(IP_V6), "ipv6");
	assert_string_equal(ip_family_name(IP_NONE), "none");
}

/* RFC 9568 6.4.3: unsigned integers in network order. */
static void order_is_that_of_numbers(void **state)
{
	static const char *const ascending_v4[] = {
		"0.0.0.0",   "9.255.255.255", "10.0.0.1",        "127.255.0.0",
		"128.0.0.0", "192.0.2.9",     "192.0.2.10",      "192.0.2.128",
		"192.0.3.0", "200.0.0.0",     "255.255.255.255",
	};
	static const char *const ascending_v6[] = {
		"::",       "::1",       "::9",      "::10",
		"1::",      "7fff::",    "8000::",   "fe80::9",
		"fe80::10", "fe80::1:0", "fe80:1::", "ff02::1",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(ascending_v4); i++)
		for (size_t k = 0; k < ARRAY_LENGTH(ascending_v4); k++) {
			struct ip a = ip_of(ascending_v4[i]);
			struct ip b = ip_of(ascending_v4[k]);
			int order = ip_compare(&a, &b);

			assert_int_equal((order > 0) - (order < 0),
					 (i > k) - (i < k));
			assert_int_equal(ip_equal(&a, &b), i == k);
		}
	for (size_t i = 0; i + 1 < ARRAY_LENGTH(ascending_v6); i++) {
		struct ip a = ip_of(ascending_v6[i]);
		struct ip b = ip_of(ascending_v6[i + 1]);

		assert_true(ip_compare(&a, &b) < 0);
		assert_true(ip_compare(&b, &a) > 0);
	}
}

static void families_differ(void **state)
{
	struct ip v4 = ip_of("0.0.0.0"), v6 = ip_of("::");
	struct ip none = { .family = IP_NONE };

	assert_false(ip_equal(&v4, &v6));
	assert_false(ip_equal(&v4, &none));
	assert_true(ip_equal(&none, &none));
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		bool link_local, multicast, unspecified;
	} rows[] = {
		{ "0.0.0.0", false, false, true },
		{ "::", false, false, true },
		{ "::1", false, false, false },
		{ "223.255.255.255", false, false, false },
		{ "224.0.0.18", false, true, false },
		{ "239.255.255.255", false, true, false },
		{ "240.0.0.0", false, false, false },
		/* Not link-local in this sense: IPv4 has none in VRRP. */
		{ "169.254.0.1", false, false, false },
		{ "254.128.0.1", false, false, false },
		{ "fe7f:ffff::", false, false, false },
		{ "fe80::", true, false, false },
		{ "febf:ffff::", true, false, false },
		{ "fec0::", false, false, false },
		{ "feff::", false, false, false },
		{ "ff00::", false, true, false },
		{ "ff02::12", false, true, false },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
		struct ip ip = ip_of(rows[i].text);

		assert_int_equal(ip_is_link_local(&ip), rows[i].link_local);
		assert_int_equal(ip_is_multicast(&ip), rows[i].multicast);
		assert_int_equal(ip_is_unspecified(&ip), rows[i].unspecified);
	}
	{
		struct ip none = { .family = IP_NONE };

		assert_false(ip_is_unspecified(&none));
		assert_false(ip_is_multicast(&none));
		assert_false(ip_is_link_local(&none));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_both_ways),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(bytes_beyond_the_address_are_zero),
		cmocka_unit_test(none_has_no_text),
		cmocka_unit_test(order_is_that_of_numbers),
		cmocka_unit_test(families_differ),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
