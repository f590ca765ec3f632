/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core's memory, its items and the list of changes (lvs.h). */
#include "lvs/state.h"

#include "base/must.h"

#include <string.h>

/* In changed_next: not in the list. */
#define UNLISTED (UINT32_MAX - 1)

static bool same_address(const void *context, uint32_t number, const void *key)
{
	const struct lvs *l = context;
	const struct lvs_server *s = &l->servers[number];
	const struct lvs_address *wanted = key;

	return s->service == wanted->service &&
	       s->config->port == wanted->port &&
	       ip_equal(&s->config->address, &wanted->address);
}

/* Without what lies between the fields. */
static uint32_t hash_of(const struct lvs_address *key)
{
	uint8_t bytes[4 + 1 + 16 + 2];

	memcpy(bytes, &key->service, 4);
	bytes[4] = key->address.family;
	memcpy(bytes + 5, key->address.bytes, 16);
	memcpy(bytes + 21, &key->port, 2);
	return map_hash(bytes, sizeof(bytes));
}

uint32_t lvs_find(const struct lvs *l, const struct lvs_address *key)
{
	return map_find(&l->by_address, hash_of(key), key);
}

bool lvs_enter(struct lvs *l, uint32_t server)
{
	const struct lvs_server *s = &l->servers[server];
	const struct lvs_address key = { s->service, s->config->address,
					 s->config->port };

	return lvs_find(l, &key) == MAP_NONE &&
	       map_put(&l->by_address, hash_of(&key), server) == 0;
}

/* ---- memory ---- */

struct sizes {
	uint32_t servers, room, links, items;
};

static struct sizes sizes_of(const struct lvs_config *config)
{
	struct sizes n = { 0 };

	for (uint32_t v = 0; v < config->service_count; v++) {
		const struct lvs_service_config *one = &config->services[v];

		n.servers += one->server_count;
		for (uint32_t s = 0; s < one->server_count; s++)
			n.links += one->servers[s].follow_count;
	}
	n.room = n.servers + config->leaving_max;
	n.items = n.room + config->service_count;
	return n;
}

/* Takes a piece of the memory; with NULL it only counts. */
static void *piece(char **at, size_t *used, size_t size)
{
	void *start = *at;

	size = (size + 15) & ~(size_t)15;
	*used += size;
	if (*at)
		*at += size;
	return start;
}

static uint32_t map_room(const struct sizes *n)
{
	return n->room > 0 ? n->room : 1;
}

static size_t lay_out(struct lvs *l, const struct lvs_config *config,
		      const struct sizes *n, char *at, void **heap, void **map)
{
	size_t used = 0;

	l->services =
		piece(&at, &used, config->service_count * sizeof(*l->services));
	l->servers = piece(&at, &used, n->room * sizeof(*l->servers));
	l->leaving =
		piece(&at, &used, config->leaving_max * sizeof(*l->leaving));
	l->links = piece(&at, &used, n->links * sizeof(*l->links));
	l->followers =
		piece(&at, &used, config->check_count * sizeof(*l->followers));
	l->changed_next =
		piece(&at, &used, n->items * sizeof(*l->changed_next));
	*heap = piece(&at, &used, heap_memory(n->room));
	*map = piece(&at, &used, map_memory(map_room(n)));
	return used;
}

size_t lvs_memory(const struct lvs_config *config)
{
	struct sizes n = sizes_of(config);
	struct lvs l;
	void *heap, *map;

	return lay_out(&l, config, &n, NULL, &heap, &map);
}

/* ---- the beginning ---- */

static uint32_t init_links(struct lvs *l, uint32_t server, uint32_t link)
{
	struct lvs_server *s = &l->servers[server];

	s->links = link;
	for (uint32_t n = 0; n < s->config->follow_count; n++, link++) {
		const struct lvs_follow *f = &s->config->follows[n];

		MUST(f->check < l->config->check_count);
		l->links[link] = (struct lvs_link){
			.server = server,
			.next = l->followers[f->check],
			.state = LVS_CHECK_NOT_YET,
			.alpha = f->alpha,
		};
		l->followers[f->check] = link;
	}
	return link;
}

static void init_server(struct lvs_server *s,
			const struct lvs_server_config *config,
			uint32_t service)
{
	*s = (struct lvs_server){
		.config = config,
		.service = service,
		.next = LVS_NONE,
		.previous = LVS_NONE,
		.until = TICK_NEVER,
		.ramp = TICK_NEVER,
		.ordered = LVS_WEIGHT_UNSET,
	};
}

