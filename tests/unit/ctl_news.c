/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /events: the news of virtual and real servers stand between the events. */
#include "conf/model/check_kinds.h"
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl/view.h"
#include "ctl_fixture.h"
#include "ledger/news.h"
#include "sys/clock.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static struct fixture f;

static int begin(void **state)
{
	(void)state;
	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

static void event(void)
{
	struct ledger_event e = { .instance = 0,
				  .type = LEDGER_EVENT_DROP,
				  .code = VRRP_DROP_TTL };

	fixture_event(&f, &e);
}

static void add(struct ledger_news *news, const char *name)
{
	news->time_real = clock_real_now();
	strcpy(news->name, name);
	ledger_news_add(f.ledger, news);
	ledger_news_publish(f.ledger);
}

static void server_down(void)
{
	struct ledger_news news = { .what = LEDGER_NEWS_SERVER_DOWN,
				    .port = 80,
				    .protocol = IPPROTO_TCP,
				    .kind = CONF_CHECK_TCP + 1,
				    .words = "connect: refused" };

	ip_parse("10.0.0.1", &news.address);
	add(&news, "[192.0.2.1]:tcp:80");
}

static void quorum_down(void)
{
	struct ledger_news news = { .what = LEDGER_NEWS_QUORUM_DOWN,
				    .flags = LEDGER_NEWS_SORRY };

	add(&news, "[web]:2");
}

static json_t *events(const char *path, const char *key, const char *value)
{
	struct client client = { .run_dir = f.dir };
	struct client_question question = { path, key, value };
	struct text answer;
	json_t *json;

	assert_int_equal(client_fetch(&client, &question, &answer), 200);
	json = view_read(answer.bytes, answer.length);
	assert_true(json_is_array(json));
	growing_free(&answer);
	return json;
}

/* Each as a letter: an event, a real server, a virtual server. */
static void assert_order(json_t *list, const char *letters)
{
	char found[32] = "";
	json_t *one;
	size_t n;

	json_array_foreach(list, n, one)
	{
		const char *type = view_string(one, "type");

		assert_in_range(n, 0, sizeof(found) - 2);
		found[n] = *type == 'd' ? 'e' : *type;
	}
	assert_string_equal(found, letters);
	json_decref(list);
}

static void both_are_in_the_order_of_their_times(void **state)
{
	(void)state;
	server_down();
	event();
	event();
	quorum_down();
	event();
	server_down();
	fixture_serve(&f, 0);
	assert_order(events("/events", NULL, NULL), "seeves");
	assert_order(events("/events", "last", "3"), "ves");
	assert_order(events("/events", "last", "99999"), "seeves");
	assert_order(events("/events", "since", "2"), "ves");
	assert_order(events("/events", "since", "0"), "seeves");
	assert_order(events("/events", "since", "99"), "");
	assert_order(events("/events?since=2", "news", "2"), "es");
}

static void what_is_overwritten_is_left_out(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 11; n++)
		server_down();
	event();
	fixture_serve(&f, 0);
	assert_order(events("/events", NULL, NULL), "sssssssse");
}

static void assert_line(const json_t *one, const char *words)
{
	struct view v = { .out = growing_text() };

	view_event(&v, one);
	assert_non_null(v.out.bytes);
	if (!strstr(v.out.bytes, words))
		fail_msg("%s", v.out.bytes);
	growing_free(&v.out);
}

static void a_line_says_whom_and_why(void **state)
{
	struct ledger_news news = { .what = LEDGER_NEWS_QUORUM_UP,
				    .flags = LEDGER_NEWS_SORRY |
					     LEDGER_NEWS_START };
	json_t *list;

	(void)state;
	server_down();
	quorum_down();
	add(&news, "FWM 7");
	fixture_serve(&f, 0);
	list = events("/events", NULL, NULL);
	assert_line(json_array_get(list, 0),
		    "  [192.0.2.1]:tcp:80  10.0.0.1:80 is down, TCP_CHECK: "
		    "connect: refused\n");
	assert_line(json_array_get(list, 1),
		    "  group web  has lost its quorum, its sorry server "
		    "serves instead\n");
	assert_line(json_array_get(list, 2),
		    "  FWM 7  has its quorum from the start\n");
	json_decref(list);
}

static void orders_and_repairs_are_events(void **state)
{
	struct ledger_news news = { .what = LEDGER_NEWS_REPAIRED, .weight = 3 };
	json_t *list;

	(void)state;
	add(&news, "");
	news.weight = 1;
	add(&news, "FWM 7");
	news = (struct ledger_news){ .what = LEDGER_NEWS_ORDER_WEIGHT,
				     .weight = 7,
				     .port = 80 };
	ip_parse("10.0.0.1", &news.address);
	add(&news, "FWM 7");
	news.weight = -1;
	add(&news, "FWM 7");
	news.what = LEDGER_NEWS_ORDER_DRAIN;
	add(&news, "FWM 7");
	fixture_serve(&f, 0);
	list = events("/events", NULL, NULL);
	assert_line(json_array_get(list, 0),
		    "  3 entries of the kernel's table changed by another "
		    "program, and put back\n");
	assert_string_equal(view_string(json_array_get(list, 0), "type"),
			    "table");
	assert_line(json_array_get(list, 1),
		    "  FWM 7  1 entry of the kernel's table changed");
	assert_line(json_array_get(list, 2),
		    "  FWM 7  10.0.0.1:80 has weight 7, as ordered\n");
	assert_line(json_array_get(list, 3),
		    "  FWM 7  10.0.0.1:80 has its own weight again\n");
	assert_line(json_array_get(list, 4),
		    "  FWM 7  10.0.0.1:80 drains, as ordered\n");
	json_decref(list);
}

static void a_name_is_no_order_to_a_terminal(void **state)
{
	struct ledger_news news = { .what = LEDGER_NEWS_PANIC };
	json_t *list;

	(void)state;
	add(&news, "\033[2J\n");
	fixture_serve(&f, 0);
	list = events("/events", NULL, NULL);
	assert_line(json_array_get(list, 0), "?[2J?  has too few servers");
	json_decref(list);
}

static void a_follower_is_told_of_both(void **state)
{
	static const char request[] = "GET /events?follow=1 HTTP/1.0\r\n\r\n";
	char line[1024];
	FILE *stream;
	int fd;

	(void)state;
	server_down();
	fixture_serve(&f, 0);
	fd = fixture_connect(&f);
	assert_int_equal(write(fd, request, sizeof(request) - 1),
			 sizeof(request) - 1);
	stream = fdopen(fd, "r");
	while (fgets(line, sizeof(line), stream) && strcmp(line, "\r\n") != 0)
		;
	quorum_down();
	assert_non_null(fgets(line, sizeof(line), stream));
	assert_non_null(strstr(line, "{\"news\":2,\"after\":0,"));
	event();
	assert_non_null(fgets(line, sizeof(line), stream));
	assert_non_null(strstr(line, "{\"number\":1,"));
	server_down();
	assert_non_null(fgets(line, sizeof(line), stream));
	assert_non_null(strstr(line, "{\"news\":3,\"after\":1,"));
	fclose(stream);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_in_the_order_of_their_times),
		TEST(what_is_overwritten_is_left_out),
		TEST(a_line_says_whom_and_why),
		TEST(orders_and_repairs_are_events),
		TEST(a_name_is_no_order_to_a_terminal),
		TEST(a_follower_is_told_of_both),
	};

	return cmocka_run_group_tests_name("ctl_news", tests, NULL, NULL);
}
