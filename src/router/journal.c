/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes an event in the ledger. Changes of state and of what is tracked
 * do, unless there are too many of them (flapping.c). Drops and notes are
 * always counted, and told a few times in a while: by instance and reason, not
 * by source, so that a forger of sources gains nothing (RFC 9568 7.1, 8.3.2).
 * So are addresses that were put back.
 */
#include "ledger/lvs.h"
#include "router/state.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool record_open(struct ledger_record *record)
{
	if (record->sequence & 1)
		return false;
	ledger_begin(&record->sequence);
	return true;
}

void record_close(struct ledger_record *record, bool opened)
{
	if (opened)
		ledger_end(&record->sequence);
}

/*
 * Of a drop, or a note behind these; of an instance, or behind these of none.
 * By reason first: few of them occur, and the memory of the others is never
 * touched.
 */
static struct journal_limit *limit_of(struct router *r, uint32_t id,
				      unsigned reason)
{
	return &r->limits[(size_t)reason * (r->instance_count + 1) + id];
}

struct journal_limit *journal_limits(uint32_t instances)
{
	return calloc((VRRP_DROPS + VRRP_NOTES) * ((size_t)instances + 1),
		      sizeof(struct journal_limit));
}

static bool may_tell(struct router *r, struct journal_limit *limit)
{
	uint16_t window = (uint16_t)(r->now / JOURNAL_WINDOW + 1);

	if (limit->window != window) {
		limit->window = window;
		limit->used = 0;
	}
	if (limit->used >= JOURNAL_LIMIT)
		return false;
	limit->used++;
	return true;
}

/* Of one more than there is room for in this window: that it was. */
static bool may_burst(struct router *r)
{
	struct journal_burst *b = &r->burst;

	if (r->now >= b->until) {
		journal_run(r);
		*b = (struct journal_burst){ .until = r->now + JOURNAL_WINDOW };
	}
	if (b->told < JOURNAL_BURST) {
		b->told++;
		return true;
	}
	b->untold++;
	return false;
}

tick_t journal_deadline(const struct router *r)
{
	return r->burst.untold > 0 ? r->burst.until : TICK_NEVER;
}

void journal_run(struct router *r)
{
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_TROUBLE,
		.code = LEDGER_TROUBLE_MORE,
		.to = true,
		.value = ledger_holding_value(r->burst.untold, 0),
	};

	if (r->now < journal_deadline(r))
		return;
	r->burst.untold = 0;
	ledger_append(r->ledger, &event);
}

void journal_trouble(struct router *r, uint32_t id, enum ledger_trouble trouble,
		     bool begins, uint32_t number, int error)
{
	struct ledger_event event = {
		.instance = id,
		.type = LEDGER_EVENT_TROUBLE,
		.code = (uint8_t)trouble,
		.to = begins,
		.value = ledger_holding_value(number, error),
	};

	if (may_burst(r))
		ledger_append(r->ledger, &event);
}

void journal_sending(struct router *r, uint32_t id, int error, bool left)
{
	struct instance *i = &r->instances[id];
	bool opened = record_open(i->record);

	i->record->send_error = error;
	i->record->unsent = !left;
	record_close(i->record, opened);
	if (may_tell(r, &i->refusals))
		journal_trouble(r, id, LEDGER_TROUBLE_SENDING, error != 0,
				!left, error);
}

void journal_state(struct router *r, uint32_t id,
		   const struct vrrp_action *action)
{
	struct ledger_record *record = r->instances[id].record;
	struct ledger_event event = {
		.instance = id,
		.type = LEDGER_EVENT_STATE,
		.from = (uint8_t)action->state.from,
		.to = (uint8_t)action->state.to,
		.code = (uint8_t)action->state.cause,
		.peer = action->state.peer,
		.value = action->state.peer_priority,
	};

	if (action->state.to == VRRP_ACTIVE)
		r->instances[id].counters->became_active++;
	record->since_real = clock_real_now();
	if (flapping_tells(r, FLAPPING_STATE, id, (uint8_t)action->state.to))
		ledger_append(r->ledger, &event);
}

/* For who asks which router it is. */
static void remember(struct ledger_record *record, const struct ledger_event *e)
{
	bool opened = record_open(record);

	record->last_mistake_peer = e->peer;
	record->last_mistake_type = e->type;
	record->last_mistake_code = e->code;
	record->last_mistake_value = e->value;
	record->last_mistake_real = clock_real_now();
	record_close(record, opened);
}

