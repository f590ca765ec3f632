/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What @id, $NAME, ~SEQ and ~LST make of the lines of files. Knows no keyword
 * but those of include.c. keepalived.conf(5), "ADVANCED CONFIGURATION".
 *
 * A line is expanded in a buffer of its depth, one use of a definition after
 * the other; what a definition with several lines yields is expanded line by
 * line one depth further, so that a definition among them counts for the next
 * line. Every depth, count and size has a bound: a few lines can ask for more
 * than any machine has.
 */
#include "conf/language/expand.h"
#include "conf/language/include.h"
#include "conf/language/sequence.h"
#include "conf/language/value.h"

#include <string.h>

static void process(struct conf_expander *e, unsigned depth,
		    struct conf_line line);

static void too_much(struct conf_expander *e, const struct conf_line *line,
		     const char *what)
{
	struct conf_place place = conf_line_place(line, 0, 1);

	if (e->stop)
		return;
	e->stop = true;
	conf_report(e->report, CONF_ERROR, &place,
		    "does a definition or a file use itself?",
		    "%s; nothing behind this line was read", what);
}

/* Takes a line into the buffer of its depth, to its start. */
static bool own(struct conf_expander *e, unsigned depth, struct conf_line *line)
{
	struct conf_level *level = &e->levels[depth];
	uint16_t *columns = level->columns.items;
	char *text = level->text.items;

	line->physical = false;
	if (text && line->text >= text &&
	    line->text < text + level->text.count) {
		if (line->text != text) {
			memmove(text, line->text, line->length);
			memmove(columns, line->columns,
				line->length * sizeof(*columns));
		}
	} else {
		level->text.count = level->columns.count = 0;
		e->bytes += line->length;
		text = conf_array_add(&level->text, e->memory, 1,
				      line->length + 1);
		columns = conf_array_add(&level->columns, e->memory,
					 sizeof(*columns), line->length + 1);
		if (!text || !columns) {
			e->stop = true;
			return false;
		}
		memcpy(text, line->text, line->length);
		for (size_t i = 0; i < line->length; i++)
			columns[i] = conf_line_column(line, i);
	}
	line->text = text;
	line->columns = columns;
	return true;
}

/* Puts a value where a reference stands, in a line that own() took. */
static bool substitute(struct conf_expander *e, unsigned depth,
		       struct conf_line *line, const struct conf_reference *use,
		       const char *value, size_t length)
{
	struct conf_level *level = &e->levels[depth];
	size_t rest = line->length - use->start - use->length;
	size_t size = line->length - use->length + length;
	uint16_t column = line->columns[use->start];
	uint16_t *columns;
	char *text;

	/* What stands behind is moved, and all is looked through again. A short
	 * line is looked through so fast that only its uses count: else a large
	 * file of short lines would be refused. */
	e->bytes += length + 1 +
		    (line->length > CONF_LINE_SHORT ? line->length : rest);
	if (size > CONF_LINE_MAX || e->bytes > CONF_EXPANSION_MAX) {
		too_much(e, line, "definitions expand to too much");
		return false;
	}
	if (size > line->length) {
		size_t more = size - line->length;

		if (!conf_array_add(&level->text, e->memory, 1, more) ||
		    !conf_array_add(&level->columns, e->memory,
				    sizeof(*columns), more)) {
			e->stop = true;
			return false;
		}
	}
	text = level->text.items;
	columns = level->columns.items;
	memmove(text + use->start + length, text + use->start + use->length,
		rest);
	memmove(columns + use->start + length,
		columns + use->start + use->length, rest * sizeof(*columns));
	memcpy(text + use->start, value, length);
	for (size_t i = 0; i < length; i++) {
		size_t at = i < use->length ? i : use->length - 1;

		columns[use->start + i] =
			(uint16_t)(column + at < UINT16_MAX ? column + at
							    : UINT16_MAX);
	}
	line->text = text;
	line->columns = columns;
	line->length = size;
	return true;
}

