/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MISC_CHECK: the processes `check` and `run` beside each other, the test is
 * the keeper between them.
 */
#include "base/must.h"
#include "checker/checker.h"
#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "ledger/scripted.h"
#include "router/book_checks.h"
#include "runner/runner.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "sys/wake.h"

#include <dirent.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_child.h"

#define PATIENCE (20 * TICK_SECOND)

enum which {
	CHECK,
	RUN,
	BOTH
};

static struct conf_loaded *loaded;
static struct ledger *l;
static int ledger_fd;
static struct one {
	int wake[2], stop[2];
	struct process process;
} ones[BOTH];
static char folder[64];

static int enter(void *context)
{
	(void)context;
	return sandbox_enter(SANDBOX_CHECK);
}

static int check(void *context)
{
	const struct one *o = context;

	return checker_run(&(struct checker_setup){
		.model = loaded->model,
		.ledger = l,
		.wake = o->wake[1],
		.stop = o->stop[0],
		.confine = enter,
	});
}

static int run(void *context)
{
	const struct one *o = context;

	return runner_run(&(struct runner_setup){
		.model = loaded->model,
		.ledger = l,
		.wake = o->wake[1],
		.stop = o->stop[0],
	});
}

static void start(enum which which)
{
	struct one *o = &ones[which];
	const int keep[] = { o->wake[1], o->stop[0], ledger_fd };
	struct process_config config = {
		.name = which == CHECK ? "check" : "run",
		.main = which == CHECK ? check : run,
		.context = o,
		.keep = keep,
		.keep_count = 3,
		.output = STDERR_FILENO,
		.reads_term = true,
	};

	assert_int_equal(process_spawn(&config, &o->process), 0);
}

static void begin(const char *text)
{
	struct ledger_size size = { 0 };

	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
	book_checks_count(loaded->model, &size);
	ledger_fd = ledger_create(&size, "v", &l);
	assert_true(ledger_fd >= 0);
	book_checks_fill(loaded->model, l);
	for (unsigned n = 0; n < BOTH; n++) {
		assert_int_equal(wake_open(ones[n].wake), 0);
		assert_int_equal(pipe(ones[n].stop), 0);
		start((enum which)n);
	}
}

static void die(enum which which)
{
	process_signal(&ones[which].process, SIGKILL);
	(void)end_of(&ones[which].process);
}

static void finish(void)
{
	for (unsigned n = 0; n < BOTH; n++) {
		struct process_end is = { 0 };

		if (ones[n].process.pid > 0) {
			process_signal(&ones[n].process, SIGTERM);
			is = end_of(&ones[n].process);
		}
		assert_false(is.killed);
		assert_int_equal(is.value, 0);
		for (unsigned k = 0; k < 2; k++) {
			close(ones[n].wake[k]);
			close(ones[n].stop[k]);
		}
	}
	ledger_unmap(l);
	close(ledger_fd);
	conf_unload(loaded);
}

/* What the keeper does: who tells something wakes the other one. */
static void relay(void)
{
	struct pollfd p[BOTH] = { { ones[CHECK].wake[0], POLLIN, 0 },
				  { ones[RUN].wake[0], POLLIN, 0 } };

	poll(p, BOTH, 20);
	for (unsigned n = 0; n < BOTH; n++)
		if (p[n].revents && wake_take(p[n].fd))
			wake_send(p[1 - n].fd);
}

/* Waits until so many rounds of it are over. */
static struct ledger_check after(uint32_t number, uint64_t rounds)
{
	tick_t until = clock_now() + PATIENCE;
	struct ledger_check is;

	do {
		relay();
		ledger_read_check(l, number, &is);
	} while (is.rounds < rounds && clock_now() < until);
	assert_true(is.rounds >= rounds);
	return is;
}

#define VS(loop, more)                                                         \
	"global_defs {\n script_user root\n}\n"                                \
	"virtual_server 10.0.0.1 80 {\n protocol TCP\n lvs_method DR\n"        \
	" delay_loop " loop "\n" more "}\n"
#define RS(n, command, more)                                                   \
	" real_server 10.0.0." n " 80 {\n weight 9\n MISC_CHECK {\n"           \
	"  misc_path \"" command "\"\n" more " }\n }\n"

