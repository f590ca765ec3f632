/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channels: a multicast group on an interface, where virtual routers hear
 * each other. Most interfaces have one a family; `mcast_dst_ip` makes others,
 * and a VRID means another virtual router in each of them. Those that use
 * unicast have one, too, where nothing is joined; whom a packet of a peer is
 * for, peers.c knows.
 *
 * The kernel hands over what any socket of this host has joined on an
 * interface, so a packet's destination says which channel it belongs to.
 */
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VRIDS 256

/* How often the kernel is asked again for what it refused. */
#define CHANNEL_RETRY (5 * TICK_SECOND)

static uint32_t find(const struct router *r, const struct interface *f,
		     const struct ip *group)
{
	uint32_t n = f->channel;

	while (n != ROUTER_NONE && !ip_equal(&r->channels[n].group, group))
		n = r->channels[n].next;
	return n;
}

static int make(struct router *r, struct interface *f, const struct ip *group)
{
	struct channel *c = &r->channels[r->channel_count];
	uint32_t *vrids = malloc(VRIDS * sizeof(*vrids));

	if (!vrids)
		return -ENOMEM;
	memset(vrids, 0xff, VRIDS * sizeof(*vrids));
	*c = (struct channel){
		.group = *group,
		.next = f->channel,
		.vrids = vrids,
	};
	f->channel = r->channel_count++;
	return 0;
}

int channel_add(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];
	struct interface *f = &r->interfaces[i->interface];
	const struct vrrp_config *c = &i->conf->vrrp;
	struct ip group =
		c->unicast ? (struct ip){ .family = c->family }
			   : vrrp_destination(&c->destination, c->family);
	uint32_t n = find(r, f, &group);

	if (n == ROUTER_NONE) {
		int error = make(r, f, &group);

		if (error)
			return error;
		n = f->channel;
	}
	r->channels[n].vrids[c->vrid] = id;
	i->channel = n;
	return 0;
}

uint32_t channel_instance(const struct router *r, const struct interface *f,
			  const struct ip *destination, uint8_t vrid)
{
	uint32_t n = find(r, f, destination), id = ROUTER_NONE;

	if (n != ROUTER_NONE)
		return r->channels[n].vrids[vrid];
	for (n = f->channel; n != ROUTER_NONE && id == ROUTER_NONE;
	     n = r->channels[n].next)
		if (r->channels[n].group.family == destination->family)
			id = r->channels[n].vrids[vrid];
	return id;
}

/* What fails is tried again when the interface changes, and after a while. */
static void join(struct router *r, const struct interface *f, struct channel *c)
{
	c->error = 0;
	if (!ip_is_unspecified(&c->group))
		c->error = -receive_join(r->receive, f->ifindex, &c->group);
	c->joined = c->error == 0;
	c->forgotten = false;
	if (!c->joined)
		r->channels_at =
			tick_min(r->channels_at, r->now + CHANNEL_RETRY);
}

static bool lacks_a_channel(const struct router *r, const struct interface *f)
{
	uint32_t n = f->channel;

	while (n != ROUTER_NONE && r->channels[n].joined)
		n = r->channels[n].next;
	return n != ROUTER_NONE && f->ifindex;
}

void channels_run(struct router *r)
{
	if (r->now < r->channels_at)
		return;
	r->channels_at = TICK_NEVER;
	for (uint32_t n = 0; n < r->interface_count; n++)
		r->interfaces[n].dirty |= lacks_a_channel(r, &r->interfaces[n]);
}

/* Until the mirror is whole again, nothing is decided; its end makes a turn. */
tick_t channels_deadline(const struct router *r)
{
	return mirror_resyncing(r->mirror) ? TICK_NEVER : r->channels_at;
}

void channels_join(struct router *r, const struct interface *f)
{
	/* Without an interface there is nothing to join, and no ifindex. */
	for (uint32_t n = f->channel;
	     n != ROUTER_NONE && (f->ifindex || !f->name[0]);
	     n = r->channels[n].next)
		if (!r->channels[n].joined)
			join(r, f, &r->channels[n]);
}

void channels_leave(struct router *r, const struct interface *f)
{
	for (uint32_t n = f->channel; n != ROUTER_NONE;
	     n = r->channels[n].next) {
		struct channel *c = &r->channels[n];

		if (c->joined)
			receive_leave(r->receive, f->ifindex, &c->group);
		c->joined = false;
	}
}

void channels_doubt(struct router *r, const struct interface *f, uint8_t family)
{
	for (uint32_t n = f->channel; n != ROUTER_NONE; n = r->channels[n].next)
		r->channels[n].forgotten |=
			r->channels[n].group.family == family;
}

void channels_join_again(struct router *r, const struct interface *f)
{
	for (uint32_t n = f->channel; n != ROUTER_NONE;
	     n = r->channels[n].next) {
		struct channel *c = &r->channels[n];
		bool up = f->source[c->group.family == IP_V6].family != IP_NONE;

		if (up && c->joined && c->forgotten) {
			receive_leave(r->receive, f->ifindex, &c->group);
			join(r, f, c);
		}
		c->forgotten = !up;
	}
}

void channels_close(struct router *r)
{
	for (uint32_t n = 0; n < r->channel_count; n++)
		free(r->channels[n].vrids);
	free(r->channels);
}
