/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual servers: what their values say of each other. */
#include "base/must.h"
#include "conf/model/finish.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/*
 * Whether this release has a process that serves them. While it has none, a
 * file with a virtual server is refused here, and nowhere else.
 */
#define CONF_LVS_IS_DONE 0

#define AT(field) ((uint32_t)offsetof(struct conf_virtual_server, field))

/* keepalived's, for persistence by persistence_granularity or port 0. */
#define PERSISTENCE_DEFAULT 360

static void finish_persistence(struct conf_virtual_server *vs)
{
	bool any_port = vs->id.by == CONF_BY_ADDRESS && vs->id.port == 0;

	if (vs->persistence_timeout == 0 &&
	    (any_port || vs->granularity.mask || vs->granularity.length))
		vs->persistence_timeout = PERSISTENCE_DEFAULT;
}

/* That of its real servers, if they all have it. */
static uint8_t family_of(const struct conf_virtual_server *vs)
{
	uint8_t family =
		vs->server_count > 0 ? vs->servers[0].address.family : IP_V4;

	if (vs->granularity.mask || vs->granularity.length)
		return vs->granularity.mask ? IP_V4 : IP_V6;
	for (size_t i = 0; i < vs->server_count; i++)
		if (vs->servers[i].address.family != family)
			return IP_V4;
	return family;
}

void conf_virtual_server_finish(struct conf_reader *r, void *object,
				const struct conf_note *note)
{
	struct conf_virtual_server *vs = object;

	(void)r;
	(void)note;
	finish_persistence(vs);
	if (vs->id.by == CONF_BY_ADDRESS)
		vs->family = IP_NONE;
	else if (vs->family == IP_NONE)
		vs->family = family_of(vs);
}

/* A file with virtual servers cannot be run by a daemon without them. */
static void refuse(struct conf_reader *r, const struct conf_model *model)
{
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		struct conf_place place = {
			.span = model->virtual_servers[i].span,
		};

		conf_report(r->report, CONF_ERROR, &place,
			    "remove it if this router can do without",
			    "baton does not do virtual_server yet: a service "
			    "that IPVS spreads over real servers");
		r->report->diagnostics->not_done++;
	}
}

/* The number of a group by its name, or that of groups: there is none. */
static uint32_t group_of(const struct conf_model *model, const char *name)
{
	uint32_t n = 0;

	while (n < model->server_group_count &&
	       strcmp(model->server_groups[n].name, name) != 0)
		n++;
	return n;
}

/* As in keepalived, one that can serve nothing is left out. */
static bool is_served(struct conf_reader *r, const struct conf_model *model,
		      const struct conf_virtual_server *vs)
{
	struct conf_place place = { .span = vs->span };

	if (vs->id.by == CONF_BY_GROUP &&
	    group_of(model, vs->id.group) == model->server_group_count)
		conf_report_ignored(r->report, &place,
				    "write virtual_server_group NAME { }",
				    "there is no virtual_server_group %s; this "
				    "virtual_server is left out",
				    vs->id.group);
	else if (vs->server_count == 0)
		conf_report_ignored(r->report, &place,
				    "write real_server ADDRESS PORT { } in it",
				    "this virtual_server has no real_server; "
				    "it is left out");
	else
		return true;
	return false;
}

static void drop_unserved(struct conf_reader *r, struct conf_model *model)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->virtual_server_count; i++) {
		struct conf_virtual_server *vs = &model->virtual_servers[i];

		if (is_served(r, model, vs))
			model->virtual_servers[kept++] = *vs;
	}
	model->virtual_server_count = kept;
}

void conf_servers_finish(struct conf_reader *r, struct conf_model *model)
{
	drop_unserved(r, model);
	if (!CONF_LVS_IS_DONE && !r->source->virtual_servers)
		refuse(r, model);
}

/* The group of each virtual server by its number; false: there is none. */
bool conf_servers_derive(struct conf_model *model)
{
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		struct conf_virtual_server *vs = &model->virtual_servers[i];

		if (vs->id.by != CONF_BY_GROUP)
			continue;
		vs->group = group_of(model, vs->id.group);
		if (vs->group == model->server_group_count)
			return false;
	}
	return true;
}

uint32_t conf_service_count(const struct conf_model *model,
			    const struct conf_virtual_server *vs)
{
	const struct conf_server_group *group;
	uint32_t count = 0;

	if (vs->id.by != CONF_BY_GROUP)
		return 1;
	group = &model->server_groups[vs->group];
	for (size_t i = 0; i < group->entry_count; i++)
		count += 1 + group->entries[i].more;
	return count;
}

static void each_of(const struct conf_virtual_server *vs,
		    const struct conf_group_entry *entry,
		    void (*found)(void *to, const struct conf_service *one),
		    void *to)
{
	struct conf_service one = {
		.protocol = vs->protocol,
		.port = entry->port,
		.mark = entry->mark,
		.family = entry->family != IP_NONE ? entry->family : vs->family,
	};

	for (uint32_t n = 0; n <= entry->more; n++) {
		if (!entry->mark) {
			one.address = conf_group_address(entry, n);
			one.family = one.address.family;
		}
		found(to, &one);
	}
}

void conf_services_each(const struct conf_model *model,
			const struct conf_virtual_server *vs,
			void (*found)(void *to, const struct conf_service *one),
			void *to)
{
	const struct conf_server_group *group;
	const struct conf_group_entry single = {
		.first = vs->id.address,
		.port = vs->id.port,
		.mark = vs->id.mark,
	};

	if (vs->id.by != CONF_BY_GROUP) {
		each_of(vs, &single, found, to);
		return;
	}
	group = &model->server_groups[vs->group];
	for (size_t i = 0; i < group->entry_count; i++)
		each_of(vs, &group->entries[i], found, to);
}
