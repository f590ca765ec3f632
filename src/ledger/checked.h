/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of the book of health checks (ledger/checks.h): what is known of
 * servers by them.
 *
 * A record is a distinct check (conf/model/checks.h): however many real servers
 * name the same target with the same parameters, it runs once and has one
 * record, at its number in the model. What a record says counts from round to
 * round: a verdict stays until a later round has another one, also through the
 * death of the process and through a reload, where the record with the same key
 * is taken over.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

#include <stdint.h>

enum ledger_check_state {
	LEDGER_CHECK_UNKNOWN, /* no round has come to its end */
	LEDGER_CHECK_GOOD,
	LEDGER_CHECK_FAILED,
	LEDGER_CHECK_STATES
};

/* How a round ended: by layer, as HAProxy calls it; `value` says more. */
enum ledger_check_code {
	LEDGER_CHECK_NONE,
	LEDGER_CHECK_L4OK,   /* connected, or an answer came */
	LEDGER_CHECK_L4TOUT, /* no connection, or no answer, in time */
	LEDGER_CHECK_L4CON,  /* value = errno of the connection */
	LEDGER_CHECK_L6OK,
	LEDGER_CHECK_L6TOUT, /* in the handshake of TLS */
	LEDGER_CHECK_L6RSP,  /* TLS: what came is wrong, or is not trusted */
	LEDGER_CHECK_L7OK,   /* value = status of HTTP, SMTP and the like */
	LEDGER_CHECK_L7TOUT,
	LEDGER_CHECK_L7RSP,   /* no valid answer of the protocol */
	LEDGER_CHECK_L7STS,   /* value = the status that is not wanted */
	LEDGER_CHECK_PROCOK,  /* of a script: value = its exit status */
	LEDGER_CHECK_PROCERR, /* value = exit status, or 128 + signal */
	LEDGER_CHECK_PROCTOUT,
	LEDGER_CHECK_FILE, /* value = the number in the file */
	/* The round could not be made here: value = errno. No verdict. */
	LEDGER_CHECK_LOCAL,
	LEDGER_CHECK_CODES
};

/* What a check says of the weight of its real servers. */
enum ledger_check_weighs {
	LEDGER_WEIGHS_NOTHING, /* as it is configured */
	LEDGER_WEIGHS_IS,      /* it is `weight` */
	LEDGER_WEIGHS_PLUS,    /* `weight` is added */
	LEDGER_WEIGHS_PERCENT, /* `weight` % of the configured one */
	LEDGER_WEIGHS
};

/* What a server asks for itself, by its agent. */
enum ledger_check_wish {
	LEDGER_WISH_NONE,
	LEDGER_WISH_READY,
	LEDGER_WISH_DRAIN, /* no new connections */
	LEDGER_WISH_MAINT, /* none at all */
	LEDGER_WISHES
};

#define LEDGER_CHECK_WORDS 64 /* with the zero */

/* What the configuration says of a check. The keeper's book. */
struct ledger_checked {
	uint64_t key;      /* of all that makes it distinct; never 0 */
	struct ip address; /* IP_NONE: it has none */
	uint8_t kind;      /* enum conf_check_kind */
	uint16_t port;
	tick_t interval;   /* from one round to the next */
	uint32_t scripted; /* of MISC_CHECK: its number, plus 1; else 0 */
	/* The text of what it looks at that is no server: the command of
	 * MISC_CHECK, which may be cut, the name of the file of FILE_CHECK. */
	uint32_t subject;
};

/* What became of it. */
struct ledger_check {
	uint32_t sequence; /* odd: being written */
	uint8_t state;     /* enum ledger_check_state */
	uint8_t code;      /* enum ledger_check_code: of the last round */
	uint8_t weighs;    /* enum ledger_check_weighs */
	uint8_t wish;      /* enum ledger_check_wish */
	int32_t value;     /* as its code says */
	int32_t weight;    /* as `weighs` says */
	uint32_t row;  /* rounds that failed in a row; 0: the last was good */
	uint32_t step; /* of a check of several requests: the next one */
	uint64_t rounds, failures;
	uint64_t blocked;    /* rounds that could not be made here */
	tick_t blocked_real; /* since when, CLOCK_REALTIME; 0: they can */
	tick_t since_real;   /* of its state; CLOCK_REALTIME, or 0 */
	tick_t ended_real;   /* of the last round, or 0 */
	tick_t took;         /* the last round */
	tick_t next;         /* the next round, or TICK_NEVER */
	/* Of the last round, printable: "connect: refused". */
	char words[LEDGER_CHECK_WORDS];
	/* What the next process goes on with (lvs/check.h, checker/kind.h). */
	tick_t since;    /* of its state; CLOCK_MONOTONIC, or 0 */
	uint16_t tries;  /* bad ones of this round */
	uint16_t good;   /* rounds in a row */
	uint8_t failing; /* bool: its `step` has failed */
	/*
	 * Of MISC_CHECK: the round under way, by when it began, for which the
	 * process `run` is to execute the command; 0: none.
	 */
	tick_t asks;
	tick_t rests_real; /* it is not made since (ha_suspend), or 0 */
};

/* What the process `run` says of the command of a MISC_CHECK. */
struct ledger_scripted {
	uint32_t sequence; /* odd: being written */
	uint8_t how;       /* enum ledger_how: how the last run ended */
	uint8_t running;   /* bool */
	int32_t value;     /* as `how` says; of one that was refused, errno */
	tick_t answers;    /* the round (ledger_check.asks) that this is of */
	tick_t took;
	uint64_t runs;
	/* The last line that it wrote, or why it could not be run. */
	char words[LEDGER_CHECK_WORDS];
};

#define LEDGER_CHECK_RING   1024 /* numbers, a power of two */
#define LEDGER_CHECK_TIMES  24   /* buckets: <= 8 us << n, the last: all */
#define LEDGER_CHECKER_ROOM 8192 /* bytes: that of struct ledger_checker */

/* The process, as a whole: single values, read one by one. Grows at its end. */
struct ledger_checker {
	uint64_t heartbeat; /* time of its last turn */
	/*
	 * How many changes there were of what counts: state, weight, wish. The
	 * check of change n is in changed[n % LEDGER_CHECK_RING], n from 0. Who
	 * is so far behind that the ring has lost some reads all records.
	 */
	uint64_t changes;
	uint32_t changed[LEDGER_CHECK_RING];
	uint32_t begun; /* bool: what was known before is in it (the keeper) */
	uint32_t in_flight; /* rounds under way */
	uint64_t rounds, failures;
	uint64_t blocked; /* rounds that could not be made here */
	uint64_t put_off; /* ... or began late, since others were under way */
	int32_t blocked_error; /* errno of the last one, or 0: they can */
	uint32_t in_flight_most;
	tick_t late_most;                  /* of a start after its phase */
	uint64_t late[LEDGER_CHECK_TIMES]; /* starts, by how late they were */
	uint64_t took[LEDGER_CHECK_TIMES]; /* rounds, by how long they took */
	uint64_t asked; /* questions for `run`, and those taken back */
};
