/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process that serves takes the place of another: succession.c says what
 * is to be done, and here it is done. What happens is told by children.c and
 * reload.c, or seen here.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "keeper/reply.h"
#include "ledger/dump.h"
#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* How long another may take to end for the next one. */
#define TOLD_TIME TICK_SECOND
/* Between two looks at whether it has yielded; its end would come much later.
 */
#define YIELD_CHECK (250 * TICK_MICROSECOND)

static void leaving_free(struct keeper *k)
{
	free(k->leaving);
	k->leaving = NULL;
	k->leaving_count = 0;
}

/*
 * Between the end of one process and the start of the other nobody advertises.
 * Until then the keeper runs in real time as they do, and takes no orders.
 */
static void gap_begin(struct keeper *k)
{
	door_pause(k);
	k->in_real_time = schedule_realtime_on(k->heir.real_time);
	k->gap = true;
}

static void gap_end(struct keeper *k)
{
	if (!k->gap)
		return;
	k->gap = false;
	door_go_on(k);
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
	if (k->heir.watch_wake.fd >= 0)
		loop_remove(&k->loop, &k->heir.watch_wake);
	child_close_control(k, c);
	c->process = k->heir.process;
	c->control = k->heir.control;
	c->wake = k->heir.wake;
	c->running = k->heir.running;
	c->started = k->heir.started;
	c->go_at = k->heir.go_at;
	c->held = k->heir.held;
	c->start_at = TICK_NEVER;
	c->delay = 0; /* it has started well */
	c->watch.fd = c->process.pidfd;
	c->watch_control.fd = c->control;
	c->watch_wake.fd = k->heir.watch_wake.fd;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	if (c->control >= 0)
		loop_add(&k->loop, &c->watch_control, EPOLLIN);
	if (c->watch_wake.fd >= 0)
		loop_add(&k->loop, &c->watch_wake, EPOLLIN);
	k->heir.process = (struct process){ .pidfd = -1 };
	k->heir.control = k->heir.wake = k->heir.watch_wake.fd = -1;
}

/* What shows the ledger is started again for the new one. */
static void renew_others(struct keeper *k)
{
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (c != k->server)
			child_renew(k, c);
	}
}

/* What is said to who asked for the change, once ctl can show it. */
static const char *done_text(const struct keeper *k, bool taken_over)
{
	if (taken_over)
		return "batond " BATON_VERSION " runs";
	return k->succession.confirm_by != TICK_NEVER
		       ? "it is in force, on trial: `baton confirm` keeps it"
		       : "it is in force";
}

/*
 * The old one has ended: the heir goes on in its place. Until it has read the
 * old ledger, that is kept for one that would have to do it instead. False: it
 * died just before it could go on.
 */
static bool succeed(struct keeper *k)
{
	struct generation old = k->now;
	struct child *c = k->server;

	ledger_inherit_events(k->next.ledger, old.ledger, true);
	/* It may be news. */
	k->next.ledger->drained = old.ledger->drained;
	k->next.ledger->deaths = old.ledger->deaths;
	ledger_inherit_results(k->next.ledger, old.ledger);
	ledger_inherit_fifos(k->next.ledger, old.ledger);
	ledger_inherit_dumps(k->next.ledger, old.ledger);
	ledger_inherit_notified(k->next.ledger, old.ledger);
	child_go(k, &k->heir);
	gap_end(k);
	move_in(k);
	k->now = k->next;
	k->next = GENERATION_NONE;
	child_tell(k, c, LEDGER_PROCESS_REPLACED,
		   (clock_now() - k->replace_begun) / TICK_MILLISECOND);
	realtime_watch(k);
	resume_remember(k);
	if (k->waiting >= 0 && !k->upgrading) /* else the next program tells */
		k->done = done_text(k, !old.model);
	leaving_free(k);
	if (old.model == k->fallback.model) /* that may come back */
		generation_leave(&old);
	trial_settle(k);
	names_set_keeper(k, k->now.model);
	igmp_settle(k, false);
	carry_on(k, old.ledger);
	ordered_carry(k, old.ledger);
	configuration_free(&(struct configuration){ old.model, old.packed });
	generation_leave(&old);
	generation_free(&k->before);
	k->before = old;
	/* At last: until then they work, and soon after it the next ones do. */
	renew_others(k);
	return c->running || (c->process.pid != 0 && !child_let_go(k, c));
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
}

static void give_up(struct keeper *k, enum succession_reason reason)
{
	static const char *const reasons[] = {
		[REASON_DIED] = "ended before it was ready",
		[REASON_LATE] = "is not ready in time",
		[REASON_FAILED] = "cannot be started",
	};
	const char *why = reasons[reason];

	gap_end(k);
	log_line(LOG_ERR, "%s: the new process %s; the old one goes on",
		 k->heir.row->name, why);
	if (!k->done) /* else who waits has what it asked for */
		reply_to_waiting(k, ECHILD,
				 "the new process %s; the old one goes on",
				 why);
	if (k->heir.process.pid == 0)
		child_close_control(k, &k->heir);
}

static void drop_next(struct keeper *k)
{
	if (!k->stopping) {
		k->upgrading = false;
		take_back(k);
		ahead_take_back(k);
		igmp_settle(k, false);
	}
	leaving_free(k);
	/* One that is to return stays with who keeps it. */
	if (k->next.model == k->fallback.model)
		generation_leave(&k->next);
	generation_free(&k->next);
	trial_settle(k);
}

