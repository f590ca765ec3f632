/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections that another director shares with this one. The kernel sends an
 * idle connection anew only if sync_refresh_period says so; where that is 0 it
 * is set, and put back at the end. While the virtual router of lvs_sync_daemon
 * is a Backup the connections are counted: when their number has been steady
 * for two of these periods, what can be known here is known, and `vrrp` may
 * preempt (router/sync_wait.h).
 */
#include "director/director_state.h"

#include "ledger/lvs.h"
#include "sys/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFRESH_PATH "/proc/sys/net/ipv4/vs/sync_refresh_period"
#define REFRESH      5 /* seconds, where it was 0 */
#define REFRESH_MOST 3600

#define COUNT_EVERY TICK_SECOND
#define STEADY      50 /* a 50th more or less is steady */

static int read_refresh(long *seconds)
{
	char text[32] = "";
	int fd = open(REFRESH_PATH, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (length < 0)
		return -errno;
	*seconds = strtol(text, NULL, 10);
	return 0;
}

/* A write is taken only at the beginning: by a descriptor of its own. */
static int open_refresh(void)
{
	return open(REFRESH_PATH, O_WRONLY | O_CLOEXEC);
}

static bool write_refresh(int fd, int seconds)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", seconds);
	bool written = fd >= 0 && write(fd, text, (size_t)length) == length;

	if (fd >= 0)
		close(fd);
	return written;
}

void sync_open(struct director *d)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	bool wanted = d->model->global.lvs.sync.interface != NULL;
	long seconds = REFRESH;

	d->refresh_fd = -1;
	if (read_refresh(&seconds) == 0) {
		if (wanted && seconds == 0 &&
		    write_refresh(open_refresh(), REFRESH)) {
			book->refreshes = 1;
			seconds = REFRESH;
		} else if (!wanted && book->refreshes) {
			if (seconds == REFRESH)
				(void)write_refresh(open_refresh(), 0);
			book->refreshes = 0;
		}
	}
	if (seconds <= 0 || seconds > REFRESH_MOST)
		seconds = REFRESH;
	d->refresh = seconds * TICK_SECOND;
	if (book->refreshes)
		d->refresh_fd = open_refresh();
}

void sync_close(struct director *d)
{
	if (d->refresh_fd < 0)
		return;
	if (write_refresh(d->refresh_fd, 0))
		ledger_lvs(d->ledger)->refreshes = 0;
	d->refresh_fd = -1;
}

static void add(void *context, const struct ipvs_dest *dest,
		const struct ipvs_counts *counts)
{
	uint64_t *sum = context;

	(void)dest;
	*sum += (uint64_t)counts->active + counts->inactive;
}

/* Of all services that are ours. */
static uint64_t count(struct director *d)
{
	uint64_t sum = 0;

	for (uint32_t n = 0; n < d->table.service_count; n++) {
		const struct table_service *s = &d->table.services[n];

		if (s->is & TABLE_OURS)
			(void)ipvs_dests(d->ipvs, &s->want.key, add, &sum);
	}
	return sum;
}

static bool differs(uint64_t a, uint64_t b)
{
	uint64_t more = a > b ? a - b : b - a;

	return more * STEADY > b;
}

static void begin(struct director *d, tick_t since, tick_t now)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);

	d->sync_since = since;
	d->sync_count = count(d);
	book->sync_connections = (uint32_t)d->sync_count;
	book->sync_from = (uint64_t)now;
	__atomic_store_n(&book->sync_steady, 0, __ATOMIC_RELEASE);
}

static void look(struct director *d, tick_t now)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	uint64_t sum = count(d);

	book->sync_connections = (uint32_t)sum;
	if (differs(sum, d->sync_count)) {
		d->sync_count = sum;
		book->sync_from = (uint64_t)now;
	}
	if (tick_since((tick_t)book->sync_from, now) < 2 * d->refresh)
		return;
	__atomic_store_n(&book->sync_steady, (uint64_t)now, __ATOMIC_RELEASE);
	wake_send(d->wake);
}

tick_t sync_turn(struct director *d, tick_t now)
{
	struct vrrp_saved core;

	if (d->stopping) {
		sync_close(d);
		return TICK_NEVER;
	}
	if (!kernel_instance(d, &core) || core.state != VRRP_BACKUP) {
		d->sync_since = 0;
		return TICK_NEVER;
	}
	if (core.since != d->sync_since)
		begin(d, core.since, now);
	else if (ledger_lvs(d->ledger)->sync_steady)
		return TICK_NEVER;
	else if (now >= d->sync_at)
		look(d, now);
	else
		return d->sync_at;
	d->sync_at = now + COUNT_EVERY;
	return d->sync_at;
}
