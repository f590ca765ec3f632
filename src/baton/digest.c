/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digest of a page, as a check of it sees it: the request and the parser
 * are those of the process `check`, the digest is of what is sent, and no
 * certificate is verified. It is what keepalived's genhash prints.
 */
#include "baton/digest.h"

#include "checker/digest.h"
#include "checker/http_answer.h"
#include "checker/http_request.h"
#include "checker/tls.h"

#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For each step of it. */
#define PATIENCE_SECONDS 5

struct page {
	bool secure;
	char host[256];
	char port[6];
	const char *path;
	int fd;
	struct tls_context *context;
	struct tls *tls;
	struct digest *digest;
	struct http_answer answer;
	char room[HTTP_REQUEST_MOST];
};

/* getaddrinfo() takes any number, modulo 65536. */
static bool is_port(const char *digits)
{
	long port = strtol(digits, NULL, 10);

	return digits[strspn(digits, "0123456789")] == '\0' && port >= 1 &&
	       port <= UINT16_MAX;
}

/* "HOST[:PORT][/PATH]", where HOST may be [2001:db8::1]. */
static bool take_authority(const char *text, struct page *p)
{
	bool bracket = *text == '[';
	const char *begin = text + bracket;
	size_t length = strcspn(begin, bracket ? "]" : ":/");
	const char *end = begin + length;

	if (length == 0 || length >= sizeof(p->host) ||
	    (bracket && *end != ']'))
		return false;
	memcpy(p->host, begin, length);
	end += bracket;
	snprintf(p->port, sizeof(p->port), "%s", p->secure ? "443" : "80");
	if (*end == ':') {
		length = strcspn(++end, "/");
		if (length == 0 || length >= sizeof(p->port))
			return false;
		memcpy(p->port, end, length);
		p->port[length] = '\0';
		end += length;
		if (!is_port(p->port))
			return false;
	}
	p->path = *end ? end : "/";
	return *end == '\0' || *end == '/';
}

static bool take_url(const char *url, struct page *p)
{
	static const char plain[] = "http://", secure[] = "https://";

	p->secure = strncmp(url, secure, sizeof(secure) - 1) == 0;
	if (!p->secure && strncmp(url, plain, sizeof(plain) - 1) != 0)
		return false;
	return take_authority(
		url + (p->secure ? sizeof(secure) : sizeof(plain)) - 1, p);
}

static int fail(const struct page *p, const char *what, const char *why)
{
	fprintf(stderr, "baton: digest: %s: %s%s%s\n", p->host, what,
		why ? ": " : "", why ? why : "");
	return COMMAND_FAILED;
}

static int dial(struct page *p)
{
	const struct timeval patience = { PATIENCE_SECONDS, 0 };
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int error = getaddrinfo(p->host, p->port, &hints, &found);

	if (error)
		return fail(p, "no address", gai_strerror(error));
	for (const struct addrinfo *at = found; at && p->fd < 0;
	     at = at->ai_next) {
		p->fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC,
			       0);
		setsockopt(p->fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
			   sizeof(patience));
		setsockopt(p->fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			   sizeof(patience));
		if (p->fd < 0 ||
		    connect(p->fd, at->ai_addr, at->ai_addrlen) == 0)
			continue;
		error = errno;
		close(p->fd);
		p->fd = -1;
	}
	freeaddrinfo(found);
	return p->fd < 0 ? fail(p, "connect", strerror(error)) : 0;
}

/* What TLS has to say goes out; -errno. */
static int flush(struct page *p)
{
	const char *bytes;
	size_t length;

	while (p->tls && (length = tls_pending(p->tls, &bytes)) > 0) {
		ssize_t sent = send(p->fd, bytes, length, MSG_NOSIGNAL);

		if (sent <= 0)
			return -errno;
		tls_sent(p->tls, (size_t)sent);
	}
	return 0;
}

/* What comes: how much, 0 at the end, -errno. */
static ssize_t take(struct page *p, char *bytes, size_t size)
{
	ssize_t length = recv(p->fd, bytes, size, 0);

	return length < 0 ? -errno : length;
}

/* More of it for TLS; an error also at its end. */
static int feed(struct page *p)
{
	ssize_t length = take(p, p->room, sizeof(p->room));

	if (length <= 0)
		return length ? (int)length : -ECONNRESET;
	return tls_put(p->tls, p->room, (size_t)length);
}

