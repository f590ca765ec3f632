/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two routers of one LAN, by their files: what keeps them from hearing each
 * other, and what can never move the addresses from one to the other. All of
 * it is told as notes, with its place in one file and in the other.
 */
#pragma once

#include "conf/language/diagnostic.h"
#include "conf/model/model.h"

/* Their paths are those of the spans in the models. */
void conf_pair_check(const struct conf_model *ours,
		     const struct conf_model *theirs,
		     struct conf_diagnostics *diagnostics);