static void codes_are_verdicts(void **state)
{
	static const struct {
		uint8_t state, code, weighs;
		int32_t value, weight;
		const char *words;
	} wanted[] = {
		{ LEDGER_CHECK_GOOD, LEDGER_CHECK_PROCOK, LEDGER_WEIGHS_NOTHING,
		  0, 0, "exit code 0: all is well" },
		{ LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCERR,
		  LEDGER_WEIGHS_NOTHING, 1, 0, "exit code 1: the last line" },
		{ LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCERR,
		  LEDGER_WEIGHS_NOTHING, 12, 0, "exit code 12" },
		{ LEDGER_CHECK_GOOD, LEDGER_CHECK_PROCOK, LEDGER_WEIGHS_IS, 2,
		  0, "exit code 2" },
		{ LEDGER_CHECK_GOOD, LEDGER_CHECK_PROCOK, LEDGER_WEIGHS_IS, 255,
		  253, "exit code 255" },
		{ LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCERR,
		  LEDGER_WEIGHS_NOTHING, 1, 0, "exit code 1" },
		{ LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCERR,
		  LEDGER_WEIGHS_NOTHING, 128 + 9, 0, "ended by signal 9" },
		{ LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCTOUT,
		  LEDGER_WEIGHS_NOTHING, 0, 0,
		  "it took longer than misc_timeout" },
	};

	(void)state;
	need_root();
	begin(VS(
		"60\n warmup 0",
		RS("1", "/bin/sh -c 'echo all is well'",
		   "") RS("2",
			  "/bin/sh -c 'seq 5000; echo the last line; echo; "
			  "exit 1'",
			  "") RS("3", "/bin/sh -c 'exit 12'",
				 "") RS("4", "/bin/sh -c 'exit 2'",
					"misc_dynamic\n")
			RS("5", "/bin/sh -c 'exit 255'", "misc_dynamic\n") RS(
				"6", "/bin/false",
				"misc_dynamic\n") RS("7",
						     "/bin/sh -c 'kill -9 $$'",
						     "")
				RS("8",
				   "/bin/sh -c 'trap : TERM; while :; do sleep 9; done'",
				   "misc_timeout 0.3\n")));
	for (uint32_t n = 0; n < ARRAY_LENGTH(wanted); n++) {
		struct ledger_check is = after(n, 1);

		assert_string_equal(is.words, wanted[n].words);
		assert_int_equal(is.state, wanted[n].state);
		assert_int_equal(is.code, wanted[n].code);
		assert_int_equal(is.value, wanted[n].value);
		assert_int_equal(is.weighs, wanted[n].weighs);
		assert_int_equal(is.weight, wanted[n].weight);
	}
	finish();
}

/* It says nothing of the server, and is tried again. */
static void what_cannot_be_run_is_no_verdict(void **state)
{
	struct ledger_check is;

	(void)state;
	need_root();
	begin(VS("1\n warmup 0", RS("1", "/nonexistent/command", "")));
	is = after(0, 2);
	assert_int_equal(is.state, LEDGER_CHECK_UNKNOWN);
	assert_int_equal(is.code, LEDGER_CHECK_LOCAL);
	assert_int_equal(is.blocked, is.rounds);
	assert_non_null(strstr(is.words, "/nonexistent"));
	finish();
}

static unsigned count_files(const char *prefix)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	unsigned count = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		count += strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return count;
}

static void make_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/runner_misc.XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(setenv("FOLDER", folder, 1), 0);
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

#define CROWD 64

/* However many are due at once, however slow they are. */
static void only_so_many_run_at_once(void **state)
{
	unsigned most = (unsigned)(2 * sysconf(_SC_NPROCESSORS_ONLN) + 8);
	tick_t until = clock_now() + PATIENCE;
	unsigned seen = 0;
	static char text[CROWD * 256];
	size_t length;

	(void)state;
	need_root();
	make_folder();
	length = (size_t)snprintf(text, sizeof(text), "%s",
				  VS("60\n warmup 0", ""));
	length -= 2; /* the end of the block */
	for (unsigned n = 0; n < CROWD; n++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length,
			" real_server 10.0.1.%u 80 {\n MISC_CHECK {\n"
			"  misc_path \"/bin/sh -c 'touch $FOLDER/run%u; sleep "
			"0.2; rm $FOLDER/run%u; touch $FOLDER/did%u'\"\n }\n "
			"}\n",
			n + 1, n, n, n);
	snprintf(text + length, sizeof(text) - length, "}\n");
	begin(text);
	while (count_files("did") < CROWD && clock_now() < until) {
		unsigned now = count_files("run");

		seen = now > seen ? now : seen;
		relay();
	}
	assert_int_equal(count_files("did"), CROWD);
	assert_in_range(seen, 2, most);
	for (uint32_t n = 0; n < CROWD; n++)
		assert_int_equal(after(n, 1).state, LEDGER_CHECK_GOOD);
	finish();
	remove_folder();
}

