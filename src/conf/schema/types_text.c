/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts, addresses and secrets, and the types that only say what follows. */
#include "base/must.h"
#include "base/secret.h"
#include "conf/language/value.h"
#include "conf/schema/out.h"
#include "conf/schema/pack.h"
#include "conf/schema/reader.h"
#include "conf/schema/types.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096

static const char **text_at(const struct conf_row *row, void *object)
{
	return (const char **)(void *)((char *)object + row->offset);
}

static const char *text_of(const struct conf_row *row, const void *object)
{
	return *(const char *const *)(const void *)((const char *)object +
						    row->offset);
}

static const char *expected_text(const struct conf_row *row, char *text,
				 size_t size)
{
	snprintf(text, size,
		 "a text of 1 to %lld bytes without control "
		 "characters",
		 (long long)row->maximum);
	return text;
}

static int read_text(struct conf_reader *reader, const struct conf_row *row,
		     const struct conf_word *words, size_t count, void *object)
{
	if (!conf_name_ok(words[0].text, (size_t)row->maximum))
		return -1;
	*text_at(row, object) = conf_reader_text(reader, words[0].text);
	return 1;
}

static int read_command(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *words, size_t count,
			void *object)
{
	if (!conf_command_ok(words[0].text, (size_t)row->maximum))
		return -1;
	*text_at(row, object) = conf_reader_text(reader, words[0].text);
	return 1;
}

static void reset_text(const struct conf_row *row, void *object)
{
	*text_at(row, object) = NULL;
}

static void print_text(const struct conf_row *row, const void *object,
		       struct conf_out *out)
{
	const char *text = text_of(row, object);

	conf_put_text(out, " ");
	conf_put_word(out, text ? text : "");
}

/* The value may be a password or a token. */
static void print_header(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	const char *text = text_of(row, object);
	const char *colon = text ? strchr(text, ':') : NULL;

	conf_put_text(out, " \"");
	if (colon) {
		out->write(out->to, text, (size_t)(colon - text));
		conf_put_text(out, ": ");
	}
	conf_put_text(out, CONF_SECRET_SHOWN "\"");
}

static bool equal_text(const struct conf_row *row, const void *a, const void *b)
{
	const char *one = text_of(row, a);
	const char *two = text_of(row, b);

	return one == two || (one && two && strcmp(one, two) == 0);
}

static void pack_text(const struct conf_row *row, const void *object,
		      struct conf_packer *packer)
{
	conf_pack_text(packer, text_of(row, object));
}

static bool unpack_text(const struct conf_row *row, void *object,
			struct conf_unpacker *unpacker)
{
	const char *text = conf_unpack_text(unpacker, TEXT_MAX);

	if (unpacker->failed || (!text && (row->flags & CONF_MUST)) ||
	    (text && !conf_name_ok(text, (size_t)row->maximum)))
		return false;
	*text_at(row, object) = text;
	return true;
}

static bool unpack_command(const struct conf_row *row, void *object,
			   struct conf_unpacker *unpacker)
{
	const char *text = conf_unpack_text(unpacker, TEXT_MAX);

	if (unpacker->failed || (!text && (row->flags & CONF_MUST)) ||
	    (text && !conf_command_ok(text, (size_t)row->maximum)))
		return false;
	*text_at(row, object) = text;
	return true;
}

#define TEXTUAL                                                                \
	.reset = reset_text, .print = print_text, .equal = equal_text,         \
	.pack = pack_text, .least = 1, .most = 1

const struct conf_type conf_type_text = {
	.name = "text",
	.expected = expected_text,
	.read = read_text,
	.unpack = unpack_text,
	TEXTUAL,
};

const struct conf_type conf_type_header = {
	.name = "text",
	.expected = expected_text,
	.read = read_text,
	.reset = reset_text,
	.print = print_header,
	.equal = equal_text,
	.pack = pack_text,
	.unpack = unpack_text,
	.least = 1,
	.most = 1,
};

const struct conf_type conf_type_command_line = {
	.name = "text",
	.expected = expected_text,
	.read = read_command,
	.unpack = unpack_command,
	TEXTUAL,
};

static const char *expected_interface(const struct conf_row *row, char *text,
				      size_t size)
{
	return "the name of an interface, of at most 15 bytes";
}

