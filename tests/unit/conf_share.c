/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists that are the same are one (conf/schema/share.h): while a file is read,
 * as bytes, and behind them.
 */
#include "base/must.h"
#include "conf/schema/pack.h"
#include "conf/schema/types.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define VS(vip, inside)                                                        \
	"virtual_server " vip " 80 {\n lvs_method DR\n protocol TCP\n" inside  \
	"}\n"
#define RS(address, inside) " real_server " address " 80 {\n" inside "}\n"

#define PAIR(second)                                                           \
	RS("10.0.0.1", " TCP_CHECK {\n}\n")                                    \
	RS(second, " TCP_CHECK {\n retry 2\n}\n")

static void those_of_a_file_are_one(void **state)
{
	struct conf_loaded *l = conf_load_text(
		VS("192.0.2.1", PAIR("10.0.0.2"))
			VS("192.0.2.2", PAIR("10.0.0.2"))
				VS("192.0.2.3", PAIR("10.0.0.3"))
					VS("192.0.2.4", PAIR("10.0.0.2")));
	const struct conf_virtual_server *vs = l->model->virtual_servers;

	(void)state;
	assert_ptr_equal(vs[0].servers, vs[1].servers);
	assert_ptr_not_equal(vs[0].servers, vs[2].servers);
	assert_ptr_equal(vs[0].servers, vs[3].servers);
	assert_int_equal(vs[2].server_count, 2);
	assert_int_equal(vs[2].servers[1].address.bytes[3], 3);
	assert_ptr_equal(vs[0].servers[1].checks, vs[2].servers[1].checks);
	assert_ptr_not_equal(vs[0].servers[0].checks, vs[0].servers[1].checks);
	assert_int_equal(vs[2].servers[1].checks[0].pace.retry, 2);
	conf_unload(l);
}

/* Of HTTP_GET the urls are, too. */
static void checks_with_lists_of_their_own_are_one(void **state)
{
#define URL   " HTTP_GET {\n url {\n path /a\n}\n}\n"
#define URL_2 " HTTP_GET {\n url {\n path /b\n}\n}\n"
	struct conf_loaded *l = conf_load_text(
		VS("192.0.2.1", RS("10.0.0.1", URL) RS("10.0.0.2", URL_2)
					RS("10.0.0.3", URL)));
	const struct conf_real_server *rs =
		l->model->virtual_servers[0].servers;

	(void)state;
	assert_ptr_equal(rs[0].checks, rs[2].checks);
	assert_string_equal(rs[1].checks[0].http.urls[0].path, "/b");
	assert_string_equal(rs[2].checks[0].http.urls[0].path, "/a");
	conf_unload(l);
}

/* What is wrong with each of two that are the same is told where it stands. */
static void each_is_told_where_it_stands(void **state)
{
#define TWICE RS("10.0.0.1", "") RS("10.0.0.1", "") RS("2001:db8::1", "")
	struct conf_loaded *l =
		conf_load_text(VS("192.0.2.1", TWICE) VS("192.0.2.2", TWICE));
	const struct conf_virtual_server *vs = l->model->virtual_servers;

	(void)state;
	assert_says(l, "test.conf:6:");
	assert_says(l, "already, in line 4");
	assert_says(l, "test.conf:8:");
	assert_says(l, "test.conf:16:");
	assert_says(l, "already, in line 14");
	assert_says(l, "test.conf:18:");
	assert_int_equal(l->diagnostics.ignored, 4);
	assert_int_equal(vs[0].server_count, 1);
	assert_ptr_equal(vs[0].servers, vs[1].servers);
	conf_unload(l);
}

/* One family is right in one place and wrong in the other. */
static void what_is_left_out_of_one_stays_in_the_other(void **state)
{
	struct conf_loaded *l = conf_load_text(
		VS("192.0.2.1",
		   RS("10.0.0.1", "") RS("2001:db8::1", "") RS("10.0.0.2", ""))
			VS("192.0.2.2",
			   " lvs_method TUN\n" RS("10.0.0.1", "")
				   RS("2001:db8::1", "") RS("10.0.0.2", "")));
	const struct conf_virtual_server *vs = l->model->virtual_servers;

	(void)state;
	assert_int_equal(vs[0].server_count, 2);
	assert_int_equal(vs[1].server_count, 3);
	assert_int_equal(vs[1].servers[1].address.family, IP_V6);
	conf_unload(l);
}

