/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files/reading.h"

#include "base/disarm.h"
#include "base/must.h"
#include "conf/model/conf.h"
#include "files/broker.h"
#include "files/conf_files.h"
#include "files/parser.h"
#include "sys/clock.h"
#include "sys/pages.h"
#include "sys/sandbox.h"
#include "sys/schedule.h"
#include "sys/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ten times what the slowest file takes that was ever made up. */
#define USUAL_TIME    (30 * TICK_SECOND)
#define USUAL_SECONDS 20
/* Tables of 16384 virtual routers with 20 addresses each need a tenth. */
#define USUAL_MEMORY (UINT64_C(1) << 30)
/* A packed model, or diagnostics: more than either can be. */
#define FILE_MOST (UINT64_C(256) << 20)
/* What is passed on of the diagnostics; a hundred are kept at most. */
#define SAID_MOST ((size_t)1 << 20)
/* Reading must not hold up what serves. */
#define READING_NICE 10

struct start {
	const struct conf_reading_setup *setup;
	const struct conf_limits *limits;
	struct conf_parser parser;
	int broker; /* the end of `files` */
};

/* At `most` there is a signal or an error; what is lower already stays. */
static void limit(enum __rlimit_resource what, uint64_t most)
{
	const struct rlimit limits = { most, most + 1 };

	(void)setrlimit(what, &limits);
}

static void prepare(void *context)
{
	const struct start *s = context;
	const struct schedule wanted = { .nice = READING_NICE };
	int refused[SCHEDULE_WISHES];

	if (s->setup->forget)
		s->setup->forget(s->setup->context);
	schedule_apply(&wanted, refused);
	prctl(PR_SET_DUMPABLE, 0); /* there may be secrets in the files */
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, FILE_MOST);
	limit(RLIMIT_CPU, s->limits->seconds);
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes and uses few of them */
	limit(RLIMIT_AS, s->limits->memory);
#endif
}

static int files_main(void *context)
{
	const struct start *s = context;

	signal(SIGIO, SIG_IGN); /* opener.h */
	if (sandbox_enter(SANDBOX_FILES))
		return EXIT_FAILURE;
	return broker_serve(s->broker) ? EXIT_FAILURE : 0;
}

