/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Look-ups in the world's links and addresses (router_world.h). */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

const struct mirror_link *mirror_link(const struct mirror *m, uint32_t ifindex)
{
	for (unsigned i = 0; i < world.link_count; i++)
		if (world.links[i].ifindex == ifindex)
			return &world.links[i];
	return NULL;
}

const struct mirror_link *mirror_link_by_name(const struct mirror *m,
					      const char *name)
{
	for (unsigned i = 0; i < world.link_count; i++)
		if (strcmp(world.links[i].name, name) == 0)
			return &world.links[i];
	return NULL;
}

const struct mirror_link *mirror_next_link(const struct mirror *m,
					   const struct mirror_link *after)
{
	unsigned next = after ? (unsigned)(after - world.links) + 1 : 0;

	return next < world.link_count ? &world.links[next] : NULL;
}

const struct mirror_address *mirror_next(const struct mirror *m,
					 const struct mirror_link *link,
					 const struct mirror_address *after)
{
	unsigned i = after ? (unsigned)(after - world.addresses) + 1 : 0;

	for (; i < world.address_count; i++)
		if (world.addresses[i].ifindex == link->ifindex)
			return &world.addresses[i];
	return NULL;
}

const struct mirror_address *mirror_next_other(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix, uint32_t *at)
{
	while (*at < world.address_count) {
		const struct mirror_address *a = &world.addresses[(*at)++];

		if (a->ifindex == ifindex && ip_equal(&a->address, address) &&
		    a->prefix != prefix)
			return a;
	}
	return NULL;
}

int mirror_source(const struct mirror *m, uint32_t ifindex, uint8_t family,
		  bool (*is_out)(const void *context,
				 const struct mirror_address *address),
		  const void *context, struct ip *out)
{
	for (unsigned i = 0; i < world.address_count; i++) {
		const struct mirror_address *a = &world.addresses[i];

		if (a->ifindex == ifindex && a->address.family == family &&
		    !is_out(context, a)) {
			*out = a->address;
			return 0;
		}
	}
	return -1;
}

bool mirror_resyncing(const struct mirror *m)
{
	return world.resyncing;
}
