/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that ask a running batond: fetch, view, write. */
#include "ctl/command.h"

#include "base/disarm.h"
#include "ctl/client.h"
#include "ctl/growing.h"
#include "ctl/server_words.h"
#include "ctl/view.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Events shown before those to come, as tail -f does. */
#define FOLLOW_LAST 10

bool command_colour(int fd)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no_colour && *no_colour) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static struct view view_of_stdout(void)
{
	struct view v = { .out = growing_text(),
			  .colour = command_colour(STDOUT_FILENO) };
	struct winsize size;

	if (isatty(STDOUT_FILENO) &&
	    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		v.width = size.ws_col;
	return v;
}

/* Of events that go on: whoever reads them ends that by closing the pipe. */
static bool may_leave;

/* The first error counts, and is told once. */
int command_flush(void)
{
	static bool broken;
	static int result;

	if (broken)
		return result;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return COMMAND_DONE;
	broken = true;
	result = may_leave && errno == EPIPE ? COMMAND_DONE : COMMAND_FAILED;
	if (result != COMMAND_DONE)
		fprintf(stderr, "baton: cannot write: %s\n", strerror(errno));
	return result;
}

static int write_out(const char *bytes, size_t length)
{
	(void)!fwrite(bytes, 1, length, stdout);
	return command_flush();
}

/* An answer as it is: but what a terminal would obey is not for it to say. */
static void for_reader(struct text *answer)
{
	if (isatty(STDOUT_FILENO))
		disarm(answer->bytes, answer->length, false);
}

static int write_view(struct view *v)
{
	int result = COMMAND_FAILED;

	if (v->out.cut)
		fprintf(stderr, "baton: out of memory\n");
	else
		result = write_out(v->out.bytes, v->out.length);
	growing_free(&v->out);
	return result;
}

/* An answer that is none: what the server says of it. */
static int refused(int status, const char *bytes, size_t length)
{
	json_t *json = view_read(bytes, length);
	const json_t *near = json_object_get(json, "nearest"), *word;
	size_t index;

	if (!json) {
		fprintf(stderr, "baton: batond answered %d\n", status);
		return COMMAND_FAILED;
	}
	fprintf(stderr, "baton: %s", view_string(json, "error"));
	if (view_has(json, "name"))
		fprintf(stderr, ": %s", view_string(json, "name"));
	json_array_foreach(near, index, word)
		fprintf(stderr, "%s%s", index == 0 ? "; did you mean " : " or ",
			json_is_string(word) ? json_string_value(word) : "?");
	fprintf(stderr, "%s\n", json_array_size(near) ? "?" : "");
	json_decref(json);
	return COMMAND_FAILED;
}

/* COMMAND_DONE with the answer, or what failed, explained. */
static int fetch(const struct command *c, const struct client_question *q,
		 struct text *answer)
{
	struct client client = { .run_dir = c->run_dir };
	int status = client_fetch(&client, q, answer);

	if (status == 200)
		return COMMAND_DONE;
	if (status < 0) {
		fprintf(stderr, "baton: %s\n", client.error);
		return COMMAND_FAILED;
	}
	refused(status, answer->bytes, answer->length);
	growing_free(answer);
	return COMMAND_FAILED;
}

/* Fetches, and writes the answer as it is or as `show` puts it. */
static int ask(const struct command *c, const struct client_question *q,
	       void (*show)(struct view *v, const json_t *json))
{
	struct view v = view_of_stdout();
	struct text answer;
	json_t *json;
	int result = fetch(c, q, &answer);

	if (result != COMMAND_DONE)
		return result;
	if (!show || c->json) {
		for_reader(&answer);
		result = write_out(answer.bytes, answer.length);
		growing_free(&answer);
		return result;
	}
	json = view_read(answer.bytes, answer.length);
	growing_free(&answer);
	if (!json) {
		fprintf(stderr, "baton: the answer is no JSON\n");
		return COMMAND_FAILED;
	}
	show(&v, json);
	json_decref(json);
	return write_view(&v);
}

int command_status(const struct command *c)
{
	struct client_question q = { "/status", c->argument ? "name" : NULL,
				     c->argument };

	return ask(c, &q, c->argument ? view_one : view_status);
}

static void show_names(struct view *v, const json_t *status)
{
	const json_t *i;
	size_t index;

	json_array_foreach(json_object_get(status, "instances"), index, i)
		text_format(&v->out, "%s\n", view_string(i, "name"));
}

int command_names(const struct command *c)
{
	struct client_question q = { "/status", NULL, NULL };

	/* A shell asks while a person types: no word of what is wrong. */
	if (!freopen("/dev/null", "w", stderr))
		return COMMAND_FAILED;
	return ask(c, &q, show_names);
}

/* As short as they can be, and without a blank. */
static void show_server_names(struct view *v, const json_t *page)
{
	const json_t *server;
	char name[128];
	size_t n;

	json_array_foreach(json_object_get(page, "virtual_servers"), n, server)
	{
		if (view_has(server, "group"))
			text_put(&v->out, view_string(server, "group"));
		else if (view_number(server, "mark") > 0)
			text_format(&v->out, "%.0f",
				    view_number(server, "mark"));
		else
			text_put(&v->out,
				 view_target(name, sizeof(name), server));
		text_put(&v->out, "\n");
	}
}

static void show_real_names(struct view *v, const json_t *page)
{
	const json_t *servers = json_object_get(page, "virtual_servers"), *real;
	char name[128];
	size_t n;

	json_array_foreach(
		json_object_get(json_array_get(servers, 0), "servers"), n, real)
	{
		text_format(&v->out, "%s\n",
			    view_target(name, sizeof(name), real));
	}
}

int command_server_names(const struct command *c, const char *virtual)
{
	struct client_question q = { "/servers", virtual ? "name" : NULL,
				     virtual };

	if (!freopen("/dev/null", "w", stderr))
		return COMMAND_FAILED;
	return ask(c, &q, virtual ? show_real_names : show_server_names);
}

/* A virtual router, or a real server of a virtual server. */
int command_why(const struct command *c)
{
	struct client_question q = { "/why", "name", c->argument };
	char virtual[ORDER_VIRTUAL_SIZE], real[ORDER_REAL_SIZE];
	const char *const *words = c->arguments;
	unsigned count = 0;

	while (words && words[count])
		count++;
	if (count == 1)
		return ask(c, &q, view_why);
	if (count == 0 ||
	    !server_words_take(&words, &count, 0, virtual, real) || count > 0) {
		fprintf(stderr, "baton: why: say which: baton why NAME, or of "
				"a real server: baton why VS RS\n");
		return COMMAND_USAGE;
	}
	q = (struct client_question){ "/servers", "name", virtual, "server",
				      real };
	return ask(c, &q, view_why_server);
}

int command_checks(const struct command *c)
{
	struct client_question q = { "/checks", NULL, NULL };

	return ask(c, &q, view_checks);
}

int command_servers(const struct command *c)
{
	struct client_question q = { "/servers", NULL, NULL };
	char virtual[ORDER_VIRTUAL_SIZE];
	const char *const *words = c->arguments;
	unsigned count = 0;

	while (words && words[count])
		count++;
	if (count == 0)
		return ask(c, &q, view_servers);
	if (!server_words_take_virtual(&words, &count, virtual) || count > 0) {
		fprintf(stderr, "baton: vs: name one: baton vs SERVER; `baton "
				"vs` lists them\n");
		return COMMAND_USAGE;
	}
	q = (struct client_question){ "/servers", "name", virtual };
	return ask(c, &q, view_server);
}

int command_metrics(const struct command *c)
{
	struct client_question q = { "/metrics", NULL, NULL };

	return ask(c, &q, NULL);
}

static void show_events(struct view *v, const json_t *json)
{
	const json_t *event;
	size_t index;

	json_array_foreach(json, index, event) view_event(v, event);
}

/* A pipe whose reader has left says so before anything is written. */
static bool somebody_reads(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO };

	return poll(&out, 1, 0) <= 0 || !(out.revents & POLLERR);
}

