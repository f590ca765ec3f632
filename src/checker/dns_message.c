/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/dns_message.h"

#include "base/must.h"

#include <string.h>

#define HEADER     12
#define LABEL_MOST 63
#define NAME_MOST  255
#define CLASS_IN   1

/* Of the third byte of the header. */
#define IS_ANSWER         0x80
#define OPCODE            0x78
#define RECURSION_DESIRED 0x01

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

/* The labels of a name, and the empty one at its end: how many bytes, or 0. */
static size_t put_name(uint8_t *at, const char *name)
{
	size_t length = 0;

	while (*name && strcmp(name, ".") != 0) {
		size_t label = strcspn(name, ".");

		if (label == 0 || label > LABEL_MOST ||
		    length + label + 2 > NAME_MOST)
			return 0;
		at[length] = (uint8_t)label;
		memcpy(at + length + 1, name, label);
		length += label + 1;
		name += label;
		name += *name == '.';
	}
	at[length] = 0;
	return length + 1;
}

size_t dns_question(const char *name, uint16_t type,
		    uint8_t bytes[DNS_QUESTION_MOST])
{
	size_t length;

	memset(bytes, 0, HEADER);
	bytes[2] = RECURSION_DESIRED;
	put16(bytes + 4, 1); /* question */
	length = put_name(bytes + HEADER, name);
	if (length == 0)
		return 0;
	put16(bytes + HEADER + length, type);
	put16(bytes + HEADER + length + 2, CLASS_IN);
	return HEADER + length + 4;
}

void dns_set_id(uint8_t *question, uint16_t id)
{
	put16(question, id);
}

/* Letters of names count as one, small or large (RFC 1035 2.3.3). */
static int same_letters(const uint8_t *a, const uint8_t *b, size_t length)
{
	for (size_t n = 0; n < length; n++) {
		uint8_t x = a[n], y = b[n];

		x = (uint8_t)(x >= 'A' && x <= 'Z' ? x + 32 : x);
		y = (uint8_t)(y >= 'A' && y <= 'Z' ? y + 32 : y);
		if (x != y)
			return 0;
	}
	return 1;
}

enum dns_says dns_answer(const uint8_t *bytes, size_t length,
			 const uint8_t *question, size_t asked, unsigned *rcode)
{
	if (length < HEADER || !(bytes[2] & IS_ANSWER) || bytes[2] & OPCODE)
		return DNS_MALFORMED;
	if (get16(bytes) != get16(question))
		return DNS_OTHER;
	*rcode = bytes[3] & 0x0f;
	/* With an error the question may be left out (RFC 1035 4.1.1). */
	if (get16(bytes + 4) == 0 && *rcode != 0)
		return DNS_REFUSES;
	if (get16(bytes + 4) != 1 || length < asked)
		return DNS_MALFORMED;
	if (!same_letters(bytes + HEADER, question + HEADER, asked - HEADER))
		return DNS_OTHER;
	return *rcode == 0 ? DNS_ANSWERS : DNS_REFUSES;
}

const char *dns_rcode_name(unsigned rcode)
{
	static const char *const names[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
		"NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE",
	};

	return rcode < ARRAY_LENGTH(names) ? names[rcode] : "an error";
}
