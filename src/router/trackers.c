/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instances track beside their own interface, summed up into faults and a
 * weight (vrrp/track.h). A core is told only of a sum that changed.
 */
#include "router/state.h"

#include "conf/model/tracks.h"
#include "vrrp/track.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(struct router *r, uint32_t id,
		const struct conf_tracked_interface *of)
{
	struct instance *i = &r->instances[id];
	struct tracker *list = &r->trackers[i->tracker_first];

	for (uint32_t k = 0; k < i->tracker_count; k++)
		if (strcmp(list[k].name, of->on.name) == 0) {
			/* As keepalived: what has a holding is needed. */
			list[k].weight = of->weight;
			return;
		}
	list[i->tracker_count++] = (struct tracker){
		.name = of->on.name,
		.weight = of->weight,
		.reverse = of->reverse,
		.instance = id,
	};
}

/* Whether an instance is in the track_group of a static holding. */
static bool is_member(const struct router *r, const struct instance *i,
		      const char *group)
{
	for (size_t n = 0; group && n < r->model->track_group_count; n++) {
		const struct conf_track_group *g = &r->model->track_groups[n];

		if (strcmp(g->name, group) != 0)
			continue;
		for (size_t k = 0; k < g->member_count; k++)
			if (strcmp(g->members[k].name, i->conf->name) == 0)
				return true;
	}
	return false;
}

static bool follows(const struct router *r, const struct instance *i,
		    const struct holding *h)
{
	const struct holding_kind *kind = holding_kind_of(r, h);

	return h->instance == ROUTER_NONE
		       ? is_member(r, i, kind->group(h->conf))
		       : kind->follows(i->conf, h->conf);
}

/*
 * The interfaces of the holdings in a range that the instance follows: into
 * its list, or with `list` false only their number.
 */
static size_t add_devices(struct router *r, uint32_t id, uint32_t first,
			  uint32_t count, bool list)
{
	const struct instance *i = &r->instances[id];
	size_t found = 0;

	for (uint32_t n = first; n < first + count; n++) {
		const struct holding *h = &r->holdings[n];
		const char *name;

		if (!follows(r, i, h))
			continue;
		for (size_t k = 0; (name = holding_device(r, h, k)); k++) {
			struct conf_tracked_interface of = { .on.name = name };

			/* Its own is tracked anyway. */
			if (!i->conf->dont_track_primary &&
			    strcmp(name, conf_interface(i->conf)) == 0)
				continue;
			if (list)
				add(r, id, &of);
			found++;
		}
	}
	return found;
}

/* Without `list`: how many there are at most. */
static size_t add_all(struct router *r, uint32_t id, bool list)
{
	const struct instance *i = &r->instances[id];
	size_t most = conf_tracks_most(r->model, i->conf);
	struct conf_tracked_interface of;

	for (uint32_t k = 0;
	     list && conf_tracks_interface(r->model, i->conf, k, &of); k++)
		add(r, id, &of);
	most += add_devices(r, id, i->holding_first, i->holding_count, list);
	if (r->model->track_group_count > 0)
		most += add_devices(r, id, r->static_first,
				    r->holding_count - r->static_first, list);
	return most;
}

int trackers_setup(struct router *r)
{
	size_t most = 0;

	for (uint32_t n = 0; n < r->instance_count; n++)
		most += add_all(r, n, false);
	r->trackers = calloc(most + 1, sizeof(*r->trackers));
	if (!r->trackers)
		return -ENOMEM;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		r->instances[n].tracker_first = r->tracker_count;
		add_all(r, n, true);
		r->tracker_count += r->instances[n].tracker_count;
	}
	return 0;
}

/* track_src_ip: the address that was written is not there. */
static bool lacks_source(const struct router *r, const struct instance *i)
{
	const struct ip *source = conf_source(i->conf);

	return i->conf->track_source && source->family != IP_NONE &&
	       !mirror_find(r->mirror, r->interfaces[i->interface].ifindex,
			    source);
}

