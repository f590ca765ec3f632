/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what vrrp_instance may say that baton does not do
 * yet, or never, and its authentication. keepalived.conf(5), "VRRPD
 * CONFIGURATION".
 */
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row rows[] = {
	BLOCK(CONF_NEEDED, "authentication", conf_block_authentication,
	      "a password in the packets (VRRPv2)",
	      "authentication {\n auth_type PASS\n auth_pass x\n}"),
	NEEDED("unicast_src_ip", 1, 1, "our address to peers",
	      "unicast_src_ip 192.0.2.2"),
	BLOCK(CONF_NEEDED, "unicast_peer", conf_block_list,
	      "speak to these routers instead of the group",
	      "unicast_peer {\n 192.0.2.3\n}"),
	NEEDED("unicast_ttl", 1, 1, "the TTL of unicast packets",
	      "unicast_ttl 255"),
	NEEDED("unicast_fault_no_peer", 0, 0, "FAULT when there is no peer",
	      "unicast_fault_no_peer"),
	LATER("check_unicast_src", 0, 0, "hear only unicast peers",
	      "check_unicast_src"),
	INERT("old_unicast_checksum", 0, 1,
	      "a checksum of keepalived before 1.3.6",
	      "old_unicast_checksum never"),
	NEEDED("track_src_ip", 0, 0, "FAULT without mcast_src_ip",
	      "track_src_ip"),
	NEEDED("use_vmac", 0, 2, "use the virtual MAC (macvlan)", "use_vmac"),
	NEEDED("use_vmac_addr", 0, 0,
	      "the same for addresses on other interfaces", "use_vmac_addr"),
	NEEDED("vmac_xmit_base", 0, 0,
	      "send from the interface below the virtual MAC",
	      "vmac_xmit_base"),
	NEEDED("use_ipvlan", 0, 3, "use an ipvlan", "use_ipvlan"),
	NEEDED("vrf", 1, 1, "the VRF to be in", "vrf blue"),
	INERT("native_ipv6", 0, 0, "IPv6 by force; the addresses say that",
	      "native_ipv6"),
	NEEDED("lvs_sync_daemon_interface", 1, 1,
	      "an old spelling of lvs_sync_daemon",
	      "lvs_sync_daemon_interface eth0"),
	NEEDED("no_accept", 0, 0, "drop packets to the addresses", "no_accept"),
	NEEDED("dont_track_primary", 0, 0,
	      "do not mind the state of the interface", "dont_track_primary"),
	BLOCK(CONF_NEEDED, "track_interface", conf_block_list,
	      "interfaces that must be up",
	      "track_interface {\n eth1 weight 10\n}"),
	BLOCK(CONF_NEEDED, "track_script", conf_block_list,
	      "scripts that must succeed", "track_script {\n check\n}"),
	BLOCK(CONF_NEEDED, "track_file", conf_block_list,
	      "files whose number counts", "track_file {\n file\n}"),
	BLOCK(CONF_NEEDED, "track_process", conf_block_list,
	      "processes that must run", "track_process {\n nginx\n}"),
	BLOCK(CONF_NEEDED, "track_bfd", conf_block_list,
	      "BFD sessions that must be up", "track_bfd {\n peer\n}"),
	BLOCK(CONF_NEEDED, "virtual_routes", conf_block_list,
	      "routes that move with the Active",
	      "virtual_routes {\n 10.0.0.0/8 via 192.0.2.1\n}"),
	BLOCK(CONF_NEEDED, "virtual_rules", conf_block_list,
	      "rules that move with the Active",
	      "virtual_rules {\n from 10.0.0.0/8 table 1\n}"),
	NEEDED("notify", 1, MANY, "a script for every change of state",
	      "notify /bin/n.sh"),
	NEEDED("notify_master", 1, MANY, "a script for becoming Active",
	      "notify_master /bin/n.sh"),
	NEEDED("notify_backup", 1, MANY, "a script for becoming Backup",
	      "notify_backup /bin/n.sh"),
	NEEDED("notify_fault", 1, MANY, "a script for FAULT",
	      "notify_fault /bin/n.sh"),
	NEEDED("notify_stop", 1, MANY, "a script for the end",
	      "notify_stop /bin/n.sh"),
	NEEDED("notify_deleted", 0, MANY, "a script for being removed",
	      "notify_deleted"),
	NEEDED("notify_master_rx_lower_pri", 1, MANY,
	      "a script for hearing a lower priority",
	      "notify_master_rx_lower_pri /bin/n.sh"),
	LATER("notify_priority_changes", 0, 1, "tell the FIFOs of priorities",
	      "notify_priority_changes on"),
	LATER("smtp_alert", 0, 1, "send mail of changes", "smtp_alert on"),
	INERT("kernel_rx_buf_size", 1, 1, "the size of a socket's buffer",
	      "kernel_rx_buf_size 65536"),
	INERT("linkbeat_use_polling", 0, 0, "poll the state of the link",
	      "linkbeat_use_polling"),
	INERT("debug", 1, 1, "never did anything", "debug 0"),
	LATER("timer_expired_backup", 1, 2,
	      "what to do when a timer expired too late",
	      "timer_expired_backup 1"),
	LATER("thread_timer_expired", 1, 2,
	      "an old spelling of timer_expired_backup",
	      "thread_timer_expired 1"),
	BLOCK(CONF_NEEDED, "auth_hmac", conf_block_auth_hmac,
	      "a keyed hash in the packets (VRRPv3)",
	      "auth_hmac {\n key k 0123456789abcdef0123456789abcdef\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row authentication_rows[] = {
	NEEDED("auth_type", 1, 1, "PASS or AH", "auth_type PASS"),
	SECRET(CONF_NEEDED, "auth_pass", "the password", "auth_pass secret"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row hmac_rows[] = {
	SECRET(CONF_NEEDED, "key",
	      "a name for a key, and the key in hexadecimal",
	      "key k 0123456789abcdef0123456789abcdef"),
	NEEDED("active_key", 1, 1, "the name of the key that is sent",
	      "active_key k"),
	NEEDED("time_window", 1, 1, "how old a packet may be", "time_window 5"),
	NEEDED("anti_replay", 0, 1, "refuse packets that were sent before",
	      "anti_replay"),
	NEEDED("mode", 1, 1, "whether packets without it are refused",
	      "mode enforcing"),
};
/* clang-format on */

const struct conf_rows conf_rows_instance = ROWS(rows);

const struct conf_block conf_block_authentication = {
	.name = "authentication",
	.parts = { PART(authentication_rows) },
};

const struct conf_block conf_block_auth_hmac = {
	.name = "auth_hmac",
	.parts = { PART(hmac_rows) },
};
