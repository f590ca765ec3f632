/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The number of an interface, by its name or by the kernel's index. */
#include "router/state.h"

#include <string.h>

uint32_t interface_by_index(const struct router *r, uint32_t ifindex)
{
	return map_find(&r->interface_by_index,
			map_hash(&ifindex, sizeof(ifindex)), &ifindex);
}

uint32_t interface_find(const struct router *r, const char *name)
{
	return map_find(&r->interface_by_name, map_hash(name, strlen(name)),
			name);
}
