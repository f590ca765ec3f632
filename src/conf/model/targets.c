/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be tracked besides interfaces, and who tracks it: what is wrong
 * with these beside each other. keepalived.conf(5), track_script and its like.
 */
#include "conf/model/targets.h"

#include "base/map.h"
#include "base/must.h"
#include "conf/model/finish.h"
#include "conf/model/tracked_servers.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* A kind: where its list is in the model, and what an item of it needs. */
struct kind {
	size_t list, count, size;
	size_t needs;     /* the offset of a pointer; NULL: it is of no use */
	int16_t weight;   /* where nobody says one */
	const char *word; /* of the block */
	const char *in;   /* ... of the list of who tracks it */
	const char *lacks, *remedy;
};

#define IN_MODEL(m, n, s)                                                      \
	.list = offsetof(struct conf_model, m),                                \
	.count = offsetof(struct conf_model, n), .size = sizeof(struct s)

static const struct kind kinds[] = {
	[VRRP_TARGET_SCRIPT] = {
		IN_MODEL(scripts, script_count, conf_script),
		.needs = offsetof(struct conf_script, command),
		.word = "vrrp_script",
		.in = "track_script",
		.lacks = "script",
		.remedy = "write: script \"/bin/check\"",
	},
	[VRRP_TARGET_FILE] = {
		IN_MODEL(files, file_count, conf_track_file),
		.needs = offsetof(struct conf_track_file, path),
		.weight = 1,
		.word = "track_file",
		.in = "track_file",
		.lacks = "file",
		.remedy = "write: file /run/number",
	},
	[VRRP_TARGET_PROCESS] = {
		IN_MODEL(processes, process_count, conf_track_process),
		.needs = offsetof(struct conf_track_process, process.list),
		.word = "vrrp_track_process",
		.in = "track_process",
		.lacks = "process",
		.remedy = "write: process nginx",
	},
	[VRRP_TARGET_VIRTUAL] = {
		IN_MODEL(tracked_servers, tracked_server_count,
			 conf_tracked_server),
		.word = "virtual_server",
		.in = "track_virtual_server",
	},
};
static_assert(ARRAY_LENGTH(kinds) == VRRP_TARGETS, "a row for each");

/* An item begins with a struct conf_target. */
static char *item_at(const struct conf_model *m, const struct kind *k,
		     uint32_t n)
{
	char *list;

	memcpy(&list, (const char *)m + k->list, sizeof(list));
	return list + n * k->size;
}

static struct conf_target *target_at(const struct conf_model *m,
				     const struct kind *k, uint32_t n)
{
	return (struct conf_target *)(void *)item_at(m, k, n);
}

static uint32_t *count_of(const struct conf_model *m, const struct kind *k)
{
	return (uint32_t *)(uintptr_t)((const char *)m + k->count);
}

uint32_t conf_target_count(const struct conf_model *model,
			   enum vrrp_target kind)
{
	return *count_of(model, &kinds[kind]);
}

const struct conf_target *conf_target_at(const struct conf_model *model,
					 enum vrrp_target kind, uint32_t n)
{
	return target_at(model, &kinds[kind], n);
}

uint32_t conf_target_first(const struct conf_model *model,
			   enum vrrp_target kind)
{
	uint32_t first = 0;

	for (unsigned k = 0; k < kind; k++)
		first += *count_of(model, &kinds[k]);
	return first;
}

uint32_t conf_targets(const struct conf_model *model)
{
	return conf_target_first(model, VRRP_TARGETS);
}

struct conf_weight conf_tracked_weight(const struct conf_model *model,
				       enum vrrp_target kind,
				       const struct conf_tracked *tracked)
{
	const struct conf_target *target =
		conf_target_at(model, kind, tracked->target);

	if (tracked->weight.written)
		return tracked->weight;
	if (target->weight.written)
		return target->weight;
	return (struct conf_weight){ .value = kinds[kind].weight };
}

uint32_t conf_tracked_count(const struct conf_tracking *tracking)
{
	uint32_t count = 0;

	for (unsigned k = 0; k < VRRP_TARGETS; k++)
		count += tracking->count[k];
	return count;
}

/* Adds those of one that tracks. */
static void add_used(const struct conf_model *model,
		     const struct conf_tracking *tracking, uint32_t *used)
{
	for (unsigned k = 0; k < VRRP_TARGETS; k++) {
		uint32_t first = conf_target_first(model, (enum vrrp_target)k);

		for (uint32_t n = 0; n < tracking->count[k]; n++)
			used[first + tracking->list[k][n].target]++;
	}
}

