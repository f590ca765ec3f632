/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The type of the words notify…: COMMAND [USER [GROUP]]. Most virtual routers
 * have none: all of one object stand in a struct of their own, made for the
 * first.
 */
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/model/types_command.h"
#include "conf/schema/types.h"

#include <stddef.h>

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

static int read_notify(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_notify one = { .command = "" }, *out;
	int took = count == 0 ? 0
			      : conf_command_read(reader, words, count,
						  CONF_IS_COMMAND, &one);

	if (took < 0)
		return -1;
	out = make(row, object, reader->arena);
	if (out)
		*out = one;
	else
		reader->memory->failed = true;
	return took;
}

static void reset_notify(const struct conf_row *row, void *object)
{
	notifies_at(row, object)->on = NULL;
}

static const struct conf_notify none;

static void print_notify(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_notify *one = notify_of(row, object);

	conf_command_print(one ? one : &none, out);
}

static bool equal_notify(const struct conf_row *row, const void *a,
			 const void *b)
{
	const struct conf_notify *one = notify_of(row, a);
	const struct conf_notify *two = notify_of(row, b);

	return conf_command_equal(one ? one : &none, two ? two : &none);
}

static void pack_notify(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_notify *one = notify_of(row, object);

	conf_command_pack(one ? one : &none, packer);
}

static bool unpack(const struct conf_row *row, void *object,
		   enum conf_command_is is, struct conf_unpacker *unpacker)
{
	struct conf_notify one, *out;

	if (!conf_command_unpack(unpacker, is, &one))
		return false;
	if (!one.command)
		return true;
	out = make(row, object, unpacker->arena);
	if (!out)
		return false;
	*out = one;
	return true;
}

static bool unpack_notify(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	return unpack(row, object, CONF_IS_COMMAND, unpacker);
}

static bool unpack_perhaps(const struct conf_row *row, void *object,
			   struct conf_unpacker *unpacker)
{
	return unpack(row, object, CONF_IS_PERHAPS, unpacker);
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

/* notify_deleted: the word by itself counts. */
const struct conf_type conf_type_notify_perhaps = {
	.name = "command",
	.expected = expected_notify,
	.read = read_notify,
	.reset = reset_notify,
	.print = print_notify,
	.equal = equal_notify,
	.pack = pack_notify,
	.unpack = unpack_perhaps,
	.least = 0,
	.most = 3,
};
