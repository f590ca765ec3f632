/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual servers and groups: what they say of each other. */
#include "base/map.h"
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <string.h>

static struct conf_place place_of(const struct conf_span *span)
{
	return (struct conf_place){ .span = *span };
}

static uint32_t name_hash(const char *name)
{
	return map_hash(name, strlen(name));
}

static bool is_named(const void *context, uint32_t number, const void *name)
{
	const struct conf_model *model = context;

	return strcmp(model->server_groups[number].name, name) == 0;
}

/*
 * The number of each virtual server's group, that of groups if there is none.
 * The first group of a name counts. False: no memory.
 */
static bool find_groups(struct arena *scratch, struct conf_model *model)
{
	uint32_t count = model->server_group_count;
	uint32_t room = count ? count : 1;
	void *memory = arena_alloc(scratch, map_memory(room));
	struct map map;

	if (!memory)
		return false;
	map_init(&map, memory, room, is_named, model);
	for (uint32_t n = 0; n < count; n++) {
		const char *name = model->server_groups[n].name;

		if (map_find(&map, name_hash(name), name) == MAP_NONE)
			MUST(map_put(&map, name_hash(name), n) == 0);
	}
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		struct conf_virtual_server *vs = &model->virtual_servers[i];
		uint32_t found;

		if (vs->id.by != CONF_BY_GROUP)
			continue;
		found = map_find(&map, name_hash(vs->id.group), vs->id.group);
		vs->group = found == MAP_NONE ? count : found;
	}
	return true;
}

/* One without entries is left out, and the second of a name. */
static void drop_groups(struct conf_reader *r, struct conf_model *model)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->server_group_count; i++) {
		struct conf_server_group *group = &model->server_groups[i];
		struct conf_place place = place_of(&group->span);

		if (group->entry_count > 0) {
			model->server_groups[kept++] = *group;
			continue;
		}
		conf_report_ignored(r->report, &place,
				    "write addresses in it, a line each",
				    "virtual_server_group %s has no entries; "
				    "it is left out",
				    group->name);
	}
	model->server_group_count = kept;
}

static uint8_t family_of(const struct conf_virtual_server *vs,
			 const struct conf_group_entry *entry)
{
	if (!entry->mark)
		return entry->first.family;
	return entry->family != IP_NONE ? entry->family : vs->family;
}

/* The family of all entries, or IP_NONE: they have several. */
static uint8_t family_of_group(const struct conf_model *model,
			       const struct conf_virtual_server *vs)
{
	const struct conf_server_group *group =
		&model->server_groups[vs->group];
	uint8_t family = IP_NONE;

	for (uint32_t n = 0; n < group->entry_count; n++) {
		uint8_t one = family_of(vs, &group->entries[n]);

		if (n > 0 && one != family)
			return IP_NONE;
		family = one;
	}
	return family;
}

/* The kernel takes another family through a tunnel only. */
static bool fits(uint8_t family, const struct ip *address,
		 const struct conf_forward *forward)
{
	return forward->method == CONF_FORWARD_TUN || address->family == family;
}

/* Whether the real servers can have the family of each entry. */
static bool families_fit(const struct conf_model *model,
			 const struct conf_virtual_server *vs)
{
	uint8_t family = family_of_group(model, vs);

	for (uint32_t k = 0; k < vs->server_count; k++)
		if (!fits(family, &vs->servers[k].address,
			  conf_server_forward(vs, &vs->servers[k])))
			return false;
	return true;
}

static void drop_sorry(struct conf_reader *r, struct conf_virtual_server *vs,
		       uint8_t family)
{
	struct conf_place place = place_of(&vs->span);

	if (vs->sorry.address.family == IP_NONE ||
	    fits(family, &vs->sorry.address, conf_sorry_forward(vs)))
		return;
	vs->sorry.address = (struct ip){ 0 };
	vs->sorry.port = 0;
	vs->sorry.inhibit = false;
	conf_report_ignored(r->report, &place,
			    "write an address of the same family, or TUN",
			    "sorry_server has another family than "
			    "virtual_server_group %s; it is left out",
			    vs->id.group);
}

/* Those that are left have less weight. */
static void lower_quorum(struct conf_virtual_server *vs)
{
	uint64_t sum = 0;

	for (uint32_t n = 0; n < vs->server_count; n++)
		sum += (uint64_t)conf_server_weight(vs, &vs->servers[n]);
	if (vs->quorum > sum)
		vs->quorum = sum > 0 ? (uint32_t)sum : 1;
	if (vs->hysteresis > 0 && vs->hysteresis >= vs->quorum)
		vs->hysteresis = vs->quorum - 1;
}

/* As in keepalived, real servers of another family than the group are left
 * out, and the others serve. */
static void drop_strangers(struct conf_reader *r,
			   const struct conf_model *model,
			   struct conf_virtual_server *vs)
{
	uint8_t family;
	uint32_t kept = 0;

