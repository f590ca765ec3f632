/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State Active: RFC 9568 6.4.3. */
#include "vrrp/states.h"
#include "vrrp/timer.h"

static tick_t answer_gap(const struct vrrp *v)
{
	return tick_min(v->config->interval, VRRP_ANSWER_GAP);
}

/* Limited, or a flood of losing ones would make a flood of answers. */
static bool may_react(struct vrrp *v, tick_t now)
{
	if (now < v->answer_after)
		return false;
	v->answer_after = now + answer_gap(v);
	return true;
}

/* An answer makes another Active let go, and turns the bridges. */
static bool answer(struct vrrp *v, tick_t now, const struct ip *sender,
		   struct vrrp_actions *out)
{
	if (!may_react(v, now)) {
		vrrp_emit_note(VRRP_NOTE_ANSWER_SUPPRESSED, sender, 0, out);
		return false;
	}
	vrrp_emit_send(v, v->priority, out);
	return true;
}

/*
 * 2.5: whoever becomes Active beside us, though we were there for all of its
 * Active_Down_Interval, heard none of our advertisements in that time. At
 * small intervals that is most likely our own doing: they come too late.
 */
static bool missed_us(const struct vrrp *v, tick_t received,
		      const struct vrrp_advert *advert)
{
	const struct vrrp_config *c = v->config;

	return c->interval < TICK_SECOND &&
	       received - v->since >= vrrp_active_down_interval(
					      c, advert->priority, c->interval);
}

static void last_word(struct vrrp *v, struct vrrp_actions *out)
{
	if (v->config->higher_prio_send_advert && !v->doubt)
		vrrp_emit_send(v, v->priority, out);
}

/*
 * (740). DEVIATION: with a final advertisement. Where two served, the hosts may
 * know us, and the winner need not have heard that there were two. It answers,
 * and announces the addresses anew (765). A router that was stalled sends none:
 * another is already serving.
 */
static void lose(struct vrrp *v, tick_t received, tick_t now,
		 enum vrrp_cause cause, const struct vrrp_advert *advert,
		 const struct ip *sender, struct vrrp_actions *out)
{
	last_word(v, out);
	vrrp_become_backup(v, received, now, cause, advert, sender, out);
}

/* The word that every preemption ends with, lose(): nothing to be told. */
static bool was_expected(struct vrrp *v, tick_t received)
{
	bool is = received < v->word_until;

	v->word_until = INT64_MIN; /* the second word is none */
	return is;
}

/* (740): of two that serve it is the other. */
static bool is_better(const struct vrrp *v, const struct vrrp_advert *advert,
		      const struct ip *sender)
{
	return advert->priority > v->priority ||
	       (advert->priority == v->priority &&
		ip_compare(sender, &v->source) > 0);
}

/* An owner that does not care about others; receive.c has noted them. */
static bool is_deaf(const struct vrrp *v)
{
	return vrrp_is_owner(v) && v->config->owner_ignore_adverts;
}

/*
 * DEVIATION from (740), in a sync group. Where two groups serve, each may be
 * better in another member; if each yielded there, both would leave, and again,
 * for ever. So one member decides, and a follower first waits whether the
 * other group yields to that one: until the same sender speaks once more, half
 * an interval later or more.
 */
static bool awaits_group(struct vrrp *v, tick_t received,
			 const struct vrrp_advert *advert,
			 const struct ip *sender, struct vrrp_actions *out)
{
	tick_t interval = tick_max(v->config->interval, advert->interval);

	if (!v->config->follower || v->doubt)
		return false;
	/* What was heard long ago was another matter. */
	if (v->yield_after == TICK_NEVER ||
	    received > v->yield_after + 2 * interval)
		v->yield_after = received + interval / 2;
	if (received < v->yield_after)
		return true;
	vrrp_emit_note(VRRP_NOTE_GROUP_MIXED, sender, advert->priority, out);
	return false;
}

/* The Backups may have learned its interval, and not wait for our next one. */
static bool misleads(const struct vrrp *v, const struct vrrp_advert *advert)
{
	return advert->interval < v->config->interval;
}

/* (765): discard, answer at once; Adver_Timer runs on. */
static void win(struct vrrp *v, tick_t received, tick_t now,
		const struct vrrp_advert *advert, const struct ip *sender,
		struct vrrp_actions *out)
{
	bool silent = (v->config->lower_prio_no_advert || is_deaf(v)) &&
		      !misleads(v, advert);

	if (!was_expected(v, received))
		vrrp_emit_note(VRRP_NOTE_LOSING_ADVERT, sender,
			       advert->priority, out);
	if (silent ? may_react(v, now) : answer(v, now, sender, out)) {
		vrrp_announce_lower(v, now, out);
		if (missed_us(v, received, advert))
			vrrp_emit_note(VRRP_NOTE_FLAPPING, sender,
				       v->config->interval, out);
	} else {
		/*
		 * This may be the final advertisement of one that yields, and
		 * it came just after we announced. In two gaps, so that a flood
		 * asks for no more rounds.
		 */
		vrrp_announce_lower_at(v, now + 2 * answer_gap(v));
	}
}

