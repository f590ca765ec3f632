/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements by unicast: an IP packet to each peer, which the kernel
 * routes. They differ only in the destination and what sums it up, and stand
 * one after another, all of one length.
 */
#include "router/state.h"
#include "vrrp/frame.h"

static size_t packet_size(const struct vrrp_config *c)
{
	return vrrp_packet_advert_size(c->family, c->version, c->address_count);
}

static size_t unicast_size(const struct vrrp_config *c)
{
	return c->peer_count * packet_size(c);
}

static size_t unicast_build(const struct router *r, const struct instance *i,
			    const struct vrrp_advert *advert, uint8_t *bytes,
			    size_t capacity)
{
	const struct vrrp_config *c = &i->conf->vrrp;
	struct vrrp_advert one = *advert;
	size_t at = 0;

	for (unsigned n = 0; n < c->peer_count; n++) {
		size_t length;

		one.destination = c->peers[n].address;
		length = vrrp_packet_advert(&one, &i->core->source,
					    i->conf->unicast_ttl, bytes + at,
					    capacity - at);
		if (length == 0)
			return 0;
		at += length;
	}
	return at;
}

static void unicast_send(struct router *r, uint32_t id, const uint8_t *bytes,
			 size_t length)
{
	const struct instance *i = &r->instances[id];
	const struct vrrp_config *c = &i->conf->vrrp;
	size_t one = length / c->peer_count;

	for (unsigned n = 0; n < c->peer_count; n++)
		/* A list that all routers share has our own address, too. */
		if (!ip_equal(&c->peers[n].address, &i->core->source))
			outlet_send(r, id, &r->interfaces[i->interface],
				    &c->peers[n].address, bytes + n * one, one);
}

const struct outlet outlet_unicast = {
	.size = unicast_size,
	.build = unicast_build,
	.send = unicast_send,
};
