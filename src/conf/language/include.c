/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * include, its strict forms, and include_check: keepalived.conf(5),
 * "DESCRIPTION" and include_check. Patterns are matched by the caller's
 * function, but braces are taken apart here, as glob(7) has none.
 */
#include "conf/language/include.h"
#include "base/must.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES   4096
#define BRACES_MAX   64 /* paths that {a,b} may stand for */
#define BRACES_DEPTH 6  /* groups in one path that are taken apart */

enum check {
	CHECK_READABLE = 1,
	CHECK_MATCH = 2,
	CHECK_WILDCARD = 4,
	CHECK_BRACE = 8,
	CHECK_ALL = 15,
};

static const struct {
	const char *word;
	unsigned check;
} forms[] = {
	{ "include", 0 },
	{ "includer", CHECK_READABLE },
	{ "includem", CHECK_MATCH | CHECK_READABLE },
	{ "includew", CHECK_WILDCARD | CHECK_READABLE },
	{ "includeb", CHECK_BRACE | CHECK_READABLE },
	{ "includea", CHECK_ALL },
};

static const struct {
	const char *word;
	unsigned check;
} options[] = {
	{ "readable", CHECK_READABLE },
	{ "match", CHECK_MATCH },
	{ "wildcard_match", CHECK_WILDCARD },
	{ "brace_match", CHECK_BRACE },
};

static const struct {
	int error;
	const char *cause, *remedy;
} read_errors[] = {
	{ -ENOENT, "does not exist", "write it, or name another file" },
	{ -EACCES, "may not be read", "check its permissions" },
	{ -EPERM, "may not be read", "check its permissions" },
	{ -EISDIR, "is a folder", "name a file in it" },
	{ -ENOTDIR, "has no folder in its path", "check its name" },
	{ -EFBIG, "is too large", "divide it with include" },
	{ -ENODATA, "is a FIFO that nobody writes to", "name a file" },
	{ -ELOOP, "is a link to itself", "check its links" },
	{ -EIO, "cannot be read: input/output error", "check its disk" },
	{ -ESTALE, "cannot be read: stale file handle", "mount it again" },
	{ -EMFILE, "cannot be read: too many open files",
	  "raise its limit (prlimit)" },
	{ -ENFILE, "cannot be read: too many open files",
	  "raise fs.file-max (sysctl)" },
	{ -ENXIO, "is a socket, or a device that is not there", "name a file" },
	{ -EBADF, "is not open", "redirect something to it" },
	{ -EAGAIN, "is a FIFO that has nothing to read yet", "name a file" },
};

/* What one include found. */
struct inclusion {
	struct conf_expander *expander;
	unsigned depth;
	unsigned found;
	unsigned alternatives;
	struct conf_place place;
	bool wildcard;
};

void conf_include_failed(struct conf_expander *e,
			 const struct conf_place *place, const char *path,
			 int wrong)
{
	const char *hint = "check the file and its disk";
	char cause[48];
	const char *word = cause;

	snprintf(cause, sizeof(cause), "cannot be read: error %d", -wrong);
	for (size_t i = 0; i < ARRAY_LENGTH(read_errors); i++) {
		if (read_errors[i].error != wrong)
			continue;
		word = read_errors[i].cause;
		hint = read_errors[i].remedy;
	}
	conf_input_note(&e->inputs, path,
			wrong == -EISDIR ? CONF_INPUT_FOLDER
					 : CONF_INPUT_UNREAD);
	/* What is too large is never left out in silence. */
	if (e->includes == 0 || wrong == -EFBIG ||
	    (e->checks & CHECK_READABLE)) {
		conf_report(e->report, CONF_ERROR, place, hint, "%s %s", path,
			    word);
		e->report->diagnostics->missing++;
	} else {
		conf_report_ignored(e->report, place, hint,
				    "%s %s; it is left out", path, word);
		e->report->diagnostics->unmatched++;
	}
}

static bool has_wildcard(const char *path)
{
	return path[strcspn(path, "*?[")] != '\0';
}

