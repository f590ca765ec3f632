/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration is read anew by processes of its own (files/reading.h),
 * while this one answers orders and starts what has died. One reading at a
 * time.
 */
#include "keeper/keeper_state.h"

#include "keeper/reply.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

static void tell(void *to, const char *text, size_t length)
{
	reply_add(to, text, length);
}

static void forget(void *context)
{
	generation_forget(context, NULL, NULL);
}

static void watch(struct keeper *k, bool on)
{
	struct reading *r = &k->reading;
	const struct process *of[] = { &r->processes.conf,
				       &r->processes.files };

	for (unsigned n = 0; n < 2; n++) {
		if (!on) {
			loop_remove(&k->loop, &r->watch[n]);
			continue;
		}
		r->watch[n].fd = of[n]->pidfd;
		if (of[n]->pid != 0)
			loop_add(&k->loop, &r->watch[n], EPOLLIN);
	}
}

/* What was read goes to who wanted it. */
static void finish(struct keeper *k)
{
	struct reading *r = &k->reading;
	struct reply *said = r->said;
	struct configuration read = CONFIGURATION_NONE;

	read.model = conf_reading_take(&r->processes, k->setup->file, tell,
				       said, &read.packed);
	r->said = NULL;
	dump_reload(k, false);
	if (r->done)
		r->done(k, &read, said);
	configuration_free(&read);
	free(said);
}

static void ended(void *context, uint32_t events)
{
	struct keeper *k = context;
	bool over;

	(void)events;
	watch(k, false);
	over = conf_reading_reap(&k->reading.processes);
	watch(k, true);
	if (over && k->reading.said)
		finish(k);
}

int reading_begin(struct keeper *k, reading_done *done)
{
	const struct conf_reading_setup setup = {
		.file = k->setup->file,
		.config_id = k->setup->config_id,
		.all_files = k->setup->all_files,
		.forget = forget,
		.context = k,
	};
	struct reading *r = &k->reading;
	int error;

	if (reading_is_on(k))
		return -EBUSY;
	r->said = calloc(1, sizeof(*r->said));
	error = r->said ? conf_reading_begin(&r->processes, &setup) : -ENOMEM;
	if (error) {
		free(r->said);
		r->said = NULL;
		return error;
	}
	r->done = done;
	dump_reload(k, true);
	for (unsigned n = 0; n < 2; n++)
		r->watch[n] = (struct loop_watch){ -1, LOOP_OTHER, ended, k };
	watch(k, true);
	return 0;
}

bool reading_is_on(const struct keeper *k)
{
	const struct conf_reading *p = &k->reading.processes;

	return p->conf.pid != 0 || p->files.pid != 0;
}

void reading_cancel(struct keeper *k)
{
	k->reading.done = NULL;
	conf_reading_stop(&k->reading.processes);
}

tick_t reading_turn(struct keeper *k, tick_t now)
{
	struct conf_reading *p = &k->reading.processes;

	if (p->conf.pid == 0 || p->late)
		return TICK_NEVER; /* its end is an event */
	if (now < p->end_by)
		return p->end_by;
	conf_reading_stop(p);
	return TICK_NEVER;
}
