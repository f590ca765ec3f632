/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holdings of the kind `address` by their addresses, and what the mirror has of
 * these: for those that ask about addresses, and for the kind itself.
 */
#include "router/state.h"

#include <string.h>

/* The number of the kind (holding_address.c). */
#define ADDRESS_KIND 0

bool holding_is_address(const struct router *r, const struct holding *h)
{
	return holding_kind_of(r, h)->number == ADDRESS_KIND;
}

const struct conf_address *holding_address_conf(const struct holding *h)
{
	return h->conf;
}

uint32_t address_hash(uint32_t ifindex, const struct ip *address)
{
	uint8_t bytes[4 + sizeof(*address)];

	memcpy(bytes, &ifindex, 4);
	memcpy(bytes + 4, address, sizeof(*address));
	return map_hash(bytes, sizeof(bytes));
}

static const struct holding_kind *kind(const struct router *r)
{
	unsigned k = 0;

	while (r->kinds[k]->number != ADDRESS_KIND)
		k++;
	return r->kinds[k];
}

uint32_t addresses_next(const struct router *r, uint32_t ifindex,
			const struct ip *address, uint32_t *at)
{
	struct address_key key = { ifindex, *address };

	return holding_next(r, kind(r), address_hash(ifindex, address), &key,
			    at);
}

uint32_t addresses_find(const struct router *r, uint32_t ifindex,
			const struct ip *address)
{
	uint32_t at = 0;

	return addresses_next(r, ifindex, address, &at);
}

bool address_may_be_theirs(const struct router *r, const struct holding *h)
{
	return h->instance == ROUTER_NONE ||
	       r->instances[h->instance].conf->vrrp.priority ==
		       VRRP_PRIORITY_OWNER;
}

/*
 * RFC 9568 1.6: the primary address is a real one of the interface. A virtual
 * one is that of an owner alone, whoever put it there.
 */
bool address_is_virtual(const void *context, const struct mirror_address *a)
{
	const struct router *r = context;
	bool is_ours = a->tag == SYS_ADDRESS_TAG;
	uint32_t n, at = 0;

	while (!is_ours && (n = addresses_next(r, a->ifindex, &a->address,
					       &at)) != ROUTER_NONE)
		is_ours = r->holdings[n].instance == ROUTER_NONE ||
			  !address_may_be_theirs(r, &r->holdings[n]);
	return is_ours;
}

bool address_has_prefix(const struct router *r, uint32_t ifindex,
			const struct ip *address, uint8_t prefix)
{
	uint32_t n, at = 0;

	while ((n = addresses_next(r, ifindex, address, &at)) != ROUTER_NONE)
		if (holding_address_conf(&r->holdings[n])->prefix == prefix)
			return true;
	return false;
}

const struct mirror_address *
address_next_copy(const struct router *r, const struct holding *h, uint32_t *at)
{
	const struct conf_address *a = h->conf;
	uint32_t ifindex = r->interfaces[h->interface].ifindex;
	const struct mirror_address *found;

	if (!ifindex)
		return NULL;
	do
		found = mirror_next_other(r->mirror, ifindex, &a->address,
					  a->prefix, at);
	while (found &&
	       address_has_prefix(r, ifindex, &found->address, found->prefix));
	return found;
}
