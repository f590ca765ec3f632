/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What instances say beside each other. They are compared through an index,
 * never each with each.
 */
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <stddef.h>
#include <string.h>

/* Where a virtual router is heard: in its group, or from a peer. */
struct heard {
	uint32_t instance;
	const struct conf_peer *peer; /* NULL: in multicast */
};

/* What the indexes below look at. */
struct checking {
	struct conf_reader *reader;
	struct conf_model *model;
	bool *dropped; /* of each instance */
	struct heard *heard;
	/* All addresses, in order, and of each: */
	const struct conf_address **addresses;
	uint32_t *holders; /* its instance */
	bool *repeated;    /* the instance has it already */
	size_t address_count;
};

static const struct conf_instance *at(const void *context, uint32_t i)
{
	const struct checking *c = context;

	return &c->model->instances[i];
}

/* Texts are kept once: equal ones are one pointer. */
static bool same_name(const void *context, uint32_t a, uint32_t b)
{
	return at(context, a)->name == at(context, b)->name;
}

static bool same_router(const void *context, uint32_t a, uint32_t b)
{
	const struct heard *list = ((const struct checking *)context)->heard;
	const struct conf_instance *one = at(context, list[a].instance);
	const struct conf_instance *two = at(context, list[b].instance);
	const struct conf_peer *peer = list[a].peer, *other = list[b].peer;

	return one->interface == two->interface &&
	       one->vrrp.vrid == two->vrrp.vrid &&
	       one->vrrp.family == two->vrrp.family && !peer == !other &&
	       (!peer || ip_equal(&peer->address, &other->address));
}

static bool same_address(const void *context, uint32_t a, uint32_t b)
{
	const struct checking *c = context;

	return conf_address_dev(at(c, c->holders[a]), c->addresses[a]) ==
		       conf_address_dev(at(c, c->holders[b]),
					c->addresses[b]) &&
	       ip_equal(&c->addresses[a]->address, &c->addresses[b]->address);
}

static struct conf_place place_of(const struct conf_span *span)
{
	return (struct conf_place){ .span = *span };
}

/* The second of one name is left out, as by keepalived. */
static void check_names(struct checking *c)
{
	struct conf_index index = { .same = same_name, .context = c };
	struct conf_memory *memory = c->reader->memory;

	for (uint32_t i = 0; i < c->model->instance_count; i++) {
		const struct conf_instance *one = at(c, i);
		struct conf_place place = place_of(&one->span);
		uint32_t hash = map_hash(&one->name, sizeof(one->name));
		uint32_t found = conf_index_put(&index, memory, hash, i);

		if (found == CONF_INDEX_NONE)
			continue;
		c->dropped[i] = true;
		conf_report_ignored(c->reader->report, &place,
				    "give each instance a name of its own",
				    "there is a vrrp_instance %s already, in "
				    "line %u; this one is left out",
				    one->name, at(c, found)->span.line);
	}
	conf_index_free(&index, memory);
}

/* The one that `heard` makes no different, or CONF_INDEX_NONE. */
static uint32_t heard_already(struct checking *c, struct conf_index *index,
			      uint32_t n)
{
	const struct heard *heard = &c->heard[n];
	const struct conf_instance *one = at(c, heard->instance);
	struct {
		const char *interface;
		uint32_t vrid, peer;
	} key = { one->interface, one->vrrp.vrid, 0 };
	uint32_t found;

	if (heard->peer)
		key.peer = map_hash(&heard->peer->address,
				    sizeof(heard->peer->address));
	found = conf_index_put(index, c->reader->memory,
			       map_hash(&key, sizeof(key)), n);
	return found == CONF_INDEX_NONE ? found : c->heard[found].instance;
}

static void tell_same_router(const struct checking *c, uint32_t i,
			     uint32_t other)
{
	const struct conf_instance *one = at(c, i);
	struct conf_place place = conf_note_place(
		conf_reader_note(c->reader, &conf_block_instance, i),
		offsetof(struct conf_instance, vrrp.vrid));

	conf_report(c->reader->report, CONF_ERROR, &place,
		    "give each virtual router of an interface a VRID of its "
		    "own",
		    "virtual_router_id %u is used on %s already, by "
		    "vrrp_instance %s%s",
		    one->vrrp.vrid,
		    one->interface ? one->interface : "any interface",
		    at(c, other)->name,
		    one->unicast_peer_count > 0 ? ", with the same peer" : "");
}

