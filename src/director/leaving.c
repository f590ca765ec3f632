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
		  const struct ipvs_dest *dest, tick_t now)
{
	struct leaving *l = &d->leaving[leaving];
	bool told = l->told;

	*l = (struct leaving){
		.forward = {
			.method = dest->forward,
			.tunnel = dest->tunnel,
			.flags = dest->tunnel_flags,
			.port = dest->tunnel_port,
		},
		.upper = dest->upper,
		.lower = dest->lower,
		.known = true,
		.told = true,
	};
	if (!told)
		news_leaves(d, d->core.server_count + leaving, now);
}

/* It leaves, and nobody has said yet what it is in the kernel. */
static bool is_sought(const struct director *d, uint32_t server)
{
	return d->core.servers[server].order == LVS_ORDER_DRAINING &&
	       !d->leaving[server - d->core.server_count].known;
}

bool leaving_is_sought(const struct director *d, uint32_t virtual)
{
	for (uint32_t n = d->core.services[virtual].leaving; n != LVS_NONE;
	     n = d->core.servers[n].next)
		if (is_sought(d, n))
			return true;
	return false;
}

/* Of a group one service is as all others are. */
void leaving_saw(struct director *d, uint32_t virtual,
		 const struct ipvs_dest *dest)
{
	const struct conf_forward forward = { .method = dest->forward };
	uint16_t port =
		d->table.services[d->numbers[d->first[virtual]]].want.key.port;

	for (uint32_t n = d->core.services[virtual].leaving; n != LVS_NONE;
	     n = d->core.servers[n].next) {
		const struct lvs_server_config *c = d->core.servers[n].config;

		if (!is_sought(d, n) ||
		    !is_entry(&forward, &c->address, c->port, port, dest) ||
		    leaving_is_in_file(d, virtual, dest))
			continue;
		leaving_note(d, n - d->core.server_count, dest, d->turned_at);
		wanted_put(d, n);
	}
}

void leaving_looked(struct director *d, uint32_t virtual)
{
	for (uint32_t n = d->core.services[virtual].leaving; n != LVS_NONE;
	     n = d->core.servers[n].next)
		if (is_sought(d, n))
			lvs_connections(&d->core, n, 0);
}
