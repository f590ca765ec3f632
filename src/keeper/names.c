/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ps -o comm and killall(1) take for the name of a process: by the words
 * process_names and process_name, and by the name that the program was called.
 * As in keepalived it is only that; the command line still says what it is.
 */
#include "keeper/keeper_state.h"

/* That of keepalived: its users' scripts look for it. */
#define KEEPER_NAME "keepalived"

void names_set_keeper(const struct keeper *k, const struct conf_model *model)
{
	const struct conf_global *g = &model->global;
	bool theirs = g->process_names || k->setup->as_keepalived;

	if (g->process_name)
		process_name(g->process_name);
	else
		process_name(theirs ? KEEPER_NAME : "batond");
}
