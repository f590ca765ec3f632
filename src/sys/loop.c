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
 * come one upon the other wait a moment for the next ones, but never beyond
 * the deadline. The kernel has stamped them when they came.
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

/* Packets of so long are taken together when the last came so recently. */
#define GATHER       (250 * TICK_MICROSECOND)
#define GATHER_AFTER (2 * GATHER)

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
		.received = -GATHER_AFTER,
		.epoll = epoll,
		.turn = turn,
		.context = context,
	};
	return 0;
}

void loop_close(struct loop *l)
{
	if (l->epoll >= 0)
		close(l->epoll);
	l->epoll = -1;
}

static int control(struct loop *l, int operation, struct loop_watch *watch,
		   uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(l->epoll, operation, watch->fd, &event) ? -errno : 0;
}

int loop_add(struct loop *l, struct loop_watch *watch, uint32_t events)
{
	int error;

	if (l->watches == LOOP_WATCHES_MAX)
		return -ENOSPC;
	error = control(l, EPOLL_CTL_ADD, watch, events);
	if (error == 0)
		l->watches++;
	return error;
}

void loop_remove(struct loop *l, struct loop_watch *watch)
{
	if (control(l, EPOLL_CTL_DEL, watch, 0) == 0)
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
static int wait_otherwise(struct loop *l, const struct timespec *timeout)
{
	struct pollfd ready = { l->epoll, POLLIN, 0 };
	int count = ppoll(&ready, 1, timeout, NULL);

	return count > 0 ? epoll_wait(l->epoll, l->ready, LOOP_WATCHES_MAX, 0)
			 : count;
}

static int wait_ready(struct loop *l, const struct timespec *timeout)
{
	int count;

	if (l->otherwise)
		return wait_otherwise(l, timeout);
	count = epoll_pwait2(l->epoll, l->ready, LOOP_WATCHES_MAX, timeout,
			     NULL);
	if (count >= 0 || (errno != ENOSYS && errno != EPERM))
		return count;
	l->otherwise = true;
	return wait_otherwise(l, timeout);
}

/* Fills `ready`, waiting until about `until` (0: not). 0 or -errno. */
static int look(struct loop *l, tick_t until)
{
	struct timespec timeout = { 0 };
	int count;

	if (until > 0 && until != TICK_NEVER) {
		tick_t length = wait_length(until, clock_now());

		timeout.tv_sec = (time_t)(length / TICK_SECOND);
		timeout.tv_nsec = (long)(length % TICK_SECOND);
	}
	count = wait_ready(l, until != TICK_NEVER ? &timeout : NULL);
	l->ready_count = count > 0 ? count : 0;
	return count < 0 && errno != EINTR ? -errno : 0;
}

/* Before the next look at packets, if they come in such a hurry. */
static void gather(const struct loop *l, tick_t until)
{
	tick_t end = tick_min(l->received + GATHER, until);
	struct timespec time = { end / TICK_SECOND, end % TICK_SECOND };

	if (l->crowded && end > clock_now())
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static void note_received(struct loop *l)
{
	if (l->received == l->now)
		return; /* of the other family */
	l->crowded = l->now - l->received < GATHER_AFTER;
	l->received = l->now;
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
