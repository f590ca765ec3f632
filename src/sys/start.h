/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program finds when it is started is up to whoever starts it: a shell,
 * cron, a container, a supervisor that closed its descriptors or ignores
 * signals (execve(2) says what is inherited). Here that becomes what the rest
 * of the program expects.
 */
#pragma once

#include <signal.h>

/*
 * For each program, first in main(). These signals are blocked and no others;
 * NULL: those that are. Descriptors 0 to 2 that are closed become
 * /dev/null, opened so that whoever reads or writes there is told (EBADF).
 * Signals that were ignored are not any more, but SIGPIPE and SIGXFSZ, which
 * become errors of write(2), and those of a terminal that is not ours. Timers
 * of the program before end.
 */
void start_clean(const sigset_t *blocked);

/*
 * For the daemon, once its paths are absolute: what it makes is for itself
 * alone (umask), its directory is /, it is scheduled as others are (sched(7)),
 * and limits of time and of files' sizes are lifted as far as they may be,
 * those of descriptors and processes to what is enough. Returns the name of a
 * limit that may end it and is not its own to lift, or NULL.
 */
const char *start_daemon(void);
