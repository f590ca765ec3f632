/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which instances are added, removed, changed or unchanged, as rows. What has
 * changed within one is difference.c's.
 */
#include "conf/model/plan.h"
#include "base/map.h"
#include "base/must.h"
#include "conf/model/plan_servers.h"
#include "conf/model/rows.h"
#include "conf/schema/compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* An instance that is looked for. */
struct wanted {
	const struct conf_instance *instance;
	bool same_name;
};

/* What is kept while a plan is made. */
struct work {
	const struct conf_model *old, *new;
	struct arena *arena;
	struct conf_plan *plan;
	struct conf_plan_row *rows;
	uint32_t *origin;
	bool *kept;           /* of each old instance: it is in the new model */
	struct map routers;   /* of the old model, by what they are */
	struct map names;     /* of the old model, by name */
	struct arena scratch; /* of one comparison */
	bool failed;          /* no memory */
	struct conf_difference text;
};

static uint32_t router_hash(const struct conf_instance *instance)
{
	unsigned char key[CONF_INTERFACE_MAX + 2] = { 0 };
	const char *interface = conf_interface(instance);
	size_t length = strlen(interface);

	MUST(length <= CONF_INTERFACE_MAX);
	memcpy(key, interface, length);
	key[CONF_INTERFACE_MAX] = instance->vrrp.family;
	key[CONF_INTERFACE_MAX + 1] = instance->vrrp.vrid;
	return map_hash(key, sizeof(key));
}

/* One that is not taken yet: several may be one virtual router, to peers. */
static bool same_router(const void *context, uint32_t number, const void *key)
{
	const struct work *w = context;
	const struct wanted *wanted = key;
	const struct conf_instance *a = &w->old->instances[number];
	const struct conf_instance *b = wanted->instance;

	return !w->kept[number] && a->vrrp.vrid == b->vrrp.vrid &&
	       a->vrrp.family == b->vrrp.family &&
	       strcmp(conf_interface(a), conf_interface(b)) == 0 &&
	       (!wanted->same_name || strcmp(a->name, b->name) == 0);
}

static uint32_t name_hash(const struct conf_instance *instance)
{
	return map_hash(instance->name, strlen(instance->name));
}

static bool same_name(const void *context, uint32_t number, const void *key)
{
	const struct conf_model *old = context;
	const struct conf_instance *b = key;

	return strcmp(old->instances[number].name, b->name) == 0;
}

