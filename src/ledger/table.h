/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of the book of the process `lvs` (ledger/lvs.h).
 */
#pragma once

#include "base/ip.h"
#include "ledger/news_entry.h"
#include "lvs/ipvs.h"

#include <stdint.h>

#define LEDGER_LVS_MARKS_NAME 64
#define LEDGER_LVS_ROOM       1024 /* bytes: that of struct ledger_lvs */

/* The process as a whole, each value by itself. Grows at its end. */
struct ledger_lvs {
	uint64_t heartbeat; /* time of its last turn */
	uint32_t begun; /* bool: what was known before is in it (the keeper) */
	uint32_t used;  /* records of services that may say something */
	uint32_t done;  /* bool: the table is as it should be */
	uint32_t foreign;         /* services of others */
	int32_t error;            /* errno of the last look, or 0 */
	uint32_t syncs;           /* bool: daemons of the kernel run, by us */
	uint64_t trains, changes; /* sent to the kernel */
	uint64_t refused;         /* of these */
	uint64_t looks;           /* dumps */
	uint64_t repairs;         /* of what others had changed */
	/* The same of records of virtual and of real servers. */
	uint32_t used_virtuals, used_servers;
	/* The kernel's timeouts before they were changed, seconds; tcp 0: they
	 * were not. */
	uint32_t tcp, tcp_fin, udp;
	uint32_t flushed; /* bool: lvs_flush is done */
	/* bool: these have the numbers of this ledger's configuration; else
	 * they are of the ledger before. */
	uint32_t numbered;
	uint64_t quorums; /* how often the quorum of one has changed */
	/*
	 * Of LEDGER_NEWS: how many were added, how many of these others may
	 * read, and of how many the records of servers know.
	 */
	uint64_t news_added, news, news_noted;
	uint32_t over; /* bool: the daemon ends, and no more will come */
	/*
	 * Connections that the kernel knows, counted while the virtual router
	 * of lvs_sync_daemon is a Backup; since when their number is steady,
	 * and when it had been so for long enough (CLOCK_MONOTONIC), or 0.
	 */
	uint32_t sync_connections;
	uint32_t refreshes; /* bool: sync_refresh_period was 0, and is ours */
	uint64_t sync_from, sync_steady;
	/* The table of nftables that gives marks to packets, and is ours, or
	 * ""; how many ranges of addresses get one, and why not (errno). */
	char marks_table[LEDGER_LVS_MARKS_NAME];
	uint32_t marks, marks_error;
};

/* A service of the kernel. */
struct ledger_lvs_service {
	struct ipvs_key key;
	uint32_t ours; /* bool: it is there, or is to be, by us; else nothing */
	uint32_t error; /* errno by which the kernel refuses it, or 0 */
	uint32_t dests; /* that are in it */
	uint32_t drain; /* seconds: drain_timeout of its virtual server */
	/* It is not in the configuration any more, and drains: the deadline
	 * (CLOCK_MONOTONIC), or 0; and connections that are left. */
	int64_t until;
	uint64_t left;
};

/* Of a drain: as long as a file may say. */
#define LEDGER_LVS_DRAIN_MAX 86400u

/* How many there may be: those of the model, and what an earlier one had. */
#define LEDGER_LVS_EXTRA 1024

/* A virtual server, which may be several services of the kernel. */
#define LEDGER_LVS_SAVED_VIRTUAL 20 /* bytes: room of lvs/save.h */
struct ledger_lvs_virtual {
	uint64_t key;    /* of what it is known by; never 0 */
	uint32_t length; /* bytes of `saved` that its writer knew */
	uint8_t saved[LEDGER_LVS_SAVED_VIRTUAL]; /* struct lvs_saved_service */
	uint32_t present; /* services of the kernel that it is, and are there */
	uint32_t error;   /* errno by which the kernel refuses one, or 0 */
	/* For when it is in no file any more (struct ledger_news). */
	char name[LEDGER_NEWS_NAME];
	uint32_t protocol;
	/* The mark that its group is (nftables_ipvs), or 0. */
	uint32_t mark;
};

/* Real servers that a reload has removed and that drain, of all virtual
 * servers: their records follow those of the configuration. */
#define LEDGER_LVS_LEAVING 1024

/* One of its real servers. */
#define LEDGER_LVS_SAVED_SERVER 47
struct ledger_lvs_server {
	uint32_t of;     /* the number of its virtual server in this book */
	uint16_t port;   /* as it is written */
	uint16_t length; /* bytes of `saved` that its writer knew */
	struct ip address;
	uint8_t saved[LEDGER_LVS_SAVED_SERVER]; /* struct lvs_saved_server */
	/* As the kernel has it: */
	int32_t weight;   /* in the last of these services */
	uint32_t present; /* in so many services of its virtual server */
	uint32_t error;   /* errno by which the kernel refuses it, or 0 */
};

/*
 * What the kernel counts of a virtual server, or of a real one in all services
 * that its virtual server is. Read in slices, so up to half a minute old.
 */
struct ledger_lvs_counts {
	uint32_t active, inactive, persistent; /* connections; of real ones */
	uint32_t connections_rate;             /* these, a second */
	uint64_t connections, in_packets, out_packets, in_bytes, out_bytes;
	uint32_t in_packets_rate, out_packets_rate;
	uint64_t in_bytes_rate, out_bytes_rate;
};
