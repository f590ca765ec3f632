/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files to lines. Each byte is looked at once here; what a line means that is
 * not plain is up to expand.c.
 */
#include "conf/language/lines.h"
#include "conf/language/expand.h"
#include "conf/language/include.h"

#include <string.h>

/* Of a line of the file with its comment, which has more than blanks. */
static char last_letter(const char *text, size_t length)
{
	while (length > 1 && conf_line_blank(text[length - 1]))
		length--;
	return text[length - 1];
}

/* The end of a line that begins at `text`, and what bytes it has, or-ed. */
static const char *end_of_line(const char *text, const char *end, unsigned *has)
{
	unsigned all = 0, one;

	for (; text < end; text++) {
		one = conf_byte(*text);
		if (one == CONF_BYTE_END)
			break;
		all |= one;
	}
	*has = all;
	return text;
}

/* A line that is there in full, with its number. */
static void line_of_file(struct conf_expander *e, unsigned depth,
			 struct conf_line *line, bool zero)
{
	struct conf_place place;
	size_t whole = line->length;

	if (!line->plain) {
		line->length = conf_line_before_comment(line->text, whole);
		line->backslash = last_letter(line->text, whole) == '\\';
	}
	conf_line_trim(line);
	if (line->length == 0) {
		if (line->plain) /* it has no comment either */
			conf_expand_gap(e, line);
		return;
	}
	if (!zero || line->length > CONF_LINE_MAX ||
	    !memchr(line->text, '\0', line->length)) {
		conf_expand_line(e, depth, line);
		return;
	}
	place = conf_line_place(line, 0, 1);
	e->stop = true;
	conf_report(e->report, CONF_ERROR, &place, NULL,
		    "the line has a zero byte: this is no text file");
}

static void expand_text(struct conf_expander *e, unsigned depth,
			const char *text, size_t length)
{
	const char *end = text + length;
	struct conf_line line = { .file = e->file };
	bool zero = memchr(text, '\0', length) != NULL;

	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end && !e->stop) {
		unsigned has;
		const char *stop = end_of_line(text, end, &has);

		line = (struct conf_line){
			.text = text,
			.length = (size_t)(stop - text),
			.first = 1,
			.file = e->file,
			.number = line.number + 1,
			.physical = true,
			.plain = has < CONF_BYTE_OTHER,
		};
		line_of_file(e, depth, &line, zero);
		text = stop < end ? stop + 1 : end;
	}
	if (!e->stop)
		conf_expand_gap(e, &line);
}

static void enter(struct conf_expander *e, unsigned depth, const char *path,
		  const struct conf_place *place)
{
	const char *outer = e->file;
	unsigned checks = e->checks;
	struct conf_place start = { .span = { .column = 1, .length = 1 } };
	struct conf_text *text;
	int wrong;

	text = arena_alloc(e->arena, sizeof(*text));
	start.span.file = arena_text(e->arena, path, strlen(path));
	if (!text || !start.span.file) {
		e->stop = e->memory->failed = true;
		return;
	}
	if (!place)
		place = &start;
	wrong = e->source->read(e->source->context, path, &text->text,
				&text->length);
	if (wrong < 0) {
		conf_include_failed(e, place, path, wrong);
		return;
	}
	if (text->length > CONF_FILE_MAX) {
		conf_report(e->report, CONF_ERROR, place, NULL,
			    "%s is larger than %d MiB", path,
			    CONF_FILE_MAX >> 20);
		return;
	}
	e->read += text->length;
	if (e->read > CONF_FILE_MAX) {
		e->stop = true;
		conf_report(e->report, CONF_ERROR, place,
			    "does a file include itself?",
			    "all files together are larger than %d MiB",
			    CONF_FILE_MAX >> 20);
		return;
	}
	conf_input_read(&e->inputs, e->report, place, path, text->length,
			wrong);
	text->name = e->file = start.span.file;
	if (!place || place == &start)
		e->first = e->file;
	text->next = e->report->texts;
	e->report->texts = text;
	expand_text(e, depth, text->text, text->length);
	e->file = outer;
	e->checks = checks;
}

void conf_expand(struct conf_expander *e, const char *path)
{
	e->files = 1;
	e->inputs.memory = e->memory;
	e->inputs.arena = e->arena;
	e->definitions.random = e->source->seed;
	e->enter = enter;
	if (e->source->all_files)
		conf_include_check_all(e);
	enter(e, 0, path, NULL);
}

void conf_expander_free(struct conf_expander *e)
{
	for (unsigned i = 0; i < CONF_DEPTH_MAX; i++) {
		conf_array_free(&e->levels[i].text, e->memory);
		conf_array_free(&e->levels[i].columns, e->memory);
	}
	conf_array_free(&e->collected, e->memory);
	conf_array_free(&e->inputs.list, e->memory);
	conf_definitions_free(&e->definitions, e->memory);
}
