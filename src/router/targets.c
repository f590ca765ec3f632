/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts, files and processes that are tracked: what the process `run` says
 * of them in its book (ledger/records.h), as it was when last looked at; and
 * virtual servers, of which the process `lvs` says whether they have their
 * quorum. These may say what they like: all that comes of it are verdicts and
 * numbers.
 */
#include "router/state.h"

#include "conf/model/targets.h"
#include "conf/model/tracks.h"
#include "ledger/lvs.h"
#include "vrrp/track.h"

#include <errno.h>
#include <stdlib.h>

static bool look(struct router *r, uint32_t n)
{
	struct ledger_result result;

	if (!ledger_read_result(r->ledger, n, &result))
		return false;
	r->targets[n].verdict = (enum ledger_verdict)result.verdict;
	r->targets[n].number = result.value;
	return true;
}

/* Puts a tracker into the list of its target. */
static void add(struct router *r, uint32_t id, const struct conf_tracks *of)
{
	uint32_t n = r->target_tracker_count++;

	r->target_trackers[n] = (struct target_tracker){
		.weight = of->weight,
		.instance = id,
		.target = of->target,
		.next = r->targets[of->target].first,
	};
	r->targets[of->target].first = n;
}

/* All that an instance tracks, one after another. */
static struct target_list add_all(struct router *r, uint32_t id)
{
	struct target_list list = { .first = r->target_tracker_count };
	struct conf_tracks of;

	for (uint32_t n = 0;
	     conf_tracks(r->model, r->instances[id].conf, n, &of); n++)
		add(r, id, &of);
	list.count = r->target_tracker_count - list.first;
	return list;
}

static int setup_targets(struct router *r)
{
	uint32_t n = 0;

	/* A ledger of another program says nothing of them. */
	r->target_count = ledger_targets(r->ledger);
	if (r->target_count != conf_targets(r->model))
		r->target_count = 0;
	r->targets = calloc(r->target_count + 1, sizeof(*r->targets));
	if (!r->targets)
		return -ENOMEM;
	for (unsigned kind = 0; kind < VRRP_TARGETS; kind++) {
		uint32_t end = conf_target_first(r->model,
						 (enum vrrp_target)(kind + 1));

		for (; n < end && n < r->target_count; n++)
			r->targets[n] = (struct target){
				.kind = (enum vrrp_target)kind,
				.first = ROUTER_NONE,
			};
	}
	return 0;
}

int targets_setup(struct router *r)
{
	int error = setup_targets(r);
	size_t most = 0;

	if (error)
		return error;
	for (uint32_t id = 0; id < r->instance_count && r->target_count; id++)
		most += conf_tracks_most(r->model, r->instances[id].conf);
	r->target_trackers = calloc(most + 1, sizeof(*r->target_trackers));
	if (!r->target_trackers)
		return -ENOMEM;
	for (uint32_t id = 0; id < r->instance_count && r->target_count; id++)
		r->instances[id].targets = add_all(r, id);
	return 0;
}

/* Of both books, each by itself: what one says hides nothing of the other. */
static struct targets_seen changes(const struct router *r)
{
	return (struct targets_seen){
		.results = __atomic_load_n(&ledger_runner(r->ledger)->changes,
					   __ATOMIC_ACQUIRE),
		.quorums = ledger_has_lvs(r->ledger)
				   ? __atomic_load_n(
					     &ledger_lvs(r->ledger)->quorums,
					     __ATOMIC_ACQUIRE)
				   : 0,
	};
}

bool targets_changed(const struct router *r)
{
	struct targets_seen now;

	if (r->target_count == 0)
		return false;
	now = changes(r);
	return r->targets_seen.results != now.results ||
	       r->targets_seen.quorums != now.quorums;
}

void targets_look(struct router *r)
{
	struct targets_seen seen = r->targets_seen;
	bool all = true;

	if (r->target_count > 0)
		seen = changes(r);
	for (uint32_t n = 0; n < r->target_count; n++)
		all &= look(r, n);
	/* One that was being written is looked at again in the next turn. */
	if (all)
		r->targets_seen = seen;
}

bool target_take_news(struct target *t)
{
	bool news = t->verdict != t->told || (t->kind == VRRP_TARGET_FILE &&
					      t->number != t->told_number);

	t->told = t->verdict;
	t->told_number = t->number;
	return news;
}

static void sum(const struct target *target, const struct target_tracker *t,
		struct vrrp_track *track)
{
	static const uint8_t faults[] = {
		[VRRP_TARGET_SCRIPT] = VRRP_FAULT_SCRIPT,
		[VRRP_TARGET_FILE] = VRRP_FAULT_FILE,
		[VRRP_TARGET_PROCESS] = VRRP_FAULT_PROCESS,
		[VRRP_TARGET_VIRTUAL] = VRRP_FAULT_VIRTUAL,
	};
	const struct vrrp_tracked one = {
		.weight = t->weight.value,
		.reverse = t->weight.reverse,
		.fault = faults[target->kind],
		.good = target->verdict == LEDGER_VERDICT_GOOD,
	};

	if (target->verdict != LEDGER_VERDICT_GOOD &&
	    target->verdict != LEDGER_VERDICT_BAD)
		return; /* it says nothing */
	if (target->kind == VRRP_TARGET_FILE)
		vrrp_track_add_number(track, &one, target->number);
	else
		vrrp_track_add(track, &one);
}

void targets_sum(const struct router *r, struct target_list list,
		 struct vrrp_track *track)
{
	const struct target_tracker *t = &r->target_trackers[list.first];

	for (uint32_t k = 0; k < list.count; k++)
		sum(&r->targets[t[k].target], &t[k], track);
}

bool targets_pending(const struct router *r, struct target_list list)
{
	const struct target_tracker *t = &r->target_trackers[list.first];

	for (uint32_t k = 0; k < list.count; k++) {
		const struct target *of = &r->targets[t[k].target];

		if (of->verdict == LEDGER_VERDICT_NONE &&
		    vrrp_target_may_fault(of->kind, t[k].weight.value))
			return true;
	}
	return false;
}
