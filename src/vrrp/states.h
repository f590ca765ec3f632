/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the files of the state machine, and by nobody else.
 *
 *   machine.c   the doors: init, step; Initialize (6.4.1)
 *   receive.c   the part of the receive ladder that needs the configuration
 *   active.c    6.4.3
 *   handover.c  how an Active leaves
 *   backup.c    6.4.2
 *   doubt.c     what a Backup does not believe
 *   change.c    every change of state
 *   kept.c      whether an Active keeps an interval that is not ours
 *   deadline.c  when it acts next
 *   announce.c  when to announce
 *   emit.c      what it asks for
 *
 * Each uses only those that stand below it.
 *
 * `received` is when the kernel got a packet. Timers that a packet starts
 * count from there and not from when we came to read it.
 */
#pragma once

#include "vrrp/vrrp.h"

/* A losing advertisement is answered at most this often, or every interval. */
#define VRRP_ANSWER_GAP (100 * TICK_MILLISECOND)

/* What a successor may take to install its addresses and to announce them. */
#define VRRP_GRACE (100 * TICK_MILLISECOND)

/* One more action, filled by the caller. There is always room (asserted). */
struct vrrp_action *vrrp_emit(struct vrrp_actions *out,
			      enum vrrp_action_type type);
void vrrp_emit_send(const struct vrrp *v, uint8_t priority,
		    struct vrrp_actions *out);
void vrrp_emit_note(enum vrrp_note note, const struct ip *peer, int64_t value,
		    struct vrrp_actions *out);

static inline bool vrrp_is_owner(const struct vrrp *v)
{
	return v->priority == VRRP_PRIORITY_OWNER;
}

/*
 * 6.1: an owner preempts whatever Preempt_Mode says. Nobody takes back what it
 * was told to hand over. DEVIATION: nor anything before it could go on with it.
 */
static inline bool vrrp_preempts(const struct vrrp *v)
{
	if (v->track.waits && !vrrp_is_owner(v))
		return false;
	return !v->yielded && (v->config->preempt || vrrp_is_owner(v));
}

/* Changes the state and tells; asserts that the change is an allowed one. */
void vrrp_enter(struct vrrp *v, tick_t now, enum vrrp_state to,
		enum vrrp_cause cause, const struct ip *peer,
		uint8_t peer_priority, struct vrrp_actions *out);

/* All timers off; what was known of an Active forgotten. */
void vrrp_clear_timers(struct vrrp *v);

/*
 * The ladder's lower half; VRRP_DROP_NONE if the advertisement is for the
 * state machine. Notes what is odd about it.
 */
enum vrrp_drop vrrp_receive_check(const struct vrrp *v,
				  const struct vrrp_datagram *datagram,
				  const struct vrrp_advert *advert,
				  struct vrrp_actions *out);

void vrrp_become_backup(struct vrrp *v, tick_t received, tick_t now,
			enum vrrp_cause cause, const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out);
void vrrp_become_active(struct vrrp *v, tick_t now, enum vrrp_cause cause,
			struct vrrp_actions *out);
/* A Backup's time has come: it becomes Active, or in a sync group wishes to. */
void vrrp_take_over(struct vrrp *v, tick_t now, enum vrrp_cause cause,
		    struct vrrp_actions *out);

/* When Adver_Timer fires that is started now: in an interval, or earlier. */
tick_t vrrp_adver_due(const struct vrrp_config *config, tick_t now);

/* How early an advertisement may leave, to be in one batch with others. */
tick_t vrrp_adver_slack(const struct vrrp_config *config);

/* How long down_timer runs, by what it waits for. */
tick_t vrrp_down_length(const struct vrrp *v);

void vrrp_backup_advert(struct vrrp *v, tick_t received, tick_t now,
			const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out);
/* Our priority or configuration is another one since this event. */
void vrrp_backup_reconfigured(struct vrrp *v);
void vrrp_backup_time(struct vrrp *v, tick_t now, struct vrrp_actions *out);
/* What it says leaves again. */
void vrrp_backup_heard(struct vrrp *v, tick_t now, struct vrrp_actions *out);
/* The wish of all of its sync group is granted. */
void vrrp_backup_promoted(struct vrrp *v, tick_t now, struct vrrp_actions *out);

void vrrp_active_advert(struct vrrp *v, tick_t received, tick_t now,
			const struct vrrp_advert *advert,
			const struct ip *sender, struct vrrp_actions *out);
