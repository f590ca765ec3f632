/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keepalived that stands still must not stay so. While it does, this process
 * takes no signal that would end it, and a child waits beside it: if this one
 * dies all the same (SIGKILL), the child lets keepalived go on, or ends it if
 * batond has taken over.
 *
 * Which of the two is decided by a file, ORDER_TAKEOVER_TOKEN of the run
 * directory: whoever removes it, the keeper or the guard, has decided.
 */
#pragma once

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

struct guard {
	char token[PATH_MAX];
	sigset_t before; /* the signals that were blocked */
	int pipe;        /* its end tells the child that we are dead */
	pid_t child;
};

/* Before keepalived stands still. False: that was told, and nothing is changed.
 */
bool guard_begin(struct guard *g, const char *run_dir);

/* True: batond has not taken over, and cannot any more. */
bool guard_revoke(const struct guard *g);

/* keepalived goes on, or has ended. */
void guard_end(struct guard *g);
