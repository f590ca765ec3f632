/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real servers that are not in the configuration any more and drain: what they
 * are in the kernel but for their weight (forwarding, bounds) is what the
 * kernel has, since no configuration says it. One that is not there has
 * nothing to drain, and one whose entry is that of a server of the
 * configuration (another port by DR) is that server.
 */
#include "director/director_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The entry of the kernel's table that a server of the file is. */
static bool is_entry(const struct conf_forward *forward, const struct ip *ip,
		     uint16_t written, uint16_t service,
		     const struct ipvs_dest *dest)
{
	return ip->family == dest->family &&
	       memcmp(ip->bytes, dest->address, sizeof(dest->address)) == 0 &&
	       conf_server_port(forward, written, service) == dest->port;
}

bool leaving_is_in_file(const struct director *d, uint32_t virtual,
			const struct ipvs_dest *dest)
{
	const struct conf_virtual_server *vs =
		&d->model->virtual_servers[virtual];
	uint16_t port =
		d->table.services[d->numbers[d->first[virtual]]].want.key.port;

	for (uint32_t n = 0; n < vs->server_count; n++) {
		const struct conf_real_server *rs = &vs->servers[n];

		if (is_entry(conf_server_forward(vs, rs), &rs->address,
			     rs->port, port, dest))
			return true;
	}
	return vs->sorry.address.family != IP_NONE &&
	       is_entry(conf_sorry_forward(vs), &vs->sorry.address,
			vs->sorry.port, port, dest);
}

void leaving_note(struct director *d, uint32_t leaving,
		  const struct ipvs_dest *dest)
{
	bool told = d->leaving[leaving].told;

	d->leaving[leaving] = (struct leaving){
		.forward = {
			.method = dest->forward,
			.tunnel = dest->tunnel,
			.flags = dest->tunnel_flags,
			.port = dest->tunnel_port,
		},
		.upper = dest->upper,
		.lower = dest->lower,
		.known = true,
		.told = told,
	};
}

struct search {
	struct director *d;
	uint32_t virtual;
	uint16_t port; /* of the service */
};

static void saw(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	const struct search *s = context;
	const struct conf_forward forward = { .method = dest->forward };
	const struct lvs *core = &s->d->core;

	(void)counts;
	for (uint32_t n = core->services[s->virtual].leaving; n != LVS_NONE;
	     n = core->servers[n].next) {
		const struct lvs_server_config *c = core->servers[n].config;

		if (is_entry(&forward, &c->address, c->port, s->port, dest) &&
		    !leaving_is_in_file(s->d, s->virtual, dest))
			leaving_note(s->d, n - core->server_count, dest);
	}
}

/* Of a group its first service is as all others are. */
static void find_in(struct director *d, uint32_t virtual)
{
	const struct ipvs_key *key;
	struct search s = { d, virtual, 0 };

	if (d->first[virtual] == d->first[virtual + 1])
		return;
	key = &d->table.services[d->numbers[d->first[virtual]]].want.key;
	s.port = key->port;
	(void)ipvs_dests(d->ipvs, key, saw, &s);
}

void leaving_find(struct director *d)
{
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
		if (d->core.services[n].leaving != LVS_NONE)
			find_in(d, n);
	for (uint32_t n = 0; n < d->core.leaving_count; n++)
		if (!d->leaving[n].known)
			lvs_connections(&d->core, d->core.server_count + n, 0);
}
