/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP over a unix socket with libcurl, and words for what can go wrong. */
#include "ctl/client.h"

#include "ctl/ctl.h"
#include "ctl/growing.h"
#include "ctl/no_daemon.h"
#include "ledger/order.h"
#include "sys/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Who asks gives up when the server says nothing for so long, at the beginning
 * or in the middle of its answer, and says less than a slow one would.
 */
#define SILENT_SECONDS 7L
#define SLOWEST_BYTES  100L /* a second */
#define ANSWER_SECONDS 60L

/* A server may be replaced while it answers; another one is there at once. */
#define TRIES 3

struct transfer {
	struct text text; /* the answer, or the line that has begun */
	bool (*take)(void *to, const char *line, size_t length);
	void *to;
	bool enough; /* `take` wants no more */
	bool too_long;
	bool broken; /* the server ended within its answer */
	/* Of a stream, whose server beats if it can (ctl/page.h). */
	bool begun, beats, silent;
	tick_t heard;
};

static void hear(struct transfer *t)
{
	t->begun = true;
	t->heard = clock_now();
}

static size_t gather(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *t = context;

	if (t->text.length + count > CLIENT_ANSWER_MAX) {
		t->too_long = true;
		return 0;
	}
	text_add(&t->text, bytes, count);
	return t->text.cut ? 0 : count;
}

static size_t cut_into_lines(char *bytes, size_t size, size_t count,
			     void *context)
{
	struct transfer *t = context;
	const char *at = bytes, *end = bytes + count;

	hear(t);
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		text_add(&t->text, at,
			 (size_t)((newline ? newline : end) - at));
		if (t->text.cut || t->text.length > CLIENT_ANSWER_MAX)
			return 0;
		if (!newline)
			break;
		t->beats |= t->text.length == 0;
		if (t->text.length > 0 &&
		    !t->take(t->to, t->text.bytes, t->text.length)) {
			t->enough = true;
			return 0;
		}
		text_clear(&t->text);
		at = newline + 1;
	}
	return count;
}

static size_t hear_head(char *bytes, size_t size, size_t count, void *context)
{
	hear(context);
	return count;
}

/* Called about once a second, also while no line comes. */
static int still_wanted(void *context, curl_off_t down_total, curl_off_t down,
			curl_off_t up_total, curl_off_t up)
{
	struct transfer *t = context;

	t->enough = t->enough || !t->take(t->to, NULL, 0);
	t->silent = (t->beats || !t->begun) &&
		    clock_now() - t->heard >= SILENT_SECONDS * TICK_SECOND;
	return t->enough || t->silent;
}

/*
 * Where a socket's queue is full, libcurl fails at once and without a reason.
 * So it is waited for here until there is room: 0 or an errno.
 */
static int wait_for_room(const char *path)
{
	const struct timeval most = { .tv_sec = SILENT_SECONDS };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int error = 0, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof(most));
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)))
		error = errno;
	close(fd);
	return error;
}

static void explain(struct client *c, const char *socket, CURLcode code,
		    int system_error)
{
	char hint[256];

	if (code == CURLE_OPERATION_TIMEDOUT ||
	    code == CURLE_ABORTED_BY_CALLBACK) {
		snprintf(c->error, sizeof(c->error),
			 "%s: batond does not answer, or not to its end; its "
			 "process ctl is stopped, or hangs; virtual routers do "
			 "not wait for it",
			 socket);
		return;
	}
	if (code != CURLE_COULDNT_CONNECT) {
		snprintf(c->error, sizeof(c->error), "%s: %s", socket,
			 curl_easy_strerror(code));
		return;
	}
	if (system_error == ENOENT || system_error == ECONNREFUSED)
		no_daemon_text(c->run_dir, hint, sizeof(hint));
	else if (system_error == EACCES)
		snprintf(hint, sizeof(hint),
			 "only root and the socket's owner and group may ask");
	else if (system_error == EAGAIN)
		snprintf(hint, sizeof(hint),
			 "too many others ask, or batond is stopped");
	else
		snprintf(hint, sizeof(hint), "is batond running?");
	snprintf(c->error, sizeof(c->error), "cannot connect to %s: %s; %s",
		 socket, system_error ? strerror(system_error) : "no answer",
		 hint);
}

