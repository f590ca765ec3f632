/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces by name: what the mirror says of them becomes events of the
 * instances on them. A burst of notifications only marks an interface; it is
 * looked at once, in the turn. Names are what is configured, so an interface
 * that is renamed, deleted or made anew is followed.
 */
#include "router/speech.h"
#include "router/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t families[2] = { IP_V4, IP_V6 };

static bool same_index(const void *context, uint32_t number, const void *key)
{
	const struct router *r = context;

	return r->interfaces[number].ifindex == *(const uint32_t *)key;
}

static bool same_name(const void *context, uint32_t number, const void *key)
{
	const struct router *r = context;

	return strcmp(r->interfaces[number].name, key) == 0;
}

static uint32_t interface_add(struct router *r, const char *name)
{
	uint32_t found = interface_find(r, name);
	struct interface *i;

	if (found != ROUTER_NONE)
		return found;
	i = &r->interfaces[r->interface_count];
	*i = (struct interface){
		.name = name,
		.dirty = true,
		.channel = ROUTER_NONE,
		.first = ROUTER_NONE,
		.tracker = ROUTER_NONE,
		.link = VRRP_INTERFACE_MISSING,
		.link_at = TICK_NEVER,
		.queue_head = ROUTER_NONE,
		.queue_tail = ROUTER_NONE,
	};
	map_put(&r->interface_by_name, map_hash(name, strlen(name)),
		r->interface_count);
	return r->interface_count++;
}

/* Of those that have none: unicast, from whatever interface has the source. */
static bool is_anywhere(const struct interface *i)
{
	return !i->name[0];
}

static int interface_serve(struct router *r, uint32_t id)
{
	struct instance *instance = &r->instances[id];
	struct interface *i = &r->interfaces[instance->interface];

	instance->next = i->first;
	i->first = id;
	i->serves = true;
	if (is_anywhere(i))
		r->anywhere = instance->interface;
	i->sends_down |= instance->conf->dont_track_primary;
	return channel_add(r, id);
}

static size_t devices(const struct router *r)
{
	size_t count = 0;

	for (uint32_t n = 0; n < r->holding_count; n++)
		for (size_t k = 0; holding_device(r, &r->holdings[n], k); k++)
			count++;
	return count;
}

/* Of each that is a holding's: what becomes of it is told (holdings_moved()).
 */
static void add_devices(struct router *r, struct holding *h)
{
	const char *name;

	for (size_t k = 0; (name = holding_device(r, h, k)); k++) {
		uint32_t n = interface_add(r, name);

		if (k == 0)
			h->interface = n;
	}
}

/* The names are those of instances, of holdings' devices, and tracked ones. */
int interfaces_setup(struct router *r)
{
	size_t most = (size_t)r->instance_count + devices(r) + r->tracker_count;
	void *memory = malloc(map_memory((uint32_t)most + 1));

	r->anywhere = ROUTER_NONE;
	r->interfaces = calloc(most + 1, sizeof(*r->interfaces));
	r->channels = calloc(r->instance_count + 1, sizeof(*r->channels));
	if (!r->interfaces || !r->channels || !memory) {
		free(memory);
		return -ENOMEM;
	}
	map_init(&r->interface_by_name, memory, (uint32_t)most + 1, same_name,
		 r);
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];
		int error;

		i->interface = interface_add(r, conf_interface(i->conf));
		error = interface_serve(r, n);
		if (error)
			return error;
	}
	for (uint32_t n = 0; n < r->holding_count; n++)
		add_devices(r, &r->holdings[n]);
	for (uint32_t n = 0; n < r->tracker_count; n++) {
		struct tracker *t = &r->trackers[n];

		t->interface = interface_add(r, t->name);
		t->next = r->interfaces[t->interface].tracker;
		r->interfaces[t->interface].tracker = n;
	}
	memory = malloc(map_memory(r->interface_count + 1));
	if (!memory)
		return -ENOMEM;
	map_init(&r->interface_by_index, memory, r->interface_count + 1,
		 same_index, r);
	return 0;
}

static void mark(struct router *r, const char *name)
{
	uint32_t n = interface_find(r, name);

	if (n != ROUTER_NONE)
		r->interfaces[n].dirty = true;
}

/* By all its names: the file may have any of them. */
static void mark_link(struct router *r, const struct mirror_link *link)
{
	mark(r, link->name);
	for (unsigned n = 0; n < MIRROR_NAMES_MAX && link->names[n][0]; n++)
		mark(r, link->names[n]);
}

/* Whether our memberships outlived this, nobody tells. */
static void doubt_memberships(struct router *r,
			      const struct mirror_event *event)
{
	uint32_t n = interface_by_index(r, event->link->ifindex);

	for (int six = 0; n != ROUTER_NONE && six < 2; six++) {
		const struct interface *i = &r->interfaces[n];

		if (event->change == MIRROR_LINK_REMOVED ||
		    ip_equal(&event->address->address, &i->source[six]))
			channels_doubt(r, i, families[six]);
	}
}

