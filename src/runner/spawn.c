/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program of a user is started: as that user, in a process group of its own,
 * with nothing of ours but the environment, /dev/null and a pipe, of which
 * those that outlive us have both ends. It keeps the capabilities of root if it
 * runs as root; it ends when we do.
 */
#include "runner/runner_state.h"

#include "sys/clock.h"
#include "sys/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* As of a shell that finds no such program. */
#define EXIT_NOT_EXECUTED 127

/* When one that had no room for a process is tried again. */
#define START_AGAIN TICK_SECOND

/* So long without that it is told anew: at a limit some start, and some not. */
#define QUIET (60 * TICK_SECOND)

#define NO_USER                                                                \
	"its user cannot be taken, which needs CAP_SETUID and CAP_SETGID"

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child; does not return. What it says goes to the script's output. */
static void give_up(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(EXIT_NOT_EXECUTED);
}

/*
 * What is so already needs no right: in a container root may have none to
 * change its groups.
 */
static void become(const struct runner_user *user)
{
	bool same = geteuid() == user->uid;

	if (same && geteuid() != 0)
		return;
	if (setgroups((size_t)user->group_count, user->groups) &&
	    !(same && errno == EPERM))
		give_up(NO_USER);
	if (setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		give_up(NO_USER);
}

/* How one is to be started. */
struct way {
	int output; /* -1: /dev/null */
	bool ends;  /* when we do */
	const struct spawn_variables *variables;
	/* It has this, too: so that it is not ended by what it writes when we
	 * have ended. -1: nothing. */
	int keeps;
};

void spawn_variable(struct spawn_variables *v, const char *name,
		    const char *value)
{
	if (v->count == SPAWN_VARIABLES_MAX)
		return;
	v->list[v->count].name = name;
	snprintf(v->list[v->count].value, sizeof(v->list[0].value), "%s",
		 value);
	v->count++;
}

static void set_variables(const struct spawn_variables *v)
{
	for (unsigned n = 0; v && n < v->count; n++)
		setenv(v->list[n].name, v->list[n].value, 1);
}

/*
 * What is open here, as an open file description of its own: by the flags of
 * ours a script could make us wait. -1: it cannot be had.
 */
static int open_own(int fd, int how)
{
	char path[64];

	if (fd < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, how);
}

/* Without /proc it has ours to write to, of which we make no use. */
static void set_streams(const struct runner *r, int output)
{
	int null = open_own(r->null, O_RDWR | O_CLOEXEC);
	int own = open_own(output, O_WRONLY | O_CLOEXEC);

	if (null < 0)
		null = r->null;
	if (own < 0)
		own = output >= 0 ? output : null;
	dup2(null, STDIN_FILENO);
	dup2(own, STDOUT_FILENO);
	dup2(own, STDERR_FILENO);
}

static void run(const struct runner *r, struct program *p,
		const struct way *way, pid_t parent)
{
	setsid(); /* also without a terminal, to which it could write for us */
	reset_signals();
	set_streams(r, way->output);
	(void)!open_own(way->keeps, O_RDONLY | O_NONBLOCK);
	process_expendable(0); /* it is not spared with the daemon */
	setrlimit(RLIMIT_NOFILE, &r->open_files);
	umask(r->model->global.scripts.umask);
	become(&p->user);
	set_variables(way->variables);
	/* After the change of user, which would clear it. */
	if (way->ends)
		prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
	if (way->ends && getppid() != parent)
		_exit(EXIT_FAILURE);
	execve(p->path, p->command.words, environ);
	give_up(p->path);
}

static pid_t spawn(const struct runner *r, struct program *p,
		   const struct way *way)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		run(r, p, way, parent);
	return pid;
}

pid_t spawn_program(const struct runner *r, struct program *p, int output)
{
	return spawn(r, p, &(struct way){ output, true, NULL, -1 });
}

pid_t spawn_notify(const struct runner *r, struct program *p,
		   const struct spawn_variables *variables,
		   const struct output *output)
{
	return spawn(r, p,
		     &(struct way){ output->write_end, false, variables,
				    output->read_end });
}

bool spawn_is_short(struct runner *r, pid_t pid)
{
	tick_t now = clock_now();

	if (pid != -EAGAIN && pid != -ENOMEM)
		return false;
	if (r->spawn_short_at == 0 || now - r->spawn_short_at >= QUIET)
		fprintf(stderr,
			"batond: run: scripts that are told of changes cannot "
			"be started: fork: %s; they are tried again each "
			"second\n",
			strerror((int)-pid));
	r->spawn_short_at = now;
	r->spawn_again = now + START_AGAIN;
	return true;
}