static int to_errno(CURLcode code, int system_error)
{
	if (system_error)
		return -system_error;
	if (code == CURLE_OPERATION_TIMEDOUT ||
	    code == CURLE_ABORTED_BY_CALLBACK)
		return -ETIMEDOUT;
	return code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EIO;
}

static bool add_argument(CURL *curl, struct text *url, const char *key,
			 const char *value)
{
	char *escaped;

	if (!key)
		return true;
	escaped = curl_easy_escape(curl, value, 0);
	if (!escaped)
		return false;
	text_format(url, "%s%s=%s", strchr(url->bytes, '?') ? "&" : "?", key,
		    escaped);
	curl_free(escaped);
	return true;
}

static bool url_of(CURL *curl, const struct client_question *q,
		   struct text *url)
{
	text_format(url, "http://baton%s", q->path);
	return add_argument(curl, url, q->key, q->value) &&
	       add_argument(curl, url, q->also_key, q->also_value) && !url->cut;
}

static int run(struct client *c, CURL *curl, const char *socket,
	       const char *url, struct transfer *transfer)
{
	long status = 0, system_error = 0;
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	if (transfer->take) {
		curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, hear_head);
		curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
		curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, still_wanted);
		curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
	} else {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_SECONDS);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, SLOWEST_BYTES);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, SILENT_SECONDS);
	}
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION,
			 transfer->take ? cut_into_lines : gather);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	transfer->heard = clock_now();
	code = curl_easy_perform(curl);
	if (transfer->enough)
		return 0;
	if (transfer->too_long) {
		snprintf(c->error, sizeof(c->error),
			 "%s: the answer is longer than %zu bytes", socket,
			 CLIENT_ANSWER_MAX);
		return -EMSGSIZE;
	}
	if (code != CURLE_OK) {
		transfer->broken = code == CURLE_PARTIAL_FILE ||
				   code == CURLE_GOT_NOTHING ||
				   code == CURLE_RECV_ERROR ||
				   code == CURLE_SEND_ERROR;
		curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &system_error);
		if (code == CURLE_COULDNT_CONNECT && system_error == 0) {
			system_error = wait_for_room(socket);
			transfer->broken = system_error == 0;
		}
		explain(c, socket, code, (int)system_error);
		return to_errno(code, (int)system_error);
	}
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

static int ask(struct client *c, const struct client_question *question,
	       struct transfer *transfer)
{
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct text url = growing_text();
	int result = -ENOMEM;
	CURL *curl;

	c->error[0] = 0;
	if ((size_t)snprintf(socket, sizeof(socket), "%s/%s", c->run_dir,
			     CTL_SOCKET) >= sizeof(socket)) {
		snprintf(c->error, sizeof(c->error),
			 "%s: the name is too long for a socket's", c->run_dir);
		return -ENAMETOOLONG;
	}
	curl = curl_easy_init();
	if (curl && url_of(curl, question, &url))
		result = run(c, curl, socket, url.bytes, transfer);
	else
		snprintf(c->error, sizeof(c->error), "out of memory");
	growing_free(&url);
	curl_easy_cleanup(curl);
	return result;
}

int client_fetch(struct client *client, const struct client_question *question,
		 struct text *answer)
{
	struct transfer transfer = { .text = growing_text() };
	int result = ask(client, question, &transfer);

	for (int tries = 1; transfer.broken && tries < TRIES; tries++) {
		growing_free(&transfer.text);
		transfer = (struct transfer){ .text = growing_text() };
		result = ask(client, question, &transfer);
	}
	if (result >= 0 && transfer.text.cut) {
		snprintf(client->error, sizeof(client->error), "out of memory");
		result = -ENOMEM;
	}
	if (result < 0) {
		growing_free(&transfer.text);
		return result;
	}
	*answer = transfer.text;
	return result;
}

int client_stream(struct client *client, const struct client_question *question,
		  bool (*take)(void *to, const char *line, size_t length),
		  void *to)
{
	const struct transfer fresh = { .text = growing_text(),
					.take = take,
					.to = to };
	struct transfer transfer = fresh;
	int result = ask(client, question, &transfer);

	for (int tries = 1; transfer.broken && !transfer.begun && tries < TRIES;
	     tries++) {
		growing_free(&transfer.text);
		transfer = fresh;
		result = ask(client, question, &transfer);
	}
	growing_free(&transfer.text);
	return result;
}
