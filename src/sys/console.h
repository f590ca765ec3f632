/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard error, for a process that must never wait for whoever reads it: a
 * pager, a terminal that ^S has stopped, a service manager that hangs, a disk
 * that is full. What cannot be written at once is lost, and the caller counts
 * it. Only a disk that hangs holds up write(2) all the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Standard error becomes an open file description of its own that does not
 * block, where it is a pipe or a terminal; so what libraries write there does
 * not wait either. For all that is written while this program starts it may
 * wait that long, in all.
 */
void console_open(int patience_ms);

/* From here on nothing waits. */
void console_no_patience(void);

/* One line with its newline, or a text. False: some of it is lost. */
bool console_write(const char *bytes, size_t length);
