/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes: a table, their pidfds, and what follows a death.
 *
 * One that dies is followed by another at once, which adopts what is in its
 * ledger; if deaths come in a row, after delays that double up to a bound. One
 * that serves and does not turn its loop is killed. How one is replaced by
 * order is in replace.c.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

/* When a child could not be started, it is tried again after so long. */
#define START_AGAIN (5 * TICK_SECOND)

/* How long a child may take to end before it is killed. */
#define STOP_TIME (70 * TICK_SECOND)

/* How long who serves may take until it is ready: it asks the kernel for much.
 */
#define SETUP_TIME (20 * TICK_SECOND)

/* Who serves turns at least so often (router.c); without that it hangs. */
#define HEARTBEAT_CHECK (250 * TICK_MILLISECOND)
#define HEARTBEAT_MOST  (2 * TICK_SECOND)
/* Others also do what takes longer, such as reading /proc. */
#define OTHERS_MOST (5 * TICK_SECOND)

static void child_ended(void *context, uint32_t events);
static void control_ready(void *context, uint32_t events);

/* Who was taken over, and died, leaves nothing that its heirs stumble over. */
static void mend_ledger(struct keeper *k, const struct child *c)
{
	if (ledger_mend(k->now.ledger))
		log_line(LOG_WARNING, "the head of the ledger was damaged; it "
				      "is as it was made");
	/* Of the first one no page of the ring is touched yet. */
	if (c == k->server && c->started) {
		ledger_mend_ring(k->now.ledger);
		if (k->logged > ledger_newest(k->now.ledger))
			k->logged = ledger_newest(k->now.ledger);
	}
}

/* Whoever comes next learns from the ledger how often that happened. */
static void server_ended(struct keeper *k)
{
	if (!child_has_yielded(k))
		ledger_note_death(k->now.ledger, clock_now());
	replace_tell(k, SUCCESSION_SERVER_ENDED);
}

static void child_start(struct keeper *k, struct child *c)
{
	int error;

	mend_ledger(k, c);
	carry_begin(k, c->row->book);
	error = child_spawn(k, c, &k->now);

	/* From here on there is an answer to who asks what is in force. */
	if ((c->row->keeps & KEEPS_LISTEN) && k->done) {
		reply_to_waiting(k, 0, "%s", k->done);
		k->done = NULL;
	}
	if (!error && c == k->server)
		replace_tell(k, SUCCESSION_STARTED);
	if (error && error != c->start_error)
		log_line(LOG_ERR, "%s: cannot start: %s", c->row->name,
			 strerror(-error));
	c->start_error = error;
	if (!error)
		return;
	c->start_at = clock_now() + START_AGAIN;
}

/* Its end of the socket is closed before the kernel has tidied up after it. */
static void control_lost(struct keeper *k, struct child *c)
{
	bool heir = c == &k->heir;

	child_close_control(k, c);
	if (heir || k->stopping || c->process.pid == 0)
		return;
	if (child_let_go(k, c))
		server_ended(k);
}

static void control_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	struct child *all[] = { k->server, &k->heir };

	(void)events;
	for (unsigned n = 0; n < 2; n++) {
		struct command message;
		ssize_t length;

		if (all[n]->control < 0)
			continue;
		length = recv(all[n]->control, &message, sizeof(message),
			      MSG_DONTWAIT);
		if (length == 0 || (length < 0 && errno == ECONNRESET))
			control_lost(k, all[n]);
		if (length != sizeof(message) || message.what != COMMAND_READY)
			continue;
		/*
		 * Also in a stop: the signal waits until it has adopted, so
		 * that it hands over what the one that died has left.
		 */
		replace_tell(k, n == 0 ? SUCCESSION_SERVER_READY
				       : SUCCESSION_HEIR_READY);
	}
}

static void wake_those(struct keeper *k, unsigned keeps)
{
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->keeps & keeps)
			wake_send(k->children[n].wake);
}

