/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keepalived that runs in this network namespace, for `baton takeover`. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Of one keepalived: the parent, one for VRRP, and those that others need. */
#define KEEPALIVED_PROCESSES_MAX 32

struct keepalived {
	unsigned count; /* 0: none runs */
	struct {
		pid_t pid, parent;
	} processes[KEEPALIVED_PROCESSES_MAX];
};

/* False: /proc cannot be read, or there are more than fit. */
bool keepalived_find(struct keepalived *k);

/* The one whose parent is another program; 0 if there are several. */
pid_t keepalived_main(const struct keepalived *k);

/*
 * All of it stands still (SIGSTOP), so that nothing is sent or removed; false:
 * one could not be stopped, and all go on.
 */
bool keepalived_freeze(struct keepalived *k);
void keepalived_thaw(const struct keepalived *k);

/* The end of one that stands still: nothing that it made is taken away. */
void keepalived_end(const struct keepalived *k);
