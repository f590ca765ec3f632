/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what baton does of vrrp_instance.
 * keepalived.conf(5), "VRRPD CONFIGURATION".
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

static const struct conf_choice checksums[] = {
	{ "auto", VRRP_CHECKSUM_AUTO },
	{ "rfc9568", VRRP_CHECKSUM_RFC9568 },
	{ "rfc5798", VRRP_CHECKSUM_RFC5798 },
	{ "old-unicast", VRRP_CHECKSUM_OLD_UNICAST },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_instance, name, CONF_NAME_MAX),
		 .flags = CONF_MUST,
		 "the name of the virtual router in output and logs",
		 "vrrp_instance LAN {\n}", NULL),
};

static const struct conf_row rows[] = {
	ROW_WITH("state", .type = &conf_type_state,
		 FIELD(conf_instance, state_active),
		 "what this router is expected to be: MASTER or BACKUP",
		 "state BACKUP", "state SLAVE"),
	ROW_WITH("interface", INTERFACE(conf_instance, interface),
		 .flags = CONF_QUIET | CONF_STRICT
		 DIFFERS("an interface that is missing is waited for, and lo is "
			 "one like any other; keepalived ends"),
		 "the interface on which advertisements are sent and received; "
		 "not needed beside unicast_peer and unicast_src_ip",
		 "interface eth0", "interface a/b"),
	ROW_WITH("virtual_router_id",
		 NUMBER(conf_instance, vrrp.vrid, 1, 255, 0),
		 .flags = CONF_MUST,
		 "the VRID, the same on all routers of one virtual router",
		 "virtual_router_id 51", "virtual_router_id 256"),
	ROW("priority", NUMBER(conf_instance, vrrp.priority, 1, 255,
			       VRRP_PRIORITY_DEFAULT),
	    "the highest priority becomes Active; 255: this router owns the "
	    "addresses",
	    "priority 150", "priority 0"),
	ROW("advert_int",
	    TIME(conf_instance, vrrp.interval, TICK_CENTISECOND,
		 VRRP_INTERVAL_MAX_V2, TICK_SECOND),
	    "the time from one advertisement to the next; whole seconds in "
	    "version 2",
	    "advert_int 1", "advert_int 0"),
	ROW("nopreempt", FLAG(conf_instance, vrrp.preempt, 0),
	    "leave a living Active alone, although its priority is lower",
	    "nopreempt", "nopreempt 1"),
	ROW_WITH("preempt", FLAG(conf_instance, vrrp.preempt, 1),
		 .flags = CONF_ALIAS,
		 "take over from an Active of lower priority, which is the "
		 "default",
		 "preempt", "preempt now"),
	ROW("preempt_delay",
	    TIME(conf_instance, vrrp.preempt_delay, 0, 1000 * TICK_SECOND, 0),
	    "how long an Active of lower priority is left alone",
	    "preempt_delay 30", "preempt_delay 1001"),
	ROW_WITH("checksum", CHOICE(conf_instance, vrrp.checksum, checksums,
				    VRRP_CHECKSUM_AUTO), .flags = CONF_QUIET,
		 "the version 3 checksum over IPv4: auto, rfc9568, rfc5798 "
		 "or, in unicast, old-unicast; default auto: as the others",
		 "checksum rfc9568", "checksum md5"),
	{
		.word = "v3_checksum_as_v2", .type = &conf_type_switch,
		FIELD(conf_instance, vrrp.checksum), .flags = CONF_ALIAS,
		.minimum = VRRP_CHECKSUM_RFC5798,
		.maximum = VRRP_CHECKSUM_RFC9568,
		.help = "the same as checksum rfc9568",
		.good = "v3_checksum_as_v2", .bad = "v3_checksum_as_v2 5",
	},
	ROW_WITH("mcast_src_ip", IP(conf_instance, mcast_src, IP_NONE),
		 .flags = CONF_QUIET,
		 "the source address of advertisements; default: the first "
		 "address of the interface",
		 "mcast_src_ip 192.0.2.2", "mcast_src_ip 224.0.0.18"),
	ROW_WITH("mcast_dst_ip", GROUP(conf_instance, vrrp.destination, IP_NONE),
		 .flags = CONF_QUIET,
		 "the multicast group of advertisements; default: "
		 "vrrp_mcast_group4 or vrrp_mcast_group6",
		 "mcast_dst_ip 224.0.0.99", "mcast_dst_ip 192.0.2.2"),
	{
		.word = "vrrp_peers", .type = &conf_type_each,
		LIST(conf_instance, peers, peer_count, conf_block_peer),
		.help = "the source addresses from which advertisements are "
			"accepted; default: any",
		.good = "vrrp_peers {\n 192.0.2.3 192.0.2.4\n}",
		.bad = "vrrp_peers {\n 192.0.2.3/24\n}",
	},

	{
		.word = "authentication", .type = &conf_type_block,
		FIELD(conf_instance, vrrp.auth), .flags = CONF_QUIET,
		.block = &conf_block_authentication,
		.help = "a password in every advertisement (version 2)",
		.good = "authentication {\n auth_type PASS\n auth_pass x\n}",
		.bad = "authentication",
	},

	/* What it tracks. */
	{
		.word = "track_interface", .type = &conf_type_lines,
		LIST(conf_instance, tracked_interfaces, tracked_interface_count,
		     conf_block_tracked_interface),
		.help = "the interfaces that must be up; with a weight, each "
			"adds to the priority instead",
		.good = "track_interface {\n eth1 weight 10\n}",
		.bad = "track_interface {\n eth1 weight 300\n}",
	},
	ROW("dont_track_primary", FLAG(conf_instance, dont_track_primary, 1),
	    "stay Active when the interface goes down",
	    "dont_track_primary", "dont_track_primary {\n}"),

	/* Addresses. */
	ROW("promote_secondaries",
	    FLAG(conf_instance, promote_secondaries, 1),
	    "keep the other addresses of a subnet when the first one of it "
	    "is removed from the interface (sysctl promote_secondaries)",
	    "promote_secondaries", "promote_secondaries {\n}"),
};

