/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A group of addresses as one service of the kernel (nftables_ipvs): packets to
 * them get a firewall mark, and the service is that of the mark. Here is which
 * addresses get which mark; the table of nftables that says so to the kernel is
 * sys/nft_marks.h.
 *
 * Numbers are in host order, addresses in network order.
 */
#pragma once

#include "base/ip.h"

#include <stddef.h>
#include <stdint.h>

/* Ranges of all groups together, in the kernel; what is above is left out. */
#define FWMARK_RANGES_MAX (1u << 17)

/* ... and claims of them: those that come after in the file are left out. */
#define FWMARK_CLAIMS_MAX (4 * FWMARK_RANGES_MAX)

/* Addresses that a virtual server asks for, in the order of the file. */
struct fwmark_claim {
	struct ip first, last; /* of one family */
	uint16_t port;         /* 0: any */
	uint8_t protocol;
	uint32_t mark; /* 0: they are a service by themselves, without mark */
};

/*
 * Addresses that get a mark. Those of one family, protocol and port overlap
 * nowhere; one of a port goes before one of any port. Without holes.
 */
struct fwmark_range {
	uint8_t family; /* enum ip_family */
	uint8_t protocol;
	uint16_t port; /* 0: any */
	uint32_t mark;
	uint8_t first[16], last[16];
};

/* What fwmark_ranges() and fwmark_differ() need beside, in bytes. */
size_t fwmark_memory(uint32_t claims);

/*
 * Of two claims for an address the first has it, as of two services. Writes at
 * most `room` ranges, in order, and returns how many there are; 2 * count is
 * always enough. `memory` is aligned like malloc's.
 */
uint32_t fwmark_ranges(const struct fwmark_claim *claims, uint32_t count,
		       struct fwmark_range *out, uint32_t room, void *memory);

/* <0, 0, >0: the order of ranges, by all but the mark. */
int fwmark_compare(const struct fwmark_range *a, const struct fwmark_range *b);

/* Puts ranges into their order; `spare` is as large as `ranges`. At most
 * FWMARK_CLAIMS_MAX. */
void fwmark_sort(struct fwmark_range *ranges, struct fwmark_range *spare,
		 uint32_t count);

/*
 * From what the kernel has to what is wanted, both in order: `removed` and
 * `added` have room for all of `have` and of `want`. A range with another mark
 * is removed and added.
 */
struct fwmark_steps {
	struct fwmark_range *removed, *added;
	uint32_t removed_count, added_count;
};
void fwmark_differ(const struct fwmark_range *have, uint32_t have_count,
		   const struct fwmark_range *want, uint32_t want_count,
		   struct fwmark_steps *out);

/* The range of `count`, in order, that has this address; NULL: none. */
const struct fwmark_range *fwmark_find(const struct fwmark_range *ranges,
				       uint32_t count,
				       const struct fwmark_claim *claim);

/*
 * Numbers for groups that have none (0) yet: the lowest from `first` on that
 * are neither theirs nor `taken`. What two groups have is kept by the first of
 * them; what is taken, by none.
 */
size_t fwmark_number_memory(uint32_t count, uint32_t taken_count);
void fwmark_number(uint32_t *marks, uint32_t count, const uint32_t *taken,
		   uint32_t taken_count, uint32_t first, void *memory);
