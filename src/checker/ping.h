/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PING_CHECK: the sockets of all of them, one for each source that a
 * configuration names. They are raw, so they are opened at the set-up, before
 * the right to do so is given up; no sysctl has to be changed for them.
 */
#pragma once

#include "checker/kind.h"

struct pings;

#define PING_SOURCES_MOST 32

/* NULL: no memory. */
struct pings *pings_open(void);
/* One for this check. -errno; -ENOSPC: there are too many. */
int pings_add(struct pings *all, const struct conf_connect *to);

/* How many sockets there are, and each. */
unsigned pings_count(const struct pings *all);
int pings_socket(const struct pings *all, unsigned n);

/* What came for one of them, in batches: ends the rounds that it answers. */
void pings_take(struct checker *k, unsigned n);
