/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A generation: a model, and the ledger that is made for it. */
#include "keeper/keeper_state.h"

#include "base/must.h"
#include "conf/model/checks.h"
#include "conf/model/conf.h"
#include "ledger/dump.h"
#include "sys/clock.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Instances beyond this number share this many moments of their interval, so
 * that each wake-up sends a batch.
 */
#define PHASES 64

/*
 * Gives the instances of a new model their phases (vrrp/vrrp.h): thousands of
 * them then advertise in some tens of batches an interval.
 */
static void spread_phases(struct conf_model *model)
{
	size_t count = model->instance_count;

	for (size_t n = 0; count > PHASES && n < count; n++) {
		struct vrrp_config *c = &model->instances[n].vrrp;

		c->phase = c->interval * (tick_t)(n % PHASES + 1) / PHASES;
	}
}

/*
 * A descriptor by which the ledger cannot be written, nor opened for writing
 * again by a user who does not own it. -errno: /proc must be mounted.
 */
int generation_view(int ledger)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", ledger);
	if (fchmod(ledger, 0600))
		return -errno;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* When a daemon started whose ledger cannot be read. */
#define LONG_AGO (INT64_MIN / 2)

/*
 * vrrp_startup_delay and vrrp_delay_after_boot: the longer one counts. Both
 * are reckoned anew for each configuration, from the same beginning.
 */
static tick_t starts_at(const struct conf_global *global, tick_t started)
{
	tick_t at = 0;

	if (global->startup_delay > 0)
		at = started + global->startup_delay;
	/* Since the boot means: also while the machine was suspended. */
	if (global->delay_after_boot > 0)
		at = tick_max(at, global->delay_after_boot - clock_asleep());
	return at;
}

void configuration_free(struct configuration *c)
{
	if (c->model)
		conf_free(c->model);
	if (c->packed >= 0)
		close(c->packed);
	*c = (struct configuration){ .packed = -1 };
}

/* The row that writes the ledger. */
static const struct keeper_row *heir_row(const struct keeper *k)
{
	const struct keeper_row *row = k->setup->rows;

	while (row->kind != KEEPER_HEIR)
		row++;
	return row;
}

int generation_make(struct keeper *k, const struct configuration *of,
		    struct generation *out)
{
	struct conf_model *model = of->model;
	struct generation g = { .model = model, .packed = of->packed };
	struct ledger_size size;
	const struct keeper_row *writer = heir_row(k);
	struct ledger_process *row;

	/* Reading took more memory than the model; children would have it. */
	malloc_trim(0);
	spread_phases(model);
	conf_checks_keep(model); /* once, for all processes */
	writer->book_size(model, &size);
	size.home = k->setup->run_dir;
	carry_size(k, &size);
	g.fd = ledger_create(&size, BATON_VERSION, &g.ledger);
	if (g.fd < 0)
		return g.fd;
	g.view = generation_view(g.fd);
	if (g.view < 0) {
		int error = g.view;

		ledger_unmap(g.ledger);
		close(g.fd);
		return error;
	}
	writer->book_fill(model, g.ledger);
	row = &g.ledger->processes[0];
	snprintf(row->name, sizeof(row->name), "keeper");
	row->pid = getpid();
	row->started_real = clock_real_now();
	if (g.ledger->router_id[0] == '\0')
		gethostname(g.ledger->router_id,
			    sizeof(g.ledger->router_id) - 1);
	g.ledger->started = k->continues ? LONG_AGO : clock_now();
	if (k->now.ledger) {
		g.ledger->started = k->now.ledger->started;
		g.ledger->started_real = k->now.ledger->started_real;
		g.ledger->drained = k->now.ledger->drained;
		g.ledger->reloads = k->now.ledger->reloads;
		g.ledger->deaths = k->now.ledger->deaths;
		memcpy(g.ledger->processes, k->now.ledger->processes,
		       sizeof(g.ledger->processes));
		ledger_inherit_results(g.ledger, k->now.ledger);
		ledger_inherit_fifos(g.ledger, k->now.ledger);
		ledger_inherit_dumps(g.ledger, k->now.ledger);
		ledger_inherit_notified(g.ledger, k->now.ledger);
	}
	snprintf(g.ledger->dump_folder, sizeof(g.ledger->dump_folder), "%s",
		 k->setup->dump_folder ? k->setup->dump_folder : "");
	g.ledger->keeper_began = procfs_start_time(getpid());
	igmp_prepare(k, &g);
	g.ledger->starts_at = starts_at(&model->global, g.ledger->started);
	*out = g;
	return 0;
}

/* Two may be one. `kept` is not theirs to give up. */
static void abandon(struct conf_model **models, unsigned count,
		    const struct conf_model *kept)
{
	for (unsigned n = 0; n < count; n++) {
		struct conf_model *model = models[n];

		for (unsigned k = n; model && k < count; k++)
			if (models[k] == model)
				models[k] = NULL;
		if (model && model != kept)
			conf_abandon(model);
	}
}

void generation_forget(struct keeper *k, const struct ledger *ledger,
		       const struct conf_model *model)
{
	struct generation *all[] = { &k->now, &k->next, &k->before };
	struct conf_model *known[ARRAY_LENGTH(all) + 1] = { 0 };

	for (unsigned n = 0; n < ARRAY_LENGTH(all); n++) {
		if (all[n]->ledger != ledger)
			ledger_unmap(all[n]->ledger);
		known[n] = all[n]->model;
	}
	known[ARRAY_LENGTH(all)] = k->fallback.model;
	abandon(known, ARRAY_LENGTH(known), model);
}

void generation_leave(struct generation *g)
{
	g->model = NULL;
	g->packed = -1;
}

void generation_free(struct generation *g)
{
	if (g->ledger)
		ledger_unmap(g->ledger);
	if (g->fd >= 0)
		close(g->fd);
	if (g->view >= 0)
		close(g->view);
	configuration_free(&(struct configuration){ g->model, g->packed });
	*g = GENERATION_NONE;
}
