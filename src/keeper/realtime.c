/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the `vrrp` process runs: what the configuration asks for, what the
 * kernel says of it, and what the keeper does when it runs too late.
 *
 * The process itself cannot change any of this: it has no right to, and its
 * sandbox none of the calls.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>

/*
 * Unless told otherwise it runs before ordinary processes where it may: it
 * computes little, and what it does late looks like a death to others.
 */
#define RT_AUTO 1

static const struct conf_process *runs(const struct keeper *k,
				       const struct conf_model *model)
{
	return k->server->row->runs(model);
}

bool realtime_is_asked(const struct keeper *k, const struct conf_model *model)
{
	return runs(k, model)->rt_priority != CONF_RT_AUTO;
}

struct schedule realtime_wanted(const struct keeper *k,
				const struct conf_model *model)
{
	const struct conf_process *c = runs(k, model);
	struct schedule wanted = {
		.nice = c->nice,
		.real_time =
			realtime_is_asked(k, model) ? c->rt_priority : RT_AUTO,
		.memory = c->no_swap,
		.cpus = c->cpus.bound ? c->cpus.set : NULL,
		.cpu_words = ARRAY_LENGTH(c->cpus.set),
	};

	/* What one process needed, the next one needs. */
	if (c->auto_priority && k->raised > wanted.real_time)
		wanted.real_time = k->raised < c->auto_priority
					   ? k->raised
					   : c->auto_priority;
	return wanted;
}

static void refused(struct keeper *k, int error)
{
	struct ledger_event event = {
		.instance = LEDGER_NO_INSTANCE,
		.type = LEDGER_EVENT_PROCESS,
		.code = LEDGER_PROCESS_REFUSED,
		.from = SCHEDULE_RAISE,
		.value = error,
	};

	snprintf(event.name, sizeof(event.name), "%s", k->server->row->name);
	if (!k->raise_refused)
		ledger_append(k->now.ledger, &event);
	k->raise_refused = true;
}

/* It was late again: a step more, from ordinary to the least real time. */
static void raise_priority(struct keeper *k)
{
	const struct child *c = k->server;
	const struct ledger_process *row = child_row(k, k->server);
	uint64_t late = ledger_server(k->now.ledger)->turns_late;
	bool again = late > k->late_seen;
	int most, error;

	/* It is less for a moment, until an heir has taken over the count. */
	k->late_seen = again ? late : k->late_seen;
	if (!again || !k->now.model || !row->scheduled)
		return;
	most = runs(k, k->now.model)->auto_priority;
	if (row->real_time >= most)
		return;
	error = -schedule_raise(&c->process, row->real_time + 1);
	if (error) {
		refused(k, error);
		return;
	}
	k->raised = row->real_time + 1;
	child_tell(k, c, LEDGER_PROCESS_RAISED, k->raised);
}

static void look(struct keeper *k)
{
	struct ledger_process *row = child_row(k, k->server);
	struct schedule_state state = { 0 };
	bool known = schedule_look(&k->server->process, &state);

	ledger_begin(&row->sequence);
	row->scheduled = known;
	row->policy = state.policy;
	row->real_time = state.real_time;
	row->nice = state.nice;
	row->locked = state.locked;
	ledger_end(&row->sequence);
}

void realtime_watch(struct keeper *k)
{
	if (!k->server->running)
		return;
	raise_priority(k);
	look(k);
}
