/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what instances refer to: processes and BFD
 * sessions. keepalived.conf(5).
 */
#include "conf/model/rows.h"

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

const struct conf_block conf_block_track_process = {
	.name = "vrrp_track_process",
	.parts = { PART(process_rows) },
};

const struct conf_block conf_block_bfd = {
	.name = "bfd_instance",
	.parts = { PART(bfd_rows) },
};
