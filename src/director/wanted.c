/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the model to the core (lvs/lvs.h), and from the core to the kernel's
 * table. A virtual server is one service of the kernel, or by its group many;
 * each of them gets every real server that the core wants.
 */
#include "director/director_state.h"

#include "base/must.h"
#include "ledger/table.h"
#include "sys/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void describe_server(const struct conf_virtual_server *vs,
			    const struct conf_real_server *rs,
			    struct lvs_server_config *out)
{
	*out = (struct lvs_server_config){
		.address = rs->address,
		.port = rs->port,
		.inhibit = conf_server_inhibit(vs, rs),
		.weight = conf_server_weight(vs, rs),
	};
}

/* Whether it stands in the table as the entry that the sorry server is. */
static bool is_sorry(const struct conf_virtual_server *vs,
		     const struct conf_real_server *rs)
{
	return ip_equal(&rs->address, &vs->sorry.address) &&
	       conf_server_port(conf_server_forward(vs, rs), rs->port,
				vs->id.port) ==
		       conf_server_port(conf_sorry_forward(vs), vs->sorry.port,
					vs->id.port);
}

/*
 * To the core two are one if their addresses and ports are the same. By DR and
 * TUN a port means nothing, whatever is written.
 */
static uint16_t sorry_port(const struct conf_virtual_server *vs)
{
	for (uint32_t n = 0; n < vs->server_count; n++)
		if (is_sorry(vs, &vs->servers[n]))
			return vs->servers[n].port;
	return vs->sorry.port;
}

static void describe_service(bool init_told,
			     const struct conf_virtual_server *vs,
			     const struct lvs_server_config *servers,
			     struct lvs_service_config *out)
{
	*out = (struct lvs_service_config){
		.servers = servers,
		.server_count = vs->server_count,
		.quorum = vs->quorum,
		.hysteresis = vs->hysteresis,
		.sorry = vs->sorry.address,
		.sorry_port = sorry_port(vs),
		.sorry_inhibit = vs->sorry.inhibit,
		.omega = vs->omega,
		.init_told = init_told,
		.fixed_weights = vs->scheduler == CONF_SCHED_FO ||
				 vs->scheduler == CONF_SCHED_OVF,
		.panic = vs->panic_threshold,
		.slow_start = vs->slow_start,
		.drain_timeout = vs->drain_timeout,
	};
}

static int setup_core(struct director *d)
{
	const struct conf_model *m = d->model;
	const struct lvs_sink sink = { news_of_core, d };
	uint32_t next = 0;
	int error;

	for (uint32_t n = 0; n < m->virtual_server_count; n++)
		d->server_count += m->virtual_servers[n].server_count;
	d->services = calloc(m->virtual_server_count + 1, sizeof(*d->services));
	d->servers = calloc(d->server_count + 1, sizeof(*d->servers));
	d->under_order = calloc(d->server_count + 1, sizeof(*d->under_order));
	d->order_places = calloc(d->server_count + 1, sizeof(*d->order_places));
	d->leaving = calloc(LEDGER_LVS_LEAVING, sizeof(*d->leaving));
	if (d->servers)
		pages_ready(d->servers, d->server_count * sizeof(*d->servers));
	if (!d->services || !d->servers || !d->under_order ||
	    !d->order_places || !d->leaving)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		const struct conf_virtual_server *vs = &m->virtual_servers[n];

		describe_service(m->global.lvs.init_notifies, vs,
				 d->servers + next, &d->services[n]);
		for (uint32_t k = 0; k < vs->server_count; k++)
			describe_server(vs, &vs->servers[k],
					&d->servers[next++]);
	}
	d->config = (struct lvs_config){
		.services = d->services,
		.service_count = m->virtual_server_count,
		.leaving_max = LEDGER_LVS_LEAVING,
	};
	weights_setup(d);
	error = verdicts_setup(d);
	if (error)
		return error;
	d->memory = malloc(lvs_memory(&d->config));
	if (!d->memory)
		return -ENOMEM;
	pages_ready(d->memory, lvs_memory(&d->config));
	lvs_init(&d->core, &d->config, &sink, d->memory);
	return 0;
}

static struct ipvs_key key_of(const struct conf_service *one)
{
	struct ipvs_key key = {
		.family = one->family,
		.mark = one->mark,
	};

	if (one->mark)
		return key;
	key.protocol = one->protocol;
	key.port = one->port;
	memcpy(key.address, one->address.bytes, sizeof(key.address));
	return key;
}

/* Without a mask each client counts by itself. */
static uint32_t netmask_of(const struct conf_virtual_server *vs, uint8_t family)
{
	if (family == IP_V6)
		return vs->granularity.length ? vs->granularity.length : 128;
	return vs->granularity.mask ? vs->granularity.mask : UINT32_MAX;
}

