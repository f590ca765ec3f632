/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders for real servers (ledger/ordered.h), and how servers are called. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/ledger.h"
#include "ledger/ordered.h"
#include "ledger/server_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fds[4], count;

/* Virtual servers of two real servers each. */
static struct ledger *make(uint32_t virtuals)
{
	const struct ledger_size size = {
		.virtuals = virtuals,
		.servers = 2 * virtuals,
		.texts = 64,
	};
	struct ledger *l = NULL;

	fds[count] = ledger_create(&size, "v", &l);
	assert_true(fds[count++] >= 0);
	for (uint32_t n = 0; n < 2 * virtuals; n++)
		*ledger_real_at(l, n) = (struct ledger_real){
			.address = { IP_V4, { 10, 0, 0, (uint8_t)(n % 2) } },
			.port = (uint16_t)(8000 + n % 2),
		};
	return l;
}

static void put(struct ledger *l, uint32_t n, struct ledger_virtual v)
{
	v.real_first = 2 * n;
	v.real_count = 2;
	*ledger_virtual_at(l, n) = v;
}

static struct ledger_virtual at(uint16_t port, uint8_t protocol)
{
	return (struct ledger_virtual){
		.address = { IP_V4, { 192, 0, 2, 1 } },
		.port = port,
		.protocol = protocol,
	};
}

static int begin(void **state)
{
	(void)state;
	count = 0;
	return 0;
}

static int end(void **state)
{
	(void)state;
	while (count > 0)
		close(fds[--count]);
	return 0;
}

static struct ledger_ordered order_for(const struct ledger *l, uint32_t virtual,
				       uint32_t real)
{
	struct ledger_ordered order = {
		.what = LEDGER_ORDERED_DRAIN,
		.weight = LEDGER_ORDERED_NO_WEIGHT,
		.until = 4711,
	};

	ledger_ordered_name(l, virtual, real, &order);
	return order;
}

static void one_order_for_a_server(void **state)
{
	struct ledger *l = make(1);
	struct ledger_ordered order, is;
	uint64_t before;

	(void)state;
	put(l, 0, at(80, 6));
	assert_int_equal(ledger_ordered_used(l), 0);
	assert_false(ledger_find_ordered(l, 1, &is));
	order = order_for(l, 0, 1);
	before = ledger_ordered_changes(l);
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_int_not_equal(ledger_ordered_changes(l), before);
	order.weight = 5;
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_int_equal(ledger_ordered_used(l), 1);
	assert_true(ledger_find_ordered(l, 1, &is));
	assert_int_equal(is.weight, 5);
	assert_int_equal(is.until, 4711);
	assert_false(ledger_find_ordered(l, 0, &is));
	/* It ends, and its place is free. */
	order.what = LEDGER_ORDERED_NOTHING;
	order.weight = LEDGER_ORDERED_NO_WEIGHT;
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_false(ledger_find_ordered(l, 1, &is));
	order = order_for(l, 0, 0);
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_int_equal(ledger_ordered_used(l), 1);
	ledger_unmap(l);
}

static void there_are_so_many_and_no_more(void **state)
{
	struct ledger *l = make(1);
	struct ledger_ordered order;

	(void)state;
	put(l, 0, at(80, 6));
	order = order_for(l, 0, 0);
	for (unsigned n = 0; n < LEDGER_ORDERED_MAX; n++) {
		order.ordinal = n;
		assert_int_equal(ledger_put_ordered(l, &order), 0);
	}
	order.ordinal = LEDGER_ORDERED_MAX;
	assert_int_equal(ledger_put_ordered(l, &order), -ENOSPC);
	order.ordinal = 7;
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	ledger_unmap(l);
}

static void orders_find_their_servers_again(void **state)
{
	struct ledger *old = make(2), *new = make(3);
	struct ledger_ordered order, is;
	struct ledger_virtual web = { .protocol = 6 };

	(void)state;
	web.group = ledger_text_add(old, "web");
	put(old, 0, at(80, 6));
	put(old, 1, web);
	order = order_for(old, 0, 1);
	assert_int_equal(ledger_put_ordered(old, &order), 0);
	order = order_for(old, 1, 2);
	order.weight = 9;
	assert_int_equal(ledger_put_ordered(old, &order), 0);
	/* Other numbers, another place of the name, and one is not there. */
	ledger_text_add(new, "other");
	web.group = ledger_text_add(new, "web");
	put(new, 0, at(80, 17));
	put(new, 1, at(81, 6));
	put(new, 2, web);
	ledger_inherit_ordered(new, old);
	assert_true(ledger_find_ordered(new, 4, &is));
	assert_int_equal(is.weight, 9);
	for (uint32_t n = 0; n < 6; n++)
		assert_int_equal(ledger_find_ordered(new, n, &is), n == 4);
	/* Which is known until it is given up for good. */
	assert_int_equal(ledger_ordered_used(new), 2);
	put(new, 1, at(80, 6));
	ledger_resolve_ordered(new);
	assert_true(ledger_find_ordered(new, 3, &is));
	assert_int_equal(ledger_prune_ordered(new), 0);
	put(new, 1, at(81, 6));
	ledger_resolve_ordered(new);
	assert_int_equal(ledger_prune_ordered(new), 1);
	put(new, 1, at(80, 6));
	ledger_resolve_ordered(new);
	assert_false(ledger_find_ordered(new, 3, &is));
	ledger_unmap(old);
	ledger_unmap(new);
}

