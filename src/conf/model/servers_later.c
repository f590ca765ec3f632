/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of virtual servers and not done yet, where no row can say so by
 * its standing: these words fill the model for who does them next. Each is told
 * once, where it stands first. A word that is done goes away here.
 */
#include "conf/model/finish.h"

#include <string.h>

/* The first virtual or real server that has scripts, or NULL. */
static const struct conf_span *first_script(const struct conf_model *model)
{
	for (size_t i = 0; i < model->virtual_server_count; i++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[i];

		if (vs->notifies.on)
			return &vs->span;
		for (uint32_t n = 0; n < vs->server_count; n++)
			if (vs->servers[n].notifies.on)
				return &vs->servers[n].span;
	}
	return NULL;
}

static void tell_scripts(struct conf_reader *r, const struct conf_model *model)
{
	const struct conf_span *first = first_script(model);
	struct conf_place place = { 0 };

	if (!first)
		return;
	place.span = *first;
	conf_report_ignored(r->report, &place,
			    "scripts are told of real servers and quorums",
			    "notify_up, notify_down, quorum_up and "
			    "quorum_down: accepted, but not done yet");
	r->report->diagnostics->later++;
}

/* Of global_defs. */
static void tell_global(struct conf_reader *r)
{
	for (const struct conf_mark *m = r->note.marks; m; m = m->next) {
		struct conf_place place = { .span = m->span };

		if (strcmp(m->row->word, "rs_init_notifies") != 0)
			continue;
		conf_report_ignored(r->report, &place, m->row->help,
				    "%s is accepted, but not done yet",
				    m->row->word);
		r->report->diagnostics->later++;
	}
}

void conf_servers_not_done(struct conf_reader *r,
			   const struct conf_model *model)
{
	tell_scripts(r, model);
	tell_global(r);
}