struct found {
	struct director *d;
	const struct conf_virtual_server *vs;
	bool failed;
};

/* Of two virtual servers that are one service the first has it. */
static bool is_taken(const struct table *t, const struct ipvs_key *key)
{
	uint32_t number = table_find(t, key);

	return number != TABLE_NONE && (t->services[number].is & TABLE_WANTED);
}

/* For all that will be in it. */
static bool make_room(const struct table_service *s, const struct found *f)
{
	struct table *t = &f->d->table;
	uint32_t sorry = f->vs->sorry.address.family != IP_NONE;

	return s->dest_count > 0 ||
	       table_reserve(t, (uint32_t)(s - t->services),
			     f->vs->server_count + sorry);
}

static void want_service(void *to, const struct conf_service *one)
{
	struct found *f = to;
	struct ipvs_service want = {
		.key = key_of(one),
		.flags = conf_service_flags(f->vs),
		.timeout = f->vs->persistence_timeout,
		.netmask = netmask_of(f->vs, one->family),
	};
	const char *scheduler = conf_scheduler_name(f->vs->scheduler);
	uint32_t number;

	if (is_taken(&f->d->table, &want.key))
		return;
	MUST(strlen(scheduler) < sizeof(want.scheduler));
	memcpy(want.scheduler, scheduler, strlen(scheduler));
	if (f->vs->engine)
		memcpy(want.engine, f->vs->engine,
		       strnlen(f->vs->engine, sizeof(want.engine) - 1));
	number = table_want(&f->d->table, &want);
	f->failed |= number == TABLE_NONE ||
		     !make_room(&f->d->table.services[number], f);
	f->d->numbers[f->d->number_count++] = number;
}

/* A group that is a mark. */
static void want_marks(struct found *f, uint32_t mark)
{
	bool has[2];

	conf_server_families(f->d->model, f->vs, has);
	for (unsigned n = 0; n < 2; n++) {
		const struct conf_service one = {
			.family = n ? IP_V6 : IP_V4,
			.mark = mark,
		};

		if (has[n])
			want_service(f, &one);
	}
}

static int setup_services(struct director *d)
{
	const struct conf_model *m = d->model;
	struct found f = { .d = d };
	uint32_t count = 0;

	for (uint32_t n = 0; n < m->virtual_server_count; n++)
		count += conf_service_count(m, &m->virtual_servers[n]);
	d->first = calloc(m->virtual_server_count + 1, sizeof(*d->first));
	d->numbers = calloc(count + 1, sizeof(*d->numbers));
	if (!d->first || !d->numbers)
		return -ENOMEM;
	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		f.vs = &m->virtual_servers[n];
		d->first[n] = d->number_count;
		if (fwmarks_of(d, n))
			want_marks(&f, fwmarks_of(d, n));
		else
			conf_services_each(m, f.vs, want_service, &f);
	}
	d->first[m->virtual_server_count] = d->number_count;
	return f.failed ? -ENOMEM : 0;
}

static int setup_owners(struct director *d)
{
	d->owner_count = d->table.service_count;
	d->owners = malloc((d->owner_count + 1) * sizeof(*d->owners));
	if (!d->owners)
		return -ENOMEM;
	for (uint32_t n = 0; n < d->owner_count; n++)
		d->owners[n] = LVS_NONE;
	for (uint32_t n = 0; n < d->model->virtual_server_count; n++)
		for (uint32_t k = d->first[n]; k < d->first[n + 1]; k++)
			d->owners[d->numbers[k]] = n;
	return 0;
}

int wanted_setup(struct director *d)
{
	int error = setup_core(d);

	if (!error)
		error = setup_services(d);
	return error ? error : setup_owners(d);
}

/* What an item is in the kernel, but for what its service decides. */
struct item {
	struct lvs_want want;
	const struct conf_virtual_server *vs;
	const struct conf_forward *forward;
	uint32_t upper, lower;
	bool nowhere; /* it leaves, and the kernel does not have it */
};

static void look_up(const struct director *d, uint32_t number,
		    struct item *item)
{
	const struct conf_real_server *rs = NULL;
	const struct leaving *leaving;

	*item = (struct item){ 0 };
	lvs_want(&d->core, number, &item->want);
	item->vs = &d->model->virtual_servers[item->want.service];
	if (!item->want.sorry && number < d->core.server_count)
		rs = &item->vs->servers[d->core.servers[number].config -
					d->services[item->want.service]
						.servers];
	if (!item->want.sorry && number >= d->core.server_count &&
	    number < d->core.server_count + d->core.leaving_count) {
		leaving = &d->leaving[number - d->core.server_count];
		item->forward = &leaving->forward;
		item->upper = leaving->upper;
		item->lower = leaving->lower;
		item->nowhere = !leaving->known;
		return;
	}
	item->forward = rs ? conf_server_forward(item->vs, rs)
			   : conf_sorry_forward(item->vs);
	if (!rs)
		return;
	item->upper = rs->uthreshold;
	item->lower = rs->lthreshold;
}