/* What others know, who serves is to know. */
static void told_ready(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	for (unsigned n = 0; n < k->child_count; n++) {
		struct loop_watch *w = &k->children[n].watch_wake;

		if (&k->children[n] == k->server || w->fd < 0)
			continue;
		if (!wake_take(w->fd)) {
			loop_remove(&k->loop, w);
			w->fd = -1;
		}
	}
	if (k->server->wake >= 0)
		wake_send(k->server->wake);
	wake_those(k, KEEPS_HEAR);
}

void children_wake_followers(struct keeper *k)
{
	wake_those(k, KEEPS_FOLLOW);
}

void children_wake_hearers(struct keeper *k)
{
	wake_those(k, KEEPS_HEAR);
}

/* The turn that follows looks at what there is. */
static void wake_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	struct child *all[] = { k->server, &k->heir };

	(void)events;
	for (unsigned n = 0; n < 2; n++) {
		struct loop_watch *w = &all[n]->watch_wake;

		if (w->fd < 0 || wake_take(w->fd))
			continue;
		loop_remove(&k->loop, w);
		w->fd = -1;
	}
	children_wake_followers(k);
}

static bool ended(const struct process *p)
{
	struct pollfd end = { p->pidfd, POLLIN, 0 };

	return poll(&end, 1, 0) == 1;
}

static void tell_end(struct keeper *k, const struct child *c,
		     const struct process_end *end)
{
	child_tell(k, c,
		   end->killed ? LEDGER_PROCESS_KILLED : LEDGER_PROCESS_EXITED,
		   end->value);
}

/* It was no child of this keeper, so how it ended is not known. */
static void tell_gone(struct keeper *k, const struct child *c,
		      struct process *p)
{
	child_tell(k, c, LEDGER_PROCESS_ENDED, p->pid);
	close(p->pidfd);
	*p = (struct process){ .pidfd = -1 };
}

static void reap_gone(struct keeper *k)
{
	for (unsigned n = 0; n < KEEPER_GONE; n++) {
		struct gone *g = &k->gone[n];
		struct process_end end;

		if (g->process.pid == 0 || !ended(&g->process))
			continue;
		loop_remove(&k->loop, &g->watch);
		/* That it was replaced says all: it had let go. */
		if (process_reap(&g->process, &end) == 1) {
			if (!g->planned)
				tell_end(k, k->server, &end);
		} else if (g->planned) {
			close(g->process.pidfd);
			g->process = (struct process){ .pidfd = -1 };
		} else {
			tell_gone(k, k->server, &g->process);
		}
	}
}

/* True if the child had ended and is taken care of. */
static bool reap(struct keeper *k, struct child *c)
{
	struct process_end end;
	int error;

	if (c->process.pid == 0)
		return false;
	loop_remove(&k->loop, &c->watch);
	error = process_reap(&c->process, &end);
	if (error != 1 && (error != -ECHILD || !ended(&c->process))) {
		loop_add(&k->loop, &c->watch, EPOLLIN);
		return false;
	}
	child_close_control(k, c);
	if (error == 1)
		tell_end(k, c, &end);
	else
		tell_gone(k, c, &c->process);
	return true;
}

static unsigned count_running(const struct keeper *k)
{
	unsigned count = k->heir.process.pid != 0;

	count += reading_is_on(k);

	for (unsigned n = 0; n < k->child_count; n++)
		count += k->children[n].process.pid != 0;
	for (unsigned n = 0; n < KEEPER_GONE; n++)
		count += k->gone[n].process.pid != 0;
	return count;
}

static void child_ended(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	if (reap(k, &k->heir))
		replace_tell(k, SUCCESSION_HEIR_ENDED);
	reap_gone(k);
	if (reap(k, k->server))
		server_ended(k);
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (c != k->server && reap(k, c) && !k->stopping)
			child_again(k, c);
	}
	if (k->stopping && count_running(k) == 0)
		loop_stop(&k->loop);
}

