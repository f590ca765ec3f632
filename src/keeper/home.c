/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory: it is made, looked at, and locked. What becomes of it
 * while the daemon runs is watched by home_watch.c.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "sys/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* False: nothing in it could be believed. */
static bool trust(const char *dir, bool tell)
{
	enum rundir_trust found = rundir_look(dir);

	if (!tell)
		return found != RUNDIR_STRANGERS;
	switch (found) {
	case RUNDIR_OURS:
		break;
	case RUNDIR_MENDED:
		log_line(LOG_WARNING,
			 "%s could be written by others; its mode is 0755 now",
			 dir);
		break;
	case RUNDIR_STICKY:
		log_line(LOG_WARNING,
			 "%s may be written by others; it should be root's "
			 "alone (mode 0755)",
			 dir);
		break;
	case RUNDIR_STRANGERS:
		log_line(LOG_ERR,
			 "%s belongs to another user, so what is in it cannot "
			 "be believed; make it root's, or name another "
			 "--run-dir",
			 dir);
		return false;
	}
	return true;
}

int home_take(struct keeper *k)
{
	const char *dir = k->setup->run_dir;
	pid_t holder = 0;
	int error = rundir_make(dir);

	if (error) {
		log_line(LOG_ERR,
			 "cannot make %s: %s; %sname another --run-dir", dir,
			 strerror(-error),
			 error == -EACCES || error == -EPERM
				 ? "be root, or "
				 : "make what is missing, or ");
		return error;
	}
	if (!trust(dir, true))
		return -EPERM;
	k->lock = rundir_lock(dir, &holder);
	if (k->lock == -EBUSY)
		log_line(LOG_ERR,
			 "%s is in use by process %d; another daemon needs "
			 "another --run-dir",
			 dir, (int)holder);
	else if (k->lock < 0)
		log_line(LOG_ERR, "cannot lock %s: %s", dir,
			 strerror(-k->lock));
	return k->lock < 0 ? k->lock : 0;
}

bool home_is_ours(const struct keeper *k)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/lock", k->setup->run_dir);
	return k->lock >= 0 && rundir_is(path, k->lock);
}

int home_take_again(struct keeper *k, pid_t *holder)
{
	const char *dir = k->setup->run_dir;
	int error = rundir_make(dir), lock;

	if (error)
		return error;
	if (!trust(dir, false))
		return -EPERM;
	lock = rundir_lock(dir, holder);
	if (lock < 0)
		return lock;
	if (k->lock >= 0)
		close(k->lock);
	k->lock = lock;
	return 0;
}

static int open_named(const struct keeper *k, const char *name, char *path,
		      size_t size)
{
	int fd;

	snprintf(path, size, "%s/%s", k->setup->run_dir, name);
	fd = rundir_open(path);
	if (fd == -EPERM)
		log_line(LOG_WARNING,
			 "%s is not believed: others could write it; make it "
			 "root's alone (mode 0600), or remove it",
			 path);
	return fd;
}

static void tell_unread(const char *path, int error, const char *counts)
{
	if (error != ENOENT && error != EPERM)
		log_line(LOG_WARNING, "%s cannot be read: %s; it counts as %s",
			 path, strerror(error), counts);
}

int home_open(const struct keeper *k, const char *name)
{
	char path[4096];
	int fd = open_named(k, name, path, sizeof(path));

	if (fd < 0)
		tell_unread(path, -fd, "not there");
	return fd;
}

bool home_has(const struct keeper *k, const char *name)
{
	char path[4096];
	int fd = open_named(k, name, path, sizeof(path));
	bool is_there;

	if (fd >= 0) {
		close(fd);
		return true;
	}
	/* No descriptor is needed to see that it is there. */
	is_there = fd != -ENOENT && fd != -EPERM && rundir_has(path, S_IFREG);
	tell_unread(path, -fd, is_there ? "there" : "not there");
	return is_there;
}
