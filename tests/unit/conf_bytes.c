/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that are no model (src/conf/schema/pack.c): they may come from a
 * process that was taken over.
 */
#include "conf/schema/pack.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A text as it is packed: its length, then its bytes. */
static const char *unpacked(const void *bytes, size_t length, size_t most,
			    struct conf_unpacker *u, struct arena *arena)
{
	*u = (struct conf_unpacker){ .at = bytes, .arena = arena };
	u->end = u->at + length;
	return conf_unpack_text(u, most);
}

static void a_text_has_a_length_and_an_end(void **state)
{
	struct arena arena = arena_over(malloc, free);
	struct conf_unpacker u;

	(void)state;
	assert_string_equal(unpacked("\5\0\0\0hello", 9, 5, &u, &arena),
			    "hello");
	assert_false(u.failed);
	assert_ptr_equal(u.at, u.end);
	assert_null(unpacked("\5\0\0\0hello", 9, 4, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\5\0\0\0hello", 8, 5, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\5\0\0\0he\0lo", 9, 5, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\377\377\377\377", 4, 5, &u, &arena));
	assert_false(u.failed); /* there was none */
	arena_free(&arena);
}

static void what_ends_too_early_is_no_number(void **state)
{
	static const unsigned char bytes[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct conf_unpacker u = { .at = bytes, .end = bytes + 7 };

	(void)state;
	assert_int_equal(conf_unpack_number(&u), 0);
	assert_true(u.failed);
	u = (struct conf_unpacker){ .at = bytes, .end = bytes + 8 };
	assert_true(conf_unpack_number(&u) != 0);
	assert_false(u.failed);
}

struct packed {
	unsigned char bytes[65536];
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct packed *p = to;

	assert_in_range(p->length + length, 0, sizeof(p->bytes));
	memcpy(p->bytes + p->length, bytes, length);
	p->length += length;
}

/* They begin with what they are, and with what tables they were made. */
static void bytes_of_other_tables_are_refused(void **state)
{
	struct conf_loaded *l = conf_load_text("");
	struct packed *p = calloc(1, sizeof(*p));
	struct conf_model *again;

	(void)state;
	assert_non_null(p);
	conf_pack(l->model, true, add, p);
	again = conf_unpack(p->bytes, p->length, malloc, free);
	assert_non_null(again);
	conf_free(again);
	for (size_t n = 0; n < 16; n++) {
		p->bytes[n] ^= 1;
		assert_null(conf_unpack(p->bytes, p->length, malloc, free));
		p->bytes[n] ^= 1;
	}
	/* Nor is there anything behind them. */
	assert_null(conf_unpack(p->bytes, p->length + 1, malloc, free));
	free(p);
	conf_unload(l);
}

static struct packed *packed_of(const char *text)
{
	struct conf_loaded *l = conf_load_text(text);
	struct packed *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	assert_non_null(l->model);
	conf_pack(l->model, true, add, p);
	conf_unload(l);
	return p;
}

static bool makes_a_model(const struct packed *p)
{
	struct conf_model *model =
		conf_unpack(p->bytes, p->length, malloc, free);

	if (model)
		conf_free(model);
	return model != NULL;
}

static size_t first_difference(const struct packed *a, const struct packed *b)
{
	size_t n = 0;

	while (n < a->length && a->bytes[n] == b->bytes[n])
		n++;
	assert_in_range(n, 0, a->length - 1);
	return n;
}

#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress {\n 192.0.2.1/24\n}\n" inside "}\n"

/* Which of two words an item of a list stands behind. */
static void excluded_is_yes_or_no(void **state)
{
	struct packed *a =
		packed_of(INSTANCE("virtual_ipaddress {\n 192.0.2.2/24\n}\n"));
	struct packed *b = packed_of(
		INSTANCE("virtual_ipaddress_excluded {\n 192.0.2.2/24\n}\n"));
	size_t at = first_difference(a, b);

	(void)state;
	assert_int_equal(a->bytes[at], 0);
	assert_int_equal(b->bytes[at], 1);
	assert_true(makes_a_model(b));
	b->bytes[at] = 2;
	assert_false(makes_a_model(b));
	free(a);
	free(b);
}

/* One more than a file may have. */
static void a_list_has_no_more_than_it_may(void **state)
{
	struct packed *less = packed_of(
		INSTANCE("vrrp_peers {\n ~SEQ(X,1,254) 10.0.0.${X}\n}\n"));
	struct packed *most = packed_of(
		INSTANCE("vrrp_peers {\n ~SEQ(X,1,255) 10.0.0.${X}\n}\n"));
	size_t count = first_difference(less, most);
	size_t item = most->length - less->length;
	unsigned char *first = most->bytes + count + 4;

	(void)state;
	assert_int_equal(most->bytes[count], 255);
	assert_true(makes_a_model(most));
	memmove(first + item, first, most->length - (count + 4));
	most->length += item;
	most->bytes[count] = 0;
	most->bytes[count + 1] = 1;
	assert_false(makes_a_model(most));
	free(less);
	free(most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_has_a_length_and_an_end),
		cmocka_unit_test(what_ends_too_early_is_no_number),
		cmocka_unit_test(bytes_of_other_tables_are_refused),
		cmocka_unit_test(excluded_is_yes_or_no),
		cmocka_unit_test(a_list_has_no_more_than_it_may),
	};

	return cmocka_run_group_tests_name("conf_bytes", tests, NULL, NULL);
}
