/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A planned replacement of `vrrp`, by a reload or an upgrade. What is removed
 * hands over first. The new process sets itself up: when it is ready, the old
 * one ends and leaves everything as it is, and then the new one goes on. If it
 * does not get so far the old one never knew.
 */
#include "keeper/keeper_state.h"

#include "conf/model/conf.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* The bounds of the steps. */
#define READY_TIME    (20 * TICK_SECOND)
#define YIELD_TIME    (200 * TICK_MILLISECOND)
#define REPLACE_AGAIN (5 * TICK_SECOND)
/* How long a new one may take to read the ledger of the old one. */
#define ADOPT_TIME (2 * TICK_SECOND)
/* And how long another may take to end for the next one. */
#define TOLD_TIME TICK_SECOND
/* Between two looks at whether it has; its end would come much later. */
#define YIELD_CHECK (250 * TICK_MICROSECOND)

static void leaving_free(struct keeper *k)
{
	free(k->leaving);
	k->leaving = NULL;
	k->leaving_count = 0;
}

/* One that is to return stays with who keeps it (reload.c). */
static void drop_next(struct keeper *k)
{
	if (k->next.model == k->fallback.model)
		generation_leave(&k->next);
	generation_free(&k->next);
}

/*
 * Between the end of one process and the start of the other nobody advertises.
 * Until then the keeper runs in real time as they do, and takes no orders.
 */
static void gap_begin(struct keeper *k)
{
	loop_remove(&k->loop, &k->watch_door);
	k->in_real_time = schedule_realtime_on(k->heir.real_time);
}

static void gap_end(struct keeper *k)
{
	if (k->replacement != REPLACE_YIELD)
		return;
	loop_add(&k->loop, &k->watch_door, EPOLLIN);
	if (k->in_real_time)
		schedule_realtime_off();
	k->in_real_time = false;
}

/* The heir is the child now; the watches move with the struct. */
static void move_in(struct keeper *k)
{
	struct child *c = k->server;

	loop_remove(&k->loop, &k->heir.watch);
	if (k->heir.control >= 0)
		loop_remove(&k->loop, &k->heir.watch_control);
	child_close_control(k, c);
	c->process = k->heir.process;
	c->control = k->heir.control;
	c->running = k->heir.running;
	c->started = k->heir.started;
	c->go_at = k->heir.go_at;
	c->held = k->heir.held;
	c->start_at = TICK_NEVER;
	c->delay = 0; /* it has started well */
	c->watch.fd = c->process.pidfd;
	c->watch_control.fd = c->control;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	if (c->control >= 0)
		loop_add(&k->loop, &c->watch_control, EPOLLIN);
	k->heir.process = (struct process){ .pidfd = -1 };
	k->heir.control = -1;
}

/* It died just before it could go on: another one adopts in its place. */
static void succeed_again(struct keeper *k)
{
	struct child *c = k->server;

	if (!c->running && (c->process.pid == 0 || child_let_go(k, c)))
		child_again(k, c);
}

/* What shows the ledger is started again for the new one. */
static void renew_others(struct keeper *k)
{
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (c == k->server)
			continue;
		if (c->process.pid) {
			c->restart_asked = true;
			c->kill_at = clock_now() + TOLD_TIME;
		} else if (c->start_at == TICK_NEVER && !k->stopping) {
			c->start_at = clock_now();
		}
		process_signal(&c->process, SIGTERM);
	}
}

/*
 * The old one has ended: the heir goes on in its place. Until it has read the
 * old ledger, that is kept for one that would have to do it instead.
 */
void replace_succeed(struct keeper *k)
{
	struct generation old = k->now;

	ledger_inherit_events(k->next.ledger, old.ledger, true);
	k->next.ledger->drained = old.ledger->drained; /* it may be news */
	child_go(k, &k->heir);
	gap_end(k);
	move_in(k);
	k->replacement = REPLACE_NONE;
	k->now = k->next;
	k->next = GENERATION_NONE;
	child_tell(k, k->server, LEDGER_PROCESS_REPLACED,
		   (clock_now() - k->replace_begun) / TICK_MILLISECOND);
	realtime_watch(k);
	resume_remember(k);
	if (k->waiting >= 0 && !k->upgrading) /* else the next program tells */
		k->done = !old.model ? "batond " BATON_VERSION " runs"
			  : k->confirm_by != TICK_NEVER
				  ? "it is in force, on trial: `baton confirm` "
				    "keeps it"
				  : "it is in force";
	leaving_free(k);
	renew_others(k);
	trial_succeeded(k);
	names_set_keeper(k->now.model);
	igmp_settle(k, false);
	if (old.model == k->fallback.model) /* that may come back */
		generation_leave(&old);
	configuration_free(&(struct configuration){ old.model, old.packed });
	generation_leave(&old);
	generation_free(&k->before);
	k->before = old;
	succeed_again(k);
}

/* The new one has read it. */
static bool adopted(struct keeper *k)
{
	if (k->before.ledger && k->now.ledger->adopted)
		generation_free(&k->before);
	return !k->before.ledger;
}

/* What was to be removed stays: it serves again. */
static void take_back(struct keeper *k)
{
	int error = 0;

	for (uint32_t n = 0; n < k->leaving_count && !k->now.ledger->drained;
	     n++)
		if (!error)
			error = child_command(k, COMMAND_UNDRAIN,
					      k->leaving[n]);
	if (error)
		log_line(LOG_WARNING,
			 "%s: what was to be removed stays out until `baton "
			 "undrain`",
			 k->server->row->name);
	leaving_free(k);
}

