/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that are told of changes outlive the process that started them. The
 * next one waits for them as for its own, so that no two of one virtual router
 * run at once; how they end it cannot know. pidfd_open(2).
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* That have ended and are looked at in one turn. */
#define READY_MAX 64

/* So much of an environment is looked at: ours stands in it somewhere. */
#define ENVIRONMENT_MAX (128 << 10)

/* One that a script is told in: "NAME=VALUE", with its end. */
static bool has_variable(const char *bytes, size_t length, const char *name,
			 const char *value)
{
	char wanted[128];
	int size = snprintf(wanted, sizeof(wanted), "%s=%s", name, value);

	return size > 0 && (size_t)size < sizeof(wanted) &&
	       memmem(bytes, length, wanted, (size_t)size + 1) != NULL;
}

/* Its number may be another process's by now: it has what it was told. */
static bool is_ours(const struct orphan *o, pid_t pid, uint64_t change)
{
	char path[64], number[24], *bytes = malloc(ENVIRONMENT_MAX);
	ssize_t length = -1;
	bool is;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	snprintf(number, sizeof(number), "%" PRIu64, change);
	fd = bytes ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0) {
		length = read(fd, bytes, ENVIRONMENT_MAX);
		close(fd);
	}
	is = length > 0 &&
	     has_variable(bytes, (size_t)length, o->variable, o->value) &&
	     has_variable(bytes, (size_t)length, "BATON_CHANGE", number);
	free(bytes);
	return is;
}

/* All of them are one descriptor to the loop, so there may be any number. */
static void ready(void *context, uint32_t events)
{
	struct runner *r = context;
	struct epoll_event list[READY_MAX];
	int count = epoll_wait(r->watch_orphans.fd, list, READY_MAX, 0);

	(void)events;
	for (int n = 0; n < count; n++) {
		struct orphan *o = list[n].data.ptr;

		if (o->fd < 0)
			continue;
		/* To close it is not enough: a child may have it, too. */
		epoll_ctl(r->watch_orphans.fd, EPOLL_CTL_DEL, o->fd, NULL);
		close(o->fd);
		o->fd = -1;
		o->ended(r, o->of, o->which);
	}
}

int orphan_open(struct runner *r)
{
	r->watch_orphans = (struct loop_watch){ epoll_create1(EPOLL_CLOEXEC),
						LOOP_OTHER, ready, r };
	return r->watch_orphans.fd < 0
		       ? -errno
		       : loop_add(&r->loop, &r->watch_orphans, EPOLLIN);
}

/* 0 or -errno. */
static int watch(struct orphan *o)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = o };

	return epoll_ctl(o->runner->watch_orphans.fd, EPOLL_CTL_ADD, o->fd,
			 &event)
		       ? -errno
		       : 0;
}

/* It runs, but its end will not be seen. */
static void refused(int error, pid_t pid)
{
	fprintf(stderr,
		"batond: run: the end of process %d, a script of the process "
		"before, cannot be waited for: %s; the next one of the same "
		"name may run beside it\n",
		(int)pid, strerror(-error));
}

bool orphan_adopt(struct orphan *o, pid_t pid, uint64_t change)
{
	int error;

	o->fd = -1;
	o->pid = pid;
	if (pid <= 0)
		return false;
	/* First this: then the number is still its own when it is looked at. */
	o->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (o->fd < 0) {
		if (errno != ESRCH)
			refused(-errno, pid);
		return false;
	}
	if (is_ours(o, pid, change)) {
		error = watch(o);
		if (!error)
			return true;
		refused(error, pid);
	}
	close(o->fd);
	o->fd = -1;
	return false;
}
