/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model that goes through bytes: it is the same behind them, and bytes that
 * are wrong make no model, or one that can be printed and read.
 */
#include "conf/model/plan.h"
#include "conf/model/rows.h"
#include "conf_example.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Something of everything. */
#define ALL                                                                    \
	"global_defs {\n router_id \"a b\"\n vrrp_version 3\n"                 \
	" vrrp_cpu_affinity 0 63 1023\n max_auto_priority 3\n"                 \
	" iproute_etc_dir /x\n vrrp_mcast_group4 224.0.0.9\n"                  \
	" vrrp_garp_extra_if all 30\n}\n"                                      \
	"garp_group {\n garp_interval 0.5\n interfaces {\n eth0 eth1\n}\n}\n"  \
	"interface_up_down_delays {\n eth0 1 2\n eth1 3\n}\n"                  \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" state MASTER\n priority 9\n vrrp_peers {\n 192.0.2.8 192.0.2.9\n}\n" \
	" mcast_src_ip 192.0.2.3\n virtual_ipaddress {\n 192.0.2.1/24 brd +"   \
	" label eth0:1 scope link\n 192.0.2.2 dev eth9\n}\n"                   \
	" virtual_ipaddress_excluded {\n 2001:db8::1/64\n}\n}\n"               \
	"vrrp_instance B {\n interface eth1\n virtual_router_id 8\n"           \
	" advert_int 0.25\n virtual_ipaddress {\n fe80::1/64\n}\n}\n"          \
	"vrrp_instance C {\n interface eth1\n virtual_router_id 9\n"           \
	" no_virtual_ipaddress\n virtual_routes {\n 10.0.0.0/8 nexthop via "   \
	"192.0.2.9 dev eth1 nexthop dev eth0 weight 3\n}\n}\n"                 \
	"static_routes {\n fd00::/8 via fe80::1 dev eth0 mtu lock 1400 rtt 9 " \
	"pref low congctl cubic\n blackhole default\n}\n"                      \
	"static_rules {\n not from 10.0.0.0/8 iif eth0 dport 80-90 table 7 "   \
	"priority 5\n inet6 goto 9 priority 8\n}\n"

struct packed {
	unsigned char *bytes;
	size_t length;
};

static void add(void *to, const void *bytes, size_t length)
{
	struct packed *p = to;

	if (length == 0)
		return;
	p->bytes = realloc(p->bytes, p->length + length);
	assert_non_null(p->bytes);
	memcpy(p->bytes + p->length, bytes, length);
	p->length += length;
}

static struct packed packed_of(const struct conf_model *model)
{
	struct packed p = { 0 };

	conf_pack(model, true, add, &p);
	return p;
}

static struct conf_model *unpacked_of(const struct packed *p)
{
	return conf_unpack(p->bytes, p->length, malloc, free);
}

static void assert_no_difference(const struct conf_model *a,
				 const struct conf_model *b)
{
	struct arena arena = arena_over(malloc, free);
	struct conf_plan *plan = conf_plan(a, b, &arena);

	assert_non_null(plan);
	assert_true(conf_plan_is_empty(plan));
	arena_free(&arena);
}

static void assert_goes_through(const struct conf_model *model)
{
	struct packed p = packed_of(model);
	struct conf_model *again = unpacked_of(&p);
	struct packed q;
	char *one = conf_printed(model);
	char *two;

	assert_non_null(again);
	two = conf_printed(again);
	assert_string_equal(one, two);
	assert_no_difference(model, again);
	assert_no_difference(again, model);
	for (size_t i = 0; i < model->instance_count; i++) {
		const struct conf_instance *a = &model->instances[i];
		const struct conf_instance *b = &again->instances[i];

		assert_int_equal(a->advertised, b->advertised);
		assert_int_equal(a->vrrp.family, b->vrrp.family);
		assert_int_equal(a->vrrp.address_count, b->vrrp.address_count);
		assert_int_equal(a->vrrp.peer_count, b->vrrp.peer_count);
	}
	q = packed_of(again);
	assert_int_equal(p.length, q.length);
	assert_memory_equal(p.bytes, q.bytes, p.length);
	conf_free(again);
	free(one);
	free(two);
	free(p.bytes);
	free(q.bytes);
}

static void a_model_goes_through_bytes(void **state)
{
	struct conf_loaded *l = conf_load_text(ALL);

	(void)state;
	assert_non_null(l->model);
	assert_goes_through(l->model);
	conf_unload(l);
	l = conf_load_text("");
	assert_goes_through(l->model);
	conf_unload(l);
}

