/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instances track beside their own interface, summed up into faults and a
 * weight (vrrp/track.h). A core is told only of a sum that changed.
 */
#include "router/state.h"

#include "vrrp/track.h"

#include <errno.h>
#include <stdlib.h>

int trackers_setup(struct router *r)
{
	uint32_t next = 0;

	for (uint32_t n = 0; n < r->instance_count; n++)
		next += (uint32_t)r->instances[n].conf->tracked_interface_count;
	r->trackers = calloc(next + 1, sizeof(*r->trackers));
	if (!r->trackers)
		return -ENOMEM;
	r->tracker_count = next;
	next = 0;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->tracker_first = next;
		for (size_t k = 0; k < i->conf->tracked_interface_count; k++)
			r->trackers[next++] = (struct tracker){
				.conf = &i->conf->tracked_interfaces[k],
				.instance = n,
			};
	}
	return 0;
}

static struct vrrp_track sum(const struct router *r, const struct instance *i)
{
	struct vrrp_track track = { 0 };

	for (size_t k = 0; k < i->conf->tracked_interface_count; k++) {
		const struct tracker *t = &r->trackers[i->tracker_first + k];

		vrrp_track_add(
			&track,
			&(struct vrrp_tracked){
				.weight = t->conf->weight,
				.reverse = t->conf->reverse,
				.fault = VRRP_FAULT_TRACKED_INTERFACE,
				.good = r->interfaces[t->interface].link ==
					VRRP_INTERFACE_UP,
			});
	}
	return track;
}

static void tell(struct router *r, uint32_t id)
{
	const struct vrrp *v = &r->instances[id].record->core;
	struct vrrp_event event = {
		.type = VRRP_EVENT_TRACK,
		.track = sum(r, &r->instances[id]),
	};
	uint8_t before = v->priority;

	if (event.track.faults == v->track.faults &&
	    event.track.weight == v->track.weight)
		return;
	router_step(r, id, &event);
	if (v->priority != before)
		journal_priority(r, id, before, v->priority);
}

void trackers_tell(struct router *r, uint32_t interface)
{
	struct interface *f = &r->interfaces[interface];
	bool up = f->link == VRRP_INTERFACE_UP;

	if (!r->tracking || f->tracker == ROUTER_NONE || f->told_up == up)
		return;
	f->told_up = up;
	journal_tracked(r, interface);
	for (uint32_t n = f->tracker; n != ROUTER_NONE; n = r->trackers[n].next)
		tell(r, r->trackers[n].instance);
}

void trackers_tell_all(struct router *r)
{
	r->tracking = true;
	for (uint32_t n = 0; n < r->interface_count; n++)
		r->interfaces[n].told_up =
			r->interfaces[n].link == VRRP_INTERFACE_UP;
	/* One that tracks nothing any more, too. */
	for (uint32_t id = 0; id < r->instance_count; id++)
		tell(r, id);
}