/* The file of a FILE_CHECK is looked for when all is read. */
static void what_is_set_later_is_not_shared(void **state)
{
#define BOTH " FILE_CHECK {\n track_file f\n}\n TCP_CHECK {\n}\n"
	struct conf_loaded *l = conf_load_text(
		VS("192.0.2.1", RS("10.0.0.1", BOTH) RS("10.0.0.2", BOTH)));
	const struct conf_real_server *rs =
		l->model->virtual_servers[0].servers;

	(void)state;
	assert_int_equal(l->diagnostics.ignored, 2);
	assert_says(l, "test.conf:5:");
	assert_says(l, "test.conf:12:");
	for (unsigned n = 0; n < 2; n++) {
		assert_int_equal(rs[n].check_count, 1);
		assert_int_equal(rs[n].checks[0].kind, CONF_CHECK_TCP);
	}
	conf_unload(l);
}

/* What a group leaves out is told where it stands, and stays in the others. */
static void lists_of_a_group_are_not_shared(void **state)
{
#define BOTH_FAMILIES RS("10.0.0.1", "") RS("2001:db8::1", "")
#define BY(name, inside)                                                       \
	"virtual_server group " name " {\n lvs_method DR\n protocol TCP\n"     \
	" persistence_timeout 9\n" inside "}\n"
	struct conf_loaded *l = conf_load_text(
		"virtual_server_group four {\n 192.0.2.1 80\n}\n"
		"virtual_server_group six {\n 2001:db8::9 80\n}\n" BY(
			"four", BOTH_FAMILIES) BY("six", BOTH_FAMILIES));
	const struct conf_virtual_server *vs = l->model->virtual_servers;

	(void)state;
	assert_int_equal(l->model->virtual_server_count, 2);
	assert_says(l, "test.conf:13:");
	assert_says(l, "test.conf:20:");
	assert_int_equal(l->diagnostics.ignored, 2);
	assert_int_equal(vs[0].server_count, 1);
	assert_int_equal(vs[0].servers[0].address.family, IP_V4);
	assert_int_equal(vs[1].server_count, 1);
	assert_int_equal(vs[1].servers[0].address.family, IP_V6);
	conf_unload(l);
}

/* A list of shelves, each with a list of boxes. */
struct box {
	uint32_t number;
};

struct shelf {
	struct box *boxes;
	uint32_t count;
};

struct room {
	struct shelf *shelves;
	uint32_t count;
};

static const struct conf_row box_rows[] = {
	{ .word = "number",
	  .type = &conf_type_number,
	  .size = sizeof(uint32_t),
	  .offset = offsetof(struct box, number),
	  .count = CONF_NO,
	  .preset = CONF_NO,
	  .maximum = 100 },
};
static const struct conf_rows box_part = { box_rows, 1 };
static const struct conf_block box_block = { .name = "box",
					     .parts = { &box_part },
					     .size = sizeof(struct box),
					     .span = CONF_NO };

static const struct conf_row shelf_rows[] = {
	{ .word = "box",
	  .type = &conf_type_block,
	  .flags = CONF_SHARES,
	  .offset = offsetof(struct shelf, boxes),
	  .count = offsetof(struct shelf, count),
	  .preset = CONF_NO,
	  .block = &box_block },
};
static const struct conf_rows shelf_part = { shelf_rows, 1 };
static const struct conf_block shelf_block = { .name = "shelf",
					       .parts = { &shelf_part },
					       .size = sizeof(struct shelf),
					       .span = CONF_NO };

static const struct conf_row room_rows[] = {
	{ .word = "shelf",
	  .type = &conf_type_block,
	  .offset = offsetof(struct room, shelves),
	  .count = offsetof(struct room, count),
	  .preset = CONF_NO,
	  .block = &shelf_block },
};
static const struct conf_rows room_part = { room_rows, 1 };
static const struct conf_block room_block = { .name = "room",
					      .parts = { &room_part },
					      .size = sizeof(struct room),
					      .span = CONF_NO };
