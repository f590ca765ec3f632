/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual servers are matched by what they are in the kernel: family,
 * protocol, address and port; a mark; or a group. Real servers are then
 * matched within each (schema/compare.h).
 */
#include "conf/model/plan_servers.h"

#include "base/map.h"
#include "base/must.h"
#include "conf/model/rows.h"
#include "conf/schema/print.h"

#include <stdio.h>
#include <string.h>

#define SERVERS (&conf_block_virtual_server)

/* What is kept while rows are put. */
struct work {
	const struct conf_model *old, *new;
	struct arena *arena;
	struct arena scratch; /* of one comparison */
	struct conf_difference *text;
	struct conf_plan *plan;
	struct conf_plan_row *rows;
	struct map map;   /* of the old ones */
	uint32_t *origin; /* of each new one, or CONF_PLAN_NONE */
	bool *kept;       /* of each old one: it is in the new model */
};

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct work *w = context;

	return !w->kept[number] &&
	       SERVERS->same(&w->old->virtual_servers[number], key);
}

static void start(struct work *w, enum conf_plan_kind kind,
		  const struct conf_virtual_server *vs)
{
	struct conf_out out = { conf_difference_write, w->text };

	w->text->length = 0;
	conf_put(&out, "%s virtual_server ", conf_plan_kind_name(kind));
	conf_print_heads(SERVERS, vs, &out);
}

static bool put(struct work *w, enum conf_plan_kind kind, uint32_t index_old,
		uint32_t index_new)
{
	const char *text = arena_text(w->arena, w->text->text, w->text->length);

	w->rows[w->plan->row_count++] = (struct conf_plan_row){
		.kind = kind,
		.index_old = index_old,
		.index_new = index_new,
		.text = text,
	};
	w->plan->counts[kind]++;
	return text;
}

/* "3 real servers" */
static void count_servers(struct work *w, const struct conf_virtual_server *vs)
{
	struct conf_out out = { conf_difference_write, w->text };

	conf_put(&out, ": %u real server%s", vs->server_count,
		 vs->server_count == 1 ? "" : "s");
}

static bool added(struct work *w)
{
	for (uint32_t n = 0; n < w->new->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&w->new->virtual_servers[n];

		if (w->origin[n] != CONF_PLAN_NONE)
			continue;
		start(w, CONF_PLAN_SERVER_ADDS, vs);
		count_servers(w, vs);
		if (!put(w, CONF_PLAN_SERVER_ADDS, CONF_PLAN_NONE, n))
			return false;
	}
	return true;
}

static bool removed(struct work *w)
{
	for (uint32_t n = 0; n < w->old->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&w->old->virtual_servers[n];

		if (w->kept[n])
			continue;
		start(w, CONF_PLAN_SERVER_REMOVES, vs);
		count_servers(w, vs);
		if (!put(w, CONF_PLAN_SERVER_REMOVES, n, CONF_PLAN_NONE))
			return false;
	}
	return true;
}

static bool changed(struct work *w)
{
	bool failed = false;

	for (uint32_t n = 0; n < w->new->virtual_server_count && !failed; n++) {
		const struct conf_virtual_server *vs =
			&w->new->virtual_servers[n];
		uint32_t old = w->origin[n];
		bool differs;

		if (old == CONF_PLAN_NONE)
			continue;
		start(w, CONF_PLAN_SERVER_CHANGES, vs);
		differs = conf_compare_object(SERVERS,
					      &w->old->virtual_servers[old], vs,
					      &w->scratch, w->text, &failed);
		arena_free(&w->scratch);
		if (!differs)
			w->plan->unchanged++;
		else if (!put(w, CONF_PLAN_SERVER_CHANGES, old, n))
			return false;
	}
	return !failed;
}

static void match(struct work *w)
{
	for (uint32_t n = 0; n < w->old->virtual_server_count; n++)
		MUST(map_put(&w->map,
			     SERVERS->hash(&w->old->virtual_servers[n]),
			     n) == 0);
	for (uint32_t n = 0; n < w->new->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&w->new->virtual_servers[n];
		uint32_t found = map_find(&w->map, SERVERS->hash(vs), vs);

		w->origin[n] = found == MAP_NONE ? CONF_PLAN_NONE : found;
		if (found != MAP_NONE)
			w->kept[found] = true;
	}
}

uint32_t conf_plan_servers_rows(const struct conf_model *old,
				const struct conf_model *new)
{
	return old->virtual_server_count + new->virtual_server_count;
}

bool conf_plan_servers(const struct conf_model *old,
		       const struct conf_model *new, struct arena *arena,
		       struct conf_difference *text, struct conf_plan *plan,
		       struct conf_plan_row *rows)
{
	uint32_t olds = old->virtual_server_count;
	uint32_t room = olds ? olds : 1;
	struct arena work = arena_over(arena->obtain, arena->give_back);
	struct work w = { .old = old,
			  .new = new,
			  .arena = arena,
			  .text = text,
			  .plan = plan,
			  .rows = rows };
	void *memory = arena_alloc(&work, map_memory(room));
	bool done;

	w.scratch = arena_over(arena->obtain, arena->give_back);
	w.origin = arena_alloc(&work,
			       new->virtual_server_count * sizeof(*w.origin));
	w.kept = arena_alloc(&work, olds * sizeof(*w.kept));
	done = memory && w.origin && w.kept;
	if (done) {
		map_init(&w.map, memory, room, same, &w);
		match(&w);
		done = added(&w) && removed(&w) && changed(&w);
	}
	arena_free(&work);
	return done;
}

bool conf_plan_only_weights(const struct conf_virtual_server *old,
			    const struct conf_virtual_server *new,
			    struct arena *arena)
{
	struct arena work = arena_over(arena->obtain, arena->give_back);
	struct conf_virtual_server as = *new;
	struct conf_difference *text = arena_alloc(&work, sizeof(*text));
	bool same = text && old->server_count == new->server_count,
	     failed = false;

	as.weight = old->weight;
	as.servers = arena_alloc(&work, (new->server_count + (size_t)1) *
						sizeof(*as.servers));
	same &= as.servers != NULL;
	for (uint32_t n = 0; same && n < new->server_count; n++) {
		const struct conf_real_server *was = &old->servers[n];

		as.servers[n] = new->servers[n];
		as.servers[n].weight = was->weight;
		same = was->port ==
		       new->servers[n].port &&ip_equal(
			       &was->address, &new->servers[n].address);
	}
	if (same) {
		same = !conf_compare_object(SERVERS, old, &as, &work, text,
					    &failed);
	}
	arena_free(&work);
	return same && !failed;
}
