/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Internet checksum (RFC 1071), and what VRRP and ICMPv6 put before it:
 * the pseudo-header of RFC 8200 8.1, or of IPv4 in the same order.
 */
#pragma once

#include "base/ip.h"

#include <stddef.h>
#include <stdint.h>

/* Adds bytes to a sum that starts at 0; an odd last byte is padded. */
uint32_t checksum_add(uint32_t sum, const uint8_t *bytes, size_t length);

/* Adds source, destination, length and next header. */
uint32_t checksum_add_pseudo(uint32_t sum, const struct ip *source,
			     const struct ip *destination, size_t length,
			     uint8_t next_header);

/* The complement of the folded sum; 0 over bytes that hold a right one. */
uint16_t checksum_end(uint32_t sum);
