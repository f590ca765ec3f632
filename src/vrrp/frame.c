/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vrrp/frame.h"

#include "base/bytes.h"
#include "vrrp/checksum.h"

#define ETHERTYPE_IPV4   0x0800
#define ETHERTYPE_ARP    0x0806
#define ETHERTYPE_IPV6   0x86dd
#define ETHERNET_SIZE    14
#define IPV4_HEADER_SIZE 20
#define IPV6_HEADER_SIZE 40
/* Class selector 6, network control: RFC 9568 2.5 wants adverts to pass. */
#define DSCP_CS6               0xc0
#define IPV4_DONT_FRAGMENT     0x4000
#define NEXT_HEADER_ICMPV6     58
#define ND_HOP_LIMIT           255 /* RFC 4861 4.3, 4.4 */
#define ND_NEIGHBOR_SOLICIT    135
#define ND_NEIGHBOR_ADVERT     136
#define ND_FLAG_ROUTER         0x80
#define ND_FLAG_OVERRIDE       0x20
#define ND_OPT_SOURCE_LINKADDR 1
#define ND_OPT_TARGET_LINKADDR 2
#define ICMPV6_ND_SIZE         32

static void write_ethernet(struct writer *w, const uint8_t *destination,
			   const uint8_t *source, uint16_t type)
{
	write_bytes(w, destination, VRRP_MAC_SIZE);
	write_bytes(w, source, VRRP_MAC_SIZE);
	write_u16(w, type);
}

/* RFC 1112 6.4 and RFC 2464 7: the group's last bytes behind a prefix. */
static void group_mac(const struct ip *group, uint8_t mac[VRRP_MAC_SIZE])
{
	if (group->family == IP_V4) {
		static const uint8_t prefix[3] = { 0x01, 0x00, 0x5e };

		memcpy(mac, prefix, 3);
		memcpy(mac + 3, group->bytes + 1, 3);
		mac[3] &= 0x7f;
	} else {
		mac[0] = mac[1] = 0x33;
		memcpy(mac + 2, group->bytes + 12, 4);
	}
}

static void write_ipv4(struct writer *w, const struct ip *source,
		       const struct ip *destination, size_t payload,
		       uint8_t ttl)
{
	uint8_t *start = w->at;
	uint16_t check;

	write_u8(w, 0x45);
	write_u8(w, DSCP_CS6);
	write_u16(w, (uint16_t)(IPV4_HEADER_SIZE + payload));
	write_u16(w, 0);
	write_u16(w, IPV4_DONT_FRAGMENT);
	write_u8(w, ttl);
	write_u8(w, VRRP_PROTOCOL);
	write_u16(w, 0);
	write_bytes(w, source->bytes, 4);
	write_bytes(w, destination->bytes, 4);
	if (w->bad)
		return;
	check = checksum_end(checksum_add(0, start, IPV4_HEADER_SIZE));
	start[10] = (uint8_t)(check >> 8);
	start[11] = (uint8_t)check;
}

static void write_ipv6(struct writer *w, const struct ip *source,
		       const struct ip *destination, size_t payload,
		       uint8_t next_header, uint8_t hop_limit)
{
	write_u16(w, 0x6000 | DSCP_CS6 << 4);
	write_u16(w, 0);
	write_u16(w, (uint16_t)payload);
	write_u8(w, next_header);
	write_u8(w, hop_limit);
	write_bytes(w, source->bytes, 16);
	write_bytes(w, destination->bytes, 16);
}

static size_t ip_header_size(uint8_t family)
{
	return family == IP_V4 ? IPV4_HEADER_SIZE : IPV6_HEADER_SIZE;
}

size_t vrrp_packet_advert_size(uint8_t family, uint8_t version, uint8_t count)
{
	return ip_header_size(family) + VRRP_HEADER_SIZE +
	       count * ip_size(family) +
	       (version == 2 ? VRRP_V2_TRAILER_SIZE : 0);
}

size_t vrrp_frame_advert_size(uint8_t family, uint8_t version, uint8_t count)
{
	return ETHERNET_SIZE + vrrp_packet_advert_size(family, version, count);
}

uint8_t vrrp_advert_room(uint8_t family, uint8_t version, size_t mtu)
{
	size_t empty = vrrp_frame_advert_size(family, version, 0);
	size_t room = mtu > empty ? (mtu - empty) / ip_size(family) : 0;

	return room > UINT8_MAX ? UINT8_MAX : (uint8_t)room;
}

size_t vrrp_packet_advert(const struct vrrp_advert *advert,
			  const struct ip *source, uint8_t ttl, uint8_t *packet,
			  size_t capacity)
{
	struct ip destination =
		vrrp_destination(&advert->destination, advert->family);
	size_t header = ip_header_size(advert->family);
	struct writer w = writer_over(packet, capacity);
	size_t length;

	/* The message is built where it stays: it may have a password. */
	if (capacity < header)
		return 0;
	length =
		vrrp_encode(advert, source, packet + header, capacity - header);
	if (length == 0)
		return 0;
	if (advert->family == IP_V4)
		write_ipv4(&w, source, &destination, length, ttl);
	else
		write_ipv6(&w, source, &destination, length, VRRP_PROTOCOL,
			   ttl);
	return w.bad ? 0 : header + length;
}

