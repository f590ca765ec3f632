/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of sys/nft_marks.h is made of, as messages.
 */
#include "sys/nft_marks.h"

#include "base/must.h"
#include "sys/nft_map.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Elements of one message; a nested attribute ends at 64 KiB. */
#define ELEMENTS_MAX 500
/* The types of nft(8), for those who list the table. */
#define TYPE_BITS    6
#define TYPE_IPV4    7
#define TYPE_IPV6    8
#define TYPE_SERVICE 13
#define TYPE_MARK    19
/* Registers of 4 bytes: an address, and a port behind it. */
#define REGISTER NFT_REG32_00

static const char *protocol_name(uint8_t protocol)
{
	return protocol == IPPROTO_UDP    ? "udp"
	       : protocol == IPPROTO_SCTP ? "sctp"
					  : "tcp";
}

unsigned nft_maps(const struct fwmark_range *ranges, uint32_t count,
		  struct nft_map maps[NFT_MAPS_MAX])
{
	unsigned found = 0;

	for (uint32_t n = 0; n < count; n++) {
		const struct fwmark_range *r = &ranges[n];
		struct nft_map *m = found ? &maps[found - 1] : NULL;

		if (m && m->family == r->family && m->protocol == r->protocol &&
		    m->any == !r->port) {
			m->count++;
			continue;
		}
		MUST(found < NFT_MAPS_MAX);
		m = &maps[found++];
		*m = (struct nft_map){
			.family = r->family,
			.protocol = r->protocol,
			.any = !r->port,
			.ranges = r,
			.count = 1,
		};
		snprintf(m->name, sizeof(m->name), "%s%s_map",
			 protocol_name(r->protocol), m->any ? "_any" : "");
	}
	return found;
}

static void put_table(struct nft_batch *b, unsigned type, unsigned flags,
		      uint8_t family, const char *table)
{
	struct nlmsghdr *m = nft_message(b, type, flags, nft_family(family));

	if (!m)
		return;
	mnl_attr_put_strz(m, NFTA_TABLE_NAME, table);
	if (type == NFT_MSG_NEWTABLE)
		mnl_attr_put_u32(m, NFTA_TABLE_FLAGS, 0);
	nft_end(b, m);
}

/* Also if it has gone meanwhile. */
static void put_no_table(struct nft_batch *b, uint8_t family, const char *table)
{
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, family, table);
	put_table(b, NFT_MSG_DELTABLE, 0, family, table);
}

static void put_chain(struct nft_batch *b, uint8_t family,
		      const struct nft_marks *want)
{
	struct nlmsghdr *m = nft_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE,
					 nft_family(family));
	struct nlattr *nest;

	if (!m)
		return;
	mnl_attr_put_strz(m, NFTA_CHAIN_TABLE, want->table);
	mnl_attr_put_strz(m, NFTA_CHAIN_NAME, NFT_MAP_CHAIN);
	mnl_attr_put_strz(m, NFTA_CHAIN_TYPE, "filter");
	mnl_attr_put_u32(m, NFTA_CHAIN_POLICY, htonl(NF_ACCEPT));
	nest = mnl_attr_nest_start(m, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(m, NFTA_HOOK_HOOKNUM, htonl(NF_INET_LOCAL_IN));
	mnl_attr_put_u32(m, NFTA_HOOK_PRIORITY,
			 htonl((uint32_t)want->priority));
	mnl_attr_nest_end(m, nest);
	nft_end(b, m);
}

static void put_field(struct nlmsghdr *m, uint32_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(m, NFTA_LIST_ELEM);

	mnl_attr_put_u32(m, NFTA_SET_FIELD_LEN, htonl(length));
	mnl_attr_nest_end(m, nest);
}

/* nft(8) lists marks in the order of bytes that this says. */
static const uint8_t of_host[] = {
	0, 4, 0, 0, 0, 0, /* the order of bytes of keys: each its own */
	1, 4, 1, 0, 0, 0, /* that of the host, of what they lead to */
};

