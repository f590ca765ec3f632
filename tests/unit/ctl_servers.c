/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual servers, as /servers says them and `baton vs` shows them. */
#include "ctl/growing.h"
#include "ctl/page.h"
#include "ctl/view.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "ledger/ordered.h"
#include "ledger/virtuals.h"
#include "lvs/save.h"
#include "sys/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct ledger *l;
static int fd;
static struct view v;

static struct ip at(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static void save_virtual(uint32_t n, uint8_t quorum)
{
	struct ledger_lvs_virtual *to = ledger_lvs_virtual_at(l, n);
	struct lvs_saved_service saved = { .since = clock_now(),
					   .quorum = quorum };

	*to = (struct ledger_lvs_virtual){ .key = 1, .present = 1 };
	to->length = sizeof(saved);
	memcpy(to->saved, &saved, sizeof(saved));
}

static void save_server(uint32_t n, uint32_t of, uint8_t health, int32_t weight)
{
	struct ledger_lvs_server *to = ledger_lvs_server_at(l, n);
	struct lvs_saved_server saved = lvs_known_server(health, clock_now());

	*to = (struct ledger_lvs_server){
		.of = of,
		.address = ledger_real_at(l, n)->address,
		.length = sizeof(saved),
		.weight = weight,
		.present = health == LVS_HEALTH_UP,
	};
	memcpy(to->saved, &saved, sizeof(saved));
}

/* 192.0.2.1:80 has one server that is up, and one that has failed; mark 7 has
 * one by IPv6 without checks; and the group `web` has none. */
static int begin(void **state)
{
	struct ledger_virtual *one, *two, *three;

	setenv("TZ", "UTC", 1);
	fd = ledger_create(&(struct ledger_size){ .texts = 128,
						  .checks = 2,
						  .virtuals = 3,
						  .servers = 3,
						  .services = 3,
						  .follows = 2,
						  .servers_before = 4,
						  .news = 64 },
			   "v", &l);
	assert_true(fd >= 0);
	one = ledger_virtual_at(l, 0);
	*one = (struct ledger_virtual){ .address = at("192.0.2.1"),
					.protocol = IPPROTO_TCP,
					.port = 80,
					.forward = IPVS_DIRECT,
					.scheduler = "wlc",
					.quorum = 1,
					.services = 1,
					.real_count = 2,
					.sorry = at("192.0.2.9"),
					.sorry_port = 80 };
	two = ledger_virtual_at(l, 1);
	*two = (struct ledger_virtual){ .mark = 7,
					.family = IP_V6,
					.scheduler = "mh",
					.persistence = 60,
					.services = 1,
					.real_first = 2,
					.real_count = 1 };
	three = ledger_virtual_at(l, 2);
	*three = (struct ledger_virtual){ .group = ledger_text_add(l, "web"),
					  .protocol = IPPROTO_UDP,
					  .scheduler = "rr",
					  .answers = ledger_text_add(
						  l, "192.0.2.3-192.0.2.9 80"),
					  .services = 4,
					  .real_first = 3 };
	*ledger_real_at(l, 0) = (struct ledger_real){ .follow_count = 1,
						      .weight = 3,
						      .address = at("10.0.0.1"),
						      .forward = IPVS_DIRECT,
						      .port = 80 };
	*ledger_real_at(l, 1) = (struct ledger_real){ .follow_count = 2,
						      .weight = 2,
						      .address = at("10.0.0.2"),
						      .forward = IPVS_TUNNEL,
						      .port = 80 };
	*ledger_real_at(l, 2) =
		(struct ledger_real){ .weight = 1, .address = at("fd00::1") };
	*ledger_follow_at(l, 1) = 1;
	ledger_check_at(l, 0)->state = LEDGER_CHECK_GOOD;
	strcpy(ledger_check_at(l, 0)->words, "connected");
	ledger_check_at(l, 1)->state = LEDGER_CHECK_FAILED;
	ledger_check_at(l, 1)->code = LEDGER_CHECK_L4CON;
	strcpy(ledger_check_at(l, 1)->words, "connect: refused");
	save_virtual(0, LVS_HEALTH_UP);
	save_virtual(1, LVS_HEALTH_UP);
	save_virtual(2, LVS_HEALTH_DOWN);
	save_server(0, 0, LVS_HEALTH_UP, 3);
	save_server(1, 0, LVS_HEALTH_DOWN, 0);
	save_server(2, 1, LVS_HEALTH_UP, 5);
	ledger_lvs_use(l, 3, 3);
	ledger_lvs(l)->numbered = 1;
	ledger_lvs_virtual_at(l, 2)->mark = 1000;
	v = (struct view){ .out = growing_text() };
	return 0;
}

static int end(void **state)
{
	growing_free(&v.out);
	ledger_unmap(l);
	close(fd);
	return 0;
}

static json_t *whole_of(struct page *page)
{
	struct text all = growing_text();
	char piece[777];
	json_t *json;
	ssize_t got;

	assert_non_null(page);
	while ((got = page_fill(page, piece, sizeof(piece))) > 0)
		text_add(&all, piece, (size_t)got);
	assert_int_equal(got, PAGE_FILL_END);
	json = view_read(all.bytes, all.length);
	assert_non_null(json);
	growing_free(&all);
	page_free(page);
	return json;
}

static json_t *whole(const char *name)
{
	return whole_of(page_servers(l, name, NULL));
}

static const char *why(const char *name, const char *real)
{
	json_t *json = whole_of(page_servers(l, name, real));

	text_clear(&v.out);
	view_why_server(&v, json);
	json_decref(json);
	return v.out.bytes;
}

static const char *status(void)
{
	json_t *json = whole_of(page_status(l, LEDGER_NO_INSTANCE));

	text_clear(&v.out);
	view_status(&v, json);
	json_decref(json);
	return v.out.bytes;
}

static const char *show(const char *name)
{
	json_t *json = whole(name);

	text_clear(&v.out);
	if (name)
		view_server(&v, json);
	else
		view_servers(&v, json);
	json_decref(json);
	return v.out.bytes;
}

/* Not inlined: gcc would see a null that UBSan's checks made up. */
__attribute__((noinline)) static void assert_has(const char *text,
						 const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

__attribute__((noinline)) static void assert_has_not(const char *text,
						     const char *part)
{
	if (strstr(text, part))
		fail_msg("'%s' in:\n%s", part, text);
}

static void a_line_says_how_each_server_is(void **state)
{
	const char *text = show(NULL);

	assert_has(text, "[192.0.2.1]:tcp:80  wlc DR, quorum up, since ");
	assert_has(text,
		   "\n  10.0.0.1:80              up      weight 3, connected");
	assert_has(text,
		   "\n  10.0.0.2:80              down    not in the table "
		   "(weight 2), TUN, connect: refused, since");
	assert_has(text, "FWM 7  mh NAT, persistent 60 s, quorum up");
	assert_has(text, "\n  [fd00::1]:0              up      weight 5 of 1,");
	assert_has(text, "group web  rr NAT, quorum down");
	assert_has(text, "\n  mark 1000 of 192.0.2.3-192.0.2.9 80\n");
	assert_has_not(text, "nftables");
	assert_has(text, "; 1 of 4 services are in the table\n");
	assert_has_not(text, "sorry");
}

static void a_name_chooses(void **state)
{
	static const char *const names[] = { "[192.0.2.1]:tcp:80",
					     "192.0.2.1:80", "192.0.2.1" };
	const char *text;

	for (size_t n = 0; n < 3; n++) {
		assert_true(page_has_server(l, names[n], NULL));
		text = show(names[n]);
		assert_has(text, "[192.0.2.1]:tcp:80");
		assert_has(text, "failed  L4CON   connect: refused");
		assert_has_not(text, "FWM 7");
		assert_has_not(text, "web");
	}
	assert_true(page_has_server(l, "7", NULL));
	assert_has(show("FWM 7"), "[fd00::1]:0");
	assert_true(page_has_server(l, "web", NULL));
	assert_has_not(show("web"), "192.0.2.1");
	assert_false(page_has_server(l, "192.0.2.1:81", NULL));
	assert_false(page_has_server(l, "FWM", NULL));
	assert_false(page_has_server(l, "", NULL));
}

static void what_the_kernel_refuses_is_said(void **state)
{
	const char *text;

	ledger_lvs_virtual_at(l, 1)->error = ENOENT;
	ledger_lvs_virtual_at(l, 1)->present = 0;
	ledger_lvs_server_at(l, 0)->error = EINVAL;
	text = show(NULL);
	assert_has(text, "; not in the table; the kernel refuses it: "
			 "there is no such scheduler or persistence_engine in "
			 "this kernel (modprobe ip_vs_SCHEDULER, ");
	assert_has(text, "; the kernel refuses it: Invalid argument (an "
			 "address of a link, such as fe80::1, ");
	assert_has_not(status(), "table of virtual servers");
	ledger_lvs(l)->marks_error = EOPNOTSUPP;
	assert_has(show(NULL), "nftables does not set it: Operation not "
			       "supported\n");
	/* There is no IPVS: `lvs` waits for it, and has not begun. */
	ledger_lvs(l)->error = ENOENT;
	assert_has(status(),
		   "! the kernel's table of virtual servers cannot be "
		   "read: it has no IPVS, ");
	ledger_lvs(l)->numbered = 0;
	assert_has(show(NULL), "The kernel's table cannot be read: it has no "
			       "IPVS, or the module ip_vs cannot be loaded "
			       "(modprobe ip_vs");
	text = why("192.0.2.1", "10.0.0.1");
	assert_has(text, "The kernel's table cannot be read: it has no IPVS");
	assert_has_not(text, "has not begun");
	ledger_lvs(l)->numbered = 1;
	ledger_lvs(l)->error = EPERM;
	assert_has(show(NULL), ": not permitted: it needs CAP_NET_ADMIN");
}

static void a_sorry_server_that_serves_is_said(void **state)
{
	save_virtual(0, LVS_HEALTH_DOWN);
	assert_has(show(NULL), "; the sorry server 192.0.2.9:80 serves");
}

static struct ledger_lvs_counts counts_of(uint32_t active, uint64_t bytes)
{
	return (struct ledger_lvs_counts){
		.active = active,
		.inactive = 5,
		.connections = 4711,
		.in_bytes = bytes,
		.in_bytes_rate = bytes / 10,
	};
}

/* An order that `lvs` has obeyed, and that is its book now. */
static void save_order(uint32_t n, uint8_t order, tick_t until)
{
	struct ledger_lvs_server *to = ledger_lvs_server_at(l, n);
	struct lvs_saved_server saved;

	memcpy(&saved, to->saved, sizeof(saved));
	saved.order = order;
	saved.until = until;
	memcpy(to->saved, &saved, sizeof(saved));
	to->weight = 0;
}

static void put_order(uint32_t virtual, uint32_t real, uint8_t what,
		      int32_t weight)
{
	struct ledger_ordered order = {
		.what = what,
		.weight = weight,
		.until = TICK_NEVER,
		.ordered_real = clock_real_now(),
	};

	ledger_ordered_name(l, virtual, real, &order);
	assert_int_equal(ledger_put_ordered(l, &order), 0);
}

static void orders_are_beside_what_is_configured(void **state)
{
	const char *text;

	put_order(0, 0, LEDGER_ORDERED_DRAIN, LEDGER_ORDERED_NO_WEIGHT);
	text = show(NULL);
	assert_has(text, "up      weight 3, to be drained, ordered at ");
	save_order(0, LVS_ORDER_DRAINING, clock_now() + 270 * TICK_SECOND);
	*ledger_lvs_server_counts_at(l, 0) = counts_of(37, 0);
	put_order(1, 2, LEDGER_ORDERED_NOTHING, 5);
	text = show(NULL);
	assert_has(text, "weight 0 of 3, draining, 37 connections left, "
			 "deadline in 4 min ");
	assert_has(text, ", 37 active + 5 inactive, connected");
	assert_has(text, "weight 5 (ordered, 1 in the configuration),");
	text = why("192.0.2.1", "10.0.0.1");
	assert_has(text, "10.0.0.1:80 of [192.0.2.1]:tcp:80 is up since ");
	assert_has(text, ", with weight 0 in the kernel.\n"
			 "The configuration gives it weight 3.\n"
			 "Because that was ordered at ");
	assert_has(text, ": it drains, with 37 connections left, until the "
			 "deadline in 4 min ");
	assert_has_not(text, "10.0.0.2");
	text = why("7", "fd00::1");
	assert_has(text, "gives it weight 1; ordered is 5, at ");
	assert_has(text, "It is not checked, and so always up.\n");
}

static void why_a_server_does_not_serve(void **state)
{
	const char *text = why("192.0.2.1:80", "10.0.0.2 80");

	assert_has(text, "is down since ");
	assert_has(text, ", and not in the kernel's table.\n");
	assert_has(text, "Because TCP_CHECK has failed: connect: refused.\n");
	assert_has(text, "\n  TCP_CHECK    failed  L4CON   connect: refused");
	assert_has(why("192.0.2.1", "10.0.0.1"), "No check of it fails.\n");
	save_virtual(0, LVS_HEALTH_DOWN);
	ledger_real_at(l, 0)->upper = 42;
	*ledger_lvs_server_counts_at(l, 0) = counts_of(37, 0);
	text = why("192.0.2.1", "10.0.0.1");
	assert_has(text, "Because the quorum is lost since ");
	assert_has(text, "sorry server 192.0.2.9:80 serves alone.\n");
	assert_has(text, "It has 42 connections, and uthreshold is 42: ");
	ledger_lvs(l)->numbered = 0;
	assert_has(why("192.0.2.1", "10.0.0.1"), "has not begun with this");
	ledger_lvs(l)->numbered = 1;
	assert_false(page_has_server(l, "192.0.2.1", "10.0.0.3"));
	assert_true(page_has_server(l, "192.0.2.1", "10.0.0.2:80"));
}

static void add_news(uint8_t what, const char *address, const char *words)
{
	struct ledger_news news = {
		.key = 1,
		.what = what,
		.time_real = clock_real_now(),
		.port = address ? 80 : 0,
		.kind = *words ? 1 : 0,
	};

	if (address)
		news.address = at(address);
	strcpy(news.words, words);
	ledger_news_add(l, &news);
	ledger_news_publish(l);
}

/* The newest, of it and of its virtual server. */
static void why_tells_what_happened(void **state)
{
	const char *text;

	for (unsigned n = 0; n < 30; n++)
		add_news(LEDGER_NEWS_SERVER_UP, "10.0.0.2", "");
	assert_has_not(why("192.0.2.1", "10.0.0.1"), "What happened");
	add_news(LEDGER_NEWS_SERVER_DOWN, "10.0.0.1", "refused");
	add_news(LEDGER_NEWS_SERVER_UP, "10.0.0.2", "");
	add_news(LEDGER_NEWS_QUORUM_DOWN, NULL, "");
	text = strstr(why("192.0.2.1", "10.0.0.1"), "What happened:\n");
	assert_has(text, "  it is down, TCP_CHECK: refused\n");
	assert_has(text, "  its virtual server has lost its quorum\n");
	assert_has_not(text, "it is up");
	text = strstr(why("192.0.2.1", "10.0.0.2"), "What happened:\n");
	assert_has_not(text, "refused");
	for (unsigned n = 0; n < 21; n++, text++) /* the head, and 20 */
		text = strchr(text, '\n');
	assert_string_equal(text, "");
	ledger_lvs_virtual_at(l, 0)->key = 2;
	assert_has_not(why("192.0.2.1", "10.0.0.1"), "What happened");
}

/* Its record follows those of the configuration. */
static void what_leaves_is_listed(void **state)
{
	struct lvs_saved_server saved =
		lvs_known_server(LVS_HEALTH_UP, clock_now());
	struct ledger_lvs_server *to = ledger_lvs_server_at(l, 3);
	const char *text;

	saved.order = LVS_ORDER_DRAINING;
	saved.leaves = 1;
	*to = (struct ledger_lvs_server){
		.of = 0,
		.address = at("10.0.0.7"),
		.port = 8080,
		.length = sizeof(saved),
		.present = 1,
	};
	memcpy(to->saved, &saved, sizeof(saved));
	*ledger_lvs_server_counts_at(l, 3) = counts_of(1, 0);
	ledger_lvs_use(l, 3, 4);
	text = show(NULL);
	assert_has(text,
		   "\n  10.0.0.7:8080            up      weight 0, draining, "
		   "not in the configuration any more, 1 connection left, 1 "
		   "active + 5 inactive, since ");
	assert_has_not(show("7"), "10.0.0.7");
	text = why("192.0.2.1", "10.0.0.7");
	assert_has(text, "Because the configuration does not have it any more: "
			 "it drains, with 1 connection left.\n");
	assert_has_not(why("192.0.2.1", "10.0.0.1"), "10.0.0.7");
	/* Of another one it says nothing. */
	to->of = 1;
	assert_has_not(show("192.0.2.1"), "10.0.0.7");
	ledger_lvs_use(l, 3, 3);
	assert_has_not(show(NULL), "10.0.0.7");
}

static void what_the_kernel_counts_is_shown(void **state)
{
	const char *text;

	*ledger_lvs_virtual_counts_at(l, 0) = counts_of(1, 123456789);
	*ledger_lvs_server_counts_at(l, 1) = counts_of(0, 9999);
	text = show("192.0.2.1");
	assert_has(text, ", 1 active + 5 inactive\n    0 connections/s, in 0 "
			 "packets/s 12.3 MB/s, out 0 packets/s 0 B/s; in all "
			 "4711 connections, in 123.5 MB, out 0 B\n");
	assert_has(text, "in all 4711 connections, in 9999 B, out 0 B\n");
}

/* What the ledger before has left has other numbers. */
static void what_is_of_another_configuration_is_not_believed(void **state)
{
	const char *text;

	ledger_lvs(l)->numbered = 0;
	text = show(NULL);
	assert_has(text, "wlc DR, quorum unknown; not in the table\n");
	assert_has(text, "\n  10.0.0.1:80              unknown not in the");
	ledger_lvs(l)->numbered = 1;
	ledger_lvs_server_at(l, 0)->address = at("10.9.9.9");
	ledger_lvs_server_at(l, 1)->of = 2;
	text = show(NULL);
	assert_has(text, "\n  10.0.0.1:80              unknown not in the");
	assert_has(text, "\n  10.0.0.2:80              unknown not in the");
}

/* Slices that lead out of the book, and checks that are none. */
static void what_cannot_be_is_left_out(void **state)
{
	json_t *json;
	json_t *one;

	ledger_virtual_at(l, 0)->real_count = UINT32_MAX;
	ledger_virtual_at(l, 1)->real_first = 4;
	ledger_real_at(l, 0)->follow_count = UINT32_MAX;
	ledger_real_at(l, 1)->follow_first = 3;
	*ledger_follow_at(l, 1) = 2;
	json = whole(NULL);
	one = json_array_get(json_object_get(json, "virtual_servers"), 0);
	assert_int_equal(json_array_size(json_object_get(one, "servers")), 3);
	one = json_array_get(json_object_get(one, "servers"), 0);
	assert_int_equal(json_array_size(json_object_get(one, "checks")), 1);
	json_decref(json);
}

static void metrics_have_a_line_for_each(void **state)
{
	struct page *page = page_metrics(l);
	struct text all = growing_text();
	char piece[777];
	ssize_t got;

	*ledger_lvs_server_counts_at(l, 1) = counts_of(3, 99);
	*ledger_lvs_virtual_counts_at(l, 1) = counts_of(0, 98);
	while ((got = page_fill(page, piece, sizeof(piece))) > 0)
		text_add(&all, piece, (size_t)got);
	assert_int_equal(got, PAGE_FILL_END);
	page_free(page);
	assert_has(all.bytes,
		   "baton_ipvs_quorum_up{virtual_server=\"group web\","
		   "local_address=\"\",local_port=\"0\",local_mark=\"\","
		   "proto=\"udp\"} 0\n");
	assert_has(all.bytes,
		   "\nbaton_ipvs_backend_weight{virtual_server=\"FWM 7\","
		   "local_address=\"\",local_port=\"0\","
		   "local_mark=\"0x00000007\",proto=\"\","
		   "remote_address=\"fd00::1\",remote_port=\"0\"} 5\n");
	assert_has(all.bytes, "remote_address=\"10.0.0.2\","
			      "remote_port=\"80\"} 0\n");
	assert_has(all.bytes,
		   "\n# TYPE baton_ipvs_backend_connections_active gauge\n");
	assert_has(all.bytes,
		   "\nbaton_ipvs_backend_connections_active{virtual_server="
		   "\"[192.0.2.1]:tcp:80\",local_address=\"192.0.2.1\","
		   "local_port=\"80\",local_mark=\"\",proto=\"tcp\","
		   "remote_address=\"10.0.0.2\",remote_port=\"80\"} 3\n");
	assert_has(all.bytes,
		   "\n# TYPE baton_ipvs_backend_incoming_bytes counter\n");
	assert_has(all.bytes, "\nbaton_ipvs_backend_incoming_bytes_total{");
	assert_has(all.bytes, "remote_port=\"80\"} 99\n");
	assert_has(all.bytes, "\nbaton_ipvs_incoming_bytes_total{virtual_"
			      "server=\"FWM 7\",local_address=\"\",local_"
			      "port=\"0\",local_mark=\"0x00000007\",proto="
			      "\"\"} 98\n");
	/* What never had a connection has no lines of that. */
	assert_has_not(strstr(all.bytes, "TYPE baton_ipvs_backend_connections"),
		       "10.0.0.1");
	assert_has(all.bytes, "\n# EOF\n");
	growing_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_line_says_how_each_server_is,
						begin, end),
		cmocka_unit_test_setup_teardown(a_name_chooses, begin, end),
		cmocka_unit_test_setup_teardown(what_the_kernel_refuses_is_said,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_sorry_server_that_serves_is_said, begin, end),
		cmocka_unit_test_setup_teardown(
			what_is_of_another_configuration_is_not_believed, begin,
			end),
		cmocka_unit_test_setup_teardown(metrics_have_a_line_for_each,
						begin, end),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_left_out,
						begin, end),
		cmocka_unit_test_setup_teardown(
			orders_are_beside_what_is_configured, begin, end),
		cmocka_unit_test_setup_teardown(why_a_server_does_not_serve,
						begin, end),
		cmocka_unit_test_setup_teardown(what_leaves_is_listed, begin,
						end),
		cmocka_unit_test_setup_teardown(why_tells_what_happened, begin,
						end),
		cmocka_unit_test_setup_teardown(what_the_kernel_counts_is_shown,
						begin, end),
	};

	return cmocka_run_group_tests_name("ctl_servers", tests, NULL, NULL);
}