	if (vs->id.by != CONF_BY_GROUP ||
	    vs->group == model->server_group_count)
		return;
	family = family_of_group(model, vs);
	if (family == IP_NONE)
		return;
	for (uint32_t n = 0; n < vs->server_count; n++) {
		const struct conf_real_server *rs = &vs->servers[n];
		struct conf_place place = place_of(&rs->span);

		if (fits(family, &rs->address, conf_server_forward(vs, rs))) {
			vs->servers[kept++] = *rs;
			continue;
		}
		conf_report_ignored(r->report, &place,
				    "write an address of the same family, or "
				    "lvs_method TUN",
				    "this real_server has another family than "
				    "virtual_server_group %s; it is left out",
				    vs->id.group);
	}
	if (kept < vs->server_count) {
		vs->server_count = kept;
		lower_quorum(vs);
	}
	drop_sorry(r, vs, family);
}

/* As in keepalived, one that can serve nothing is left out. */
static bool is_served(struct conf_reader *r, const struct conf_model *model,
		      const struct conf_virtual_server *vs)
{
	struct conf_place place = place_of(&vs->span);

	if (vs->id.by == CONF_BY_GROUP &&
	    vs->group == model->server_group_count)
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
	else if (vs->id.by == CONF_BY_GROUP && !families_fit(model, vs))
		conf_report_ignored(r->report, &place,
				    "write a group of one family, or "
				    "lvs_method TUN",
				    "virtual_server_group %s has entries of "
				    "both families, which its real servers "
				    "cannot have; this virtual_server is left "
				    "out",
				    vs->id.group);
	else
		return true;
	return false;
}

static bool same_service(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_model *model = context;

	return conf_block_virtual_server.same(&model->virtual_servers[a],
					      &model->virtual_servers[b]);
}

/* False: there is one already, which is told. */
static bool is_first(struct conf_reader *r, const struct conf_model *model,
		     struct conf_index *index, uint32_t number)
{
	const struct conf_virtual_server *vs = &model->virtual_servers[number];
	struct conf_place place = place_of(&vs->span);
	uint32_t hash = conf_block_virtual_server.hash(vs);
	uint32_t found = conf_index_put(index, r->memory, hash, number);

	if (found == CONF_INDEX_NONE)
		return true;
	conf_report_ignored(r->report, &place,
			    "write all its real servers in one virtual_server",
			    "there is a virtual_server of this service "
			    "already, in line %u; this one is left out",
			    model->virtual_servers[found].span.line);
	return false;
}

static void drop_unserved(struct conf_reader *r, struct conf_model *model)
{
	struct conf_index index = { .same = same_service, .context = model };
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->virtual_server_count; i++) {
		model->virtual_servers[kept] = model->virtual_servers[i];
		drop_strangers(r, model, &model->virtual_servers[kept]);
		if (is_served(r, model, &model->virtual_servers[kept]) &&
		    is_first(r, model, &index, kept))
			kept++;
	}
	model->virtual_server_count = kept;
	conf_index_free(&index, r->memory);
}

/* False: there is no such file, and nobody to tell it. */
static bool find_files_of(struct conf_reader *r, const struct map *map,
			  struct conf_real_server *rs)
{
	uint32_t kept = 0;

	for (uint32_t k = 0; k < rs->check_count; k++) {
		struct conf_check *check = &rs->checks[k];
		const char *name = check->file.name;
		struct conf_place place = place_of(&check->span);

		if (check->kind == CONF_CHECK_FILE) {
			check->file.file = map_find(map, name_hash(name), name);
			if (check->file.file == MAP_NONE && !r)
				return false;
			if (check->file.file == MAP_NONE) {
				conf_report_ignored(r->report, &place,
						    "write track_file NAME { }",
						    "there is no track_file "
						    "%s; this FILE_CHECK is "
						    "left out",
						    name);
				continue;
			}
		}
		rs->checks[kept++] = *check;
	}
	rs->check_count = kept;
	return true;
}

static bool is_track_file(const void *context, uint32_t number,
			  const void *name)
{
	const struct conf_model *model = context;

	return strcmp(model->files[number].is.name, name) == 0;
}

/*
 * The number of each track_file that a FILE_CHECK names. What names none is
 * told, as by keepalived, and left out; without a reader it is a failure.
 */
static bool find_files(struct conf_reader *r, struct arena *scratch,
		       struct conf_model *model)
{
	uint32_t room = model->file_count ? model->file_count : 1;
	void *memory = arena_alloc(scratch, map_memory(room));
	struct map map;

