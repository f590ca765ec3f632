/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VRRP message: RFC 9568 5.2 (version 3) and RFC 3768 5.3 (version 2).
 *
 * Decoding walks the part of the receive ladder (7.1) that needs no virtual
 * router: TTL, version, type, length, checksum and interval. What depends on
 * the configuration is the machine's (vrrp/receive.c).
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "vrrp/reason.h"

#include <stddef.h>
#include <stdint.h>

#define VRRP_PROTOCOL           112
#define VRRP_TTL                255
#define VRRP_TYPE_ADVERTISEMENT 1
#define VRRP_HEADER_SIZE        8
#define VRRP_V2_TRAILER_SIZE    8

/* More addresses do not fit into the byte of their count. What an MTU has room
 * for is another matter: vrrp_advert_room(). */
#define VRRP_ADDRESSES_MAX 255
#define VRRP_MESSAGE_MAX   (VRRP_HEADER_SIZE + 16 * VRRP_ADDRESSES_MAX)

/* Max Advertise Interval is 12 bits of centiseconds; v2 8 bits of seconds. */
#define VRRP_INTERVAL_MAX_V3 (4095 * TICK_CENTISECOND)
#define VRRP_INTERVAL_MAX_V2 (255 * TICK_SECOND)

/*
 * The two forms of the version 3 checksum over IPv4: the message alone (RFC
 * 9568 5.2.8), or with a pseudo-header before it (as RFC 5798 was read).
 * AUTO sends what the last valid peer sent, RFC 5798 before one was heard.
 */
enum vrrp_checksum {
	VRRP_CHECKSUM_AUTO,
	VRRP_CHECKSUM_RFC9568,
	VRRP_CHECKSUM_RFC5798,
	/*
	 * Of unicast in keepalived before 1.3.7: the same, but with the group
	 * in place of the destination.
	 */
	VRRP_CHECKSUM_OLD_UNICAST,
	VRRP_CHECKSUMS
} __attribute__((packed));

/* "auto", "rfc9568", …; "unknown" for what is none of them. */
const char *vrrp_checksum_name(enum vrrp_checksum form);

/*
 * RFC 2338 5.3.6; RFC 3768 took them back, and the field still uses the
 * password. It is sent in the clear and protects from mistakes only.
 */
enum vrrp_auth_type {
	VRRP_AUTH_NONE,
	VRRP_AUTH_PASSWORD,
	VRRP_AUTH_TYPES
};

/* An advertisement as it came: the IP payload and what the kernel told. */
struct vrrp_datagram {
	const uint8_t *bytes; /* first byte of the VRRP message */
	size_t length;        /* by the IP total length, not the frame's */
	struct ip source;
	struct ip destination;
	uint8_t ttl;
	tick_t received; /* when the kernel got it; not later than now */
};

/* The fields of a valid advertisement. */
struct vrrp_advert {
	uint8_t version; /* 2 or 3 */
	uint8_t vrid;
	uint8_t priority;
	uint8_t count;     /* of addresses; 0 is the machine's to judge */
	uint8_t auth_type; /* version 2 only, else 0 */
	uint8_t family;    /* enum ip_family, the carrier's */
	tick_t interval;   /* more than 0 */
	enum vrrp_checksum checksum;
	const uint8_t *addresses; /* count * ip_size(family), in the datagram */
	/* Version 2: VRRP_V2_TRAILER_SIZE bytes; NULL sends zeros. */
	const uint8_t *auth;
	/* Where it is sent to. IP_NONE: vrrp_group(); the checksum covers it.
	 */
	struct ip destination;
};

/* What depends on whom an advertisement is for, and on the way it came. */
struct vrrp_expected {
	uint8_t versions;  /* vrrp_version_bit(), or-ed */
	uint8_t ttl_least; /* VRRP_TTL: it has crossed no router */
};

static inline uint8_t vrrp_version_bit(uint8_t version)
{
	return (uint8_t)(1 << version);
}

/* Of whom nothing is known: both versions, by the group. */
extern const struct vrrp_expected vrrp_expect_any;

/*
 * The advertisement in a datagram, or the one reason why it is dropped, and
 * then `out` is untouched. `out->addresses` points into the datagram.
 */
enum vrrp_drop vrrp_decode(const struct vrrp_datagram *datagram,
			   const struct vrrp_expected *expected,
			   struct vrrp_advert *out);

/*
 * Writes an advertisement with its checksum; returns its length, or 0 if it
 * does not fit `capacity` or a field is out of range. `advert->checksum` must
 * be one of the forms for version 3 over IPv4; else it is not looked at.
 * `source` goes into the pseudo-header.
 */
size_t vrrp_encode(const struct vrrp_advert *advert, const struct ip *source,
		   uint8_t *bytes, size_t capacity);

/* 224.0.0.18 or ff02::12. */
struct ip vrrp_group(uint8_t family);

/* The configured destination, or vrrp_group() where that is IP_NONE. */
struct ip vrrp_destination(const struct ip *configured, uint8_t family);
