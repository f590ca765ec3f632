/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an instance says: its advertisement, built once and sent many times, by
 * the outlet of its kind. It is built anew only when its values change.
 */
#include "router/speech.h"
#include "router/state.h"
#include "sys/vault.h"
#include "vrrp/frame.h"

#include <errno.h>
#include <string.h>

static const struct outlet *outlet_of(const struct instance *i)
{
	return i->conf->vrrp.unicast ? &outlet_unicast : &outlet_multicast;
}

int speaker_setup(struct router *r)
{
	size_t bytes = 0;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->speech = (struct speech){
			.at = (uint32_t)bytes,
			.count = i->conf->vrrp.address_count,
			.batch = r->batch - 1,
		};
		i->sending.silent_since = TICK_NEVER;
		bytes += outlet_of(i)->size(&i->conf->vrrp);
		if (bytes > UINT32_MAX)
			return -ENOMEM;
	}
	r->frames = vault_obtain(bytes + 1);
	return r->frames ? 0 : -ENOMEM;
}

void speaker_end(struct router *r)
{
	vault_give_back(r->frames);
}

void speaker_forget(struct router *r, uint32_t id)
{
	r->instances[id].speech.length = 0;
}

/*
 * As keepalived: the rest is served as if it was excluded. Other routers with
 * this MTU do the same (vrrp/receive.c).
 */
void speaker_fit(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];
	const struct vrrp_config *c = &i->conf->vrrp;
	uint32_t mtu = i->record->mtu;
	uint8_t room = vrrp_advert_room(c->family, c->version, mtu);
	uint8_t count = c->address_count, left;
	bool opened;

	/* None at all would be no advertisement of this virtual router. */
	if (room > 0 && room < count)
		count = room;
	left = (uint8_t)(c->address_count - count);
	if (count != i->speech.count)
		speaker_forget(r, id);
	i->speech.count = count;
	if (left == i->record->unadvertised)
		return;
	opened = record_open(i->record);
	i->record->unadvertised = left;
	record_close(i->record, opened);
	journal_trouble(r, id, LEDGER_TROUBLE_MTU, left > 0, left, (int)mtu);
}

static size_t build(const struct router *r, const struct instance *i)
{
	const struct vrrp_config *c = &i->conf->vrrp;
	const struct speech *s = &i->speech;
	uint8_t bytes[16 * VRRP_ADDRESSES_MAX];
	struct vrrp_advert advert = {
		.version = c->version,
		.vrid = c->vrid,
		.priority = s->priority,
		.count = s->count,
		.family = c->family,
		.interval = c->interval,
		.checksum = (enum vrrp_checksum)s->checksum,
		.addresses = bytes,
		.auth_type = c->auth.type,
		.auth = c->auth.password,
		.destination = c->destination,
	};
	size_t size = ip_size(c->family);

	for (unsigned n = 0; n < s->count; n++)
		memcpy(bytes + n * size, c->addresses[n].bytes, size);
	return outlet_of(i)->build(r, i, &advert, r->frames + s->at,
				   outlet_of(i)->size(c));
}

bool speaker_say(struct router *r, uint32_t id, uint8_t priority,
		 uint8_t checksum)
{
	struct instance *i = &r->instances[id];
	struct speech *s = &i->speech;

	if (s->length == 0 || s->priority != priority ||
	    s->checksum != checksum) {
		/* The old bytes may still be queued: they leave first. */
		if (s->batch == r->batch) {
			transmit_flush(r->transmit);
			r->batch++;
		}
		s->priority = priority;
		s->checksum = checksum;
		s->length = (uint32_t)build(r, i);
	}
	if (s->length == 0)
		return false;
	outlet_of(i)->send(r, id,
			   priority == VRRP_PRIORITY_RESIGN ? SPEECH_RESIGN
							    : SPEECH_ADVERT,
			   r->frames + s->at, s->length);
	s->batch = r->batch;
	return true;
}