/* It acts no more as soon as it says so; its end is for later. */
static void yield(struct keeper *k)
{
	__atomic_store_n(&k->now.ledger->heir, k->heir.process.pid,
			 __ATOMIC_RELEASE);
	resume_remember(k);
	gap_begin(k);
	process_signal(&k->server->process, COMMAND_YIELD);
}

static bool start_heir(struct keeper *k)
{
	int error = child_spawn(k, &k->heir, &k->next);

	if (error)
		log_line(LOG_ERR, "%s: cannot start: %s", k->heir.row->name,
			 strerror(-error));
	else /* most of them while it sets itself up, the rest when it goes on
	      */
		ledger_inherit_events(k->next.ledger, k->now.ledger, false);
	return !error;
}

/* Nobody serves any more: the others may end. */
static void end_others(struct keeper *k)
{
	k->now.ledger->leaves_table = k->setup->leaves_table;
	__atomic_store_n(&k->now.ledger->ends, true, __ATOMIC_RELEASE);
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (c == k->server)
			continue;
		c->kill_at = clock_now() + TOLD_TIME;
		if (c->row->outlasts && k->now.model)
			c->kill_at += c->row->outlasts(k->now.model);
		k->kill_at = tick_max(k->kill_at, c->kill_at + TOLD_TIME);
		process_signal(&c->process, SIGTERM);
	}
}

/* False: then `after` has come of it. */
static bool perform(struct keeper *k, enum succession_act act,
		    enum succession_reason reason, enum succession_what *after)
{
	switch (act) {
	case ACT_START_HEIR:
		*after = SUCCESSION_HEIR_FAILED;
		return start_heir(k);
	case ACT_KILL_HEIR:
		process_signal(&k->heir.process, SIGKILL);
		break;
	case ACT_YIELD:
		yield(k);
		break;
	case ACT_KILL_SERVER:
		process_signal(&k->server->process, SIGKILL);
		break;
	case ACT_SUCCEED:
		*after = SUCCESSION_SERVER_ENDED;
		return succeed(k);
	case ACT_GO:
		child_go(k, k->server);
		realtime_watch(k);
		break;
	case ACT_AGAIN:
		child_again(k, k->server);
		break;
	case ACT_GIVE_UP:
		give_up(k, reason);
		break;
	case ACT_DROP_NEXT:
		drop_next(k);
		break;
	case ACT_RELEASE:
		generation_free(&k->before);
		break;
	case ACT_END_SERVER:
		process_signal(&k->server->process, SIGTERM);
		break;
	case ACT_END_OTHERS:
		end_others(k);
		break;
	case ACT_RETURN:
		k->returns = true; /* reload.c */
		break;
	case ACTS:
		break;
	}
	return true;
}

/* The acts first, and then what came of one of them. */
static void tell(struct keeper *k, const struct succession_event *event)
{
	enum succession_what after = event->what, come = after;
	struct succession_acts acts;
	bool well = true;

	tick_t now = clock_now();

	succession_step(&k->succession, now, event, &acts);
	record_step(k, now, event, &acts);
	for (unsigned n = 0; n < acts.count; n++) {
		if (perform(k, acts.list[n], acts.reason, &come))
			continue;
		well = false;
		after = come;
	}
	if (!well)
		replace_tell(k, after);
}

void replace_tell(struct keeper *k, enum succession_what what)
{
	tell(k, &(struct succession_event){ .what = what });
}

bool replace_is_busy(const struct keeper *k)
{
	return succession_is_busy(&k->succession);
}

int replace_begin(struct keeper *k, const struct replacement *wanted)
{
	const struct leaving *leaving = &wanted->leaving;

	if (replace_is_busy(k))
		return -EBUSY;
	k->next = wanted->next;
	k->replace_begun = clock_now();
	k->leaving = leaving->list;
	k->leaving_count = leaving->count;
	tell(k, &(struct succession_event){
			.what = SUCCESSION_BEGIN,
			.leaves = leaving->count ? leaving->time : 0,
			.confirm = wanted->confirm,
			.returns = wanted->returns,
		});
	return 0;
}

/* Nothing that is about to be removed is Active any more. */
static bool drained(struct keeper *k)
{
	bool all = true;

	for (uint32_t n = 0; n < k->leaving_count; n++) {
		uint32_t id = k->leaving[n];
		bool started = ledger_is_started(k->now.ledger, id);

		/* Told once more: there may have been no room. */
		if (started)
			child_command(k, COMMAND_REMOVE, id);
		all &= !started &&
		       ledger_state(k->now.ledger, id) != VRRP_ACTIVE;
	}
	return all;
}

/* What nobody tells of is looked at. Until when that is enough. */
static tick_t look(struct keeper *k, tick_t now)
{
	const struct succession *s = &k->succession;

	if (k->before.ledger && ledger_server(k->now.ledger)->adopted)
		replace_tell(k, SUCCESSION_ADOPTED);
	if (s->phase == SUCCESSION_DRAIN && drained(k))
		replace_tell(k, SUCCESSION_DRAINED);
	if (s->phase == SUCCESSION_YIELD && child_has_yielded(k) &&
	    child_let_go(k, k->server))
		replace_tell(k, SUCCESSION_SERVER_ENDED);
	if (s->phase == SUCCESSION_DRAIN)
		return now + TICK_CENTISECOND;
	return s->phase == SUCCESSION_YIELD ? now + YIELD_CHECK : TICK_NEVER;
}

tick_t replace_turn(struct keeper *k, tick_t now)
{
	tick_t next = look(k, now);

	if (now >= succession_deadline(&k->succession))
		replace_tell(k, SUCCESSION_TIME);
	return tick_min(next, succession_deadline(&k->succession));
}
