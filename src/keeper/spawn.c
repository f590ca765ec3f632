/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a process is started: what it runs, what it keeps open, and what the
 * ledger says of it.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "conf/model/conf.h"
#include "sys/clock.h"
#include "sys/netns.h"
#include "sys/wake.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define KEEP_MAX 8

/*
 * Processes and threads of the user of their own, of all daemons on the
 * machine: so that one that makes as many as it can leaves room for the
 * keeper's.
 */
#define TASKS_MOST 512

/*
 * Descriptors, also those that are on their way over sockets (unix(7)): the
 * kernel looks at all of these again and again, and other senders wait for it.
 */
#define DESCRIPTORS_MOST 256

/*
 * When memory is short one of them is ended before the keeper and `vrrp`, and
 * before what others do: it may have taken the memory, and is started again.
 */
#define EXPENDABLE 200

struct start {
	struct keeper *keeper;
	const struct keeper_row *row;
	const struct generation *generation;
	int control, wake;
	/* To adopt from, or NULL: looked at once, since `vrrp` may write it. */
	const struct generation *before;
	/*
	 * Descriptors of its own: no open file description is shared with the
	 * keeper, nor by two processes, unless RLIMIT_NOFILE leaves no room.
	 * -1: its row has none.
	 */
	int view;             /* of the ledger, to read */
	int packed, fallback; /* struct held */
	int output;           /* where it writes (said.c) */
	const char *user;     /* of one that is unprivileged, or NULL */
	bool heir;            /* another one serves yet */
	int refused[SCHEDULE_WISHES];
	int files[KEEPER_FILES];
};

/* As the configuration says, and what is refused of that. */
static void prepare_heir(struct start *s)
{
	const struct conf_model *model = s->generation->model;
	struct schedule wanted = realtime_wanted(s->keeper, model);

	schedule_apply(&wanted, s->refused);
	if (!realtime_is_asked(s->keeper, model))
		s->refused[SCHEDULE_REAL_TIME] = 0;
	/* Its set-up must not hold up the one that serves. */
	if (s->heir && wanted.real_time)
		schedule_wait();
}

/* What is lower already stays. */
static void limit(enum __rlimit_resource what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(what, &now))
		return;
	if (now.rlim_max > most)
		now.rlim_max = most;
	if (now.rlim_cur > most)
		now.rlim_cur = most;
	setrlimit(what, &now);
}

/* One that needs more has as many as the keeper may have, and no more. */
static void limit_descriptors(const struct start *s)
{
	const struct conf_model *model = s->generation->model;
	unsigned most =
		s->row->descriptors && model ? s->row->descriptors(model) : 0;
	struct rlimit now;

	if (most > DESCRIPTORS_MOST && getrlimit(RLIMIT_NOFILE, &now) == 0) {
		now.rlim_cur = now.rlim_max;
		setrlimit(RLIMIT_NOFILE, &now);
	}
	limit(RLIMIT_NOFILE, most > DESCRIPTORS_MOST ? most : DESCRIPTORS_MOST);
}

/* Without it the process would do the right thing in the wrong place. */
static void enter_space(const struct start *s)
{
	const struct conf_model *model = s->generation->model;
	const char *name = s->row->space && model ? s->row->space(model) : NULL;
	int error = name ? netns_enter(name) : 0;

	if (!error)
		return;
	fprintf(stderr,
		"batond: %s: net_namespace_ipvs %s cannot be entered: %s%s\n",
		s->row->name, name, strerror(-error), netns_remedy(error));
	_exit(EXIT_FAILURE);
}

static void prepare(void *context)
{
	struct start *s = context;
	const struct schedule wanted = { .nice = s->row->nice };

	enter_space(s);

	if (s->row->unprivileged) {
		process_expendable(EXPENDABLE);
		limit_descriptors(s);
	}
	if (s->user && strcmp(s->user, PROCESS_USER) == 0)
		limit(RLIMIT_NPROC, TASKS_MOST);
	if (s->row->opens && s->generation->model)
		s->row->opens(s->generation->model, s->files);
	if (s->row->runs)
		prepare_heir(s);
	else if (wanted.nice) /* refused: then it is as it is */
		schedule_apply(&wanted, s->refused);
}

/* What an heir is to adopt from, or NULL: it is all in its ledger. */
static const struct generation *generation_before(const struct keeper *k,
						  const struct child *c)
{
	const struct generation *g = &k->before;

	if (c == &k->heir)
		g = &k->now;
	else if (ledger_server(k->now.ledger)->adopted)
		return NULL;
	return g->ledger ? g : NULL;
}

/*
 * Of all ledgers that the keeper has mapped it keeps its own, of which it can
 * write the book that is its, and the one before, to read.
 */
static int confine(const struct start *s)
{
	const struct keeper *k = s->keeper;
	const struct generation *all[] = { &k->now, &k->next, &k->before };
	int error =
		ledger_confine(s->generation->ledger, s->view, s->row->book);

	for (unsigned n = 0; n < ARRAY_LENGTH(all) && !error; n++) {
		if (all[n] == s->generation)
			continue;
		if (all[n] != s->before)
			ledger_unmap(all[n]->ledger);
		else
			error = ledger_confine(all[n]->ledger, all[n]->view,
					       LEDGER_BOOKS);
	}
	if (s->before)
		close(s->before->view);
	return error;
}

