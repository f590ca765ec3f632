/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What succession.h was told and what it said, a line each, in the file that
 * the environment names: tests on real networks compare it with what the
 * machine says by itself, and whether what was told can happen at all
 * (tests/succession/replay.c).
 */
#include "keeper/keeper_state.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORD_VARIABLE "BATON_RECORD"

void record_begin(struct keeper *k, const char *how, bool lives,
		  tick_t confirm_by)
{
	const char *path = getenv(RECORD_VARIABLE);

	k->record = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
				0600)
			 : -1;
	if (k->record >= 0)
		dprintf(k->record, "%s %d %" PRId64 "\n", how, lives,
			confirm_by);
}

void record_step(const struct keeper *k, tick_t now,
		 const struct succession_event *e,
		 const struct succession_acts *acts)
{
	const struct succession *s = &k->succession;
	char text[SUCCESSION_ACTS_MAX * 4 + 1] = "";
	int length = 0;

	if (k->record < 0)
		return;
	for (unsigned n = 0; n < acts->count; n++)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
				   " %d", (int)acts->list[n]);
	dprintf(k->record,
		"step %" PRId64 " %d %" PRId64 " %" PRId64
		" %d : %d %d %d %d : %u%s\n",
		now, (int)e->what, e->leaves, e->confirm, e->returns,
		(int)s->phase, (int)s->server, (int)s->heir, (int)s->trial,
		acts->count, text);
}
