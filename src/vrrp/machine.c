/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doors of the state machine, and state Initialize (RFC 9568 6.4.1).
 *
 * vrrp_step() is all that moves a virtual router: an event goes in, actions
 * come out, and nothing else happens. It cannot fail, wait, allocate or read a
 * clock; the caller says what time it is, and does what the actions say, in
 * their order. What is due is asked for by vrrp_deadline(). So the daemon, the
 * simulator, the explorer and the fuzzer run the very same code.
 *
 *                    +--------- Initialize <---------+
 *      is the owner  |   Startup |    ^ Shutdown     |  Shutdown: handover.c
 *                    v           v    |              |
 *                 Active <---- Backup +         Active, once it has let go
 *                    |    nobody is    ^
 *                    |    heard, or    |
 *                    |    preemption   |
 *                    +-----------------+  a better one is heard
 *
 * FAULT is another Initialize, of one that was started: its interface is of no
 * use, or something that it tracks is bad; it goes on by itself when the last
 * of these reasons is gone. In both nothing is sent or served.
 *
 * What is done otherwise than RFC 9568 says is marked DEVIATION where it is
 * done, with the reason:
 *
 *   - who leaves serves until its successor was heard (handover.c);
 *   - who preempts has the addresses and tells the hosts before it says so
 *     (change.c), and who is preempted answers a last time (active.c);
 *   - advertisements of many virtual routers are spread over their interval,
 *     so the first one may come early (deadline.c);
 *   - an interval that is longer than ours is doubted until its sender has
 *     kept it, and so is, for a minute, a short one after one that was not
 *     kept; a resignation of one that is not our Active is not believed: all
 *     of them may be forged (doubt.c);
 *   - who takes over from a program of this machine does not listen first
 *     (the event TAKEOVER);
 *   - who did not run for a while believes what has been said meanwhile, and
 *     deposes nobody over it (the event STALLED);
 *   - an Active of which nothing leaves the machine lets another one serve,
 *     and waits until something does (the events UNHEARD and HEARD).
 *
 * Who may call what: states.h lists the files from top to bottom, and each
 * uses only those below it. Only this folder writes a struct vrrp. All that
 * changes the state goes through vrrp_enter(), which knows what may follow
 * what.
 */
#include "vrrp/states.h"

#include "base/must.h"
#include "vrrp/track.h"

static const struct ip nobody = { .family = IP_NONE };

/* What no configuration says, and would go wrong without a word. */
static void must_be_sane(const struct vrrp_config *config)
{
	MUST(config->down_timer_adverts > 0);
	MUST(config->down_timer_adverts <= VRRP_DOWN_ADVERTS_MAX);
}

void vrrp_init(struct vrrp *v, const struct vrrp_config *config)
{
	must_be_sane(config);
	*v = (struct vrrp){
		.config = config,
		.state = VRRP_INIT,
		.interface = VRRP_INTERFACE_MISSING,
		.priority = config->priority,
		.active_interval = config->interval,
		.answer_after = INT64_MIN,
		.defend_after = INT64_MIN,
		.shy_until = INT64_MIN,
	};
	vrrp_clear_timers(v);
}

static enum vrrp_cause interface_cause(enum vrrp_interface status)
{
	switch (status) {
	case VRRP_INTERFACE_UP:
		return VRRP_CAUSE_STARTUP;
	case VRRP_INTERFACE_MISSING:
		return VRRP_CAUSE_INTERFACE_MISSING;
	case VRRP_INTERFACE_DOWN:
		return VRRP_CAUSE_INTERFACE_DOWN;
	case VRRP_INTERFACE_NO_CARRIER:
		return VRRP_CAUSE_NO_CARRIER;
	case VRRP_INTERFACE_NO_SOURCE:
		return VRRP_CAUSE_NO_SOURCE;
	case VRRP_INTERFACE_PORT:
		return VRRP_CAUSE_PORT;
	case VRRP_INTERFACE_NO_MEMBERSHIP:
		return VRRP_CAUSE_NO_MEMBERSHIP;
	case VRRP_INTERFACE_UNSUITABLE:
		return VRRP_CAUSE_UNSUITABLE;
	case VRRP_INTERFACES:
		break;
	}
	UNREACHABLE();
}

