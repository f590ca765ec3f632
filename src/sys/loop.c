/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of sys/loop.h, on epoll_pwait2(2).
 *
 * Three things here are not obvious.
 *
 * The wait. The kernel may let epoll's timer run late by a thousandth of the
 * wait (a two-hundredth for a niced process), which for a Master_Down_Interval
 * of 3.6 s are milliseconds. So a long wait ends a little early and the rest
 * is waited for exactly. That costs one wake-up for a deadline that is
 * reached, and nothing for one that is moved before, as most are; a timerfd
 * would cost a system call for each move.
 *
 * The second look. The clock is read after the wait. Whatever stopped the
 * process between the two (a debugger, a hypervisor, a busy core) may have
 * let a deadline pass while packets arrived. So when a deadline has passed by
 * the clock, the descriptors are looked at once more, without waiting.
 *
 * The gathering. A packet that wakes the process costs several times what one
 * of a batch does, and who flooded the machine would choose. So packets that
 * arrive back to back wait a moment for the next ones, and longer while that
 * goes on, but never beyond the deadline. Nothing but packets waits: a
 * second epoll without them ends the wait. The kernel has stamped the packets
 * when they arrived, so no timer counts from when they are read. What may be
 * late is the answer to one: by GATHER_MOST.
 */
#include "sys/loop.h"
#include "base/must.h"
#include "sys/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Waits up to this are late by 30 us at most (160 us when niced). */
#define WAIT_EXACT (32 * TICK_MILLISECOND)

/* A longer wait ends early by this part of it: more than a two-hundredth. */
#define WAIT_EARLY 128

/*
 * Packets of so long are taken together: at first, and when they do not stop
 * twice as long each time, up to an eighth of the shortest interval that an
 * advertisement can have (RFC 9568 5.2.7, 1 cs). They have stopped when none
 * came for twice as long.
 */
#define GATHER      (250 * TICK_MICROSECOND)
#define GATHER_MOST (TICK_CENTISECOND / 8)

int loop_init(struct loop *l, tick_t (*turn)(void *context, tick_t now),
	      void *context)
{
	int epoll;

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return -errno;
	/* 50 us by default; a realtime thread has none. Never fatal. */
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	*l = (struct loop){
		.now = clock_now(),
		.received = -2 * GATHER,
		.epoll = epoll,
		.others = -1,
		.turn = turn,
		.context = context,
	};
	return 0;
}

void loop_close(struct loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	if (l->others >= 0)
		close(l->others);
	l->epoll = l->others = -1;
}

static int control(int epoll, int operation, struct loop_watch *watch,
		   uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(epoll, operation, watch->fd, &event) ? -errno : 0;
}

/* Only a loop that has packets gathers any. */
static int add_to_others(struct loop *l, struct loop_watch *watch,
			 uint32_t events)
{
	if (watch->class == LOOP_OTHER)
		return l->others < 0 ? 0
				     : control(l->others, EPOLL_CTL_ADD, watch,
					       events);
	if (l->others < 0)
		l->others = epoll_create1(EPOLL_CLOEXEC);
	return l->others < 0 ? -errno : 0;
}

static void remove_from_others(const struct loop *l, struct loop_watch *watch)
{
	if (watch->class == LOOP_OTHER && l->others >= 0)
		control(l->others, EPOLL_CTL_DEL, watch, 0);
}

int loop_add(struct loop *l, struct loop_watch *watch, uint32_t events)
{
	int error;

	if (l->watches == LOOP_WATCHES_MAX)
		return -ENOSPC;
	error = add_to_others(l, watch, events);
	if (error)
		return error;
	error = control(l->epoll, EPOLL_CTL_ADD, watch, events);
	if (error == 0)
		l->watches++;
	else
		remove_from_others(l, watch);
	return error;
}

void loop_remove(struct loop *l, struct loop_watch *watch)
{
	remove_from_others(l, watch);
	if (control(l->epoll, EPOLL_CTL_DEL, watch, 0) == 0)
		l->watches--;
	for (int i = 0; i < l->ready_count; i++) {
		if (l->ready[i].data.ptr == watch)
			l->ready[i].data.ptr = NULL;
	}
}

/* How long to wait for `until`; 0 if it has passed. */
static tick_t wait_length(tick_t until, tick_t now)
{
	tick_t left;

	if (until <= now)
		return 0;
	left = until - now;
	return left > WAIT_EXACT ? left - left / WAIT_EARLY : left;
}

/*
 * Where a kernel or a container does not permit epoll_pwait2(2): ppoll(2) waits
 * as exactly, and costs a second system call.
 */
