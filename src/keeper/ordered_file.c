/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders for real servers, from one configuration to the next, and in the run
 * directory for a daemon that is started again: a head, and the records that
 * hold. Deadlines in it are of
 * CLOCK_REALTIME, since the other clock begins anew with the machine. The file
 * is written as a whole, and is not there while nothing is ordered.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/ordered.h"
#include "sys/clock.h"
#include "sys/whole.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define FILE_MAGIC 0x31737265646f7372u

/* Of a program that comes after this one. */
#define RECORD_MAX 4096

struct head {
	uint64_t magic;
	uint32_t size; /* of a record: grows at its end */
	uint32_t count;
};

static void path_of(const struct keeper *k, char *path, size_t size)
{
	snprintf(path, size, "%s/" ORDERED_FILE, k->setup->run_dir);
}

/* From one clock to the other, where `from` and `to` are now. What no deadline
 * can be is none; one from before the other clock began has passed. */
static tick_t moved(tick_t time, tick_t from, tick_t to)
{
	return time < 0 || time > TICK_NEVER / 2
		       ? TICK_NEVER
		       : tick_max(to + (time - from), 0);
}

/* Those that hold; how many. `list` has room for all. */
static uint32_t gather(const struct ledger *l, struct ledger_ordered *list)
{
	tick_t now = clock_now(), real = clock_real_now();
	uint32_t count = 0;

	for (uint32_t n = 0; n < ledger_ordered_used(l); n++) {
		struct ledger_ordered *order = &list[count];

		if (!ledger_read_ordered(l, n, order))
			continue;
		order->until = moved(order->until, now, real);
		count++;
	}
	return count;
}

int ordered_remember(struct keeper *k)
{
	const size_t size = sizeof(struct head) +
			    LEDGER_ORDERED_MAX * sizeof(struct ledger_ordered);
	struct head *head = calloc(1, size);
	char path[4096];
	int error = head ? 0 : -ENOMEM;

	path_of(k, path, sizeof(path));
	if (head) {
		void *records = head + 1;

		head->magic = FILE_MAGIC;
		head->size = sizeof(struct ledger_ordered);
		head->count = gather(k->now.ledger, records);
		if (head->count == 0)
			error = unlink(path) && errno != ENOENT ? -errno : 0;
		else
			error = whole_write(path, 0600, (const char *)head,
					    sizeof(*head) +
						    head->count * head->size);
	}
	if (error)
		log_line(LOG_WARNING, "cannot write %s: %s", path,
			 strerror(-error));
	free(head);
	return error;
}

/* Each record by itself, of which a program may know less or more. NULL, or
 * why not all of them could be read. */
static const char *take(struct keeper *k, int fd, uint32_t *count)
{
	tick_t now = clock_now(), real = clock_real_now();
	struct head head;

	if (read(fd, &head, sizeof(head)) != sizeof(head) ||
	    head.magic != FILE_MAGIC || head.size < sizeof(uint64_t) ||
	    head.size > RECORD_MAX || head.count > LEDGER_ORDERED_MAX)
		return "it is no list of orders that this program knows";
	for (uint32_t n = 0; n < head.count; n++) {
		struct ledger_ordered order = { 0 };
		char record[RECORD_MAX];

		if (read(fd, record, head.size) != (ssize_t)head.size)
			return "it ends in the middle";
		memcpy(&order, record,
		       head.size < sizeof(order) ? head.size : sizeof(order));
		order.sequence = 0;
		order.real = UINT32_MAX;
		order.until = moved(order.until, real, now);
		if (order.key != 0 &&
		    ledger_put_ordered(k->now.ledger, &order) == 0)
			++*count;
	}
	return NULL;
}

void ordered_recall(struct keeper *k)
{
	int fd = home_open(k, ORDERED_FILE);
	const char *problem;
	uint32_t count = 0;

	if (fd == -ENOENT)
		return;
	problem = fd < 0 ? "it is not read" : take(k, fd, &count);
	if (fd >= 0)
		close(fd);
	ledger_resolve_ordered(k->now.ledger);
	if (problem)
		log_line(LOG_WARNING,
			 "%s/" ORDERED_FILE ": %s; orders of `baton rs` are "
			 "forgotten: give them again",
			 k->setup->run_dir, problem);
	if (count > 0)
		log_line(LOG_NOTICE,
			 "orders of `baton rs` hold for %u real servers",
			 count);
}

/* ---- from one configuration to the next ---- */

void ordered_carry(struct keeper *k, const struct ledger *old)
{
	ledger_inherit_ordered(k->now.ledger, old);
	ordered_settle(k);
}

void ordered_settle(struct keeper *k)
{
	unsigned ended;

	if (k->succession.confirm_by != TICK_NEVER)
		return;
	ended = ledger_prune_ordered(k->now.ledger);
	if (ended == 0)
		return;
	log_line(LOG_NOTICE,
		 "%u orders of `baton rs` end: their servers are not in the "
		 "configuration any more",
		 ended);
	(void)ordered_remember(k);
}
