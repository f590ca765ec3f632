/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper: set-up, signals, the log, and the end. What it keeps is in
 * children.c, what it is asked to do in reload.c and control.c.
 */
#include "keeper/keeper.h"

#include "base/must.h"
#include "keeper/keeper_state.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "ledger/dump.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/sdnotify.h"
#include "sys/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Those of a person and of a service manager. */
static const int signals[] = { SIGTERM,          SIGINT,
			       SIGQUIT,          SIGHUP,
			       SIGUSR1,          SIGUSR2,
			       DUMP_SIGNAL_JSON, DUMP_SIGNAL_STATS_CLEAR };

void keeper_signals(sigset_t *set)
{
	sigemptyset(set);
	for (size_t n = 0; n < ARRAY_LENGTH(signals); n++)
		sigaddset(set, signals[n]);
}

void keeper_release_signals(void)
{
	sigset_t set;

	keeper_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* While nothing serves, an end that was asked for is one at once. */
static bool is_to_end(void)
{
	static const int ends[] = { SIGTERM, SIGINT, SIGQUIT };
	sigset_t pending;

	sigpending(&pending);
	for (size_t n = 0; n < ARRAY_LENGTH(ends); n++)
		if (sigismember(&pending, ends[n]) == 1)
			return true;
	return false;
}

static void signal_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	int signal;

	(void)events;
	while ((signal = loop_signals_read(k->watch_signal.fd)) != 0) {
		if (signal == SIGHUP) {
			reload_signal(k);
		} else if (ledger_dump_of(signal) != LEDGER_DUMPS) {
			dump_signal(k, signal);
		} else if (!k->stopping) {
			k->stopping = true;
			children_stop(k);
		}
	}
}

/* That the loop turns; without it the service manager starts another keeper. */
static tick_t watchdog_turn(struct keeper *k, tick_t now)
{
	tick_t often = k->watchdog / 3;

	if (k->watchdog == TICK_NEVER)
		return TICK_NEVER;
	if (now >= k->watchdog_at) {
		(void)sdnotify("WATCHDOG=1", 0); /* there is another chance */
		k->watchdog_at = now + often;
	}
	return k->watchdog_at;
}

/* Events go to the log, and who shows them is told. */
static void follow(struct keeper *k)
{
	uint64_t before = k->logged;

	k->logged = log_follow(k->now.ledger, before, &k->awaited,
			       k->now.model &&
				       k->now.model->global.log_unknown_vrids);
	for (unsigned n = 0; k->logged != before && n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_WAKE)
			wake_send(k->children[n].wake);
}

/* Goes on in keeper_run() of the other program, or here if there is none. */
static void upgrade(struct keeper *k)
{
	int error;

	k->upgrading = false;
	error = resume_upgrade(k);
	log_line(LOG_ERR, "cannot execute %s: %s", k->setup->program,
		 strerror(-error));
	reply_to_waiting(k, -error, "cannot execute %s: %s", k->setup->program,
			 strerror(-error));
}

/* reload_time_file: `run` says when it has come due. */
static void reload_if_due(struct keeper *k)
{
	uint64_t wanted;

	if (!ledger_has_runner(k->now.ledger) || !k->now.model || k->stopping)
		return;
	wanted = __atomic_load_n(&ledger_runner(k->now.ledger)->reloads_wanted,
				 __ATOMIC_ACQUIRE);
	if (wanted == k->now.ledger->reloads_begun)
		return;
	k->now.ledger->reloads_begun = wanted;
	log_line(LOG_NOTICE, "reload_time_file: it is time to reload");
	reload_signal(k);
}

