/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the top level, and the whole schema.
 * keepalived.conf(5).
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row rows[] = {
	{
		.word = "global_defs", .type = &conf_type_block,
		FIELD(conf_model, global), .block = &conf_block_global,
		.help = "what holds for everything, and defaults of all "
			"instances",
		.good = "global_defs {\n}", .bad = "global_defs",
	},
	{
		.word = "vrrp_instance", .type = &conf_type_block,
		LIST(conf_model, instances, instance_count,
		     conf_block_instance),
		.help = "a virtual router on one interface",
		.good = "vrrp_instance X {\n interface eth0\n "
			"virtual_router_id 7\n "
			"virtual_ipaddress { 192.0.2.7/24 }\n}",
		.bad = "vrrp_instance",
	},
};

static const struct conf_row others[] = {
	{
		.word = "garp_group", .type = &conf_type_block,
		LIST(conf_model, garp_groups, garp_group_count,
		     conf_block_garp_group),
		.help = "interfaces on which announcements are sent in turn, "
			"with one pace",
		.good = "garp_group {\n garp_interval 0.1\n interface eth0\n}",
		.bad = "garp_group",
	},
	{
		.word = "interface_up_down_delays", .type = &conf_type_lines,
		LIST(conf_model, link_delays, link_delay_count,
		     conf_block_link_delay),
		.help = "how long an interface must be down, or up again, "
			"before that counts",
		.good = "interface_up_down_delays {\n eth0 1 2\n}",
		.bad = "interface_up_down_delays eth0",
	},
	INERT("linkbeat_use_polling", 0, 0,
	      "poll the state of links; baton is told by the kernel",
	      "linkbeat_use_polling"),
	{
		.word = "vrrp_sync_group", .type = &conf_type_block,
		LIST(conf_model, groups, group_count, conf_block_sync_group),
		.help = "virtual routers that change state together",
		.good = "vrrp_sync_group G {\n group { A B }\n}",
		.bad = "vrrp_sync_group",
	},
	BLOCK(CONF_NEEDED, "bfd_instance", conf_block_bfd,
	      "a BFD session with another router (RFC 5880), for track_bfd",
	      "bfd_instance b {\n neighbor_ip 192.0.2.2\n}"),
	ROW_WITH("net_namespace_ipvs",
		 NAME(conf_model, daemon.net_namespace_ipvs, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the network namespace of virtual servers and their checks, as "
		 "ip-netns(8) names it; default: that of net_namespace. "
		 "Another one takes a restart",
		 "net_namespace_ipvs blue", "net_namespace_ipvs"),
	INERT("namespace_with_ipsets", 0, 0,
	      "use ipsets in a network namespace; baton does not use them",
	      "namespace_with_ipsets"),
	INERT("child_wait_time", 1, 1,
	      "how long processes may take to end; baton has its own limit",
	      "child_wait_time 5"),
	BLOCK(CONF_INERT, "linkbeat_interfaces", conf_block_list,
	      "interfaces to poll; baton is told by the kernel",
	      "linkbeat_interfaces {\n eth2\n}"),
	{
		.word = "virtual_server_group", .type = &conf_type_block,
		LIST(conf_model, server_groups, server_group_count,
		     conf_block_server_group),
		.help = "the addresses and firewall marks of one "
			"virtual_server",
		.good = "virtual_server_group g {\n 192.0.2.1 80\n}",
		.bad = "virtual_server_group",
	},
	{
		.word = "SSL", .type = &conf_type_block,
		FIELD(conf_model, global.lvs.ssl), .flags = CONF_QUIET,
		.block = &conf_block_ssl,
		.help = "the certificate that SSL_GET presents",
		.good = "SSL {\n}", .bad = "SSL",
	},
};

/* A plan has rows of their own for them. */
static const struct conf_row servers[] = {
	{
		.word = "virtual_server", .type = &conf_type_block,
		LIST(conf_model, virtual_servers, virtual_server_count,
		     conf_block_virtual_server),
		.help = "a service that IPVS spreads over real servers",
		.good = "virtual_server 192.0.2.1 80 {\n protocol TCP\n "
			"real_server 192.0.2.3 80 { }\n}",
		.bad = "virtual_server",
	},
};
/* clang-format on */

const struct conf_block conf_block_top = {
	.name = "the top level",
	.parts = { PART(rows), PART(others), &conf_rows_daemon,
		   &conf_rows_static, &conf_rows_script_top,
		   &conf_rows_track_file, &conf_rows_track_process,
		   PART(servers) },
	.size = sizeof(struct conf_model),
	.span = CONF_NO,
	.finish = conf_model_finish,
	.derive = conf_model_derive,
};

const struct conf_block conf_block_others = {
	.name = "the top level",
	.parts = { PART(others), &conf_rows_daemon },
};

const struct conf_schema conf_schema = {
	.top = &conf_block_top,
	.defaults = offsetof(struct conf_model, global),
};
