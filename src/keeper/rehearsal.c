/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After execve(2) there is no way back. So before an upgrade the installed
 * program is run once, as `batond --config-test`: one that does not run here,
 * or does not understand the configuration, is told from one that does, while
 * everything serves on.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "keeper/reply.h"
#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <syslog.h>
#include <unistd.h>

/* It has to read a file. */
#define REHEARSAL_TIME (5 * TICK_SECOND)
/* What it says is passed on up to here. */
#define REHEARSAL_TEXT 2048
/* So many descriptors the program needs beside those that are open. */
#define REHEARSAL_ROOM 24
/* As a shell says it: it cannot be executed. */
#define EXIT_NOT_EXECUTED 126

static int play(void *context)
{
	const struct keeper *k = context;

	setpgid(0, 0); /* so that all it starts can be ended */
	if (dup2(k->rehearsal.said, STDOUT_FILENO) < 0 ||
	    dup2(k->rehearsal.said, STDERR_FILENO) < 0)
		return EXIT_NOT_EXECUTED;
	execv(k->setup->program, (char **)(uintptr_t)k->setup->rehearsal);
	fprintf(stderr, "cannot execute %s: %s\n", k->setup->program,
		strerror(errno));
	fflush(stderr);
	return EXIT_NOT_EXECUTED;
}

/* The end of what it said. */
static void last_words(const struct rehearsal *r, char text[REHEARSAL_TEXT + 1])
{
	off_t size = lseek(r->said, 0, SEEK_END);
	ssize_t length =
		pread(r->said, text, REHEARSAL_TEXT,
		      size > REHEARSAL_TEXT ? size - REHEARSAL_TEXT : 0);

	text[length > 0 ? length : 0] = '\0';
}

static void refuse(struct keeper *k, const char *text, const char *why,
		   bool unusable)
{
	log_line(LOG_ERR, "no upgrade: %s %s; the old program goes on",
		 k->setup->program, why);
	reply_to_waiting(k, unusable ? EINVAL : ENOEXEC,
			 "%sno upgrade: %s %s; the old program goes on", text,
			 k->setup->program, why);
	k->upgrading = false;
}

static void judge(struct keeper *k, const struct process_end *end)
{
	char text[REHEARSAL_TEXT + 1], why[64];

	last_words(&k->rehearsal, text);
	if (k->rehearsal.late)
		snprintf(why, sizeof(why), "does not end within %d s",
			 (int)(REHEARSAL_TIME / TICK_SECOND));
	else if (end->killed)
		snprintf(why, sizeof(why), "was killed by signal %d",
			 end->value);
	else if (end->value == KEEPER_EXIT_CONFIG)
		snprintf(why, sizeof(why), "cannot use the configuration");
	else if (end->value != 0)
		snprintf(why, sizeof(why), "ended with %d", end->value);
	else if (!strstr(text, KEEPER_TEST_PASSED))
		snprintf(why, sizeof(why), "is no batond");
	else
		return;
	refuse(k, text, why, !end->killed && end->value == KEEPER_EXIT_CONFIG);
}

static void ended(void *context, uint32_t events)
{
	struct keeper *k = context;
	struct rehearsal *r = &k->rehearsal;
	struct process_end end;

	(void)events;
	loop_remove(&k->loop, &r->watch);
	if (process_reap(&r->process, &end) != 1) {
		loop_add(&k->loop, &r->watch, EPOLLIN);
		return;
	}
	if (k->upgrading)
		judge(k, &end);
	close(r->said);
}

int rehearsal_begin(struct keeper *k)
{
	struct rehearsal *r = &k->rehearsal;
	struct process_config config = {
		.name = "rehearsal",
		.main = play,
		.context = k,
		.keep = &r->said,
		.keep_count = 1,
		.death_signal = SIGKILL,
	};
	int error;

	if (rehearsal_is_on(k))
		return -EBUSY;
	/* Without them it could start nobody, when there is no way back. */
	error = process_room(REHEARSAL_ROOM);
	if (error)
		return error;
	r->said = memfd_create("rehearsal", MFD_CLOEXEC);
	if (r->said < 0)
		return -errno;
	error = process_spawn(&config, &r->process);
	if (error) {
		close(r->said);
		return error;
	}
	r->late = false;
	r->end_by = clock_now() + REHEARSAL_TIME;
	r->watch =
		(struct loop_watch){ r->process.pidfd, LOOP_OTHER, ended, k };
	return loop_add(&k->loop, &r->watch, EPOLLIN);
}

bool rehearsal_is_on(const struct keeper *k)
{
	return k->rehearsal.process.pid != 0;
}

tick_t rehearsal_turn(struct keeper *k, tick_t now)
{
	struct rehearsal *r = &k->rehearsal;

	if (!rehearsal_is_on(k))
		return TICK_NEVER;
	if (now < r->end_by)
		return r->end_by;
	r->late = true;
	kill(-r->process.pid, SIGKILL); /* it is not waited for: still its id */
	process_signal(&r->process, SIGKILL);
	return TICK_NEVER; /* its end is an event */
}
