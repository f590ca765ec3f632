/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that say the same are one check (conf/model/checks.h). */
#include "base/must.h"
#include "conf/model/checks.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct made {
	struct conf_loaded *loaded;
	struct arena arena;
	const struct conf_checks *checks;
};

static struct made make(const char *text)
{
	struct made m = { .loaded = conf_load_text(text),
			  .arena = arena_over(malloc, free) };

	if (!m.loaded->model)
		fprintf(stderr, "%s", m.loaded->printed);
	assert_non_null(m.loaded->model);
	m.checks = conf_checks(m.loaded->model, &m.arena);
	assert_non_null(m.checks);
	return m;
}

static void unmake(struct made *m)
{
	arena_free(&m->arena);
	conf_unload(m->loaded);
}

/* `servers` virtual servers of the same `reals` real servers. */
static char *farm(unsigned servers, unsigned reals, const char *check)
{
	size_t size = (size_t)servers * reals * (strlen(check) + 80) + 100000;
	char *text = malloc(size), *at = text;

	assert_non_null(text);
	for (unsigned v = 0; v < servers; v++) {
		at += sprintf(at,
			      "virtual_server 10.0.%u.%u 80 {\n"
			      " protocol TCP\n lvs_method DR\n",
			      v / 250, v % 250 + 1);
		for (unsigned r = 0; r < reals; r++)
			at += sprintf(at,
				      " real_server 10.1.%u.%u 80 {\n%s }\n",
				      r / 250, r % 250 + 1, check);
		at += sprintf(at, "}\n");
	}
	assert_in_range(at - text, 1, size - 1);
	return text;
}

static void many_servers_of_the_same_are_checked_once(void **state)
{
	char *text = farm(30, 10, " TCP_CHECK {\n }\n");
	struct made m = make(text);
	const struct conf_checks *c = m.checks;

	(void)state;
	assert_int_equal(c->count, 10);
	assert_int_equal(c->number_count, 300);
	for (uint32_t n = 0; n < 300; n++)
		assert_int_equal(c->numbers[n], n % 10);
	for (uint32_t n = 0; n < 10; n++)
		assert_int_equal(c->list[n].followers, 30);
	unmake(&m);
	free(text);
}

#define TWO(vs, rs1, rs2)                                                      \
	"virtual_server 192.0.2.1 80 {\n protocol TCP\n lvs_method DR\n" vs    \
	"\n real_server 198.51.100.1 80 {\n" rs1                               \
	"\n }\n real_server 198.51.100.2 80 {\n" rs2 "\n }\n}\n"

