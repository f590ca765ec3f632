/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of the process `run`: who is due is started, who has ended is
 * waited for. At the end all that still runs is told to end, and soon killed.
 */
#include "runner/runner.h"

#include "conf/model/targets.h"
#include "conf/model/tellers.h"
#include "runner/runner_state.h"

#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The keeper waits for our end (batond/rows.c). */
#define BEAT_EVERY (500 * TICK_MILLISECOND)
#define KILL_TIME  (600 * TICK_MILLISECOND)
#define STOP_TIME  (800 * TICK_MILLISECOND)
/* For a script that runs, before the last change is told beside it. */
#define HURRY_TIME (200 * TICK_MILLISECOND)
/* What those have that are told of STOP: as long as keepalived gives them. */
#define NOTIFY_TIME (900 * TICK_MILLISECOND)

/* Others have processes of their own. */
#define TELLERS (CONF_TELLS_SCRIPTS | CONF_TELLS_FIFO | CONF_TELLS_VRRP_FIFO)

tick_t runner_outlasts(const struct conf_model *model)
{
	const struct conf_edge *shutdown = &model->global.scripts.shutdown;

	return shutdown->script.command ? shutdown->timeout + STOP_TIME : 0;
}

/* A real server is checked by a file that this process reads, or a command that
 * it executes. */
static bool is_helped(const struct conf_check *check)
{
	return check->kind == CONF_CHECK_FILE || check->kind == CONF_CHECK_MISC;
}

static bool is_checked(const struct conf_model *model)
{
	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[v];

		for (uint32_t r = 0; r < vs->server_count; r++)
			for (uint32_t n = 0; n < vs->servers[r].check_count;
			     n++)
				if (is_helped(&vs->servers[r].checks[n]))
					return true;
	}
	return false;
}

bool runner_is_needed(const struct conf_model *model)
{
	if (model->global.reload.time_file ||
	    model->global.scripts.startup.script.command ||
	    model->global.scripts.shutdown.script.command)
		return true;
	for (uint32_t n = 0; n < model->instance_count; n++)
		if (conf_tracked_count(&model->instances[n].tracking) > 0 ||
		    conf_tellers(model, &model->instances[n]) & TELLERS)
			return true;
	for (uint32_t n = 0; n < model->group_count; n++)
		if (conf_tracked_count(&model->groups[n].tracking) > 0 ||
		    conf_group_tellers(model, &model->groups[n]) & TELLERS)
			return true;
	if (model->virtual_server_count > 0 &&
	    (conf_fifo(&model->global, CONF_FIFO_ALL)->path ||
	     conf_fifo(&model->global, CONF_FIFO_LVS)->path ||
	     servers_have_scripts(model)))
		return true;
	return is_checked(model);
}

static void signal_all(const struct runner *r, int signal)
{
	for (uint32_t n = 0; n < r->script_count; n++)
		script_signal(&r->scripts[n], signal);
	misc_signal(r, signal);
}

static void stop(struct runner *r)
{
	if (r->stopping)
		return;
	r->stopping = true;
	r->hurry_at = clock_now() + HURRY_TIME;
	r->kill_at = clock_now() + KILL_TIME;
	r->stop_at = clock_now() + STOP_TIME;
	r->ends = __atomic_load_n(&r->ledger->ends, __ATOMIC_ACQUIRE);
	if (r->starting)
		r->edge.end_by = clock_now();
	signal_all(r, SIGTERM);
	notify_look(r); /* the last that there is to tell */
	servers_look(r);
	fifos_look(r);
	r->waits_for_lvs = servers_may_come(r);
	if (!r->waits_for_lvs)
		fifos_end(r);
	if (r->waits_for_lvs || notify_stops(r) || fifos_are_read(r))
		r->stop_at = clock_now() + NOTIFY_TIME;
}

static bool has_pid(const void *context, uint32_t n, const void *key)
{
	const struct runner *r = context;

	return r->scripts[n].pid == *(const pid_t *)key;
}

static int setup_scripts(struct runner *r, const uint32_t *used)
{
	uint32_t count = r->model->script_count;
	void *heap = malloc(heap_memory(2 * count + 1));
	void *map = malloc(map_memory(count + 1));

	r->scripts = calloc(count + 1, sizeof(*r->scripts));
	if (!r->scripts || !heap || !map)
		return -ENOMEM;
	r->script_count = count;
	heap_init(&r->deadlines, heap, 2 * count + 1);
	map_init(&r->by_pid, map, count + 1, has_pid, r);
	for (uint32_t n = 0; n < count; n++)
		script_setup(r, n, used[n] > 0);
	return 0;
}

