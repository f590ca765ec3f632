/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper's loop: a table of children, their pidfds, signals, the log.
 *
 * A child that ends is started again: at once the first time, then after
 * delays that double up to a bound, until it has run for a while.
 */
#include "engine/keeper.h"

#include "base/must.h"
#include "engine/engine.h"
#include "engine/log.h"
#include "sys/clock.h"
#include "sys/loop.h"
#include "sys/process.h"
#include "sys/rundir.h"
#include "sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

enum {
	VRRP,
	CTL,
	CHILDREN
};

#define RESTART_FIRST (100 * TICK_MILLISECOND)
#define RESTART_MOST  (5 * TICK_SECOND)
/* A child that ran this long is well again. */
#define RESTART_WELL (30 * TICK_SECOND)
/* Deaths in a row after which the log says that something is wrong. */
#define RESTART_MANY 5

/* How long a child may take to end before it is killed. */
#define STOP_TIME (5 * TICK_SECOND)

struct child {
	const char *name;
	int (*main)(void *context);
	struct process_rights rights;
	struct process process;
	struct loop_watch watch;
	tick_t started;
	tick_t start_at; /* TICK_NEVER: runs, or is not wanted */
	tick_t delay;
	unsigned deaths;
};

struct keeper {
	const struct keeper_setup *setup;
	struct ledger *ledger;
	int ledger_fd, lock, listen;
	int ledger_view; /* the ledger, read-only: for ctl */
	int wake_log, wake_ctl;
	/*
	 * A pipe whose other end only the keeper has. Its death signal alone
	 * does not reach ctl: that takes the right to signal another user.
	 */
	int life[2];
	struct loop loop;
	struct loop_watch watch_signal, watch_log;
	struct child children[CHILDREN];
	uint64_t logged;
	bool stopping;
	tick_t kill_at;
};

static int vrrp_main(void *context)
{
	struct keeper *k = context;

	return engine_run(&(struct engine_setup){
		.model = k->setup->model,
		.ledger = k->ledger,
		.wake = { k->wake_log, k->wake_ctl },
	});
}

static int ctl_main(void *context)
{
	struct keeper *k = context;

	ledger_unmap(k->ledger); /* the writable one is not ours */
	return k->setup->ctl(&(struct keeper_ctl){
		.ledger = k->ledger_view,
		.listen = k->listen,
		.wake = k->wake_ctl,
		.stop = k->life[0],
	});
}

/* An event about a child, and its row in the table. */
static void child_tell(struct keeper *k, unsigned which,
		       enum ledger_process_event what, int64_t value)
{
	struct child *c = &k->children[which];
	struct ledger_process *row = &k->ledger->processes[which + 1];
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_PROCESS,
		.code = (uint8_t)what,
		.value = value,
	};
	uint64_t one = 1;

	snprintf(event.name, sizeof(event.name), "%s", c->name);
	ledger_begin(&row->sequence);
	snprintf(row->name, sizeof(row->name), "%s", c->name);
	row->pid = c->process.pid;
	if (what == LEDGER_PROCESS_STARTED) {
		row->started_real = clock_real_now();
		row->restarts += c->deaths > 0;
	}
	ledger_end(&row->sequence);
	ledger_append(k->ledger, &event);
	if (write(k->wake_ctl, &one, sizeof(one)) < 0)
		return; /* full: it is awake */
}

static void child_ended(void *context, uint32_t events);

static void child_start(struct keeper *k, unsigned which)
{
	struct child *c = &k->children[which];
	/* The map of the ledger is all of it that vrrp needs. */
	const int of_vrrp[] = { k->wake_log, k->wake_ctl };
	const int of_ctl[] = { k->ledger_view, k->listen, k->wake_ctl,
			       k->life[0] };
	struct process_config config = {
		.name = c->name,
		.main = c->main,
		.context = k,
		.keep = which == VRRP ? of_vrrp : of_ctl,
		.keep_count = which == VRRP ? ARRAY_LENGTH(of_vrrp)
					    : ARRAY_LENGTH(of_ctl),
		.rights = c->rights,
		.restrict_rights = true,
		/*
		 * Nobody would watch them, and another daemon could start
		 * beside them: the lock died with us.
		 */
		.death_signal = SIGTERM,
	};
	int error = process_spawn(&config, &c->process);

	c->started = clock_now();
	c->start_at = TICK_NEVER;
	if (error) {
		log_line(LOG_ERR, "%s: cannot start: %s", c->name,
			 strerror(-error));
		c->start_at = c->started + RESTART_MOST;
		return;
	}
	c->watch.fd = c->process.pidfd;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	child_tell(k, which, LEDGER_PROCESS_STARTED, c->process.pid);
}

