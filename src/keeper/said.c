/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processes write to their standard output and error: why one cannot
 * start, and the report of a sanitizer. Each has a pipe of its own, and its
 * lines go to the log.
 *
 * So none of them has the keeper's standard error. Who shares that could make
 * the keeper wait for it or lose what it writes there (the flags belong to the
 * open file description), end it (it may be a socket), and speak to the
 * terminal of whoever started the daemon.
 *
 * A process never waits for the keeper either: what finds no room is lost. A
 * pipe is read until its last writer has ended, whoever that is by then.
 */
#include "keeper/keeper_state.h"

#include "base/disarm.h"
#include "keeper/log.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* So many lines of a process are logged in a second; the rest waits there, or
 * is lost. */
#define LINES_MOST 200
/* What one look at a pipe takes. */
#define LOOK_BYTES 4096

/* Descriptors that others need more: those of processes, and a reload's. */
#define SAID_ROOM 16

/* How lines of the program begin on a terminal; the log says that itself. */
#define PROGRAM "batond: "

static void forget(struct keeper *k, struct said *s)
{
	loop_remove(&k->loop, &s->watch);
	close(s->watch.fd);
	s->watch.fd = -1;
}

static void tell(struct said *s)
{
	size_t name = strlen(s->name);
	const char *line = s->line;
	bool named;

	disarm(s->line, s->length, false);
	s->line[s->length] = '\0';
	s->length = 0;
	if (++s->lines > LINES_MOST) {
		s->lost++;
		return;
	}
	if (strncmp(line, PROGRAM, strlen(PROGRAM)) == 0)
		line += strlen(PROGRAM);
	named = strncmp(line, s->name, name) == 0 && line[name] == ':';
	if (*line)
		log_line(LOG_NOTICE, "%s%s%s", named ? "" : s->name,
			 named ? "" : ": ", line);
}

/* Lines, and what is too long for one in parts. */
static void take(struct said *s, const char *bytes, size_t length)
{
	for (size_t n = 0; n < length; n++) {
		if (bytes[n] != '\n')
			s->line[s->length++] = bytes[n];
		if (bytes[n] == '\n' || s->length == SAID_LINE)
			tell(s);
	}
}

/* False: nobody can write there any more, or there is nothing. */
static bool look(struct keeper *k, struct said *s)
{
	char bytes[LOOK_BYTES];
	ssize_t length = read(s->watch.fd, bytes, sizeof(bytes));

	if (length > 0)
		take(s, bytes, (size_t)length);
	else if (length == 0 || (errno != EAGAIN && errno != EINTR))
		forget(k, s);
	if (length == 0 && s->length > 0)
		tell(s);
	return length > 0;
}

/* Another second. */
static void begin(struct said *s, tick_t now)
{
	if (s->lost > 0)
		log_line(LOG_WARNING, "%s: %u more lines are left out", s->name,
			 s->lost);
	s->lines = s->lost = 0;
	s->until = now + TICK_SECOND;
	s->waits = false;
}

static void ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	tick_t now = clock_now();

	(void)events;
	for (unsigned n = 0; n < SAID_MAX; n++) {
		struct said *s = &k->said[n];

		if (s->watch.fd < 0 || s->waits)
			continue;
		if (now >= s->until)
			begin(s, now);
		if (look(k, s) && s->lines >= LINES_MOST) {
			loop_remove(&k->loop, &s->watch);
			s->waits = true;
		}
	}
}

tick_t said_turn(struct keeper *k, tick_t now)
{
	tick_t next = TICK_NEVER;

	for (unsigned n = 0; n < SAID_MAX; n++) {
		struct said *s = &k->said[n];

		if (s->watch.fd < 0 || !s->waits)
			continue;
		if (now < s->until) {
			next = tick_min(next, s->until);
			continue;
		}
		begin(s, now);
		loop_add(&k->loop, &s->watch, EPOLLIN);
	}
	return next;
}

/* A place; if there is none that of whoever has it for longest. */
static struct said *place(struct keeper *k)
{
	struct said *oldest = &k->said[0];

	for (unsigned n = 0; n < SAID_MAX; n++) {
		if (k->said[n].watch.fd < 0)
			return &k->said[n];
		if (k->said[n].since < oldest->since)
			oldest = &k->said[n];
	}
	forget(k, oldest);
	return oldest;
}

/* There is no room for a pipe: what it says is lost, but nothing is shared. */
static int nowhere(void)
{
	return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

int said_open(struct keeper *k, const char *name)
{
	struct said *s;
	int ends[2];

	if (process_room(SAID_ROOM))
		return nowhere();
	s = place(k);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return nowhere();
	*s = (struct said){
		.name = name,
		.since = clock_now(),
		.watch = { ends[0], LOOP_OTHER, ready, k },
	};
	if (loop_add(&k->loop, &s->watch, EPOLLIN)) {
		close(ends[0]);
		close(ends[1]);
		s->watch.fd = -1;
		return nowhere();
	}
	return ends[1];
}

void said_setup(struct keeper *k)
{
	for (unsigned n = 0; n < SAID_MAX; n++)
		k->said[n].watch.fd = -1;
}

void said_end(struct keeper *k)
{
	for (unsigned n = 0; n < SAID_MAX; n++) {
		struct said *s = &k->said[n];

		while (s->watch.fd >= 0 && s->lines < LINES_MOST && look(k, s))
			;
		if (s->watch.fd >= 0)
			forget(k, s);
	}
}