/*
 * Whether a `vrrp` that was replaced, or was not good enough, has yet to be
 * waited for. A program that is executed now would not know of it.
 */
bool children_leave(const struct keeper *k)
{
	bool any = k->heir.process.pid != 0;

	for (unsigned n = 0; n < KEEPER_GONE; n++)
		any = any || k->gone[n].process.pid != 0;
	return any;
}

/*
 * A `vrrp` sets itself up in the place of one that died, and does not begin
 * before this keeper says so. Executing a program takes longer than that.
 */
bool children_wait(const struct keeper *k)
{
	const struct child *c = k->server;

	return c->process.pid != 0 && !c->running;
}

static void setup(struct keeper *k, struct child *c, unsigned index)
{
	*c = (struct child){
		.row = &k->setup->rows[index],
		.index = index,
		.control = -1,
		.wake = -1,
		.start_at = TICK_NEVER,
		.kill_at = TICK_NEVER,
		.watch = { -1, LOOP_OTHER, child_ended, k },
		.watch_control = { -1, LOOP_OTHER, control_ready, k },
		.watch_wake = { -1, LOOP_OTHER,
				k->setup->rows[index].kind == KEEPER_HEIR
					? wake_ready
					: told_ready,
				k },
		.watch_join = { -1, LOOP_OTHER, NULL, k },
		.watch_guest = { -1, LOOP_OTHER, NULL, k },
		.guest_until = TICK_NEVER,
		.joined = -1,
	};
}

void children_setup(struct keeper *k)
{
	MUST(k->setup->row_count <= KEEPER_ROWS_MAX);
	k->child_count = k->setup->row_count;
	for (unsigned n = 0; n < KEEPER_GONE; n++)
		k->gone[n].watch =
			(struct loop_watch){ -1, LOOP_OTHER, child_ended, k };
	for (unsigned n = 0; n < k->child_count; n++) {
		setup(k, &k->children[n], n);
		if (k->setup->rows[n].kind != KEEPER_HEIR)
			continue;
		MUST(!k->server);
		k->server = &k->children[n];
		setup(k, &k->heir, n);
	}
	MUST(k->server);
}

void children_start(struct keeper *k)
{
	/* Without a model there is one that waits to be replaced. */
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].process.pid == 0 &&
		    child_is_wanted(k, &k->children[n]))
			child_start(k, &k->children[n]);
	k->beat_at = clock_now() + HEARTBEAT_CHECK;
}

void children_stop(struct keeper *k)
{
	reading_cancel(k);
	k->kill_at = clock_now() + STOP_TIME;
	for (unsigned n = 0; n < k->child_count; n++)
		k->children[n].start_at = TICK_NEVER;
	replace_tell(k, SUCCESSION_STOP);
}

void children_adopt(struct keeper *k)
{
	struct child *c = k->server;

	c->started = clock_now();
	c->watch.fd = c->process.pidfd;
	if (c->process.pid)
		loop_add(&k->loop, &c->watch, EPOLLIN);
	c->watch_control.fd = c->control;
	if (c->control >= 0)
		loop_add(&k->loop, &c->watch_control, EPOLLIN);
}

static void kill_hung(struct keeper *k, const struct child *c, tick_t silent)
{
	child_tell(k, c, LEDGER_PROCESS_HUNG, silent / TICK_MILLISECOND);
	process_signal(&c->process, SIGKILL);
}

/*
 * One that does not serve: only that its heartbeat changes counts, whatever it
 * says. With another ledger it begins anew.
 */
static void watch_other(struct keeper *k, struct child *c, tick_t slept,
			tick_t now)
{
	uint64_t beat = ledger_beat(k->now.ledger, c->row->book);
	bool is_new = c->beat_at < c->started;
	tick_t silent;

	c->beats = !is_new && (c->beats || beat != c->beat);
	if (beat != c->beat || is_new) {
		c->beat = beat;
		c->beat_at = now;
	} else {
		c->beat_at += slept;
	}
	silent = now - c->beat_at;
	if (c->process.pid == 0 || c->restart_asked ||
	    silent < (c->beats ? OTHERS_MOST : SETUP_TIME))
		return;
	kill_hung(k, c, silent);
	c->beat_at = now;
}