static int conf_main(void *context)
{
	const struct start *s = context;

	return s->setup->parse ? s->setup->parse(&s->parser)
			       : conf_parser_main(&s->parser);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int spawn(struct conf_reading *r, struct start *s, int ends[2])
{
	const int of_conf[] = { ends[0], r->model, r->said, s->parser.given };
	struct process_config conf = {
		.name = "conf",
		.main = conf_main,
		.prepare = prepare,
		.context = s,
		.keep = of_conf,
		.keep_count = ARRAY_LENGTH(of_conf),
		.output = r->said,
		.restrict_rights = true,
		.death_signal = SIGKILL,
	};
	struct process_config files = {
		.name = "files",
		.main = files_main,
		.prepare = prepare,
		.context = s,
		.keep = &ends[1],
		.keep_count = 1,
		.output = r->said,
		/* Its user, and of the rights only those to open files. */
		.rights.until_release = PROCESS_CAP(CAP_DAC_READ_SEARCH) |
					PROCESS_CAP(CAP_DAC_OVERRIDE),
		.restrict_rights = true,
		.death_signal = SIGKILL,
	};
	int error;

	process_unprivileged(&conf.rights);
	error = process_spawn(&files, &r->files);
	return error ? error : process_spawn(&conf, &r->conf);
}

int conf_reading_begin(struct conf_reading *r,
		       const struct conf_reading_setup *setup)
{
	struct start s = { .setup = setup };
	int ends[2] = { -1, -1 }, error = 0;

	*r = (struct conf_reading){ .conf.pidfd = -1, .files.pidfd = -1 };
	r->colour = setup->colour;
	r->limits = setup->limits;
	if (!r->limits.time)
		r->limits.time = USUAL_TIME;
	if (!r->limits.seconds)
		r->limits.seconds = USUAL_SECONDS;
	if (!r->limits.memory)
		r->limits.memory = USUAL_MEMORY;
	r->model = memfd_create("baton-model", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	r->said = memfd_create("baton-said", MFD_CLOEXEC);
	if (r->model < 0 || r->said < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		error = -errno;
	s.limits = &r->limits;
	s.parser = (struct conf_parser){
		.file = setup->file,
		.config_id = setup->config_id,
		.all_files = setup->all_files,
		.colour = setup->colour,
		.broker = ends[0],
		.given = setup->given,
		.model = r->model,
		.said = r->said,
	};
	s.broker = ends[1];
	if (!error)
		error = spawn(r, &s, ends);
	close_one(&ends[0]);
	close_one(&ends[1]);
	r->end_by = clock_now() + r->limits.time;
	if (error) {
		close_one(&r->model);
		close_one(&r->said);
		if (r->files.pid) { /* it ends by itself: nobody asks it */
			struct pollfd end = { r->files.pidfd, POLLIN, 0 };

			poll(&end, 1, -1);
			conf_reading_reap(r);
		}
	}
	return error;
}

void conf_reading_stop(struct conf_reading *r)
{
	r->late = r->conf.pid != 0;
	process_signal(&r->conf, SIGKILL);
	process_signal(&r->files, SIGKILL);
}

bool conf_reading_reap(struct conf_reading *r)
{
	struct process_end end;

	if (process_reap(&r->conf, &end) == 1) {
		r->end = end;
		/* It has nobody to open a file for. */
		process_signal(&r->files, SIGKILL);
	}
	(void)process_reap(&r->files, &end);
	return r->conf.pid == 0;
}

/* Passes on what a process said that may have been taken over. */
static void pass_on(int said, bool colour,
		    void (*tell)(void *to, const char *text, size_t length),
		    void *to)
{
	struct stat status;
	size_t length;
	ssize_t got;
	char *text;

	if (fstat(said, &status) || status.st_size <= 0)
		return;
	length = (size_t)status.st_size < SAID_MOST ? (size_t)status.st_size
						    : SAID_MOST;
	text = malloc(length);
	if (!text)
		return;
	got = pread(said, text, length, 0);
	if (got > 0) {
		disarm(text, (size_t)got, colour);
		tell(to, text, (size_t)got);
	}
	free(text);
}

static void describe(const struct conf_reading *r, char *text, size_t size)
{
	int value = r->end.value;

	if (r->late)
		snprintf(text, size, "it took more than %.1f s",
			 (double)r->limits.time / TICK_SECOND);
	else if (r->end.killed && value == SIGXCPU)
		snprintf(text, size, "it took more than %u s of processor time",
			 r->limits.seconds);
	else if (r->end.killed)
		snprintf(text, size,
			 "the process that reads it was killed by signal %d",
			 value);
	else if (value == PARSER_BROKEN)
		snprintf(text, size, "the process that opens its files died");
	else if (value == 0)
		snprintf(text, size, "what its process answers is no model");
	else
		snprintf(text, size,
			 "the process that reads it ended with status %d",
			 value);
}

/* Who reads it again finds the same: it is refused, or costs too much. */
static bool is_hopeless(const struct conf_reading *r)
{
	return !r->late && (r->end.killed ? r->end.value == SIGXCPU
					  : r->end.value == PARSER_REFUSED);
}

/* Nobody can change it any more, whoever has a descriptor. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/*
 * A process that was taken over may have put something else in its place, and
 * would change or cut it off under who reads it.
 */
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

struct conf_model *conf_reading_unpack(int packed)
{
	struct conf_model *model;
	struct stat status;
	void *bytes;

	if (packed < 0 || !is_sealed(packed) || fstat(packed, &status) ||
	    status.st_size <= 0 || status.st_size > (off_t)FILE_MOST)
		return NULL;
	bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED,
		     packed, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	vault_hide(bytes, (size_t)status.st_size);
	pages_ready(bytes, (size_t)status.st_size);
	model = conf_unpack(bytes, (size_t)status.st_size, vault_obtain,
			    vault_give_back);
	munmap(bytes, (size_t)status.st_size);
	return model;
}

static bool seal(int fd)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | SEALS) == 0;
}

struct conf_model *conf_reading_take(struct conf_reading *r, const char *file,
				     void (*tell)(void *to, const char *text,
						  size_t length),
				     void *to, int *packed)
{
	bool well = !r->late && !r->end.killed;
	struct conf_model *model = NULL;
	char line[PATH_MAX + 256], why[128];

	*packed = -1;
	pass_on(r->said, r->colour, tell, to);
	if (well && r->end.value == 0 && seal(r->model))
		model = conf_reading_unpack(r->model);
	if (model) {
		*packed = r->model;
		r->model = -1;
	} else if (!well || r->end.value != PARSER_REFUSED) {
		describe(r, why, sizeof(why));
		snprintf(line, sizeof(line), "%s: error: not read: %s\n", file,
			 why);
		tell(to, line, strlen(line));
	}
	close_one(&r->model);
	close_one(&r->said);
	errno = model ? 0 : is_hopeless(r) ? EINVAL : EAGAIN;
	return model;
}

/* Waits until one of them ends, or until they are late. */
static void wait_for(const struct conf_reading *r)
{
	struct pollfd ends[] = { { r->conf.pidfd, POLLIN, 0 },
				 { r->files.pid ? r->files.pidfd : -1, POLLIN,
				   0 } };
	tick_t left = r->end_by - clock_now();

	poll(ends, ARRAY_LENGTH(ends),
	     r->late ? -1 : (int)(tick_max(left, 0) / TICK_MILLISECOND) + 1);
}

static struct conf_model *
tell_error(const struct conf_reading_setup *setup, const char *what, int error,
	   void (*tell)(void *to, const char *text, size_t length), void *to)
{
	char line[PATH_MAX + 256];

	snprintf(line, sizeof(line), "%s: error: not read: %s%s\n", setup->file,
		 what, strerror(-error));
	tell(to, line, strlen(line));
	errno = EAGAIN;
	return NULL;
}

struct conf_model *conf_read(const struct conf_reading_setup *setup,
			     void (*tell)(void *to, const char *text,
					  size_t length),
			     void *to, int *packed)
{
	struct conf_reading_setup whole = *setup;
	struct conf_reading r;
	int error = 0, given = conf_files_given(setup->file);

	*packed = -1;
	if (given >= 0)
		error = whole.given = conf_files_copy(given);
	if (error < 0)
		return tell_error(setup, "", error, tell, to);
	error = conf_reading_begin(&r, &whole);
	if (whole.given > 0)
		close(whole.given);
	if (error)
		return tell_error(setup, "no process can be started: ", error,
				  tell, to);
	while (!conf_reading_reap(&r)) {
		if (!r.late && clock_now() >= r.end_by)
			conf_reading_stop(&r);
		wait_for(&r);
	}
	if (r.files.pid) { /* it was told to end */
		struct pollfd end = { r.files.pidfd, POLLIN, 0 };

		poll(&end, 1, -1);
		conf_reading_reap(&r);
	}
	return conf_reading_take(&r, setup->file, tell, to, packed);
}
