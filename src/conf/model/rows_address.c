/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the lines of virtual_ipaddress, vrrp_peers and
 * the small lists of the top level, and what they are compared by.
 */
#include "base/map.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <assert.h>
#include <string.h>

static const struct conf_block conf_block_interface;

static const struct conf_choice lifetimes[] = {
	{ "forever", CONF_FOREVER },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row address_heads[] = {
	ROW_WITH("address", .type = &conf_type_prefix,
		 FIELD(conf_address, address),
		 "an address, and behind / the length of its prefix",
		 "192.0.2.1/24", "192.0.2.300"),
};

static const struct conf_row address_rows[] = {
	ROW_WITH("brd", .type = &conf_type_broadcast,
		 QUIET_FIELD(conf_address, broadcast),
		 "the broadcast address; +: with all host bits set; -: with "
		 "all host bits cleared",
		 "brd 192.0.2.255", "brd all"),
	{
		.word = "broadcast", .type = &conf_type_broadcast,
		FIELD(conf_address, broadcast), .flags = CONF_ALIAS,
		.help = "another spelling of brd", .good = "broadcast +",
		.bad = "broadcast 2001:db8::1",
	},
	ROW_WITH("dev", INTERFACE(conf_address, dev), .flags = CONF_QUIET,
		 "the interface that gets the address; default: that of the "
		 "instance",
		 "dev eth1", "dev an-interface-too-long"),
	ROW_WITH("scope", SCOPE(conf_address, scope), .flags = CONF_QUIET,
		 "the scope of the address: global, site, link, host, "
		 "nowhere, a name of rt_scopes or a number; IPv4 only; "
		 "default global",
		 "scope link", "scope town"),
	ROW_WITH("label", .type = &conf_type_label,
		 QUIET_FIELD(conf_address, label),
		 "the label of the address, for ifconfig(8); IPv4 only",
		 "label eth0:1", "label eth0:far-too-long"),
	ROW_WITH("peer", .type = &conf_type_peer,
		 QUIET_FIELD(conf_address, peer)
		 DIFFERS("its prefix counts, and the address is removed at the "
			 "end; keepalived leaves it there"),
		 "the address of the other end of a point-to-point link; its "
		 "prefix counts, and not that of the address",
		 "peer 192.0.2.8/31", "peer here"),
	NEEDED("use_vmac", 0, 0,
	       "put the address on a macvlan with the virtual MAC address",
	       "use_vmac"),
	ROW("noprefixroute", FLAG(conf_address, noprefixroute, 1),
	    "add no route to the prefix of the address", "noprefixroute",
	    "noprefixroute 5"),
	ROW("home", FLAG(conf_address, home, 1),
	    "mark it as a home address (mobile IPv6)", "home", "home 5"),
	ROW("-nodad", FLAG(conf_address, dad, 1),
	    "let the kernel detect duplicates of it (IPv6), in spite of the "
	    "word", "-nodad", "-nodad 5"),
	ROW("mngtmpaddr", FLAG(conf_address, mngtmpaddr, 1),
	    "let the kernel create temporary addresses from it (IPv6)",
	    "mngtmpaddr", "mngtmpaddr 5"),
	INERT("autojoin", 0, 0,
	      "join the multicast group of this address, which is none",
	      "autojoin"),
	ROW("no_track", FLAG(conf_address, no_track, 1),
	    "do not watch the address and its interface", "no_track",
	    "no_track 5"),
	ROW_WITH("preferred_lft",
		 SECONDS(conf_address, preferred, 0, CONF_AUTO - 1, lifetimes,
			 CONF_AUTO), .flags = CONF_QUIET,
		 "how long it is preferred, in seconds or forever (IPv6); "
		 "default 0 for a prefix of /128, else forever",
		 "preferred_lft forever", "preferred_lft long"),
};

static const struct conf_row peer_heads[] = {
	ROW_WITH("router", IP(conf_peer, address, IP_NONE),
		 .flags = CONF_MUST, "the address of another router",
		 "192.0.2.3", "192.0.2.3/24"),
};

static const struct conf_row interface_heads[] = {
	ROW_WITH("interface", INTERFACE(conf_interface, name),
		 .flags = CONF_MUST, "the name of an interface", "eth0",
		 "a/b"),
};

static const struct conf_row garp_group_rows[] = {
	ROW("garp_interval",
	    TIME(conf_garp_group, garp_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two gratuitous ARPs on the interfaces of the group",
	    "garp_interval 0.1", "garp_interval often"),
	ROW("gna_interval",
	    TIME(conf_garp_group, gna_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two unsolicited neighbour advertisements on the "
	    "interfaces of the group",
	    "gna_interval 0.1", "gna_interval often"),
	{
		.word = "interfaces", .type = &conf_type_each,
		LIST(conf_garp_group, interfaces, interface_count,
		     conf_block_interface),
		.help = "the interfaces of the group",
		.good = "interfaces {\n eth1 eth2\n}",
		.bad = "interfaces eth0",
	},
	ROW_WITH("interface", INTERFACE(conf_garp_group, interface),
		 .flags = CONF_QUIET, "one interface of the group",
		 "interface eth0", "interface a/b"),
};

static const struct conf_row link_delay_heads[] = {
	ROW_WITH("interface", INTERFACE(conf_link_delay, on.name),
		 .flags = CONF_MUST, "the name of an interface", "eth0 1 2",
		 "a/b 1"),
	ROW("down", TIME(conf_link_delay, down, 0, 255 * TICK_SECOND, 0),
	    "how long the interface must be down before that counts",
	    "eth0 1", "eth0 256"),
	ROW("up", TIME(conf_link_delay, up, 0, 255 * TICK_SECOND, -1),
	    "how long it must be up before that counts; default: the same",
	    "eth0 1 2", "eth0 1 -1"),
};
/* clang-format on */

/* An address is one thing with its interface; the rest of it may change. */
static bool same_address(const void *a, const void *b)
{
	const struct conf_address *one = a;
	const struct conf_address *two = b;

	return ip_equal(&one->address, &two->address) &&
	       (one->dev == two->dev ||
		(one->dev && two->dev && strcmp(one->dev, two->dev) == 0));
}

static uint32_t hash_address(const void *item)
{
	const struct conf_address *one = item;

	return map_hash(&one->address, sizeof(one->address));
}

const struct conf_block conf_block_address = {
	.name = "virtual_ipaddress",
	.heads = ROWS(address_heads),
	.heads_least = 1,
	.parts = { PART(address_rows) },
	.size = sizeof(struct conf_address),
	.span = offsetof(struct conf_address, span),
	.items_max = CONF_ADDRESSES_MAX,
	.finish = conf_address_finish,
	.same = same_address,
	.hash = hash_address,
	.ordered = "addresses",
};

/* clang-format off */
static const struct conf_row static_address_rows[] = {
	ROW_WITH("track_group", NAME(conf_static_address, track_group,
		 CONF_NAME_MAX), .flags = CONF_QUIET,
		 "the track_group whose virtual routers are in FAULT while "
		 "the interface of the address is down",
		 "track_group G", "track_group"),
};
/* clang-format on */

static_assert(offsetof(struct conf_static_address, is) == 0,
	      "the rows of addresses are its own");

const struct conf_block conf_block_static_address = {
	.name = "static_ipaddress",
	.heads = ROWS(address_heads),
	.heads_least = 1,
	.parts = { PART(address_rows), PART(static_address_rows) },
	.size = sizeof(struct conf_static_address),
	.span = offsetof(struct conf_address, span),
	.items_max = CONF_ADDRESSES_MAX,
	.finish = conf_address_finish,
	.same = same_address,
	.hash = hash_address,
	.noun = "static address",
	.ordered = "addresses",
};

bool conf_same_peer(const void *a, const void *b)
{
	const struct conf_peer *one = a;
	const struct conf_peer *two = b;

	return ip_equal(&one->address, &two->address);
}

uint32_t conf_hash_peer(const void *item)
{
	const struct conf_peer *one = item;

	return map_hash(&one->address, sizeof(one->address));
}

const struct conf_block conf_block_peer = {
	.name = "vrrp_peers",
	.heads = ROWS(peer_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_peer),
	.span = offsetof(struct conf_peer, span),
	.items_max = CONF_PEERS_MAX,
	.same = conf_same_peer,
	.hash = conf_hash_peer,
	.noun = "peer",
	.empty = "hears everybody",
};

bool conf_same_interface(const void *a, const void *b)
{
	const struct conf_interface *one = a;
	const struct conf_interface *two = b;

	return strcmp(one->name, two->name) == 0;
}

uint32_t conf_hash_interface(const void *item)
{
	const struct conf_interface *one = item;

	return map_hash(one->name, strlen(one->name));
}

static const struct conf_block conf_block_interface = {
	.name = "interfaces",
	.heads = ROWS(interface_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_interface),
	.span = offsetof(struct conf_interface, span),
	.same = conf_same_interface,
	.hash = conf_hash_interface,
	.noun = "interface",
};

/* Groups have no names: what is the same is equal. */
static bool same_garp_group(const void *a, const void *b)
{
	const struct conf_garp_group *one = a;
	const struct conf_garp_group *two = b;

	if (one->interface_count != two->interface_count ||
	    one->garp_interval != two->garp_interval ||
	    one->gna_interval != two->gna_interval)
		return false;
	for (size_t i = 0; i < one->interface_count; i++) {
		if (!conf_same_interface(&one->interfaces[i],
					 &two->interfaces[i]))
			return false;
	}
	return true;
}

static uint32_t hash_garp_group(const void *item)
{
	const struct conf_garp_group *one = item;

	return one->interface_count > 0 ? conf_hash_interface(one->interfaces)
					: 0;
}

const struct conf_block conf_block_garp_group = {
	.name = "garp_group",
	.parts = { PART(garp_group_rows) },
	.size = sizeof(struct conf_garp_group),
	.span = CONF_NO,
	.finish = conf_garp_group_finish,
	.same = same_garp_group,
	.hash = hash_garp_group,
	.noun = "garp_group",
};

const struct conf_block conf_block_link_delay = {
	.name = "interface_up_down_delays",
	.heads = ROWS(link_delay_heads),
	.heads_least = 2,
	.size = sizeof(struct conf_link_delay),
	.span = offsetof(struct conf_link_delay, on.span),
	.finish = conf_link_delay_finish,
	.same = conf_same_interface,
	.hash = conf_hash_interface,
	.noun = "interface_up_down_delays",
};
