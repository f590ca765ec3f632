/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Set-up, the turn, and the end of the `vrrp` process.
 *
 * A turn: packets first, to their end, so that a process that overslept never
 * deposes an Active whose adverts wait in the socket; then what the mirror
 * told of interfaces; then the instances whose deadline has passed; then the
 * flush, adverts before addresses before announcements.
 */
#include "router/state.h"

#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/schedule.h"
#include "vrrp/frame.h"
#include "vrrp/timer.h"

#include "base/must.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the kernel may take to tell its links and addresses. */
#define LOAD_TIME (10 * TICK_SECOND)

/* How long the end waits for the kernel to take the addresses away. */
#define STOP_TIME (3 * TICK_SECOND)

/* Turns in a row in which a flood of packets may hold up the timers. */
#define BEHIND_MAX 8

/*
 * Commands of one train in real time (rest.c): it is one call, and the kernel
 * was seen to take 15 ms for 200 on links with hundreds of addresses.
 */
#define TRAIN 50

/*
 * Before the packets of a turn are read: did this process run in time? From
 * all others have taken over when the machine was suspended. A Backup that
 * would act so late that another advertisement must have come since may have
 * lost that one: its socket has no room for ever.
 */
static void look_for_stall(struct router *e)
{
	static const struct vrrp_event stalled = {
		.type = VRRP_EVENT_STALLED,
	};
	tick_t asleep = clock_asleep();
	bool suspended = asleep - e->asleep > TICK_SECOND;

	if (e->looked)
		return;
	e->looked = true;
	e->asleep = asleep;
	if (!suspended && e->now - e->planned < TICK_CENTISECOND)
		return;
	for (uint32_t n = 0; n < e->instance_count; n++) {
		const struct vrrp *v = &e->instances[n].record->core;

		if ((v->state == VRRP_ACTIVE &&
		     (suspended || e->now - v->adver_timer >
					   vrrp_lateness_limit(v->config))) ||
		    (v->state == VRRP_BACKUP &&
		     e->now - vrrp_deadline(v) > v->active_interval))
			router_step(e, n, &stalled);
	}
}

/* Packets that were dropped before they were anybody's. */
static void count_lost(struct router *e)
{
	struct receive_counters c = receive_counters(e->receive);

	e->ledger->packets_overflowed = e->overflows_before + c.overflow;
	e->ledger->packets_malformed = e->malformed_before + c.malformed;
}

static void drain(struct router *e, uint8_t family)
{
	int count;

	e->now = e->loop.now;
	rest_begin(e);
	look_for_stall(e);
	count = receive_drain(e->receive, family, e->now);
	count_lost(e);
	e->behind |= count >= RECEIVE_TURN_MAX;
}

static void ready_v4(void *context, uint32_t events)
{
	(void)events;
	drain(context, IP_V4);
}

static void ready_v6(void *context, uint32_t events)
{
	(void)events;
	drain(context, IP_V6);
}

static void ready_netlink(void *context, uint32_t events)
{
	struct router *e = context;

	(void)events;
	e->now = e->loop.now;
	netlink_read(e->netlink);
}

static void count_overruns(struct router *e)
{
	e->ledger->netlink_overruns =
		e->overruns_before + mirror_counters(e->mirror).overruns;
}

static void ready_mirror(void *context, uint32_t events)
{
	struct router *e = context;

	(void)events;
	e->now = e->loop.now;
	mirror_read(e->mirror);
	count_overruns(e);
}

/* Resign everywhere; the turns that follow take the addresses away. */
static void leave_all(struct router *e)
{
	static const struct vrrp_event shutdown = {
		.type = VRRP_EVENT_SHUTDOWN,
	};

	if (e->stopping)
		return;
	e->stopping = true;
	e->stop_at = e->now + STOP_TIME;
	for (uint32_t n = 0; n < e->instance_count; n++)
		router_step(e, n, &shutdown);
}

static void ready_signal(void *context, uint32_t events)
{
	struct router *e = context;
	int signal;

	(void)events;
	e->now = e->loop.now;
	while ((signal = loop_signals_read(e->watch_signal.fd)) != 0) {
		if (signal == COMMAND_YIELD)
			e->yielding = true;
		else
			leave_all(e);
	}
}

