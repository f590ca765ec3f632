/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /status and /why as a client gets them: every field, by name. */
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

static struct fixture f;

static int begin(void **state)
{
	fixture_begin(&f, 3, 6);
	fixture_fill(&f);
	fixture_serve(&f, 0);
	return 0;
}

static int end(void **state)
{
	fixture_end(&f);
	return 0;
}

/* The answer as JSON; its status is checked. */
static json_t *ask(int status, const char *path, const char *key,
		   const char *value)
{
	struct client client = { .run_dir = f.dir };
	struct client_question question = { path, key, value };
	struct text answer;
	json_error_t error;
	json_t *json;
	int got = client_fetch(&client, &question, &answer);

	if (got < 0)
		fail_msg("%s", client.error);
	assert_int_equal(got, status);
	json = json_loadb(answer.bytes, answer.length, JSON_REJECT_DUPLICATES,
			  &error);
	if (!json)
		fail_msg("%s: %s", error.text, answer.bytes);
	growing_free(&answer);
	return json;
}

static const char *string_at(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	if (!value)
		fail_msg("no string '%s'", key);
	return value;
}

static double number_at(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value))
		fail_msg("no number '%s'", key);
	return json_number_value(value);
}

static void assert_null_at(const json_t *object, const char *key)
{
	if (!json_is_null(json_object_get(object, key)))
		fail_msg("'%s' is not null", key);
}

static void tells_of_the_daemon(void **state)
{
	json_t *s = ask(200, "/status", NULL, NULL);
	const json_t *processes = json_object_get(s, "processes"), *p;

	assert_int_equal(number_at(s, "schema"), 1);
	assert_string_equal(string_at(s, "version"), "1.2.3");
	assert_string_equal(string_at(s, "router_id"), "r1");
	assert_int_equal(strlen(string_at(s, "started")), 24);
	assert_int_equal(number_at(s, "packets_received"), 99);
	assert_int_equal(number_at(json_object_get(s, "dropped"), "vrid"), 5);
	assert_int_equal(number_at(json_object_get(s, "dropped"), "ttl"), 0);
	assert_true(json_is_false(json_object_get(s, "drained")));
	assert_null_at(s, "heartbeat_age_ms");
	assert_int_equal(json_array_size(processes), 1);
	p = json_array_get(processes, 0);
	assert_string_equal(string_at(p, "name"), "vrrp");
	assert_int_equal(number_at(p, "pid"), 4242);
	assert_int_equal(number_at(p, "restarts"), 1);
	assert_string_equal(string_at(p, "scheduling"), "rr");
	assert_int_equal(number_at(p, "rt_priority"), 50);
	assert_int_equal(number_at(p, "nice"), -3);
	assert_int_equal(number_at(p, "memory_locked_bytes"), 8192);
	assert_int_equal(number_at(s, "netlink_overruns"), 2);
	assert_int_equal(number_at(s, "turn_lateness_max_ms") * 1000, 312);
	assert_int_equal(number_at(s, "advert_lateness_max_ms"), 42);
	assert_int_equal(json_array_size(json_object_get(s, "instances")), 3);
	json_decref(s);

	/* What nobody has looked at is not known. */
	f.ledger->processes[0].scheduled = false;
	s = ask(200, "/status", NULL, NULL);
	p = json_array_get(json_object_get(s, "processes"), 0);
	assert_null_at(p, "scheduling");
	assert_null_at(p, "rt_priority");
	assert_null_at(p, "nice");
	assert_null_at(p, "memory_locked_bytes");
	json_decref(s);
}