void journal_drop(struct router *r, uint32_t id, enum vrrp_drop drop,
		  const struct ip *peer)
{
	struct instance *i = &r->instances[id];
	struct ledger_event event = {
		.instance = id,
		.type = LEDGER_EVENT_DROP,
		.code = (uint8_t)drop,
		.peer = *peer,
	};

	ledger_count_add(r->ledger, LEDGER_DROPS, drop, id, 1);
	/* What others say while we are out is theirs alone. */
	if (drop == VRRP_DROP_NOT_RUNNING ||
	    !may_tell(r, limit_of(r, id, drop)))
		return;
	ledger_append(r->ledger, &event);
	remember(i->record, &event);
}

void journal_unknown(struct router *r, uint32_t ifindex, enum vrrp_drop drop,
		     uint8_t vrid, const struct ip *peer)
{
	const struct mirror_link *link = mirror_link(r->mirror, ifindex);
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_DROP,
		.code = (uint8_t)drop,
		.peer = *peer,
		.value = drop == VRRP_DROP_VRID ? vrid : 0,
	};

	ledger_count_add(r->ledger, LEDGER_DROPS, drop, LEDGER_NO_INSTANCE, 1);
	if (!may_tell(r, limit_of(r, r->instance_count, drop)))
		return;
	if (link)
		snprintf(event.name, sizeof(event.name), "%s", link->name);
	ledger_append(r->ledger, &event);
}

void journal_note(struct router *r, uint32_t id,
		  const struct vrrp_action *action)
{
	struct instance *i = &r->instances[id];
	enum vrrp_note note = action->note.note;
	struct ledger_event event = {
		.instance = id,
		.type = LEDGER_EVENT_NOTE,
		.code = (uint8_t)note,
		.peer = action->note.peer,
		.value = action->note.value,
	};

	ledger_count_add(r->ledger, LEDGER_NOTES, note, id, 1);
	if (!may_tell(r, limit_of(r, id, VRRP_DROPS + note)))
		return;
	ledger_append(r->ledger, &event);
	if (vrrp_note_is_mistake(note))
		remember(i->record, &event);
}

void journal_priority(struct router *r, uint32_t id, uint8_t from, uint8_t to)
{
	if (!flapping_tells(r, FLAPPING_PRIORITY, id, to))
		return;
	ledger_append(r->ledger, &(struct ledger_event){
					 .instance = id,
					 .type = LEDGER_EVENT_PRIORITY,
					 .from = from,
					 .to = to,
				 });
}

void journal_sync_wait(struct router *r, uint32_t id, bool waits, bool steady)
{
	struct ledger_event event = {
		.instance = id,
		.type = LEDGER_EVENT_SYNC_WAIT,
		.to = waits,
		.code = steady,
	};

	if (ledger_has_lvs(r->ledger))
		event.value = ledger_lvs(r->ledger)->sync_connections;
	ledger_append(r->ledger, &event);
}

void journal_target(struct router *r, uint32_t target)
{
	static const uint8_t types[] = {
		[VRRP_TARGET_SCRIPT] = LEDGER_EVENT_SCRIPT,
		[VRRP_TARGET_FILE] = LEDGER_EVENT_FILE,
		[VRRP_TARGET_PROCESS] = LEDGER_EVENT_TRACKED_PROCESS,
		[VRRP_TARGET_VIRTUAL] = LEDGER_EVENT_TRACKED_SERVER,
	};
	struct ledger_result result;
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = types[r->targets[target].kind],
		.to = (uint8_t)r->targets[target].verdict,
	};

	if (!flapping_tells(r, FLAPPING_TARGET, target, event.to))
		return;
	(void)ledger_read_result(r->ledger, target, &result);
	event.code = result.how;
	event.value = result.value;
	snprintf(event.name, sizeof(event.name), "%s",
		 ledger_target_name(r->ledger, target));
	ledger_append(r->ledger, &event);
}

void journal_group(struct router *r, uint32_t group, enum vrrp_state from,
		   enum vrrp_state to)
{
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_GROUP,
		.from = (uint8_t)from,
		.to = (uint8_t)to,
	};

	if (!flapping_tells(r, FLAPPING_GROUP, group, (uint8_t)to))
		return;
	snprintf(event.name, sizeof(event.name), "%s",
		 r->groups[group].conf->name);
	ledger_append(r->ledger, &event);
}

void journal_tracked(struct router *r, uint32_t interface)
{
	const struct interface *f = &r->interfaces[interface];
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_TRACKED,
		.to = (uint8_t)f->link,
	};

	if (!flapping_tells(r, FLAPPING_LINK, interface, event.to))
		return;
	for (uint32_t n = f->tracker; n != ROUTER_NONE; n = r->trackers[n].next)
		event.value++;
	snprintf(event.name, sizeof(event.name), "%s", f->name);
	ledger_append(r->ledger, &event);
}

