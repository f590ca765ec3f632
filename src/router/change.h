/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others are told of changes of state: what the router records of it. */
#pragma once

#include "ledger/ledger.h"

struct router;

/* changes.c */
void changes_add(struct router *r, uint32_t id,
		 const struct vrrp_action *action);
void changes_add_group(struct router *r, uint32_t group, enum vrrp_state from,
		       enum vrrp_state to);
/* Those of which the kernel has done all may be told. */
void changes_run(struct router *r);
void changes_adopt(struct router *r);
void changes_inherit(struct router *r, uint32_t id, struct ledger *before,
		     const struct ledger_configured *was);
void changes_inherit_group(struct router *r, uint32_t group,
			   struct ledger *before,
			   const struct ledger_group *was);
