/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of what the configuration says of virtual servers
 * (ledger/virtuals.h), and of what is ordered beside that.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

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
	uint32_t drain_ms;    /* drain_timeout, milliseconds; 0: none */
	uint32_t only_active; /* ledger_text(): an instance; 0: none */
	/* ledger_text(): of a group that is a mark, what it answers at, as
	 * words; 0: of no such one. */
	uint32_t answers;
};

struct ledger_real {
	uint32_t follow_first, follow_count; /* its checks */
	int32_t weight;
	struct ip address;
	uint8_t forward;       /* as of its virtual server */
	uint16_t port;         /* as it is written */
	uint32_t upper, lower; /* bounds of its connections; 0: none */
};

/* Orders for real servers that are kept at a time. */
#define LEDGER_ORDERED_MAX 1024

enum ledger_ordered_what {
	LEDGER_ORDERED_NOTHING, /* but perhaps a weight */
	LEDGER_ORDERED_DRAIN,
	LEDGER_ORDERED_DISABLE,
	LEDGER_ORDERED_WHATS
};

#define LEDGER_ORDERED_NO_WEIGHT (-1)

/*
 * What an operator has ordered for a real server (ledger/ordered.h). It stands
 * beside what the configuration says, until it is taken back.
 */
struct ledger_ordered {
	uint32_t sequence; /* odd: being written */
	/* In LEDGER_REALS; UINT32_MAX: it is not in this configuration. */
	uint32_t real;
	/* The virtual server: ledger_virtual_key(), and its number among those
	 * of the same key. 0: a free place. */
	uint64_t key;
	uint32_t ordinal;
	uint8_t what;  /* enum ledger_ordered_what */
	uint16_t port; /* of the real server, as it is written */
	struct ip address;
	int32_t weight;      /* LEDGER_ORDERED_NO_WEIGHT: as configured */
	tick_t until;        /* of a drain: the deadline, or TICK_NEVER */
	tick_t ordered_real; /* when, CLOCK_REALTIME */
};
