/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of $NAME, and where a line uses one. Putting them into lines is
 * expand.c's. keepalived.conf(5), "Parameter substitution" and "Pre-defined
 * definitions".
 */
#include "conf/language/definition.h"
#include "base/must.h"
#include "conf/language/value.h"

#include <stdio.h>
#include <string.h>

bool conf_definition_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* A name that is looked for. */
struct wanted {
	const char *name;
	size_t length;
};

static bool is_wanted(const void *context, uint32_t number, const void *key)
{
	const struct conf_array *all = context;
	const struct conf_definition *one = all->items;
	const struct wanted *wanted = key;

	return memcmp(one[number].name, wanted->name, wanted->length) == 0 &&
	       one[number].name[wanted->length] == '\0';
}

const struct conf_definition *
conf_definition_find(const struct conf_definitions *all, const char *name,
		     size_t length)
{
	const struct conf_definition *list = all->list.items;
	struct wanted wanted = { name, length };
	uint32_t found;

	if (length > CONF_DEFINITION_NAME_MAX || all->list.count == 0)
		return NULL;
	found = map_find(&all->index, map_hash(name, length), &wanted);
	return found == MAP_NONE ? NULL : &list[found];
}

/* One more, with an empty value; NULL when there is no room or memory. */
static struct conf_definition *add(struct conf_definitions *all,
				   struct conf_memory *memory, const char *name,
				   size_t length)
{
	struct conf_definition *one;

	if (!all->index.slots) {
		void *slots = memory->obtain(map_memory(CONF_DEFINITIONS_MAX));

		if (!slots) {
			memory->failed = true;
			return NULL;
		}
		map_init(&all->index, slots, CONF_DEFINITIONS_MAX, is_wanted,
			 &all->list);
	}
	if (all->list.count >= CONF_DEFINITIONS_MAX ||
	    length > CONF_DEFINITION_NAME_MAX)
		return NULL;
	one = conf_array_add(&all->list, memory, sizeof(*one), 1);
	if (!one)
		return NULL;
	memcpy(one->name, name, length);
	MUST(map_put(&all->index, map_hash(name, length),
		     (uint32_t)(all->list.count - 1)) == 0);
	return one;
}

