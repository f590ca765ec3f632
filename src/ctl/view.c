/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views share: reading answers, colours, times, problems in words. */
#include "ctl/view.h"

#include "ctl/growing.h"
#include "vrrp/reason.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* DEL, and what stands below the space or, as UTF-8, from U+0080 to U+009F. */
static bool is_control(const unsigned char *s)
{
	return *s < 0x20 || *s == 0x7f ||
	       (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f);
}

static void disarm(json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;

	if (json_is_object(value)) {
		json_object_foreach(value, key, member) disarm(member);
	} else if (json_is_array(value)) {
		json_array_foreach(value, index, member) disarm(member);
	} else if (json_is_string(value)) {
		const char *old = json_string_value(value);
		struct text clean = growing_text();
		bool changed = false;

		for (const char *s = old; *s; s++) {
			bool control = is_control((const unsigned char *)s);

			text_add(&clean, control ? "?" : s, 1);
			if (control && *s == '\xc2')
				s++;
			changed |= control;
		}
		if (changed && !clean.cut)
			json_string_setn(value, clean.bytes, clean.length);
		growing_free(&clean);
	}
}

json_t *view_read(const char *bytes, size_t length)
{
	json_t *value = json_loadb(bytes, length, 0, NULL);

	disarm(value);
	return value;
}

const char *view_string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

double view_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

bool view_has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value && !json_is_null(value);
}

void view_paint(struct view *v, enum view_colour colour, const char *text)
{
	static const char *const codes[] = {
		[VIEW_GOOD] = "32", [VIEW_BAD] = "1;31", [VIEW_DOUBT] = "33",
		[VIEW_FAINT] = "2", [VIEW_BOLD] = "1",
	};

	if (!v->colour || colour == VIEW_PLAIN)
		text_put(&v->out, text);
	else
		text_format(&v->out, "\033[%sm%s\033[0m", codes[colour], text);
}

enum view_colour view_state_colour(const char *state)
{
	if (strcmp(state, "active") == 0)
		return VIEW_GOOD;
	if (strcmp(state, "fault") == 0)
		return VIEW_BAD;
	return strcmp(state, "init") == 0 ? VIEW_DOUBT : VIEW_PLAIN;
}

void view_duration(struct text *out, double milliseconds)
{
	long long tenths = (long long)(milliseconds / 100), s = tenths / 10;

	if (milliseconds < 1000)
		text_format(out, "%.0f ms", milliseconds);
	else if (s < 10 && tenths % 10 != 0)
		text_format(out, "%lld.%lld s", s, tenths % 10);
	else if (s < 60)
		text_format(out, "%lld s", s);
	else if (s < 3600)
		text_format(out, "%lld min %lld s", s / 60, s % 60);
	else if (s < 86400)
		text_format(out, "%lld h %lld min", s / 3600, s / 60 % 60);
	else
		text_format(out, "%lld d %lld h", s / 86400, s / 3600 % 24);
}

void view_clock(struct text *out, const char *time)
{
	struct tm utc = { 0 }, local;
	const char *fraction = strptime(time, "%Y-%m-%dT%H:%M:%S", &utc);
	char text[32];
	time_t at;

	if (!fraction) {
		text_put(out, time);
		return;
	}
	at = timegm(&utc);
	localtime_r(&at, &local);
	strftime(text, sizeof(text), "%F %T", &local);
	text_put(out, text);
	text_add(out, fraction, strspn(fraction, ".0123456789"));
}

void view_standing(struct view *v, const json_t *instance)
{
	const char *state = view_string(instance, "state");

	view_paint(v, VIEW_BOLD, view_string(instance, "name"));
	text_put(&v->out, strcmp(state, "fault") == 0 ? " is in " : " is ");
	view_paint(v, view_state_colour(state), state);
	text_put(&v->out, " for ");
	view_duration(&v->out, view_number(instance, "in_state_ms"));
}

static const char *note_text(const char *word)
{
	enum vrrp_note note = vrrp_note_of(word);

	return note < VRRP_NOTES ? vrrp_note_text(note) : NULL;
}

