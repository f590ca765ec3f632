/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of the machine, as syslog(3) writes to it (/dev/log, RFC 3164), but
 * that it never waits: the C library does when the reader hangs.
 */
#pragma once

#include <stdbool.h>

/* What each line says of us: a name, which must stay, and a facility. */
void devlog_open(const char *name, int facility);

/* `priority` as of syslog(3). False: the line is lost. */
bool devlog_write(int priority, const char *line);
