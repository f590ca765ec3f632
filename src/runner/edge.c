/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts at both ends of the daemon's life: startup_script before anything
 * else is done and before a virtual router is started, shutdown_script when all
 * else has ended. Each runs once, has a time, and changes nothing by how it
 * ends: keepalived.conf(5).
 */
#include "runner/runner_state.h"

#include "base/text.h"
#include "ledger/words.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/* From SIGKILL on, for one that does not even end by that: in the kernel, at a
 * file system that does not answer. */
#define GIVE_UP_AFTER (2 * TICK_SECOND)

static void tell(const struct edge *e, enum ledger_how how, int value)
{
	char line[WORDS_MAX];
	struct text words = text_over(line, sizeof(line));

	words_how(how, value, &words);
	fprintf(stderr, "batond: run: %s%s\n", e->word, line);
}

/* False: there is none, or it cannot be run. */
static bool start(struct runner *r, struct edge *e, const char *word,
		  const struct conf_edge *conf)
{
	struct program program = { .why = "" };
	pid_t pid = -1;

	*e = (struct edge){ .word = word,
			    .end_by = TICK_NEVER,
			    .give_up_at = TICK_NEVER };
	if (!conf->script.command)
		return false;
	if (program_find(&program, conf->script.command, &conf->script.user,
			 r->model))
		pid = spawn_program(r, &program, -1);
	if (pid < 0)
		fprintf(stderr, "batond: run: %s is not run: %s\n", word,
			program.why[0] ? program.why : strerror((int)-pid));
	program_free(&program);
	if (pid < 0)
		return false;
	e->pid = pid;
	e->end_by = clock_now() + conf->timeout;
	return true;
}

static void note_startup(struct runner *r, enum ledger_startup is)
{
	struct ledger_runner *record = ledger_runner(r->ledger);

	__atomic_store_n(&record->startup, (uint8_t)is, __ATOMIC_RELEASE);
	wake_send(r->wake);
}

bool edge_begin(struct runner *r)
{
	const struct conf_edge *conf = &r->model->global.scripts.startup;

	if (ledger_runner(r->ledger)->startup == LEDGER_STARTUP_OVER)
		return false;
	if (!start(r, &r->edge, "startup_script", conf)) {
		note_startup(r, LEDGER_STARTUP_OVER);
		return false;
	}
	r->starting = true;
	note_startup(r, LEDGER_STARTUP_RUNS);
	return true;
}

bool edge_end(struct runner *r)
{
	if (r->shut || !r->ends)
		return false;
	r->shut = true;
	return start(r, &r->edge, "shutdown_script",
		     &r->model->global.scripts.shutdown);
}

static void over(struct runner *r, struct edge *e)
{
	e->pid = 0;
	e->end_by = e->give_up_at = TICK_NEVER;
	if (r->starting)
		note_startup(r, LEDGER_STARTUP_OVER);
}

bool edge_ended(struct runner *r, pid_t pid, int status)
{
	struct edge *e = &r->edge;

	if (e->pid != pid)
		return false;
	if (e->end_by == TICK_NEVER)
		tell(e, LEDGER_HOW_TIMED_OUT, 0);
	else if (WIFSIGNALED(status))
		tell(e, LEDGER_HOW_KILLED, WTERMSIG(status));
	else
		tell(e, LEDGER_HOW_EXITED, WEXITSTATUS(status));
	over(r, e);
	return true;
}

tick_t edge_due(struct runner *r, tick_t now)
{
	struct edge *e = &r->edge;

	if (e->pid > 0 && now >= e->end_by) {
		kill(-e->pid, SIGKILL);
		e->end_by = TICK_NEVER;
		e->give_up_at = now + GIVE_UP_AFTER;
	}
	if (e->pid > 0 && now >= e->give_up_at) {
		fprintf(stderr,
			"batond: run: %s, process %d, does not end by SIGKILL; "
			"it is not waited for any more\n",
			e->word, (int)e->pid);
		over(r, e);
	}
	return e->pid > 0 ? tick_min(e->end_by, e->give_up_at) : TICK_NEVER;
}
