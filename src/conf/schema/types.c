/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers, times, switches, flags and choices. */
#include "conf/schema/types.h"
#include "base/must.h"
#include "conf/language/value.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

int64_t conf_field_get(const struct conf_row *row, const void *object)
{
	const void *field = (const char *)object + row->offset;
	bool is_signed = row->minimum < 0 || row->otherwise < 0;
	uint64_t value = 0;

	MUST(row->size <= sizeof(value));
	memcpy(&value, field, row->size); /* little-endian, as all we run on */
	if (is_signed && row->size < sizeof(value) &&
	    value >> (row->size * 8 - 1) & 1)
		value |= ~UINT64_C(0) << row->size * 8;
	return (int64_t)value;
}

void conf_field_set(const struct conf_row *row, void *object, int64_t value)
{
	MUST(row->size <= sizeof(value));
	memcpy((char *)object + row->offset, &value, row->size);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "conf_field_get() copies the low bytes");

const char *conf_choice_word(const struct conf_choice *choices, int64_t value)
{
	for (; choices && choices->word; choices++) {
		if (choices->value == value)
			return choices->word;
	}
	return NULL;
}

static bool choose(const struct conf_row *row, const char *text, int64_t *out)
{
	const struct conf_choice *one = row->choices;

	for (; one && one->word; one++) {
		if (strcasecmp(one->word, text) == 0) {
			*out = one->value;
			return true;
		}
	}
	return false;
}

static bool in_range(const struct conf_row *row, int64_t value)
{
	return value >= row->minimum && value <= row->maximum;
}

void conf_numeric_reset(const struct conf_row *row, void *object)
{
	conf_field_set(row, object, row->otherwise);
}

bool conf_numeric_equal(const struct conf_row *row, const void *a,
			const void *b)
{
	return conf_field_get(row, a) == conf_field_get(row, b);
}

void conf_numeric_pack(const struct conf_row *row, const void *object,
		       struct conf_packer *packer)
{
	conf_pack_number(packer, conf_field_get(row, object));
}

/* A value that could have been written, or the default. */
bool conf_numeric_unpack(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker)
{
	int64_t value = conf_unpack_number(unpacker);

	if (unpacker->failed ||
	    (!in_range(row, value) && value != row->otherwise &&
	     !conf_choice_word(row->choices, value)))
		return false;
	conf_field_set(row, object, value);
	return true;
}

const char *conf_expected(char *text, size_t size, const char *words)
{
	snprintf(text, size, "%s", words);
	return text;
}

/* number, option */

const char *conf_numeric_expected(const struct conf_row *row, char *text,
				  size_t size)
{
	snprintf(text, size, "a number from %lld to %lld",
		 (long long)row->minimum, (long long)row->maximum);
	return text;
}

static int read_number(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	int64_t value;

	if (conf_number(words[0].text, &value) < 0 || !in_range(row, value))
		return -1;
	conf_field_set(row, object, value);
	return 1;
}

static int read_option(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	if (count > 0)
		return read_number(reader, row, words, count, object);
	conf_field_set(row, object, row->maximum);
	return 0;
}

void conf_numeric_print(const struct conf_row *row, const void *object,
			struct conf_out *out)
{
	int64_t value = conf_field_get(row, object);
	const char *word = conf_choice_word(row->choices, value);

	if (word)
		conf_put(out, " %s", word);
	else
		conf_put(out, " %lld", (long long)value);
}

const struct conf_type conf_type_number = {
	.name = "number",
	.expected = conf_numeric_expected,
	.read = read_number,
	.print = conf_numeric_print,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};

const struct conf_type conf_type_option = {
	.name = "optional number",
	.expected = conf_numeric_expected,
	.read = read_option,
	.print = conf_numeric_print,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};

/* time, micros, seconds */

static const char *expected_time(const struct conf_row *row, char *text,
				 size_t size)
{
	char low[CONF_TIME_TEXT_MAX];
	char high[CONF_TIME_TEXT_MAX];

	snprintf(text, size, "a time from %s to %s seconds",
		 conf_time_format(row->minimum, low),
		 conf_time_format(row->maximum, high));
	return text;
}

static int read_time(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	tick_t time;

	if (conf_time(words[0].text, &time) < 0 || !in_range(row, time))
		return -1;
	conf_field_set(row, object, time);
	return 1;
}

static void print_time(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	char text[CONF_TIME_TEXT_MAX];

	conf_put(out, " %s",
		 conf_time_format(conf_field_get(row, object), text));
}

const struct conf_type conf_type_time = {
	.name = "time",
	.expected = expected_time,
	.read = read_time,
	.print = print_time,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};

