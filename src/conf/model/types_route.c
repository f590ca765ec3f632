/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of virtual_routes or static_routes: all of struct conf_route. The
 * words may stand in any order, as for keepalived; what is no word of the
 * table is the type or the destination. A line with a mistake is left out, as
 * keepalived has it.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/cursor.h"
#include "conf/model/route_words.h"
#include "conf/model/types.h"
#include "conf/schema/types.h"

#include <linux/icmpv6.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* A route while it is read. */
struct reading {
	struct conf_cursor c;
	struct conf_route *route;
	struct conf_hop hops[CONF_HOPS_MAX]; /* [0] is also that of via, dev */
	bool to, via, or ;
};

/* Numbers are milliseconds; also with ms or s. */
static uint32_t take_milliseconds(struct reading *r)
{
	const char *text = conf_cursor_peek(&r->c);
	int64_t number;
	tick_t time;

	if (!text || conf_number_any_base(text, &number) == 0)
		return conf_cursor_number(&r->c, 0, UINT32_MAX);
	conf_cursor_take(&r->c);
	if (conf_time(text, &time) < 0 ||
	    time / TICK_MILLISECOND > UINT32_MAX) {
		conf_cursor_wrong(&r->c, "milliseconds, or a time as 1s");
		return 0;
	}
	return (uint32_t)(time / TICK_MILLISECOND);
}

static bool take_setting(struct reading *r, const char *word)
{
	const struct conf_route_setting *s = conf_route_setting(word);
	struct conf_route *route = r->route;
	uint32_t value;

	if (!s)
		return false;
	if (s->lockable && conf_cursor_is(&r->c, "lock"))
		route->locked |= 1u << s->number;
	r->c.after = s->word;
	value = s->per_ms ? take_milliseconds(r)
			  : conf_cursor_number(&r->c, 0, s->most);
	if (value > s->most)
		conf_cursor_wrong(&r->c, "a shorter time");
	route->settings[s->number] = value * (s->per_ms ? s->per_ms : 1);
	route->set |= 1u << s->number;
	return true;
}

/* [inet|inet6] ADDRESS: it may be of another family than the destination. */
static void take_via(struct reading *r, struct conf_hop *hop)
{
	if (!conf_cursor_is(&r->c, "inet"))
		conf_cursor_is(&r->c, "inet6");
	r->c.after = "via";
	hop->via = conf_cursor_ip(&r->c);
}

static void take_nexthop(struct reading *r)
{
	struct conf_hop *hop;

	if (r->route->hop_count == CONF_HOPS_MAX) {
		conf_cursor_wrong(&r->c, "at most 32 next hops");
		return;
	}
	hop = &r->hops[r->route->hop_count++];
	*hop = (struct conf_hop){ .weight = 1 };
	for (;;) {
		if (conf_cursor_is(&r->c, "via"))
			take_via(r, hop);
		else if (conf_cursor_is(&r->c, "dev") ||
			 conf_cursor_is(&r->c, "oif"))
			hop->dev = conf_cursor_interface(&r->c);
		else if (conf_cursor_is(&r->c, "weight"))
			hop->weight =
				(uint16_t)conf_cursor_number(&r->c, 1, 256);
		else if (conf_cursor_is(&r->c, "onlink"))
			hop->onlink = true;
		else if (conf_cursor_is(&r->c, "realms"))
			hop->realms = conf_cursor_realms(&r->c);
		else
			break;
	}
	if (hop->via.family == IP_NONE && !hop->dev)
		conf_cursor_wrong(&r->c, "via ADDRESS or dev INTERFACE");
}

/* Where it goes, if by one way. */
static bool take_way(struct reading *r, const char *word)
{
	struct conf_hop *hop = &r->hops[0];

	if (strcmp(word, "nexthop") == 0) {
		if (r->via)
			conf_cursor_wrong(&r->c, "no via or dev beside it");
		take_nexthop(r);
		return true;
	}
	if (strcmp(word, "via") == 0 || strcmp(word, "gw") == 0) {
		take_via(r, hop);
	} else if (strcmp(word, "dev") == 0 || strcmp(word, "oif") == 0) {
		hop->dev = conf_cursor_interface(&r->c);
	} else if (strcmp(word, "onlink") == 0) {
		hop->onlink = true;
	} else if (strcmp(word, "or") == 0) {
		r->hops[1] = (struct conf_hop){ .weight = 1 };
		take_via(r, &r->hops[1]);
		r->or = true;
	} else {
		return false;
	}
	if (r->route->hop_count > 0)
		conf_cursor_wrong(&r->c, "its place behind a nexthop");
	r->via = true;
	return true;
}

