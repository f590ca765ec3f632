/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of others that are tracked (vrrp_track_process): whether so many
 * run as are wanted. The kernel tells of each that begins and ends, where it
 * does that (sys/procevents.h). Elsewhere, in a container, /proc is read again
 * and again, at a rate that costs little. When the kernel could not keep all
 * that it had to tell, that is counted, and /proc is read. keepalived.conf(5).
 */
#include "runner/runner_state.h"

#include "conf/model/targets.h"
#include "runner/match.h"
#include "sys/clock.h"
#include "sys/procevents.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The pause between two readings of /proc, and how much of the time they take
 * at most: one part of so many. */
#define POLL_LEAST (250 * TICK_MILLISECOND)
#define POLL_SHARE 50

/* After a loss: until the flood is over, perhaps. */
#define RESCAN_AFTER TICK_SECOND

/* The kernel's events that wait for us; bytes. */
#define BUFFER (4 << 20)

/* What is taken in one turn. */
#define TURN_MAX 256

static struct ledger_runner *book(const struct runner *r)
{
	return ledger_runner(r->ledger);
}

static bool has_quorum(const struct tracked_process *p)
{
	const struct conf_track_process *c = p->conf;
	uint32_t least = c->quorum_max == 0 ? 0 : c->quorum;

	return p->count >= least &&
	       (p->count <= c->quorum_max || c->quorum_max == CONF_QUORUM_MAX);
}

static void tell(struct runner *r, const struct tracked_process *p,
		 enum ledger_verdict verdict)
{
	result_found(r, p->result,
		     &(struct found){
			     .verdict = verdict,
			     .how = LEDGER_HOW_COUNTED,
			     .value = (int32_t)p->count,
			     .problem = "",
		     });
}

static enum ledger_verdict verdict_of(const struct tracked_process *p)
{
	return has_quorum(p) ? LEDGER_VERDICT_GOOD : LEDGER_VERDICT_BAD;
}

/* The count has changed. With a delay another verdict must last so long. */
static void judge(struct runner *r, struct tracked_process *p, tick_t delay,
		  tick_t now)
{
	enum ledger_verdict is = (enum ledger_verdict)p->result->verdict;
	enum ledger_verdict verdict = verdict_of(p);

	if (verdict == is || delay == 0 || is == LEDGER_VERDICT_NONE) {
		p->due = TICK_NEVER;
		tell(r, p, verdict);
		return;
	}
	tell(r, p, is); /* the count alone */
	p->due = tick_min(p->due, now + delay);
	r->processes_at = tick_min(r->processes_at, p->due);
}

static tick_t no_delay(const struct conf_track_process *c)
{
	(void)c;
	return 0;
}

static tick_t fork_delay(const struct conf_track_process *c)
{
	return c->fork_delay;
}

static tick_t terminate_delay(const struct conf_track_process *c)
{
	return c->terminate_delay;
}

static void judge_all(struct runner *r,
		      tick_t (*delay)(const struct conf_track_process *c),
		      tick_t now)
{
	while (r->recounted_count > 0) {
		struct tracked_process *p =
			&r->processes[r->recounted[--r->recounted_count]];

		p->recounted = false;
		judge(r, p, delay(p->conf), now);
	}
}

/* Fewer than before: some have ended. More: they may be there for long. */
static void judge_scan(struct runner *r, tick_t now)
{
	while (r->recounted_count > 0) {
		struct tracked_process *p =
			&r->processes[r->recounted[--r->recounted_count]];
		bool fewer = p->result->verdict != LEDGER_VERDICT_NONE &&
			     (int32_t)p->count < p->result->value;

		p->recounted = false;
		judge(r, p, fewer ? p->conf->terminate_delay : 0, now);
	}
}

static void scan(struct runner *r, tick_t now)
{
	tick_t begun = clock_now(), took;
	int error = running_scan(r);

	if (error && book(r)->process_scans == 0)
		fprintf(stderr, "batond: run: /proc: %s\n", strerror(-error));
	judge_scan(r, now);
	took = clock_now() - begun;
	book(r)->process_scans++;
	r->scan_at = book(r)->process_source == LEDGER_PROCESSES_FROM_KERNEL
			     ? TICK_NEVER
			     : now + tick_max(POLL_LEAST, POLL_SHARE * took);
}

