/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts, files and processes that are tracked, as the process `run` says; and
 * who tracks them, a list each (targets.c).
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "vrrp/track.h"

struct router;

/* A script, file or process, and who tracks it. */
struct target {
	enum vrrp_target kind;
	enum ledger_verdict verdict, told; /* told: to who tracks it */
	int32_t number, told_number;       /* in a file */
	uint32_t first; /* its first tracker, or ROUTER_NONE */
};

struct target_tracker {
	struct conf_weight weight;
	uint32_t instance;
	uint32_t target;
	uint32_t next; /* of the same target, or ROUTER_NONE */
};

/* What one tracks: a slice of r->target_trackers. */
struct target_list {
	uint32_t first, count;
};

/* targets.c */
int targets_setup(struct router *r);
/* Whether one counts as otherwise than when all were looked at. */
bool targets_changed(const struct router *r);
void targets_look(struct router *r);
/* Whether one counts as otherwise than who tracks it was told; no more. */
bool target_take_news(struct target *target);
/* Adds what those of a list come to. */
void targets_sum(const struct router *r, struct target_list list,
		 struct vrrp_track *track);
/* Nothing is known yet of one that may be a reason to be in FAULT. */
bool targets_pending(const struct router *r, struct target_list list);
