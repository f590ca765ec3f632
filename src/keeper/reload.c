/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From one configuration to another. The new one is read and checked by
 * others (reading.c); one that cannot be used changes nothing. Then a
 * `vrrp` process with the new model takes the place of the old one and adopts
 * what did not change (adopt.c). What is removed hands over first.
 */
#include "keeper/keeper_state.h"

#include "conf/model/conf.h"
#include "conf/model/inputs.h"
#include "conf/model/plan.h"
#include "keeper/forecast.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "ledger/order.h"
#include "sys/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
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
	struct forecast forecast = { k->now.ledger, k->now.model, model, plan,
				     "" };
	struct conf_plan_remarks remarks = { forecast_remark, &forecast };

	conf_plan_print(plan, &remarks, tell, out);
}

/*
 * An Active leaves within the longest Skew_Time of a successor, less than its
 * interval, and a little. Only where successors leave as well it takes longer
 * (vrrp/handover.c), and is not waited for.
 */
#define LEAVE_MARGIN (2 * TICK_SECOND)

/* Those that are gone are to hand over first. -ENOMEM or 0. */
static int find_leaving(const struct keeper *k, const struct conf_plan *plan,
			struct leaving *out)
{
	*out = (struct leaving){ 0 };
	out->list = malloc((plan->counts[CONF_PLAN_REMOVES] + 1) *
			   sizeof(*out->list));
	if (!out->list)
		return -ENOMEM;
	for (size_t n = 0; n < plan->row_count; n++) {
		const struct conf_plan_row *row = &plan->rows[n];

		if (row->kind != CONF_PLAN_REMOVES)
			continue;
		out->list[out->count++] = row->index_old;
		out->time = tick_max(
			out->time,
			k->now.model->instances[row->index_old].vrrp.interval +
				LEAVE_MARGIN);
	}
	return 0;
}

/* The configuration becomes that of what is next only if this succeeds. */
static int apply(struct keeper *k, const struct configuration *read,
		 const struct conf_plan *plan, tick_t confirm, bool returns)
{
	struct replacement wanted = { .confirm = confirm, .returns = returns };
	int error;

	error = find_leaving(k, plan, &wanted.leaving);
	if (error)
		return error;
	ahead_tell(k, read->model, plan);
	error = generation_make(k, read, &wanted.next);
	if (!error) {
		wanted.next.ledger->reloads = k->now.ledger->reloads + 1;
		error = replace_begin(k, &wanted);
		if (error) {
			generation_leave(&wanted.next);
			generation_free(&wanted.next);
		}
	}
	if (error) {
		ahead_take_back(k);
		free(wanted.leaving.list);
	}
	return error;
}

bool reload_may_begin(struct keeper *k, tick_t confirm, struct reply *out)
{
	if (replace_is_busy(k)) {
		reply_fail(out, EBUSY,
			   "another change is under way; try again\n");
		return false;
	}
	if (confirm == 0 && k->succession.confirm_by != TICK_NEVER) {
		reply_fail(
			out, EBUSY,
			"a configuration is on trial; `baton confirm` keeps "
			"it, and `baton reload --confirm N` tries another\n");
		return false;
	}
	return true;
}

static bool serves_nothing(const struct conf_model *model)
{
	return model->instance_count == 0 && model->virtual_server_count == 0;
}

/* What was read does not fit to what is; else true. */
static bool fits(struct keeper *k, const struct conf_model *model,
		 struct reply *out)
{
	if (!model) {
		reply_fail(out, EINVAL,
			   "the configuration cannot be used; the old one "
			   "goes on\n");
		return false;
	}
	if (!k->now.model) { /* taken over, and being replaced already */
		reply_fail(out, EBUSY, "the daemon starts; try again\n");
		return false;
	}
	/* A file that was cut short is no wish to stop everything. Who removes
	 * the last virtual server keeps the virtual routers, or the reverse. */
	if (serves_nothing(model) && !serves_nothing(k->now.model)) {
		reply_fail(out, EINVAL,
			   "there is neither a virtual router nor a virtual "
			   "server in the configuration; the old one goes on; "
			   "to end all, stop batond\n");
		return false;
	}
	return true;
}

/* Of a file that the configuration in force has, and that is not had now. */
static bool is_whole(const struct keeper *k, const struct conf_model *model,
		     struct reply *out)
{
	const struct conf_input *lost = conf_inputs_lost(k->now.model, model);
	char text[PATH_MAX + 256];

