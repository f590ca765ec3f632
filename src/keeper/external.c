/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keeper's side of those that join it (join.h). One that has joined is a
 * child like others, but that nobody here starts it: it has a pidfd, a row in
 * the ledger, and an end. Its connection stays open, so that it sees the end
 * of the keeper.
 */
#include "keeper/join.h"
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "sys/clock.h"
#include "sys/pass.h"
#include "sys/rundir.h"
#include "sys/wake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

/* How long one that has connected may be silent. */
#define HELLO_TIME (5 * TICK_SECOND)

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif

static void path_of(const struct keeper *k, const struct child *c, char *path,
		    size_t size)
{
	snprintf(path, size, "%s/%s.sock", k->setup->run_dir, c->row->name);
}

static void hang_up(struct keeper *k, struct child *c)
{
	if (c->watch_guest.fd < 0)
		return;
	loop_remove(&k->loop, &c->watch_guest);
	close(c->watch_guest.fd);
	c->watch_guest.fd = -1;
	c->guest_until = TICK_NEVER;
}

/* Who it is: root, or who we are, by a descriptor that names it for ever. */
static int identify(int fd, struct process *out)
{
	struct ucred who;
	socklen_t size = sizeof(who);
	int pidfd = -1;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size))
		return -errno;
	if (who.uid != 0 && who.uid != geteuid())
		return -EPERM;
	size = sizeof(pidfd);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size))
		pidfd = pidfd_open(who.pid, 0);
	if (pidfd < 0)
		return -errno;
	*out = (struct process){ who.pid, pidfd, who.uid };
	return 0;
}

static int judge(const struct keeper *k, const struct child *c,
		 const struct join_words *hello)
{
	if (hello->magic != JOIN_MAGIC ||
	    strncmp(hello->name, c->row->name, sizeof(hello->name)) != 0)
		return -EPROTO;
	/* Another program would not understand its book, or the model. */
	if (hello->version != JOIN_VERSION ||
	    strncmp(hello->program, BATON_VERSION, sizeof(hello->program)) != 0)
		return -EPROTONOSUPPORT;
	if (k->stopping)
		return -ESHUTDOWN;
	if (!child_is_served(k, c))
		return -EAGAIN;
	return c->process.pid ? -EBUSY : 0;
}

/* The answer, with what the row names. */
static int answer(const struct keeper *k, const struct child *c, int fd,
		  int error, int wake)
{
	const int all[JOIN_GIVEN_MAX] = {
		c->row->keeps & KEEPS_VIEW || c->row->book ? k->now.view : -1,
		wake, c->row->needs_model ? k->now.packed : -1,
		c->row->book ? k->now.fd : -1
	};
	struct join_words words = { .magic = JOIN_MAGIC,
				    .version = JOIN_VERSION,
				    .error = -error };
	int list[JOIN_GIVEN_MAX];
	unsigned count = 0;

	snprintf(words.name, sizeof(words.name), "%s", c->row->name);
	snprintf(words.program, sizeof(words.program), "%s", BATON_VERSION);
	for (unsigned n = 0; !error && n < JOIN_GIVEN_MAX; n++) {
		if (all[n] < 0)
			continue;
		words.given |= 1u << n;
		list[count++] = all[n];
	}
	return pass_send(fd, &words, sizeof(words), list, count, MSG_DONTWAIT);
}

/* It is one of ours from here on. */
static int take_in(struct keeper *k, struct child *c, int fd)
{
	struct process process;
	int wake[2] = { -1, -1 };
	int error = identify(fd, &process);

	if (error)
		return error;
	if (c->row->keeps & KEEPS_A_WAKE)
		error = wake_open(wake);
	if (!error)
		error = answer(k, c, fd, 0, wake[1]);
	if (wake[1] >= 0)
		close(wake[1]);
	if (error) {
		close(process.pidfd);
		if (wake[0] >= 0)
			close(wake[0]);
		return error;
	}
	c->process = process;
	c->wake = wake[0];
	c->joined = fd;
	c->running = true;
	c->started = clock_now();
	c->watch.fd = process.pidfd;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	if (c->row->keeps & KEEPS_TELL) {
		c->watch_wake.fd = c->wake;
		loop_add(&k->loop, &c->watch_wake, EPOLLIN);
	}
	child_tell(k, c, LEDGER_PROCESS_STARTED, process.pid);
	return 0;
}

