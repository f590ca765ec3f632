/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views share: reading answers, colours, times. */
#include "ctl/view.h"

#include "base/disarm.h"
#include "ctl/growing.h"
#include "vrrp/reason.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Of one line: newlines are spaces. */
static void disarm_string(json_t *value)
{
	struct text clean = growing_text();

	text_put(&clean, json_string_value(value));
	for (size_t at = 0; at < clean.length; at++)
		if (clean.bytes[at] == '\n')
			clean.bytes[at] = ' ';
		else if (clean.bytes[at] == '\t')
			clean.bytes[at] = '?';
	disarm(clean.bytes, clean.length, false);
	if (!clean.cut)
		json_string_setn(value, clean.bytes, clean.length);
	growing_free(&clean);
}

/* Whoever answers may have been taken over. No key that we know is armed. */
static void disarm_all(json_t *value)
{
	const char *key;
	json_t *member;
	size_t index;
	void *next;

	if (json_is_object(value)) {
		json_object_foreach_safe(value, next, key, member)
		{
			if (disarm_finds(key, strlen(key)))
				json_object_del(value, key);
			else
				disarm_all(member);
		}
	} else if (json_is_array(value)) {
		json_array_foreach(value, index, member) disarm_all(member);
	} else if (json_is_string(value) &&
		   disarm_finds(json_string_value(value),
				json_string_length(value))) {
		disarm_string(value);
	}
}

json_t *view_read(const char *bytes, size_t length)
{
	json_t *value = json_loadb(bytes, length, 0, NULL);

	disarm_all(value);
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

void view_output(struct view *v, const json_t *script, const char *before)
{
	const char *output = view_string(script, "output");
	size_t length = strlen(output);

	while (length > 0 && output[length - 1] == ' ')
		length--;
	if (length > 0)
		text_format(&v->out, "%s%.*s", before, (int)length, output);
}

const char *view_interface(const json_t *instance)
{
	return view_has(instance, "interface")
		       ? view_string(instance, "interface")
		       : "any interface";
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

const char *view_drop_text(const char *word)
{
	for (unsigned d = 0; d < VRRP_DROPS; d++)
		if (strcmp(word, vrrp_drop_name((enum vrrp_drop)d)) == 0)
			return vrrp_drop_text((enum vrrp_drop)d);
	return NULL;
}

void view_problem(struct view *v, const char *indent, const char *text)
{
	text_put(&v->out, indent);
	view_paint(v, VIEW_BAD, "! ");
	text_put(&v->out, text);
}