void vrrp_active_time(struct vrrp *v, tick_t now, struct vrrp_actions *out);
/* Its sync group is Active no more. */
void vrrp_active_yield(struct vrrp *v, tick_t now, struct vrrp_actions *out);
void vrrp_active_adopted(struct vrrp *v, tick_t now);
/* Nothing of it leaves, and another one serves. */
void vrrp_active_unheard(struct vrrp *v, tick_t now, struct vrrp_actions *out);
/* It says that it serves, as it answers a losing advertisement. */
void vrrp_active_assert(struct vrrp *v, tick_t now, struct vrrp_actions *out);

void vrrp_leave(struct vrrp *v, tick_t now, enum vrrp_cause cause,
		struct vrrp_actions *out);
void vrrp_leaving_advert(struct vrrp *v, tick_t received, tick_t now,
			 const struct vrrp_advert *advert,
			 const struct ip *sender, struct vrrp_actions *out);
void vrrp_left(struct vrrp *v, tick_t now, struct vrrp_actions *out);
void vrrp_leaving_time(struct vrrp *v, tick_t now, struct vrrp_actions *out);

void vrrp_conflict(struct vrrp *v, tick_t now, const struct ip *address,
		   uint64_t mac, struct vrrp_actions *out);
void vrrp_backup_adopted(struct vrrp *v, tick_t now);

void vrrp_announce_start(struct vrrp *v, tick_t now, struct vrrp_actions *out);
void vrrp_announce_lower(struct vrrp *v, tick_t now, struct vrrp_actions *out);
void vrrp_announce_lower_at(struct vrrp *v, tick_t when);
void vrrp_announce_defend(struct vrrp *v, tick_t now);
void vrrp_announce_time(struct vrrp *v, tick_t now, struct vrrp_actions *out);
void vrrp_announce_stop(struct vrrp *v);
tick_t vrrp_announce_deadline(const struct vrrp *v);

/* kept.c */
/* Our Active, or one that speaks like it, names this interval. */
void vrrp_kept_hear(struct vrrp *v, tick_t received, tick_t interval,
		    const struct ip *sender);
void vrrp_kept_anew(struct vrrp *v);
/* One that we are about to preempt names it. */
void vrrp_kept_lower(struct vrrp *v, tick_t interval, const struct ip *sender);
/* And has kept it. */
bool vrrp_is_kept(const struct vrrp *v);
/* What is learned from that: the same, or ours. */
tick_t vrrp_kept_learn(const struct vrrp *v, tick_t received, tick_t interval);
/* The silence after which we serve now may have been too short. */
void vrrp_kept_misled(struct vrrp *v, tick_t now);
/* It asks before it believes that this interval is kept. */
bool vrrp_doubts(const struct vrrp *v, tick_t interval);
/* So long after it was heard an Active with this interval is our Active. */
void vrrp_kept_trust(struct vrrp *v, tick_t received, tick_t interval);

/* doubt.c */
/* The interval that was learned from our Active is such a one. */
bool vrrp_is_doubtful(const struct vrrp *v);
/* Asks, after the silence of our own Active_Down_Interval from `from`. */
void vrrp_doubt_plan(struct vrrp *v, tick_t from);
/* Its configuration or priority is another one. */
void vrrp_doubt_reconfigured(struct vrrp *v);
/* What was learned is forgotten, if it is doubtful. */
void vrrp_doubt_forget(struct vrrp *v, tick_t received);
/* Probe_Timer fired. */
void vrrp_doubt_probe(struct vrrp *v, tick_t now, struct vrrp_actions *out);
/* Somebody has the addresses. */
void vrrp_doubt_answered(struct vrrp *v, tick_t now);
/* The timers wait for what an Active that lives will say. */
void vrrp_doubt_listen(struct vrrp *v, tick_t now);
/* It is a lesser one than our Active, which lives. */
bool vrrp_is_outranked(const struct vrrp *v, tick_t received,
		       const struct vrrp_advert *advert,
		       const struct ip *sender);
/* Its priority 0 counts. */
bool vrrp_may_resign(const struct vrrp *v, const struct ip *sender);
/* Whether this Backup takes the sender for its Active. */
bool vrrp_believes(const struct vrrp *v, tick_t received,
		   const struct vrrp_advert *advert, const struct ip *sender);
/* It was received so long ago that what came after it may be lost. */
bool vrrp_is_stale(const struct vrrp *v, tick_t received, tick_t now);
