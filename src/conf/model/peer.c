/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vrrp_peers: the source addresses whose advertisements an instance hears.
 * They are numeric addresses without anything behind them, in lines of any
 * length. This is no authentication (RFC 9568 section 9): it keeps out routers
 * that are configured wrongly, and whoever cannot forge a source address.
 */
#include "conf/model/build.h"

static bool add_peer(struct conf_build *b, struct conf_draft *draft,
		     const struct conf_word *word)
{
	struct conf_draft_peer *slot;
	struct ip address;

	if (ip_parse(word->text, &address) < 0) {
		conf_report(b->report, CONF_ERROR, &word->place,
			    "for example: 192.0.2.3 or fe80::3",
			    "expected the address of a router, not \"%s\"",
			    word->text);
		return true;
	}
	if (ip_is_multicast(&address) || ip_is_unspecified(&address)) {
		conf_report(b->report, CONF_ERROR, &word->place, NULL,
			    "%s is no address of a host", word->text);
		return true;
	}
	if (b->peers.count - draft->first_peer >= CONF_PEERS_MAX) {
		conf_report(b->report, CONF_ERROR, &word->place, NULL,
			    "the instance has more than %d peers",
			    CONF_PEERS_MAX);
		return false;
	}
	slot = conf_array_add(&b->peers, b->memory, sizeof(*slot), 1);
	if (!slot)
		return false;
	slot->address = address;
	slot->span = word->place.span;
	slot->draft = (uint32_t)(b->drafts.count - 1);
	return true;
}

void conf_build_peers(struct conf_build *b, struct conf_draft *draft,
		      const struct conf_node *node)
{
	const struct conf_node *child = node->children;

	if (!child)
		conf_report(b->report, CONF_ERROR, &node->words[0].place,
			    "name the other routers, or remove it to hear "
			    "everybody",
			    "vrrp_peers names no router");
	for (; child; child = child->next) {
		if (child->block) {
			conf_report(b->report, CONF_ERROR,
				    &child->words[0].place, NULL,
				    "an address takes no block");
			continue;
		}
		for (size_t i = 0; i < child->count; i++) {
			if (!add_peer(b, draft, &child->words[i]))
				return;
		}
	}
}

static bool same_peer(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_build *build = context;
	const struct conf_draft_peer *list = build->peers.items;

	return list[a].draft == list[b].draft &&
	       ip_equal(&list[a].address, &list[b].address);
}

/* The family that an instance hears, and whence IPv6 speaks. */
static void check_peer(struct conf_build *b, const struct conf_draft_peer *one,
		       uint8_t family)
{
	struct conf_place place = { .span = one->span };

	if (family == IP_NONE)
		return;
	if (one->address.family != family)
		conf_report(b->report, CONF_ERROR, &place,
			    "write the address that it sends advertisements "
			    "from",
			    "this peer is of another family than "
			    "virtual_ipaddress, which is %s",
			    family == IP_V4 ? "IPv4" : "IPv6");
	else if (family == IP_V6 && !ip_is_link_local(&one->address))
		conf_report(b->report, CONF_WARNING, &place,
			    "write the link-local address of its interface "
			    "(RFC 9568 5.1.2.1)",
			    "this peer is never heard: VRRP over IPv6 is sent "
			    "from link-local addresses");
}

void conf_check_peers(struct conf_build *b)
{
	struct conf_index index = { .same = same_peer, .context = b };
	const struct conf_draft *drafts = b->drafts.items;
	struct conf_draft_peer *list = b->peers.items;
	uint8_t family = IP_NONE;

	for (uint32_t i = 0; i < b->peers.count; i++) {
		struct conf_draft_peer *one = &list[i];
		struct conf_place place = { .span = one->span };
		uint32_t hash = conf_hash(CONF_HASH_START, &one->address,
					  sizeof(one->address));
		uint32_t found;

		if (i == 0 || one->draft != list[i - 1].draft)
			family = conf_draft_family(b, &drafts[one->draft]);
		check_peer(b, one, family);
		hash = conf_hash(hash, &one->draft, sizeof(one->draft));
		found = conf_index_put(&index, b->memory, hash, i);
		one->dropped = found != CONF_INDEX_NONE;
		if (one->dropped)
			conf_report_ignored(b->report, &place, "remove it",
					    "this peer stands in the same "
					    "instance already, in line %u",
					    list[found].span.line);
	}
	conf_index_free(&index, b->memory);
}
