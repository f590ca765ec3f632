/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON writer: commas, quotation marks and what is open. RFC 8259. */
#include "ctl/json.h"

#include "base/must.h"
#include "ctl/form.h"

#include <string.h>

void json_begin(struct json *j, struct text *text)
{
	*j = (struct json){ .text = text };
}

/* What stands before a value: a comma if it is not the first, its key. */
static void before(struct json *j, const char *key)
{
	if (j->comma)
		text_add(j->text, ",", 1);
	j->comma = true;
	if (!key)
		return;
	text_add(j->text, "\"", 1);
	form_escaped(j->text, FORM_JSON, key);
	text_add(j->text, "\":", 2);
}

static void open_with(struct json *j, const char *key, char opening,
		      char closing)
{
	MUST(j->depth < JSON_DEPTH_MAX);
	before(j, key);
	text_add(j->text, &opening, 1);
	j->closing[j->depth++] = closing;
	j->comma = false;
}

void json_open_object(struct json *j, const char *key)
{
	open_with(j, key, '{', '}');
}

void json_open_array(struct json *j, const char *key)
{
	open_with(j, key, '[', ']');
}

void json_close(struct json *j)
{
	MUST(j->depth > 0);
	text_add(j->text, &j->closing[--j->depth], 1);
	j->comma = true;
}

void json_line(struct json *j)
{
	text_add(j->text, j->comma ? ",\n" : "\n", j->comma ? 2 : 1);
	j->comma = false;
}

void json_string_of(struct json *j, const char *key, const char *value)
{
	before(j, key);
	text_add(j->text, "\"", 1);
	form_escaped(j->text, FORM_JSON, value);
	text_add(j->text, "\"", 1);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
	before(j, key);
	/* Most readers of JSON, ours too, refuse all of it for a larger one. */
	if (value > INT64_MAX)
		value = INT64_MAX;
	text_format(j->text, "%llu", (unsigned long long)value);
}

void json_signed(struct json *j, const char *key, int64_t value)
{
	before(j, key);
	text_format(j->text, "%lld", (long long)value);
}

void json_no_value(struct json *j, const char *key)
{
	before(j, key);
	text_put(j->text, "null");
}

void json_bool(struct json *j, const char *key, bool value)
{
	before(j, key);
	text_put(j->text, value ? "true" : "false");
}

void json_ip(struct json *j, const char *key, const struct ip *ip)
{
	char address[IP_TEXT_MAX];

	if (ip->family == IP_NONE)
		json_no_value(j, key);
	else
		json_string_of(j, key, ip_format(ip, address));
}

void json_time(struct json *j, const char *key, tick_t real)
{
	if (real <= 0) {
		json_no_value(j, key);
		return;
	}
	before(j, key);
	text_add(j->text, "\"", 1);
	form_time(j->text, real);
	text_add(j->text, "\"", 1);
}

void json_ms(struct json *j, const char *key, tick_t duration)
{
	if (duration == TICK_NEVER) {
		json_no_value(j, key);
		return;
	}
	before(j, key);
	form_milliseconds(j->text, duration);
}
