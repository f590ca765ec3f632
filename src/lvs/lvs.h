/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The core of the Linux Virtual Server: which real servers are in the table of
 * the kernel, with which weights, and what is told of their changes.
 *
 * In come verdicts of checks, orders, connections left and the time. Out come
 * items that the table should hold (lvs_want()), those of them that may have
 * changed (lvs_changed()), and what is to be told (struct lvs_sink). Nothing
 * here can fail, block, allocate or read a clock. Whoever calls owns the
 * configuration, which is constant while it is in use, but for weights
 * (lvs_configured_weight()); a reload makes another core, and what the old one
 * knew goes into it as records (save.h), just as after a crash:
 *
 *   lvs_init()  lvs_adopt_service()*  lvs_adopt_server()*  lvs_verdict()*
 *   lvs_begin()  and then whatever happens
 *
 * A real server is up if none of its checks has failed. What is up is in the
 * table. Beyond that:
 *
 *   quorum    while too little weight is up, and there is a sorry server, this
 *             one alone serves
 *   inhibit   what is not up stays in the table with weight 0
 *   panic     where too few are up, no further one is taken out: it is held
 *   ramp      after a recovery the weight grows slowly (ramp.h)
 *   order     an operator drains, disables, or sets another weight; a server
 *             that leaves the file drains too
 *
 * The rules are those of keepalived 2.2 and later; panic, ramp and order are
 * baton's own. A change costs O(log n) of all servers, unless it changes what
 * all servers of a service should be (quorum with a sorry server; the first
 * and last ramp).
 */
#pragma once

#include "base/heap.h"
#include "base/ip.h"
#include "base/map.h"
#include "base/tick.h"
#include "lvs/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No service, server or item. */
#define LVS_NONE UINT32_MAX

/* No weight was ordered. */
#define LVS_WEIGHT_UNSET (-1)

/* ---- what is configured ---- */

/* A check that a real server follows. */
struct lvs_follow {
	uint32_t check; /* its number: 0 to check_count - 1 */
	bool alpha;     /* the server waits for its first verdict */
};

struct lvs_server_config {
	struct ip address;
	/*
	 * Part of what it is known by. Two servers, or one and the sorry
	 * server, that are one entry of the kernel's table have the same here:
	 * 0 for "as the virtual server", which it always is for DR and TUN.
	 */
	uint16_t port;
	bool inhibit;          /* inhibit_on_failure */
	int32_t weight;        /* >= 0 */
	uint32_t follow_count; /* 0: it is always up */
	const struct lvs_follow *follows;
};

/* A virtual server, be it one service of the kernel or, by a group, many. */
struct lvs_service_config {
	const struct lvs_server_config *servers; /* in file order; no doubles */
	uint32_t server_count;
	uint32_t quorum;     /* lowered to the sum of all weights */
	uint32_t hysteresis; /* lowered to quorum - 1 */
	struct ip sorry;     /* IP_NONE: there is none */
	uint16_t sorry_port; /* as that of a server */
	bool sorry_inhibit;  /* it is always in the table, else with weight 0 */
	bool omega;          /* lvs_stop() tells what goes down */
	bool init_told;      /* rs_init_notifies */
	/* Weights mean something else (fo, ovf): no ramps. */
	bool fixed_weights;
	uint8_t panic;        /* percent that stay in the table; 0: none */
	tick_t slow_start;    /* how long a ramp takes; 0: none */
	tick_t drain_timeout; /* of servers that leave the file; 0: at once */
};

struct lvs_config {
	const struct lvs_service_config *services;
	uint32_t service_count;
	uint32_t check_count;
	uint32_t leaving_max; /* how many that left the file may drain */
};

/* ---- what is to be told ---- */

enum lvs_told_what {
	LVS_TOLD_SERVER_UP,
	LVS_TOLD_SERVER_DOWN,
	LVS_TOLD_QUORUM_UP,
	LVS_TOLD_QUORUM_DOWN,
	LVS_TOLD_PANIC,      /* the first one is held */
	LVS_TOLD_PANIC_OVER, /* none is held any more */
	LVS_TOLD_DRAINED,    /* it has no connections left, or is dead */
	LVS_TOLD_DRAIN_LATE, /* the deadline came before that */
	LVS_TOLD_WHATS
};

