/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that change something: each is one order to the keeper
 * (ledger/order.h), whose answer is shown as it is.
 */
#include "ctl/command.h"

#include "base/disarm.h"
#include "ctl/no_daemon.h"
#include "ledger/order.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/*
 * How long the keeper may take to end what it has begun, in seconds; and to
 * say a first word: it does so at once, unless it is stopped.
 */
#define END_TIME   90
#define FIRST_TIME 7

/*
 * `systemctl reload` may come just after a start or a restart: for 5 seconds
 * it waits until the keeper is there and has time for it.
 */
#define TRIES        100
#define TRY_AGAIN_NS 50000000

#define NO_ANSWER                                                              \
	"the keeper does not answer; it is stopped, or hangs, and virtual "    \
	"routers are served without it"

static void wait_for(int fd, time_t seconds)
{
	const struct timeval most = { .tv_sec = seconds };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
}

/* A connection to the keeper, or -1 and errno. */
static int try_door(const struct sockaddr_un *name, const struct timeval *most)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, most, sizeof(*most));
	/* Its queue may be full. */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, most, sizeof(*most));
	if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool nobody_there(int error)
{
	return error == ENOENT || error == ECONNREFUSED;
}

/* Whether it is worth another try, after a moment. */
static bool again(unsigned *tries)
{
	const struct timespec moment = { .tv_nsec = TRY_AGAIN_NS };

	if (*tries == 0)
		return false;
	(*tries)--;
	nanosleep(&moment, NULL);
	return true;
}

/* A connection to the keeper, or -1 after the reason was told. */
static int knock(const struct command *c, const struct timeval *most,
		 unsigned *tries)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path, sizeof(name.sun_path), "%s/%s",
			      c->run_dir, ORDER_SOCKET);
	char hint[256];
	int fd = -1;

	if (length < 0 || (size_t)length >= sizeof(name.sun_path))
		errno = ENAMETOOLONG;
	else
		fd = try_door(&name, most);
	while (fd < 0 && nobody_there(errno) && again(tries))
		fd = try_door(&name, most);
	if (fd < 0 && nobody_there(errno))
		no_daemon_text(c->run_dir, hint, sizeof(hint));
	else if (fd < 0)
		snprintf(hint, sizeof(hint), "%s",
			 errno == EACCES   ? "only root may change something"
			 : errno == EAGAIN ? NO_ANSWER
					   : strerror(errno));
	if (fd < 0)
		fprintf(stderr, "baton: %s: %s\n", name.sun_path, hint);
	return fd;
}

/* One answer of the keeper; false: there was none. */
static bool answered(int fd, struct reply *reply)
{
	ssize_t got;

	errno = 0;
	got = recv(fd, reply, sizeof(*reply), 0);
	if (got < (ssize_t)offsetof(struct reply, text))
		return false;
	reply->length = (uint32_t)((size_t)got - offsetof(struct reply, text));
	/* Names in it are what somebody has written into a file. */
	disarm(reply->text, reply->length, false);
	return true;
}

/*
 * Shows what the keeper says until it has done it: 0 or a positive errno. Its
 * last words are in `reply`.
 */
static int hear(int fd, struct reply *reply)
{
	bool begun = false;

	while (answered(fd, reply)) {
		if (reply->failed != ORDER_BEGUN)
			return reply->failed;
		if (!begun)
			wait_for(fd, END_TIME);
		begun = true;
		fwrite(reply->text, 1, reply->length, stdout);
		fflush(stdout);
	}
	reply->length = (uint32_t)snprintf(
		reply->text, sizeof(reply->text), "baton: %s\n",
		begun ? "the keeper did not say how it went; see its log"
		: errno == EAGAIN ? NO_ANSWER
				  : "the keeper has ended");
	return EPIPE;
}

static int ask_keeper(const struct command *c, const void *order, size_t size,
		      unsigned tries)
{
	struct reply *reply = calloc(1, sizeof(*reply));
	const struct timeval most = { .tv_sec = FIRST_TIME };
	int error;

	if (!reply)
		return COMMAND_FAILED;
	do {
		int fd = knock(c, &most, &tries);

		if (fd < 0) {
			free(reply);
			return COMMAND_FAILED;
		}
		send(fd, order, size, MSG_NOSIGNAL);
		error = hear(fd, reply);
		close(fd);
	} while (error == EBUSY && again(&tries));
	fwrite(reply->text, 1, reply->length, error ? stderr : stdout);
	free(reply);
	return !error            ? command_flush()
	       : error == EINVAL ? COMMAND_UNUSABLE
				 : COMMAND_FAILED;
}

int command_order(const struct command *c, const void *order, size_t size)
{
	int result = ask_keeper(c, order, size, 0);

	/* No configuration was read. */
	return result == COMMAND_UNUSABLE ? COMMAND_FAILED : result;
}

static int ask(const struct command *c, enum order_what what, unsigned seconds)
{
	struct order order = { .what = what, .seconds = seconds };

	if (c->argument)
		snprintf(order.name, sizeof(order.name), "%s", c->argument);
	return ask_keeper(c, &order, sizeof(order),
			  what == ORDER_RENEW ? TRIES : 0);
}

int command_reload(const struct command *c)
{
	if (c->upgrade + c->dry_run + (c->confirm > 0) > 1) {
		fprintf(stderr, "baton: reload: say one of --dry-run, "
				"--upgrade and --confirm\n");
		return COMMAND_USAGE;
	}
	return ask(c,
		   c->dry_run   ? ORDER_PLAN
		   : c->upgrade ? ORDER_RENEW
				: ORDER_RELOAD,
		   c->confirm);
}

int command_confirm(const struct command *c)
{
	return ask(c, ORDER_CONFIRM, 0);
}

int command_handover(const struct command *c)
{
	/* To the keeper no name means all: a variable of a script that is
	 * empty does not. */
	if (c->argument && !c->argument[0]) {
		fprintf(stderr, "baton: handover: the name is empty; to hand "
				"over everything, give none\n");
		return COMMAND_USAGE;
	}
	return ask(c, ORDER_HANDOVER, 0);
}

int command_drain(const struct command *c)
{
	return ask(c, ORDER_DRAIN, 0);
}

int command_undrain(const struct command *c)
{
	return ask(c, ORDER_UNDRAIN, 0);
}

int command_upgrade(const struct command *c)
{
	return ask(c, ORDER_UPGRADE, 0);
}

static tick_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * TICK_SECOND + t.tv_nsec;
}

int command_take_over(const struct command *c, tick_t until)
{
	const struct order order = { .what = ORDER_TAKEOVER };
	struct reply *reply = calloc(1, sizeof(*reply));
	tick_t left = tick_max(until - now(), TICK_MILLISECOND);
	const struct timeval most = { .tv_sec = left / TICK_SECOND,
				      .tv_usec = left % TICK_SECOND / 1000 };
	unsigned tries = 0;
	int fd = reply ? knock(c, &most, &tries) : -1, result = ETIMEDOUT;

	if (fd >= 0) {
		send(fd, &order, sizeof(order), MSG_NOSIGNAL);
		result = answered(fd, reply) ? reply->failed : ETIMEDOUT;
		close(fd);
		fwrite(reply->text, 1, reply->length, stderr);
	}
	free(reply);
	/* Without a connection nothing was asked; the token tells that, too. */
	return result;
}
