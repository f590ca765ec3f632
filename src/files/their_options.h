/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of keepalived(8), for getopt_long(3): batond takes them when it
 * is called by that name, and `baton takeover` reads those of a keepalived that
 * runs. `--run-dir` and `--outside` are batond's own.
 */
#pragma once

#include <getopt.h>

/* Options without a letter. */
enum {
	THEIR_ACCEPTED = 256,
	THEIR_SIGNUM,
	THEIR_RUN_DIR,
	THEIR_OUTSIDE,
};

extern const char their_letters[];
extern const struct option their_options[];
