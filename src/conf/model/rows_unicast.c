/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: advertisements by unicast. keepalived.conf(5),
 * "VRRPD CONFIGURATION".
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <stddef.h>

#define AT(field) ((uint32_t)offsetof(struct conf_instance, field))

static const struct conf_choice old_checksums[] = {
	{ "never", VRRP_CHECKSUM_AUTO },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row peer_heads[] = {
	ROW_WITH("router", IP(conf_peer, address, IP_NONE),
		 .flags = CONF_MUST | CONF_SPARED,
		 "the address of another router",
		 "192.0.2.3", "192.0.2.3/24"),
};

static const struct conf_row peer_rows[] = {
	ROW_WITH("min_ttl", NUMBER(conf_peer, ttl_least, 0, 255, 0),
		 .flags = CONF_QUIET,
		 "the least TTL or hop limit with which its advertisements "
		 "may come; default 0: any",
		 "min_ttl 255", "min_ttl 256"),
	ROW_WITH("max_ttl", NUMBER(conf_peer, ttl_most, 0, 255, 255),
		 .flags = CONF_QUIET,
		 "the greatest TTL or hop limit with which its advertisements "
		 "may come; default 255: any",
		 "max_ttl 255", "max_ttl 256"),
};

static const struct conf_row rows[] = {
	{
		.word = "unicast_peer", .type = &conf_type_lines,
		LIST(conf_instance, unicast_peers, unicast_peer_count,
		     conf_block_unicast_peer),
		.differs = "who is not in the list is never heard; keepalived "
			   "hears everybody without check_unicast_src",
		.help = "the other routers: advertisements go to each of "
			"them, and not to the multicast group, and nobody "
			"else is heard",
		.good = "unicast_peer {\n 192.0.2.3\n}",
		.bad = "unicast_peer {\n 192.0.2.3/24\n}",
	},
	ROW_WITH("unicast_src_ip", IP(conf_instance, unicast_src, IP_NONE),
		 .flags = CONF_QUIET,
		 "the source address of advertisements to unicast_peer; "
		 "default: the first address of the interface",
		 "unicast_src_ip 192.0.2.2", "unicast_src_ip 224.0.0.18"),
	ROW_WITH("unicast_ttl", NUMBER(conf_instance, unicast_ttl, 0, 255, 255),
		 .flags = CONF_QUIET
		 DIFFERS("without it IPv6 is sent with hop limit 255; "
			 "keepalived sends 64"),
		 "the TTL or hop limit of advertisements to unicast_peer; "
		 "default 255",
		 "unicast_ttl 64", "unicast_ttl 256"),
	ROW("unicast_fault_no_peer", FLAG(conf_instance, fault_no_peer, 1),
	    "be in FAULT while unicast_peer names no router, instead of "
	    "using multicast",
	    "unicast_fault_no_peer", "unicast_fault_no_peer 5"),
	OTHER(CONF_DONE, "check_unicast_src", 0, 0,
	      "drop unicast advertisements whose source is not in "
	      "unicast_peer, which is what baton always does",
	      "check_unicast_src"),
	{
		.word = "old_unicast_checksum", .type = &conf_type_perhaps,
		FIELD(conf_instance, vrrp.checksum), .flags = CONF_ALIAS,
		.choices = old_checksums, .minimum = 1,
		.maximum = VRRP_CHECKSUM_OLD_UNICAST,
		.otherwise = VRRP_CHECKSUM_AUTO,
		.help = "the same as checksum old-unicast, for peers of "
			"keepalived before 1.3.7; never: as checksum auto",
		.good = "old_unicast_checksum never",
		.bad = "old_unicast_checksum sometimes",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_unicast = ROWS(rows);

const struct conf_block conf_block_unicast_peer = {
	.name = "unicast_peer",
	.heads = ROWS(peer_heads),
	.heads_least = 1,
	.parts = { PART(peer_rows) },
	.size = sizeof(struct conf_peer),
	.span = offsetof(struct conf_peer, span),
	.items_max = CONF_PEERS_MAX,
	.same = conf_same_peer,
	.hash = conf_hash_peer,
	.noun = "unicast peer",
};

/* Why a peer is left out, or NULL. */
static const char *useless(const struct conf_instance *c,
			   const struct conf_peer *one)
{
	if (one->address.family != c->vrrp.family)
		return "it is of another family than virtual_ipaddress";
	if (ip_equal(&one->address, &c->unicast_src))
		return "it is unicast_src_ip, this router itself";
	return NULL;
}

static void drop_peers(struct conf_reader *r, struct conf_instance *c)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->unicast_peer_count; i++) {
		const struct conf_peer *one = &c->unicast_peers[i];
		struct conf_place place = { .span = one->span };
		const char *why = useless(c, one);

		if (why)
			conf_report_ignored(r->report, &place, "remove it",
					    "this peer is left out: %s", why);
		else if (one->ttl_least > one->ttl_most)
			conf_report(r->report, CONF_WARNING, &place,
				    "write a min_ttl that is not above max_ttl",
				    "this peer is never heard: no TTL is %u "
				    "or more, and %u or less",
				    one->ttl_least, one->ttl_most);
		if (!why)
			c->unicast_peers[kept++] = *one;
	}
	c->unicast_peer_count = kept;
}

/* What has no effect without peers. */
static void check_without(struct conf_reader *r, struct conf_instance *c,
			  const struct conf_note *note)
{
	static const struct {
		uint32_t field;
		const char *word;
	} words[] = {
		{ AT(unicast_src), "unicast_src_ip" },
		{ AT(unicast_ttl), "unicast_ttl" },
	};
	const struct conf_mark *list = conf_note_find(note, AT(unicast_peers));
	struct conf_place place = conf_note_place(note, AT(unicast_peers));

	if (c->fault_no_peer) {
		place = conf_note_place(note, AT(fault_no_peer));
		conf_report(r->report, CONF_WARNING, &place,
			    "name the other routers in unicast_peer",
			    "vrrp_instance %s is in FAULT until unicast_peer "
			    "names a router",
			    c->name);
		return;
	}
	if (list)
		conf_report(r->report, CONF_WARNING, &place,
			    "name the other routers, or write "
			    "unicast_fault_no_peer",
			    "unicast_peer names no router; multicast is used");
	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		place = conf_note_place(note, words[i].field);
		if (!conf_note_has(note, words[i].field))
			continue;
		conf_report_ignored(r->report, &place,
				    "name the other routers in unicast_peer",
				    "%s has no effect without unicast_peer",
				    words[i].word);
		conf_report_useless(r->report);
	}
	c->unicast_src = (struct ip){ 0 };
	c->unicast_ttl = 255;
}

