/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type of the words notify…: COMMAND [USER [GROUP]]. Most virtual routers
 * have none: all of one object stand in a struct of their own, made for the
 * first.
 */
#include "conf/language/value.h"
#include "conf/model/command.h"
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stddef.h>
#include <string.h>

/* The offset of a row is that of its mark: marks tell words apart. */
static struct conf_notifies *notifies_at(const struct conf_row *row,
					 void *object)
{
	return (struct conf_notifies *)(void *)((char *)object + row->offset -
						row->minimum -
						offsetof(struct conf_notifies,
							 marks));
}

static const struct conf_notify *notify_of(const struct conf_row *row,
					   const void *object)
{
	const struct conf_notifies *n =
		notifies_at(row, (void *)(uintptr_t)object);

	return n->on ? &n->on[row->minimum] : NULL;
}

/* NULL: no memory. */
static struct conf_notify *make(const struct conf_row *row, void *object,
				struct arena *arena)
{
	struct conf_notifies *n = notifies_at(row, object);

	if (!n->on)
		n->on = arena_alloc(arena, CONF_NOTIFIES * sizeof(*n->on));
	return n->on ? &n->on[row->minimum] : NULL;
}

static const char *expected_notify(const struct conf_row *row, char *text,
				   size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a command, and after it a user and a group");
}

static bool is_command(const char *text)
{
	struct command command;

	return conf_name_ok(text, CONF_COMMAND_MAX) &&
	       command_split(&command, text);
}

static int read_notify(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_notify *out;

	count = count > 3 ? 3 : count;
	if (!is_command(words[0].text))
		return -1;
	for (size_t n = 1; n < count; n++)
		if (!conf_name_ok(words[n].text, CONF_USER_MAX))
			return -1;
	out = make(row, object, reader->arena);
	if (!out) {
		reader->memory->failed = true;
		return (int)count;
	}
	*out = (struct conf_notify){
		.command = conf_reader_text(reader, words[0].text),
		.user.name = count > 1 ? conf_reader_text(reader, words[1].text)
				       : NULL,
		.user.group = count > 2
				      ? conf_reader_text(reader, words[2].text)
				      : NULL,
	};
	return (int)count;
}

static void reset_notify(const struct conf_row *row, void *object)
{
	notifies_at(row, object)->on = NULL;
}

static void print_notify(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_notify *one = notify_of(row, object);
	const char *const texts[] = { one ? one->command : NULL,
				      one ? one->user.name : NULL,
				      one ? one->user.group : NULL };

	for (size_t n = 0; n < 3 && texts[n]; n++) {
		conf_put_text(out, " ");
		conf_put_word(out, texts[n]);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool equal_notify(const struct conf_row *row, const void *a,
			 const void *b)
{
	static const struct conf_notify none;
	const struct conf_notify *one = notify_of(row, a);
	const struct conf_notify *two = notify_of(row, b);

	one = one ? one : &none;
	two = two ? two : &none;
	return same_text(one->command, two->command) &&
	       same_text(one->user.name, two->user.name) &&
	       same_text(one->user.group, two->user.group);
}

static void pack_notify(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_notify *one = notify_of(row, object);

	conf_pack_text(packer, one ? one->command : NULL);
	conf_pack_text(packer, one ? one->user.name : NULL);
	conf_pack_text(packer, one ? one->user.group : NULL);
}

static bool unpack_notify(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	struct conf_notify one = {
		.command = conf_unpack_text(unpacker, CONF_COMMAND_MAX),
		.user.name = conf_unpack_text(unpacker, CONF_USER_MAX),
		.user.group = conf_unpack_text(unpacker, CONF_USER_MAX),
	};
	struct conf_notify *out;

	if (unpacker->failed || (one.user.group && !one.user.name) ||
	    (one.user.name && !one.command) ||
	    (one.command && !is_command(one.command)) ||
	    (one.user.name && !conf_name_ok(one.user.name, CONF_USER_MAX)) ||
	    (one.user.group && !conf_name_ok(one.user.group, CONF_USER_MAX)))
		return false;
	if (!one.command)
		return true;
	out = make(row, object, unpacker->arena);
	if (!out)
		return false;
	*out = one;
	return true;
}

const struct conf_type conf_type_notify = {
	.name = "command",
	.expected = expected_notify,
	.read = read_notify,
	.reset = reset_notify,
	.print = print_notify,
	.equal = equal_notify,
	.pack = pack_notify,
	.unpack = unpack_notify,
	.least = 1,
	.most = 3,
};
