/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the top level, and what global_defs says of
 * virtual routers. keepalived.conf(5), "GLOBAL CONFIGURATION".
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row rows[] = {
	ROW_WITH("default_interface", INTERFACE(conf_global, default_interface),
		 .flags = CONF_QUIET,
		 "the interface of static addresses that name none; default "
		 "eth0",
		 "default_interface eth1", "default_interface a/b"),
	ROW_WITH("router_id", NAME(conf_global, router_id, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of this router in output and logs; default: the host "
		 "name",
		 "router_id edge-1", "router_id"),

	/* Announcements. */
	ROW("vrrp_garp_interval",
	    TIME(conf_global, garp_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two gratuitous ARPs on one interface",
	    "vrrp_garp_interval 0.001", "vrrp_garp_interval -0.1"),
	ROW("vrrp_gna_interval",
	    TIME(conf_global, gna_interval, 0, 1000 * TICK_SECOND, 0),
	    "time between two unsolicited neighbour advertisements on one "
	    "interface",
	    "vrrp_gna_interval 0.000001", "vrrp_gna_interval 1001"),

	/* The protocol. */
	ROW("vrrp_startup_delay",
	    TIME(conf_global, startup_delay, 0, 1000 * TICK_SECOND, 0),
	    "time after the start of batond before any instance starts",
	    "vrrp_startup_delay 5.5", "vrrp_startup_delay -1"),
	ROW("vrrp_delay_after_boot",
	    TIME(conf_global, delay_after_boot, 0, 1000 * TICK_SECOND, 0),
	    "time after the boot of this machine before any instance starts",
	    "vrrp_delay_after_boot 30", "vrrp_delay_after_boot soon"),
	ROW_WITH("random_seed", SEED(conf_global, seed),
		 .flags = CONF_QUIET, "a number that makes ${_RANDOM} repeatable",
		 "random_seed 1", "random_seed -1"),
	ROW("disable_local_igmp", FLAG(conf_global, disable_local_igmp, 1),
	    "let this machine send no IGMP reports for 224.0.0.0/24, which "
	    "switches do not need",
	    "disable_local_igmp", "disable_local_igmp {\n}"),
	ROW_WITH("dynamic_interfaces",
		 PRESENCE(conf_global, dynamic_interfaces, 0),
		 .flags = CONF_QUIET
		 DIFFERS("an interface that is missing is waited for "
			 "also without it"),
		 "let `keepalived -t` find nothing wrong with interfaces that "
		 "are missing; baton always waits for them",
		 "dynamic_interfaces", "dynamic_interfaces {\n}"),
	ROW("log_unknown_vrids", FLAG(conf_global, log_unknown_vrids, 1),
	    "log advertisements of virtual routers that are not configured "
	    "here",
	    "log_unknown_vrids", "log_unknown_vrids {\n}"),
	ROW_WITH("iproute_usr_dir",
		 NAME(conf_global, iproute_usr_dir, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the folder of iproute2's names that the distribution ships "
		 "(rt_scopes); default /usr/share/iproute2",
		 "iproute_usr_dir /usr/share/iproute2", "iproute_usr_dir"),
	ROW_WITH("iproute_etc_dir",
		 NAME(conf_global, iproute_etc_dir, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET,
		 "the folder of iproute2's names that override those; default "
		 "/etc/iproute2",
		 "iproute_etc_dir /etc/iproute2", "iproute_etc_dir"),
};
/* clang-format on */

const struct conf_block conf_block_global = {
	.name = "global_defs",
	.parts = { PART(rows), &conf_rows_common_global, &conf_rows_process,
		   &conf_rows_script_global, &conf_rows_mail,
		   &conf_rows_notify_global, &conf_rows_dump,
		   &conf_rows_lvs_global, &conf_rows_later },
	.size = sizeof(struct conf_global),
	.span = CONF_NO,
	.finish = conf_global_finish,
};
