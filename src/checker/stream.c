/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connections are watched edge-triggered for both directions, so that none has
 * to be watched anew when it is connected: who stops before all is read asks to
 * be told again (stream_later()).
 */
#include "checker/stream.h"

#include "checker/target.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS (EPOLLIN | EPOLLOUT | EPOLLET)

/* Of requests that a server does not read; of records of TLS. */
#define REST_MOST    65536
#define RECORDS_MOST (2 * REST_MOST)
/* Pieces of STREAM_READ bytes of TLS that say nothing to the kind: so many are
 * taken before others have their turn. */
#define PIECES_MOST 4

bool stream_open(struct check *c, struct stream *s, struct tls *tls, tick_t now)
{
	int fd, error = target_connect(&c->to, &fd);

	*s = (struct stream){ .tls = tls, .state = STREAM_CONNECTING };
	if (error != -EINPROGRESS) {
		stream_drop(s);
		round_error(c, LEDGER_CHECK_L4CON, "connect", -error, now);
		return false;
	}
	error = round_watch(c, fd, EVENTS);
	if (error) {
		stream_drop(s);
		round_error(c, LEDGER_CHECK_LOCAL, "epoll", -error, now);
	}
	return error == 0;
}

static bool fail(struct check *c, struct stream *s, const char *what, int error,
		 tick_t now)
{
	enum ledger_check_code code =
		s->state == STREAM_CONNECTING  ? LEDGER_CHECK_L4CON
		: s->state == STREAM_HANDSHAKE ? LEDGER_CHECK_L6RSP
					       : LEDGER_CHECK_L7RSP;

	if (s->quiet) {
		s->broken = true;
		return false;
	}
	stream_drop(s);
	if (error == EACCES) /* no route of ours: we were connected */
		round_refused(c, code, what, error, now);
	else
		round_error(c, code, what, error, now);
	return false;
}

/* It takes nothing of what it has asked for. */
static bool fail_deaf(struct check *c, struct stream *s, tick_t now)
{
	enum ledger_check_code code = s->state == STREAM_HANDSHAKE
					      ? LEDGER_CHECK_L6RSP
					      : LEDGER_CHECK_L7RSP;

	if (s->quiet) {
		s->broken = true;
		return false;
	}
	stream_drop(s);
	round_bad(c, code, 0, "it does not read what it is sent", now);
	return false;
}

static bool fail_tls(struct check *c, struct stream *s, tick_t now)
{
	char reason[TLS_WORDS], words[LEDGER_CHECK_WORDS];

	if (s->quiet) {
		s->broken = true;
		return false;
	}
	tls_words(s->tls, reason);
	snprintf(words, sizeof(words), "TLS: %.58s", reason);
	stream_drop(s);
	round_bad(c, LEDGER_CHECK_L6RSP, 0, words, now);
	return false;
}

/* As much as goes; what is left of it. -errno. */
static ssize_t send_some(int fd, const char *bytes, size_t length)
{
	ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0)
		return errno == EAGAIN ? (ssize_t)length : -errno;
	return (ssize_t)length - sent;
}

/* What is left of our bytes, or records of TLS. */
static bool flush(struct check *c, struct stream *s, tick_t now)
{
	const char *bytes = s->rest;
	size_t length = s->rest_length;
	ssize_t left = 0;

	while (left == 0) {
		if (s->tls)
			length = tls_pending(s->tls, &bytes);
		if (length == 0)
			return true;
		left = send_some(c->fd, bytes, length);
		if (left < 0)
			return fail(c, s, "send", (int)-left, now);
		if (s->tls) {
			tls_sent(s->tls, length - (size_t)left);
			if (left > RECORDS_MOST)
				return fail_deaf(c, s, now);
			continue;
		}
		s->rest = bytes + length - left;
		s->rest_length = length = (size_t)left;
	}
	return true;
}

/* What has come for TLS: how much, 0 at the end, -errno. */
static ssize_t take_in(struct check *c, struct stream *s)
{
	char *room = round_scratch(c);
	ssize_t length = recv(c->fd, room, STREAM_READ, MSG_DONTWAIT);
	int error = 0;

	if (length > 0)
		error = tls_put(s->tls, room, (size_t)length);
	else if (length < 0)
		error = -errno;
	return error ? error : length;
}

static enum stream_went shake_hands(struct check *c, struct stream *s,
				    tick_t now)
{
	for (unsigned n = 0; n < PIECES_MOST; n++) {
		int error = tls_handshake(s->tls);
		ssize_t length;

		if (error == -EPROTO) {
			fail_tls(c, s, now);
			return STREAM_ENDED;
		}
		if (!flush(c, s, now))
			return STREAM_ENDED;
		if (error == 0) {
			s->state = STREAM_OPEN;
			round_phase(c, now);
			return STREAM_READY;
		}
		length = take_in(c, s);
		if (length == -EAGAIN)
			return STREAM_WAITS;
		if (length == 0)
			length = -ECONNRESET;
		if (length < 0) {
			fail(c, s, "TLS", (int)-length, now);
			return STREAM_ENDED;
		}
	}
	stream_later(c);
	return STREAM_WAITS;
}