bool conf_define(struct conf_definitions *all, struct conf_memory *memory,
		 const char *name, size_t name_length, const char *value,
		 size_t length)
{
	struct conf_definition *one =
		(void *)conf_definition_find(all, name, name_length);
	char *bytes;

	if (!one)
		one = add(all, memory, name, name_length);
	if (!one)
		return false;
	one->value.count = 0;
	bytes = conf_array_add(&one->value, memory, 1, length + 1);
	if (!bytes)
		return false;
	memcpy(bytes, value, length);
	one->value.count = length;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* ${NAME} or ${NAME ARGUMENTS}, with `at` behind the brace. */
static bool braced(const char *text, size_t length, size_t at,
		   struct conf_reference *out)
{
	size_t most = length - at < CONF_REFERENCE_MAX ? length - at
						       : CONF_REFERENCE_MAX;
	const char *close = memchr(text + at, '}', most);
	size_t end = close ? (size_t)(close - text) : 0;

	if (!close || out->name_length == 0)
		return false;
	at = out->name + out->name_length;
	if (at < end && !blank(text[at]))
		return false;
	out->arguments = at;
	out->arguments_length = end - at;
	out->length = end + 1 - out->start;
	return memchr(text + at, '\n', end - at) == NULL;
}

bool conf_reference_next(const char *text, size_t length, size_t from,
			 struct conf_reference *out)
{
	while (from < length) {
		const char *dollar = memchr(text + from, '$', length - from);
		struct conf_reference one = { 0 };
		size_t end;
		bool brace;

		if (!dollar)
			return false;
		one.start = (size_t)(dollar - text);
		brace = one.start + 1 < length && dollar[1] == '{';
		one.name = one.start + 1 + brace;
		for (end = one.name;
		     end < length && conf_definition_letter(text[end]); end++)
			;
		one.name_length = end - one.name;
		one.arguments = end;
		one.length = end - one.start;
		if (brace ? braced(text, length, one.name, &one)
			  : one.name_length > 0 &&
				    (end == length || blank(text[end]) ||
				     text[end] == '\n')) {
			*out = one;
			return true;
		}
		from = one.start + 1;
	}
	return false;
}

/* A step of splitmix64. */
static uint64_t next_random(struct conf_definitions *all)
{
	uint64_t z = all->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* The next word of the arguments, or false. */
static bool argument(const char **at, const char *end, char *word, size_t size)
{
	const char *start = *at;
	size_t length;

	while (start < end && blank(*start))
		start++;
	for (*at = start; *at < end && !blank(**at);)
		(*at)++;
	length = (size_t)(*at - start);
	if (length == 0 || length >= size)
		return false;
	memcpy(word, start, length);
	word[length] = '\0';
	return true;
}

static int random_value(struct conf_definitions *all, const char *at,
			const char *end, char value[CONF_PREDEFINED_MAX])
{
	int64_t bounds[2] = { 0, 32767 };
	char word[24];

	for (unsigned i = 0; i < 2 && argument(&at, end, word, sizeof(word));
	     i++) {
		if (conf_number(word, &bounds[i]) < 0 || bounds[i] < 0)
			return CONF_NO_VALUE;
	}
	if (bounds[1] < bounds[0] || bounds[1] > UINT32_MAX)
		return CONF_NO_VALUE;
	return snprintf(
		value, CONF_PREDEFINED_MAX, "%lld",
		(long long)(bounds[0] +
			    (int64_t)(next_random(all) %
				      (uint64_t)(bounds[1] - bounds[0] + 1))));
}

/* The folder of the file, absolute if the source says where we are. */
static int folder(const struct conf_source *source, const char *file,
		  char value[CONF_PREDEFINED_MAX])
{
	const char *slash = strrchr(file, '/');
	int length = slash ? (int)(slash - file) : 0;
	const char *base = "";

	if (file[0] == '/')
		return snprintf(value, CONF_PREDEFINED_MAX, "%.*s",
				length ? length : 1, file);
	if (source->directory)
		base = source->directory;
	if (*base == '\0' && length == 0)
		base = ".";
	return snprintf(value, CONF_PREDEFINED_MAX, "%s%s%.*s", base,
			*base && length ? "/" : "", length, file);
}

static int text_value(const char *text, char value[CONF_PREDEFINED_MAX])
{
	return text ? snprintf(value, CONF_PREDEFINED_MAX, "%s", text)
		    : CONF_NO_VALUE;
}

int conf_predefined(struct conf_definitions *all,
		    const struct conf_source *source, const char *file,
		    const char *text, const struct conf_reference *reference,
		    char value[CONF_PREDEFINED_MAX])
{
	const char *at = text + reference->arguments;
	const char *end = at + reference->arguments_length;
	char name[16] = "";
	char word[CONF_DEFINITION_NAME_MAX + 1];
	int length = CONF_NO_VALUE;

	if (reference->name_length >= sizeof(name))
		return CONF_NOT_PREDEFINED;
	memcpy(name, text + reference->name, reference->name_length);
	if (strcmp(name, "_PWD") == 0)
		length = folder(source, file, value);
	else if (strcmp(name, "_INSTANCE") == 0)
		length = text_value(source->config_id ? source->config_id
						      : source->host,
				    value);
	else if (strcmp(name, "_HASH") == 0)
		length = text_value("#", value);
	else if (strcmp(name, "_BANG") == 0)
		length = text_value("!", value);
	else if (strcmp(name, "_RANDOM") == 0)
		length = random_value(all, at, end, value);
	else if (strcmp(name, "_ENV") != 0)
		return CONF_NOT_PREDEFINED;
	else if (source->environment && argument(&at, end, word, sizeof(word)))
		length = text_value(source->environment(source->context, word),
				    value);
	return length < CONF_PREDEFINED_MAX ? length : CONF_NO_VALUE;
}

void conf_definitions_free(struct conf_definitions *all,
			   struct conf_memory *memory)
{
	struct conf_definition *list = all->list.items;

	for (size_t i = 0; i < all->list.count; i++)
		conf_array_free(&list[i].value, memory);
	conf_array_free(&all->list, memory);
	if (all->index.slots)
		memory->give_back(all->index.slots);
}
