/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The users of this machine by their names. keepalived.conf(5), script_user.
 */
#pragma once

#include "conf/model/model.h"

#include <sys/types.h>

#define USER_GROUPS_MAX 256
#define USER_WHY_MAX    200

struct user_found {
	bool is_found;
	bool is_default; /* nobody was named, and there is no user for that */
	uid_t uid;
	gid_t gid;
	int group_count; /* its own is among them */
	gid_t groups[USER_GROUPS_MAX];
	char why[USER_WHY_MAX]; /* it was not found */
};

/*
 * `name`, `group`: names or numbers, or NULL: those that scripts run as where
 * nothing is written. `all`: with all groups of the user. Within a second; what
 * was found once is known from then on.
 */
void user_find(struct user_found *out, const char *name, const char *group,
	       bool all);
