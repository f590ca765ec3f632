/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual servers, as /servers says them and `baton vs` shows them. */
#include "ctl/growing.h"
#include "ctl/page.h"
#include "ctl/view.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
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
	fd = ledger_create(&(struct ledger_size){ .texts = 64,
						  .checks = 2,
						  .virtuals = 3,
						  .servers = 3,
						  .services = 3,
						  .follows = 2 },
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

static json_t *whole(const char *name)
{
	struct page *page = page_servers(l, name);
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
	assert_has(text, "; 1 of 4 services are in the table\n");
	assert_has_not(text, "sorry");
}

static void a_name_chooses(void **state)
{
	static const char *const names[] = { "[192.0.2.1]:tcp:80",
					     "192.0.2.1:80", "192.0.2.1" };
	const char *text;

	for (size_t n = 0; n < 3; n++) {
		assert_true(page_has_server(l, names[n]));
		text = show(names[n]);
		assert_has(text, "[192.0.2.1]:tcp:80");
		assert_has(text, "failed  L4CON   connect: refused");
		assert_has_not(text, "FWM 7");
		assert_has_not(text, "web");
	}
	assert_true(page_has_server(l, "7"));
	assert_has(show("FWM 7"), "[fd00::1]:0");
	assert_true(page_has_server(l, "web"));
	assert_has_not(show("web"), "192.0.2.1");
	assert_false(page_has_server(l, "192.0.2.1:81"));
	assert_false(page_has_server(l, "FWM"));
	assert_false(page_has_server(l, ""));
}

static void what_the_kernel_refuses_is_said(void **state)
{
	const char *text;

	ledger_lvs_virtual_at(l, 1)->error = ENOENT;
	ledger_lvs_virtual_at(l, 1)->present = 0;
	ledger_lvs_server_at(l, 0)->error = EINVAL;
	text = show(NULL);
	assert_has(text, "; not in the table; the kernel refuses it: "
			 "No such file or directory\n");
	assert_has(text, "; the kernel refuses it: Invalid argument\n");
}

static void a_sorry_server_that_serves_is_said(void **state)
{
	save_virtual(0, LVS_HEALTH_DOWN);
	assert_has(show(NULL), "; the sorry server 192.0.2.9:80 serves");
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
	};

	return cmocka_run_group_tests_name("ctl_servers", tests, NULL, NULL);
}
