/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: real servers and virtual_server_group.
 * keepalived.conf(5), "LVS CONFIGURATION".
 */
#include "base/map.h"
#include "conf/model/rows_lvs.h"

#define RS conf_real_server

#define ENTRY                                                                  \
	.type = &conf_type_group_entry, .size = 1, .count = CONF_NO,           \
	.preset = CONF_NO

#define WHOLE                                                                  \
	.type = &conf_type_real_server, .size = 1, .count = CONF_NO,           \
	.preset = CONF_NO

static const struct conf_block conf_block_group_entry;

/* clang-format off */
static const struct conf_row real_heads[] = {
	ROW_WITH("address", WHOLE, .flags = CONF_MUST | CONF_SPARED,
		 "the address of the real server, and its port; default: that "
		 "of the service", "192.0.2.2 80", "224.0.0.1"),
};

static const struct conf_row real_rows[] = {
	ROW("weight", UNSAID_NUMBER(RS, weight, 0, CONF_LVS_WEIGHT_MAX),
	    "its share of the load; 0: no new connections; default: that of "
	    "the virtual server", "weight 10", "weight -1"),
	ROW_WITH("lvs_method", FORWARD(RS, forward, CONF_FORWARD_UNSAID),
		 .flags = CONF_QUIET,
		 "how packets reach this server; default: as the virtual "
		 "server says", "lvs_method DR", "lvs_method FULLNAT"),
	ROW_WITH("lb_kind", FORWARD(RS, forward, CONF_FORWARD_UNSAID),
		 .flags = CONF_ALIAS, "an old spelling of lvs_method",
		 "lb_kind DR", "lb_kind FULLNAT"),
	ROW_WITH("uthreshold", NUMBER(RS, uthreshold, 0, UINT32_MAX, 0),
	    .flags = CONF_QUIET,
	    "the number of connections at which it gets no more; 0, the "
	    "default: no limit",
	    "uthreshold 100", "uthreshold -1"),
	ROW_WITH("lthreshold", NUMBER(RS, lthreshold, 0, UINT32_MAX, 0),
	    .flags = CONF_QUIET,
	    "the number of connections below which it gets new ones again; "
	    "0, the default: three quarters of uthreshold",
	    "lthreshold 50", "lthreshold -1"),
	ROW("inhibit_on_failure", UNSAID_PRESENCE(RS, inhibit),
	    "give it weight 0 when it fails instead of removing it; default: "
	    "as the virtual server says",
	    "inhibit_on_failure", "inhibit_on_failure 5"),
	NOTIFY_OF(RS, &conf_type_notify, "notify_up", CONF_NOTIFY_UP,
		  "the script to run when it goes up", "notify_up"),
	NOTIFY_OF(RS, &conf_type_notify, "notify_down", CONF_NOTIFY_DOWN,
		  "the script to run when it goes down", "notify_down"),
	TIMEOUT_ROW(RS),
	PACE_ROWS(RS, NULL,
		  "0 counts; keepalived takes it as if it were not written"),
	ROW_WITH("virtualhost", NAME(RS, virtualhost, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name of the site that HTTP_GET and SSL_GET ask for",
		 "virtualhost www.example.org", "virtualhost"),
	ROW("smtp_alert", UNSAID_SWITCH(RS, smtp_alert),
	    "send mail when it goes up or down; default: what global_defs "
	    "says, else on", "smtp_alert on", "smtp_alert 5"),
	INERT("snmp_name", 1, 1, "the name of the server in SNMP",
	      "snmp_name web"),
};

static const struct conf_row entry_heads[] = {
	ROW("addresses", ENTRY,
	    "an address, a range of them (192.0.2.1-9) or a prefix, and a "
	    "port; or fwmark and a firewall mark",
	    "192.0.2.1-9 80", "192.0.2.9-1 80"),
};

static const struct conf_row group_rows[] = {
	{
		.word = "addresses", .type = &conf_type_lines,
		LIST(conf_server_group, entries, entry_count,
		     conf_block_group_entry),
		.help = "the services of the group, a line each, without a "
			"keyword",
		.good = "192.0.2.11-19 80", .bad = "192.0.2.9-1 80",
	},
};

static const struct conf_row group_heads[] = {
	ROW_WITH("name", NAME(conf_server_group, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the group",
		 "virtual_server_group g {\n 192.0.2.1 80\n}", NULL),
};
/* clang-format on */

static uint32_t hash_entry(const void *item)
{
	const struct conf_group_entry *entry = item;

	return map_hash(&entry->first, sizeof(entry->first)) ^ entry->port ^
	       entry->mark;
}

static const struct conf_block conf_block_group_entry = {
	.name = "virtual_server_group",
	.heads = ROWS(entry_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_group_entry),
	.span = offsetof(struct conf_group_entry, span),
	.items_max = CONF_GROUP_ENTRIES_MAX,
	.same = conf_same_group_entry,
	.hash = hash_entry,
	.ordered = "entries",
};

static bool same_group(const void *a, const void *b)
{
	const struct conf_server_group *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_group(const void *item)
{
	const struct conf_server_group *group = item;

	return map_hash(group->name, strlen(group->name));
}

const struct conf_block conf_block_server_group = {
	.name = "virtual_server_group",
	.heads = ROWS(group_heads),
	.heads_least = 1,
	.parts = { PART(group_rows) },
	.bare = group_rows,
	.size = sizeof(struct conf_server_group),
	.span = offsetof(struct conf_server_group, span),
	.items_max = CONF_SERVER_GROUPS_MAX,
	.same = same_group,
	.hash = hash_group,
	.noun = "virtual_server_group",
};

static uint32_t hash_real(const void *item)
{
	const struct conf_real_server *rs = item;

	return map_hash(&rs->address, sizeof(rs->address)) ^ rs->port;
}

const struct conf_block conf_block_real_server = {
	.name = "real_server",
	.heads = ROWS(real_heads),
	.heads_least = 1,
	.parts = { PART(real_rows), &conf_rows_checks },
	.size = sizeof(struct conf_real_server),
	.span = offsetof(struct conf_real_server, span),
	.items_max = CONF_REAL_SERVERS_MAX,
	.finish = conf_real_server_finish,
	.same = conf_same_real_server,
	.hash = hash_real,
	.noun = "real_server",
	.ordered = "real servers",
};
