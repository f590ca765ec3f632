/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what instances refer to: groups, scripts, files,
 * processes and BFD sessions. keepalived.conf(5).
 */
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row group_rows[] = {
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
	LATER("notify_priority_changes", 0, 1, "tell the FIFOs of priorities",
	      "notify_priority_changes on"),
	LATER("smtp_alert", 0, 1, "send mail of changes", "smtp_alert on"),
	BLOCK(CONF_NEEDED, "group", conf_block_list,
	      "the instances that belong together", "group {\n A\n}"),
	INERT("global_tracking", 0, 0, "an old spelling", "global_tracking"),
	NEEDED("sync_group_tracking_weight", 0, 0, "weights in a group",
	      "sync_group_tracking_weight"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row script_rows[] = {
	LATER("script", 1, MANY, "what is run", "script /bin/true"),
	LATER("interval", 1, 1, "how often", "interval 2"),
	LATER("timeout", 1, 1, "how long it may take", "timeout 2"),
	LATER("rise", 1, 1, "successes before it counts as well", "rise 2"),
	LATER("fall", 1, 1, "failures before it counts as ill", "fall 2"),
	LATER("init_fail", 0, 0, "ill at first", "init_fail"),
	LATER("user", 1, 2, "who runs it", "user nobody"),
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row file_rows[] = {
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
	LATER("file", 1, 1, "its path", "file /run/f"),
	LATER("init_file", 0, 2, "make it at the start",
	      "init_file 0 overwrite"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row process_rows[] = {
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
	LATER("process", 1, MANY, "its name", "process nginx"),
	LATER("param_match", 1, 1, "how parameters are compared",
	      "param_match initial"),
	LATER("quorum_max", 1, 1, "how many at most", "quorum_max 4"),
	LATER("fork_delay", 1, 1, "how long until it counts as up",
	      "fork_delay 1"),
	LATER("terminate_delay", 1, 1, "how long until it counts as down",
	      "terminate_delay 1"),
	LATER("delay", 1, 1, "both", "delay 1"),
	LATER("full_command", 0, 0, "compare the whole command",
	      "full_command"),
	NEEDED("quorum", 1, 1, "the weight that must live", "quorum 2"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row track_group_rows[] = {
	BLOCK(CONF_NEEDED, "group", conf_block_list,
	      "the instances that belong together", "group {\n A\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_rows[] = {
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
	NEEDED("neighbor_ip", 1, 1, "the other end", "neighbor_ip 192.0.2.2"),
	NEEDED("neighbour_ip", 1, 1, "the other end", "neighbour_ip 192.0.2.2"),
	NEEDED("source_ip", 1, 1, "our end", "source_ip 192.0.2.1"),
	NEEDED("min_rx", 1, 1, "the least interval of receiving", "min_rx 10"),
	NEEDED("min_tx", 1, 1, "the least interval of sending", "min_tx 10"),
	NEEDED("idle_tx", 1, 1, "the interval before it is up", "idle_tx 1000"),
	NEEDED("multiplier", 1, 1, "packets missed before it is down",
	      "multiplier 5"),
	NEEDED("passive", 0, 0, "wait for the other end", "passive"),
	NEEDED("ttl", 1, 1, "of IPv4", "ttl 255"),
	NEEDED("hoplimit", 1, 1, "of IPv6", "hoplimit 64"),
	NEEDED("max_hops", 1, 1, "how far the other end may be", "max_hops 0"),
	NEEDED("vrrp", 0, 0, "only for instances", "vrrp"),
	NEEDED("checker", 0, 0, "only for checks", "checker"),
	NEEDED("multihop", 0, 0, "the other end is more than one hop away",
	      "multihop"),
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

const struct conf_block conf_block_script = {
	.name = "vrrp_script",
	.parts = { PART(script_rows) },
};

const struct conf_block conf_block_track_file = {
	.name = "track_file",
	.parts = { PART(file_rows) },
};

const struct conf_block conf_block_track_process = {
	.name = "vrrp_track_process",
	.parts = { PART(process_rows) },
};

const struct conf_block conf_block_track_group = {
	.name = "track_group",
	.parts = { PART(track_group_rows) },
};

const struct conf_block conf_block_bfd = {
	.name = "bfd_instance",
	.parts = { PART(bfd_rows) },
};
