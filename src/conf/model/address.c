/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of virtual_ipaddress and virtual_ipaddress_excluded: an address
 * and what stands behind it, by the rows of the keyword table that are in
 * CONF_IN_ADDRESS.
 */
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/build.h"

#include <string.h>

/* The address with its host bits all set, or all cleared. */
static struct ip host_bits(const struct conf_address *address, bool set)
{
	struct ip ip = address->address;
	size_t bits = ip_size(ip.family) * 8;

	for (size_t bit = address->prefix; bit < bits; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> bit % 8);

		if (set)
			ip.bytes[bit / 8] |= mask;
		else
			ip.bytes[bit / 8] &= (uint8_t)~mask;
	}
	return ip;
}

static void broadcast(struct conf_build *b, const struct conf_keyword *row,
		      struct conf_address *address,
		      const struct conf_word *word)
{
	struct ip ip;

	if (strcmp(word->text, "+") == 0 || strcmp(word->text, "-") == 0) {
		ip = host_bits(address, word->text[0] == '+');
	} else if (ip_parse(word->text, &ip) < 0 || ip.family != IP_V4) {
		conf_build_wrong(b, row, word);
		return;
	}
	if (address->address.family != IP_V4) {
		conf_report_ignored(b->report, &word->place, NULL,
				    "IPv6 has no broadcast address; it is left "
				    "out");
		return;
	}
	address->has_broadcast = true;
	address->broadcast = ip;
}

static void label(struct conf_build *b, struct conf_address *address,
		  const struct conf_word *word)
{
	if (address->address.family != IP_V4)
		conf_report_ignored(b->report, &word->place, NULL,
				    "an IPv6 address has no label; it is left "
				    "out");
	else
		address->label = conf_build_text(b, word->text);
}

/* One option behind an address; returns how many words it took, 0: stop. */
static size_t option(struct conf_build *b, struct conf_address *address,
		     const struct conf_node *node, size_t at)
{
	const struct conf_word *word = &node->words[at];
	const struct conf_keyword *row =
		conf_keyword_find(CONF_IN_ADDRESS, word->text);
	struct ip ip;
	uint8_t length;
	size_t takes;
	int64_t value = 0;

	if (!row && conf_prefix(word->text, &ip, &length) == 0) {
		conf_report(b->report, CONF_ERROR, &word->place, NULL,
			    "each address stands on a line of its own");
		return 0;
	}
	if (!row) {
		conf_build_unknown(b, CONF_IN_ADDRESS, word);
		return 0;
	}
	takes = row->kind == CONF_WORDS ? (size_t)row->maximum : 1;
	if (at + takes >= node->count) {
		conf_report(b->report, CONF_ERROR, &word->place, row->help,
			    "%s needs a value behind it", row->word);
		return 0;
	}
	conf_build_standing(b, row, node, word);
	if (takes == 0 || row->kind == CONF_WORDS)
		return 1 + takes;
	word++;
	if (!conf_build_value(b, row, word, &value))
		return 2;
	if (row->field == CONF_TEXT_DEV)
		address->dev = conf_build_text(b, word->text);
	else if (row->field == CONF_TEXT_LABEL)
		label(b, address, word);
	else if (row->field == CONF_TEXT_BROADCAST)
		broadcast(b, row, address, word);
	else
		address->scope = (uint8_t)value;
	return 2;
}

/* False if it is none, or none of a host. */
static bool add_address(struct conf_build *b, const struct conf_node *node,
			bool excluded)
{
	const struct conf_word *word = &node->words[0];
	struct conf_draft_address one = { .excluded = excluded };
	struct conf_draft_address *slot;
	size_t took;

	if (node->block) {
		conf_report(b->report, CONF_ERROR, &word->place, NULL,
			    "an address takes no block");
		return false;
	}
	if (conf_prefix(word->text, &one.address.address, &one.address.prefix) <
	    0) {
		conf_report(b->report, CONF_ERROR, &word->place,
			    "for example: 192.0.2.1/24 or 2001:db8::1/64",
			    "expected an address, not \"%s\"", word->text);
		return false;
	}
	if (ip_is_multicast(&one.address.address) ||
	    ip_is_unspecified(&one.address.address)) {
		conf_report(b->report, CONF_ERROR, &word->place, NULL,
			    "%s is no address of a host", word->text);
		return false;
	}
	one.address.span = word->place.span;
	for (size_t at = 1; at < node->count; at += took) {
		took = option(b, &one.address, node, at);
		if (took == 0)
			break;
	}
	slot = conf_array_add(&b->addresses, b->memory, sizeof(*slot), 1);
	if (slot)
		*slot = one;
	return true;
}

void conf_build_addresses(struct conf_build *b, struct conf_draft *draft,
			  const struct conf_node *node, bool excluded)
{
	const struct conf_node *child = node->children;

	for (; child; child = child->next) {
		if (b->addresses.count - draft->first >= CONF_ADDRESSES_MAX) {
			conf_report(b->report, CONF_ERROR,
				    &child->words[0].place, NULL,
				    "the instance has more than %d addresses",
				    CONF_ADDRESSES_MAX);
			return;
		}
		if (!add_address(b, child, excluded))
			conf_draft_spoil(draft, CONF_ADDRESS_LIST);
	}
}
