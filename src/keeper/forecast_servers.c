/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/forecast_servers.h"

#include "base/map.h"
#include "conf/model/rows_lvs.h"
#include "ledger/lvs.h"

#include <netinet/in.h>
#include <stdlib.h>

/* The number of its first real server, of all in file order. */
static uint32_t first_of(const struct conf_model *model, uint32_t number)
{
	uint32_t first = 0;

	for (uint32_t n = 0; n < number; n++)
		first += model->virtual_servers[n].server_count;
	return first;
}

struct servers {
	const struct conf_virtual_server *vs;
};

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct servers *of = context;

	return conf_block_real_server.same(&of->vs->servers[number], key);
}

/* Which of its real servers there are, by what they are known by. NULL: none,
 * or no memory. */
static void *list(struct map *map, const struct servers *of)
{
	uint32_t count = of->vs ? of->vs->server_count : 0;
	void *memory = count ? malloc(map_memory(count)) : NULL;

	if (!memory)
		return NULL;
	map_init(map, memory, count, same, of);
	for (uint32_t n = 0; n < count; n++)
		map_put(map, conf_block_real_server.hash(&of->vs->servers[n]),
			n);
	return memory;
}

static uint64_t connections(const struct ledger *l, uint32_t server, bool udp)
{
	struct ledger_lvs_counts counts;

	if (server >= ledger_lvs_used_servers(l) ||
	    !ledger_read_lvs_server_counts(l, server, &counts))
		return 0;
	/* The kernel counts what UDP has as inactive. */
	return counts.active + (udp ? (uint64_t)counts.inactive : 0);
}

uint64_t forecast_dropped(const struct ledger *ledger,
			  const struct conf_model *old, uint32_t number,
			  const struct conf_virtual_server *next)
{
	const struct conf_virtual_server *was = &old->virtual_servers[number];
	const struct servers of = { next };
	uint32_t first = first_of(old, number);
	uint64_t dropped = 0;
	struct map map;
	void *memory;

	/* What leaves as a whole drains by what it said itself. */
	if (!ledger_lvs_is_numbered(ledger) ||
	    (next ? next : was)->drain_timeout > 0)
		return 0;
	memory = list(&map, &of);
	for (uint32_t n = 0; n < was->server_count; n++) {
		const struct conf_real_server *rs = &was->servers[n];

		if (!memory || map_find(&map, conf_block_real_server.hash(rs),
					rs) == MAP_NONE)
			dropped += connections(ledger, first + n,
					       was->protocol == IPPROTO_UDP);
	}
	free(memory);
	return dropped;
}

static bool same_server(const void *context, uint32_t number, const void *key)
{
	const struct conf_model *m = context;

	return conf_block_virtual_server.same(&m->virtual_servers[number], key);
}

/* `first`: the number of its first real server. */
static uint64_t all_connections(const struct ledger *l,
				const struct conf_virtual_server *vs,
				uint32_t first)
{
	uint64_t count = 0;

	for (uint32_t n = 0; n < vs->server_count; n++)
		count += connections(l, first + n, vs->protocol == IPPROTO_UDP);
	return count;
}

uint64_t forecast_remade(const struct ledger *ledger,
			 const struct conf_model *old,
			 const struct conf_model *next)
{
	void *memory = malloc(map_memory(next->virtual_server_count + 1));
	uint64_t dropped = 0;
	uint32_t first = 0;
	struct map map;

	if (!memory || !ledger_lvs_is_numbered(ledger)) {
		free(memory);
		return 0;
	}
	map_init(&map, memory, next->virtual_server_count + 1, same_server,
		 next);
	for (uint32_t n = 0; n < next->virtual_server_count; n++)
		map_put(&map,
			conf_block_virtual_server.hash(
				&next->virtual_servers[n]),
			n);
	for (uint32_t n = 0; n < old->virtual_server_count; n++) {
		const struct conf_virtual_server *vs = &old->virtual_servers[n];
		uint32_t to =
			map_find(&map, conf_block_virtual_server.hash(vs), vs);

		/* The service that leaves drains by what it said itself. */
		if (vs->id.by == CONF_BY_GROUP && to != MAP_NONE &&
		    vs->drain_timeout == 0 &&
		    conf_server_is_marked(old, vs) !=
			    conf_server_is_marked(next,
						  &next->virtual_servers[to]))
			dropped += all_connections(ledger, vs, first);
		first += vs->server_count;
	}
	free(memory);
	return dropped;
}