/* It may be back before the turn looks, and as deaf as any new device. */
static void note_removal(struct router *r, uint32_t ifindex)
{
	uint32_t n = interface_by_index(r, ifindex);

	if (n != ROUTER_NONE)
		r->interfaces[n].removed = true;
}

void interfaces_changed(void *context, const struct mirror_event *event)
{
	struct router *r = context;
	uint32_t n;

	if (r->anywhere != ROUTER_NONE)
		r->interfaces[r->anywhere].dirty = true;
	switch (event->change) {
	case MIRROR_LINK_ADDED:
	case MIRROR_LINK_CHANGED:
	case MIRROR_LINK_REMOVED:
		if (event->change == MIRROR_LINK_REMOVED) {
			doubt_memberships(r, event);
			note_removal(r, event->link->ifindex);
		}
		mark_link(r, event->link);
		if (event->old)
			mark_link(r, event->old);
		break;
	case MIRROR_ADDRESS_REFRESHED:
		holdings_mirror(r, event);
		break;
	case MIRROR_ADDRESS_ADDED:
	case MIRROR_ADDRESS_CHANGED:
	case MIRROR_ADDRESS_REMOVED:
		holdings_mirror(r, event);
		theirs_elsewhere(r, event);
		if (address_is_virtual(r, event->address))
			break;
		if (event->change == MIRROR_ADDRESS_REMOVED)
			doubt_memberships(r, event);
		n = interface_by_index(r, event->link->ifindex);
		if (n != ROUTER_NONE)
			r->interfaces[n].dirty = true;
		break;
	case MIRROR_ROUTE_ADDED:
	case MIRROR_ROUTE_REMOVED:
	case MIRROR_RULE_ADDED:
	case MIRROR_RULE_REMOVED:
		holdings_mirror(r, event);
		break;
	case MIRROR_RESYNC_BEGUN:
		break;
	case MIRROR_RESYNC_DONE:
		holdings_look_again(r);
		if (!r->standby)
			theirs_look_elsewhere(r);
		for (n = 0; n < r->interface_count; n++)
			r->interfaces[n].dirty = true;
		break;
	}
}

/* Another index under the same name: memberships and addresses follow. */
static void interface_moved(struct router *r, uint32_t n, uint32_t ifindex)
{
	struct interface *i = &r->interfaces[n];
	uint32_t old = i->ifindex;

	if (old)
		map_remove(&r->interface_by_index, map_hash(&old, sizeof(old)),
			   n);
	channels_leave(r, i);
	i->ifindex = ifindex;
	if (ifindex)
		map_put(&r->interface_by_index,
			map_hash(&ifindex, sizeof(ifindex)), n);
	holdings_moved(r, n, old);
}

/* No router's, though the kernel lets it pass (RFC 1122 3.2.1.3). */
static struct ip broadcast_of(const struct router *r, uint32_t ifindex,
			      const struct ip *source)
{
	const struct mirror_address *a =
		mirror_find(r->mirror, ifindex, source);
	struct ip broadcast = *source;

	/* RFC 3021: two in a network have none. */
	if (source->family != IP_V4 || !a || a->prefix >= 31)
		return (struct ip){ .family = IP_NONE };
	for (unsigned bit = a->prefix; bit < 32; bit++)
		broadcast.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	return broadcast;
}

static void look_for_sources(const struct router *r, struct interface *i,
			     const struct mirror_link *link)
{
	bool sends = link_status(link) == VRRP_INTERFACE_UP ||
		     (link && i->sends_down);

	for (int six = 0; six < 2; six++)
		if (!sends ||
		    mirror_source(r->mirror, link->ifindex, families[six],
				  address_is_virtual, r, &i->source[six]) < 0)
			i->source[six] = (struct ip){ .family = IP_NONE };
	i->broadcast = broadcast_of(r, i->ifindex, &i->source[0]);
}

/*
 * Tells the instances of an interface, where it is news to them. While a link
 * is down and counts as up, those that know it as up are not told of what the
 * kernel takes away with it.
 */
