/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of the process `check`. What changed is told once a turn. When it is
 * told to end it does so at once: all that counts is in the ledger.
 */
#include "checker/checker.h"

#include "base/must.h"
#include "checker/datagrams.h"
#include "checker/needs.h"
#include "checker/rest.h"
#include "checker/roster.h"
#include "sys/clock.h"
#include "sys/process.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define BEAT_EVERY TICK_SECOND

/* Descriptors that are not of checks: of the loop, the log and the like. */
#define OTHER_DESCRIPTORS 24

static void ready_signal(void *context, uint32_t events)
{
	struct checker *k = context;

	(void)events;
	while (loop_signals_read(k->watch_signal.fd) != 0)
		loop_stop(&k->loop);
}

static void ready_stop(void *context, uint32_t events)
{
	struct checker *k = context;

	(void)events;
	loop_stop(&k->loop);
}

/* Somebody has told something: files may have changed. */
static void ready_wake(void *context, uint32_t events)
{
	struct checker *k = context;

	(void)events;
	if (!wake_take(k->wake))
		loop_remove(&k->loop, &k->watch_wake); /* no keeper */
	rounds_hear(k, k->loop.now);
	rest_hear(k, k->loop.now);
}

static void ready_crowd(void *context, uint32_t events)
{
	(void)events;
	rounds_ready(context);
}

/*
 * Where so many rounds begin and end that they come together, they are taken
 * together: what is ready is looked at once in so long, and not each by itself.
 * That costs rounds some milliseconds at most, and saves most of the wake-ups.
 */
#define GATHER      (2 * TICK_MILLISECOND)
#define GATHER_FROM 6  /* of them in one turn */
#define GATHER_REST 20 /* turns with less than that, and it ends */

static void gather(struct checker *k, unsigned did)
{
	k->quiet = did < GATHER_FROM ? k->quiet + 1 : 0;
	if (!k->gathers && did >= GATHER_FROM) {
		loop_remove(&k->loop, &k->watch_crowd);
		k->gathers = true;
	} else if (k->gathers && k->quiet > GATHER_REST) {
		/* There was room for it. */
		if (loop_add(&k->loop, &k->watch_crowd, EPOLLIN))
			return;
		k->gathers = false;
		soon_look(k);
	}
}

static tick_t turn(void *context, tick_t now)
{
	struct checker *k = context;
	uint64_t before = k->events;
	tick_t next;

	__atomic_store_n(&ledger_checker(k->ledger)->heartbeat, (uint64_t)now,
			 __ATOMIC_RELAXED);
	k->to_real = clock_real_now() - now;
	if (k->gathers) {
		soon_look(k);
		rounds_ready(k);
	}
	next = rounds_turn(k, now);
	datagrams_flush(k);
	gather(k, (unsigned)(k->events - before));
	/* What is ready by then wakes nobody; what is late is not held up. */
	if (k->gathers && next > now)
		next = now + GATHER;
	if (k->changed)
		wake_send(k->wake);
	k->changed = false;
	next = tick_min(next, rest_turn(k));
	return tick_min(next, now + BEAT_EVERY);
}

static int setup_loop(struct checker *k, int stop_fd)
{
	const int signals[] = { SIGTERM };
	struct loop_watch *const all[] = { &k->watch_signal, &k->watch_stop,
					   &k->watch_wake, &k->watch_crowd };
	int error = loop_init(&k->loop, turn, k);

	if (!error)
		error = crowd_open(&k->crowd);
	if (error)
		return error;
	k->watch_signal = (struct loop_watch){ loop_signals_open(signals, 1),
					       LOOP_OTHER, ready_signal, k };
	k->watch_stop =
		(struct loop_watch){ stop_fd, LOOP_OTHER, ready_stop, k };
	k->watch_wake =
		(struct loop_watch){ k->wake, LOOP_OTHER, ready_wake, k };
	k->watch_crowd = (struct loop_watch){ k->crowd.epoll, LOOP_OTHER,
					      ready_crowd, k };
	if (k->watch_signal.fd < 0)
		return k->watch_signal.fd;
	for (unsigned n = 0; n < ARRAY_LENGTH(all) && !error; n++)
		error = loop_add(&k->loop, all[n], EPOLLIN);
	return error;
}

/* As many rounds at once as there are descriptors for. */
static void count_descriptors(struct checker *k)
{
	struct rlimit files;
	uint32_t most = UINT32_MAX;

	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < most)
		most = (uint32_t)files.rlim_cur;
	k->in_flight_most = most > 2 * OTHER_DESCRIPTORS
				    ? most - OTHER_DESCRIPTORS
				    : OTHER_DESCRIPTORS;
}

static int setup(struct checker *k, const struct checker_setup *given)
{
	tick_t now = clock_now();
	int error = setup_loop(k, given->stop);

	signal(SIGPIPE, SIG_IGN);
	count_descriptors(k);
	k->to_real = clock_real_now() - now;
	k->scratch = malloc(ROUND_SCRATCH);
	if (!k->scratch)
		error = -ENOMEM;
	own_read(&k->own, &k->model->global.lvs.ssl, given->files);
	if (k->own.error)
		fprintf(stderr,
			"batond: check: %s; SSL_GET says nothing of its servers\n",
			k->own.why);
	if (!error)
		error = roster_setup(k, now);
	own_wipe(&k->own);
	if (!error)
		error = process_release(checker_rights(k->model) &
					~checker_lasting_rights(k->model));
	if (!error && given->confine)
		error = given->confine(given->context);
	return error;
}

int checker_run(const struct checker_setup *given)
{
	struct checker *k = calloc(1, sizeof(*k));
	int error;

	if (!k)
		return 1;
	k->model = given->model;
	k->ledger = given->ledger;
	k->wake = given->wake;
	error = setup(k, given);
	if (!error)
		error = loop_run(&k->loop);
	if (!error)
		rounds_stop(k, clock_now());
	else
		fprintf(stderr, "batond: check: it ends: %s\n",
			strerror(-error));
	return error ? 1 : 0;
}
