/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of what has become of virtual and real servers (ledger/news.h). */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

#include <stdint.h>

/* The numbers stand in ledgers. */
enum ledger_news_what {
	LEDGER_NEWS_NONE, /* there is none */
	LEDGER_NEWS_SERVER_UP,
	LEDGER_NEWS_SERVER_DOWN,
	LEDGER_NEWS_QUORUM_UP,
	LEDGER_NEWS_QUORUM_DOWN,
	LEDGER_NEWS_PANIC,
	LEDGER_NEWS_PANIC_OVER,
	LEDGER_NEWS_DRAINED,
	LEDGER_NEWS_DRAIN_LATE,
	/* What another program had changed in the kernel's table is put back:
	 * so many entries (`weight`) of one virtual server, or of several
	 * (`key` 0). */
	LEDGER_NEWS_REPAIRED,
	LEDGER_NEWS_LEAVES, /* it is in no file any more, and drains */
	/* Orders of operators (ledger/ordered.h). */
	LEDGER_NEWS_ORDER_DRAIN,
	LEDGER_NEWS_ORDER_DISABLE,
	LEDGER_NEWS_ORDER_WEIGHT, /* `weight`; negative: none any more */
	LEDGER_NEWS_ORDER_END,    /* it is as the file says */
	LEDGER_NEWS_WHATS
};

enum ledger_news_flag {
	LEDGER_NEWS_START = 1,   /* it was so from the beginning */
	LEDGER_NEWS_REMOVED = 2, /* a reload has removed it */
	LEDGER_NEWS_STOP = 4,    /* the daemon ends (omega) */
	LEDGER_NEWS_SORRY = 8,   /* of a quorum: a sorry server comes or goes */
};

#define LEDGER_NEWS_NAME  80
#define LEDGER_NEWS_WORDS 64

struct ledger_news {
	uint64_t order; /* from 1, its place is order % count; 0: none */
	tick_t time_real;
	uint64_t key;      /* of the virtual server, or 0 */
	int64_t weight;    /* that is up in it */
	struct ip address; /* of a real server, else IP_NONE */
	uint8_t what;      /* enum ledger_news_what */
	uint16_t port;
	uint8_t flags;    /* enum ledger_news_flag, or-ed */
	uint8_t kind;     /* of the check that says so, plus 1; 0: none */
	uint8_t protocol; /* of the virtual server, IPPROTO_; 0: of a mark */
	/* The virtual server, as keepalived calls it: "[GROUP]:0". */
	char name[LEDGER_NEWS_NAME];
	char words[LEDGER_NEWS_WORDS]; /* of the check, printable */
};

/* Of those who tell it (ledger/tellers.h). The numbers stand in ledgers. */
enum ledger_news_state {
	LEDGER_NEWS_SETTLED, /* nothing is to be done */
	LEDGER_NEWS_WAITS,   /* for the script of an earlier one to end */
	LEDGER_NEWS_STARTED, /* pid 0: it is just being started */
};

/* Its place is order % count, as in the ring. */
struct ledger_news_told {
	uint64_t order;
	int32_t pid;
	uint32_t state; /* enum ledger_news_state */
};