/* Somebody waits to be let in, and who should do so does not turn. */
static void watch_door(struct keeper *k, struct child *c, tick_t slept,
		       tick_t now)
{
	struct pollfd waits = { k->listen, POLLIN, 0 };
	bool turns = c->wake >= 0 && wake_came(c->wake);
	bool is_new = c->beat_at < c->started;

	if (turns || is_new || poll(&waits, 1, 0) != 1)
		c->beat_at = now;
	else
		c->beat_at += slept;
	if (c->process.pid == 0 || c->restart_asked ||
	    now - c->beat_at < OTHERS_MOST)
		return;
	kill_hung(k, c, now - c->beat_at);
	c->beat_at = now;
}

static void watch_heartbeat(struct keeper *k, tick_t now)
{
	struct child *c = k->server;
	tick_t beat = (tick_t)ledger_server(k->now.ledger)->heartbeat;
	tick_t silent = tick_since(
		c->running ? tick_max(beat, c->go_at) : c->started, now);
	bool late = now - k->beat_at > HEARTBEAT_CHECK; /* we slept ourselves */
	/* Nobody hung so long; who sleeps again and again sees it all the same.
	 */
	tick_t slept = late ? now - k->beat_at : 0;

	k->beat_at = now + HEARTBEAT_CHECK;
	realtime_watch(k);
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->answers)
			watch_door(k, &k->children[n], slept, now);
		else if (&k->children[n] != c && k->children[n].row->heartbeat)
			watch_other(k, &k->children[n], slept, now);
	if (late || c->process.pid == 0 || !c->row->heartbeat ||
	    child_has_yielded(k) ||
	    silent < (c->running ? HEARTBEAT_MOST : SETUP_TIME))
		return;
	kill_hung(k, c, silent);
}

static bool is_ours(const void *context, pid_t pid)
{
	const struct keeper *k = context;
	const struct conf_reading *r = &k->reading.processes;
	bool is = pid == k->heir.process.pid || pid == r->conf.pid ||
		  pid == r->files.pid || pid == k->rehearsal.process.pid;

	for (unsigned n = 0; n < k->child_count; n++)
		is = is || pid == k->children[n].process.pid;
	for (unsigned n = 0; n < KEEPER_GONE; n++)
		is = is || pid == k->gone[n].process.pid;
	return is;
}

static void start_if_wanted(struct keeper *k, struct child *c)
{
	if (c == k->server || child_is_wanted(k, c))
		child_start(k, c);
	else
		child_retire(k, c);
}

tick_t children_turn(struct keeper *k, tick_t now)
{
	tick_t next = replace_turn(k, now); /* it may say when to start one */

	if (now >= k->kill_at) {
		for (unsigned n = 0; n < k->child_count; n++)
			process_signal(&k->children[n].process, SIGKILL);
		process_signal(&k->heir.process, SIGKILL);
		k->kill_at = TICK_NEVER;
	}
	next = tick_min(next, k->kill_at);
	next = tick_min(next, external_turn(k, now));
	process_reap_strangers(is_ours, k);
	if (now >= k->beat_at)
		watch_heartbeat(k, now);
	for (unsigned n = 0; n < k->child_count; n++) {
		if (now >= k->children[n].kill_at) {
			process_signal(&k->children[n].process, SIGKILL);
			k->children[n].kill_at = TICK_NEVER;
		}
		if (now >= k->children[n].start_at)
			start_if_wanted(k, &k->children[n]);
		next = tick_min(next, k->children[n].kill_at);
		next = tick_min(next, k->children[n].start_at);
	}
	if (k->stopping && count_running(k) == 0)
		loop_stop(&k->loop);
	return tick_min(next, k->beat_at);
}
