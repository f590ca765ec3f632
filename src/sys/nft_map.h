/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps of the table of sys/nft_marks.h: what each is called, and what it
 * holds. For the files that write it and read it.
 */
#pragma once

#include "lvs/fwmark.h"

#include <netinet/in.h> /* before linux/netfilter.h, which has less of it */

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdbool.h>
#include <stdint.h>

#define NFT_MAPS_MAX 12 /* of both families */
#define NFT_MAP_NAME 16

struct nft_map {
	uint8_t family, protocol;
	bool any; /* of any port */
	char name[NFT_MAP_NAME];
	const struct fwmark_range *ranges;
	uint32_t count;
};

#define NFT_MAP_CHAIN "in"
#define NFT_MAP_FLAGS (NFT_SET_INTERVAL | NFT_SET_MAP | NFT_SET_CONCAT)
/* What each rule says of itself, by which it is known again. */
#define NFT_MAP_COMMENT      "batond: %s"
#define NFT_MAP_COMMENT_SIZE 32

/* A map for each family, protocol, and ports or any port, of ranges in their
 * order; how many. */
unsigned nft_maps(const struct fwmark_range *ranges, uint32_t count,
		  struct nft_map maps[NFT_MAPS_MAX]);

/* The key of an element: the address, and a port of 4 bytes. */
static inline uint32_t nft_key_size(uint8_t family)
{
	return (uint32_t)ip_size(family) + 4;
}

static inline uint8_t nft_family(uint8_t family)
{
	return family == IP_V6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
}
