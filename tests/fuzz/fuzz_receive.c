/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as they come from the raw sockets of protocol 112, with what the
 * kernel tells beside them (sys/receive.h), and on into the core.
 *
 * The input is a list of packets: a byte of what is told, one of the length in
 * units of 4 bytes, one of the TTL or hop limit, and the bytes: of IPv4 with
 * their header. Where a packet ends and who sent it is worked out again here,
 * by RFC 791, and must be what the core was given.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "datagrams.h"
#include "sys/clock.h"
#include "sys/receive.h"
#include "vrrp/vrrp.h"

#include <netinet/in.h>
#include <string.h>
#include <time.h>

#define INTERFACE 7

/* What is told of a packet. */
#define SIX       1
#define NO_INFO   2 /* no packet info */
#define NO_STAMP  4
#define NO_TTL    8   /* IPv6: no hop limit */
#define DROPPED   16  /* the kernel has dropped some */
#define ODD_STAMP 32  /* of the future, or long ago */
#define STRANGE   64  /* ancillary data that nobody has asked for */
#define HEADER    128 /* IPv4: the bytes follow a header that is right */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was put in, in order. */
static struct packet {
	uint8_t bytes[4 * UINT8_MAX + 20];
	size_t length;
	uint8_t told, ttl;
} packets[DATAGRAMS_MAX];
static unsigned packet_count, next;
static uint8_t family_now;
static tick_t now_is;

static struct vrrp_config config;
static struct vrrp core;

static void start(uint8_t family)
{
	static struct ip address;
	struct vrrp_event up = { .type = VRRP_EVENT_INTERFACE };
	struct vrrp_event startup = { .type = VRRP_EVENT_STARTUP };
	struct vrrp_actions out;

	MUST(ip_parse(family == IP_V4 ? "192.0.2.1" : "fe80::1", &address) ==
	     0);
	config = (struct vrrp_config){
		VRRP_CONFIG_DEFAULTS,
		.family = family,
		.version = 3,
		.vrid = 10,
		.priority = 100,
		.preempt = true,
		.interval = TICK_SECOND,
		.addresses = &address,
		.address_count = 1,
	};
	vrrp_init(&core, &config);
	up.interface.status = VRRP_INTERFACE_UP;
	MUST(ip_parse(family == IP_V4 ? "192.0.2.11" : "fe80::b",
		      &up.interface.source) == 0);
	vrrp_step(&core, now_is, &up, &out);
	vrrp_step(&core, now_is, &startup, &out);
	MUST(core.state == VRRP_BACKUP);
}

/* Whether these bytes of a packet are its message; RFC 791 3.1. */
static bool is_message(const struct packet *p, const struct vrrp_datagram *d)
{
	size_t length =
		p->length < RECEIVE_PACKET_MAX ? p->length : RECEIVE_PACKET_MAX;
	size_t header = 4u * (p->bytes[0] & 15), total;

	if (p->told & SIX)
		return d->length == length &&
		       memcmp(d->bytes, p->bytes, length) == 0;
	if (length < 20 || p->bytes[0] >> 4 != 4 || header < 20 ||
	    header > length)
		return false;
	total = (size_t)(p->bytes[2] << 8 | p->bytes[3]);
	if (total < header)
		return false;
	total = total < length ? total : length;
	return d->length == total - header &&
	       memcmp(d->bytes, p->bytes + header, d->length) == 0 &&
	       d->ttl == p->bytes[8] && d->source.family == IP_V4 &&
	       memcmp(d->source.bytes, p->bytes + 12, 4) == 0 &&
	       memcmp(d->destination.bytes, p->bytes + 16, 4) == 0;
}

static void take(void *context, const struct received *list, unsigned count)
{
	struct vrrp_actions out;

	(void)context;
	MUST(count > 0 && count <= RECEIVE_BATCH);
	for (unsigned n = 0; n < count; n++) {
		const struct vrrp_datagram *d = &list[n].datagram;
		struct vrrp_event event = {
			.type = VRRP_EVENT_ADVERT,
			.datagram = *d,
		};
		const struct packet *p;

		while (next < packet_count && !is_message(&packets[next], d))
			next++;
		MUST(next < packet_count);
		p = &packets[next++];
		MUST(d->received <= now_is);
		MUST(list[n].ifindex == (p->told & NO_INFO ? 0 : INTERFACE));
		if ((p->told & SIX) && !(p->told & NO_TTL))
			MUST(d->ttl == p->ttl);
		vrrp_step(&core, now_is, &event, &out);
		MUST(out.count <= VRRP_ACTIONS_MAX);
	}
}

