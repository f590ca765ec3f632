/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket where `ctl` answers questions. The keeper makes it and keeps it,
 * so that one `ctl` after another listens there and nobody is told meanwhile
 * that there is none.
 *
 * They share its open file description, and so what the last one did to it
 * stays. Whatever that is, the keeper neither reads nor writes there; but a
 * socket that was shut down (shutdown(2)) would be of no use for the next one
 * either. So that is looked for, and another one is made.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/order.h"
#include "sys/rundir.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* How long the `ctl` of another keeper may take to see that it is to end. */
#define LAST_STEP_MS 10
#define LAST_ROUNDS  100

static void path_of(const struct keeper *k, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", k->setup->run_dir, CTL_SOCKET);
}

static int make(struct keeper *k)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	k->listen = rundir_listen(path, 0660, (gid_t)-1);
	/* The lock is ours: it is the `ctl` of a keeper that died, which ends
	 * as soon as it sees that. */
	for (int n = 0; k->listen == -EADDRINUSE && n < LAST_ROUNDS; n++) {
		poll(NULL, 0, LAST_STEP_MS);
		k->listen = rundir_listen(path, 0660, (gid_t)-1);
	}
	return k->listen < 0 ? k->listen : 0;
}

int listen_open(struct keeper *k)
{
	int error = k->listen >= 0 ? 0 : make(k);

	if (error)
		log_line(LOG_ERR, "cannot listen on %s/" CTL_SOCKET ": %s",
			 k->setup->run_dir, strerror(-error));
	return error;
}

/* Nobody can listen there any more. The next one has another (spawn.c). */
static void shut(void *context, uint32_t events)
{
	struct keeper *k = context;

	(void)events;
	log_line(LOG_WARNING,
		 "who answers on " CTL_SOCKET " has shut it down; another one "
		 "is made");
	loop_remove(&k->loop, &k->watch_listen);
	close(k->listen);
	k->listen = -1;
	for (unsigned n = 0; n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_LISTEN)
			process_signal(&k->children[n].process, SIGKILL);
}

int listen_watch(struct keeper *k)
{
	k->watch_listen = (struct loop_watch){ k->listen, LOOP_OTHER, shut, k };
	/* Not of connections: they are none of the keeper's business. */
	return loop_add(&k->loop, &k->watch_listen, EPOLLRDHUP);
}

int listen_again(struct keeper *k)
{
	int error;

	if (k->listen >= 0)
		return 0;
	error = make(k);
	return error ? error : listen_watch(k);
}

/*
 * Who answers has the one whose name is gone, so another one is started for the
 * new one. What is being asked just now is answered yet.
 */
int listen_renew(struct keeper *k)
{
	char path[4096];
	int error;

	if (k->listen >= 0) {
		loop_remove(&k->loop, &k->watch_listen);
		close(k->listen);
		k->listen = -1;
	}
	/* The lock is ours: who listens there is our own, or left over. */
	path_of(k, path, sizeof(path));
	if (rundir_has(path, S_IFSOCK))
		unlink(path);
	error = listen_again(k);
	for (unsigned n = 0; !error && n < k->child_count; n++)
		if (k->children[n].row->keeps & KEEPS_LISTEN)
			child_renew(k, &k->children[n]);
	return error;
}

/* The lock is still ours: nobody else listens there yet. */
void listen_close(const struct keeper *k)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	if (home_is_ours(k) && unlink(path) && errno != ENOENT)
		log_line(LOG_WARNING, "cannot remove %s: %s", path,
			 strerror(errno));
}
