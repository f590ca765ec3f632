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
		.help = "what holds for all instances",
		.good = "global_defs {\n}", .bad = "global_defs",
	},
	{
		.word = "garp_group", .type = &conf_type_block,
		LIST(conf_model, garp_groups, garp_group_count,
		     conf_block_garp_group),
		.help = "pace announcements on interfaces of one switch "
			"together",
		.good = "garp_group {\n garp_interval 0.1\n interface eth0\n}",
		.bad = "garp_group",
	},
	{
		.word = "interface_up_down_delays", .type = &conf_type_lines,
		LIST(conf_model, link_delays, link_delay_count,
		     conf_block_link_delay),
		.help = "how long a link must be down, and up, before that "
			"counts",
		.good = "interface_up_down_delays {\n eth0 1 2\n}",
		.bad = "interface_up_down_delays eth0",
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
	INERT("linkbeat_use_polling", 0, 0, "poll the state of the link",
	      "linkbeat_use_polling"),
	BLOCK(CONF_NEEDED, "vrrp_sync_group", conf_block_sync_group,
	      "instances that change state together",
	      "vrrp_sync_group G {\n group { A }\n}"),
	BLOCK(CONF_LATER, "vrrp_script", conf_block_script,
	      "a script that says whether we are well",
	      "vrrp_script c {\n script /bin/true\n}"),
	BLOCK(CONF_LATER, "track_file", conf_block_track_file,
	      "a file whose number counts", "track_file f {\n file /run/f\n}"),
	BLOCK(CONF_LATER, "vrrp_track_file", conf_block_track_file,
	      "a file whose number counts",
	      "vrrp_track_file f {\n file /run/f\n}"),
	BLOCK(CONF_LATER, "vrrp_track_process", conf_block_track_process,
	      "a process that must run",
	      "vrrp_track_process p {\n process nginx\n}"),
	BLOCK(CONF_NEEDED, "bfd_instance", conf_block_bfd,
	      "a BFD session (RFC 5880)",
	      "bfd_instance b {\n neighbor_ip 192.0.2.2\n}"),
	NEEDED("net_namespace", 1, 1, "run in a network namespace",
	      "net_namespace blue"),
	NEEDED("net_namespace_ipvs", 0, 1, "IPVS in another one",
	      "net_namespace_ipvs blue"),
	INERT("namespace_with_ipsets", 0, 0, "ipsets in a namespace",
	      "namespace_with_ipsets"),
	LATER("instance", 1, 1, "tell several daemons apart", "instance two"),
	LATER("use_pid_dir", 0, 0, "where PID files go", "use_pid_dir"),
	INERT("child_wait_time", 1, 1, "how long children may take to end",
	      "child_wait_time 5"),
	BLOCK(CONF_INERT, "linkbeat_interfaces", conf_block_list,
	      "poll the state of links", "linkbeat_interfaces {\n eth2\n}"),
	BLOCK(CONF_NEEDED, "static_ipaddress", conf_block_list,
	      "addresses that always stay",
	      "static_ipaddress {\n 192.0.2.5/24 dev eth0\n}"),
	BLOCK(CONF_NEEDED, "static_routes", conf_block_list,
	      "routes that always stay",
	      "static_routes {\n 10.0.0.0/8 via 192.0.2.1\n}"),
	BLOCK(CONF_NEEDED, "static_rules", conf_block_list,
	      "rules that always stay",
	      "static_rules {\n from 10.0.0.0/8 table 1\n}"),
	BLOCK(CONF_NEEDED, "track_group", conf_block_track_group,
	      "instances that follow static addresses",
	      "track_group G {\n group { A }\n}"),
	BLOCK(CONF_NEEDED, "virtual_server", conf_block_virtual_server,
	      "a service that is spread over real servers",
	      "virtual_server 192.0.2.1 80 {\n}"),
	BLOCK(CONF_NEEDED, "virtual_server_group", conf_block_list,
	      "addresses of one service",
	      "virtual_server_group g {\n 192.0.2.1 80\n}"),
	BLOCK(CONF_LATER, "SSL", conf_block_ssl, "our side of TLS",
	      "SSL {\n ca /etc/ca.pem\n}"),
};
/* clang-format on */

const struct conf_block conf_block_top = {
	.name = "the top level",
	.parts = { PART(rows) },
	.size = sizeof(struct conf_model),
	.span = CONF_NO,
	.finish = conf_model_finish,
};

const struct conf_schema conf_schema = {
	.top = &conf_block_top,
	.defaults = offsetof(struct conf_model, global),
};
