/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Invariants of one step: RFC 9568 6.3 and 6.4 as conditions on what is seen
 * from outside. They are written again from the standard, and share nothing
 * with src/vrrp but its vocabulary.
 */
#include "base/must.h"
#include "vrrp/track.h"
#include "walk.h"

#include <stddef.h>
#include <string.h>

/* Which causes may lead from one state to another. */
static const struct edge {
	enum vrrp_state from, to;
	unsigned causes;
} edges[] = {
#define C(cause) (1u << VRRP_CAUSE_##cause)
#define FAULTS                                                                 \
	(C(INTERFACE_MISSING) | C(INTERFACE_DOWN) | C(NO_CARRIER) |            \
	 C(NO_SOURCE) | C(TRACKED_INTERFACE))
#define SILENCES                                                               \
	(C(SILENCE) | C(RESIGNED) | C(PREEMPT) | C(PREEMPT_DELAY) |            \
	 C(NO_ANSWER))
	{ VRRP_INIT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_INIT, VRRP_ACTIVE, C(OWNER) | C(TAKEOVER) },
	{ VRRP_INIT, VRRP_FAULT, FAULTS },
	{ VRRP_FAULT, VRRP_BACKUP, C(STARTUP) },
	{ VRRP_FAULT, VRRP_ACTIVE, C(OWNER) },
	{ VRRP_FAULT, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_ACTIVE, SILENCES },
	{ VRRP_BACKUP, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_BACKUP, VRRP_FAULT, FAULTS },
	{ VRRP_ACTIVE, VRRP_BACKUP,
	  C(HIGHER_PRIORITY) | C(HIGHER_ADDRESS) | C(HANDOVER) | C(STALLED) },
	{ VRRP_ACTIVE, VRRP_INIT, C(SHUTDOWN) },
	{ VRRP_ACTIVE, VRRP_FAULT, FAULTS },
#undef C
#undef FAULTS
#undef SILENCES
};

static bool is_allowed(const struct vrrp_action *action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(edges); i++)
		if (edges[i].from == action->state.from &&
		    edges[i].to == action->state.to)
			return edges[i].causes & (1u << action->state.cause);
	return false;
}

/* What it tracks is bad, and on its link it can still be heard. */
static bool fails_aloud(const struct vrrp *before, const struct vrrp *after)
{
	return before->state == VRRP_ACTIVE && after->state == VRRP_FAULT &&
	       after->interface == VRRP_INTERFACE_UP;
}

static const char *check_send(const struct vrrp *before,
			      const struct vrrp *after,
			      const struct vrrp_action *action, struct walk *w)
{
	w->sends++;
	if (action->send.checksum == VRRP_CHECKSUM_AUTO)
		return "an advertisement without a form of checksum";
	if (action->send.priority == VRRP_PRIORITY_RESIGN) {
		if (before->state != VRRP_ACTIVE)
			return "a resignation of a router that is not Active";
		if (!fails_aloud(before, after) &&
		    (after->state != VRRP_ACTIVE || !is_leaving(after)))
			return "a resignation without a shutdown";
		return NULL;
	}
	if (is_leaving(after))
		return "an advertisement of an Active that leaves";
	/* The last word of one that loses, while it holds the addresses. */
	if (after->state != VRRP_ACTIVE &&
	    (before->state != VRRP_ACTIVE || !w->holds))
		return "an advertisement of a router that is not Active";
	if (action->send.priority != after->priority)
		return "an advertisement with another priority than ours";
	return NULL;
}

