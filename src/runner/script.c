/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One script: it is started each `interval`, never twice at the same time, is
 * told to end when it takes too long, and counts when it has ended.
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* From SIGTERM to SIGKILL, and from that to the next. */
#define KILL_AFTER (2 * TICK_SECOND)

/* When one that cannot be started is tried again, at the earliest. */
#define LOOK_AGAIN TICK_SECOND

static uint32_t number_of(const struct runner *r, const struct script *s)
{
	return (uint32_t)(s - r->scripts);
}

static void set_due(struct runner *r, struct script *s, tick_t due)
{
	s->due = due;
	heap_set(&r->deadlines, 2 * number_of(r, s), due);
}

static void set_end(struct runner *r, const struct script *s, tick_t at)
{
	heap_set(&r->deadlines, 2 * number_of(r, s) + 1, at);
}

/* A run was good or bad. */
static void count(struct runner *r, struct script *s, enum ledger_how how,
		  int value)
{
	struct ledger_result *result = s->result;
	bool success = how == LEDGER_HOW_EXITED && value == 0;
	bool first = result->verdict != LEDGER_VERDICT_GOOD &&
		     result->verdict != LEDGER_VERDICT_BAD;
	bool news;

	ledger_begin(&result->sequence);
	result->how = (uint8_t)how;
	result->value = value;
	result->ended_real = clock_real_now();
	result->took = clock_now() - s->started;
	result->failures += !success;
	if (first)
		result->level = verdict_begin(&s->rule);
	result->level = verdict_after(&s->rule, result->level, success);
	if (!success || result->verdict == LEDGER_VERDICT_UNUSABLE)
		result_say(s->result, s->output.text);
	news = result_count_as(s->result,
			       verdict_is_good(&s->rule, result->level)
				       ? LEDGER_VERDICT_GOOD
				       : LEDGER_VERDICT_BAD);
	ledger_end(&result->sequence);
	if (news)
		result_tell(r);
}

/* What was adopted of it, else nothing is known. */
static void begin_verdict(struct script *s)
{
	struct ledger_result *result = s->result;
	bool good = result->verdict == LEDGER_VERDICT_GOOD;

	ledger_begin(&result->sequence);
	result->running = false;
	if (good || result->verdict == LEDGER_VERDICT_BAD)
		result->level = verdict_moved(&s->rule, result->level, good);
	ledger_end(&result->sequence);
}

void script_setup(struct runner *r, uint32_t n, bool wanted)
{
	struct script *s = &r->scripts[n];

	*s = (struct script){
		.conf = &r->model->scripts[n],
		.result = ledger_result_at(r->ledger, n),
		.program.why = "-", /* it was not looked for */
	};
	output_setup(&s->output);
	s->rule = (struct verdict_rule){ s->conf->rise, s->conf->fall };
	begin_verdict(s);
	set_due(r, s, wanted ? clock_now() : TICK_NEVER);
}

void script_signal(const struct script *s, int signal)
{
	if (s->pid > 0)
		kill(-s->pid, signal);
}

uint32_t script_of(const struct runner *r, pid_t pid)
{
	return map_find(&r->by_pid, map_hash(&pid, sizeof(pid)), &pid);
}

static void unusable(struct runner *r, struct script *s)
{
	bool news;

	ledger_begin(&s->result->sequence);
	result_say(s->result, s->program.why);
	news = result_count_as(s->result, LEDGER_VERDICT_UNUSABLE);
	ledger_end(&s->result->sequence);
	if (news)
		result_tell(r);
}

/* It could not be started: that says nothing of what it looks at. */
static void refused(struct script *s, int error)
{
	ledger_begin(&s->result->sequence);
	s->result->how = LEDGER_HOW_REFUSED;
	s->result->value = error;
	s->result->refused++;
	ledger_end(&s->result->sequence);
}

/* init_fail: bad until its first result. */
static void assume(struct runner *r, struct script *s)
{
	if (!s->conf->init_fail || s->result->verdict != LEDGER_VERDICT_NONE)
		return;
	ledger_begin(&s->result->sequence);
	s->result->level = 0;
	(void)result_count_as(s->result, LEDGER_VERDICT_BAD);
	ledger_end(&s->result->sequence);
	result_tell(r);
}

