/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a unicast packet is for: its source is the peer of an instance, and one
 * VRID may be used with several peers on one interface. Two routers may hear
 * each other by another interface than their own, over others; only what is
 * link-local belongs to one.
 */
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>

struct peer_key {
	struct ip address;
	uint8_t vrid;
	uint32_t interface; /* of a link-local address, else ROUTER_NONE */
};

static uint32_t key_hash(const struct peer_key *key)
{
	uint32_t words[3] = { map_hash(&key->address, sizeof(key->address)),
			      key->vrid, key->interface };

	return map_hash(words, sizeof(words));
}

static struct peer_key key_of(const struct ip *address, uint8_t vrid,
			      uint32_t interface)
{
	return (struct peer_key){
		.address = *address,
		.vrid = vrid,
		.interface =
			ip_is_link_local(address) ? interface : ROUTER_NONE,
	};
}

static struct peer_key key_at(const struct router *r, uint32_t n)
{
	const struct peer *p = &r->peers[n];
	const struct instance *i = &r->instances[p->instance];
	const struct vrrp_config *c = &i->conf->vrrp;

	return key_of(&c->peers[p->number].address, c->vrid, i->interface);
}

static bool same_peer(const void *context, uint32_t n, const void *key)
{
	const struct peer_key one = key_at(context, n), *two = key;

	return ip_equal(&one.address, &two->address) && one.vrid == two->vrid &&
	       one.interface == two->interface;
}

static void add(struct router *r, uint32_t id)
{
	const struct vrrp_config *c = &r->instances[id].conf->vrrp;

	for (uint16_t n = 0; c->unicast && n < c->peer_count; n++) {
		struct peer_key key;

		r->peers[r->peer_count] = (struct peer){ id, n };
		key = key_at(r, r->peer_count);
		map_put(&r->peer_by_key, key_hash(&key), r->peer_count++);
	}
}

int peers_setup(struct router *r)
{
	uint32_t most =
		router_neighbours(r, IP_V4) + router_neighbours(r, IP_V6) + 1;
	void *memory = malloc(map_memory(most));

	r->peers = calloc(most, sizeof(*r->peers));
	if (!memory || !r->peers) {
		free(memory);
		return -ENOMEM;
	}
	map_init(&r->peer_by_key, memory, most, same_peer, r);
	for (uint32_t id = 0; id < r->instance_count; id++)
		add(r, id);
	return 0;
}

uint32_t peers_instance(const struct router *r, uint32_t interface,
			const struct vrrp_datagram *d, uint8_t vrid)
{
	const struct peer_key key = key_of(&d->source, vrid, interface);
	uint32_t hash = key_hash(&key), at = 0, n, found = ROUTER_NONE;

	while ((n = map_next(&r->peer_by_key, hash, &key, &at)) != MAP_NONE) {
		uint32_t id = r->peers[n].instance;
		const struct instance *i = &r->instances[id];

		if (ip_equal(&i->core->source, &d->destination))
			return id;
		if (found == ROUTER_NONE || i->interface == interface)
			found = id;
	}
	return found;
}

void peers_close(struct router *r)
{
	free(r->peer_by_key.slots);
	free(r->peers);
}
