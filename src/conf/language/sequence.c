/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of ~SEQ and ~LST; doing a line once for each is expand.c's.
 * keepalived.conf(5), "Sequence blocks" and "List blocks".
 */
#include "conf/language/sequence.h"
#include "conf/language/definition.h"
#include "conf/language/expander.h"
#include "conf/language/value.h"

#include <stdio.h>
#include <string.h>

static bool starts(const char *text, size_t length, const char *with)
{
	size_t size = strlen(with);

	return length >= size && memcmp(text, with, size) == 0;
}

bool conf_sequence_is(const char *text, size_t length)
{
	return starts(text, length, "~SEQ(") ||
	       starts(text, length, "~SEQx(") || starts(text, length, "~LST(");
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*
 * The next of several things with commas between them, without the blanks
 * around it; a group in braces is one. False at the end.
 */
static bool item(const char **at, const char *end, const char **start,
		 size_t *length)
{
	const char *stop;
	bool group = false;

	if (*at > end)
		return false;
	*start = *at;
	for (stop = *at; stop < end && (group || *stop != ','); stop++) {
		if (*stop == '{')
			group = true;
		else if (*stop == '}')
			group = false;
	}
	*at = stop + 1;
	while (*start < stop && blank(**start))
		(*start)++;
	while (stop > *start && blank(stop[-1]))
		stop--;
	*length = (size_t)(stop - *start);
	return true;
}

/* Drops the braces of a group; true if there were some. */
static bool open_group(const char **start, size_t *length)
{
	if (*length < 2 || (*start)[0] != '{' || (*start)[*length - 1] != '}')
		return false;
	(*start)++;
	*length -= 2;
	return true;
}

static bool name_ok(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!conf_definition_letter(name[i]))
			return false;
	}
	return length > 0 && length <= CONF_DEFINITION_NAME_MAX &&
	       !(*name >= '0' && *name <= '9');
}

/* Fills the names, one or a group of them. */
static bool read_names(struct conf_sequence *s, const char *start,
		       size_t length)
{
	const char *at = start;
	const char *end;

	open_group(&start, &length);
	at = start;
	end = start + length;
	while (s->names < CONF_SEQUENCE_NAMES) {
		struct conf_sequence_value *one = &s->values[s->names];

		if (!item(&at, end, &one->name, &one->name_length))
			return s->names > 0;
		if (!name_ok(one->name, one->name_length))
			return false;
		s->names++;
	}
	return at > end;
}

/* The next values of a list; false when there are none or too few. */
static bool next_of_list(struct conf_sequence *s)
{
	const char *start;
	size_t length;
	const char *at;
	const char *end;

	if (!item(&s->rest, s->end, &start, &length))
		return false;
	if (s->names > 1 && !open_group(&start, &length))
		return false;
	at = start;
	end = start + length;
	if (s->names == 1) {
		s->values[0].value = start;
		s->values[0].length = length;
		return true;
	}
	for (unsigned i = 0; i < s->names; i++) {
		if (!item(&at, end, &s->values[i].value, &s->values[i].length))
			return false;
	}
	return true;
}

static void write_number(struct conf_sequence *s)
{
	unsigned long long size = (unsigned long long)s->at;
	const char *sign = "";

	if (s->at < 0) {
		sign = "-";
		size = 0 - size;
	}
	if (s->hexadecimal)
		snprintf(s->number, sizeof(s->number), "%s%llx", sign, size);
	else
		snprintf(s->number, sizeof(s->number), "%s%llu", sign, size);
	s->values[0].value = s->number;
	s->values[0].length = strlen(s->number);
}

static const char *read_numbers(struct conf_sequence *s, const char *at,
				const char *end)
{
	int64_t number[3];
	unsigned count = 0;
	const char *start;
	size_t length;

	while (item(&at, end, &start, &length)) {
		char word[24];

		if (count == 3)
			return "~SEQ has more than a start, a step and an end";
		if (length >= sizeof(word))
			return "~SEQ takes numbers";
		memcpy(word, start, length);
		word[length] = '\0';
		if (conf_number_any_base(word, &number[count]) < 0 ||
		    number[count] > INT32_MAX || number[count] < INT32_MIN)
			return "~SEQ takes numbers";
		count++;
	}
	if (count == 0)
		return "~SEQ needs a name and an end";
	s->last = number[count - 1];
	s->at = count > 1 ? number[0] : s->last < 0 ? -1 : 1;
	s->step = count > 2 ? number[1] : s->at > s->last ? -1 : 1;
	if (s->step == 0 || (s->step > 0) != (s->last >= s->at)) {
		if (s->step == 0 || s->at != s->last)
			return "~SEQ never reaches its end";
	}
	if ((s->last - s->at) / s->step >= CONF_SEQUENCE_MAX)
		return "~SEQ has more than 65536 values";
	write_number(s);
	return NULL;
}

const char *conf_sequence_parse(struct conf_sequence *s, const char *text,
				size_t length)
{
	const char *open = memchr(text, '(', length);
	const char *close = memchr(text, ')', length);
	const char *at;
	const char *name;
	size_t name_length;

	*s = (struct conf_sequence){ .is_list = text[1] == 'L' };
	if (!open || !close || close < open)
		return "the closing parenthesis is missing";
	s->hexadecimal = open[-1] == 'x';
	s->length = (size_t)(close + 1 - text);
	at = open + 1;
	if (!item(&at, close, &name, &name_length) ||
	    !read_names(s, name, name_length))
		return "the name is missing, or no name";
	if (!s->is_list) {
		if (s->names > 1)
			return "~SEQ sets one name";
		return read_numbers(s, at, close);
	}
	s->rest = at;
	s->end = close;
	if (!next_of_list(s))
		return "~LST has no value, or fewer values than names";
	return NULL;
}

bool conf_sequence_next(struct conf_sequence *s)
{
	if (s->is_list)
		return next_of_list(s);
	if (s->step > 0 ? s->at > s->last - s->step : s->at < s->last - s->step)
		return false;
	s->at += s->step;
	write_number(s);
	return true;
}