static void start(struct runner *r, struct script *s, tick_t now)
{
	uint32_t n = number_of(r, s);
	tick_t timeout =
		s->conf->timeout ? s->conf->timeout : s->conf->interval;
	pid_t pid;

	output_begin(r, &s->output);
	s->started = now;
	pid = spawn_program(r, &s->program, s->output.write_end);
	if (pid < 0) {
		refused(s, -pid);
		return;
	}
	assume(r, s);
	s->pid = pid;
	s->end = SCRIPT_LIVES;
	s->counted = false;
	map_put(&r->by_pid, map_hash(&pid, sizeof(pid)), n);
	set_end(r, s, now + timeout);
	ledger_begin(&s->result->sequence);
	s->result->running = true;
	s->result->runs++;
	ledger_end(&s->result->sequence);
}

/* One that is not there is looked for until it is. */
static bool is_there(struct runner *r, struct script *s)
{
	if (s->program.why[0] == '\0' ||
	    program_find(&s->program, s->conf->command, &s->conf->user,
			 r->model))
		return true;
	unusable(r, s);
	return false;
}

static void skip(struct script *s)
{
	ledger_begin(&s->result->sequence);
	s->result->skipped++;
	ledger_end(&s->result->sequence);
}

static void start_due(struct runner *r, struct script *s, tick_t now)
{
	tick_t next = s->due + s->conf->interval;

	/* What was missed, by a stop of this process, is not made up for. */
	set_due(r, s, next > now ? next : now + s->conf->interval);
	if (s->pid > 0)
		skip(s);
	else if (is_there(r, s))
		start(r, s, now);
	else
		set_due(r, s, now + tick_max(s->conf->interval, LOOK_AGAIN));
}

/* It takes too long: SIGTERM, then SIGKILL, of the whole group. */
static void end_due(struct runner *r, struct script *s, tick_t now)
{
	switch (s->end) {
	case SCRIPT_LIVES:
		script_signal(s, SIGTERM);
		s->end = SCRIPT_TOLD;
		break;
	case SCRIPT_TOLD:
		script_signal(s, SIGKILL);
		s->end = SCRIPT_KILLED;
		break;
	case SCRIPT_KILLED:
		/* In the kernel, where nothing ends it: that is no success. */
		count(r, s, LEDGER_HOW_TIMED_OUT, SIGKILL);
		s->counted = true;
		s->end = SCRIPT_WAITS;
		script_signal(s, SIGKILL);
		break;
	case SCRIPT_WAITS:
		script_signal(s, SIGKILL);
		break;
	}
	set_end(r, s, now + KILL_AFTER);
}

void script_due(struct runner *r, uint32_t n, tick_t now)
{
	struct script *s = &r->scripts[n];

	if (now >= heap_get(&r->deadlines, 2 * n + 1))
		end_due(r, s, now);
	if (now >= s->due)
		start_due(r, s, now);
}

void script_ends(const struct runner *r, uint32_t n)
{
	if (r->stopping || r->scripts[n].end != SCRIPT_LIVES)
		script_signal(&r->scripts[n], SIGKILL);
}

void script_ended(struct runner *r, uint32_t n, int status)
{
	struct script *s = &r->scripts[n];
	bool killed = WIFSIGNALED(status);
	int value = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	enum ledger_how how = s->end != SCRIPT_LIVES ? LEDGER_HOW_TIMED_OUT
			      : killed               ? LEDGER_HOW_KILLED
						     : LEDGER_HOW_EXITED;

	map_remove(&r->by_pid, map_hash(&s->pid, sizeof(s->pid)), n);
	s->pid = 0;
	set_end(r, s, TICK_NEVER);
	output_drain(&s->output);
	ledger_begin(&s->result->sequence);
	s->result->running = false;
	ledger_end(&s->result->sequence);
	/* One that this process has ended itself says nothing. */
	if (!s->counted && !r->stopping)
		count(r, s, how, value);
	s->end = SCRIPT_LIVES;
}