/*
 * Replaces the first use before `end` of something that is defined. Returns
 * whether one was, and in `lines` whether the value has several lines.
 */
static bool replace_one(struct conf_expander *e, unsigned depth,
			struct conf_line *line, size_t end, bool *lines)
{
	struct conf_reference use;
	size_t from = 0;

	while (conf_reference_next(line->text, line->length, from, &use) &&
	       use.start < end) {
		char predefined[CONF_PREDEFINED_MAX];
		const struct conf_definition *found = conf_definition_find(
			&e->definitions, line->text + use.name,
			use.name_length);
		const char *value = predefined;
		int length;

		from = use.start + 1;
		if (found && found->value.items) {
			value = found->value.items;
			length = (int)found->value.count;
		} else {
			length = conf_predefined(&e->definitions, e->source,
						 e->file, line->text, &use,
						 predefined);
		}
		if (length == CONF_NO_VALUE) {
			struct conf_place place =
				conf_line_place(line, use.start, use.length);

			conf_report(e->report, CONF_ERROR, &place,
				    "set it in the environment of the daemon, "
				    "or correct what stands behind the name",
				    "%.*s has no value here", (int)use.length,
				    line->text + use.start);
			length = 0;
		}
		if (length < 0)
			continue;
		*lines = memchr(value, '\n', (size_t)length) != NULL;
		return own(e, depth, line) &&
		       substitute(e, depth, line, &use, value, (size_t)length);
	}
	return false;
}

/* Expands every line of a text that definitions made. */
static void process_lines(struct conf_expander *e, unsigned depth,
			  const struct conf_line *all)
{
	struct conf_line rest = *all;

	while (rest.length > 0 && !e->stop) {
		const char *end = memchr(rest.text, '\n', rest.length);
		struct conf_line one = rest;

		if (end)
			one.length = (size_t)(end - rest.text);
		process(e, depth, one);
		conf_line_advance(&rest, one.length + (end ? 1 : 0));
	}
}

/* @id and @^id: true if the rest of the line counts. */
static bool condition_holds(struct conf_expander *e, struct conf_line *line)
{
	const char *id = e->source->config_id;
	size_t id_length = id ? strlen(id) : 0;
	size_t start = 1;
	size_t end;
	bool negative = line->length > 1 && line->text[1] == '^';
	bool same;

	if (!id && e->source->host) {
		const char *dot = strchr(e->source->host, '.');

		id = e->source->host;
		id_length = dot ? (size_t)(dot - id) : strlen(id);
	}
	start += negative;
	for (end = start;
	     end < line->length && !conf_line_blank(line->text[end]); end++)
		;
	same = end - start == id_length && id_length > 0 &&
	       memcmp(line->text + start, id, id_length) == 0;
	conf_line_advance(line, end);
	return same != negative;
}

static void set(struct conf_expander *e, const struct conf_line *line,
		const char *name, size_t name_length, const char *value,
		size_t length)
{
	struct conf_place place = conf_line_place(line, 0, 1);

	if (!conf_define(&e->definitions, e->memory, name, name_length, value,
			 length))
		conf_report(e->report, CONF_ERROR, &place, NULL,
			    "no room for this definition: at most %d, with "
			    "names of at most %d letters",
			    CONF_DEFINITIONS_MAX, CONF_DEFINITION_NAME_MAX);
}

