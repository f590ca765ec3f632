/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One child: what the ledger says of it, what it is told over its control
 * socket, and when it is started again. Which child, and what follows for the
 * others, is decided in children.c and replace.c.
 */
#include "keeper/keeper_state.h"

#include "conf/model/targets.h"
#include "keeper/log.h"
#include "ledger/checks.h"
#include "ledger/dump.h"
#include "ledger/lvs.h"
#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

/* How long one may take to end for the next one. */
#define TOLD_TIME TICK_SECOND

#define RESTART_FIRST (100 * TICK_MILLISECOND)
#define RESTART_MOST  (5 * TICK_SECOND)
/*
 * Delays are for children that die as they start. One that ran this long is
 * followed at once, however often: that costs little, and a delay of more
 * than an interval or two costs the address.
 */
#define RESTART_SOON (200 * TICK_MILLISECOND)
/* A child that ran this long is well again. */
#define RESTART_WELL (30 * TICK_SECOND)
/* Deaths in a row after which the log says that something is wrong. */
#define RESTART_MANY 5

static void fill_row(struct ledger_process *row, const struct child *c,
		     enum ledger_process_event what)
{
	ledger_begin(&row->sequence);
	snprintf(row->name, sizeof(row->name), "%s", c->row->name);
	snprintf(row->user, sizeof(row->user), "%s", c->user ? c->user : "");
	row->pid = c->process.pid;
	if (what == LEDGER_PROCESS_STARTED || row->pid == 0)
		row->scheduled = false; /* until it is looked at */
	if (what == LEDGER_PROCESS_STARTED || what == LEDGER_PROCESS_REPLACED)
		row->started_real = clock_real_now();
	if (what == LEDGER_PROCESS_STARTED)
		row->restarts += c->deaths > 0;
	ledger_end(&row->sequence);
}

struct ledger_process *child_row(const struct keeper *k, const struct child *c)
{
	return &k->now.ledger->processes[c->index + 1];
}

void child_tell(struct keeper *k, const struct child *c,
		enum ledger_process_event what, int64_t value)
{
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_PROCESS,
		.code = (uint8_t)what,
		.value = value,
	};

	snprintf(event.name, sizeof(event.name), "%s", c->row->name);
	if (c != &k->heir) /* the row is of the one that serves */
		fill_row(child_row(k, c), c, what);
	ledger_append(k->now.ledger, &event);
}