static const struct conf_row auth_rows[] = {
	{
		.word = "auth_type", .type = &conf_type_auth,
		FIELD(vrrp_auth, type), .flags = CONF_QUIET | CONF_MUST,
		.maximum = VRRP_AUTH_TYPES - 1,
		.help = "the kind of authentication: PASS",
		.good = "auth_type PASS", .bad = "auth_type AH",
	},
	{
		.word = "auth_pass", .type = &conf_type_secret,
		FIELD(vrrp_auth, password),
		.flags = CONF_SECRET | CONF_MUST,
		.help = "the password, of which 8 bytes are sent",
		.good = "auth_pass secret", .bad = "auth_pass 123456789",
	},
};

/* What stands last in the canonical form: there may be many of them. */
static const struct conf_row address_rows[] = {
	ROW("no_virtual_ipaddress", FLAG(conf_instance, no_addresses, 1),
	    "state that having no virtual_ipaddress is intended",
	    "no_virtual_ipaddress", "no_virtual_ipaddress {\n}"),
	{
		.word = "virtual_ipaddress", .type = &conf_type_lines,
		SHARED_LIST(conf_instance, addresses, address_count,
			  conf_block_address, conf_address, excluded),
		.differs = "an address that somebody takes away is put back "
			   "at once; keepalived becomes Backup first",
		.help = "the addresses that move with the Active and are in "
			"its advertisements",
		.good = "virtual_ipaddress {\n 192.0.2.9/24 dev eth1\n}",
		.bad = "virtual_ipaddress {\n 192.0.2.300\n}",
	},
	{
		.word = "virtual_ipaddress_excluded", .type = &conf_type_lines,
		SHARED_LIST(conf_instance, addresses, address_count,
			  conf_block_address, conf_address, excluded),
		.flags = CONF_ALIAS, .kind = 1,
		.differs = "an address that somebody takes away is put back "
			   "at once; keepalived becomes Backup first",
		.help = "more addresses that move with the Active, but are "
			"not in its advertisements",
		.good = "virtual_ipaddress_excluded {\n 2001:db8::9/64\n}",
		.bad = "virtual_ipaddress_excluded {\n 2001:db8::9/129x\n}",
	},
	/* Accepting packets to the addresses is what baton always does. */
	OTHER(CONF_DONE, "accept", 0, 0,
	      "accept packets to the addresses, which is the default",
	      "accept"),
};
/* clang-format on */

const struct conf_block conf_block_authentication = {
	.name = "authentication",
	.parts = { PART(auth_rows) },
	.size = sizeof(struct vrrp_auth),
	.span = CONF_NO,
};

const struct conf_block conf_block_instance = {
	.name = "vrrp_instance",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(rows), &conf_rows_unicast, &conf_rows_common_instance,
		   PART(address_rows), &conf_rows_tracker, &conf_rows_notify,
		   &conf_rows_instance },
	.size = sizeof(struct conf_instance),
	.span = offsetof(struct conf_instance, span),
	.items_max = CONF_INSTANCES_MAX,
	.finish = conf_instance_finish,
	.derive = conf_instance_derive,
};