/* One of these words: its place among them. */
static uint8_t take_choice(struct reading *r, const char *const *words,
			   const char *expected)
{
	const char *text = conf_cursor_take(&r->c);

	for (uint8_t i = 0; text && words[i]; i++) {
		if (strcmp(words[i], text) == 0)
			return i;
	}
	if (text)
		conf_cursor_wrong(&r->c, expected);
	return 0;
}

static bool take_match(struct reading *r, const char *word)
{
	struct conf_route *route = r->route;

	if (strcmp(word, "from") == 0)
		route->from = conf_cursor_prefix(&r->c);
	else if (strcmp(word, "tos") == 0 || strcmp(word, "dsfield") == 0)
		route->tos = (uint8_t)conf_cursor_name(
			&r->c, CONF_NAMES_DSFIELD, UINT8_MAX);
	else if (strcmp(word, "table") == 0)
		route->table =
			conf_cursor_name(&r->c, CONF_NAMES_TABLE, UINT32_MAX);
	else if (strcmp(word, "metric") == 0 || strcmp(word, "priority") == 0 ||
		 strcmp(word, "preference") == 0)
		route->metric = conf_cursor_number(&r->c, 0, UINT32_MAX);
	else if (strcmp(word, "src") == 0)
		route->source = conf_cursor_ip(&r->c);
	else
		return false;
	return true;
}

static bool take_property(struct reading *r, const char *word)
{
	struct conf_route *route = r->route;
	const char *text;
	uint8_t scope;

	if (strcmp(word, "scope") == 0) {
		text = conf_cursor_take(&r->c);
		if (text && conf_scope_find(r->c.reader, text, &scope))
			route->scope = scope;
		else if (text)
			conf_cursor_wrong(&r->c,
					  "a number or a name of rt_scopes");
	} else if (strcmp(word, "protocol") == 0) {
		route->protocol = (uint8_t)conf_cursor_name(
			&r->c, CONF_NAMES_PROTOCOL, UINT8_MAX);
	} else if (strcmp(word, "realms") == 0) {
		route->realms = conf_cursor_realms(&r->c);
	} else if (strcmp(word, "expires") == 0) {
		route->expires = conf_cursor_number(&r->c, 1, INT32_MAX / 100);
	} else if (strcmp(word, "pref") == 0) {
		route->pref =
			take_choice(r, conf_route_prefs, "low, medium or high");
	} else if (strcmp(word, "ttl-propagate") == 0) {
		route->ttl_propagate =
			take_choice(r, conf_route_ttls, "enabled or disabled");
	} else if (strcmp(word, "congctl") == 0) {
		if (conf_cursor_is(&r->c, "lock"))
			route->locked |= 1u << RTAX_CC_ALGO;
		r->c.after = "congctl";
		route->congestion =
			conf_cursor_text(&r->c, CONF_CONGESTION_MAX);
	} else if (strcmp(word, "features") == 0) {
		if (conf_cursor_is(&r->c, "ecn")) {
			route->settings[RTAX_FEATURES] |= RTAX_FEATURE_ECN;
			route->set |= 1u << RTAX_FEATURES;
		} else if (conf_cursor_take(&r->c)) {
			conf_cursor_wrong(&r->c, "ecn");
		}
	} else {
		return false;
	}
	return true;
}