static struct vrrp_track sum(const struct router *r, const struct instance *i)
{
	const struct vrrp_config *c = &i->conf->vrrp;
	struct vrrp_track track = { 0 };

	if (c->unicast && c->peer_count == 0)
		track.faults |= 1 << VRRP_FAULT_NO_PEER;
	if (lacks_source(r, i))
		track.faults |= 1 << VRRP_FAULT_SOURCE;
	targets_sum(r, i->targets, &track);
	track.waits = i->core->waits; /* sync_wait.c */
	if (i->group_fault)
		track.faults |= VRRP_FAULT_GROUP_BIT;
	for (uint32_t k = 0; k < i->tracker_count; k++) {
		const struct tracker *t = &r->trackers[i->tracker_first + k];
		enum vrrp_interface link = r->interfaces[t->interface].link;

		vrrp_track_add(&track,
			       &(struct vrrp_tracked){
				       .weight = t->weight,
				       .reverse = t->reverse,
				       .fault = VRRP_FAULT_TRACKED_INTERFACE,
				       .good = link == VRRP_INTERFACE_UP,
			       });
	}
	return track;
}

/* What somebody asks who sees the fault. */
static void note_down(struct router *r, const struct instance *i)
{
	const char *down = "";
	char name[LEDGER_INTERFACE_SIZE] = "";
	bool opened;

	for (uint32_t k = 0; !*down && k < i->tracker_count; k++) {
		const struct tracker *t = &r->trackers[i->tracker_first + k];

		if (t->weight == 0 && (r->interfaces[t->interface].link ==
				       VRRP_INTERFACE_UP) == t->reverse)
			down = t->name;
	}
	snprintf(name, sizeof(name), "%s", down);
	if (memcmp(i->record->down, name, sizeof(name)) == 0)
		return;
	opened = record_open(i->record);
	memcpy(i->record->down, name, sizeof(name));
	record_close(i->record, opened);
}

void tracker_tell(struct router *r, uint32_t id)
{
	const struct vrrp_saved *v = r->instances[id].core;
	struct vrrp_event event = {
		.type = VRRP_EVENT_TRACK,
		.track = sum(r, &r->instances[id]),
	};
	uint8_t before = v->priority;

	note_down(r, &r->instances[id]);
	if (event.track.faults == v->faults && event.track.weight == v->weight)
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
		tracker_tell(r, r->trackers[n].instance);
}

void trackers_tell_sources(struct router *r, uint32_t interface)
{
	for (uint32_t id = r->interfaces[interface].first;
	     r->tracking && id != ROUTER_NONE; id = r->instances[id].next)
		if (r->instances[id].conf->track_source)
			tracker_tell(r, id);
}

/* One counts as otherwise: who tracks it is told, and may start. */
static void tell_target(struct router *r, uint32_t n)
{
	journal_target(r, n);
	for (uint32_t t = r->targets[n].first; t != ROUTER_NONE;
	     t = r->target_trackers[t].next) {
		uint32_t id = r->target_trackers[t].instance;

		tracker_tell(r, id);
		start_if_ready(r, id);
	}
}

void trackers_look(struct router *r)
{
	if (!r->tracking || !targets_changed(r))
		return;
	targets_look(r);
	for (uint32_t n = 0; n < r->target_count; n++)
		if (target_take_news(&r->targets[n]))
			tell_target(r, n);
}

void trackers_tell_all(struct router *r)
{
	r->tracking = true;
	targets_look(r);
	for (uint32_t n = 0; n < r->target_count; n++)
		(void)target_take_news(&r->targets[n]);
	for (uint32_t n = 0; n < r->interface_count; n++)
		r->interfaces[n].told_up =
			r->interfaces[n].link == VRRP_INTERFACE_UP;
	/* One that tracks nothing any more, too. */
	for (uint32_t id = 0; id < r->instance_count; id++)
		tracker_tell(r, id);
}
