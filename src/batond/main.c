/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batond(8): the daemon. Its options, its configuration, and then the keeper.
 */
#include "base/must.h"
#include "batond/check.h"
#include "batond/launch.h"
#include "batond/names.h"
#include "batond/options.h"
#include "batond/rows.h"
#include "conf/model/conf.h"
#include "ctl/ctl.h"
#include "files/conf_files.h"
#include "files/reading.h"
#include "keeper/join.h"
#include "keeper/keeper.h"
#include "keeper/log.h"
#include "sys/console.h"
#include "sys/netns.h"
#include "sys/process.h"
#include "sys/rundir.h"
#include "sys/sdnotify.h"
#include "sys/start.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

/* keepalived's, for a configuration that cannot be used. */
#define EXIT_CONFIG_KEEPALIVED 2

/* For all that is said at a start: then whoever reads it has stopped to. */
#define CONSOLE_MS 2000
/* A service manager may have much to do. */
#define MANAGER_MS 3000

/* Blocks of memory that go back to the kernel when they are freed. */
#define LARGE (64 << 10)

/* What a run has at hand. */
struct run {
	struct options given; /* as it was written */
	struct options options;
	char file[PATH_MAX]; /* absolute: a daemon's directory is / */
	char program[PATH_MAX];
	char run_dir[PATH_MAX], pid_file[PATH_MAX], vrrp_pid_file[PATH_MAX];
	struct names names;
	const char *arguments[KEEPER_ARGUMENTS_MAX + 1];
	const char *rehearsal[KEEPER_ARGUMENTS_MAX + 1];
	bool resumed;          /* an upgrade has executed this program */
	int parent;            /* to be told that all is started, or -1 */
	const char *low_limit; /* of start_daemon() */
	/* The configuration as it was read at first, until the keeper has it,
	 * and what there was to say of it. */
	struct conf_model *model;
	int packed;
	bool unread; /* it could not be, which says nothing of it */
	char *said;
	size_t said_length;
	struct keeper_row rows[KEEPER_ROWS_MAX];
};

static void to_stream(void *to, const char *text, size_t length)
{
	(void)!fwrite(text, 1, length, to);
}

static void to_console(void *to, const char *text, size_t length)
{
	(void)to;
	(void)console_write(text, length);
}

/* How lines are logged: before all is started, and then. */
static void open_log(const struct run *r, bool started)
{
	const struct options *o = &r->options;
	bool background = !o->foreground && (started || r->resumed);
	struct log_way way = { .name = r->names.log };

	if (o->as_keepalived) {
		way.dated = true;
		way.facility = o->keepalived.facility;
		way.syslog = !o->keepalived.no_syslog;
		way.console = !background &&
			      (o->keepalived.console || !o->foreground);
	} else {
		way.console = !background;
		way.syslog = background;
	}
	log_open(&way);
}

static void read_file(struct run *r)
{
	const char *no_colour = getenv("NO_COLOR");
	const struct conf_reading_setup setup = {
		.file = r->file,
		.config_id = r->options.config_id,
		.all_files = r->options.all_files,
		.colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour),
	};
	FILE *said = open_memstream(&r->said, &r->said_length);

	r->model =
		conf_read(&setup, to_stream, said ? said : stderr, &r->packed);
	r->unread = !r->model && errno == EAGAIN;
	if (said)
		fclose(said);
}

/* It was read already, since its words say where the run directory is. */
static struct conf_model *read_to_start(void *context, int *packed)
{
	struct run *r = context;
	struct conf_model *model;

	if (r->resumed) /* of which the program before knew no more */
		read_file(r);
	model = r->model;
	*packed = r->packed;
	r->model = NULL;
	if (r->said)
		(void)console_write(r->said, r->said_length);
	if (!model)
		fprintf(stderr, "batond: %s: nothing was started\n", r->file);
	else if (r->options.keepalived.dump)
		conf_print(model, to_console, NULL);
	return model;
}

/* Everything is started. */
static void started(void *context)
{
	struct run *r = context;
	int error = sdnotify("READY=1", MANAGER_MS);

	console_no_patience();
	if (error)
		log_line(LOG_WARNING, "cannot tell the service manager: %s",
			 strerror(-error));
	if (r->parent < 0)
		return;
	open_log(r, true);
	launch_done(r->parent);
}

