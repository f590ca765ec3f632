/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop: epoll(7), one absolute deadline, one `now` for a whole turn.
 *
 * A turn is: wait for a ready descriptor or the deadline; read the clock; run
 * the ready watches of class LOOP_RECEIVE, then the others; then call the
 * owner's turn(), which steps what is due at `now`, flushes what was queued
 * and returns the next deadline.
 *
 * The promise that VRRP needs: when turn() looks at a deadline that has
 * passed, everything that had arrived by `now` has been handed to the receive
 * watches of the same turn. A process that overslept, was stopped or lost its
 * CPU therefore hears a living Active before it would depose it. (How much a
 * watch takes in one turn is its own bound.)
 *
 * Precision: microseconds, whatever the length of the wait (loop.c says why
 * that is not epoll's default).
 *
 * Where packets arrive back to back, turns for them are 250 us apart, and in a
 * flood up to 1.25 ms, so that it costs little. Deadlines are kept, and all
 * other watches are served at once.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* So few that one epoll_wait always tells of all that are ready. */
#define LOOP_WATCHES_MAX 64

enum loop_class {
	LOOP_RECEIVE, /* packets of the protocol: before everything else */
	LOOP_OTHER,
};

/*
 * A descriptor and what to do when it is ready; level-triggered. Owned by the
 * caller, unmoved while it is in the loop.
 */
struct loop_watch {
	int fd;
	enum loop_class class;
	/* `events` as of epoll: EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP. */
	void (*ready)(void *context, uint32_t events);
	void *context;
};

struct loop {
	tick_t now;      /* as of this turn */
	tick_t deadline; /* the earliest one; turn() is called then */
	uint64_t turns;  /* calls of turn() */
	/* Private: */
	int epoll;
	unsigned watches;
	bool stopping;
	int others;      /* the same without LOOP_RECEIVE, or -1 */
	bool otherwise;  /* epoll_pwait2(2) is refused here */
	tick_t gather;   /* packets wait for others for so long, or 0 */
	tick_t received; /* the last turn that had one */
	tick_t looked;   /* the first look after it, or 0 */
	tick_t (*turn)(void *context, tick_t now);
	void *context;
	struct epoll_event ready[LOOP_WATCHES_MAX];
	int ready_count;
};

/*
 * An empty loop whose first turn comes at once. turn() is called after every
 * wake-up that had a ready watch or reached the deadline, and returns the
 * next deadline: TICK_NEVER for none, any time up to `now` to be called again
 * at once (after a look at what is ready). It may be NULL. Sets this thread's
 * timer slack (prctl(2)) to its least. 0 or -errno.
 */
int loop_init(struct loop *l, tick_t (*turn)(void *context, tick_t now),
	      void *context);

/* Closes the loop, not the descriptors in it. */
void loop_close(struct loop *l);

/*
 * `events` as for epoll_ctl, mostly EPOLLIN. 0 or -errno; -ENOSPC: full. Those
 * of LOOP_RECEIVE first: what was added before them is not served while
 * packets are gathered, but after that.
 */
int loop_add(struct loop *l, struct loop_watch *watch, uint32_t events);

/*
 * Takes a watch out; do this before closing its descriptor. Allowed inside
 * callbacks: a removed watch is not called any more, even if it was ready.
 */
void loop_remove(struct loop *l, struct loop_watch *watch);

/* Turns until loop_stop(). 0, or -errno of epoll. */
int loop_run(struct loop *l);

/*
 * One turn, which waits no longer than until `until`; then turn() is not
 * called if nothing was ready or due. For tests, and for loops within loops.
 */
int loop_turn(struct loop *l, tick_t until);

/* Ends loop_run() after this turn. */
void loop_stop(struct loop *l);

/*
 * Blocks these signals for the process and yields a non-blocking signalfd(2)
 * for them (close-on-exec), or -errno. Children made by fork inherit the mask.
 */
int loop_signals_open(const int *signals, unsigned count);

/* The next signal that came, or 0 if there is none. */
int loop_signals_read(int fd);
