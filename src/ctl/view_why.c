/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `baton why` and `baton events`: what happened, in sentences. */
#include "ctl/view.h"

#include "files/conf_files.h"
#include "files/machine.h"

#include <stdio.h>
#include <string.h>

/* The last line of the story is the newest; older ones are left out. */
#define STORY_MAX 20

static void put_rule(struct view *v, const json_t *event)
{
	const char *rule = view_string(event, "rule");
	char text[80];

	if (!*rule)
		return;
	snprintf(text, sizeof(text), " (%s)", rule);
	view_paint(v, VIEW_FAINT, text);
}

/* The message, with what matters most in colour. */
static void put_message(struct view *v, const json_t *event)
{
	const char *message = view_string(event, "message");
	const char *to = view_string(event, "to");
	const char *state = strstr(message, " -> ");
	size_t length = strlen(to);

	if (strcmp(view_string(event, "state"), "failed") == 0) {
		view_paint(v, VIEW_BAD, message);
	} else if (length > 0 && state && strncmp(state + 4, to, length) == 0) {
		text_add(&v->out, message, (size_t)(state + 4 - message));
		view_paint(v, view_state_colour(to), to);
		text_put(&v->out, state + 4 + length);
	} else {
		text_put(&v->out, message);
	}
}

static void put_event(struct view *v, const json_t *event)
{
	const char *type = view_string(event, "type");

	if (strcmp(type, "gap") == 0)
		text_format(&v->out, "%.0f events were missed",
			    view_number(event, "lost"));
	else if (strcmp(type, "tracked") == 0)
		text_format(&v->out, "%s: ", view_string(event, "interface"));
	else if (strcmp(type, "script") == 0)
		text_format(&v->out,
			    "script %s: ", view_string(event, "script"));
	else if (strcmp(type, "file") == 0)
		text_format(&v->out,
			    "track_file %s: ", view_string(event, "file"));
	else if (strcmp(type, "tracked-process") == 0)
		text_format(&v->out, "vrrp_track_process %s: ",
			    view_string(event, "tracked_process"));
	else if (strcmp(type, "process") == 0)
		text_format(&v->out, "process %s ",
			    view_string(event, "process"));
	else if (strcmp(type, "trouble") == 0 && view_has(event, "of"))
		text_format(&v->out, "%s: ", view_string(event, "of"));
	put_message(v, event);
	put_rule(v, event);
}

void view_event(struct view *v, const json_t *event)
{
	if (view_has(event, "time")) {
		view_clock(&v->out, view_string(event, "time"));
		text_put(&v->out, "  ");
	}
	if (view_has(event, "instance")) {
		view_paint(v, VIEW_BOLD, view_string(event, "instance"));
		text_put(&v->out, "  ");
	}
	if (view_has(event, "virtual_server") && view_has(event, "news")) {
		view_paint(v, VIEW_BOLD, view_string(event, "virtual_server"));
		text_put(&v->out, "  ");
	}
	put_event(v, event);
	text_put(&v->out, "\n");
}

/* Where the virtual router stands, and what its rule says of it. */
static void standing(struct view *v, const json_t *i)
{
	view_standing(v, i);
	text_format(&v->out, ": VRID %.0f on %s, %s, priority %.0f",
		    view_number(i, "vrid"), view_interface(i),
		    strcmp(view_string(i, "family"), "ipv6") == 0 ? "IPv6"
								  : "IPv4",
		    view_number(i, "effective_priority"));
	if (view_number(i, "effective_priority") != view_number(i, "priority"))
		text_format(&v->out, " (configured %.0f)",
			    view_number(i, "priority"));
	if (view_has(i, "sync_group"))
		text_format(&v->out, ", in the vrrp_sync_group %s",
			    view_string(i, "sync_group"));
	text_put(&v->out, ".\n");
}

/* The change that led to the state it is in, or NULL. */
static const json_t *last_change(const json_t *history)
{
	for (size_t n = json_array_size(history); n > 0; n--) {
		const json_t *event = json_array_get(history, n - 1);

		if (strcmp(view_string(event, "type"), "state") == 0)
			return event;
	}
	return NULL;
}

static void because(struct view *v, const json_t *history)
{
	const json_t *event = last_change(history);

	if (!event)
		return;
	text_format(&v->out, "Because %s", view_string(event, "text"));
	if (view_has(event, "peer"))
		text_format(&v->out, ", %s with priority %.0f",
			    view_string(event, "peer"),
			    view_number(event, "peer_priority"));
	put_rule(v, event);
	text_put(&v->out, ".\n");
}

static void waiting(struct view *v, const json_t *why)
{
	text_put(&v->out, "Because virtual routers start in ");
	view_duration(&v->out, view_number(why, "starts_in_ms"));
	text_put(&v->out, " (vrrp_startup_delay, vrrp_delay_after_boot); "
			  "until then advertisements are ignored.\n");
}

static void as_active(struct view *v, const json_t *i)
{
	text_put(&v->out, "It advertises every ");
	view_duration(&v->out, view_number(i, "advertisement_interval_ms"));
	text_put(&v->out, " from ");
	text_put(&v->out, view_string(i, "source"));
	text_put(&v->out, " and yields to a higher priority");
	view_paint(v, VIEW_FAINT, " (RFC 9568 6.4.3)");
	text_put(&v->out, ".\n");
}

