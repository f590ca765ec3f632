/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of the process `lvs`. What the core wants goes into the table, and
 * from there in trains to the kernel, a few a turn. When the daemon ends all
 * that is ours is removed; when another `lvs` follows, nothing.
 */
#include "director/director.h"

#include "director/director_state.h"

#include "ledger/lvs.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEAT_EVERY (500 * TICK_MILLISECOND)
/* Trains of one turn: a kernel that takes long for them does not make us look
 * as if we hang. */
#define TURN_TIME (100 * TICK_MILLISECOND)
/* Where the kernel has no IPVS. */
#define OPEN_AGAIN (10 * TICK_SECOND)
/* Where it has, and does not show its table. */
#define BEGIN_AGAIN (100 * TICK_MILLISECOND)
/* Of the end of the daemon: 30,000 real servers go in a tenth of that. */
#define STOP_TIME (2 * TICK_SECOND)

bool director_is_needed(const struct conf_model *model)
{
	const struct conf_lvs_global *lvs = &model->global.lvs;

	return model->virtual_server_count > 0 || lvs->sync.interface ||
	       lvs->timeouts.tcp || lvs->timeouts.tcpfin || lvs->timeouts.udp;
}

bool director_is_left(const struct ledger *ledger)
{
	return ledger_lvs_is_left(ledger);
}

tick_t director_outlasts(const struct conf_model *model)
{
	return director_is_needed(model) ? STOP_TIME : 0;
}

static int door_train(void *context, const struct ipvs_change *changes,
		      unsigned count, int *errors)
{
	struct director *d = context;

	return ipvs_train(d->ipvs, changes, count, errors);
}

static void saw(void *context, const struct ipvs_service *service,
		const struct ipvs_counts *counts)
{
	struct director *d = context;

	departed_saw(d, service);
	table_saw(&d->table, service);
	counts_saw(d, service, counts);
}

static int door_services(void *context, struct table *table)
{
	struct director *d = context;
	int error;

	(void)table; /* that of `d` */
	counts_look(d);
	error = ipvs_services(d->ipvs, saw, d);
	if (!error)
		counts_looked(d);
	return error;
}

struct looking {
	struct director *d;
	uint32_t service;
	uint32_t virtual; /* LVS_NONE: nothing is sought */
};

static void saw_dest(void *context, const struct ipvs_dest *dest,
		     const struct ipvs_counts *counts)
{
	const struct looking *l = context;

	(void)counts;
	if (l->virtual != LVS_NONE)
		leaving_saw(l->d, l->virtual, dest);
	departed_saw_dest(l->d, l->service, dest);
	table_saw_dest(&l->d->table, l->service, dest);
}

static int door_dests(void *context, struct table *table, uint32_t service)
{
	struct director *d = context;
	struct looking l = { d, service, wanted_owner(d, service) };
	int error;

	if (l.virtual != LVS_NONE && !leaving_is_sought(d, l.virtual))
		l.virtual = LVS_NONE;
	error = ipvs_dests(d->ipvs, &table->services[service].want.key,
			   saw_dest, &l);
	if (!error && l.virtual != LVS_NONE)
		leaving_looked(d, l.virtual);
	if (!error)
		departed_looked(d, service);
	return error;
}

static bool door_is_late(void *context)
{
	const struct director *d = context;

	return clock_now() - d->turned_at >= TURN_TIME;
}

/* Another `lvs` comes after this one, unless the daemon ends. */
static void stop(struct director *d)
{
	if (d->stopping)
		return;
	if (!__atomic_load_n(&d->ledger->ends, __ATOMIC_ACQUIRE)) {
		loop_stop(&d->loop);
		return;
	}
	d->stopping = true;
	if (!d->ipvs) {
		fwmarks_end(d);
		loop_stop(&d->loop);
		return;
	}
	d->stop_at = clock_now() + STOP_TIME;
	if (!d->ledger->leaves_table)
		wanted_nothing(d);
}

static void ready_wake(void *context, uint32_t events)
{
	struct director *d = context;

	(void)events;
	if (!wake_take(d->wake))
		loop_remove(&d->loop, &d->watch_wake); /* no keeper */
	d->news = true;
}

static void ready_signal(void *context, uint32_t events)
{
	struct director *d = context;

	(void)events;
	while (loop_signals_read(d->watch_signal.fd) != 0)
		stop(d);
}

/* Another keeper may soon be there: the table stays. */
static void ready_stop(void *context, uint32_t events)
{
	struct director *d = context;

	(void)events;
	loop_stop(&d->loop);
}

/* lvs_flush: once in the life of a daemon, and after ours is there. */
static void flush_begins(struct director *d)
{
	d->table.takes_all =
		d->model->global.lvs.flush && !ledger_lvs(d->ledger)->flushed;
}

static void flush_ends(struct director *d)
{
	if (d->stopping || !table_is_done(&d->table))
		return;
	d->table.takes_all = false;
	ledger_lvs(d->ledger)->flushed = true;
}

