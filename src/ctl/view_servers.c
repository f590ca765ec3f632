/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Virtual servers, as `baton vs` shows them: a line each, and one for each of
 * their real servers. */
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

static enum view_colour colour_of(const char *health)
{
	return strcmp(health, "up") == 0     ? VIEW_GOOD
	       : strcmp(health, "down") == 0 ? VIEW_BAD
					     : VIEW_DOUBT;
}

static void put_since(struct view *v, const json_t *of)
{
	if (!view_has(of, "since"))
		return;
	text_put(&v->out, ", since ");
	view_clock(&v->out, view_string(of, "since"));
}

static void put_refused(struct view *v, const json_t *of)
{
	if (!view_has(of, "error"))
		return;
	text_put(&v->out, "; ");
	view_paint(v, VIEW_BAD, "the kernel refuses it");
	text_format(&v->out, ": %s", view_string(of, "error"));
}

const char *view_target(char *to, size_t size, const json_t *of)
{
	const char *address = view_string(of, "address");

	snprintf(to, size, strchr(address, ':') ? "[%s]:%.0f" : "%s:%.0f",
		 address, view_number(of, "port"));
	return to;
}

/* Connections of one that has some. */
static void put_connections(struct view *v, const json_t *of)
{
	static const char *const kinds[] = { "active", "inactive",
					     "persistent" };
	const json_t *counts = json_object_get(of, "counts");
	const char *before = ", ";

	for (unsigned n = 0; n < 3; n++) {
		double count = view_number(counts, kinds[n]);

		if (count == 0)
			continue;
		text_format(&v->out, "%s%.0f %s", before, count, kinds[n]);
		before = " + ";
	}
}

/* "950 B", "12.3 kB", "4.5 GB". */
static void put_bytes(struct view *v, double number, const char *unit)
{
	static const char units[] = " kMGTPE";
	unsigned n = 0;

	while (number >= 10000 && units[n + 1]) {
		number /= 1000;
		n++;
	}
	if (n == 0)
		text_format(&v->out, "%.0f %s", number, unit);
	else
		text_format(&v->out, "%.1f %c%s", number, units[n], unit);
}

void view_counts(struct view *v, const json_t *of, const char *indent)
{
	const json_t *c = json_object_get(of, "counts");

	if (view_number(c, "connections") == 0 &&
	    view_number(c, "in_packets") == 0)
		return;
	text_format(&v->out, "%s%.0f connections/s, in %.0f packets/s ", indent,
		    view_number(c, "connections_per_s"),
		    view_number(c, "in_packets_per_s"));
	put_bytes(v, view_number(c, "in_bytes_per_s"), "B/s");
	text_format(&v->out, ", out %.0f packets/s ",
		    view_number(c, "out_packets_per_s"));
	put_bytes(v, view_number(c, "out_bytes_per_s"), "B/s");
	text_format(&v->out, "; in all %.0f connections, in ",
		    view_number(c, "connections"));
	put_bytes(v, view_number(c, "in_bytes"), "B");
	text_put(&v->out, ", out ");
	put_bytes(v, view_number(c, "out_bytes"), "B\n");
}

/* Of a group that is a mark: which, and of what. */
static void put_marked(struct view *v, const json_t *of)
{
	if (!json_is_object(of))
		return;
	text_format(&v->out, "  mark %.0f of %s\n", view_number(of, "mark"),
		    view_string(of, "addresses"));
	if (view_has(of, "error")) {
		text_put(&v->out, "  ");
		view_paint(v, VIEW_BAD, "nftables does not set it: ");
		text_format(&v->out, "%s\n", view_string(of, "error"));
	}
}

static void show_virtual(struct view *v, const json_t *server)
{
	const json_t *quorum = json_object_get(server, "quorum");
	const json_t *sorry = json_object_get(server, "sorry_server");
	const char *state = view_string(quorum, "state");
	double services = view_number(server, "services");
	double present = view_number(server, "in_table");
	char to[80];

	view_paint(v, VIEW_BOLD, view_string(server, "name"));
	text_format(&v->out, "  %s %s", view_string(server, "scheduler"),
		    view_string(server, "forwarding"));
	if (view_number(server, "persistence_s") > 0)
		text_format(&v->out, ", persistent %.0f s",
			    view_number(server, "persistence_s"));
	if (json_is_true(json_object_get(server, "one_packet")))
		text_put(&v->out, ", one packet");
	text_put(&v->out, ", quorum ");
	view_paint(v, colour_of(state), state);
	put_since(v, quorum);
	if (json_is_true(json_object_get(server, "panic")))
		text_put(&v->out, "; too few are up, so those that fail stay");
	if (json_is_object(sorry) &&
	    json_is_true(json_object_get(sorry, "serves")))
		text_format(&v->out, "; the sorry server %s serves",
			    view_target(to, sizeof(to), sorry));
	if (present < services && services > 1)
		text_format(&v->out, "; %.0f of %.0f services are in the table",
			    present, services);
	else if (present < services)
		text_put(&v->out, "; not in the table");
	if (view_has(server, "only_active"))
		text_format(&v->out, "; only while %s is Active",
			    view_string(server, "only_active"));
	put_connections(v, server);
	put_refused(v, server);
	text_put(&v->out, "\n");
	put_marked(v, json_object_get(server, "nftables"));
}

/* The weight that the kernel has, the one that is ordered, and the one that is
 * configured. */