static void found(void *to, const char *path)
{
	struct inclusion *all = to;
	struct conf_expander *e = all->expander;

	all->found++;
	if (e->stop)
		return;
	if (++e->files > CONF_FILES_MAX) {
		e->stop = true;
		conf_report(e->report, CONF_ERROR, &all->place,
			    "does a file include itself?",
			    "more than %d files are included", CONF_FILES_MAX);
		return;
	}
	e->enter(e, all->depth + 1, path, &all->place);
}

/* One path without braces. */
static void include_path(struct inclusion *all, const char *path)
{
	struct conf_expander *e = all->expander;
	char whole[PATH_BYTES];
	const char *slash = strrchr(e->file, '/');
	int folder = slash ? (int)(slash + 1 - e->file) : 0;
	unsigned before = all->found;
	int length;
	int wrong;

	if (path[0] == '/' || (e->source->no_folder && e->file == e->first))
		folder = 0;
	if (++all->alternatives > BRACES_MAX || e->stop)
		return;
	length =
		snprintf(whole, sizeof(whole), "%.*s%s", folder, e->file, path);
	if (length >= (int)sizeof(whole)) {
		conf_report(e->report, CONF_ERROR, &all->place, NULL,
			    "the path is longer than %d bytes", PATH_BYTES - 1);
		return;
	}
	wrong = e->source->list(e->source->context, whole, found, all);
	if (wrong < 0 && wrong != -ENOENT)
		conf_include_failed(e, &all->place, whole, wrong);
	else if (all->found > before && has_wildcard(path))
		conf_input_note(&e->inputs, whole, CONF_INPUT_READ);
	else if (all->found == before && (wrong || !has_wildcard(path)))
		conf_input_note(&e->inputs, whole, CONF_INPUT_NONE);
	if (all->found == before && (e->checks & CHECK_BRACE))
		conf_report(e->report, CONF_ERROR, &all->place, NULL,
			    "no file is %s", whole);
}

/* The brace that closes the one at `open`, or NULL. */
static const char *closing(const char *open)
{
	unsigned level = 0;

	for (const char *at = open; *at; at++) {
		level += *at == '{';
		level -= *at == '}';
		if (level == 0)
			return at;
	}
	return NULL;
}

/* The first group in braces, one alternative after the other. */
static void include_braces(struct inclusion *all, const char *path,
			   unsigned depth)
{
	const char *open = strchr(path, '{');
	const char *close = open ? closing(open) : NULL;
	const char *part;
	unsigned level = 0;

	if (!close || depth >= BRACES_DEPTH) {
		include_path(all, path);
		return;
	}
	part = open + 1;
	for (const char *at = part; at <= close; at++) {
		char one[PATH_BYTES];

		if (at == close || (*at == ',' && level == 0)) {
			snprintf(one, sizeof(one), "%.*s%.*s%s",
				 (int)(open - path), path, (int)(at - part),
				 part, close + 1);
			include_braces(all, one, depth + 1);
			if (all->alternatives > BRACES_MAX)
				return;
			part = at + 1;
		}
		level += *at == '{';
		level -= *at == '}' && at < close;
	}
}

