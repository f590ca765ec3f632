/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advertisements by unicast: an IP packet to each peer, which the kernel
 * routes. They differ only in the destination and what sums it up, and stand
 * one after another, all of one length.
 */
#include "router/speech.h"
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

/* The first peer from `n` on. A list that all share has our own address, too.
 */
static unsigned next_peer(const struct instance *i, unsigned n)
{
	const struct vrrp_config *c = &i->conf->vrrp;

	while (n < c->peer_count &&
	       ip_equal(&c->peers[n].address, &i->core->source))
		n++;
	return n;
}

static void unicast_send(struct router *r, uint32_t id, enum speech_kind kind,
			 const uint8_t *bytes, size_t length)
{
	const struct instance *i = &r->instances[id];
	const struct vrrp_config *c = &i->conf->vrrp;
	size_t one = length / c->peer_count;
	unsigned next;

	for (unsigned n = next_peer(i, 0); n < c->peer_count; n = next) {
		next = next_peer(i, n + 1);
		outlet_send(r, id,
			    &(struct outlet_frame){
				    .kind = kind,
				    .more = next < c->peer_count,
				    .on = &r->interfaces[i->interface],
				    .to = &c->peers[n].address,
				    .bytes = bytes + n * one,
				    .length = one,
			    });
	}
}

const struct outlet outlet_unicast = {
	.size = unicast_size,
	.build = unicast_build,
	.send = unicast_send,
};
