/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Echo requests (RFC 792, RFC 4443 4.1), and what comes back. A request says in
 * its data which round it is of, beside a number that only this process knows
 * and who was asked: so a reply is matched without a search, and neither a
 * stranger nor another server can make it up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a round is known by. */
struct ping_of {
	uint64_t secret; /* of the round */
	uint32_t number, generation;
};

#define PING_LENGTH 64 /* bytes, as keepalived and ping(8) send them */

/* An echo request; that of IPv6 is without its checksum, which the kernel
 * adds. */
void ping_request(bool six, uint16_t id, const struct ping_of *of,
		  uint8_t bytes[PING_LENGTH]);

/*
 * Whether `length` bytes may be a reply to a request of that id, as a raw
 * socket has them: with the header of IPv4, without that of IPv6. Then `of` is
 * of which round it says to be.
 */
bool ping_reply(bool six, uint16_t id, const uint8_t *bytes, size_t length,
		struct ping_of *of);
