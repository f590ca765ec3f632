/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of the control server. */
#include "ctl/answer.h"
#include "ctl/ctl.h"

#include "base/must.h"
#include "ledger/news.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Followers look at the ring so often even if nobody woke them. */
#define LOOK_MS 500

/* The keeper kills a server that does not say that it turns (keeper/row.h). */
#define BEAT_MS 500

struct server {
	struct ledger *ledger;
	struct http *http;
	uint64_t seen;  /* events and news there were when followers looked */
	tick_t look_at; /* they look again then, whatever happens */
	tick_t beat_at; /* the keeper is told again that this one turns */
};

static struct http_answer answer(void *context, const char *path,
				 http_argument_fn *argument, void *request)
{
	const struct server *s = context;

	return answer_make(s->ledger, path, argument, request);
}

static int smaller_timeout(int a, int b)
{
	if (a < 0)
		return b;
	return b < 0 || a < b ? a : b;
}

enum {
	FD_HTTP,
	FD_WAKE,
	FD_SIGNAL,
	FD_STOP,
	FDS
};

/* Whether followers look: for events, or to beat. */
static bool is_time_to_look(struct server *s)
{
	uint64_t newest =
		ledger_newest(s->ledger) + ledger_news_newest(s->ledger);
	tick_t now = clock_now();
	bool look = newest != s->seen || now >= s->look_at;

	s->seen = newest;
	if (look)
		s->look_at = now + LOOK_MS * TICK_MILLISECOND;
	return look;
}

static void beat(struct server *s, int fd)
{
	tick_t now = clock_now();

	if (now < s->beat_at)
		return;
	wake_send(fd);
	s->beat_at = now + BEAT_MS * TICK_MILLISECOND;
}

static void serve(struct server *s, const struct ctl_setup *setup,
		  int signal_fd)
{
	struct pollfd fds[FDS] = {
		[FD_HTTP] = { http_fd(s->http), POLLIN, 0 },
		[FD_WAKE] = { setup->wake_fd, POLLIN, 0 },
		[FD_SIGNAL] = { signal_fd, POLLIN, 0 },
		[FD_STOP] = { setup->stop_fd, POLLIN, 0 },
	};
	tick_t busy = clock_now();

	for (;;) {
		int timeout = http_timeout(s->http);

		beat(s, setup->wake_fd);
		timeout = smaller_timeout(timeout, BEAT_MS);
		if (http_waiting(s->http))
			timeout = smaller_timeout(timeout, LOOK_MS);
		if (setup->idle_ms > 0)
			timeout = smaller_timeout(timeout, setup->idle_ms);
		if (poll(fds, FDS, timeout) < 0 && errno != EINTR)
			return;
		if (fds[FD_SIGNAL].revents || fds[FD_STOP].revents)
			return;
		/* Emptied even if nobody waits. */
		if (fds[FD_WAKE].revents && !wake_take(setup->wake_fd))
			fds[FD_WAKE].fd = -1; /* then LOOK_MS has to do */
		if (is_time_to_look(s))
			http_wake(s->http);
		http_run(s->http);
		if (http_connections(s->http) > 0)
			busy = clock_now();
		else if (setup->idle_ms > 0 &&
			 clock_now() - busy >=
				 setup->idle_ms * TICK_MILLISECOND)
			return;
	}
}

int ctl_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

int ctl_serve(const struct ctl_setup *setup)
{
	struct server server = { 0 };
	struct http_service service = { &server, answer };
	int signal_fd, error;

	error = ledger_map(setup->ledger_fd, false, &server.ledger);
	if (error)
		return error;
	/* The time zone's file is looked at by the first conversion. */
	tzset();
	signal_fd = ctl_signals();
	if (signal_fd < 0) {
		error = signal_fd;
		goto unmap;
	}
	error = http_start(setup->listen_fd, &service, &server.http);
	if (error)
		goto close_signals;
	if (setup->confine)
		error = setup->confine(setup->context);
	if (!error)
		serve(&server, setup, signal_fd);
	http_stop(server.http);
close_signals:
	close(signal_fd);
unmap:
	ledger_unmap(server.ledger);
	return error;
}
