/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a route (conf/model/route_words.h), and the route in them. */
#include "conf/model/route_words.h"
#include "base/must.h"
#include "conf/schema/out.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <string.h>

_Static_assert(RTAX_FASTOPEN_NO_COOKIE + 1 == CONF_ROUTE_SETTINGS, "all RTAX");

static const struct {
	const char *word;
	uint8_t type;
} types[] = {
	{ "unicast", RTN_UNICAST },
	{ "blackhole", RTN_BLACKHOLE },
	{ "unreachable", RTN_UNREACHABLE },
	{ "prohibit", RTN_PROHIBIT },
	{ "throw", RTN_THROW },
	{ "local", RTN_LOCAL },
	{ "broadcast", RTN_BROADCAST },
	{ "multicast", RTN_MULTICAST },
	{ "anycast", RTN_ANYCAST },
	{ "nat", RTN_NAT },
};

static const struct conf_route_setting settings[] = {
	{ "mtu", RTAX_MTU, true, 0, UINT32_MAX },
	{ "advmss", RTAX_ADVMSS, true, 0, UINT32_MAX },
	{ "rtt", RTAX_RTT, true, 8, UINT32_MAX / 8 },
	{ "rttvar", RTAX_RTTVAR, true, 4, UINT32_MAX / 4 },
	{ "reordering", RTAX_REORDERING, true, 0, UINT32_MAX },
	{ "cwnd", RTAX_CWND, true, 0, UINT32_MAX },
	{ "ssthresh", RTAX_SSTHRESH, true, 0, UINT32_MAX },
	{ "rto_min", RTAX_RTO_MIN, true, 1, UINT32_MAX },
	{ "hoplimit", RTAX_HOPLIMIT, false, 0, UINT8_MAX },
	{ "window", RTAX_WINDOW, false, 0, UINT32_MAX },
	{ "initcwnd", RTAX_INITCWND, false, 0, UINT32_MAX },
	{ "initrwnd", RTAX_INITRWND, false, 0, UINT32_MAX },
	{ "quickack", RTAX_QUICKACK, false, 0, 1 },
	{ "fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, false, 0, 1 },
};

const char *const conf_route_prefs[] = { "medium", "high", "", "low", NULL };
const char *const conf_route_ttls[] = { "disabled", "enabled", NULL };

_Static_assert(ICMPV6_ROUTER_PREF_MEDIUM == 0 && ICMPV6_ROUTER_PREF_HIGH == 1 &&
		       ICMPV6_ROUTER_PREF_LOW == 3,
	       "prefs");

bool conf_route_type(const char *word, uint8_t *type)
{
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (strcmp(types[i].word, word) == 0) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

const struct conf_route_setting *conf_route_setting(const char *word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
		if (strcmp(settings[i].word, word) == 0)
			return &settings[i];
	}
	return NULL;
}

static void print_ip(struct conf_out *out, const char *word,
		     const struct ip *ip)
{
	char text[IP_TEXT_MAX];

	if (ip->family != IP_NONE)
		conf_put(out, " %s %s", word, ip_format(ip, text));
}

static void print_realms(struct conf_out *out, uint32_t realms)
{
	if (realms)
		conf_put(out, " realms %u/%u", realms >> 16, realms & 0xffff);
}

static void print_hop(struct conf_out *out, const struct conf_route *route,
		      const struct conf_hop *hop)
{
	if (route->hop_count > 1)
		conf_put_text(out, " nexthop");
	if (hop->via.family != IP_NONE && hop->via.family != route->family)
		print_ip(out, "via inet6", &hop->via);
	else
		print_ip(out, "via", &hop->via);
	if (hop->dev) {
		conf_put_text(out, " dev ");
		conf_put_word(out, hop->dev);
	}
	if (route->hop_count > 1 && hop->weight != 1)
		conf_put(out, " weight %u", hop->weight);
	if (hop->onlink)
		conf_put_text(out, " onlink");
	print_realms(out, hop->realms);
}

static void print_settings(struct conf_out *out, const struct conf_route *route)
{
	for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
		const struct conf_route_setting *s = &settings[i];
		uint32_t unit = s->per_ms ? s->per_ms : 1;

		if (!(route->set & (1u << s->number)))
			continue;
		conf_put(out, " %s%s %u", s->word,
			 route->locked & (1u << s->number) ? " lock" : "",
			 route->settings[s->number] / unit);
	}
	if (route->settings[RTAX_FEATURES] & RTAX_FEATURE_ECN)
		conf_put_text(out, " features ecn");
	if (route->congestion) {
		conf_put(out, " congctl%s ",
			 route->locked & (1u << RTAX_CC_ALGO) ? " lock" : "");
		conf_put_word(out, route->congestion);
	}
}

static void print_options(struct conf_out *out, const struct conf_route *route)
{
	static const char *const hows[] = {
		[CONF_ROUTE_PREPEND] = "",
		[CONF_ROUTE_APPEND] = " append",
		[CONF_ROUTE_ADD] = " add",
	};

	if (route->scope != CONF_ROUTE_SCOPE_AUTO)
		conf_put(out, " scope %d", route->scope);
	if (route->protocol)
		conf_put(out, " protocol %u", route->protocol);
	print_realms(out, route->realms);
	if (route->expires)
		conf_put(out, " expires %u", route->expires);
	if (route->pref != CONF_ROUTE_UNSET)
		conf_put(out, " pref %s", conf_route_prefs[route->pref]);
	if (route->ttl_propagate != CONF_ROUTE_UNSET)
		conf_put(out, " ttl-propagate %s",
			 conf_route_ttls[route->ttl_propagate]);
	conf_put_text(out, hows[route->how]);
	if (route->no_track)
		conf_put_text(out, " no_track");
	if (route->track_group) {
		conf_put_text(out, " track_group ");
		conf_put_word(out, route->track_group);
	}
}

void conf_route_print(const struct conf_route *route, struct conf_out *out)
{
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (types[i].type == route->type && route->type != RTN_UNICAST)
			conf_put(out, " %s", types[i].word);
	}
	if (route->to.address.family != IP_NONE)
		conf_put(out, " %s/%u", ip_format(&route->to.address, text),
			 route->to.length);
	else
		conf_put_text(out, route->family == IP_V6 ? " inet6 to default"
							  : " default");
	if (route->from.address.family != IP_NONE)
		conf_put(out, " from %s/%u",
			 ip_format(&route->from.address, text),
			 route->from.length);
	if (route->tos)
		conf_put(out, " tos %u", route->tos);
	if (route->hop_count == 1)
		print_hop(out, route, &route->hops[0]);
	print_ip(out, "src", &route->source);
	if (route->table != CONF_TABLE_MAIN)
		conf_put(out, " table %u", route->table);
	if (route->metric)
		conf_put(out, " metric %u", route->metric);
	print_settings(out, route);
	print_options(out, route);
	for (size_t i = 0; i < route->hop_count && route->hop_count > 1; i++)
		print_hop(out, route, &route->hops[i]);
}