/* How many FILE_CHECKs of a real server look at that file. */
static uint32_t checks_of(const struct conf_real_server *server,
			  const char *name)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < server->check_count; n++) {
		const struct conf_check *check = &server->checks[n];

		count += check->kind == CONF_CHECK_FILE && check->file.name &&
			 strcmp(check->file.name, name) == 0;
	}
	return count;
}

/* Of all real servers; a target that is no file has none. */
static uint32_t checked_by(const struct conf_model *model,
			   enum vrrp_target kind, const char *name)
{
	uint32_t count = 0;

	if (kind != VRRP_TARGET_FILE)
		return 0;
	for (uint32_t v = 0; v < model->virtual_server_count; v++)
		for (uint32_t r = 0; r < model->virtual_servers[v].server_count;
		     r++)
			count += checks_of(
				&model->virtual_servers[v].servers[r], name);
	return count;
}

void conf_targets_used(const struct conf_model *model, uint32_t *used)
{
	memset(used, 0, conf_targets(model) * sizeof(*used));
	for (uint32_t n = 0; n < model->instance_count; n++)
		add_used(model, &model->instances[n].tracking, used);
	for (uint32_t n = 0; n < model->group_count; n++)
		add_used(model, &model->groups[n].tracking, used);
	for (uint32_t n = 0; n < conf_target_count(model, VRRP_TARGET_FILE);
	     n++)
		used[conf_target_first(model, VRRP_TARGET_FILE) + n] +=
			checked_by(model, VRRP_TARGET_FILE,
				   conf_target_at(model, VRRP_TARGET_FILE, n)
					   ->name);
}

/* What two of one name are found by, in a list that is being made. */
struct list {
	const struct conf_model *model;
	const struct kind *kind;
};

static bool same_name(const void *context, uint32_t a, uint32_t b)
{
	const struct list *l = context;

	/* Texts are kept once. */
	return target_at(l->model, l->kind, a)->name ==
	       target_at(l->model, l->kind, b)->name;
}

static uint32_t kept_hash(const char *name)
{
	return map_hash(&name, sizeof(name));
}

/* Whether an item is whole; what is not was told. */
static bool is_whole(struct conf_reader *r, const struct kind *k,
		     const char *item)
{
	const struct conf_target *one = (const void *)item;
	struct conf_place place = { .span = one->span };
	const void *needed;

	memcpy(&needed, item + k->needs, sizeof(needed));
	if (!needed)
		conf_report_ignored(r->report, &place, k->remedy,
				    "%s %s has no %s; it is left out", k->word,
				    one->name, k->lacks);
	return needed;
}

/* Of two of one name the first counts; one without its main word is none. */
static void drop_targets(struct conf_reader *r, struct conf_model *m,
			 const struct kind *k)
{
	struct list list = { m, k };
	struct conf_index index = { .same = same_name, .context = &list };
	uint32_t *count = count_of(m, k), kept = 0;

	for (uint32_t n = 0; n < *count; n++) {
		struct conf_target *one = target_at(m, k, kept);
		struct conf_place place;
		uint32_t found;

		memmove(item_at(m, k, kept), item_at(m, k, n), k->size);
		if (!is_whole(r, k, item_at(m, k, kept)))
			continue;
		place = (struct conf_place){ .span = one->span };
		found = conf_index_put(&index, r->memory, kept_hash(one->name),
				       kept);
		if (found == CONF_INDEX_NONE)
			kept++;
		else
			conf_report_ignored(
				r->report, &place,
				"give each a name of its own",
				"there is a %s %s already, in line %u; this "
				"one is left out",
				k->word, one->name,
				target_at(m, k, found)->span.line);
	}
	*count = kept;
	conf_index_free(&index, r->memory);
}

static bool named(const void *context, uint32_t number, const void *key)
{
	const struct list *l = context;

	return strcmp(target_at(l->model, l->kind, number)->name, key) == 0;
}

/* Those of a kind by their names; false: no memory. */
static bool index_names(struct arena *arena, const struct list *list,
			struct map *names, uint32_t (*hash)(const char *name))
{
	uint32_t count = *count_of(list->model, list->kind);
	uint32_t capacity = count ? count : 1;
	void *memory = arena_alloc(arena, map_memory(capacity));