/* Of all models that the keeper has it keeps the secrets of its row. */
static void wipe_models(const struct start *s)
{
	const struct keeper *k = s->keeper;
	struct conf_model *all[] = { k->now.model, k->next.model,
				     k->before.model, k->fallback.model,
				     s->generation->model };

	for (unsigned n = 0; n < ARRAY_LENGTH(all); n++)
		if (all[n])
			conf_wipe(all[n], s->row->secrets);
}

/* What a process that serves is given; an error: it cannot. */
static int give_heir(struct start *s, struct keeper_given *given)
{
	wipe_models(s);
	/* The last moment in which it can be written here: strays.c reads it.
	 */
	__atomic_store_n(&s->generation->ledger->server, getpid(),
			 __ATOMIC_RELEASE);
	given->ledger = s->generation->ledger;
	given->before = s->before ? s->before->ledger : NULL;
	given->refused = s->refused;
	return confine(s);
}

/* Another one, of what is in force. */
static int give_other(struct start *s, struct keeper_given *given)
{
	const struct keeper_row *row = s->row;
	struct ledger *ledger = row->book ? s->generation->ledger : NULL;
	struct conf_model *model =
		row->needs_model ? s->generation->model : NULL;
	int error;

	given->stop = s->keeper->life[0];
	given->ledger = ledger;
	generation_forget(s->keeper, ledger, model);
	if (model)
		conf_wipe(model, row->secrets);
	if (!ledger)
		return 0;
	error = ledger_confine(ledger, s->view, row->book);
	if (!(row->keeps & KEEPS_VIEW))
		close(s->view); /* it is mapped; nothing else comes of it */
	return error;
}

static int body(void *context)
{
	struct start *s = context;
	const struct keeper *k = s->keeper;
	unsigned keeps = s->row->keeps;
	struct keeper_given given = {
		.control = s->control,
		.wake = s->wake,
		.view = keeps & KEEPS_VIEW ? s->view : -1,
		.listen = keeps & KEEPS_LISTEN ? k->listen : -1,
		.stop = -1,
		.sandbox = s->row->sandbox,
	};
	int error;

	for (unsigned n = 0; n < KEEPER_CARRIES; n++)
		ledger_unmap(k->carried[n]);
	memcpy(given.files, s->files, sizeof(given.files));
	if (s->row->needs_model)
		given.model = s->generation->model;
	error = s->row->kind == KEEPER_HEIR ? give_heir(s, &given)
					    : give_other(s, &given);
	if (error) {
		fprintf(stderr,
			"batond: %s: cannot start: its ledger cannot be "
			"confined: %s\n",
			s->row->name, strerror(-error));
		return 1;
	}
	return s->row->body(&given);
}

/*
 * The kernel closes the descriptors of a process that dies from the highest
 * to the lowest, and a packet socket takes it 10 ms and more. So that the end
 * of this one tells of the death before that, it gets a high number.
 */
#define CONTROL_FD 1000
/* A kilobyte is what the kernel counts for each order. */
#define CONTROL_ROOM (16 << 20)

static void lift(int *fd)
{
	int high = fcntl(*fd, F_DUPFD_CLOEXEC, CONTROL_FD);

	if (high < 0)
		return; /* then the death is known by its pidfd */
	close(*fd);
	*fd = high;
}

/* The descriptors of a row: how many. */
static unsigned keep(const struct start *s, const struct child *c, int *list)
{
	const struct keeper *k = s->keeper;
	unsigned keeps = c->row->keeps, count = 0;

	if (c->row->kind == KEEPER_HEIR) {
		/*
		 * What it holds is for a keeper that comes after this one. By
		 * none of it can the ledger be written.
		 */
		const int of_heir[] = {
			s->wake,          s->control,
			c->held.ledger,   c->held.packed,
			c->held.fallback, s->before ? s->before->view : -1
		};

		static_assert(ARRAY_LENGTH(of_heir) <= KEEP_MAX, "room");
		memcpy(list, of_heir, sizeof(of_heir));
		return ARRAY_LENGTH(of_heir);
	}
	list[count++] = k->life[0];
	if (keeps & KEEPS_A_WAKE)
		list[count++] = s->wake;
	if (keeps & KEEPS_LISTEN)
		list[count++] = k->listen;
	if (keeps & KEEPS_VIEW || c->row->book)
		list[count++] = s->view;
	return count;
}

/* Between the keeper and one that takes commands. */
static int make_control(int ends[2])
{
	const int orders = CONTROL_ROOM;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	/* Room for an order to each of many virtual routers. */
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &orders,
		   sizeof(orders));
	lift(&ends[1]);
	return 0;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Descriptors that are needed yet to start it: its pidfd, and some to spare. */
#define OWN_ROOM 8

