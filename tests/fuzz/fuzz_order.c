/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders to the keeper (keeper/control.c): clients that connect, send records
 * of any bytes and length, and leave when they like, while a configuration is
 * read or an upgrade is tested. Sockets and the loop are real; what reads a
 * configuration, and what tests a program, ends when the input says so.
 *
 * Each answer is one, and `vrrp` is only told what it knows.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "keeper/keeper_state.h"
#include "keeper/log.h"
#include "keeper/reply.h"
#include "ledger/virtuals.h"
#include "sys/clock.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS   4
#define INSTANCES 2

enum move {
	MOVE_CONNECT,
	MOVE_SEND,
	MOVE_TURN,
	MOVE_READ,
	MOVE_LEAVE,
	MOVE_WAS_READ, /* the configuration, and cannot be used */
	MOVE_TESTED,   /* the program of an upgrade, and is refused */
	MOVES
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct keeper_row row = { .name = "server", .kind = KEEPER_HEIR };
static char run_dir[64];
static struct keeper_setup setup = { .rows = &row, .row_count = 1 };
static struct keeper keeper, *const k = &keeper;
static int clients[CLIENTS], vrrp;
static reading_done *reads; /* NULL: it is not read */

/* In the place of parts of the keeper, by the linker. */
int __wrap_reading_begin(struct keeper *of, reading_done *done);
bool __wrap_reading_is_on(const struct keeper *of);
int __wrap_rehearsal_begin(struct keeper *of);
bool __wrap_resume_is_other(const struct keeper *of);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);

int __wrap_reading_begin(struct keeper *of, reading_done *done)
{
	(void)of;
	if (reads)
		return -EBUSY;
	reads = done;
	return 0;
}

bool __wrap_reading_is_on(const struct keeper *of)
{
	(void)of;
	return reads != NULL;
}

int __wrap_rehearsal_begin(struct keeper *of)
{
	(void)of;
	return 0;
}

bool __wrap_resume_is_other(const struct keeper *of)
{
	(void)of;
	return true;
}

/* Nothing is waited for. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	(void)timeout;
	return __real_poll(fds, count, 0);
}

static tick_t turn(void *context, tick_t now)
{
	control_turn(context);
	(void)door_turn(context, now);
	return TICK_NEVER;
}

static void remove_files(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/drained", run_dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/" ORDERED_FILE, run_dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/" ORDER_SOCKET, run_dir);
	unlink(path);
	rmdir(run_dir);
}

/* The server of the keeper is a socket here. */
static void start(void)
{
	static struct conf_model *const none;
	const struct ledger_size size = {
		.instances = INSTANCES,
		.texts = 256,
		.virtuals = 1,
		.servers = 1,
	};
	int ends[2];

	snprintf(run_dir, sizeof(run_dir), "/tmp/baton-fuzz-XXXXXX");
	MUST(mkdtemp(run_dir));
	atexit(remove_files);
	setup.run_dir = run_dir;
	log_open(&(struct log_way){ .console = false });
	k->setup = &setup;
	k->now = GENERATION_NONE;
	k->now.model = none;
	k->now.fd = ledger_create(&size, "fuzz", &k->now.ledger);
	MUST(k->now.fd >= 0);
	for (uint32_t n = 0; n < INSTANCES; n++)
		ledger_configured_at(k->now.ledger, n)->name =
			ledger_text_add(k->now.ledger, n ? "A" : "web");
	*ledger_virtual_at(k->now.ledger, 0) =
		(struct ledger_virtual){ .mark = 7, .real_count = 1 };
	ledger_real_at(k->now.ledger, 0)->address =
		(struct ip){ IP_V4, { 10, 0, 0, 1 } };
	ledger_core_at(k->now.ledger, 1)->state = VRRP_ACTIVE;
	k->server = &k->children[0];
	k->child_count = 1;
	MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) == 0);
	k->server->row = &row;
	k->server->control = ends[0];
	k->server->running = true;
	vrrp = ends[1];
	k->waiting = k->door = k->asked.client = -1;
	k->succession.confirm_by = TICK_NEVER;
	MUST(loop_init(&k->loop, turn, k) == 0);
	MUST(control_open(k) == 0);
}

static void enter(int *fd)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (*fd >= 0)
		return;
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/%s", run_dir,
		 ORDER_SOCKET);
	*fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	if (connect(*fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return;
	MUST(errno == EAGAIN); /* many have come, and none was heard yet */
	close(*fd);
	*fd = -1;
}

static void say(int fd, struct reader *input)
{
	size_t length = read_u8(input);

	if (length == UINT8_MAX)
		length = sizeof(struct order_server);
	if (length > reader_left(input))
		length = reader_left(input);
	if (fd >= 0 && length > 0)
		(void)send(fd, input->at, length, MSG_NOSIGNAL);
	read_bytes(input, length);
}

static void hear(int fd)
{
	static struct reply reply;
	ssize_t length = fd < 0 ? -1 : recv(fd, &reply, sizeof(reply), 0);

	if (length <= 0)
		return;
	MUST(length >= (ssize_t)offsetof(struct reply, text));
	MUST(reply.length == (size_t)length - offsetof(struct reply, text));
	MUST(reply.failed >= ORDER_BEGUN);
	MUST(!memchr(reply.text, '\0', reply.length));
}

static void leave(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* What `vrrp` was told. */
static void look(void)
{
	struct command told;

	while (recv(vrrp, &told, sizeof(told), 0) == sizeof(told)) {
		MUST(told.what >= COMMAND_HANDOVER &&
		     told.what < COMMAND_REMOVE);
		MUST(told.instance == LEDGER_NO_INSTANCE ||
		     told.instance < INSTANCES);
	}
}

static void was_read(void)
{
	struct configuration none = CONFIGURATION_NONE;
	struct reply *said = calloc(1, sizeof(*said));
	reading_done *done = reads;

	reads = NULL;
	MUST(said);
	if (done)
		done(k, &none, said);
	free(said);
}

static void tested(void)
{
	k->upgrading = false;
	reply_to_waiting(k, EINVAL, "%s", "it cannot run");
}

static void one_turn(void)
{
	MUST(loop_turn(&k->loop, clock_now()) == 0);
	look();
}

static void move(struct reader *input)
{
	uint8_t what = read_u8(input);
	int *fd = &clients[what / MOVES % CLIENTS];

	switch ((enum move)(what % MOVES)) {
	case MOVE_CONNECT:
		enter(fd);
		break;
	case MOVE_SEND:
		say(*fd, input);
		break;
	case MOVE_TURN:
		one_turn();
		break;
	case MOVE_READ:
		hear(*fd);
		break;
	case MOVE_LEAVE:
		leave(fd);
		break;
	case MOVE_WAS_READ:
		was_read();
		break;
	case MOVE_TESTED:
		tested();
		break;
	case MOVES:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);

	if (!k->setup)
		start();
	for (unsigned n = 0; n < CLIENTS; n++)
		clients[n] = -1;
	while (reader_left(&input) > 0)
		move(&input);
	for (unsigned n = 0; n < CLIENTS; n++) {
		one_turn();
		hear(clients[n]);
		leave(&clients[n]);
	}
	/* Whoever waited is told, and nobody waits any more. */
	for (unsigned n = 0; n < CLIENTS + 1; n++) {
		one_turn();
		was_read();
		tested();
	}
	MUST(k->asked.client < 0 && k->waiting < 0);
	for (unsigned n = 0; n < DOOR_GUESTS; n++)
		MUST(!k->guests[n].waits);
	return 0;
}