size_t vrrp_frame_advert(const struct vrrp_advert *advert,
			 const struct ip *source,
			 const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
			 size_t capacity)
{
	struct ip destination =
		vrrp_destination(&advert->destination, advert->family);
	uint8_t to[VRRP_MAC_SIZE];
	struct writer w = writer_over(frame, capacity);
	size_t length;

	group_mac(&destination, to);
	write_ethernet(&w, to, mac,
		       advert->family == IP_V4 ? ETHERTYPE_IPV4
					       : ETHERTYPE_IPV6);
	if (w.bad)
		return 0;
	length = vrrp_packet_advert(advert, source, VRRP_TTL, w.at,
				    capacity - ETHERNET_SIZE);
	return length == 0 ? 0 : ETHERNET_SIZE + length;
}

static const uint8_t broadcast[VRRP_MAC_SIZE] = { 0xff, 0xff, 0xff,
						  0xff, 0xff, 0xff };

/* RFC 826: a request of `sender` for `target`. */
static size_t write_arp(const struct ip *sender, const struct ip *target,
			const uint8_t *target_mac,
			const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
			size_t capacity)
{
	/* Ethernet, IPv4, 6 and 4 bytes, request. */
	static const uint8_t arp[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	struct writer w = writer_over(frame, capacity);

	write_ethernet(&w, broadcast, mac, ETHERTYPE_ARP);
	write_bytes(&w, arp, sizeof(arp));
	write_bytes(&w, mac, VRRP_MAC_SIZE);
	write_bytes(&w, sender->bytes, 4);
	write_bytes(&w, target_mac, VRRP_MAC_SIZE);
	write_bytes(&w, target->bytes, 4);
	return w.bad ? 0 : writer_length(&w);
}

size_t vrrp_frame_garp(const struct ip *address,
		       const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		       size_t capacity)
{
	/*
	 * RFC 9568 6.4.1 (100), errata 7947 and 7949: the virtual address as
	 * sender and as target, our MAC as both hardware addresses.
	 */
	return write_arp(address, address, mac, mac, frame, capacity);
}

size_t vrrp_frame_arp_request(const struct ip *target, const struct ip *source,
			      const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
			      size_t capacity)
{
	static const uint8_t unknown[VRRP_MAC_SIZE];

	return write_arp(source, target, unknown, mac, frame, capacity);
}

/*
 * RFC 4861 4.3 and 4.4: type, flags, target, and our link-layer address as
 * this option, or none (0).
 */
static size_t write_nd(uint8_t type, uint8_t flags, uint8_t option,
		       const struct ip *source, const struct ip *destination,
		       const struct ip *target,
		       const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		       size_t capacity)
{
	uint8_t to[VRRP_MAC_SIZE];
	struct writer w = writer_over(frame, capacity);
	size_t size = option ? ICMPV6_ND_SIZE : ICMPV6_ND_SIZE - 8;
	uint8_t *icmp;
	uint16_t check;

	group_mac(destination, to);
	write_ethernet(&w, to, mac, ETHERTYPE_IPV6);
	write_ipv6(&w, source, destination, size, NEXT_HEADER_ICMPV6,
		   ND_HOP_LIMIT);
	icmp = w.at;
	write_u8(&w, type);
	write_u8(&w, 0);
	write_u16(&w, 0);
	write_u8(&w, flags);
	write_zeros(&w, 3);
	write_bytes(&w, target->bytes, 16);
	if (option) {
		write_u8(&w, option);
		write_u8(&w, 1); /* in units of 8 bytes */
		write_bytes(&w, mac, VRRP_MAC_SIZE);
	}
	if (w.bad)
		return 0;
	check = checksum_end(checksum_add_pseudo(checksum_add(0, icmp, size),
						 source, destination, size,
						 NEXT_HEADER_ICMPV6));
	icmp[2] = (uint8_t)(check >> 8);
	icmp[3] = (uint8_t)check;
	return writer_length(&w);
}

size_t vrrp_frame_na(const struct ip *address, bool router,
		     const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		     size_t capacity)
{
	static const uint8_t nodes[16] = { 0xff, 0x02, [15] = 0x01 };
	struct ip all_nodes = ip_from_bytes(IP_V6, nodes);

	/* RFC 9568 6.4.1 (105): R set, S clear, O set. */
	return write_nd(ND_NEIGHBOR_ADVERT,
			(router ? ND_FLAG_ROUTER : 0) | ND_FLAG_OVERRIDE,
			ND_OPT_TARGET_LINKADDR, address, &all_nodes, address,
			mac, frame, capacity);
}

size_t vrrp_frame_ns(const struct ip *target, const struct ip *source,
		     const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		     size_t capacity)
{
	/* RFC 4291 2.7.1: the solicited-node group of the target. */
	uint8_t group[16] = { 0xff, 0x02, [11] = 0x01, [12] = 0xff };
	/* RFC 4861 4.3: from the unspecified address there is no option. */
	uint8_t option = ip_is_unspecified(source) ? 0 : ND_OPT_SOURCE_LINKADDR;
	struct ip nodes;

	memcpy(group + 13, target->bytes + 13, 3);
	nodes = ip_from_bytes(IP_V6, group);
	return write_nd(ND_NEIGHBOR_SOLICIT, 0, option, source, &nodes, target,
			mac, frame, capacity);
}