/* One of its own, to read, of what is open here; if there is room for it. */
static int open_own(int fd, int shared)
{
	int own = fd < 0 || process_room(OWN_ROOM) ? -1 : generation_view(fd);

	return own < 0 ? shared : own;
}

/*
 * What it and the keeper talk by, both ends; where it writes; and what it can
 * only read. -1 where its row has none.
 */
static int open_channels(struct start *s, int control[2], int wake[2])
{
	const struct keeper_row *row = s->row;
	const struct generation *g = s->generation;
	const struct keeper *k = s->keeper;
	bool heir = row->kind == KEEPER_HEIR;
	int error = heir ? make_control(control) : 0;

	if (!error && (heir || row->keeps & KEEPS_A_WAKE))
		error = wake_open(wake);
	if (!error && row->keeps & KEEPS_LISTEN)
		error = listen_again(s->keeper);
	if (error)
		return error;
	if (heir || row->book || row->keeps & KEEPS_VIEW)
		s->view = open_own(g->fd, g->view);
	if (heir) {
		s->packed = open_own(g->packed, g->packed);
		s->fallback = open_own(k->fallback.packed, k->fallback.packed);
	}
	s->output = said_open(s->keeper, row->name);
	return 0;
}

/* What is its own. */
static void close_own(const struct start *s)
{
	if (s->view != s->generation->view)
		close_one(s->view);
	if (s->packed != s->generation->packed)
		close_one(s->packed);
	if (s->fallback != s->keeper->fallback.packed)
		close_one(s->fallback);
	close_one(s->output);
}

/* How it is to run, besides what it is given at its start. */
static void set_schedule(struct keeper *k, struct child *c,
			 const struct conf_model *model)
{
	bool heir = c == &k->heir;

	c->rttime = c->row->runs ? c->row->runs(model)->rttime : 0;
	c->real_time = heir ? realtime_wanted(k, model).real_time : 0;
}

/* What it keeps for a keeper that comes next, who is told of it twice. */
static void hold(const struct start *s, struct child *c)
{
	struct ledger *l = s->generation->ledger;

	c->held = (struct held){ s->view, s->packed, s->fallback };
	l->server = 0; /* until it is that itself */
	l->server_packed = s->packed;
	l->server_fallback = s->fallback;
}

/* In a container it may have that of the keeper: process_restrict(). */
static const char *name_of_user(const struct child *c, const char *wanted)
{
	if (c->process.uid != geteuid())
		return wanted;
	return geteuid() == 0 ? "root" : NULL;
}

int child_spawn(struct keeper *k, struct child *c, const struct generation *g)
{
	const struct keeper_row *row = c->row;
	bool commands = row->kind == KEEPER_HEIR;
	int ends[2] = { -1, -1 }, wake[2] = { -1, -1 };
	int list[KEEP_MAX], error;
	struct start start = {
		.keeper = k,
		.row = row,
		.generation = g,
		.heir = c == &k->heir,
		.before = commands ? generation_before(k, c) : NULL,
		.view = -1,
		.packed = -1,
		.fallback = -1,
		.output = -1,
	};
	struct process_config config = {
		.name = row->name,
		.comm = row->title && g->model ? row->title(g->model) : NULL,
		.main = body,
		.context = &start,
		.prepare = prepare,
		.keep = list,
		.rights.capabilities = row->capabilities,
		.restrict_rights = !row->all_rights,
		.reads_term = true,
	};

	if (row->rights && g->model)
		config.rights.capabilities |= row->rights(g->model);
	if (row->unprivileged)
		start.user = process_unprivileged(&config.rights);
	error = open_channels(&start, ends, wake);
	if (error)
		goto failed;
	start.control = ends[1];
	start.wake = wake[1];
	if (c == k->server) /* whoever was to follow the last one does not */
		k->now.ledger->heir = 0;
	if (commands)
		hold(&start, c);
	config.output = start.output > 0 ? start.output : 0;
	config.keep_count = keep(&start, c, list);
	if (row->runs && row->runs(g->model)->no_swap)
		config.rights.until_release = PROCESS_CAP(CAP_IPC_LOCK);
	error = process_spawn(&config, &c->process);
failed:
	close_one(ends[1]);
	close_one(wake[1]);
	close_own(&start);
	c->control = error ? -1 : ends[0];
	c->wake = error ? -1 : wake[0];
	c->running = !commands;
	c->started = clock_now();
	c->start_at = TICK_NEVER;
	if (error) {
		close_one(ends[0]);
		close_one(wake[0]);
		return error;
	}
	set_schedule(k, c, g->model);
	c->user = row->unprivileged ? name_of_user(c, start.user) : NULL;
	c->watch.fd = c->process.pidfd;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	if (commands) {
		c->watch_control.fd = c->control;
		loop_add(&k->loop, &c->watch_control, EPOLLIN);
	}
	if (commands || row->keeps & KEEPS_TELL) {
		c->watch_wake.fd = c->wake;
		loop_add(&k->loop, &c->watch_wake, EPOLLIN);
	}
	child_tell(k, c, LEDGER_PROCESS_STARTED, c->process.pid);
	if (c != &k->heir)
		resume_remember(k);
	return 0;
}
