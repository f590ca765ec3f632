/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of virtual_rules or static_rules: all of struct conf_rule, in any
 * order of words. A line with a mistake is left out, as keepalived has it.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/cursor.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/types.h"

#include <linux/fib_rules.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Actions without a value. */
static const struct {
	const char *word;
	uint8_t action;
} actions[] = {
	{ "nop", FR_ACT_NOP },
	{ "blackhole", FR_ACT_BLACKHOLE },
	{ "unreachable", FR_ACT_UNREACHABLE },
	{ "prohibit", FR_ACT_PROHIBIT },
};

static const struct {
	const char *word;
	uint8_t number;
} protocols[] = {
	{ "icmp", IPPROTO_ICMP }, { "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },   { "ipv6-icmp", IPPROTO_ICMPV6 },
	{ "sctp", IPPROTO_SCTP }, { "gre", IPPROTO_GRE },
	{ "esp", IPPROTO_ESP },   { "ah", IPPROTO_AH },
	{ "igmp", IPPROTO_IGMP }, { "dccp", IPPROTO_DCCP },
};

/* P | all | any | default */
static struct conf_prefix take_prefix(struct conf_cursor *c)
{
	if (conf_cursor_is(c, "all") || conf_cursor_is(c, "any") ||
	    conf_cursor_is(c, "default"))
		return (struct conf_prefix){ 0 };
	return conf_cursor_prefix(c);
}

static void set_action(struct conf_cursor *c, struct conf_rule *rule,
		       uint8_t action)
{
	if (rule->action)
		conf_cursor_wrong(c, "no place beside another action");
	rule->action = action;
}

static bool take_action(struct conf_cursor *c, struct conf_rule *rule,
			const char *word)
{
	if (strcmp(word, "table") == 0 || strcmp(word, "lookup") == 0) {
		set_action(c, rule, FR_ACT_TO_TBL);
		rule->table = conf_cursor_name(c, CONF_NAMES_TABLE, UINT32_MAX);
		if (!c->failed && rule->table == 0)
			conf_cursor_wrong(c, "a table other than 0");
		return true;
	}
	if (strcmp(word, "goto") == 0) {
		set_action(c, rule, FR_ACT_GOTO);
		rule->go_to = conf_cursor_number(c, 1, UINT32_MAX);
		return true;
	}
	if (strcmp(word, "type") == 0) {
		word = conf_cursor_take(c);
		if (!word)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
		if (strcmp(actions[i].word, word) == 0) {
			set_action(c, rule, actions[i].action);
			return true;
		}
	}
	return false;
}

/* M or M/MASK. */
static void take_mark(struct conf_cursor *c, struct conf_rule *rule)
{
	const char *text = conf_cursor_take(c);
	const char *slash = text ? strchr(text, '/') : NULL;
	int64_t mark, mask = UINT32_MAX;
	char copy[24];

	if (!text)
		return;
	snprintf(copy, sizeof(copy), "%.*s",
		 slash ? (int)(slash - text) : (int)strlen(text), text);
	if (conf_number_any_base(copy, &mark) < 0 ||
	    (slash && conf_number_any_base(slash + 1, &mask) < 0) || mark < 0 ||
	    mark > UINT32_MAX || mask < 0 || mask > UINT32_MAX) {
		conf_cursor_wrong(c, "a mark, or MARK/MASK");
		return;
	}
	rule->mark = (uint32_t)mark;
	rule->mark_mask = (uint32_t)mask;
}

static void take_ip_protocol(struct conf_cursor *c, struct conf_rule *rule)
{
	const char *text = conf_cursor_take(c);
	int64_t number;

	for (size_t i = 0; text && i < ARRAY_LENGTH(protocols); i++) {
		if (strcmp(protocols[i].word, text) == 0) {
			rule->ip_protocol = protocols[i].number;
			return;
		}
	}
	if (text && conf_number_any_base(text, &number) == 0 && number > 0 &&
	    number <= UINT8_MAX)
		rule->ip_protocol = (uint8_t)number;
	else if (text)
		conf_cursor_wrong(c, "a number, tcp, udp, icmp and the like");
}

static void take_tunnel(struct conf_cursor *c, struct conf_rule *rule)
{
	const char *text = conf_cursor_take(c);
	int64_t number;

	if (text && conf_number_any_base(text, &number) == 0 && number > 0)
		rule->tunnel = (uint64_t)number;
	else if (text)
		conf_cursor_wrong(c, "a number");
}

static bool take_selector(struct conf_cursor *c, struct conf_rule *rule,
			  const char *word)
{
	if (strcmp(word, "from") == 0)
		rule->from = take_prefix(c);
	else if (strcmp(word, "to") == 0)
		rule->to = take_prefix(c);
	else if (strcmp(word, "tos") == 0 || strcmp(word, "dsfield") == 0)
		rule->tos = (uint8_t)conf_cursor_name(c, CONF_NAMES_DSFIELD,
						      UINT8_MAX);
	else if (strcmp(word, "fwmark") == 0)
		take_mark(c, rule);
	else if (strcmp(word, "dev") == 0 || strcmp(word, "iif") == 0)
		rule->in = conf_cursor_interface(c);
	else if (strcmp(word, "oif") == 0)
		rule->out = conf_cursor_interface(c);
	else if (strcmp(word, "tunnel-id") == 0)
		take_tunnel(c, rule);
	else if (strcmp(word, "uidrange") == 0)
		rule->uids = conf_cursor_range(c, UINT32_MAX - 1);
	else if (strcmp(word, "l3mdev") == 0)
		rule->l3mdev = true;
	else if (strcmp(word, "ipproto") == 0)
		take_ip_protocol(c, rule);
	else if (strcmp(word, "sport") == 0)
		rule->source_ports = conf_cursor_range(c, 65534);
	else if (strcmp(word, "dport") == 0)
		rule->destination_ports = conf_cursor_range(c, 65534);
	else
		return false;
	return true;
}

static bool take_option(struct conf_cursor *c, struct conf_rule *rule,
			const char *word)
{
	if (strcmp(word, "priority") == 0 || strcmp(word, "preference") == 0 ||
	    strcmp(word, "order") == 0) {
		rule->priority = conf_cursor_number(c, 1, UINT32_MAX);
		rule->has_priority = true;
	} else if (strcmp(word, "realms") == 0) {
		rule->realms = conf_cursor_realms(c);
	} else if (strcmp(word, "suppress_prefixlength") == 0 ||
		   strcmp(word, "sup_pl") == 0) {
		rule->suppress_prefix = (int32_t)conf_cursor_number(c, 0, 128);
	} else if (strcmp(word, "suppress_ifgroup") == 0 ||
		   strcmp(word, "sup_group") == 0) {
		rule->suppress_group = (int32_t)conf_cursor_name(
			c, CONF_NAMES_GROUP, INT32_MAX);
	} else if (strcmp(word, "protocol") == 0) {
		rule->protocol = (uint8_t)conf_cursor_name(
			c, CONF_NAMES_PROTOCOL, UINT8_MAX);
	} else if (strcmp(word, "not") == 0) {
		rule->invert = true;
	} else if (strcmp(word, "no_track") == 0) {
		rule->no_track = true;
	} else if (strcmp(word, "track_group") == 0) {
		rule->track_group = conf_cursor_text(c, CONF_NAME_MAX);
	} else if (strcmp(word, "inet") == 0) {
		conf_cursor_family(c, &rule->family, IP_V4);
	} else if (strcmp(word, "inet6") == 0) {
		conf_cursor_family(c, &rule->family, IP_V6);
	} else {
		return false;
	}
	return true;
}

static void end(struct conf_cursor *c, struct conf_rule *rule)
{
	conf_cursor_family(c, &rule->family, rule->from.address.family);
	conf_cursor_family(c, &rule->family, rule->to.address.family);
	if (rule->family == IP_NONE)
		rule->family = IP_V4;
	if (c->failed)
		return;
	c->after = "a rule";
	if (!rule->action && rule->l3mdev)
		rule->action = FR_ACT_TO_TBL;
	if (!rule->action)
		conf_cursor_wrong(c, "table, goto, nop, blackhole, "
				     "unreachable or prohibit");
	else if (rule->l3mdev && rule->table)
		conf_cursor_wrong(c, "no table with l3mdev");
	else if (rule->action == FR_ACT_GOTO &&
		 (!rule->has_priority || rule->priority >= rule->go_to))
		conf_cursor_wrong(c, "goto with a priority that is less");
	if (rule->protocol && !rule->no_track) {
		conf_report_ignored(c->reader->report, &c->words[0].place, NULL,
				    "a rule that is tracked has the protocol "
				    "of baton; protocol is left out");
		rule->protocol = 0;
	}
}

static void reset_rule(const struct conf_row *row, void *object)
{
	struct conf_rule *rule = object;
	struct conf_span span = rule->span;

	*rule = (struct conf_rule){
		.span = span,
		.suppress_prefix = -1,
		.suppress_group = -1,
	};
}

static int read_rule(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	struct conf_cursor c = { reader, words, count, 0, "a rule", false };
	struct conf_rule *rule = object;
	const char *word;

	while (conf_cursor_peek(&c)) {
		word = conf_cursor_take(&c);
		c.after = word;
		if (!take_selector(&c, rule, word) &&
		    !take_option(&c, rule, word) &&
		    !take_action(&c, rule, word)) {
			c.after = "a rule";
			conf_cursor_wrong(&c, "known words");
		}
	}
	end(&c, rule);
	if (c.failed) {
		reset_rule(row, object);
		return -1;
	}
	return (int)count;
}

static const char *expected_rule(const struct conf_row *row, char *text,
				 size_t size)
{
	return conf_expected(text, size,
			     "[not] from PREFIX to PREFIX, other conditions, "
			     "and table TABLE or another action");
}

static void print_prefix(struct conf_out *out, const char *word,
			 const struct conf_prefix *prefix)
{
	char text[IP_TEXT_MAX];

	if (prefix->address.family != IP_NONE)
		conf_put(out, " %s %s/%u", word,
			 ip_format(&prefix->address, text), prefix->length);
}

static void print_name(struct conf_out *out, const char *word, const char *name)
{
	if (!name)
		return;
	conf_put(out, " %s ", word);
	conf_put_word(out, name);
}

static void print_range(struct conf_out *out, const char *word,
			const struct conf_range *range)
{
	if (range->written)
		conf_put(out, " %s %u-%u", word, range->first, range->last);
}

static void print_selectors(struct conf_out *out, const struct conf_rule *rule)
{
	print_prefix(out, "from", &rule->from);
	print_prefix(out, "to", &rule->to);
	if (rule->tos)
		conf_put(out, " tos %u", rule->tos);
	if (rule->mark || rule->mark_mask)
		conf_put(out, " fwmark 0x%x/0x%x", rule->mark, rule->mark_mask);
	print_name(out, "iif", rule->in);
	print_name(out, "oif", rule->out);
	if (rule->tunnel)
		conf_put(out, " tunnel-id %llu",
			 (unsigned long long)rule->tunnel);
	print_range(out, "uidrange", &rule->uids);
	if (rule->l3mdev)
		conf_put_text(out, " l3mdev");
	if (rule->ip_protocol)
		conf_put(out, " ipproto %u", rule->ip_protocol);
	print_range(out, "sport", &rule->source_ports);
	print_range(out, "dport", &rule->destination_ports);
}

static void print_rule(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const struct conf_rule *rule = object;

	if (rule->from.address.family == IP_NONE &&
	    rule->to.address.family == IP_NONE)
		conf_put_text(out, rule->family == IP_V6 ? " inet6 from all"
							 : " from all");
	if (rule->invert)
		conf_put_text(out, " not");
	print_selectors(out, rule);
	if (rule->realms)
		conf_put(out, " realms %u/%u", rule->realms >> 16,
			 rule->realms & 0xffff);
	if (rule->suppress_prefix >= 0)
		conf_put(out, " suppress_prefixlength %d",
			 rule->suppress_prefix);
	if (rule->suppress_group >= 0)
		conf_put(out, " suppress_ifgroup %d", rule->suppress_group);
	if (rule->table)
		conf_put(out, " table %u", rule->table);
	if (rule->action == FR_ACT_GOTO)
		conf_put(out, " goto %u", rule->go_to);
	for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
		if (actions[i].action == rule->action)
			conf_put(out, " %s", actions[i].word);
	}
	if (rule->has_priority)
		conf_put(out, " priority %u", rule->priority);
	if (rule->protocol)
		conf_put(out, " protocol %u", rule->protocol);
	if (rule->no_track)
		conf_put_text(out, " no_track");
	print_name(out, "track_group", rule->track_group);
}

