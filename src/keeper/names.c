/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * process_names and process_name: what ps -o comm and
 * killall(1) take for the name of a process. As in keepalived it is only that;
 * the command line still says what it is.
 */
#include "keeper/keeper_state.h"

/* That of keepalived: its users' scripts look for it. */
#define KEEPER_NAME "keepalived"

void names_set_keeper(const struct conf_model *model)
{
	const struct conf_global *g = &model->global;

	if (g->process_name)
		process_name(g->process_name);
	else
		process_name(g->process_names ? KEEPER_NAME : "batond");
}
