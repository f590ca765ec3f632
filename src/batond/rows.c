/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processes of batond, a row each (keeper/row.h): another one is another
 * row, and nothing else. Here the folders of floor 5 meet.
 */
#include "batond/rows.h"

#include "base/must.h"
#include "checker/checker.h"
#include "checker/needs.h"
#include "checker/own.h"
#include "ctl/ctl.h"
#include "director/director.h"
#include "mailer/mailer.h"
#include "router/book.h"
#include "router/router.h"
#include "runner/runner.h"
#include "sys/process.h"
#include "sys/sandbox.h"
#include "sys/sdnotify.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

/* As keepalived calls it: its users' scripts look for that. */
#define VRRP_TITLE "keepalived_vrrp"

/* Showing what is must not hold up what is. */
#define CTL_NICE 5
/* Nor must telling of it. */
#define MAIL_NICE 5

static const struct conf_process *vrrp_runs(const struct conf_model *model)
{
	return &model->global.vrrp;
}

static const char *vrrp_title(const struct conf_model *model)
{
	const struct conf_global *g = &model->global;

	if (g->vrrp_process_name)
		return g->vrrp_process_name;
	return g->process_names ? VRRP_TITLE : NULL;
}

/* Of virtual servers and their checks. */
static const char *lvs_space(const struct conf_model *model)
{
	return model->daemon.net_namespace_ipvs;
}

static int confine(void *context)
{
	const struct keeper_given *given = context;

	return sandbox_enter(given->sandbox);
}

/* What the doorman starts has a sandbox of its own, within that. */
static int confine_server(void *context)
{
	(void)context;
	return sandbox_enter(SANDBOX_SERVER);
}

static int vrrp_main(const struct keeper_given *given)
{
	return router_run(&(struct router_setup){
		.model = given->model,
		.ledger = given->ledger,
		.wake = given->wake,
		.control = given->control,
		.before = given->before,
		.refused = given->refused,
		.sandbox = given->sandbox,
	});
}

static int run_main(const struct keeper_given *given)
{
	sdnotify_forget(); /* users' scripts have our environment */
	return runner_run(&(struct runner_setup){
		.model = given->model,
		.ledger = given->ledger,
		.wake = given->wake,
		.stop = given->stop,
	});
}

static int mail_main(const struct keeper_given *given)
{
	return mailer_run(&(struct mailer_setup){
		.model = given->model,
		.ledger = given->ledger,
		.wake = given->wake,
		.stop = given->stop,
		.confine = confine,
		.context = (void *)given,
	});
}

static_assert(OWN_FILES <= KEEPER_FILES, "room for all");

static int check_main(const struct keeper_given *given)
{
	return checker_run(&(struct checker_setup){
		.model = given->model,
		.ledger = given->ledger,
		.wake = given->wake,
		.files = given->files,
		.stop = given->stop,
		.confine = confine,
		.context = (void *)given,
	});
}

static int lvs_main(const struct keeper_given *given)
{
	return director_run(&(struct director_setup){
		.model = given->model,
		.ledger = given->ledger,
		.wake = given->wake,
		.stop = given->stop,
		.confine = confine,
		.context = (void *)given,
	});
}

static int ctl_main(const struct keeper_given *given)
{
	int error = ctl_run(&(struct ctl_setup){
		.ledger_fd = given->view,
		.listen_fd = given->listen,
		.wake_fd = given->wake,
		.stop_fd = given->stop,
		.idle_ms = CTL_IDLE_MS,
		.confine = confine_server,
		.confine_doorman = confine,
		.context = (void *)given,
	});

	if (error && error != -ECHILD) /* the server has said why */
		fprintf(stderr, "batond: ctl: cannot start: %s\n",
			strerror(-error));
	return error ? 1 : 0;
}

const struct keeper_row batond_rows[] = {
	{
		.name = "vrrp",
		.kind = KEEPER_HEIR,
		.capabilities =
			PROCESS_CAP(CAP_NET_ADMIN) | PROCESS_CAP(CAP_NET_RAW),
		.sandbox = SANDBOX_VRRP,
		.needs_model = true,
		.secrets = 1u << CONF_SECRET_OF_ADVERTS,
		.book = LEDGER_BOOK_SERVER,
		.heartbeat = true,
		.runs = vrrp_runs,
		.book_size = book_size,
		.book_fill = book_fill,
		.title = vrrp_title,
		.body = vrrp_main,
	},
	{
		.name = "ctl",
		.kind = KEEPER_RESTART,
		.unprivileged = true,
		.sandbox = SANDBOX_DOORMAN,
		.keeps = KEEPS_WAKE | KEEPS_VIEW | KEEPS_LISTEN,
		.answers = true,
		.nice = CTL_NICE,
		.body = ctl_main,
	},
	{
		/* What users' scripts may do is not for us to say. */
		.name = "run",
		.kind = KEEPER_RESTART,
		.may_join = true,
		.all_rights = true,
		.keeps = KEEPS_TELL | KEEPS_FOLLOW | KEEPS_HEAR,
		.needs_model = true,
		.needed = runner_is_needed,
		.outlasts = runner_outlasts,
		.dumps = true,
		.book = LEDGER_BOOK_RUNNER,
		.heartbeat = true,
		.body = run_main,
	},
	{
		.name = "mail",
		.kind = KEEPER_RESTART,
		.unprivileged = true,
		.sandbox = SANDBOX_MAIL,
		.keeps = KEEPS_FOLLOW | KEEPS_HEAR,
		.needs_model = true,
		.secrets = 1u << CONF_SECRET_OF_MAIL,
		.needed = mailer_is_needed,
		.book = LEDGER_BOOK_MAILER,
		.heartbeat = true,
		.nice = MAIL_NICE,
		.body = mail_main,
	},
	{
		.name = "check",
		.kind = KEEPER_RESTART,
		.unprivileged = true,
		.rights = checker_rights,
		.descriptors = checker_descriptors,
		.space = lvs_space,
		.sandbox = SANDBOX_CHECK,
		.opens = own_open,
		.keeps = KEEPS_TELL | KEEPS_FOLLOW | KEEPS_HEAR,
		.needs_model = true,
		.secrets = 1u << CONF_SECRET_OF_CHECKS,
		.needed = checker_is_needed,
		.book = LEDGER_BOOK_CHECKER,
		.heartbeat = true,
		.body = check_main,
	},
	{
		.name = "lvs",
		.kind = KEEPER_RESTART,
		.capabilities = PROCESS_CAP(CAP_NET_ADMIN),
		.space = lvs_space,
		.sandbox = SANDBOX_LVS,
		.keeps = KEEPS_TELL | KEEPS_FOLLOW | KEEPS_HEAR,
		.needs_model = true,
		.needed = director_is_needed,
		.needed_by = director_is_left,
		.outlasts = director_outlasts,
		.book = LEDGER_BOOK_LVS,
		.heartbeat = true,
		.body = lvs_main,
	},
};

const unsigned batond_row_count = ARRAY_LENGTH(batond_rows);
