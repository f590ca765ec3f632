/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `baton why VS RS`: why a real server has the weight that it has. */
#include "ctl/view.h"

#include <string.h>

static bool is_true(const json_t *of, const char *key)
{
	return json_is_true(json_object_get(of, key));
}

static bool is(const json_t *of, const char *key, const char *word)
{
	return strcmp(view_string(of, key), word) == 0;
}

static void since(struct view *v, const json_t *of, const char *before)
{
	if (!view_has(of, "since"))
		return;
	text_put(&v->out, before);
	view_clock(&v->out, view_string(of, "since"));
}

/* The weight that it would have if nothing came in between. */
static double meant(const json_t *real)
{
	const json_t *ordered = json_object_get(real, "ordered");

	return view_has(ordered, "weight")
		       ? view_number(ordered, "weight")
		       : view_number(real, "weight_configured");
}

static void standing(struct view *v, const json_t *virtual, const json_t *real)
{
	const json_t *ordered = json_object_get(real, "ordered");
	char name[80];

	view_paint(v, VIEW_BOLD, view_target(name, sizeof(name), real));
	text_format(&v->out, " of %s is %s", view_string(virtual, "name"),
		    view_string(real, "health"));
	since(v, real, " since ");
	if (view_has(real, "weight"))
		text_format(&v->out, ", with weight %.0f in the kernel",
			    view_number(real, "weight"));
	else
		text_put(&v->out, ", and not in the kernel's table");
	text_put(&v->out, ".\n");
	if (is_true(real, "leaves"))
		return;
	text_format(&v->out, "The configuration gives it weight %.0f",
		    view_number(real, "weight_configured"));
	if (view_has(ordered, "weight")) {
		text_format(&v->out, "; ordered is %.0f",
			    view_number(ordered, "weight"));
		since(v, ordered, ", at ");
	}
	text_put(&v->out, ".\n");
}

/* That it is ordered away; false: it is not. */
static bool because_ordered(struct view *v, const json_t *real)
{
	const json_t *ordered = json_object_get(real, "ordered");
	double left = view_number(real, "connections_left");

	if (is(real, "order", "none"))
		return false;
	if (is_true(real, "leaves"))
		text_put(&v->out, "Because the configuration does not have it "
				  "any more");
	else if (view_has(ordered, "since"))
		since(v, ordered, "Because that was ordered at ");
	else
		text_put(&v->out, "Because that was ordered");
	if (is(real, "order", "draining")) {
		text_put(&v->out, ": it drains");
		if (view_has(real, "connections_left"))
			text_format(&v->out, ", with %.0f connection%s left",
				    left, left == 1 ? "" : "s");
		if (view_has(real, "deadline_in_ms")) {
			text_put(&v->out, ", until the deadline in ");
			view_duration(&v->out,
				      view_number(real, "deadline_in_ms"));
		}
	} else {
		text_format(&v->out, ": it is %s", view_string(real, "order"));
	}
	if (!is_true(real, "leaves"))
		text_put(&v->out, "; `baton rs enable` brings it back");
	text_put(&v->out, ".\n");
	return true;
}

/* Which checks keep it out; false: none. */
static bool because_checked(struct view *v, const json_t *real)
{
	const json_t *check;
	size_t n;

	if (!is(real, "health", "down") && !is(real, "health", "waits"))
		return false;
	json_array_foreach(json_object_get(real, "checks"), n, check)
	{
		if (is(check, "state", "good"))
			continue;
		text_format(
			&v->out, "Because %s %s", view_string(check, "kind"),
			is(check, "state", "failed") ? "has failed"
						     : "has no verdict yet");
		since(v, check, " since ");
		if (*view_string(check, "words"))
			text_format(&v->out, ": %s",
				    view_string(check, "words"));
		text_put(&v->out, ".\n");
	}
	if (is_true(real, "held"))
		text_put(&v->out,
			 "It stays in the table all the same, since too few "
			 "servers are up (panic_threshold).\n");
	return true;
}

static bool because_sorry(struct view *v, const json_t *virtual)
{
	const json_t *sorry = json_object_get(virtual, "sorry_server");
	char name[80];

	if (!is_true(sorry, "serves"))
		return false;
	since(v, json_object_get(virtual, "quorum"),
	      "Because the quorum is lost since ");
	text_format(&v->out, ", and the sorry server %s serves alone.\n",
		    view_target(name, sizeof(name), sorry));
	return true;
}

/* Why the weight is another one though it serves. */
static void because_weighed(struct view *v, const json_t *real)
{
	if (view_has(real, "slow_start_percent"))
		text_format(&v->out,
			    "Because it came back and starts slowly: it is at "
			    "%.0f %% of its weight (slow_start; weights are "
			    "scaled meanwhile).\n",
			    view_number(real, "slow_start_percent"));
	else if (view_has(real, "weight") &&
		 view_number(real, "weight") != meant(real))
		text_put(&v->out, "Because its checks say something of its "
				  "weight, or another server starts slowly.\n");
	else if (json_array_size(json_object_get(real, "checks")) == 0)
		text_put(&v->out, "It is not checked, and so always up.\n");
	else
		text_put(&v->out, "No check of it fails.\n");
}

