/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "servers.h"

#include "base/must.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_MS    5
#define DRIP_TICKS 20
/* What an endless one sends at each tick. */
#define POUR    (32 << 10)
#define REPLIES 100 /* of UDP, to one question */
#define EVENTS  256
#define MOST    4096 /* connections */

/* Good answers, with bytes that are zero. */
#define ANSWER(text)                                                           \
	{                                                                      \
		text, sizeof(text) - 1                                         \
	}
#define HTTP1   "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"
#define SETTING "\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0"
#define HEADER  "\0\0\1\1\4\0\0\0\1\x88"

static const struct {
	const char *bytes;
	size_t length;
} answers[SPEAKS] = {
	[SPEAKS_TCP] = ANSWER("hello\n"),
	[SPEAKS_HTTP] = ANSWER(HTTP1),
	[SPEAKS_KEPT] = ANSWER(HTTP1),
	[SPEAKS_HTTP2] = ANSWER(SETTING HEADER "\0\0\6\0\1\0\0\0\1hello\n"),
	[SPEAKS_SSL] = ANSWER(HTTP1),
	[SPEAKS_SSL2] = ANSWER(SETTING HEADER "\0\0\6\0\1\0\0\0\1hello\n"),
	[SPEAKS_SMTP] = ANSWER("220 x\r\n250 x\r\n250 x\r\n"),
	[SPEAKS_STARTTLS] = ANSWER("220 x\r\n250 x\r\n220 x\r\n"),
	[SPEAKS_AGENT] = ANSWER("75% up ready\n"),
	[SPEAKS_GRPC] = ANSWER(SETTING HEADER
			       "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1"
			       "\0\0\x0f\1\5\0\0\0\1\0\x0bgrpc-status\0010"),
	[SPEAKS_GRPC_TLS] = ANSWER(
		SETTING HEADER "\0\0\7\0\0\0\0\0\1\0\0\0\0\2\x08\1"
			       "\0\0\x0f\1\5\0\0\0\1\0\x0bgrpc-status\0010"),
};

struct conn {
	int fd; /* or -1 */
	uint16_t port;
	uint8_t speaks, way; /* of one that was accepted */
	bool listens, datagrams, shaken;
	SSL *ssl; /* or NULL */
	unsigned ticks;
	size_t said, until;
	char text[512]; /* what is said */
};

static struct conn conns[MOST];
static SSL_CTX *context;
static int epoll;

static unsigned any(unsigned below)
{
	return (unsigned)random() % below;
}

