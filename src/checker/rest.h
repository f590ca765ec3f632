/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ha_suspend: checks rest while this router does not serve. That is so while
 * none of the addresses of a virtual server is on an interface here; of a
 * firewall mark, which has none, while no virtual router of this daemon is
 * Active. A check that others follow too, which do not rest, does not rest.
 *
 * Verdicts stay meanwhile. What comes of them is no surprise later: as soon as
 * the router serves, all are checked, within a second, and a first failure
 * counts at once (lvs_check_wake()).
 */
#pragma once

#include "base/tick.h"

struct checker;
struct conf_checks;

/* After all checks are there, and before the sandbox: 0 or -errno. */
int rest_setup(struct checker *k, const struct conf_checks *all, tick_t now);

/* What the kernel has told of addresses; when that is to be done again. */
tick_t rest_turn(struct checker *k);

/* A virtual router may have another state. */
void rest_hear(struct checker *k, tick_t now);
