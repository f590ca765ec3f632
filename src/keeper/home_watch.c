/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run directory while the daemon runs. Somebody may empty, remove, move or
 * replace it; then it is made anew, with its lock, sockets and other files, so
 * that `baton` works again and the next keeper finds what it needs. What cannot
 * be made is told once for each reason and tried again; it holds up nothing.
 *
 * If another daemon has taken the name meanwhile, this one was driven out: it
 * hands over, ends, and leaves the files of the other alone.
 */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "ledger/order.h"
#include "sys/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

/* Between two looks. */
#define LOOK TICK_SECOND

static void drive_out(struct keeper *k, pid_t holder)
{
	log_line(LOG_ERR,
		 "%s was removed or replaced, and process %d uses it now; this "
		 "batond hands over and ends",
		 k->setup->run_dir, (int)holder);
	k->stopping = true;
	children_stop(k);
}

static bool has_socket(const struct keeper *k, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", k->setup->run_dir, name);
	return rundir_has(path, S_IFSOCK);
}

static int keep_first(int error, int another)
{
	return error ? error : another;
}

/*
 * Makes what is missing, or all of it. `made`: something was, and is there now.
 */
static int renew(struct keeper *k, bool all, bool *made)
{
	bool listens = !all && k->listen >= 0 && has_socket(k, CTL_SOCKET);
	bool takes_orders = !all && k->door >= 0 && has_socket(k, ORDER_SOCKET);
	bool remembers = state_is_there(k);
	int error = 0;

	if (!remembers && state_open(k) == 0) {
		resume_remember(k);
		remembers = true;
		*made = true;
	}
	if (!listens) {
		error = listen_renew(k);
		*made |= !error;
	}
	if (!takes_orders) {
		int another = control_renew(k);

		error = keep_first(error, another);
		*made |= !another;
	}
	error = keep_first(error, external_renew(k, all));
	pidfile_renew(k);
	return error;
}

static void tell(struct keeper *k, int error, bool made)
{
	const char *dir = k->setup->run_dir;

	if (error && error != k->home_error)
		log_line(
			LOG_ERR,
			"what is missing in %s cannot be made: %s; what serves "
			"goes on, but baton(1) does not work; tried again "
			"every second",
			dir, strerror(-error));
	else if (!error && made)
		log_line(LOG_WARNING,
			 "%s, or what was in it, was removed; it is made anew",
			 dir);
	k->home_error = error;
}

static void look(struct keeper *k)
{
	bool ours = home_is_ours(k), made = false;
	pid_t holder = 0;
	int error = ours ? 0 : home_take_again(k, &holder);

	if (error == -EBUSY) {
		drive_out(k, holder);
		return;
	}
	if (!error)
		error = renew(k, !ours, &made);
	tell(k, error, made || !ours);
}

tick_t home_turn(struct keeper *k, tick_t now)
{
	if (now < k->home_at)
		return k->home_at;
	k->home_at = now + LOOK;
	if (!k->stopping && !k->gap && k->now.ledger)
		look(k);
	return k->home_at;
}
