/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/grpc_message.h"

#include <stdbool.h>
#include <string.h>

#define FRAME 5
/* Field 1 as a string; field 1 as a number. */
#define FIELD_STRING 0x0a
#define FIELD_NUMBER 0x08

size_t grpc_request(const char *service, uint8_t bytes[GRPC_REQUEST_MOST])
{
	size_t length = strnlen(service, GRPC_SERVICE_MOST);
	size_t head = length >= 0x80 ? 3 : 2,
	       whole = length ? head + length : 0;

	memset(bytes, 0, FRAME);
	bytes[4] = (uint8_t)whole;
	if (length == 0)
		return FRAME;
	bytes[FRAME] = FIELD_STRING;
	bytes[FRAME + 1] =
		(uint8_t)(length >= 0x80 ? (length & 0x7f) | 0x80 : length);
	if (length >= 0x80)
		bytes[FRAME + 2] = (uint8_t)(length >> 7);
	memcpy(bytes + FRAME + head, service, length);
	return FRAME + whole;
}

/* A number of at most ten bytes; false: it does not end. */
static bool take_number(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
	*value = 0;
	for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
		uint8_t byte = *(*at)++;

		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* One that is not known is passed over: a number, 8 or 4 bytes, or a string. */
static bool skip(const uint8_t **at, const uint8_t *end, uint64_t tag)
{
	uint64_t length = 0;

	switch (tag & 7) {
	case 0:
		return take_number(at, end, &length);
	case 1:
		length = 8;
		break;
	case 2:
		if (!take_number(at, end, &length))
			return false;
		break;
	case 5:
		length = 4;
		break;
	default:
		return false;
	}
	if (length > (uint64_t)(end - *at))
		return false;
	*at += length;
	return true;
}

enum grpc_serving grpc_answer(const uint8_t *bytes, size_t length)
{
	const uint8_t *at = bytes + FRAME, *end = bytes + length;
	uint64_t serving = GRPC_UNKNOWN, tag;
	uint32_t said;

	/* Not compressed, and one message. */
	if (length < FRAME || bytes[0] != 0)
		return GRPC_MALFORMED;
	said = (uint32_t)bytes[1] << 24 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 8 | bytes[4];
	if (said != length - FRAME)
		return GRPC_MALFORMED;
	while (at < end) {
		if (!take_number(&at, end, &tag))
			return GRPC_MALFORMED;
		if (tag == FIELD_NUMBER ? !take_number(&at, end, &serving)
					: !skip(&at, end, tag))
			return GRPC_MALFORMED;
	}
	return serving < GRPC_MALFORMED ? (enum grpc_serving)serving
					: GRPC_UNKNOWN;
}

const char *grpc_serving_name(enum grpc_serving serving)
{
	switch (serving) {
	case GRPC_UNKNOWN:
		return "UNKNOWN";
	case GRPC_SERVING:
		return "SERVING";
	case GRPC_NOT_SERVING:
		return "NOT_SERVING";
	case GRPC_SERVICE_UNKNOWN:
		return "SERVICE_UNKNOWN";
	case GRPC_MALFORMED:
		break;
	}
	return "malformed";
}