static enum stream_went connected(struct check *c, struct stream *s,
				  uint32_t events, tick_t now)
{
	socklen_t length = sizeof(int);
	int error = 0;

	/* Without these there is none. */
	if (events & (EPOLLERR | EPOLLHUP) &&
	    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length))
		error = errno;
	if (error) {
		stream_drop(s);
		round_refused(c, LEDGER_CHECK_L4CON, "connect", error, now);
		return STREAM_ENDED;
	}
	round_phase(c, now);
	s->state = s->tls ? STREAM_HANDSHAKE : STREAM_OPEN;
	return s->tls ? shake_hands(c, s, now) : STREAM_READY;
}

enum stream_went stream_go(struct check *c, struct stream *s, uint32_t events,
			   tick_t now)
{
	if (s->state == STREAM_CONNECTING)
		return connected(c, s, events, now);
	if (s->state == STREAM_HANDSHAKE)
		return shake_hands(c, s, now);
	return flush(c, s, now) ? STREAM_READY : STREAM_ENDED;
}

bool stream_secure(struct check *c, struct stream *s, struct tls *tls,
		   tick_t now)
{
	s->tls = tls;
	s->state = STREAM_HANDSHAKE;
	s->rest_length = 0;
	round_phase(c, now);
	return shake_hands(c, s, now) != STREAM_ENDED;
}

/* A server that does not read: what is left of a request stands in memory that
 * others use too. */
static bool keep_rest(struct check *c, struct stream *s, const char *more,
		      size_t length, tick_t now)
{
	size_t all = s->rest_length + length;
	char *copy = all <= REST_MOST ? malloc(all) : NULL;

	if (all > REST_MOST)
		return fail_deaf(c, s, now);
	if (!copy)
		return fail(c, s, "send", ENOMEM, now);
	memcpy(copy, s->rest, s->rest_length);
	memcpy(copy + s->rest_length, more, length);
	free(s->copy);
	s->rest = s->copy = copy;
	s->rest_length = all;
	return true;
}

bool stream_send(struct check *c, struct stream *s, const char *bytes,
		 size_t length, tick_t now)
{
	if (s->tls && tls_write(s->tls, bytes, length))
		return fail_tls(c, s, now);
	if (!s->tls && s->rest_length > 0)
		return keep_rest(c, s, bytes, length, now);
	if (!s->tls) {
		s->rest = bytes;
		s->rest_length = length;
	}
	if (!flush(c, s, now))
		return false;
	return s->tls || s->rest_length == 0 || keep_rest(c, s, "", 0, now);
}

/* The same of what reads: 0 or -1. */
static ssize_t unread(struct check *c, struct stream *s, int error, tick_t now)
{
	bool quiet = s->quiet;

	if (error == EPROTO)
		(void)fail_tls(c, s, now);
	else
		(void)fail(c, s, "read", error, now);
	return quiet ? 0 : -1;
}

static ssize_t read_tls(struct check *c, struct stream *s, tick_t now)
{
	bool quiet = s->quiet;

	for (unsigned n = 0; n < PIECES_MOST; n++) {
		ssize_t length =
			tls_read(s->tls, round_scratch(c), STREAM_READ);

		if (length == -EPROTO)
			return unread(c, s, EPROTO, now);
		if (length != -EAGAIN)
			return length;
		/* What it has asked for may have to be answered. */
		if (!flush(c, s, now))
			return quiet ? 0 : -1;
		length = take_in(c, s);
		if (length == -EAGAIN)
			return length;
		if (length == 0) {
			s->cut = true;
			return 0;
		}
		if (length < 0)
			return unread(c, s, (int)-length, now);
	}
	stream_later(c);
	return -EAGAIN;
}

ssize_t stream_read(struct check *c, struct stream *s, tick_t now)
{
	ssize_t length;

	if (s->tls)
		return read_tls(c, s, now);
	length = recv(c->fd, round_scratch(c), STREAM_READ, MSG_DONTWAIT);
	if (length >= 0 || errno == EAGAIN)
		return length < 0 ? -EAGAIN : length;
	return unread(c, s, errno, now);
}

void stream_later(struct check *c)
{
	round_watch_for(c, EVENTS);
}

enum ledger_check_code stream_late(const struct stream *s, const char **words)
{
	switch (s->state) {
	case STREAM_OPEN:
		*words = "no answer in time";
		return LEDGER_CHECK_L7TOUT;
	case STREAM_HANDSHAKE:
		*words = "TLS: no answer in time";
		return LEDGER_CHECK_L6TOUT;
	default:
		*words = "connect: no answer in time";
		return LEDGER_CHECK_L4TOUT;
	}
}

void stream_expired(struct check *c, const struct stream *s, tick_t now)
{
	const char *words;
	enum ledger_check_code code = stream_late(s, &words);

	round_bad(c, code, 0, words, now);
}

void stream_drop(struct stream *s)
{
	tls_close(s->tls);
	free(s->copy);
	*s = (struct stream){ 0 };
}
