/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that are told of changes: what is wrong, and the last (ctl/view.h).
 */
#include "ctl/view.h"

#include <string.h>

static void put_which(struct view *v, const json_t *notify)
{
	text_format(&v->out, "the notify script that was told %s",
		    view_string(notify, "told"));
}

static void lost(struct view *v, const json_t *notify, const char *indent)
{
	double count = view_number(notify, "lost");

	if (count == 0)
		return;
	view_problem(v, indent, "");
	text_format(&v->out,
		    "%.0f change%s told to no notify script: one ran for too "
		    "long, and the last 8 are kept\n",
		    count, count > 1 ? "s were" : " was");
}

void view_notify_problems(struct view *v, const json_t *of, const char *indent)
{
	const json_t *notify = json_object_get(of, "notify");
	double waiting = view_number(notify, "waiting");

	if (json_is_true(json_object_get(notify, "failed"))) {
		view_problem(v, indent, "");
		put_which(v, notify);
		text_format(&v->out, ": %s", view_string(notify, "last_end"));
		view_output(v, notify, ": ");
		text_put(&v->out, "\n");
	}
	lost(v, notify, indent);
	if (json_is_true(json_object_get(notify, "running")) && waiting > 0) {
		view_problem(v, indent, "");
		text_format(&v->out, "%.0f change%s until ", waiting,
			    waiting > 1 ? "s wait" : " waits");
		put_which(v, notify);
		text_put(&v->out, " has ended; it has run for ");
		view_duration(&v->out, view_number(notify, "running_ms"));
		text_put(&v->out, "\n");
	}
}

void view_notified(struct view *v, const json_t *of)
{
	const json_t *notify = json_object_get(of, "notify");

	if (!*view_string(notify, "told") ||
	    json_is_true(json_object_get(notify, "failed")))
		return; /* that is a problem */
	text_format(&v->out, "The notify script that was told %s",
		    view_string(notify, "told"));
	if (json_is_true(json_object_get(notify, "running"))) {
		text_put(&v->out, " runs, for ");
		view_duration(&v->out, view_number(notify, "running_ms"));
	} else if (view_has(notify, "last_end")) {
		text_format(&v->out, ": %s", view_string(notify, "last_end"));
	}
	view_output(v, notify, "; it wrote: ");
	text_put(&v->out, "\n");
}
