/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model.h"

#include "base/ip.h"
#include "base/must.h"

#include <errno.h>
#include <string.h>

struct model_service *model_find(struct model *m, const struct ipvs_key *key)
{
	for (unsigned n = 0; n < m->service_count; n++)
		if (memcmp(&m->services[n].is.key, key, sizeof(*key)) == 0)
			return &m->services[n];
	return NULL;
}

struct ipvs_dest *model_find_dest(struct model_service *s,
				  const struct ipvs_dest *key)
{
	for (unsigned n = 0; n < s->dest_count; n++) {
		struct ipvs_dest *d = &s->dests[n];

		if (d->family == key->family && d->port == key->port &&
		    memcmp(d->address, key->address, sizeof(d->address)) == 0)
			return d;
	}
	return NULL;
}

static int check_service(const struct model *m, const struct ipvs_service *s)
{
	if (m->missing && strcmp(s->scheduler, m->missing) == 0)
		return ENOENT;
	if (s->engine[0] && strcmp(s->engine, "sip") != 0)
		return ENOENT;
	if (s->key.family == IP_V6 && (s->netmask < 1 || s->netmask > 128))
		return EINVAL;
	return 0;
}

static int check_dest(const struct ipvs_dest *d)
{
	if (d->weight < 0 || d->lower > d->upper)
		return ERANGE;
	if (d->forward == IPVS_TUNNEL && d->tunnel == IPVS_TUNNEL_GUE &&
	    d->tunnel_port == 0)
		return EINVAL;
	return 0;
}

/* ip_vs_new_dest() */
static int check_address(const struct ipvs_dest *d)
{
	struct ip ip = ip_from_bytes(d->family, d->address);

	return ip_is_multicast(&ip) || ip_is_unspecified(&ip) ? EINVAL : 0;
}

static int add_service(struct model *m, const struct ipvs_service *s)
{
	int error = check_service(m, s);

	if (error)
		return error;
	MUST(m->service_count < MODEL_SERVICES);
	m->services[m->service_count++] = (struct model_service){ .is = *s };
	return 0;
}

static int edit_service(const struct model *m, struct model_service *at,
			const struct ipvs_service *s)
{
	int error = check_service(m, s);

	if (!error)
		at->is = *s;
	return error;
}

static int add_dest(struct model_service *s, const struct ipvs_dest *d)
{
	int error = check_dest(d);

	if (!error && model_find_dest(s, d))
		error = EEXIST;
	if (!error)
		error = check_address(d);
	if (error)
		return error;
	MUST(s->dest_count < MODEL_DESTS);
	s->dests[s->dest_count++] = *d;
	return 0;
}

static int edit_dest(struct model_service *s, const struct ipvs_dest *d)
{
	struct ipvs_dest *at = model_find_dest(s, d);
	int error = check_dest(d);

	if (!error && !at)
		error = ENOENT;
	if (!error)
		*at = *d;
	return error;
}

static int delete_dest(struct model_service *s, const struct ipvs_dest *d)
{
	struct ipvs_dest *at = model_find_dest(s, d);

	if (!at)
		return ENOENT;
	*at = s->dests[--s->dest_count];
	return 0;
}

int model_do(struct model *m, const struct ipvs_change *c)
{
	struct model_service *s = model_find(m, &c->service->key);

	if (c->command == IPVS_NEW_SERVICE)
		return s ? EEXIST : add_service(m, c->service);
	if (!s)
		return ESRCH;
	if (c->command == IPVS_SET_SERVICE)
		return edit_service(m, s, c->service);
	if (c->command == IPVS_DEL_SERVICE) {
		*s = m->services[--m->service_count];
		return 0;
	}
	if (c->command != IPVS_DEL_DEST &&
	    c->dest->family != s->is.key.family &&
	    (m->syncs || c->dest->forward != IPVS_TUNNEL))
		return EINVAL;
	if (c->command == IPVS_NEW_DEST)
		return add_dest(s, c->dest);
	if (c->command == IPVS_SET_DEST)
		return edit_dest(s, c->dest);
	MUST(c->command == IPVS_DEL_DEST);
	return delete_dest(s, c->dest);
}