static void command(struct router *e, const struct command *m)
{
	static const enum vrrp_event_type types[] = {
		[COMMAND_HANDOVER] = VRRP_EVENT_HANDOVER,
		[COMMAND_DRAIN] = VRRP_EVENT_SHUTDOWN,
		[COMMAND_UNDRAIN] = VRRP_EVENT_STARTUP,
	};
	struct vrrp_event event = { 0 };

	/* A GO that comes late is none: it went on by itself. */
	if (m->what < COMMAND_HANDOVER || m->what >= ARRAY_LENGTH(types))
		return;
	event.type = types[m->what];
	for (uint32_t n = 0; n < e->instance_count; n++)
		if (m->instance == LEDGER_NO_INSTANCE || m->instance == n) {
			if (m->what == COMMAND_UNDRAIN) /* out of quarantine */
				e->instances[n].record->deaths = 0;
			router_step(e, n, &event);
		}
}

/* The keeper asks; when it is gone, we go on without it. */
static void ready_control(void *context, uint32_t events)
{
	struct router *e = context;
	struct command message;
	ssize_t length;

	(void)events;
	e->now = e->loop.now;
	while ((length = recv(e->watch_control.fd, &message, sizeof(message),
			      MSG_DONTWAIT)) > 0)
		if (length == sizeof(message))
			command(e, &message);
	if (length == 0) {
		loop_remove(&e->loop, &e->watch_control);
		close(e->watch_control.fd);
		e->watch_control.fd = -1;
	}
}

/* Rounds of waiting for the keeper's word. */
#define ALONE_STEP_MS 10
#define ALONE_ROUNDS  30

/* For this process: the keeper said so before it told the old one. */
static bool has_let_go(const struct ledger *before)
{
	return before &&
	       __atomic_load_n(&before->heartbeat, __ATOMIC_ACQUIRE) ==
		       LEDGER_YIELDED &&
	       __atomic_load_n(&before->heir, __ATOMIC_ACQUIRE) == getpid();
}

/*
 * Ready, and then wait until the one before us is gone. Where the keeper is
 * gone or frozen just then, its ledger tells: nobody else would go on. False:
 * the keeper is gone, and the old one is not.
 */
static bool wait_for_go(const struct router_setup *setup, bool *deaf)
{
	struct command message = { .what = COMMAND_READY };
	struct pollfd ready = { setup->control, POLLIN, 0 };
	unsigned alone = 0;
	ssize_t length;

	if (send(setup->control, &message, sizeof(message), MSG_NOSIGNAL) < 0)
		return false;
	for (;;) {
		poll(&ready, 1, ALONE_STEP_MS);
		length = recv(setup->control, &message, sizeof(message),
			      MSG_DONTWAIT);
		if (length == sizeof(message)) {
			*deaf = message.deaf;
			return true;
		}
		if (length >= 0 || errno != EAGAIN)
			ready.fd = -1; /* no keeper: only the time passes */
		if (has_let_go(setup->before)) {
			if (ready.fd < 0 || ++alone >= ALONE_ROUNDS)
				return true;
		} else if (ready.fd < 0 && ++alone >= ALONE_ROUNDS) {
			return false;
		}
	}
}

/* The keeper takes a process that does not turn for one that hangs. */
#define HEARTBEAT (500 * TICK_MILLISECOND)

static tick_t next_deadline(const struct router *e)
{
	tick_t next = tick_min(heap_next(&e->deadlines), addresses_deadline(e));

	next = tick_min(next, announcer_deadline(e));
	next = tick_min(next, neighbours_deadline(e));
	next = tick_min(next, e->now + HEARTBEAT);
	return tick_min(next, e->stop_at);
}

/*
 * Every Active has let go, and the kernel has taken the addresses away. One
 * whose successor leaves too waits for another, and is waited for.
 */
static bool all_left(struct router *e)
{
	bool left = true;

	for (uint32_t n = 0; n < e->instance_count; n++) {
		const struct vrrp *v = &e->instances[n].record->core;

		left &= v->state == VRRP_INIT;
		if (vrrp_leaving(v))
			e->stop_at = tick_max(e->stop_at,
					      v->leave_timer + STOP_TIME);
	}
	return left && netlink_pending(e->netlink) == 0;
}

/* This turn should have begun at `planned`. */
static void note_lateness(struct router *e)
{
	tick_t late = e->now - e->planned;
	tick_t most = e->model->global.vrrp.auto_delay;

	if (late < 0)
		return;
	journal_lateness(e->ledger->lateness_turn,
			 &e->ledger->lateness_turn_max,
			 &e->ledger->lateness_turn_sum, late);
	e->ledger->turns_late += most > 0 && late >= most;
}

