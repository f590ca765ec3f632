/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces by name: what the mirror says of them becomes events of the
 * instances on them. A burst of notifications only marks an interface; it is
 * looked at once, in the turn. Names are what is configured, so an interface
 * that is renamed, deleted or made anew is followed.
 */
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool same_index(const void *context, uint32_t number, const void *key)
{
	const struct router *e = context;

	return e->interfaces[number].ifindex == *(const uint32_t *)key;
}

uint32_t interface_by_index(const struct router *e, uint32_t ifindex)
{
	return map_find(&e->interface_by_index,
			map_hash(&ifindex, sizeof(ifindex)), &ifindex);
}

uint32_t interface_find(const struct router *e, const char *name)
{
	for (uint32_t n = 0; n < e->interface_count; n++)
		if (strcmp(e->interfaces[n].name, name) == 0)
			return n;
	return ROUTER_NONE;
}

static uint32_t interface_add(struct router *e, const char *name)
{
	uint32_t found = interface_find(e, name);
	struct interface *i;

	if (found != ROUTER_NONE)
		return found;
	i = &e->interfaces[e->interface_count];
	*i = (struct interface){
		.name = name,
		.dirty = true,
		.first = ROUTER_NONE,
		.announce_at = INT64_MIN,
		.queue_head = ROUTER_NONE,
		.queue_tail = ROUTER_NONE,
	};
	return e->interface_count++;
}

static int interface_serve(struct router *e, uint32_t id)
{
	struct instance *instance = &e->instances[id];
	const struct vrrp_config *c = &instance->conf->vrrp;
	struct interface *i = &e->interfaces[instance->interface];
	uint32_t **vrids = &i->vrids[c->family == IP_V6];

	if (!*vrids) {
		*vrids = malloc(256 * sizeof(**vrids));
		if (!*vrids)
			return -ENOMEM;
		memset(*vrids, 0xff, 256 * sizeof(**vrids));
	}
	(*vrids)[c->vrid] = id;
	instance->next = i->first;
	i->first = id;
	i->serves = true;
	return 0;
}

/* The names are those of instances and of addresses' devices. */
int interfaces_setup(struct router *e)
{
	size_t most = e->instance_count + e->address_count;
	void *memory;

	e->interfaces = calloc(most + 1, sizeof(*e->interfaces));
	if (!e->interfaces)
		return -ENOMEM;
	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct instance *i = &e->instances[n];
		int error;

		i->interface = interface_add(e, i->conf->interface);
		error = interface_serve(e, n);
		if (error)
			return error;
	}
	for (uint32_t n = 0; n < e->address_count; n++) {
		struct address *a = &e->addresses[n];

		a->interface = interface_add(
			e, conf_address_dev(e->instances[a->instance].conf,
					    a->conf));
	}
	memory = malloc(map_memory(e->interface_count + 1));
	if (!memory)
		return -ENOMEM;
	map_init(&e->interface_by_index, memory, e->interface_count + 1,
		 same_index, e);
	return 0;
}

static void mark(struct router *e, const char *name)
{
	uint32_t n = interface_find(e, name);

	if (n != ROUTER_NONE)
		e->interfaces[n].dirty = true;
}

/* Whether our memberships outlived this, nobody tells. */
static void doubt_groups(struct router *e, const struct mirror_event *event)
{
	uint32_t n = interface_by_index(e, event->link->ifindex);

	for (int six = 0; n != ROUTER_NONE && six < 2; six++) {
		struct interface *i = &e->interfaces[n];

		i->forgotten[six] |=
			event->change == MIRROR_LINK_REMOVED ||
			ip_equal(&event->address->address, &i->source[six]);
	}
}

void interfaces_changed(void *context, const struct mirror_event *event)
{
	struct router *e = context;
	uint32_t n;

	switch (event->change) {
	case MIRROR_LINK_ADDED:
	case MIRROR_LINK_CHANGED:
	case MIRROR_LINK_REMOVED:
		if (event->change == MIRROR_LINK_REMOVED)
			doubt_groups(e, event);
		mark(e, event->link->name);
		if (event->old)
			mark(e, event->old->name);
		break;
	case MIRROR_ADDRESS_ADDED:
	case MIRROR_ADDRESS_CHANGED:
	case MIRROR_ADDRESS_REMOVED:
		/* Ours are never a source. */
		if (event->address->tag == SYS_ADDRESS_TAG) {
			addresses_mirror(e, event);
			break;
		}
		addresses_mirror(e, event);
		if (event->change == MIRROR_ADDRESS_REMOVED)
			doubt_groups(e, event);
		n = interface_by_index(e, event->link->ifindex);
		if (n != ROUTER_NONE)
			e->interfaces[n].dirty = true;
		break;
	case MIRROR_RESYNC_BEGUN:
		break;
	case MIRROR_RESYNC_DONE:
		for (n = 0; n < e->interface_count; n++)
			e->interfaces[n].dirty = true;
		break;
	}
}

static const uint8_t families[2] = { IP_V4, IP_V6 };

/* Joins what is not joined yet. What fails is tried at the next change. */
static void interface_join(struct router *e, struct interface *i)
{
	for (int six = 0; six < 2; six++)
		if (i->ifindex && i->vrids[six] && !i->joined[six]) {
			i->joined[six] = receive_join(e->receive, i->ifindex,
						      families[six]) == 0;
			i->forgotten[six] = false;
		}
}

