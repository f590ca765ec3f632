/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the members of a sync group ask of each other. */
#include "vrrp/group.h"

static const struct vrrp_group_work rest = { VRRP_GROUP_REST, 0 };

/* Who is to be told that another one has a fault, or has none any more. */
static struct vrrp_group_work tell_fault(const struct vrrp_member *m,
					 uint32_t count)
{
	uint32_t faulty = 0;

	for (uint32_t n = 0; n < count; n++)
		faulty += m[n].faulty;
	for (uint32_t n = 0; n < count; n++) {
		bool is = faulty > (m[n].faulty ? 1u : 0u);

		if (is != m[n].in_fault)
			return (struct vrrp_group_work){
				is ? VRRP_GROUP_FAULT : VRRP_GROUP_NO_FAULT, n
			};
	}
	return rest;
}

/* Whose turn it is: one that leaves goes its own way. */
static struct vrrp_group_work first_of(const struct vrrp_member *m,
				       uint32_t count, uint32_t first,
				       enum vrrp_state state,
				       enum vrrp_group_ask ask)
{
	if (m[first].state == state && !m[first].leaving)
		return (struct vrrp_group_work){ ask, first };
	for (uint32_t n = 0; n < count; n++)
		if (m[n].state == state && !m[n].leaving)
			return (struct vrrp_group_work){ ask, n };
	return rest;
}

struct vrrp_group_work vrrp_group_next(const struct vrrp_member *members,
				       uint32_t count, uint32_t trigger,
				       uint32_t decider)
{
	struct vrrp_group_work work = tell_fault(members, count);
	bool all_wish = true, one_follows = false;

	if (work.ask != VRRP_GROUP_REST)
		return work;
	for (uint32_t n = 0; n < count; n++) {
		const struct vrrp_member *m = &members[n];

		all_wish &= m->state == VRRP_ACTIVE ||
			    (m->state == VRRP_BACKUP && m->wishes);
		one_follows |=
			m->state == VRRP_BACKUP && !m->wishes && m->follows;
	}
	if (all_wish)
		work = first_of(members, count, trigger, VRRP_BACKUP,
				VRRP_GROUP_PROMOTE);
	else if (one_follows)
		work = first_of(members, count, trigger, VRRP_ACTIVE,
				VRRP_GROUP_YIELD);
	if (work.ask != VRRP_GROUP_REST)
		return work;
	for (uint32_t n = 0; n < count; n++)
		if (members[n].contested &&
		    members[decider].state == VRRP_ACTIVE)
			return (struct vrrp_group_work){ VRRP_GROUP_ASSERT,
							 decider };
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