/* False: no memory. */
static bool check_routers(struct checking *c)
{
	struct conf_index index = { .same = same_router, .context = c };
	uint32_t count = c->model->instance_count, n = 0;

	for (uint32_t i = 0; i < c->model->instance_count; i++)
		count += at(c, i)->unicast_peer_count;
	c->heard = arena_alloc(c->reader->scratch, count * sizeof(*c->heard));
	if (!c->heard)
		return false;
	for (uint32_t i = 0; i < c->model->instance_count; i++) {
		const struct conf_instance *one = at(c, i);
		uint32_t k = 0, other = CONF_INDEX_NONE;

		if (c->dropped[i] || !one->interface || one->vrrp.vrid == 0)
			continue;
		do {
			c->heard[n] = (struct heard){
				.instance = i,
				.peer = k < one->unicast_peer_count
						? &one->unicast_peers[k]
						: NULL,
			};
			other = heard_already(c, &index, n++);
		} while (other == CONF_INDEX_NONE &&
			 ++k < one->unicast_peer_count);
		if (other != CONF_INDEX_NONE)
			tell_same_router(c, i, other);
	}
	conf_index_free(&index, c->reader->memory);
	return true;
}

/* Collects the addresses of all instances; false: no memory. */
static bool collect(struct checking *c)
{
	struct arena *scratch = c->reader->scratch;
	size_t count = 0;

	for (size_t i = 0; i < c->model->instance_count; i++)
		count += c->model->instances[i].address_count;
	c->addresses = arena_alloc(scratch, count * sizeof(*c->addresses));
	c->holders = arena_alloc(scratch, count * sizeof(*c->holders));
	c->repeated = arena_alloc(scratch, count * sizeof(*c->repeated));
	if (!c->addresses || !c->holders || !c->repeated)
		return false;
	for (uint32_t i = 0; i < c->model->instance_count; i++) {
		const struct conf_instance *one = at(c, i);

		for (size_t k = 0; k < one->address_count; k++) {
			c->addresses[c->address_count] = &one->addresses[k];
			c->holders[c->address_count++] = i;
		}
	}
	return true;
}

static void check_addresses(struct checking *c)
{
	struct conf_index index = { .same = same_address, .context = c };
	struct conf_memory *memory = c->reader->memory;

	for (uint32_t i = 0; i < c->address_count; i++) {
		const struct conf_address *one = c->addresses[i];
		struct conf_place place = place_of(&one->span);
		uint32_t found;

		if (c->dropped[c->holders[i]])
			continue;
		found = conf_index_put(
			&index, memory,
			map_hash(&one->address, sizeof(one->address)), i);
		if (found == CONF_INDEX_NONE)
			continue;
		if (c->holders[found] == c->holders[i]) {
			c->repeated[i] = true;
			conf_report(c->reader->report, CONF_WARNING, &place,
				    "remove it",
				    "this address stands in the same instance "
				    "already, in line %u",
				    c->addresses[found]->span.line);
		} else {
			conf_report(c->reader->report, CONF_WARNING, &place,
				    "two instances would add and remove it "
				    "against each other",
				    "vrrp_instance %s has this address on the "
				    "same interface",
				    at(c, c->holders[found])->name);
		}
	}
	conf_index_free(&index, memory);
}

/* A router that is named twice in one list is heard once. */
static bool same_peer(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_peer *list = context;

	return ip_equal(&list[a].address, &list[b].address);
}

static void drop_peers(struct checking *c, struct conf_peer *list,
		       uint32_t *count)
{
	struct conf_index index = { .same = same_peer, .context = list };
	uint32_t kept = 0;

	for (uint32_t i = 0; i < *count; i++) {
		struct conf_peer *peer = &list[i];
		struct conf_place place = place_of(&peer->span);
		uint32_t hash = map_hash(&peer->address, sizeof(peer->address));
		uint32_t found;

		list[kept] = *peer;
		found = conf_index_put(&index, c->reader->memory, hash, kept);
		if (found == CONF_INDEX_NONE)
			kept++;
		else
			conf_report(c->reader->report, CONF_WARNING, &place,
				    "remove it",
				    "this peer stands in the same instance "
				    "already, in line %u",
				    list[found].span.line);
	}
	*count = kept;
	conf_index_free(&index, c->reader->memory);
}

static bool same_interface(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_interface *list = context;

	return list[a].name == list[b].name;
}

