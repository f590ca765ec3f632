/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets, orders, and the end of the `vrrp` process.
 *
 * Packets come first, to their end, so that a process that overslept never
 * deposes an Active whose adverts wait in the socket; then the turn (turn.c).
 */
#include "router/router.h"

#include "router/speech.h"
#include "router/state.h"

#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/schedule.h"
#include "sys/wake.h"
#include "vrrp/frame.h"
#include "vrrp/timer.h"

#include "base/must.h"

#include <errno.h>
#include <linux/capability.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long the kernel may take to tell its links and addresses. */
#define LOAD_TIME (10 * TICK_SECOND)

/*
 * Commands of one train in real time (rttime.c): it is one call, and the kernel
 * was seen to take 15 ms for 200 on links with hundreds of addresses.
 */
#define TRAIN 50

/*
 * The pause of notifications that come faster than that (sys/throttle.h): that
 * much later an address is put back, or a link counts as down.
 */
#define MIRROR_PAUSE (2 * TICK_MILLISECOND)

/* Packets that were dropped before they were anybody's. */
static void count_lost(struct router *r)
{
	struct receive_counters c = receive_counters(r->receive);

	r->server->packets_overflowed = r->overflows_before + c.overflow;
	r->server->packets_malformed = r->malformed_before + c.malformed;
}

static void drain(struct router *r, uint8_t family)
{
	int count;

	r->now = r->loop.now;
	rttime_begin(r);
	turn_look_for_stall(r);
	count = receive_drain(r->receive, family, r->now);
	count_lost(r);
	r->behind |= count >= RECEIVE_TURN_MAX;
}

static void ready_v4(void *context, uint32_t events)
{
	drain(context, IP_V4);
}

static void ready_v6(void *context, uint32_t events)
{
	drain(context, IP_V6);
}

static void ready_netlink(void *context, uint32_t events)
{
	struct router *r = context;

	(void)events;
	r->now = r->loop.now;
	netlink_read(r->netlink);
}

static void count_overruns(struct router *r)
{
	r->server->netlink_overruns =
		r->overruns_before + mirror_counters(r->mirror).overruns;
}

static void ready_mirror(void *context, uint32_t events)
{
	struct router *r = context;

	(void)events;
	r->now = r->loop.now;
	mirror_read(r->mirror);
	throttle_note(&r->mirror_throttle, r->now,
		      !mirror_more(r->mirror) && !mirror_resyncing(r->mirror));
	count_overruns(r);
}

static void ready_signal(void *context, uint32_t events)
{
	struct router *r = context;
	int signal;

	(void)events;
	r->now = r->loop.now;
	while ((signal = loop_signals_read(r->watch_signal.fd)) != 0) {
		if (signal == COMMAND_YIELD)
			r->yielding = true;
		else
			turn_stop(r);
	}
}

/* A sync group is handed over as a whole. */
static bool is_meant(const struct router *r, const struct command *m,
		     uint32_t n)
{
	uint32_t group = r->instances[n].group;

	return m->instance == LEDGER_NO_INSTANCE || m->instance == n ||
	       (m->what == COMMAND_HANDOVER && group != ROUTER_NONE &&
		m->instance < r->instance_count &&
		r->instances[m->instance].group == group);
}

/* It may start again, whatever became of it. */
static void end_quarantine(struct instance *i)
{
	bool opened = record_open(i->record);

	i->record->deaths = 0;
	record_close(i->record, opened);
}

static void command(struct router *r, const struct command *m)
{
	static const enum vrrp_event_type types[] = {
		[COMMAND_HANDOVER] = VRRP_EVENT_HANDOVER,
		[COMMAND_DRAIN] = VRRP_EVENT_SHUTDOWN,
		[COMMAND_UNDRAIN] = VRRP_EVENT_STARTUP,
		[COMMAND_REMOVE] = VRRP_EVENT_SHUTDOWN,
	};
	struct vrrp_event event = { 0 };

	if (m->what == COMMAND_TAKEOVER) {
		takeover_run(r);
		return;
	}
	/* A GO that comes late is none: it went on by itself. */
	if (m->what < COMMAND_HANDOVER || m->what >= ARRAY_LENGTH(types))
		return;
	event.type = types[m->what];
	for (uint32_t n = 0; n < r->instance_count; n++)
		if (is_meant(r, m, n)) {
			if (m->what == COMMAND_UNDRAIN)
				end_quarantine(&r->instances[n]);
			if (m->what != COMMAND_HANDOVER) {
				r->instances[n].drained =
					m->what != COMMAND_UNDRAIN;
				r->instances[n].removed =
					m->what == COMMAND_REMOVE;
			}
			if (m->what != COMMAND_UNDRAIN || !start_waits(r, n))
				router_step(r, n, &event);
		}
}

