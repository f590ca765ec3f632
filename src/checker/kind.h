/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kind of health check: how one target is asked, a file each (tcp.c, http.c,
 * ...). Whoever runs the checks (rounds.c) knows them by this interface alone.
 *
 * A round begins with start(). From then on the kind is told when the
 * descriptor that it watches is ready, and when a deadline that it has set has
 * come; until it calls round_end(), once, with what the round came to. All it
 * may keep from one round to the next is `kept`; `round` is memory of its size,
 * not cleared, that is its own until the end of the round.
 *
 * No kind waits, and none takes more in one call than the bounds that its file
 * names: thousands of others are under way beside it.
 */
#pragma once

#include "base/tick.h"
#include "conf/model/lvs.h"
#include "ledger/checked.h"
#include "lvs/check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct checker;

/* One that is run: small, since there are tens of thousands. */
struct check {
	struct checker *of;
	const struct conf_check *conf;
	struct conf_connect to;  /* where, and from where: all is said */
	const char *virtualhost; /* of its real or virtual server, or NULL */
	const struct kind *kind;
	void *round; /* while one is under way, or NULL */
	void *kept;  /* what its kind keeps, or NULL */
	struct lvs_check when;
	tick_t connect_timeout; /* of each phase of a round */
	tick_t phase_ends;      /* while a round is under way */
	uint32_t number;        /* in the model and the ledger */
	uint32_t generation;    /* of what is watched */
	int fd;                 /* that is watched, or -1 */
	uint32_t step;          /* of a check of several requests */
	bool failing;           /* ... which has failed */
	bool kept_open;         /* `fd` outlives the round */
	bool rests;             /* it is not started (checker/rest.h) */
	bool tells;             /* each failure (log_all_failures) */
	int16_t source;         /* that it shares (datagrams.h), or -errno */
};

/* What a round came to. */
struct verdict {
	enum lvs_check_result result;
	uint8_t code;      /* enum ledger_check_code */
	int32_t value;     /* ... */
	const char *words; /* "" or printable; copied */
	/* Of kinds that say more: */
	uint8_t weighs; /* enum ledger_check_weighs */
	uint8_t wish;   /* enum ledger_check_wish */
	int32_t weight;
	bool again; /* one that has failed is tried again at once */
};

struct kind {
	const char *name; /* as it stands in words of trouble */
	size_t round;     /* bytes of `round` */
	/* How many phases a round has, each of connect_timeout at most. */
	unsigned phases;
	/* At the set-up, or NULL: what it shares with others (`share`). */
	void (*join)(struct check *c);
	void (*start)(struct check *c, tick_t now);
	/* `events` as of epoll(7). */
	void (*ready)(struct check *c, uint32_t events, tick_t now);
	/* The deadline of its phase has come, or that of the round. */
	void (*expired)(struct check *c, tick_t now);
	/*
	 * The round is over, with that: frees what it holds, and says whether
	 * its descriptor is kept and the next round comes at once. NULL: it
	 * holds nothing.
	 */
	void (*done)(struct check *c, struct verdict *v);
	/* The process `run`, which does something for it, may have told
	 * something. NULL: it does nothing for it. */
	void (*heard)(struct check *c, tick_t now);
};

/* All of them; kind_of() has the list. */
extern const struct kind kind_tcp, kind_http, kind_ssl, kind_smtp, kind_dns,
	kind_udp, kind_agent, kind_ping, kind_grpc, kind_file, kind_http2,
	kind_misc;

/* For kinds (rounds.c): */

/* The round is over. The descriptor is closed unless it is kept. */
void round_end(struct check *c, const struct verdict *v, tick_t now);
/* The same in fewer words: of a result without more. */
void round_good(struct check *c, enum ledger_check_code code, int32_t value,
		const char *words, tick_t now);
void round_bad(struct check *c, enum ledger_check_code code, int32_t value,
	       const char *words, tick_t now);
/* "WHAT: the words of the error": local trouble if that is ours. */
void round_error(struct check *c, enum ledger_check_code code, const char *what,
		 int error, tick_t now);
/* The same of what the network has told of the target: it is never ours. */
void round_refused(struct check *c, enum ledger_check_code code,
		   const char *what, int error, tick_t now);
/* Trouble of this machine, whatever it is. */
void round_local(struct check *c, int error, const char *words, tick_t now);
/* There is reason for a round at once, unless one is under way. */
void round_soon(struct check *c, tick_t now);
/* A phase begins: expired() comes after connect_timeout. */
void round_phase(struct check *c, tick_t now);

/* Has the descriptor watched, from then on by `c->fd`; 0 or -errno. */
int round_watch(struct check *c, int fd, uint32_t events);
/*
 * The same of a connection that is being made, for EPOLLOUT, and it is closed
 * then: where there are many it costs less (soon.c).
 */
int round_watch_soon(struct check *c, int fd);
/* For other events. */
void round_watch_for(struct check *c, uint32_t events);
/* No longer, and closes it. */
void round_close(struct check *c);

/* Memory that all may use within one call, and no longer. */
#define ROUND_SCRATCH 65536
char *round_scratch(const struct check *c);
