/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with what a virtual router tracks, beside interfaces. */
#include "ctl/view.h"

#include <string.h>

static bool is_verdict(const json_t *one, const char *verdict)
{
	return strcmp(view_string(one, "verdict"), verdict) == 0;
}

static void script(struct view *v, const json_t *one, bool waits,
		   const char *indent)
{
	bool bad = is_verdict(one, "bad");
	bool unusable = is_verdict(one, "unusable");

	if (!bad && !unusable && !(waits && is_verdict(one, "unknown")))
		return;
	view_problem(v, indent, "script ");
	text_put(&v->out, view_string(one, "name"));
	if (bad)
		text_format(&v->out, " fails: %s",
			    view_string(one, "last_end"));
	else if (unusable)
		text_format(&v->out, " cannot be run, and is not tracked: %s",
			    view_string(one, "output"));
	else
		text_put(&v->out, " has not ended yet for the first "
				  "time; it is waited for");
	if (bad)
		view_output(v, one, "; it wrote: ");
	text_put(&v->out, "\n");
}

/* As vrrp_track_add_number() (vrrp/track.h). */
static bool is_fault(const json_t *file)
{
	double number = view_number(file, "number");
	double weight = view_number(file, "weight");
	bool reverse = json_is_true(json_object_get(file, "reverse"));

	if (weight == 0)
		return (number == 0) == reverse;
	return number * (reverse ? -weight : weight) <= -254;
}

static void file(struct view *v, const json_t *one, bool waits,
		 const char *indent)
{
	const char *what = view_string(one, "problem");
	bool known = is_verdict(one, "good");

	if (known && !*what && !is_fault(one))
		return;
	if (!known && !waits && !is_verdict(one, "unusable"))
		return;
	view_problem(v, indent, "file ");
	text_put(&v->out, view_string(one, "name"));
	if (is_verdict(one, "unusable"))
		text_format(&v->out, " is not tracked: %s", what);
	else if (!known)
		text_put(&v->out, " was not read yet; it is waited for");
	else
		text_format(&v->out, " counts as %.0f%s%s%s",
			    view_number(one, "number"),
			    is_fault(one) ? ", which is a fault" : "",
			    *what ? ": " : "", what);
	text_put(&v->out, "\n");
}

static void process(struct view *v, const json_t *one, bool waits,
		    const char *indent)
{
	if (!is_verdict(one, "bad") && !(waits && is_verdict(one, "unknown")))
		return;
	view_problem(v, indent, "process ");
	text_put(&v->out, view_string(one, "name"));
	if (is_verdict(one, "bad"))
		text_format(&v->out, " has not the quorum: %.0f of it run\n",
			    view_number(one, "count"));
	else
		text_put(&v->out,
			 " was not looked for yet; it is waited for\n");
}

static void server(struct view *v, const json_t *one, bool waits,
		   const char *indent)
{
	if (!is_verdict(one, "bad") && !(waits && is_verdict(one, "unknown")))
		return;
	view_problem(v, indent, "virtual server ");
	text_put(&v->out, view_string(one, "name"));
	if (is_verdict(one, "bad"))
		text_format(&v->out,
			    " has lost its quorum: `baton vs '%s'` says why\n",
			    view_string(one, "name"));
	else
		text_put(&v->out, " was not looked at yet; it is waited for\n");
}

void view_targets(struct view *v, const json_t *instance, const char *indent)
{
	static const struct {
		const char *key;
		void (*view)(struct view *v, const json_t *one, bool waits,
			     const char *indent);
	} kinds[] = {
		{ "tracked_scripts", script },
		{ "tracked_files", file },
		{ "tracked_processes", process },
		{ "tracked_virtual_servers", server },
	};
	bool waits = strcmp(view_string(instance, "state"), "init") == 0;
	const json_t *one;
	size_t index;

	for (size_t n = 0; n < sizeof(kinds) / sizeof(kinds[0]); n++)
		json_array_foreach(json_object_get(instance, kinds[n].key),
				   index, one) kinds[n]
			.view(v, one, waits, indent);
}