static void event(struct runner *r, const struct procevent *e, tick_t now)
{
	switch (e->what) {
	case PROCEVENT_LISTENING:
		book(r)->process_source = LEDGER_PROCESSES_FROM_KERNEL;
		r->scan_at = 0; /* what happened before it */
		return;
	case PROCEVENT_FORKED:
		running_forked(r, e->parent, e->pid);
		judge_all(r, fork_delay, now);
		return;
	case PROCEVENT_EXECUTED:
	case PROCEVENT_RENAMED:
		running_look(r, e->pid);
		judge_all(r, no_delay, now);
		return;
	case PROCEVENT_ENDED:
		running_ended(r, e->pid);
		judge_all(r, terminate_delay, now);
		return;
	case PROCEVENT_LOST:
		book(r)->process_losses++;
		r->scan_at = tick_min(r->scan_at, now + RESCAN_AFTER);
		return;
	}
}

static void ready(void *context, uint32_t events)
{
	struct runner *r = context;
	struct procevent list[TURN_MAX];
	int count = procevents_read(r->watch_events.fd, list, TURN_MAX);

	(void)events;
	for (int n = 0; n < count; n++)
		event(r, &list[n], r->loop.now);
	if (count >= 0)
		return;
	loop_remove(&r->loop, &r->watch_events);
	book(r)->process_source = LEDGER_PROCESSES_FROM_PROC;
	r->scan_at = 0;
}

tick_t processes_due(struct runner *r, tick_t now)
{
	if (now >= r->scan_at)
		scan(r, now);
	if (now < r->processes_at)
		return tick_min(r->processes_at, r->scan_at);
	r->processes_at = TICK_NEVER;
	for (uint32_t n = 0; n < r->process_count; n++) {
		struct tracked_process *p = &r->processes[n];

		if (now >= p->due)
			judge(r, p, 0, now);
		r->processes_at = tick_min(r->processes_at, p->due);
	}
	return tick_min(r->processes_at, r->scan_at);
}

static void listen_to_kernel(struct runner *r)
{
	const struct conf_buffer *b = &r->model->global.process_monitor;

	r->watch_events = (struct loop_watch){
		procevents_open(b->size ? (int)b->size : BUFFER,
				b->size && !b->force),
		LOOP_OTHER, ready, r
	};
	/* Refused: this is a container, and /proc says it all. */
	if (r->watch_events.fd >= 0)
		loop_add(&r->loop, &r->watch_events, EPOLLIN);
}

/* One that is not tracked is not looked at either. */
static uint32_t setup_each(struct runner *r, const uint32_t *used)
{
	uint32_t first = conf_target_first(r->model, VRRP_TARGET_PROCESS);
	uint32_t wanted = 0;

	for (uint32_t n = 0; n < r->process_count; n++) {
		struct tracked_process *p = &r->processes[n];

		*p = (struct tracked_process){
			.conf = &r->model->processes[n],
			.result = ledger_result_at(r->ledger, first + n),
			.wanted = used[first + n] > 0,
			.due = TICK_NEVER,
		};
		wanted += p->wanted;
		r->by_command |= p->wanted && match_by_command(p->conf);
		if (!p->wanted)
			continue;
		/* Also one of which none is found. */
		p->recounted = true;
		r->recounted[r->recounted_count++] = n;
	}
	return wanted;
}

int processes_setup(struct runner *r, const uint32_t *used)
{
	r->processes_at = r->scan_at = TICK_NEVER;
	r->process_count = r->model->process_count;
	r->processes = calloc(r->process_count + 1, sizeof(*r->processes));
	r->recounted = calloc(r->process_count + 1, sizeof(*r->recounted));
	book(r)->process_source = LEDGER_PROCESSES_UNTRACKED;
	if (!r->processes || !r->recounted)
		return -ENOMEM;
	running_setup(r);
	if (setup_each(r, used) == 0)
		return 0;
	book(r)->process_source = LEDGER_PROCESSES_FROM_PROC;
	listen_to_kernel(r);
	scan(r, clock_now());
	return 0;
}
