/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client says when no daemon listens. */
#pragma once

#include <stddef.h>

/*
 * Nobody listens in this run directory: either batond was never started, or
 * its keeper is gone and `vrrp` serves without it. Says which, and what to do.
 */
void no_daemon_text(const char *run_dir, char *out, size_t size);
