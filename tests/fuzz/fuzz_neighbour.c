/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as ARP and as neighbour advertisements, with whatever the kernel
 * tells beside them (sys/neighbour.h).
 *
 * The input is a list of packets: a byte says of which family it is and what is
 * told, one says its length in units of 2 bytes. What the daemon takes for a
 * claim is looked for again in the bytes, by the offsets of the RFCs.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "datagrams.h"
#include "sys/neighbour.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>

#define INTERFACE 7

/* What is told of a packet, by the first byte. */
#define SIX      1
#define OUTGOING 2 /* ARP: it is our own */
#define NAMELESS 2 /* NA: not where it came in */
#define FAR      4 /* NA: a router has forwarded it */
#define SHORT    8 /* a piece of ancillary data is too short */
#define TWICE    16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The packets of one family that may be claims, in order. */
struct expected {
	const uint8_t *bytes[DATAGRAMS_MAX];
	size_t length[DATAGRAMS_MAX];
	unsigned count, next;
	bool six;
};

/* Whether the packet says that: RFC 826, RFC 4861 4.4. */
static bool says(const uint8_t *bytes, size_t length, bool six,
		 const struct neighbour_claim *claim)
{
	static const uint8_t ethernet[] = { 0, 1, 8, 0, 6, 4 };

	if (!six)
		return length >= 28 && memcmp(bytes, ethernet, 6) == 0 &&
		       claim->address.family == IP_V4 &&
		       memcmp(bytes + 8, claim->mac, 6) == 0 &&
		       memcmp(bytes + 14, claim->address.bytes, 4) == 0;
	if (length < 24 || bytes[0] != 136 || claim->address.family != IP_V6 ||
	    memcmp(bytes + 8, claim->address.bytes, 16) != 0)
		return false;
	for (size_t at = 24; at + 8 <= length && bytes[at + 1] > 0;
	     at += 8u * bytes[at + 1])
		if (bytes[at] == 2)
			return memcmp(bytes + at + 2, claim->mac, 6) == 0;
	return false;
}

/* Claims come in the order of the packets; not each packet is one. */
static void claimed(void *context, const struct neighbour_claim *claim)
{
	struct expected *e = context;

	MUST(claim->ifindex == INTERFACE);
	while (e->next < e->count &&
	       !says(e->bytes[e->next], e->length[e->next], e->six, claim))
		e->next++;
	MUST(e->next < e->count);
	e->next++;
}

static void tell_of_six(struct datagram *d, uint8_t told)
{
	struct in6_pktinfo info = { .ipi6_ifindex = INTERFACE };
	int limit = told & FAR ? 254 : 255;

	for (int n = 0; n <= !!(told & TWICE); n++) {
		if (!(told & NAMELESS))
			datagram_tell(d, IPPROTO_IPV6, IPV6_PKTINFO, &info,
				      sizeof(info));
		datagram_tell(d, IPPROTO_IPV6, IPV6_HOPLIMIT, &limit,
			      sizeof(limit));
	}
	/* What nobody here has asked for. */
	if (told & SHORT)
		datagram_tell(d, IPPROTO_IPV6, IPV6_TCLASS, &limit, 1);
}

static void add(struct expected *e, uint8_t told, const uint8_t *bytes,
		size_t length)
{
	struct sockaddr_ll from = {
		.sll_family = AF_PACKET,
		.sll_ifindex = INTERFACE,
		.sll_pkttype =
			told & OUTGOING ? PACKET_OUTGOING : PACKET_BROADCAST,
	};
	bool six = told & SIX;
	struct datagram *d;

	if (six != e->six)
		return;
	d = datagrams_add(bytes, length, six ? NULL : &from,
			  six ? 0 : sizeof(from));
	if (!d)
		return;
	if (six)
		tell_of_six(d, told);
	if (six ? told & (NAMELESS | FAR) : told & OUTGOING)
		return;
	e->bytes[e->count] = bytes;
	e->length[e->count++] = length;
}

static void play(const uint8_t *data, size_t size, uint8_t family)
{
	static struct expected expected;
	struct neighbour_config config = {
		.claimed = claimed,
		.context = &expected,
	};
	struct reader r = reader_over(data, size);
	struct neighbour *n = NULL;

	expected = (struct expected){ .six = family == IP_V6 };
	datagrams_clear();
	while (reader_left(&r) > 1) {
		uint8_t told = read_u8(&r);
		size_t length = 2u * read_u8(&r);

		if (length > reader_left(&r))
			length = reader_left(&r);
		add(&expected, told, read_bytes(&r, length), length);
	}
	MUST(neighbour_open(&n, &config) == 0);
	while (datagrams_count() > 0)
		neighbour_read(n, family);
	neighbour_read(n, family);
	neighbour_close(n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	play(data, size, IP_V4);
	play(data, size, IP_V6);
	return 0;
}
