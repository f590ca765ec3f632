/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as holdings (router/holding_kind.h). They have leases (leases.c).
 */
#include "router/state.h"

#include <errno.h>
#include <string.h>

struct address_key {
	uint32_t ifindex;
	struct ip address;
};

static uint32_t key_hash(uint32_t ifindex, const struct ip *address)
{
	uint8_t bytes[4 + sizeof(*address)];

	memcpy(bytes, &ifindex, 4);
	memcpy(bytes + 4, address, sizeof(*address));
	return map_hash(bytes, sizeof(bytes));
}

const struct conf_address *holding_address_conf(const struct holding *h)
{
	return h->conf;
}

uint32_t addresses_find(const struct router *r, uint32_t ifindex,
			const struct ip *address)
{
	struct address_key key = { ifindex, *address };

	return holding_find(r, &holding_address, key_hash(ifindex, address),
			    &key);
}

static size_t count(const struct conf_model *model,
		    const struct conf_instance *instance)
{
	return instance ? instance->address_count : model->static_address_count;
}

static const void *at(const struct conf_model *model,
		      const struct conf_instance *instance, size_t n)
{
	if (instance)
		return &instance->addresses[n];
	return &model->static_addresses[n]; /* an address, and more */
}

static const char *device(const struct conf_instance *instance,
			  const void *conf, size_t n)
{
	if (n > 0)
		return NULL;
	return instance ? conf_address_dev(instance, conf)
			: ((const struct conf_address *)conf)->dev;
}

static const char *group(const void *conf)
{
	return ((const struct conf_static_address *)conf)->track_group;
}

/*
 * As keepalived: an address on another interface than the instance's makes that
 * one tracked, unless it says no_track.
 */
static bool follows(const struct conf_instance *instance, const void *conf)
{
	const struct conf_address *a = conf;

	(void)instance;
	return a->dev && !a->no_track;
}

static bool let_go(const void *conf)
{
	return ((const struct conf_address *)conf)->no_track;
}

static void describe(const void *conf, struct ledger_wanted *record)
{
	const struct conf_address *a = conf;

	record->address = a->address;
	record->prefix = a->prefix;
}

static uint32_t hash(const struct holding *h, uint32_t ifindex)
{
	return key_hash(ifindex, &holding_address_conf(h)->address);
}

static uint32_t ifindex_of(const struct router *r, const struct holding *h)
{
	return r->interfaces[h->interface].ifindex;
}

static bool same(const struct router *r, const struct holding *h,
		 const void *key)
{
	const struct address_key *k = key;

	return ifindex_of(r, h) == k->ifindex &&
	       ip_equal(&holding_address_conf(h)->address, &k->address);
}

static bool equal(const struct router *r, const struct holding *a,
		  const struct holding *b)
{
	(void)r;
	return holding_address_conf(a)->prefix ==
	       holding_address_conf(b)->prefix;
}

static uint32_t concerned(const struct router *r,
			  const struct mirror_event *event)
{
	return event->address ? addresses_find(r, event->link->ifindex,
					       &event->address->address)
			      : ROUTER_NONE;
}

/*
 * What serves for an address of ours: itself, or somebody else's with whatever
 * prefix. One of ours with another prefix does not.
 */
static const struct mirror_address *seen(const struct router *r,
					 const struct holding *h)
{
	const struct conf_address *a = h->conf;
	uint32_t ifindex = ifindex_of(r, h);
	const struct mirror_address *found;

	if (!ifindex)
		return NULL;
	found = mirror_find_exact(r->mirror, ifindex, &a->address, a->prefix);
	if (found)
		return found;
	found = mirror_find(r->mirror, ifindex, &a->address);
	return found && found->tag != SYS_ADDRESS_TAG ? found : NULL;
}

static void look(const struct router *r, struct holding *h)
{
	const struct mirror_address *found = seen(r, h);

	h->present = found != NULL;
	h->foreign = found && found->tag != SYS_ADDRESS_TAG;
}

/* IPv4 is in use when it is accepted. */
static bool in_use(const struct router *r, const struct holding *h)
{
	return holding_address_conf(h)->address.family == IP_V4 ||
	       seen(r, h) != NULL;
}

static void take_away(struct router *r, const struct mirror_address *a)
{
	struct netlink_address command = {
		.ifindex = a->ifindex,
		.address = a->address,
		.prefix = a->prefix,
		.peer = a->peer,
	};

	(void)netlink_remove(r->netlink, &command, ROUTER_NO_ANSWER);
}

/* Two instances may have one address, each with a prefix. */
static bool has_prefix(const struct router *r, const struct address_key *key,
		       uint8_t prefix)
{
	for (uint32_t n = 0; n < r->holding_count; n++) {
		const struct holding *h = &r->holdings[n];

		if (holding_kind_of(r, h) == &holding_address &&
		    same(r, h, key) &&
		    holding_address_conf(h)->prefix == prefix)
			return true;
	}
	return false;
}

