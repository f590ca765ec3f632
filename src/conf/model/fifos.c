/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FIFOs that are named in vain. keepalived.conf(5), "notify_fifo". */
#include "conf/model/fifos.h"

#include <stddef.h>
#include <string.h>

#define AT(n, field)                                                           \
	(uint32_t)(offsetof(struct conf_model, global.fifos) +                 \
		   (n) * sizeof(struct conf_fifo) +                            \
		   offsetof(struct conf_fifo, field))

static void lvs_finish(struct conf_reader *r, struct conf_global *g,
		       const struct conf_note *note)
{
	struct conf_fifo *lvs = &g->lvs.fifo;
	const struct conf_fifo *all = &g->fifos[CONF_FIFO_ALL];
	size_t script =
		offsetof(struct conf_model, global.lvs.fifo.script.command);
	size_t path = offsetof(struct conf_model, global.lvs.fifo.path);
	struct conf_place place =
		conf_note_place(note, (uint32_t)(lvs->path ? path : script));

	if (!lvs->path && lvs->script.command) {
		conf_report_ignored(r->report, &place, NULL,
				    "lvs_notify_fifo_script has no effect "
				    "without lvs_notify_fifo");
		lvs->script = (struct conf_notify){ 0 };
	}
	if (all->path && lvs->path && strcmp(all->path, lvs->path) == 0) {
		conf_report_ignored(r->report, &place,
				    "name another file, or leave it out",
				    "lvs_notify_fifo is notify_fifo already; "
				    "it is left out");
		*lvs = (struct conf_fifo){ 0 };
	}
}

void conf_fifos_finish(struct conf_reader *r, struct conf_global *g,
		       const struct conf_note *note)
{
	static const char *const words[CONF_FIFOS] = { "notify_fifo",
						       "vrrp_notify_fifo" };
	struct conf_fifo *all = &g->fifos[CONF_FIFO_ALL];
	struct conf_fifo *vrrp = &g->fifos[CONF_FIFO_VRRP];

	for (unsigned n = 0; n < CONF_FIFOS; n++) {
		struct conf_fifo *f = &g->fifos[n];
		struct conf_place place =
			conf_note_place(note, AT(n, script.command));

		if (f->path || !f->script.command)
			continue;
		conf_report_ignored(r->report, &place, NULL,
				    "%s_script has no effect without %s",
				    words[n], words[n]);
		f->script = (struct conf_notify){ 0 };
	}
	lvs_finish(r, g, note);
	if (all->path && vrrp->path && strcmp(all->path, vrrp->path) == 0) {
		struct conf_place place =
			conf_note_place(note, AT(CONF_FIFO_VRRP, path));

		conf_report_ignored(r->report, &place,
				    "name another file, or leave it out",
				    "vrrp_notify_fifo is notify_fifo already; "
				    "it is left out");
		*vrrp = (struct conf_fifo){ 0 };
	}
}