static void put_full(struct view *v, const json_t *real)
{
	const json_t *counts = json_object_get(real, "counts");
	double upper = view_number(real, "upper");
	double all =
		view_number(counts, "active") + view_number(counts, "inactive");

	if (upper > 0 && all >= upper)
		text_format(&v->out,
			    "It has %.0f connections, and uthreshold is %.0f: "
			    "it gets no new ones until there are less.\n",
			    all, upper);
}

static void put_check(struct view *v, const json_t *check)
{
	text_format(&v->out, "  %-12s %-7s %-7s %s", view_string(check, "kind"),
		    view_string(check, "state"), view_string(check, "code"),
		    view_string(check, "words"));
	if (*view_subject(check))
		text_format(&v->out, " (%s)", view_subject(check));
	since(v, check, ", since ");
	if (view_has(check, "blocked_since")) {
		text_put(&v->out, "; cannot be checked since ");
		view_clock(&v->out, view_string(check, "blocked_since"));
	}
	if (view_has(check, "rests_since")) {
		text_put(&v->out, "; it rests since ");
		view_clock(&v->out, view_string(check, "rests_since"));
	}
	if (view_has(check, "next_ms")) {
		text_put(&v->out, "; the next one in ");
		view_duration(&v->out, view_number(check, "next_ms"));
	}
	text_put(&v->out, "\n");
}

/* A sentence of what happened; the words of a check follow those of its end. */
static const char *sentence(const char *what)
{
	static const struct {
		const char *what, *words;
	} all[] = {
		{ "up", "it is up" },
		{ "down", "it is down" },
		{ "quorum-up", "its virtual server has its quorum" },
		{ "quorum-down", "its virtual server has lost its quorum" },
		{ "panic", "too few servers are up: no further one is taken "
			   "out" },
		{ "panic-over", "enough servers are up again" },
		{ "drained", "it is drained" },
		{ "drain-late", "it had connections left at the deadline of "
				"its drain" },
	};

	for (size_t n = 0; n < sizeof(all) / sizeof(*all); n++)
		if (strcmp(all[n].what, what) == 0)
			return all[n].words;
	return what;
}

static void story(struct view *v, const json_t *history)
{
	const json_t *one;
	size_t n;

	if (json_array_size(history) == 0)
		return;
	text_put(&v->out, "\nWhat happened:\n");
	json_array_foreach(history, n, one)
	{
		text_put(&v->out, "  ");
		view_clock(&v->out, view_string(one, "time"));
		text_format(&v->out, "  %s",
			    sentence(view_string(one, "what")));
		if (is_true(one, "from_start"))
			text_put(&v->out, " from the start");
		if (is_true(one, "removed"))
			text_put(&v->out, ", since a reload has removed it");
		if (view_has(one, "check"))
			text_format(&v->out, ", %s: %s",
				    view_string(one, "check"),
				    view_string(one, "words"));
		text_put(&v->out, "\n");
	}
}

static void explain(struct view *v, const json_t *page, const json_t *virtual,
		    const json_t *real)
{
	const json_t *lvs = json_object_get(page, "lvs"), *check;
	size_t n;

	view_silent(v, page);
	standing(v, virtual, real);
	if (view_has(lvs, "error"))
		text_format(&v->out, "The kernel's table cannot be read: %s.\n",
			    view_string(lvs, "error"));
	if (!is_true(lvs, "known") && view_has(lvs, "error"))
		text_put(&v->out, "No virtual server is served until then.\n");
	else if (!is_true(lvs, "known"))
		text_put(&v->out, "The process lvs has not begun with this "
				  "configuration yet.\n");
	else if (!because_ordered(v, real) && !because_checked(v, real) &&
		 !because_sorry(v, virtual))
		because_weighed(v, real);
	if (view_has(real, "error"))
		text_format(&v->out,
			    "The kernel refuses it: %s; it is tried again.\n",
			    view_string(real, "error"));
	if (view_has(virtual, "error"))
		text_format(&v->out,
			    "The kernel refuses %s: %s; it is tried again.\n",
			    view_string(virtual, "name"),
			    view_string(virtual, "error"));
	put_full(v, real);
	view_counts(v, real, "  ");
	json_array_foreach(json_object_get(real, "checks"), n, check)
		put_check(v, check);
	story(v, json_object_get(real, "history"));
}

void view_why_server(struct view *v, const json_t *page)
{
	const json_t *virtual, *real;
	size_t n, k;

	json_array_foreach(json_object_get(page, "virtual_servers"), n, virtual)
	{
		json_array_foreach(json_object_get(virtual, "servers"), k, real)
		{
			explain(v, page, virtual, real);
		}
	}
}
