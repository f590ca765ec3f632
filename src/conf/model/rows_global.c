/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the top level, and what global_defs says of
 * virtual routers. keepalived.conf(5), "GLOBAL CONFIGURATION".
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

static const struct conf_choice resigners[] = {
	{ "active", 0 },
	{ "any", 1 },
	{ NULL, 0 },
};

static const struct conf_choice leases[] = {
	{ "auto", CONF_LEASE_AUTO },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row rows[] = {
	ROW_WITH("router_id", NAME(conf_global, router_id, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of this router; default: the host's",
		 "router_id edge-1", "router_id"),
	ROW("vrrp_version", NUMBER(conf_global, common.version, 2, 3, 2),
	    "the version of VRRP of IPv4 instances that do not say; default 2",
	    "vrrp_version 3", "vrrp_version 1"),
	ROW("vrrp_strict", SWITCH(conf_global, common.strict, 0),
	    "strict_mode of all instances", "vrrp_strict",
	    "vrrp_strict strictly"),

	/* Announcements. */
	ROW("vrrp_garp_master_delay",
	    TIME(conf_global, common.announce.delay, 0, DAY, 5 * TICK_SECOND),
	    "time before the second set of announcements; default 5",
	    "vrrp_garp_master_delay 10", "vrrp_garp_master_delay x"),
	ROW("vrrp_garp_master_repeat",
	    NUMBER(conf_global, common.announce.repeat, 1, 1000, 5),
	    "announcements of each address in one set; default 5",
	    "vrrp_garp_master_repeat 1", "vrrp_garp_master_repeat 0"),
	ROW("vrrp_garp_master_refresh",
	    TIME(conf_global, common.announce.refresh, 0, DAY, 0),
	    "time between repeated announcements; default 0: none",
	    "vrrp_garp_master_refresh 60", "vrrp_garp_master_refresh often"),
	ROW("vrrp_garp_master_refresh_repeat",
	    NUMBER(conf_global, common.announce.refresh_repeat, 1, 1000, 1),
	    "announcements of each address when repeated; default 1",
	    "vrrp_garp_master_refresh_repeat 2",
	    "vrrp_garp_master_refresh_repeat 0"),
	ROW("vrrp_garp_lower_prio_delay",
	    TIME(conf_global, common.announce.lower_delay, 0, DAY, 0),
	    "the delay after a lower priority was heard; default: that of "
	    "vrrp_garp_master_delay",
	    "vrrp_garp_lower_prio_delay 10", "vrrp_garp_lower_prio_delay -1"),
	ROW("vrrp_garp_lower_prio_repeat",
	    NUMBER(conf_global, common.announce.lower_repeat, 0, 1000, 0),
	    "announcements after a lower priority was heard; default: as many "
	    "as vrrp_garp_master_repeat",
	    "vrrp_garp_lower_prio_repeat 1",
	    "vrrp_garp_lower_prio_repeat many"),
	ROW("vrrp_garp_interval",
	    TIME(conf_global, garp_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two gratuitous ARPs on one interface",
	    "vrrp_garp_interval 0.001", "vrrp_garp_interval -0.1"),
	ROW("vrrp_gna_interval",
	    TIME(conf_global, gna_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two unsolicited neighbour advertisements on one "
	    "interface",
	    "vrrp_gna_interval 0.000001", "vrrp_gna_interval 1001"),
	ROW_WITH("vrrp_min_garp", SWITCH(conf_global, common.min_garp, 0),
		 .flags = CONF_QUIET, "one announcement, and no second set",
		 "vrrp_min_garp", "vrrp_min_garp 3"),
	ROW_WITH("vrrp_garp_extra_if",
		 EXTRA(conf_global, common.garp_extra), .flags = CONF_QUIET,
		 "announce every N seconds on the interfaces of virtual MACs; "
		 "with all on every interface of the instance; 0: never",
		 "vrrp_garp_extra_if all 100", "vrrp_garp_extra_if some"),
	ROW_WITH("vrrp_vmac_garp_intvl",
		 EXTRA(conf_global, common.garp_extra), .flags = CONF_ALIAS,
		 "an old spelling of vrrp_garp_extra_if",
		 "vrrp_vmac_garp_intvl 100", "vrrp_vmac_garp_intvl"),

	/* The protocol. */
	ROW_WITH("vrrp_mcast_group4",
		 GROUP(conf_global, common.group4, IP_V4), .flags = CONF_QUIET,
		 "the IPv4 group that advertisements go to; default "
		 "224.0.0.18",
		 "vrrp_mcast_group4 224.0.0.99", "vrrp_mcast_group4 10.0.0.1"),
	ROW_WITH("vrrp_mcast_group6",
		 GROUP(conf_global, common.group6, IP_V6), .flags = CONF_QUIET,
		 "the IPv6 group that advertisements go to; default ff02::12",
		 "vrrp_mcast_group6 ff02::99", "vrrp_mcast_group6 224.0.0.18"),
	ROW("vrrp_down_timer_adverts",
	    NUMBER(conf_global, common.down_timer_adverts, 1, 100, 3),
	    "advertisements missed before a Backup takes over; default 3",
	    "vrrp_down_timer_adverts 4", "vrrp_down_timer_adverts 0"),
	ROW("vrrp_lower_prio_no_advert",
	    SWITCH(conf_global, common.lower_prio_no_advert, 0),
	    "an Active does not answer an advertisement of lower priority at "
	    "once", "vrrp_lower_prio_no_advert on",
	    "vrrp_lower_prio_no_advert 2"),
	ROW("vrrp_higher_prio_send_advert",
	    SWITCH(conf_global, common.higher_prio_send_advert, 0),
	    "an Active advertises once more before it yields to a higher "
	    "priority", "vrrp_higher_prio_send_advert on",
	    "vrrp_higher_prio_send_advert once"),
	ROW("vrrp_owner_ignore_adverts",
	    SWITCH(conf_global, common.owner_ignore_adverts, 0),
	    "a router of priority 255 ignores what others advertise",
	    "vrrp_owner_ignore_adverts on", "vrrp_owner_ignore_adverts all"),
	ROW("vrrp_skip_check_adv_addr",
	    SWITCH(conf_global, common.skip_check_adv_addr, 0),
	    "do not check the addresses of every advertisement of one Active",
	    "vrrp_skip_check_adv_addr", "vrrp_skip_check_adv_addr often"),
	ROW("vrrp_startup_delay",
	    TIME(conf_global, startup_delay, 0, 1000 * TICK_SECOND, 0),
	    "time after the start of batond before any instance starts",
	    "vrrp_startup_delay 5.5", "vrrp_startup_delay -1"),
	ROW("vrrp_delay_after_boot",
	    TIME(conf_global, delay_after_boot, 0, 1000 * TICK_SECOND, 0),
	    "time after the boot of the machine before any instance starts",
	    "vrrp_delay_after_boot 30", "vrrp_delay_after_boot soon"),
	ROW("vrrp_address_lease",
	    SECONDS(conf_global, common.lease, 0, CONF_LEASE_MAX, leases,
		    CONF_LEASE_AUTO),
	    "seconds until the kernel removes the addresses of a baton that "
	    "died or hangs; 0: never; default auto",
	    "vrrp_address_lease 5", "vrrp_address_lease 1.5"),
	ROW("vrrp_resign_from",
	    CHOICE(conf_global, common.resign_any, resigners, 0),
	    "active or any: whose priority 0 counts", "vrrp_resign_from any",
	    "vrrp_resign_from nobody"),
	ROW_WITH("random_seed", SEED(conf_global, seed),
		 .flags = CONF_QUIET, "makes ${_RANDOM} repeatable",
		 "random_seed 1", "random_seed -1"),
	ROW("disable_local_igmp", FLAG(conf_global, disable_local_igmp, 1),
	    "do not tell switches by IGMP that we listen to the group",
	    "disable_local_igmp", "disable_local_igmp {\n}"),
	ROW("log_unknown_vrids", FLAG(conf_global, log_unknown_vrids, 1),
	    "write a line to the log for advertisements of virtual routers "
	    "that are not configured here",
	    "log_unknown_vrids", "log_unknown_vrids {\n}"),
	ROW_WITH("iproute_usr_dir",
		 NAME(conf_global, iproute_usr_dir, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the folder of iproute2's names as the distribution ships "
		 "them (rt_scopes)",
		 "iproute_usr_dir /usr/share/iproute2", "iproute_usr_dir"),
	ROW_WITH("iproute_etc_dir",
		 NAME(conf_global, iproute_etc_dir, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the folder of iproute2's names that override those",
		 "iproute_etc_dir /etc/iproute2", "iproute_etc_dir"),
};
/* clang-format on */

const struct conf_block conf_block_global = {
	.name = "global_defs",
	.parts = { PART(rows), &conf_rows_process, &conf_rows_later },
	.size = sizeof(struct conf_global),
	.span = CONF_NO,
	.finish = conf_global_finish,
};