static void interface_tell(struct router *r, uint32_t n, enum vrrp_interface is,
			   bool other_mac)
{
	enum vrrp_interface counts = link_counts(r, &r->interfaces[n], is);
	bool is_hidden = counts == VRRP_INTERFACE_UP && is != counts;

	for (uint32_t id = r->interfaces[n].first; id != ROUTER_NONE;
	     id = r->instances[id].next) {
		const struct vrrp_saved *v = r->instances[id].core;
		struct vrrp_event event =
			usable_event(r, id, is_hidden ? is : counts);
		bool other_source =
			!ip_equal(&v->source, &event.interface.source);

		if (other_mac || other_source)
			speaker_forget(r, id);
		if (event.interface.status == VRRP_INTERFACE_UP)
			speaker_fit(r, id);
		if (is_hidden && v->interface == VRRP_INTERFACE_UP &&
		    event.interface.status != VRRP_INTERFACE_MISSING &&
		    event.interface.status != VRRP_INTERFACE_PORT)
			continue;
		if (other_source || v->interface != event.interface.status)
			router_step(r, id, &event);
	}
}

/*
 * The hosts have the old MAC address of what we serve on an interface, or were
 * out of reach when all was announced.
 */
static void announce_again(struct router *r, uint32_t interface)
{
	uint32_t last = ROUTER_NONE;

	for (uint32_t n = 0; n < r->static_first; n++) {
		const struct holding *a = &r->holdings[n];
		const struct vrrp_saved *v;

		/* Those of an instance are neighbours: once is enough. */
		if (holding_kind_of(r, a) != &holding_address ||
		    a->interface != interface || a->instance == last)
			continue;
		last = a->instance;
		v = r->instances[last].core;
		if (v->state == VRRP_ACTIVE && !vrrp_saved_leaving(v))
			announcer_add(r, last);
	}
}

/* For who comes after this process. */
static void note_index(struct router *r, const struct interface *f,
		       uint32_t ifindex)
{
	for (uint32_t id = f->first; id != ROUTER_NONE;
	     id = r->instances[id].next) {
		struct ledger_record *record = r->instances[id].record;
		bool opened;

		if (record->ifindex == ifindex)
			continue;
		opened = record_open(record);
		record->ifindex = ifindex;
		record_close(record, opened);
	}
}

/*
 * The link of an interface, or NULL. Where the file has two names of one link,
 * it is that of the one which was first, or packets would find either.
 */
static const struct mirror_link *link_of(const struct router *r, uint32_t n)
{
	const struct mirror_link *link =
		mirror_link_by_name(r->mirror, r->interfaces[n].name);
	uint32_t other =
		link ? interface_by_index(r, link->ifindex) : ROUTER_NONE;

	if (other != ROUTER_NONE && other != n &&
	    mirror_link_by_name(r->mirror, r->interfaces[other].name) == link)
		return NULL;
	return link;
}

static void interface_update(struct router *r, uint32_t n)
{
	struct interface *i = &r->interfaces[n];
	const struct mirror_link *link = link_of(r, n);
	uint32_t ifindex = link ? link->ifindex : 0;
	uint8_t framing = (uint8_t)outlet_framing(link);
	bool other_mac = framing != i->framing, was_up = i->is_up;

	i->dirty = false;
	i->is_up = link_status(link) == VRRP_INTERFACE_UP;
	i->framing = framing;
	/* A new device under an old name: the old one went away. */
	if ((i->removed || (i->ifindex && i->ifindex != ifindex)) && link &&
	    !r->standby)
		interface_tell(r, n, VRRP_INTERFACE_MISSING, true);
	i->removed = false;
	if (i->ifindex != ifindex) {
		if (!r->standby)
			promote_update(r, i, NULL);
		interface_moved(r, n, ifindex);
	}
	look_for_sources(r, i, link);
	channels_join(r, i);
	channels_join_again(r, i);
	if (link && memcmp(i->mac, link->mac, sizeof(i->mac)) != 0) {
		/* Frames that wait have the old one; they leave first. */
		transmit_flush(r->transmit);
		r->batch++;
		memcpy(i->mac, link->mac, sizeof(i->mac));
		other_mac = true;
	}
	if (r->standby)
		return;
	holdings_hurry(r);
	promote_update(r, i, link);
	interface_tell(r, n,
		       is_anywhere(i) ? VRRP_INTERFACE_UP : link_status(link),
		       other_mac);
	trackers_tell(r, n);
	trackers_tell_sources(r, n);
	if (other_mac || (i->is_up && !was_up))
		announce_again(r, n);
	note_index(r, i, ifindex);
}

void interfaces_update(struct router *r)
{
	/* While a dump is under way, what is missing may yet be there. */
	if (mirror_resyncing(r->mirror))
		return;
	links_run(r);
	channels_run(r);
	for (uint32_t n = 0; n < r->interface_count; n++)
		if (r->interfaces[n].dirty)
			interface_update(r, n);
}

/* The end of standing by: from here the instances are told. */
void interfaces_tell_all(struct router *r)
{
	r->standby = false;
	for (uint32_t n = 0; n < r->interface_count; n++) {
		link_adopt(r, &r->interfaces[n]);
		interface_update(r, n);
	}
	trackers_tell_all(r);
}
