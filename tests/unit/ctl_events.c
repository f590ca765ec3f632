/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /events: the ring as an array and as a stream; readers that are slow, that
 * go away, and that are too many.
 */
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl/http.h"
#include "ctl_fixture.h"
#include "sys/clock.h"
#include "sys/schedule.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static struct fixture f;

static int begin(void **state)
{
	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	return 0;
}

static int end(void **state)
{
	fixture_end(&f);
	return 0;
}

static void append(unsigned count)
{
	struct ledger_event e = { .instance = 0,
				  .type = LEDGER_EVENT_DROP,
				  .code = VRRP_DROP_TTL };

	for (unsigned i = 0; i < count; i++)
		fixture_event(&f, &e);
}

static json_t *events(const char *key, const char *value)
{
	struct client client = { .run_dir = f.dir };
	struct client_question question = { "/events", key, value };
	struct text answer;
	json_t *json;

	assert_int_equal(client_fetch(&client, &question, &answer), 200);
	json = json_loadb(answer.bytes, answer.length, 0, NULL);
	assert_true(json_is_array(json));
	growing_free(&answer);
	return json;
}

static json_int_t number_of(const json_t *list, size_t index)
{
	return json_integer_value(
		json_object_get(json_array_get(list, index), "number"));
}

static void an_empty_ring_is_an_empty_array(void **state)
{
	json_t *list;

	fixture_serve(&f, 0);
	list = events(NULL, NULL);
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static void the_array_is_what_was_asked_for(void **state)
{
	json_t *list;

	append(10);
	fixture_serve(&f, 0);
	list = events(NULL, NULL);
	assert_int_equal(json_array_size(list), 10);
	assert_int_equal(number_of(list, 0), 1);
	assert_int_equal(number_of(list, 9), 10);
	json_decref(list);
	list = events("since", "7");
	assert_int_equal(json_array_size(list), 3);
	assert_int_equal(number_of(list, 0), 8);
	json_decref(list);
	list = events("last", "2");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(number_of(list, 0), 9);
	json_decref(list);
	list = events("since", "99"); /* of an earlier life of the daemon */
	assert_int_equal(json_array_size(list), 0);
	json_decref(list);
}

static void the_array_holds_the_whole_ring(void **state)
{
	json_t *list;

	append(LEDGER_EVENTS + 100);
	fixture_serve(&f, 0);
	list = events(NULL, NULL);
	assert_int_equal(json_array_size(list), LEDGER_EVENTS);
	assert_int_equal(number_of(list, 0), 101);
	assert_int_equal(number_of(list, LEDGER_EVENTS - 1),
			 LEDGER_EVENTS + 100);
	json_decref(list);
}

/* Each kind of event has its own keys. */
static void every_kind_has_its_keys(void **state)
{
	static const struct {
		struct ledger_event event;
		const char *key, *value;
	} kinds[] = {
		{ { .type = LEDGER_EVENT_STATE, .code = VRRP_CAUSE_OWNER },
		  "cause",
		  "owner" },
		{ { .type = LEDGER_EVENT_DROP, .code = VRRP_DROP_CHECKSUM },
		  "reason",
		  "checksum" },
		{ { .type = LEDGER_EVENT_NOTE, .code = VRRP_NOTE_TWO_OWNERS },
		  "note",
		  "two-owners" },
		{ { .type = LEDGER_EVENT_NOTE,
		    .code = VRRP_NOTE_CHECKSUM_FORM,
		    .value = VRRP_CHECKSUM_RFC9568 },
		  "checksum",
		  "rfc9568" },
		{ { .type = LEDGER_EVENT_HOLDING,
		    .to = LEDGER_HOLDING_FAILED,
		    .value = EACCES },
		  "error",
		  "Permission denied" },
		{ { .type = LEDGER_EVENT_PROCESS,
		    .instance = LEDGER_NO_INSTANCE,
		    .name = "vrrp",
		    .code = LEDGER_PROCESS_KILLED },
		  "process",
		  "vrrp" },
		{ { .type = LEDGER_EVENT_PROCESS,
		    .instance = LEDGER_NO_INSTANCE,
		    .name = "vrrp",
		    .from = SCHEDULE_REAL_TIME,
		    .value = EPERM,
		    .code = LEDGER_PROCESS_REFUSED },
		  "keyword",
		  "vrrp_rt_priority" },
		{ { .type = LEDGER_EVENT_HOLDING, .to = LEDGER_HOLDING_FAILED },
		  "message",
		  "an address could not be installed" },
		{ { .type = LEDGER_EVENT_STATE, .code = 255 },
		  "message",
		  "init -> init: unknown" },
		{ { .type = LEDGER_EVENT_NOTE,
		    .code = VRRP_NOTE_CHECKSUM_FORM,
		    .value = 77 },
		  "checksum",
		  "unknown" },
	};
	const size_t count = sizeof(kinds) / sizeof(kinds[0]);
	json_t *list;

	for (size_t i = 0; i < count; i++)
		fixture_event(&f, &kinds[i].event);
	fixture_serve(&f, 0);
	list = events(NULL, NULL);
	for (size_t i = 0; i < count; i++) {
		const json_t *e = json_array_get(list, i);
		const json_t *value = json_object_get(e, kinds[i].key);

		assert_non_null(value);
		assert_string_equal(json_string_value(value), kinds[i].value);
	}
	assert_true(json_is_null(
		json_object_get(json_array_get(list, 5), "instance")));
	json_decref(list);
}

/* A connection that has asked to follow and reads by hand. */
static int follow(const char *arguments)
{
	char request[128];
	int fd = fixture_connect(&f);
	int length =
		snprintf(request, sizeof(request),
			 "GET /events?follow=1%s HTTP/1.0\r\n\r\n", arguments);

	assert_int_equal(write(fd, request, (size_t)length), length);
	return fd;
}

/* The next line, or NULL at the end. */
static char *line_of(FILE *stream, char line[1024])
{
	return fgets(line, 1024, stream);
}

/* Steps over the head of the answer; returns its status. */
static int head_of(FILE *stream)
{
	char line[1024];
	int status = 0;

	assert_non_null(line_of(stream, line));
	assert_int_equal(sscanf(line, "HTTP/%*s %d", &status), 1);
	while (line_of(stream, line) && strcmp(line, "\r\n") != 0)
		;
	return status;
}

/* A follower of the last of so many events, which is in `line`. */
static FILE *follow_the_last_of(unsigned count, char line[1024])
{
	FILE *stream;

	append(count);
	fixture_serve(&f, 0);
	stream = fdopen(follow("&last=1"), "r");
	assert_int_equal(head_of(stream), 200);
	assert_non_null(line_of(stream, line));
	return stream;
}

static void a_follower_is_told_as_it_happens(void **state)
{
	char line[1024];
	FILE *stream;

	stream = follow_the_last_of(3, line);
	assert_non_null(strstr(line, "\"number\":3,"));
	for (unsigned n = 4; n < 20; n++) {
		char number[32];

		append(1); /* it waits now, or soon */
		assert_non_null(line_of(stream, line));
		snprintf(number, sizeof(number), "\"number\":%u,", n);
		assert_non_null(strstr(line, number));
	}
	fclose(stream);
}

/* The stream ends well when the server does. */
static void the_end_is_an_end(void **state)
{
	char line[1024];
	FILE *stream;
	int status;

	stream = follow_the_last_of(1, line);
	status = fixture_stop(&f);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(f.listen_fd);
	f.listen_fd = -1;
	assert_null(line_of(stream, line));
	assert_true(feof(stream));
	fclose(stream);
}

/* Whether a line is a gap, and of how many events. */
static unsigned long gap_of(const char *line)
{
	unsigned long lost = 0;

	return sscanf(line, "{\"type\":\"gap\",\"lost\":%lu}", &lost) == 1
		       ? lost
		       : 0;
}

/*
 * A reader stands still while the ring goes round several times. Nobody else
 * waits for it; then it learns how many events it missed, none twice.
 */
static void a_slow_reader_is_told_what_it_missed(void **state)
{
	const uint64_t many = 12 * LEDGER_EVENTS;
	uint64_t lines = 0, lost = 0, last = 0;
	char line[1024];
	FILE *stream;
	int fd;

	append(1);
	fixture_serve(&f, 0);
	fd = follow("&last=1");
	stream = fdopen(fd, "r");
	setvbuf(stream, NULL, _IOFBF, 4096);
	assert_int_equal(head_of(stream), 200);
	for (unsigned i = 0; i < 12; i++) {
		json_t *other;

		append(LEDGER_EVENTS);
		other = events("last", "1"); /* others are answered */
		assert_int_equal(number_of(other, 0),
				 ledger_server(f.ledger)->events);
		json_decref(other);
	}
	while (last < many + 1 && line_of(stream, line)) {
		unsigned long gap = gap_of(line);
		unsigned long number;

		if (gap) {
			lost += gap;
			last += gap;
			continue;
		}
		assert_int_equal(sscanf(line, "{\"number\":%lu", &number), 1);
		assert_int_equal(number, last + 1);
		last = number;
		lines++;
	}
	assert_int_equal(lines + lost, many + 1);
	assert_true(lost > 0);
	fclose(stream);
}

/* Whoever hangs up gives its place back, though no event ever came. */
static void closed_followers_give_their_places_back(void **state)
{
	fixture_serve(&f, 0);
	for (unsigned i = 0; i < 4 * HTTP_CONNECTIONS_MAX; i++) {
		FILE *stream = fdopen(follow(""), "r");

		if (head_of(stream) == 503) {
			i--; /* the last one is not gone yet: once more */
			usleep(1000);
		}
		fclose(stream);
	}
	json_decref(events(NULL, NULL));
}

static void too_many_followers_are_turned_away(void **state)
{
	FILE *streams[HTTP_FOLLOWERS_MAX + 1];

	fixture_serve(&f, 0);
	for (unsigned i = 0; i <= HTTP_FOLLOWERS_MAX; i++) {
		streams[i] = fdopen(follow(""), "r");
		assert_int_equal(head_of(streams[i]),
				 i < HTTP_FOLLOWERS_MAX ? 200 : 503);
	}
	json_decref(events(NULL, NULL)); /* everything else is answered */
	for (unsigned i = 0; i <= HTTP_FOLLOWERS_MAX; i++)
		fclose(streams[i]);
}

/* A number was taken and its event never written: the stream goes on. */
static void an_event_that_never_comes_is_a_gap(void **state)
{
	char line[1024];
	FILE *stream;

	stream = follow_the_last_of(1, line);
	__atomic_add_fetch(&ledger_server(f.ledger)->events, 1,
			   __ATOMIC_ACQ_REL);
	append(1);
	assert_non_null(line_of(stream, line));
	assert_int_equal(gap_of(line), 1);
	assert_non_null(line_of(stream, line));
	assert_non_null(strstr(line, "\"number\":3,"));
	fclose(stream);
}

/* What makes no sense is refused, and the server goes on. */
static void bytes_that_are_no_request_do_no_harm(void **state)
{
	static const char *const bad[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"GET /events?since=%ff%00%zz&&&=&follow HTTP/1.1\r\n\r\n",
		"POST /status HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"GET /status HTTP/1.1\r\nX: ",
	};

	fixture_serve(&f, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int fd = fixture_connect(&f);

		(void)!write(fd, bad[i], strlen(bad[i]));
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	json_decref(events(NULL, NULL));
}

/* The server behind the process that watches the door; 0: there is none. */
static pid_t server_behind(pid_t doorman)
{
	char path[64];
	int child = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", doorman,
		 doorman);
	file = fopen(path, "r");
	assert_non_null(file);
	if (fscanf(file, "%d", &child) != 1)
		child = 0;
	fclose(file);
	return child;
}

#define IDLE_MS 10

/* alarm() of the fixture ends the waiting. */
static void wait_until_idle(void)
{
	while (server_behind(f.server) != 0)
		usleep(1000);
}

static void the_server_is_there_when_asked(void **state)
{
	fixture_serve(&f, IDLE_MS);
	for (int i = 0; i < 3; i++) {
		json_decref(events(NULL, NULL));
		wait_until_idle();
	}
}

/* Who follows keeps it alive, however long nothing happens. */
static void a_follower_keeps_the_server(void **state)
{
	char line[1024];
	FILE *stream;
	pid_t server;
	tick_t end;

	fixture_serve(&f, IDLE_MS);
	stream = fdopen(follow(""), "r");
	assert_int_equal(head_of(stream), 200);
	server = server_behind(f.server);
	assert_true(server > 0);
	end = clock_now() + 20 * IDLE_MS * TICK_MILLISECOND;
	do { /* far longer than its idle time */
		append(1);
		assert_non_null(line_of(stream, line));
	} while (clock_now() < end);
	assert_int_equal(server_behind(f.server), server);
	fclose(stream);
	wait_until_idle();
}

static void the_doorman_takes_the_server_along(void **state)
{
	char line[1024];
	FILE *stream;
	int status;

	fixture_serve(&f, 10000);
	stream = fdopen(follow(""), "r");
	assert_int_equal(head_of(stream), 200);
	status = fixture_stop(&f);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_null(line_of(stream, line));
	fclose(stream);
}

/* Even if it had no time to say so. */
static void the_server_does_not_outlive_the_doorman(void **state)
{
	char line[1024];
	FILE *stream;

	fixture_serve(&f, 10000);
	stream = fdopen(follow(""), "r");
	assert_int_equal(head_of(stream), 200);
	kill(f.server, SIGKILL);
	assert_int_equal(waitpid(f.server, NULL, 0), f.server);
	f.server = 0;
	assert_null(line_of(stream, line));
	fclose(stream);
}

/* The keeper hears of it, and starts another. */
static void a_server_that_dies_is_told(void **state)
{
	int status;

	fixture_serve(&f, 10000);
	json_decref(events(NULL, NULL));
	kill(server_behind(f.server), SIGKILL);
	assert_int_equal(waitpid(f.server, &status, 0), f.server);
	f.server = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_empty_ring_is_an_empty_array),
		TEST(the_array_is_what_was_asked_for),
		TEST(the_array_holds_the_whole_ring),
		TEST(every_kind_has_its_keys),
		TEST(a_follower_is_told_as_it_happens),
		TEST(the_end_is_an_end),
		TEST(a_slow_reader_is_told_what_it_missed),
		TEST(closed_followers_give_their_places_back),
		TEST(too_many_followers_are_turned_away),
		TEST(an_event_that_never_comes_is_a_gap),
		TEST(bytes_that_are_no_request_do_no_harm),
		TEST(the_server_is_there_when_asked),
		TEST(a_follower_keeps_the_server),
		TEST(the_doorman_takes_the_server_along),
		TEST(the_server_does_not_outlive_the_doorman),
		TEST(a_server_that_dies_is_told),
	};

	return cmocka_run_group_tests_name("ctl_events", tests, NULL, NULL);
}
