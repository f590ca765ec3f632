/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process writes to its standard error (keeper/said.c): any bytes, in
 * any pieces. What becomes lines of the log has the name of that process, is
 * bounded, and has nothing that a terminal would obey.
 */
#include "base/disarm.h"
#include "base/must.h"
#include "keeper/keeper_state.h"
#include "keeper/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME "ctl"
/* In a second (said.c), and the one that says how many were lost. */
#define LINES_MOST 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keeper keeper, *const k = &keeper;
static unsigned lines, seconds;

/* In the place of the log and the clock, by the linker. */
void __wrap_log_line(int priority, const char *format, ...);
tick_t __wrap_clock_now(void);

void __wrap_log_line(int priority, const char *format, ...)
{
	char line[2 * SAID_LINE];
	va_list arguments;
	int length;

	(void)priority;
	va_start(arguments, format);
	length = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	MUST(length > 0 && length < (int)sizeof(line));
	MUST(strncmp(line, NAME ":", strlen(NAME ":")) == 0);
	for (int n = 0; n < length; n++)
		if (line[n] == '\t')
			line[n] = ' ';
	MUST(!disarm_finds(line, (size_t)length));
	lines++;
}

tick_t __wrap_clock_now(void)
{
	return (tick_t)(1 + seconds) * 2 * TICK_SECOND;
}

static tick_t no_turn(void *context, tick_t now)
{
	(void)context;
	(void)now;
	return TICK_NEVER;
}

static struct said *one(void)
{
	for (unsigned n = 0; n < SAID_MAX; n++)
		if (k->said[n].watch.fd >= 0)
			return &k->said[n];
	return NULL;
}

/* The loop looks once. */
static void look(void)
{
	struct said *s = one();

	if (s && !s->waits)
		s->watch.ready(k, EPOLLIN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	int to;

	if (!begun) {
		MUST(loop_init(&k->loop, no_turn, NULL) == 0);
		begun = true;
	}
	said_setup(k);
	lines = seconds = 0;
	to = said_open(k, NAME);
	MUST(to >= 0 && one());
	while (size > 0) {
		size_t piece = 1 + *data * 16u;

		data++;
		size--;
		piece = piece < size ? piece : size;
		if (piece > 0) /* what finds no room is lost */
			(void)!write(to, data, piece);
		data += piece;
		size -= piece;
		look();
		MUST(lines <= LINES_MOST + 1);
		if (piece % 16 != 1)
			continue;
		seconds++; /* another second begins, with lines of its own */
		lines = 0;
		(void)said_turn(k, __wrap_clock_now());
	}
	close(to);
	look();
	said_end(k);
	MUST(!one());
	return 0;
}
