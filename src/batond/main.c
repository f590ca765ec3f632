/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batond(8): the daemon. Options, the configuration, and then the keeper. */
#include "base/must.h"
#include "batond/rows.h"
#include "conf/model/conf.h"
#include "ctl/ctl.h"
#include "files/conf_files.h"
#include "files/reading.h"
#include "files/simple.h"
#include "keeper/join.h"
#include "keeper/keeper.h"
#include "keeper/log.h"
#include "sys/process.h"
#include "sys/sdnotify.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <popt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define EXIT_USAGE 2

/* Blocks of memory that go back to the kernel when they are freed. */
#define LARGE (64 << 10)

/* Those that hold for a run are in make_arguments() too. */
struct options {
	int foreground;
	int test;
	char *file;
	char *run_dir;
	char *join;    /* be that process of a keeper that runs, or NULL */
	char *outside; /* who joins, instead of being started, or NULL */
	struct simple simple;
};

/* The file that options and addresses stand for; false: they are wrong. */
static bool read_simple(struct options *o, const char *const *addresses)
{
	char error[128] = "both a file and options that stand for one";

	if (!o->file)
		o->file = simple_name(&o->simple, addresses, error);
	else
		addresses = NULL;
	if (o->file && addresses)
		return true;
	fprintf(stderr, "batond: %s; see batond --help\n", error);
	return false;
}

static int options_read(int argc, char **argv, struct options *o)
{
	int version = 0, help = 0;
	const struct poptOption table[] = {
		{ "foreground", 'n', POPT_ARG_NONE, &o->foreground, 0,
		  "Stay in the foreground and log to standard error", NULL },
		{ "file", 'f', POPT_ARG_STRING, &o->file, 0,
		  "The configuration; by default " CONF_FILES_OURS
		  ", and when that does not exist " CONF_FILES_THEIRS,
		  "FILE" },
		{ "config-test", 't', POPT_ARG_NONE, &o->test, 0,
		  "Only read the configuration and tell its errors", NULL },
		{ "run-dir", '\0', POPT_ARG_STRING, &o->run_dir, 0,
		  "Where the control socket and the lock are; by default " CTL_RUN_DIR,
		  "DIR" },
		{ "join", '\0', POPT_ARG_STRING, &o->join, 0,
		  "Be that process of a batond that runs; for units", "NAME" },
		{ "outside", '\0', POPT_ARG_STRING, &o->outside, 0,
		  "Do not start that process: it will join", "NAME" },
		SIMPLE_OPTIONS(&o->simple, 0),
		{ "version", 'V', POPT_ARG_NONE, &version, 0,
		  "Print the version", NULL },
		{ "help", 'h', POPT_ARG_NONE, &help, 0, "Print this", NULL },
		POPT_TABLEEND
	};
	poptContext context =
		poptGetContext("batond", argc, (const char **)argv, table, 0);
	int result = poptGetNextOpt(context);
	bool simple = simple_given(&o->simple);
	const char *extra = simple ? NULL : poptPeekArg(context);

	if (result < -1)
		fprintf(stderr, "batond: %s: %s; see batond --help\n",
			poptBadOption(context, 0), poptStrerror(result));
	else if (extra)
		fprintf(stderr,
			"batond: %s: no arguments are expected; see "
			"batond --help\n",
			extra);
	else if (help)
		poptPrintHelp(context, stdout, 0);
	else if (version)
		printf("batond %s\n", BATON_VERSION);
	result = result < -1 || extra ? EXIT_USAGE : help || version ? 0 : -1;
	if (result < 0 && simple && !read_simple(o, poptGetArgs(context)))
		result = EXIT_USAGE;
	poptFreeContext(context);
	return result;
}

static void to_stderr(void *to, const char *text, size_t length)
{
	(void)to;
	fwrite(text, 1, length, stderr);
}

/* What a run has at hand. */
struct run {
	char *file; /* absolute: a daemon's directory is / */
	char *run_dir;
	char *program;
	const char *arguments[KEEPER_ARGUMENTS_MAX + 1];
	int parent; /* to be told that all is started, or -1 */
	struct keeper_row rows[KEEPER_ROWS_MAX];
};

static struct conf_model *read_file(const struct run *r, int *packed)
{
	const char *no_colour = getenv("NO_COLOR");
	const struct conf_reading_setup setup = {
		.file = r->file,
		.colour = isatty(STDERR_FILENO) && !(no_colour && *no_colour),
	};

	return conf_read(&setup, to_stderr, NULL, packed);
}

static struct conf_model *read_to_start(void *context, int *packed)
{
	struct run *r = context;
	struct conf_model *model = read_file(r, packed);

	if (!model)
		fprintf(stderr, "batond: %s: nothing was started\n", r->file);
	return model;
}

