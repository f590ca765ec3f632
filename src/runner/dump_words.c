/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all dumps say: a virtual router as it is just now, and addresses,
 * routes, rules and commands in keepalived's words, which are those that were
 * written, with the defaults, in an order of its own.
 */
#include "runner/dump_files.h"

#include "conf/model/names.h"
#include "sys/netlink_route.h"
#include "vrrp/save.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>

/* The kind of a route and the kernel's settings, as they are called there. */
static const char *const types[] = {
	[RTN_BLACKHOLE] = "blackhole",
	[RTN_UNREACHABLE] = "unreachable",
	[RTN_PROHIBIT] = "prohibit",
	[RTN_THROW] = "throw",
	[RTN_LOCAL] = "local",
	[RTN_BROADCAST] = "broadcast",
	[RTN_MULTICAST] = "multicast",
	[RTN_ANYCAST] = "anycast",
	[RTN_NAT] = "nat",
};

static const char *const settings[CONF_ROUTE_SETTINGS] = {
	[RTAX_MTU] = "mtu",
	[RTAX_WINDOW] = "window",
	[RTAX_RTT] = "rtt",
	[RTAX_RTTVAR] = "rttvar",
	[RTAX_SSTHRESH] = "ssthresh",
	[RTAX_CWND] = "cwnd",
	[RTAX_ADVMSS] = "advmss",
	[RTAX_REORDERING] = "reordering",
	[RTAX_HOPLIMIT] = "hoplimit",
	[RTAX_INITCWND] = "initcwnd",
	[RTAX_FEATURES] = "features",
	[RTAX_RTO_MIN] = "rto_min",
	[RTAX_INITRWND] = "initrwnd",
	[RTAX_QUICKACK] = "quickack",
	[RTAX_CC_ALGO] = "congctl",
	[RTAX_FASTOPEN_NO_COOKIE] = "fastopen_no_cookie",
};

/* Who writes it reads packets of others: what cannot be is not believed. */
static void clean(const struct conf_instance *c, struct vrrp_saved *core)
{
	struct vrrp v;

	if (!vrrp_restore(&v, &c->vrrp, core, sizeof(*core)))
		vrrp_save(&v, core);
}

void dump_read(const struct runner *r, uint32_t index, struct dumped *out)
{
	out->conf = &r->model->instances[index];
	out->index = index;
	ledger_read_instance(r->ledger, index, &out->instance, &out->core);
	clean(out->conf, &out->core);
	out->state =
		ledger_told_state(r->ledger, &out->instance, out->core.state);
}

bool dump_is_set(const struct runner *r, const struct dumped *d,
		 uint32_t address)
{
	const struct ledger_configured *c = &d->instance.configured;
	struct ledger_holding holding;

	if (address >= c->address_count)
		return false;
	ledger_read_holding(r->ledger, d->index, c->address_first + address,
			    &holding);
	return holding.held.state == LEDGER_HOLDING_INSTALLED;
}

/* A prefix of all bits is not shown. */
static void put_prefix(FILE *out, const struct ip *ip, unsigned length)
{
	char text[IP_TEXT_MAX];

	fputs(ip_format(ip, text), out);
	if (length != (ip->family == IP_V6 ? 128u : 32u))
		fprintf(out, "/%u", length);
}

static void put_ip(FILE *out, const char *word, const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family != IP_NONE)
		fprintf(out, " %s %s", word, ip_format(ip, text));
}

static void put_lifetime(FILE *out, const struct conf_address *a)
{
	uint32_t preferred = a->preferred;

	if (a->address.family != IP_V6)
		return;
	if (preferred == CONF_AUTO)
		preferred = a->prefix == 128 ? 0 : CONF_FOREVER;
	if (preferred == 0)
		fputs(" deprecated", out);
	else if (preferred == CONF_FOREVER)
		fputs(" preferred_lft forever", out);
	else
		fprintf(out, " preferred_lft %u", preferred);
}