/* $NAME=VALUE: true if the line is a definition. */
static bool define(struct conf_expander *e, struct conf_line *line)
{
	const char *name = line->text + 1;
	const char *end = line->text + line->length;
	const char *value;
	size_t name_length;
	size_t length;
	bool last = line->text[line->length - 1] == '\\';
	bool more = last || line->backslash;

	for (value = name; value < end && conf_definition_letter(*value);)
		value++;
	name_length = (size_t)(value - name);
	if (name_length == 0 || value == end || *value != '=')
		return false;
	for (value++; value < end && conf_line_blank(*value);)
		value++;
	end -= last;
	length = value < end ? (size_t)(end - value) : 0;
	while (length > 0 && conf_line_blank(value[length - 1]))
		length--;
	if (*name >= '0' && *name <= '9') {
		struct conf_place place = conf_line_place(line, 1, name_length);

		conf_report_ignored(e->report, &place, "begin it with a letter",
				    "the name of a definition begins with a "
				    "digit; it is left out");
	} else if (more && line->physical &&
		   name_length <= CONF_DEFINITION_NAME_MAX) {
		char *bytes;

		memset(e->collecting, 0, sizeof(e->collecting));
		memcpy(e->collecting, name, name_length);
		e->collected.count = 0;
		bytes = conf_array_add(&e->collected, e->memory, 1, length + 1);
		if (bytes)
			memcpy(bytes, value, length);
		e->collected.count = bytes ? length : 0;
	} else {
		set(e, line, name, name_length, value, length);
	}
	return true;
}

static void end_collecting(struct conf_expander *e,
			   const struct conf_line *line)
{
	const char *value = e->collected.items;

	set(e, line, e->collecting, strlen(e->collecting), value ? value : "",
	    e->collected.count);
	e->collecting[0] = '\0';
}

/* One more line of a multi-line definition. */
static void collect(struct conf_expander *e, struct conf_line line)
{
	bool last = line.text[line.length - 1] == '\\';
	bool more = last || line.backslash;
	struct conf_line whole = line;
	size_t before = e->collected.count;
	char *bytes;

	if (last) {
		line.length--;
		conf_line_trim(&line);
	}
	if (before + line.length + 1 > CONF_LINE_MAX) {
		too_much(e, &line, "the definition is too long");
		return;
	}
	bytes = conf_array_add(&e->collected, e->memory, 1, line.length + 1);
	if (!bytes) {
		e->stop = true;
		return;
	}
	if (before > 0)
		*bytes++ = '\n';
	memcpy(bytes, line.text, line.length);
	e->collected.count = before + (before > 0) + line.length;
	if (!more)
		end_collecting(e, &whole);
}

/* The rest of the line once for each value. */
static void repeat(struct conf_expander *e, unsigned depth,
		   const struct conf_line *line, struct conf_sequence *sequence)
{
	struct conf_line rest = *line;

	conf_line_advance(&rest, sequence->length);
	while (!e->stop) {
		struct conf_line once = rest;

		once.physical = false;
		for (unsigned i = 0; i < sequence->names; i++) {
			struct conf_sequence_value *one = &sequence->values[i];

			if (!conf_define(&e->definitions, e->memory, one->name,
					 one->name_length, one->value,
					 one->length)) {
				too_much(e, line, "no room for definitions");
				return;
			}
		}
		e->bytes += rest.length;
		if (++e->lines > CONF_LINES_MAX ||
		    e->bytes > CONF_EXPANSION_MAX)
			too_much(e, line, "sequences expand to too much");
		else
			process(e, depth + 1, once);
		if (!conf_sequence_next(sequence))
			return;
	}
}

/* ~SEQ and ~LST: true if the line was one, or tried to be. */
static bool sequence(struct conf_expander *e, unsigned depth,
		     struct conf_line *line)
{
	struct conf_sequence all;
	const char *wrong;
	const char *close = memchr(line->text, ')', line->length);
	size_t end = close ? (size_t)(close - line->text) : line->length;
	bool lines = false;
	unsigned uses = 0;

