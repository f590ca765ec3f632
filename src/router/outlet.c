/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames of an instance on their way out: advertisements (speaker.c),
 * announcements (announcer.c), and the question who has its first address.
 */
#include "router/speech.h"
#include "router/state.h"
#include "vrrp/frame.h"

#include <linux/if_arp.h>
#include <linux/if_ether.h>

enum framing outlet_framing(const struct mirror_link *link)
{
	if (!link)
		return FRAMING_ETHERNET;
	switch (link->type) {
	case ARPHRD_ETHER:
	case ARPHRD_LOOPBACK:
		return FRAMING_ETHERNET;
	case ARPHRD_NONE: /* tun, WireGuard */
	case ARPHRD_RAWIP:
	case ARPHRD_PPP:
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return FRAMING_NONE;
	default:
		return FRAMING_OTHER;
	}
}

/* Of an advertisement to the group, on a link without a header of its own. */
static uint16_t protocol_of(const struct instance *i,
			    const struct outlet_frame *f)
{
	if (f->to || f->on->framing == FRAMING_ETHERNET)
		return 0;
	return i->conf->vrrp.family == IP_V4 ? ETH_P_IP : ETH_P_IPV6;
}

void outlet_send(struct router *r, uint32_t id, const struct outlet_frame *f)
{
	const struct instance *i = &r->instances[id];
	const struct vrrp_config *c = &i->conf->vrrp;

	transmit_queue(
		r->transmit,
		&(struct transmit_frame){
			.ifindex = f->on->ifindex,
			.to = f->to ? *f->to : (struct ip){ 0 },
			.protocol = protocol_of(i, f),
			.bytes = f->bytes,
			.length = f->length,
			.cookie = (uint64_t)id << SPEECH_ID_SHIFT |
				  (f->more ? SPEECH_MORE : 0) | f->kind,
			.by = r->now + c->down_timer_adverts * c->interval,
		});
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
	/* On a tunnel nobody could answer. */
	if (length == 0 || f->framing != FRAMING_ETHERNET)
		return;
	outlet_send(r, instance,
		    &(struct outlet_frame){ .kind = SPEECH_QUESTION,
					    .on = f,
					    .bytes = frame,
					    .length = length });
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
	const struct interface *f = &r->interfaces[i->interface];

	if (f->framing == FRAMING_NONE)
		return vrrp_packet_advert(advert, &i->core->source, VRRP_TTL,
					  bytes, capacity);
	return vrrp_frame_advert(advert, &i->core->source, f->mac, bytes,
				 capacity);
}

static void multicast_send(struct router *r, uint32_t id, enum speech_kind kind,
			   const uint8_t *bytes, size_t length)
{
	const struct instance *i = &r->instances[id];

	outlet_send(r, id,
		    &(struct outlet_frame){
			    .kind = kind,
			    .on = &r->interfaces[i->interface],
			    .bytes = bytes,
			    .length = length,
		    });
}

const struct outlet outlet_multicast = {
	.size = multicast_size,
	.build = multicast_build,
	.send = multicast_send,
};
