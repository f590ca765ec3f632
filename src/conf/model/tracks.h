/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance tracks in effect: what its own lists say, and what those of
 * its vrrp_sync_group say to all members. keepalived.conf(5).
 *
 * What stands in both counts once: with the group's weight, unless the
 * instance's is 0.
 */
#pragma once

#include "conf/model/model.h"

/* At most so many targets or interfaces. */
uint32_t conf_tracks_most(const struct conf_model *model,
			  const struct conf_instance *instance);

/* A script, file or process, and what it adds. */
struct conf_tracks {
	uint32_t target; /* among all (conf/model/targets.h) */
	struct conf_weight weight;
	enum vrrp_target kind;
	const struct conf_tracked *entry; /* that counts, in the model */
};

/* The one of number `n`; false: there are not so many. */
bool conf_tracks(const struct conf_model *model,
		 const struct conf_instance *instance, uint32_t n,
		 struct conf_tracks *out);

/* The same of interfaces. */
bool conf_tracks_interface(const struct conf_model *model,
			   const struct conf_instance *instance, uint32_t n,
			   struct conf_tracked_interface *out);
