/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of the simulated LAN: packets on their way, in the order of their
 * arrival, and what happens to them there.
 */
#include "link.h"

#include "base/must.h"
#include "vrrp/wire.h"

#include <string.h>

static void show_packet(const struct lan *lan, const struct lan_packet *packet,
			enum lan_fate fate)
{
	for (unsigned i = 0; i < lan->observer_count; i++) {
		const struct lan_observer *o = &lan->observer[i];

		if (o->packet)
			o->packet(o->self, lan, packet, fate);
	}
}

static bool earlier(const struct lan_packet *a, const struct lan_packet *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void swap(struct lan_packet *a, struct lan_packet *b)
{
	struct lan_packet t = *a;

	*a = *b;
	*b = t;
}

static void flight_push(struct lan *lan, const struct lan_packet *packet)
{
	struct lan_packet *heap = lan->in_flight;
	unsigned i = lan->in_flight_count;

	MUST(i < LAN_IN_FLIGHT_MAX);
	lan->in_flight_count++;
	heap[i] = *packet;
	heap[i].order = lan->order++;
	for (; i > 0 && earlier(&heap[i], &heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

struct lan_packet lan_flight_pop(struct lan *lan)
{
	struct lan_packet *heap = lan->in_flight;
	struct lan_packet first = heap[0];
	unsigned n = --lan->in_flight_count;

	heap[0] = heap[n];
	for (unsigned i = 0;;) {
		unsigned least = i;

		for (unsigned c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++)
			if (earlier(&heap[c], &heap[least]))
				least = c;
		if (least == i)
			break;
		swap(&heap[i], &heap[least]);
		i = least;
	}
	return first;
}

tick_t lan_last_arrival(const struct lan *lan)
{
	tick_t last = lan->now;

	for (unsigned i = 0; i < lan->in_flight_count; i++)
		last = tick_max(last, lan->in_flight[i].at);
	return last;
}

void lan_inject(struct lan *lan, unsigned to, const struct lan_packet *packet,
		tick_t delay)
{
	struct lan_packet copy = *packet;

	copy.to = (uint8_t)to;
	copy.at = lan->now + delay;
	flight_push(lan, &copy);
}

/* One flipped bit, or a missing end, or a TTL that says it was routed. */
static void corrupt(struct lan *lan, struct lan_packet *packet)
{
	switch (prng_range(&lan->prng, 0, 3)) {
	case 0:
		packet->length =
			(uint8_t)prng_range(&lan->prng, 0, packet->length - 1);
		break;
	case 1:
		packet->ttl = 254;
		break;
	default:
		packet->bytes[prng_range(&lan->prng, 0, packet->length - 1)] ^=
			(uint8_t)(1 << prng_range(&lan->prng, 0, 7));
		break;
	}
	packet->broken = true;
	show_packet(lan, packet, LAN_CORRUPTED);
}

static void transmit(struct lan *lan, struct lan_packet *packet)
{
	const struct lan_link *link = &lan->link[packet->from][packet->to];
	unsigned copies = 1;

	if (link->cut || prng_chance(&lan->prng, link->loss)) {
		show_packet(lan, packet, LAN_LOST);
		return;
	}
	if (prng_chance(&lan->prng, link->duplicate))
		copies = 2;
	while (copies--) {
		struct lan_packet copy = *packet;

		copy.at = lan->now + link->delay_min;
		if (link->delay_max > link->delay_min)
			copy.at +=
				prng_range(&lan->prng, 0,
					   link->delay_max - link->delay_min);
		if (packet->kind == LAN_ADVERT &&
		    prng_chance(&lan->prng, link->corrupt))
			corrupt(lan, &copy);
		flight_push(lan, &copy);
	}
}

void lan_send_advert(struct lan *lan, unsigned router, unsigned group,
		     const struct vrrp_action *action)
{
	const struct lan_router *r = &lan->router[router];
	const struct vrrp_config *config = r->member[group].vrrp.config;
	uint8_t addresses[LAN_ADDRESSES_MAX * 16];
	size_t size = ip_size(config->family);
	struct vrrp_advert advert = {
		.version = config->version,
		.vrid = config->vrid,
		.priority = action->send.priority,
		.count = config->address_count,
		.family = config->family,
		.interval = config->interval,
		.checksum = action->send.checksum,
		.addresses = addresses,
	};
	struct lan_packet packet = {
		.from = (uint8_t)router,
		.ttl = VRRP_TTL,
		.source = lan_source(lan, router, config->family),
		.destination = vrrp_group(config->family),
	};

	for (unsigned i = 0; i < config->address_count; i++)
		memcpy(addresses + i * size, config->addresses[i].bytes, size);
	packet.length = (uint8_t)vrrp_encode(&advert, &packet.source,
					     packet.bytes, LAN_MESSAGE_MAX);
	MUST(packet.length > 0);
	if (r->nic != VRRP_INTERFACE_UP)
		return;
	for (unsigned to = 0; to < lan->router_count; to++) {
		packet.to = (uint8_t)to;
		if (to != router)
			transmit(lan, &packet);
	}
}

void lan_ask(struct lan *lan, unsigned router, unsigned group)
{
	struct lan_packet packet = {
		.kind = LAN_ASK,
		.group = (uint8_t)group,
		.from = (uint8_t)router,
	};

	if (lan->router[router].nic != VRRP_INTERFACE_UP)
		return;
	for (unsigned to = 0; to < lan->router_count; to++) {
		packet.to = (uint8_t)to;
		if (to != router)
			transmit(lan, &packet);
	}
}

/* The kernel answers, not the daemon. */
static void answer(struct lan *lan, const struct lan_packet *question)
{
	struct lan_packet packet = {
		.kind = LAN_ANSWER,
		.group = question->group,
		.from = question->to,
		.to = question->from,
	};

	if (lan_holds(lan, question->to, question->group))
		transmit(lan, &packet);
}

void lan_arrive(struct lan *lan, struct lan_packet *packet)
{
	struct lan_router *r = &lan->router[packet->to];

	if (packet->kind == LAN_ASK) {
		if (r->powered && r->nic == VRRP_INTERFACE_UP)
			answer(lan, packet);
		return;
	}
	if (!r->powered || r->dead || r->nic != VRRP_INTERFACE_UP ||
	    r->inbox_count >= lan->inbox_room) {
		show_packet(lan, packet, LAN_UNHEARD);
		return;
	}
	show_packet(lan, packet, LAN_ARRIVED);
	if (r->inbox_count == 0)
		r->inbox_since = lan->now;
	packet->at = lan_to_local(r, lan->now);
	r->inbox[r->inbox_count++] = *packet;
}
