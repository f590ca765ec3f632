/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes run that are tracked, and so how many of each: from /proc,
 * and kept true by what the kernel tells. A process that is one for several is
 * in the table once for each.
 */
#include "runner/runner_state.h"

#include "base/must.h"
#include "runner/match.h"
#include "sys/procfs.h"

#include <stdlib.h>

/* So much of a command is looked at: a bound of what may be written. */
#define COMMAND_SIZE (CONF_COMMAND_MAX + 1)

static uint32_t hash_of(pid_t pid)
{
	return map_hash(&pid, sizeof(pid));
}

static bool is_pid(const void *context, uint32_t n, const void *key)
{
	const struct runner *r = context;

	return r->running.list[n].pid == *(const pid_t *)key;
}

static void recount(struct runner *r, uint32_t process, int by)
{
	struct tracked_process *p = &r->processes[process];

	p->count += (uint32_t)by;
	if (!p->recounted)
		r->recounted[r->recounted_count++] = process;
	p->recounted = true;
}

static uint32_t find(const struct runner *r, pid_t pid, uint32_t process)
{
	uint32_t at = 0, n;

	while ((n = map_next(&r->running.by_pid, hash_of(pid), &pid, &at)) !=
	       MAP_NONE)
		if (r->running.list[n].process == process)
			return n;
	return MAP_NONE;
}

static bool make_room(struct running *t)
{
	uint32_t capacity = t->capacity ? 2 * t->capacity : 64;
	void *list;

	if (t->by_pid.count < t->capacity)
		return true;
	if (t->capacity >= RUNNING_MAX)
		return false;
	list = realloc(t->list, capacity * sizeof(*t->list));
	if (!list)
		return false;
	t->list = list;
	t->capacity = capacity;
	return true;
}

static void add(struct runner *r, pid_t pid, uint32_t process)
{
	struct running *t = &r->running;
	uint32_t n = t->by_pid.count;

	if (find(r, pid, process) != MAP_NONE)
		return;
	if (!make_room(t) || !map_reserve(&t->by_pid, malloc, free))
		return;
	t->list[n] = (struct running_process){ pid, process };
	map_put(&t->by_pid, hash_of(pid), n);
	recount(r, process, 1);
}

/* The last one takes its place. */
static void drop(struct runner *r, uint32_t n)
{
	struct running *t = &r->running;
	uint32_t last = t->by_pid.count - 1;

	recount(r, t->list[n].process, -1);
	map_remove(&t->by_pid, hash_of(t->list[n].pid), n);
	if (n == last)
		return;
	map_remove(&t->by_pid, hash_of(t->list[last].pid), last);
	t->list[n] = t->list[last];
	map_put(&t->by_pid, hash_of(t->list[n].pid), n);
}

void running_ended(struct runner *r, pid_t pid)
{
	uint32_t n;

	while ((n = map_find(&r->running.by_pid, hash_of(pid), &pid)) !=
	       MAP_NONE)
		drop(r, n);
}

void running_look(struct runner *r, pid_t pid)
{
	char name[PROCFS_NAME_SIZE], command[COMMAND_SIZE];
	bool lives = procfs_name(pid, name);
	size_t length = lives && r->by_command
				? procfs_command(pid, command, sizeof(command))
				: 0;

	for (uint32_t n = 0; n < r->process_count; n++) {
		const struct tracked_process *p = &r->processes[n];
		uint32_t is = find(r, pid, n);
		bool counts = p->wanted && lives &&
			      match_process(p->conf, name, command, length);

		if (counts && is == MAP_NONE)
			add(r, pid, n);
		else if (!counts && is != MAP_NONE)
			drop(r, is);
	}
}

void running_forked(struct runner *r, pid_t parent, pid_t pid)
{
	uint32_t at = 0, n;
	uint32_t found[RUNNING_KINDS_MAX];
	unsigned count = 0;

	while ((n = map_next(&r->running.by_pid, hash_of(parent), &parent,
			     &at)) != MAP_NONE &&
	       count < RUNNING_KINDS_MAX)
		found[count++] = r->running.list[n].process;
	for (unsigned k = 0; k < count; k++)
		add(r, pid, found[k]);
}

static void seen(void *context, pid_t pid)
{
	struct runner *r = context;
	uint32_t at = 0, n;

	running_look(r, pid);
	while ((n = map_next(&r->running.by_pid, hash_of(pid), &pid, &at)) !=
	       MAP_NONE)
		r->running.list[n].scan = r->running.scan;
}

int running_scan(struct runner *r)
{
	struct running *t = &r->running;
	int error;

	t->scan++;
	error = procfs_each(seen, r);
	if (error)
		return error;
	for (uint32_t n = t->by_pid.count; n > 0; n--)
		if (t->list[n - 1].scan != t->scan)
			drop(r, n - 1);
	return 0;
}

void running_setup(struct runner *r)
{
	r->running.by_pid.same = is_pid;
	r->running.by_pid.context = r;
}
