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
	assert_string_equal(unpacked("\6hello", 6, 5, &u, &arena), "hello");
	assert_false(u.failed);
	assert_ptr_equal(u.at, u.end);
	assert_null(unpacked("\6hello", 6, 4, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\6hello", 5, 5, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\6he\0lo", 6, 5, &u, &arena));
	assert_true(u.failed);
	assert_null(unpacked("\0", 1, 5, &u, &arena));
	assert_false(u.failed); /* there was none */
	arena_free(&arena);
}

static int64_t number(const void *bytes, size_t length, bool *failed)
{
	struct conf_unpacker u = { .at = bytes };
	int64_t value;

	u.end = u.at + length;
	value = conf_unpack_number(&u);
	*failed = u.failed || u.at != u.end;
	return value;
}

static void gather(void *to, const void *bytes, size_t length)
{
	char **at = to;

	memcpy(*at, bytes, length);
	*at += length;
}

/* Seven bits a byte, and the sign is the lowest one. */
static void numbers_are_as_short_as_they_can_be(void **state)
{
	static const struct {
		int64_t value;
		size_t length;
	} cases[] = {
		{ 0, 1 },          { -1, 1 },         { 63, 1 },
		{ -64, 1 },        { 64, 2 },         { -65, 2 },
		{ INT64_MAX, 10 }, { INT64_MIN, 10 }, { INT32_MAX, 5 },
		{ 1000000000, 5 }, { UINT32_MAX, 5 },
	};
	bool failed;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char bytes[10], *end = bytes;
		struct conf_packer p = { gather, &end, false };

		conf_pack_number(&p, cases[i].value);
		assert_int_equal(end - bytes, cases[i].length);
		assert_int_equal(number(bytes, cases[i].length, &failed),
				 cases[i].value);
		assert_false(failed);
		number(bytes, cases[i].length - 1, &failed);
		assert_true(failed);
	}
}

static void other_bytes_are_no_number(void **state)
{
	bool failed;

	(void)state;
	number("\200\0", 2, &failed); /* 0 in two bytes */
	assert_true(failed);
	number("\377\377\377\377\377\377\377\377\377\2", 10, &failed);
	assert_true(failed); /* more than 64 bits */
	number("\377\377\377\377\377\377\377\377\377\377\1", 11, &failed);
	assert_true(failed);
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
	assert_int_equal(b->bytes[at], 2); /* 1 */
	assert_true(makes_a_model(b));
	b->bytes[at] = 4;
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
	unsigned char *first = most->bytes + count + 2;

	(void)state;
	assert_int_equal(most->bytes[count], 0xff); /* of 255: ff 01 */
	assert_true(makes_a_model(most));
	memmove(first + item, first, most->length - (count + 2));
	most->length += item;
	most->bytes[count] = 0x80;
	most->bytes[count + 1] = 2;
	assert_false(makes_a_model(most));
	free(less);
	free(most);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_has_a_length_and_an_end),
		cmocka_unit_test(numbers_are_as_short_as_they_can_be),
		cmocka_unit_test(other_bytes_are_no_number),
		cmocka_unit_test(bytes_of_other_tables_are_refused),
		cmocka_unit_test(excluded_is_yes_or_no),
		cmocka_unit_test(a_list_has_no_more_than_it_may),
	};

	return cmocka_run_group_tests_name("conf_bytes", tests, NULL, NULL);
}