static void child_again(struct keeper *k, unsigned which)
{
	struct child *c = &k->children[which];
	tick_t now = clock_now();

	if (now - c->started >= RESTART_WELL) {
		c->deaths = 0;
		c->delay = 0;
	}
	c->deaths++;
	c->start_at = now + c->delay;
	c->delay =
		c->delay ? tick_min(2 * c->delay, RESTART_MOST) : RESTART_FIRST;
	if (c->deaths == RESTART_MANY)
		child_tell(k, which, LEDGER_PROCESS_GAVE_UP, c->deaths);
}

static unsigned running(const struct keeper *k)
{
	unsigned count = 0;

	for (unsigned n = 0; n < CHILDREN; n++)
		count += k->children[n].process.pid != 0;
	return count;
}

static void child_ended(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	for (unsigned n = 0; n < CHILDREN; n++) {
		struct child *c = &k->children[n];
		struct process_end end;

		if (c->process.pid == 0)
			continue;
		loop_remove(&k->loop, &c->watch);
		if (process_reap(&c->process, &end) != 1) {
			loop_add(&k->loop, &c->watch, EPOLLIN);
			continue;
		}
		child_tell(k, n,
			   end.killed ? LEDGER_PROCESS_KILLED
				      : LEDGER_PROCESS_EXITED,
			   end.value);
		if (!k->stopping)
			child_again(k, n);
		else if (n == VRRP) /* what remains has nothing to show */
			process_signal(&k->children[CTL].process, SIGTERM);
	}
	if (k->stopping && running(k) == 0)
		loop_stop(&k->loop);
}

static void stop(struct keeper *k)
{
	if (k->stopping)
		return;
	k->stopping = true;
	k->kill_at = clock_now() + STOP_TIME;
	for (unsigned n = 0; n < CHILDREN; n++)
		k->children[n].start_at = TICK_NEVER;
	if (running(k) == 0)
		loop_stop(&k->loop);
	else if (k->children[VRRP].process.pid)
		process_signal(&k->children[VRRP].process, SIGTERM);
	else
		process_signal(&k->children[CTL].process, SIGTERM);
}

static void signal_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	int signal;

	(void)events;
	while ((signal = loop_signals_read(k->watch_signal.fd)) != 0) {
		if (signal == SIGHUP)
			log_line(LOG_WARNING,
				 "SIGHUP: a running configuration cannot be "
				 "changed yet; restart to use a new one");
		else
			stop(k);
	}
}

static void log_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	uint64_t count;

	(void)events;
	if (read(k->wake_log, &count, sizeof(count)) < 0)
		return;
	k->logged = log_follow(k->ledger, k->logged);
}

static tick_t turn(void *context, tick_t now)
{
	struct keeper *k = context;
	tick_t next = k->kill_at;

	k->logged = log_follow(k->ledger, k->logged);
	if (now >= k->kill_at) {
		for (unsigned n = 0; n < CHILDREN; n++)
			process_signal(&k->children[n].process, SIGKILL);
		k->kill_at = next = TICK_NEVER;
	}
	for (unsigned n = 0; n < CHILDREN; n++) {
		if (now >= k->children[n].start_at)
			child_start(k, n);
		next = tick_min(next, k->children[n].start_at);
	}
	return next;
}

/* The least that each needs. An unprivileged user is better than none. */
static void children_setup(struct keeper *k)
{
	const struct passwd *nobody = getpwnam("nobody");

	k->children[VRRP] = (struct child){
		.name = "vrrp",
		.main = vrrp_main,
		.rights.capabilities =
			PROCESS_CAP(CAP_NET_ADMIN) | PROCESS_CAP(CAP_NET_RAW),
	};
	k->children[CTL] = (struct child){
		.name = "ctl",
		.main = ctl_main,
		.rights.change_user = nobody != NULL,
		.rights.uid = nobody ? nobody->pw_uid : 0,
		.rights.gid = nobody ? nobody->pw_gid : 0,
	};
	for (unsigned n = 0; n < CHILDREN; n++) {
		k->children[n].watch = (struct loop_watch){
			.fd = -1,
			.class = LOOP_OTHER,
			.ready = child_ended,
			.context = k,
		};
		k->children[n].start_at = INT64_MIN;
	}
}

