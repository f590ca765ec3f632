/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tens of thousands of descriptors in one place of the event loop: an epoll(7)
 * of their own, which is a descriptor of the loop (sys/loop.h has room for
 * few).
 *
 * What is ready is handed out in batches, each with the tag under which its
 * descriptor was added. A descriptor that is closed is gone at once; but what
 * was ready in the batch that is just handed out still comes, so a tag must
 * tell whom it meant (rounds.c: the number and generation of a check).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/* Of one call of crowd_take(). */
#define CROWD_BATCH 256

struct crowd {
	int epoll;
	struct epoll_event ready[CROWD_BATCH];
};

/* 0 or -errno. */
int crowd_open(struct crowd *c);
void crowd_close(struct crowd *c);

/* `events` as for epoll_ctl(2). 0 or -errno. */
int crowd_add(struct crowd *c, int fd, uint32_t events, uint64_t tag);
int crowd_change(struct crowd *c, int fd, uint32_t events, uint64_t tag);

/*
 * Calls `ready` for what is ready, without waiting; how many that were. Some
 * places before that, `peek` is called twice for each, to have it at hand.
 */
int crowd_take(struct crowd *c,
	       void (*ready)(void *context, uint64_t tag, uint32_t events),
	       void (*peek)(void *context, uint64_t tag, bool again),
	       void *context);