static const char *check_action(const struct vrrp *before,
				const struct vrrp *after,
				const struct vrrp_action *action,
				struct walk *w)
{
	switch (action->type) {
	case VRRP_ACTION_SEND:
		return check_send(before, after, action, w);
	case VRRP_ACTION_CLAIM:
		if (w->holds)
			return "claims what it holds";
		w->claims = true;
		w->claims_first = w->sends == 0;
		w->holds = true;
		return NULL;
	case VRRP_ACTION_RELEASE:
		if (!w->holds)
			return "releases what it does not hold";
		w->holds = false;
		return NULL;
	case VRRP_ACTION_ANNOUNCE:
		w->announces++;
		if (w->claims_first && w->sends > 0)
			return "announces after it has deposed the other";
		return w->holds ? NULL : "announces what it does not hold";
	case VRRP_ACTION_PROBE:
		w->probes++;
		if (after->config->address_count == 0)
			return "asks for an address and has none";
		return after->state == VRRP_BACKUP
			       ? NULL
			       : "a probe of a router that is no Backup";
	case VRRP_ACTION_STATE:
		w->moves++;
		w->cause = action->state.cause;
		if (action->state.from != w->state)
			return "leaves a state that it is not in";
		if (!is_allowed(action))
			return "a transition, or its cause, is not allowed";
		w->state = action->state.to;
		return NULL;
	case VRRP_ACTION_DROPPED:
		w->drops++;
		if (action->drop == VRRP_DROP_NONE ||
		    action->drop >= VRRP_DROPS)
			return "drops without a reason";
		return NULL;
	case VRRP_ACTION_NOTE:
		return action->note.note < VRRP_NOTES ? NULL : "an empty note";
	}
	return "an unknown action";
}

/* A list with an address that is not ours, or without one of ours. */
static bool is_other_list(const struct vrrp_config *c,
			  const struct vrrp_advert *advert)
{
	size_t size = ip_size(c->family);

	for (unsigned i = 0; i < advert->count; i++) {
		bool found = false;

		for (unsigned k = 0; k < c->address_count; k++)
			found |= memcmp(advert->addresses + i * size,
					c->addresses[k].bytes, size) == 0;
		if (!found)
			return true;
	}
	return advert->count != c->address_count;
}

/*
 * RFC 3768 7.1: another list is refused in version 2, but from an owner; and
 * always where it is to be strict. Our Active need not be looked at again.
 */
static bool is_refused_list(const struct vrrp *before,
			    const struct vrrp_event *event,
			    const struct vrrp_advert *advert)
{
	const struct vrrp_config *c = before->config;

	if (c->skip_check_adv_addr &&
	    ip_equal(&before->active, &event->datagram.source))
		return false;
	return is_other_list(c, advert) &&
	       (c->strict ||
		(c->version == 2 && advert->priority != VRRP_PRIORITY_OWNER));
}

static const char *check_event(const struct vrrp_event *event,
			       const struct vrrp *before,
			       const struct vrrp *after, const struct walk *w)
{
	struct vrrp_advert advert;

	if (event->type == VRRP_EVENT_ADVERT) {
		bool good = vrrp_decode(&event->datagram, &vrrp_expect_any,
					&advert) == VRRP_DROP_NONE;

		if (w->drops > 1)
			return "drops one packet twice";
		if (!good && w->drops == 0)
			return "a malformed packet is not dropped";
		if (w->drops == 0 && advert.count == 0 &&
		    before->config->address_count > 0)
			return "hears one that names no address";
		if (w->drops == 0 && is_refused_list(before, event, &advert))
			return "hears one with addresses that are not its own";
		if (w->drops == 1 && (w->sends || w->moves || w->announces ||
				      memcmp(before, after, sizeof(*after))))
			return "a dropped packet changes something";
		if (w->drops == 0 &&
		    ip_equal(&event->datagram.source, &before->source))
			return "hears itself";
		if (w->drops == 0 && before->state != VRRP_BACKUP &&
		    before->state != VRRP_ACTIVE)
			return "a packet is read outside Backup and Active";
	} else if (w->drops > 0) {
		return "drops a packet that never came";
	}
	if (event->type == VRRP_EVENT_TRACK &&
	    (after->track.weight != event->track.weight ||
	     after->track.faults != event->track.faults))
		return "tracks otherwise than it was told";
	if (after->priority != vrrp_effective_priority(after->config->priority,
						       after->track.weight))
		return "another priority than it was given";
	if (event->type == VRRP_EVENT_CONFIG && after->config != event->config)
		return "another configuration than it was given";
	if (event->type == VRRP_EVENT_SHUTDOWN && after->state != VRRP_INIT &&
	    !is_leaving(after))
		return "is not in Initialize after a shutdown";
	if (event->type == VRRP_EVENT_HANDOVER && before->started &&
	    before->state == VRRP_ACTIVE && !is_leaving(after))
		return "does not leave though it was told to";
	if ((event->type == VRRP_EVENT_STALLED ||
	     event->type == VRRP_EVENT_ANSWERED) &&
	    w->sends + w->moves + w->claims + w->probes > 0)
		return "acts on what is only news";
	if (event->type == VRRP_EVENT_CONFLICT &&
	    w->sends + w->moves + w->announces > 0)
		return "a conflict does more than ask for an announcement";
	if (after->started &&
	    (after->interface != VRRP_INTERFACE_UP ||
	     after->track.faults != 0) != (after->state == VRRP_FAULT))
		return "FAULT does not follow its reasons";
	return NULL;
}