#define SERVERS(vip, second)                                                   \
	"virtual_server " vip " 80 {\n lvs_method DR\n protocol TCP\n"         \
	" real_server 10.0.0.1 80 {\n TCP_CHECK {\n}\n}\n"                     \
	" real_server " second " 80 {\n TCP_CHECK {\n retry 2\n}\n}\n}\n"

/* What is the same in many virtual servers is there once. */
static void lists_that_are_the_same_are_one(void **state)
{
	struct conf_loaded *l = conf_load_text(
		SERVERS("192.0.2.1", "10.0.0.2")
			SERVERS("192.0.2.2", "10.0.0.2")
				SERVERS("192.0.2.3", "10.0.0.3"));
	struct packed p;
	struct conf_model *again;
	const struct conf_virtual_server *vs;

	(void)state;
	assert_non_null(l->model);
	assert_goes_through(l->model);
	p = packed_of(l->model);
	again = unpacked_of(&p);
	vs = again->virtual_servers;
	assert_ptr_equal(vs[0].servers, vs[1].servers);
	assert_ptr_not_equal(vs[0].servers, vs[2].servers);
	assert_int_equal(vs[1].server_count, 2);
	assert_int_equal(vs[2].servers[1].address.bytes[3], 3);
	assert_ptr_not_equal(vs[0].servers[0].checks, vs[0].servers[1].checks);
	assert_int_equal(vs[0].servers[1].checks[0].pace.retry, 2);
	conf_free(again);
	free(p.bytes);
	conf_unload(l);
}

static bool goes_through(void *to, const struct conf_path *path)
{
	unsigned *count = to;
	struct conf_loaded *l;

	if (path->row->standing != CONF_DONE || !conf_is_looked_at(path))
		return true;
	l = conf_load_example(path, path->row->good);
	if (l->model) {
		assert_goes_through(l->model);
		++*count;
	}
	conf_unload(l);
	return true;
}

static void each_word_goes_through_bytes(void **state)
{
	unsigned count = 0;

	(void)state;
	conf_rows_each(conf_schema.top, goes_through, &count);
	assert_in_range(count, 60, 1000);
}

static void a_part_is_no_model(void **state)
{
	struct conf_loaded *l = conf_load_text(ALL);
	struct packed p = packed_of(l->model);
	struct packed more = packed_of(l->model);
	size_t length = p.length;

	(void)state;
	for (p.length = 0; p.length < length; p.length++) {
		/* A copy, so that a read behind its end is found. */
		struct packed copy = { 0 };

		add(&copy, p.bytes, p.length);
		assert_null(unpacked_of(&copy));
		free(copy.bytes);
	}
	add(&more, "", 1);
	assert_null(unpacked_of(&more));
	free(more.bytes);
	free(p.bytes);
	conf_unload(l);
}

/* Either there is no model, or it can be printed and its print can be read. */
static bool is_harmless(const struct packed *p)
{
	struct conf_model *model = unpacked_of(p);
	struct conf_loaded *l;
	char *text;

	if (!model)
		return false;
	text = conf_printed(model);
	l = conf_load_text(text);
	for (size_t i = 0; i < model->instance_count; i++) {
		const struct conf_instance *one = &model->instances[i];

		assert_int_equal(one->advertised, one->vrrp.address_count);
		assert_in_range(one->vrrp.priority, 1, 255);
		assert_in_range(one->vrrp.vrid, 1, 255);
		assert_in_range(one->vrrp.version, 2, 3);
		assert_non_null(one->interface);
	}
	conf_unload(l);
	conf_free(model);
	free(text);
	return true;
}

static void a_wrong_byte_does_no_harm(void **state)
{
	/* Two of them for each byte. */
	static const unsigned char masks[] = { 0x01, 0x02, 0x80, 0xff };
	struct conf_loaded *l = conf_load_text(ALL);
	struct packed p = packed_of(l->model);
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < p.length; i++) {
		for (size_t k = i % 2; k < sizeof(masks); k += 2) {
			p.bytes[i] ^= masks[k];
			refused += !is_harmless(&p);
			p.bytes[i] ^= masks[k];
		}
	}
	/* Most of a model are numbers of 8 bytes with a small range. */
	assert_in_range(refused, p.length, 2 * p.length);
	free(p.bytes);
	conf_unload(l);
}

