/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: global_defs and the small blocks of the top
 * level. keepalived.conf(5), "GLOBAL CONFIGURATION".
 */
#include "conf/keyword_rows.h"

/* clang-format off */
static const struct conf_keyword rows[] = {
	BLOCK("global_defs", TOP, CONF_DONE, CONF_IN_GLOBAL, 0, 0,
	      "what holds for all instances", "global_defs {\n}",
	      "global_defs x {\n}"),
	VALUE("router_id", GLOBAL, CONF_NAME, CONF_TEXT_ROUTER_ID, 0, 0,
	      "the name of this router; default: the host's",
	      "router_id edge-1", "router_id"),
	VALUE("vrrp_version", GLOBAL, CONF_NUMBER, CONF_VERSION, 2, 3,
	      "of IPv4 instances that do not say; default 2",
	      "vrrp_version 3", "vrrp_version 1"),
	VALUE("vrrp_garp_master_delay", GLOBAL, CONF_TIME, CONF_GARP_DELAY, 0,
	      DAY, "time before the second set of announcements; default 5",
	      "vrrp_garp_master_delay 10", "vrrp_garp_master_delay x"),
	VALUE("vrrp_garp_master_repeat", GLOBAL, CONF_NUMBER,
	      CONF_GARP_REPEAT, 1, 1000,
	      "announcements of each address in one set; default 5",
	      "vrrp_garp_master_repeat 1", "vrrp_garp_master_repeat 0"),
	VALUE("vrrp_garp_master_refresh", GLOBAL, CONF_TIME,
	      CONF_GARP_REFRESH, 0, DAY,
	      "time between repeated announcements; default 0: none",
	      "vrrp_garp_master_refresh 60", "vrrp_garp_master_refresh often"),
	VALUE("vrrp_garp_master_refresh_repeat", GLOBAL, CONF_NUMBER,
	      CONF_GARP_REFRESH_REPEAT, 1, 1000,
	      "announcements of each address when repeated; default 1",
	      "vrrp_garp_master_refresh_repeat 2",
	      "vrrp_garp_master_refresh_repeat 0"),
	VALUE("vrrp_garp_lower_prio_delay", GLOBAL, CONF_TIME,
	      CONF_LOWER_DELAY, 0, DAY,
	      "the delay after a lower priority was heard",
	      "vrrp_garp_lower_prio_delay 10", "vrrp_garp_lower_prio_delay -1"),
	VALUE("vrrp_garp_lower_prio_repeat", GLOBAL, CONF_NUMBER,
	      CONF_LOWER_REPEAT, 0, 1000,
	      "announcements after a lower priority was heard",
	      "vrrp_garp_lower_prio_repeat 1",
	      "vrrp_garp_lower_prio_repeat many"),
	VALUE("vrrp_garp_interval", GLOBAL, CONF_TIME, CONF_GARP_INTERVAL, 0,
	      1000 * TICK_SECOND,
	      "time between two gratuitous ARPs on one interface",
	      "vrrp_garp_interval 0.001", "vrrp_garp_interval -0.1"),
	VALUE("vrrp_gna_interval", GLOBAL, CONF_TIME, CONF_GNA_INTERVAL, 0,
	      1000 * TICK_SECOND,
	      "time between two unsolicited NAs on one interface",
	      "vrrp_gna_interval 0.000001", "vrrp_gna_interval 1001"),
	VALUE("vrrp_min_garp", GLOBAL, CONF_SWITCH, CONF_MIN_GARP, 0, 1,
	      "one announcement, no second set", "vrrp_min_garp",
	      "vrrp_min_garp 3"),
	VALUE("vrrp_strict", GLOBAL, CONF_SWITCH, CONF_STRICT, 0, 1,
	      "strict_mode of all instances", "vrrp_strict",
	      "vrrp_strict strictly"),
	VALUE("random_seed", GLOBAL, CONF_NUMBER, CONF_SEED, 0, UINT32_MAX,
	      "makes ${_RANDOM} repeatable", "random_seed 1",
	      "random_seed -1"),
};
/* clang-format on */

const struct conf_keyword_part conf_keyword_global = { rows,
						       ARRAY_LENGTH(rows) };