static void init_service(struct lvs *l, uint32_t service, uint32_t *server,
			 uint32_t *link)
{
	const struct lvs_service_config *config = &l->config->services[service];
	struct lvs_service *v = &l->services[service];

	*v = (struct lvs_service){
		.config = config,
		.first = *server,
		.leaving = LVS_NONE,
		.held = LVS_NONE,
		.last = LVS_NONE,
		.sorry_server = LVS_NONE,
	};
	for (uint32_t n = 0; n < config->server_count; n++, ++*server) {
		const struct lvs_server_config *one = &config->servers[n];

		MUST(one->weight >= 0);
		init_server(&l->servers[*server], one, service);
		*link = init_links(l, *server, *link);
		MUST(lvs_enter(l, *server));
		v->total += one->weight;
		if (config->sorry.family != IP_NONE &&
		    ip_equal(&config->sorry, &one->address) &&
		    config->sorry_port == one->port)
			v->sorry_server = *server;
	}
}

void lvs_init(struct lvs *l, const struct lvs_config *config,
	      const struct lvs_sink *sink, void *memory)
{
	struct sizes n = sizes_of(config);
	uint32_t server = 0, link = 0;
	void *heap, *map;

	*l = (struct lvs){
		.config = config,
		.sink = *sink,
		.changed_first = LVS_NONE,
		.changed_last = LVS_NONE,
		.server_count = n.servers,
	};
	lay_out(l, config, &n, memory, &heap, &map);
	heap_init(&l->deadlines, heap, n.room);
	map_init(&l->by_address, map, map_room(&n), same_address, l);
	for (uint32_t c = 0; c < config->check_count; c++)
		l->followers[c] = LVS_NONE;
	for (uint32_t i = 0; i < n.items; i++)
		l->changed_next[i] = UNLISTED;
	for (uint32_t v = 0; v < config->service_count; v++)
		init_service(l, v, &server, &link);
}

/* ---- items ---- */

static uint32_t room_of(const struct lvs *l)
{
	return l->server_count + l->config->leaving_max;
}

static uint32_t sorry_of(const struct lvs *l, uint32_t service)
{
	/* One that is also a server is the item of that. */
	if (l->services[service].config->sorry.family == IP_NONE ||
	    l->services[service].sorry_server != LVS_NONE)
		return LVS_NONE;
	return room_of(l) + service;
}

static uint32_t leaving_of(const struct lvs *l, uint32_t service)
{
	uint32_t first = l->services[service].leaving;

	return first != LVS_NONE ? first : sorry_of(l, service);
}

uint32_t lvs_first(const struct lvs *l, uint32_t service)
{
	const struct lvs_service *v = &l->services[service];

	return v->config->server_count > 0 ? v->first : leaving_of(l, service);
}

uint32_t lvs_next(const struct lvs *l, uint32_t item)
{
	const struct lvs_server *s;
	const struct lvs_service *v;

	if (item >= room_of(l))
		return LVS_NONE;
	s = &l->servers[item];
	v = &l->services[s->service];
	if (s->leaves)
		return s->next != LVS_NONE ? s->next : sorry_of(l, s->service);
	return item + 1 < v->first + v->config->server_count
		       ? item + 1
		       : leaving_of(l, s->service);
}

/* ---- what has changed ---- */

void lvs_mark(struct lvs *l, uint32_t item)
{
	if (l->changed_next[item] != UNLISTED)
		return;
	l->changed_next[item] = LVS_NONE;
	if (l->changed_last == LVS_NONE)
		l->changed_first = item;
	else
		l->changed_next[l->changed_last] = item;
	l->changed_last = item;
}

void lvs_mark_all(struct lvs *l, uint32_t service)
{
	for (uint32_t item = lvs_first(l, service); item != LVS_NONE;
	     item = lvs_next(l, item))
		lvs_mark(l, item);
}

uint32_t lvs_changed(struct lvs *l)
{
	uint32_t item = l->changed_first;

	if (item == LVS_NONE)
		return LVS_NONE;
	l->changed_first = l->changed_next[item];
	if (l->changed_first == LVS_NONE)
		l->changed_last = LVS_NONE;
	l->changed_next[item] = UNLISTED;
	return item;
}

void lvs_tell(struct lvs *l, enum lvs_told_what what, uint32_t service,
	      uint32_t server)
{
	struct lvs_told told = {
		.what = what,
		.service = service,
		.server = LVS_NONE,
		.weight = l->services[service].sum,
	};

	if (server != LVS_NONE) {
		told.server = l->servers[server].leaves ? LVS_NONE : server;
		told.address = l->servers[server].config->address;
		told.port = l->servers[server].config->port;
	}
	l->sink.tell(l->sink.context, &told);
}
