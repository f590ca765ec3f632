/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of the control server, and which path is which page. */
#include "ctl/ctl.h"
#include "ctl/http.h"
#include "ctl/page.h"

#include "base/must.h"
#include "base/nearest.h"
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

#define JSON_TYPE   "application/json"
#define NDJSON_TYPE "application/x-ndjson"
#define METRICS_TYPE                                                           \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Followers look at the ring so often even if nobody woke them. */
#define LOOK_MS 500

struct server {
	struct ledger *ledger;
	struct http *http;
	uint64_t seen; /* the newest event when followers last looked */
};

static enum page_progress error_piece(struct page *page)
{
	return PAGE_END;
}

/* {"error":...}, with what may have been meant. */
static struct http_answer fails(struct server *s, unsigned status,
				const char *message, const char *wrong)
{
	struct page *page = page_new(s->ledger, error_piece);
	struct http_answer answer = { status, JSON_TYPE, page, false };
	struct nearest near;
	struct json *j;

	if (!page)
		return answer;
	j = &page->json;
	json_open_object(j, NULL);
	json_string_of(j, "error", message);
	if (wrong) {
		nearest_begin(&near, wrong);
		for (uint32_t i = 0; i < ledger_instances(s->ledger); i++)
			nearest_offer(&near, ledger_name(s->ledger, i));
		json_string_of(j, "name", wrong);
		json_open_array(j, "nearest");
		for (unsigned n = 0; n < near.count; n++)
			json_string_of(j, NULL, near.words[n]);
		json_close(j);
	}
	json_close(j);
	text_put(&page->text, "\n");
	return answer;
}

/* Names are written once, before the process is told of the ledger. */
static uint32_t find(struct ledger *l, const char *name)
{
	for (uint32_t i = 0; i < ledger_instances(l); i++)
		if (ledger_has_name(l, i, name))
			return i;
	return LEDGER_NO_INSTANCE;
}

static struct http_answer of_one(struct server *s, const char *name,
				 struct page *(*make)(struct ledger *,
						      uint32_t))
{
	uint32_t index = find(s->ledger, name);

	if (index == LEDGER_NO_INSTANCE)
		return fails(s, 404, "no virtual router has this name", name);
	return (struct http_answer){ 200, JSON_TYPE, make(s->ledger, index),
				     false };
}

/* A decimal number, or -1. */
static int to_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return -1;
	*number = strtoull(text, &end, 10);
	return *end || errno ? -1 : 0;
}

static struct http_answer events(struct server *s, http_argument_fn *argument,
				 void *request)
{
	const char *since = argument(request, "since");
	const char *last = argument(request, "last");
	const char *follow = argument(request, "follow");
	bool follows = follow && strcmp(follow, "0") != 0;
	uint64_t newest = ledger_newest(s->ledger);
	uint64_t number = follows ? newest : 0;

	if (since && to_number(since, &number) < 0)
		return fails(s, 400, "since= takes the number of an event",
			     NULL);
	if (last) {
		uint64_t count;

		if (to_number(last, &count) < 0)
			return fails(s, 400, "last= takes a number", NULL);
		number = newest > count ? newest - count : 0;
	}
	if (follows)
		return (struct http_answer){ 200, NDJSON_TYPE,
					     page_follow(s->ledger, number),
					     true };
	return (struct http_answer){ 200, JSON_TYPE,
				     page_events(s->ledger, number), false };
}

static struct http_answer answer(void *context, const char *path,
				 http_argument_fn *argument, void *request)
{
	struct server *s = context;
	const char *name = argument(request, "name");

	if (strcmp(path, "/status") == 0 && name)
		return of_one(s, name, page_status);
	if (strcmp(path, "/status") == 0)
		return (struct http_answer){
			200, JSON_TYPE,
			page_status(s->ledger, LEDGER_NO_INSTANCE), false
		};
	if (strcmp(path, "/why") == 0 && name)
		return of_one(s, name, page_why);
	if (strcmp(path, "/why") == 0)
		return fails(s, 400, "say which: /why?name=NAME", NULL);
	if (strcmp(path, "/events") == 0)
		return events(s, argument, request);
	if (strcmp(path, "/metrics") == 0)
		return (struct http_answer){ 200, METRICS_TYPE,
					     page_metrics(s->ledger), false };
	return fails(s, 404, "there are /status, /why, /events and /metrics",
		     NULL);
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

static bool has_news(struct server *s)
{
	uint64_t newest = ledger_newest(s->ledger);
	bool news = newest != s->seen;

	s->seen = newest;
	return news;
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
		int ready;

		if (http_waiting(s->http))
			timeout = smaller_timeout(timeout, LOOK_MS);
		if (setup->idle_ms > 0)
			timeout = smaller_timeout(timeout, setup->idle_ms);
		ready = poll(fds, FDS, timeout);
		if (ready < 0 && errno != EINTR)
			return;
		if (fds[FD_SIGNAL].revents || fds[FD_STOP].revents)
			return;
		/* Emptied even if nobody waits. */
		if (fds[FD_WAKE].revents && !wake_take(setup->wake_fd))
			fds[FD_WAKE].fd = -1; /* then LOOK_MS has to do */
		if (has_news(s) || ready == 0)
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