static void put_weight(struct view *v, const json_t *real)
{
	const json_t *ordered = json_object_get(real, "ordered");
	double configured = view_number(real, "weight_configured");
	bool is_ordered = view_has(ordered, "weight");
	double meant = is_ordered ? view_number(ordered, "weight") : configured;

	/* It is in no configuration, which would mean a weight. */
	if (json_is_true(json_object_get(real, "leaves"))) {
		if (view_has(real, "weight"))
			text_format(&v->out, " weight %.0f",
				    view_number(real, "weight"));
		else
			text_put(&v->out, " not in the table");
		return;
	}
	if (!view_has(real, "weight"))
		text_format(&v->out, " not in the table (weight %.0f", meant);
	else if (view_number(real, "weight") == meant)
		text_format(&v->out, " weight %.0f", meant);
	else
		text_format(&v->out, " weight %.0f of %.0f",
			    view_number(real, "weight"), meant);
	if (is_ordered)
		text_format(&v->out, "%sordered, %.0f in the configuration)",
			    view_has(real, "weight") ? " (" : ", ", configured);
	else if (!view_has(real, "weight"))
		text_put(&v->out, ")");
}

/* How a drain goes, or that somebody has ordered something else. */
static void put_order(struct view *v, const json_t *real)
{
	const json_t *ordered = json_object_get(real, "ordered");
	const char *order = view_string(real, "order");
	const char *what = view_string(ordered, "what");
	bool is_asked = *what && strcmp(what, "nothing") != 0;

	if (strcmp(order, "none") != 0)
		text_format(&v->out, ", %s", order);
	else if (is_asked)
		text_format(&v->out, ", to be %s",
			    strcmp(what, "drain") == 0 ? "drained"
						       : "disabled");
	if (json_is_true(json_object_get(real, "leaves")))
		text_put(&v->out, ", not in the configuration any more");
	if (view_has(real, "connections_left"))
		text_format(&v->out, ", %.0f connection%s left",
			    view_number(real, "connections_left"),
			    view_number(real, "connections_left") == 1 ? ""
								       : "s");
	if (view_has(real, "deadline_in_ms")) {
		text_put(&v->out, ", deadline in ");
		view_duration(&v->out, view_number(real, "deadline_in_ms"));
	}
	if (is_asked) {
		text_put(&v->out, ", ordered at ");
		view_clock(&v->out, view_string(ordered, "since"));
	}
}

static void show_real(struct view *v, const json_t *real, const json_t *server)
{
	const char *health = view_string(real, "health");
	const char *forwarding = view_string(real, "forwarding");
	const char *cause = view_string(real, "cause");
	char to[80];

	text_format(&v->out, "  %-24s ", view_target(to, sizeof(to), real));
	view_paint(v, colour_of(health), health);
	text_format(&v->out, "%*s", 7 - (int)strlen(health), "");
	put_weight(v, real);
	if (*forwarding &&
	    strcmp(forwarding, view_string(server, "forwarding")) != 0)
		text_format(&v->out, ", %s", forwarding);
	put_order(v, real);
	put_connections(v, real);
	if (json_is_true(json_object_get(real, "held")))
		text_put(&v->out, ", held in the table");
	if (*cause)
		text_format(&v->out, ", %s", cause);
	put_since(v, real);
	put_refused(v, real);
	text_put(&v->out, "\n");
}

static void show_check(struct view *v, const json_t *check)
{
	const char *state = view_string(check, "state");

	text_format(&v->out, "    %-12s ", view_string(check, "kind"));
	view_paint(v,
		   strcmp(state, "good") == 0     ? VIEW_GOOD
		   : strcmp(state, "failed") == 0 ? VIEW_BAD
						  : VIEW_DOUBT,
		   state);
	text_format(&v->out, "%*s %-7s %s", 7 - (int)strlen(state), "",
		    view_string(check, "code"), view_string(check, "words"));
	if (*view_subject(check))
		text_format(&v->out, " (%s)", view_subject(check));
	put_since(v, check);
	view_not_checked(v, check);
	text_put(&v->out, "\n");
}

/* Virtual servers that are in no configuration any more. */
static void show_leaving(struct view *v, const json_t *list)
{
	const json_t *one;
	size_t n;

	json_array_foreach(list, n, one)
	{
		double left = view_number(one, "connections_left");

		view_paint(v, VIEW_BOLD, view_string(one, "name"));
		text_format(&v->out,
			    "  not in the configuration any more, draining, "
			    "%.0f connection%s left, deadline in ",
			    left, left == 1 ? "" : "s");
		view_duration(&v->out, view_number(one, "deadline_in_ms"));
		text_put(&v->out, "\n");
	}
}

static void show(struct view *v, const json_t *page, bool at_length)
{
	const json_t *leaving = json_object_get(page, "leaving");
	const json_t *servers = json_object_get(page, "virtual_servers");
	const json_t *server, *real, *check;
	size_t n, k, c;

	view_silent(v, page);
	if (view_has(json_object_get(page, "lvs"), "error"))
		text_format(&v->out, "The kernel's table cannot be read: %s.\n",
			    view_string(json_object_get(page, "lvs"), "error"));
	json_array_foreach(servers, n, server)
	{
		show_virtual(v, server);
		if (at_length)
			view_counts(v, server, "    ");
		json_array_foreach(json_object_get(server, "servers"), k, real)
		{
			show_real(v, real, server);
			if (!at_length)
				continue;
			view_counts(v, real, "    ");
			json_array_foreach(json_object_get(real, "checks"), c,
					   check) show_check(v, check);
		}
	}
	show_leaving(v, leaving);
	if (json_array_size(servers) == 0 && json_array_size(leaving) == 0)
		text_put(&v->out, "There is no virtual server.\n");
}

void view_servers(struct view *v, const json_t *page)
{
	show(v, page, false);
}

void view_server(struct view *v, const json_t *page)
{
	show(v, page, true);
}
