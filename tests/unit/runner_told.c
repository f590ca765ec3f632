/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process `run` tells of virtual and real servers, by scripts and
 * FIFOs that are real. The test is the process `lvs`, and the keeper.
 */
#include "conf/model/tracked_servers.h"
#include "conf_fixture.h"
#include "ledger/ledger.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "runner/runner.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/wake.h"

#include <fcntl.h>
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

#include <sys/stat.h>

#define PATIENCE (240 * TICK_SECOND)
#define SERVERS  1000

static struct conf_loaded *loaded;
static struct ledger *l;
static int ledger_fd, wake[2], stop[2], log_fd, gate;
static struct process process;
static char folder[64];

static int run(void *context)
{
	(void)context;
	return runner_run(&(struct runner_setup){
		.model = loaded->model,
		.ledger = l,
		.wake = wake[1],
		.stop = stop[0],
	});
}

static void start(void)
{
	const int keep[] = { wake[1], stop[0], ledger_fd };
	struct process_config config = {
		.name = "run",
		.main = run,
		.keep = keep,
		.keep_count = 3,
		.output = log_fd,
		.reads_term = true,
	};

	assert_int_equal(process_spawn(&config, &process), 0);
}

static void path_of(char path[128], const char *name)
{
	snprintf(path, 128, "%s/%s", folder, name);
}

