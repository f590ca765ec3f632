/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `lvs` (src/director) as a child, with a model of the kernel's
 * table (tests/ipvs/model.h) in the place of sys/ipvs.h. The kernel is in
 * memory that all share, so it outlives processes.
 */
#pragma once

#include "director/director.h"
#include "director/director_state.h"
#include "ledger/lvs.h"
#include "ledger/ordered.h"
#include "model.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct kernel {
	struct model table;
	uint64_t changes;
	struct ipvs_timeouts timeouts;
	uint32_t active;  /* connections of each destination */
	int open_error;   /* 0: it has IPVS */
	int dests_error;  /* 0: it says what destinations there are */
	unsigned refused; /* how often it did not */
	/* Of the next dumps of destinations so many fail. */
	unsigned dests_fail;
	unsigned dumps; /* of destinations */
};

extern struct kernel *kernel;
extern struct ledger *ledger;
extern int wake[2]; /* by which the child is woken, and wakes */

/* It watches its timeouts, which say that it has begun (wait_for()). */
#define HEAD "global_defs {\n lvs_timeouts tcp 901\n}\n"

/* Of a ledger with room for so many of each; teardown: end_test(). */
int begin_test_with(const struct ledger_size *size);
int end_test(void **state);
/* All books are lost; the kernel is not. */
void forget_ledger(void);

pid_t start_lvs(const char *text);
/* By a signal; 0 or how it ended. */
int end_lvs(pid_t pid, int signal);

/* What it has in this process, for calls of its files one by one: the core
 * has begun, and all services are known to be in the kernel, empty. */
void hold_lvs(struct director *d, const char *text);
void drop_lvs(struct director *d);

unsigned dests_in_kernel(void);
/* Until the table is done, and has so many destinations. */
void wait_for(unsigned wanted);
/* Until that server has that order, by the book. */
void wait_order(uint32_t server, enum lvs_order order);
/* Until it is so, or the test has failed. */
void wait_until(bool (*is_so)(void), const char *what);
void put_order(uint32_t real, enum ledger_ordered_what what);
