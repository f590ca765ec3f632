/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `baton status`: a table of the virtual routers, or one of them at length. */
#include "ctl/view.h"

#include "base/must.h"
#include "ctl/growing.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum {
	NAME,
	STATE,
	INTERFACE,
	VRID,
	PRIORITY,
	ACTIVE,
	SINCE,
	ADDRESSES,
	COLUMNS
};

static const char *const headings[COLUMNS] = {
	"NAME", "STATE",  "INTERFACE", "VRID",
	"PRIO", "ACTIVE", "FOR",       "ADDRESSES",
};

#define GAP             2
#define ADDRESSES_SHOWN 3
#define ADDRESSES_LEAST 12 /* narrower, and the column is left out */

struct row {
	struct text cells[COLUMNS];
};

/* Columns on a terminal: bytes that do not continue a UTF-8 character. */
static size_t columns_of(const char *bytes, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)bytes[i] & 0xc0) != 0x80;
	return columns;
}

static void put_priority(struct text *t, const json_t *i)
{
	double priority = view_number(i, "priority");
	double effective = view_number(i, "effective_priority");

	text_format(t, "%.0f", effective);
	if (effective != priority)
		text_format(t, "/%.0f", priority);
}

static void put_addresses(struct text *t, const json_t *i)
{
	const json_t *list = json_object_get(i, "addresses"), *address;
	size_t count = json_array_size(list), index;

	json_array_foreach(list, index, address)
	{
		if (index == ADDRESSES_SHOWN)
			break;
		text_format(t, "%s%s", index ? " " : "",
			    view_string(address, "address"));
	}
	if (count > ADDRESSES_SHOWN)
		text_format(t, " +%zu", count - ADDRESSES_SHOWN);
}

static void fill(struct row *row, const json_t *i)
{
	const char *state = view_string(i, "state");

	for (int c = 0; c < COLUMNS; c++)
		text_clear(&row->cells[c]);
	text_put(&row->cells[NAME], view_string(i, "name"));
	text_put(&row->cells[STATE], state);
	text_put(&row->cells[INTERFACE], view_interface(i));
	text_format(&row->cells[VRID], "%.0f", view_number(i, "vrid"));
	put_priority(&row->cells[PRIORITY], i);
	if (strcmp(state, "active") == 0)
		text_put(&row->cells[ACTIVE], "this router");
	else if (view_has(i, "active_address"))
		text_put(&row->cells[ACTIVE], view_string(i, "active_address"));
	else
		text_put(&row->cells[ACTIVE], "-");
	view_duration(&row->cells[SINCE], view_number(i, "in_state_ms"));
	put_addresses(&row->cells[ADDRESSES], i);
}

static void widen(size_t widths[COLUMNS], const struct row *row)
{
	for (int c = 0; c < COLUMNS; c++) {
		const struct text *cell = &row->cells[c];
		size_t columns = columns_of(cell->bytes, cell->length);

		if (columns > widths[c])
			widths[c] = columns;
	}
}

/* The room that a terminal leaves for the last column; 0: leave it out. */
static size_t room_for_addresses(const struct view *v, const size_t *widths)
{
	size_t used = 0;

	if (v->width == 0)
		return SIZE_MAX;
	for (int c = 0; c < ADDRESSES; c++)
		used += widths[c] + GAP;
	if (used + ADDRESSES_LEAST > v->width)
		return 0;
	return v->width - used;
}

/* No more than `room` columns of a text, with an ellipsis if it is cut. */
static void put_cut(struct text *out, const struct text *cell, size_t room)
{
	size_t columns = 0, at;

	if (columns_of(cell->bytes, cell->length) <= room) {
		text_add(out, cell->bytes, cell->length);
		return;
	}
	for (at = 0; at < cell->length; at++) {
		columns += ((unsigned char)cell->bytes[at] & 0xc0) != 0x80;
		if (columns == room)
			break;
	}
	text_add(out, cell->bytes, at);
	text_put(out, "…");
}

static void put_row(struct view *v, const struct row *row, const size_t *widths,
		    enum view_colour colour, bool heading)
{
	size_t room = room_for_addresses(v, widths);
	int last = room > 0 ? ADDRESSES : SINCE;

