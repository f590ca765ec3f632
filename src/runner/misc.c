/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of MISC_CHECK: the process `check` says when one is due, and
 * judges how it has ended (ledger/scripted.h); here it is executed. Never two
 * of one check at once, only so many of all, and none more often than its file
 * says, whatever is asked: who asks talks to servers.
 */
#include "runner/runner_state.h"

#include "base/arena.h"
#include "base/must.h"
#include "conf/model/checks.h"
#include "ledger/copy.h"
#include "ledger/scripted.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of all, at once: so many for each processor, and some that only wait. */
#define AT_ONCE_EACH 2
#define AT_ONCE_MORE 8

/* From SIGTERM to SIGKILL, and from that to the next. */
#define KILL_AFTER (2 * TICK_SECOND)

/* When one that cannot be started is looked at again, at the earliest. */
#define LOOK_AGAIN TICK_SECOND

static bool is_running(const struct misc *m)
{
	return m->pid > 0;
}

/* When it may run for who asks: `check` waits for that at a higher price. */
static void queue(struct runner *r, struct misc *m)
{
	uint32_t n = (uint32_t)(m - r->miscs);
	tick_t at = TICK_NEVER;

	if (m->asked && !is_running(m))
		at = tick_max(m->asked, m->not_before);
	heap_set(&r->misc_queue, n, at);
}

static void answer(struct runner *r, struct misc *m, enum ledger_how how,
		   int value, const char *words)
{
	struct ledger_scripted *record = m->record;

	ledger_begin(&record->sequence);
	record->how = (uint8_t)how;
	record->value = value;
	record->took = clock_now() - m->started;
	snprintf(record->words, sizeof(record->words), "%.*s",
		 LEDGER_CHECK_WORDS - 1, words);
	record->answers = m->runs_for;
	ledger_end(&record->sequence);
	m->runs_for = 0;
	ledger_scripted_answered(r->ledger);
	wake_send(r->wake);
}

/* That it could not be started says nothing of the server. */
static void refuse(struct runner *r, struct misc *m, tick_t now, int error,
		   const char *why)
{
	m->not_before = tick_max(m->not_before, now + LOOK_AGAIN);
	answer(r, m, LEDGER_HOW_REFUSED, error, why);
}

static void start(struct runner *r, struct misc *m, tick_t now)
{
	pid_t pid;

	m->runs_for = m->asked;
	m->asked = 0;
	m->started = now;
	m->not_before = now + m->pace;
	if (m->program.why[0] && !program_find(&m->program, m->conf->command,
					       &m->conf->user, r->model)) {
		refuse(r, m, now, ENOENT, m->program.why);
		return;
	}
	output_begin(r, &m->output);
	pid = spawn_program(r, &m->program, m->output.write_end);
	if (pid < 0) {
		refuse(r, m, now, -pid, strerror(-pid));
		return;
	}
	m->pid = pid;
	m->end = SCRIPT_LIVES;
	m->end_at = now + m->timeout;
	r->misc_running[r->misc_running_count++] = (uint32_t)(m - r->miscs);
	ledger_begin(&m->record->sequence);
	m->record->running = true;
	m->record->runs++;
	ledger_end(&m->record->sequence);
}

/* It takes too long, and so it has failed: SIGTERM, then SIGKILL, of all. */
static void end_due(struct runner *r, struct misc *m, tick_t now)
{
	bool first = m->end == SCRIPT_LIVES;

	m->end = first ? SCRIPT_TOLD : SCRIPT_KILLED;
	m->end_at = now + KILL_AFTER;
	kill(-m->pid, first ? SIGTERM : SIGKILL);
	if (first)
		answer(r, m, LEDGER_HOW_TIMED_OUT, 0, "");
}

tick_t misc_due(struct runner *r, tick_t now)
{
	tick_t next = TICK_NEVER;

	if (r->misc_count == 0)
		return TICK_NEVER;
	for (uint32_t n = 0; n < r->misc_running_count; n++) {
		struct misc *m = &r->miscs[r->misc_running[n]];

		if (now >= m->end_at)
			end_due(r, m, now);
		next = tick_min(next, m->end_at);
	}
	while (r->misc_running_count < r->misc_most &&
	       heap_next(&r->misc_queue) <= now) {
		struct misc *m = &r->miscs[heap_first(&r->misc_queue)];

		start(r, m, now);
		queue(r, m);
		if (is_running(m))
			next = tick_min(next, m->end_at);
	}
	if (r->misc_running_count < r->misc_most)
		next = tick_min(next, heap_next(&r->misc_queue));
	return next;
}

