/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/neighbour.h"

#include "base/bytes.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_MAX 512

struct neighbour {
	struct neighbour_config config;
	int arp;
	int icmp;
};

static int open_icmp(void)
{
	struct icmp6_filter filter;
	int on = 1;
	int fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			IPPROTO_ICMPV6);

	if (fd < 0)
		return -errno;
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &filter);
	if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter,
		       sizeof(filter)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof(on))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int neighbour_open(struct neighbour **out,
		   const struct neighbour_config *config)
{
	struct neighbour *n = calloc(1, sizeof(*n));
	int error;

	if (!n)
		return -ENOMEM;
	n->config = *config;
	n->arp = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			htons(ETH_P_ARP));
	error = n->arp < 0 ? -errno : 0;
	n->icmp = error ? -1 : open_icmp();
	if (!error && n->icmp < 0 && n->icmp != -EAFNOSUPPORT)
		error = n->icmp;
	if (error) {
		neighbour_close(n);
		return error;
	}
	*out = n;
	return 0;
}

void neighbour_close(struct neighbour *n)
{
	if (!n)
		return;
	if (n->arp >= 0)
		close(n->arp);
	if (n->icmp >= 0)
		close(n->icmp);
	free(n);
}

int neighbour_fd(const struct neighbour *n, uint8_t family)
{
	return family == IP_V4 ? n->arp : n->icmp < 0 ? -1 : n->icmp;
}

/* RFC 826 over Ethernet: a request or an answer tells of its sender. */
static bool decode_arp(const uint8_t *bytes, size_t length,
		       struct neighbour_claim *out)
{
	struct reader r = reader_over(bytes, length);
	uint16_t hardware = read_u16(&r), protocol = read_u16(&r);
	uint16_t sizes = read_u16(&r);
	const uint8_t *mac, *ip;

	read_u16(&r);
	mac = read_bytes(&r, 6);
	ip = read_bytes(&r, 4);
	read_bytes(&r, 10);
	if (r.bad || hardware != 1 || protocol != ETH_P_IP || sizes != 0x0604)
		return false;
	memcpy(out->mac, mac, 6);
	out->address = ip_from_bytes(IP_V4, ip);
	return true;
}

/* RFC 4861 4.4 and 4.6.1: the target, and its link-layer address. */
static bool decode_na(const uint8_t *bytes, size_t length,
		      struct neighbour_claim *out)
{
	struct reader r = reader_over(bytes, length);
	const uint8_t *target;
	uint8_t type = read_u8(&r);

	read_bytes(&r, 7);
	target = read_bytes(&r, 16);
	if (r.bad || type != ND_NEIGHBOR_ADVERT)
		return false;
	out->address = ip_from_bytes(IP_V6, target);
	while (reader_left(&r) >= 8) {
		uint8_t option = read_u8(&r);
		size_t size = 8 * (size_t)read_u8(&r);
		const uint8_t *body;

		if (size == 0)
			return false;
		body = read_bytes(&r, size - 2);
		if (!body)
			return false;
		if (option == ND_OPT_TARGET_LINKADDR) {
			memcpy(out->mac, body, 6);
			return true;
		}
	}
	return false;
}

/* The interface of a packet; false if it came from beyond the link. */
static bool where(struct msghdr *message, uint32_t *ifindex)
{
	bool near = false, known = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c;
	     c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			*ifindex = (uint32_t)info.ipi6_ifindex;
			known = true;
		} else if (c->cmsg_type == IPV6_HOPLIMIT) {
			int limit;

			memcpy(&limit, CMSG_DATA(c), sizeof(limit));
			near = limit == 255;
		}
	}
	return known && near;
}

static ssize_t receive_one(int fd, bool six, uint8_t *bytes,
			   struct neighbour_claim *claim, bool *good)
{
	_Alignas(struct cmsghdr) char control[256];
	struct sockaddr_ll from = { 0 };
	struct iovec iov = { bytes, PACKET_MAX };
	struct msghdr message = {
		.msg_name = six ? NULL : &from,
		.msg_namelen = six ? 0 : sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t length = recvmsg(fd, &message, MSG_DONTWAIT);

	if (length < 0)
		return length;
	if (six) {
		*good = where(&message, &claim->ifindex) &&
			decode_na(bytes, (size_t)length, claim);
	} else {
		claim->ifindex = (uint32_t)from.sll_ifindex;
		*good = from.sll_pkttype != PACKET_OUTGOING &&
			decode_arp(bytes, (size_t)length, claim);
	}
	return length;
}

void neighbour_read(struct neighbour *n, uint8_t family)
{
	uint8_t bytes[PACKET_MAX];

	for (unsigned i = 0; i < NEIGHBOUR_READ_MAX; i++) {
		struct neighbour_claim claim = { 0 };
		bool good = false;

		if (receive_one(neighbour_fd(n, family), family == IP_V6, bytes,
				&claim, &good) < 0)
			return;
		if (good)
			n->config.claimed(n->config.context, &claim);
	}
}
