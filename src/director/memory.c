/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the core knows of virtual and real servers, in the book of `lvs`: the
 * process that comes after this one, also for another configuration, goes on
 * with it (lvs/save.h). So nothing is told twice, and orders and ramps go on.
 */
#include "director/director_state.h"

#include "conf/model/tracked_servers.h"
#include "ledger/lvs.h"
#include "lvs/save.h"
#include "sys/wake.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static_assert(sizeof(struct lvs_saved_server) <= LEDGER_LVS_SAVED_SERVER &&
		      sizeof(struct lvs_saved_service) <=
			      LEDGER_LVS_SAVED_VIRTUAL,
	      "they have room");

static bool has_key(const void *context, uint32_t number, const void *key)
{
	const struct director *d = context;

	return memcmp(&d->keys[number], key, sizeof(d->keys[number])) == 0;
}

int memory_setup(struct director *d)
{
	uint32_t virtuals = d->model->virtual_server_count;

	d->keys = calloc(virtuals + 1, sizeof(*d->keys));
	d->by_key_memory = malloc(map_memory(virtuals + 1));
	if (!d->keys || !d->by_key_memory)
		return -ENOMEM;
	map_init(&d->by_key, d->by_key_memory, virtuals + 1, has_key, d);
	for (uint32_t n = 0; n < virtuals; n++) {
		d->keys[n] = conf_server_key(d->model, n);
		map_put(&d->by_key, map_hash(&d->keys[n], sizeof(d->keys[n])),
			n);
	}
	return 0;
}

static_assert(LVS_NONE == MAP_NONE, "nothing is nothing");

uint32_t memory_find(const struct director *d, uint64_t key)
{
	return map_find(&d->by_key, map_hash(&key, sizeof(key)), &key);
}

/* Of each virtual server of the book its number here, or LVS_NONE. */
static void adopt_virtuals(struct director *d, uint32_t *numbers,
			   uint32_t count)
{
	for (uint32_t n = 0; n < count; n++) {
		struct ledger_lvs_virtual was;
		struct lvs_saved_service saved;

		ledger_read_lvs_virtual(d->ledger, n, &was);
		numbers[n] = memory_find(d, was.key);
		if (numbers[n] == LVS_NONE)
			continue;
		memcpy(&saved, was.saved, sizeof(saved));
		saved.told = told_since(d, was.key, NULL, 0, saved.told);
		lvs_adopt_service(&d->core, numbers[n], &saved, was.length);
	}
}

static void end_virtual(struct director *d, const struct ledger_lvs_virtual *of)
{
	struct lvs_saved_service saved;
	struct lvs_service core = { 0 };

	memcpy(&saved, of->saved, sizeof(saved));
	if (lvs_read_service(&saved, of->length, &core) &&
	    told_since(d, of->key, NULL, 0, core.told) == LVS_HEALTH_UP)
		told_removed(d, of, NULL, 0);
}

static void end_server(struct director *d, const struct ledger_lvs_virtual *of,
		       const struct ledger_lvs_server *was)
{
	struct lvs_saved_server saved;
	struct lvs_server core = { 0 };

	memcpy(&saved, was->saved, sizeof(saved));
	if (lvs_read_server(&saved, was->length, &core) &&
	    core.health == LVS_HEALTH_UP &&
	    told_since(d, of->key, &was->address, was->port, core.told) ==
		    LVS_HEALTH_UP)
		told_removed(d, of, &was->address, was->port);
}

static void adopt_servers(struct director *d, const uint32_t *numbers,
			  uint32_t count, tick_t now)
{
	uint32_t servers = ledger_lvs_used_servers(d->ledger);

	for (uint32_t n = 0; n < servers; n++) {
		struct ledger_lvs_virtual of;
		struct ledger_lvs_server was;
		struct lvs_saved_server saved;

		ledger_read_lvs_server(d->ledger, n, &was);
		if (was.of >= count)
			continue;
		ledger_read_lvs_virtual(d->ledger, was.of, &of);
		if (numbers[was.of] == MAP_NONE) {
			end_server(d, &of, &was);
			continue;
		}
		memcpy(&saved, was.saved, sizeof(saved));
		saved.told = told_since(d, of.key, &was.address, was.port,
					saved.told);
		if (lvs_adopt_server(&d->core, now, numbers[was.of],
				     &was.address, was.port, &saved,
				     was.length) == LVS_LEAVES)
			d->leaving[d->core.leaving_count - 1].told =
				saved.leaves != 0;
	}
}

/* Virtual servers that are in no file any more, after their real servers. */
static void end_virtuals(struct director *d, const uint32_t *numbers,
			 uint32_t count)
{
	for (uint32_t n = 0; n < count; n++) {
		struct ledger_lvs_virtual of;

		if (numbers[n] != MAP_NONE)
			continue;
		ledger_read_lvs_virtual(d->ledger, n, &of);
		end_virtual(d, &of);
	}
}

