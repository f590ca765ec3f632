/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/keepalived.h"

#include "sys/procfs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How often it is looked for processes that were forked meanwhile. */
#define FREEZE_ROUNDS 10

/* It may have been replaced by a newer one: "/usr/sbin/keepalived (deleted)" */
static bool is_program(pid_t pid)
{
	static const char name[] = "/keepalived";
	char path[64], exe[4096];
	const char *found;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	length = readlink(path, exe, sizeof(exe) - 1);
	if (length <= 0)
		return false;
	exe[length] = '\0';
	found = strrchr(exe, '/');
	return found && strncmp(found, name, sizeof(name) - 1) == 0 &&
	       (found[sizeof(name) - 1] == '\0' ||
		found[sizeof(name) - 1] == ' ');
}

/* In our network namespace: a host may run one in each of many. */
static bool is_here(pid_t pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return stat("/proc/self/ns/net", &ours) == 0 &&
	       stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
	       ours.st_dev == theirs.st_dev;
}

/* Counted also when there is no room for it. */
static void add(void *context, pid_t pid)
{
	struct keepalived *k = context;

	if (!is_program(pid) || !is_here(pid))
		return;
	if (k->count < KEEPALIVED_PROCESSES_MAX) {
		k->processes[k->count].pid = pid;
		k->processes[k->count].parent = procfs_parent(pid);
	}
	k->count++;
}

bool keepalived_find(struct keepalived *k)
{
	bool whole;

	k->count = 0;
	whole = procfs_each(add, k) == 0 &&
		k->count <= KEEPALIVED_PROCESSES_MAX;
	if (k->count > KEEPALIVED_PROCESSES_MAX)
		k->count = KEEPALIVED_PROCESSES_MAX;
	return whole;
}

static bool has(const struct keepalived *k, pid_t pid)
{
	for (unsigned n = 0; n < k->count; n++)
		if (k->processes[n].pid == pid)
			return true;
	return false;
}

pid_t keepalived_main(const struct keepalived *k)
{
	pid_t found = 0;

	for (unsigned n = 0; n < k->count; n++) {
		if (has(k, k->processes[n].parent))
			continue;
		if (found)
			return 0;
		found = k->processes[n].pid;
	}
	return found;
}

static bool tell(const struct keepalived *k, int number)
{
	bool all = true;

	for (unsigned n = 0; n < k->count; n++)
		all &= kill(k->processes[n].pid, number) == 0;
	return all;
}

bool keepalived_freeze(struct keepalived *k)
{
	struct keepalived before = { 0 };

	for (unsigned round = 0; round < FREEZE_ROUNDS; round++) {
		bool stopped = tell(k, SIGSTOP), same = k->count > 0;

		for (unsigned n = 0; n < k->count; n++)
			same &= has(&before, k->processes[n].pid);
		if (stopped && same)
			return true;
		before = *k;
		if (!keepalived_find(k))
			break;
	}
	keepalived_thaw(k);
	return false;
}

void keepalived_thaw(const struct keepalived *k)
{
	tell(k, SIGCONT);
}

/*
 * SIGKILL ends what stands still before it can act upon the death of its
 * parent or its child.
 */
void keepalived_end(const struct keepalived *k)
{
	tell(k, SIGKILL);
}
