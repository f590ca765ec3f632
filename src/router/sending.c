/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of what an instance says: what left is counted, what the kernel
 * refused is told with its errno. An Active of which nothing leaves may have to
 * let another one serve (unheard.c).
 */
#include "router/speech.h"
#include "router/state.h"
#include "vrrp/timer.h"

#include <errno.h>

void sending_begin(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];

	if (!i->record->unheard)
		i->sending.silent_since = TICK_NEVER;
}

/* All of an advertisement has left or not. */
static void judge(struct router *r, uint32_t id, enum speech_kind kind)
{
	struct instance *i = &r->instances[id];
	struct sending *s = &i->sending;
	int error = s->error;
	bool left = s->left;

	s->error = 0;
	s->left = false;
	if (left && kind == SPEECH_RESIGN)
		i->counters->resigns_sent++;
	else if (left)
		i->counters->adverts_sent++;
	if (left)
		s->silent_since = TICK_NEVER;
	else if (s->silent_since == TICK_NEVER)
		s->silent_since = r->now;
	if (error != i->record->send_error || left == i->record->unsent)
		journal_sending(r, id, error, left);
}

/* One packet of an advertisement; `last`: there is no other one of it. */
static void advert_done(struct router *r, uint32_t id, enum speech_kind kind,
			bool last, int error)
{
	struct sending *s = &r->instances[id].sending;

	if (error)
		s->error = error;
	else
		s->left = true;
	if (!last)
		return;
	/* This process slept; the kernel has nothing against it. */
	if (s->error == ETIME && !s->left)
		s->error = 0;
	else
		judge(r, id, kind);
}

void sending_done(void *context, uint64_t cookie, uint32_t ifindex, int error)
{
	struct router *r = context;
	uint32_t id = (uint32_t)(cookie >> SPEECH_ID_SHIFT);
	enum speech_kind kind = cookie & SPEECH_KINDS;
	struct ledger_counters *counters = r->instances[id].counters;

	(void)ifindex;
	counters->send_errors += error != 0;
	switch (kind) {
	case SPEECH_ADVERT:
	case SPEECH_RESIGN:
		advert_done(r, id, kind, !(cookie & SPEECH_MORE), error);
		return;
	case SPEECH_ANNOUNCEMENT:
		if (error)
			announcer_failed(r, id);
		else
			counters->announcements_sent++;
		return;
	case SPEECH_QUESTION:
		return;
	}
}

void sending_contested(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];
	const struct vrrp_config *c = &i->conf->vrrp;
	tick_t patience =
		vrrp_active_down_interval(c, i->core->priority, c->interval);

	if (i->sending.silent_since == TICK_NEVER ||
	    r->now - i->sending.silent_since < patience)
		return;
	i->sending.contested = true;
	r->unheard_at = r->now;
}
