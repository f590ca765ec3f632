/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a process is started: what it runs, what it keeps open, and what the
 * ledger says of it.
 */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct start {
	struct keeper *keeper;
	const struct generation *generation;
	int control;
	bool heir; /* another one serves yet */
	int refused[SCHEDULE_WISHES];
};

static void vrrp_prepare(void *context)
{
	struct start *s = context;
	const struct conf_model *model = s->generation->model;
	struct schedule wanted = realtime_wanted(s->keeper, model);

	schedule_apply(&wanted, s->refused);
	if (!realtime_is_asked(model))
		s->refused[SCHEDULE_REAL_TIME] = 0;
	/* Its set-up must not hold up the one that serves. */
	if (s->heir && wanted.real_time)
		schedule_wait();
}

/* Showing what is must not hold up what is. Refused: then it is as it is. */
#define CTL_NICE 5

static void ctl_prepare(void *context)
{
	const struct schedule wanted = { .nice = CTL_NICE };
	int refused[SCHEDULE_WISHES];

	(void)context;
	schedule_apply(&wanted, refused);
}

static int vrrp_main(void *context)
{
	struct start *s = context;
	struct keeper *k = s->keeper;
	struct ledger *before = k->before.ledger;

	if (s->heir)
		before = k->now.ledger;
	else if (k->now.ledger->adopted)
		before = NULL;
	return k->setup->vrrp(&(struct keeper_vrrp){
		.model = s->generation->model,
		.ledger = s->generation->ledger,
		.before = before,
		.wake = { k->wake_log, k->wake_ctl },
		.control = s->control,
		.refused = s->refused,
	});
}

static int ctl_main(void *context)
{
	struct start *s = context;
	struct keeper *k = s->keeper;

	generation_forget(k);
	return k->setup->ctl(&(struct keeper_ctl){
		.ledger = k->now.view,
		.listen = k->listen,
		.wake = k->wake_ctl,
		.stop = k->life[0],
	});
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

int child_spawn(struct keeper *k, struct child *c, const struct generation *g,
		bool vrrp)
{
	int ends[2] = { -1, -1 };
	struct start start = { .keeper = k,
			       .generation = g,
			       .control = -1,
			       .heir = c == &k->heir };
	struct process_config config = {
		.name = c->name,
		.comm = vrrp ? names_of_vrrp(g->model) : NULL,
		.main = vrrp ? vrrp_main : ctl_main,
		.context = &start,
		.prepare = vrrp ? vrrp_prepare : ctl_prepare,
		.rights = c->rights,
		.restrict_rights = true,
	};
	const int orders = CONTROL_ROOM;
	int error;

	if (vrrp && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	if (vrrp) {
		/* Room for an order to each of many virtual routers. */
		setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &orders,
			   sizeof(orders));
		lift(&ends[1]);
	}
	start.control = ends[1];
	c->held = (struct held){ g->fd, g->packed, k->fallback.packed };
	/* vrrp has the ledger's map: what it holds is not for itself. */
	const int of_vrrp[] = {
		k->wake_log,    k->wake_ctl,    ends[1],
		c->held.ledger, c->held.packed, c->held.fallback
	};
	const int of_ctl[] = { k->wake_ctl, k->listen, k->now.view,
			       k->life[0] };
	config.keep = vrrp ? of_vrrp : of_ctl;
	config.keep_count = vrrp ? ARRAY_LENGTH(of_vrrp) : ARRAY_LENGTH(of_ctl);
	if (vrrp && g->model->global.vrrp.no_swap)
		config.rights.until_release = PROCESS_CAP(CAP_IPC_LOCK);
	error = process_spawn(&config, &c->process);
	if (ends[1] >= 0)
		close(ends[1]);
	c->control = ends[0];
	c->running = !vrrp;
	c->rttime = vrrp ? g->model->global.vrrp.rttime : 0;
	c->real_time = start.heir ? realtime_wanted(k, g->model).real_time : 0;
	c->started = clock_now();
	c->start_at = TICK_NEVER;
	if (error) {
		if (ends[0] >= 0)
			close(ends[0]);
		c->control = -1;
		return error;
	}
	c->watch.fd = c->process.pidfd;
	loop_add(&k->loop, &c->watch, EPOLLIN);
	if (vrrp) {
		c->watch_control.fd = c->control;
		loop_add(&k->loop, &c->watch_control, EPOLLIN);
	}
	child_tell(k, c, LEDGER_PROCESS_STARTED, c->process.pid);
	if (c != &k->heir)
		resume_remember(k);
	return 0;
}