struct following {
	const struct command *command;
	uint64_t seen; /* the newest event's number, 0: none yet */
	uint64_t news; /* the same of news of servers */
};

/* One line of the stream, while somebody reads it; NULL: none has come. */
static bool follow_line(void *to, const char *line, size_t length)
{
	struct following *f = to;
	struct view v = view_of_stdout();
	json_t *event;

	if (!line)
		return somebody_reads();
	event = view_read(line, length);
	if (event && view_has(event, "number"))
		f->seen = (uint64_t)view_number(event, "number");
	if (event && view_has(event, "news")) {
		f->news = (uint64_t)view_number(event, "news");
		f->seen = (uint64_t)view_number(event, "after");
	}
	if (f->command->json) {
		text_add(&v.out, line, length);
		text_put(&v.out, "\n");
		for_reader(&v.out);
	} else if (event && !view_has(event, "type")) {
		text_format(&v.out, "%s\n", view_string(event, "error"));
	} else if (event) {
		view_event(&v, event);
	}
	json_decref(event);
	write_view(&v);
	return !ferror(stdout);
}

/*
 * The server is replaced by a reload and an upgrade; the events go on, so who
 * follows them goes on after the last one seen. When there is no server for a
 * while batond has stopped.
 */
#define AGAIN_TRIES 20
#define AGAIN_MS    100

static int follow(const struct command *c, const char *last)
{
	struct client client = { .run_dir = c->run_dir };
	struct client_question q = { "/events?follow=1&beat=1", "last", last };
	struct following f = { .command = c };
	bool begun = false;
	char since[24], path[64];
	int status, tries = 0;

	may_leave = true;
	for (;;) {
		uint64_t seen = f.seen + f.news;

		status = client_stream(&client, &q, follow_line, &f);
		begun |= status == 200;
		if (status == 0 || status > 200 || status == -ETIMEDOUT ||
		    !begun)
			break;
		tries = status == 200 || f.seen + f.news > seen ? 0 : tries + 1;
		if (tries == AGAIN_TRIES)
			break;
		if (f.news > 0) {
			snprintf(path, sizeof(path),
				 "/events?follow=1&beat=1&news=%" PRIu64,
				 f.news);
			q.path = path;
		}
		if (f.seen > 0 || f.news > 0) {
			snprintf(since, sizeof(since), "%" PRIu64, f.seen);
			q.key = "since";
			q.value = since;
		}
		poll(NULL, 0, AGAIN_MS);
	}
	if (begun && status < 0 && status != -ETIMEDOUT)
		fprintf(stderr, "baton: batond has stopped\n");
	else if (status < 0)
		fprintf(stderr, "baton: %s\n", client.error);
	return status == 0 ? COMMAND_DONE : COMMAND_FAILED;
}

int command_events(const struct command *c)
{
	struct client_question q = { "/events", NULL, NULL };
	char last[16];

	snprintf(last, sizeof(last), "%u",
		 c->last || !c->follow ? c->last : FOLLOW_LAST);
	if (c->follow)
		return follow(c, last);
	if (c->last) {
		q.key = "last";
		q.value = last;
	}
	return ask(c, &q, show_events);
}
