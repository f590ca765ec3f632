/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A moment as reload_time_file has it: HH:MM:SS, YY-MM-DD HH:MM:SS or
 * YYYY-MM-DD HH:MM:SS, with a Z behind it in UTC and else in local time.
 * keepalived.conf(5).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

/* More is no such line. */
#define WHEN_BYTES 32

/*
 * The first line of a text of at most WHEN_BYTES. Without a date it is the next
 * such moment after `now`; with one it may have passed. False: it is none.
 */
bool when_read(const char *text, time_t now, time_t *out);
