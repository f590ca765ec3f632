/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of the words of mail: a mailbox, and a mail server. */
#include "conf/language/value.h"
#include "conf/model/model.h"
#include "conf/model/types.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* ADDRESS, or NAME <ADDRESS> with any number of words in the name. */

static struct conf_mailbox *mailbox_at(const struct conf_row *row, void *object)
{
	return (struct conf_mailbox *)(void *)((char *)object + row->offset);
}

static const struct conf_mailbox *mailbox_of(const struct conf_row *row,
					     const void *object)
{
	return (const struct conf_mailbox *)(const void *)((const char *)
								   object +
							   row->offset);
}

static const char *expected_mailbox(const struct conf_row *row, char *text,
				    size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "a mail address, or NAME <ADDRESS> with a name "
			     "of at most 120 bytes");
}

/*
 * What can stand between < and > of a command of RFC 5321. A user of the mail
 * server needs no @.
 */
static bool is_address(const char *text)
{
	if (text[0] == '-' || !conf_name_ok(text, CONF_MAIL_ADDRESS_MAX))
		return false;
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at >= 127 || strchr("<>,;:\"()[]\\", *at))
			return false;
	return true;
}

static bool is_mailbox(const struct conf_mailbox *one)
{
	return is_address(one->address) &&
	       (!one->name || conf_name_ok(one->name, CONF_MAIL_NAME_MAX));
}

/* How many words the mailbox has that begins here: to the one with its <. */
static size_t words_of(const struct conf_word *words, size_t count)
{
	for (size_t n = 0; n < count; n++) {
		if (strchr(words[n].text, '<'))
			return n + 1;
		if (strchr(words[n].text, '@'))
			break;
	}
	return 1;
}

/* Words with a space between them; false: they are too long. */
static bool join(const struct conf_word *words, size_t count, char *text,
		 size_t size)
{
	size_t length = 0;

	for (size_t n = 0; n < count; n++) {
		int more = snprintf(text + length, size - length, "%s%s",
				    n ? " " : "", words[n].text);

		if (more < 0 || (size_t)more >= size - length)
			return false;
		length += (size_t)more;
	}
	return true;
}

/* "NAME <ADDRESS>" in two, in place. */
static bool split(char *text, struct conf_mailbox *out)
{
	char *open = strrchr(text, '<'), *end = text + strlen(text);

	*out = (struct conf_mailbox){ .address = text };
	if (!open)
		return is_mailbox(out);
	if (end[-1] != '>')
		return false;
	end[-1] = '\0';
	out->address = open + 1;
	while (open > text && open[-1] == ' ')
		open--;
	*open = '\0';
	out->name = open > text ? text : NULL;
	return is_mailbox(out);
}

static int read_mailbox(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	char text[CONF_MAIL_NAME_MAX + CONF_MAIL_ADDRESS_MAX + 4];
	struct conf_mailbox *out = mailbox_at(row, object), one;

	count = words_of(words, count);
	if (!join(words, count, text, sizeof(text)) || !split(text, &one))
		return -1;
	out->address = conf_reader_text(reader, one.address);
	out->name = one.name ? conf_reader_text(reader, one.name) : NULL;
	return (int)count;
}

static void reset_mailbox(const struct conf_row *row, void *object)
{
	struct conf_mailbox *out = mailbox_at(row, object);

	out->address = out->name = NULL;
}

static void print_mailbox(const struct conf_row *row, const void *object,
			  struct conf_out *out)
{
	const struct conf_mailbox *one = mailbox_of(row, object);
	char text[CONF_MAIL_NAME_MAX + CONF_MAIL_ADDRESS_MAX + 4];

	snprintf(text, sizeof(text), one->name ? "%s <%s>" : "%s%s",
		 one->name ? one->name : "", one->address ? one->address : "");
	conf_put_text(out, " ");
	conf_put_word(out, text);
}

static bool equal_mailbox(const struct conf_row *row, const void *a,
			  const void *b)
{
	const struct conf_mailbox *one = mailbox_of(row, a),
				  *two = mailbox_of(row, b);

	return same_text(one->name, two->name) &&
	       same_text(one->address, two->address);
}

