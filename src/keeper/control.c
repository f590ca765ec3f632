/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders of baton(1), one at a time, as they come in by the door (door.c). */
#include "keeper/keeper_state.h"

#include "keeper/log.h"
#include "keeper/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

static uint32_t find(const struct keeper *k, const char *name)
{
	for (uint32_t n = 0; n < ledger_instances(k->now.ledger); n++)
		if (ledger_has_name(k->now.ledger, n, name))
			return n;
	return LEDGER_NO_INSTANCE;
}

static void command(struct keeper *k, enum command_what what, uint32_t instance,
		    const char *done, struct reply *out)
{
	int error = child_command(k, what, instance);

	/* To stay out or not is in the ledger for one that is being started. */
	if (error == -EAGAIN && what != COMMAND_HANDOVER &&
	    what != COMMAND_TAKEOVER && !k->server->running)
		error = 0;
	if (error)
		reply_fail(out, -error,
			   "the vrrp process is being started; try again\n");
	else
		reply_add(out, done, strlen(done));
}

/* Remembered in the run directory, for a daemon that is started again. */
static void remember_drain(struct keeper *k, bool drained)
{
	char path[4096];
	int fd;

	k->now.ledger->drained = drained;
	snprintf(path, sizeof(path), "%s/drained", k->setup->run_dir);
	if (!drained) {
		unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || fchmod(fd, 0600))
		log_line(LOG_WARNING, "cannot write %s: %s", path,
			 strerror(errno));
	if (fd >= 0)
		close(fd);
}

void control_recall(struct keeper *k)
{
	k->now.ledger->drained = home_has(k, "drained");
	if (k->now.ledger->drained)
		log_line(LOG_NOTICE, "drained: it stays out until `baton "
				     "undrain`");
}

/* That one, or any. */
static bool is_active(const struct keeper *k, uint32_t instance)
{
	for (uint32_t n = 0; n < ledger_instances(k->now.ledger); n++) {
		if (instance != LEDGER_NO_INSTANCE && instance != n)
			continue;
		if (ledger_state(k->now.ledger, n) == VRRP_ACTIVE)
			return true;
	}
	return false;
}

static void handover(struct keeper *k, const struct order *o, struct reply *out)
{
	uint32_t instance = LEDGER_NO_INSTANCE;
	char text[256];

	if (o->name[0]) {
		instance = find(k, o->name);
		if (instance == LEDGER_NO_INSTANCE) {
			snprintf(text, sizeof(text),
				 "baton: handover: there is no virtual router "
				 "%s; `baton status` lists them\n",
				 o->name);
			reply_fail(out, ENOENT, text);
			return;
		}
	}
	if (!is_active(k, instance)) {
		reply_fail(out, ESRCH,
			   o->name[0] ? "it is not Active here; there is "
					"nothing to hand over\n"
				      : "nothing is Active here; there is "
					"nothing to hand over\n");
		return;
	}
	command(k, COMMAND_HANDOVER, instance,
		"handing over; where nobody takes over, it stays Active\n",
		out);
}

/* Whoever asked for it waits yet; from now on it cannot be withdrawn. */
static bool is_wanted(const struct keeper *k)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", k->setup->run_dir,
		 ORDER_TAKEOVER_TOKEN);
	return unlink(path) == 0;
}

/* From a program of this machine that stands still meanwhile. */
static void take_over(struct keeper *k, struct reply *out)
{
	if (!k->now.ledger->drained) {
		reply_fail(out, EALREADY,
			   "it is in service already; only one that is drained "
			   "takes over\n");
		return;
	}
	if (!is_wanted(k)) {
		reply_fail(out, ECANCELED,
			   "the takeover was withdrawn, since this came too "
			   "late\n");
		return;
	}
	remember_drain(k, false);
	command(k, COMMAND_TAKEOVER, LEDGER_NO_INSTANCE, "", out);
	if (out->failed)
		remember_drain(k, true);
}

/* The next program would not know that it is one. */
static bool on_trial(const struct keeper *k, struct reply *out)
{
	if (k->succession.confirm_by == TICK_NEVER)
		return false;
	reply_fail(out, EBUSY,
		   "no upgrade while a configuration is on trial; "
		   "confirm it first\n");
	return true;
}

