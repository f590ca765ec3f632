/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: BFD sessions, and lists that are not looked at.
 * keepalived.conf(5).
 */
#include "conf/model/rows.h"

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

const struct conf_block conf_block_bfd = {
	.name = "bfd_instance",
	.parts = { PART(bfd_rows) },
};