static void pack_mailbox(const struct conf_row *row, const void *object,
			 struct conf_packer *packer)
{
	const struct conf_mailbox *one = mailbox_of(row, object);

	conf_pack_text(packer, one->name);
	conf_pack_text(packer, one->address);
}

static bool unpack_mailbox(const struct conf_row *row, void *object,
			   struct conf_unpacker *unpacker)
{
	struct conf_mailbox *out = mailbox_at(row, object), one = {
		.name = conf_unpack_text(unpacker, CONF_MAIL_NAME_MAX),
		.address = conf_unpack_text(unpacker, CONF_MAIL_ADDRESS_MAX),
	};

	if (unpacker->failed || (one.name && !one.address) ||
	    (!one.address && (row->flags & CONF_MUST)) ||
	    (one.address && !is_mailbox(&one)))
		return false;
	out->name = one.name;
	out->address = one.address;
	return true;
}

const struct conf_type conf_type_mailbox = {
	.name = "mailbox",
	.expected = expected_mailbox,
	.read = read_mailbox,
	.reset = reset_mailbox,
	.print = print_mailbox,
	.equal = equal_mailbox,
	.pack = pack_mailbox,
	.unpack = unpack_mailbox,
	.least = 1,
	.most = 1,
};

/* HOST [PORT] */

static struct conf_mail_server *server_at(const struct conf_row *row,
					  void *object)
{
	return (struct conf_mail_server *)(void *)((char *)object +
						   row->offset);
}

static const struct conf_mail_server *server_of(const struct conf_row *row,
						const void *object)
{
	return (const struct conf_mail_server *)(const void *)((const char *)
								       object +
							       row->offset);
}

static const char *expected_server(const struct conf_row *row, char *text,
				   size_t size)
{
	(void)row;
	return conf_expected(text, size,
			     "the name or address of a host, and after it a "
			     "port");
}

static bool is_host(const char *text)
{
	struct ip ip;

	if (ip_parse(text, &ip) == 0)
		return true;
	if (!conf_name_ok(text, CONF_HOST_MAX) || text[0] == '-')
		return false;
	for (const char *at = text; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
			    "YZ0123456789.-_",
			    *at))
			return false;
	return true;
}

static int read_server(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	struct conf_mail_server *out = server_at(row, object);
	int64_t port = CONF_MAIL_PORT;

	if (!is_host(words[0].text) ||
	    (count > 1 && (conf_number(words[1].text, &port) < 0 || port < 1 ||
			   port > UINT16_MAX)))
		return -1;
	out->host = conf_reader_text(reader, words[0].text);
	out->port = (uint16_t)port;
	return count > 1 ? 2 : 1;
}

static void reset_server(const struct conf_row *row, void *object)
{
	*server_at(row, object) = (struct conf_mail_server){ 0 };
}

static void print_server(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const struct conf_mail_server *one = server_of(row, object);

	conf_put_text(out, " ");
	conf_put_word(out, one->host ? one->host : "");
	if (one->port != CONF_MAIL_PORT)
		conf_put(out, " %u", one->port);
}

static bool equal_server(const struct conf_row *row, const void *a,
			 const void *b)
{
	const struct conf_mail_server *one = server_of(row, a),
				      *two = server_of(row, b);

	return same_text(one->host, two->host) && one->port == two->port;
}

static void pack_server(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	const struct conf_mail_server *one = server_of(row, object);

	conf_pack_text(packer, one->host);
	conf_pack_number(packer, one->port);
}

static bool unpack_server(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	const char *host = conf_unpack_text(unpacker, CONF_HOST_MAX);
	int64_t port = conf_unpack_number(unpacker);

	if (unpacker->failed || port < 0 || port > UINT16_MAX ||
	    (host != NULL) != (port > 0) || (host && !is_host(host)))
		return false;
	*server_at(row, object) =
		(struct conf_mail_server){ host, (uint16_t)port };
	return true;
}

const struct conf_type conf_type_mail_server = {
	.name = "mail server",
	.expected = expected_server,
	.read = read_server,
	.reset = reset_server,
	.print = print_server,
	.equal = equal_server,
	.pack = pack_server,
	.unpack = unpack_server,
	.least = 1,
	.most = 2,
};
