/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A FIFO to which changes are written: it is made, opened, read by a script,
 * and removed at the end of the daemon. What is written to it: fifo_tell.c.
 *
 * It is open for reading and writing, so nobody waits for anybody. What nobody
 * has read yet outlives this process: holder.c. mkfifo(3), fifo(7).
 */
#include "runner/bounded.h"
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* As keepalived's, with its umask. */
#define FIFO_MODE 0600

/* When one that cannot be opened is tried again. */
#define OPEN_AGAIN (2 * TICK_SECOND)

/* From the end of its script to the next start: doubled each time. */
#define READER_PAUSE      TICK_SECOND
#define READER_PAUSE_MOST (30 * TICK_SECOND)

__attribute__((format(printf, 2, 3))) static void say(char *why,
						      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, LEDGER_WHY_SIZE, format, arguments);
	va_end(arguments);
}

/* In the log once, and in status as long as it is so. */
static void tell_why(struct fifo *f, char *record, const char *what,
		     const char *why)
{
	if (strncmp(record, why, LEDGER_WHY_SIZE) == 0)
		return;
	ledger_begin(&f->record->sequence);
	say(record, "%s", why);
	ledger_end(&f->record->sequence);
	if (why[0])
		fprintf(stderr, "batond: run: %s%s: %s\n", what, f->conf->path,
			why);
}

/* Whose it is; false, and `why` says what is wrong. */
static bool find_owner(const struct runner *r, const struct fifo *f,
		       struct runner_user *owner, char *why)
{
	struct program p = { .why = "" };
	bool found;

	*owner = (struct runner_user){ .uid = geteuid(), .gid = getegid() };
	/* Without a user no script is run as root; a FIFO runs nothing. */
	if (!f->conf->owner.name && !r->model->global.scripts.user.name &&
	    r->model->global.scripts.security)
		return true;
	found = program_find_user(&p, &f->conf->owner, r->model);
	owner->uid = p.user.uid;
	owner->gid = p.user.gid;
	if (!found)
		say(why, "%s", p.why);
	program_free(&p);
	return found;
}

/* Somebody who is neither root nor who is to own it could lead us astray. */
static bool is_ours(const struct stat *status, const struct runner_user *owner,
		    char *why)
{
	if (S_ISLNK(status->st_mode))
		say(why, "it is a symbolic link");
	else if (!S_ISFIFO(status->st_mode))
		say(why, "there is something that is no FIFO");
	else if (status->st_uid != 0 && status->st_uid != geteuid() &&
		 status->st_uid != owner->uid)
		say(why, "it belongs to user %u", (unsigned)status->st_uid);
	else
		return true;
	return false;
}

/* By a descriptor that was looked at; what is no FIFO is never opened. */
static int open_looked_at(int at, const struct runner_user *owner, char *why)
{
	char path[64];
	struct stat status;
	int fd;

	if (fstat(at, &status)) {
		say(why, "%s", strerror(errno));
		return -1;
	}
	if (!is_ours(&status, owner, why))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", at);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		say(why, "it cannot be opened: %s", strerror(errno));
	return fd;
}

static int open_fifo(const struct runner *r, const struct fifo *f, bool *made,
		     char *why)
{
	struct runner_user owner;
	int at, fd;

	if (!find_owner(r, f, &owner, why))
		return -1;
	if (!bounded_path(f->conf->path)) {
		say(why, "its file system does not answer");
		return -1;
	}
	*made = mkfifo(f->conf->path, FIFO_MODE) == 0;
	if (!*made && errno != EEXIST) {
		say(why, "it cannot be made: %s", strerror(errno));
		return -1;
	}
	at = open(f->conf->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0) {
		say(why, "%s", strerror(errno));
		return -1;
	}
	fd = open_looked_at(at, &owner, why);
	close(at);
	if (fd >= 0 && *made &&
	    (fchown(fd, owner.uid, owner.gid) || fchmod(fd, FIFO_MODE))) {
		say(why, "its owner cannot be set: %s", strerror(errno));
		close(fd);
		unlink(f->conf->path);
		return -1;
	}
	return fd;
}

static void begin(struct runner *r, struct fifo *f, tick_t now)
{
	char why[LEDGER_WHY_SIZE] = "";
	bool made = false;

	f->fd = open_fifo(r, f, &made, why);
	tell_why(f, f->record->why, "", why);
	f->open_at = f->fd < 0 ? now + OPEN_AGAIN : TICK_NEVER;
	if (f->fd < 0)
		return;
	ledger_begin(&f->record->sequence);
	f->record->open = true;
	f->record->made = f->record->made || made;
	ledger_end(&f->record->sequence);
	holder_end(f); /* that of the process before */
	holder_start(f);
	f->reader_at = f->conf->script.command ? now : TICK_NEVER;
}

/* Its path is the last word. */
static bool add_path(struct command *c, const char *path)
{
	if (c->count == COMMAND_WORDS_MAX)
		return false;
	c->words[c->count++] = (char *)(uintptr_t)path;
	c->words[c->count] = NULL;
	return true;
}