/* The keeper asks; when it is gone, we go on without it. */
static void ready_control(void *context, uint32_t events)
{
	struct router *r = context;
	struct command message;
	ssize_t length;

	(void)events;
	r->now = r->loop.now;
	while ((length = recv(r->watch_control.fd, &message, sizeof(message),
			      MSG_DONTWAIT)) > 0)
		if (length == sizeof(message))
			command(r, &message);
	if (length == 0) {
		loop_remove(&r->loop, &r->watch_control);
		close(r->watch_control.fd);
		r->watch_control.fd = -1;
		turn_without_keeper(r);
	}
}

/* Others know something new; the turn looks at it. */
static void ready_wake(void *context, uint32_t events)
{
	struct router *r = context;

	(void)events;
	if (wake_take(r->wake))
		return;
	loop_remove(&r->loop, &r->watch_wake); /* the keeper is gone */
	r->watch_wake.fd = -1;
}

/* Rounds of waiting for the keeper's word. */
#define ALONE_STEP_MS 10
#define ALONE_ROUNDS  30

/* For this process: the keeper said so before it told the old one. */
static bool has_let_go(const struct ledger *before)
{
	return before &&
	       __atomic_load_n(&ledger_server(before)->heartbeat,
			       __ATOMIC_ACQUIRE) == LEDGER_YIELDED &&
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

static tick_t turn(void *context, tick_t now)
{
	struct router *r = context;
	tick_t next;

	r->now = now;
	rttime_begin(r);
	next = turn_run(r);
	rttime_end(r);
	return next;
}

/* The kernel walks all its routes for us: only where there may be ours. */
static bool looks_at_routes(const struct router *r, struct ledger *before)
{
	if (!before && r->server->turns == 0)
		return true; /* an earlier life may have left some */
	for (uint32_t n = 0; n < r->holding_count; n++)
		if (ledger_wanted_at(r->ledger, n)->kind != 0)
			return true;
	for (uint32_t n = 0; before && n < ledger_holdings(before); n++) {
		struct ledger_holding l;

		ledger_copy_holding(before, n, &l);
		if (l.wanted.kind != 0)
			return true;
	}
	return false;
}

static int setup_sockets(struct router *r, struct ledger *before)
{
	const struct conf_global *global = &r->model->global;
	const int signals[] = { SIGTERM, COMMAND_YIELD };
	int error;

	error = receive_open(&r->receive,
			     &(struct receive_config){ router_packets, r, 0 });
	if (!error)
		error = transmit_open(
			&r->transmit,
			&(struct transmit_config){
				.done = sending_done,
				.context = r,
				.neighbours_v4 = router_neighbours(r, IP_V4),
				.neighbours_v6 = router_neighbours(r, IP_V6),
			});
	if (!error)
		error = netlink_open(
			&r->netlink,
			&(struct netlink_config){
				holdings_done, r, global->command.size,
				global->command.size && !global->command.force,
				r->pause_after ? TRAIN : 0 });
	if (!error)
		error = mirror_open(
			&r->mirror,
			&(struct mirror_config){
				interfaces_changed, r, global->monitor.size,
				global->monitor.size && !global->monitor.force,
				looks_at_routes(r, before) });
	if (error)
		return error;
	mirror_expect(r->mirror, netlink_port(r->netlink));
	r->watch_signal.fd = loop_signals_open(signals, 2);
	return r->watch_signal.fd < 0 ? r->watch_signal.fd : 0;
}

static int watch(struct router *r, struct loop_watch *w, int fd,
		 enum loop_class class,
		 void (*ready)(void *context, uint32_t events))
{
	if (fd < 0)
		return 0; /* a host without IPv6 */
	*w = (struct loop_watch){ fd, class, ready, r };
	return loop_add(&r->loop, w, EPOLLIN);
}

/* The kernel tells of each router advertisement, and who sends these? */
static int watch_mirror(struct router *r)
{
	r->watch_mirror = (struct loop_watch){ mirror_fd(r->mirror), LOOP_OTHER,
					       ready_mirror, r };
	r->mirror_throttle =
		(struct throttle){ .loop = &r->loop, .pause = MIRROR_PAUSE };
	return throttle_add(&r->mirror_throttle, &r->watch_mirror);
}

static int setup_loop(struct router *r)
{
	int error = loop_init(&r->loop, turn, r);

	if (!error)
		error = watch(r, &r->watch_v4, receive_fd(r->receive, IP_V4),
			      LOOP_RECEIVE, ready_v4);
	if (!error)
		error = watch(r, &r->watch_v6, receive_fd(r->receive, IP_V6),
			      LOOP_RECEIVE, ready_v6);
	if (!error)
		error = watch(r, &r->watch_netlink, netlink_fd(r->netlink),
			      LOOP_OTHER, ready_netlink);
	if (!error)
		error = watch_mirror(r);
	if (!error)
		error = watch(r, &r->watch_signal, r->watch_signal.fd,
			      LOOP_OTHER, ready_signal);
	if (!error)
		error = watch(r, &r->watch_control, r->watch_control.fd,
			      LOOP_OTHER, ready_control);
	if (!error)
		error = watch(r, &r->watch_wake, r->wake, LOOP_OTHER,
			      ready_wake);
	return error;
}

static void close_all(struct router *r)
{
	loop_close(&r->loop);
	receive_close(r->receive);
	transmit_close(r->transmit);
	netlink_close(r->netlink);
	mirror_close(r->mirror);
	neighbour_close(r->neighbour);
	setup_free(r);
}

static int set_up(struct router *r, struct ledger *before)
{
	int error = setup_objects(r);

	if (!error)
		error = setup_sockets(r, before);
	if (!error)
		error = setup_loop(r);
	if (!error)
		error = neighbours_open(r);
	if (!error)
		error = mirror_load(r->mirror, clock_now() + LOAD_TIME);
	return error;
}

/* After set-up: what is locked then is all that there is. */
static void lock_memory(const struct router *r, int *refused)
{
	if (r->model->global.vrrp.no_swap)
		refused[SCHEDULE_MEMORY] = -schedule_lock_memory();
}

static void tell_refused(struct router *r, const int *refused)
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
			ledger_append(r->ledger, &event);
	}
}

