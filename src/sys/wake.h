/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A wake-up from one process to another: a byte over a socket pair of their
 * own. It says only that there is something to look at.
 *
 * Both ends are open file descriptions of their own, so neither side can make
 * the other one block or change what it does with its end: the sender never
 * waits, whatever flags its end has, and the receiver reads a bounded number
 * of bytes. Make a new pair for each process that is started: what a process
 * did to its end ends with it.
 */
#pragma once

#include <stdbool.h>

/* ends[0] stays with who makes it, ends[1] is for the other one. -errno. */
int wake_open(int ends[2]);

/* Full means that the other one is awake; gone, that nobody listens. */
void wake_send(int fd);

/*
 * Takes what was sent, up to a bound; what is left makes the descriptor
 * readable again. False: the other end is closed, so stop to watch this one.
 */
bool wake_take(int fd);

/* The same, of what only says that the other one lives: whether any came. */
bool wake_came(int fd);