static bool take_keepalived(struct reading *r, const char *word)
{
	struct conf_route *route = r->route;

	if (strcmp(word, "add") == 0)
		route->how = CONF_ROUTE_ADD;
	else if (strcmp(word, "append") == 0)
		route->how = CONF_ROUTE_APPEND;
	else if (strcmp(word, "prepend") == 0)
		route->how = CONF_ROUTE_PREPEND;
	else if (strcmp(word, "no_track") == 0)
		route->no_track = true;
	else if (strcmp(word, "track_group") == 0)
		route->track_group = conf_cursor_text(&r->c, CONF_NAME_MAX);
	else if (strcmp(word, "inet") == 0)
		conf_cursor_family(&r->c, &route->family, IP_V4);
	else if (strcmp(word, "inet6") == 0)
		conf_cursor_family(&r->c, &route->family, IP_V6);
	else
		return false;
	return true;
}

/* [to] default | PREFIX; the word has been taken, but `to` may stand before. */
static void take_destination(struct reading *r, const char *word)
{
	if (r->to) {
		r->c.after = "a route";
		conf_cursor_wrong(&r->c, "one destination and known words");
		return;
	}
	r->to = true;
	if (strcmp(word, "to") == 0) {
		if (conf_cursor_peek(&r->c) &&
		    conf_route_type(conf_cursor_peek(&r->c), &r->route->type))
			conf_cursor_take(&r->c);
	} else {
		r->c.at--;
		r->c.after = "a route";
	}
	if (!conf_cursor_is(&r->c, "default") &&
	    !conf_cursor_is(&r->c, "any") && !conf_cursor_is(&r->c, "all"))
		r->route->to = conf_cursor_prefix(&r->c);
	/* 0.0.0.0/0 is the default route, too, and of its family. */
	if (r->route->to.length == 0 &&
	    r->route->to.address.family != IP_NONE) {
		conf_cursor_family(&r->c, &r->route->family,
				   r->route->to.address.family);
		r->route->to.address = (struct ip){ 0 };
	}
}

/* What is not done, and no route is better than half of one. */
static bool take_missing(struct reading *r, const char *word)
{
	if (strcmp(word, "encap") != 0 && strcmp(word, "vrf") != 0 &&
	    strcmp(word, "as") != 0)
		return false;
	conf_report_ignored(r->c.reader->report, &r->c.words[r->c.at - 1].place,
			    NULL, "baton does not do %s in routes yet", word);
	r->c.reader->report->diagnostics->later++;
	r->c.failed = true;
	return true;
}

/* Ends a route: its family, its next hops, and what goes with what. */
static void end(struct reading *r)
{
	struct conf_route *route = r->route;
	bool nowhere = route->type != RTN_UNICAST;

	conf_cursor_family(&r->c, &route->family, route->to.address.family);
	conf_cursor_family(&r->c, &route->family, route->from.address.family);
	conf_cursor_family(&r->c, &route->family, route->source.family);
	if (route->family == IP_NONE)
		route->family =
			r->hops[0].via.family ? r->hops[0].via.family : IP_V4;
	if (r->via && (r->hops[0].via.family || r->hops[0].dev))
		route->hop_count = r->or ? 2 : 1;
	if (r->c.failed)
		return;
	r->c.after = "a route";
	if (!r->to)
		conf_cursor_wrong(&r->c, "a destination");
	else if (route->hop_count == 0 && !nowhere)
		conf_cursor_wrong(&r->c, "via ADDRESS or dev INTERFACE");
	else if (route->family == IP_V6 &&
		 (r->hops[0].via.family == IP_V4 ||
		  (route->hop_count > 1 && r->hops[1].via.family == IP_V4)))
		conf_cursor_wrong(&r->c, "next hops of IPv6");
	else if (route->family == IP_V4 && route->from.address.family)
		conf_cursor_wrong(&r->c, "from with IPv6 only");
	if (route->protocol && !route->no_track) {
		conf_report_ignored(r->c.reader->report, &r->c.words[0].place,
				    NULL,
				    "a route that is tracked has the protocol "
				    "of baton; protocol is left out");
		route->protocol = 0;
	}
}

static bool keep_hops(struct reading *r)
{
	size_t size = r->route->hop_count * sizeof(r->hops[0]);

	if (size == 0)
		return true;
	r->route->hops = arena_alloc(r->c.reader->arena, size);
	if (!r->route->hops) {
		r->c.reader->memory->failed = true;
		return false;
	}
	memcpy(r->route->hops, r->hops, size);
	return true;
}

