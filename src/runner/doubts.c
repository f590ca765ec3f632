/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of a configuration that this machine could not run now. */
#include "runner/runner.h"

#include "conf/language/report.h"
#include "runner/runner_state.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

/* So many different ones are looked at, each in a child, and only for so long:
 * file systems may hang, and an upgrade waits for this (keeper/rehearsal.c). */
#define DOUBTS_MOST 1024
#define DOUBTS_TIME (2 * TICK_SECOND)

struct doubts {
	const struct conf_model *model;
	const char *file;
	struct conf_report report;
	tick_t end_by;
	const char *seen[DOUBTS_MOST];
	unsigned count;
};

/* True: it was looked at, or there were too many, or there is no time. */
static bool was_seen(struct doubts *d, const char *command)
{
	for (unsigned n = 0; n < d->count; n++)
		if (strcmp(d->seen[n], command) == 0)
			return true;
	if (d->count == DOUBTS_MOST || clock_now() > d->end_by)
		return true;
	d->seen[d->count++] = command;
	return false;
}

static void look(struct doubts *d, const struct conf_span *span,
		 const char *command, const struct conf_user *user)
{
	struct conf_place place = { .span = *span };
	struct program program = { .why = "" };

	if (!command || command[0] == '\0' || was_seen(d, command))
		return;
	if (!span->file)
		place.span = (struct conf_span){ .file = d->file };
	if (!program_find(&program, command, user, d->model))
		conf_report(&d->report, CONF_NOTE, &place, NULL,
			    "this machine cannot run \"%.100s\" now: %s",
			    command, program.why);
	program_free(&program);
}

static void look_all(struct doubts *d, const struct conf_span *span,
		     const struct conf_notifies *c)
{
	for (unsigned k = 0; c->on && k < CONF_NOTIFIES; k++)
		look(d, span, c->on[k].command, &c->on[k].user);
}

static void look_at_server(struct doubts *d, const struct conf_real_server *rs)
{
	look_all(d, &rs->span, &rs->notifies);
	for (uint32_t n = 0; n < rs->check_count; n++)
		if (rs->checks[n].kind == CONF_CHECK_MISC)
			look(d, &rs->span, rs->checks[n].misc.command,
			     &rs->checks[n].misc.user);
}

static void look_at_virtual(struct doubts *d,
			    const struct conf_virtual_server *vs)
{
	look_all(d, &vs->span, &vs->notifies);
	for (uint32_t n = 0; n < vs->server_count; n++)
		look_at_server(d, &vs->servers[n]);
}

void runner_doubts(const struct conf_model *model, const char *file,
		   struct conf_diagnostics *diagnostics)
{
	struct doubts *d = calloc(1, sizeof(*d));

	if (!d)
		return;
	d->model = model;
	d->file = file;
	d->end_by = clock_now() + DOUBTS_TIME;
	d->report.diagnostics = diagnostics;
	for (uint32_t n = 0; n < model->script_count; n++)
		look(d, &model->scripts[n].is.span, model->scripts[n].command,
		     &model->scripts[n].user);
	for (uint32_t n = 0; n < model->instance_count; n++)
		look_all(d, &model->instances[n].span,
			 &model->instances[n].notifies);
	for (uint32_t n = 0; n < model->group_count; n++)
		look_all(d, &model->groups[n].span, &model->groups[n].notifies);
	for (uint32_t n = 0; n < model->virtual_server_count; n++)
		look_at_virtual(d, &model->virtual_servers[n]);
	free(d);
}
