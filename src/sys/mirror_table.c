/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage of the mirror (sys/mirror_table.h): two arrays and three maps. No
 * system calls here.
 */
#include "sys/mirror_table.h"
#include "base/must.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LINKS_FIRST     64
#define ADDRESSES_FIRST 256

struct address_key {
	uint32_t ifindex;
	struct ip address;
	int prefix; /* less than 0: any */
	bool other; /* any prefix but that */
};

static bool same_index(const void *context, uint32_t number, const void *key)
{
	const struct mirror_table *t = context;
	const uint32_t *ifindex = key;

	return t->links[number].ifindex == *ifindex;
}

static bool same_name(const void *context, uint32_t number, const void *key)
{
	const struct mirror_table *t = context;
	const struct mirror_link *link = &t->links[number];
	bool same = strcmp(link->name, key) == 0;

	for (unsigned n = 0; n < MIRROR_NAMES_MAX && !same; n++)
		same = strcmp(link->names[n], key) == 0;
	return same;
}

static bool same_address(const void *context, uint32_t number, const void *key)
{
	const struct mirror_table *t = context;
	const struct mirror_address *a = &t->addresses[number];
	const struct address_key *k = key;

	if (a->ifindex != k->ifindex || !ip_equal(&a->address, &k->address))
		return false;
	if (k->other)
		return a->prefix != k->prefix;
	return k->prefix < 0 || a->prefix == k->prefix;
}

static uint32_t hash_index(uint32_t ifindex)
{
	return map_hash(&ifindex, sizeof(ifindex));
}

static uint32_t hash_name(const char *name)
{
	return map_hash(name, strlen(name));
}

static uint32_t hash_address(uint32_t ifindex, const struct ip *address)
{
	uint8_t bytes[sizeof(ifindex) + sizeof(address->bytes)];
	size_t size = ip_size(address->family);

	memcpy(bytes, &ifindex, sizeof(ifindex));
	memcpy(bytes + sizeof(ifindex), address->bytes, size);
	return map_hash(bytes, sizeof(ifindex) + size);
}

/* Gives a map memory for `capacity` numbers, its first or more of it. */
static int grow_map(struct mirror_table *t, struct map *m, uint32_t capacity,
		    bool (*same)(const void *, uint32_t, const void *))
{
	void *memory = malloc(map_memory(capacity));

	if (!memory)
		return -ENOMEM;
	if (m->slots)
		free(map_move(m, memory, capacity));
	else
		map_init(m, memory, capacity, same, t);
	return 0;
}

static int grow_links(struct mirror_table *t)
{
	uint32_t capacity =
		t->link_capacity ? 2 * t->link_capacity : LINKS_FIRST;
	struct mirror_link *links;

	if (capacity > MIRROR_LINKS_MAX)
		return -ENOSPC;
	if (grow_map(t, &t->by_index, capacity, same_index) ||
	    grow_map(t, &t->by_name, capacity * (1 + MIRROR_NAMES_MAX),
		     same_name))
		return -ENOMEM;
	links = realloc(t->links, capacity * sizeof(*links));
	if (!links)
		return -ENOMEM;
	for (uint32_t i = capacity; i-- > t->link_capacity;) {
		links[i].ifindex = 0;
		links[i].first = t->link_free;
		t->link_free = i;
	}
	t->links = links;
	t->link_capacity = capacity;
	return 0;
}

static int grow_addresses(struct mirror_table *t)
{
	uint32_t capacity =
		t->address_capacity ? 2 * t->address_capacity : ADDRESSES_FIRST;
	struct mirror_address *addresses;

	if (capacity > MIRROR_ADDRESSES_MAX)
		return -ENOSPC;
	if (grow_map(t, &t->by_address, capacity, same_address))
		return -ENOMEM;
	addresses = realloc(t->addresses, capacity * sizeof(*addresses));
	if (!addresses)
		return -ENOMEM;
	for (uint32_t i = capacity; i-- > t->address_capacity;) {
		addresses[i].ifindex = 0;
		addresses[i].next = t->address_free;
		t->address_free = i;
	}
	t->addresses = addresses;
	t->address_capacity = capacity;
	return 0;
}

int mirror_table_init(struct mirror_table *t)
{
	*t = (struct mirror_table){
		.link_free = MIRROR_NONE,
		.address_free = MIRROR_NONE,
	};
	if (grow_links(t) || grow_addresses(t)) {
		mirror_table_free(t);
		return -ENOMEM;
	}
	return 0;
}

void mirror_table_free(struct mirror_table *t)
{
	free(t->by_index.slots);
	free(t->by_name.slots);
	free(t->by_address.slots);
	free(t->links);
	free(t->addresses);
	*t = (struct mirror_table){ 0 };
}

uint32_t mirror_table_link(const struct mirror_table *t, uint32_t ifindex)
{
	return map_find(&t->by_index, hash_index(ifindex), &ifindex);
}

uint32_t mirror_table_named(const struct mirror_table *t, const char *name)
{
	return map_find(&t->by_name, hash_name(name), name);
}

uint32_t mirror_table_address(const struct mirror_table *t, uint32_t ifindex,
			      const struct ip *address, int prefix)
{
	struct address_key key = { ifindex, *address, prefix, false };

	return map_find(&t->by_address, hash_address(ifindex, address), &key);
}

uint32_t mirror_table_find(const struct mirror_table *t,
			   const struct mirror_address *a)
{
	int prefix = a->address.family == IP_V4 ? a->prefix : -1;

	return mirror_table_address(t, a->ifindex, &a->address, prefix);
}

