/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what instances refer to: groups, processes and BFD
 * sessions. keepalived.conf(5).
 */
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row group_rows[] = {
	BLOCK(CONF_NEEDED, "track_interface", conf_block_list,
	      "the interfaces that must be up; with a weight, each adds to "
	      "the priority instead", "track_interface {\n eth1 weight 10\n}"),
	BLOCK(CONF_NEEDED, "track_script", conf_block_list,
	      "the vrrp_scripts that must succeed; with a weight, each adds "
	      "to the priority instead", "track_script {\n check\n}"),
	BLOCK(CONF_NEEDED, "track_file", conf_block_list,
	      "the track_files whose numbers, multiplied by their weights, "
	      "are added to the priority", "track_file {\n file\n}"),
	BLOCK(CONF_NEEDED, "track_process", conf_block_list,
	      "the vrrp_track_processes that must run; with a weight, each "
	      "adds to the priority instead", "track_process {\n nginx\n}"),
	BLOCK(CONF_NEEDED, "track_bfd", conf_block_list,
	      "the bfd_instances that must be up; with a weight, each adds to "
	      "the priority instead", "track_bfd {\n peer\n}"),
	NEEDED("notify", 1, 3,
	       "the script to run at every change of state of the group, with "
	       "its user and group", "notify /bin/n.sh"),
	NEEDED("notify_master", 1, 3,
	       "the script to run when the group becomes Active, with its "
	       "user and group", "notify_master /bin/n.sh"),
	NEEDED("notify_backup", 1, 3,
	       "the script to run when the group becomes Backup, with its "
	       "user and group", "notify_backup /bin/n.sh"),
	NEEDED("notify_fault", 1, 3,
	       "the script to run when the group has a fault, with its user "
	       "and group", "notify_fault /bin/n.sh"),
	NEEDED("notify_stop", 1, 3,
	       "the script to run when the group is stopped, with its user "
	       "and group", "notify_stop /bin/n.sh"),
	NEEDED("notify_deleted", 0, 3,
	       "report DELETED instead of FAULT when a reload removes the "
	       "group, and run this script", "notify_deleted /bin/n.sh"),
	LATER("notify_priority_changes", 0, 1,
	      "report changes of priorities to the notify FIFOs",
	      "notify_priority_changes on"),
	LATER("smtp_alert", 0, 1,
	      "send mail when the state of the group changes", "smtp_alert on"),
	BLOCK(CONF_NEEDED, "group", conf_block_list,
	      "the virtual routers of the group, which change state together",
	      "group {\n A\n B\n}"),
	NEEDED("global_tracking", 0, 0,
	       "an old spelling of sync_group_tracking_weight",
	       "global_tracking"),
	NEEDED("sync_group_tracking_weight", 0, 0,
	       "let weights of trackers count for virtual routers in this "
	       "group", "sync_group_tracking_weight"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row process_rows[] = {
	LATER("weight", 1, 2,
	      "what it adds to the priority: a positive weight while it is "
	      "good, a negative one while it is bad; reverse turns the sign "
	      "around", "weight 10 reverse"),
	LATER("process", 1, MANY,
	      "the name of the process, and its arguments if they must match",
	      "process nginx"),
	LATER("param_match", 0, 1,
	      "how arguments are compared: initial or partial; alone: there "
	      "must be none", "param_match initial"),
	LATER("quorum", 1, 1, "how many such processes must run; default 1",
	      "quorum 2"),
	LATER("quorum_max", 1, 1, "how many such processes may run; 0: none",
	      "quorum_max 4"),
	LATER("fork_delay", 1, 1,
	      "how long the quorum must be met before the process counts as up",
	      "fork_delay 1"),
	LATER("terminate_delay", 1, 1,
	      "how long the quorum must be missed before the process counts "
	      "as down", "terminate_delay 1"),
	LATER("delay", 1, 1, "both fork_delay and terminate_delay", "delay 1"),
	LATER("full_command", 0, 0,
	      "compare the whole command, not the short name that the kernel "
	      "keeps", "full_command"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_rows[] = {
	NEEDED("weight", 1, 2,
	       "what it adds to the priority: a positive weight while it is "
	       "good, a negative one while it is bad; reverse turns the sign "
	       "around", "weight 10 reverse"),
	NEEDED("neighbor_ip", 1, 1, "the address of the other router",
	       "neighbor_ip 192.0.2.2"),
	NEEDED("neighbour_ip", 1, 1, "another spelling of neighbor_ip",
	       "neighbour_ip 192.0.2.2"),
	NEEDED("source_ip", 1, 1, "the source address of our packets",
	       "source_ip 192.0.2.1"),
	NEEDED("min_rx", 1, 1,
	       "the shortest interval that we accept between packets, in "
	       "milliseconds; default 10", "min_rx 10"),
	NEEDED("min_tx", 1, 1,
	       "the shortest interval at which we send packets, in "
	       "milliseconds; default 10", "min_tx 10"),
	NEEDED("idle_tx", 1, 1,
	       "the interval at which we send while the session is down, in "
	       "milliseconds; default 1000", "idle_tx 1000"),
	NEEDED("multiplier", 1, 1,
	       "how many packets may be missed before the session is down; "
	       "default 5", "multiplier 5"),
	NEEDED("passive", 0, 0, "send nothing before the other router has sent",
	       "passive"),
	NEEDED("ttl", 1, 1, "the TTL of our packets over IPv4; default 255",
	       "ttl 255"),
	NEEDED("hoplimit", 1, 1,
	       "the hop limit of our packets over IPv6; default 255",
	       "hoplimit 64"),
	NEEDED("max_hops", 1, 1,
	       "how many hops away the other router may be; default 0",
	       "max_hops 0"),
	NEEDED("vrrp", 0, 0, "report the session to virtual routers only",
	       "vrrp"),
	NEEDED("checker", 0, 0, "report the session to health checks only",
	       "checker"),
	NEEDED("multihop", 0, 0,
	       "use the port of BFD over several hops (RFC 5883)", "multihop"),
};
/* clang-format on */

/* What is behind an opaque block, and not looked at. */
const struct conf_block conf_block_list = {
	.name = "a list",
	.free_form = true,
};

const struct conf_block conf_block_sync_group = {
	.name = "vrrp_sync_group",
	.parts = { PART(group_rows) },
};

const struct conf_block conf_block_track_process = {
	.name = "vrrp_track_process",
	.parts = { PART(process_rows) },
};

const struct conf_block conf_block_bfd = {
	.name = "bfd_instance",
	.parts = { PART(bfd_rows) },
};
