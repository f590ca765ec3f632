/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files/broker.h"

#include "sys/pass.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names of one pattern, in bytes; no configuration has so many files. */
#define NAMES_MAX ((size_t)8 << 20)

enum what {
	ASK_FILE,
	ASK_NAMES,
	ANSWER_FILE, /* with a descriptor, unless there is an error */
	ANSWER_NAME,
	ANSWER_END, /* of the names */
};

struct record {
	uint32_t what;
	int32_t error; /* 0 or -errno */
	uint64_t size;
	uint32_t regular, fifo, written;
	char path[PATH_MAX];
};

/* Sends as much of the record as it needs, and a descriptor, or -1. */
static int tell(int socket, struct record *r, const char *path, int fd)
{
	size_t length = path ? strlen(path) : 0;

	if (length >= sizeof(r->path))
		return -ENAMETOOLONG;
	memcpy(r->path, path ? path : "", length + 1);
	return pass_send(socket, r, offsetof(struct record, path) + length + 1,
			 &fd, fd >= 0, 0);
}

/* 1 and a record that ends its path; 0: the other end is closed; -errno. */
static int hear(int socket, struct record *r, int *fd)
{
	unsigned count = 1;
	int length = pass_receive(socket, r, sizeof(*r), fd, &count, 0);

	if (count == 0)
		*fd = -1;
	if (length <= 0)
		return length;
	if (length > (int)offsetof(struct record, path) &&
	    !((char *)r)[length - 1])
		return 1;
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	return -EPROTO;
}

static int answer_file(int socket, struct record *r)
{
	struct opened file = { .fd = -1 };
	struct record answer = { .what = ANSWER_FILE };
	int error;

	answer.error = opener_open_whole(r->path, &file);
	answer.size = file.size;
	answer.written = file.written;
	answer.regular = file.regular;
	answer.fifo = file.fifo;
	error = tell(socket, &answer, NULL, file.fd);
	if (file.fd >= 0)
		close(file.fd);
	return error;
}

struct listing {
	int socket;
	int error;
};

static void answer_name(void *to, const char *path)
{
	struct listing *l = to;
	struct record answer = { .what = ANSWER_NAME };

	if (!l->error)
		l->error = tell(l->socket, &answer, path, -1);
}

static int answer_names(int socket, struct record *r)
{
	struct listing l = { .socket = socket };
	struct record answer = { .what = ANSWER_END };

	answer.error = opener_list(r->path, answer_name, &l);
	if (l.error == -ENAMETOOLONG) /* it could not be opened either */
		answer.error = l.error;
	else if (l.error)
		return l.error;
	return tell(socket, &answer, NULL, -1);
}

int broker_serve(int socket)
{
	struct record r;
	int fd, got, error = 0;

	while (!error && (got = hear(socket, &r, &fd)) != 0) {
		if (fd >= 0)
			close(fd);
		if (got < 0)
			error = got;
		else if (r.what == ASK_FILE)
			error = answer_file(socket, &r);
		else if (r.what == ASK_NAMES)
			error = answer_names(socket, &r);
		else
			error = -EPROTO;
	}
	return error;
}

/* The other one has ended, or says what it cannot mean. */
static int broken(int fd)
{
	if (fd >= 0)
		close(fd);
	return BROKER_GONE;
}

static int ask(int socket, struct record *r, const char *path)
{
	int error = tell(socket, r, path, -1);

	return error == 0 || error == -ENAMETOOLONG ? error : BROKER_GONE;
}

int broker_open(int socket, const char *path, struct opened *out)
{
	struct record r = { .what = ASK_FILE };
	int fd = -1, error = ask(socket, &r, path);

	if (error)
		return error;
	if (hear(socket, &r, &fd) != 1 || r.what != ANSWER_FILE ||
	    (r.error == 0) != (fd >= 0))
		return broken(fd);
	if (r.error)
		return r.error < 0 ? r.error : -EIO;
	*out = (struct opened){ fd, r.regular, r.fifo, r.written, r.size };
	return 0;
}

/* Names one after the other, each with its zero. */
struct names {
	char *bytes;
	size_t length, room;
};

static int keep_name(struct names *names, const char *path)
{
	size_t length = strlen(path) + 1;

	if (length > NAMES_MAX - names->length)
		return -EFBIG;
	if (names->length + length > names->room) {
		size_t room = 2 * names->room + length;
		char *larger = realloc(names->bytes, room);

		if (!larger)
			return -ENOMEM;
		names->bytes = larger;
		names->room = room;
	}
	memcpy(names->bytes + names->length, path, length);
	names->length += length;
	return 0;
}

/* All of them are there before the first is told, which may ask again. */
int broker_list(int socket, const char *pattern,
		void (*found)(void *to, const char *path), void *to)
{
	struct record r = { .what = ASK_NAMES };
	struct names names = { 0 };
	int fd, failed = 0, error = ask(socket, &r, pattern);

	while (!error) {
		if (hear(socket, &r, &fd) != 1 || fd >= 0 ||
		    (r.what != ANSWER_NAME && r.what != ANSWER_END))
			error = broken(fd);
		else if (r.what == ANSWER_END)
			break;
		else if (!failed)
			failed = keep_name(&names, r.path);
	}
	if (!error)
		error = failed ? failed : r.error;
	for (size_t at = 0; !error && at < names.length;
	     at += strlen(names.bytes + at) + 1)
		found(to, names.bytes + at);
	free(names.bytes);
	return error;
}
