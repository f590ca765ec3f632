/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that change something: each is one order to the keeper
 * (engine/order.h), whose answer is shown as it is.
 */
#include "ctl/command.h"

#include "engine/keeper.h"
#include "engine/order.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A connection to the keeper, or -1 after the reason was told. */
static int knock(const struct command *c)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path, sizeof(name.sun_path), "%s/%s",
			      c->run_dir, KEEPER_DOOR);
	int fd = -1;

	if (length < 0 || (size_t)length >= sizeof(name.sun_path))
		errno = ENAMETOOLONG;
	else
		fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	fprintf(stderr, "baton: %s: %s\n", name.sun_path,
		errno == ENOENT || errno == ECONNREFUSED
			? "no batond runs there; start it, or name its "
			  "directory with --run-dir"
		: errno == EACCES ? "only root may change something"
				  : strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int ask(const struct command *c, enum order_what what, unsigned seconds)
{
	struct order order = { .what = what, .seconds = seconds };
	struct reply *reply = calloc(1, sizeof(*reply));
	int fd = reply ? knock(c) : -1;
	int status = COMMAND_FAILED;
	ssize_t got;

	if (fd < 0) {
		free(reply);
		return COMMAND_FAILED;
	}
	if (c->argument)
		snprintf(order.name, sizeof(order.name), "%s", c->argument);
	got = send(fd, &order, sizeof(order), MSG_NOSIGNAL);
	if (got > 0)
		got = recv(fd, reply, sizeof(*reply), 0);
	if (got < (ssize_t)offsetof(struct reply, text)) {
		fprintf(stderr, "baton: the keeper did not answer\n");
	} else {
		size_t length = (size_t)got - offsetof(struct reply, text);

		fwrite(reply->text, 1, length, reply->failed ? stderr : stdout);
		status = !reply->failed            ? command_flush()
			 : reply->failed == EINVAL ? COMMAND_UNUSABLE
						   : COMMAND_FAILED;
	}
	close(fd);
	free(reply);
	return status;
}

int command_reload(const struct command *c)
{
	return ask(c, c->dry_run ? ORDER_PLAN : ORDER_RELOAD, c->confirm);
}

int command_confirm(const struct command *c)
{
	return ask(c, ORDER_CONFIRM, 0);
}

int command_handover(const struct command *c)
{
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
