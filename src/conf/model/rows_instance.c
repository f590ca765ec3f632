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
	{ NULL, 0 },
};

static const struct conf_choice leases[] = {
	{ "auto", CONF_LEASE_AUTO },
	{ NULL, 0 },
};

static const struct conf_choice resigners[] = {
	{ "active", 0 },
	{ "any", 1 },
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
		 "MASTER or BACKUP: where it is expected to be at first",
		 "state BACKUP", "state SLAVE"),
	ROW_WITH("interface", INTERFACE(conf_instance, interface),
		 .flags = CONF_MUST,
		 "the interface that advertisements leave and arrive by",
		 "interface eth0", "interface a/b"),
	ROW_WITH("virtual_router_id",
		 NUMBER(conf_instance, vrrp.vrid, 1, 255, 0),
		 .flags = CONF_MUST,
		 "the VRID, equal on all routers of one virtual router",
		 "virtual_router_id 51", "virtual_router_id 256"),
	ROW("priority", NUMBER(conf_instance, vrrp.priority, 1, 255,
			       VRRP_PRIORITY_DEFAULT),
	    "the highest becomes Active; 255: we own the addresses; default "
	    "100", "priority 150", "priority 0"),
	ROW_WITH("version", NUMBER(conf_instance, vrrp.version, 2, 3, 2),
		 INHERITS(common.version),
		 "the version of VRRP, 2 or 3; IPv6 is always 3", "version 3",
		 "version 4"),
	ROW("advert_int",
	    TIME(conf_instance, vrrp.interval, TICK_CENTISECOND,
		 VRRP_INTERVAL_MAX_V2, TICK_SECOND),
	    "time between two advertisements; default 1", "advert_int 1",
	    "advert_int 0"),
	ROW("nopreempt", FLAG(conf_instance, vrrp.preempt, 0),
	    "leave a living Active alone, whatever its priority", "nopreempt",
	    "nopreempt 1"),
	ROW_WITH("preempt", FLAG(conf_instance, vrrp.preempt, 1),
		 .flags = CONF_ALIAS,
		 "take over from a lower priority (the default)", "preempt",
		 "preempt now"),
	ROW("preempt_delay",
	    TIME(conf_instance, vrrp.preempt_delay, 0, 1000 * TICK_SECOND, 0),
	    "how long a lower priority is left alone before taking over; "
	    "default 0", "preempt_delay 30", "preempt_delay 1001"),
	ROW_WITH("strict_mode", SWITCH(conf_instance, vrrp.strict, 0),
		 INHERITS(common.strict),
		 "hold packets and configuration to the letter of the RFC",
		 "strict_mode on", "strict_mode maybe"),
	ROW_WITH("checksum", CHOICE(conf_instance, vrrp.checksum, checksums,
				    VRRP_CHECKSUM_AUTO), .flags = CONF_QUIET,
		 "the VRRPv3 checksum over IPv4: auto, rfc9568 or rfc5798",
		 "checksum rfc9568", "checksum md5"),
	{
		.word = "v3_checksum_as_v2", .type = &conf_type_switch,
		FIELD(conf_instance, vrrp.checksum), .flags = CONF_ALIAS,
		.minimum = VRRP_CHECKSUM_RFC5798,
		.maximum = VRRP_CHECKSUM_RFC9568,
		.help = "send the checksum of the message alone (checksum "
			"rfc9568)",
		.good = "v3_checksum_as_v2", .bad = "v3_checksum_as_v2 5",
	},
	ROW_WITH("down_timer_adverts",
		 NUMBER(conf_instance, vrrp.down_timer_adverts, 1, 100, 3),
		 INHERITS(common.down_timer_adverts),
		 "advertisements missed before a Backup takes over; default 3",
		 "down_timer_adverts 4", "down_timer_adverts 101"),
	ROW_WITH("lower_prio_no_advert",
		 SWITCH(conf_instance, vrrp.lower_prio_no_advert, 0),
		 INHERITS(common.lower_prio_no_advert),
		 "an Active does not answer an advertisement of lower "
		 "priority at once",
		 "lower_prio_no_advert on", "lower_prio_no_advert 2"),
	ROW_WITH("higher_prio_send_advert",
		 SWITCH(conf_instance, vrrp.higher_prio_send_advert, 0),
		 INHERITS(common.higher_prio_send_advert),
		 "an Active advertises once more before it yields to a higher "
		 "priority",
		 "higher_prio_send_advert on", "higher_prio_send_advert once"),
	ROW_WITH("owner_ignore_adverts",
		 SWITCH(conf_instance, vrrp.owner_ignore_adverts, 0),
		 INHERITS(common.owner_ignore_adverts),
		 "a router of priority 255 ignores what others advertise",
		 "owner_ignore_adverts on", "owner_ignore_adverts all"),
	ROW_WITH("skip_check_adv_addr",
		 SWITCH(conf_instance, vrrp.skip_check_adv_addr, 0),
		 INHERITS(common.skip_check_adv_addr),
		 "do not check the addresses of every advertisement of one "
		 "Active",
		 "skip_check_adv_addr on", "skip_check_adv_addr often"),
	ROW_WITH("vrrp_resign_from",
		 CHOICE(conf_instance, vrrp.resign_any, resigners, 0),
		 INHERITS(common.resign_any),
		 "active or any: whose priority 0 counts",
		 "vrrp_resign_from any", "vrrp_resign_from nobody"),
	ROW_WITH("mcast_src_ip", IP(conf_instance, mcast_src, IP_NONE),
		 .flags = CONF_QUIET,
		 "our address to the group; default: the interface's own",
		 "mcast_src_ip 192.0.2.2", "mcast_src_ip 224.0.0.18"),
	ROW_WITH("mcast_dst_ip", GROUP(conf_instance, mcast_dst, IP_NONE),
		 .flags = CONF_QUIET,
		 "the group that advertisements go to; default 224.0.0.18 or "
		 "ff02::12",
		 "mcast_dst_ip 224.0.0.99", "mcast_dst_ip 192.0.2.2"),
	{
		.word = "vrrp_peers", .type = &conf_type_each,
		LIST(conf_instance, peers, peer_count, conf_block_peer),
		.help = "the source addresses whose advertisements are heard",
		.good = "vrrp_peers {\n 192.0.2.3 192.0.2.4\n}",
		.bad = "vrrp_peers {\n 192.0.2.3/24\n}",
	},

	/* Announcements. */
	ROW_WITH("garp_master_delay",
		 TIME(conf_instance, vrrp.announce.delay, 0, DAY, 0),
		 INHERITS(common.announce.delay),
		 "time before the second set of announcements; 0: none",
		 "garp_master_delay 5", "garp_master_delay never"),
	ROW_WITH("garp_master_repeat",
		 NUMBER(conf_instance, vrrp.announce.repeat, 1, 1000, 1),
		 INHERITS(common.announce.repeat),
		 "announcements of each address in one set",
		 "garp_master_repeat 5", "garp_master_repeat 0"),
	ROW_WITH("garp_master_refresh",
		 TIME(conf_instance, vrrp.announce.refresh, 0, DAY, 0),
		 INHERITS(common.announce.refresh),
		 "time between repeated announcements; 0: none",
		 "garp_master_refresh 60", "garp_master_refresh -1"),
	ROW_WITH("garp_master_refresh_repeat",
		 NUMBER(conf_instance, vrrp.announce.refresh_repeat, 1, 1000,
			1),
		 INHERITS(common.announce.refresh_repeat),
		 "announcements of each address when repeated",
		 "garp_master_refresh_repeat 2",
		 "garp_master_refresh_repeat 0"),
	ROW_WITH("garp_lower_prio_delay",
		 TIME(conf_instance, vrrp.announce.lower_delay, 0, DAY, 0),
		 INHERITS(common.announce.lower_delay),
		 "the same delay, after a lower priority was heard",
		 "garp_lower_prio_delay 10", "garp_lower_prio_delay 1s2"),
	ROW_WITH("garp_lower_prio_repeat",
		 NUMBER(conf_instance, vrrp.announce.lower_repeat, 0, 1000, 0),
		 INHERITS(common.announce.lower_repeat),
		 "announcements after a lower priority was heard; 0: none",
		 "garp_lower_prio_repeat 1", "garp_lower_prio_repeat 1001"),
	{
		.word = "garp_extra_if", EXTRA(conf_instance, garp_extra),
		.flags = CONF_QUIET | CONF_INHERITS,
		.inherits = offsetof(struct conf_global, common.garp_extra),
		.help = "announce every N seconds on the interfaces of "
			"virtual MACs; with all on every interface of the "
			"instance; 0: never",
		.good = "garp_extra_if all 100", .bad = "garp_extra_if often",
	},
	ROW_WITH("vmac_garp_intvl", EXTRA(conf_instance, garp_extra),
		 .flags = CONF_ALIAS, "an old spelling of garp_extra_if",
		 "vmac_garp_intvl 100", "vmac_garp_intvl"),

	/* Addresses. */
	ROW_WITH("vrrp_address_lease",
		 SECONDS(conf_instance, lease, 0, CONF_LEASE_MAX, leases,
			 CONF_LEASE_AUTO), INHERITS(common.lease),
		 "seconds until the kernel removes the addresses of a baton "
		 "that died or hangs; 0: never",
		 "vrrp_address_lease 5", "vrrp_address_lease 1.5"),
	ROW("promote_secondaries",
	    FLAG(conf_instance, promote_secondaries, 1),
	    "keep the other addresses of the interface when the kernel loses "
	    "its first one (sysctl promote_secondaries)",
	    "promote_secondaries", "promote_secondaries {\n}"),
	ROW("no_virtual_ipaddress", FLAG(conf_instance, no_addresses, 1),
	    "it is meant to have no virtual_ipaddress",
	    "no_virtual_ipaddress", "no_virtual_ipaddress {\n}"),
	{
		.word = "virtual_ipaddress", .type = &conf_type_lines,
		TWO_LISTS(conf_instance, addresses, address_count,
			  conf_block_address, conf_address, excluded),
		.help = "the addresses that move with the Active, advertised",
		.good = "virtual_ipaddress {\n 192.0.2.9/24 dev eth1\n}",
		.bad = "virtual_ipaddress {\n 192.0.2.300\n}",
	},
	{
		.word = "virtual_ipaddress_excluded", .type = &conf_type_lines,
		TWO_LISTS(conf_instance, addresses, address_count,
			  conf_block_address, conf_address, excluded),
		.flags = CONF_PRESET | CONF_ALIAS,
		.help = "addresses that move, but are not advertised",
		.good = "virtual_ipaddress_excluded {\n 2001:db8::9/64\n}",
		.bad = "virtual_ipaddress_excluded {\n 2001:db8::9/129x\n}",
	},
	/* Accepting packets to the addresses is what baton always does. */
	OTHER(CONF_DONE, "accept", 0, 0,
	      "accept packets to the addresses (the default)", "accept"),
};
/* clang-format on */

const struct conf_block conf_block_instance = {
	.name = "vrrp_instance",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(rows), &conf_rows_instance },
	.size = sizeof(struct conf_instance),
	.span = offsetof(struct conf_instance, span),
	.items_max = CONF_INSTANCES_MAX,
	.finish = conf_instance_finish,
	.derive = conf_instance_derive,
};
