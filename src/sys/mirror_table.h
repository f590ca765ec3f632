/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of the mirror and the ways to find them: for sys/mirror.c and
 * sys/mirror_lookup.c only. What a record means is in
 * sys/mirror_record.h.
 *
 * Records lie in arrays that grow by doubling, and are known by their index.
 * A free place has ifindex 0 and its `next` is the next free one.
 */
#pragma once

#include "base/map.h"
#include "sys/mirror_record.h"

struct mirror;

struct mirror_table {
	struct mirror_link *links;
	uint32_t link_capacity, link_count, link_free;
	struct map by_index, by_name;
	struct mirror_address *addresses;
	uint32_t address_capacity, address_count, address_free;
	struct map by_address; /* of interface and address, prefix left out */
};

/* The records of a mirror. */
const struct mirror_table *mirror_table_of(const struct mirror *m);

/* 0 or -ENOMEM. The table must not move afterwards: its maps point to it. */
int mirror_table_init(struct mirror_table *t);
void mirror_table_free(struct mirror_table *t);

/* The index of a link, or MIRROR_NONE. */
uint32_t mirror_table_link(const struct mirror_table *t, uint32_t ifindex);
uint32_t mirror_table_named(const struct mirror_table *t, const char *name);

/*
 * The index of an address, or MIRROR_NONE. With `prefix` less than 0 any
 * prefix is right.
 */
uint32_t mirror_table_address(const struct mirror_table *t, uint32_t ifindex,
			      const struct ip *address, int prefix);

/*
 * That of the same one. IPv4 knows addresses of one interface apart by their
 * prefix too (__inet_insert_ifa), IPv6 does not.
 */
uint32_t mirror_table_find(const struct mirror_table *t,
			   const struct mirror_address *a);

/* Those with any prefix but this, then MIRROR_NONE; `at` begins with 0. */
uint32_t mirror_table_other(const struct mirror_table *t, uint32_t ifindex,
			    const struct ip *address, uint8_t prefix,
			    uint32_t *at);

/* A copy of `link` is added: its index, or -ENOSPC or -ENOMEM. */
int64_t mirror_table_add_link(struct mirror_table *t,
			      const struct mirror_link *link);

/* Changes a link's names to those of `as`, and where it is found. */
void mirror_table_rename(struct mirror_table *t, uint32_t at,
			 const struct mirror_link *as);

/*
 * Takes a link without addresses out of all look-ups. Its place is not used
 * again before mirror_table_forget_link().
 */
void mirror_table_remove_link(struct mirror_table *t, uint32_t at);
void mirror_table_forget_link(struct mirror_table *t, uint32_t at);

/* The same for addresses; the link of the address must be there. */
int64_t mirror_table_add_address(struct mirror_table *t,
				 const struct mirror_address *address);
void mirror_table_remove_address(struct mirror_table *t, uint32_t at);
void mirror_table_forget_address(struct mirror_table *t, uint32_t at);

/* Whether nothing about it changed that anybody is told of. */
bool mirror_same_link(const struct mirror_link *a, const struct mirror_link *b);
bool mirror_same_address(const struct mirror_address *a,
			 const struct mirror_address *b);