	if (!lost)
		return true;
	snprintf(
		text, sizeof(text),
		"%s %s now; the old configuration goes on. Reload when that is "
		"mended, or remove what includes it\n",
		lost->name, conf_input_wrong(lost));
	reply_fail(out, EINVAL, text);
	return false;
}

static int begin(struct keeper *k, struct configuration *read, tick_t confirm,
		 const struct conf_plan *plan)
{
	int error;

	if (confirm > 0)
		trial_keep(k);
	error = apply(k, read, plan, confirm, false);
	if (error)
		trial_settle(k);
	else
		*read = CONFIGURATION_NONE;
	return error;
}

/* Nothing changes, and there is who tells of it. */
static void tell_reload(struct keeper *k)
{
	__atomic_fetch_add(&k->now.ledger->reloads, 1, __ATOMIC_RELEASE);
	children_wake_followers(k);
}

bool reload_run(struct keeper *k, struct configuration *read, bool dry_run,
		tick_t confirm, struct reply *out)
{
	struct arena texts = arena_over(malloc, free);
	struct conf_plan *plan;
	bool same;
	int error = 0;

	/* What has changed while it was read counts too. */
	if ((!dry_run && !reload_may_begin(k, confirm, out)) ||
	    !fits(k, read->model, out))
		return false;
	plan = conf_plan(k->now.model, read->model, &texts);
	if (plan)
		show(k, read->model, plan, out);
	same = plan && conf_plan_is_empty(plan);
	if (plan && !same && !is_whole(k, read->model, out)) {
		arena_free(&texts);
		return false;
	}
	if (!plan)
		error = -ENOMEM;
	else if (!dry_run && !same)
		error = begin(k, read, confirm, plan);
	else if (!dry_run)
		tell_reload(k);
	if (error)
		reply_fail(out, -error,
			   "the new process cannot be started; the log says "
			   "why\n");
	arena_free(&texts);
	return !error && !dry_run && !same;
}

void reload_confirm(struct keeper *k, struct reply *out)
{
	static const char confirmed[] = "confirmed\n";

	if (k->succession.confirm_by == TICK_NEVER) {
		reply_fail(out, ENOENT, "nothing waits to be confirmed\n");
		return;
	}
	replace_tell(k, SUCCESSION_CONFIRM);
	trial_settle(k);
	ordered_settle(k);
	resume_remember(k);
	reply_add(out, confirmed, strlen(confirmed));
}

/* Nobody confirmed in time: the configuration of before returns. */
static void go_back(struct keeper *k)
{
	struct arena texts = arena_over(malloc, free);
	struct conf_plan *plan;
	int error;

	log_line(LOG_WARNING, "reload: not confirmed; the configuration of "
			      "before returns");
	plan = conf_plan(k->now.model, k->fallback.model, &texts);
	error = plan ? apply(k, &k->fallback, plan, 0, true) : -ENOMEM;
	if (error) {
		log_line(LOG_ERR, "reload: it cannot return yet: %s",
			 strerror(-error));
		replace_tell(k, SUCCESSION_RETURN_FAILED);
	}
	arena_free(&texts);
}

tick_t reload_turn(struct keeper *k, tick_t now)
{
	if (k->returns) {
		k->returns = false;
		go_back(k);
	}
	if (k->reload_again && !replace_is_busy(k) && !reading_is_on(k)) {
		k->reload_again = false;
		reload_signal(k);
	}
	/* What has changed here may have brought another deadline. */
	return tick_min(succession_deadline(&k->succession),
			k->reload_again ? now + TICK_CENTISECOND : TICK_NEVER);
}

static void signal_read(struct keeper *k, struct configuration *read,
			struct reply *said)
{
	reload_run(k, read, false, 0, said);
	reply_log(said, "SIGHUP");
}

void reload_signal(struct keeper *k)
{
	struct reply *reply;
	int error = 0;

	if (replace_is_busy(k) || reading_is_on(k)) {
		k->reload_again = !k->stopping;
		return;
	}
	reply = calloc(1, sizeof(*reply));
	if (!reply)
		return;
	if (reload_may_begin(k, 0, reply))
		error = reading_begin(k, signal_read);
	if (error)
		log_line(LOG_ERR, "SIGHUP: the configuration is not read: %s",
			 strerror(-error));
	reply_log(reply, "SIGHUP");
	free(reply);
}
