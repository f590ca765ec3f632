/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what vrrp_instance may say that baton does not do
 * yet, or never. keepalived.conf(5), "VRRPD CONFIGURATION".
 */
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row rows[] = {

	NEEDED("use_vmac", 0, 2,
	       "answer from the virtual MAC address, on a macvlan of this name",
	       "use_vmac vrrp.51"),
	NEEDED("use_vmac_addr", 0, 0,
	       "use the virtual MAC address for addresses on other interfaces "
	       "too", "use_vmac_addr"),
	NEEDED("vmac_xmit_base", 0, 0,
	       "send advertisements from the base interface, not from the "
	       "macvlan", "vmac_xmit_base"),
	NEEDED("use_ipvlan", 0, 3,
	       "put the addresses on an ipvlan: its name, address and mode",
	       "use_ipvlan"),
	NEEDED("vrf", 1, 1,
	       "the VRF in which advertisements are sent and received",
	       "vrf blue"),
	INERT("native_ipv6", 0, 0,
	      "use IPv6; the first address says that already", "native_ipv6"),
	ROW_WITH("lvs_sync_daemon_interface",
		 INTERFACE(conf_instance, sync_interface),
		 .flags = CONF_QUIET,
		 "an old spelling of lvs_sync_daemon in global_defs",
		 "lvs_sync_daemon_interface eth0",
		 "lvs_sync_daemon_interface an-interface-too-long"),
	NEEDED("no_accept", 0, 0,
	       "drop packets to the addresses, unless this router owns them",
	       "no_accept"),
	BLOCK(CONF_NEEDED, "track_bfd", conf_block_list,
	      "the bfd_instances that must be up; with a weight, each adds to "
	      "the priority instead", "track_bfd {\n peer\n}"),
	{
		.word = "virtual_routes", .type = &conf_type_lines,
		LIST(conf_instance, routes, route_count, conf_block_route),
		.differs = "a route that somebody takes away is put back "
			   "at once; keepalived becomes Backup first",
		.help = "the routes to install while Active",
		.good = "virtual_routes {\n 10.0.0.0/8 via 192.0.2.1\n}",
		.bad = "virtual_routes eth0",
	},
	{
		.word = "virtual_rules", .type = &conf_type_lines,
		LIST(conf_instance, rules, rule_count, conf_block_rule),
		.differs = "a rule that somebody takes away is put back "
			   "at once; keepalived becomes Backup first",
		.help = "the routing rules to install while Active",
		.good = "virtual_rules {\n from 10.0.0.0/8 table 1 priority 5\n}",
		.bad = "virtual_rules eth0",
	},
	INERT("kernel_rx_buf_size", 1, 1,
	      "the receive buffer of the sockets; baton chooses it",
	      "kernel_rx_buf_size 65536"),
	INERT("linkbeat_use_polling", 0, 0,
	      "poll the state of the link; baton is told by the kernel",
	      "linkbeat_use_polling"),
	INERT("debug", 1, 1,
	      "a debug level; it has no effect in keepalived either",
	      "debug 0"),
	OTHER(CONF_DONE, "timer_expired_backup", 0, 1,
	      "give way to another one after a pause of this machine, in which "
	      "one of this priority has taken over; baton always looks who "
	      "serves before it goes on",
	      "timer_expired_backup 200"),
	OTHER(CONF_DONE, "thread_timer_expired", 0, 1,
	      "an old spelling of timer_expired_backup",
	      "thread_timer_expired 200"),
	BLOCK(CONF_NEEDED, "auth_hmac", conf_block_auth_hmac,
	      "a keyed hash in every advertisement (version 3)",
	      "auth_hmac {\n key k 0123456789abcdef0123456789abcdef\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row hmac_rows[] = {
	SECRET(CONF_NEEDED, "key",
	       "the name of a key, and the key in hexadecimal",
	       "key k 0123456789abcdef0123456789abcdef"),
	NEEDED("active_key", 1, 1, "the name of the key to sign with",
	       "active_key k"),
	NEEDED("time_window", 1, 1,
	       "how old an advertisement may be, in seconds", "time_window 5"),
	NEEDED("anti_replay", 0, 1,
	       "drop advertisements that were received before", "anti_replay"),
	NEEDED("mode", 1, 1,
	       "whether advertisements without a valid hash are dropped",
	       "mode enforcing"),
};
/* clang-format on */

const struct conf_rows conf_rows_instance = ROWS(rows);

const struct conf_block conf_block_auth_hmac = {
	.name = "auth_hmac",
	.parts = { PART(hmac_rows) },
};
