/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: virtual servers. keepalived.conf(5), "LVS
 * CONFIGURATION".
 */
#include "base/map.h"
#include "conf/model/rows_lvs.h"

#include <netinet/in.h>

#define VS conf_virtual_server

static const struct conf_choice families[] = {
	{ "inet", IP_V4 },
	{ "inet6", IP_V6 },
	{ NULL, 0 },
};

static const struct conf_choice protocols[] = {
	{ "TCP", IPPROTO_TCP },
	{ "UDP", IPPROTO_UDP },
	{ "SCTP", IPPROTO_SCTP },
	{ NULL, 0 },
};

#define PERCENT(s, m)                                                          \
	.type = &conf_type_percent, FIELD(s, m), .minimum = 0, .maximum = 100
#define SERVICE(s, m) .type = &conf_type_server_id, FIELD(s, m)
#define PERSISTENCE(s, m)                                                      \
	.type = &conf_type_persistence, QUIET_FIELD(s, m), .minimum = 1,       \
	.maximum = 2678400
#define SCHEDULER(w, h)                                                        \
	ROW_WITH(w, CHOICE(VS, scheduler, conf_schedulers, CONF_SCHED_WLC),    \
		 .flags = CONF_ALIAS, h, w " rr", w " fastest")
#define FLAG_ALIAS(w, m, h)                                                    \
	ROW_WITH(w, FLAG(VS, m, 1), .flags = CONF_ALIAS, h, w, w " {\n}")

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("service", SERVICE(VS, id),
		 .flags = CONF_MUST | CONF_SPARED,
		 "what the service is known by: an address and a port; fwmark "
		 "and a firewall mark; group and the name of a "
		 "virtual_server_group",
		 "192.0.2.1 80", "fwmark 0"),
};