static int wait_otherwise(struct loop *l, int epoll,
			  const struct timespec *timeout)
{
	struct pollfd ready = { epoll, POLLIN, 0 };
	int count = ppoll(&ready, 1, timeout, NULL);

	return count > 0 ? epoll_wait(epoll, l->ready, LOOP_WATCHES_MAX, 0)
			 : count;
}

static int wait_ready(struct loop *l, int epoll, const struct timespec *timeout)
{
	int count;

	if (l->otherwise)
		return wait_otherwise(l, epoll, timeout);
	count = epoll_pwait2(epoll, l->ready, LOOP_WATCHES_MAX, timeout, NULL);
	if (count >= 0 || (errno != ENOSYS && errno != EPERM))
		return count;
	l->otherwise = true;
	return wait_otherwise(l, epoll, timeout);
}

static struct timespec timespec_of(tick_t length)
{
	return (struct timespec){ (time_t)(length / TICK_SECOND),
				  (long)(length % TICK_SECOND) };
}

/* Fills `ready`, waiting until about `until` (0: not). 0 or -errno. */
static int look(struct loop *l, tick_t until)
{
	struct timespec timeout = { 0 };
	int count;

	if (until > 0 && until != TICK_NEVER)
		timeout = timespec_of(wait_length(until, clock_now()));
	count = wait_ready(l, l->epoll, until != TICK_NEVER ? &timeout : NULL);
	l->ready_count = count > 0 ? count : 0;
	return count < 0 && errno != EINTR ? -errno : 0;
}

/* The first look after packets: whether the next ones were there already. */
static void note_look(struct loop *l, tick_t now)
{
	if (l->looked == 0)
		l->looked = now;
}

/*
 * Before the next look at packets, if they arrive back to back. Whatever else
 * is ready is found by that look.
 */
static void gather(struct loop *l, tick_t until)
{
	tick_t end = tick_min(l->received + l->gather, until), now;
	struct timespec timeout;

	if (l->gather == 0)
		return;
	now = clock_now();
	if (now < end) {
		timeout = timespec_of(end - now);
		wait_ready(l, l->others, &timeout);
		now = clock_now();
	}
	note_look(l, now);
}

/* However late this process was to look. */
static bool have_stopped(const struct loop *l)
{
	if (l->gather == 0)
		return l->now - l->received >= 2 * GATHER;
	return l->now - tick_max(l->looked, l->received + l->gather) >=
	       l->gather;
}

static void note_received(struct loop *l)
{
	if (l->received == l->now)
		return; /* of the other family */
	if (have_stopped(l))
		l->gather = 0;
	else if (l->gather == 0)
		l->gather = GATHER;
	else
		l->gather = tick_min(2 * l->gather, GATHER_MOST);
	l->received = l->now;
	l->looked = 0;
}

static void run_ready(struct loop *l, enum loop_class class)
{
	for (int i = 0; i < l->ready_count; i++) {
		struct loop_watch *watch = l->ready[i].data.ptr;

		if (!watch || watch->class != class)
			continue;
		l->ready[i].data.ptr = NULL;
		if (class == LOOP_RECEIVE)
			note_received(l);
		watch->ready(watch->context, l->ready[i].events);
	}
}

static void run_turn(struct loop *l)
{
	run_ready(l, LOOP_RECEIVE);
	run_ready(l, LOOP_OTHER);
	l->ready_count = 0;
	l->turns++;
	l->deadline = l->turn ? l->turn(l->context, l->now) : TICK_NEVER;
}

int loop_turn(struct loop *l, tick_t until)
{
	tick_t wake = tick_min(l->deadline, until);
	int error = 0;

	while (error == 0 && l->deadline > l->now) {
		gather(l, wake);
		error = look(l, wake);
		l->now = clock_now();
		if (error || l->now >= l->deadline)
			break;
		if (l->ready_count > 0) {
			run_turn(l);
			return 0;
		}
		if (l->now >= wake)
			return 0;
	}
	if (error == 0) {
		l->now = clock_now();
		note_look(l, l->now);
		error = look(l, 0);
	}
	if (error == 0)
		run_turn(l);
	return error;
}

int loop_run(struct loop *l)
{
	int error = 0;

	while (!l->stopping && error == 0)
		error = loop_turn(l, TICK_NEVER);
	l->stopping = false;
	return error;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

int loop_signals_open(const int *signals, unsigned count)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	for (unsigned i = 0; i < count; i++)
		sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int loop_signals_read(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}