/* Why it lets one of a lower priority be. */
static void sync_wait(struct view *v, const json_t *i)
{
	const json_t *wait = json_object_get(i, "sync_wait");

	if (!json_is_object(wait))
		return;
	text_format(&v->out,
		    "It preempts nobody until connections are synced: %.0f, "
		    "steady for ",
		    view_number(wait, "connections"));
	view_duration(&v->out, view_number(wait, "steady_ms"));
	text_put(&v->out, "; at most ");
	view_duration(&v->out, view_number(wait, "ends_in_ms"));
	text_put(&v->out, " more (lvs_sync_wait).\n");
}

static void as_backup(struct view *v, const json_t *i)
{
	if (json_is_true(json_object_get(i, "waits_for_group"))) {
		text_format(&v->out,
			    "It would take over, and waits until all of the "
			    "vrrp_sync_group %s would.\n",
			    view_string(i, "sync_group"));
		return;
	}
	if (view_has(i, "active_address")) {
		text_format(&v->out,
			    "The Active is %s with priority %.0f; it "
			    "advertises every ",
			    view_string(i, "active_address"),
			    view_number(i, "active_priority"));
		view_duration(&v->out, view_number(i, "learned_interval_ms"));
		text_put(&v->out, ".\n");
	} else {
		text_put(&v->out, "No Active has been heard yet.\n");
	}
	if (view_has(i, "down_in_ms")) {
		text_put(&v->out, "If nothing is heard, it takes over in ");
		view_duration(&v->out, view_number(i, "down_in_ms"));
		view_paint(v, VIEW_FAINT,
			   " (Active_Down_Timer, RFC 9568 6.4.2)");
		text_put(&v->out, ".\n");
	}
	if (view_has(i, "preempt_in_ms")) {
		text_put(&v->out, "It preempts a lower priority in ");
		view_duration(&v->out, view_number(i, "preempt_in_ms"));
		text_put(&v->out, " (preempt_delay).\n");
	}
	sync_wait(v, i);
}

static void story(struct view *v, const json_t *history)
{
	size_t count = json_array_size(history);
	size_t first = count > STORY_MAX ? count - STORY_MAX : 0;

	if (count == 0) {
		text_put(&v->out, "\nNothing about it is recorded.\n");
		return;
	}
	text_put(&v->out, "\nWhat happened:\n");
	if (first > 0)
		text_format(&v->out, "  ... %zu earlier events\n", first);
	for (size_t n = first; n < count; n++) {
		const json_t *event = json_array_get(history, n);

		text_put(&v->out, "  ");
		view_clock(&v->out, view_string(event, "time"));
		text_put(&v->out, "  ");
		put_event(v, event);
		text_put(&v->out, "\n");
	}
}

/* Whether this is the network namespace where it serves. */
static bool is_here(const json_t *i)
{
	struct ip source;

	return ip_parse(view_string(i, "source"), &source) == 0 &&
	       conf_files_has_address(NULL, view_string(i, "interface"),
				      &source);
}

/*
 * What this machine does to packets, which no process is told. For one alone:
 * it may take a while to look.
 */
static void machine_problems(struct view *v, const json_t *i)
{
	const char *name = view_string(i, "interface");
	unsigned found;

	if (strcmp(view_string(i, "interface_status"), "up") != 0 ||
	    strcmp(view_string(i, "family"), "ipv4") != 0 || !is_here(i))
		return;
	found = machine_obstacles(name);
	if (found & CONF_OBSTACLE_NO_ARP) {
		view_problem(v, "", "ARP is off on ");
		text_format(&v->out,
			    "%s, so no host finds its addresses: ip link set "
			    "%s arp on\n",
			    name, name);
	}
	if (found & CONF_OBSTACLE_RP_FILTER) {
		view_problem(v, "", "the kernel drops advertisements of ");
		text_format(&v->out,
			    "others: rp_filter of %s is 1, and no route to its "
			    "network leaves by it\n",
			    name);
	}
}

void view_why(struct view *v, const json_t *why)
{
	const json_t *i = json_object_get(why, "instance");
	const json_t *history = json_object_get(why, "history");
	const char *state = view_string(i, "state");

	view_stale(v, why);
	standing(v, i);
	if (strcmp(state, "init") == 0 &&
	    json_is_true(json_object_get(why, "drained")))
		text_put(&v->out, "Because this router is drained; `baton "
				  "undrain` brings it back.\n");
	else if (strcmp(state, "init") == 0 &&
		 json_is_true(json_object_get(why, "startup_script_running")))
		text_put(&v->out, "Because startup_script runs; until then "
				  "advertisements are ignored.\n");
	else if (strcmp(state, "init") == 0 && view_has(why, "starts_in_ms"))
		waiting(v, why);
	else
		because(v, history);
	if (strcmp(state, "active") == 0)
		as_active(v, i);
	else if (strcmp(state, "backup") == 0)
		as_backup(v, i);
	view_notified(v, i);
	view_problems(v, i, "");
	machine_problems(v, i);
	view_earlier(v, i, "");
	view_mails_of(v, why);
	story(v, history);
}
