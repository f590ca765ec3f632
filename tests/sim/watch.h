/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the steps of one member must be after those before them: between
 * invariant.c, watch_active.c and watch_backup.c. Each returns NULL or what is
 * wrong.
 */
#pragma once

#include "arithmetic.h"
#include "check.h"
#include "invariant.h"

static inline bool was_dropped(const struct vrrp_actions *actions)
{
	for (unsigned i = 0; i < actions->count; i++)
		if (actions->list[i].type == VRRP_ACTION_DROPPED)
			return true;
	return false;
}

/* When a Backup must become Active if it hears nothing more. */
tick_t watch_due(const struct watch *w, const struct vrrp *v);

/* The member is a Backup now. */
const char *watch_backup(struct watch *w, const struct lan_step *s);

/* How often its Active kept an interval that is not ours. */
const char *watch_kept(struct watch *w, const struct lan_step *s);

/* It is Active now. */
const char *watch_active(struct watch *w, const struct lan_step *s);

/* An Active became a Backup. */
const char *watch_demotion(const struct watch *w, const struct lan_step *s);

/* An Active that was not leaving still is one. */
const char *watch_stubborn(const struct lan_step *s);

/* An Active that was leaving has let go, or remains. */
const char *watch_left(const struct watch *w, const struct lan_step *s);