static void put_map(struct nft_batch *b, const struct nft_map *map, uint32_t id,
		    const char *table)
{
	uint32_t address = map->family == IP_V6 ? TYPE_IPV6 : TYPE_IPV4;
	struct nlmsghdr *m = nft_message(b, NFT_MSG_NEWSET, NLM_F_CREATE,
					 nft_family(map->family));
	struct nlattr *nest, *fields;

	if (!m)
		return;
	mnl_attr_put_strz(m, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(m, NFTA_SET_NAME, map->name);
	mnl_attr_put_u32(m, NFTA_SET_FLAGS, htonl(NFT_MAP_FLAGS));
	mnl_attr_put_u32(m, NFTA_SET_KEY_TYPE,
			 htonl(address << TYPE_BITS | TYPE_SERVICE));
	mnl_attr_put_u32(m, NFTA_SET_KEY_LEN, htonl(nft_key_size(map->family)));
	mnl_attr_put_u32(m, NFTA_SET_DATA_TYPE, htonl(TYPE_MARK));
	mnl_attr_put_u32(m, NFTA_SET_DATA_LEN, htonl(sizeof(uint32_t)));
	mnl_attr_put_u32(m, NFTA_SET_ID, htonl(id));
	nest = mnl_attr_nest_start(m, NFTA_SET_DESC);
	fields = mnl_attr_nest_start(m, NFTA_SET_DESC_CONCAT);
	put_field(m, (uint32_t)ip_size(map->family));
	put_field(m, sizeof(uint16_t));
	mnl_attr_nest_end(m, fields);
	mnl_attr_nest_end(m, nest);
	mnl_attr_put(m, NFTA_SET_USERDATA, sizeof(of_host), of_host);
	nft_end(b, m);
}

static void put_data(struct nlmsghdr *m, uint16_t type, const void *bytes,
		     size_t size)
{
	struct nlattr *nest = mnl_attr_nest_start(m, type);

	mnl_attr_put(m, NFTA_DATA_VALUE, size, bytes);
	mnl_attr_nest_end(m, nest);
}

static void put_key(struct nlmsghdr *m, uint16_t type,
		    const struct fwmark_range *r, const uint8_t address[16],
		    uint16_t port)
{
	uint8_t key[20] = { 0 };
	size_t size = ip_size(r->family);
	uint16_t wire = htons(port);

	memcpy(key, address, size);
	memcpy(key + size, &wire, sizeof(wire));
	put_data(m, type, key, nft_key_size(r->family));
}

static void put_element(struct nlmsghdr *m, const struct fwmark_range *r)
{
	struct nlattr *nest = mnl_attr_nest_start(m, NFTA_LIST_ELEM);

	put_key(m, NFTA_SET_ELEM_KEY, r, r->first, r->port);
	put_key(m, NFTA_SET_ELEM_KEY_END, r, r->last,
		r->port ? r->port : UINT16_MAX);
	put_data(m, NFTA_SET_ELEM_DATA, &r->mark, sizeof(r->mark));
	mnl_attr_nest_end(m, nest);
}

static void put_elements(struct nft_batch *b, unsigned type,
			 const struct nft_map *map, const char *table)
{
	for (uint32_t n = 0; n < map->count; n += ELEMENTS_MAX) {
		uint32_t end = map->count - n < ELEMENTS_MAX ? map->count
							     : n + ELEMENTS_MAX;
		struct nlmsghdr *m = nft_message(
			b, type, type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0,
			nft_family(map->family));
		struct nlattr *nest;

		if (!m)
			return;
		mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_TABLE, table);
		mnl_attr_put_strz(m, NFTA_SET_ELEM_LIST_SET, map->name);
		nest = mnl_attr_nest_start(m, NFTA_SET_ELEM_LIST_ELEMENTS);
		for (uint32_t k = n; k < end; k++)
			put_element(m, &map->ranges[k]);
		mnl_attr_nest_end(m, nest);
		nft_end(b, m);
	}
}

/* An expression of a rule, which begins with its name. */
static struct nlattr *begin(struct nlmsghdr *m, const char *name,
			    struct nlattr **data)
{
	struct nlattr *nest = mnl_attr_nest_start(m, NFTA_LIST_ELEM);

	mnl_attr_put_strz(m, NFTA_EXPR_NAME, name);
	*data = mnl_attr_nest_start(m, NFTA_EXPR_DATA);
	return nest;
}

