/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of nftables that gives packets firewall marks (lvs/fwmark.h), as
 * keepalived makes it: a table of one name for IPv4 and for IPv6, in each a map
 * from address and port to a mark for each protocol, and a chain at input with
 * a rule for each map. Addresses of any port are in maps of their own, whose
 * rules stand behind.
 *
 *   table ip keepalived_ipvs {
 *           map tcp_map {
 *                   type ipv4_addr . inet_service : mark
 *                   flags interval
 *                   elements = { 10.1.6.11-10.1.6.14 . 80 : 0x000003e8 }
 *           }
 *           chain in {
 *                   type filter hook input priority filter - 1
 *                   meta mark set ip daddr . tcp dport map @tcp_map return
 *           }
 *   }
 */
#pragma once

#include "lvs/fwmark.h"
#include "sys/nft.h"

#define NFT_MARKS_NAME  64 /* bytes of a table's name, with its 0 */
#define NFT_MARKS_THING 96 /* "chain c", cut off */

struct nft_marks {
	char table[NFT_MARKS_NAME];
	int32_t priority; /* of the chain */
	/* In order (fwmark_compare()); of a family without any there is no
	 * table, unless it is another program's. */
	const struct fwmark_range *ranges;
	uint32_t count;
};

/* What the kernel has of it. */
struct nft_marks_found {
	/*
	 * [0] of IPv4, [1] of IPv6: there is a table of this name; it was made
	 * here; all but its elements is as wanted.
	 */
	bool present[2], ours[2], right[2];
	/* What it has that is neither ours nor keepalived's, or "": it is not
	 * made anew then. Rules in our chain are not of that. */
	char others[2][NFT_MARKS_THING];
	struct fwmark_range *ranges; /* in order, of maps that are wanted */
	uint32_t count, room;
};

/*
 * Looks. 0 or -errno; -EINTR: it was changed meanwhile, and is to be looked at
 * again. `found` is empty, or as an earlier call has left it.
 */
int nft_marks_look(struct nft *n, const struct nft_marks *want,
		   struct nft_marks_found *found);
void nft_marks_free(struct nft_marks_found *found);

/* Whether there is nothing to do. */
bool nft_marks_agree(const struct nft_marks *want,
		     const struct nft_marks_found *found);

/*
 * From what was found to what is wanted, in one transaction, so that no packet
 * sees anything between; a table whose structure is another one is made anew.
 * 0 or -errno; -EEXIST: one would be, and has what is another program's.
 */
int nft_marks_set(struct nft *n, const struct nft_marks *want,
		  const struct nft_marks_found *found);
