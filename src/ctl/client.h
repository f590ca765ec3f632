/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the control server of a running batond. The only door to libcurl. */
#pragma once

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

#define CLIENT_ERROR_MAX 512

/* An answer is never taken to be longer than this, but for streams. */
#define CLIENT_ANSWER_MAX ((size_t)256 * 1024 * 1024)

struct client {
	const char *run_dir;
	/* One line for a person: what failed, where, what to do. */
	char error[CLIENT_ERROR_MAX];
};

/* PATH[?KEY=VALUE]: the value is escaped. `key` may be NULL. */
struct client_question {
	const char *path;
	const char *key;
	const char *value;
	const char *also_key, *also_value; /* another one, or NULL */
};

/*
 * The whole answer; asked for again, a few times, if the server ends within
 * it. Returns its HTTP status, or -errno with a reason in
 * client->error when there was none; then `answer` is untouched. It is a
 * growing text, the caller's to give back. -ETIMEDOUT: the server was silent
 * for some seconds.
 */
int client_fetch(struct client *client, const struct client_question *question,
		 struct text *answer);

/*
 * Hands on each line without its end, as it comes, until `take` returns false
 * (then 0) or the server ends. About once a second `take` is also called with
 * NULL, so that it can say that nobody wants more. Returns as client_fetch();
 * the body of a status other than 200 is handed on, too. A server that beats
 * (ctl/page.h) and then is silent for some seconds is given up; empty lines are
 * its beats, and are not handed on.
 */
int client_stream(struct client *client, const struct client_question *question,
		  bool (*take)(void *to, const char *line, size_t length),
		  void *to);