/*
 * With another prefix it is of a configuration that is in force no more. IPv6
 * has an address once, whatever the prefixes.
 */
static bool outdated(struct router *r, const struct holding *h, bool remove)
{
	const struct conf_address *a = h->conf;
	struct address_key key = { ifindex_of(r, h), a->address };
	const struct mirror_address *found =
		key.ifindex ? mirror_find_other(r->mirror, key.ifindex,
						&key.address, a->prefix,
						SYS_ADDRESS_TAG)
			    : NULL;

	if (!found || has_prefix(r, &key, found->prefix))
		return false;
	if (remove)
		take_away(r, found);
	return true;
}

/* Seconds that an address is preferred from now on. */
static uint32_t preferred(const struct router *r, const struct holding *h,
			  uint32_t lease)
{
	const struct conf_address *a = h->conf;
	tick_t over;

	if (a->preferred == CONF_FOREVER || a->address.family == IP_V4)
		return lease;
	/* As keepalived: a host's address is no source of anything. */
	if (a->preferred == CONF_AUTO)
		return a->prefix == 128 ? 0 : lease;
	if (h->instance == ROUTER_NONE)
		return a->preferred;
	/* A refresh does not begin it anew. */
	over = (r->now - r->instances[h->instance].core->since) / TICK_SECOND;
	if (over >= a->preferred)
		return 0;
	return (uint32_t)tick_min(lease, a->preferred - over);
}

static int command(struct router *r, const struct holding *h,
		   enum holding_command what, uint64_t cookie)
{
	const struct conf_address *a = h->conf;
	uint32_t lease = h->instance == ROUTER_NONE
				 ? NETLINK_FOREVER
				 : r->instances[h->instance].lease;
	struct netlink_address command = {
		.ifindex = ifindex_of(r, h),
		.address = a->address,
		.prefix = a->prefix,
		.scope = a->scope,
		.tag = SYS_ADDRESS_TAG,
		.peer = a->peer,
		.no_dad = !a->dad,
		.no_prefix_route = a->noprefixroute,
		.home = a->home,
		.temporary = a->mngtmpaddr,
		.valid = lease,
		.preferred = preferred(r, h, lease),
	};

	if (a->has_broadcast)
		command.broadcast = a->broadcast;
	if (a->label)
		strncpy(command.label, a->label, sizeof(command.label) - 1);
	switch (what) {
	case HOLDING_REMOVE:
		return netlink_remove(r->netlink, &command, cookie);
	case HOLDING_ADD:
		return netlink_add(r->netlink, &command, cookie);
	case HOLDING_REFRESH:
		break;
	}
	return netlink_set(r->netlink, &command, cookie);
}

static bool is_missing(int error)
{
	return error == EADDRNOTAVAIL || error == ENODEV;
}

/* Ours, and not in the configuration that is in force now. */
static bool is_over(const struct router *r, const struct mirror_address *a)
{
	return a && a->tag == SYS_ADDRESS_TAG &&
	       addresses_find(r, a->ifindex, &a->address) == ROUTER_NONE;
}

static void leftovers_of(struct router *r, struct ledger *before)
{
	for (uint32_t n = 0; n < ledger_holdings(before); n++) {
		const struct mirror_address *a = NULL;
		struct ledger_holding l;
		const struct ledger_wanted *w = &l.wanted;

		ledger_copy_holding(before, n, &l);
		if (w->kind == holding_address.number && l.held.ifindex)
			a = mirror_find_exact(r->mirror, l.held.ifindex,
					      &w->address, w->prefix);
		if (is_over(r, a))
			take_away(r, a);
	}
}

/*
 * One that has a lease and is in no ledger may be that of another batond on
 * this machine, which refreshes it. If not, the kernel removes it.
 */
static void leftovers_without_end(struct router *r)
{
	const struct mirror_link *link = NULL;

	while ((link = mirror_next_link(r->mirror, link))) {
		const struct mirror_address *a = NULL;

		while ((a = mirror_next(r->mirror, link, a)))
			if (a->valid == NETLINK_FOREVER && is_over(r, a))
				take_away(r, a);
	}
}

static void leftovers(struct router *r, struct ledger *before, bool first)
{
	if (before)
		leftovers_of(r, before);
	else if (first)
		leftovers_without_end(r);
}

const struct holding_kind holding_address = {
	.name = "address",
	.number = 0,
	.leased = true,
	.on_device = true,
	.count = count,
	.at = at,
	.device = device,
	.group = group,
	.follows = follows,
	.let_go = let_go,
	.describe = describe,
	.hash = hash,
	.same = same,
	.equal = equal,
	.concerned = concerned,
	.look = look,
	.in_use = in_use,
	.outdated = outdated,
	.command = command,
	.is_missing = is_missing,
	.leftovers = leftovers,
};