struct lvs_told {
	enum lvs_told_what what;
	uint32_t service;
	/* Of a server; LVS_NONE: of the service, or it is not in the file. */
	uint32_t server;
	struct ip address; /* of a server, else IP_NONE */
	uint16_t port;
	bool removed;   /* it was up, and is not in the file any more */
	int64_t weight; /* that is up in the service now */
};

/*
 * Called while a change is made, in the order of keepalived: a server before
 * its quorum. Scripts and FIFOs come after the table was changed. It must not
 * call the core.
 */
struct lvs_sink {
	void (*tell)(void *context, const struct lvs_told *told);
	void *context;
};

/* ---- what is known; others read it, only lvs_*() write it ---- */

/* The numbers stand in ledgers. */
enum lvs_health {
	LVS_HEALTH_UNKNOWN, /* before lvs_begin() */
	LVS_HEALTH_UP,
	LVS_HEALTH_DOWN,
	LVS_HEALTH_WAITS, /* alpha: for its first verdicts */
	LVS_HEALTHS
};

enum lvs_order {
	LVS_ORDER_NONE,
	LVS_ORDER_DRAINING, /* weight 0, until its connections have ended */
	LVS_ORDER_DRAINED,  /* out of the table */
	LVS_ORDER_DISABLED, /* out of the table, at once */
	LVS_ORDERS
};

/* What a verdict says of the weight, beside the state. */
enum lvs_weighs {
	LVS_WEIGHS_NOT,
	LVS_WEIGHS_ADD,     /* FILE_CHECK: so much is added */
	LVS_WEIGHS_SET,     /* misc_dynamic: in place of the configured one */
	LVS_WEIGHS_PERCENT, /* agents: of the configured one */
};

struct lvs_verdict {
	uint8_t state;  /* enum lvs_check_state */
	uint8_t weighs; /* enum lvs_weighs */
	int32_t value;
};

struct lvs_link; /* what a server knows of one of its checks */

struct lvs_server {
	const struct lvs_server_config *config;
	uint32_t service;
	uint32_t links;          /* the first of config->follow_count */
	uint32_t failing;        /* checks that have failed */
	uint32_t waiting;        /* alpha: those without a verdict */
	uint32_t next, previous; /* that are held, or leave; LVS_NONE */
	int64_t extra;           /* what its checks add to the weight */
	tick_t since;            /* the health */
	tick_t until;            /* the deadline of a drain, TICK_NEVER: none */
	tick_t ramp;             /* when it began, TICK_NEVER: none runs */
	int32_t counted;         /* its part of the service's `sum` */
	int32_t ordered;         /* a weight, or LVS_WEIGHT_UNSET */
	uint8_t health;          /* enum lvs_health */
	uint8_t before;          /* ... in the record that was adopted */
	uint8_t told;            /* ... that was told, or needs not be */
	uint8_t order;           /* enum lvs_order */
	uint8_t step;            /* of the ramp */
	bool held;               /* not up, and in the table all the same */
	bool out;                /* not up, and taken out */
	bool leaves;             /* it is not in the file any more */
};

struct lvs_service {
	const struct lvs_service_config *config;
	uint32_t first;      /* of its servers */
	uint32_t leaving;    /* the first that leaves, or LVS_NONE */
	uint32_t held, last; /* the list of those that are held; LVS_NONE */
	uint32_t candidates; /* servers that are not ordered away */
	uint32_t out;        /* of these: taken out */
	uint32_t ramping;
	uint32_t sorry_server; /* a server that is also the sorry server */
	int64_t sum;           /* of the weights that are up */
	int64_t total;         /* of the configured weights */
	tick_t since;          /* the quorum */
	uint8_t quorum;        /* enum lvs_health: UP, DOWN or UNKNOWN */
	uint8_t told;          /* the quorum that was told */
	bool panic;            /* told */
	bool begun;
};