static const char *check_deadline(tick_t now, const struct vrrp_event *event,
				  const struct vrrp *before,
				  const struct vrrp *after)
{
	const struct vrrp_config *c = after->config;
	tick_t deadline = vrrp_deadline(after);
	tick_t slack = vrrp_slack(after);
	tick_t oldest;

	if (slack < 0 || slack > TICK_MILLISECOND || slack > c->interval / 100)
		return "a slack beyond a hundredth of the interval or 1 ms";
	if (slack > 0 && after->state != VRRP_ACTIVE)
		return "a down timer with a slack";
	if ((after->state == VRRP_BACKUP || after->state == VRRP_ACTIVE) !=
	    (deadline != TICK_NEVER))
		return "a deadline if and only if Backup or Active";
	switch (event->type) {
	case VRRP_EVENT_TIME:
	case VRRP_EVENT_STARTUP:
	case VRRP_EVENT_TAKEOVER:
		if (is_leaving(before) && is_leaving(after))
			return deadline < vrrp_deadline(before)
				       ? "a deadline in the past"
				       : NULL;
		if (event->type == VRRP_EVENT_TIME && c->announce.interval == 0)
			return deadline < now ? "a deadline in the past" : NULL;
		return deadline <= now ? "a deadline in the past" : NULL;
	case VRRP_EVENT_ADVERT:
		/* A packet that waited may date a timer back, but no more. */
		oldest = tick_min(vrrp_deadline(before),
				  event->datagram.received);
		return deadline < oldest ? "a deadline in the past" : NULL;
	case VRRP_EVENT_SHUTDOWN:
	case VRRP_EVENT_INTERFACE:
	case VRRP_EVENT_TRACK:
	case VRRP_EVENT_CONFIG:
	case VRRP_EVENT_STALLED:
	case VRRP_EVENT_ADOPTED:
		break;
	case VRRP_EVENT_HANDOVER:
	case VRRP_EVENT_ANSWERED:
	case VRRP_EVENT_CONFLICT:
	case VRRP_EVENT_PROMOTE:
	case VRRP_EVENT_YIELD:
	case VRRP_EVENT_ASSERT:
	case VRRP_EVENT_UNHEARD:
	case VRRP_EVENT_HEARD:
		/* What was due still is; nothing new is due at once. */
		return deadline <= now && deadline < vrrp_deadline(before)
			       ? "a deadline in the past"
			       : NULL;
	}
	return NULL;
}

const char *check_step(tick_t now, const struct vrrp_event *event,
		       const struct vrrp *before, const struct vrrp *after,
		       const struct vrrp_actions *actions)
{
	struct walk w = { .state = before->state,
			  .holds = before->state == VRRP_ACTIVE };
	const char *wrong = NULL;

	if (actions->count > VRRP_ACTIONS_MAX)
		return "more actions than VRRP_ACTIONS_MAX";
	for (unsigned i = 0; i < actions->count && !wrong; i++)
		wrong = check_action(before, after, &actions->list[i], &w);
	if (wrong)
		return wrong;
	if (w.state != after->state)
		return "a change of state that is not told";
	if (w.holds != (after->state == VRRP_ACTIVE))
		return after->state == VRRP_ACTIVE
			       ? "an Active without the addresses"
			       : "addresses held outside Active";
	if (fails_aloud(before, after) && w.sends != 2)
		return "fails without two resignations";
	if (w.sends > 1 && !fails_aloud(before, after))
		return "more than one advertisement in one step";
	wrong = check_event(event, before, after, &w);
	if (!wrong)
		wrong = check_active(now, event, before, after, &w);
	if (!wrong)
		wrong = check_deadline(now, event, before, after);
	if (!wrong)
		wrong = check_backup(now, event, before, after, &w);
	return wrong;
}
