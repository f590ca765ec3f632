/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Health checks, as `baton checks` shows them: a line each. */
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

static enum view_colour colour_of(const char *state)
{
	return strcmp(state, "good") == 0     ? VIEW_GOOD
	       : strcmp(state, "failed") == 0 ? VIEW_BAD
					      : VIEW_DOUBT;
}

static void put_weight(struct text *t, const json_t *check)
{
	if (view_has(check, "weight"))
		text_format(t, ", weight %.0f", view_number(check, "weight"));
	if (view_has(check, "weight_plus"))
		text_format(t, ", weight %+.0f",
			    view_number(check, "weight_plus"));
	if (view_has(check, "weight_percent"))
		text_format(t, ", weight %.0f %%",
			    view_number(check, "weight_percent"));
	if (view_has(check, "wish"))
		text_format(t, ", asks for %s", view_string(check, "wish"));
}

void view_not_checked(struct view *v, const json_t *check)
{
	if (view_has(check, "blocked_since")) {
		text_put(&v->out, "; cannot be checked since ");
		view_clock(&v->out, view_string(check, "blocked_since"));
	}
	if (view_has(check, "rests_since")) {
		text_put(&v->out, "; it rests (ha_suspend) since ");
		view_clock(&v->out, view_string(check, "rests_since"));
	}
}

const char *view_subject(const json_t *check)
{
	return view_has(check, "command") ? view_string(check, "command")
					  : view_string(check, "track_file");
}

static void show(struct view *v, const json_t *check)
{
	const char *state = view_string(check, "state");
	const char *address = view_string(check, "address");
	const char *subject = view_subject(check);
	char target[80];

	snprintf(target, sizeof(target),
		 strchr(address, ':') ? "[%s]:%.0f" : "%s:%.0f", address,
		 view_number(check, "port"));
	text_format(&v->out, "%-12s %-24s ", view_string(check, "kind"),
		    *address   ? target
		    : *subject ? subject
			       : "-");
	view_paint(v, colour_of(state), state);
	text_format(&v->out, "%*s %-7s %s", 7 - (int)strlen(state), "",
		    view_string(check, "code"), view_string(check, "words"));
	put_weight(&v->out, check);
	if (view_has(check, "since")) {
		text_put(&v->out, ", since ");
		view_clock(&v->out, view_string(check, "since"));
	}
	view_not_checked(v, check);
	text_put(&v->out, "\n");
}

void view_checks(struct view *v, const json_t *page)
{
	const json_t *check;
	size_t index;

	view_silent(v, page);
	json_array_foreach(json_object_get(page, "checks"), index, check)
		show(v, check);
	if (json_array_size(json_object_get(page, "checks")) == 0)
		text_put(&v->out, "No real server is checked.\n");
}