#define RANGE(m, most)                                                         \
	CONF_SCALAR(conf_rule, m.first, 0, most),                              \
		CONF_SCALAR(conf_rule, m.last, 0, most),                       \
		CONF_SCALAR(conf_rule, m.written, 0, 1)

static const struct conf_scalar scalars[] = {
	CONF_SCALAR(conf_rule, family, IP_V4, IP_V6),
	CONF_SCALAR(conf_rule, action, FR_ACT_TO_TBL, FR_ACT_PROHIBIT),
	CONF_SCALAR(conf_rule, tos, 0, UINT8_MAX),
	CONF_SCALAR(conf_rule, protocol, 0, UINT8_MAX),
	CONF_SCALAR(conf_rule, ip_protocol, 0, UINT8_MAX),
	CONF_SCALAR(conf_rule, invert, 0, 1),
	CONF_SCALAR(conf_rule, l3mdev, 0, 1),
	CONF_SCALAR(conf_rule, no_track, 0, 1),
	CONF_SCALAR(conf_rule, has_priority, 0, 1),
	CONF_SCALAR(conf_rule, priority, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, table, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, go_to, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, mark, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, mark_mask, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, realms, 0, UINT32_MAX),
	CONF_SCALAR(conf_rule, suppress_prefix, -1, 128),
	CONF_SCALAR(conf_rule, suppress_group, -1, INT32_MAX),
	CONF_SCALAR(conf_rule, tunnel, 0, INT64_MAX),
	RANGE(uids, UINT32_MAX),
	RANGE(source_ports, UINT16_MAX),
	RANGE(destination_ports, UINT16_MAX),
};

