/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an advertisement, to any virtual router in any state.
 *
 * The first six bytes choose the router, its state and what the kernel would
 * tell of the packet; the rest is the datagram (seed_packet.py writes such
 * files). It goes through the codec and, twice, through the state machine,
 * between turns of the clock. What must hold is asserted by MUST.
 */
#include "base/must.h"
#include "vrrp/checksum.h"
#include "vrrp/vrrp.h"
#include "vrrp/wire.h"

#include <stdint.h>
#include <string.h>

#define HEAD    6
#define START   (1000 * TICK_SECOND)
#define LONGEST 8192 /* of a datagram: longer than any that can be right */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct vrrp_config config;
	struct ip addresses[2];
	struct vrrp_peer peers[2];
	struct vrrp v;
	struct vrrp_actions out;
	tick_t now;
};

static struct ip address_of(uint8_t family, uint8_t last)
{
	static const uint8_t v4[4] = { 192, 0, 2, 0 };
	static const uint8_t v6[16] = { 0xfe, 0x80 };
	struct ip ip = ip_from_bytes(family, family == IP_V4 ? v4 : v6);

	ip.bytes[ip_size(family) - 1] = last;
	return ip;
}

/* What must hold of a virtual router between two events. */
static void check_router(const struct world *w)
{
	const struct vrrp *v = &w->v;
	bool announces = v->announce.next != TICK_NEVER ||
			 v->announce.again != TICK_NEVER ||
			 v->announce.refresh != TICK_NEVER;

	switch (v->state) {
	case VRRP_INIT:
	case VRRP_FAULT:
		MUST(vrrp_deadline(v) == TICK_NEVER);
		MUST(v->active.family == IP_NONE);
		break;
	case VRRP_BACKUP:
		MUST(v->adver_timer == TICK_NEVER);
		MUST(v->down_timer != TICK_NEVER);
		MUST(!announces);
		break;
	case VRRP_ACTIVE:
		MUST(v->down_timer == TICK_NEVER);
		MUST(v->preempt_timer == TICK_NEVER);
		MUST(v->probe_timer == TICK_NEVER);
		if (vrrp_leaving(v)) {
			MUST(v->adver_timer == TICK_NEVER);
			MUST(!announces);
			MUST(v->heir || ip_equal(&v->active, &v->source));
			break;
		}
		MUST(v->adver_timer <=
		     w->now + w->config.interval + TICK_MILLISECOND);
		MUST(ip_equal(&v->active, &v->source));
		break;
	case VRRP_STATES:
		UNREACHABLE();
	}
	MUST(v->active_interval >= TICK_CENTISECOND);
	MUST(v->active_interval <= VRRP_INTERVAL_MAX_V3 ||
	     v->config->version == 2);
	MUST(vrrp_down_interval(v) >
	     v->config->down_timer_adverts * v->active_interval);
}

static void step(struct world *w, const struct vrrp_event *event)
{
	struct vrrp before;
	unsigned dropped = 0, changed = 0, moved = 0, done = 0;

	memcpy(&before, &w->v, sizeof(before));
	memset(&w->out, 0xaa, sizeof(w->out));
	vrrp_step(&w->v, w->now, event, &w->out);
	MUST(w->out.count <= VRRP_ACTIONS_MAX);
	for (unsigned i = 0; i < w->out.count; i++) {
		const struct vrrp_action *a = &w->out.list[i];

		switch (a->type) {
		case VRRP_ACTION_SEND:
			MUST(a->send.priority ==
			     (vrrp_leaving(&w->v) ? 0 : w->v.priority));
			MUST(a->send.checksum != VRRP_CHECKSUM_AUTO);
			done++;
			break;
		case VRRP_ACTION_CLAIM:
			MUST(w->v.state == VRRP_ACTIVE);
			moved++;
			break;
		case VRRP_ACTION_RELEASE:
			MUST(before.state == VRRP_ACTIVE);
			moved++;
			break;
		case VRRP_ACTION_ANNOUNCE:
			MUST(w->v.state == VRRP_ACTIVE);
			MUST(!vrrp_leaving(&w->v));
			done++;
			break;
		case VRRP_ACTION_PROBE:
			MUST(w->v.state == VRRP_BACKUP);
			done++;
			break;
		case VRRP_ACTION_STATE:
			MUST(a->state.from == before.state);
			MUST(a->state.to == w->v.state);
			MUST(a->state.from != a->state.to);
			changed++;
			break;
		case VRRP_ACTION_DROPPED:
			MUST(a->drop > VRRP_DROP_NONE);
			MUST(a->drop < VRRP_DROPS);
			dropped++;
			break;
		case VRRP_ACTION_NOTE:
			MUST(a->note.note < VRRP_NOTES);
			break;
		}
	}
	MUST(dropped <= 1 && changed <= 1);
	MUST(changed == (before.state != w->v.state));
	if (changed && before.state == VRRP_ACTIVE)
		MUST(moved == 1); /* released */
	else if (changed && w->v.state == VRRP_ACTIVE)
		MUST(moved == 1); /* claimed */
	else
		MUST(moved == 0);
	if (dropped > 0) {
		MUST(changed + moved + done == 0);
		MUST(memcmp(&before, &w->v, sizeof(before)) == 0);
	}
	check_router(w);
}