static int read_interface(struct conf_reader *reader,
			  const struct conf_row *row,
			  const struct conf_word *words, size_t count,
			  void *object)
{
	if (!conf_interface_ok(words[0].text))
		return -1;
	conf_reader_interface(reader, &words[0]);
	*text_at(row, object) = conf_reader_text(reader, words[0].text);
	return 1;
}

static bool unpack_interface(const struct conf_row *row, void *object,
			     struct conf_unpacker *unpacker)
{
	const char *text = conf_unpack_text(unpacker, CONF_INTERFACE_MAX);

	if (unpacker->failed || (!text && (row->flags & CONF_MUST)) ||
	    (text && !conf_interface_ok(text)))
		return false;
	*text_at(row, object) = text;
	return true;
}

const struct conf_type conf_type_interface = {
	.name = "interface",
	.expected = expected_interface,
	.read = read_interface,
	.unpack = unpack_interface,
	TEXTUAL,
};

/* Addresses. */

static struct ip *ip_at(const struct conf_row *row, void *object)
{
	return (struct ip *)(void *)((char *)object + row->offset);
}

static const struct ip *ip_of(const struct conf_row *row, const void *object)
{
	return (const struct ip *)(const void *)((const char *)object +
						 row->offset);
}

/* row->minimum is 4 or 6: only that family; 0: both. */
static bool right_family(const struct conf_row *row, const struct ip *ip)
{
	return row->minimum == 0 || row->minimum == ip->family;
}

static bool is_host(const struct conf_row *row, const struct ip *ip)
{
	return right_family(row, ip) && !ip_is_multicast(ip) &&
	       !ip_is_unspecified(ip);
}

static bool is_group(const struct conf_row *row, const struct ip *ip)
{
	return right_family(row, ip) && ip_is_multicast(ip);
}

static const char *family_word(const struct conf_row *row)
{
	return row->minimum == IP_V4   ? "IPv4 "
	       : row->minimum == IP_V6 ? "IPv6 "
				       : "";
}

static const char *expected_ip(const struct conf_row *row, char *text,
			       size_t size)
{
	snprintf(text, size, "the %saddress of a host", family_word(row));
	return text;
}

static const char *expected_group(const struct conf_row *row, char *text,
				  size_t size)
{
	snprintf(text, size, "%s %smulticast address",
		 row->minimum == 0 ? "a" : "an", family_word(row));
	return text;
}

/*
 * As to keepalived, a length behind the address does not count. `is_right`
 * judges the address. The number of words, or -1.
 */
static int read_address(struct conf_reader *reader, const struct conf_row *row,
			const struct conf_word *word, void *object,
			bool (*is_right)(const struct conf_row *row,
					 const struct ip *ip))
{
	size_t length = strcspn(word->text, "/");
	char text[IP_TEXT_MAX];
	struct ip ip;

	if (length >= sizeof(text))
		return -1;
	memcpy(text, word->text, length);
	text[length] = '\0';
	if (ip_parse(text, &ip) < 0 || !is_right(row, &ip))
		return -1;
	if (word->text[length])
		conf_report(reader->report, CONF_WARNING, &word->place,
			    "write the address alone",
			    "%s takes no length: %s counts", row->word, text);
	*ip_at(row, object) = ip;
	return 1;
}

static int read_ip(struct conf_reader *reader, const struct conf_row *row,
		   const struct conf_word *words, size_t count, void *object)
{
	return read_address(reader, row, &words[0], object, is_host);
}

static int read_group(struct conf_reader *reader, const struct conf_row *row,
		      const struct conf_word *words, size_t count, void *object)
{
	return read_address(reader, row, &words[0], object, is_group);
}

static void reset_ip(const struct conf_row *row, void *object)
{
	*ip_at(row, object) = (struct ip){ 0 };
}

static void print_ip(const struct conf_row *row, const void *object,
		     struct conf_out *out)
{
	char text[IP_TEXT_MAX];

	conf_put(out, " %s", ip_format(ip_of(row, object), text));
}

static bool equal_ip(const struct conf_row *row, const void *a, const void *b)
{
	return ip_equal(ip_of(row, a), ip_of(row, b));
}

static void pack_ip(const struct conf_row *row, const void *object,
		    struct conf_packer *packer)
{
	conf_pack_bytes(packer, ip_of(row, object), sizeof(struct ip));
}