static int secure(struct page *p)
{
	char words[TLS_WHY] = "it cannot be set up";
	int error = tls_load(), went;

	p->context = error ? NULL : tls_context_open(false, NULL, NULL, words);
	p->tls = p->context ? tls_open(p->context, p->host, NULL, NULL) : NULL;
	if (!p->tls)
		return fail(p, "TLS", words);
	while ((went = tls_handshake(p->tls)) == -EAGAIN) {
		error = flush(p);
		if (!error)
			error = feed(p);
		if (error)
			return fail(p, "TLS", strerror(-error));
	}
	if (went) {
		tls_words(p->tls, words);
		return fail(p, "TLS", words);
	}
	error = flush(p);
	return error ? fail(p, "TLS", strerror(-error)) : 0;
}

static int ask(struct page *p)
{
	bool six = strchr(p->host, ':');
	int length = snprintf(p->room, sizeof(p->room),
			      "GET %s HTTP/1.0\r\n"
			      "User-Agent: KeepAliveClient\r\n"
			      "Host: %s%s%s:%s\r\n\r\n",
			      p->path, six ? "[" : "", p->host, six ? "]" : "",
			      p->port);

	if (length < 0 || (size_t)length >= sizeof(p->room))
		return fail(p, "its URL is too long", NULL);
	if (p->tls) {
		if (tls_write(p->tls, p->room, (size_t)length) || flush(p))
			return fail(p, "send", "TLS");
	} else if (send(p->fd, p->room, (size_t)length, MSG_NOSIGNAL) !=
		   length) {
		return fail(p, "send", strerror(errno));
	}
	return 0;
}

static ssize_t read_some(struct page *p)
{
	ssize_t length;
	int error = 0;

	if (!p->tls)
		return take(p, p->room, sizeof(p->room));
	while ((length = tls_read(p->tls, p->room, sizeof(p->room))) ==
		       -EAGAIN &&
	       !error)
		error = feed(p);
	/* Few servers say that they end. */
	return error == -ECONNRESET ? 0 : error ? error : length;
}

static void add(void *context, const char *bytes, size_t length)
{
	struct page *p = context;

	digest_add(p->digest, bytes, length);
}

static int read_page(struct page *p)
{
	int went = 0;

	http_answer_begin(&p->answer, true, false, add, p);
	while (went == 0) {
		ssize_t length = read_some(p);

		if (length < 0)
			return fail(p, "read", strerror((int)-length));
		went = length == 0 ? http_answer_end(&p->answer)
				   : http_answer_take(&p->answer, p->room,
						      (size_t)length);
	}
	if (went == -EFBIG)
		return fail(p, "its page is too long for a check", NULL);
	if (went < 0)
		return fail(p, "HTTP", p->answer.why);
	return 0;
}

static void forget(struct page *p)
{
	if (p->fd >= 0)
		close(p->fd);
	tls_close(p->tls);
	tls_context_close(p->context);
	digest_close(p->digest);
	free(p);
}

static int fetch(struct page *p)
{
	int result = dial(p);

	if (!result && p->secure)
		result = secure(p);
	if (!result)
		result = ask(p);
	return result ? result : read_page(p);
}

int command_digest(const struct command *c)
{
	struct page *p;
	char text[DIGEST_TEXT];
	int result;

	if (digest_load() || http_answer_load())
		return COMMAND_FAILED;
	p = calloc(1, sizeof(*p));
	if (!p)
		return COMMAND_FAILED;
	p->fd = -1;
	if (!take_url(c->argument, p)) {
		fprintf(stderr,
			"baton: digest: %s is no URL: http://HOST[:PORT]/PATH "
			"or https, with a PORT from 1 to 65535\n",
			c->argument);
		forget(p);
		return COMMAND_USAGE;
	}
	p->digest = digest_open();
	result = p->digest ? fetch(p) : fail(p, "MD5 is forbidden here", NULL);
	if (!result) {
		digest_text(p->digest, text);
		printf("%s\n", text);
		if (http_answer_status(&p->answer) != 200)
			fprintf(stderr, "baton: digest: its status is %u\n",
				http_answer_status(&p->answer));
		result = command_flush();
	}
	forget(p);
	return result;
}