uint32_t mirror_table_other(const struct mirror_table *t, uint32_t ifindex,
			    const struct ip *address, uint8_t prefix,
			    uint32_t *at)
{
	struct address_key key = { ifindex, *address, prefix, true };

	return map_next(&t->by_address, hash_address(ifindex, address), &key,
			at);
}

/* Under its name and each other one. */
static void add_names(struct mirror_table *t, uint32_t at)
{
	const struct mirror_link *link = &t->links[at];

	MUST(map_put(&t->by_name, hash_name(link->name), at) == 0);
	for (unsigned n = 0; n < MIRROR_NAMES_MAX && link->names[n][0]; n++)
		MUST(map_put(&t->by_name, hash_name(link->names[n]), at) == 0);
}

static void remove_names(struct mirror_table *t, uint32_t at)
{
	const struct mirror_link *link = &t->links[at];

	MUST(map_remove(&t->by_name, hash_name(link->name), at));
	for (unsigned n = 0; n < MIRROR_NAMES_MAX && link->names[n][0]; n++)
		MUST(map_remove(&t->by_name, hash_name(link->names[n]), at));
}

int64_t mirror_table_add_link(struct mirror_table *t,
			      const struct mirror_link *link)
{
	uint32_t at;
	int error;

	if (t->link_free == MIRROR_NONE) {
		error = grow_links(t);
		if (error)
			return error;
	}
	at = t->link_free;
	t->link_free = t->links[at].first;
	t->links[at] = *link;
	t->links[at].first = t->links[at].last = MIRROR_NONE;
	t->links[at].address_count = 0;
	MUST(map_put(&t->by_index, hash_index(link->ifindex), at) == 0);
	add_names(t, at);
	t->link_count++;
	return at;
}

void mirror_table_rename(struct mirror_table *t, uint32_t at,
			 const struct mirror_link *as)
{
	struct mirror_link *link = &t->links[at];

	remove_names(t, at);
	memcpy(link->name, as->name, sizeof(link->name));
	memcpy(link->names, as->names, sizeof(link->names));
	add_names(t, at);
}

void mirror_table_remove_link(struct mirror_table *t, uint32_t at)
{
	struct mirror_link *link = &t->links[at];

	MUST(link->address_count == 0);
	MUST(map_remove(&t->by_index, hash_index(link->ifindex), at));
	remove_names(t, at);
	t->link_count--;
}

void mirror_table_forget_link(struct mirror_table *t, uint32_t at)
{
	t->links[at].ifindex = 0;
	t->links[at].first = t->link_free;
	t->link_free = at;
}

int64_t mirror_table_add_address(struct mirror_table *t,
				 const struct mirror_address *address)
{
	uint32_t link_at = mirror_table_link(t, address->ifindex);
	struct mirror_link *link;
	struct mirror_address *a;
	uint32_t at;
	int error;

	MUST(link_at != MIRROR_NONE);
	if (t->address_free == MIRROR_NONE) {
		error = grow_addresses(t);
		if (error)
			return error;
	}
	at = t->address_free;
	a = &t->addresses[at];
	t->address_free = a->next;
	*a = *address;
	link = &t->links[link_at];
	a->next = MIRROR_NONE;
	a->previous = link->last;
	if (link->last == MIRROR_NONE)
		link->first = at;
	else
		t->addresses[link->last].next = at;
	link->last = at;
	link->address_count++;
	MUST(map_put(&t->by_address, hash_address(a->ifindex, &a->address),
		     at) == 0);
	t->address_count++;
	return at;
}

void mirror_table_remove_address(struct mirror_table *t, uint32_t at)
{
	struct mirror_address *a = &t->addresses[at];
	struct mirror_link *link = &t->links[mirror_table_link(t, a->ifindex)];

	MUST(map_remove(&t->by_address, hash_address(a->ifindex, &a->address),
			at));
	if (a->previous == MIRROR_NONE)
		link->first = a->next;
	else
		t->addresses[a->previous].next = a->next;
	if (a->next == MIRROR_NONE)
		link->last = a->previous;
	else
		t->addresses[a->next].previous = a->previous;
	link->address_count--;
	t->address_count--;
}

void mirror_table_forget_address(struct mirror_table *t, uint32_t at)
{
	t->addresses[at].ifindex = 0;
	t->addresses[at].next = t->address_free;
	t->address_free = at;
}

bool mirror_same_link(const struct mirror_link *a, const struct mirror_link *b)
{
	return strcmp(a->name, b->name) == 0 &&
	       memcmp(a->names, b->names, sizeof(a->names)) == 0 &&
	       strcmp(a->kind, b->kind) == 0 &&
	       memcmp(a->mac, b->mac, sizeof(a->mac)) == 0 &&
	       a->has_mac == b->has_mac && a->operstate == b->operstate &&
	       a->flags == b->flags && a->mtu == b->mtu && a->type == b->type &&
	       a->parent == b->parent && a->master == b->master &&
	       a->promotes_secondaries == b->promotes_secondaries;
}

bool mirror_same_address(const struct mirror_address *a,
			 const struct mirror_address *b)
{
	return a->prefix == b->prefix && a->scope == b->scope &&
	       ip_equal(&a->peer, &b->peer) && a->tag == b->tag &&
	       a->flags == b->flags && a->metric == b->metric &&
	       ip_equal(&a->broadcast, &b->broadcast) &&
	       strcmp(a->label, b->label) == 0 &&
	       (a->valid == UINT32_MAX) == (b->valid == UINT32_MAX) &&
	       (a->preferred == UINT32_MAX) == (b->preferred == UINT32_MAX);
}