static struct conn *make(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	for (unsigned n = 0; fd >= 0 && n < MOST; n++) {
		if (conns[n].fd >= 0)
			continue;
		conns[n] = (struct conn){ .fd = fd };
		event.data.ptr = &conns[n];
		MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
		return &conns[n];
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void drop(struct conn *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	c->fd = -1;
}

static void drop_hard(struct conn *c)
{
	const struct linger now = { 1, 0 };

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	drop(c);
}

/* How much of it went; -1: the other end is gone. */
static ssize_t put(struct conn *c, const char *bytes, size_t length)
{
	ssize_t went;

	if (length == 0)
		return 0;
	if (c->ssl) {
		int done = SSL_write(c->ssl, bytes, (int)length);
		int error = SSL_get_error(c->ssl, done);

		if (done > 0)
			return done;
		return error == SSL_ERROR_WANT_WRITE ||
				       error == SSL_ERROR_WANT_READ
			       ? 0
			       : -1;
	}
	went = send(c->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	return went < 0 && errno == EAGAIN ? 0 : went;
}

static void fill_random(char *bytes, size_t length)
{
	for (size_t n = 0; n < length; n++)
		bytes[n] = (char)random();
}

/* What this one says, if it has an end. */
static void choose(struct conn *c)
{
	size_t length = answers[c->speaks].length;

	memcpy(c->text, answers[c->speaks].bytes, length);
	c->until = length;
	if (c->way == WAY_RANDOM)
		fill_random(c->text, c->until = sizeof(c->text));
	else if (c->way == WAY_CUT || c->way == WAY_HALF)
		c->until = any((unsigned)length);
	else if (c->way == WAY_MUTATED)
		for (unsigned n = any(4) + 1; n > 0; n--)
			c->text[any((unsigned)length)] = (char)random();
	else if (c->way == WAY_REDIRECT)
		c->until = (size_t)(stpcpy(c->text,
					   "HTTP/1.1 302 Found\r\nLocation: "
					   "/\r\nContent-Length: 0\r\n\r\n") -
				    c->text);
	else if (c->way == WAY_RECORDS) {
		static const char *const heads[] = {
			"\x16\x03\x03\x40\x01\x02", "\x15\x03\x01\x02\x02\x02",
			"\x16\x03\x03\x01\x04\x02", "\x17\x03\x03\x01\x01x",
			"\x80\x2e\x01\x01\x02",     "\x14\x03\x03\x01\x01\x01",
		};

		fill_random(c->text, c->until = 300);
		memcpy(c->text, heads[any(6)], 5);
	}
}

/* Begins with the first, and then says the second for ever. */
static bool pour(struct conn *c, const char *begin, const char *again,
		 size_t size)
{
	char bytes[4096];
	size_t first = strlen(begin), all = 0;

	if (c->said < first) {
		ssize_t went = put(c, begin + c->said, first - c->said);

		c->said += went > 0 ? (size_t)went : 0;
		return went >= 0;
	}
	for (size_t at = 0; at < sizeof(bytes); at++)
		bytes[at] = again[(c->said - first + at) % size];
	while (all < POUR) {
		/* In whole turns of it. */
		ssize_t went = put(c, bytes, sizeof(bytes) / size * size);

		if (went <= 0)
			return went == 0;
		all += (size_t)went;
		c->said = first + (c->said - first + (size_t)went) % size;
	}
	return true;
}

#define POUR_TEXT(begin, again) pour(c, begin, again, sizeof(again) - 1)

/* What it does at a tick. False: it is over. */
static bool act(struct conn *c)
{
	ssize_t went = 0;

	switch ((enum siege_way)c->way) {
	case WAY_NEVER:
		return true;
	case WAY_CLOSE:
		return false;
	case WAY_RESET:
		drop_hard(c);
		return true;
	case WAY_HEADERS:
		return POUR_TEXT("HTTP/1.1 200 OK\r\n", "X: y\r\n");
	case WAY_BODY:
		return POUR_TEXT(
			"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n",
			"body");
	case WAY_CHUNKS:
		return POUR_TEXT(
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
			"1\r\na\r\n");
	case WAY_INTERIM:
		return POUR_TEXT("", "HTTP/1.1 100 Continue\r\n\r\n");
	case WAY_LINES:
		return POUR_TEXT("", "220-more\r\n");
	case WAY_FRAMES: /* PING, SETTINGS, and pieces of headers */
		return POUR_TEXT("", "\0\0\10\6\0\0\0\0\0siegesie"
				     "\0\0\0\4\0\0\0\0\0"
				     "\0\0\1\1\0\0\0\0\1\x88"
				     "\0\0\1\11\0\0\0\0\1\x88");
	case WAY_DRIP:
		if (c->ticks % DRIP_TICKS != 0)
			return true;
		went = put(c, c->text + c->said, c->said < c->until);
		break;
	case WAY_RANDOM:
	case WAY_RECORDS:
	case WAY_HALF:
	case WAY_CUT:
	case WAY_MUTATED:
	case WAY_REDIRECT:
	case WAYS:
		went = put(c, c->text + c->said, c->until - c->said);
		break;
	}
	if (went < 0)
		return false;
	c->said += (size_t)went;
	if (c->way == WAY_HALF && c->said == c->until)
		shutdown(c->fd, SHUT_WR);
	return c->way != WAY_RANDOM || c->said < c->until;
}

static void tick(struct conn *c)
{
	c->ticks++;
	if (c->ssl && !c->shaken) {
		int done = SSL_accept(c->ssl);
		int error = SSL_get_error(c->ssl, done);

		c->shaken = done == 1;
		if (done != 1 && error != SSL_ERROR_WANT_READ &&
		    error != SSL_ERROR_WANT_WRITE) {
			drop(c);
			return;
		}
	}
	if ((!c->ssl || c->shaken) && !act(c))
		drop(c);
}

static void accept_all(const struct conn *listening)
{
	int fd;

	while ((fd = accept4(listening->fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct conn *c = make(fd);

		if (!c)
			continue;
		c->speaks = listening->speaks;
		c->way = listening->way;
		choose(c);
		/* Some of them before the handshake, and some within it. */
		if ((c->speaks == SPEAKS_SSL || c->speaks == SPEAKS_SSL2 ||
		     c->speaks == SPEAKS_GRPC_TLS) &&
		    c->way != WAY_RECORDS && any(4) > 0) {
			c->ssl = SSL_new(context);
			SSL_set_fd(c->ssl, fd);
		}
	}
}

static void reply(const struct conn *c)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	char bytes[2048];
	ssize_t length = recvfrom(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
				  (struct sockaddr *)&from, &size);
	unsigned times = c->way == WAY_LINES ? REPLIES : 1;

	if (length <= 3 || c->way == WAY_NEVER || c->way == WAY_DRIP)
		return;
	if (c->speaks == SPEAKS_DNS)
		bytes[2] = (char)(bytes[2] | 0x80);
	if (c->way == WAY_CLOSE)
		length = 0;
	else if (c->way == WAY_CUT || c->way == WAY_HALF)
		length = any((unsigned)length);
	else if (c->way == WAY_RESET || c->way == WAY_RANDOM ||
		 c->way == WAY_RECORDS || c->way == WAY_LINES)
		fill_random(bytes, (size_t)(length = any(sizeof(bytes))));
	else if (c->way == WAY_MUTATED)
		bytes[any((unsigned)length)] = (char)random();
	while (times-- > 0)
		sendto(c->fd, bytes, (size_t)length, MSG_DONTWAIT,
		       (struct sockaddr *)&from, size);
}

static void hear(struct conn *c)
{
	char bytes[4096];
	ssize_t length;

	if (c->listens) {
		accept_all(c);
	} else if (c->datagrams) {
		reply(c);
	} else if (c->ssl && !c->shaken) {
		return; /* tick() */
	} else if (c->ssl) {
		length = SSL_read(c->ssl, bytes, sizeof(bytes));
		if (length <= 0 &&
		    SSL_get_error(c->ssl, (int)length) != SSL_ERROR_WANT_READ)
			drop(c);
	} else {
		length = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (length == 0 || (length < 0 && errno != EAGAIN))
			drop(c);
	}
}

static int open_at(uint16_t port, int type)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	MUST(bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0);
	MUST(type == SOCK_DGRAM || listen(fd, 256) == 0);
	return fd;
}

static void open_all(void)
{
	for (unsigned s = 0; s < SPEAKS; s++)
		for (unsigned w = 0; w < WAYS; w++) {
			bool datagrams = speaks_datagrams(s);
			struct conn *c = make(
				open_at(siege_port(s, w),
					datagrams ? SOCK_DGRAM : SOCK_STREAM));

			MUST(c);
			c->speaks = (uint8_t)s;
			c->way = (uint8_t)w;
			c->listens = !datagrams;
			c->datagrams = datagrams;
		}
}

static int choose_protocol(SSL *ssl, const unsigned char **out,
			   unsigned char *length, const unsigned char *in,
			   unsigned size, void *unused)
{
	(void)ssl;
	(void)unused;
	*out = in + 1;
	*length = in[0];
	return size > 0 ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

static void open_tls(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	MUST(X509_sign(x, key, EVP_sha256()) > 0);
	context = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(context, x);
	SSL_CTX_use_PrivateKey(context, key);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void take_ready(int wait)
{
	struct epoll_event ready[EVENTS];
	int count = epoll_wait(epoll, ready, EVENTS, wait);

	for (int n = 0; n < count; n++) {
		struct conn *c = ready[n].data.ptr;

		if (c->fd >= 0)
			hear(c);
	}
}

pid_t siege_serve(unsigned seed)
{
	pid_t pid;

	signal(SIGPIPE, SIG_IGN);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned n = 0; n < MOST; n++)
		conns[n].fd = -1;
	open_all();
	pid = fork();
	if (pid != 0) {
		for (unsigned n = 0; n < MOST; n++)
			if (conns[n].fd >= 0)
				close(conns[n].fd);
		close(epoll);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 10);
	srandom(seed);
	open_tls();
	for (tick_t next = 0;;) {
		take_ready(TICK_MS);
		if (clock_now() < next)
			continue;
		next = clock_now() + TICK_MS * TICK_MILLISECOND;
		for (unsigned n = 0; n < MOST; n++)
			if (conns[n].fd >= 0 && !conns[n].listens &&
			    !conns[n].datagrams)
				tick(&conns[n]);
	}
}

pid_t siege_serve_well(void)
{
	int listening = open_at(GOOD_PORT, SOCK_STREAM);
	pid_t pid = fork();
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listening };

	if (pid != 0) {
		close(listening);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
	for (;;) {
		struct epoll_event ready[EVENTS];
		int count = epoll_wait(epoll, ready, EVENTS, -1);

		for (int n = 0; n < count; n++) {
			int fd = ready[n].data.fd;
			char bytes[4096];
			ssize_t length;

			if (fd == listening) {
				event.data.fd = accept(fd, NULL, NULL);
				epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd,
					  &event);
				continue;
			}
			length = recv(fd, bytes, sizeof(bytes), 0);
			if (length > 0)
				(void)!send(fd, HTTP1, sizeof(HTTP1) - 1,
					    MSG_NOSIGNAL);
			else
				close(fd);
		}
	}
}