static void hear(struct keeper *k, struct child *c)
{
	struct join_words hello;
	ssize_t length =
		recv(c->watch_guest.fd, &hello, sizeof(hello), MSG_DONTWAIT);
	int error;

	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (length != sizeof(hello)) {
		hang_up(k, c);
		return;
	}
	error = judge(k, c, &hello);
	if (error)
		answer(k, c, c->watch_guest.fd, error, -1);
	else
		error = take_in(k, c, c->watch_guest.fd);
	if (!error) { /* the connection is that of a child now */
		loop_remove(&k->loop, &c->watch_guest);
		c->watch_guest.fd = -1;
		c->guest_until = TICK_NEVER;
		return;
	}
	log_line(LOG_WARNING,
		 "%s: one that wants to join is refused: %s (batond %.*s, "
		 "handshake %u; here %s, %u)",
		 c->row->name, strerror(-error), (int)sizeof(hello.program),
		 hello.program, hello.version, BATON_VERSION, JOIN_VERSION);
	hang_up(k, c);
}

static void guest_ready(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].watch_guest.fd >= 0)
			hear(k, &k->children[n]);
}

static void door_ready(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];
		int fd;

		if (c->watch_join.fd < 0)
			continue;
		fd = accept4(c->watch_join.fd, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0 && errno != EAGAIN) { /* as in door.c */
			loop_remove(&k->loop, &c->watch_join);
			c->join_rests_until = clock_now() + HELLO_TIME;
		}
		if (fd < 0)
			continue;
		hang_up(k, c); /* the newest is heard; it is root's, too */
		c->watch_guest.fd = fd;
		c->guest_until = clock_now() + HELLO_TIME;
		loop_add(&k->loop, &c->watch_guest, EPOLLIN);
	}
}

static int open_one(struct keeper *k, struct child *c, const char *path)
{
	int fd = rundir_listen(path, 0600, (gid_t)-1);

	c->watch_join.fd = fd < 0 ? -1 : fd;
	if (fd < 0)
		return fd;
	c->watch_join.ready = door_ready;
	c->watch_guest.ready = guest_ready;
	return loop_add(&k->loop, &c->watch_join, EPOLLIN);
}

int external_open(struct keeper *k)
{
	char path[4096];
	int error;

	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		if (c->row->kind != KEEPER_EXTERNAL)
			continue;
		path_of(k, c, path, sizeof(path));
		error = open_one(k, c, path);
		if (error) {
			log_line(LOG_ERR, "cannot listen on %s: %s", path,
				 strerror(-error));
			return error;
		}
	}
	return 0;
}

int external_renew(struct keeper *k, bool all)
{
	char path[4096];
	int error = 0;

	for (unsigned n = 0; n < k->child_count && !error; n++) {
		struct child *c = &k->children[n];

		path_of(k, c, path, sizeof(path));
		if (c->row->kind != KEEPER_EXTERNAL ||
		    (!all && c->watch_join.fd >= 0 &&
		     rundir_has(path, S_IFSOCK)))
			continue;
		if (c->watch_join.fd >= 0) {
			loop_remove(&k->loop, &c->watch_join);
			close(c->watch_join.fd);
		}
		error = open_one(k, c, path);
	}
	return error;
}

void external_close(struct keeper *k)
{
	char path[4096];

	for (unsigned n = 0; n < k->child_count; n++) {
		struct child *c = &k->children[n];

		hang_up(k, c);
		if (c->watch_join.fd < 0)
			continue;
		path_of(k, c, path, sizeof(path));
		if (home_is_ours(k))
			unlink(path);
		close(c->watch_join.fd);
	}
}

/* When it is listened to again. */
static tick_t rested(struct keeper *k, struct child *c, tick_t now)
{
	if (!c->join_rests_until)
		return TICK_NEVER;
	if (now < c->join_rests_until)
		return c->join_rests_until;
	c->join_rests_until = 0;
	if (c->watch_join.fd >= 0)
		loop_add(&k->loop, &c->watch_join, EPOLLIN);
	return TICK_NEVER;
}

tick_t external_turn(struct keeper *k, tick_t now)
{
	tick_t next = TICK_NEVER;

	for (unsigned n = 0; n < k->child_count; n++) {
		if (now >= k->children[n].guest_until)
			hang_up(k, &k->children[n]);
		next = tick_min(next, k->children[n].guest_until);
		next = tick_min(next, rested(k, &k->children[n], now));
		child_show(k, &k->children[n]);
	}
	return next;
}