static int take_run_dir(struct keeper *k)
{
	const char *dir = k->setup->run_dir;
	char path[4096];
	pid_t holder = 0;
	int error = rundir_make(dir);

	if (error) {
		log_line(LOG_ERR, "cannot make %s: %s", dir, strerror(-error));
		return error;
	}
	k->lock = rundir_lock(dir, &holder);
	if (k->lock == -EBUSY)
		log_line(LOG_ERR,
			 "%s is in use by process %d; another daemon needs "
			 "another --run-dir",
			 dir, (int)holder);
	else if (k->lock < 0)
		log_line(LOG_ERR, "cannot lock %s: %s", dir,
			 strerror(-k->lock));
	if (k->lock < 0)
		return k->lock;
	snprintf(path, sizeof(path), "%s/%s", dir, KEEPER_SOCKET);
	k->listen = rundir_listen(path, 0660, (gid_t)-1);
	if (k->listen < 0)
		log_line(LOG_ERR, "cannot listen on %s: %s", path,
			 strerror(-k->listen));
	return k->listen < 0 ? k->listen : 0;
}

/* The lock is still ours: nobody else listens there yet. */
static void leave_run_dir(const struct keeper *k)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", k->setup->run_dir, KEEPER_SOCKET);
	if (unlink(path))
		log_line(LOG_WARNING, "cannot remove %s: %s", path,
			 strerror(errno));
}

/*
 * A descriptor by which the ledger cannot be written, nor opened for writing
 * again by a user who does not own it.
 */
static int open_view(struct keeper *k)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", k->ledger_fd);
	if (fchmod(k->ledger_fd, 0600))
		return -errno;
	k->ledger_view = open(path, O_RDONLY | O_CLOEXEC);
	return k->ledger_view < 0 ? -errno : 0;
}

static int make_ledger(struct keeper *k)
{
	uint32_t instances, addresses;
	struct ledger_process *row;
	int error;

	engine_ledger_size(k->setup->model, &instances, &addresses);
	k->ledger_fd =
		ledger_create(instances, addresses, BATON_VERSION, &k->ledger);
	if (k->ledger_fd < 0) {
		log_line(LOG_ERR, "cannot make the ledger: %s",
			 strerror(-k->ledger_fd));
		return k->ledger_fd;
	}
	error = open_view(k);
	if (error) {
		log_line(LOG_ERR,
			 "cannot open the ledger read-only: %s; /proc must be "
			 "mounted",
			 strerror(-error));
		return error;
	}
	engine_ledger_fill(k->setup->model, k->ledger);
	row = &k->ledger->processes[0];
	snprintf(row->name, sizeof(row->name), "keeper");
	row->pid = getpid();
	row->started_real = clock_real_now();
	if (k->ledger->router_id[0] == '\0')
		gethostname(k->ledger->router_id,
			    sizeof(k->ledger->router_id) - 1);
	return 0;
}

static int make_loop(struct keeper *k)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	int error;

	k->wake_log = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	k->wake_ctl = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (k->wake_log < 0 || k->wake_ctl < 0 || pipe2(k->life, O_CLOEXEC))
		return -errno;
	error = loop_init(&k->loop, turn, k);
	if (error)
		return error;
	k->watch_signal = (struct loop_watch){
		.fd = loop_signals_open(signals, 3),
		.class = LOOP_OTHER,
		.ready = signal_ready,
		.context = k,
	};
	k->watch_log =
		(struct loop_watch){ k->wake_log, LOOP_OTHER, log_ready, k };
	if (k->watch_signal.fd < 0)
		return k->watch_signal.fd;
	error = loop_add(&k->loop, &k->watch_signal, EPOLLIN);
	return error ? error : loop_add(&k->loop, &k->watch_log, EPOLLIN);
}

int keeper_run(const struct keeper_setup *setup)
{
	struct keeper *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return 1;
	k->setup = setup;
	k->kill_at = TICK_NEVER;
	k->lock = k->listen = k->ledger_fd = k->ledger_view = -1;
	children_setup(k);
	engine_spread(setup->model);
	error = take_run_dir(k);
	if (!error)
		error = make_ledger(k);
	if (!error) {
		error = make_loop(k);
		if (error)
			log_line(LOG_ERR, "cannot start: %s", strerror(-error));
	}
	if (error) {
		free(k);
		return 1;
	}
	sandbox_prepare();
	for (unsigned n = 0; n < CHILDREN; n++)
		child_start(k, n);
	if (setup->ready)
		setup->ready(setup->context);
	error = loop_run(&k->loop);
	k->logged = log_follow(k->ledger, k->logged);
	if (error)
		log_line(LOG_ERR, "epoll: %s", strerror(-error));
	leave_run_dir(k);
	ledger_unmap(k->ledger);
	loop_close(&k->loop);
	free(k);
	return error ? 1 : 0;
}