static void tells_of_an_active_router(void **state)
{
	json_t *s = ask(200, "/status", NULL, NULL);
	const json_t *i = json_array_get(json_object_get(s, "instances"), 0);
	const json_t *c = json_object_get(i, "counters"), *a;
	const json_t *m = json_object_get(i, "last_mistake");

	assert_string_equal(string_at(i, "name"), "web");
	assert_string_equal(string_at(i, "family"), "ipv4");
	assert_string_equal(string_at(i, "interface"), "eth0");
	assert_string_equal(string_at(i, "interface_status"), "up");
	assert_int_equal(number_at(i, "vrid"), 51);
	assert_int_equal(number_at(i, "vrrp_version"), 3);
	assert_string_equal(string_at(i, "state"), "active");
	assert_int_equal(number_at(i, "priority"), 200);
	assert_int_equal(number_at(i, "effective_priority"), 200);
	assert_string_equal(string_at(i, "active_address"), "192.0.2.251");
	assert_int_equal(number_at(i, "advertisement_interval_ms"), 1000);
	assert_string_equal(string_at(i, "peer_checksum"), "rfc5798");
	assert_null_at(i, "down_in_ms");
	assert_string_equal(string_at(i, "since"), "2024-04-30T12:00:00.125Z");
	assert_true(number_at(i, "in_state_ms") >= 7230000);
	assert_true(number_at(i, "in_state_ms") <
		    7230000 + FIXTURE_SECONDS * 1000);
	assert_string_equal(string_at(m, "noted"), "address-list");
	assert_string_equal(string_at(m, "peer"), "192.0.2.7");
	assert_string_equal(string_at(m, "time"), "2024-04-30T12:00:00.125Z");
	assert_int_equal(number_at(c, "adverts_sent"), 1234);
	assert_int_equal(number_at(c, "adverts_received"), 0);
	assert_int_equal(number_at(c, "became_active"), 2);
	assert_int_equal(number_at(json_object_get(c, "dropped"), "checksum"),
			 7);
	assert_int_equal(number_at(json_object_get(c, "noted"), "address-list"),
			 3);
	assert_int_equal(json_array_size(json_object_get(i, "addresses")), 2);
	a = json_array_get(json_object_get(i, "addresses"), 0);
	assert_string_equal(string_at(a, "address"), "192.0.2.1/24");
	assert_string_equal(string_at(a, "state"), "installed");
	assert_null_at(a, "error");
	assert_true(json_is_false(json_object_get(a, "excluded")));
	a = json_array_get(json_object_get(i, "addresses"), 1);
	assert_string_equal(string_at(a, "address"), "192.0.2.2/32");
	assert_string_equal(string_at(a, "state"), "failed");
	assert_string_equal(string_at(a, "error"), "Permission denied");
	assert_true(json_is_true(json_object_get(a, "excluded")));
	json_decref(s);
}

/* More than there are are all of them. */
static void addresses_that_are_not_advertised(void **state)
{
	ledger_record_at(f.ledger, 0)->unadvertised = 2;
	json_t *s = ask(200, "/status", "name", "web");
	const json_t *list = json_object_get(s, "instances");
	const json_t *a = json_object_get(json_array_get(list, 0), "addresses");

	assert_true(json_is_true(
		json_object_get(json_array_get(a, 0), "excluded")));
	json_decref(s);
}

static void tells_of_a_backup(void **state)
{
	json_t *s = ask(200, "/status", "name", "web6");
	const json_t *list = json_object_get(s, "instances");
	const json_t *i = json_array_get(list, 0);

	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(string_at(i, "name"), "web6");
	assert_string_equal(string_at(i, "family"), "ipv6");
	assert_string_equal(string_at(i, "state"), "backup");
	assert_string_equal(string_at(i, "active_address"), "fe80::c8");
	assert_int_equal(number_at(i, "active_priority"), 200);
	assert_int_equal(number_at(i, "learned_interval_ms"), 250);
	assert_true(number_at(i, "down_in_ms") <= 3000);
	json_decref(s);
}

static void tells_of_a_fault(void **state)
{
	json_t *s = ask(200, "/status", "name", "dark");
	const json_t *i = json_array_get(json_object_get(s, "instances"), 0);

	assert_string_equal(string_at(i, "state"), "fault");
	assert_string_equal(string_at(i, "interface_status"), "no-carrier");
	assert_null_at(i, "active_address");
	assert_null_at(i, "last_mistake");
	assert_int_equal(json_array_size(json_object_get(i, "addresses")), 0);
	json_decref(s);
}

/* Whatever bytes are in a name: the answer is JSON, the name found again. */
static void takes_any_name(void **state)
{
	json_t *s;
	const json_t *i;

	fixture_rename(&f, 2, "a \"b\"\\&?\n\x01");
	s = ask(200, "/status", "name", "a \"b\"\\&?\n\x01");
	i = json_array_get(json_object_get(s, "instances"), 0);
	assert_string_equal(string_at(i, "name"), "a \"b\"\\&?\n\x01");
	json_decref(s);
	fixture_rename(&f, 2, "\xffz\xc3");
	s = ask(200, "/status", NULL, NULL);
	i = json_array_get(json_object_get(s, "instances"), 2);
	assert_string_equal(string_at(i, "name"), "\\xffz\\xc3");
	json_decref(s);
	/* As it is, and as it is shown. */
	json_decref(ask(200, "/status", "name", "\xffz\xc3"));
	json_decref(ask(200, "/status", "name", "\\xffz\\xc3"));
	json_decref(ask(404, "/status", "name", "\\xffz"));
}

