/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has our addresses? A Backup asks (ARP, or a neighbour solicitation)
 * when it doubts that anybody serves; an Active hears when another machine
 * claims what is its own. Both are events of the core.
 */
#include "router/state.h"
#include "vrrp/frame.h"

#include <errno.h>
#include <string.h>

/*
 * A router that takes over claims the addresses before it advertises
 * (vrrp/active.c), so a claim may be its. It has this long to say so. And the
 * one that we took over from serves on for a while (vrrp/handover.c).
 */
#define CLAIM_WAIT  (100 * TICK_MILLISECOND)
#define CLAIM_QUIET (200 * TICK_MILLISECOND)

/* What claims say is one thing an address; of many addresses the first. */
static void wait_and_see(struct router *e, uint32_t address, uint64_t mac)
{
	for (unsigned n = 0; n < e->claim_count; n++)
		if (e->claims[n].address == address)
			return;
	if (e->claim_count == CLAIMS_MAX)
		return;
	e->claims[e->claim_count++] =
		(struct claim){ address, mac, e->now + CLAIM_WAIT };
}

static void claimed(void *context, const struct neighbour_claim *claim)
{
	struct router *e = context;
	uint32_t n = addresses_find(e, claim->ifindex, &claim->address);
	struct vrrp_event event = {
		.type = VRRP_EVENT_CONFLICT,
		.conflict.address = claim->address,
	};
	const struct vrrp *v;

	if (n == ROUTER_NONE)
		return;
	if (memcmp(claim->mac, e->interfaces[e->addresses[n].interface].mac,
		   sizeof(claim->mac)) == 0)
		return; /* it is ourselves */
	v = &e->instances[e->addresses[n].instance].record->core;
	for (unsigned i = 0; i < sizeof(claim->mac); i++)
		event.conflict.mac = event.conflict.mac << 8 | claim->mac[i];
	if (v->state == VRRP_BACKUP && v->probes > 0) {
		event.type = VRRP_EVENT_ANSWERED;
		router_step(e, e->addresses[n].instance, &event);
	} else if (v->state == VRRP_ACTIVE &&
		   e->now - v->since >= CLAIM_QUIET) {
		wait_and_see(e, n, event.conflict.mac);
	} /* else these are the Active's own announcements */
}

/* Who has not yielded by now is not being taken over from. */
void neighbours_run(struct router *e)
{
	while (e->claim_count > 0 && e->now >= e->claims[0].due) {
		struct claim c = e->claims[0];
		const struct address *a = &e->addresses[c.address];
		struct vrrp_event event = {
			.type = VRRP_EVENT_CONFLICT,
			.conflict.address = a->conf->address,
			.conflict.mac = c.mac,
		};

		e->claim_count--;
		memmove(e->claims, e->claims + 1, e->claim_count * sizeof(c));
		router_step(e, a->instance, &event);
	}
}

tick_t neighbours_deadline(const struct router *e)
{
	return e->claim_count > 0 ? e->claims[0].due : TICK_NEVER;
}

static void probe(struct router *e, uint32_t instance)
{
	const struct instance *i = &e->instances[instance];
	const struct address *a = &e->addresses[i->address_first];
	const struct interface *f = &e->interfaces[a->interface];
	const struct ip *target = &a->conf->address;
	const struct ip *source = &i->record->core.source;
	uint8_t frame[VRRP_NA_SIZE];
	size_t length = target->family == IP_V4
				? vrrp_frame_arp_request(target, source, f->mac,
							 frame, sizeof(frame))
				: vrrp_frame_ns(target, source, f->mac, frame,
						sizeof(frame));

	if (length == 0)
		return;
	router_transmit(e, instance, f, frame, length);
	transmit_flush(e->transmit); /* the frame is ours only here */
	e->batch++;
}

/* A core that was adopted may have planned it when it had addresses. */
void neighbours_probe(struct router *e, uint32_t instance)
{
	if (e->instances[instance].conf->vrrp.address_count > 0)
		probe(e, instance);
}

static void ready_arp(void *context, uint32_t events)
{
	struct router *e = context;

	(void)events;
	e->now = e->loop.now;
	neighbour_read(e->neighbour, IP_V4);
}

static void ready_na(void *context, uint32_t events)
{
	struct router *e = context;

	(void)events;
	e->now = e->loop.now;
	neighbour_read(e->neighbour, IP_V6);
}

int neighbours_open(struct router *e)
{
	struct neighbour_config config = { claimed, e };
	int error = neighbour_open(&e->neighbour, &config);

	if (error)
		return error;
	e->watch_arp = (struct loop_watch){ neighbour_fd(e->neighbour, IP_V4),
					    LOOP_OTHER, ready_arp, e };
	e->watch_na = (struct loop_watch){ neighbour_fd(e->neighbour, IP_V6),
					   LOOP_OTHER, ready_na, e };
	error = loop_add(&e->loop, &e->watch_arp, EPOLLIN);
	if (!error && e->watch_na.fd >= 0)
		error = loop_add(&e->loop, &e->watch_na, EPOLLIN);
	return error;
}