static bool marks_make(struct marks *m, uint32_t count)
{
	m->is = calloc(count + 1, sizeof(*m->is));
	m->list = calloc(count + 1, sizeof(*m->list));
	return m->is && m->list;
}

static void mark(struct marks *m, uint32_t number)
{
	if (m->is[number])
		return;
	m->is[number] = true;
	m->list[m->count++] = number;
}

static uint32_t most(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

int memory_resume(struct director *d, tick_t now)
{
	uint32_t virtuals = d->model->virtual_server_count;
	uint32_t count = ledger_lvs_used_virtuals(d->ledger);
	uint32_t *numbers = calloc(count + 1, sizeof(*numbers));

	if (!numbers || !marks_make(&d->virtuals_new, virtuals) ||
	    !marks_make(&d->servers_new,
			d->server_count + d->config.leaving_max)) {
		free(numbers);
		return -ENOMEM;
	}
	/* Also to be written soon. */
	ledger_ready(d->ledger, LEDGER_LVS_SERVERS,
		     most(ledger_lvs_used_servers(d->ledger), d->server_count));
	adopt_virtuals(d, numbers, count);
	adopt_servers(d, numbers, count, now);
	end_virtuals(d, numbers, count);
	free(numbers);
	return 0;
}

static void write_virtual(struct director *d, uint32_t n)
{
	struct ledger_lvs_virtual *to = ledger_lvs_virtual_at(d->ledger, n);
	struct lvs_saved_service saved, before;

	lvs_save_service(&d->core, n, &saved);
	memcpy(&before, to->saved, sizeof(before));
	d->quorum_changed |= before.quorum != saved.quorum;
	to->key = d->keys[n];
	memcpy(to->name, d->names[n], sizeof(to->name));
	to->protocol = told_protocol(d, n);
	to->mark = fwmarks_of(d, n);
	to->length = sizeof(saved);
	memcpy(to->saved, &saved, sizeof(saved));
}

static void write_server(struct director *d, uint32_t n)
{
	struct ledger_lvs_server *to = ledger_lvs_server_at(d->ledger, n);
	const struct lvs_server_config *server = d->core.servers[n].config;
	struct lvs_saved_server saved;

	lvs_save_server(&d->core, n, &saved);
	to->address = server->address;
	to->port = server->port;
	to->of = d->core.servers[n].service;
	/* One that has left is not known any more. */
	to->length = saved.leaves && saved.order == LVS_ORDER_DRAINED
			     ? 0
			     : sizeof(saved);
	memcpy(to->saved, &saved, sizeof(saved));
}

/* Virtual routers may follow a quorum: `vrrp` looks when it is woken. */
static void tell_quorums(struct director *d)
{
	if (!d->quorum_changed)
		return;
	d->quorum_changed = false;
	__atomic_fetch_add(&ledger_lvs(d->ledger)->quorums, 1,
			   __ATOMIC_RELEASE);
	if (d->model->tracked_server_count > 0)
		wake_send(d->wake);
}

static void memory_begin(struct director *d)
{
	/* While they are written nothing is known, and not half of it. */
	ledger_lvs_use(d->ledger, 0, 0);
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
		write_virtual(d, n);
	for (uint32_t n = 0; n < d->server_count + d->core.leaving_count; n++)
		write_server(d, n);
	ledger_lvs_use(d->ledger, d->model->virtual_server_count,
		       d->server_count + d->core.leaving_count);
	__atomic_store_n(&ledger_lvs(d->ledger)->numbered, 1, __ATOMIC_RELEASE);
	d->remembers = true;
	told_noted(d);
	d->quorum_changed = true;
	tell_quorums(d);
}

void memory_touch(struct director *d, uint32_t service, uint32_t server)
{
	if (!d->remembers)
		return;
	mark(&d->virtuals_new, service);
	if (server != LVS_NONE)
		mark(&d->servers_new, server);
}

static void write_marked(struct director *d, struct marks *m,
			 void (*write)(struct director *d, uint32_t n))
{
	for (uint32_t n = 0; n < m->count; n++) {
		write(d, m->list[n]);
		m->is[m->list[n]] = false;
	}
	m->count = 0;
}

void memory_write(struct director *d)
{
	if (!d->remembers)
		memory_begin(d);
	write_marked(d, &d->virtuals_new, write_virtual);
	write_marked(d, &d->servers_new, write_server);
	told_noted(d);
	tell_quorums(d);
}

void memory_free(struct director *d)
{
	free(d->keys);
	free(d->by_key_memory);
	free(d->virtuals_new.is);
	free(d->virtuals_new.list);
	free(d->servers_new.is);
	free(d->servers_new.list);
}