__attribute__((format(printf, 2, 3))) static void put(struct work *w,
						      const char *format, ...)
{
	char text[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	MUST(length >= 0 && length < (int)sizeof(text));
	conf_difference_write(&w->text, text, (size_t)length);
}

/* What differs is appended to the line; false: nothing. */
static bool compare(struct work *w, const struct conf_block *block,
		    const void *old, const void *new)
{
	bool differs = conf_compare_object(block, old, new, &w->scratch,
					   &w->text, &w->failed);

	arena_free(&w->scratch);
	return differs;
}

static void put_row(struct work *w, enum conf_plan_kind kind,
		    uint32_t index_old, uint32_t index_new, const char *text)
{
	w->rows[w->plan->row_count++] = (struct conf_plan_row){
		.kind = kind,
		.index_old = index_old,
		.index_new = index_new,
		.text = text,
	};
	w->plan->counts[kind]++;
}

/* The text that was written so far, to stay; NULL when there is no memory. */
static const char *take_text(struct work *w)
{
	return arena_text(w->arena, w->text.text, w->text.length);
}

/* The start of a line. */
static void start(struct work *w, enum conf_plan_kind kind, const char *name)
{
	w->text.length = 0;
	put(w, "%s %s", conf_plan_kind_name(kind), name);
}

/* Which one, where two of one name must be told apart. */
static void put_router(struct work *w, const struct conf_instance *instance)
{
	put(w, ": virtual_router_id %u on %s, %s", instance->vrrp.vrid,
	    instance->interface,
	    instance->vrrp.family == IP_V4 ? "IPv4" : "IPv6");
}

/* The old instance of the same name, or MAP_NONE. */
static uint32_t namesake(const struct work *w,
			 const struct conf_instance *instance)
{
	return map_find(&w->names, name_hash(instance), instance);
}

/* What is the machine's, and no instance's. */
static bool plan_part(struct work *w, const struct conf_block *block,
		      const void *old, const void *new)
{
	const char *text;

	start(w, CONF_PLAN_GLOBAL, block->name);
	if (!compare(w, block, old, new))
		return true;
	text = take_text(w);
	if (text)
		put_row(w, CONF_PLAN_GLOBAL, CONF_PLAN_NONE, CONF_PLAN_NONE,
			text);
	return text;
}

#define PARTS 4

static bool plan_parts(struct work *w)
{
	const struct conf_model *old = w->old, *new = w->new;

	return plan_part(w, &conf_block_global, &old->global, &new->global) &&
	       plan_part(w, &conf_block_static, old, new) &&
	       plan_part(w, &conf_block_targets, old, new) &&
	       plan_part(w, &conf_block_others, old, new);
}

/* Rows of what is new; `shared` gets the old instances of the same names. */
static bool plan_added(struct work *w, bool *shared)
{
	for (uint32_t n = 0; n < w->new->instance_count; n++) {
		const struct conf_instance *instance = &w->new->instances[n];
		const char *text;
		uint32_t other;

		if (w->origin[n] != CONF_PLAN_NONE)
			continue;
		other = namesake(w, instance);
		start(w, CONF_PLAN_ADDS, instance->name);
		if (other != MAP_NONE) {
			shared[other] = true;
			put_router(w, instance);
		}
		text = take_text(w);
		if (!text)
			return false;
		put_row(w, CONF_PLAN_ADDS, CONF_PLAN_NONE, n, text);
	}
	return true;
}

static bool plan_removed(struct work *w, const bool *shared)
{
	for (uint32_t n = 0; n < w->old->instance_count; n++) {
		const struct conf_instance *instance = &w->old->instances[n];
		const char *text;

		if (w->kept[n])
			continue;
		start(w, CONF_PLAN_REMOVES, instance->name);
		if (shared[n])
			put_router(w, instance);
		text = take_text(w);
		if (!text)
			return false;
		put_row(w, CONF_PLAN_REMOVES, n, CONF_PLAN_NONE, text);
	}
	return true;
}

static bool plan_changed(struct work *w)
{
	for (uint32_t n = 0; n < w->new->instance_count; n++) {
		const struct conf_instance *to = &w->new->instances[n];
		uint32_t index_old = w->origin[n];
		const char *text;

		if (index_old == CONF_PLAN_NONE)
			continue;
		start(w, CONF_PLAN_CHANGES, to->name);
		if (!compare(w, &conf_block_instance,
			     &w->old->instances[index_old], to)) {
			w->plan->unchanged++;
			continue;
		}
		text = take_text(w);
		if (!text)
			return false;
		put_row(w, CONF_PLAN_CHANGES, index_old, n, text);
	}
	return true;
}

static void match_some(struct work *w, bool same_name)
{
	for (uint32_t n = 0; n < w->new->instance_count; n++) {
		const struct wanted wanted = { &w->new->instances[n],
					       same_name };
		uint32_t found = MAP_NONE;

		if (w->origin[n] == CONF_PLAN_NONE)
			found = map_find(&w->routers,
					 router_hash(wanted.instance), &wanted);
		if (found == MAP_NONE)
			continue;
		w->origin[n] = found;
		w->kept[found] = true;
	}
}

static void match(struct work *w)
{
	for (uint32_t n = 0; n < w->old->instance_count; n++) {
		const struct conf_instance *instance = &w->old->instances[n];

		MUST(map_put(&w->routers, router_hash(instance), n) == 0);
		MUST(map_put(&w->names, name_hash(instance), n) == 0);
	}
	for (uint32_t n = 0; n < w->new->instance_count; n++)
		w->origin[n] = CONF_PLAN_NONE;
	match_some(w, true);
	match_some(w, false);
}

struct conf_plan *conf_plan(const struct conf_model *old,
			    const struct conf_model *new, struct arena *arena)
{
	struct work w = { .old = old, .new = new, .arena = arena };
	size_t olds = old->instance_count;
	uint32_t capacity = olds ? (uint32_t)olds : 1;
	void *routers = arena_alloc(arena, map_memory(capacity));
	void *names = arena_alloc(arena, map_memory(capacity));
	bool *shared = arena_alloc(arena, olds * sizeof(*shared));

	w.plan = arena_alloc(arena, sizeof(*w.plan));
	w.rows = arena_alloc(arena, (olds + new->instance_count + PARTS +
				     conf_plan_servers_rows(old, new)) *
					    sizeof(*w.rows));
	w.origin = arena_alloc(arena, new->instance_count * sizeof(*w.origin));
	w.kept = arena_alloc(arena, olds * sizeof(*w.kept));
	w.scratch = arena_over(arena->obtain, arena->give_back);
	if (!routers || !names || !shared || !w.plan || !w.rows || !w.origin ||
	    !w.kept)
		return NULL;
	map_init(&w.routers, routers, capacity, same_router, &w);
	map_init(&w.names, names, capacity, same_name, old);
	match(&w);
	w.plan->rows = w.rows;
	w.plan->origin = w.origin;
	if (!plan_parts(&w) || !plan_added(&w, shared) ||
	    !plan_removed(&w, shared) || !plan_changed(&w) || w.failed ||
	    !conf_plan_servers(old, new, arena, &w.text, w.plan, w.rows))
		return NULL;
	return w.plan;
}

bool conf_plan_is_empty(const struct conf_plan *plan)
{
	return plan->row_count == 0;
}

void conf_plan_print(const struct conf_plan *plan,
		     const struct conf_plan_remarks *remarks,
		     void (*write)(void *to, const char *text, size_t length),
		     void *to)
{
	size_t seen[CONF_PLAN_KIND_COUNT] = { 0 };
	char line[64];

	for (size_t i = 0; i < plan->row_count; i++) {
		const struct conf_plan_row *row = &plan->rows[i];
		size_t number = ++seen[row->kind];
		size_t more = plan->counts[row->kind] - CONF_PLAN_PRINTED_MAX;

		if (number <= CONF_PLAN_PRINTED_MAX) {
			const char *remark =
				remarks ? remarks->of(remarks->context, row)
					: "";

			write(to, row->text, strlen(row->text));
			if (*remark)
				write(to, "; ", 2);
			write(to, remark, strlen(remark));
			write(to, "\n", 1);
		} else if (number == CONF_PLAN_PRINTED_MAX + 1) {
			snprintf(line, sizeof(line), "%s %zu more\n",
				 conf_plan_kind_name(row->kind), more);
			write(to, line, strlen(line));
		}
	}
	snprintf(line, sizeof(line), "%zu unchanged\n", plan->unchanged);
	write(to, line, strlen(line));
}
