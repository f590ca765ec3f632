/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of all ARP and neighbour advertisements of a LAN only those about our own
 * addresses wake us: a socket filter of classic BPF (linux/filter.h), which
 * looks at the last 32 bits of the address.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * As many ranges of addresses does a filter tell apart. Where there are more,
 * the nearest ones become one, and what lies between them passes as well.
 */
#define NEIGHBOUR_RANGES_MAX 32

/*
 * `at` is the place of those 32 bits in what the socket reads. `tails` are
 * theirs, in host order, of our addresses; they are sorted. 0 or -errno.
 */
int neighbour_filter_attach(int fd, uint32_t at, uint32_t *tails, size_t count);