static tick_t run_turn(struct router *e)
{
	tick_t now = e->now;
	bool more;

	note_lateness(e);
	interfaces_update(e);
	if (e->behind && ++e->turns_behind < BEHIND_MAX) {
		e->behind = false;
		return e->planned = now;
	}
	e->behind = false;
	e->turns_behind = 0;
	look_for_stall(e);
	e->looked = false; /* for the next turn */
	router_step_due(e);
	neighbours_run(e);
	transmit_flush(e->transmit);
	e->batch++;
	rest_if_due(e);
	more = addresses_flush(e);
	rest_if_due(e);
	announcer_run(e);
	router_send_held(e);
	transmit_flush(e->transmit);
	e->batch++;

	e->ledger->heartbeat = (uint64_t)now;
	e->ledger->turns++;
	journal_wake(e);
	if (e->yielding)
		loop_stop(&e->loop);
	if (e->stopping && ((all_left(e) && !more) || now >= e->stop_at))
		loop_stop(&e->loop);
	e->planned = more ? now : next_deadline(e);
	return e->planned;
}

static tick_t turn(void *context, tick_t now)
{
	struct router *e = context;
	tick_t next;

	e->now = now;
	rest_begin(e);
	next = run_turn(e);
	rest_end(e);
	return next;
}

static size_t frame_size(const struct vrrp_config *c)
{
	return 14 + (c->family == IP_V4 ? 20u : 40u) + VRRP_HEADER_SIZE +
	       c->address_count * ip_size(c->family) +
	       (c->version == 2 ? VRRP_V2_TRAILER_SIZE : 0);
}

static int setup_instances(struct router *e)
{
	size_t bytes = 0, at = 0;
	void *heap;

	e->instances = calloc(e->instance_count + 1, sizeof(*e->instances));
	heap = malloc(heap_memory(e->instance_count + 1));
	for (uint32_t n = 0; n < e->instance_count; n++)
		bytes += frame_size(&e->model->instances[n].vrrp);
	e->frames = malloc(bytes + 1);
	if (!e->instances || !heap || !e->frames)
		return -ENOMEM;
	heap_init(&e->deadlines, heap, e->instance_count + 1);
	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct instance *i = &e->instances[n];

		i->conf = &e->model->instances[n];
		i->record = ledger_instance_at(e->ledger, n);
		i->frame = e->frames + at;
		i->frame_capacity = (uint16_t)frame_size(&i->conf->vrrp);
		i->frame_batch = UINT64_MAX;
		at += i->frame_capacity;
	}
	return 0;
}

static int setup_sockets(struct router *e)
{
	const struct conf_global *global = &e->model->global;
	const int signals[] = { SIGTERM, COMMAND_YIELD };
	int error;

	error = receive_open(&e->receive,
			     &(struct receive_config){ router_packets, e, 0 });
	if (!error)
		error = transmit_open(&e->transmit,
				      &(struct transmit_config){
					      router_send_failed, e, false });
	if (!error)
		error = netlink_open(
			&e->netlink,
			&(struct netlink_config){
				addresses_done, e, global->command.size,
				global->command.size && !global->command.force,
				e->rest_after ? TRAIN : 0 });
	if (!error)
		error = mirror_open(&e->mirror,
				    &(struct mirror_config){
					    interfaces_changed, e,
					    global->monitor.size,
					    global->monitor.size &&
						    !global->monitor.force });
	if (error)
		return error;
	e->watch_signal.fd = loop_signals_open(signals, 2);
	return e->watch_signal.fd < 0 ? e->watch_signal.fd : 0;
}

static int watch(struct router *e, struct loop_watch *w, int fd,
		 enum loop_class class,
		 void (*ready)(void *context, uint32_t events))
{
	if (fd < 0)
		return 0; /* a host without IPv6 */
	*w = (struct loop_watch){ fd, class, ready, e };
	return loop_add(&e->loop, w, EPOLLIN);
}

