/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole Ethernet frames, ready for a packet socket: advertisements (RFC 9568
 * 5.1, 7.2), gratuitous ARP (6.4.1) and unsolicited neighbour advertisements
 * (RFC 4861 4.4); and advertisements as IP packets, which the kernel routes.
 * Built once and sent many times.
 */
#pragma once

#include "base/ip.h"
#include "vrrp/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VRRP_MAC_SIZE  6
#define VRRP_FRAME_MAX (14 + 40 + VRRP_MESSAGE_MAX)
#define VRRP_GARP_SIZE 42
#define VRRP_NA_SIZE   86

/* What an advertisement's frame takes, with so many addresses. */
size_t vrrp_frame_advert_size(uint8_t family, uint8_t version, uint8_t count);

/* An advertisement's frame, or 0 if it does not fit. */
size_t vrrp_frame_advert(const struct vrrp_advert *advert,
			 const struct ip *source,
			 const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
			 size_t capacity);

/* What an advertisement's IP packet takes, with so many addresses. */
size_t vrrp_packet_advert_size(uint8_t family, uint8_t version, uint8_t count);

/*
 * How many addresses an advertisement has room for on a link with that MTU, at
 * most 255. As keepalived, which takes the header of Ethernet for a part of the
 * MTU: it drops a list that is longer than its own.
 */
uint8_t vrrp_advert_room(uint8_t family, uint8_t version, size_t mtu);

/* An advertisement's IP packet to its destination, or 0 if it does not fit. */
size_t vrrp_packet_advert(const struct vrrp_advert *advert,
			  const struct ip *source, uint8_t ttl, uint8_t *packet,
			  size_t capacity);

/* A gratuitous ARP request for an IPv4 address: 42 bytes. */
size_t vrrp_frame_garp(const struct ip *address,
		       const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		       size_t capacity);

/*
 * An ARP request for an IPv4 address from `source`: 42 bytes. With 0.0.0.0 it
 * is a probe (RFC 5227), which changes nobody's cache.
 */
size_t vrrp_frame_arp_request(const struct ip *target, const struct ip *source,
			      const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
			      size_t capacity);

/*
 * A neighbour solicitation for an IPv6 address from `source`: 86 bytes, or 78
 * where that is unspecified.
 */
size_t vrrp_frame_ns(const struct ip *target, const struct ip *source,
		     const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		     size_t capacity);

/* An unsolicited NA with the override flag for an IPv6 address: 86 bytes. */
size_t vrrp_frame_na(const struct ip *address, bool router,
		     const uint8_t mac[VRRP_MAC_SIZE], uint8_t *frame,
		     size_t capacity);
