/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rt_scopes(5): lines of a number and a name, # begins a comment. The files
 * are read when a name is none of those that every machine has.
 */
#include "conf/model/names.h"
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/model/model.h"

#include <errno.h>
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

/*
 * A file that has names is noted: if it cannot be had at a reload, the name is
 * not known just then (language/input.h).
 */
static void note(struct conf_reader *r, const char *path, int wrong)
{
	conf_input_note(r->inputs, path,
			wrong >= 0         ? CONF_INPUT_READ
			: wrong == -ENOENT ? CONF_INPUT_NONE
					   : CONF_INPUT_UNREAD);
}

static bool find_in(struct conf_reader *r, const char *folder, const char *file,
		    const char *name, int64_t most, int64_t *out)
{
	char path[CONF_PATH_TEXT_MAX + 16];
	const char *text;
	size_t length;
	int64_t number;
	int wrong;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	wrong = r->source->read(r->source->context, path, &text, &length);
	if (wrong < 0) {
		note(r, path, wrong);
		return false;
	}
	for (const char *at = text, *all = text + length; at < all;) {
		const char *end = memchr(at, '\n', (size_t)(all - at));

		if (!end)
			end = all;
		if (line_names(at, end, name, &number) && number >= 0 &&
		    number <= most) {
			*out = number;
			note(r, path, wrong);
			return true;
		}
		at = end + 1;
	}
	if (length == 0)
		conf_input_note(r->inputs, path, CONF_INPUT_EMPTY);
	return false;
}

/* A number, or a name of one of the files of that name. */
static bool find(struct conf_reader *r, const char *file, const char *text,
		 int64_t most, int64_t *out)
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

	if (conf_number_any_base(text, &number) == 0) {
		*out = number;
		return number >= 0 && number <= most;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(folders); i++) {
		if (folders[i] && find_in(r, folders[i], file, text, most, out))
			return true;
	}
	return false;
}

bool conf_scope_find(struct conf_reader *r, const char *text, uint8_t *scope)
{
	int64_t number;

	for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
		if (strcmp(scopes[i].name, text) == 0) {
			*scope = scopes[i].scope;
			return true;
		}
	}
	if (!find(r, "rt_scopes", text, UINT8_MAX, &number))
		return false;
	*scope = (uint8_t)number;
	return true;
}

static const char *const files[] = {
	[CONF_NAMES_TABLE] = "rt_tables",
	[CONF_NAMES_DSFIELD] = "rt_dsfield",
	[CONF_NAMES_PROTOCOL] = "rt_protos",
	[CONF_NAMES_REALM] = "rt_realms",
	[CONF_NAMES_GROUP] = "group",
};

/* Names that the kernel itself gives. */
static const struct {
	enum conf_names names;
	uint8_t number;
	const char *name;
} known[] = {
	{ CONF_NAMES_TABLE, 253, "default" },
	{ CONF_NAMES_TABLE, CONF_TABLE_MAIN, "main" },
	{ CONF_NAMES_TABLE, 255, "local" },
	{ CONF_NAMES_PROTOCOL, 2, "kernel" },
	{ CONF_NAMES_PROTOCOL, 3, "boot" },
	{ CONF_NAMES_PROTOCOL, 4, "static" },
	{ CONF_NAMES_GROUP, 0, "default" },
};

bool conf_named_number(struct conf_reader *r, enum conf_names names,
		       const char *text, uint32_t most, uint32_t *out)
{
	int64_t number;

	for (size_t i = 0; i < ARRAY_LENGTH(known); i++) {
		if (known[i].names == names &&
		    strcmp(known[i].name, text) == 0) {
			*out = known[i].number;
			return true;
		}
	}
	if (!find(r, files[names], text, most, &number))
		return false;
	*out = (uint32_t)number;
	return true;
}
