/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control server (ctl/http.h, ctl/answer.h) and clients of any kind, by
 * its real library and real sockets: they connect, send any bytes in any
 * pieces, read or do not, follow events, and leave when they like.
 *
 * The input is a list of moves: a byte of what and who, and for MOVE_SEND one
 * of the length. In the end all leave, and nothing is left of them.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "ctl/answer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS   4
#define INSTANCES 3
/* Turns of the server after which whoever has left is forgotten. */
#define TURNS_MAX 100

enum move {
	MOVE_CONNECT,
	MOVE_SEND,
	MOVE_SERVE,
	MOVE_READ,
	MOVE_EVENT,
	MOVE_END, /* the client sends no more */
	MOVE_LEAVE,
	MOVES
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client {
	int fd;
	bool heard;
};

static struct client clients[CLIENTS];
static struct sockaddr_un name = { .sun_family = AF_UNIX };
static struct ledger *ledger;
static struct http *http;

static struct http_answer answer(void *context, const char *path,
				 http_argument_fn *argument, void *request)
{
	return answer_make(context, path, argument, request);
}

static struct ledger *make_ledger(void)
{
	static const char *const names[INSTANCES] = { "web", "mail", "w\"b" };
	const struct ledger_size size = { INSTANCES, INSTANCES, 256 };
	struct ledger *l;

	MUST(ledger_create(&size, "fuzz", &l) >= 0);
	for (uint32_t n = 0; n < INSTANCES; n++) {
		struct ledger_configured *c = ledger_configured_at(l, n);

		c->name = ledger_text_add(l, names[n]);
		c->interface = ledger_text_add(l, "eth0");
		c->family = IP_V4;
		c->version = 3;
		c->vrid = (uint8_t)(n + 1);
		c->priority = 100;
		c->interval = TICK_SECOND;
	}
	return l;
}

static void start(void)
{
	static struct http_service service = { .answer = answer };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	/* In the abstract namespace, so that no file is left behind. */
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "baton-fuzz-%d",
		 (int)getpid());
	MUST(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0);
	MUST(listen(fd, CLIENTS) == 0);
	ledger = make_ledger();
	service.context = ledger;
	MUST(http_start(fd, &service, &http) == 0);
}

static void enter(struct client *c)
{
	if (c->fd >= 0)
		return;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	c->heard = false;
	if (connect(c->fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return;
	MUST(errno == EAGAIN); /* the queue is full */
	close(c->fd);
	c->fd = -1;
}

static void say(const struct client *c, struct reader *input)
{
	size_t length = read_u8(input);

	if (length > reader_left(input))
		length = reader_left(input);
	if (c->fd >= 0 && length > 0)
		(void)send(c->fd, input->at, length, MSG_NOSIGNAL);
	read_bytes(input, length);
}

/* Whatever was asked, an answer begins as one. */
static void hear(struct client *c)
{
	char bytes[4096];
	ssize_t length = c->fd < 0 ? -1 : recv(c->fd, bytes, sizeof(bytes), 0);

	if (length <= 0)
		return;
	if (!c->heard && length >= 7)
		MUST(memcmp(bytes, "HTTP/1.", 7) == 0);
	c->heard = true;
}

static void leave(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static void happen(void)
{
	ledger_append(ledger,
		      &(struct ledger_event){ .instance = 0,
					      .type = LEDGER_EVENT_STATE,
					      .to = VRRP_ACTIVE });
	http_wake(http);
}

static void move(struct reader *input)
{
	uint8_t what = read_u8(input);
	struct client *c = &clients[what / MOVES % CLIENTS];

	switch ((enum move)(what % MOVES)) {
	case MOVE_CONNECT:
		enter(c);
		break;
	case MOVE_SEND:
		say(c, input);
		break;
	case MOVE_SERVE:
		http_run(http);
		break;
	case MOVE_READ:
		hear(c);
		break;
	case MOVE_EVENT:
		happen();
		break;
	case MOVE_END:
		if (c->fd >= 0)
			shutdown(c->fd, SHUT_WR);
		break;
	case MOVE_LEAVE:
		leave(c);
		break;
	case MOVES:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);

	if (!http)
		start();
	for (unsigned n = 0; n < CLIENTS; n++)
		clients[n].fd = -1;
	while (reader_left(&input) > 0)
		move(&input);
	http_run(http);
	for (unsigned n = 0; n < CLIENTS; n++) {
		hear(&clients[n]);
		leave(&clients[n]);
	}
	for (unsigned n = 0; n == 0 || http_connections(http) > 0; n++) {
		MUST(n < TURNS_MAX);
		http_run(http);
	}
	MUST(http_waiting(http) == 0);
	return 0;
}
