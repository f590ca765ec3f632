/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The checks of a model, as its ledger says that they stand. */
#pragma once

#include "checker/checker_state.h"
#include "conf/model/checks.h"

/* Room for so many checks: -ENOMEM. */
int roster_make(struct checker *k, uint32_t count);

/* The one of that number, of which nothing is kept. -EOPNOTSUPP: no check of
 * its kind is run here. */
int roster_add(struct checker *k, uint32_t number,
	       const struct conf_distinct *target, tick_t now);

/* All of the model. -EPROTO: its ledger is not of it. */
int roster_setup(struct checker *k, tick_t now);