static tick_t turn_open(struct director *d, tick_t now)
{
	tick_t next, due = TICK_NEVER;
	bool gone = false; /* all that was ours */

	d->turned_at = now;
	if (!d->stopping) {
		due = verdicts_read(d, now);
		orders_read(d, now);
		weights_read(d, now);
		lvs_time(&d->core, now);
		due = tick_min(due, counts_turn(d, now));
		due = tick_min(due, only_active_turn(d, now));
		due = tick_min(due, departed_turn(d, now));
		wanted_pass_on(d);
	}
	next = tick_min(converge_turn(&d->converge, now), due);
	next = tick_min(next, kernel_turn(d, now, d->news || d->stopping));
	next = tick_min(next, sync_turn(d, now));
	d->news = false;
	flush_ends(d);
	if (table_is_done(&d->table) || now >= d->stop_at)
		gone = fwmarks_end(d);
	news_of_look(d, d->converge.error);
	news_of_repairs(d);
	if (d->stopping)
		told_end(d);
	else
		told_publish(d);
	memory_write(d);
	book_write(d);
	shown_write(d, now);
	if (d->stopping && (gone || now >= d->stop_at))
		loop_stop(&d->loop);
	return tick_min(next, tick_min(d->stop_at, lvs_deadline(&d->core)));
}

static tick_t turn(void *context, tick_t now);

static int setup_loop(struct director *d)
{
	const int signals[] = { SIGTERM };
	int error = loop_init(&d->loop, turn, d);

	if (error)
		return error;
	d->watch_signal = (struct loop_watch){ loop_signals_open(signals, 1),
					       LOOP_OTHER, ready_signal, d };
	if (d->watch_signal.fd < 0)
		return d->watch_signal.fd;
	d->watch_stop = (struct loop_watch){ d->given->stop, LOOP_OTHER,
					     ready_stop, d };
	d->watch_wake =
		(struct loop_watch){ d->wake, LOOP_OTHER, ready_wake, d };
	error = loop_add(&d->loop, &d->watch_signal, EPOLLIN);
	if (!error)
		error = loop_add(&d->loop, &d->watch_wake, EPOLLIN);
	return error ? error : loop_add(&d->loop, &d->watch_stop, EPOLLIN);
}

static int setup_table(struct director *d)
{
	const struct converge_door door = { door_train, door_services,
					    door_dests, door_is_late, d };

	table_init(&d->table, malloc, free);
	d->table.tell = news_of_table;
	d->table.context = d;
	converge_init(&d->converge, &d->table, &door, clock_now());
	return book_resume(d);
}

/* Everything is open: from here on there is the sandbox. */
static int prepare(struct director *d)
{
	tick_t now = clock_now();
	int error = told_setup(d);

	departed_begin(d, now);
	if (!error)
		error = memory_resume(d, now);
	if (!error)
		refresh_open(d);
	if (!error)
		error = d->given->confine(d->given->context);
	if (!error)
		book_write(d); /* before anything of it is in the kernel */
	return error;
}

/* Not before all is known that was: else what drains or has failed would be
 * forgotten for one dump that went wrong. When it is due. */
static tick_t begin(struct director *d, tick_t now)
{
	bool found = found_adopt(d, now);

	news_of_look(d, d->converge.error);
	if (!found) {
		book_write(d);
		return now + BEGIN_AGAIN;
	}
	verdicts_read_all(d, now);
	d->beginning = true;
	lvs_begin(&d->core, now);
	d->beginning = false;
	orders_begin(d, now);
	flush_begins(d);
	(void)only_active_turn(d, now);
	wanted_pass_on(d);
	d->begun = true;
	return now;
}

/* Another kernel module may be there later: then it begins. */
static tick_t try_to_open(struct director *d, tick_t now)
{
	int error = ipvs_open(&d->ipvs);

	news_of_look(d, error);
	ledger_lvs(d->ledger)->error = -error;
	if (error)
		return now + OPEN_AGAIN;
	d->error = prepare(d);
	if (d->error)
		loop_stop(&d->loop);
	return now;
}

static tick_t turn(void *context, tick_t now)
{
	struct director *d = context;
	tick_t marked = fwmarks_turn(d, now);
	tick_t next = d->open_at;

	if (!d->ipvs && now >= d->open_at)
		next = d->open_at = try_to_open(d, now);
	else if (d->ipvs && !d->begun && !d->stopping && now >= d->open_at)
		next = d->open_at = begin(d, now);
	else if (d->ipvs && (d->begun || d->stopping))
		next = turn_open(d, now);
	news_end(d);
	book_beat(d, now);
	return tick_min(tick_min(next, marked), now + BEAT_EVERY);
}

static int setup(struct director *d)
{
	int error = setup_loop(d);

	if (error)
		return error;
	error = setup_table(d);
	if (!error)
		error = memory_setup(d);
	if (!error)
		error = fwmarks_setup(d);
	if (!error)
		error = wanted_setup(d);
	if (!error)
		error = only_active_setup(d);
	if (!error)
		error = counts_setup(d);
	return error ? error : shown_setup(d);
}

static void release(struct director *d)
{
	wanted_free(d);
	memory_free(d);
	counts_free(d);
	fwmarks_free(d);
	free(d->written_of);
	free(d->departed);
	free(d->shown_of);
	table_free(&d->table);
	ipvs_close(d->ipvs);
	free(d);
}

int director_run(const struct director_setup *given)
{
	struct director *d = calloc(1, sizeof(*d));
	int error;

	if (!d)
		return 1;
	d->given = given;
	d->model = given->model;
	d->ledger = given->ledger;
	d->wake = given->wake;
	d->stop_at = TICK_NEVER;
	error = setup(d);
	if (!error)
		error = loop_run(&d->loop);
	if (!error)
		error = d->error;
	if (error)
		fprintf(stderr, "batond: lvs: it ends: %s\n", strerror(-error));
	release(d);
	return error ? 1 : 0;
}
