/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An Active of which nothing leaves (a firewall, a full queue, no route) is no
 * Active to the others: after their Active_Down_Interval one of them takes
 * over. The two would serve side by side for as long as the refusal lasts, so
 * this one lets the other serve as soon as it hears it. Then it tries now and
 * then whether an advertisement leaves; it takes back from a lesser router when
 * one did. Alone it serves on: nobody else would.
 */
#include "router/speech.h"
#include "router/state.h"

/* How often one that nobody hears tries to say something. */
#define UNHEARD_TEST (5 * TICK_SECOND)

static void set_unheard(struct instance *i, bool unheard)
{
	bool opened = record_open(i->record);

	i->record->unheard = unheard;
	record_close(i->record, opened);
}

/*
 * Whether an advertisement leaves, if it would preempt: then the other router
 * lets go when it hears this very one. A sync group is left alone: what one
 * member says is the affair of all.
 */
static bool is_heard(struct router *r, uint32_t id)
{
	const struct instance *i = &r->instances[id];
	const struct vrrp_saved *v = i->core;
	const struct vrrp_config *c = &i->conf->vrrp;

	if ((!c->preempt && v->priority != VRRP_PRIORITY_OWNER) ||
	    c->preempt_delay > 0 || c->grouped || v->active.family == IP_NONE ||
	    v->active_priority >= v->priority)
		return false;
	if (!speaker_say(r, id, v->priority, i->record->sent_checksum))
		return false;
	transmit_flush(r->transmit);
	r->batch++;
	return i->sending.silent_since == TICK_NEVER;
}

/* True: it is to be looked at again. */
static bool look(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];
	struct vrrp_event event = { .type = VRRP_EVENT_UNHEARD };

	if (i->sending.contested && i->core->state == VRRP_ACTIVE) {
		i->sending.contested = false;
		set_unheard(i, true);
		router_step(r, id, &event);
		return true;
	}
	i->sending.contested = false;
	if (!i->record->unheard)
		return false;
	/* It serves again, or began anew. */
	if (i->core->state != VRRP_BACKUP || !i->core->yielded) {
		set_unheard(i, false);
		return false;
	}
	if (!is_heard(r, id))
		return true;
	set_unheard(i, false);
	event.type = VRRP_EVENT_HEARD;
	router_step(r, id, &event);
	return false;
}

void unheard_run(struct router *r)
{
	bool more = false;

	if (r->now < r->unheard_at)
		return;
	for (uint32_t n = 0; n < r->instance_count; n++)
		more |= look(r, n);
	r->unheard_at = more ? r->now + UNHEARD_TEST : TICK_NEVER;
}

tick_t unheard_deadline(const struct router *r)
{
	return r->unheard_at;
}