/* Takes those out of a group that an earlier one has: `list`, all so far. */
static void drop_interfaces(struct checking *c, struct conf_garp_group *g,
			    struct conf_interface *list,
			    struct conf_index *index, uint32_t *count)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->interface_count; i++) {
		const struct conf_interface *one = &g->interfaces[i];
		struct conf_place place = place_of(&one->span);
		uint32_t found;

		list[*count] = *one;
		found = conf_index_put(index, c->reader->memory,
				       map_hash(&one->name, sizeof(one->name)),
				       *count);
		if (found == CONF_INDEX_NONE) {
			g->interfaces[kept++] = *one;
			++*count;
		} else {
			conf_report(c->reader->report, CONF_WARNING, &place,
				    "remove it from one of them",
				    "%s is in a garp_group already, in line "
				    "%u, which counts",
				    one->name, list[found].span.line);
		}
	}
	g->interface_count = (uint32_t)kept;
}

/* A group of no interface is left out; that was told. */
static void compact_garp_groups(struct checking *c)
{
	struct conf_model *m = c->model;
	struct conf_index index = { .same = same_interface };
	struct conf_interface *list;
	uint32_t all = 0, count = 0;
	size_t kept = 0;

	for (size_t i = 0; i < m->garp_group_count; i++)
		all += (uint32_t)m->garp_groups[i].interface_count;
	list = arena_alloc(c->reader->scratch, all * sizeof(*list));
	if (!list) {
		c->reader->memory->failed = true;
		return;
	}
	index.context = list;
	for (size_t i = 0; i < m->garp_group_count; i++)
		drop_interfaces(c, &m->garp_groups[i], list, &index, &count);
	conf_index_free(&index, c->reader->memory);
	for (size_t i = 0; i < m->garp_group_count; i++) {
		if (m->garp_groups[i].interface_count > 0)
			m->garp_groups[kept++] = m->garp_groups[i];
	}
	m->garp_group_count = (uint32_t)kept;
}

/* Takes out what was found to be there twice. */
static void compact(struct checking *c)
{
	struct conf_model *m = c->model;
	const bool *repeated = c->repeated;
	size_t kept = 0;

	for (size_t i = 0; i < m->instance_count; i++) {
		struct conf_instance *one = &m->instances[i];
		size_t addresses = 0;

		for (size_t k = 0; k < one->address_count; k++) {
			if (!*repeated++)
				one->addresses[addresses++] = one->addresses[k];
		}
		one->address_count = (uint32_t)addresses;
		if (!c->dropped[i])
			m->instances[kept++] = *one;
	}
	m->instance_count = (uint32_t)kept;
}

/* keepalived's, where nothing says which. */
#define DEFAULT_INTERFACE "eth0"

static void check_static_addresses(struct checking *c)
{
	const struct conf_global *global = &c->model->global;

	for (size_t i = 0; i < c->model->static_address_count; i++) {
		struct conf_address *one = &c->model->static_addresses[i].is;

		if (!one->dev)
			one->dev = global->default_interface
					   ? global->default_interface
					   : DEFAULT_INTERFACE;
	}
}

void conf_model_finish(struct conf_reader *r, void *object,
		       const struct conf_note *note)
{
	struct checking c = { .reader = r, .model = object };

	c.dropped = arena_alloc(r->scratch,
				c.model->instance_count * sizeof(*c.dropped));
	if (!c.dropped || !collect(&c)) {
		r->memory->failed = true;
		return;
	}
	check_names(&c);
	for (size_t i = 0; i < c.model->instance_count; i++) {
		struct conf_instance *one = &c.model->instances[i];

		drop_peers(&c, one->peers, &one->peer_count);
		drop_peers(&c, one->unicast_peers, &one->unicast_peer_count);
	}
	if (!check_routers(&c)) {
		r->memory->failed = true;
		return;
	}
	check_addresses(&c);
	compact(&c);
	compact_garp_groups(&c);
	check_static_addresses(&c);
	conf_daemon_finish(r, c.model, note);
	conf_track_groups_finish(r, c.model);
	conf_rules_finish(r, c.model);
	conf_targets_finish(r, c.model);
	conf_servers_finish(r, c.model);
	conf_overlap_finish(r, c.model);
	conf_tracked_servers_finish(r, c.model);
	conf_groups_finish(r, c.model);
}

bool conf_model_derive(struct arena *arena, void *root, void *model)
{
	(void)root;
	return conf_targets_derive(arena, model) &&
	       conf_groups_derive(arena, model) &&
	       conf_servers_derive(arena, model);
}
