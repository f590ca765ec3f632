/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The codec of advertisements: RFC 9568 5.2 and 7.1, RFC 3768 5.3 and 7.1.
 *
 * The two versions differ in three places: the word at bytes 4 and 5, the 8
 * bytes of authentication data that version 2 has at its end, and what the
 * checksum covers. Everything else is one code.
 */
#include "vrrp/wire.h"

#include "base/bytes.h"
#include "base/must.h"
#include "vrrp/checksum.h"

#include <assert.h>

#define CHECKSUM_AT 6

static const char *const checksum_names[] = {
	[VRRP_CHECKSUM_AUTO] = "auto",
	[VRRP_CHECKSUM_RFC9568] = "rfc9568",
	[VRRP_CHECKSUM_RFC5798] = "rfc5798",
	[VRRP_CHECKSUM_OLD_UNICAST] = "old-unicast",
};
static_assert(ARRAY_LENGTH(checksum_names) == VRRP_CHECKSUMS,
	      "a name for each");

const char *vrrp_checksum_name(enum vrrp_checksum form)
{
	return (unsigned)form < VRRP_CHECKSUMS ? checksum_names[form]
					       : "unknown";
}

struct ip vrrp_group(uint8_t family)
{
	/* RFC 9568 5.1.1.2 and 5.1.2.2. */
	static const uint8_t v4[4] = { 224, 0, 0, 18 };
	static const uint8_t v6[16] = { 0xff, 0x02, [15] = 0x12 };

	return ip_from_bytes(family, family == IP_V4 ? v4 : v6);
}

struct ip vrrp_destination(const struct ip *configured, uint8_t family)
{
	return configured->family == IP_NONE ? vrrp_group(family) : *configured;
}

/*
 * Whether the checksum is right, and in which form. Version 2 and the RFC
 * 9568 form over IPv4 cover the message alone; IPv6 and the RFC 5798 form
 * have a pseudo-header before it. Of a peer that uses either one over IPv4 we
 * accept both: the field is split.
 */
static bool checksum_is_right(const struct vrrp_datagram *d, uint8_t version,
			      enum vrrp_checksum *form)
{
	const struct ip group = vrrp_group(IP_V4);
	uint32_t message = checksum_add(0, d->bytes, d->length);
	uint32_t with_pseudo = checksum_add_pseudo(
		message, &d->source, &d->destination, d->length, VRRP_PROTOCOL);

	if (d->source.family == IP_V4 && checksum_end(message) == 0) {
		*form = VRRP_CHECKSUM_RFC9568;
		return true;
	}
	if (version == 2)
		return false;
	*form = VRRP_CHECKSUM_RFC5798;
	if (checksum_end(with_pseudo) == 0)
		return true;
	*form = VRRP_CHECKSUM_OLD_UNICAST;
	return d->source.family == IP_V4 && !ip_is_multicast(&d->destination) &&
	       checksum_end(checksum_add_pseudo(message, &d->source, &group,
						d->length, VRRP_PROTOCOL)) == 0;
}

const struct vrrp_expected vrrp_expect_any = {
	.versions = 1 << 2 | 1 << 3,
	.ttl_least = VRRP_TTL,
};

enum vrrp_drop vrrp_decode(const struct vrrp_datagram *d,
			   const struct vrrp_expected *expected,
			   struct vrrp_advert *out)
{
	struct reader r = reader_over(d->bytes, d->length);
	struct vrrp_advert a = { .family = d->source.family };
	uint8_t version_type = read_u8(&r);
	uint16_t word;
	size_t trailer;

	a.version = version_type >> 4;
	a.vrid = read_u8(&r);
	a.priority = read_u8(&r);
	a.count = read_u8(&r);
	word = read_u16(&r);
	read_u16(&r); /* the checksum, judged over the whole */