static tick_t turn(void *context, tick_t now)
{
	struct keeper *k = context;
	tick_t next = children_turn(k, now);

	next = tick_min(next, reload_turn(k, now));
	next = tick_min(next, rehearsal_turn(k, now));
	next = tick_min(next, reading_turn(k, now));
	next = tick_min(next, said_turn(k, now));
	next = tick_min(next, home_turn(k, now));
	next = tick_min(next, door_turn(k, now));
	reload_if_due(k);
	control_turn(k);
	/* Or while a program that was taken over from cannot be replaced. */
	if (k->upgrading && !rehearsal_is_on(k) && !reading_is_on(k) &&
	    !k->stopping && !k->before.ledger && !children_leave(k) &&
	    !children_wait(k) &&
	    (k->succession.phase == SUCCESSION_NONE ||
	     (k->succession.phase == SUCCESSION_DRAIN && !k->now.model)))
		upgrade(k);
	follow(k);
	log_settle();
	pidfile_follow(k);
	return tick_min(next, watchdog_turn(k, now));
}

static int make_loop(struct keeper *k)
{
	int error;

	if (pipe2(k->life, O_CLOEXEC))
		return -errno;
	error = loop_init(&k->loop, turn, k);
	if (error)
		return error;
	k->watch_signal = (struct loop_watch){
		.fd = loop_signals_open(signals, ARRAY_LENGTH(signals)),
		.class = LOOP_OTHER,
		.ready = signal_ready,
		.context = k,
	};
	if (k->watch_signal.fd < 0)
		return k->watch_signal.fd;
	return loop_add(&k->loop, &k->watch_signal, EPOLLIN);
}

static void tell_delay(const struct keeper *k)
{
	tick_t left = k->now.ledger->starts_at - clock_now();

	if (left > 0)
		log_line(LOG_NOTICE,
			 "virtual routers start in %.1f s "
			 "(vrrp_startup_delay, vrrp_delay_after_boot)",
			 (double)left / TICK_SECOND);
}

/* What another keeper has begun goes on, also a trial. */
static void go_on(struct keeper *k, struct orphan *orphan)
{
	tick_t left = orphan->return_at - clock_now();

	log_line(LOG_NOTICE, "the configuration that was in force goes on; "
			     "`baton reload` reads the files");
	if (!orphan->fallback.model)
		return;
	log_line(LOG_NOTICE,
		 "it is on trial: the one before returns in %.1f s unless "
		 "`baton confirm` keeps it",
		 (double)tick_max(left, 0) / TICK_SECOND);
	k->fallback = orphan->fallback;
	orphan->fallback = CONFIGURATION_NONE;
}

/* The children of another keeper serve on until ours replace them. */
static int start(struct keeper *k, struct configuration *wanted,
		 const struct orphan *orphan)
{
	struct replacement wish = { .next = GENERATION_NONE };
	tick_t trial = k->fallback.model ? orphan->return_at : TICK_NEVER;
	struct generation *g;
	bool taken;
	int error;

	taken = resume_take(k, orphan);
	if (taken) {
		bool lives = k->server->process.pid != 0;

		succession_resume(&k->succession, lives, trial);
		record_begin(k, "resume", lives, trial);
		children_adopt(k);
		children_start(k);
	} else {
		succession_init(&k->succession, trial);
		record_begin(k, "init", false, trial);
	}
	g = taken ? &wish.next : &k->now;
	error = generation_make(k, wanted, g);
	if (error)
		return error;
	*wanted = CONFIGURATION_NONE;
	if (taken)
		return replace_begin(k, &wish);
	tell_delay(k);
	control_recall(k);
	ordered_recall(k);
	ordered_settle(k);
	trial_settle(k);
	children_start(k);
	reply_to_waiting(
		k, 0, "batond " BATON_VERSION " runs, and has started afresh");
	return 0;
}

/* That of the keeper before, or what the files say. */
static bool find_configuration(struct keeper *k, struct orphan *orphan,
			       struct configuration *out)
{
	*out = orphan->accepted;
	orphan->accepted = CONFIGURATION_NONE;
	if (!out->model) {
		out->model = k->setup->read(k->setup->context, &out->packed);
		return out->model != NULL;
	}
	k->setup->forget(k->setup->context);
	go_on(k, orphan);
	return true;
}

/*
 * What serves already, and what is known of it. Only where nothing does, a run
 * directory that cannot be made or locked is an end.
 */
