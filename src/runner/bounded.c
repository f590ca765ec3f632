/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/bounded.h"

#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned late; /* so many took too long, one soon after the other */
static tick_t late_at;

static tick_t patience(tick_t now)
{
	if (now - late_at >= BOUNDED_REST)
		late = 0;
	return late == 0             ? BOUNDED_TIME
	       : late < BOUNDED_MANY ? BOUNDED_LESS
				     : BOUNDED_LEAST;
}

static bool put(int to, const char *bytes, size_t size)
{
	ssize_t length;

	for (; size > 0; bytes += length, size -= (size_t)length) {
		length = write(to, bytes, size);
		if (length <= 0)
			return false;
	}
	return true;
}

static bool get(int from, char *bytes, size_t size, tick_t until)
{
	struct pollfd ready = { .fd = from, .events = POLLIN };

	while (size > 0) {
		tick_t left = until - clock_now();
		ssize_t length = -1;

		if (left > 0 &&
		    poll(&ready, 1, (int)(left / TICK_MILLISECOND) + 1) == 1)
			length = read(from, bytes, size);
		if (length <= 0)
			return false;
		bytes += length;
		size -= (size_t)length;
	}
	return true;
}

/* One that does not even end by that is waited for later (runner.c). */
static void end(pid_t pid, bool heard)
{
	if (!heard)
		kill(pid, SIGKILL);
	waitpid(pid, NULL, heard ? 0 : WNOHANG);
}

bool bounded(void (*work)(const void *in, void *out), const void *in, void *out,
	     size_t size)
{
	tick_t now = clock_now();
	tick_t until = now + patience(now);
	bool heard = false;
	int ends[2], error;
	char *answer;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	answer = malloc(size);
	pid = answer ? fork() : -1;
	error = errno;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		work(in, answer);
		_exit(put(ends[1], answer, size) ? 0 : 1);
	}
	close(ends[1]);
	if (pid > 0) {
		heard = get(ends[0], answer, size, until);
		end(pid, heard);
		error = ETIMEDOUT;
	}
	close(ends[0]);
	if (heard)
		memcpy(out, answer, size);
	free(answer);
	if (pid > 0 && !heard) {
		late++;
		late_at = clock_now();
	}
	errno = error;
	return heard;
}

/* What took too long. */
static struct {
	const void *key;
	tick_t at;
} kept[BOUNDED_KEPT];
static unsigned kept_next;
static tick_t asked_again;

static bool is_late(const void *key, tick_t now)
{
	for (unsigned n = 0; n < BOUNDED_KEPT; n++) {
		if (kept[n].key != key)
			continue;
		if (now - kept[n].at < BOUNDED_AGAIN ||
		    now - asked_again < BOUNDED_PAUSE)
			return true;
		kept[n].key = NULL;
		asked_again = now;
	}
	return false;
}

bool bounded_by(const void *key, void (*work)(const void *in, void *out),
		const void *in, void *out, size_t size)
{
	if (is_late(key, clock_now())) {
		errno = ETIMEDOUT;
		return false;
	}
	if (bounded(work, in, out, size))
		return true;
	if (errno == ETIMEDOUT) {
		kept[kept_next].key = key;
		kept[kept_next].at = clock_now();
		kept_next = (kept_next + 1) % BOUNDED_KEPT;
	}
	return false;
}

/* Whether it is there does not matter. */
static void look_at(const void *in, void *out)
{
	struct stat status;

	*(char *)out = (char)(stat(in, &status) == 0);
}

bool bounded_path(const char *path)
{
	char there;

	return bounded_by(path, look_at, path, &there, sizeof(there)) ||
	       errno != ETIMEDOUT;
}