/* As soon as the program is tested and nothing else is under way (keeper.c). */
static bool upgrade(struct keeper *k, const char *text, struct reply *out)
{
	int error = rehearsal_begin(k);
	char why[160];

	if (error) {
		snprintf(why, sizeof(why),
			 "the installed program cannot be tested: %s; the old "
			 "one goes on\n",
			 strerror(-error));
		reply_fail(out, -error, why);
		return false;
	}
	k->upgrading = true;
	reply_add(out, text, strlen(text));
	return true;
}

/* Of those that change something; a plan does not. */
static const char *const words[ORDERS] = {
	[ORDER_RELOAD] = "reload",          [ORDER_CONFIRM] = "confirm",
	[ORDER_HANDOVER] = "handover",      [ORDER_DRAIN] = "drain",
	[ORDER_UNDRAIN] = "undrain",        [ORDER_UPGRADE] = "upgrade",
	[ORDER_RENEW] = "reload --upgrade", [ORDER_TAKEOVER] = "takeover",
};

/*
 * Whoever sent it has given up, perhaps since this keeper stood still for a
 * while: it does not want it any more, or has sent another.
 */
static bool is_forsaken(int client, const struct order *o)
{
	struct pollfd end = { client, POLLRDHUP, 0 };

	if (poll(&end, 1, 0) != 1)
		return false;
	if (o->what < ORDERS && words[o->what])
		log_line(LOG_NOTICE,
			 "baton %s: dropped, since whoever asked for it has "
			 "gone",
			 words[o->what]);
	return true;
}

/* What was asked for and what was said, for who looks later. */
static void log_order(const struct order *o, const struct reply *reply)
{
	char order[ORDER_NAME_SIZE + 64];

	if (o->what >= ORDERS || !words[o->what])
		return;
	if (o->seconds > 0)
		snprintf(order, sizeof(order), "baton %s --confirm %u",
			 words[o->what], o->seconds);
	else
		snprintf(order, sizeof(order), "baton %s%s%s", words[o->what],
			 o->name[0] ? " " : "", o->name);
	reply_log(reply, order);
}

static void answer(struct keeper *k, int client, const struct order *o,
		   bool begun, struct reply *reply)
{
	if (begun && k->succession.phase == SUCCESSION_NONE && !k->upgrading) {
		reply_fail(reply, ECHILD,
			   "no process can be started, the log says why; the "
			   "old one goes on\n");
		begun = false;
	}
	if (begun)
		reply->failed = ORDER_BEGUN;
	log_order(o, reply);
	reply_send(client, reply);
	if (begun)
		k->waiting = client;
	else
		close(client);
}

static bool somebody_waits(const struct keeper *k, struct reply *out)
{
	if (k->waiting < 0)
		return false;
	reply_fail(out, EBUSY, "another change is under way; try again\n");
	return true;
}

/* A changed configuration comes first: what it removes is to hand over. */
static bool renew(struct keeper *k, struct configuration *read,
		  struct reply *out)
{
	bool begun = reload_run(k, read, false, 0, out);

	if (out->failed || !resume_is_other(k) || on_trial(k, out))
		return begun;
	return upgrade(k, "upgrading: the installed program is another one\n",
		       out) ||
	       begun;
}

/* The configuration of an order was read. */
static void order_read(struct keeper *k, struct configuration *read,
		       struct reply *said)
{
	const struct order o = k->asked.order;
	int client = k->asked.client;
	bool dry_run = o.what == ORDER_PLAN, begun = false;

	k->asked.client = -1;
	if (is_forsaken(client, &o)) {
		configuration_free(read);
		close(client);
		return;
	}
	if (!dry_run && somebody_waits(k, said))
		begun = false;
	else if (o.what == ORDER_RENEW)
		begun = renew(k, read, said);
	else
		begun = reload_run(k, read, dry_run, o.seconds * TICK_SECOND,
				   said);
	answer(k, client, &o, begun, said);
}

