/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What speaks against `baton takeover`. Each says on standard error what is
 * wrong and what helps, and returns false; keepalived was not touched yet.
 */
#pragma once

#include "base/tick.h"
#include "ctl/command.h"
#include "ctl/keepalived_options.h"

#include <jansson.h>

/* batond, which does not run yet, would take the file that keepalived took. */
bool takeover_file_fits(const struct command *c,
			const struct keepalived_options *theirs);

/*
 * Each address that keepalived has put into the kernel belongs to a virtual
 * router of this status. Some releases mark their addresses; those of others
 * are known by keepalived's file.
 */
bool takeover_addresses_fit(const struct command *c,
			    const struct keepalived_options *theirs,
			    const json_t *status);

/* None of the virtual routers that keepalived serves would be in FAULT. */
bool takeover_serves(const struct command *c, const json_t *status);

/* The shortest interval of all: others wait three times as long. */
tick_t takeover_interval(const json_t *status);