/* Another index under the same name: memberships and addresses follow. */
static void interface_moved(struct router *e, uint32_t n, uint32_t ifindex)
{
	struct interface *i = &e->interfaces[n];
	uint32_t old = i->ifindex;

	if (old)
		map_remove(&e->interface_by_index, map_hash(&old, sizeof(old)),
			   n);
	for (int six = 0; six < 2; six++) {
		if (i->joined[six])
			receive_leave(e->receive, old, families[six]);
		i->joined[six] = false;
	}
	i->ifindex = ifindex;
	if (ifindex)
		map_put(&e->interface_by_index,
			map_hash(&ifindex, sizeof(ifindex)), n);
	addresses_moved(e, n, old);
}

/* An interface on which we hear nothing is as good as none. */
static enum vrrp_interface interface_status(const struct router *e,
					    const struct interface *i,
					    const struct mirror_link *link,
					    bool six, struct ip *source)
{
	*source = (struct ip){ .family = IP_NONE };
	if (!link || (i->vrids[six] && !i->joined[six]))
		return VRRP_INTERFACE_MISSING;
	if (!link->up)
		return VRRP_INTERFACE_DOWN;
	if (!link->carrier)
		return VRRP_INTERFACE_NO_CARRIER;
	if (mirror_source(e->mirror, link->ifindex, families[six],
			  SYS_ADDRESS_TAG, source) < 0)
		return VRRP_INTERFACE_NO_SOURCE;
	return VRRP_INTERFACE_UP;
}

/*
 * The kernel forgets memberships with what it keeps of a family on a device:
 * when its MTU is too small for IPv6, or it goes to another namespace. That
 * comes back under the same index, so they are made anew when it was away.
 */
static void interface_join_again(struct router *e, struct interface *i,
				 const struct mirror_link *link)
{
	for (int six = 0; six < 2; six++) {
		bool up = interface_status(e, i, link, six, &i->source[six]) ==
			  VRRP_INTERFACE_UP;

		if (up && i->joined[six] && i->forgotten[six]) {
			receive_leave(e->receive, i->ifindex, families[six]);
			i->joined[six] = receive_join(e->receive, i->ifindex,
						      families[six]) == 0;
		}
		i->forgotten[six] = !up;
	}
}

/* Tells the instances of an interface, where it is news to them. */
static void interface_tell(struct router *e, uint32_t n,
			   const struct mirror_link *link, bool other_mac)
{
	struct vrrp_event events[2];

	for (int six = 0; six < 2; six++) {
		events[six].type = VRRP_EVENT_INTERFACE;
		events[six].interface.status =
			interface_status(e, &e->interfaces[n], link, six,
					 &events[six].interface.source);
	}
	for (uint32_t id = e->interfaces[n].first; id != ROUTER_NONE;
	     id = e->instances[id].next) {
		struct instance *i = &e->instances[id];
		const struct vrrp *v = &i->record->core;
		const struct vrrp_event *event =
			&events[i->conf->vrrp.family == IP_V6];
		bool other_source =
			!ip_equal(&v->source, &event->interface.source);

		if (other_mac || other_source)
			i->frame_length = 0;
		if (other_source || v->interface != event->interface.status)
			router_step(e, id, event);
	}
}

/* The hosts have the old MAC address of what we serve on an interface. */
static void announce_again(struct router *e, uint32_t interface)
{
	uint32_t last = ROUTER_NONE;

	for (uint32_t n = 0; n < e->address_count; n++) {
		const struct address *a = &e->addresses[n];
		const struct vrrp *v;

		/* Those of an instance are neighbours: once is enough. */
		if (a->interface != interface || a->instance == last)
			continue;
		last = a->instance;
		v = &e->instances[last].record->core;
		if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			announcer_add(e, last);
	}
}

static void interface_update(struct router *e, uint32_t n)
{
	struct interface *i = &e->interfaces[n];
	const struct mirror_link *link =
		mirror_link_by_name(e->mirror, i->name);
	uint32_t ifindex = link ? link->ifindex : 0;
	bool other_mac = false;

	i->dirty = false;
	if (i->ifindex != ifindex) {
		/* A new device under an old name: the old one went away. */
		if (i->ifindex && ifindex && !e->standby)
			interface_tell(e, n, NULL, true);
		interface_moved(e, n, ifindex);
	}
	interface_join(e, i);
	interface_join_again(e, i, link);
	if (link && memcmp(i->mac, link->mac, sizeof(i->mac)) != 0) {
		/* Frames that wait have the old one; they leave first. */
		transmit_flush(e->transmit);
		e->batch++;
		memcpy(i->mac, link->mac, sizeof(i->mac));
		other_mac = true;
	}
	if (!e->standby)
		interface_tell(e, n, link, other_mac);
	if (!e->standby && other_mac)
		announce_again(e, n);
	for (uint32_t id = i->first; id != ROUTER_NONE;
	     id = e->instances[id].next)
		e->instances[id].record->ifindex = ifindex;
}

void interfaces_update(struct router *e)
{
	/* While a dump is under way, what is missing may yet be there. */
	if (mirror_resyncing(e->mirror))
		return;
	for (uint32_t n = 0; n < e->interface_count; n++)
		if (e->interfaces[n].dirty)
			interface_update(e, n);
}

/* The end of standing by: from here the instances are told. */
void interfaces_tell_all(struct router *e)
{
	e->standby = false;
	for (uint32_t n = 0; n < e->interface_count; n++)
		interface_update(e, n);
}