	while (last > 0 && row->cells[last].length == 0)
		last--;
	for (int c = 0; c <= last; c++) {
		const struct text *cell = &row->cells[c];
		size_t columns = columns_of(cell->bytes, cell->length);
		char state[32];

		if (heading || c == STATE) {
			snprintf(state, sizeof(state), "%.*s",
				 (int)cell->length, cell->bytes);
			view_paint(v, colour, state);
		} else if (c == ADDRESSES) {
			put_cut(&v->out, cell, room);
		} else {
			text_add(&v->out, cell->bytes, cell->length);
		}
		for (; c < last && columns < widths[c] + GAP; columns++)
			text_put(&v->out, " ");
	}
	text_put(&v->out, "\n");
}

static void summary(struct view *v, const json_t *status)
{
	static const char *const states[] = { "active", "backup", "init",
					      "fault" };
	const json_t *list = json_object_get(status, "instances"), *i;
	size_t count = json_array_size(list), index;

	text_format(&v->out, "%s: baton %s, %zu virtual router%s",
		    view_string(status, "router_id"),
		    view_string(status, "version"), count,
		    count == 1 ? "" : "s");
	for (size_t s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
		unsigned found = 0;

		json_array_foreach(list, index, i) found +=
			strcmp(view_string(i, "state"), states[s]) == 0;
		if (found == 0)
			continue;
		text_put(&v->out, ", ");
		text_format(&v->out, "%u ", found);
		view_paint(v, view_state_colour(states[s]), states[s]);
	}
	text_put(&v->out, "\n");
}

/* What is wrong with the daemon itself. */
static void daemon_problems(struct view *v, const json_t *status)
{
	const json_t *dropped = json_object_get(status, "dropped"), *process;
	const json_t *value;
	const char *word;
	size_t index;

	if (json_is_true(json_object_get(status, "drained"))) {
		view_paint(v, VIEW_DOUBT, "! ");
		text_put(&v->out, "drained: this router stays out until "
				  "`baton undrain`\n");
	}
	if (view_has(status, "starts_in_ms")) {
		view_paint(v, VIEW_DOUBT, "! ");
		text_put(&v->out, "waiting: virtual routers start in ");
		view_duration(&v->out, view_number(status, "starts_in_ms"));
		text_put(&v->out, " (vrrp_startup_delay, "
				  "vrrp_delay_after_boot)\n");
	}
	if (json_is_true(json_object_get(status, "startup_script_running"))) {
		view_paint(v, VIEW_DOUBT, "! ");
		text_put(&v->out, "waiting: virtual routers start when "
				  "startup_script has ended\n");
	}
	view_static(v, status);
	view_fifos(v, status);
	view_mail(v, status);
	if (view_has(status, "trial_ends_in_ms")) {
		view_paint(v, VIEW_DOUBT, "! ");
		text_put(&v->out, "on trial: in ");
		view_duration(&v->out, view_number(status, "trial_ends_in_ms"));
		text_put(&v->out, " the configuration of before returns, "
				  "unless `baton confirm`\n");
	}
	json_array_foreach(json_object_get(status, "processes"), index, process)
	{
		if (view_has(process, "pid"))
			continue;
		view_paint(v, VIEW_BAD, "! ");
		text_format(&v->out, "process %s is not running",
			    view_string(process, "name"));
		if (strcmp(view_string(process, "name"), "vrrp") == 0 &&
		    view_has(status, "start_error"))
			text_format(&v->out, ": %s",
				    view_string(status, "start_error"));
		text_put(&v->out, "; it is started again, see `baton "
				  "events`\n");
	}
	if (view_has(status, "lvs_error")) {
		view_paint(v, VIEW_BAD, "! ");
		text_format(&v->out,
			    "the kernel's table of virtual servers cannot be "
			    "read: %s\n",
			    view_string(status, "lvs_error"));
	}
	json_object_foreach((json_t *)dropped, word, value)
	{
		const char *text = view_drop_text(word);

		/* Other virtual routers of the LAN are nobody's mistake. */
		if (json_number_value(value) == 0 || strcmp(word, "vrid") == 0)
			continue;
		view_paint(v, VIEW_DOUBT, "! ");
		text_format(&v->out,
			    "dropped %.0f packet%s of no virtual router here: "
			    "%s\n",
			    json_number_value(value),
			    json_number_value(value) > 1 ? "s" : "",
			    text ? text : word);
	}
}