static void start_reader(struct runner *r, struct fifo *f, tick_t now)
{
	struct program program = { .why = "" };
	pid_t pid = -ENOENT;

	f->reader_at = now + f->pause;
	if (program_find(&program, f->conf->script.command,
			 &f->conf->script.user, r->model) &&
	    add_path(&program.command, f->conf->path))
		pid = spawn_program(r, &program, -1);
	tell_why(f, f->record->reader_why, "the script of ",
		 pid > 0          ? ""
		 : program.why[0] ? program.why
				  : strerror((int)-pid));
	program_free(&program);
	f->pause = tick_min(2 * f->pause, READER_PAUSE_MOST);
	if (pid < 0)
		return;
	f->reader = pid;
	f->reader_started = now;
	f->reader_at = TICK_NEVER;
	ledger_begin(&f->record->sequence);
	f->record->reader = pid;
	f->record->reader_starts++;
	ledger_end(&f->record->sequence);
}

static void reader_ended(const struct runner *r, struct fifo *f, int status)
{
	bool killed = WIFSIGNALED(status);
	tick_t now = clock_now();

	f->reader = 0;
	if (now - f->reader_started >= READER_PAUSE_MOST)
		f->pause = READER_PAUSE;
	f->reader_at = r->stopping ? TICK_NEVER : now + f->pause;
	ledger_begin(&f->record->sequence);
	f->record->reader = 0;
	f->record->reader_how = killed ? LEDGER_HOW_KILLED : LEDGER_HOW_EXITED;
	f->record->reader_value =
		killed ? WTERMSIG(status) : WEXITSTATUS(status);
	ledger_end(&f->record->sequence);
}

bool fifo_ended(struct runner *r, pid_t pid, int status)
{
	for (uint32_t n = 0; n < r->fifo_count; n++) {
		struct fifo *f = &r->fifos[n];

		if (pid == f->holder) {
			f->holder = 0;
			if (!r->stopping && f->fd >= 0)
				holder_start(f);
			return true;
		}
		if (pid == f->reader) {
			reader_ended(r, f, status);
			return true;
		}
	}
	return false;
}

tick_t fifos_due(struct runner *r, tick_t now)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < r->fifo_count; n++) {
		struct fifo *f = &r->fifos[n];

		if (now >= f->open_at) {
			begin(r, f, now);
			fifo_look(r, f);
		}
		if (now >= f->reader_at)
			start_reader(r, f, now);
		next = tick_min(next, tick_min(f->open_at, f->reader_at));
		next = tick_min(next, f->order_until);
		if (now >= f->order_until)
			fifo_look(r, f);
	}
	return next;
}

void fifos_end(struct runner *r)
{
	for (uint32_t n = 0; n < r->fifo_count; n++) {
		struct fifo *f = &r->fifos[n];

		f->open_at = f->reader_at = f->order_until = TICK_NEVER;
		if (r->ends)
			holder_end(f);
		if (f->fd < 0)
			continue;
		fifo_full_over(r, f);
		if (r->ends && f->record->made)
			holder_remove(f);
		close(f->fd); /* who reads sees the end, if it is one */
		f->fd = -1;
	}
}

bool fifos_are_read(const struct runner *r)
{
	for (uint32_t n = 0; n < r->fifo_count; n++)
		if (r->fifos[n].reader > 0 && r->ends)
			return true;
	return false;
}

static int setup(struct runner *r, struct fifo *f, uint32_t number)
{
	void *heap = malloc(heap_memory(r->notifier_count + 1));

	*f = (struct fifo){
		.conf = conf_fifo(&r->model->global, number),
		.of_routers = number != CONF_FIFO_LVS,
		.of_servers = number != CONF_FIFO_VRRP,
		.teller = (enum ledger_teller)(LEDGER_TELLS_FIFO + number),
		.told = calloc(r->notifier_count + 1, sizeof(*f->told)),
		.record = ledger_fifo_at(r->ledger, number),
		.fd = -1,
		.order_until = TICK_NEVER,
		.reader_at = TICK_NEVER,
		.pause = READER_PAUSE,
	};
	if (!heap || !f->told)
		return -ENOMEM;
	heap_init(&f->next, heap, r->notifier_count + 1);
	for (uint32_t n = 0; n < r->notifier_count; n++)
		f->told[n] = ledger_told(r->ledger, f->teller,
					 r->notifiers[n].follower);
	ledger_begin(&f->record->sequence);
	f->record->open = false;
	f->record->reader = 0;
	ledger_end(&f->record->sequence);
	begin(r, f, clock_now());
	if (f->reader_at != TICK_NEVER) /* before the first line */
		start_reader(r, f, clock_now());
	return 0;
}

int fifos_setup(struct runner *r)
{
	int error = 0;

	for (uint32_t n = 0; n < CONF_FIFOS_ALL && !error; n++)
		if (conf_fifo(&r->model->global, n)->path)
			error = setup(r, &r->fifos[r->fifo_count++], n);
	return error;
}

void fifos_free(struct runner *r)
{
	for (uint32_t n = 0; n < r->fifo_count; n++) {
		free(r->fifos[n].told);
		free(r->fifos[n].next.entries);
	}
}
