/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that are told of changes outlive the process that started them. The
 * next one waits for them as for its own, so that no two of one virtual router
 * run at once; how they end it cannot know. pidfd_open(2).
 */
#include "runner/runner_state.h"

#include "ledger/copy.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

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

static void ended(void *context, uint32_t events)
{
	struct orphan *o = context;

	(void)events;
	loop_remove(&o->runner->loop, &o->watch);
	close(o->watch.fd);
	o->watch.fd = -1;
	o->ended(o->runner, o->of, o->which);
}

bool orphan_adopt(struct orphan *o, pid_t pid, uint64_t change)
{
	o->watch.fd = -1;
	if (pid <= 0)
		return false;
	/* First this: then the number is still its own when it is looked at. */
	o->watch = (struct loop_watch){ (int)syscall(SYS_pidfd_open, pid, 0),
					LOOP_OTHER, ended, o };
	if (o->watch.fd < 0)
		return false;
	if (is_ours(o, pid, change) &&
	    loop_add(&o->runner->loop, &o->watch, EPOLLIN) == 0)
		return true;
	close(o->watch.fd);
	o->watch.fd = -1;
	return false;
}
