/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/pair_groups.h"

#include "conf/model/weights.h"

/*
 * Who has the higher priority of a member: 1 we, -1 the other router, 0
 * neither, or it is in no group there, so that it moves by itself.
 */
static int order(const struct conf_model *ours, const struct conf_model *theirs,
		 uint32_t member, uint32_t partner)
{
	uint8_t here, there;

	if (partner == CONF_PAIR_NONE ||
	    theirs->instances[partner].group == CONF_NO_GROUP)
		return 0;
	here = conf_weighed_usual(ours, &ours->instances[member]);
	there = conf_weighed_usual(theirs, &theirs->instances[partner]);
	return (here > there) - (here < there);
}

/*
 * A member that is better here keeps the group of the other router from being
 * Active, and one that is better there ours. Between two of baton one member
 * decides (vrrp_group_decides()), which may not be the one that is meant.
 */
static void check_group(const struct conf_model *ours,
			const struct conf_model *theirs,
			const uint32_t *partners,
			const struct conf_sync_group *g,
			struct conf_report *report)
{
	const struct conf_place place = { .span = g->span };
	const struct conf_member *better = NULL, *worse = NULL;

	for (uint32_t k = 0; k < g->member_count; k++) {
		const struct conf_member *m = &g->members[k];
		int is =
			order(ours, theirs, m->instance, partners[m->instance]);

		if (is > 0 && !better)
			better = m;
		if (is < 0 && !worse)
			worse = m;
	}
	if (better && worse)
		conf_report(report, CONF_NOTE, &place,
			    "give all members the higher priority on the same "
			    "router",
			    "%s has the higher priority here and %s on the "
			    "other router: with keepalived neither gets all "
			    "of %s, with baton one member decides",
			    better->name, worse->name, g->name);
}

void conf_pair_groups(const struct conf_model *ours,
		      const struct conf_model *theirs, const uint32_t *partners,
		      struct conf_report *report)
{
	for (uint32_t g = 0; g < ours->group_count; g++)
		check_group(ours, theirs, partners, &ours->groups[g], report);
}
