/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as holdings (router/holding_kind.h). They have leases (leases.c).
 */
#include "router/state.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

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
	return address_hash(ifindex, &holding_address_conf(h)->address);
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
 * What serves for an address of ours: itself and, of an owner, somebody else's
 * with whatever prefix. One of ours with another prefix does not.
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
	if (found || !address_may_be_theirs(r, h))
		return found;
	found = mirror_find(r->mirror, ifindex, &a->address);
	return found && found->tag != SYS_ADDRESS_TAG ? found : NULL;
}

/*
 * By its mark an address is known as ours where nobody takes it from others, or
 * nobody refreshes it.
 */
static bool is_marked(const struct router *r, const struct holding *h,
		      const struct mirror_address *a)
{
	return a->tag == SYS_ADDRESS_TAG &&
	       (address_may_be_theirs(r, h) || a->valid == NETLINK_FOREVER);
}

static void look(const struct router *r, struct holding *h)
{
	const struct mirror_address *found = seen(r, h);

	h->present = found != NULL;
	h->ours |= found && is_marked(r, h, found);
	h->foreign = found && !h->ours;
}

/* IPv4 is in use when it is accepted. */
static bool in_use(const struct router *r, const struct holding *h)
{
	return holding_address_conf(h)->address.family == IP_V4 ||
	       seen(r, h) != NULL;
}

static int take_away(struct router *r, const struct mirror_address *a,
		     uint64_t cookie)
{
	struct netlink_address command = {
		.ifindex = a->ifindex,
		.address = a->address,
		.prefix = a->prefix,
		.peer = a->peer,
	};

	return netlink_remove(r->netlink, &command, cookie);
}

/*
 * With another prefix it is of an earlier life, which gave it no lease, or of
 * another program, which may have it while we are Active. IPv6 has an address
 * once, whatever the prefix, so there it is in the way.
 */
static bool is_outdated(const struct router *r, const struct holding *h,
			const struct mirror_address *copy, bool remove)
{
	bool old =
		copy->tag == SYS_ADDRESS_TAG && copy->valid == NETLINK_FOREVER;

	if (address_may_be_theirs(r, h))
		return old;
	if (h->wanted)
		return old || copy->address.family == IP_V6;
	return remove ? h->going : theirs_may_go(r, h);
}

static bool outdated(struct router *r, const struct holding *h, bool remove)
{
	const struct mirror_address *copy;
	uint32_t at = 0;
	bool found = false;

	while ((copy = address_next_copy(r, h, &at))) {
		if (!is_outdated(r, h, copy, remove))
			continue;
		found = true;
		if (remove)
			(void)take_away(r, copy, ROUTER_NO_ANSWER);
	}
	return found;
}

/* Its label is the name of its device where none is written. */
static bool has_label(const struct router *r, const struct conf_address *a,
		      const struct mirror_address *found)
{
	const struct mirror_link *link = mirror_link(r->mirror, found->ifindex);
	const char *label = a->label ? a->label : link ? link->name : "";

	return !found->label[0] ||
	       strncmp(found->label, label, sizeof(found->label) - 1) == 0;
}

static uint32_t lease_of(const struct router *r, const struct holding *h)
{
	return h->instance == ROUTER_NONE ? NETLINK_FOREVER
					  : r->instances[h->instance].lease;
}

static bool has_flag(const struct mirror_address *found, uint32_t flag)
{
	return found->flags & flag;
}

static bool is_in_subnet(const struct mirror_address *a,
			 const struct ip *subnet, uint8_t prefix)
{
	uint8_t bits = prefix % 8, bytes = prefix / 8;
	unsigned rest = (unsigned)(a->address.bytes[bytes % 4] ^
				   subnet->bytes[bytes % 4]);

	return a->address.family == IP_V4 && a->prefix == prefix &&
	       memcmp(a->address.bytes, subnet->bytes, bytes) == 0 &&
	       (bits == 0 || rest >> (8 - bits) == 0);
}

/*
 * The kernel takes no other scope than that of the addresses of the subnet that
 * are there already.
 */
static uint8_t scope_of(const struct router *r, const struct holding *h)
{
	const struct conf_address *c = h->conf;
	const struct mirror_link *link =
		mirror_link(r->mirror, ifindex_of(r, h));
	const struct mirror_address *a = NULL;

	if (c->scope == 0 || c->address.family != IP_V4)
		return c->scope;
	while (link && (a = mirror_next(r->mirror, link, a)))
		if (is_in_subnet(a, &c->address, c->prefix) &&
		    addresses_find(r, link->ifindex, &a->address) ==
			    ROUTER_NONE)
			return a->scope;
	return c->scope;
}

/* What the kernel changes of an address of IPv4 only by putting it anew. */
static bool is_put_so(const struct router *r, const struct holding *h,
		      const struct mirror_address *found)
{
	const struct conf_address *a = h->conf;
	static const struct ip none;
	const struct ip *broadcast = a->has_broadcast ? &a->broadcast : &none;

	return found->scope == scope_of(r, h) && has_label(r, a, found) &&
	       ip_equal(&found->broadcast, broadcast) &&
	       has_flag(found, IFA_F_NOPREFIXROUTE) == a->noprefixroute;
}