static int find_orphan(struct keeper *k, struct orphan *out)
{
	struct orphan inherited;
	bool upgraded = resume_inherit(k, &inherited);
	int error = upgraded ? 0 : home_take(k), found;

	if (error == -EBUSY || error == -EPERM)
		return error; /* it has been told */
	found = resume_find(k, upgraded, out);
	if (found)
		return found;
	k->continues = upgraded || out->ledger >= 0 || out->vrrp > 0;
	if (error && !k->continues)
		return error;
	surroundings_tell();
	if (!upgraded)
		return 0;
	inherited.held = out->held;
	if (out->ledger >= 0)
		close(out->ledger);
	configuration_free(&out->accepted);
	configuration_free(&out->fallback);
	*out = inherited;
	return 0;
}

/* keepalived finds nothing wrong with a start that finds another running. */
static int found_running(const struct keeper *k, int error)
{
	return error == -EBUSY && k->setup->as_keepalived ? 0 : 1;
}

/*
 * What serves already goes on without them, if the run directory has no room:
 * home_watch.c makes them when it has.
 */
static int open_sockets(struct keeper *k)
{
	int error = listen_open(k);

	if (!error)
		error = listen_watch(k);
	if (!error || k->continues)
		error = control_open(k);
	if (!error || k->continues)
		error = external_open(k);
	return k->continues ? 0 : error;
}

/* False: it does not start, and that is its exit status. */
static bool set_up(struct keeper *k, struct configuration *wanted, int *status)
{
	struct orphan orphan;
	int error = find_orphan(k, &orphan);

	*status = found_running(k, error);
	if (error)
		return false;
	*status = KEEPER_EXIT_CONFIG;
	if (!find_configuration(k, &orphan, wanted))
		return false;
	*status = 0;
	if (orphan.vrrp <= 0 && is_to_end()) {
		log_line(LOG_NOTICE, "told to end while it started");
		return false;
	}
	error = pidfile_begin(k);
	*status = found_running(k, error);
	if (error)
		return false;
	*status = 1;
	error = make_loop(k);
	if (!error)
		error = open_sockets(k);
	if (!error) {
		(void)state_open(k); /* all its bytes, while there is room */
		error = start(k, wanted, &orphan);
	}
	if (error)
		log_line(LOG_ERR, "cannot start: %s", strerror(-error));
	return !error;
}

static void say_unsent(const struct keeper *k)
{
	uint32_t count = ledger_mail_count(k->now.ledger);

	if (count > 0)
		log_line(LOG_WARNING, "%u mails were not sent", count);
}

int keeper_run(const struct keeper_setup *setup)
{
	struct keeper *k = calloc(1, sizeof(*k));
	struct configuration wanted = CONFIGURATION_NONE;
	int status, error;

	if (!k)
		return 1;
	k->setup = setup;
	k->kill_at = k->beat_at = TICK_NEVER;
	k->watchdog = sdnotify_watchdog();
	k->lock = k->listen = k->door = k->waiting = k->asked.client = -1;
	k->now = k->next = k->before = GENERATION_NONE;
	k->fallback = CONFIGURATION_NONE;
	sandbox_prepare();
	/* Now, while nobody waits for this keeper. */
	(void)process_unprivileged(&(struct process_rights){ 0 });
	children_setup(k);
	said_setup(k);
	if (!set_up(k, &wanted, &status)) {
		configuration_free(&wanted);
		generation_free(&k->now);
		free(k);
		return status;
	}
	names_set_keeper(k, k->now.model ? k->now.model : k->next.model);
	pidfile_follow(k);
	if (setup->ready)
		setup->ready(setup->context);
	error = loop_run(&k->loop);
	follow(k);
	said_end(k);
	log_settle();
	if (error)
		log_line(LOG_ERR, "epoll: %s", strerror(-error));
	say_unsent(k);
	igmp_settle(k, true);
	door_close(k);
	external_close(k);
	state_remove(k);
	listen_close(k);
	pidfile_end(k);
	if (k->fallback.model != k->now.model)
		configuration_free(&k->fallback);
	carry_forget(k);
	generation_free(&k->before);
	generation_free(&k->now);
	loop_close(&k->loop);
	free(k);
	return error ? 1 : 0;
}