/* All that was said by options, for the program that an upgrade executes. */
static void make_arguments(struct run *r)
{
	const struct options *o = &r->options;
	const struct {
		const char *option, *value;
	} more[] = {
		{ "--run-dir", r->names.run_dir },
		{ "-f", r->file },
		{ "-i", o->config_id },
		{ "--outside", o->outside },
		{ "-p", o->as_keepalived ? r->names.pid_file : NULL },
		{ "-r", o->as_keepalived ? r->names.vrrp_pid_file : NULL },
	};
	const struct {
		const char *option;
		bool set;
	} flags[] = {
		{ "-n", o->foreground },
		{ "-l", o->keepalived.console },
		{ "-G", o->keepalived.no_syslog },
		{ "-e", o->all_files },
	};
	const char **next = r->arguments;

	*next++ = o->as_keepalived ? "keepalived" : r->program;
	for (size_t n = 0; n < ARRAY_LENGTH(flags); n++)
		if (flags[n].set)
			*next++ = flags[n].option;
	for (size_t n = 0; n < ARRAY_LENGTH(more); n++) {
		if (!more[n].value)
			continue;
		*next++ = more[n].option;
		*next++ = more[n].value;
	}
	MUST(next - r->arguments <= KEEPER_ARGUMENTS_MAX);
	next = r->rehearsal;
	*next++ = r->program;
	*next++ = "--config-test";
	*next++ = "-f";
	*next++ = r->file;
	if (o->config_id) {
		*next++ = "-i";
		*next++ = o->config_id;
	}
}

/* The row of that name, as of one that joins, or NULL. */
static const struct keeper_row *who_joins(struct run *r, const char *option,
					  const char *name)
{
	for (unsigned n = 0; n < batond_row_count; n++) {
		struct keeper_row *row = &r->rows[n];

		if (strcmp(row->name, name) != 0)
			continue;
		if (row->may_join)
			row->kind = KEEPER_EXTERNAL;
		if (row->kind == KEEPER_EXTERNAL)
			return row;
	}
	fprintf(stderr,
		"batond: --%s %s: there is no such process that joins\n",
		option, name);
	return NULL;
}

static bool enter_namespace(const char *name)
{
	int error = netns_enter(name);

	if (error)
		fprintf(stderr,
			"batond: net_namespace %s cannot be entered: %s%s%s\n",
			name, strerror(-error), netns_remedy(error),
			error == -EPERM ? "; under systemd, "
					  "NetworkNamespacePath="
					: "");
	return !error;
}

/*
 * What the configuration says of the daemon itself. One that cannot be used
 * says nothing; that is no end yet, as the one of a daemon before may go on.
 */
static bool prepare(struct run *r)
{
	static const struct conf_daemon nothing;
	const struct options *o = &r->options;
	const char *space = o->keepalived.net_namespace;

	if (!r->resumed)
		read_file(r);
	if (!names_make(o, r->model ? &r->model->daemon : &nothing,
			&r->names)) {
		fprintf(stderr, "batond: the name of a file is too long\n");
		return false;
	}
	/* Beside those of others: /run/baton/NAME. */
	if (!o->run_dir)
		(void)rundir_make(CTL_RUN_DIR);
	if (!space && r->model)
		space = r->model->daemon.net_namespace;
	return r->resumed || !space || enter_namespace(space);
}

static void allow_cores(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_CORE, &most))
		perror("batond: -m");
}

/*
 * What the caller had open is its own: a lock that it holds, or a pipe whose
 * end it waits for. Only now, since the configuration may be one of them.
 */
static void leave_caller(const struct run *r)
{
	const int keep[] = { r->parent, r->packed };

	if (!r->resumed)
		process_close_others(keep, ARRAY_LENGTH(keep));
	if (r->low_limit)
		log_line(LOG_WARNING,
			 "%s is low, and may not be lifted: it may end batond",
			 r->low_limit);
}

/* Another one is in force. Processes that are forked would have its secrets. */
static void forget_read(void *context)
{
	struct run *r = context;

	if (r->model)
		conf_free(r->model);
	if (r->packed >= 0)
		close(r->packed);
	r->model = NULL;
	r->packed = -1;
}

