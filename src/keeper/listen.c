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
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static void path_of(const struct keeper *k, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", k->setup->run_dir, CTL_SOCKET);
}

static int make(struct keeper *k)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	k->listen = rundir_listen(path, 0660, (gid_t)-1);
	if (k->listen < 0)
		log_line(LOG_ERR, "cannot listen on %s: %s", path,
			 strerror(-k->listen));
	return k->listen < 0 ? k->listen : 0;
}

int listen_open(struct keeper *k)
{
	return k->listen >= 0 ? 0 : make(k);
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

/* The lock is still ours: nobody else listens there yet. */
void listen_close(const struct keeper *k)
{
	char path[4096];

	path_of(k, path, sizeof(path));
	if (unlink(path))
		log_line(LOG_WARNING, "cannot remove %s: %s", path,
			 strerror(errno));
}
