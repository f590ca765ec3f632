/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program baton, run as a person or a script runs it: what it writes
 * where, and with which status it ends. BATON names the program.
 */
#include "ctl_fixture.h"

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
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define OUTPUT_MAX    ((size_t)256 * 1024)
#define ARGUMENTS_MAX 12

static struct fixture f;
static char out[OUTPUT_MAX], err[OUTPUT_MAX];

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

static void slurp(FILE *file, char *bytes)
{
	rewind(file);
	bytes[fread(bytes, 1, OUTPUT_MAX - 1, file)] = 0;
	fclose(file);
}

/* Runs baton with arguments up to NULL; returns its exit status. */
static int baton(const char *first, ...)
{
	const char *arguments[ARGUMENTS_MAX + 4] = { "baton", "--run-dir",
						     f.dir };
	FILE *to_out = tmpfile(), *to_err = tmpfile();
	unsigned count = 3;
	va_list more;
	int status;
	pid_t pid;

	va_start(more, first);
	for (const char *a = first; a; a = va_arg(more, const char *))
		arguments[count++] = a;
	va_end(more);
	arguments[count] = NULL;
	pid = fork();
	if (pid == 0) {
		dup2(fileno(to_out), STDOUT_FILENO);
		dup2(fileno(to_err), STDERR_FILENO);
		execv(getenv("BATON"), (char *const *)(uintptr_t)arguments);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	slurp(to_out, out);
	slurp(to_err, err);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

static void bare_it_is_status(void **state)
{
	assert_int_equal(baton(NULL), 0);
	assert_has(out, "3 virtual routers");
	assert_has(out, "web6");
	assert_string_equal(err, "");
	assert_null(strchr(out, '\033'));
}

static void an_order_says_what_and_which(void **state)
{
	assert_int_equal(baton("rs", NULL), 2);
	assert_has(err, "drain|disable|enable|weight|unset VS RS");
	assert_int_equal(baton("rs", "wieght", "a", "b", "1", NULL), 2);
	assert_has(err, "did you mean weight?");
	assert_int_equal(baton("rs", "weight", "a", "b", NULL), 2);
	assert_has(err, "baton rs weight VS RS N;");
	assert_int_equal(baton("rs", "weight", "a", "b", "x1", NULL), 2);
	assert_has(err, "x1 is no weight");
	assert_int_equal(baton("rs", "enable", "a", "b", "c", NULL), 2);
	/* A port behind an address is its own, and what follows the time. */
	assert_int_equal(baton("rs", "drain", "192.0.2.1", "80", "192.0.2.2",
			       "80", "5 min", NULL),
			 2);
	assert_has(err, "5 min is no time");
	assert_int_equal(baton("rs", "drain", "fwmark", "7", "192.0.2.2", "80",
			       "5min", NULL),
			 1);
	assert_has(err, "keeper.sock");
}

static void why_of_a_server_says_which(void **state)
{
	assert_int_equal(
		baton("why", "192.0.2.1", "80", "192.0.2.2", "80", "81", NULL),
		2);
	assert_has(err, "baton why VS RS");
	assert_int_equal(baton("why", "192.0.2.1", "80", "192.0.2.2", NULL), 1);
	assert_has(err, "no virtual server has this name: 192.0.2.1 80");
	assert_int_equal(baton("vs", "web", NULL), 1);
	assert_has(err, "no virtual server has this name: web");
}

static void json_is_json(void **state)
{
	static const char *const commands[] = { "status", "events" };
	json_t *json;

	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(baton(commands[i], "--json", NULL), 0);
		json = json_loads(out, 0, NULL);
		assert_non_null(json);
		json_decref(json);
	}
	assert_int_equal(baton("-j", "why", "web", NULL), 0);
	json = json_loads(out, 0, NULL);
	assert_non_null(json_object_get(json, "history"));
	json_decref(json);
}

static void one_by_name(void **state)
{
	assert_int_equal(baton("status", "web", NULL), 0);
	assert_has(out, "web is active");
	assert_int_equal(baton("why", "dark", NULL), 0);
	assert_has(out, "dark is in fault");
}

static void an_unknown_name_has_near_ones(void **state)
{
	assert_int_equal(baton("why", "wbe", NULL), 1);
	assert_string_equal(out, "");
	assert_has(err, "wbe; did you mean web");
}

static void an_unknown_command_has_near_ones(void **state)
{
	assert_int_equal(baton("stauts", NULL), 2);
	assert_has(err, "no command stauts; did you mean status?");
	assert_int_equal(baton("xyzzy", NULL), 2);
	assert_has(err, "see baton help");
}

static void wrong_usage_is_told(void **state)
{
	assert_int_equal(baton("digest", "http://127.0.0.1:99999/", NULL), 2);
	assert_int_equal(baton("why", NULL), 2);
	assert_has(err, "baton why NAME");
	assert_int_equal(baton("metrics", "x", NULL), 2);
	assert_has(err, "x is too much");
	assert_int_equal(baton("status", "a", "b", NULL), 2);
	assert_has(err, "b is too much");
	assert_int_equal(baton("--foo", NULL), 2);
	assert_has(err, "--foo");
	assert_int_equal(baton("", NULL), 2);
	assert_has(err, "no command \"\"");
	assert_int_equal(baton("status", "-f", NULL), 2);
	assert_has(err, "-f is only for events");
	assert_int_equal(baton("events", "-n", "-4", NULL), 2);
	assert_has(err, "-n takes a number from 1 on");
	assert_int_equal(baton("events", "-n", "0", NULL), 2);
	assert_has(err, "-n takes a number from 1 on");
	assert_int_equal(baton("reload", "--confirm", "0", NULL), 2);
	assert_has(err, "--confirm takes a number of seconds from 1 on");
	assert_int_equal(baton("reload", "--upgrade", "--dry-run", NULL), 2);
	assert_has(err, "one of --dry-run, --upgrade and --confirm");
	assert_int_equal(baton("reload", "--dry-run", "--confirm", "9", NULL),
			 2);
	assert_has(err, "one of --dry-run, --upgrade and --confirm");
	assert_int_equal(baton("drain", "--dry-run", NULL), 2);
	assert_has(err, "drain: --dry-run is only for reload");
	assert_int_equal(baton("handover", "--confirm", "60", NULL), 2);
	assert_has(err, "handover: --confirm is only for reload");
	assert_int_equal(baton("metrics", "--json", NULL), 2);
	assert_has(err,
		   "-j is only for status, why, events, vs, checks and check");
}

static void help_and_version(void **state)
{
	assert_int_equal(baton("help", NULL), 0);
	assert_has(out, "why NAME");
	assert_int_equal(baton("--help", NULL), 0);
	assert_has(out, "why NAME");
	assert_int_equal(baton("--version", NULL), 0);
	assert_string_equal(out, "baton " BATON_VERSION "\n");
}

static void metrics_are_handed_on(void **state)
{
	assert_int_equal(baton("metrics", NULL), 0);
	assert_int_equal(strncmp(out, "# TYPE baton info\n", 18), 0);
	assert_has(out, "\n# EOF\n");
}

static void events_show_the_last(void **state)
{
	struct ledger_event e = { .type = LEDGER_EVENT_DROP,
				  .code = VRRP_DROP_TTL };

	fixture_event(&f, &e);
	e.code = VRRP_DROP_CHECKSUM;
	fixture_event(&f, &e);
	assert_int_equal(baton("events", NULL), 0);
	assert_has(out, "TTL");
	assert_int_equal(baton("events", "-n", "1", NULL), 0);
	assert_null(strstr(out, "TTL"));
	assert_has(out, "the checksum is wrong");
}

static pid_t follower;

/* What a follower prints. */
static FILE *start_following(void)
{
	int ends[2];
	FILE *lines;

	assert_int_equal(pipe(ends), 0);
	follower = fork();
	if (follower == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		execl(getenv("BATON"), "baton", "--run-dir", f.dir, "events",
		      "-f", NULL);
		_exit(99);
	}
	close(ends[1]);
	lines = fdopen(ends[0], "r");
	assert_non_null(lines);
	return lines;
}

static void drop(enum vrrp_drop reason)
{
	struct ledger_event e = { .type = LEDGER_EVENT_DROP,
				  .code = (uint8_t)reason };

	fixture_event(&f, &e);
}

static void next_line_has(FILE *lines, const char *part)
{
	char line[4096];

	assert_non_null(fgets(line, sizeof(line), lines));
	assert_has(line, part);
}

/* The daemon stops while somebody follows. */
static void a_stream_that_ends_is_told(void **state)
{
	FILE *lines;
	int status;

	drop(VRRP_DROP_TTL);
	lines = start_following();
	next_line_has(lines, "TTL");
	fixture_stop(&f);
	close(f.listen_fd);
	f.listen_fd = -1;
	next_line_has(lines, "batond has stopped");
	assert_int_equal(waitpid(follower, &status, 0), follower);
	assert_int_equal(WEXITSTATUS(status), 1);
	fclose(lines);
}

/* A reload replaces the server: nothing is told twice, nothing is missed. */
static void a_follower_outlives_the_server(void **state)
{
	FILE *lines;

	for (int n = 0; n < 3; n++)
		drop(VRRP_DROP_TTL);
	lines = start_following();
	for (int n = 0; n < 3; n++)
		next_line_has(lines, "TTL");
	fixture_stop(&f);
	drop(VRRP_DROP_CHECKSUM);
	fixture_serve(&f, 0);
	next_line_has(lines, "checksum");
	drop(VRRP_DROP_TYPE);
	next_line_has(lines, "not an advertisement");
	kill(follower, SIGTERM);
	assert_int_equal(waitpid(follower, NULL, 0), follower);
	fclose(lines);
}

/* Breaks off within its first answer, and is a real server from then on. */
static void break_off_once(void)
{
	static const char head[] = "HTTP/1.1 200 OK\r\n"
				   "Content-Length: 1000\r\n\r\n{";
	struct pollfd asked = { .fd = f.listen_fd, .events = POLLIN };
	char request[4096];
	int fd;

	/* The server before this one may have made it non-blocking. */
	poll(&asked, 1, -1);
	fd = accept(f.listen_fd, NULL, NULL);
	if (fd < 0 || read(fd, request, sizeof(request)) <= 0 ||
	    write(fd, head, sizeof(head) - 1) < 0)
		_exit(1);
	close(fd);
	fixture_serve(&f, 0);
	pause();
}

static void an_answer_that_breaks_off_is_asked_for_again(void **state)
{
	pid_t server;

	fixture_stop(&f);
	server = fork();
	if (server == 0)
		break_off_once();
	assert_int_equal(baton("status", NULL), 0);
	assert_has(out, "web6");
	assert_string_equal(err, "");
	kill(server, SIGKILL); /* and the one that it started */
	assert_int_equal(waitpid(server, NULL, 0), server);
}

static void nobody_answers(void **state)
{
	fixture_stop(&f);
	close(f.listen_fd);
	f.listen_fd = -1;
	assert_int_equal(baton("status", NULL), 1);
	assert_string_equal(out, "");
	assert_has(err, f.dir);
	assert_has(err, "start it");
}

/* Whoever reads it is gone; its exit status. */
static int leave(const char *command, const char *option)
{
	FILE *to_err = tmpfile();
	int ends[2], status;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(fileno(to_err), STDERR_FILENO);
		execl(getenv("BATON"), "baton", "--run-dir", f.dir, command,
		      option, NULL);
		_exit(99);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	slurp(to_err, err);
	return WEXITSTATUS(status);
}

static void what_nobody_reads_is_an_error(void **state)
{
	assert_int_equal(leave("metrics", NULL), 1);
	assert_string_equal(err, "baton: cannot write: Broken pipe\n");
}

/* Nothing happens, so nothing is written, and yet it ends. */
static void a_follower_may_leave(void **state)
{
	assert_int_equal(leave("events", "-f"), 0);
	assert_string_equal(err, "");
}

/* A configuration in a file of its own; its name. */
static const char *file_with(const char *text)
{
	static char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/test.conf", f.dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

#define INSTANCE(more)                                                         \
	"vrrp_instance web {\n interface eth0\n virtual_router_id 51\n"        \
	" virtual_ipaddress {\n 192.0.2.1/24\n }\n" more "}\n"

static void check_ends_as_keepalived_does(void **state)
{
	const char *path = file_with(INSTANCE(""));

	assert_int_equal(baton("check", path, NULL), 0);
	assert_has(out, "good: 1 virtual router, 1 address");
	file_with(INSTANCE("no_such_word 1\n"));
	assert_int_equal(baton("check", path, NULL), 4);
	assert_has(err, "test.conf:7:1: warning:");
	file_with(INSTANCE("priority 300\n"));
	assert_int_equal(baton("check", path, NULL), 4);
	assert_has(err, "test.conf:7:10: warning:");
	assert_has(err, "priority 300\n");
	assert_has(err, "^^^");
	assert_int_equal(baton("--strict", "check", path, NULL), 3);
	file_with(INSTANCE("state SLAVE\n"));
	assert_int_equal(baton("check", path, NULL), 0);
	assert_has(err, "means BACKUP");
	file_with(INSTANCE("}\n"));
	assert_int_equal(baton("check", path, NULL), 3);
	assert_has(err, "error: a } too many");
	unlink(path);
	assert_int_equal(baton("check", path, NULL), 3);
	assert_has(err, "does not exist");
	assert_has(err, "name another file");
	assert_int_equal(baton("check", f.dir, NULL), 3);
	assert_has(err, "is a folder");
	assert_has(err, "name a file in it");
}

/* The entry of a word in the answer of check --migrate --json. */
static json_t *word_of(const json_t *answer, const char *word)
{
	json_t *one;
	size_t n;

	json_array_foreach(
		json_object_get(answer, "words"), n,
		one) if (strcmp(json_string_value(json_object_get(one, "word")),
				word) == 0) return one;
	return NULL;
}

static const char *text_of(const json_t *answer, const char *word,
			   const char *key)
{
	return json_string_value(json_object_get(word_of(answer, word), key));
}

/* Each word of a file, and none of its secrets. */
static void check_says_what_becomes_of_each_word(void **state)
{
	const char *path = file_with(
		"global_defs {\n enable_dbus\n vrrp_iptables\n}\n"
		"vrrp_script c {\n script /bin/true\n init_fail\n}\n" INSTANCE(
			"track_script {\n c wait 5\n}\nprioritty 7\nuse_ipvlan\n"
			"authentication {\n auth_type PASS\n auth_pass hush1\n"
			" hush2\n}\nhush1\n"));
	json_t *answer;

	assert_int_equal(baton("check", "--migrate", path, NULL), 3);
	assert_has(out, "works:\n");
	assert_has(out, "works differently:\n  script, in vrrp_script");
	assert_has(out, "accepted without effect:\n  enable_dbus, in "
			"global_defs, line 2\n");
	assert_has(out, "unknown, left out:\n  wait, in track_script, line "
			"16\n  prioritty, in vrrp_instance, line 18\n");
	assert_null(strstr(out, "hush"));
	assert_null(strstr(err, "hush"));
	assert_int_equal(baton("check", "--migrate", "-j", path, NULL), 3);
	assert_null(strstr(out, "hush"));
	answer = json_loads(out, 0, NULL);
	assert_non_null(answer);
	assert_string_equal(text_of(answer, "interface", "fate"), "differs");
	assert_string_equal(text_of(answer, "virtual_router_id", "fate"),
			    "works");
	assert_null(text_of(answer, "virtual_router_id", "how"));
	assert_string_equal(text_of(answer, "enable_dbus", "fate"),
			    "no_effect");
	assert_string_equal(text_of(answer, "use_ipvlan", "fate"), "waits");
	assert_string_equal(text_of(answer, "prioritty", "fate"), "unknown");
	assert_string_equal(text_of(answer, "(hidden)", "block"),
			    "authentication");
	assert_int_equal(json_integer_value(json_object_get(
				 word_of(answer, "auth_pass"), "line")),
			 22);
	assert_int_equal(
		json_integer_value(json_object_get(answer, "exit_status")), 3);
	json_decref(answer);
	unlink(path);
}

/* Notes about two files change no verdict. */
static void check_compares_with_the_peer(void **state)
{
	char other[140];
	const char *path = file_with(INSTANCE("priority 200\n"));
	json_t *answer;

	snprintf(other, sizeof(other), "%s.b", path);
	assert_int_equal(rename(path, other), 0);
	file_with(INSTANCE("priority 100\n"));
	assert_int_equal(baton("check", path, "--peer", other, NULL), 0);
	assert_string_equal(err, "");
	assert_int_equal(baton("check", path, "--peer", path, NULL), 0);
	assert_has(err, "test.conf:1:15: note: both have priority 100");
	assert_has(out, "good: 1 virtual router");
	assert_int_equal(baton("check", "-j", path, "--peer", path, NULL), 0);
	answer = json_loads(out, 0, NULL);
	assert_int_equal(
		json_array_size(json_object_get(answer, "diagnostics")), 1);
	assert_null(json_object_get(answer, "words"));
	json_decref(answer);
	unlink(other);
	assert_int_equal(baton("check", path, "--peer", other, NULL), 3);
	assert_has(err, "does not exist");
	assert_int_equal(baton("print", path, "--peer", path, NULL), 2);
	unlink(path);
}

/* What print writes is good, and printing it again changes nothing. */
static void print_is_canonical(void **state)
{
	char *first;
	const char *path = file_with(INSTANCE("advert_int 1\n"));

	assert_int_equal(baton("print", path, NULL), 0);
	first = strdup(out);
	assert_has(first, "vrrp_instance web {");
	file_with(first);
	assert_int_equal(baton("print", path, NULL), 0);
	assert_string_equal(out, first);
	free(first);
	file_with("}\n");
	assert_int_equal(baton("print", path, NULL), 3);
	assert_string_equal(out, "");
	unlink(path);
}

static void the_shell_learns_what_may_follow(void **state)
{
	assert_int_equal(baton("complete", NULL), 0);
	assert_has(out, "status\nwhy\n");
	assert_int_equal(baton("complete", "rs", NULL), 0);
	assert_string_equal(out, "drain\ndisable\nenable\nweight\nunset\n");
	assert_int_equal(baton("complete", "vs", NULL), 0);
	assert_string_equal(out, "");
	assert_int_equal(baton("complete", "why", NULL), 0);
	assert_string_equal(out, "web\nweb6\ndark\n");
	assert_int_equal(baton("complete", "check", NULL), 0);
	assert_string_equal(out, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bare_it_is_status),
		TEST(an_order_says_what_and_which),
		TEST(why_of_a_server_says_which),
		TEST(json_is_json),
		TEST(one_by_name),
		TEST(an_unknown_name_has_near_ones),
		TEST(an_unknown_command_has_near_ones),
		TEST(wrong_usage_is_told),
		TEST(help_and_version),
		TEST(metrics_are_handed_on),
		TEST(events_show_the_last),
		TEST(a_stream_that_ends_is_told),
		TEST(nobody_answers),
		TEST(what_nobody_reads_is_an_error),
		TEST(a_follower_may_leave),
		TEST(a_follower_outlives_the_server),
		TEST(an_answer_that_breaks_off_is_asked_for_again),
		TEST(check_ends_as_keepalived_does),
		TEST(check_says_what_becomes_of_each_word),
		TEST(check_compares_with_the_peer),
		TEST(print_is_canonical),
		TEST(the_shell_learns_what_may_follow),
	};

	return cmocka_run_group_tests_name("baton_command", tests, NULL, NULL);
}