static void put_script(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	path_of(path, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s", text);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* What it tells of the n-th server, from 1. */
#define SAYS                                                                   \
	"echo \"$BATON_REAL_SERVER $BATON_STATE $BATON_CHANGE\" "              \
	">>${0%/*}/"

static void make_folder(void)
{
	char path[128];

	snprintf(folder, sizeof(folder), "/tmp/runner_told.XXXXXX");
	assert_non_null(mkdtemp(folder));
	put_script("quick", SAYS "told\n");
	/* One that ends when a line comes for it. */
	put_script("slow",
		   SAYS "begun\nread line <${0%/*}/gate\n" SAYS "told\n");
	path_of(path, "gate");
	assert_int_equal(mkfifo(path, 0600), 0);
	gate = open(path, O_RDWR | O_CLOEXEC);
	path_of(path, "log");
	log_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(gate >= 0 && log_fd >= 0);
}

/* `count` servers with that script; of the first one another. */
static void begin(unsigned count, const char *script, const char *first,
		  const char *more)
{
	static char text[SERVERS * 256];
	size_t length;

	need_root();
	make_folder();
	length = (size_t)snprintf(
		text, sizeof(text),
		"global_defs {\n script_user root\n%s%s%s}\n"
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n"
		" lvs_method NAT\n",
		more, more[0] ? folder : "", more[0] ? "/fifo\n" : "");
	for (unsigned n = 1; n <= count; n++)
		length += (size_t)snprintf(
			text + length, sizeof(text) - length,
			" real_server 10.0.0.1 %u {\n"
			"  notify_up %s/%s\n  notify_down %s/%s\n }\n",
			n, folder, n == 1 ? first : script, folder,
			n == 1 ? first : script);
	snprintf(text + length, sizeof(text) - length, "}\n");
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	assert_non_null(loaded->model);
	ledger_fd = ledger_create(
		&(struct ledger_size){ .news = ledger_news_room(count) }, "v",
		&l);
	assert_true(ledger_fd >= 0);
	assert_int_equal(wake_open(wake), 0);
	assert_int_equal(pipe(stop), 0);
	start();
}

static void stop_run(void)
{
	struct process_end is;

	process_signal(&process, SIGTERM);
	is = end_of(&process);
	assert_false(is.killed);
	assert_int_equal(is.value, 0);
}

static void finish(void)
{
	char command[128];

	for (unsigned n = 0; n < 2; n++) {
		close(wake[n]);
		close(stop[n]);
	}
	ledger_unmap(l);
	close(ledger_fd);
	close(gate);
	close(log_fd);
	conf_unload(loaded);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	assert_int_equal(system(command), 0);
}

static void change(unsigned port, bool up)
{
	struct ledger_news n = {
		.what = up ? LEDGER_NEWS_SERVER_UP : LEDGER_NEWS_SERVER_DOWN,
		.key = conf_server_key(loaded->model, 0),
		.port = (uint16_t)port,
		.protocol = 6,
		.name = "[192.0.2.1]:tcp:80",
	};

	ip_parse("10.0.0.1", &n.address);
	ledger_news_add(l, &n);
}

static void publish(void)
{
	ledger_news_publish(l);
	wake_send(wake[0]);
}

/* A file of the folder; free(3) it. */
static char *read_all(const char *name)
{
	char path[128], *bytes = NULL;
	size_t size = 0;
	FILE *file;

	path_of(path, name);
	file = fopen(path, "r");
	if (!file)
		return strdup("");
	if (getdelim(&bytes, &size, '\0', file) < 0 && bytes)
		bytes[0] = '\0';
	fclose(file);
	return bytes;
}

static unsigned count(const char *name, const char *words)
{
	char *text = read_all(name);
	unsigned found = 0;

	for (const char *at = text; (at = strstr(at, words)); at++)
		found++;
	free(text);
	return found;
}

/* Waits until so many lines are there. */
static void lines_come(const char *name, unsigned wanted)
{
	tick_t until = clock_now() + PATIENCE;

	while (count(name, "\n") < wanted && clock_now() < until)
		poll(NULL, 0, 50);
	assert_int_equal(count(name, "\n"), wanted);
}

static void open_gate(unsigned lines)
{
	while (lines-- > 0)
		assert_int_equal(write(gate, "\n", 1), 1);
}

/* Each of them is told of all of its changes, from DOWN, in their order. */
static void assert_in_order(unsigned port, unsigned changes)
{
	char *text = read_all("told"), wanted[32];
	const char *at = text;

	snprintf(wanted, sizeof(wanted), "[10.0.0.1]:tcp:%u ", port);
	for (unsigned n = 0; n < changes; n++) {
		at = strstr(at, wanted);
		assert_non_null(at);
		at += strlen(wanted);
		assert_memory_equal(at, n % 2 ? "UP " : "DOWN ", 3);
	}
	assert_null(strstr(at, wanted));
	free(text);
}

#define ORPHANS 150

/*
 * Many scripts run when the process dies: the next one waits for all of them,
 * before it tells the next changes of their servers.
 */
static void scripts_outlive_who_started_them(void **state)
{
	(void)state;
	begin(ORPHANS + 1, "slow", "quick", "");
	for (unsigned n = 1; n <= ORPHANS; n++)
		change(n + 1, false);
	publish();
	lines_come("begun", ORPHANS);
	process_signal(&process, SIGKILL);
	(void)end_of(&process);
	for (unsigned n = 1; n <= ORPHANS; n++)
		change(n + 1, true);
	change(1, false);
	publish();
	start();
	/* That one was the last whose turn it could be. */
	lines_come("told", 1);
	assert_int_equal(count("begun", "\n"), ORPHANS);
	open_gate(2 * ORPHANS);
	lines_come("told", 1 + 2 * ORPHANS);
	for (unsigned n = 1; n <= ORPHANS; n++)
		assert_in_order(n + 1, 2);
	stop_run();
	assert_int_equal(count("log", "\n"), 0);
	finish();
}

/* All fail at once, and some return: each script is run, and in order. */
static void a_thousand_change_at_once(void **state)
{
	(void)state;
	begin(SERVERS, "quick", "quick", "");
	for (unsigned n = 1; n <= SERVERS; n++)
		change(n, false);
	for (unsigned n = 1; n <= SERVERS / 10; n++)
		change(n, true);
	publish();
	lines_come("told", SERVERS + SERVERS / 10);
	for (unsigned n = 1; n <= SERVERS; n++)
		assert_in_order(n, n <= SERVERS / 10 ? 2 : 1);
	assert_int_equal(ledger_runner(l)->servers_lost, 0);
	assert_int_equal(ledger_runner(l)->servers_failed, 0);
	stop_run();
	finish();
}

/*
 * One that never ends holds up its own server alone, and at the end of the
 * daemon the newest of that is told beside it.
 */
static void one_that_hangs_holds_up_no_other(void **state)
{
	(void)state;
	begin(3, "quick", "slow", "");
	change(1, false);
	publish();
	lines_come("begun", 1);
	for (unsigned n = 0; n < 4; n++)
		change(1, n % 2 == 0);
	change(2, false);
	change(3, false);
	change(1, true);
	publish();
	lines_come("told", 2);
	assert_int_equal(count("begun", "\n"), 1);
	l->ends = 1;
	process_signal(&process, SIGTERM);
	lines_come("begun", 2);
	assert_int_equal(count("begun", "[10.0.0.1]:tcp:1 DOWN 1\n"), 1);
	assert_int_equal(count("begun", "[10.0.0.1]:tcp:1 UP 8\n"), 1);
	(void)end_of(&process);
	assert_int_equal(ledger_runner(l)->servers_lost, 4);
	open_gate(2);
	lines_come("told", 4);
	finish();
}

/* What a pipe has room for at most, with that of its last page. */
#define PIPE_ROOM (68 << 10)

static void nobody_waits_for_who_reads_a_fifo(void **state)
{
	const struct ledger_fifo *fifo;
	tick_t until = clock_now() + PATIENCE;
	uint64_t all = 0;
	char path[128], bytes[PIPE_ROOM];
	ssize_t length = 0;
	int fd;

	(void)state;
	begin(3, "quick", "quick", " lvs_notify_fifo ");
	fifo = ledger_fifo_at(l, CONF_FIFO_LVS);
	/* Each time one that is told by a script, too. */
	for (unsigned n = 0; n < 20; n++) {
		for (unsigned k = 0; k < 150; k++)
			change(4, k % 2);
		change(2, n % 2);
		publish();
		all += 151;
		lines_come("told", n + 1);
	}
	assert_in_range(fifo->lines, 1, PIPE_ROOM / 30);
	assert_int_equal(ledger_runner(l)->servers_lost, 0);
	/* A slow reader: what the ring has kept comes, and the newest at last.
	 */
	path_of(path, "fifo");
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	while (fifo->servers < all && clock_now() < until)
		if (read(fd, bytes, sizeof(bytes)) <= 0)
			poll(NULL, 0, 5);
	assert_int_equal(fifo->servers, all);
	assert_true(fifo->lost > 0);
	assert_int_equal(fifo->lines + fifo->lost, all);
	length = read(fd, bytes, sizeof(bytes));
	if (length > 0)
		assert_non_null(memmem(bytes, (size_t)length, "tcp:2 ", 6));
	close(fd);
	assert_int_equal(count("log", "nobody reads it"), 1);
	l->ends = 1;
	stop_run();
	assert_int_equal(access(path, F_OK), -1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scripts_outlive_who_started_them),
		cmocka_unit_test(a_thousand_change_at_once),
		cmocka_unit_test(one_that_hangs_holds_up_no_other),
		cmocka_unit_test(nobody_waits_for_who_reads_a_fifo),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