static void end(struct nlmsghdr *m, struct nlattr *nest, struct nlattr *data)
{
	mnl_attr_nest_end(m, data);
	mnl_attr_nest_end(m, nest);
}

static void put_is_protocol(struct nlmsghdr *m, uint8_t protocol)
{
	struct nlattr *data, *nest = begin(m, "meta", &data);

	mnl_attr_put_u32(m, NFTA_META_KEY, htonl(NFT_META_L4PROTO));
	mnl_attr_put_u32(m, NFTA_META_DREG, htonl(REGISTER));
	end(m, nest, data);
	nest = begin(m, "cmp", &data);
	mnl_attr_put_u32(m, NFTA_CMP_SREG, htonl(REGISTER));
	mnl_attr_put_u32(m, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
	put_data(m, NFTA_CMP_DATA, &protocol, sizeof(protocol));
	end(m, nest, data);
}

static void put_load(struct nlmsghdr *m, uint32_t header, uint32_t offset,
		     uint32_t size, uint32_t to)
{
	struct nlattr *data, *nest = begin(m, "payload", &data);

	mnl_attr_put_u32(m, NFTA_PAYLOAD_DREG, htonl(to));
	mnl_attr_put_u32(m, NFTA_PAYLOAD_BASE, htonl(header));
	mnl_attr_put_u32(m, NFTA_PAYLOAD_OFFSET, htonl(offset));
	mnl_attr_put_u32(m, NFTA_PAYLOAD_LEN, htonl(size));
	end(m, nest, data);
}

static void put_lookup(struct nlmsghdr *m, const struct nft_map *map,
		       uint32_t id)
{
	struct nlattr *data, *nest = begin(m, "lookup", &data);

	mnl_attr_put_strz(m, NFTA_LOOKUP_SET, map->name);
	mnl_attr_put_u32(m, NFTA_LOOKUP_SET_ID, htonl(id));
	mnl_attr_put_u32(m, NFTA_LOOKUP_SREG, htonl(REGISTER));
	mnl_attr_put_u32(m, NFTA_LOOKUP_DREG, htonl(REGISTER));
	end(m, nest, data);
}

static void put_mark_and_return(struct nlmsghdr *m)
{
	struct nlattr *data, *nest = begin(m, "meta", &data), *value, *verdict;

	mnl_attr_put_u32(m, NFTA_META_KEY, htonl(NFT_META_MARK));
	mnl_attr_put_u32(m, NFTA_META_SREG, htonl(REGISTER));
	end(m, nest, data);
	nest = begin(m, "immediate", &data);
	mnl_attr_put_u32(m, NFTA_IMMEDIATE_DREG, htonl(NFT_REG_VERDICT));
	value = mnl_attr_nest_start(m, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(m, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(m, NFTA_VERDICT_CODE, htonl((uint32_t)NFT_RETURN));
	mnl_attr_nest_end(m, verdict);
	mnl_attr_nest_end(m, value);
	end(m, nest, data);
}

static void put_comment(struct nlmsghdr *m, const struct nft_map *map)
{
	uint8_t said[2 + NFT_MAP_COMMENT_SIZE] = { 0 };
	int length = snprintf((char *)said + 2, sizeof(said) - 2,
			      NFT_MAP_COMMENT, map->name);

	said[1] = (uint8_t)(length + 1); /* with its 0 */
	mnl_attr_put(m, NFTA_RULE_USERDATA, 2u + said[1], said);
}

/* Where the destination stands: in bytes of the header (RFC 791, RFC 8200). */
static uint32_t destination_at(uint8_t family)
{
	return family == IP_V6 ? 24 : 16;
}

static void put_rule(struct nft_batch *b, const struct nft_map *map,
		     uint32_t id, const char *table)
{
	uint32_t size = (uint32_t)ip_size(map->family);
	struct nlmsghdr *m =
		nft_message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND,
			    nft_family(map->family));
	struct nlattr *nest;

	if (!m)
		return;
	mnl_attr_put_strz(m, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(m, NFTA_RULE_CHAIN, NFT_MAP_CHAIN);
	nest = mnl_attr_nest_start(m, NFTA_RULE_EXPRESSIONS);
	put_is_protocol(m, map->protocol);
	put_load(m, NFT_PAYLOAD_NETWORK_HEADER, destination_at(map->family),
		 size, REGISTER);
	put_load(m, NFT_PAYLOAD_TRANSPORT_HEADER, 2, sizeof(uint16_t),
		 REGISTER + size / 4);
	put_lookup(m, map, id);
	put_mark_and_return(m);
	mnl_attr_nest_end(m, nest);
	put_comment(m, map);
	nft_end(b, m);
}

static void put_all(struct nft_batch *b, const struct nft_marks *want,
		    const struct nft_map *maps, unsigned count, uint8_t family)
{
	put_table(b, NFT_MSG_NEWTABLE, NLM_F_CREATE, family, want->table);
	put_chain(b, family, want);
	for (unsigned n = 0; n < count; n++)
		if (maps[n].family == family) {
			put_map(b, &maps[n], n + 1, want->table);
			put_elements(b, NFT_MSG_NEWSETELEM, &maps[n],
				     want->table);
			put_rule(b, &maps[n], n + 1, want->table);
		}
}

/* Ranges of one family; of one list after the other, as they are sorted. */
static void put_some(struct nft_batch *b, unsigned type,
		     const struct fwmark_range *ranges, uint32_t count,
		     uint8_t family, const char *table)
{
	struct nft_map maps[NFT_MAPS_MAX];
	unsigned found = nft_maps(ranges, count, maps);

	for (unsigned n = 0; n < found; n++)
		if (maps[n].family == family)
			put_elements(b, type, &maps[n], table);
}

static bool has_family(const struct nft_map *maps, unsigned count,
		       uint8_t family)
{
	for (unsigned n = 0; n < count; n++)
		if (maps[n].family == family)
			return true;
	return false;
}

/* 0, or -EEXIST: with the table, what is not ours would go. */
static int put_family(struct nft_batch *b, const struct nft_marks *want,
		      const struct nft_marks_found *found,
		      const struct fwmark_steps *steps, uint8_t family)
{
	struct nft_map maps[NFT_MAPS_MAX];
	unsigned count = nft_maps(want->ranges, want->count, maps);
	bool is_v6 = family == IP_V6, wanted = has_family(maps, count, family);

	if (wanted && found->right[is_v6]) {
		put_some(b, NFT_MSG_DELSETELEM, steps->removed,
			 steps->removed_count, family, want->table);
		put_some(b, NFT_MSG_NEWSETELEM, steps->added,
			 steps->added_count, family, want->table);
		return 0;
	}
	if (wanted && found->others[is_v6][0])
		return -EEXIST;
	if (wanted ? found->present[is_v6] : found->ours[is_v6])
		put_no_table(b, family, want->table);
	if (wanted)
		put_all(b, want, maps, count, family);
	return 0;
}

bool nft_marks_agree(const struct nft_marks *want,
		     const struct nft_marks_found *found)
{
	struct nft_map maps[NFT_MAPS_MAX];
	unsigned count = nft_maps(want->ranges, want->count, maps);

	for (unsigned n = 0; n < 2; n++)
		if (has_family(maps, count, n ? IP_V6 : IP_V4)
			    ? !found->right[n]
			    : found->ours[n])
			return false;
	if (want->count != found->count)
		return false;
	for (uint32_t n = 0; n < want->count; n++)
		if (want->ranges[n].mark != found->ranges[n].mark ||
		    fwmark_compare(&want->ranges[n], &found->ranges[n]) != 0)
			return false;
	return true;
}

int nft_marks_set(struct nft *n, const struct nft_marks *want,
		  const struct nft_marks_found *found)
{
	struct nft_batch b = { 0 };
	struct fwmark_steps steps = {
		.removed = calloc(found->count + 1, sizeof(*steps.removed)),
		.added = calloc(want->count + 1, sizeof(*steps.added)),
	};
	int error = -ENOMEM;

	if (steps.removed && steps.added) {
		fwmark_differ(found->ranges, found->count, want->ranges,
			      want->count, &steps);
		error = put_family(&b, want, found, &steps, IP_V4);
		if (!error)
			error = put_family(&b, want, found, &steps, IP_V6);
		if (!error)
			error = nft_commit(n, &b);
	}
	free(steps.removed);
	free(steps.added);
	nft_batch_free(&b);
	return error;
}
