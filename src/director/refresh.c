/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync_refresh_period of IPVS: the kernel sends an idle connection anew to
 * other directors only if that says so. Where it is 0 it is set, and put back
 * at the end, unless somebody else has set it meanwhile.
 */
#include "director/director_state.h"

#include "ledger/lvs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REFRESH_PATH "/proc/sys/net/ipv4/vs/sync_refresh_period"
#define REFRESH      5 /* seconds, where it was 0 */
#define REFRESH_MOST 3600

/* Both are for one use: the kernel takes and gives all at the beginning of a
 * file only. */
static int open_to(int flags)
{
	return open(REFRESH_PATH, flags | O_CLOEXEC);
}

/* Closes it. Seconds, or -1: it cannot be read. */
static long read_from(int fd)
{
	char text[32] = "";
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	return length < 0 ? -1 : strtol(text, NULL, 10);
}

static bool write_to(int fd, int seconds)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d\n", seconds);
	bool written = fd >= 0 && write(fd, text, (size_t)length) == length;

	if (fd >= 0)
		close(fd);
	return written;
}

void refresh_open(struct director *d)
{
	struct ledger_lvs *book = ledger_lvs(d->ledger);
	bool wanted = d->model->global.lvs.sync.interface != NULL;
	long seconds = read_from(open_to(O_RDONLY));

	d->refresh_fd = d->refresh_is_fd = -1;
	if (seconds >= 0 && seconds != REFRESH)
		book->refreshes = 0; /* it is somebody else's now */
	if (wanted && seconds == 0 && write_to(open_to(O_WRONLY), REFRESH)) {
		book->refreshes = 1;
	} else if (!wanted && book->refreshes) {
		(void)write_to(open_to(O_WRONLY), 0);
		book->refreshes = 0;
	}
	if (seconds <= 0 || seconds > REFRESH_MOST)
		seconds = REFRESH;
	d->refresh = seconds * TICK_SECOND;
	if (!book->refreshes)
		return;
	d->refresh_fd = open_to(O_WRONLY);
	d->refresh_is_fd = open_to(O_RDONLY);
}

void refresh_close(struct director *d)
{
	long seconds;

	if (d->refresh_fd < 0)
		return;
	seconds = read_from(d->refresh_is_fd);
	if (seconds >= 0 && seconds != REFRESH)
		close(d->refresh_fd);
	else if (!write_to(d->refresh_fd, 0))
		seconds = -1;
	if (seconds >= 0)
		ledger_lvs(d->ledger)->refreshes = 0;
	d->refresh_fd = d->refresh_is_fd = -1;
}