static void reset_route(const struct conf_row *row, void *object)
{
	struct conf_route *route = object;
	struct conf_span span = route->span;

	*route = (struct conf_route){
		.span = span,
		.type = RTN_UNICAST,
		.scope = CONF_ROUTE_SCOPE_AUTO,
		.table = CONF_TABLE_MAIN,
		.pref = CONF_ROUTE_UNSET,
		.ttl_propagate = CONF_ROUTE_UNSET,
	};
}

static int read_route(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	struct reading r = {
		.c = { reader, words, count, 0, "a route", false },
		.route = object,
		.hops = { { .weight = 1 } },
	};
	const char *word;

	while (conf_cursor_peek(&r.c)) {
		word = conf_cursor_take(&r.c);
		r.c.after = word;
		if (!take_match(&r, word) && !take_way(&r, word) &&
		    !take_property(&r, word) && !take_setting(&r, word) &&
		    !take_keepalived(&r, word) && !take_missing(&r, word) &&
		    !conf_route_type(word, &r.route->type))
			take_destination(&r, word);
	}
	end(&r);
	if (r.c.failed || !keep_hops(&r)) {
		reset_route(row, object);
		return -1;
	}
	return (int)count;
}

static const char *expected_route(const struct conf_row *row, char *text,
				  size_t size)
{
	return conf_expected(text, size,
			     "[TYPE] [to] DESTINATION via ADDRESS dev "
			     "INTERFACE and options");
}

static void print_route(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	conf_route_print(object, out);
}

static const struct conf_scalar scalars[] = {
	CONF_SCALAR(conf_route, family, IP_V4, IP_V6),
	CONF_SCALAR(conf_route, type, RTN_UNICAST, RTN_NAT),
	CONF_SCALAR(conf_route, how, 0, CONF_ROUTE_ADD),
	CONF_SCALAR(conf_route, tos, 0, UINT8_MAX),
	CONF_SCALAR(conf_route, protocol, 0, UINT8_MAX),
	CONF_SCALAR(conf_route, scope, CONF_ROUTE_SCOPE_AUTO, UINT8_MAX),
	CONF_SCALAR(conf_route, table, 0, UINT32_MAX),
	CONF_SCALAR(conf_route, metric, 0, UINT32_MAX),
	CONF_SCALAR(conf_route, realms, 0, UINT32_MAX),
	CONF_SCALAR(conf_route, expires, 0, INT32_MAX / 100),
	CONF_SCALAR(conf_route, set, 0, (1 << CONF_ROUTE_SETTINGS) - 1),
	CONF_SCALAR(conf_route, locked, 0, (1 << CONF_ROUTE_SETTINGS) - 1),
	CONF_SCALAR(conf_route, pref, 0, UINT8_MAX),
	CONF_SCALAR(conf_route, ttl_propagate, 0, UINT8_MAX),
	CONF_SCALAR(conf_route, no_track, 0, 1),
};

static bool equal_hop(const struct conf_hop *a, const struct conf_hop *b)
{
	return ip_equal(&a->via, &b->via) && conf_text_equal(a->dev, b->dev) &&
	       a->weight == b->weight && a->onlink == b->onlink &&
	       a->realms == b->realms;
}

static bool equal_route(const struct conf_row *row, const void *a,
			const void *b)
{
	const struct conf_route *one = a;
	const struct conf_route *two = b;

	if (!conf_scalars_equal(scalars, ARRAY_LENGTH(scalars), a, b) ||
	    !conf_prefix_equal(&one->to, &two->to) ||
	    !conf_prefix_equal(&one->from, &two->from) ||
	    !ip_equal(&one->source, &two->source) ||
	    memcmp(one->settings, two->settings, sizeof(one->settings)) != 0 ||
	    !conf_text_equal(one->congestion, two->congestion) ||
	    !conf_text_equal(one->track_group, two->track_group) ||
	    one->hop_count != two->hop_count)
		return false;
	for (size_t i = 0; i < one->hop_count; i++) {
		if (!equal_hop(&one->hops[i], &two->hops[i]))
			return false;
	}
	return true;
}

