/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The steps of lvs/table.h, in an order in which no service is ever without a
 * destination that has one before and after: what serves comes before what
 * serves no longer. A plan goes phase by phase over all services that differ,
 * and begins anew when something else is wanted, or was seen.
 *
 * What is deleted stays in the kernel's memory for minutes, and each new
 * destination is looked for there, the last one that was deleted first
 * (net/netfilter/ipvs/ip_vs_ctl.c: dest_trash). So nothing is deleted that can
 * be set; and what is deleted goes in the reverse of the order in which it is
 * made, last service and destination first. Where another program has deleted
 * all, in the kernel's own order, it is made in the reverse of that. Then each
 * is found at once, and not behind 30,000 others, which would take 0.3 ms each.
 */
#include "lvs/table.h"

#include <errno.h>
#include <string.h>

enum phase {
	PHASE_SERVICES,
	PHASE_DESTS,
	/* Of services that got their destinations first. */
	PHASE_SCHEDULERS,
	PHASE_UP,
	PHASE_DOWN,
	PHASE_DELETE_DESTS,
	PHASE_DELETE_SERVICES,
	PHASES
};

/* This one fills a table of 4093 entries anew at each change, which takes
 * 0.3 ms; a service serves nothing before it has destinations anyway. */
static bool is_slow(const struct ipvs_service *s)
{
	return strcmp(s->scheduler, "mh") == 0;
}

static bool has_no_scheduler(const struct ipvs_service *s)
{
	return strcmp(s->scheduler, IPVS_NO_SCHEDULER) == 0;
}

/* Whether there is, or will be when this is done. */
static bool is_there(const struct table_service *s)
{
	return s->is & (TABLE_KNOWN | TABLE_MAKING);
}

static void make(struct table *t, struct table_step *step)
{
	struct table_service *s = &t->services[step->service];

	step->change.command = IPVS_NEW_SERVICE;
	s->is |= TABLE_MAKING;
	s->have = s->want;
	if (!is_slow(&s->want) || s->wanted == 0)
		return;
	memset(s->have.scheduler, 0, sizeof(s->have.scheduler));
	memcpy(s->have.scheduler, IPVS_NO_SCHEDULER, sizeof(IPVS_NO_SCHEDULER));
	step->as = s->have;
	step->change.service = &step->as;
}

/* The step of a service in a phase; false: none. */
static bool service_step(struct table *t, struct table_step *step,
			 unsigned phase)
{
	struct table_service *s = &t->services[step->service];
	bool wanted = s->is & TABLE_WANTED;
	bool late = is_slow(&s->want) && has_no_scheduler(&s->have);
	bool there = is_there(s);

	if (s->is & TABLE_FAILED)
		return false;
	step->dest = TABLE_NONE;
	step->change = (struct ipvs_change){ .service = &s->want };
	if (phase == PHASE_SERVICES && wanted && !there) {
		make(t, step);
		return true;
	}
	if (phase == PHASE_DELETE_SERVICES) {
		step->change.command = IPVS_DEL_SERVICE;
		return !wanted && there && (s->is & TABLE_OURS);
	}
	step->change.command = IPVS_SET_SERVICE;
	return wanted && there && !table_same_service(&s->want, &s->have) &&
	       late == (phase == PHASE_SCHEDULERS);
}

/* The command for a destination in a phase; 0: none. */
static unsigned dest_command(const struct table_dest *d, unsigned phase)
{
	bool wanted = d->is & TABLE_WANTED, known = d->is & TABLE_KNOWN;

	if (d->is & TABLE_FAILED)
		return 0;
	if (phase == PHASE_DESTS)
		return wanted && !known ? IPVS_NEW_DEST : 0;
	if (phase == PHASE_DELETE_DESTS)
		return !wanted && known ? IPVS_DEL_DEST : 0;
	if (!wanted || !known ||
	    memcmp(&d->want, &d->have, sizeof(d->want)) == 0)
		return 0;
	return (phase == PHASE_DOWN) == (d->want.weight < d->have.weight)
		       ? IPVS_SET_DEST
		       : 0;
}

static bool is_of_dests(unsigned phase)
{
	return phase == PHASE_DESTS || phase == PHASE_UP ||
	       phase == PHASE_DOWN || phase == PHASE_DELETE_DESTS;
}

static bool deletes(unsigned phase)
{
	return phase == PHASE_DELETE_DESTS || phase == PHASE_DELETE_SERVICES;
}

/* Where the plan is. */
static uint32_t service_now(const struct table *t)
{
	if (deletes(t->phase))
		return t->service_count - 1 - t->at_service;
	return t->emptied ? t->order[t->at_service] : t->at_service;
}