const char *view_drop_text(const char *word)
{
	for (unsigned d = 0; d < VRRP_DROPS; d++)
		if (strcmp(word, vrrp_drop_name((enum vrrp_drop)d)) == 0)
			return vrrp_drop_text((enum vrrp_drop)d);
	return NULL;
}

static void problem(struct view *v, const char *indent, const char *text)
{
	text_put(&v->out, indent);
	view_paint(v, VIEW_BAD, "! ");
	text_put(&v->out, text);
}

/* Why the interface is no use, and what helps. */
static void interface_problem(struct view *v, const json_t *i,
			      const char *indent)
{
	const char *status = view_string(i, "interface_status");
	const char *name = view_string(i, "interface");
	struct text *t = &v->out;

	if (strcmp(status, "missing") == 0) {
		problem(v, indent, "");
		text_format(t, "there is no interface %s; baton waits for it\n",
			    name);
	} else if (strcmp(status, "down") == 0) {
		problem(v, indent, "");
		text_format(t, "%s is set down: ip link set %s up\n", name,
			    name);
	} else if (strcmp(status, "no-carrier") == 0) {
		problem(v, indent, "");
		text_format(t,
			    "%s has no carrier: look at the cable and the "
			    "switch port\n",
			    name);
	} else if (strcmp(status, "no-source") == 0) {
		bool v6 = strcmp(view_string(i, "family"), "ipv6") == 0;

		problem(v, indent, "");
		text_format(t, "%s has no %s address to send from%s\n", name,
			    v6 ? "link-local IPv6" : "IPv4",
			    v6 ? ": see net.ipv6.conf.*.disable_ipv6"
			       : ": ip address add ADDRESS/LENGTH dev ...");
	}
	if (view_has(i, "link_counts_in_ms")) {
		problem(v, indent, "");
		text_format(t, "the link of %s %s; that counts in ", name,
			    strcmp(status, "up") == 0 ? "is down" : "is back");
		view_duration(t, view_number(i, "link_counts_in_ms"));
		text_put(t, " (interface_up_down_delays)\n");
	}
}

/* In a list of what the kernel should hold: `key` says what one is. */
static void holding_problems(struct view *v, const json_t *list,
			     const char *key, bool wanted, const char *indent)
{
	const json_t *one;
	size_t index;

	json_array_foreach(list, index, one)
	{
		const char *state = view_string(one, "state");

		if (strcmp(state, "failed") != 0 &&
		    !(wanted && strcmp(state, "absent") == 0))
			continue;
		problem(v, indent, view_string(one, key));
		if (view_has(one, "error"))
			text_format(&v->out, " could not be installed: %s\n",
				    view_string(one, "error"));
		else
			text_put(&v->out, " is not installed\n");
	}
}

/* The first line of what a script wrote. */
static void put_output(struct view *v, const json_t *script)
{
	const char *output = view_string(script, "output");
	size_t length = strcspn(output, "\n");

	if (length > 0) {
		text_put(&v->out, "; it wrote: ");
		text_add(&v->out, output, length);
	}
}

static void script_problems(struct view *v, const json_t *instance,
			    const char *indent)
{
	bool waits = strcmp(view_string(instance, "state"), "init") == 0;
	const json_t *one;
	size_t index;

	json_array_foreach(json_object_get(instance, "tracked_scripts"), index,
			   one)
	{
		const char *verdict = view_string(one, "verdict");
		bool bad = strcmp(verdict, "bad") == 0;
		bool unusable = strcmp(verdict, "unusable") == 0;

		if (!bad && !unusable &&
		    !(waits && strcmp(verdict, "unknown") == 0))
			continue;
		problem(v, indent, "script ");
		text_put(&v->out, view_string(one, "name"));
		if (bad)
			text_format(&v->out, " fails: %s",
				    view_string(one, "last_end"));
		else if (unusable)
			text_format(&v->out,
				    " cannot be run, and is not tracked: %s",
				    view_string(one, "output"));
		else
			text_put(&v->out, " has not ended yet for the first "
					  "time; it is waited for");
		if (bad)
			put_output(v, one);
		text_put(&v->out, "\n");
	}
}