/* Only tells what is wrong with the configuration: the exit status. */
static int test(const struct run *r)
{
	int packed;
	struct conf_model *model = read_file(r, &packed);

	if (!model) {
		fprintf(stderr, "batond: %s: cannot be used\n", r->file);
		return KEEPER_EXIT_CONFIG;
	}
	printf("batond %s: %s " KEEPER_TEST_PASSED "\n", BATON_VERSION,
	       r->file);
	conf_free(model);
	close(packed);
	return 0;
}

/*
 * Goes into the background. Returns in the child, with the descriptor to
 * which it writes a byte when all is started; the parent waits for it.
 */
static int background(void)
{
	int ends[2];
	int status;
	char byte;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid > 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 1)
			_exit(0);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			_exit(1);
		_exit(WEXITSTATUS(status));
	}
	close(ends[0]);
	setsid();
	if (chdir("/") < 0)
		return -1;
	return ends[1];
}

/* Everything is started: let go of the terminal and of the parent. */
static void started(void *context)
{
	struct run *r = context;
	int error = sdnotify("READY=1"), null;

	if (error)
		log_line(LOG_WARNING, "cannot tell the service manager: %s",
			 strerror(-error));
	if (r->parent < 0)
		return;
	log_open(false);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (write(r->parent, "", 1) < 0)
		log_line(3, "the parent is gone: %s", strerror(errno));
	close(r->parent);
	close(null);
}

/* The same path, whatever directory we change to. */
static char *absolute(const char *path)
{
	bool whole_already = path[0] == '/' || simple_is_name(path);
	char *here = whole_already ? NULL : getcwd(NULL, 0);
	char *whole = NULL;

	if (!here)
		return strdup(path);
	if (asprintf(&whole, "%s/%s", here, path) < 0)
		whole = NULL;
	free(here);
	return whole;
}

/*
 * Where this program was started from, which is where another version of it
 * will stand; perhaps one already does (proc(5), /proc/pid/exe).
 */
static char *installed(void)
{
	static const char gone[] = " (deleted)";
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (length < 0) {
		perror("batond: /proc/self/exe");
		return NULL;
	}
	if (length > (ssize_t)strlen(gone) &&
	    memcmp(path + length - strlen(gone), gone, strlen(gone)) == 0)
		length -= (ssize_t)strlen(gone);
	path[length] = '\0';
	return strdup(path);
}

/* All that was said by options, for the program that an upgrade executes. */
static void make_arguments(const struct options *options, struct run *r)
{
	const char **next = r->arguments;

	*next++ = r->program;
	if (options->foreground)
		*next++ = "-n";
	*next++ = "--run-dir";
	*next++ = r->run_dir;
	*next++ = "-f";
	*next++ = r->file;
	if (options->outside) {
		*next++ = "--outside";
		*next++ = options->outside;
	}
	MUST(next - r->arguments <= KEEPER_ARGUMENTS_MAX);
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

static int run(const struct options *options, struct run *r)
{
	bool resumed = getenv(RESUME_VARIABLE) != NULL;
	struct keeper_setup setup = {
		.run_dir = r->run_dir,
		.program = r->program,
		.arguments = r->arguments,
		.file = r->file,
		.read = read_to_start,
		.rows = r->rows,
		.row_count = batond_row_count,
		.ready = started,
		.context = r,
	};

	if (options->test)
		return test(r);
	if (options->join) {
		const struct keeper_row *row =
			who_joins(r, "join", options->join);

		return row ? keeper_join(r->run_dir, row) : EXIT_USAGE;
	}
	if (options->outside && !who_joins(r, "outside", options->outside))
		return EXIT_USAGE;
	make_arguments(options, r);
	if (!options->foreground && !resumed) {
		r->parent = background();
		if (r->parent < 0) {
			perror("batond: cannot go into the background");
			return 1;
		}
	}
	log_open(options->foreground || !resumed);
	return keeper_run(&setup);
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	struct run r = { .parent = -1 };
	int status;

	/* Who reads the log, or waits for the start, may go before us. */
	signal(SIGPIPE, SIG_IGN);
	/* glibc would raise it at the first free(3), and keep large blocks. */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	process_title_init(argc, argv);
	MUST(batond_row_count <= KEEPER_ROWS_MAX);
	memcpy(r.rows, batond_rows, batond_row_count * sizeof(r.rows[0]));
	status = options_read(argc, argv, &options);
	if (status < 0) {
		r.file = absolute(options.file ? options.file
					       : conf_files_default());
		r.run_dir = absolute(options.run_dir ? options.run_dir
						     : CTL_RUN_DIR);
		r.program = installed();
		status = r.file && r.run_dir && r.program ? run(&options, &r)
							  : 1;
	}
	free(r.file);
	free(r.run_dir);
	free(r.program);
	free(options.file);
	free(options.run_dir);
	free(options.join);
	free(options.outside);
	simple_free(&options.simple);
	return status;
}
