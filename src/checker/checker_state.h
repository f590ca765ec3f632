/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of `check` share. Each function is in the file that its
 * comment names. */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "checker/crowd.h"
#include "checker/kind.h"
#include "checker/own.h"
#include "checker/pool.h"
#include "conf/model/model.h"
#include "ledger/checks.h"
#include "ledger/ledger.h"
#include "sys/loop.h"
#include "sys/way.h"

struct datagrams;
struct pings;
struct regexes;
struct trust;

/* Of those that are looked at together, soon (soon.c). */
#define SOON_MOST 128

struct soon {
	unsigned count;
	struct {
		uint32_t number, generation; /* of a check */
	} list[SOON_MOST];
};

/* Local trouble that was told, by its errno (book.c). */
#define TROUBLES_MOST 8
struct trouble {
	int32_t error;
	tick_t told; /* 0: never */
};

struct checker {
	const struct conf_model *model;
	struct ledger *ledger;
	int wake;
	struct loop loop;
	struct loop_watch watch_signal, watch_stop, watch_wake, watch_crowd;
	struct crowd crowd;
	struct soon soon;
	struct check *checks;
	uint32_t count;
	struct lvs_check_times *times; /* those of a check may be another's */
	uint32_t times_count;
	/* Those for which the process `run` does something (kind.h). */
	uint32_t *helped;
	uint32_t helped_count;
	uint64_t heard; /* what it has said of them (ledger/scripted.h) */
	struct heap due;
	struct pool rounds[CONF_CHECK_KINDS];
	bool gathers; /* what is ready is taken together (checker.c) */
	unsigned quiet;
	uint64_t events; /* starts, and what was ready */
	uint32_t in_flight;
	uint32_t kept;           /* descriptors that outlive their rounds */
	uint32_t in_flight_most; /* that may be, as there are descriptors */
	tick_t to_real;          /* CLOCK_REALTIME less CLOCK_MONOTONIC */
	struct trouble troubles[TROUBLES_MOST];
	bool changed; /* a verdict; to be told at the turn's end */
	char *scratch;
	struct regexes *regexes;     /* NULL: no check has one */
	struct datagrams *datagrams; /* NULL: no check has one */
	struct pings *pings;         /* NULL: there is no PING_CHECK */
	uint32_t *dns_ids;           /* whose they are, and 1 more; or NULL */
	struct map udp_peers;        /* checks, by their targets (udp.c) */
	struct rest *rest;           /* NULL: no check ever rests (rest.h) */
	/* The n-th socket of many checks is ready (datagrams.c). Their tags are
	 * behind those of checks. */
	void (*shared)(struct checker *k, unsigned n);
	struct way way;
	bool has_way;
	struct own own;      /* while it is set up */
	struct trust *trust; /* NULL: no check has TLS */
};

/* rounds.c: starts what is due, and ends what took too long; when there is
 * more. */
tick_t rounds_turn(struct checker *k, tick_t now);
/* Whether a descriptor may outlive its round: not where they are scarce. */
bool rounds_may_keep(const struct checker *k);
/* The process `run` may have told something. */
void rounds_hear(struct checker *k, tick_t now);
/* What is ready has its turn. */
void rounds_ready(struct checker *k);
/* A check rests from now on, or does so no more (rest.h). */
void rounds_rest(struct check *c, bool rests, tick_t now);
/* Those under way are due again for the next process. */
void rounds_stop(struct checker *k, tick_t now);

/* soon.c: a look at connections that are made by now. */
void soon_look(struct checker *k);

/* uplink.c: opened at the set-up. */
void uplink_open(struct checker *k);
/* ... A server that fails by silence, while our link to it is down, was not
 * asked: that is our trouble, in these words. */
void uplink_look(struct check *c, struct verdict *v,
		 char words[LEDGER_CHECK_WORDS]);

/* book.c: a round has ended with that. */
void book_note(struct checker *k, struct check *c, const struct verdict *v,
	       tick_t began, bool changed, tick_t now);
/* It rests from now on, or does so no more. */
void book_rest(struct checker *k, const struct check *c, bool rests,
	       tick_t now);
/* A round begins, that was due at `due`. */
void book_begin(struct checker *k, const struct check *c, tick_t due,
		tick_t now);