static bool has_fault(const struct vrrp *v)
{
	return v->interface != VRRP_INTERFACE_UP || v->track.faults != 0;
}

/* The own interface comes first: without it the others matter little. */
static enum vrrp_cause fault_cause(const struct vrrp *v)
{
	static const enum vrrp_cause causes[VRRP_FAULTS] = {
		[VRRP_FAULT_TRACKED_INTERFACE] = VRRP_CAUSE_TRACKED_INTERFACE,
		[VRRP_FAULT_NO_PEER] = VRRP_CAUSE_NO_PEER,
		[VRRP_FAULT_SCRIPT] = VRRP_CAUSE_SCRIPT,
		[VRRP_FAULT_FILE] = VRRP_CAUSE_FILE,
		[VRRP_FAULT_PROCESS] = VRRP_CAUSE_PROCESS,
		[VRRP_FAULT_SOURCE] = VRRP_CAUSE_SOURCE,
		[VRRP_FAULT_GROUP] = VRRP_CAUSE_GROUP,
		[VRRP_FAULT_VIRTUAL] = VRRP_CAUSE_VIRTUAL,
	};
	unsigned own = v->track.faults & ~VRRP_FAULT_GROUP_BIT, first = 0;

	if (v->interface != VRRP_INTERFACE_UP)
		return interface_cause(v->interface);
	while (!((own ? own : v->track.faults) >> first & 1))
		first++;
	MUST(first < VRRP_FAULTS);
	return causes[first];
}

/* 6.4.1: a Startup event was received and there is no fault. */
static void startup(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (has_fault(v)) {
		vrrp_enter(v, now, VRRP_FAULT, fault_cause(v), &nobody, 0, out);
		return;
	}
	v->active_interval = v->config->interval; /* (130) */
	v->yielded = false;
	if (vrrp_is_owner(v) && !v->config->grouped) { /* (100) */
		vrrp_become_active(v, now, VRRP_CAUSE_OWNER, out);
		return;
	}
	v->down_cause = VRRP_CAUSE_SILENCE; /* (135) */
	v->down_timer = tick_after(now, vrrp_down_interval(v));
	vrrp_enter(v, now, VRRP_BACKUP, VRRP_CAUSE_STARTUP, &nobody, 0, out);
	if (vrrp_is_owner(v)) /* it waits for its group alone */
		vrrp_take_over(v, now, VRRP_CAUSE_OWNER, out);
}

/* 6.4.2 (Backup) and 6.4.3 (Active): a Shutdown event was received. */
static void shutdown(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (v->state == VRRP_ACTIVE) {
		vrrp_leave(v, now, VRRP_CAUSE_SHUTDOWN, out);
		return;
	}
	vrrp_clear_timers(v);
	vrrp_enter(v, now, VRRP_INIT, VRRP_CAUSE_SHUTDOWN, &nobody, 0, out);
}

/* DEVIATION: RFC 9568 knows no faults. As for Shutdown (6.4.3), but at once. */
static void fail(struct vrrp *v, tick_t now, bool serves,
		 struct vrrp_actions *out)
{
	if (serves) {
		/* Twice, since one may be lost. Without a link: nobody hears.
		 */
		for (int n = 0; n < 2 && v->interface == VRRP_INTERFACE_UP; n++)
			vrrp_emit_send(v, VRRP_PRIORITY_RESIGN, out);
		vrrp_emit(out, VRRP_ACTION_RELEASE);
	}
	vrrp_clear_timers(v);
	vrrp_enter(v, now, VRRP_FAULT, fault_cause(v), &nobody, 0, out);
}

/*
 * DEVIATION: 6.4.1 listens first. For the others nothing changes here: who was
 * Active goes on. With a fault it ends what the other program served, as if it
 * had been Active itself.
 */
static void take_over(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	v->active_interval = v->config->interval;
	if (has_fault(v))
		fail(v, now, true, out);
	else
		vrrp_become_active(v, now, VRRP_CAUSE_TAKEOVER, out);
}

/* A reason to be in FAULT came or went. */
static void faults_changed(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	if (!v->started)
		return;
	if (!has_fault(v) && v->state == VRRP_FAULT)
		startup(v, now, out);
	else if (has_fault(v) && v->state != VRRP_FAULT)
		fail(v, now, v->state == VRRP_ACTIVE, out);
}