static void names_the_nearest(void **state)
{
	json_t *s = ask(404, "/status", "name", "wbe");
	const json_t *near = json_object_get(s, "nearest");

	assert_non_null(strstr(string_at(s, "error"), "no virtual router"));
	assert_string_equal(json_string_value(json_array_get(near, 0)), "web");
	json_decref(s);
}

static void refuses_other_paths(void **state)
{
	json_decref(ask(404, "/", NULL, NULL));
	json_decref(ask(404, "/statusx", NULL, NULL));
	json_decref(ask(400, "/why", NULL, NULL));
	json_decref(ask(404, "/why", "name", "nobody"));
	json_decref(ask(400, "/events", "since", "-1"));
	json_decref(ask(400, "/events", "last", "x"));
}

static void why_tells_the_history(void **state)
{
	struct ledger_event e = { .instance = 1,
				  .type = LEDGER_EVENT_STATE,
				  .from = VRRP_INIT,
				  .to = VRRP_BACKUP,
				  .code = VRRP_CAUSE_STARTUP };
	const json_t *list, *one;
	json_t *s;

	fixture_event(&f, &e);
	e.instance = 0; /* of another virtual router */
	fixture_event(&f, &e);
	e.instance = 1;
	e.from = VRRP_ACTIVE;
	e.code = VRRP_CAUSE_HIGHER_PRIORITY;
	e.value = 200;
	assert_int_equal(ip_parse("fe80::c8", &e.peer), 0);
	fixture_event(&f, &e);

	s = ask(200, "/why", "name", "web6");
	assert_string_equal(string_at(json_object_get(s, "instance"), "name"),
			    "web6");
	list = json_object_get(s, "history");
	assert_int_equal(json_array_size(list), 2);
	one = json_array_get(list, 0);
	assert_int_equal(number_at(one, "number"), 1);
	assert_string_equal(string_at(one, "cause"), "startup");
	assert_null_at(one, "peer");
	one = json_array_get(list, 1);
	assert_int_equal(number_at(one, "number"), 3);
	assert_string_equal(string_at(one, "type"), "state");
	assert_string_equal(string_at(one, "from"), "active");
	assert_string_equal(string_at(one, "to"), "backup");
	assert_string_equal(string_at(one, "cause"), "higher-priority");
	assert_string_equal(string_at(one, "rule"), "RFC 9568 6.4.3");
	assert_string_equal(string_at(one, "peer"), "fe80::c8");
	assert_int_equal(number_at(one, "peer_priority"), 200);
	json_decref(s);
}

/* Its writer died in the middle of a record: still an answer. */
static void answers_over_a_dead_writer(void **state)
{
	ledger_begin(&ledger_record_at(f.ledger, 0)->sequence);
	json_decref(ask(200, "/status", NULL, NULL));
}

static void stops_when_told(void **state)
{
	int status;

	json_decref(ask(200, "/status", NULL, NULL)); /* it is at work */
	status = fixture_stop(&f);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void explains_that_nobody_answers(void **state)
{
	struct client client = { .run_dir = "/nonexistent" };
	struct client_question question = { "/status", NULL, NULL };
	struct text answer = { 0 };

	assert_int_equal(client_fetch(&client, &question, &answer), -ENOENT);
	assert_non_null(strstr(client.error, "/nonexistent/ctl.sock"));
	assert_non_null(strstr(client.error, "--run-dir"));

	fixture_stop(&f);
	close(f.listen_fd);
	f.listen_fd = -1;
	client.run_dir = f.dir;
	assert_int_equal(client_fetch(&client, &question, &answer),
			 -ECONNREFUSED);
	assert_non_null(strstr(client.error, "start it"));
	assert_null(answer.bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_of_the_daemon),
		TEST(tells_of_an_active_router),
		TEST(addresses_that_are_not_advertised),
		TEST(tells_of_a_backup),
		TEST(tells_of_a_fault),
		TEST(takes_any_name),
		TEST(names_the_nearest),
		TEST(refuses_other_paths),
		TEST(why_tells_the_history),
		TEST(answers_over_a_dead_writer),
		TEST(stops_when_told),
		TEST(explains_that_nobody_answers),
	};

	return cmocka_run_group_tests_name("ctl_status", tests, NULL, NULL);
}
