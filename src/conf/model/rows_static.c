/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what a router has whatever its virtual routers do,
 * and which of them depend on it.
 */
#include "conf/model/rows.h"

/* clang-format off */
static const struct conf_row static_rows[] = {
	{
		.word = "static_ipaddress", .type = &conf_type_lines,
		LIST(conf_model, static_addresses, static_address_count,
		     conf_block_static_address),
		.help = "addresses that this router always has",
		.good = "static_ipaddress {\n 192.0.2.5/24 dev eth0\n}",
		.bad = "static_ipaddress eth0",
	},
	{
		.word = "static_routes", .type = &conf_type_lines,
		LIST(conf_model, static_routes, static_route_count, conf_block_route),
		.help = "routes that this router always has",
		.good = "static_routes {\n 10.0.0.0/8 via 192.0.2.1\n}",
		.bad = "static_routes eth0",
	},
	{
		.word = "static_rules", .type = &conf_type_lines,
		LIST(conf_model, static_rules, static_rule_count, conf_block_rule),
		.help = "routing rules that this router always has",
		.good = "static_rules {\n from 10.0.0.0/8 table 1 priority 5\n}",
		.bad = "static_rules eth0",
	},
	{
		.word = "track_group", .type = &conf_type_block,
		LIST(conf_model, track_groups, track_group_count,
		     conf_block_track_group),
		.help = "virtual routers that depend on static addresses, "
			"routes and rules",
		.good = "track_group G {\n group { A }\n}",
		.bad = "track_group",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_static = ROWS(static_rows);

const struct conf_block conf_block_static = {
	.name = "static addresses, routes and rules",
	.parts = { &conf_rows_static },
};