void misc_look(struct runner *r)
{
	uint64_t asked;

	if (r->misc_count == 0)
		return;
	asked = ledger_scripted_asked(r->ledger);
	if (asked == r->misc_asked)
		return; /* it was somebody else who woke us */
	r->misc_asked = asked;
	for (uint32_t n = 0; n < r->misc_count; n++) {
		struct misc *m = &r->miscs[n];
		tick_t asks = ledger_scripted_asks(r->ledger, m->check);

		if (asks == m->record->answers || asks == m->runs_for)
			asks = 0; /* that was, or is done */
		if (asks == m->asked)
			continue;
		m->asked = asks > 0 ? asks : 0;
		queue(r, m);
	}
}

static struct misc *find(struct runner *r, pid_t pid, uint32_t *place)
{
	for (*place = 0; *place < r->misc_running_count; ++*place)
		if (r->miscs[r->misc_running[*place]].pid == pid)
			return &r->miscs[r->misc_running[*place]];
	return NULL;
}

void misc_ends(struct runner *r, pid_t pid)
{
	uint32_t place;
	const struct misc *m = find(r, pid, &place);

	if (m && (r->stopping || m->end != SCRIPT_LIVES))
		kill(-m->pid, SIGKILL);
}

/* The last line of a text that has anything in it. */
static const char *last_line(char *text)
{
	char *end = text + strlen(text);

	while (end > text && (end[-1] == '\n' || end[-1] == ' ' ||
			      end[-1] == '\r' || end[-1] == '\t'))
		*--end = '\0';
	while (end > text && end[-1] != '\n')
		end--;
	return end;
}

bool misc_ended(struct runner *r, pid_t pid, int status)
{
	uint32_t place;
	struct misc *m = find(r, pid, &place);
	bool killed = WIFSIGNALED(status);

	if (!m)
		return false;
	r->misc_running[place] = r->misc_running[--r->misc_running_count];
	m->pid = 0;
	output_drain(&m->output);
	ledger_begin(&m->record->sequence);
	m->record->running = false;
	ledger_end(&m->record->sequence);
	/* One that this process has ended itself says nothing. */
	if (m->end == SCRIPT_LIVES && !r->stopping)
		answer(r, m, killed ? LEDGER_HOW_KILLED : LEDGER_HOW_EXITED,
		       killed ? WTERMSIG(status) : WEXITSTATUS(status),
		       last_line(m->output.text));
	queue(r, m);
	return true;
}

void misc_signal(const struct runner *r, int signal)
{
	for (uint32_t n = 0; n < r->misc_running_count; n++)
		kill(-r->miscs[r->misc_running[n]].pid, signal);
}

static void add(struct runner *r, uint32_t check, const struct conf_distinct *d)
{
	struct misc *m = &r->miscs[r->misc_count];

	*m = (struct misc){
		.conf = &d->check->misc,
		.check = check,
		.record = ledger_scripted_at(r->ledger, r->misc_count++),
		.timeout = tick_max(d->timeout, TICK_MILLISECOND),
		.pace = tick_min(d->interval, d->retry_delay),
		.program.why = "-", /* it was not looked for */
	};
	output_setup(&m->output);
	m->output.keeps_last = true;
	ledger_begin(&m->record->sequence);
	m->record->running = false;
	ledger_end(&m->record->sequence);
}

static int add_all(struct runner *r, const struct conf_checks *all)
{
	uint32_t count = 0, room = ledger_scripted_count(r->ledger);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	void *heap;

	for (uint32_t n = 0; n < all->count; n++)
		count += all->list[n].check->kind == CONF_CHECK_MISC;
	if (count != room || all->count != ledger_checks(r->ledger))
		return -EPROTO;
	r->misc_most = (uint32_t)(AT_ONCE_EACH * tick_max(processors, 1) +
				  AT_ONCE_MORE);
	r->miscs = calloc(count + 1, sizeof(*r->miscs));
	r->misc_running = calloc(r->misc_most, sizeof(*r->misc_running));
	heap = malloc(heap_memory(count + 1));
	if (!r->miscs || !r->misc_running || !heap) {
		free(heap);
		return -ENOMEM;
	}
	heap_init(&r->misc_queue, heap, count + 1);
	for (uint32_t n = 0; n < all->count; n++)
		if (all->list[n].check->kind == CONF_CHECK_MISC)
			add(r, n, &all->list[n]);
	r->misc_asked = UINT64_MAX; /* whatever it was before */
	misc_look(r);
	return 0;
}

int misc_setup(struct runner *r)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *all;
	int error;

	if (ledger_scripted_count(r->ledger) == 0)
		return 0;
	all = conf_checks(r->model, &arena);
	error = all ? add_all(r, all) : -ENOMEM;
	arena_free(&arena);
	return error;
}

void misc_free(struct runner *r)
{
	for (uint32_t n = 0; n < r->misc_count; n++)
		program_free(&r->miscs[n].program);
	free(r->miscs);
	free(r->misc_running);
	free(r->misc_queue.entries);
}