	if (!memory)
		return false;
	map_init(names, memory, capacity, named, list);
	for (uint32_t n = 0; n < count; n++) {
		const char *name = target_at(list->model, list->kind, n)->name;

		map_put(names, hash(name), n);
	}
	return true;
}

/* Why an entry does not count, or NULL. `earlier` of the list are kept. */
static const char *useless(const struct conf_model *m, enum vrrp_target kind,
			   const struct conf_tracking *t, bool owner,
			   const struct conf_tracked *one, size_t earlier)
{
	if (owner && conf_tracked_weight(m, kind, one).value != 0)
		return "priority 255 is never changed";
	for (size_t i = 0; i < earlier; i++)
		if (t->list[kind][i].target == one->target)
			return "it stands in the list already";
	return NULL;
}

/* Who comes from keepalived may not know that it never ran. */
static void check_order(struct conf_reader *r, const struct conf_target *target,
			const struct conf_tracked *one)
{
	struct conf_place place = { .span = one->span };

	if (target->span.file == one->span.file &&
	    target->span.line > one->span.line)
		conf_report_ignored(r->report, &place,
				    "for keepalived, write it above",
				    "%s is tracked; keepalived does not, since "
				    "it is defined below",
				    one->name);
}

/* That there is none, or that it could be several. */
static void tell_missing(struct conf_reader *r, const struct kind *k,
			 const struct conf_tracked *one)
{
	struct conf_place place = { .span = one->span };

	if (one->target == CONF_SERVER_SEVERAL)
		conf_report_ignored(r->report, &place,
				    "write [ADDRESS]:PROTOCOL:PORT",
				    "%s in %s has no effect: several %ss are "
				    "called so",
				    one->name, k->in, k->word);
	else
		conf_report_ignored(r->report, &place, NULL,
				    "%s in %s has no effect: there is no such "
				    "%s",
				    one->name, k->in, k->word);
}

/* The list of one kind, of an instance or a sync group, whose targets are
 * known. `used` may be NULL. */
static void keep_useful(struct conf_reader *r, struct conf_model *m,
			enum vrrp_target kind, struct conf_tracking *t,
			bool owner, bool *used)
{
	const struct kind *k = &kinds[kind];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < t->count[kind]; i++) {
		struct conf_tracked one = t->list[kind][i];
		struct conf_place place = { .span = one.span };
		const char *why = NULL;

		if (one.target >= *count_of(m, k)) {
			tell_missing(r, k, &one);
			continue;
		}
		if (used)
			used[one.target] = true;
		why = useless(m, kind, t, owner, &one, kept);
		if (why)
			conf_report_ignored(r->report, &place, NULL,
					    "%s in %s has no effect: %s",
					    one.name, k->in, why);
		else
			t->list[kind][kept++] = one;
		if (!why && kind == VRRP_TARGET_SCRIPT)
			check_order(r, target_at(m, k, one.target), &one);
	}
	t->count[kind] = kept;
}

static void finish_list(struct conf_reader *r, struct conf_model *m,
			enum vrrp_target kind, const struct map *names,
			struct conf_tracking *t, bool owner, bool *used)
{
	for (uint32_t i = 0; i < t->count[kind]; i++) {
		struct conf_tracked *one = &t->list[kind][i];

		one->target = map_find(names, kept_hash(one->name), one->name);
	}
	keep_useful(r, m, kind, t, owner, used);
}

static void finish_kind(struct conf_reader *r, struct conf_model *m,
			enum vrrp_target kind)
{
	const struct kind *k = &kinds[kind];
	struct list list = { m, k };
	struct map names;
	bool *used;

	drop_targets(r, m, k);
	used = arena_alloc(r->scratch, *count_of(m, k) * sizeof(*used));
	if (!used || !index_names(r->scratch, &list, &names, kept_hash)) {
		r->memory->failed = true;
		return;
	}
	for (uint32_t i = 0; i < m->instance_count; i++)
		finish_list(r, m, kind, &names, &m->instances[i].tracking,
			    m->instances[i].vrrp.priority ==
				    VRRP_PRIORITY_OWNER,
			    used);
	for (uint32_t i = 0; i < m->group_count; i++)
		finish_list(r, m, kind, &names, &m->groups[i].tracking, false,
			    used);
	for (uint32_t n = 0; n < *count_of(m, k); n++) {
		const struct conf_target *one = target_at(m, k, n);
		struct conf_place place = { .span = one->span };

		if (!used[n] && !checked_by(m, kind, one->name))
			conf_report(r->report, CONF_NOTE, &place, NULL,
				    "nothing tracks %s %s; %s", k->word,
				    one->name,
				    kind == VRRP_TARGET_SCRIPT
					    ? "it is not run"
					    : "it is not looked at");
	}
}