/* The steps of one service in this phase, from where the plan is. */
static unsigned plan_service(struct table *t, struct table_step *steps,
			     unsigned max)
{
	uint32_t service = service_now(t);
	struct table_service *s = &t->services[service];
	unsigned count = 0;

	if (!is_of_dests(t->phase)) {
		steps->service = service;
		return service_step(t, steps, t->phase);
	}
	if (!(s->is & TABLE_WANTED) || !is_there(s))
		return 0;
	for (; t->at_dest < s->dest_count && count < max; t->at_dest++) {
		uint32_t dest = deletes(t->phase)
					? s->dest_count - 1 - t->at_dest
					: t->at_dest;
		struct table_dest *d = &s->dests[dest];
		unsigned command = dest_command(d, t->phase);

		if (!command)
			continue;
		steps[count++] = (struct table_step){
			.change = { command, &s->want, &d->want },
			.service = service,
			.dest = dest,
		};
	}
	return count;
}

/* What was refused is due again. */
static void try_again(struct table *t, struct table_service *s)
{
	s->retry_at = TICK_NEVER;
	s->is &= (uint16_t)~TABLE_FAILED;
	for (uint32_t n = 0; n < s->dest_count; n++)
		s->dests[n].is &= (uint16_t)~TABLE_FAILED;
	table_touch(t, s);
}

static bool is_same(const struct table_service *s)
{
	if (!(s->is & TABLE_WANTED))
		return !(s->is & TABLE_KNOWN);
	if (!(s->is & TABLE_KNOWN) || !table_same_service(&s->want, &s->have))
		return false;
	for (uint32_t n = 0; n < s->dest_count; n++) {
		const struct table_dest *d = &s->dests[n];
		bool wanted = d->is & TABLE_WANTED;

		if (wanted != ((d->is & TABLE_KNOWN) != 0) ||
		    (wanted && memcmp(&d->want, &d->have, sizeof(d->want))))
			return false;
	}
	return true;
}

/* From the start, if anything has changed; a service that is as it should be
 * is not looked at again. */
static void begin(struct table *t, tick_t now)
{
	for (uint32_t n = 0; n < t->service_count; n++) {
		struct table_service *s = &t->services[n];

		if (now >= s->retry_at)
			try_again(t, s);
		if ((s->is & TABLE_DIRTY) && is_same(s)) {
			s->is &= (uint16_t)~TABLE_DIRTY;
			s->pause = 0;
		}
	}
	t->phase = 0;
	t->at_service = t->at_dest = 0;
	t->anew = false;
}

static bool is_planned(const struct table_service *s)
{
	return (s->is & TABLE_DIRTY) && !(s->is & TABLE_UNSURE);
}

/* To the next service, or the next phase. */
static void advance(struct table *t)
{
	t->at_dest = 0;
	if (++t->at_service < t->service_count)
		return;
	t->at_service = 0;
	t->phase++;
}

unsigned table_plan(struct table *t, tick_t now, struct table_step *steps,
		    unsigned max)
{
	unsigned count = 0;

	if (!t->looked || t->service_count == 0)
		return 0;
	if (t->anew || now >= table_next(t))
		begin(t, now);
	while (t->phase < PHASES && count < max) {
		const struct table_service *s = &t->services[service_now(t)];

		/* Nothing of others goes before all that is ours is seen. */
		if (t->phase == PHASE_DELETE_SERVICES &&
		    table_unsure(t) != TABLE_NONE)
			break;
		if (is_planned(s))
			count += plan_service(t, steps + count, max - count);
		/* A full train may end within a service. */
		if (!is_planned(s) || !is_of_dests(t->phase) ||
		    t->at_dest >= s->dest_count || count < max)
			advance(t);
	}
	t->emptied &= t->phase < PHASES;
	return count;
}

static void tell(const struct table *t, enum table_news news,
		 const struct table_step *step, int error)
{
	const struct table_service *s = &t->services[step->service];

	if (t->tell)
		t->tell(t->context, news, s,
			step->dest == TABLE_NONE ? NULL : &s->dests[step->dest],
			error);
}

/* Longer each time, until all of the service is as wanted. */
static void pause_service(struct table_service *s, tick_t now)
{
	s->pause = tick_min(tick_max(2 * s->pause, TABLE_RETRY_FIRST),
			    TABLE_RETRY_MOST);
	s->retry_at = now + s->pause;
}

/* The kernel has answered, and keeps to it: tried again later. */
static void refused(struct table *t, const struct table_step *step, int error,
		    tick_t now)
{
	struct table_service *s = &t->services[step->service];
	struct table_dest *d =
		step->dest == TABLE_NONE ? NULL : &s->dests[step->dest];
	uint16_t *last = d ? &d->error : &s->error;
	uint16_t *is = d ? &d->is : &s->is;

	*is |= TABLE_FAILED;
	if (s->retry_at == TICK_NEVER)
		pause_service(s, now);
	if (*last == error)
		return;
	*last = (uint16_t)error;
	tell(t, TABLE_REFUSED, step, error);
}

