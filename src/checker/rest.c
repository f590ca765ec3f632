/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/rest.h"

#include "base/map.h"
#include "checker/checker_state.h"
#include "conf/model/checks.h"
#include "sys/clock.h"
#include "sys/mirror.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of set-up: then what is known by then counts. */
#define LOAD_TIME (2 * TICK_SECOND)
/* A record that was being written is read again after so long. */
#define READ_AGAIN (100 * TICK_MILLISECOND)

/* A virtual server that has ha_suspend. */
struct server {
	uint32_t here;     /* so many times an address of it is on a link */
	bool by_role;      /* it has no address */
	bool awake;        /* it counts in `awake` of its checks */
	uint32_t *numbers; /* of its checks */
	uint32_t count;
};

/* An address of one of them. */
struct address {
	struct ip ip;
	uint32_t server;
};

struct rest {
	struct checker *of;
	struct mirror *mirror;
	struct loop_watch watch;
	struct server *servers;
	uint32_t server_count;
	struct address *addresses;
	uint32_t address_count;
	struct map by_address;
	void *map_memory;
	/* Of each check: of its followers, those that do not rest. */
	uint32_t *awake;
	bool begun;
	tick_t now;
	tick_t read_at; /* when the roles are read again, or TICK_NEVER */
};

/* The checks of a virtual server follow it. */
static void set_awake(struct rest *r, struct server *s, bool awake)
{
	if (s->awake == awake)
		return;
	s->awake = awake;
	for (uint32_t n = 0; n < s->count; n++) {
		uint32_t number = s->numbers[n];
		bool rested = r->awake[number] == 0;

		r->awake[number] += awake ? 1u : UINT32_MAX;
		if (r->begun && rested != (r->awake[number] == 0))
			rounds_rest(&r->of->checks[number], !rested, r->now);
	}
}

static bool has_address(const void *context, uint32_t number, const void *key)
{
	const struct rest *r = context;

	return ip_equal(&r->addresses[number].ip, key);
}

static void moved(struct rest *r, const struct ip *ip, bool here)
{
	uint32_t hash = map_hash(ip, sizeof(*ip)), at = 0, n;

	while ((n = map_next(&r->by_address, hash, ip, &at)) != MAP_NONE) {
		struct server *s = &r->servers[r->addresses[n].server];

		if (!here && s->here == 0)
			continue;
		s->here += here ? 1u : UINT32_MAX;
		set_awake(r, s, s->here > 0);
	}
}

static void changed(void *context, const struct mirror_event *event)
{
	if (event->change == MIRROR_ADDRESS_ADDED)
		moved(context, &event->address->address, true);
	else if (event->change == MIRROR_ADDRESS_REMOVED)
		moved(context, &event->address->address, false);
}

/*
 * Whether a virtual router is Active; or there is none that could be. False:
 * that is not known, since a record cannot be read just now.
 */
static bool read_role(struct ledger *l, bool *active)
{
	struct ledger_instance instance;
	struct vrrp_saved core;
	bool known = true;

	for (uint32_t n = 0; n < ledger_instances(l); n++) {
		bool whole = ledger_read_instance(l, n, &instance, &core);

		*active = whole && core.state == VRRP_ACTIVE;
		if (*active)
			return true;
		known = known && whole;
	}
	*active = ledger_instances(l) == 0;
	return known;
}

static bool has_roles(const struct rest *r)
{
	for (uint32_t n = 0; n < r->server_count; n++)
		if (r->servers[n].by_role)
			return true;
	return false;
}

void rest_hear(struct checker *k, tick_t now)
{
	struct rest *r = k->rest;
	bool active = false;

	if (!r || !has_roles(r))
		return;
	r->now = now;
	r->read_at = TICK_NEVER;
	if (!read_role(k->ledger, &active)) {
		r->read_at = tick_after(now, READ_AGAIN);
		/* What was known before counts; at the start nothing was. */
		if (r->begun)
			return;
		active = true;
	}
	for (uint32_t n = 0; n < r->server_count; n++)
		if (r->servers[n].by_role)
			set_awake(r, &r->servers[n], active);
}

static void read_kernel(void *context, uint32_t events)
{
	struct rest *r = context;

	(void)events;
	r->now = r->of->loop.now;
	(void)mirror_read(r->mirror);
}

tick_t rest_turn(struct checker *k)
{
	struct rest *r = k->rest;

	if (!r)
		return TICK_NEVER;
	if (r->read_at <= k->loop.now)
		rest_hear(k, k->loop.now);
	if (!r->mirror)
		return r->read_at;
	if (mirror_deadline(r->mirror) <= k->loop.now)
		read_kernel(r, 0);
	return tick_min(mirror_deadline(r->mirror), r->read_at);
}

static uint32_t checks_of(const struct conf_virtual_server *vs)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < vs->server_count; n++)
		count += vs->servers[n].check_count;
	return count;
}

