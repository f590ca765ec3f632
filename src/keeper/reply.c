/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeper/reply.h"

#include "base/text.h"
#include "keeper/keeper_state.h"
#include "keeper/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

/* What is in the answer so far, to be gone on with. */
static struct text text_of(struct reply *reply)
{
	return (struct text){
		.bytes = reply->text,
		.length = reply->length,
		.capacity = sizeof(reply->text),
	};
}

void reply_add(struct reply *reply, const char *text, size_t length)
{
	struct text t;

	if (!reply)
		return;
	t = text_of(reply);
	text_add(&t, text, length);
	reply->length = (uint32_t)t.length;
}

void reply_fail(struct reply *reply, int error, const char *text)
{
	if (!reply)
		return;
	reply->failed = error;
	reply_add(reply, text, strlen(text));
}

void reply_log(const struct reply *reply, const char *order)
{
	const char *at = reply->text, *end = at + reply->length;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		if (stop > at)
			log_line(LOG_NOTICE, "%s: %.*s", order,
				 (int)(stop - at), at);
		at = stop + 1;
	}
}

void reply_send(int fd, const struct reply *reply)
{
	if (send(fd, reply, offsetof(struct reply, text) + reply->length,
		 MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_line(LOG_WARNING, "an answer was not read: %s",
			 strerror(errno));
}

void reply_to_waiting(struct keeper *k, int error, const char *format, ...)
{
	struct reply *reply;
	struct text t;
	va_list values;

	if (k->waiting < 0)
		return;
	reply = calloc(1, sizeof(*reply));
	if (reply) {
		t = text_of(reply);
		va_start(values, format);
		text_format_list(&t, format, values);
		va_end(values);
		text_put(&t, "\n");
		reply->length = (uint32_t)t.length;
		reply->failed = error;
		reply_send(k->waiting, reply);
	}
	free(reply);
	close(k->waiting);
	k->waiting = -1;
}