/* The rest of an IPv4 address is zero, so that equal ones are equal bytes. */
static bool unpack_any(struct conf_unpacker *unpacker, struct ip *ip)
{
	return conf_unpack_bytes(unpacker, ip, sizeof(*ip)) &&
	       (ip->family == IP_NONE || ip->family == IP_V4 ||
		ip->family == IP_V6) &&
	       !memcmp(ip->bytes + ip_size(ip->family), (uint8_t[16]){ 0 },
		       16 - ip_size(ip->family));
}

static bool unpack_ip(const struct conf_row *row, void *object,
		      struct conf_unpacker *unpacker)
{
	struct ip ip;

	if (!unpack_any(unpacker, &ip) ||
	    (ip.family != IP_NONE && !is_host(row, &ip)) ||
	    (ip.family == IP_NONE && (row->flags & CONF_MUST)))
		return false;
	*ip_at(row, object) = ip;
	return true;
}

static bool unpack_group(const struct conf_row *row, void *object,
			 struct conf_unpacker *unpacker)
{
	struct ip ip;

	if (!unpack_any(unpacker, &ip) ||
	    (ip.family != IP_NONE && !is_group(row, &ip)))
		return false;
	*ip_at(row, object) = ip;
	return true;
}

#define ADDRESS                                                                \
	.reset = reset_ip, .print = print_ip, .equal = equal_ip,               \
	.pack = pack_ip, .least = 1, .most = 1

const struct conf_type conf_type_ip = {
	.name = "address",
	.expected = expected_ip,
	.read = read_ip,
	.unpack = unpack_ip,
	ADDRESS,
};

const struct conf_type conf_type_group = {
	.name = "group address",
	.expected = expected_group,
	.read = read_group,
	.unpack = unpack_group,
	ADDRESS,
};

/* Secrets: row->size bytes, with zeros behind what was written. */

static const char *expected_secret(const struct conf_row *row, char *text,
				   size_t size)
{
	snprintf(text, size, "a secret of 1 to %u bytes", row->size);
	return text;
}

/* As keepalived: no escapes, and what is too long is cut. */
static int read_secret(struct conf_reader *reader, const struct conf_row *row,
		       const struct conf_word *words, size_t count,
		       void *object)
{
	char *secret = (char *)object + row->offset;
	size_t length = strlen(words[0].plain);

	if (length == 0)
		return -1;
	if (length > row->size) {
		conf_report(reader->report, CONF_WARNING, &words[0].place,
			    "write no more than is used",
			    "only the first %u bytes of %s are used", row->size,
			    row->word);
		length = row->size;
	}
	secret_wipe(secret, row->size);
	memcpy(secret, words[0].plain, length);
	return 1;
}

static void reset_secret(const struct conf_row *row, void *object)
{
	secret_wipe((char *)object + row->offset, row->size);
}

static void print_secret(const struct conf_row *row, const void *object,
			 struct conf_out *out)
{
	if (((const char *)object)[row->offset])
		conf_put_text(out, " " CONF_SECRET_SHOWN);
}

static bool equal_secret(const struct conf_row *row, const void *a,
			 const void *b)
{
	return secret_equal((const char *)a + row->offset,
			    (const char *)b + row->offset, row->size);
}

static void pack_secret(const struct conf_row *row, const void *object,
			struct conf_packer *packer)
{
	static const char none[CONF_SECRET_MAX];

	MUST(row->size <= CONF_SECRET_MAX);
	conf_pack_bytes(packer,
			packer->secrets ? (const char *)object + row->offset
					: none,
			row->size);
}

static bool unpack_secret(const struct conf_row *row, void *object,
			  struct conf_unpacker *unpacker)
{
	return conf_unpack_bytes(unpacker, (char *)object + row->offset,
				 row->size);
}

const struct conf_type conf_type_secret = {
	.name = "secret",
	.expected = expected_secret,
	.read = read_secret,
	.reset = reset_secret,
	.print = print_secret,
	.equal = equal_secret,
	.pack = pack_secret,
	.unpack = unpack_secret,
	.least = 1,
	.most = 1,
};

/* What has no value of its own. */

static const char *expected_words(const struct conf_row *row, char *text,
				  size_t size)
{
	return "a value";
}

const struct conf_type conf_type_words = {
	.name = "words",
	.expected = expected_words,
};

const struct conf_type conf_type_block = {
	.name = "block",
	.expected = expected_words,
	.lists = true,
};

const struct conf_type conf_type_lines = {
	.name = "list of lines",
	.expected = expected_words,
	.lists = true,
};

const struct conf_type conf_type_each = {
	.name = "list of words",
	.expected = expected_words,
	.lists = true,
};
