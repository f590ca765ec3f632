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
	bool log_all_failures;   /* of one of them */
	bool alpha;              /* one of them counts as failed until then */
};

struct conf_checks {
	struct conf_distinct *list; /* in the order of their first ones */
	uint32_t count;
	/*
	 * The number of each check in `list`, in file order: of the first real
	 * server of the first virtual server, then of the next.
	 */
	uint32_t *numbers;
	uint32_t number_count;
};

/*
 * In the arena, in time linear in the number of checks; or those that the model
 * has, if they are kept with it. NULL: there is no memory.
 */
const struct conf_checks *conf_checks(const struct conf_model *model,
				      struct arena *arena);

/* They are kept with the model from now on, for whoever comes to have it; not
 * if there is no memory. */
void conf_checks_keep(struct conf_model *model);

/* Until there is a result its real server counts as failed. */
bool conf_check_alpha(const struct conf_virtual_server *vs,
		      const struct conf_real_server *rs,
		      const struct conf_check *check);

/* What holds for one check of the model: all but key and followers. */
struct conf_distinct conf_check_resolve(const struct conf_model *model,
					const struct conf_virtual_server *vs,
					const struct conf_real_server *rs,
					const struct conf_check *check);
