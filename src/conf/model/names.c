/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rt_scopes(5): lines of a number and a name, # begins a comment. The files
 * are read when a name is none of those that every machine has.
 */
#include "conf/model/names.h"
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/model.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	uint8_t scope;
} scopes[] = {
	{ "global", CONF_SCOPE_GLOBAL },   { "site", CONF_SCOPE_SITE },
	{ "link", CONF_SCOPE_LINK },       { "host", CONF_SCOPE_HOST },
	{ "nowhere", CONF_SCOPE_NOWHERE },
};

const char *conf_scope_name(uint8_t scope)
{
	for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
		if (scopes[i].scope == scope)
			return scopes[i].name;
	}
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of a line; its length, 0 at the end or at a comment. */
static size_t next_word(const char **at, const char *end)
{
	size_t length = 0;

	while (*at < end && is_blank(**at))
		(*at)++;
	while (*at + length < end && !is_blank((*at)[length]) &&
	       (*at)[length] != '#')
		length++;
	return length;
}

/* True if a line gives the name this number. */
static bool line_names(const char *line, const char *end, const char *name,
		       int64_t *number)
{
	char text[24];
	size_t length = next_word(&line, end);

	if (length == 0 || length >= sizeof(text))
		return false;
	memcpy(text, line, length);
	text[length] = '\0';
	line += length;
	length = next_word(&line, end);
	return length == strlen(name) && memcmp(line, name, length) == 0 &&
	       conf_number_any_base(text, number) == 0;
}

static bool find_in(struct conf_reader *r, const char *folder, const char *name,
		    uint8_t *scope)
{
	char path[CONF_PATH_TEXT_MAX + 16];
	const char *text;
	size_t length;
	int64_t number;

	snprintf(path, sizeof(path), "%s/rt_scopes", folder);
	if (r->source->read(r->source->context, path, &text, &length) < 0)
		return false;
	for (const char *at = text, *all = text + length; at < all;) {
		const char *end = memchr(at, '\n', (size_t)(all - at));

		if (!end)
			end = all;
		if (line_names(at, end, name, &number) && number >= 0 &&
		    number <= UINT8_MAX) {
			*scope = (uint8_t)number;
			return true;
		}
		at = end + 1;
	}
	return false;
}

bool conf_scope_find(struct conf_reader *r, const char *text, uint8_t *scope)
{
	const struct conf_model *model = r->root;
	const char *const folders[] = {
		model->global.iproute_etc_dir ? model->global.iproute_etc_dir
					      : "/etc/iproute2",
		model->global.iproute_usr_dir ? model->global.iproute_usr_dir
					      : "/usr/share/iproute2",
		model->global.iproute_usr_dir ? NULL : "/usr/lib/iproute2",
	};
	int64_t number;

	for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
		if (strcmp(scopes[i].name, text) == 0) {
			*scope = scopes[i].scope;
			return true;
		}
	}
	if (conf_number_any_base(text, &number) == 0) {
		*scope = (uint8_t)number;
		return number >= 0 && number <= UINT8_MAX;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		if (folders[i] && find_in(r, folders[i], text, scope))
			return true;
	}
	return false;
}
