/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A service of the kernel that two virtual servers are: an entry of a group,
 * and an address of another one. The first in the file has it, and the other is
 * told where.
 */
#include "base/map.h"
#include "conf/model/finish.h"

#include <stdio.h>
#include <string.h>

/* All services of a file that is looked at; of a larger one none is told. */
#define SERVICES_MOST (1u << 18)

struct entry {
	struct conf_service service;
	uint32_t server;
};

struct overlaps {
	struct conf_reader *reader;
	const struct conf_model *model;
	struct entry *list;
	uint32_t count;
	struct conf_index index;
	uint32_t server;
	bool told; /* of this server */
};

static bool same(const void *context, uint32_t a, uint32_t b)
{
	const struct overlaps *o = context;
	const struct conf_service *one = &o->list[a].service,
				  *two = &o->list[b].service;

	if (one->mark || two->mark)
		return one->mark == two->mark && one->family == two->family;
	return one->port == two->port && one->protocol == two->protocol &&
	       ip_equal(&one->address, &two->address);
}

static uint32_t hash_of(const struct conf_service *s)
{
	uint32_t parts[] = {
		s->mark,
		s->mark ? s->family : s->port,
		s->mark ? 0
			: map_hash(s->address.bytes, sizeof(s->address.bytes)),
	};

	return map_hash(parts, sizeof(parts));
}

static void name_of(const struct conf_service *s, char *text, size_t size)
{
	char ip[IP_TEXT_MAX];

	if (s->mark)
		snprintf(text, size, "fwmark %u", s->mark);
	else
		snprintf(text, size, "%s %u", ip_format(&s->address, ip),
			 s->port);
}

static void tell(struct overlaps *o, const struct conf_service *service,
		 uint32_t first)
{
	const struct conf_virtual_server *vs =
		&o->model->virtual_servers[o->server];
	struct conf_place place = { .span = vs->span };
	char name[64];

	o->told = true;
	name_of(service, name, sizeof(name));
	conf_report_ignored(
		o->reader->report, &place,
		"write it in one of them: for keepalived their servers mix",
		"%s is also of the virtual_server in line %u, which has it; in "
		"this one it is left out",
		name, o->model->virtual_servers[first].span.line);
}

static void add(void *to, const struct conf_service *service)
{
	struct overlaps *o = to;
	uint32_t found;

	o->list[o->count] = (struct entry){ *service, o->server };
	found = conf_index_put(&o->index, o->reader->memory, hash_of(service),
			       o->count);
	if (found == CONF_INDEX_NONE)
		o->count++;
	else if (o->list[found].server != o->server && !o->told)
		tell(o, service, o->list[found].server);
}

void conf_overlap_finish(struct conf_reader *r, const struct conf_model *m)
{
	struct overlaps o = { .reader = r, .model = m };
	uint64_t all = 1;
	bool groups = false;

	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		all += conf_address_count(m, &m->virtual_servers[n]);
		groups |= m->virtual_servers[n].id.by == CONF_BY_GROUP;
	}
	/* Without a group two of one service are one virtual server. */
	if (!groups || all > SERVICES_MOST)
		return;
	o.list = arena_alloc(r->scratch, all * sizeof(*o.list));
	if (!o.list) {
		r->memory->failed = true;
		return;
	}
	o.index.same = same;
	o.index.context = &o;
	for (o.server = 0; o.server < m->virtual_server_count; o.server++) {
		o.told = false;
		conf_services_each(m, &m->virtual_servers[o.server], add, &o);
	}
	conf_index_free(&o.index, r->memory);
}
