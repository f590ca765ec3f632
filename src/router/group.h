/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sync groups: virtual routers that have one fate (groups.c, agree.c).
 */
#pragma once

#include "conf/model/model.h"
#include "ledger/ledger.h"

struct router;
struct vrrp;

/* Its members are numbered in order of the file. */
struct group {
	const struct conf_sync_group *conf;
	struct ledger_group_state *state; /* in the ledger */
	uint32_t decider;                 /* a member */
	uint32_t trigger;                 /* the instance that moved last */
	uint32_t next;                    /* in the queue, or ROUTER_NONE */
	bool queued;
	bool untold; /* a change waits for the kernel (changes.c) */
};

/* The instance that is the member of that number. */
static inline uint32_t group_instance(const struct group *group,
				      uint32_t number)
{
	return group->conf->members[number].instance;
}

/* groups.c */
int groups_setup(struct router *r);
/* Before the core of a member is saved: whether others have to know. */
void groups_watch(struct router *r, uint32_t id, const struct vrrp *core);
/* A member is to start, and with it the others. */
void groups_want_start(struct router *r, uint32_t id);
/* All are looked at; when the cores are there. */
void groups_adopt(struct router *r);
void groups_inherit(struct router *r, struct ledger *before);

/* agree.c */
/* Does what the groups ask for that have moved. */
void groups_agree(struct router *r);