	/* RFC 9568 7.1, in its order. */
	if (d->ttl < expected->ttl_least)
		return VRRP_DROP_TTL;
	if (r.bad)
		return VRRP_DROP_TRUNCATED;
	/* Version 2 knows no IPv6 (RFC 3768 1). */
	if (!(expected->versions & vrrp_version_bit(a.version)) ||
	    (a.version == 2 && a.family != IP_V4))
		return VRRP_DROP_VERSION;
	if ((version_type & 0x0f) != VRRP_TYPE_ADVERTISEMENT)
		return VRRP_DROP_TYPE;
	/* The complete packet, and nothing behind it. */
	trailer = a.version == 2 ? VRRP_V2_TRAILER_SIZE : 0;
	if (reader_left(&r) != a.count * ip_size(a.family) + trailer)
		return VRRP_DROP_LENGTH;
	if (!checksum_is_right(d, a.version, &a.checksum))
		return VRRP_DROP_CHECKSUM;
	if (a.vrid == 0) /* 5.2.3: 1 to 255, so it is nobody's */
		return VRRP_DROP_VRID;

	if (a.version == 2) {
		a.auth_type = (uint8_t)(word >> 8);
		a.interval = (word & 0xff) * TICK_SECOND;
	} else { /* 5.2.6: Reserve is ignored */
		a.interval = (word & 0x0fff) * TICK_CENTISECOND;
	}
	if (a.interval == 0) /* erratum 8301 */
		return VRRP_DROP_INTERVAL_ZERO;
	a.addresses = r.at;
	if (a.version == 2)
		a.auth = r.at + a.count * ip_size(a.family);
	a.destination = d->destination;
	*out = a;
	return VRRP_DROP_NONE;
}

/* Bytes 4 and 5, or -1 when the interval cannot be said in this version. */
static int interval_word(const struct vrrp_advert *a)
{
	tick_t unit = a->version == 2 ? TICK_SECOND : TICK_CENTISECOND;
	tick_t most =
		a->version == 2 ? VRRP_INTERVAL_MAX_V2 : VRRP_INTERVAL_MAX_V3;

	if (a->interval < unit || a->interval > most || a->interval % unit)
		return -1;
	return (int)(a->interval / unit) |
	       (a->version == 2 ? a->auth_type << 8 : 0);
}

size_t vrrp_encode(const struct vrrp_advert *a, const struct ip *source,
		   uint8_t *bytes, size_t capacity)
{
	struct writer w = writer_over(bytes, capacity);
	struct ip destination = vrrp_destination(&a->destination, a->family);
	int word = interval_word(a);
	uint32_t sum = 0;
	uint16_t check;
	size_t length;

	if (word < 0 || a->vrid == 0 || source->family != a->family ||
	    destination.family != a->family ||
	    (a->version != 3 && !(a->version == 2 && a->family == IP_V4)))
		return 0;

	write_u8(&w, (uint8_t)(a->version << 4 | VRRP_TYPE_ADVERTISEMENT));
	write_u8(&w, a->vrid);
	write_u8(&w, a->priority);
	write_u8(&w, a->count);
	write_u16(&w, (uint16_t)word);
	write_u16(&w, 0);
	write_bytes(&w, a->addresses, a->count * ip_size(a->family));
	if (a->version == 2 && a->auth)
		write_bytes(&w, a->auth, VRRP_V2_TRAILER_SIZE);
	else if (a->version == 2) /* RFC 3768 5.3.10 */
		write_zeros(&w, VRRP_V2_TRAILER_SIZE);
	if (w.bad)
		return 0;

	length = writer_length(&w);
	if (a->version == 3 && a->family == IP_V4 &&
	    a->checksum == VRRP_CHECKSUM_OLD_UNICAST)
		destination = vrrp_group(IP_V4);
	if (a->family == IP_V6 ||
	    (a->version == 3 && a->checksum != VRRP_CHECKSUM_RFC9568))
		sum = checksum_add_pseudo(sum, source, &destination, length,
					  VRRP_PROTOCOL);
	check = checksum_end(checksum_add(sum, bytes, length));
	bytes[CHECKSUM_AT] = (uint8_t)(check >> 8);
	bytes[CHECKSUM_AT + 1] = (uint8_t)check;
	return length;
}
