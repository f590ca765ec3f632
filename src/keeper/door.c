/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper's door: the socket where baton(1) connects with an order, a fixed
 * record of one of two sizes (ledger/order.h). Who may connect is decided by
 * the socket's mode, 0600.
 *
 * Nobody is waited for. One that has connected and says nothing is a guest,
 * heard when it speaks; a few may be silent at a time, each for a moment, and
 * one more takes the place of the first.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/order.h"
#include "sys/clock.h"
#include "sys/rundir.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

static_assert(sizeof(struct order) != sizeof(struct order_server),
	      "told apart by their size");

/* How long a client may take to say what it wants. */
#define GUEST_TIME TICK_SECOND

static void forget(struct keeper *k, struct door_guest *g)
{
	loop_remove(&k->loop, &g->watch);
	g->waits = false;
}

static void hang_up(struct keeper *k, struct door_guest *g)
{
	if (!g->waits)
		return;
	forget(k, g);
	close(g->watch.fd);
}

/* With no descriptor left one that knocks cannot be let in, and goes on
 * knocking: it is not listened to for so long. */
#define REST_TIME TICK_SECOND

static void rest(struct keeper *k, int error)
{
	if (error != k->door_error)
		log_line(LOG_WARNING,
			 "nobody can be let in by " ORDER_SOCKET ": %s; it is "
			 "tried again every second",
			 strerror(error));
	k->door_error = error;
	k->door_rests_until = clock_now() + REST_TIME;
	loop_remove(&k->loop, &k->watch_door);
}

/* A client, that is a guest or not yet. False: nothing was said yet. */
static bool hear(struct keeper *k, int client, struct door_guest *g)
{
	union {
		struct order order;
		struct order_server server;
	} said;
	ssize_t length =
		recv(client, &said, sizeof(said), MSG_DONTWAIT | MSG_TRUNC);

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (g)
		forget(k, g);
	if (length == sizeof(said.order)) {
		said.order.name[ORDER_NAME_SIZE - 1] = '\0';
		k->take_order(k, client, &said.order);
	} else if (length == sizeof(said.server)) {
		k->take_server_order(k, client, &said.server);
	} else {
		close(client);
	}
	return true;
}

static void guest_ready(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	/* An order may close the door: then those behind it wait. */
	for (unsigned n = 0; n < DOOR_GUESTS && !k->gap; n++)
		if (k->guests[n].waits)
			(void)hear(k, k->guests[n].watch.fd, &k->guests[n]);
}

/* A place for one more: one that is free, or that of the first to have come. */
static struct door_guest *place(struct keeper *k)
{
	struct door_guest *first = &k->guests[0];

	for (unsigned n = 0; n < DOOR_GUESTS; n++) {
		struct door_guest *g = &k->guests[n];

		if (!g->waits)
			return g;
		if (g->until < first->until)
			first = g;
	}
	hang_up(k, first);
	return first;
}

static void door_ready(void *context, uint32_t events)
{
	struct keeper *k = context;
	struct door_guest *g;
	int client = accept4(k->door, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (client < 0) {
		if (errno != EAGAIN)
			rest(k, errno);
		return;
	}
	k->door_error = 0;
	if (hear(k, client, NULL))
		return;
	g = place(k);
	g->waits = true;
	g->until = clock_now() + GUEST_TIME;
	g->watch = (struct loop_watch){ client, LOOP_OTHER, guest_ready, k };
	if (loop_add(&k->loop, &g->watch, EPOLLIN))
		hang_up(k, g);
}

tick_t door_turn(struct keeper *k, tick_t now)
{
	tick_t next = TICK_NEVER;

	for (unsigned n = 0; n < DOOR_GUESTS && !k->gap; n++) {
		struct door_guest *g = &k->guests[n];

		if (!g->waits)
			continue;
		if (now >= g->until)
			hang_up(k, g);
		next = tick_min(next, g->until);
	}
	if (!k->door_rests_until || k->gap)
		return next;
	if (now < k->door_rests_until)
		return tick_min(next, k->door_rests_until);
	k->door_rests_until = 0;
	/* Unless a pause that has ended, or another door, was before us. */
	if (k->door >= 0)
		loop_add(&k->loop, &k->watch_door, EPOLLIN);
	return next;
}

void door_pause(struct keeper *k)
{
	if (k->door >= 0)
		loop_remove(&k->loop, &k->watch_door);
	for (unsigned n = 0; n < DOOR_GUESTS; n++)
		if (k->guests[n].waits)
			loop_remove(&k->loop, &k->guests[n].watch);
}

void door_go_on(struct keeper *k)
{
	if (k->door >= 0)
		loop_add(&k->loop, &k->watch_door, EPOLLIN);
	for (unsigned n = 0; n < DOOR_GUESTS; n++)
		if (k->guests[n].waits)
			loop_add(&k->loop, &k->guests[n].watch, EPOLLIN);
}

static int make(struct keeper *k)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int length = snprintf(name.sun_path, sizeof(name.sun_path), "%s/%s",
			      k->setup->run_dir, ORDER_SOCKET);
	mode_t mask;
	int error = 0, fd;

	if (length < 0 || (size_t)length >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	unlink(name.sun_path); /* the lock is ours: nobody listens there */
	mask = umask(0177);
	if (bind(fd, (struct sockaddr *)&name, sizeof(name)) ||
	    listen(fd, RUNDIR_BACKLOG))
		error = -errno;
	umask(mask);
	if (error)
		close(fd);
	else
		k->door = fd;
	return error;
}

int door_open(struct keeper *k)
{
	/* It may be that of the program before. */
	int error = k->door < 0 ? make(k) : 0;

	if (error)
		return error;
	k->watch_door =
		(struct loop_watch){ k->door, LOOP_OTHER, door_ready, k };
	return loop_add(&k->loop, &k->watch_door, EPOLLIN);
}

int door_renew(struct keeper *k)
{
	if (k->door >= 0) {
		loop_remove(&k->loop, &k->watch_door);
		close(k->door);
		k->door = -1;
	}
	return door_open(k);
}

void door_close(struct keeper *k)
{
	char path[4096];

	for (unsigned n = 0; n < DOOR_GUESTS; n++)
		hang_up(k, &k->guests[n]);
	snprintf(path, sizeof(path), "%s/%s", k->setup->run_dir, ORDER_SOCKET);
	if (home_is_ours(k))
		unlink(path);
	if (k->door >= 0)
		close(k->door);
}
