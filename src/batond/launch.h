/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a start takes besides what is started: paths, and the background. */
#pragma once

#include <limits.h>
#include <stdbool.h>

/*
 * The same path, whatever directory we change to. False: it was told why that
 * cannot be.
 */
bool launch_absolute(const char *path, char out[PATH_MAX]);

/*
 * Where this program was started from, which is where another version of it
 * will stand; perhaps one already does. False: it was told why not.
 */
bool launch_installed(char out[PATH_MAX]);

/*
 * Goes into the background. Returns in the child, with a descriptor for
 * launch_done(), or -1; the parent waits for that, and ends with its status.
 */
int launch_background(void);

/*
 * The end of standard output. True: not all of it was written, which was told.
 */
bool launch_flush(void);

/* All is started: lets go of the terminal and of the parent. */
void launch_done(int parent);