	if (!conf_sequence_is(line->text, line->length))
		return false;
	while (replace_one(e, depth, line, end, &lines)) {
		close = memchr(line->text, ')', line->length);
		end = close ? (size_t)(close - line->text) : line->length;
		if (++uses > CONF_SUBSTITUTE_MAX) {
			too_much(e, line, "the line expands without end");
			return true;
		}
	}
	if (e->stop)
		return true;
	wrong = conf_sequence_parse(&all, line->text, line->length);
	if (wrong) {
		struct conf_place place = conf_line_place(line, 0, end);

		conf_report_ignored(e->report, &place,
				    "write ~SEQ(NAME, START, STEP, END) or "
				    "~LST(NAME, VALUE, VALUE)",
				    "%s; the line is left out", wrong);
		return true;
	}
	repeat(e, depth, line, &all);
	return true;
}

static void emit(struct conf_expander *e, unsigned depth,
		 struct conf_line *line)
{
	if (++e->lines > CONF_LINES_MAX) {
		too_much(e, line, "there are too many lines");
		return;
	}
	if (line->text[0] == 'i' && conf_include(e, depth, line))
		return;
	if (line->text[line->length - 1] == '\\' &&
	    (line->length == 1 ||
	     conf_line_blank(line->text[line->length - 2]))) {
		line->continued = true;
		line->length--;
	}
	e->sink(e->to, line);
}

/*
 * Where a line goes on behind a { with what is looked for at the start of a
 * line: @id, ~SEQ, ~LST, include. 0: nowhere.
 */
static size_t goes_on(const struct conf_line *line)
{
	const char *open = memchr(line->text, '{', line->length);
	struct conf_scan scan = { 0 };

	if (!open || open == line->text + line->length - 1)
		return 0; /* most lines */
	for (; conf_scan_next(&scan, line->text, line->length, "{");
	     scan.at++) {
		struct conf_line rest = *line;

		if (scan.at > 0 && line->text[scan.at - 1] == '$')
			continue;
		conf_line_advance(&rest, scan.at + 1);
		conf_line_trim(&rest);
		if (rest.length > 0 &&
		    (rest.text[0] == '@' ||
		     conf_sequence_is(rest.text, rest.length) ||
		     conf_include_is(&rest)))
			return scan.at + 1;
	}
	return 0;
}

static void process(struct conf_expander *e, unsigned depth,
		    struct conf_line line)
{
	size_t head;
	bool lines = false;

	if (depth >= CONF_DEPTH_MAX) {
		too_much(e, &line, "definitions and files go too deep");
		return;
	}
	for (unsigned uses = 0; !e->stop; uses++) {
		if (uses > CONF_SUBSTITUTE_MAX) {
			too_much(e, &line, "the line expands without end");
			return;
		}
		conf_line_trim(&line);
		if (line.length == 0)
			return;
		if (line.text[0] == '@') {
			if (!condition_holds(e, &line))
				return;
			continue;
		}
		if (line.text[0] == '$' && define(e, &line))
			return;
		if (line.text[0] == '~' && sequence(e, depth, &line))
			return;
		head = goes_on(&line);
		if (head > 0) {
			struct conf_line first = line;

			first.length = head;
			first.physical = false;
			process(e, depth + 1, first);
			conf_line_advance(&line, head);
			continue;
		}
		if (!replace_one(e, depth, &line, line.length, &lines)) {
			if (!e->stop)
				emit(e, depth, &line);
			return;
		}
		if (lines) {
			process_lines(e, depth + 1, &line);
			return;
		}
	}
}

/* Most lines are plain: they say what they say, unless they include a file. */
static bool is_simple(const struct conf_line *line)
{
	return line->plain &&
	       (!memchr(line->text, '{', line->length) || goes_on(line) == 0);
}

void conf_expand_line(struct conf_expander *e, unsigned depth,
		      struct conf_line *line)
{
	if (line->length > CONF_LINE_MAX)
		too_much(e, line, "the line is too long");
	else if (e->collecting[0])
		collect(e, *line);
	else if (is_simple(line))
		emit(e, depth, line);
	else
		process(e, depth, *line);
}

void conf_expand_gap(struct conf_expander *e, const struct conf_line *line)
{
	if (e->collecting[0])
		end_collecting(e, line);
}