static void tell_address(struct datagram *d, const struct packet *p)
{
	struct in_pktinfo four = { .ipi_ifindex = INTERFACE };
	struct in6_pktinfo six = { .ipi6_ifindex = INTERFACE };

	if (p->told & NO_INFO)
		return;
	if (p->told & SIX) {
		six.ipi6_addr =
			(struct in6_addr){ .s6_addr = { 0xff, 2, [15] = 18 } };
		datagram_tell(d, IPPROTO_IPV6, IPV6_PKTINFO, &six, sizeof(six));
	} else {
		datagram_tell(d, IPPROTO_IP, IP_PKTINFO, &four, sizeof(four));
	}
}

static void tell(struct datagram *d, const struct packet *p)
{
	struct timespec stamp = { .tv_sec = clock_real_now() / TICK_SECOND };
	uint32_t drops = p->ttl;
	int limit = p->ttl;

	if (p->told & ODD_STAMP)
		stamp.tv_sec = p->ttl & 1 ? INT64_MAX / TICK_SECOND - 1 : 1;
	if (p->told & DROPPED)
		datagram_tell(d, SOL_SOCKET, SO_RXQ_OVFL, &drops,
			      sizeof(drops));
	if (!(p->told & NO_STAMP))
		datagram_tell(d, SOL_SOCKET, SCM_TIMESTAMPNS, &stamp,
			      sizeof(stamp));
	tell_address(d, p);
	if ((p->told & SIX) && !(p->told & NO_TTL))
		datagram_tell(d, IPPROTO_IPV6, IPV6_HOPLIMIT, &limit,
			      sizeof(limit));
	if (p->told & STRANGE)
		datagram_tell(d, SOL_SOCKET, SCM_TIMESTAMPNS, &limit, 1);
}

/* 192.0.2.10 to 224.0.0.18, and no options. */
static size_t put_header(struct packet *p, size_t length)
{
	const uint8_t header[20] = { 0x45,
				     0xc0,
				     (uint8_t)((length + 20) >> 8),
				     (uint8_t)(length + 20),
				     0,
				     1,
				     0,
				     0,
				     p->ttl,
				     112,
				     0,
				     0,
				     192,
				     0,
				     2,
				     10,
				     224,
				     0,
				     0,
				     18 };

	memcpy(p->bytes, header, sizeof(header));
	return sizeof(header);
}

static void add(struct reader *r)
{
	struct packet *p = &packets[packet_count];
	size_t length, at = 0;
	struct sockaddr_in6 from = { .sin6_family = AF_INET6,
				     .sin6_addr.s6_addr = { 0xfe,
							    0x80, [15] = 10 } };
	struct datagram *d;

	p->told = read_u8(r);
	length = 4u * read_u8(r);
	p->ttl = read_u8(r);
	length = length < reader_left(r) ? length : reader_left(r);
	if (!(p->told & SIX) && (p->told & HEADER))
		at = put_header(p, length);
	if (length > 0)
		memcpy(p->bytes + at, read_bytes(r, length), length);
	p->length = at + length;
	if (((p->told & SIX) != 0) != (family_now == IP_V6))
		return;
	d = datagrams_add(p->bytes, p->length, &from, sizeof(from));
	if (!d)
		return;
	tell(d, p);
	packet_count++;
}

static void play(const uint8_t *data, size_t size, uint8_t family)
{
	static const struct receive_config wanted = { .packets = take };
	static struct receive *receive;
	struct reader r = reader_over(data, size);
	struct receive_counters before, after;
	unsigned count;

	family_now = family;
	now_is = clock_now();
	datagrams_clear();
	packet_count = next = 0;
	start(family);
	while (reader_left(&r) > 2 && packet_count < DATAGRAMS_MAX)
		add(&r);
	count = packet_count;
	if (!receive)
		MUST(receive_open(&receive, &wanted) == 0);
	before = receive_counters(receive);
	MUST(receive_drain(receive, family, now_is) == (int)count);
	MUST(datagrams_count() == 0);
	after = receive_counters(receive);
	MUST(after.packets + after.malformed ==
	     before.packets + before.malformed + count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play(data, size, IP_V4);
	play(data, size, IP_V6);
	return 0;
}