void child_go(struct keeper *k, struct child *c)
{
	struct command message = { .what = COMMAND_GO,
				   .deaf = k->succession.deaf };
	int error = 0;

	/* From here on: its set-up may take longer. It waits just now. */
	if (c->real_time) /* what is refused was told when it was started */
		(void)schedule_raise(&c->process, c->real_time);
	if (c->rttime)
		error = schedule_limit(&c->process, c->rttime);
	if (error)
		log_line(LOG_WARNING, "%s: vrrp_rlimit_rttime is refused: %s",
			 c->row->name, strerror(-error));

	c->go_at = clock_now();
	c->running = send(c->control, &message, sizeof(message),
			  MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

/* A ledger that another program made may have no book for it. */
static bool has_book(const struct keeper *k, const struct keeper_row *row)
{
	if (row->book == LEDGER_BOOK_MAILER)
		return ledger_has_mailer(k->now.ledger);
	if (row->book == LEDGER_BOOK_CHECKER)
		return ledger_has_checker(k->now.ledger);
	if (row->book == LEDGER_BOOK_LVS)
		return ledger_has_lvs(k->now.ledger);
	return row->book != LEDGER_BOOK_RUNNER ||
	       (ledger_has_runner(k->now.ledger) &&
		ledger_targets(k->now.ledger) == conf_targets(k->now.model));
}

bool child_is_served(const struct keeper *k, const struct child *c)
{
	const struct keeper_row *row = c->row;

	if (!k->now.model) /* one that waits to be replaced */
		return !row->needs_model && !row->needed;
	return has_book(k, row);
}

static bool is_needed(const struct keeper *k, const struct keeper_row *row)
{
	return !row->needed || (k->now.model && row->needed(k->now.model)) ||
	       (row->needed_by && row->needed_by(k->now.ledger)) ||
	       (row->dumps && ledger_dump_is_due(k->now.ledger));
}

bool child_is_wanted(const struct keeper *k, const struct child *c)
{
	return c->row->kind != KEEPER_EXTERNAL && child_is_served(k, c) &&
	       is_needed(k, c->row);
}

void child_show(struct keeper *k, const struct child *c)
{
	struct ledger_process *row = child_row(k, c);

	if (c->row->kind != KEEPER_EXTERNAL || !c->row->needed ||
	    row->name[0] || !is_needed(k, c->row))
		return;
	ledger_begin(&row->sequence);
	snprintf(row->name, sizeof(row->name), "%s", c->row->name);
	ledger_end(&row->sequence);
}

void child_retire(struct keeper *k, struct child *c)
{
	struct ledger_process *row = child_row(k, c);

	c->start_at = TICK_NEVER;
	ledger_begin(&row->sequence);
	*row = (struct ledger_process){ .sequence = row->sequence };
	ledger_end(&row->sequence);
}

void child_close_control(struct keeper *k, struct child *c)
{
	if (c->control >= 0) {
		loop_remove(&k->loop, &c->watch_control);
		close(c->control);
	}
	if (c->wake >= 0) {
		if (c->watch_wake.fd >= 0)
			loop_remove(&k->loop, &c->watch_wake);
		close(c->wake);
	}
	if (c->joined >= 0)
		close(c->joined);
	c->control = c->wake = c->watch_wake.fd = c->joined = -1;
}

/*
 * Who serves says so itself, and only who was asked to is believed: another
 * would have died without a word, or hang for ever.
 */
bool child_has_yielded(const struct keeper *k)
{
	return k->now.ledger->heir != 0 &&
	       ledger_server(k->now.ledger)->heartbeat == LEDGER_YIELDED;
}

/*
 * It acts no more, but may not have ended: the kernel, or it, tidies up. It
 * is waited for apart, and another may take its place. The signal is for one
 * that is stopped just then.
 */
bool child_let_go(struct keeper *k, struct child *c)
{
	process_signal(&c->process, SIGKILL);
	for (unsigned n = 0; n < KEEPER_GONE; n++) {
		struct gone *g = &k->gone[n];

		if (g->process.pid != 0)
			continue;
		loop_remove(&k->loop, &c->watch);
		child_close_control(k, c);
		g->process = c->process;
		g->planned = child_has_yielded(k);
		g->watch.fd = g->process.pidfd;
		loop_add(&k->loop, &g->watch, EPOLLIN);
		c->process = (struct process){ .pidfd = -1 };
		return true;
	}
	return false;
}

void child_again(struct keeper *k, struct child *c)
{
	tick_t now = clock_now();

	c->kill_at = TICK_NEVER;
	if (c->restart_asked) { /* that is no death */
		c->restart_asked = false;
		if (c->row->kind != KEEPER_EXTERNAL)
			c->start_at = now;
		return;
	}
	if (c->row->kind == KEEPER_EXTERNAL) { /* it joins when it is back */
		c->deaths++;
		return;
	}
	if (now - c->started >= RESTART_WELL)
		c->deaths = 0;
	if (now - c->started >= RESTART_SOON)
		c->delay = 0;
	c->deaths++;
	c->start_at = now + c->delay;
	c->delay =
		c->delay ? tick_min(2 * c->delay, RESTART_MOST) : RESTART_FIRST;
	if (c->deaths == RESTART_MANY)
		child_tell(k, c, LEDGER_PROCESS_GAVE_UP, c->deaths);
}

void child_renew(const struct keeper *k, struct child *c)
{
	if (c->process.pid) {
		c->restart_asked = true;
		c->kill_at = clock_now() + TOLD_TIME;
	} else if (!k->stopping && c->row->kind != KEEPER_EXTERNAL) {
		c->start_at = tick_min(c->start_at, clock_now());
	}
	process_signal(&c->process, SIGTERM);
}

int child_command(struct keeper *k, enum command_what what, uint32_t instance)
{
	struct command message = { what, instance };
	struct child *c = k->server;

	if (c->control < 0 || !c->running)
		return -EAGAIN;
	if (send(c->control, &message, sizeof(message),
		 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}
