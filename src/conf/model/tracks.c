/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/tracks.h"

#include "conf/model/targets.h"

#include <string.h>

static const struct conf_sync_group *group_of(const struct conf_model *model,
					      const struct conf_instance *c)
{
	return c->group == CONF_NO_GROUP ? NULL : &model->groups[c->group];
}

uint32_t conf_tracks_most(const struct conf_model *model,
			  const struct conf_instance *c)
{
	const struct conf_sync_group *g = group_of(model, c);
	uint32_t most =
		conf_tracked_count(&c->tracking) + c->tracked_interface_count;

	if (g)
		most += conf_tracked_count(&g->tracking) +
			g->tracked_interface_count;
	return most;
}

static struct conf_tracks tracks(const struct conf_model *model,
				 enum vrrp_target kind,
				 const struct conf_tracked *of)
{
	return (struct conf_tracks){
		.target = conf_target_first(model, kind) + of->target,
		.weight = conf_tracked_weight(model, kind, of),
		.kind = kind,
		.entry = of,
	};
}

static const struct conf_tracked *find(const struct conf_tracking *t,
				       enum vrrp_target kind, uint32_t target)
{
	for (uint32_t n = 0; t && n < t->count[kind]; n++)
		if (t->list[kind][n].target == target)
			return &t->list[kind][n];
	return NULL;
}

/* The n-th that counts, or with `n` lowered by those that there are. */
static bool own(const struct conf_model *model, const struct conf_instance *c,
		const struct conf_tracking *of_group, uint32_t *n,
		struct conf_tracks *out)
{
	for (unsigned k = 0; k < VRRP_TARGETS; k++) {
		enum vrrp_target kind = (enum vrrp_target)k;
		const struct conf_tracked *one, *too;

		if (*n >= c->tracking.count[k]) {
			*n -= c->tracking.count[k];
			continue;
		}
		one = &c->tracking.list[k][*n];
		too = find(of_group, kind, one->target);
		*out = tracks(model, kind, one);
		if (too && out->weight.value != 0)
			*out = tracks(model, kind, too);
		return true;
	}
	return false;
}

bool conf_tracks(const struct conf_model *model, const struct conf_instance *c,
		 uint32_t n, struct conf_tracks *out)
{
	const struct conf_sync_group *g = group_of(model, c);
	const struct conf_tracking *more = g ? &g->tracking : NULL;

	if (own(model, c, more, &n, out))
		return true;
	for (unsigned k = 0; more && k < VRRP_TARGETS; k++)
		for (uint32_t i = 0; i < more->count[k]; i++) {
			enum vrrp_target kind = (enum vrrp_target)k;
			const struct conf_tracked *one = &more->list[k][i];

			if (find(&c->tracking, kind, one->target) || n-- > 0)
				continue;
			*out = tracks(model, kind, one);
			return true;
		}
	return false;
}

static const struct conf_tracked_interface *
find_interface(const struct conf_tracked_interface *list, uint32_t count,
	       const char *name)
{
	for (uint32_t n = 0; n < count; n++)
		if (strcmp(list[n].on.name, name) == 0)
			return &list[n];
	return NULL;
}

bool conf_tracks_interface(const struct conf_model *model,
			   const struct conf_instance *c, uint32_t n,
			   struct conf_tracked_interface *out)
{
	const struct conf_sync_group *g = group_of(model, c);
	uint32_t more = g ? g->tracked_interface_count : 0;
	const struct conf_tracked_interface *too;

	if (n < c->tracked_interface_count) {
		*out = c->tracked_interfaces[n];
		too = g ? find_interface(g->tracked_interfaces, more,
					 out->on.name)
			: NULL;
		if (too && out->weight != 0)
			*out = *too;
		return true;
	}
	n -= c->tracked_interface_count;
	for (uint32_t i = 0; i < more; i++) {
		const struct conf_tracked_interface *one =
			&g->tracked_interfaces[i];

		/* Its own is tracked anyway. */
		if (find_interface(c->tracked_interfaces,
				   c->tracked_interface_count, one->on.name) ||
		    (!c->dont_track_primary &&
		     strcmp(one->on.name, conf_interface(c)) == 0) ||
		    n-- > 0)
			continue;
		*out = *one;
		return true;
	}
	return false;
}
