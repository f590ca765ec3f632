/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/guard.h"

#include "ctl/keepalived.h"
#include "ledger/order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What a person, a terminal or systemd ends a command with, or stops it. */
static const int signals[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
			       SIGTSTP, SIGTTIN, SIGTTOU };

static bool put_token(struct guard *g, const char *run_dir)
{
	int length = snprintf(g->token, sizeof(g->token), "%s/%s", run_dir,
			      ORDER_TAKEOVER_TOKEN);
	int fd = -1;

	if (length < 0 || (size_t)length >= sizeof(g->token))
		errno = ENAMETOOLONG;
	else
		fd = open(g->token, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool guard_revoke(const struct guard *g)
{
	return unlink(g->token) == 0;
}

/* In the child, whose signals are blocked as ours are. */
static void watch(const struct guard *g, int fd)
{
	struct keepalived k;
	ssize_t got;
	char byte;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return;
	(void)keepalived_find(&k);
	if (guard_revoke(g))
		keepalived_thaw(&k);
	else
		keepalived_end(&k);
}

static bool fork_child(struct guard *g)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	g->child = fork();
	if (g->child == 0) {
		close(ends[1]);
		watch(g, ends[0]);
		_exit(0);
	}
	close(ends[0]);
	g->pipe = ends[1];
	if (g->child > 0)
		return true;
	close(g->pipe);
	return false;
}

bool guard_begin(struct guard *g, const char *run_dir)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t n = 0; n < sizeof(signals) / sizeof(*signals); n++)
		sigaddset(&set, signals[n]);
	sigprocmask(SIG_BLOCK, &set, &g->before);
	if (put_token(g, run_dir) && fork_child(g))
		return true;
	fprintf(stderr, "baton: takeover: %s: %s\n", g->token, strerror(errno));
	(void)guard_revoke(g);
	sigprocmask(SIG_SETMASK, &g->before, NULL);
	return false;
}

void guard_end(struct guard *g)
{
	(void)!write(g->pipe, "", 1);
	close(g->pipe);
	while (waitpid(g->child, NULL, 0) < 0 && errno == EINTR)
		;
	(void)guard_revoke(g);
	sigprocmask(SIG_SETMASK, &g->before, NULL);
}
