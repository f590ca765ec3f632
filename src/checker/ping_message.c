/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/ping_message.h"

#include <string.h>

#define HEADER    8
#define ECHO_4    8
#define REPLY_4   0
#define ECHO_6    128
#define REPLY_6   129
#define IP4_LEAST 20

static uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t n = 0; n + 1 < length; n += 2)
		sum += (uint32_t)bytes[n] << 8 | bytes[n + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

void ping_request(bool six, uint16_t id, const struct ping_of *of,
		  uint8_t bytes[PING_LENGTH])
{
	uint16_t sum;

	memset(bytes, 0, PING_LENGTH);
	bytes[0] = six ? ECHO_6 : ECHO_4;
	bytes[4] = (uint8_t)(id >> 8);
	bytes[5] = (uint8_t)id;
	bytes[6] = (uint8_t)(of->generation >> 8); /* its sequence */
	bytes[7] = (uint8_t)of->generation;
	memcpy(bytes + HEADER, of, sizeof(*of));
	if (six)
		return;
	sum = checksum(bytes, PING_LENGTH);
	bytes[2] = (uint8_t)(sum >> 8);
	bytes[3] = (uint8_t)sum;
}

bool ping_reply(bool six, uint16_t id, const uint8_t *bytes, size_t length,
		struct ping_of *of)
{
	if (!six) {
		size_t header = length > 0 ? (bytes[0] & 15u) * 4 : 0;

		if (header < IP4_LEAST || header > length)
			return false;
		bytes += header;
		length -= header;
	}
	if (length < PING_LENGTH || bytes[0] != (six ? REPLY_6 : REPLY_4) ||
	    bytes[4] != id >> 8 || bytes[5] != (id & 0xff))
		return false;
	memcpy(of, bytes + HEADER, sizeof(*of));
	return true;
}