void dump_address(FILE *out, const struct conf_instance *conf,
		  const struct conf_address *a, bool set)
{
	const char *scope = conf_scope_name(a->scope);
	const struct {
		const char *word;
		bool is;
	} flags[] = {
		{ "home", a->home },
		{ "-nodad", a->dad },
		{ "mngtmpaddr", a->mngtmpaddr },
		{ "noprefixroute", a->noprefixroute },
		{ "no_track", a->no_track },
	};

	put_prefix(out, &a->address,
		   a->peer.family == IP_NONE    ? a->prefix
		   : a->address.family == IP_V6 ? 128
						: 32);
	if (a->has_broadcast)
		put_ip(out, "brd", &a->broadcast);
	fprintf(out, " dev %s scope ", conf_address_dev(conf, a));
	if (scope)
		fputs(scope, out);
	else
		fprintf(out, "%u", a->scope);
	if (a->label)
		fprintf(out, " label %s", a->label);
	if (a->peer.family != IP_NONE) {
		put_ip(out, "peer", &a->peer);
		fprintf(out, "/%u", a->peer_prefix);
	}
	for (size_t n = 0; n < sizeof(flags) / sizeof(flags[0]); n++)
		if (flags[n].is)
			fprintf(out, " %s", flags[n].word);
	put_lifetime(out, a);
	if (set)
		fputs(" set", out);
}

static void put_realms(FILE *out, uint32_t realms)
{
	if (realms == 0)
		return;
	fputs(" realms ", out);
	if (realms >> 16)
		fprintf(out, "%u/", realms >> 16);
	fprintf(out, "%u", realms & 0xffff);
}

static void put_via(FILE *out, const struct conf_hop *hop)
{
	char text[IP_TEXT_MAX];

	if (hop->via.family != IP_NONE)
		fprintf(out, " via inet%s %s",
			hop->via.family == IP_V6 ? "6" : "",
			ip_format(&hop->via, text));
	if (hop->dev)
		fprintf(out, " dev %s", hop->dev);
}

static void put_settings(FILE *out, const struct conf_route *route)
{
	for (unsigned n = 0; n < CONF_ROUTE_SETTINGS; n++) {
		if (!(route->set & 1u << n) || !settings[n])
			continue;
		fprintf(out, " %s%s", settings[n],
			route->locked & 1u << n ? " lock" : "");
		if (n == RTAX_FEATURES)
			fputs(" ecn", out);
		else if (n == RTAX_CC_ALGO)
			fprintf(out, " %s",
				route->congestion ? route->congestion : "");
		else
			fprintf(out, " %u", route->settings[n]);
	}
}

static const struct ip *any_of(uint8_t family)
{
	static const struct ip any4 = { .family = IP_V4 };
	static const struct ip any6 = { .family = IP_V6 };

	return family == IP_V6 ? &any6 : &any4;
}

static void put_to(FILE *out, uint8_t family, const struct conf_prefix *to)
{
	if (to->address.family != IP_NONE)
		put_prefix(out, &to->address, to->length);
	else
		put_prefix(out, any_of(family), 0);
}

static void put_numbers(FILE *out, const struct conf_route *route)
{
	if (route->table != CONF_TABLE_MAIN)
		fprintf(out, " table %u", route->table);
	fprintf(out, " proto %u",
		route->protocol ? route->protocol : SYS_ROUTE_PROTOCOL);
	if (route->scope != CONF_ROUTE_SCOPE_AUTO)
		fprintf(out, " scope %d", route->scope);
	if (route->metric)
		fprintf(out, " metric %u", route->metric);
}

void dump_route(FILE *out, const struct conf_route *route)
{
	static const char *const how[] = {
		[CONF_ROUTE_PREPEND] = "prepend",
		[CONF_ROUTE_APPEND] = "append",
		[CONF_ROUTE_ADD] = "add",
	};
	const char *type = route->type < sizeof(types) / sizeof(types[0])
				   ? types[route->type]
				   : NULL;
	const struct conf_hop *only =
		route->hop_count == 1 ? &route->hops[0] : NULL;

	/* Where no packet goes there is nothing to stand before. */
	fprintf(out, "%s ", type && !only ? "add" : how[route->how]);
	if (type)
		fprintf(out, "%s ", type);
	put_to(out, route->family, &route->to);
	if (route->from.address.family != IP_NONE) {
		fputs(" from ", out);
		put_prefix(out, &route->from.address, route->from.length);
	}
	put_ip(out, "src", &route->source);
	if (route->tos)
		fprintf(out, " tos %u", route->tos);
	if (only)
		put_via(out, only);
	put_numbers(out, route);
	if (only && only->onlink)
		fputs(" onlink", out);
	put_realms(out, route->realms);
	if (route->expires)
		fprintf(out, " expires %usec", route->expires);
	put_settings(out, route);
	for (uint32_t n = 0; !only && n < route->hop_count; n++) {
		const struct conf_hop *hop = &route->hops[n];

		fputs(" nexthop", out);
		put_via(out, hop);
		if (hop->weight > 1)
			fprintf(out, " weight %u", hop->weight);
		if (hop->onlink)
			fputs(" onlink", out);
		put_realms(out, hop->realms);
	}
	if (route->no_track)
		fputs(" no_track", out);
}

