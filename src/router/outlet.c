/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of an instance on their way out: advertisements (speaker.c),
 * announcements (announcer.c), and the question who has its first address.
 */
#include "router/state.h"
#include "vrrp/frame.h"

void outlet_send(struct router *r, uint32_t id, const struct interface *f,
		 const struct ip *to, const uint8_t *bytes, size_t length)
{
	const struct vrrp_config *c = &r->instances[id].conf->vrrp;

	transmit_queue(
		r->transmit,
		&(struct transmit_frame){
			.ifindex = f->ifindex,
			.to = to ? *to : (struct ip){ 0 },
			.bytes = bytes,
			.length = length,
			.cookie = id,
			.by = r->now + c->down_timer_adverts * c->interval,
		});
}

void outlet_failed(void *context, uint64_t cookie, uint32_t ifindex, int error)
{
	struct router *r = context;

	(void)ifindex;
	(void)error;
	r->instances[cookie].counters->send_errors++;
}

static void probe(struct router *r, uint32_t instance)
{
	const struct instance *i = &r->instances[instance];
	const struct holding *a = &r->holdings[i->address_first];
	const struct interface *f = &r->interfaces[a->interface];
	const struct ip *target = &holding_address_conf(a)->address;
	/*
	 * Not what the advertisements come from: mcast_src_ip may be anybody's.
	 * Without an address of our own it is the unspecified one, which does
	 * not change what anybody knows.
	 */
	struct ip source = f->source[target->family == IP_V6];
	uint8_t frame[VRRP_NA_SIZE];
	size_t length;

	source.family = target->family;
	length = target->family == IP_V4
			 ? vrrp_frame_arp_request(target, &source, f->mac,
						  frame, sizeof(frame))
			 : vrrp_frame_ns(target, &source, f->mac, frame,
					 sizeof(frame));
	if (length == 0)
		return;
	outlet_send(r, instance, f, NULL, frame, length);
	transmit_flush(r->transmit); /* the frame is ours only here */
	r->batch++;
}

/* A core that was adopted may have planned it when it had addresses. */
void outlet_probe(struct router *r, uint32_t instance)
{
	if (r->instances[instance].conf->vrrp.address_count > 0)
		probe(r, instance);
}

static size_t multicast_size(const struct vrrp_config *c)
{
	return vrrp_frame_advert_size(c->family, c->version, c->address_count);
}

static size_t multicast_build(const struct router *r, const struct instance *i,
			      const struct vrrp_advert *advert, uint8_t *bytes,
			      size_t capacity)
{
	return vrrp_frame_advert(advert, &i->core->source,
				 r->interfaces[i->interface].mac, bytes,
				 capacity);
}

static void multicast_send(struct router *r, uint32_t id, const uint8_t *bytes,
			   size_t length)
{
	const struct instance *i = &r->instances[id];

	outlet_send(r, id, &r->interfaces[i->interface], NULL, bytes, length);
}

const struct outlet outlet_multicast = {
	.size = multicast_size,
	.build = multicast_build,
	.send = multicast_send,
};