static const struct conf_schema schema = { &room_block, CONF_NO };

struct bytes {
	unsigned char at[100000];
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	assert_in_range(length, 0, sizeof(b->at) - b->length);
	memcpy(b->at + b->length, bytes, length);
	b->length += length;
}

/* 0, and what is in the room; -1: the bytes are none. */
static int unpack(const struct bytes *b, struct arena *arena, struct room *out)
{
	struct conf_unpacker u = { .at = b->at, .arena = arena };

	u.end = u.at + b->length;
	*out = (struct room){ 0 };
	return conf_unpack_object(&u, &schema, out);
}

/* A room of so many shelves, which have the same boxes, as bytes. */
static struct bytes *packed(uint32_t shelves, uint32_t boxes)
{
	struct room room = { calloc(shelves, sizeof(struct shelf)), shelves };
	struct box *list = calloc(boxes, sizeof(*list));
	struct bytes *b = calloc(1, sizeof(*b));
	struct conf_packer p = { .write = add, .to = b };

	assert_true(room.shelves && list && b);
	for (uint32_t n = 0; n < shelves; n++)
		room.shelves[n] = (struct shelf){ list, boxes };
	conf_pack_object(&p, &schema, &room);
	free(room.shelves);
	free(list);
	return b;
}

static void bytes_have_them_once(void **state)
{
	struct arena arena = arena_over(malloc, free);
	struct bytes *one = packed(1, 50), *two = packed(2, 50);
	struct room room;

	(void)state;
	assert_int_equal(two->length, one->length + 1);
	assert_int_equal(unpack(two, &arena, &room), 0);
	assert_int_equal(room.count, 2);
	assert_int_equal(room.shelves[1].count, 50);
	assert_ptr_equal(room.shelves[0].boxes, room.shelves[1].boxes);
	arena_free(&arena);
	free(one);
	free(two);
}

/* Empty ones are not shared: there is nothing to share. */
static void empty_ones_go_through_bytes(void **state)
{
	struct arena arena = arena_over(malloc, free);
	struct bytes *b = packed(3, 0);
	struct room room;

	(void)state;
	assert_int_equal(unpack(b, &arena, &room), 0);
	assert_int_equal(room.count, 3);
	assert_int_equal(room.shelves[2].count, 0);
	arena_free(&arena);
	free(b);
}

static void the_first_one_cannot_be_the_last_one(void **state)
{
	struct arena arena = arena_over(malloc, free);
	struct bytes *b = packed(1, 0);
	struct room room;

	(void)state;
	assert_int_equal(b->at[b->length - 1], 1);
	b->at[b->length - 1] = 0;
	assert_int_equal(unpack(b, &arena, &room), -1);
	arena_free(&arena);
	free(b);
}

/* A byte asks for a list: many must not ask for a model without end. */
static void more_than_a_text_could_say_is_refused(void **state)
{
	struct arena arena = arena_over(malloc, free);
	uint32_t boxes = 1000;
	uint32_t most = 1 + (uint32_t)(CONF_SHARED_ITEMS_MAX / boxes);
	struct bytes *b = packed(most, boxes);
	struct room room;

	(void)state;
	assert_int_equal(unpack(b, &arena, &room), 0);
	assert_int_equal(room.count, most);
	free(b);
	b = packed(most + 1, boxes);
	assert_int_equal(unpack(b, &arena, &room), -1);
	arena_free(&arena);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_of_a_file_are_one),
		cmocka_unit_test(checks_with_lists_of_their_own_are_one),
		cmocka_unit_test(each_is_told_where_it_stands),
		cmocka_unit_test(what_is_left_out_of_one_stays_in_the_other),
		cmocka_unit_test(what_is_set_later_is_not_shared),
		cmocka_unit_test(lists_of_a_group_are_not_shared),
		cmocka_unit_test(bytes_have_them_once),
		cmocka_unit_test(empty_ones_go_through_bytes),
		cmocka_unit_test(the_first_one_cannot_be_the_last_one),
		cmocka_unit_test(more_than_a_text_could_say_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
