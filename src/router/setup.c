/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the router is made of, from the model and the ledger: instances, their
 * frames, addresses, trackers and interfaces. No system call but for memory,
 * all of which is obtained here.
 */
#include "router/speech.h"
#include "router/state.h"
#include "router/sync_wait.h"

#include <errno.h>
#include <stdlib.h>

static int instances(struct router *r)
{
	void *heap;

	r->instances = calloc(r->instance_count + 1, sizeof(*r->instances));
	heap = malloc(heap_memory(r->instance_count + 1));
	r->limits = journal_limits(r->instance_count);
	if (!r->instances || !heap || !r->limits)
		return -ENOMEM;
	heap_init(&r->deadlines, heap, r->instance_count + 1);
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->conf = &r->model->instances[n];
		i->core = ledger_core_at(r->ledger, n);
		i->record = ledger_record_at(r->ledger, n);
		i->counters = ledger_counters_at(r->ledger, n);
	}
	return speaker_setup(r);
}

/* All may wait at the same time. */
static int waiting_lists(struct router *r)
{
	size_t instances = r->instance_count, groups = r->group_count;

	r->held.list = calloc(instances + 1, sizeof(*r->held.list));
	r->untold.list =
		calloc(instances + groups + 1, sizeof(*r->untold.list));
	return r->held.list && r->untold.list ? 0 : -ENOMEM;
}

int setup_objects(struct router *r)
{
	int error = instances(r);

	r->kinds = holding_kinds;
	r->kind_count = holding_kind_count;

	if (!error)
		error = holdings_setup(r);
	if (!error)
		error = trackers_setup(r);
	if (!error)
		error = targets_setup(r);
	if (!error)
		error = groups_setup(r);
	if (!error)
		error = waiting_lists(r);
	if (!error)
		error = interfaces_setup(r);
	if (!error)
		error = flapping_setup(r);
	if (!error)
		error = peers_setup(r);
	if (!error)
		error = announcer_setup(r);
	if (!error)
		links_setup(r);
	if (!error)
		promote_setup(r);
	sync_wait_setup(r);
	return error;
}

void setup_free(struct router *r)
{
	channels_close(r);
	peers_close(r);
	free(r->paces);
	free(r->interface_by_index.slots);
	free(r->interface_by_name.slots);
	free(r->holding_by_key.slots);
	theirs_free(r);
	free(r->deadlines.entries);
	free(r->interfaces);
	free(r->holdings);
	free(r->trackers);
	free(r->targets);
	free(r->target_trackers);
	free(r->groups);
	free(r->members);
	free(r->instances);
	free(r->limits);
	free(r->held.list);
	free(r->untold.list);
	flapping_free(r);
	speaker_end(r);
}
