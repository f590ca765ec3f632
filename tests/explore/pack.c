/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States as keys, and back: every timer as a number of units from now. */
#include "model.h"

#include "base/bytes.h"
#include "base/must.h"

#include <assert.h>
#include <string.h>

#define TIMER_NEVER INT16_MAX

/* The longest Skew_Time in quanta is below an interval, or a second in v2. */
#define SKEW_MAX 8

/* All intervals are so many quanta, or a multiple. */
#define INTERVAL_PART 4

/*
 * model_pack() must know each field that influences a step. Whoever adds one
 * adds it there too (`since` is only told to others, and `word_until` decides
 * only what is told).
 */
#if UINTPTR_MAX == UINT64_MAX
static_assert(sizeof(struct vrrp) == 248, "model_pack() knows all fields");
#endif

static void pack_timer(const struct model *m, tick_t timer, struct writer *w)
{
	tick_t units = 0;

	if (timer == TICK_NEVER) {
		write_u16(w, TIMER_NEVER);
		return;
	}
	/* All that is past is the same. */
	if (timer > MODEL_NOW) {
		units = (timer - MODEL_NOW) / m->unit;
		MUST((timer - MODEL_NOW) % m->unit == 0 && units < TIMER_NEVER);
	}
	write_u16(w, (uint16_t)units);
}

static tick_t unpack_timer(const struct model *m, struct reader *r)
{
	uint16_t units = read_u16(r);

	return units == TIMER_NEVER ? TICK_NEVER : MODEL_NOW + units * m->unit;
}

/*
 * What is learned of another's interval (vrrp/doubt.c). Whom a short one has
 * misled stays shy: no history is as long as that lasts.
 */
static void pack_doubt(const struct model *m, const struct vrrp *v,
		       struct writer *w)
{
	write_u8(w, (uint8_t)(v->kept | v->probes << 2 |
			      (v->shy_until > MODEL_NOW) << 4 |
			      v->kept_interval / (INTERVAL_PART * m->quantum)
				      << 5));
	pack_timer(m, v->probe_timer, w);
}

static void pack_node(const struct model *m, const struct node *n,
		      struct writer *w)
{
	const struct vrrp *v = &n->vrrp;
	uint8_t active = 0;

	write_u8(w, (uint8_t)(v->state | v->started << 2 | n->up << 3 |
			      n->powered << 4 | (v->track.faults ? 32 : 0)));
	if (!n->powered)
		return;
	for (uint8_t i = 0; i < m->system->count; i++)
		if (ip_equal(&v->active, &m->source[i]))
			active = (uint8_t)(i + 1);
	write_u8(w, (uint8_t)(v->interface << 4 | v->down_cause));
	write_u8(w, (uint8_t)(active << 4 | v->peer_checksum));
	write_u8(w, v->priority);
	write_u8(w, v->active_priority);
	write_u16(w, (uint16_t)(v->active_interval / m->unit));
	MUST(m->learns || (v->probe_timer == TICK_NEVER && v->probes == 0 &&
			   v->kept_interval == 0));
	MUST(v->defend_after <= MODEL_NOW);
	write_u8(w, (uint8_t)(vrrp_leaving(v) | v->heir << 1 | v->yielded << 2 |
			      v->doubt << 3 | v->resigns_left << 4 |
			      (vrrp_leaving(v) &&
			       v->leave_cause == VRRP_CAUSE_HANDOVER)
				      << 6));
	/* Who leaves has other timers than who does not. */
	pack_timer(m, vrrp_leaving(v) ? v->leave_timer : v->adver_timer, w);
	pack_timer(m, vrrp_leaving(v) ? v->resign_timer : v->down_timer, w);
	if (vrrp_leaving(v)) {
		write_u8(w, v->heirs_lost);
		/* It counts for a Skew_Time, at most four quanta. */
		pack_timer(m, v->resigned_at + SKEW_MAX * m->quantum, w);
	}
	pack_timer(m, v->preempt_timer, w);
	/* It counts until its Active_Down_Interval is over. */
	pack_timer(m, tick_after(v->lower_heard, m->down * v->lower_interval),
		   w);
	write_u8(w, (uint8_t)(v->lower_interval / m->quantum));
	pack_timer(m, v->active_until, w);
	pack_timer(m, v->answer_after, w);
	pack_timer(m, v->announce.next, w);
	pack_timer(m, v->announce.again, w);
	pack_timer(m, v->announce.refresh, w);
	write_u8(w,
		 (uint8_t)(v->announce.rounds << 4 | v->announce.again_rounds));
	if (m->learns)
		pack_doubt(m, v, w);
}

static void unpack_doubt(const struct model *m, struct vrrp *v,
			 struct reader *r)
{
	uint8_t byte = read_u8(r);

