/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be tracked besides interfaces, whatever kind it is of: scripts,
 * files and processes, and who tracks them.
 */
#pragma once

#include "conf/model/model.h"

/* Those of one kind: how many, and one of them. */
uint32_t conf_target_count(const struct conf_model *model,
			   enum vrrp_target kind);
const struct conf_target *conf_target_at(const struct conf_model *model,
					 enum vrrp_target kind, uint32_t n);

/*
 * All of them, one kind after another: how many, and the number of the first
 * one of a kind. So they stand in the ledger.
 */
uint32_t conf_targets(const struct conf_model *model);
uint32_t conf_target_first(const struct conf_model *model,
			   enum vrrp_target kind);

/* What a target adds to the priority of who tracks it so. */
struct conf_weight conf_tracked_weight(const struct conf_model *model,
				       enum vrrp_target kind,
				       const struct conf_tracked *tracked);

/* So many trackers are in the lists of one that tracks. */
uint32_t conf_tracked_count(const struct conf_tracking *tracking);

/* How often each of them is tracked: an array of conf_targets(). */
void conf_targets_used(const struct conf_model *model, uint32_t *used);