/* The flags of IPv6 that the kernel sets anew. */
static bool has_flags(const struct conf_address *a,
		      const struct mirror_address *found)
{
	return has_flag(found, IFA_F_NOPREFIXROUTE) == a->noprefixroute &&
	       has_flag(found, IFA_F_HOMEADDRESS) == a->home &&
	       has_flag(found, IFA_F_MANAGETEMPADDR) == a->mngtmpaddr;
}

/* A duplicate was seen, or another program put it and it waits for one. */
static bool is_in_doubt(const struct conf_address *a,
			const struct mirror_address *found)
{
	return has_flag(found, IFA_F_DADFAILED) ||
	       (!a->dad && has_flag(found, IFA_F_TENTATIVE));
}

/*
 * Duplicate address detection has failed. The kernel then takes away an address
 * that has a lease, and keeps another one without using it.
 */
static int refused(const struct holding *h, const struct mirror_event *event)
{
	const struct conf_address *a = h->conf;

	return a->dad && event->address &&
			       event->address->prefix == a->prefix &&
			       has_flag(event->address, IFA_F_DADFAILED)
		       ? EADDRINUSE
		       : 0;
}

static bool undecided(const struct router *r, const struct holding *h)
{
	const struct conf_address *a = h->conf;
	const struct mirror_address *found = seen(r, h);

	return a->dad && a->address.family == IP_V6 &&
	       (h->unnoticed || (found && has_flag(found, IFA_F_TENTATIVE)));
}

/* That of the route to its prefix: none is written, and IPv6's is 256. */
static bool has_metric(const struct mirror_address *found)
{
	return found->metric == 0 ||
	       (found->address.family == IP_V6 && found->metric == 256);
}

static enum holding_likeness likeness(const struct router *r,
				      const struct holding *h)
{
	const struct conf_address *a = h->conf;
	const struct mirror_address *found = seen(r, h);
	bool endless = lease_of(r, h) == NETLINK_FOREVER;
	bool six = a->address.family == IP_V6;

	if (!found)
		return HOLDING_ALIKE;
	if (!ip_equal(&found->peer, &a->peer) ||
	    (six ? is_in_doubt(a, found) : !is_put_so(r, h, found)))
		return HOLDING_PUT_ANEW;
	if ((six && !has_flags(a, found)) || !has_metric(found) ||
	    (found->valid == NETLINK_FOREVER) != endless ||
	    (found->tag != SYS_ADDRESS_TAG && !r->theirs.untagged))
		return HOLDING_SET_ANEW;
	return HOLDING_ALIKE;
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
	uint32_t lease = lease_of(r, h);
	const struct mirror_address *found = seen(r, h);
	struct netlink_address command = {
		.ifindex = ifindex_of(r, h),
		.address = a->address,
		.prefix = a->prefix,
		.scope = scope_of(r, h),
		.tag = r->theirs.untagged ? 0 : SYS_ADDRESS_TAG,
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
	case HOLDING_REMOVE: /* as it is: another program may have put it */
		return found ? take_away(r, found, cookie)
			     : netlink_remove(r->netlink, &command, cookie);
	case HOLDING_REPLACE:
		if (found)
			(void)take_away(r, found, ROUTER_NO_ANSWER);
		return netlink_add(r->netlink, &command, cookie);
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

/* An earlier program did not write down whose it is. */
static bool was_ours(const struct ledger_held *held,
		     const struct mirror_address *a)
{
	return a &&
	       (held->whose == LEDGER_WHOSE_UNKNOWN ? a->tag == SYS_ADDRESS_TAG
						    : holding_was_ours(held));
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
		if (was_ours(&l.held, a) &&
		    !address_has_prefix(r, a->ifindex, &a->address, a->prefix))
			(void)take_away(r, a, ROUTER_NO_ANSWER);
	}
}

/* The same where it is wanted yet, of whatever instance. */
static void inherit(struct router *r, struct ledger *before)
{
	for (uint32_t n = 0; n < ledger_holdings(before); n++) {
		uint32_t found, at = 0;
		struct ledger_holding l;
		const struct ledger_wanted *w = &l.wanted;

		ledger_copy_holding(before, n, &l);
		if (w->kind != holding_address.number || !l.held.ifindex ||
		    !holding_was_ours(&l.held))
			continue;
		while ((found = addresses_next(r, l.held.ifindex, &w->address,
					       &at)) != ROUTER_NONE)
			r->holdings[found].ours |=
				holding_address_conf(&r->holdings[found])
					->prefix == w->prefix;
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
			if (a->tag == SYS_ADDRESS_TAG &&
			    a->valid == NETLINK_FOREVER &&
			    addresses_find(r, a->ifindex, &a->address) ==
				    ROUTER_NONE)
				(void)take_away(r, a, ROUTER_NO_ANSWER);
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
	.likeness = likeness,
	.takes = theirs_taken,
	.goes = theirs_goes,
	.refused = refused,
	.undecided = undecided,
	.heard = theirs_heard,
	.inherit = inherit,
	.outdated = outdated,
	.command = command,
	.is_missing = is_missing,
	.leftovers = leftovers,
};