static struct ipvs_dest dest_of(const struct item *item,
				const struct ipvs_key *service)
{
	const struct conf_forward *forward = item->forward;
	struct ipvs_dest dest = {
		.family = item->want.address.family,
		.forward = forward->method,
		.port = conf_server_port(forward, item->want.port,
					 service->port),
		.weight = item->want.weight,
		.upper = item->upper,
		.lower = item->lower,
	};

	memcpy(dest.address, item->want.address.bytes, sizeof(dest.address));
	if (forward->method != CONF_FORWARD_TUN)
		return dest;
	dest.tunnel = forward->tunnel;
	dest.tunnel_port = forward->port;
	dest.tunnel_flags = (uint8_t)forward->flags;
	return dest;
}

/* A sorry server may be a real server too: then that one counts. */
static bool is_also_real(const struct director *d, const struct item *item)
{
	return item->want.sorry &&
	       d->core.services[item->want.service].sorry_server != LVS_NONE;
}

static void pass_on(struct director *d, uint32_t service,
		    const struct item *item)
{
	struct table_service *s = &d->table.services[service];
	struct ipvs_dest dest = dest_of(item, &s->want.key);
	uint32_t at;

	if (item->nowhere)
		return;
	if (item->want.present) {
		if (table_want_dest(&d->table, service, &dest) == TABLE_NONE)
			news_of_look(d, -ENOMEM);
		return;
	}
	at = table_find_dest(s, &dest);
	if (at != TABLE_NONE && !is_also_real(d, item))
		table_unwant_dest(&d->table, service, at);
}

static void note_change(struct director *d, uint32_t number, uint32_t virtual)
{
	bool real = number < d->core.server_count + d->core.leaving_count;

	memory_touch(d, virtual, real ? number : LVS_NONE);
	if (real && d->core.servers[number].order == LVS_ORDER_DRAINING)
		d->drains[virtual] = true;
}

void wanted_put(struct director *d, uint32_t number)
{
	struct item item;

	look_up(d, number, &item);
	note_change(d, number, item.want.service);
	if (d->away && d->away[item.want.service])
		return;
	for (uint32_t n = d->first[item.want.service];
	     n < d->first[item.want.service + 1]; n++)
		pass_on(d, d->numbers[n], &item);
}

void wanted_pass_on(struct director *d)
{
	uint32_t number;

	while ((number = lvs_changed(&d->core)) != LVS_NONE)
		wanted_put(d, number);
}

static void pass_on_all(struct director *d, uint32_t number, uint32_t service)
{
	for (uint32_t n = lvs_first(&d->core, number); n != LVS_NONE;
	     n = lvs_next(&d->core, n)) {
		struct item item;

		look_up(d, n, &item);
		pass_on(d, service, &item);
	}
}

void wanted_change(struct director *d, uint32_t number, bool wanted)
{
	for (uint32_t k = d->first[number]; k < d->first[number + 1]; k++) {
		uint32_t service = d->numbers[k];
		struct ipvs_service want = d->table.services[service].want;

		if (!wanted) {
			table_unwant(&d->table, service);
			continue;
		}
		if (table_want(&d->table, &want) == TABLE_NONE)
			news_of_look(d, -ENOMEM);
		else
			pass_on_all(d, number, service);
	}
}

const struct table_dest *wanted_find(const struct director *d, uint32_t number,
				     uint32_t service)
{
	const struct table_service *s = &d->table.services[service];
	struct ipvs_dest dest;
	struct item item;
	uint32_t at;

	look_up(d, number, &item);
	if (item.nowhere)
		return NULL;
	dest = dest_of(&item, &s->want.key);
	at = table_find_dest(s, &dest);
	return at == TABLE_NONE ? NULL : &s->dests[at];
}

void wanted_nothing(struct director *d)
{
	lvs_stop(&d->core);
	for (uint32_t n = 0; n < d->table.service_count; n++)
		table_unwant(&d->table, n);
	if (d->model->global.lvs.flush_on_stop != CONF_FLUSH_ALL)
		return;
	d->table.takes_all = true;
	d->table.unsure = true;
}

void wanted_free(struct director *d)
{
	free(d->services);
	free(d->servers);
	free(d->names);
	free(d->under_order);
	free(d->order_places);
	free(d->leaving);
	free(d->follows);
	free(d->memory);
	free(d->first);
	free(d->numbers);
	free(d->owners);
	free(d->away);
	free(d->masters);
	free(d->watched);
}