void vrrp_active_advert(struct vrrp *v, tick_t received, tick_t now,
			const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out)
{
	if (is_deaf(v) && advert->priority == VRRP_PRIORITY_OWNER) {
		if (misleads(v, advert))
			answer(v, now, sender, out);
	} else if (is_deaf(v) && advert->priority == VRRP_PRIORITY_RESIGN) {
		/* No matter: we say that we are here in any case. */
	} else if (advert->priority == VRRP_PRIORITY_RESIGN) {
		/*
		 * (720): say that we are here. DEVIATION: not before we have
		 * read all that waited while we slept; another may be.
		 */
		if (!v->doubt && answer(v, now, sender, out))
			v->adver_timer = vrrp_adver_due(v->config, now);
	} else if (is_better(v, advert, sender)) {
		if (!awaits_group(v, received, advert, sender, out))
			lose(v, received, now,
			     advert->priority > v->priority
				     ? VRRP_CAUSE_HIGHER_PRIORITY
				     : VRRP_CAUSE_HIGHER_ADDRESS,
			     advert, sender, out);
	} else if (v->doubt && !is_deaf(v)) {
		/*
		 * We were away, and another one serves: it stays. We wait from
		 * now and not from when its packet came, or we would depose it
		 * in the same moment.
		 */
		vrrp_become_backup(v, now, now, VRRP_CAUSE_STALLED, advert,
				   sender, out);
	} else {
		win(v, received, now, advert, sender, out);
	}
}

/*
 * Its peers may still hear of the one that lost elsewhere, and all of its group
 * wait for that one; so this one waits an interval longer than any of them, and
 * does not come between. Nobody resigned: who preempts has the addresses, and
 * others wait as if it had fallen silent, like those of keepalived.
 */
void vrrp_active_yield(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	static const struct ip nobody = { .family = IP_NONE };

	/* It won against one here, a moment ago. */
	if (v->answer_after > now - v->config->interval)
		vrrp_emit_note(VRRP_NOTE_GROUP_MIXED, &nobody, 0, out);
	last_word(v, out);
	vrrp_clear_timers(v);
	v->active_interval = v->config->interval;
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer =
		tick_after(now, vrrp_down_interval(v) + v->config->interval);
	vrrp_emit(out, VRRP_ACTION_RELEASE);
	vrrp_enter(v, now, VRRP_BACKUP, VRRP_CAUSE_GROUP, &nobody, 0, out);
}

/*
 * DEVIATION from (765): the other one is lesser, and it cannot know that. It is
 * let alone as after a handover: nobody is preempted by one that is not heard.
 */
void vrrp_active_unheard(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	static const struct ip nobody = { .family = IP_NONE };

	vrrp_clear_timers(v);
	v->yielded = true;
	v->active_interval = v->config->interval;
	v->down_cause = VRRP_CAUSE_SILENCE;
	v->down_timer = tick_after(now, vrrp_down_interval(v));
	vrrp_emit(out, VRRP_ACTION_RELEASE);
	vrrp_enter(v, now, VRRP_BACKUP, VRRP_CAUSE_UNHEARD, &nobody, 0, out);
}

void vrrp_active_assert(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (may_react(v, now))
		vrrp_emit_send(v, v->priority, out);
}

void vrrp_conflict(struct vrrp *v, tick_t now, const struct ip *address,
		   uint64_t mac, struct vrrp_actions *out)
{
	vrrp_emit_note(VRRP_NOTE_CONFLICT, address, (int64_t)mac, out);
	vrrp_announce_defend(v, now);
}

/*
 * DEVIATION from (710): it was dead for so long that others have taken over,
 * and what they said is lost. So it listens before it speaks; whoever serves is
 * let alone, and where nobody does its addresses have stayed.
 */
void vrrp_active_adopted(struct vrrp *v, tick_t now)
{
	if (now - v->adver_timer <= vrrp_lateness_limit(v->config))
		return;
	v->doubt = true;
	v->adver_timer = now + v->config->interval * 3 / 2;
}

void vrrp_active_time(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	tick_t slack = vrrp_adver_slack(v->config);

	if (now + slack >= v->adver_timer) { /* (710) */
		v->doubt = false; /* everything that waited has been read */
		vrrp_emit_send(v, v->priority, out);
		/* From when it was due, so that the phase stays. */
		v->adver_timer += v->config->interval;
		if (v->adver_timer <= now)
			v->adver_timer = vrrp_adver_due(v->config, now);
	}
	vrrp_announce_time(v, now, out);
}