static void elapse(struct world *w)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TIME };
	tick_t deadline = vrrp_deadline(&w->v);

	if (deadline == TICK_NEVER)
		return;
	if (deadline > w->now)
		w->now = deadline;
	step(w, &event);
	/* Time was dealt with: nothing that is due is left over. */
	MUST(vrrp_deadline(&w->v) > w->now || w->config.announce.interval == 0);
}

/* A router as the first bytes say, in the state that they say. */
static void make(struct world *w, const uint8_t *head)
{
	static const enum vrrp_event_type lasts[] = {
		VRRP_EVENT_TIME, /* none */
		VRRP_EVENT_HANDOVER,
		VRRP_EVENT_SHUTDOWN,
		VRRP_EVENT_STALLED,
	};
	static const tick_t intervals[] = { TICK_CENTISECOND, TICK_SECOND,
					    10 * TICK_CENTISECOND,
					    4095 * TICK_CENTISECOND };
	struct vrrp_event up = { .type = VRRP_EVENT_INTERFACE };
	struct vrrp_event startup = { .type = VRRP_EVENT_STARTUP };
	struct vrrp_event last = { .type = lasts[head[1] >> 4 & 3] };
	uint8_t family = head[0] & 1 ? IP_V6 : IP_V4;
	unsigned state = head[1] & 3;

	w->now = START;
	w->addresses[0] = address_of(family, 1);
	w->addresses[1] = address_of(family, 2);
	w->config = (struct vrrp_config){
		VRRP_CONFIG_DEFAULTS,
		.family = family,
		.version = head[0] & 2 && family == IP_V4 ? 2 : 3,
		.vrid = 10,
		.priority = head[2] ? head[2] : 100,
		.preempt = !(head[0] & 4),
		.strict = head[0] & 8,
		.preempt_delay = head[0] & 16 ? 5 * TICK_SECOND : 0,
		.checksum = head[0] & 32 ? VRRP_CHECKSUM_RFC9568
					 : VRRP_CHECKSUM_AUTO,
		.interval = intervals[head[0] >> 6],
		.announce = { .delay = TICK_SECOND,
			      .refresh = 10 * TICK_SECOND,
			      .lower_delay = TICK_SECOND,
			      .interval = TICK_MILLISECOND,
			      .repeat = 2,
			      .refresh_repeat = 1,
			      .lower_repeat = 2 },
		.addresses = w->addresses,
		.address_count = head[2] % 16 == 7 ? 0
				 : head[1] & 4     ? 1
						   : 2,
	};
	if (w->config.version == 2)
		w->config.interval = (1 + (head[0] >> 6)) * TICK_SECOND;
	w->config.phase = head[1] & 8 ? w->config.interval / 2 : 0;
	/* Whom it hears: .10 and .12 but not .1. */
	w->peers[0].address = address_of(family, 10);
	w->peers[1].address = address_of(family, 12);
	w->config.peers = w->peers;
	w->config.peer_count = head[1] & 64 ? 2 : 0;
	w->config.resign_any = head[1] & 128;
	w->config.lower_prio_no_advert = head[2] & 1;
	w->config.higher_prio_send_advert = head[2] & 2;
	w->config.owner_ignore_adverts = head[0] & 16;
	w->config.skip_check_adv_addr = head[2] & 4;

	memset(&w->v, 0, sizeof(w->v));
	vrrp_init(&w->v, &w->config);
	up.interface.status = VRRP_INTERFACE_UP;
	up.interface.source = address_of(family, 11);
	if (state == 0)
		return;
	step(w, &up);
	step(w, &startup);
	if (state == 2 && w->v.state == VRRP_BACKUP)
		elapse(w);
	if (state == 3) {
		up.interface.status = VRRP_INTERFACE_NO_CARRIER;
		up.interface.source = (struct ip){ 0 };
		step(w, &up);
	}
	if (last.type != VRRP_EVENT_TIME)
		step(w, &last);
}

