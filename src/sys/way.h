/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way out to an address: by which link a packet to it would leave, and
 * whether that link can carry anything. The kernel is asked by rtnetlink(7),
 * which needs no right, and answers at once.
 */
#pragma once

#include "base/ip.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct way {
	int fd;
	uint32_t sequence;
};

/* 0 or -errno. */
int way_open(struct way *w);

struct way_to {
	struct ip address;
	struct ip from;        /* or IP_NONE */
	const char *interface; /* that it is bound to, or NULL */
	uint32_t mark;
};

/* The number of the link of that name, or 0: there is none. False: the kernel
 * does not say, and `index` stays. */
bool way_index(struct way *w, const char *name, uint32_t *index);

/*
 * Whether that link is down, or has no carrier: then `name` is its name. False
 * also where the kernel knows no way, or does not say.
 */
bool way_is_down(struct way *w, const struct way_to *to, char name[IFNAMSIZ]);
