/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that instances track: what the process `run` says of them in its
 * book (ledger/records.h), as it was when last looked at. That process may say
 * what it likes: all that comes of it is a verdict.
 */
#include "router/state.h"

#include "vrrp/track.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool look(struct router *r, uint32_t n)
{
	struct ledger_result result;

	if (!ledger_read_result(r->ledger, n, &result))
		return false;
	r->scripts[n].verdict = (enum ledger_verdict)result.verdict;
	return true;
}

/* Its trackers stand one after another in a list of each script. */
static void add(struct router *r, uint32_t id)
{
	struct instance *i = &r->instances[id];
	const struct conf_instance *c = i->conf;

	i->script_first = r->script_tracker_count;
	i->script_count = c->tracked_script_count;
	for (uint32_t k = 0; k < i->script_count; k++) {
		const struct conf_tracked_script *of = &c->tracked_scripts[k];
		uint32_t n = r->script_tracker_count++;

		r->script_trackers[n] = (struct script_tracker){
			.weight = conf_script_weight(r->model, of),
			.instance = id,
			.script = of->script,
			.next = r->scripts[of->script].first,
		};
		r->scripts[of->script].first = n;
	}
}

int scripts_setup(struct router *r)
{
	size_t most = 0;

	/* A ledger of another program says nothing of them. */
	r->script_count = ledger_scripts(r->ledger);
	if (r->script_count != r->model->script_count)
		r->script_count = 0;
	r->scripts = calloc(r->script_count + 1, sizeof(*r->scripts));
	if (!r->scripts)
		return -ENOMEM;
	for (uint32_t n = 0; n < r->script_count; n++)
		r->scripts[n].first = ROUTER_NONE;
	for (uint32_t id = 0; id < r->instance_count && r->script_count; id++)
		most += r->instances[id].conf->tracked_script_count;
	r->script_trackers = calloc(most + 1, sizeof(*r->script_trackers));
	if (!r->script_trackers)
		return -ENOMEM;
	for (uint32_t id = 0; id < r->instance_count && r->script_count; id++)
		add(r, id);
	return 0;
}

void scripts_look(struct router *r)
{
	uint64_t changes = r->scripts_seen;
	bool all = true;

	if (r->script_count > 0)
		changes = __atomic_load_n(&ledger_runner(r->ledger)->changes,
					  __ATOMIC_ACQUIRE);
	for (uint32_t n = 0; n < r->script_count; n++)
		all &= look(r, n);
	/* One that was being written is looked at again in the next turn. */
	if (all)
		r->scripts_seen = changes;
}

bool scripts_changed(const struct router *r)
{
	return r->script_count > 0 &&
	       r->scripts_seen !=
		       __atomic_load_n(&ledger_runner(r->ledger)->changes,
				       __ATOMIC_ACQUIRE);
}

void scripts_sum(const struct router *r, const struct instance *i,
		 struct vrrp_track *track)
{
	for (uint32_t k = 0; k < i->script_count; k++) {
		const struct script_tracker *t =
			&r->script_trackers[i->script_first + k];
		enum ledger_verdict verdict = r->scripts[t->script].verdict;

		if (verdict != LEDGER_VERDICT_GOOD &&
		    verdict != LEDGER_VERDICT_BAD)
			continue; /* it says nothing */
		vrrp_track_add(track,
			       &(struct vrrp_tracked){
				       .weight = t->weight.value,
				       .reverse = t->weight.reverse,
				       .fault = VRRP_FAULT_SCRIPT,
				       .good = verdict == LEDGER_VERDICT_GOOD,
			       });
	}
}

bool scripts_pending(const struct router *r, const struct instance *i)
{
	for (uint32_t k = 0; k < i->script_count; k++) {
		const struct script_tracker *t =
			&r->script_trackers[i->script_first + k];

		if (t->weight.value == 0 &&
		    r->scripts[t->script].verdict == LEDGER_VERDICT_NONE)
			return true;
	}
	return false;
}