/* Two virtual servers of one group are told apart by their order. */
static void of_a_group_the_ordinal_counts(void **state)
{
	struct ledger *l = make(2);
	struct ledger_virtual web = { .protocol = 6 };
	struct ledger_ordered order, is;

	(void)state;
	web.group = ledger_text_add(l, "web");
	put(l, 0, web);
	put(l, 1, web);
	order = order_for(l, 1, 2);
	assert_int_equal(order.ordinal, 1);
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	ledger_resolve_ordered(l);
	assert_true(ledger_find_ordered(l, 2, &is));
	assert_false(ledger_find_ordered(l, 0, &is));
	ledger_unmap(l);
}

static void what_cannot_be_is_not_believed(void **state)
{
	struct ledger *l = make(1);
	struct ledger_ordered order, is;

	(void)state;
	put(l, 0, at(80, 6));
	order = order_for(l, 0, 0);
	order.what = 99;
	order.weight = -7;
	order.address.family = 77;
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_true(ledger_read_ordered(l, 0, &is));
	assert_int_equal(is.what, LEDGER_ORDERED_NOTHING);
	assert_int_equal(is.weight, LEDGER_ORDERED_NO_WEIGHT);
	assert_int_equal(is.address.family, IP_NONE);
	order.real = 2;
	assert_int_equal(ledger_put_ordered(l, &order), 0);
	assert_true(ledger_read_ordered(l, 1, &is));
	assert_int_equal(is.real, UINT32_MAX);
	l->ordered_used = UINT32_MAX;
	assert_int_equal(ledger_ordered_used(l), LEDGER_ORDERED_MAX);
	ledger_unmap(l);
}

static void names_as_people_write_them(void **state)
{
	static const struct {
		const char *word;
		uint32_t found, first;
	} words[] = {
		{ "192.0.2.1:80", 2, 0 },
		{ "192.0.2.1 80", 2, 0 },
		{ "[192.0.2.1]:tcp:80", 1, 0 },
		{ "192.0.2.1:udp:80", 1, 1 },
		{ "[192.0.2.1]:80", 2, 0 },
		{ "192.0.2.1", 2, 0 },
		{ "2001:db8:0::1 443", 1, 2 },
		{ "[2001:db8::1]:443", 1, 2 },
		{ "2001:db8::1", 1, 2 },
		{ "FWM 7", 1, 3 },
		{ "fwmark 7", 1, 3 },
		{ "7", 1, 3 },
		{ "group web", 1, 4 },
		{ "web", 1, 4 },
		{ "192.0.2.1:81", 0, 0 },
		{ "192.0.2.1:", 0, 0 },
		{ "192.0.2.1:80x", 0, 0 },
		{ "192.0.2.1:80000", 0, 0 },
		{ "[192.0.2.1:80", 0, 0 },
		{ "[2001:db8::1]443", 0, 0 },
		{ "", 0, 0 },
		{ "[", 0, 0 },
		{ "we", 0, 0 },
	};
	struct ledger *l = make(5);
	struct ledger_virtual web = { .protocol = 6 }, v;
	char near[NEAREST_MAX][SERVER_NAME_SIZE];
	uint32_t found[2];

	(void)state;
	web.group = ledger_text_add(l, "web");
	put(l, 0, at(80, 6));
	put(l, 1, at(80, 17));
	v = at(443, 6);
	assert_int_equal(ip_parse("2001:db8::1", &v.address), 0);
	put(l, 2, v);
	put(l, 3, (struct ledger_virtual){ .mark = 7, .family = IP_V4 });
	put(l, 4, web);
	for (size_t n = 0; n < sizeof(words) / sizeof(*words); n++) {
		uint32_t is = server_find(l, words[n].word, found);

		if (is != words[n].found ||
		    (is > 0 && found[0] != words[n].first))
			fail_msg("%s: %u", words[n].word, is);
	}
	ledger_copy_virtual(l, 3, &v);
	assert_int_equal(server_real_find(l, &v, "10.0.0.1", found), 1);
	assert_int_equal(found[0], 7);
	assert_int_equal(server_real_find(l, &v, "10.0.0.1 8001", found), 1);
	assert_int_equal(server_real_find(l, &v, "10.0.0.1:8000", found), 0);
	assert_int_equal(server_near(l, "wbe", near), 1);
	assert_string_equal(near[0], "web");
	assert_int_equal(server_near(l, "[2001:db8::1]:444", near), 1);
	assert_string_equal(near[0], "[2001:db8::1]:443");
	assert_int_equal(server_real_near(l, &v, "10.0.0.1:9", near), 1);
	assert_string_equal(near[0], "10.0.0.1:8001");
	assert_int_equal(server_real_near(l, &v, "10.0.0.2:8001", near), 2);
	assert_string_equal(near[0], "10.0.0.1:8001");
	ledger_unmap(l);
}