static int setup_loop(struct router *e)
{
	int error = loop_init(&e->loop, turn, e);

	if (!error)
		error = watch(e, &e->watch_v4, receive_fd(e->receive, IP_V4),
			      LOOP_RECEIVE, ready_v4);
	if (!error)
		error = watch(e, &e->watch_v6, receive_fd(e->receive, IP_V6),
			      LOOP_RECEIVE, ready_v6);
	if (!error)
		error = watch(e, &e->watch_netlink, netlink_fd(e->netlink),
			      LOOP_OTHER, ready_netlink);
	if (!error)
		error = watch(e, &e->watch_mirror, mirror_fd(e->mirror),
			      LOOP_OTHER, ready_mirror);
	if (!error)
		error = watch(e, &e->watch_signal, e->watch_signal.fd,
			      LOOP_OTHER, ready_signal);
	if (!error)
		error = watch(e, &e->watch_control, e->watch_control.fd,
			      LOOP_OTHER, ready_control);
	return error;
}

static void close_all(struct router *e)
{
	for (uint32_t n = 0; n < e->interface_count; n++) {
		free(e->interfaces[n].vrids[0]);
		free(e->interfaces[n].vrids[1]);
	}
	loop_close(&e->loop);
	receive_close(e->receive);
	transmit_close(e->transmit);
	netlink_close(e->netlink);
	mirror_close(e->mirror);
	neighbour_close(e->neighbour);
	free(e->interface_by_index.slots);
	free(e->address_by_key.slots);
	free(e->deadlines.entries);
	free(e->interfaces);
	free(e->address_queue);
	free(e->addresses);
	free(e->instances);
	free(e->frames);
}

static int set_up(struct router *e)
{
	int error = setup_instances(e);

	if (!error)
		error = addresses_setup(e);
	if (!error)
		error = interfaces_setup(e);
	if (!error)
		error = setup_sockets(e);
	if (!error)
		error = setup_loop(e);
	if (!error)
		error = neighbours_open(e);
	if (!error)
		error = mirror_load(e->mirror, clock_now() + LOAD_TIME);
	return error;
}

/* After set-up: what is locked then is all that there is. */
static void lock_memory(const struct router *e, int *refused)
{
	if (e->model->global.vrrp.no_swap)
		refused[SCHEDULE_MEMORY] = -schedule_lock_memory();
}

static void tell_refused(struct router *e, const int *refused)
{
	for (unsigned n = 0; n < SCHEDULE_WISHES; n++) {
		struct ledger_event event = {
			.instance = LEDGER_NO_INSTANCE,
			.type = LEDGER_EVENT_PROCESS,
			.code = LEDGER_PROCESS_REFUSED,
			.name = "vrrp",
			.from = (uint8_t)n,
			.value = refused[n],
		};

		if (refused[n])
			ledger_append(e->ledger, &event);
	}
}

int router_run(const struct router_setup *setup)
{
	static struct router router;
	struct router *e = &router;
	bool deaf = false;
	int error;

	e->model = setup->model;
	e->ledger = setup->ledger;
	memcpy(e->wake, setup->wake, sizeof(e->wake));
	e->instance_count = setup->ledger->instance_count;
	e->address_count = setup->ledger->address_count;
	e->stop_at = TICK_NEVER;
	e->planned = TICK_NEVER;
	e->standby = true;
	e->asleep = clock_asleep();
	e->watch_control.fd = setup->control;

	e->rest_after = e->model->global.vrrp.rttime * TICK_MICROSECOND / 2;

	error = set_up(e);
	if (!error) {
		lock_memory(e, setup->refused);
		error = process_release(PROCESS_CAP(CAP_IPC_LOCK));
	}
	/* All is open; no packet has been read yet. */
	if (!error)
		error = sandbox_enter(SANDBOX_VRRP);
	if (error) {
		fprintf(stderr, "batond: vrrp: cannot start: %s\n",
			strerror(-error));
		return 1;
	}
	interfaces_update(e);
	ledger_touch(setup->ledger);
	if (setup->before)
		ledger_touch(setup->before);
	if (!wait_for_go(setup, &deaf))
		return 1;
	e->left = e->rested = clock_now();
	adopt_all(e, setup->before, deaf);
	count_overruns(e);
	tell_refused(e, setup->refused);
	error = loop_run(&e->loop);
	if (error)
		fprintf(stderr, "batond: vrrp: epoll: %s\n", strerror(-error));
	if (e->yielding) /* closing sockets takes the kernel a while */
		__atomic_store_n(&e->ledger->heartbeat, LEDGER_YIELDED,
				 __ATOMIC_RELEASE);
	close_all(e);
	return error ? 1 : 0;
}