static int setup_targets(struct runner *r)
{
	uint32_t *used = calloc(conf_targets(r->model) + 1, sizeof(*used));
	int error = used ? 0 : -ENOMEM;

	if (!error) {
		conf_targets_used(r->model, used);
		error = setup_scripts(r, used);
	}
	if (!error)
		error = files_setup(r, used);
	if (!error)
		error = processes_setup(r, used);
	/* The one before may have died before it could say what it knew. */
	if (!error)
		result_tell(r);
	free(used);
	return error;
}

/* All but startup_script. */
static int begin(struct runner *r)
{
	int error = setup_targets(r);

	if (!error)
		error = misc_setup(r);
	if (!error)
		error = notify_setup(r);
	if (!error)
		error = servers_setup(r);
	if (!error)
		error = fifos_setup(r);
	if (error)
		return error;
	notify_look(r);
	servers_look(r);
	fifos_look(r);
	dump_look(r);
	return 0;
}

/* What waited for startup_script begins. */
static void edge_is_over(struct runner *r)
{
	if (!r->starting)
		return;
	r->starting = false;
	r->error = r->stopping ? 0 : begin(r);
	if (r->error)
		loop_stop(&r->loop);
}

/* Also of what scripts have left behind, where that is given to us. */
static void wait_for_ended(struct runner *r)
{
	for (;;) {
		siginfo_t ended = { .si_pid = 0 };
		int status = 0;
		uint32_t n;

		if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) ||
		    ended.si_pid == 0)
			return;
		n = r->by_pid.slots ? script_of(r, ended.si_pid) : MAP_NONE;
		if (n != MAP_NONE)
			script_ends(r, n);
		else
			misc_ends(r, ended.si_pid);
		waitpid(ended.si_pid, &status, 0);
		if (n != MAP_NONE)
			script_ended(r, n, status);
		else if (edge_ended(r, ended.si_pid, status))
			edge_is_over(r);
		else if (!misc_ended(r, ended.si_pid, status) &&
			 !servers_ended(r, ended.si_pid, status) &&
			 !fifo_ended(r, ended.si_pid, status))
			notify_ended(r, ended.si_pid, status);
	}
}

static void ready_wake(void *context, uint32_t events)
{
	struct runner *r = context;

	(void)events;
	if (!wake_take(r->wake))
		loop_remove(&r->loop, &r->watch_wake); /* no keeper */
	misc_look(r);
	servers_look(r);
	notify_look(r);
	fifos_look(r);
	dump_look(r);
}

static void ready_signal(void *context, uint32_t events)
{
	struct runner *r = context;
	int signal;

	(void)events;
	while ((signal = loop_signals_read(r->watch_signal.fd)) != 0) {
		if (signal == SIGTERM)
			stop(r);
		else
			wait_for_ended(r);
	}
}

static void ready_stop(void *context, uint32_t events)
{
	struct runner *r = context;

	(void)events;
	loop_remove(&r->loop, &r->watch_stop);
	stop(r);
}

static tick_t turn_stopping(struct runner *r, tick_t now)
{
	tick_t next;

	if (now >= r->hurry_at) {
		notify_hurry(r);
		r->hurry_at = TICK_NEVER;
	}
	if (r->hurry_at == TICK_NEVER)
		servers_hurry(r);
	if (now >= r->kill_at) {
		signal_all(r, SIGKILL);
		r->kill_at = TICK_NEVER;
	}
	if (now >= r->stop_at)
		notify_kill(r);
	if (r->waits_for_lvs && (!servers_may_come(r) || now >= r->stop_at)) {
		r->waits_for_lvs = false;
		fifos_look(r);
		fifos_end(r);
	}
	if ((!r->waits_for_lvs && r->by_pid.count == 0 &&
	     r->misc_running_count == 0 && !notify_stops(r) &&
	     !servers_owe(r) && !fifos_are_read(r)) ||
	    now >= r->stop_at) {
		r->over = true;
		r->hurry_at = r->kill_at = r->stop_at = TICK_NEVER;
	}
	if (r->over && r->edge.pid == 0 && !edge_end(r))
		loop_stop(&r->loop);
	next = tick_min(r->hurry_at, tick_min(r->kill_at, r->stop_at));
	return tick_min(next, edge_due(r, now));
}