static const char *expected_micros(const struct conf_row *row, char *text,
				   size_t size)
{
	snprintf(text, size, "microseconds from %lld to %lld",
		 (long long)(row->minimum / TICK_MICROSECOND),
		 (long long)(row->maximum / TICK_MICROSECOND));
	return text;
}

static int read_micros(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	int64_t value;

	if (conf_number(words[0].text, &value) < 0 ||
	    value > INT64_MAX / TICK_MICROSECOND ||
	    value < INT64_MIN / TICK_MICROSECOND ||
	    !in_range(row, value * TICK_MICROSECOND))
		return -1;
	conf_field_set(row, object, value * TICK_MICROSECOND);
	return 1;
}

static void print_micros(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	conf_put(out, " %lld",
		 (long long)(conf_field_get(row, object) / TICK_MICROSECOND));
}

const struct conf_type conf_type_micros = {
	.name = "microseconds",
	.expected = expected_micros,
	.read = read_micros,
	.print = print_micros,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};

static const char *expected_seconds(const struct conf_row *row, char *text,
				    size_t size)
{
	snprintf(text, size, "whole seconds from %lld to %lld, or %s",
		 (long long)row->minimum, (long long)row->maximum,
		 row->choices[0].word);
	return text;
}

static int read_seconds(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	int64_t value;

	if (!choose(row, words[0].text, &value)) {
		if (conf_time(words[0].text, &value) < 0 ||
		    value % TICK_SECOND != 0 ||
		    !in_range(row, value / TICK_SECOND))
			return -1;
		value /= TICK_SECOND;
	}
	conf_field_set(row, object, value);
	return 1;
}

const struct conf_type conf_type_seconds = {
	.name = "seconds",
	.expected = expected_seconds,
	.read = read_seconds,
	.print = conf_numeric_print,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};

/* switch, flag, choice */

static const char *expected_switch(const struct conf_row *row, char *text,
				   size_t size)
{
	return "on or off";
}

static int read_switch(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	bool on = true;

	if (count > 0 && conf_switch(words[0].text, &on) < 0)
		return -1;
	conf_field_set(row, object, on ? row->maximum : row->minimum);
	return count > 0;
}

/* As keepalived has some: any other word behind it does not count. */
static int read_presence(struct conf_reader *reader, const struct conf_row *row,
			 const struct conf_word *words, size_t count,
			 void *object)
{
	int took = read_switch(reader, row, words, count, object);

	return took < 0 ? read_switch(reader, row, words, 0, object) : took;
}

static void print_switch(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	conf_put(out, " %s",
		 conf_field_get(row, object) == row->maximum ? "on" : "off");
}

const struct conf_type conf_type_switch = {
	.name = "switch",
	.expected = expected_switch,
	.read = read_switch,
	.print = print_switch,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};

const struct conf_type conf_type_presence = {
	.name = "switch that is on by its presence",
	.expected = expected_switch,
	.read = read_presence,
	.print = print_switch,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};

static const char *expected_nothing(const struct conf_row *row, char *text,
				    size_t size)
{
	return "nothing";
}

static int read_flag(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	conf_field_set(row, object, row->minimum);
	return 0;
}

static void print_flag(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
}

const struct conf_type conf_type_flag = {
	.name = "flag",
	.expected = expected_nothing,
	.read = read_flag,
	.print = print_flag,
	.least = 0,
	.most = 0,
	.is_flag = true,
	CONF_NUMERIC,
};

static const char *expected_choice(const struct conf_row *row, char *text,
				   size_t size)
{
	size_t length;

	snprintf(text, size, "one of");
	for (size_t i = 0; row->choices[i].word; i++) {
		length = strlen(text);
		snprintf(text + length, size - length, "%s %s", i ? "," : "",
			 row->choices[i].word);
	}
	return text;
}

static int read_choice(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	int64_t value;

	if (!choose(row, words[0].text, &value))
		return -1;
	conf_field_set(row, object, value);
	return 1;
}

static int read_perhaps(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	if (count == 0)
		conf_field_set(row, object, row->maximum);
	return count == 0 ? 0 : read_choice(reader, row, words, count, object);
}

const struct conf_type conf_type_perhaps = {
	.name = "choice",
	.expected = expected_choice,
	.read = read_perhaps,
	.print = conf_numeric_print,
	.least = 0,
	.most = 1,
	CONF_NUMERIC,
};

const struct conf_type conf_type_choice = {
	.name = "choice",
	.expected = expected_choice,
	.read = read_choice,
	.print = conf_numeric_print,
	.least = 1,
	.most = 1,
	CONF_NUMERIC,
};