static const char *remedy(int error)
{
	if (error == -EPERM || error == -EACCES)
		return "; it needs CAP_NET_ADMIN and CAP_NET_RAW";
	return error == -EMFILE ? "; permit more file descriptors (ulimit -n, "
				  "LimitNOFILE=)"
				: "";
}

int router_run(const struct router_setup *setup)
{
	static struct router router;
	struct router *r = &router;
	bool deaf = false;
	int error;

	r->model = setup->model;
	r->ledger = setup->ledger;
	r->server = ledger_server(setup->ledger);
	r->wake = setup->wake;
	r->instance_count = ledger_instances(setup->ledger);
	r->holding_count = ledger_holdings(setup->ledger);
	r->stop_at = r->orphan_at = TICK_NEVER;
	r->planned = TICK_NEVER;
	r->standby = true;
	r->asleep = clock_asleep();
	r->watch_control.fd = setup->control;

	r->pause_after = r->model->global.vrrp.rttime * TICK_MICROSECOND / 2;
	error = set_up(r, setup->before);
	if (!error) {
		lock_memory(r, setup->refused);
		error = process_release(PROCESS_CAP(CAP_IPC_LOCK));
	}
	/* All is open; no packet has been read yet. */
	if (!error)
		error = sandbox_enter(setup->sandbox);
	if (error) {
		r->server->start_error = (uint64_t)-error;
		fprintf(stderr, "batond: vrrp: cannot start: %s%s\n",
			strerror(-error), remedy(error));
		return 1;
	}
	r->server->start_error = 0;
	malloc_trim(0); /* the tables have grown by doubling */
	interfaces_update(r);
	ledger_touch(setup->ledger);
	if (setup->before)
		ledger_touch(setup->before);
	if (!wait_for_go(setup, &deaf))
		return 1;
	r->left = r->paused = clock_now();
	adopt_all(r, setup->before, deaf);
	ledger_unmap(setup->before); /* all of it is here now */
	r->waited = router_waits(r);
	count_overruns(r);
	tell_refused(r, setup->refused);
	error = loop_run(&r->loop);
	if (error)
		fprintf(stderr, "batond: vrrp: epoll: %s\n", strerror(-error));
	if (r->yielding) /* closing sockets takes the kernel a while */
		__atomic_store_n(&r->server->heartbeat, LEDGER_YIELDED,
				 __ATOMIC_RELEASE);
	close_all(r);
	return error ? 1 : 0;
}