static void include(struct conf_expander *e, unsigned depth,
		    const struct conf_line *line, const char *path,
		    size_t length, unsigned check)
{
	struct inclusion all = { .expander = e, .depth = depth };
	char text[PATH_BYTES];
	unsigned before = e->checks;
	size_t at = (size_t)(path - line->text);

	all.place = conf_line_place(line, at, length);
	if (length > 0 && (*path == '"' || *path == '\'') && length >= 2 &&
	    path[length - 1] == *path) {
		path++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof(text)) {
		conf_report_ignored(e->report, &all.place, NULL,
				    "include needs the path of a file; it is "
				    "left out");
		return;
	}
	if (!e->source->list) {
		conf_report(e->report, CONF_ERROR, &all.place, NULL,
			    "files cannot be included here");
		return;
	}
	if (e->includes >= CONF_INCLUDES_MAX) {
		e->stop = true;
		conf_report(e->report, CONF_ERROR, &all.place,
			    "does a file include itself?",
			    "includes go deeper than %d", CONF_INCLUDES_MAX);
		return;
	}
	if (++e->patterns > CONF_PATTERNS_MAX) {
		e->stop = true;
		conf_report(e->report, CONF_ERROR, &all.place, NULL,
			    "there are more than %d includes",
			    CONF_PATTERNS_MAX);
		return;
	}
	memcpy(text, path, length);
	text[length] = '\0';
	all.wildcard = has_wildcard(text);
	e->checks |= check;
	e->includes++;
	include_braces(&all, text, 0);
	e->includes--;
	check = e->checks;
	e->checks = before;
	if (all.alternatives > BRACES_MAX)
		conf_report(e->report, CONF_ERROR, &all.place, NULL,
			    "the braces name more than %d files", BRACES_MAX);
	else if (all.found > 0)
		return;
	else if ((check & CHECK_WILDCARD) ||
		 ((check & CHECK_MATCH) && !all.wildcard)) {
		conf_report(e->report, CONF_ERROR, &all.place, NULL,
			    "no file matches");
		e->report->diagnostics->missing++;
	} else if (!all.wildcard && !(check & CHECK_BRACE)) {
		conf_report_ignored(e->report, &all.place,
				    "write includem to make this an error",
				    "no file matches; nothing is included");
		e->report->diagnostics->unmatched++;
	}
}

/* include_check [+|-]OPTION ... */
static void set_checks(struct conf_expander *e, const struct conf_line *line,
		       const char *at, const char *end)
{
	bool any = false;

	while (at < end) {
		const char *stop = at;
		char sign = '+';
		unsigned check = 0;

		while (stop < end && *stop != ' ' && *stop != '\t')
			stop++;
		if (at < stop && (*at == '+' || *at == '-'))
			sign = *at++;
		else if (at < stop && !any)
			e->checks = 0;
		for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
			if (strlen(options[i].word) == (size_t)(stop - at) &&
			    memcmp(options[i].word, at, (size_t)(stop - at)) ==
				    0)
				check = options[i].check;
		}
		if (check == 0 && at < stop) {
			struct conf_place place =
				conf_line_place(line, (size_t)(at - line->text),
						(size_t)(stop - at));

			conf_report(e->report, CONF_ERROR, &place, NULL,
				    "expected readable, match, wildcard_match "
				    "or brace_match");
		}
		any |= at < stop;
		e->checks =
			sign == '+' ? e->checks | check : e->checks & ~check;
		for (at = stop; at < end && (*at == ' ' || *at == '\t');)
			at++;
	}
	if (!any)
		e->checks = CHECK_ALL;
}

void conf_include_check_all(struct conf_expander *e)
{
	e->checks = CHECK_ALL;
}

bool conf_include_is(const struct conf_line *line)
{
	return line->length >= 7 && memcmp(line->text, "include", 7) == 0;
}

bool conf_include(struct conf_expander *e, unsigned depth,
		  const struct conf_line *line)
{
	const char *end = line->text + line->length;
	const char *stop = line->text;
	const char *rest;
	size_t length;

	if (!conf_include_is(line))
		return false;
	while (stop < end && *stop != ' ' && *stop != '\t')
		stop++;
	length = (size_t)(stop - line->text);
	for (rest = stop; rest < end && (*rest == ' ' || *rest == '\t');)
		rest++;
	for (size_t i = 0; i < ARRAY_LENGTH(forms); i++) {
		if (strlen(forms[i].word) == length &&
		    memcmp(forms[i].word, line->text, length) == 0) {
			include(e, depth, line, rest, (size_t)(end - rest),
				forms[i].check);
			return true;
		}
	}
	if (length == 13 && memcmp(line->text, "include_check", 13) == 0) {
		set_checks(e, line, rest, end);
		return true;
	}
	return false;
}
