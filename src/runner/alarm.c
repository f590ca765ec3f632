/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reload at a time that a file says (reload_time_file), so that several
 * routers change at one moment. The file is looked at once a second; the moment
 * itself is met by a deadline. The keeper does the reload, and is asked for it
 * in the ledger.
 */
#include "runner/runner_state.h"

#include "runner/bounded.h"
#include "runner/when.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_EVERY TICK_SECOND

/* The last second that a tick can say: in the year 2262. */
#define LAST ((time_t)(INT64_MAX / TICK_SECOND) - 1)

/* Only a regular file is read, and never waited for. */
static bool read_file(const char *path, char text[WHEN_BYTES + 1],
		      struct stat *status)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t length = -1;

	if (fd < 0)
		return false;
	if (fstat(fd, status) == 0 && S_ISREG(status->st_mode))
		length = read(fd, text, WHEN_BYTES);
	close(fd);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

static void tell(const char *path, time_t at)
{
	char text[32] = "";
	struct tm parts;

	if (localtime_r(&at, &parts))
		strftime(text, sizeof(text), "%F %T", &parts);
	fprintf(stderr, "batond: run: %s: the next reload is at %s\n", path,
		text);
}

/* What it says now; one that has gone takes its reload with it. */
static void look(struct runner *r, const char *path)
{
	struct alarm *a = &r->alarm;
	time_t now = (time_t)(clock_real_now() / TICK_SECOND), at;
	char text[WHEN_BYTES + 1];
	struct stat status;

	if (!read_file(path, text, &status)) {
		*a = (struct alarm){ .answers = true, .look_at = a->look_at };
		return;
	}
	if (status.st_mtim.tv_sec == a->changed.tv_sec &&
	    status.st_mtim.tv_nsec == a->changed.tv_nsec)
		return;
	a->changed = status.st_mtim;
	a->at = 0;
	if (!when_read(text, now, &at)) {
		fprintf(stderr,
			"batond: run: %s: its first line is no time such as "
			"12:30:00 or 2026-01-31 12:30:00Z\n",
			path);
	} else if (at > now) { /* else it has passed */
		a->at = at < LAST ? at : LAST;
		tell(path, at);
	}
}

static void ring(struct runner *r, const char *path)
{
	struct ledger_runner *record = ledger_runner(r->ledger);

	r->alarm.at = 0;
	r->alarm.changed = (struct timespec){ 0 }; /* the next day, if so */
	if (!r->model->global.reload.repeat && unlink(path) && errno != ENOENT)
		fprintf(stderr, "batond: run: cannot remove %s: %s\n", path,
			strerror(errno));
	__atomic_add_fetch(&record->reloads_wanted, 1, __ATOMIC_RELEASE);
	wake_send(r->wake);
}

tick_t alarm_due(struct runner *r, tick_t now)
{
	const char *path = r->model->global.reload.time_file;
	struct alarm *a = &r->alarm;
	tick_t left;

	if (!path)
		return TICK_NEVER;
	if (now >= a->look_at) {
		a->look_at = now + LOOK_EVERY;
		/* Should that hang later, the next `run` sees it. */
		a->answers = a->answers || bounded_path(path);
		if (a->answers)
			look(r, path);
	}
	if (a->at == 0)
		return a->look_at;
	left = (tick_t)a->at * TICK_SECOND - clock_real_now();
	if (left <= 0)
		ring(r, path);
	return left <= 0 ? a->look_at : tick_min(a->look_at, now + left);
}
