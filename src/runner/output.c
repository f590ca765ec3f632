/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scripts write: a pipe for each, kept as long as this process lives.
 * So what a script leaves behind may go on writing after it has ended, and is
 * neither ended by that nor held up; it is read and thrown away. The begin of
 * what a run wrote is kept.
 */
#include "runner/runner_state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Bytes of one script that are read in one turn. */
#define TURN_MAX (64 << 10)

/* What fits while nobody reads: those that are told outlive us. */
#define PIPE_SIZE (1 << 20)

/* Pipes that are looked at in one turn. */
#define READY_MAX 32

static void keep(struct output *o, const char *bytes, size_t length)
{
	size_t room = sizeof(o->text) - 1 - o->length;

	if (o->keeps_last && length > room) {
		size_t most = sizeof(o->text) - 1;
		size_t more = length < most ? length : most;
		size_t rest = o->length < most - more ? o->length : most - more;

		memmove(o->text, o->text + o->length - rest, rest);
		o->length = rest;
		bytes += length - more;
		room = length = more;
	}
	length = length < room ? length : room;
	memcpy(o->text + o->length, bytes, length);
	o->length += length;
	o->text[o->length] = '\0';
}

void output_drain(struct output *o)
{
	char bytes[4096];
	ssize_t length = 1;

	for (size_t all = 0; o->read_end >= 0 && all < TURN_MAX;
	     all += (size_t)length) {
		length = read(o->read_end, bytes, sizeof(bytes));
		if (length <= 0)
			break;
		keep(o, bytes, (size_t)length);
	}
}

/* All pipes are one descriptor to the loop: an epoll of their own. */
static void ready(void *context, uint32_t events)
{
	struct runner *r = context;
	struct epoll_event list[READY_MAX];
	int count = epoll_wait(r->watch_output.fd, list, READY_MAX, 0);

	(void)events;
	for (int n = 0; n < count; n++)
		output_drain(list[n].data.ptr);
}

int output_open(struct runner *r)
{
	r->watch_output = (struct loop_watch){ epoll_create1(EPOLL_CLOEXEC),
					       LOOP_OTHER, ready, r };
	return r->watch_output.fd < 0
		       ? -errno
		       : loop_add(&r->loop, &r->watch_output, EPOLLIN);
}

static void make_pipe(struct runner *r, struct output *o)
{
	struct epoll_event event = {
		.events = EPOLLIN,
		.data.ptr = o,
	};
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return;
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) ||
	    epoll_ctl(r->watch_output.fd, EPOLL_CTL_ADD, ends[0], &event)) {
		close(ends[0]);
		close(ends[1]);
		return;
	}
	fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE); /* if it may be */
	o->read_end = ends[0];
	o->write_end = ends[1];
}

void output_setup(struct output *o)
{
	o->read_end = o->write_end = -1;
}

void output_begin(struct runner *r, struct output *o)
{
	if (o->read_end < 0)
		make_pipe(r, o);
	output_drain(o); /* of what the last run left behind */
	o->length = 0;
	o->text[0] = '\0';
}
