/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one configuration to another. The new one is read and checked here,
 * where nothing waits for it; one that cannot be used changes nothing. Then a
 * `vrrp` process with the new model takes the place of the old one and adopts
 * what did not change (adopt.c). What is removed hands over first.
 */
#include "engine/keeper_state.h"

#include "conf/conf.h"
#include "conf/plan.h"
#include "engine/control.h"
#include "engine/forecast.h"
#include "engine/log.h"
#include "engine/order.h"
#include "sys/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

static void tell(void *to, const char *text, size_t length)
{
	reply_add(to, text, length);
}

/* The plan, and what it would do to what serves now. */
static void show(const struct keeper *k, const struct conf_model *model,
		 const struct conf_plan *plan, struct reply *out)
{
	struct forecast forecast = { k->now.ledger, model, "" };
	struct conf_plan_remarks remarks = { forecast_remark, &forecast };

	conf_plan_print(plan, &remarks, tell, out);
}

/* Asked by a signal there is nobody to read the answer but the log's. */
static void log_reply(struct reply *reply)
{
	char *rest = reply->text, *line;

	reply->text[reply->length < sizeof(reply->text)
			    ? reply->length
			    : sizeof(reply->text) - 1] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (line[0])
			log_line(LOG_NOTICE, "%s", line);
}

/* How much longer than its Skew_Time an Active may take to leave. */
#define DRAIN_MARGIN (2 * TICK_SECOND)

/*
 * Those that are gone hand over. Returns how long that may take: an Active
 * waits at most for the longest Skew_Time of a successor, which is less than
 * its interval (vrrp/handover.c). 0: there are none.
 */
static tick_t drain_removed(struct keeper *k, const struct conf_plan *plan)
{
	tick_t longest = 0;

	for (size_t n = 0; n < plan->row_count; n++) {
		const struct conf_plan_row *row = &plan->rows[n];

		if (row->kind != CONF_PLAN_REMOVES)
			continue;
		children_command(k, ENGINE_DRAIN, row->index_old);
		longest = tick_max(
			longest,
			k->now.model->instances[row->index_old].vrrp.interval +
				DRAIN_MARGIN);
	}
	return longest;
}

static int apply(struct keeper *k, struct conf_model *model,
		 const struct conf_plan *plan)
{
	struct generation next;
	int error;

	if (k->replacement != REPLACE_NONE || k->stopping)
		return -EBUSY;
	error = generation_make(k, model, &next);
	if (error)
		return error;
	return children_replace(k, &next, drain_removed(k, plan));
}

bool reload_run(struct keeper *k, bool dry_run, tick_t confirm,
		struct reply *out)
{
	struct arena texts = arena_over(malloc, free);
	struct conf_model *model = k->setup->load(k->setup->context, tell, out);
	struct conf_plan *plan;
	bool same;
	int error = 0;

	if (!model) {
		reply_fail(out, EINVAL,
			   "the configuration cannot be used; the old one "
			   "goes on\n");
		return false;
	}
	if (!k->now.model) { /* taken over, and being replaced already */
		reply_fail(out, EBUSY, "the daemon starts; try again\n");
		conf_free(model);
		return false;
	}
	plan = conf_plan(k->now.model, model, &texts);
	if (plan)
		show(k, model, plan, out);
	same = plan && conf_plan_is_empty(plan);
	if (!plan)
		error = -ENOMEM;
	else if (!dry_run && !same)
		error = apply(k, model, plan);
	if (error)
		reply_fail(out, -error,
			   error == -EBUSY
				   ? "another change is under way; try again\n"
				   : "there is not enough memory\n");
	if (error || dry_run || same) {
		conf_free(model);
	} else if (confirm > 0) {
		if (!k->fallback) /* a trial within a trial returns to both */
			k->fallback = k->now.model;
		k->confirm_by = clock_now() + confirm;
	}
	arena_free(&texts);
	return !error && !dry_run && !same;
}

void reload_confirm(struct keeper *k, struct reply *out)
{
	if (k->confirm_by == TICK_NEVER) {
		reply_fail(out, ENOENT, "nothing waits to be confirmed\n");
		return;
	}
	k->confirm_by = TICK_NEVER;
	if (k->fallback && k->fallback != k->now.model)
		conf_free(k->fallback);
	k->fallback = NULL;
	tell(out, "confirmed\n", 10);
}

/* Nobody confirmed in time: the configuration of before returns. */
tick_t reload_turn(struct keeper *k, tick_t now)
{
	struct arena texts = arena_over(malloc, free);
	struct conf_plan *plan;

	if (now < k->confirm_by)
		return k->confirm_by;
	if (k->replacement != REPLACE_NONE)
		return now + TICK_CENTISECOND;
	log_line(LOG_WARNING, "reload: not confirmed; the configuration of "
			      "before returns");
	plan = conf_plan(k->now.model, k->fallback, &texts);
	k->confirm_by = TICK_NEVER;
	if (!plan || apply(k, k->fallback, plan))
		log_line(LOG_ERR, "reload: it cannot return");
	k->fallback = NULL;
	arena_free(&texts);
	return TICK_NEVER;
}

void reload_signal(struct keeper *k)
{
	struct reply *reply = calloc(1, sizeof(*reply));

	if (!reply)
		return;
	reload_run(k, false, 0, reply);
	log_reply(reply);
	free(reply);
}

bool reload_check(struct keeper *k, struct reply *out)
{
	struct conf_model *model = k->setup->load(k->setup->context, tell, out);

	if (model)
		conf_free(model);
	else
		reply_fail(out, EINVAL,
			   "the configuration cannot be used; mend it first\n");
	return model != NULL;
}