static void put_ms(struct text *t, double ms)
{
	if (ms < 10)
		text_format(t, "%.1f ms", ms);
	else
		view_duration(t, ms);
}

static void put_scheduling(struct text *t, const json_t *process)
{
	const char *policy = view_string(process, "scheduling");
	double locked = view_number(process, "memory_locked_bytes");
	char word[16];

	snprintf(word, sizeof(word), "%s", policy);
	for (char *c = word; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	if (view_number(process, "rt_priority") > 0)
		text_format(t, "; SCHED_%s %.0f", word,
			    view_number(process, "rt_priority"));
	else if (*policy && strcmp(policy, "other") != 0)
		text_format(t, "; SCHED_%s", word);
	else if (view_number(process, "nice") != 0)
		text_format(t, "; nice %.0f", view_number(process, "nice"));
	if (locked > 0)
		text_put(t, view_number(process, "rt_priority") > 0
				    ? ", memory locked"
				    : "; memory locked");
}

/* How `vrrp` runs: whether this machine lets it run in time. */
static void running(struct view *v, const json_t *status)
{
	double overruns = view_number(status, "netlink_overruns");
	const json_t *process;
	struct text line = growing_text();
	size_t index;

	json_array_foreach(json_object_get(status, "processes"), index, process)
	{
		if (strcmp(view_string(process, "name"), "vrrp") != 0)
			continue;
		text_put(&line, "vrrp: worst turn ");
		put_ms(&line, view_number(status, "turn_lateness_max_ms"));
		text_put(&line, ", worst advertisement ");
		put_ms(&line, view_number(status, "advert_lateness_max_ms"));
		text_put(&line, " late");
		put_scheduling(&line, process);
		if (overruns > 0)
			text_format(&line, "; %.0f netlink overrun%s", overruns,
				    overruns > 1 ? "s" : "");
		if (!line.cut)
			view_paint(v, VIEW_FAINT, line.bytes);
		text_put(&v->out, "\n");
		break;
	}
	growing_free(&line);
}

/* Processes without rights that are not kept apart from those of others. */
static void users(struct view *v, const json_t *status)
{
	static const struct {
		const char *user, *why;
	} less[] = {
		{ "nobody", "there is no user _baton (systemd-sysusers makes "
			    "it)" },
		{ "root", "to change that takes CAP_SETUID and CAP_SETGID" },
	};

	for (size_t n = 0; n < ARRAY_LENGTH(less); n++) {
		struct text line = growing_text();
		const json_t *one;
		size_t index;

		json_array_foreach(json_object_get(status, "processes"), index,
				   one)
		{
			if (strcmp(view_string(one, "user"), less[n].user))
				continue;
			text_format(&line, "%s%s", line.length ? ", " : "",
				    view_string(one, "name"));
		}
		if (line.length > 0)
			text_format(&line, ": as user %s; %s", less[n].user,
				    less[n].why);
		if (line.length > 0 && !line.cut)
			view_paint(v, VIEW_FAINT, line.bytes);
		if (line.length > 0)
			text_put(&v->out, "\n");
		growing_free(&line);
	}
}

static void list_groups(struct view *v, const json_t *status)
{
	const json_t *group;
	size_t index;

	json_array_foreach(json_object_get(status, "sync_groups"), index, group)
	{
		const char *state = view_string(group, "state");

		text_format(&v->out, "%ssync group %s: ", index ? "" : "\n",
			    view_string(group, "name"));
		view_paint(v, view_state_colour(state), state);
		if (view_has(group, "since")) {
			text_put(&v->out, ", since ");
			view_clock(&v->out, view_string(group, "since"));
		}
		text_put(&v->out, "\n");
	}
}

/* How beginnings and ends of tracked processes are known. */
static void watching(struct view *v, const json_t *status)
{
	const json_t *run = json_object_get(status, "run");
	const char *from = view_string(run, "processes_from");
	double losses = view_number(run, "process_losses");

	if (strcmp(from, "proc") == 0)
		view_paint(v, VIEW_FAINT,
			   "run: /proc is read for tracked processes: the "
			   "kernel tells of them only outside of containers\n");
	else if (strcmp(from, "kernel") == 0 && losses > 0)
		text_format(&v->out,
			    "run: more processes began and ended than the "
			    "kernel could tell, %.0f time%s; /proc was read\n",
			    losses, losses > 1 ? "s" : "");
}

/* Of virtual and real servers, what their scripts did not hear of. */
static void untold(struct view *v, const json_t *status)
{
	const json_t *run = json_object_get(status, "run");
	double count = view_number(run, "server_changes_untold");

	if (count > 0)
		text_format(&v->out,
			    "run: %.0f change%s of virtual and real servers "
			    "came faster than scripts can be told of them\n",
			    count, count > 1 ? "s" : "");
}

void view_status(struct view *v, const json_t *status)
{
	const json_t *list = json_object_get(status, "instances"), *i;
	size_t widths[COLUMNS] = { 0 }, index;
	struct row row;

	summary(v, status);
	running(v, status);
	watching(v, status);
	untold(v, status);
	users(v, status);
	view_stale(v, status);
	daemon_problems(v, status);
	for (int c = 0; c < COLUMNS; c++) {
		row.cells[c] = growing_text();
		widths[c] = strlen(headings[c]);
	}
	json_array_foreach(list, index, i)
	{
		fill(&row, i);
		widen(widths, &row);
	}
	for (int c = 0; c < COLUMNS; c++) {
		text_clear(&row.cells[c]);
		text_put(&row.cells[c], headings[c]);
	}
	if (json_array_size(list) > 0) {
		text_put(&v->out, "\n");
		put_row(v, &row, widths, VIEW_FAINT, true);
	}
	json_array_foreach(list, index, i)
	{
		fill(&row, i);
		put_row(v, &row, widths,
			view_state_colour(view_string(i, "state")), false);
		view_problems(v, i, "  ");
	}
	for (int c = 0; c < COLUMNS; c++)
		growing_free(&row.cells[c]);
	list_groups(v, status);
}

static void list_addresses(struct view *v, const json_t *i)
{
	const json_t *address;
	size_t index;

	json_array_foreach(json_object_get(i, "addresses"), index, address)
	{
		const char *state = view_string(address, "state");

		text_format(&v->out, "  %-12s%s  ", index ? "" : "addresses",
			    view_string(address, "address"));
		view_paint(v,
			   strcmp(state, "failed") == 0 ? VIEW_BAD : VIEW_PLAIN,
			   state);
		if (view_has(address, "error"))
			text_format(&v->out, ": %s",
				    view_string(address, "error"));
		if (json_is_true(json_object_get(address, "excluded")))
			text_put(&v->out, "  (not advertised)");
		if (view_has(address, "also_on"))
			text_format(&v->out, "  (also on %s, where it is left)",
				    view_string(address, "also_on"));
		text_put(&v->out, "\n");
	}
}

static void list_counters(struct view *v, const json_t *i)
{
	const json_t *counters = json_object_get(i, "counters"), *value;
	const char *key;

	json_object_foreach((json_t *)counters, key, value)
	{
		char words[64];

		if (!json_is_number(value) || json_number_value(value) == 0)
			continue;
		snprintf(words, sizeof(words), "%s", key);
		for (char *c = words; *c; c++)
			if (*c == '_')
				*c = ' ';
		text_format(&v->out, "  %-20s %.0f\n", words,
			    json_number_value(value));
	}
}

void view_one(struct view *v, const json_t *status)
{
	const json_t *i =
		json_array_get(json_object_get(status, "instances"), 0);
	const char *state = view_string(i, "state");
	struct text *t = &v->out;

	view_stale(v, status);
	view_standing(v, i);
	text_put(t, ", since ");
	view_clock(t, view_string(i, "since"));
	text_format(t, "\n  %-12s%s, VRID %.0f, %s, VRRPv%.0f\n", "interface",
		    view_interface(i), view_number(i, "vrid"),
		    strcmp(view_string(i, "family"), "ipv6") == 0 ? "IPv6"
								  : "IPv4",
		    view_number(i, "vrrp_version"));
	text_format(t, "  %-12s", "priority");
	put_priority(t, i);
	text_format(t, "\n  %-12s", "interval");
	view_duration(t, view_number(i, "advertisement_interval_ms"));
	if (view_has(i, "active_address") && strcmp(state, "active") != 0)
		text_format(t, "\n  %-12s%s, priority %.0f", "active",
			    view_string(i, "active_address"),
			    view_number(i, "active_priority"));
	text_put(t, "\n");
	list_addresses(v, i);
	list_counters(v, i);
	view_problems(v, i, "  ");
	view_earlier(v, i, "  ");
}