static void pack_route(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	const struct conf_route *route = object;

	conf_scalars_pack(scalars, ARRAY_LENGTH(scalars), object, packer);
	conf_prefix_pack(packer, &route->to);
	conf_prefix_pack(packer, &route->from);
	conf_ip_pack(packer, &route->source);
	conf_pack_bytes(packer, route->settings, sizeof(route->settings));
	conf_pack_text(packer, route->congestion);
	conf_pack_text(packer, route->track_group);
	conf_pack_number(packer, (int64_t)route->hop_count);
	for (size_t i = 0; i < route->hop_count; i++) {
		const struct conf_hop *hop = &route->hops[i];

		conf_ip_pack(packer, &hop->via);
		conf_pack_text(packer, hop->dev);
		conf_pack_number(packer, hop->weight);
		conf_pack_number(packer, hop->onlink);
		conf_pack_number(packer, hop->realms);
	}
}

static bool unpack_hop(struct conf_unpacker *u, struct conf_hop *hop)
{
	int64_t weight, onlink, realms;

	if (!conf_ip_unpack(u, &hop->via))
		return false;
	hop->dev = conf_unpack_text(u, CONF_INTERFACE_MAX);
	weight = conf_unpack_number(u);
	onlink = conf_unpack_number(u);
	realms = conf_unpack_number(u);
	if (u->failed || weight < 1 || weight > 256 || onlink < 0 ||
	    onlink > 1 || realms < 0 || realms > UINT32_MAX ||
	    (hop->dev && !conf_interface_ok(hop->dev)) ||
	    (!hop->dev && hop->via.family == IP_NONE))
		return false;
	hop->weight = (uint16_t)weight;
	hop->onlink = onlink;
	hop->realms = (uint32_t)realms;
	return true;
}

static bool unpack_hops(struct conf_unpacker *u, struct conf_route *route)
{
	int64_t count = conf_unpack_number(u);

	if (u->failed || count < 0 || count > CONF_HOPS_MAX)
		return false;
	if (count == 0)
		return true;
	route->hops =
		arena_alloc(u->arena, (size_t)count * sizeof(*route->hops));
	if (!route->hops)
		return false;
	memset(route->hops, 0, (size_t)count * sizeof(*route->hops));
	route->hop_count = (uint32_t)count;
	for (size_t i = 0; i < route->hop_count; i++) {
		if (!unpack_hop(u, &route->hops[i]))
			return false;
	}
	return true;
}

static bool of_family(const struct ip *ip, uint8_t family)
{
	return ip->family == IP_NONE || ip->family == family;
}

static bool unpack_route(const struct conf_row *row, void *object,
			 struct conf_unpacker *u)
{
	struct conf_route *route = object;

	if (!conf_scalars_unpack(scalars, ARRAY_LENGTH(scalars), object, u) ||
	    !conf_prefix_unpack(u, &route->to) ||
	    !conf_prefix_unpack(u, &route->from) ||
	    !conf_ip_unpack(u, &route->source) ||
	    !conf_unpack_bytes(u, route->settings, sizeof(route->settings)))
		return false;
	route->congestion = conf_unpack_text(u, CONF_CONGESTION_MAX);
	route->track_group = conf_unpack_text(u, CONF_NAME_MAX);
	return !u->failed && unpack_hops(u, route) &&
	       (route->family == IP_V4 || route->family == IP_V6) &&
	       of_family(&route->to.address, route->family) &&
	       of_family(&route->from.address, route->family) &&
	       of_family(&route->source, route->family) &&
	       (route->pref <= ICMPV6_ROUTER_PREF_HIGH ||
		route->pref == ICMPV6_ROUTER_PREF_LOW ||
		route->pref == CONF_ROUTE_UNSET) &&
	       (route->ttl_propagate <= 1 ||
		route->ttl_propagate == CONF_ROUTE_UNSET);
}

const struct conf_type conf_type_route = {
	.name = "route",
	.expected = expected_route,
	.read = read_route,
	.reset = reset_route,
	.print = print_route,
	.equal = equal_route,
	.pack = pack_route,
	.unpack = unpack_route,
	.least = 1,
	.most = CONF_WORDS_MANY,
};