static void interface_changed(struct vrrp *v, tick_t now,
			      enum vrrp_interface status,
			      const struct ip *source, struct vrrp_actions *out)
{
	bool up = status == VRRP_INTERFACE_UP;

	v->interface = status;
	v->source = up ? *source : nobody;
	/* Nobody can be waited for on it. */
	if (!v->started && vrrp_leaving(v) && !up)
		vrrp_left(v, now, out);
	if (v->state == VRRP_ACTIVE && v->started && !vrrp_leaving(v) && up)
		v->active = v->source;
	faults_changed(v, now, out);
}

/*
 * Another priority or configuration. A Backup's timer keeps the moment it was
 * started at; an Active's next advertisement carries the new values, and
 * comes no later than the new interval asks.
 */
static void reconfigured(struct vrrp *v, tick_t now,
			 const struct vrrp_config *config)
{
	uint8_t priority =
		vrrp_effective_priority(config->priority, v->track.weight);
	bool other_interval = config->interval != v->config->interval ||
			      config->version != v->config->version;
	bool other_count =
		config->down_timer_adverts != v->config->down_timer_adverts;
	tick_t old_length = vrrp_down_length(v);
	tick_t old_delay = v->config->preempt_delay;

	v->config = config;
	v->priority = priority;
	/* In v2 it is never learned; in v3 from an Active or a successor. */
	if (other_interval &&
	    (config->version == 2 || v->active.family == IP_NONE ||
	     (v->state == VRRP_ACTIVE && !v->heir)))
		v->active_interval = config->interval;
	if (v->state == VRRP_BACKUP && !v->wishes) {
		v->down_timer += vrrp_down_length(v) - old_length;
		/* Nor is an Active preempted that is no lower any more. */
		if (!vrrp_preempts(v) || config->preempt_delay == 0 ||
		    v->active_priority >= priority)
			v->preempt_timer = TICK_NEVER;
		else if (v->preempt_timer != TICK_NEVER)
			v->preempt_timer += config->preempt_delay - old_delay;
	} else if (v->state == VRRP_ACTIVE && !vrrp_leaving(v)) {
		v->active_priority = priority;
		v->adver_timer =
			tick_min(v->adver_timer, vrrp_adver_due(config, now));
	}
	if (other_interval || other_count)
		vrrp_kept_anew(v);
	if (v->state == VRRP_BACKUP)
		vrrp_backup_reconfigured(v);
	if (v->wishes && !config->grouped) { /* nobody else is asked now */
		v->wishes = false;
		v->down_timer = now;
	}
}

/* Of version 3 over IPv4: as the last one, or as we would send it. */
static enum vrrp_checksum expected_form(const struct vrrp *v)
{
	if (v->peer_checksum != VRRP_CHECKSUM_AUTO)
		return v->peer_checksum;
	return v->config->checksum != VRRP_CHECKSUM_AUTO
		       ? v->config->checksum
		       : VRRP_CHECKSUM_RFC5798;
}

static void advert_received(struct vrrp *v, tick_t now,
			    const struct vrrp_datagram *datagram,
			    struct vrrp_actions *out)
{
	tick_t received = tick_min(datagram->received, now);
	struct vrrp_advert advert;
	struct vrrp_expected expected = {
		.versions = vrrp_version_bit(v->config->version),
		/* Of unicast its peer says it (vrrp/receive.c). */
		.ttl_least = v->config->unicast ? 0 : VRRP_TTL,
	};
	enum vrrp_drop drop = vrrp_decode(datagram, &expected, &advert);

