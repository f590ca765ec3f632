/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses of the kernel, in this network namespace: rtnetlink(7). */
#pragma once

#include "base/ip.h"

#include <stdbool.h>
#include <stdint.h>

struct kernel_address {
	struct ip address;
	uint8_t protocol; /* who put it there (IFA_PROTO), or 0 */
};

/*
 * All of them at this moment, a list for free(3); NULL, with errno: they cannot
 * be read.
 */
struct kernel_address *kernel_addresses(unsigned *count);

bool kernel_addresses_has(const struct kernel_address *list, unsigned count,
			  const struct ip *address);