/* What was known is not so: it is looked at before anything else is done. The
 * first time at once; somebody who goes on changing it is not chased. */
static void contradicted(struct table *t, const struct table_step *step,
			 int error, tick_t now)
{
	struct table_service *s = &t->services[step->service];

	if (error == EEXIST && step->dest == TABLE_NONE) {
		s->have = (struct ipvs_service){ .key = s->want.key };
		s->is |= TABLE_KNOWN;
	}
	if (error == ESRCH || step->dest == TABLE_NONE)
		t->unsure = true;
	if (s->is & TABLE_UNSURE)
		return; /* by another step of this train */
	table_doubt(t, s);
	table_touch(t, s);
	if (s->pause == 0) {
		s->pause = 1;
		return;
	}
	if (s->retry_at == TICK_NEVER)
		pause_service(s, now);
	if (step->dest == TABLE_NONE)
		s->is |= TABLE_FAILED;
	else
		s->dests[step->dest].is |= TABLE_FAILED;
}

/* What is true of it after a step that worked, or was not needed. */
static void done(struct table *t, const struct table_step *step)
{
	struct table_service *s = &t->services[step->service];
	struct table_dest *d =
		step->dest == TABLE_NONE ? NULL : &s->dests[step->dest];
	uint16_t *last = d ? &d->error : &s->error;

	switch (step->change.command) {
	case IPVS_NEW_SERVICE:
		s->is |= TABLE_KNOWN; /* `have` is what was sent */
		break;
	case IPVS_SET_SERVICE:
		s->have = s->want;
		break;
	case IPVS_DEL_SERVICE:
		s->is &= (uint16_t) ~(TABLE_KNOWN | TABLE_OURS);
		for (uint32_t n = 0; n < s->dest_count; n++)
			s->dests[n].is &= (uint16_t)~TABLE_KNOWN;
		break;
	case IPVS_NEW_DEST:
	case IPVS_SET_DEST:
		d->have = d->want;
		d->is |= TABLE_KNOWN;
		break;
	case IPVS_DEL_DEST:
		d->is &= (uint16_t)~TABLE_KNOWN;
		break;
	}
	if (*last)
		tell(t, TABLE_ACCEPTED, step, 0);
	*last = 0;
}

/* Errors that say that the table is not as it was believed to be. */
static bool contradicts(const struct table_step *step, int error)
{
	switch (step->change.command) {
	case IPVS_NEW_SERVICE:
		return error == EEXIST; /* ENOENT: no such scheduler */
	case IPVS_SET_SERVICE:
		return error == ESRCH;
	case IPVS_NEW_DEST:
		return error == EEXIST || error == ESRCH;
	case IPVS_SET_DEST:
		return error == ENOENT || error == ESRCH;
	case IPVS_DEL_SERVICE:
	case IPVS_DEL_DEST:
		return false; /* gone already: was_gone() */
	}
	return false;
}

static bool was_gone(const struct table_step *step, int error)
{
	return (step->change.command == IPVS_DEL_SERVICE && error == ESRCH) ||
	       (step->change.command == IPVS_DEL_DEST &&
		(error == ENOENT || error == ESRCH));
}

void table_result(struct table *t, const struct table_step *step, int error,
		  tick_t now)
{
	struct table_service *s = &t->services[step->service];
	bool made = s->is & TABLE_KNOWN;

	s->changes++;
	t->changes++;
	if (step->change.command == IPVS_NEW_SERVICE)
		s->is &= (uint16_t)~TABLE_MAKING;
	if (error == IPVS_LOST) {
		table_doubt(t, s);
		t->unsure = true;
		table_touch(t, s);
	} else if (error == 0 || was_gone(step, error)) {
		done(t, step);
	} else if (step->change.command != IPVS_NEW_SERVICE && !made) {
		/* The service could not be made, so neither could this. */
	} else if (contradicts(step, error)) {
		contradicted(t, step, error, now);
	} else {
		refused(t, step, error, now);
	}
}

tick_t table_next(const struct table *t)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < t->service_count; n++)
		next = tick_min(next, t->services[n].retry_at);
	return next;
}

bool table_is_done(const struct table *t)
{
	if (t->unsure || !t->looked)
		return false;
	for (uint32_t n = 0; n < t->service_count; n++)
		if ((t->services[n].is & TABLE_UNSURE) ||
		    ((t->services[n].is & TABLE_DIRTY) &&
		     !is_same(&t->services[n])))
			return false;
	return true;
}
