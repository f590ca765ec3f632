/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checks that run: what says the same in a model, of however many real
 * servers, is one check. Who calls this for the same model gets the same list
 * in the same order, so that a number names a check between processes.
 */
#pragma once

#include "base/arena.h"
#include "conf/model/model.h"

/* keepalived's defaults. */
#define CONF_DELAY_LOOP      (60 * TICK_SECOND)
#define CONF_CONNECT_TIMEOUT (5 * TICK_SECOND)

/* One check, with all that holds for it. Its pointers are the model's. */
struct conf_distinct {
	/*
	 * What makes it distinct, hashed: the same after a restart, a reload,
	 * in another process. Two of one list never have the same.
	 */
	uint64_t key;
	const struct conf_check *check; /* the first that is it, for its kind */
	/* Where it goes, with the address and port of the real server. */
	struct conf_connect connect;
	const char *virtualhost; /* of HTTP and SSL; NULL: address and port */
	tick_t interval;         /* the shortest of all that are it */
	tick_t timeout;          /* of a try; of MISC, of the script */
	tick_t retry_delay;      /* delay_before_retry */
	tick_t warmup;           /* the shortest */
	uint32_t retry;          /* more tries before it has failed */
	uint32_t rise;           /* successes in a row before it is good */
	uint32_t followers;      /* how many checks of the model are it */
	uint32_t first_follower; /* in conf_checks.followers */
	bool log_all_failures;   /* of one of them */
};

/* A check of a real server, by its place in the model. */
struct conf_follower {
	uint32_t virtual_server, real_server;
	uint16_t check;
	bool alpha; /* until there is a result it counts as failed */
};

struct conf_checks {
	struct conf_distinct *list; /* in the order of their first ones */
	uint32_t count;
	/* Those of list[0], then those of list[1] …; each in file order. */
	struct conf_follower *followers;
	uint32_t follower_count;
	/*
	 * The number of each check in `list`, in file order: of the first real
	 * server of the first virtual server, then of the next.
	 */
	uint32_t *numbers;
	uint32_t *first; /* of each virtual server: its first in `numbers` */
};

/*
 * In the arena, in time linear in the number of checks. NULL: there is no
 * memory.
 */
struct conf_checks *conf_checks(const struct conf_model *model,
				struct arena *arena);

/* What holds for one check of the model: all but key and followers. */
struct conf_distinct conf_check_resolve(const struct conf_model *model,
					const struct conf_virtual_server *vs,
					const struct conf_real_server *rs,
					const struct conf_check *check);
