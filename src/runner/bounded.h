/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may hang: a name service of the network, a file system of a server that
 * is gone. A child does it, and is waited for so long and no longer.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * For the first one. Where one after another takes too long the next ones have
 * less, so that a hundred of them do not make `run` count as hung; a pause of
 * BOUNDED_REST ends that.
 */
#define BOUNDED_TIME  TICK_SECOND
#define BOUNDED_LESS  (TICK_SECOND / 2)
#define BOUNDED_LEAST (TICK_SECOND / 10) /* after BOUNDED_MANY */
#define BOUNDED_MANY  10
#define BOUNDED_REST  (5 * TICK_SECOND)

/*
 * `work` fills the `size` bytes at `out`, in the child. False: it did not in
 * time (errno is ETIMEDOUT), or there was no child, for that errno.
 */
bool bounded(void (*work)(const void *in, void *out), const void *in, void *out,
	     size_t size);

/*
 * The same for what is asked again and again: what took too long is not asked
 * for BOUNDED_AGAIN, and then only one of them at a time, with a pause; until
 * then it is as if it had taken too long again. `key` is what it is known by:
 * an address that stays its own.
 */
#define BOUNDED_AGAIN (30 * TICK_SECOND)
#define BOUNDED_PAUSE (10 * TICK_SECOND)
#define BOUNDED_KEPT  256 /* of so many it is known */

bool bounded_by(const void *key, void (*work)(const void *in, void *out),
		const void *in, void *out, size_t size);

/* Whether the file system of a path answers, by that; the path is the key. */
bool bounded_path(const char *path);