static int keep(struct run *r)
{
	const struct options *o = &r->options;
	int status;
	const struct keeper_setup setup = {
		.run_dir = r->names.run_dir,
		.as_keepalived = o->as_keepalived,
		.leaves_table = o->keepalived.leaves_table,
		.program = r->program,
		.arguments = r->arguments,
		.rehearsal = r->rehearsal,
		.file = r->file,
		.config_id = o->config_id,
		.all_files = o->all_files,
		.read = read_to_start,
		.forget = forget_read,
		.rows = r->rows,
		.row_count = batond_row_count,
		.dump_folder = r->names.dumps,
		.pid_file = o->as_keepalived ? r->names.pid_file : NULL,
		.vrrp_pid_file =
			o->as_keepalived ? r->names.vrrp_pid_file : NULL,
		.ready = started,
		.context = r,
	};

	open_log(r, false);
	leave_caller(r);
	status = keeper_run(&setup);
	if (status == KEEPER_EXIT_CONFIG && r->unread) /* try again */
		return EXIT_FAILURE;
	if (o->as_keepalived && status == KEEPER_EXIT_CONFIG)
		status = EXIT_CONFIG_KEEPALIVED;
	return status;
}

static int join(struct run *r, const char *name)
{
	const struct keeper_row *row = who_joins(r, "join", name);

	if (!row)
		return EXIT_USAGE;
	console_open(CONSOLE_MS);
	console_no_patience();
	if (!names_make(&r->options, &(struct conf_daemon){ 0 }, &r->names))
		return 1;
	return keeper_join(r->names.run_dir, row);
}

static int run(struct run *r)
{
	const struct options *o = &r->options;

	if (o->test || o->join)
		keeper_release_signals();
	if (o->test)
		return o->as_keepalived ? check_file_keepalived(o, r->file)
					: check_file(o, r->file);
	if (o->join)
		return join(r, o->join);
	if (o->outside && !who_joins(r, "outside", o->outside))
		return EXIT_USAGE;
	console_open(CONSOLE_MS);
	if (!o->foreground && !r->resumed) {
		r->parent = launch_background();
		if (r->parent < 0) {
			perror("batond: cannot go into the background");
			return 1;
		}
	}
	r->low_limit = start_daemon();
	if (!prepare(r))
		return 1;
	make_arguments(r);
	if (o->keepalived.cores)
		allow_cores();
	return keep(r);
}

/* As others find them, wherever this process goes. */
static bool make_absolute(struct run *r)
{
	struct options *o = &r->options;
	struct {
		const char **path;
		char *whole;
	} paths[] = {
		{ &o->run_dir, r->run_dir },
		{ &o->keepalived.pid_file, r->pid_file },
		{ &o->keepalived.vrrp_pid_file, r->vrrp_pid_file },
	};
	const char *file = o->file            ? o->file
			   : o->as_keepalived ? CONF_FILES_THEIRS
					      : conf_files_default();

	r->given = *o;
	for (size_t n = 0; n < ARRAY_LENGTH(paths); n++) {
		if (!*paths[n].path)
			continue;
		if (!launch_absolute(*paths[n].path, paths[n].whole))
			return false;
		*paths[n].path = paths[n].whole;
	}
	return launch_absolute(file, r->file) && launch_installed(r->program);
}

int main(int argc, char **argv)
{
	static struct run r = { .parent = -1, .packed = -1 };
	sigset_t held;
	int status;

	r.resumed = getenv(RESUME_VARIABLE) != NULL;
	keeper_signals(&held);
	/* The program before has those blocked that may have come since. */
	start_clean(r.resumed ? NULL : &held);
	/* glibc would raise it at the first free(3), and keep large blocks. */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	process_title_init(argc, argv);
	MUST(batond_row_count <= KEEPER_ROWS_MAX);
	memcpy(r.rows, batond_rows, batond_row_count * sizeof(r.rows[0]));
	status = options_are_keepalived(argc > 0 ? argv[0] : NULL)
			 ? options_read_keepalived(argc, argv, &r.options)
			 : options_read(argc, argv, &r.options);
	if (status < 0)
		status = make_absolute(&r) ? run(&r) : 1;
	if (r.model)
		conf_free(r.model);
	free(r.said);
	return launch_flush() && status == 0 ? 1 : status;
}
