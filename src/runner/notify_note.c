/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has become of the scripts that are told of changes, in the ledger: which
 * run, how the last ones ended, and what they wrote.
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "sys/clock.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static struct ledger_notified *record_of(const struct runner *r,
					 const struct notifier *n)
{
	return ledger_notified_at(r->ledger, n->follower);
}

static uint8_t begun_of(const struct notifier *n)
{
	return (uint8_t)(n->begun[0] | n->begun[1] << 1);
}

void notify_note_begin(struct runner *r, struct notifier *n, const char *word,
		       uint64_t change)
{
	struct ledger_notified *record = record_of(r, n);

	output_begin(r, &n->output);
	ledger_begin(&record->sequence);
	record->how = LEDGER_HOW_NONE;
	record->value = 0;
	record->change = change;
	record->output[0] = '\0';
	record->begun = begun_of(n);
	snprintf(record->word, sizeof(record->word), "%s", word);
	ledger_end(&record->sequence);
}

void notify_note_start(struct runner *r, struct notifier *n, unsigned which,
		       pid_t pid)
{
	struct ledger_notified *record = record_of(r, n);

	ledger_begin(&record->sequence);
	if (pid > 0) {
		record->pids[which] = pid;
		record->running = true;
		record->started_real = clock_real_now();
		record->runs++;
	} else {
		record->how = LEDGER_HOW_REFUSED;
		record->value = (int32_t)-pid;
		record->failures++;
	}
	ledger_end(&record->sequence);
}

static void gone(struct ledger_notified *record, unsigned which)
{
	record->pids[which] = 0;
	record->running = record->pids[!which] > 0;
	record->ended_real = clock_real_now();
}

/* Of two that are told at once, a bad end is the one that is kept. */
void notify_note_end(struct runner *r, struct notifier *n, unsigned which,
		     int status)
{
	struct ledger_notified *record = record_of(r, n);
	bool killed = WIFSIGNALED(status);
	bool good = !killed && WEXITSTATUS(status) == 0;

	output_drain(&n->output);
	ledger_begin(&record->sequence);
	if (!good || record->how == LEDGER_HOW_NONE) {
		record->how = killed ? LEDGER_HOW_KILLED : LEDGER_HOW_EXITED;
		record->value = killed ? WTERMSIG(status) : WEXITSTATUS(status);
	}
	record->failures += !good;
	gone(record, which);
	snprintf(record->output, sizeof(record->output), "%s", n->output.text);
	ledger_end(&record->sequence);
}

void notify_note_gone(struct runner *r, struct notifier *n, unsigned which)
{
	struct ledger_notified *record = record_of(r, n);

	ledger_begin(&record->sequence);
	gone(record, which);
	ledger_end(&record->sequence);
}

static void set_begun(struct ledger_notified *record, uint8_t begun)
{
	if (record->begun == begun)
		return;
	ledger_begin(&record->sequence);
	record->begun = begun;
	ledger_end(&record->sequence);
}

void notify_note_put_off(struct runner *r, struct notifier *n)
{
	set_begun(record_of(r, n), begun_of(n));
}

void notify_note_whole(struct runner *r, struct notifier *n)
{
	set_begun(record_of(r, n), 0);
}

void notify_note_lost(struct runner *r, struct notifier *n, uint64_t lost)
{
	struct ledger_notified *record = record_of(r, n);

	if (record->lost == 0)
		fprintf(stderr,
			"batond: run: %s: changes were not told, since a "
			"script runs for too long; status counts them\n",
			n->name);
	ledger_begin(&record->sequence);
	record->lost += lost;
	ledger_end(&record->sequence);
}