static const struct conf_row rows[] = {
	ROW_WITH("ip_family", CHOICE(VS, family, families, IP_NONE),
		 .flags = CONF_QUIET,
		 "the family of a service that is a firewall mark: inet or "
		 "inet6; default: that of its real servers",
		 "ip_family inet6", "ip_family ipv6"),
	ROW("protocol", CHOICE(VS, protocol, protocols, IPPROTO_UDP),
	    "the protocol of the service: TCP, UDP or SCTP",
	    "protocol TCP", "protocol ICMP"),
	ROW("lvs_sched", CHOICE(VS, scheduler, conf_schedulers, CONF_SCHED_WLC),
	    "how connections are spread: rr, wrr, lc, wlc, lblc, lblcr, dh, "
	    "sh, sed, nq, fo, ovf, mh or twos, as ipvsadm(8) explains",
	    "lvs_sched rr", "lvs_sched fastest"),
	SCHEDULER("lb_algo", "an old spelling of lvs_sched"),
	ROW("lvs_method", FORWARD(VS, forward, CONF_FORWARD_NAT),
	    "how packets reach real servers: NAT, DR or TUN [type "
	    "ipip|gue|gre] [port N] [nocsum|csum|remcsum]",
	    "lvs_method TUN type gue port 6080 csum", "lvs_method FULLNAT"),
	ROW_WITH("lb_kind", FORWARD(VS, forward, CONF_FORWARD_NAT),
		 .flags = CONF_ALIAS, "an old spelling of lvs_method",
		 "lb_kind DR", "lb_kind FULLNAT"),
	ROW("persistence_timeout", PERSISTENCE(VS, persistence_timeout),
		 "for how many seconds a client stays with its real server; "
		 "alone: 360",
		 "persistence_timeout 50", "persistence_timeout 0"),
	ROW_WITH("persistence_granularity", .type = &conf_type_granularity,
		 QUIET_FIELD(VS, granularity),
		 "the netmask, or of IPv6 the length, by which clients count "
		 "as one; it makes the service persistent",
		 "persistence_granularity 255.255.255.0",
		 "persistence_granularity 0.0.0.0"),
	ROW_WITH("persistence_engine", NAME(VS, engine, 15),
		 .flags = CONF_QUIET,
		 "what tells clients apart instead of their address: sip",
		 "persistence_engine sip", "persistence_engine"),
	ROW("flag-1", FLAG(VS, flag_1, 1),
	    "the first flag of the scheduler", "flag-1", "flag-1 {\n}"),
	ROW("flag-2", FLAG(VS, flag_2, 1),
	    "the second flag of the scheduler", "flag-2", "flag-2 {\n}"),
	ROW("flag-3", FLAG(VS, flag_3, 1),
	    "the third flag of the scheduler", "flag-3", "flag-3 {\n}"),
	INERT("hashed", 0, 0, "keep the service in the kernel's table of "
	      "hashes, as it does anyway", "hashed"),
	FLAG_ALIAS("sh-fallback", flag_1,
		   "let the scheduler sh pass over a server of weight 0"),
	FLAG_ALIAS("mh-fallback", flag_1,
		   "let the scheduler mh pass over a server of weight 0"),
	FLAG_ALIAS("sh-port", flag_2,
		   "let the scheduler sh hash the source port too"),
	FLAG_ALIAS("mh-port", flag_2,
		   "let the scheduler mh hash the source port too"),
	ROW("ops", FLAG(VS, ops, 1), "schedule every UDP packet by itself",
	    "ops", "ops {\n}"),
	ROW_WITH("ha_suspend", FLAG(VS, ha_suspend, 1),
	    .differs = "for keepalived, the checks of a group never start, a "
		       "firewall mark ignores the word, and what has failed "
		       "before stays so for up to delay_loop",
	    "do not check while no interface of this router has an address of "
	    "the service; of a firewall mark, while no virtual router here is "
	    "Active. When that ends all is checked at once",
	    "ha_suspend", "ha_suspend {\n}"),
	ROW_WITH("quorum", NUMBER(VS, quorum, 1, UINT32_MAX, 1),
		 .flags = CONF_QUIET,
		 "the weight of live servers that makes the service up; "
		 "default 1", "quorum 2", "quorum 0"),
	ROW_WITH("hysteresis", NUMBER(VS, hysteresis, 0, UINT32_MAX, 0),
		 .flags = CONF_QUIET,
		 "how far the weight must pass the quorum to count; default 0",
		 "hysteresis 1", "hysteresis -1"),
	NOTIFY_OF(VS, &conf_type_notify, "quorum_up", CONF_NOTIFY_UP,
		  "the script to run when the quorum is gained", "quorum_up"),
	NOTIFY_OF(VS, &conf_type_notify, "quorum_down", CONF_NOTIFY_DOWN,
		  "the script to run when the quorum is lost", "quorum_down"),
	ROW("omega", FLAG(VS, omega, 1),
	    "run notify_down and quorum_down at the stop too", "omega",
	    "omega {\n}"),
	ROW_WITH("sorry_server", .type = &conf_type_sorry,
		 QUIET_FIELD(VS, sorry),
		 "the server that answers while the quorum is lost",
		 "sorry_server 192.0.2.9 80", "sorry_server 192.0.2.9 http"),
	ROW("sorry_server_inhibit", FLAG(VS, sorry.inhibit, 1),
	    "keep the sorry server with weight 0 instead of removing it",
	    "sorry_server_inhibit", "sorry_server_inhibit {\n}"),
	ROW_WITH("sorry_server_lvs_method",
		 FORWARD(VS, sorry.forward, CONF_FORWARD_UNSAID),
		 .flags = CONF_QUIET,
		 "how packets reach the sorry server; default: as lvs_method",
		 "sorry_server_lvs_method NAT", "sorry_server_lvs_method X"),
	ROW_WITH("inhibit_on_failure", PRESENCE(VS, inhibit, 0),
	    .flags = CONF_QUIET,
	    "give a failed server weight 0 instead of removing it; default off",
	    "inhibit_on_failure", "inhibit_on_failure 5"),
	ROW_WITH("weight", NUMBER(VS, weight, 1, CONF_LVS_WEIGHT_MAX, 1),
	    .flags = CONF_QUIET,
	    "the weight of real servers that have none of their own; default 1",
	    "weight 2", "weight 0"),
	TIMEOUT_ROW(VS),
	PACE_ROWS(VS, "off is off; to keepalived it is on by its presence",
		  "0 counts; keepalived takes it as if it were not written"),
	ROW_WITH("virtualhost", NAME(VS, virtualhost, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name of the site that HTTP_GET and SSL_GET ask for",
		 "virtualhost www.example.org", "virtualhost"),
	ROW("smtp_alert", UNSAID_SWITCH(VS, smtp_alert),
	    "send mail when the service goes up or down; default: what "
	    "global_defs says, else off", "smtp_alert on", "smtp_alert 5"),
	ROW_WITH("only_active", NAME(VS, only_active, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the vrrp_instance: the service is in the kernel's table only "
		 "while that is Active; default: always; beyond keepalived",
		 "only_active A", "only_active"),
	ROW_WITH("slow_start", TIME(VS, slow_start, 0, DAY, 0),
		 .flags = CONF_QUIET,
		 "how long the weight of a server grows after it has come "
		 "back; default 0: not; beyond keepalived",
		 "slow_start 30", "slow_start -1"),
	ROW_WITH("drain_timeout", TIME(VS, drain_timeout, 0, DAY, 0),
		 .flags = CONF_QUIET,
		 "how long a real server that is removed from the file, or the "
		 "whole virtual server without only_active, keeps its "
		 "connections, with weight 0; "
		 "default 0: not at all; beyond keepalived", "drain_timeout 5min", "drain_timeout -1"),
	ROW_WITH("panic_threshold", PERCENT(VS, panic_threshold),
		 .flags = CONF_QUIET,
		 "the percentage of healthy servers below which no further "
		 "one is taken out; default 0: none; beyond keepalived",
		 "panic_threshold 50%", "panic_threshold 101"),
	INERT("snmp_name", 1, 1, "the name of the service in SNMP",
	      "snmp_name web"),
	{
		.word = "real_server", .type = &conf_type_block,
		LIST(VS, servers, server_count, conf_block_real_server),
		.flags = CONF_SHARES,
		.help = "a server that does the work, by its address and port",
		.good = "real_server 192.0.2.2 80 {\n weight 2\n}",
		.bad = "real_server",
	},
};
/* clang-format on */

static bool same_server(const void *a, const void *b)
{
	const struct conf_virtual_server *one = a, *two = b;
	const struct conf_row *row = &heads[0];

	return row->type->equal(row, a, b) &&
	       (one->id.by == CONF_BY_MARK ? one->family == two->family
					   : one->protocol == two->protocol);
}

static uint32_t hash_server(const void *item)
{
	const struct conf_virtual_server *vs = item;
	const struct conf_server_id *id = &vs->id;

	if (id->by == CONF_BY_GROUP)
		return map_hash(id->group, strlen(id->group));
	return map_hash(&id->address, sizeof(id->address)) ^ id->port ^
	       id->mark;
}

/* Its group says which of its real servers are left out (servers.c). */
static bool changes_lists(const void *object)
{
	const struct conf_virtual_server *vs = object;

	return vs->id.by == CONF_BY_GROUP;
}

const struct conf_block conf_block_virtual_server = {
	.name = "virtual_server",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(rows) },
	.size = sizeof(struct conf_virtual_server),
	.span = offsetof(struct conf_virtual_server, span),
	.items_max = CONF_VIRTUAL_SERVERS_MAX,
	.is_alone = true,
	.changes_lists = changes_lists,
	.finish = conf_virtual_server_finish,
	.same = same_server,
	.hash = hash_server,
	.noun = "virtual_server",
};