static uint8_t whose(const struct holding *h, enum ledger_holding_state state,
		     uint8_t before)
{
	switch (state) {
	case LEDGER_HOLDING_INSTALLING: /* who comes after us finds it */
		return LEDGER_WHOSE_OURS;
	case LEDGER_HOLDING_INSTALLED:
		return h->foreign ? LEDGER_WHOSE_THEIRS : LEDGER_WHOSE_OURS;
	case LEDGER_HOLDING_ABSENT:
		return h->present && h->foreign ? LEDGER_WHOSE_THEIRS
						: LEDGER_WHOSE_UNKNOWN;
	case LEDGER_HOLDING_REMOVING:
	case LEDGER_HOLDING_FAILED:
		break;
	}
	return before;
}

void journal_others(struct router *r, uint32_t holding, enum ledger_others now,
		    enum ledger_others told)
{
	struct instance *i = &r->instances[r->holdings[holding].instance];
	const struct ledger_wanted *w = ledger_wanted_at(r->ledger, holding);
	struct ledger_event event = {
		.instance = r->holdings[holding].instance,
		.type = LEDGER_EVENT_OTHERS,
		.code = (uint8_t)told,
		.peer = w->address,
		.prefix = w->prefix,
	};
	bool opened = record_open(i->record);

	ledger_held_at(r->ledger, holding)->others = (uint8_t)now;
	record_close(i->record, opened);
	if (told != LEDGER_OTHERS_NONE && may_tell(r, &i->others))
		ledger_append(r->ledger, &event);
}

void journal_also_on(struct router *r, uint32_t holding, const char *name)
{
	struct instance *i = &r->instances[r->holdings[holding].instance];
	struct ledger_held *l = ledger_held_at(r->ledger, holding);
	bool opened = record_open(i->record);

	strncpy(l->also_on, name, sizeof(l->also_on) - 1);
	record_close(i->record, opened);
}

void journal_holding(struct router *r, uint32_t holding,
		     enum ledger_holding_state state, int error)
{
	struct holding *h = &r->holdings[holding];
	struct instance *i =
		h->instance == ROUTER_NONE ? NULL : &r->instances[h->instance];
	const struct ledger_wanted *w = ledger_wanted_at(r->ledger, holding);
	struct ledger_held *l = ledger_held_at(r->ledger, holding);
	/* Refused once more for the same reason: that is no news. */
	bool retries = state == LEDGER_HOLDING_INSTALLING ||
		       state == LEDGER_HOLDING_REMOVING;
	bool failed = state == LEDGER_HOLDING_FAILED && l->error != error &&
		      may_burst(r);
	/* Somebody else took away what was there. */
	bool again = state == LEDGER_HOLDING_INSTALLING &&
		     l->state == LEDGER_HOLDING_INSTALLED;
	/* Whoever does it may do it again and again. */
	bool tell =
		failed ||
		(again && may_tell(r, i ? &i->repairs : &r->static_repairs));
	struct ledger_event event = {
		.instance = i ? h->instance : LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_HOLDING,
		.code = w->kind,
		.from = l->state,
		.to = (uint8_t)state,
		.peer = w->address,
		.prefix = w->prefix,
		.value = ledger_holding_value(w->number, error),
		.by = h->by,
	};
	bool opened = i && record_open(i->record);

	l->state = (uint8_t)state;
	l->whose = whose(h, state, l->whose);
	if (!retries)
		l->error = error;
	if (h->interface != ROUTER_NONE)
		l->ifindex = r->interfaces[h->interface].ifindex;
	if (i)
		record_close(i->record, opened);
	if (tell)
		ledger_append(r->ledger, &event);
}

/*
 * Bucket n counts what is at most 2^n microseconds. What is early, since it
 * leaves with the batch of another, is not late.
 */
void journal_lateness(uint64_t histogram[LEDGER_LATENESS], tick_t *most,
		      uint64_t *sum, tick_t late)
{
	unsigned bucket = 0;

	late = tick_max(late, 0);
	while (bucket < LEDGER_LATENESS - 1 && late > TICK_MICROSECOND
							       << bucket)
		bucket++;
	histogram[bucket]++;
	*sum += (uint64_t)late;
	*most = tick_max(*most, late);
}

void journal_wake(struct router *r)
{
	if (r->server->events == r->events_seen && !r->tells)
		return;
	r->events_seen = r->server->events;
	r->tells = false;
	wake_send(r->wake);
}