/* Tells whether a model that was made wrong by `spoil` is refused. */
static void assert_refused(void (*spoil)(struct conf_model *model))
{
	struct conf_loaded *l = conf_load_text(ALL);
	struct packed p;

	spoil(l->model);
	p = packed_of(l->model);
	assert_null(unpacked_of(&p));
	free(p.bytes);
	conf_unload(l);
}

static void exclude_the_first(struct conf_model *m)
{
	m->instances[0].addresses[0].excluded = true;
}

static void mix_families(struct conf_model *m)
{
	m->instances[0].addresses[1].address =
		m->instances[1].addresses[0].address;
	m->instances[0].addresses[1].prefix = 64;
}

static void mix_families_of_peers(struct conf_model *m)
{
	m->instances[0].peers[1].address = m->instances[1].addresses[0].address;
}

static void mix_families_of_groups(struct conf_model *m)
{
	m->instances[0].vrrp.destination = m->instances[1].vrrp.destination;
}

static void carry_ipv6_in_version_2(struct conf_model *m)
{
	m->instances[1].vrrp.version = 2;
	m->instances[1].vrrp.interval = TICK_SECOND;
}

static void advertise_too_seldom(struct conf_model *m)
{
	m->instances[0].vrrp.interval = 41 * TICK_SECOND;
}

static void advertise_between_centiseconds(struct conf_model *m)
{
	m->instances[0].vrrp.interval = 15 * TICK_MILLISECOND;
}

static void bind_to_no_cpu(struct conf_model *m)
{
	memset(m->global.vrrp.cpus.set, 0, sizeof(m->global.vrrp.cpus.set));
}

static void have_no_priority(struct conf_model *m)
{
	m->instances[0].vrrp.priority = 0;
}

static void have_no_interface(struct conf_model *m)
{
	m->instances[0].interface = NULL;
}

static void have_a_name_with_a_line_end(struct conf_model *m)
{
	m->instances[0].name = "a\n}";
}

static void what_reading_never_makes_is_refused(void **state)
{
	(void)state;
	assert_refused(exclude_the_first);
	assert_refused(mix_families);
	assert_refused(mix_families_of_peers);
	assert_refused(mix_families_of_groups);
	assert_refused(carry_ipv6_in_version_2);
	assert_refused(advertise_too_seldom);
	assert_refused(advertise_between_centiseconds);
	assert_refused(bind_to_no_cpu);
	assert_refused(have_no_priority);
	assert_refused(have_no_interface);
	assert_refused(have_a_name_with_a_line_end);
}

/* An address that no advertisement has room for, but the bytes have. */
static void more_than_fits_is_refused(void **state)
{
	struct conf_loaded *l = conf_load_text(
		"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"
		" virtual_ipaddress {\n~SEQ(X, 1, 200) 10.0.0.${X}\n"
		"~SEQ(X, 1, 100) 10.0.1.${X}\n}\n}\n");
	struct conf_instance *one = &l->model->instances[0];
	struct packed p;

	(void)state;
	assert_int_equal(one->address_count, 300);
	assert_int_equal(one->advertised, 255);
	assert_goes_through(l->model);
	one->addresses[255].excluded = false;
	p = packed_of(l->model);
	assert_null(unpacked_of(&p));
	free(p.bytes);
	conf_unload(l);
}

static long grants;

static void *obtain(size_t size)
{
	return grants-- > 0 ? malloc(size) : NULL;
}

static void memory_may_end(void **state)
{
	struct conf_loaded *l = conf_load_text(ALL);
	struct packed p = packed_of(l->model);
	struct conf_model *model = NULL;

	(void)state;
	for (long n = 0; !model; n++) {
		grants = n;
		model = conf_unpack(p.bytes, p.length, obtain, free);
		assert_in_range(n, 0, 1000);
	}
	conf_free(model);
	free(p.bytes);
	conf_unload(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_model_goes_through_bytes),
		cmocka_unit_test(lists_that_are_the_same_are_one),
		cmocka_unit_test(each_word_goes_through_bytes),
		cmocka_unit_test(a_part_is_no_model),
		cmocka_unit_test(a_wrong_byte_does_no_harm),
		cmocka_unit_test(what_reading_never_makes_is_refused),
		cmocka_unit_test(more_than_fits_is_refused),
		cmocka_unit_test(memory_may_end),
	};

	return cmocka_run_group_tests_name("conf_pack", tests, NULL, NULL);
}