/* Whose the newest mistake was, behind the one that it is: `kind`, `word`. */
static void put_whose(struct view *v, const json_t *instance, const char *kind,
		      const char *word)
{
	const json_t *last = json_object_get(instance, "last_mistake");

	if (json_is_object(last) && view_has(last, kind) &&
	    strcmp(view_string(last, kind), word) == 0) {
		text_format(&v->out, "; last %s, ", view_string(last, "peer"));
		if (view_has(last, "mac"))
			text_format(&v->out, "%s, ", view_string(last, "mac"));
		view_clock(&v->out, view_string(last, "time"));
	}
	text_put(&v->out, "\n");
}

/* Of others, since the start; whoever goes on is heard in this time. */
#define LATELY_MS 60000

static bool is_lately(const json_t *instance)
{
	const json_t *last = json_object_get(instance, "last_mistake");
	double interval = view_number(instance, "advertisement_interval_ms");
	double age = view_number(last, "age_ms");

	return age <= LATELY_MS || age <= 3 * interval;
}

static void begin_mistake(struct view *v, const char *indent, bool now)
{
	if (now) {
		problem(v, indent, "");
		return;
	}
	text_put(&v->out, indent);
	view_paint(v, VIEW_FAINT, "earlier: ");
}

static void mistakes(struct view *v, const json_t *instance, const char *indent,
		     bool now)
{
	const json_t *counters = json_object_get(instance, "counters");
	const json_t *value;
	const char *word;

	json_object_foreach((json_t *)json_object_get(counters, "noted"), word,
			    value)
	{
		const char *text = note_text(word);
		double times = json_number_value(value);

		if (times == 0 || !vrrp_note_is_mistake(vrrp_note_of(word)))
			continue;
		begin_mistake(v, indent, now);
		text_format(&v->out, "%s (%.0f time%s since the start)",
			    text ? text : word, times, times > 1 ? "s" : "");
		put_whose(v, instance, "noted", word);
	}
	json_object_foreach((json_t *)json_object_get(counters, "dropped"),
			    word, value)
	{
		const char *text = view_drop_text(word);
		double times = json_number_value(value);

		if (times == 0 || strcmp(word, "not-running") == 0)
			continue;
		begin_mistake(v, indent, now);
		text_format(&v->out, "dropped %.0f packet%s: %s", times,
			    times > 1 ? "s" : "", text ? text : word);
		put_whose(v, instance, "dropped", word);
	}
}

/* Its heartbeat comes twice a second. */
#define SILENT_MS 1500

void view_stale(struct view *v, const json_t *status)
{
	double age = view_number(status, "heartbeat_age_ms");

	if (age < SILENT_MS)
		return;
	problem(v, "", "vrrp has not run for ");
	view_duration(&v->out, age);
	text_put(&v->out, ": this is what was last known, and its addresses "
			  "go when their lease ends\n");
}

void view_static(struct view *v, const json_t *status)
{
	holding_problems(v, json_object_get(status, "static"), "holding", true,
			 "");
}

void view_problems(struct view *v, const json_t *instance, const char *indent)
{
	bool active = strcmp(view_string(instance, "state"), "active") == 0;

	if (json_is_true(json_object_get(instance, "quarantined")))
		problem(v, indent,
			"quarantined: the vrrp process died in it again and "
			"again; `baton undrain` tries it once more\n");
	interface_problem(v, instance, indent);
	script_problems(v, instance, indent);
	holding_problems(v, json_object_get(instance, "addresses"), "address",
			 active, indent);
	holding_problems(v, json_object_get(instance, "holdings"), "holding",
			 active, indent);
	if (is_lately(instance))
		mistakes(v, instance, indent, true);
}

void view_earlier(struct view *v, const json_t *instance, const char *indent)
{
	if (!is_lately(instance))
		mistakes(v, instance, indent, false);
}
