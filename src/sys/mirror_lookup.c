/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look-ups of sys/mirror.h, and the choice of a primary address.
 */
#include "sys/mirror.h"

#include "base/must.h"
#include "sys/mirror_routes.h"
#include "sys/mirror_table.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

static const struct mirror_link *link_at(const struct mirror_table *t,
					 uint32_t at)
{
	return at == MIRROR_NONE ? NULL : &t->links[at];
}

static const struct mirror_address *address_at(const struct mirror_table *t,
					       uint32_t at)
{
	return at == MIRROR_NONE ? NULL : &t->addresses[at];
}

const struct mirror_link *mirror_link(const struct mirror *m, uint32_t ifindex)
{
	const struct mirror_table *t = mirror_table_of(m);

	return link_at(t, mirror_table_link(t, ifindex));
}

const struct mirror_link *mirror_link_by_name(const struct mirror *m,
					      const char *name)
{
	const struct mirror_table *t = mirror_table_of(m);

	return link_at(t, mirror_table_named(t, name));
}

const struct mirror_link *mirror_next_link(const struct mirror *m,
					   const struct mirror_link *after)
{
	const struct mirror_table *t = mirror_table_of(m);
	uint32_t at = after ? (uint32_t)(after - t->links) + 1 : 0;

	while (at < t->link_capacity && t->links[at].ifindex == 0)
		at++;
	return at < t->link_capacity ? &t->links[at] : NULL;
}

const struct mirror_address *mirror_next(const struct mirror *m,
					 const struct mirror_link *link,
					 const struct mirror_address *after)
{
	return address_at(mirror_table_of(m),
			  after ? after->next : link->first);
}

const struct mirror_address *
mirror_find(const struct mirror *m, uint32_t ifindex, const struct ip *address)
{
	const struct mirror_table *t = mirror_table_of(m);

	return address_at(t, mirror_table_address(t, ifindex, address, -1));
}

const struct mirror_address *mirror_find_exact(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix)
{
	const struct mirror_table *t = mirror_table_of(m);

	return address_at(t, mirror_table_address(t, ifindex, address, prefix));
}

const struct mirror_address *mirror_next_other(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix, uint32_t *at)
{
	const struct mirror_table *t = mirror_table_of(m);

	return address_at(t,
			  mirror_table_other(t, ifindex, address, prefix, at));
}

/* How ill an address serves as a source; UNFIT: not at all. */
#define UNFIT 4

static unsigned unfitness(const struct mirror_address *a, uint8_t family)
{
	unsigned unfit = 0;

	if (a->address.family != family)
		return UNFIT;
	if (family == IP_V6) {
		if (!ip_is_link_local(&a->address) ||
		    (a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
			return UNFIT;
		return a->flags & IFA_F_DEPRECATED ? 1 : 0;
	}
	if (a->scope == RT_SCOPE_HOST || a->scope == RT_SCOPE_NOWHERE)
		return UNFIT;
	if (a->scope != RT_SCOPE_UNIVERSE)
		unfit += 1;
	if (a->flags & IFA_F_SECONDARY)
		unfit += 2;
	return unfit;
}

int mirror_source(const struct mirror *m, uint32_t ifindex, uint8_t family,
		  bool (*is_out)(const void *context,
				 const struct mirror_address *address),
		  const void *context, struct ip *out)
{
	const struct mirror_link *link = mirror_link(m, ifindex);
	const struct mirror_address *a = NULL, *best = NULL;
	unsigned best_unfit = UNFIT;

	if (!link)
		return -1;
	while ((a = mirror_next(m, link, a)) && best_unfit > 0) {
		unsigned unfit = unfitness(a, family);

		if (unfit < best_unfit && !is_out(context, a)) {
			best = a;
			best_unfit = unfit;
		}
	}
	if (!best)
		return -1;
	*out = best->address;
	return 0;
}

const struct mirror_route *mirror_find_route(const struct mirror *m,
					     const struct netlink_route *wanted)
{
	return mirror_routes_find(mirror_routes_of(m), wanted);
}

const struct mirror_route *
mirror_find_other_route(const struct mirror *m,
			const struct netlink_route *wanted)
{
	return mirror_routes_find_other(mirror_routes_of(m), wanted);
}

const struct mirror_rule *mirror_find_rule(const struct mirror *m,
					   const struct netlink_rule *wanted)
{
	return mirror_routes_find_rule(mirror_routes_of(m), wanted);
}

static const void *next_record(const struct mirror_store *s, uint32_t *at)
{
	uint32_t found = mirror_store_next(s, *at);

	if (found == MAP_NONE)
		return NULL;
	*at = found + 1;
	return s->places[found].record;
}

const struct mirror_route *mirror_next_route(const struct mirror *m,
					     uint32_t *at)
{
	return next_record(&mirror_routes_of(m)->routes, at);
}

const struct mirror_rule *mirror_next_rule(const struct mirror *m, uint32_t *at)
{
	return next_record(&mirror_routes_of(m)->rules, at);
}
