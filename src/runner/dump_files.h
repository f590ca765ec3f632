/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that make dumps share (ledger/dump.h):
 *
 *   dump.c        which are asked for, and where they go
 *   dump_stats.c  statistics
 *   dump_json.c   JSON
 *   dump_state.c  the state, as text; dump_tracked.c has its last parts
 *   dump_words.c  what all of these say
 */
#pragma once

#include "ledger/dump.h"
#include "runner/runner_state.h"

#include <stdio.h>

/* A virtual router as it is just now. */
struct dumped {
	const struct conf_instance *conf;
	uint32_t index; /* in the model and in the ledger */
	struct ledger_instance instance;
	struct vrrp_saved core;
	enum vrrp_state state; /* that is told */
};

void dump_stats(const struct runner *r, FILE *out);
void dump_json(const struct runner *r, FILE *out);
void dump_state(const struct runner *r, FILE *out);
/* What its last parts say: what may be tracked. */
void dump_tracked(const struct runner *r, FILE *out);
/* What the first part of that says: global_defs. */
void dump_global(const struct runner *r, FILE *out);

/* dump_words.c */
void dump_read(const struct runner *r, uint32_t index, struct dumped *out);
/* Whether the kernel holds its address of that number. */
bool dump_is_set(const struct runner *r, const struct dumped *d,
		 uint32_t address);
void dump_address(FILE *out, const struct conf_instance *conf,
		  const struct conf_address *address, bool set);
void dump_route(FILE *out, const struct conf_route *route);
void dump_rule(FILE *out, const struct conf_rule *rule);
/* 'PATH' 'WORD' ... */
void dump_command(FILE *out, const struct runner *r, const char *command,
		  const struct conf_user *user);
/* Who runs it: UID:GID */
void dump_user(FILE *out, const struct runner *r, const char *command,
	       const struct conf_user *user);