void conf_targets_finish(struct conf_reader *r, struct conf_model *m)
{
	for (unsigned k = 0; k < VRRP_TARGETS; k++)
		if (k != VRRP_TARGET_VIRTUAL)
			finish_kind(r, m, (enum vrrp_target)k);
}

static void find_servers(struct arena *arena, struct conf_model *m,
			 struct conf_tracking *t)
{
	for (uint32_t n = 0; n < t->count[VRRP_TARGET_VIRTUAL]; n++) {
		struct conf_tracked *one = &t->list[VRRP_TARGET_VIRTUAL][n];

		one->target = conf_tracked_servers_add(arena, m, one->name);
	}
}

void conf_tracked_servers_finish(struct conf_reader *r, struct conf_model *m)
{
	const enum vrrp_target kind = VRRP_TARGET_VIRTUAL;

	if (!conf_tracked_servers_begin(r->arena, m)) {
		struct conf_place place = { 0 };

		conf_report(r->report, CONF_ERROR, &place, NULL,
			    "there are more than %u entries of "
			    "track_virtual_server",
			    CONF_TRACKED_SERVERS_MAX);
		return;
	}
	for (uint32_t i = 0; i < m->instance_count; i++) {
		struct conf_instance *c = &m->instances[i];

		find_servers(r->arena, m, &c->tracking);
		keep_useful(r, m, kind, &c->tracking,
			    c->vrrp.priority == VRRP_PRIORITY_OWNER, NULL);
	}
	for (uint32_t i = 0; i < m->group_count; i++) {
		find_servers(r->arena, m, &m->groups[i].tracking);
		keep_useful(r, m, kind, &m->groups[i].tracking, false, NULL);
	}
}

static uint32_t text_hash(const char *name)
{
	return map_hash(name, strlen(name));
}

/* False: somebody tracks what there is not. */
static bool find_targets(const struct map *names, const struct conf_tracking *t,
			 unsigned kind)
{
	for (uint32_t n = 0; n < t->count[kind]; n++) {
		struct conf_tracked *one = &t->list[kind][n];

		one->target = map_find(names, text_hash(one->name), one->name);
		if (one->target == MAP_NONE)
			return false;
	}
	return true;
}

/* The same of virtual servers, which are found another way. */
static bool derive_servers(struct arena *arena, struct conf_model *m,
			   struct conf_tracking *t)
{
	find_servers(arena, m, t);
	for (uint32_t n = 0; n < t->count[VRRP_TARGET_VIRTUAL]; n++)
		if (t->list[VRRP_TARGET_VIRTUAL][n].target >=
		    m->tracked_server_count)
			return false;
	return true;
}

static bool derive_all_servers(struct arena *arena, struct conf_model *m)
{
	if (!conf_tracked_servers_begin(arena, m))
		return false;
	for (uint32_t i = 0; i < m->instance_count; i++)
		if (!derive_servers(arena, m, &m->instances[i].tracking))
			return false;
	for (uint32_t i = 0; i < m->group_count; i++)
		if (!derive_servers(arena, m, &m->groups[i].tracking))
			return false;
	return true;
}

bool conf_targets_derive(struct arena *arena, struct conf_model *m)
{
	if (!derive_all_servers(arena, m))
		return false;
	for (unsigned k = 0; k < VRRP_TARGETS; k++) {
		struct list list = { m, &kinds[k] };
		struct map names;

		if (k == VRRP_TARGET_VIRTUAL)
			continue;
		if (!index_names(arena, &list, &names, text_hash))
			return false;
		for (uint32_t i = 0; i < m->instance_count; i++)
			if (!find_targets(&names, &m->instances[i].tracking, k))
				return false;
		for (uint32_t i = 0; i < m->group_count; i++)
			if (!find_targets(&names, &m->groups[i].tracking, k))
				return false;
	}
	return true;
}
