/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds in /proc the processes that serve for this run directory, whatever
 * became of the directory and the files in it.
 *
 * One counts if nobody but root could have made it look so: it runs the program
 * batond as root (or as who we are), in the same namespaces of the network and
 * of processes, and has a ledger open: a memfd that root made and that has the
 * name of the run directory for ever. The head of that ledger, which only a
 * keeper can write, says whose it is and what that process keeps.
 *
 * Without the rights to look into a process it is not seen.
 */
#include "keeper/keeper_state.h"

#include "ledger/order.h"
#include "sys/procfs.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a descriptor of a ledger leads to: this, the directory, and TAIL. */
#define HEAD "/memfd:" LEDGER_MEMFD ":"
#define TAIL " (deleted)"

struct search {
	const struct keeper *k;
	char program[PROCFS_PROGRAM_SIZE]; /* ours */
	struct found *list;
	unsigned count;
	struct found one; /* whose descriptors are looked at */
	bool sure;        /* its ledger says that it is its own */
};

/* Two names of one directory. */
static bool is_same_directory(const char *a, const char *b)
{
	char real_a[PATH_MAX], real_b[PATH_MAX];

	return strncmp(a, b, LEDGER_HOME_SIZE - 1) == 0 ||
	       (realpath(a, real_a) && realpath(b, real_b) &&
		strcmp(real_a, real_b) == 0);
}

static bool is_ledger_of(const struct keeper *k, const char *leads_to)
{
	char home[LEDGER_HOME_SIZE];
	size_t length = strlen(leads_to);

	if (length < strlen(HEAD) + strlen(TAIL) ||
	    strncmp(leads_to, HEAD, strlen(HEAD)) != 0)
		return false;
	length -= strlen(HEAD) + strlen(TAIL);
	if (strcmp(leads_to + strlen(HEAD) + length, TAIL) != 0 ||
	    length >= sizeof(home))
		return false;
	memcpy(home, leads_to + strlen(HEAD), length);
	home[length] = '\0';
	return is_same_directory(home, k->setup->run_dir);
}

/* Its title; it is looked at where a ledger cannot be read. */
static bool is_called_vrrp(pid_t pid)
{
	static const char title[] = "batond: vrrp";
	char text[sizeof(title)];
	size_t length = procfs_command(pid, text, sizeof(text));

	return length == sizeof(text) && memcmp(text, title, length) == 0;
}

static bool runs_batond(const struct search *s, pid_t pid)
{
	char program[PROCFS_PROGRAM_SIZE];

	return procfs_program(pid, program) && strcmp(program, s->program) == 0;
}

static int number(int32_t held)
{
	return held > STDERR_FILENO ? held : -1;
}

static void read_head(struct search *s, const struct ledger *l, int fd)
{
	const struct ledger_process *keeper = &l->processes[0];
	uint64_t beat = ledger_server(l)->heartbeat;
	struct found *f = &s->one;
	char name[PROCFS_NAME_SIZE];

	f->held = (struct held){ fd, number(l->server_packed),
				 number(l->server_fallback) };
	f->return_at = l->returns > 0 ? l->returns : TICK_NEVER;
	f->heir = l->heir;
	f->serves = beat > LEDGER_YIELDED;
	if (f->keeper == 0 && keeper->pid != getpid() && keeper->pid > 0 &&
	    l->keeper_began > 0 &&
	    procfs_start_time(keeper->pid) == l->keeper_began &&
	    procfs_name(keeper->pid, name))
		f->keeper = keeper->pid;
	s->sure = true;
}

static void look_at_descriptor(void *context, int fd, const char *leads_to)
{
	struct search *s = context;
	struct ledger *l = NULL;
	struct stat status;
	char path[64];
	int own, error;

	if (s->sure || !is_ledger_of(s->k, leads_to))
		return;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", s->one.pid, fd);
	own = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return;
	error = fstat(own, &status) ? -1 : ledger_map(own, false, &l);
	if (error == 0 && l->server == s->one.pid &&
	    (status.st_uid == 0 || status.st_uid == geteuid()))
		read_head(s, l, fd);
	else if (error && is_called_vrrp(s->one.pid))
		s->one.held.ledger = fd; /* another program understands it */
	ledger_unmap(l);
	close(own);
}

static void look_at_process(void *context, pid_t pid)
{
	struct search *s = context;
	char name[PROCFS_NAME_SIZE];
	pid_t parent;

	if (pid == getpid() || s->count == STRAYS_MAX || !runs_batond(s, pid) ||
	    !procfs_is_ours(pid) || !procfs_shares(pid, "net") ||
	    !procfs_shares(pid, "pid") || !procfs_name(pid, name))
		return;
	s->one = (struct found){ .pid = pid,
				 .started = procfs_start_time(pid),
				 .held = { -1, -1, -1 },
				 .return_at = TICK_NEVER,
				 .serves = true };
	s->sure = false;
	parent = procfs_parent(pid);
	if (parent > 0 && parent != getpid() && runs_batond(s, parent))
		s->one.keeper = parent;
	procfs_each_descriptor(pid, look_at_descriptor, s);
	if (s->one.held.ledger >= 0)
		s->list[s->count++] = s->one;
}

unsigned strays_find(const struct keeper *k, struct found list[STRAYS_MAX])
{
	struct search s = { .k = k, .list = list };

	if (!procfs_program(getpid(), s.program))
		return 0;
	procfs_each(look_at_process, &s);
	return s.count;
}
