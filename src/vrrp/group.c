/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the members of a sync group ask of each other. */
#include "vrrp/group.h"

static const struct vrrp_group_work rest = { VRRP_GROUP_REST, 0, 0 };

bool vrrp_group_asks(const struct vrrp_group_work *work,
		     const struct vrrp_member *m)
{
	bool others = work->faulty > (m->faulty ? 1u : 0u);

	switch (work->ask) {
	case VRRP_GROUP_PROMOTE: /* who leaves goes its own way */
		return m->state == VRRP_BACKUP && !m->leaving;
	case VRRP_GROUP_YIELD:
		return m->state == VRRP_ACTIVE && !m->leaving;
	case VRRP_GROUP_FAULT: /* of another one */
		return others && !m->in_fault;
	case VRRP_GROUP_NO_FAULT:
		return !others && m->in_fault;
	case VRRP_GROUP_ASSERT: /* of one alone */
	case VRRP_GROUP_REST:
		return false;
	}
	return false;
}

/* Whose turn it is: `first`, then in order of the file. */
static bool find(const struct vrrp_member *m, uint32_t count, uint32_t first,
		 struct vrrp_group_work *work)
{
	work->member = first;
	if (vrrp_group_asks(work, &m[first]))
		return true;
	for (work->member = 0; work->member < count; work->member++)
		if (vrrp_group_asks(work, &m[work->member]))
			return true;
	return false;
}

struct vrrp_group_work vrrp_group_next(const struct vrrp_member *members,
				       uint32_t count, uint32_t trigger,
				       uint32_t decider)
{
	struct vrrp_group_work work = { 0 };
	bool all_wish = true, one_follows = false;

	for (uint32_t n = 0; n < count; n++) {
		const struct vrrp_member *m = &members[n];

		work.faulty += m->faulty;
		all_wish &= m->state == VRRP_ACTIVE ||
			    (m->state == VRRP_BACKUP && m->wishes);
		one_follows |=
			m->state == VRRP_BACKUP && !m->wishes && m->follows;
	}
	work.ask = VRRP_GROUP_FAULT;
	if (find(members, count, 0, &work))
		return work;
	work.ask = VRRP_GROUP_NO_FAULT;
	if (find(members, count, 0, &work))
		return work;
	if (all_wish || one_follows) {
		work.ask = all_wish ? VRRP_GROUP_PROMOTE : VRRP_GROUP_YIELD;
		if (find(members, count, trigger, &work))
			return work;
	}
	for (uint32_t n = 0; n < count; n++)
		if (members[n].contested &&
		    members[decider].state == VRRP_ACTIVE)
			return (struct vrrp_group_work){ VRRP_GROUP_ASSERT,
							 decider, 0 };
	return rest;
}

enum vrrp_state vrrp_group_state(const struct vrrp_member *members,
				 uint32_t count, enum vrrp_state before)
{
	bool same = true;

	for (uint32_t n = 0; n < count; n++) {
		if (members[n].state == VRRP_FAULT)
			return VRRP_FAULT;
		same &= members[n].state == members[0].state;
	}
	return same ? members[0].state : before;
}

bool vrrp_group_decides(const struct vrrp_config *a,
			const struct vrrp_config *b)
{
	static const struct ip none = { .family = IP_NONE };
	const struct ip *one = a->address_count ? &a->addresses[0] : &none;
	const struct ip *two = b->address_count ? &b->addresses[0] : &none;

	if (a->family != b->family)
		return a->family < b->family;
	if (a->vrid != b->vrid)
		return a->vrid < b->vrid;
	return ip_compare(one, two) < 0;
}