/* The checksum that the bytes ask for, so that what lies behind is reached. */
static void mend(struct vrrp_datagram *d, uint8_t *bytes, bool pseudo)
{
	uint32_t sum = 0;
	uint16_t check;

	if (d->length < VRRP_HEADER_SIZE)
		return;
	bytes[6] = bytes[7] = 0;
	if (pseudo || d->source.family == IP_V6)
		sum = checksum_add_pseudo(sum, &d->source, &d->destination,
					  d->length, VRRP_PROTOCOL);
	check = checksum_end(checksum_add(sum, bytes, d->length));
	bytes[6] = (uint8_t)(check >> 8);
	bytes[7] = (uint8_t)check;
}

/* What was decoded, encoded again, is what came; where that can be. */
static void check_codec(const struct vrrp_datagram *d)
{
	static const uint8_t zeros[VRRP_V2_TRAILER_SIZE];
	struct vrrp_advert a, untouched;
	struct ip group = vrrp_group(d->source.family);
	uint8_t again[VRRP_MESSAGE_MAX];
	enum vrrp_drop drop;
	size_t length;

	memset(&a, 0x55, sizeof(a));
	untouched = a;
	drop = vrrp_decode(d, &vrrp_expect_any, &a);
	if (drop != VRRP_DROP_NONE) {
		MUST(drop < VRRP_DROPS);
		MUST(memcmp(&a, &untouched, sizeof(a)) == 0);
		return;
	}
	MUST(d->ttl == 255 && a.vrid > 0 && a.interval > 0);
	MUST(a.version == 3 || (a.version == 2 && a.family == IP_V4));
	MUST(a.addresses == d->bytes + VRRP_HEADER_SIZE);
	if (!ip_equal(&d->destination, &group) ||
	    (a.version == 3 && d->bytes[4] & 0xf0) ||
	    (a.version == 2 &&
	     memcmp(d->bytes + d->length - VRRP_V2_TRAILER_SIZE, zeros,
		    VRRP_V2_TRAILER_SIZE) != 0))
		return;
	length = vrrp_encode(&a, &d->source, again, sizeof(again));
	MUST(length == d->length);
	if (d->bytes[6] == 0xff && d->bytes[7] == 0xff)
		again[6] = again[7] = 0xff; /* RFC 1624: another zero */
	MUST(memcmp(again, d->bytes, length) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t lasts[] = { 12, 10, 11, 1 };
	static uint8_t bytes[LONGEST];
	struct vrrp_event event = { .type = VRRP_EVENT_ADVERT };
	struct vrrp_datagram *d = &event.datagram;
	struct vrrp_advert advert;
	struct world w;
	uint8_t family;

	if (size < HEAD || size > HEAD + LONGEST)
		return 0;
	make(&w, data);
	memcpy(bytes, data + HEAD, size - HEAD);
	family = data[3] & 1 ? IP_V6 : IP_V4;
	d->bytes = bytes;
	d->length = size - HEAD;
	d->source = address_of(family, lasts[data[3] >> 1 & 3]);
	d->destination =
		data[3] & 8 ? address_of(family, 11) : vrrp_group(family);
	d->ttl = data[4];
	if (data[3] & 16)
		mend(d, bytes, data[3] & 32);
	check_codec(d);

	for (int turn = 0; turn < 2; turn++) {
		enum vrrp_drop drop = vrrp_decode(d, &vrrp_expect_any, &advert);

		d->received = w.now - data[5] * TICK_MICROSECOND;
		step(&w, &event);
		if (drop != VRRP_DROP_NONE) {
			MUST(w.out.count == 1);
			MUST(w.out.list[0].type == VRRP_ACTION_DROPPED);
			/* Of a version that is not its own it reads no more. */
			MUST(w.out.list[0].drop == drop ||
			     (w.out.list[0].drop == VRRP_DROP_VERSION &&
			      bytes[0] >> 4 != w.config.version));
		}
		for (int i = 0; i < 6; i++)
			elapse(&w);
	}
	return 0;
}