/* The configuration is to be read for an order. 0, or it waits, or -errno. */
static int read_for(struct keeper *k)
{
	int error;

	if (reading_is_on(k)) /* for a signal, or its end is not seen yet */
		return 0;
	error = reading_begin(k, order_read);
	k->asked.begun = !error;
	return error;
}

static void not_read(struct reply *out, int error)
{
	char text[160];

	snprintf(text, sizeof(text),
		 "no process can be started that reads the configuration: %s; "
		 "the old one goes on\n",
		 strerror(-error));
	reply_fail(out, -error, text);
}

/* Has it read first; false: that was refused, and `out` says why. */
static bool read_first(struct keeper *k, const struct order *o, int client,
		       struct reply *out)
{
	bool dry_run = o->what == ORDER_PLAN;
	int error;

	if (!dry_run && (somebody_waits(k, out) ||
			 !reload_may_begin(k, o->seconds * TICK_SECOND, out)))
		return false;
	if (k->asked.client >= 0) {
		reply_fail(out, EBUSY,
			   "the configuration is being read for somebody else; "
			   "try again\n");
		return false;
	}
	k->asked = (struct asked){ .order = *o, .client = client };
	error = read_for(k);
	if (!error) {
		/* A file may be long; a client wants to know that it is heard.
		 */
		out->failed = ORDER_BEGUN;
		reply_send(client, out);
		return true;
	}
	k->asked.client = -1;
	not_read(out, error);
	return false;
}

void control_turn(struct keeper *k)
{
	struct reply *reply;
	int error, client = k->asked.client;

	if (client < 0 || k->asked.begun || k->stopping)
		return;
	error = read_for(k);
	if (!error)
		return;
	k->asked.client = -1;
	reply = calloc(1, sizeof(*reply));
	if (reply) {
		not_read(reply, error);
		answer(k, client, &k->asked.order, false, reply);
	} else {
		close(client);
	}
	free(reply);
}

/* True if it takes a while: reply_to_waiting() tells of its end. */
static bool obey(struct keeper *k, const struct order *o, struct reply *out)
{
	switch ((enum order_what)o->what) {
	case ORDER_CONFIRM:
		reload_confirm(k, out);
		break;
	case ORDER_HANDOVER:
		handover(k, o, out);
		break;
	case ORDER_DRAIN: /* also for a process that comes next */
		remember_drain(k, true);
		command(k, COMMAND_DRAIN, LEDGER_NO_INSTANCE,
			"handing over everything; it stays out until `baton "
			"undrain`\n",
			out);
		break;
	case ORDER_UNDRAIN:
		remember_drain(k, false);
		command(k, COMMAND_UNDRAIN, LEDGER_NO_INSTANCE,
			"back in service\n", out);
		break;
	case ORDER_TAKEOVER:
		take_over(k, out);
		break;
	case ORDER_UPGRADE:
		return !somebody_waits(k, out) && !on_trial(k, out) &&
		       upgrade(k, "upgrading\n", out);
	case ORDER_RELOAD:
	case ORDER_RENEW:
	case ORDER_PLAN:
	case ORDERS:
		break;
	}
	if (o->what >= ORDERS)
		reply_fail(out, ENOSYS, "unknown order\n");
	return false;
}

static bool needs_reading(const struct order *o)
{
	return o->what == ORDER_RELOAD || o->what == ORDER_RENEW ||
	       o->what == ORDER_PLAN;
}

static void take(struct keeper *k, int client, const struct order *order)
{
	struct reply *reply = calloc(1, sizeof(*reply));

	if (!reply || is_forsaken(client, order))
		close(client);
	else if (!needs_reading(order))
		answer(k, client, order, obey(k, order, reply), reply);
	else if (!read_first(k, order, client, reply))
		answer(k, client, order, false, reply);
	free(reply);
}

int control_open(struct keeper *k)
{
	k->take_order = take;
	k->take_server_order = ordered_take;
	return door_open(k);
}

int control_renew(struct keeper *k)
{
	if (k->now.ledger->drained)
		remember_drain(k, true);
	(void)ordered_remember(k);
	return door_renew(k);
}
