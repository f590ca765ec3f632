/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side of the one that joins (join.h). */
#include "keeper/join.h"

#include "base/must.h"
#include "conf/model/conf.h"
#include "files/reading.h"
#include "ledger/ledger.h"
#include "sys/pass.h"
#include "sys/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long the keeper may take for an answer: it turns its loop often. */
#define ANSWER_SECONDS 5

/* How long it is waited for where there is none: it may be started just now. */
#define CALL_MS   10000
#define CALL_STEP 50

static int fails(const struct keeper_row *row, const char *what, int error)
{
	fprintf(stderr, "batond: %s: %s: %s\n", row->name, what,
		strerror(-error));
	return EXIT_FAILURE;
}

/* Before a service manager starts it again, for a refusal that lasts. */
#define REFUSED_SECONDS 2

/* As of the keeper's children: what is sent to all is for the keeper. */
static void ignore_signals(void)
{
	static const int for_keeper[] = { SIGINT, SIGHUP, SIGUSR1, SIGUSR2 };

	for (size_t n = 0; n < ARRAY_LENGTH(for_keeper); n++)
		signal(for_keeper[n], SIG_IGN);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		signal(number, SIG_IGN);
}

/* A keeper is root, or who we are. */
static int check_keeper(int fd)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size))
		return -errno;
	return who.uid == 0 || who.uid == geteuid() ? 0 : -EPERM;
}

static int call(const char *run_dir, const char *name)
{
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int length = snprintf(address.sun_path, sizeof(address.sun_path),
			      "%s/%s.sock", run_dir, name);
	int fd, error = 0;

	if (length >= (int)sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		error = -errno;
	if (!error)
		error = check_keeper(fd);
	if (error)
		close(fd);
	return error ? error : fd;
}

static int call_until(const char *run_dir, const char *name)
{
	int fd = call(run_dir, name);

	for (unsigned ms = 0;
	     (fd == -ENOENT || fd == -ECONNREFUSED) && ms < CALL_MS;
	     ms += CALL_STEP) {
		poll(NULL, 0, CALL_STEP);
		fd = call(run_dir, name);
	}
	return fd;
}

static int ask(int fd, const char *name)
{
	struct join_words hello = { .magic = JOIN_MAGIC,
				    .version = JOIN_VERSION };

	snprintf(hello.name, sizeof(hello.name), "%s", name);
	snprintf(hello.program, sizeof(hello.program), "%s", BATON_VERSION);
	return send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello)
		       ? 0
		       : -errno;
}

/* The answer, and its descriptors, each at its place or -1. */
static int hear(int fd, struct join_words *answer, int given[JOIN_GIVEN_MAX])
{
	int list[JOIN_GIVEN_MAX];
	unsigned came = JOIN_GIVEN_MAX, next = 0;
	int length = pass_receive(fd, answer, sizeof(*answer), list, &came,
				  MSG_WAITALL);

	if (length < 0)
		return length;
	if (length != sizeof(*answer) || answer->magic != JOIN_MAGIC)
		return -EPROTO;
	if (answer->version != JOIN_VERSION)
		return -EPROTONOSUPPORT;
	if (answer->error)
		return -answer->error;
	for (unsigned n = 0; n < JOIN_GIVEN_MAX; n++)
		given[n] = answer->given >> n & 1 && next < came ? list[next++]
								 : -1;
	return next == came ? 0 : -EPROTO;
}

/* The ledger, of which only the row's book may be written; it closes `fd`. */
static int map_book(const struct keeper_row *row, int fd, int view,
		    struct ledger **out)
{
	int error = fd < 0 || view < 0 ? -EPROTO : ledger_map(fd, true, out);

	if (fd >= 0)
		close(fd);
	return error ? error : ledger_confine(*out, view, row->book);
}

/* The configuration, without the secrets that it has no need of. */
static int unpack(const struct keeper_row *row, int packed,
		  const struct conf_model **out)
{
	struct conf_model *model = conf_reading_unpack(packed);

	if (packed >= 0)
		close(packed);
	if (model)
		conf_wipe(model, row->secrets);
	*out = model;
	return model ? 0 : -EPROTO;
}

int keeper_join(const char *run_dir, const struct keeper_row *row)
{
	struct process_rights rights = { .capabilities = row->capabilities };
	struct join_words answer = { 0 };
	int given[JOIN_GIVEN_MAX];
	int fd = call_until(run_dir, row->name), error;
	struct keeper_given to_body = { .control = -1,
					.listen = -1,
					.sandbox = row->sandbox };

	if (fd < 0)
		return fails(row, "no keeper to join", fd);
	error = ask(fd, row->name);
	if (!error)
		error = hear(fd, &answer, given);
	if (error) {
		fails(row, "the keeper refuses", error);
		sleep(REFUSED_SECONDS);
		return EXIT_FAILURE;
	}
	ignore_signals();
	to_body.view = given[0];
	to_body.wake = given[1];
	to_body.stop = fd;
	if (row->needs_model)
		error = unpack(row, given[2], &to_body.model);
	if (error)
		return fails(row, "the configuration", error);
	if (row->book)
		error = map_book(row, given[3], given[0], &to_body.ledger);
	if (error)
		return fails(row, "the ledger", error);
	if (row->unprivileged)
		process_unprivileged(&rights);
	if (row->nice)
		setpriority(PRIO_PROCESS, 0, row->nice);
	process_call(row->name);
	if (!row->all_rights)
		error = process_restrict(&rights);
	if (error)
		return fails(row, "cannot give up rights", error);
	return row->body(&to_body);
}