	if (!memory)
		return false;
	map_init(&map, memory, room, is_track_file, model);
	for (uint32_t n = 0; n < model->file_count; n++)
		MUST(map_put(&map, name_hash(model->files[n].is.name), n) == 0);
	for (uint32_t v = 0; v < model->virtual_server_count; v++) {
		struct conf_virtual_server *vs = &model->virtual_servers[v];

		if (v > 0 && vs->servers == vs[-1].servers)
			continue; /* they were looked at */
		for (uint32_t s = 0; s < vs->server_count; s++)
			if (!find_files_of(r, &map, &vs->servers[s]))
				return false;
	}
	return true;
}

/* lvs_sync_daemon names an instance; the old form stands in one. */
static void finish_sync(struct conf_reader *r, struct conf_model *model)
{
	struct conf_sync_daemon *sync = &model->global.lvs.sync;
	struct conf_place place = conf_note_place(
		&r->note, offsetof(struct conf_model, global.lvs.sync));
	bool found = !sync->instance;

	for (uint32_t i = 0; i < model->instance_count; i++) {
		struct conf_instance *one = &model->instances[i];

		found |= sync->instance &&
			 strcmp(one->name, sync->instance) == 0;
		if (one->sync_interface && !sync->interface) {
			sync->interface = one->sync_interface;
			sync->instance = one->name;
			found = true;
		}
		one->sync_interface = NULL;
	}
	if (found)
		return;
	conf_report_ignored(r->report, &place, NULL,
			    "there is no vrrp_instance %s; lvs_sync_daemon is "
			    "left out",
			    sync->instance);
	*sync = (struct conf_sync_daemon){ .id = CONF_SYNC_ID_UNSAID };
}

/* The instance of only_active. */
static void find_masters(struct conf_reader *r, struct conf_model *model)
{
	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		struct conf_virtual_server *vs = &model->virtual_servers[n];
		struct conf_place place = place_of(&vs->span);
		bool found = !vs->only_active;

		for (uint32_t i = 0; i < model->instance_count && !found; i++)
			found = strcmp(model->instances[i].name,
				       vs->only_active) == 0;
		if (found)
			continue;
		conf_report_ignored(r->report, &place, NULL,
				    "there is no vrrp_instance %s; only_active "
				    "is left out",
				    vs->only_active);
		vs->only_active = NULL;
	}
}

/* Of one group there may be several, by protocol or not. False: no memory. */
static bool number_servers(struct arena *scratch, struct conf_model *model)
{
	size_t size = (model->server_group_count + 1) * sizeof(uint32_t);
	uint32_t *seen = arena_alloc(scratch, size);

	if (!seen)
		return false;
	memset(seen, 0, size);
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		struct conf_virtual_server *vs = &model->virtual_servers[i];

		vs->ordinal =
			vs->id.by == CONF_BY_GROUP &&
					vs->group < model->server_group_count
				? seen[vs->group]++
				: 0;
	}
	return true;
}

void conf_servers_finish(struct conf_reader *r, struct conf_model *model)
{
	drop_groups(r, model);
	if (!find_groups(r->scratch, model) ||
	    !find_files(r, r->scratch, model)) {
		r->memory->failed = true;
		return;
	}
	drop_unserved(r, model);
	if (!number_servers(r->scratch, model))
		r->memory->failed = true;
	find_masters(r, model);
	finish_sync(r, model);
}

/* False: no memory, or a group or a file that is named is not there. */
bool conf_servers_derive(struct arena *arena, struct conf_model *model)
{
	struct arena scratch = arena_over(arena->obtain, arena->give_back);
	bool found = find_groups(&scratch, model) &&
		     number_servers(&scratch, model) &&
		     find_files(NULL, &scratch, model);

	arena_free(&scratch);
	for (size_t i = 0; found && i < model->virtual_server_count; i++)
		found = model->virtual_servers[i].id.by != CONF_BY_GROUP ||
			model->virtual_servers[i].group <
				model->server_group_count;
	return found;
}

bool conf_server_is_marked(const struct conf_model *model,
			   const struct conf_virtual_server *vs)
{
	const struct conf_server_group *group;

	if (!model->global.lvs.marks.table || vs->id.by != CONF_BY_GROUP)
		return false;
	group = &model->server_groups[vs->group];
	for (size_t i = 0; i < group->entry_count; i++)
		if (group->entries[i].mark)
			return false;
	return true;
}

void conf_server_families(const struct conf_model *model,
			  const struct conf_virtual_server *vs, bool has[2])
{
	const struct conf_server_group *group =
		&model->server_groups[vs->group];

	has[0] = has[1] = false;
	for (size_t i = 0; i < group->entry_count; i++)
		has[group->entries[i].first.family == IP_V6] = true;
}

uint32_t conf_service_count(const struct conf_model *model,
			    const struct conf_virtual_server *vs)
{
	bool has[2];

	if (!conf_server_is_marked(model, vs))
		return conf_address_count(model, vs);
	conf_server_families(model, vs, has);
	return (uint32_t)has[0] + has[1];
}

uint32_t conf_address_count(const struct conf_model *model,
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