/* A mark of both families, and one port by two protocols. */
static void twins_are_told_apart(void **state)
{
	struct ledger *l = make(4);
	char near[NEAREST_MAX][SERVER_NAME_SIZE], name[SERVER_NAME_SIZE];
	struct ledger_virtual v;
	uint32_t found[2];

	(void)state;
	put(l, 0, (struct ledger_virtual){ .mark = 7, .family = IP_V4 });
	put(l, 1, (struct ledger_virtual){ .mark = 7, .family = IP_V6 });
	put(l, 2, at(80, 6));
	put(l, 3, at(80, 17));
	ledger_real_at(l, 3)->address = (struct ip){ IP_V6, { 0xfd } };
	ledger_real_at(l, 5)->port = 53;
	/* The one that has the real server is meant. */
	assert_int_equal(server_find_having(l, "FWM 7", "fd00::", found), 1);
	assert_int_equal(found[0], 1);
	assert_int_equal(
		server_find_having(l, "192.0.2.1:80", "10.0.0.1:8001", found),
		1);
	assert_int_equal(found[0], 3);
	assert_int_equal(server_find_having(l, "7", "10.0.0.0", found), 2);
	assert_int_equal(server_find_having(l, "7", "10.0.0.9", found), 0);
	/* ... or who writes how they differ says it. */
	assert_int_equal(server_find(l, "FWM 7 inet6", found), 1);
	assert_int_equal(found[0], 1);
	assert_int_equal(server_find(l, "fwmark 7 inet", found), 1);
	assert_int_equal(found[0], 0);
	assert_int_equal(server_find(l, "FWM 7 ine", found), 0);
	ledger_copy_virtual(l, 1, &v);
	assert_string_equal(server_full_name(name, l, &v), "FWM 7 inet6");
	/* Nothing is offered twice, and nothing that means two. */
	assert_int_equal(server_near(l, "192.0.2.1:81", near), 2);
	assert_string_equal(near[0], "[192.0.2.1]:tcp:80");
	assert_string_equal(near[1], "[192.0.2.1]:udp:80");
	ledger_unmap(l);
}

static void each_field_has_its_place(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_ordered, key), 8);
	assert_int_equal(offsetof(struct ledger_ordered, address), 24);
	assert_int_equal(offsetof(struct ledger_ordered, weight), 44);
	assert_int_equal(offsetof(struct ledger_ordered, until), 48);
	assert_int_equal(sizeof(struct ledger_ordered), 64);
	assert_int_equal(offsetof(struct ledger, keeper_began) -
				 offsetof(struct ledger, ordered_used),
			 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void weights_that_have_changed_are_among_these(void **state)
{
	struct ledger *l = make(3);
	uint32_t first, end;
	uint64_t changes;

	(void)state;
	assert_int_equal(ledger_weights(l, &first, &end), 0);
	assert_int_equal(first, end);
	assert_false(ledger_put_weight(l, 4, 0));
	assert_int_equal(ledger_weights(l, &first, &end), 0);
	assert_true(ledger_put_weight(l, 4, 7));
	changes = ledger_weights(l, &first, &end);
	assert_int_not_equal(changes, 0);
	assert_int_equal(first, 4);
	assert_int_equal(end, 5);
	assert_int_equal(ledger_weight(l, 4), 7);
	assert_true(ledger_put_weight(l, 1, 2));
	assert_int_not_equal(ledger_weights(l, &first, &end), changes);
	assert_int_equal(first, 1);
	assert_int_equal(end, 5);
	/* Whoever wrote the head. */
	l->weights_end = 4711;
	ledger_weights(l, &first, &end);
	assert_int_equal(end, 6);
	l->weights_first = 4712;
	ledger_weights(l, &first, &end);
	assert_int_equal(first, end);
	ledger_unmap(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(weights_that_have_changed_are_among_these),
		TEST(one_order_for_a_server),
		TEST(there_are_so_many_and_no_more),
		TEST(orders_find_their_servers_again),
		TEST(of_a_group_the_ordinal_counts),
		TEST(what_cannot_be_is_not_believed),
		TEST(names_as_people_write_them),
		TEST(twins_are_told_apart),
		TEST(each_field_has_its_place),
	};

	return cmocka_run_group_tests_name("ledger_ordered", tests, NULL, NULL);
}