struct lvs {
	const struct lvs_config *config;
	struct lvs_sink sink;
	struct lvs_service *services;
	struct lvs_server *servers; /* those of the file, in order; then those
				       that leave */
	struct lvs_server_config *leaving; /* theirs */
	struct lvs_link *links;
	uint32_t *followers;    /* the first link of a check */
	uint32_t *changed_next; /* a list of items */
	uint32_t changed_first, changed_last;
	uint32_t server_count; /* of the file */
	uint32_t leaving_count;
	struct heap deadlines; /* of servers */
	struct map by_address; /* service, address and port -> server */
};

/* ---- the beginning ---- */

/* Bytes of memory that a core of this configuration needs. */
size_t lvs_memory(const struct lvs_config *config);

/*
 * A core over memory of so many bytes, aligned like malloc's; it is used as
 * long as the core is, which must not be moved. `sink` is copied.
 */
void lvs_init(struct lvs *l, const struct lvs_config *config,
	      const struct lvs_sink *sink, void *memory);

/* All that was known before is told: from now on the core decides. */
void lvs_begin(struct lvs *l, tick_t now);

/* ---- what happens; `now` never goes back ---- */

/*
 * What a check says; also of one that has not changed. NOT_YET after another
 * state changes nothing: a verdict holds until there is a new one.
 */
void lvs_verdict(struct lvs *l, tick_t now, uint32_t check,
		 const struct lvs_verdict *verdict);

/* A deadline has come. */
void lvs_time(struct lvs *l, tick_t now);

/* When lvs_time() is due, or TICK_NEVER. */
tick_t lvs_deadline(const struct lvs *l);

/*
 * Orders for a server of the file. A drain ends at `until`, or TICK_NEVER;
 * again, it changes the deadline. lvs_enable() ends a drain and a disabling.
 * A weight is >= 0, or LVS_WEIGHT_UNSET: as configured.
 */
void lvs_drain(struct lvs *l, tick_t now, uint32_t server, tick_t until);
void lvs_disable(struct lvs *l, tick_t now, uint32_t server);
void lvs_enable(struct lvs *l, tick_t now, uint32_t server);
void lvs_set_weight(struct lvs *l, tick_t now, uint32_t server, int32_t weight);

/*
 * The configured weight of a server of the file is another one, and was `was`:
 * the one thing that a reload changes of the configuration that is in use.
 */
void lvs_configured_weight(struct lvs *l, tick_t now, uint32_t server,
			   int32_t was);

/*
 * How many connections a server that drains still has, counted after the table
 * had its weight 0. With none left the drain has ended.
 */
void lvs_connections(struct lvs *l, uint32_t server, uint64_t left);

/* The end: what is up goes down, and where `omega` says so that is told. */
void lvs_stop(struct lvs *l);

/* ---- what the table should be ---- */

/*
 * Items are numbered: servers (and those that leave) by their index, and one
 * sorry server for each service. lvs_first() and lvs_next() go through those
 * of a service, in the order of the file, then what leaves, then the sorry
 * server; LVS_NONE ends. All services of a group have the same.
 */
uint32_t lvs_first(const struct lvs *l, uint32_t service);
uint32_t lvs_next(const struct lvs *l, uint32_t item);

struct lvs_want {
	uint32_t service;
	struct ip address;
	uint16_t port; /* as configured */
	bool sorry;
	bool present; /* else it is not to be in the table */
	int32_t weight;
};

/*
 * What is wanted of an item. Whoever changes a service step by step adds and
 * raises before it lowers and removes: then it is never empty in between.
 */
void lvs_want(const struct lvs *l, uint32_t item, struct lvs_want *out);

/*
 * The next item of which something else may be wanted than when it was
 * returned the last time, or LVS_NONE. After lvs_begin() that is each one.
 */
uint32_t lvs_changed(struct lvs *l);

/* The sorry server of the service serves. */
bool lvs_sorry_serves(const struct lvs_service *v);
