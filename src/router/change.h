/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others are told of changes of state: what the router records of it. */
#pragma once

#include "ledger/ledger.h"

struct router;

/* changes.c */
/* Of state, in a step before which it had this priority. */
void changes_add(struct router *r, uint32_t id,
		 const struct vrrp_action *action, uint8_t priority);
/* After a step that began with these. */
void changes_priority(struct router *r, uint32_t id, enum vrrp_state state,
		      uint8_t priority);
/* An Active heard a lower priority. */
void changes_lower(struct router *r, uint32_t id,
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