static bool equal_rule(const struct conf_row *row, const void *a, const void *b)
{
	const struct conf_rule *one = a;
	const struct conf_rule *two = b;

	return conf_scalars_equal(scalars, ARRAY_LENGTH(scalars), a, b) &&
	       conf_prefix_equal(&one->from, &two->from) &&
	       conf_prefix_equal(&one->to, &two->to) &&
	       conf_text_equal(one->in, two->in) &&
	       conf_text_equal(one->out, two->out) &&
	       conf_text_equal(one->track_group, two->track_group);
}

static void pack_rule(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	const struct conf_rule *rule = object;

	conf_scalars_pack(scalars, ARRAY_LENGTH(scalars), object, packer);
	conf_prefix_pack(packer, &rule->from);
	conf_prefix_pack(packer, &rule->to);
	conf_pack_text(packer, rule->in);
	conf_pack_text(packer, rule->out);
	conf_pack_text(packer, rule->track_group);
}

static bool name_ok(const char *name)
{
	return !name || conf_interface_ok(name);
}

static bool unpack_rule(const struct conf_row *row, void *object,
			struct conf_unpacker *u)
{
	struct conf_rule *rule = object;

	if (!conf_scalars_unpack(scalars, ARRAY_LENGTH(scalars), object, u) ||
	    !conf_prefix_unpack(u, &rule->from) ||
	    !conf_prefix_unpack(u, &rule->to))
		return false;
	rule->in = conf_unpack_text(u, CONF_INTERFACE_MAX);
	rule->out = conf_unpack_text(u, CONF_INTERFACE_MAX);
	rule->track_group = conf_unpack_text(u, CONF_NAME_MAX);
	return !u->failed && name_ok(rule->in) && name_ok(rule->out) &&
	       (rule->family == IP_V4 || rule->family == IP_V6) &&
	       (rule->from.address.family == IP_NONE ||
		rule->from.address.family == rule->family) &&
	       (rule->to.address.family == IP_NONE ||
		rule->to.address.family == rule->family);
}

const struct conf_type conf_type_rule = {
	.name = "rule",
	.expected = expected_rule,
	.read = read_rule,
	.reset = reset_rule,
	.print = print_rule,
	.equal = equal_rule,
	.pack = pack_rule,
	.unpack = unpack_rule,
	.least = 1,
	.most = CONF_WORDS_MANY,
};
