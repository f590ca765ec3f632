/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nobody has read yet of a FIFO would be lost with the process `run`, and
 * who reads would see an end: so another process, which does nothing else, has
 * it open as well. It ends when the next `run` has opened it, which finds it in
 * the ledger; or a while after its own `run`, if no other comes. Then a reload
 * has removed the FIFO, or all of baton is gone: what was made is removed.
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "sys/process.h"
#include "sys/procfs.h"

#include <signal.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long it stays when the process `run` has died. */
#define HOLD_SECONDS 10

/* Of the death of who started it. */
#define HOLDER_SIGNAL SIGUSR1

static sigset_t only_holders(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, HOLDER_SIGNAL);
	return set;
}

static void prepare(void *context)
{
	const sigset_t set = only_holders();

	(void)context;
	setpgid(0, 0);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

void holder_remove(const struct fifo *f)
{
	struct stat ours, there;

	if (fstat(f->fd, &ours) == 0 && lstat(f->conf->path, &there) == 0 &&
	    ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		unlink(f->conf->path);
}

/* Until whoever started it has died, and a while longer. */
static int hold(void *context)
{
	const sigset_t set = only_holders();
	const struct fifo *f = context;
	bool made = f->record->made;

	sigwaitinfo(&set, NULL);
	sleep(HOLD_SECONDS);
	if (made)
		holder_remove(f);
	return 0;
}

/* In the ledger, for the next process. */
static void note(struct fifo *f, pid_t pid)
{
	f->holder = pid;
	ledger_begin(&f->record->sequence);
	f->record->holder = pid;
	f->record->holder_started = pid ? procfs_start_time(pid) : 0;
	ledger_end(&f->record->sequence);
}

void holder_start(struct fifo *f)
{
	const struct process_config config = {
		.name = "fifo",
		.main = hold,
		.prepare = prepare,
		.context = f,
		.death_signal = HOLDER_SIGNAL,
		.keep = &f->fd,
		.keep_count = 1,
		.restrict_rights = true,
	};
	struct process process = { .pidfd = -1 };

	if (process_spawn(&config, &process)) {
		note(f, 0); /* then what nobody has read ends with us */
		return;
	}
	close(process.pidfd);
	note(f, process.pid);
}

void holder_end(struct fifo *f)
{
	struct process holder = { .pid = f->record->holder, .uid = geteuid() };

	if (holder.pid <= 0)
		return;
	/* First this: then the number is still its own when it is looked at. */
	holder.pidfd = pidfd_open(holder.pid, 0);
	if (holder.pidfd < 0)
		return;
	if (procfs_start_time(holder.pid) == f->record->holder_started)
		process_signal(&holder, SIGKILL);
	close(holder.pidfd);
}