static void put_range(FILE *out, const char *word,
		      const struct conf_range *range)
{
	if (range->written)
		fprintf(out, " %s %u-%u", word, range->first, range->last);
}

static void put_action(FILE *out, const struct conf_rule *rule)
{
	switch (rule->action) {
	case FR_ACT_GOTO:
		fprintf(out, " goto %u", rule->go_to);
		break;
	case FR_ACT_NOP:
		fputs(" nop", out);
		break;
	case FR_ACT_BLACKHOLE:
		fputs(" type blackhole", out);
		break;
	case FR_ACT_UNREACHABLE:
		fputs(" type unreachable", out);
		break;
	case FR_ACT_PROHIBIT:
		fputs(" type prohibit", out);
		break;
	default:
		fprintf(out, " lookup %u", rule->table);
		break;
	}
}

static void put_interfaces(FILE *out, const struct conf_rule *rule)
{
	if (rule->in)
		fprintf(out, " iif %s", rule->in);
	if (rule->out)
		fprintf(out, " oif %s", rule->out);
	if (rule->suppress_prefix >= 0)
		fprintf(out, " suppress_prefixlength %d",
			rule->suppress_prefix);
	if (rule->suppress_group >= 0)
		fprintf(out, " suppress_ifgroup %d", rule->suppress_group);
	if (rule->tunnel)
		fprintf(out, " tunnel-id %llu",
			(unsigned long long)rule->tunnel);
}

void dump_rule(FILE *out, const struct conf_rule *rule)
{
	if (rule->invert)
		fputs("not ", out);
	fputs("from ", out);
	if (rule->from.address.family == IP_NONE)
		fputs("all", out);
	else
		put_prefix(out, &rule->from.address, rule->from.length);
	if (rule->to.address.family != IP_NONE) {
		fputs(" to ", out);
		put_prefix(out, &rule->to.address, rule->to.length);
	}
	fprintf(out, " priority %u tos 0x%x", rule->priority, rule->tos);
	if (rule->mark || rule->mark_mask)
		fprintf(out, " fwmark 0x%x", rule->mark);
	if (rule->mark_mask && rule->mark_mask != UINT32_MAX)
		fprintf(out, "/0x%x", rule->mark_mask);
	put_interfaces(out, rule);
	put_range(out, "uidrange", &rule->uids);
	if (rule->l3mdev)
		fputs(" l3mdev", out);
	if (!rule->no_track || rule->protocol)
		fprintf(out, " protocol %u",
			rule->protocol ? rule->protocol : SYS_ROUTE_PROTOCOL);
	if (rule->ip_protocol)
		fprintf(out, " ipproto %u", rule->ip_protocol);
	put_range(out, "sport", &rule->source_ports);
	put_range(out, "dport", &rule->destination_ports);
	put_realms(out, rule->realms);
	put_action(out, rule);
	if (rule->no_track)
		fputs(" no_track", out);
}

void dump_command(FILE *out, const struct runner *r, const char *command,
		  const struct conf_user *user)
{
	struct program program = { .why = "" };
	const char *path = program.path;

	/* What cannot be run is shown as it is written. */
	if (!program_find(&program, command, user, r->model)) {
		if (!command_split(&program.command, command))
			program.command.count = 0;
		path = program.command.words[0];
	}
	for (size_t n = 0; n < program.command.count; n++)
		fprintf(out, "%s'%s'", n > 0 ? " " : "",
			n == 0 ? path : program.command.words[n]);
	program_free(&program);
}

void dump_user(FILE *out, const struct runner *r, const char *command,
	       const struct conf_user *user)
{
	struct program program = { .why = "" };

	(void)program_find(&program, command, user, r->model);
	fprintf(out, "%u:%u", program.user.uid, program.user.gid);
	program_free(&program);
}