/*
 * A command that takes longer than it may is due again and again, and there are
 * never two of it.
 */
static void never_two_of_one_check(void **state)
{
	struct ledger_check is;

	(void)state;
	need_root();
	make_folder();
	begin(VS("0.1\n warmup 0",
		 RS("1",
		    "/bin/sh -c 'mkdir $FOLDER/one || touch $FOLDER/two; "
		    "trap : TERM; sleep 0.5; sleep 0.3; rmdir $FOLDER/one'",
		    "misc_timeout 0.2\n")));
	is = after(0, 4);
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(count_files("two"), 0);
	finish();
	remove_folder();
}

/* Whoever dies, the round is made. */
static void either_may_die(void **state)
{
	struct ledger_check is;

	(void)state;
	need_root();
	make_folder();
	begin(VS("60\n warmup 0",
		 RS("1", "/bin/sh -c 'touch $FOLDER/run$$; sleep 0.3; exit 1'",
		    "")));
	for (tick_t until = clock_now() + PATIENCE;
	     count_files("run") < 1 && clock_now() < until;)
		relay();
	die(RUN);
	start(RUN);
	for (tick_t until = clock_now() + PATIENCE;
	     count_files("run") < 2 && clock_now() < until;)
		relay();
	assert_int_equal(count_files("run"), 2);
	die(CHECK);
	start(CHECK);
	is = after(0, 1);
	assert_int_equal(is.state, LEDGER_CHECK_FAILED);
	assert_int_equal(is.value, 1);
	finish();
	remove_folder();
}

/* It dies after its answer, and before it has told that there is one. */
static void an_answer_that_was_not_told_is_heard(void **state)
{
	tick_t until = clock_now() + PATIENCE;
	struct ledger_scripted is = { 0 };

	(void)state;
	need_root();
	begin(VS("60\n warmup 0", RS("1", "/bin/true", "")));
	while (!is.answers && clock_now() < until) {
		struct pollfd p = { ones[CHECK].wake[0], POLLIN, 0 };

		if (poll(&p, 1, 20) > 0 && wake_take(p.fd))
			wake_send(ones[RUN].wake[0]);
		(void)ledger_read_scripted(l, 0, &is);
	}
	die(RUN);
	while (poll(&(struct pollfd){ ones[RUN].wake[0], POLLIN, 0 }, 1, 0) > 0)
		(void)wake_take(ones[RUN].wake[0]);
	start(RUN);
	assert_int_equal(after(0, 1).state, LEDGER_CHECK_GOOD);
	assert_int_equal(ledger_scripted_at(l, 0)->runs, 1);
	finish();
}

/* A process that has become somebody else's asks for more and more. */
static void who_asks_too_often_is_not_heard(void **state)
{
	struct ledger_scripted *record;
	tick_t until;

	(void)state;
	need_root();
	begin(VS("60\n warmup 0", RS("1", "/bin/true", "")));
	(void)after(0, 1);
	record = ledger_scripted_at(l, 0);
	die(CHECK);
	until = clock_now() + 300 * TICK_MILLISECOND;
	do {
		ledger_scripted_ask(l, 0, clock_now());
		wake_send(ones[RUN].wake[0]);
		poll(NULL, 0, 1);
	} while (clock_now() < until);
	assert_in_range(record->runs, 1, 2);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_verdicts),
		cmocka_unit_test(what_cannot_be_run_is_no_verdict),
		cmocka_unit_test(only_so_many_run_at_once),
		cmocka_unit_test(never_two_of_one_check),
		cmocka_unit_test(either_may_die),
		cmocka_unit_test(an_answer_that_was_not_told_is_heard),
		cmocka_unit_test(who_asks_too_often_is_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
