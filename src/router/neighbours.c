/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has our addresses? A Backup that has asked (outlet_probe()) hears an
 * answer; an Active hears when another machine claims what is its own. Both
 * are events of the core.
 */
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A router that takes over claims the addresses before it advertises
 * (vrrp/active.c), so a claim may be its. It has this long to say so. And the
 * one that we took over from serves on for a while (vrrp/handover.c).
 */
#define CLAIM_WAIT  (100 * TICK_MILLISECOND)
#define CLAIM_QUIET (200 * TICK_MILLISECOND)

/* The pause of claims that come faster than that (sys/throttle.h). */
#define CLAIM_PAUSE (2 * TICK_MILLISECOND)

/* What claims say is one thing an address; of many addresses the first. */
static void wait_and_see(struct router *r, uint32_t address, uint64_t mac)
{
	for (unsigned n = 0; n < r->claim_count; n++)
		if (r->claims[n].address == address)
			return;
	if (r->claim_count == CLAIMS_MAX)
		return;
	r->claims[r->claim_count++] =
		(struct claim){ address, mac, r->now + CLAIM_WAIT };
}

static void claimed(void *context, const struct neighbour_claim *claim)
{
	struct router *r = context;
	uint32_t n = addresses_find(r, claim->ifindex, &claim->address);
	struct vrrp_event event = {
		.type = VRRP_EVENT_CONFLICT,
		.conflict.address = claim->address,
	};
	const struct vrrp_saved *v;

	if (n == ROUTER_NONE || r->holdings[n].instance == ROUTER_NONE)
		return;
	if (memcmp(claim->mac, r->interfaces[r->holdings[n].interface].mac,
		   sizeof(claim->mac)) == 0)
		return; /* it is ourselves */
	v = r->instances[r->holdings[n].instance].core;
	for (unsigned i = 0; i < sizeof(claim->mac); i++)
		event.conflict.mac = event.conflict.mac << 8 | claim->mac[i];
	if (v->state == VRRP_BACKUP && v->probes > 0) {
		event.type = VRRP_EVENT_ANSWERED;
		router_step(r, r->holdings[n].instance, &event);
	} else if (v->state == VRRP_ACTIVE &&
		   r->now - v->since >= CLAIM_QUIET) {
		wait_and_see(r, n, event.conflict.mac);
	} /* else these are the Active's own announcements */
}

/* Who has not yielded by now is not being taken over from. */
void neighbours_run(struct router *r)
{
	throttle_run(&r->claims_throttle, r->now);
	while (r->claim_count > 0 && r->now >= r->claims[0].due) {
		struct claim c = r->claims[0];
		const struct holding *a = &r->holdings[c.address];
		struct vrrp_event event = {
			.type = VRRP_EVENT_CONFLICT,
			.conflict.address = holding_address_conf(a)->address,
			.conflict.mac = c.mac,
		};

		r->claim_count--;
		memmove(r->claims, r->claims + 1, r->claim_count * sizeof(c));
		router_step(r, a->instance, &event);
	}
}

tick_t neighbours_deadline(const struct router *r)
{
	return tick_min(throttle_deadline(&r->claims_throttle),
			r->claim_count > 0 ? r->claims[0].due : TICK_NEVER);
}

static void hear(struct router *r, uint8_t family)
{
	r->now = r->loop.now;
	neighbour_read(r->neighbour, family);
	throttle_note(&r->claims_throttle, r->now, true);
}

static void ready_arp(void *context, uint32_t events)
{
	(void)events;
	hear(context, IP_V4);
}

static void ready_na(void *context, uint32_t events)
{
	(void)events;
	hear(context, IP_V6);
}

/* Those of virtual routers, for the life of this process. */
static size_t our_addresses(const struct router *r, struct ip *out)
{
	size_t count = 0;

	for (uint32_t n = 0; n < r->holding_count; n++) {
		const struct holding *h = &r->holdings[n];

		if (holding_is_address(r, h) && h->instance != ROUTER_NONE)
			out[count++] = holding_address_conf(h)->address;
	}
	return count;
}

int neighbours_open(struct router *r)
{
	struct ip *ours = calloc(r->holding_count + 1, sizeof(*ours));
	struct neighbour_config config = {
		.addresses = ours,
		.claimed = claimed,
		.context = r,
	};
	int error = -ENOMEM;

	if (ours) {
		config.address_count = our_addresses(r, ours);
		error = neighbour_open(&r->neighbour, &config);
	}
	free(ours);
	if (error)
		return error;
	r->watch_arp = (struct loop_watch){ neighbour_fd(r->neighbour, IP_V4),
					    LOOP_OTHER, ready_arp, r };
	r->watch_na = (struct loop_watch){ neighbour_fd(r->neighbour, IP_V6),
					   LOOP_OTHER, ready_na, r };
	r->claims_throttle =
		(struct throttle){ .loop = &r->loop, .pause = CLAIM_PAUSE };
	error = throttle_add(&r->claims_throttle, &r->watch_arp);
	if (!error && r->watch_na.fd >= 0) /* a host with IPv6 */
		error = throttle_add(&r->claims_throttle, &r->watch_na);
	return error;
}