	v->kept = byte & 3;
	v->probes = byte >> 2 & 3;
	if (byte >> 4 & 1)
		v->shy_until = MODEL_NOW + TICK_SECOND;
	v->kept_interval = (byte >> 5) * INTERVAL_PART * m->quantum;
	v->probe_timer = unpack_timer(m, r);
}

static void unpack_node(const struct model *m, unsigned i, struct node *n,
			struct reader *r)
{
	struct vrrp *v = &n->vrrp;
	uint8_t byte = read_u8(r);

	vrrp_init(v, &m->config[i]);
	v->state = byte & 3;
	v->started = byte >> 2 & 1;
	n->up = byte >> 3 & 1;
	n->powered = byte >> 4 & 1;
	v->track.faults = byte >> 5 & 1;
	if (!n->powered)
		return;
	byte = read_u8(r);
	v->interface = byte >> 4;
	v->down_cause = byte & 15;
	if (v->interface == VRRP_INTERFACE_UP)
		v->source = m->source[i];
	byte = read_u8(r);
	if (byte >> 4)
		v->active = m->source[(byte >> 4) - 1];
	v->peer_checksum = byte & 15;
	v->priority = read_u8(r);
	v->track.weight = v->priority - m->config[i].priority;
	v->active_priority = read_u8(r);
	v->active_interval = read_u16(r) * m->unit;
	byte = read_u8(r);
	v->heir = byte >> 1 & 1;
	v->yielded = byte >> 2 & 1;
	v->doubt = byte >> 3 & 1;
	v->resigns_left = byte >> 4 & 3;
	if (byte & 1) {
		v->leave_cause = byte >> 6 & 1 ? VRRP_CAUSE_HANDOVER
					       : VRRP_CAUSE_SHUTDOWN;
		v->leave_timer = unpack_timer(m, r);
		v->resign_timer = unpack_timer(m, r);
		v->heirs_lost = read_u8(r);
		v->resigned_at = unpack_timer(m, r) - SKEW_MAX * m->quantum;
	} else {
		v->adver_timer = unpack_timer(m, r);
		v->down_timer = unpack_timer(m, r);
	}
	v->preempt_timer = unpack_timer(m, r);
	v->lower_heard = unpack_timer(m, r);
	v->lower_interval = read_u8(r) * m->quantum;
	if (v->lower_heard != TICK_NEVER)
		v->lower_heard -= m->down * v->lower_interval;
	v->active_until = unpack_timer(m, r);
	v->answer_after = unpack_timer(m, r);
	v->announce.next = unpack_timer(m, r);
	v->announce.again = unpack_timer(m, r);
	v->announce.refresh = unpack_timer(m, r);
	byte = read_u8(r);
	v->announce.rounds = byte >> 4;
	v->announce.again_rounds = byte & 15;
	if (m->learns)
		unpack_doubt(m, v, r);
}

/* The order in which messages stand in a state means nothing. */
static uint32_t rank(const struct message *x)
{
	return (uint32_t)(x->from << 24 | x->to << 16 | x->priority << 8 |
			  x->age);
}

void model_pack(const struct model *m, const struct state *s,
		uint8_t key[KEY_SIZE])
{
	struct writer w = writer_over(key, KEY_SIZE);
	struct message sorted[MESSAGES_MAX];

	memset(key, 0, KEY_SIZE);
	write_u8(&w, s->budget);
	write_u8(&w, s->healed);
	write_u8(&w, (uint8_t)s->messages);
	for (unsigned i = 0; i < s->messages; i++) {
		unsigned j = i;

		for (; j > 0 && rank(&sorted[j - 1]) > rank(&s->message[i]);
		     j--)
			sorted[j] = sorted[j - 1];
		sorted[j] = s->message[i];
	}
	for (unsigned i = 0; i < s->messages; i++) {
		write_u8(&w, (uint8_t)(sorted[i].from << 6 | sorted[i].to << 4 |
				       sorted[i].age));
		write_u8(&w, sorted[i].priority);
	}
	for (unsigned i = 0; i < m->system->count; i++)
		pack_node(m, &s->node[i], &w);
	MUST(!w.bad);
}

void model_unpack(const struct model *m, const uint8_t key[KEY_SIZE],
		  struct state *s)
{
	struct reader r = reader_over(key, KEY_SIZE);

	s->budget = read_u8(&r);
	s->healed = read_u8(&r);
	s->messages = read_u8(&r);
	for (unsigned i = 0; i < s->messages; i++) {
		uint8_t byte = read_u8(&r);

		s->message[i].from = byte >> 6;
		s->message[i].to = byte >> 4 & 3;
		s->message[i].age = byte & 15;
		s->message[i].priority = read_u8(&r);
	}
	for (unsigned i = 0; i < m->system->count; i++)
		unpack_node(m, i, &s->node[i], &r);
	MUST(!r.bad);
}