/* Two real servers whose checks go to one place: how many are there? */
static void what_differs_is_another_check(void **state)
{
	static const struct {
		const char *one, *two;
		uint32_t count;
	} cases[] = {
		{ "TCP_CHECK {\n", "TCP_CHECK {\n", 1 },
		{ "TCP_CHECK {\n delay_loop 5\n",
		  "TCP_CHECK {\n delay_loop 7\n", 1 },
		{ "TCP_CHECK {\n alpha\n", "TCP_CHECK {\n", 1 },
		{ "TCP_CHECK {\n connect_timeout 5\n", "TCP_CHECK {\n", 1 },
		{ "TCP_CHECK {\n connect_timeout 4\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n retry 1\n delay_before_retry 1\n",
		  "TCP_CHECK {\n", 1 },
		{ "TCP_CHECK {\n retry 2\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n rise 2\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n bindto 192.0.2.8\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n bind_port 8\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n bind_if eth0\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n fwmark 8\n", "TCP_CHECK {\n", 2 },
		{ "TCP_CHECK {\n", "PING_CHECK {\n", 2 },
		{ "TCP_CHECK {\n", "SMTP_CHECK {\n", 2 },
		{ "SMTP_CHECK {\n helo_name a\n", "SMTP_CHECK {\n", 2 },
		{ "DNS_CHECK {\n type A\n", "DNS_CHECK {\n", 2 },
		{ "DNS_CHECK {\n name a.\n", "DNS_CHECK {\n name b.\n", 2 },
		{ "HTTP_GET {\n url { path /\n }\n",
		  "HTTP_GET {\n url { path /\n }\n", 1 },
		{ "HTTP_GET {\n url { path /\n }\n",
		  "HTTP_GET {\n url { path /a\n }\n", 2 },
		{ "HTTP_GET {\n url { path /\n }\n",
		  "SSL_GET {\n url { path /\n }\n", 2 },
		{ "HTTP_GET {\n url { path /\n }\n virtualhost a\n",
		  "HTTP_GET {\n url { path /\n }\n", 2 },
		{ "HTTP_GET {\n url { path /\n status_code 200\n }\n",
		  "HTTP_GET {\n url { path /\n status_code 201\n }\n", 2 },
		{ "HTTP_GET {\n url { path /\n }\n http_protocol 1.1\n",
		  "HTTP_GET {\n url { path /\n }\n", 2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char text[2000];
		struct made m;

		snprintf(text, sizeof(text),
			 TWO("", "%s connect_ip 198.51.100.9\n }\n",
			     "%s connect_ip 198.51.100.9\n }\n"),
			 cases[i].one, cases[i].two);
		m = make(text);
		if (m.checks->count != cases[i].count)
			fprintf(stderr, "# %s\n", text);
		assert_int_equal(m.checks->count, cases[i].count);
		unmake(&m);
	}
}

/* A check has what it does not say from its real server, and that above. */
static void values_come_from_above(void **state)
{
	struct made m = make(TWO(
		"delay_loop 10\nretry 4\nconnect_timeout 3\nalpha\n"
		"virtualhost v.example",
		"delay_loop 9\nalpha off\n"
		"TCP_CHECK {\n retry 2\n }\nPING_CHECK {\n }\nDNS_CHECK {\n }",
		"virtualhost r.example\nconnect_timeout 2\n"
		"HTTP_GET {\n url { path / }\n warmup 1\n }"));
	const struct conf_distinct *d = m.checks->list;
	const struct conf_virtual_server *vs = m.loaded->model->virtual_servers;
	const struct conf_real_server *rs = vs->servers;

	(void)state;
	assert_int_equal(m.checks->count, 4);
	assert_int_equal(d[0].interval, 9 * TICK_SECOND);
	assert_int_equal(d[0].warmup, 9 * TICK_SECOND);
	assert_int_equal(d[0].retry, 2);
	assert_int_equal(d[0].retry_delay, TICK_SECOND);
	assert_int_equal(d[0].timeout, 3 * TICK_SECOND);
	assert_int_equal(d[0].rise, 1);
	assert_int_equal(d[0].connect.address.bytes[3], 1);
	assert_int_equal(d[0].connect.port, 80);
	assert_int_equal(d[1].connect.port, 0);
	assert_int_equal(d[2].retry_delay, 9 * TICK_SECOND);
	assert_int_equal(d[3].interval, 10 * TICK_SECOND);
	assert_int_equal(d[3].warmup, TICK_SECOND);
	assert_int_equal(d[3].retry_delay, 3 * TICK_SECOND);
	assert_int_equal(d[3].retry, 4);
	assert_int_equal(d[3].timeout, 2 * TICK_SECOND);
	assert_string_equal(d[3].virtualhost, "r.example");
	assert_false(conf_check_alpha(vs, &rs[0], &rs[0].checks[0]));
	assert_true(conf_check_alpha(vs, &rs[1], &rs[1].checks[0]));
	unmake(&m);
}

/* Nothing said anywhere: keepalived's. */
static void defaults_are_those_of_keepalived(void **state)
{
	struct made m = make(TWO("", "TCP_CHECK {\n }\nDNS_CHECK {\n }",
				 "SMTP_CHECK {\n }\n"
				 "HTTP_GET {\n url { path / }\n }"));
	const struct conf_distinct *d = m.checks->list;

	(void)state;
	assert_int_equal(d[0].interval, 60 * TICK_SECOND);
	assert_int_equal(d[0].timeout, 5 * TICK_SECOND);
	assert_int_equal(d[0].retry, 1);
	assert_int_equal(d[0].retry_delay, TICK_SECOND);
	assert_int_equal(d[1].retry, 3);
	assert_int_equal(d[1].retry_delay, 60 * TICK_SECOND);
	assert_int_equal(d[2].retry, 1);
	assert_int_equal(d[3].retry, 1);
	assert_int_equal(d[3].retry_delay, 3 * TICK_SECOND);
	unmake(&m);
}

static void the_shortest_interval_rules(void **state)
{
	struct made m = make(TWO("", "delay_loop 7\nTCP_CHECK {\n }",
				 "delay_loop 5\nwarmup 2\nTCP_CHECK {\n"
				 " connect_ip 198.51.100.1\n }"));
	const struct conf_distinct *d = m.checks->list;

	(void)state;
	assert_int_equal(m.checks->count, 1);
	assert_int_equal(d[0].interval, 5 * TICK_SECOND);
	assert_int_equal(d[0].warmup, 2 * TICK_SECOND);
	unmake(&m);
}

struct bytes {
	char *data;
	size_t length, room;
};

static void gather(void *to, const void *bytes, size_t length)
{
	struct bytes *b = to;

	if (b->length + length > b->room) {
		b->room = (b->length + length) * 2;
		b->data = realloc(b->data, b->room);
		assert_non_null(b->data);
	}
	memcpy(b->data + b->length, bytes, length);
	b->length += length;
}

/* The keys of another process, and of another order, are the same. */
static void keys_stay(void **state)
{
	struct made m = make(TWO("", "TCP_CHECK {\n }", "TCP_CHECK {\n }"));
	struct made turned = make(
		"virtual_server 192.0.2.5 81 {\n protocol TCP\n delay_loop 1\n"
		" real_server 198.51.100.2 80 {\n TCP_CHECK {\n }\n }\n"
		" real_server 198.51.100.1 80 {\n TCP_CHECK {\n }\n }\n}\n");
	struct arena arena = arena_over(malloc, free);
	struct bytes b = { 0 };
	struct conf_model *copy;
	const struct conf_checks *checks;

	(void)state;
	assert_int_equal(m.checks->list[0].key, turned.checks->list[1].key);
	assert_int_equal(m.checks->list[1].key, turned.checks->list[0].key);
	/* One that is known: a release that changes it checks all anew. */
	assert_int_equal(m.checks->list[0].key, UINT64_C(0x92900ef56ee0bf27));
	conf_pack(m.loaded->model, true, gather, &b);
	copy = conf_unpack(b.data, b.length, malloc, free);
	assert_non_null(copy);
	checks = conf_checks(copy, &arena);
	assert_int_equal(checks->count, 2);
	conf_checks_keep(copy);
	assert_ptr_equal(conf_checks(copy, &arena), copy->checks);
	assert_ptr_not_equal(checks, copy->checks);
	assert_int_equal(checks->list[0].key, m.checks->list[0].key);
	assert_int_equal(checks->list[1].key, m.checks->list[1].key);
	arena_free(&arena);
	conf_free(copy);
	free(b.data);
	unmake(&turned);
	unmake(&m);
}

#define OLD(kind)                                                              \
	"virtual_server 192.0.2.1 80 {\n lvs_method DR\n"                      \
	" real_server 192.0.2.2 80 {\n " kind                                  \
	" {\n nb_get_retry 2\n }\n }\n}\n"

/* A word that only some kinds have. */
static void an_old_word_has_its_remedy(void **state)
{
	struct conf_loaded *loaded = conf_load_text(OLD("TCP_CHECK"));

	(void)state;
	assert_says(
		loaded,
		"unknown word \"nb_get_retry\" in TCP_CHECK; it is left "
		"out\n"
		"    5 |  nb_get_retry 2\n"
		"      |  ^^^^^^^^^^^^\n"
		"      = write \"retry\": nb_get_retry is an old spelling of "
		"it in HTTP_GET\n");
	conf_unload(loaded);
	/* This one has no tries at all. */
	loaded = conf_load_text(OLD("FILE_CHECK"));
	assert_says(loaded, "it belongs in HTTP_GET");
	conf_unload(loaded);
}

static void no_check_is_no_list(void **state)
{
	struct made m = make(TWO("", "", ""));

	(void)state;
	assert_int_equal(m.checks->count, 0);
	assert_int_equal(m.checks->number_count, 0);
	unmake(&m);
}

/* 300 virtual servers of the same 100 real servers: 100 checks, linear. */
static void a_large_farm_is_linear(void **state)
{
	char *text = farm(300, 100, " TCP_CHECK {\n connect_timeout 3\n }\n");
	struct made m = make(text);

	(void)state;
	assert_int_equal(m.checks->count, 100);
	assert_int_equal(m.checks->number_count, 30000);
	assert_int_equal(m.checks->list[99].followers, 300);
	unmake(&m);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_servers_of_the_same_are_checked_once),
		cmocka_unit_test(what_differs_is_another_check),
		cmocka_unit_test(values_come_from_above),
		cmocka_unit_test(defaults_are_those_of_keepalived),
		cmocka_unit_test(the_shortest_interval_rules),
		cmocka_unit_test(keys_stay),
		cmocka_unit_test(an_old_word_has_its_remedy),
		cmocka_unit_test(no_check_is_no_list),
		cmocka_unit_test(a_large_farm_is_linear),
	};

	return cmocka_run_group_tests_name("conf_checks", tests, NULL, NULL);
}
