/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/neighbour.h"

#include "base/bytes.h"
#include "sys/neighbour_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PACKET_MAX 512
#define BATCH      32 /* packets that are read at once */

/* The last 32 bits of who claims: ar_spa (RFC 826), or the target (4861 4.4).
 */
#define ARP_TAIL 14
#define NA_TAIL  (8 + 12)

struct neighbour {
	struct neighbour_config config;
	int arp;
	int icmp;
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	struct sockaddr_ll from[BATCH];
	_Alignas(struct cmsghdr) char control[BATCH][256];
	uint8_t bytes[BATCH][PACKET_MAX];
};

/* Only claims of our own addresses shall wake us. */
static int listen_for(int fd, uint8_t family,
		      const struct neighbour_config *config)
{
	uint32_t *tails = calloc(config->address_count + 1, sizeof(*tails));
	size_t count = 0;
	int error;

	if (!tails)
		return -ENOMEM;
	for (size_t i = 0; i < config->address_count; i++) {
		const struct ip *ip = &config->addresses[i];
		const uint8_t *tail = ip->bytes + ip_size(ip->family) - 4;

		if (ip->family == family)
			tails[count++] = (uint32_t)tail[0] << 24 |
					 (uint32_t)tail[1] << 16 |
					 (uint32_t)tail[2] << 8 | tail[3];
	}
	error = neighbour_filter_attach(
		fd, family == IP_V4 ? ARP_TAIL : NA_TAIL, tails, count);
	free(tails);
	return error;
}

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
	if (!error)
		error = listen_for(n->arp, IP_V4, config);
	if (!error && n->icmp >= 0)
		error = listen_for(n->icmp, IP_V6, config);
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

static bool decode(struct neighbour *n, unsigned i, bool six,
		   struct neighbour_claim *claim)
{
	size_t length = n->messages[i].msg_len;

	if (six)
		return where(&n->messages[i].msg_hdr, &claim->ifindex) &&
		       decode_na(n->bytes[i], length, claim);
	claim->ifindex = (uint32_t)n->from[i].sll_ifindex;
	return n->from[i].sll_pkttype != PACKET_OUTGOING &&
	       decode_arp(n->bytes[i], length, claim);
}

/* How many there were, or less than 0. */
static int read_batch(struct neighbour *n, uint8_t family)
{
	bool six = family == IP_V6;

	for (unsigned i = 0; i < BATCH; i++) {
		n->vectors[i] = (struct iovec){ n->bytes[i], PACKET_MAX };
		n->messages[i].msg_hdr = (struct msghdr){
			.msg_name = six ? NULL : &n->from[i],
			.msg_namelen = six ? 0 : sizeof(n->from[i]),
			.msg_iov = &n->vectors[i],
			.msg_iovlen = 1,
			.msg_control = n->control[i],
			.msg_controllen = sizeof(n->control[i]),
		};
	}
	return recvmmsg(neighbour_fd(n, family), n->messages, BATCH,
			MSG_DONTWAIT, NULL);
}

void neighbour_read(struct neighbour *n, uint8_t family)
{
	for (unsigned done = 0; done < NEIGHBOUR_READ_MAX; done += BATCH) {
		int count = read_batch(n, family);

		for (int i = 0; i < count; i++) {
			struct neighbour_claim claim = { 0 };

			if (decode(n, (unsigned)i, family == IP_V6, &claim))
				n->config.claimed(n->config.context, &claim);
		}
		if (count < BATCH)
			return;
	}
}