void replace_give_up(struct keeper *k, const char *why)
{
	gap_end(k);
	log_line(LOG_ERR, "%s: the new process %s; the old one goes on",
		 k->heir.row->name, why);
	if (!k->done) /* else who waits has what it asked for */
		reply_to_waiting(k, ECHILD,
				 "the new process %s; the old one goes on",
				 why);
	if (k->heir.process.pid)
		process_signal(&k->heir.process, SIGKILL);
	else
		child_close_control(k, &k->heir);
	if (!k->now.model) {
		/* Taken over, and only the next can be started: once more. */
		k->replacement = REPLACE_DRAIN;
		k->replace_by = clock_now();
		if (k->server->process.pid)
			k->replace_by += REPLACE_AGAIN;
		return;
	}
	k->upgrading = false;
	k->replacement = REPLACE_NONE;
	take_back(k);
	igmp_settle(k, false);
	trial_failed(k);
	drop_next(k);
	if (k->server->process.pid == 0)
		child_again(k, k->server); /* it died meanwhile */
}

void replace_yield(struct keeper *k)
{
	struct child *old = k->server;

	k->replacement = REPLACE_YIELD;
	k->replace_by = clock_now() + YIELD_TIME;
	__atomic_store_n(&k->now.ledger->heir, k->heir.process.pid,
			 __ATOMIC_RELEASE);
	resume_remember(k);
	gap_begin(k);
	if (old->process.pid == 0)
		replace_succeed(k);
	else
		process_signal(&old->process, COMMAND_YIELD);
}

bool replace_cancel(struct keeper *k)
{
	if (k->replacement == REPLACE_YIELD)
		return false; /* the old one hands nothing over any more */
	process_signal(&k->heir.process, SIGKILL);
	k->replacement = REPLACE_NONE;
	leaving_free(k);
	drop_next(k);
	return true;
}

static int start_heir(struct keeper *k)
{
	int error;

	k->replacement = REPLACE_READY;
	k->replace_by = clock_now() + READY_TIME;
	/* Nobody listens from the death of one to the sockets of the other. */
	k->deaf = k->server->process.pid == 0;
	error = child_spawn(k, &k->heir, &k->next);
	/* Most of them while it sets itself up, the rest when it goes on. */
	if (!error)
		ledger_inherit_events(k->next.ledger, k->now.ledger, false);
	return error;
}

bool replace_is_busy(const struct keeper *k)
{
	return k->replacement != REPLACE_NONE || k->stopping ||
	       k->heir.process.pid != 0;
}

int replace_begin(struct keeper *k, const struct generation *next,
		  const struct leaving *leaving)
{
	int error;

	if (replace_is_busy(k))
		return -EBUSY;
	k->next = *next;
	k->replace_begun = clock_now();
	k->replace_by = k->replace_begun + ADOPT_TIME;
	if (leaving && leaving->count > 0) {
		k->leaving = leaving->list;
		k->leaving_count = leaving->count;
		k->replace_by = tick_max(k->replace_by,
					 k->replace_begun + leaving->time);
	}
	if (k->leaving_count > 0 || !adopted(k)) {
		k->replacement = REPLACE_DRAIN;
		return 0;
	}
	error = start_heir(k);
	if (error) {
		k->replacement = REPLACE_NONE;
		k->next = GENERATION_NONE;
	}
	return error;
}

/*
 * Nothing that is about to be removed is Active any more, and what the heir is
 * to read is all there.
 */
static bool drained(struct keeper *k)
{
	bool all = adopted(k);

	for (uint32_t n = 0; n < k->leaving_count; n++) {
		const struct ledger_instance *r =
			ledger_instance_at(k->now.ledger, k->leaving[n]);

		/* Told once more: there may have been no room. */
		if (r->core.started)
			child_command(k, COMMAND_DRAIN, k->leaving[n]);
		all &= !r->core.started && r->core.state != VRRP_ACTIVE;
	}
	return all;
}

tick_t replace_turn(struct keeper *k, tick_t now)
{
	int error;

	(void)adopted(k);
	switch (k->replacement) {
	case REPLACE_NONE:
		return TICK_NEVER;
	case REPLACE_DRAIN:
		if (k->heir.process.pid ||
		    (now < k->replace_by && !(k->now.model && drained(k))))
			return now + TICK_CENTISECOND;
		error = start_heir(k);
		if (error)
			replace_give_up(k, strerror(-error));
		break;
	case REPLACE_READY:
		if (now >= k->replace_by)
			replace_give_up(k, "is not ready in time");
		break;
	case REPLACE_YIELD:
		if (now >= k->replace_by) {
			process_signal(&k->server->process, SIGKILL);
			k->replace_by = now + YIELD_TIME;
		} else if (k->now.ledger->heartbeat != LEDGER_YIELDED) {
			return tick_min(k->replace_by, now + YIELD_CHECK);
		} else if (child_let_go(k, k->server)) {
			replace_succeed(k);
		}
		break;
	}
	return k->replacement == REPLACE_NONE ? TICK_NEVER
					      : tick_max(k->replace_by, now);
}