static tick_t turn_due(struct runner *r, tick_t now)
{
	tick_t next;

	if (r->stopping) {
		next = turn_stopping(r, now);
		next = tick_min(next, notify_due(r, now));
		return tick_min(next, servers_due(r, now));
	}
	if (r->starting) {
		next = edge_due(r, now);
		if (r->edge.pid > 0)
			return next;
		edge_is_over(r);
		return now;
	}
	while (heap_next(&r->deadlines) <= now)
		script_due(r, heap_first(&r->deadlines) / 2, now);
	next = tick_min(heap_next(&r->deadlines), files_due(r, now));
	next = tick_min(next, processes_due(r, now));
	next = tick_min(next, alarm_due(r, now));
	next = tick_min(next, misc_due(r, now));
	next = tick_min(next, notify_due(r, now));
	next = tick_min(next, servers_due(r, now));
	return tick_min(next, fifos_due(r, now));
}

/* The keeper ends a process that does not turn (keeper/children.c). */
static tick_t turn(void *context, tick_t now)
{
	struct runner *r = context;

	__atomic_store_n(&ledger_runner(r->ledger)->heartbeat, (uint64_t)now,
			 __ATOMIC_RELAXED);
	return tick_min(turn_due(r, now), now + BEAT_EVERY);
}

/* What the loader would do for others is not for users' programs. */
static void clean_environment(void)
{
	static const char *const names[] = { "IFS", "LD_PRELOAD",
					     "LD_LIBRARY_PATH" };

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
		unsetenv(names[n]);
	if (!getenv("PATH"))
		setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

static int setup_process(struct runner *r)
{
	struct rlimit most;

	clean_environment();
	r->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (r->null < 0 || chdir("/"))
		return -errno;
	if (getrlimit(RLIMIT_NOFILE, &r->open_files))
		return -errno;
	most = r->open_files;
	most.rlim_cur = most.rlim_max; /* two descriptors a script */
	setrlimit(RLIMIT_NOFILE, &most);
	return 0;
}

static int setup_loop(struct runner *r, int stop_fd)
{
	const int signals[] = { SIGTERM, SIGCHLD };
	int error = loop_init(&r->loop, turn, r);

	if (error)
		return error;
	r->watch_signal = (struct loop_watch){ loop_signals_open(signals, 2),
					       LOOP_OTHER, ready_signal, r };
	if (r->watch_signal.fd < 0)
		return r->watch_signal.fd;
	r->watch_stop =
		(struct loop_watch){ stop_fd, LOOP_OTHER, ready_stop, r };
	r->watch_wake =
		(struct loop_watch){ r->wake, LOOP_OTHER, ready_wake, r };
	error = loop_add(&r->loop, &r->watch_signal, EPOLLIN);
	if (!error)
		error = loop_add(&r->loop, &r->watch_wake, EPOLLIN);
	if (!error)
		error = loop_add(&r->loop, &r->watch_stop, EPOLLIN);
	if (!error)
		error = output_open(r);
	return error ? error : orphan_open(r);
}

static void release(struct runner *r)
{
	for (uint32_t n = 0; n < r->script_count; n++)
		program_free(&r->scripts[n].program);
	free(r->scripts);
	misc_free(r);
	servers_free(r);
	free(r->files);
	fifos_free(r);
	free(r->processes);
	free(r->recounted);
	free(r->running.list);
	free(r->running.by_pid.slots);
	free(r->notifiers);
	free(r->deadlines.entries);
	free(r->by_pid.slots);
	free(r);
}

int runner_run(const struct runner_setup *setup)
{
	struct runner *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return 1;
	r->model = setup->model;
	r->ledger = setup->ledger;
	r->wake = setup->wake;
	r->hurry_at = r->kill_at = r->stop_at = TICK_NEVER;
	error = setup_process(r);
	if (!error)
		error = setup_loop(r, setup->stop);
	if (!error && !edge_begin(r))
		error = begin(r);
	if (!error)
		error = loop_run(&r->loop);
	if (!error)
		error = r->error;
	if (error)
		fprintf(stderr, "batond: run: it ends: %s\n", strerror(-error));
	release(r);
	return error ? 1 : 0;
}
