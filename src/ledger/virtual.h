/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of what the configuration says of virtual servers
 * (ledger/virtuals.h).
 */
#pragma once

#include "base/ip.h"

#include <stdint.h>

#define LEDGER_SCHEDULER_SIZE 16 /* with the zero */

/* Checks of a real server; the rest of a record that says more is not read. */
#define LEDGER_FOLLOWS_MAX 64

struct ledger_virtual {
	uint32_t group;      /* ledger_text(): its name; 0: it is no group */
	uint32_t mark;       /* of the firewall, or 0 */
	struct ip address;   /* IP_NONE: a mark or a group */
	uint8_t family;      /* of a mark, enum ip_family */
	uint8_t protocol;    /* IPPROTO_TCP ...; 0 of a mark */
	uint8_t forward;     /* as the kernel numbers it: enum ipvs_forward */
	uint16_t port;       /* 0: any */
	uint16_t sorry_port; /* as it is written */
	struct ip sorry;     /* IP_NONE: there is none */
	uint8_t panic;       /* percent; 0: none */
	char scheduler[LEDGER_SCHEDULER_SIZE];
	uint32_t flags;       /* enum ipvs_flag, or-ed */
	uint32_t persistence; /* seconds; 0: none */
	uint32_t quorum, hysteresis;
	uint32_t services; /* of the kernel */
	/* Its real servers, in the order of the file. */
	uint32_t real_first, real_count;
};

struct ledger_real {
	uint32_t follow_first, follow_count; /* its checks */
	int32_t weight;
	struct ip address;
	uint8_t forward;       /* as of its virtual server */
	uint16_t port;         /* as it is written */
	uint32_t upper, lower; /* bounds of its connections; 0: none */
};