/* What the words of multicast are beside peers. */
static void check_with(struct conf_reader *r, struct conf_instance *c,
		       const struct conf_note *note)
{
	struct conf_place place = conf_note_place(note, AT(peers));
	const struct ip *source = c->unicast_src.family != IP_NONE
					  ? &c->unicast_src
					  : &c->mcast_src;

	if (c->peer_count > 0) {
		conf_report_ignored(r->report, &place, "remove it",
				    "vrrp_peers has no effect beside "
				    "unicast_peer, whose routers are heard");
		conf_report_useless(r->report);
	}
	c->peer_count = 0;
	place = conf_note_place(note, AT(unicast_peers));
	if (c->vrrp.strict)
		conf_report(r->report, CONF_WARNING, &place,
			    "remove strict_mode, or vrrp_strict",
			    "VRRP by its RFC knows no unicast; it is used in "
			    "spite of strict_mode");
	if (c->vrrp.family == IP_V6 && source->family == IP_NONE &&
	    !ip_is_link_local(&c->unicast_peers[0].address))
		conf_report(r->report, CONF_WARNING, &place,
			    "write unicast_src_ip",
			    "advertisements to unicast_peer come from the "
			    "link-local address of the interface");
}

void conf_unicast_finish(struct conf_reader *r, struct conf_instance *c,
			 const struct conf_note *note)
{
	struct conf_place place = conf_note_place(note, AT(unicast_src));

	if (c->unicast_src.family != IP_NONE &&
	    c->unicast_src.family != c->vrrp.family) {
		conf_report_ignored(r->report, &place, NULL,
				    "this address is of another family than "
				    "virtual_ipaddress; that of the interface "
				    "is used");
		c->unicast_src = (struct ip){ 0 };
	}
	drop_peers(r, c);
	if (c->unicast_peer_count == 0)
		check_without(r, c, note);
	else
		check_with(r, c, note);
}