	if (drop == VRRP_DROP_NONE)
		drop = vrrp_receive_check(v, datagram, &advert, out);
	if (drop != VRRP_DROP_NONE) {
		vrrp_emit(out, VRRP_ACTION_DROPPED)->drop = drop;
		return;
	}
	/* An Active mirrors anybody: two that serve must be understood. */
	if (v->peer_checksum != advert.checksum &&
	    (v->state != VRRP_BACKUP ||
	     vrrp_believes(v, received, &advert, &datagram->source))) {
		enum vrrp_checksum before = expected_form(v);

		v->peer_checksum = advert.checksum;
		/* What all speak from the first on is no news. */
		if (advert.checksum != before && advert.version == 3 &&
		    advert.family == IP_V4)
			vrrp_emit_note(VRRP_NOTE_CHECKSUM_FORM,
				       &datagram->source, advert.checksum, out);
	}
	if (vrrp_leaving(v))
		vrrp_leaving_advert(v, received, now, &advert,
				    &datagram->source, out);
	else if (v->state == VRRP_BACKUP)
		vrrp_backup_advert(v, received, now, &advert, &datagram->source,
				   out);
	else
		vrrp_active_advert(v, received, now, &advert, &datagram->source,
				   out);
}

static void time_reached(struct vrrp *v, tick_t now, struct vrrp_actions *out)
{
	switch (v->state) {
	case VRRP_BACKUP:
		vrrp_backup_time(v, now, out);
		break;
	case VRRP_ACTIVE:
		if (vrrp_leaving(v))
			vrrp_leaving_time(v, now, out);
		else
			vrrp_active_time(v, now, out);
		break;
	case VRRP_INIT:
	case VRRP_FAULT:
	case VRRP_STATES:
		break;
	}
}

void vrrp_step(struct vrrp *v, tick_t now, const struct vrrp_event *event,
	       struct vrrp_actions *out)
{
	out->count = 0;
	switch (event->type) {
	case VRRP_EVENT_STARTUP:
		if (!v->started && !vrrp_leaving(v))
			startup(v, now, out);
		else if (vrrp_leaving(v)) /* then it ends as a Backup */
			v->leave_cause = VRRP_CAUSE_HANDOVER;
		v->started = true;
		faults_changed(v, now, out);
		break;
	case VRRP_EVENT_SHUTDOWN:
		if (v->started) {
			v->started = false;
			shutdown(v, now, out);
		}
		break;
	case VRRP_EVENT_ADVERT:
		advert_received(v, now, &event->datagram, out);
		break;
	case VRRP_EVENT_TIME:
		time_reached(v, now, out);
		break;
	case VRRP_EVENT_TRACK:
		v->track = event->track;
		reconfigured(v, now, v->config);
		faults_changed(v, now, out);
		break;
	case VRRP_EVENT_CONFIG:
		MUST(event->config->family == v->config->family);
		MUST(event->config->vrid == v->config->vrid);
		must_be_sane(event->config);
		reconfigured(v, now, event->config);
		break;
	case VRRP_EVENT_HANDOVER:
		if (v->started && v->state == VRRP_ACTIVE)
			vrrp_leave(v, now, VRRP_CAUSE_HANDOVER, out);
		break;
	case VRRP_EVENT_STALLED:
		v->doubt = v->state == VRRP_ACTIVE || v->state == VRRP_BACKUP;
		break;
	case VRRP_EVENT_ADOPTED:
		if (v->state == VRRP_BACKUP)
			vrrp_backup_adopted(v, now);
		else if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			vrrp_active_adopted(v, now);
		break;
	case VRRP_EVENT_ANSWERED:
		vrrp_doubt_answered(v, now);
		break;
	case VRRP_EVENT_CONFLICT:
		if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			vrrp_conflict(v, now, &event->conflict.address,
				      event->conflict.mac, out);
		break;
	case VRRP_EVENT_PROMOTE:
		vrrp_backup_promoted(v, now, out);
		break;
	case VRRP_EVENT_YIELD:
		if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			vrrp_active_yield(v, now, out);
		break;
	case VRRP_EVENT_UNHEARD:
		if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			vrrp_active_unheard(v, now, out);
		break;
	case VRRP_EVENT_HEARD:
		vrrp_backup_heard(v, now, out);
		break;
	case VRRP_EVENT_ASSERT:
		if (v->state == VRRP_ACTIVE && !vrrp_leaving(v))
			vrrp_active_assert(v, now, out);
		break;
	case VRRP_EVENT_TAKEOVER:
		if (!v->started && !vrrp_leaving(v)) {
			v->started = true;
			take_over(v, now, out);
		}
		break;
	case VRRP_EVENT_INTERFACE:
		interface_changed(v, now, event->interface.status,
				  &event->interface.source, out);
		break;
	}
}