struct adding {
	struct rest *rest;
	struct server *server;
	uint32_t number; /* of the server */
	bool count_only;
};

static void add_address(void *to, const struct conf_service *one)
{
	struct adding *a = to;
	struct rest *r = a->rest;

	if (one->mark)
		return;
	a->server->by_role = false;
	if (!a->count_only)
		r->addresses[r->address_count] =
			(struct address){ one->address, a->number };
	r->address_count++;
}

/* Every virtual server: who does not rest keeps its checks awake. */
static void add_server(struct rest *r, const uint32_t *numbers, uint32_t v)
{
	const struct conf_virtual_server *vs =
		&r->of->model->virtual_servers[v];
	uint32_t count = checks_of(vs);
	struct adding adding = { r, &r->servers[r->server_count],
				 r->server_count, true };

	if (!vs->ha_suspend) {
		for (uint32_t n = 0; n < count; n++)
			r->awake[numbers[n]]++;
		return;
	}
	*adding.server = (struct server){ .by_role = true, .count = count };
	adding.server->numbers = malloc((count + 1) * sizeof(*numbers));
	if (!adding.server->numbers)
		return; /* which the caller sees */
	memcpy(adding.server->numbers, numbers, count * sizeof(*numbers));
	conf_services_each(r->of->model, vs, add_address, &adding);
	r->server_count++;
}

/* All addresses, which are counted by then. */
static int add_addresses(struct rest *r)
{
	const struct conf_model *m = r->of->model;
	uint32_t count = r->address_count + 1, server = 0;

	r->addresses = calloc(count, sizeof(*r->addresses));
	r->map_memory = malloc(map_memory(count));
	if (!r->addresses || !r->map_memory)
		return -ENOMEM;
	map_init(&r->by_address, r->map_memory, count, has_address, r);
	r->address_count = 0;
	for (uint32_t v = 0; v < m->virtual_server_count; v++) {
		struct adding adding = { r, &r->servers[server], server,
					 false };

		if (!m->virtual_servers[v].ha_suspend)
			continue;
		conf_services_each(m, &m->virtual_servers[v], add_address,
				   &adding);
		server++;
	}
	for (uint32_t n = 0; n < r->address_count; n++)
		map_put(&r->by_address,
			map_hash(&r->addresses[n].ip, sizeof(struct ip)), n);
	return 0;
}

static bool is_used(const struct conf_model *m)
{
	for (uint32_t v = 0; v < m->virtual_server_count; v++)
		if (m->virtual_servers[v].ha_suspend)
			return true;
	return false;
}

/* What the kernel has by now. */
static int look(struct rest *r)
{
	const struct mirror_config config = { .changed = changed,
					      .context = r };
	int error = mirror_open(&r->mirror, &config);

	if (!error)
		error = mirror_load(r->mirror, clock_now() + LOAD_TIME);
	if (!error) {
		r->watch = (struct loop_watch){ mirror_fd(r->mirror),
						LOOP_OTHER, read_kernel, r };
		error = loop_add(&r->of->loop, &r->watch, EPOLLIN);
	}
	return error;
}

/* Without knowing what addresses there are none can rest. */
static void give_up(struct rest *r, int error)
{
	fprintf(stderr,
		"batond: check: ha_suspend has no effect: addresses cannot be "
		"read: %s\n",
		strerror(-error));
	mirror_close(r->mirror);
	r->mirror = NULL;
	for (uint32_t n = 0; n < r->server_count; n++)
		if (!r->servers[n].by_role)
			set_awake(r, &r->servers[n], true);
}

int rest_setup(struct checker *k, const struct conf_checks *all, tick_t now)
{
	const struct conf_model *m = k->model;
	const uint32_t *numbers = all->numbers;
	struct rest *r;
	int error;

	if (!is_used(m))
		return 0;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->of = k;
	r->now = now;
	r->read_at = TICK_NEVER;
	r->servers = calloc(m->virtual_server_count + 1, sizeof(*r->servers));
	r->awake = calloc(k->count + 1, sizeof(*r->awake));
	if (!r->servers || !r->awake)
		return -ENOMEM;
	for (uint32_t v = 0; v < m->virtual_server_count; v++) {
		uint32_t before = r->server_count;

		add_server(r, numbers, v);
		numbers += checks_of(&m->virtual_servers[v]);
		if (m->virtual_servers[v].ha_suspend &&
		    before == r->server_count)
			return -ENOMEM;
	}
	error = add_addresses(r);
	if (error)
		return error;
	k->rest = r;
	error = look(r);
	if (error)
		give_up(r, error);
	rest_hear(k, now);
	r->begun = true;
	for (uint32_t n = 0; n < k->count; n++)
		if (k->checks[n].kind && r->awake[n] == 0)
			rounds_rest(&k->checks[n], true, now);
	return 0;
}
