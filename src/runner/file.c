/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file with a number in it (track_file): when it is read, and what it says.
 *
 * The kernel tells when its folder has a new one of that name, or when who
 * wrote it has closed it (inotify(7)), so that nobody sees it half written.
 * Where the kernel cannot tell, it is looked at once a second: while its folder
 * is not there, where it is a symbolic link, and on file systems whose files
 * change without being written here (folder.c). Then it counts when it has not
 * changed for one more second. Once a second, too, it is seen that the path
 * leads to another folder.
 *
 * The number is all that leaves this process. Only a regular file is opened,
 * and never waited for. keepalived.conf(5), track_file.
 */
#include "runner/runner_state.h"

#include "conf/model/targets.h"
#include "runner/bounded.h"
#include "runner/number.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Between two looks where the kernel does not tell. */
#define LOOK_EVERY TICK_SECOND

/*
 * Who writes a file makes it empty first, and another may be doing that just
 * now: an empty one counts when it has been so for a while.
 */
#define EMPTY_TIME (100 * TICK_MILLISECOND)

/* What a file is like; another one is another file or has changed. */
static struct stamp stamp_of(const struct stat *status)
{
	return (struct stamp){
		.device = status->st_dev,
		.inode = status->st_ino,
		.size = status->st_size,
		.changed = status->st_ctim,
		.there = true,
	};
}

static bool same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->there == b->there && a->device == b->device &&
	       a->inode == b->inode && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static void unreadable(struct found *out, const char *problem)
{
	*out = (struct found){
		.verdict = LEDGER_VERDICT_GOOD,
		.how = LEDGER_HOW_UNREADABLE,
		.problem = problem,
	};
}

/* -1 and errno; EINVAL: it is none that could be read. */
static int open_file(const char *path, int flags)
{
	struct stat status;
	int fd;

	/* Opening something else may already do something. */
	if (stat(path, &status))
		return -1;
	errno = EINVAL;
	if (!S_ISREG(status.st_mode))
		return -1;
	fd = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* False: nothing is in it. */
static bool read_file(struct file *f, struct found *out)
{
	char text[NUMBER_BYTES + 1];
	int fd = open_file(f->conf->path, O_RDONLY);
	ssize_t length = -1;
	struct stat status;

	f->is_link =
		lstat(f->conf->path, &status) == 0 && S_ISLNK(status.st_mode);
	f->seen = (struct stamp){ .there = false };
	if (fd >= 0) {
		if (fstat(fd, &status) == 0)
			f->seen = stamp_of(&status);
		length = read(fd, text, NUMBER_BYTES);
	}
	unreadable(out, errno == EINVAL ? "it is no file" : strerror(errno));
	if (fd >= 0)
		close(fd);
	if (length < 0)
		return true;
	text[length] = '\0';
	*out = (struct found){
		.verdict = LEDGER_VERDICT_GOOD,
		.how = LEDGER_HOW_READ,
		.value = f->result->value,
		.problem = "",
	};
	if (!number_read(text, &out->value))
		out->problem = "the number in it is too large; the one before "
			       "counts";
	return length > 0;
}

/*
 * False: its file system hangs, and would hang this process. Should one hang
 * later, the next process sees it here.
 */
static bool answers(struct runner *r, struct file *f)
{
	bool known = f->result->verdict == LEDGER_VERDICT_GOOD;
	const struct found found = {
		.verdict =
			known ? LEDGER_VERDICT_GOOD : LEDGER_VERDICT_UNUSABLE,
		.how = known ? LEDGER_HOW_READ : LEDGER_HOW_NONE,
		.value = f->result->value,
		.problem = known ? "its file system does not answer; the "
				   "number before counts"
				 : "its file system does not answer",
	};

	if (f->answers || bounded_path(f->conf->path))
		return f->answers = true;
	result_found(r, f->result, &found);
	return false;
}

/* What is in it counts from now on. */
static void look(struct runner *r, struct file *f, tick_t now)
{
	struct found found;
	bool first = f->result->verdict != LEDGER_VERDICT_GOOD;

	f->dirty = false;
	f->look_at = TICK_NEVER;
	if (!answers(r, f))
		return;
	if (!read_file(f, &found) && !first && f->result->value != 0) {
		if (f->empty_since == 0)
			f->empty_since = now;
		if (now - f->empty_since < EMPTY_TIME) {
			f->look_at = f->empty_since + EMPTY_TIME;
			return;
		}
	}
	f->empty_since = 0;
	result_found(r, f->result, &found);
}

static bool has_folder(const struct file *f)
{
	char folder[CONF_PATH_TEXT_MAX + 1];
	struct stat status;

	folder_of(f->conf->path, folder);
	return stat(folder, &status) == 0 && S_ISDIR(status.st_mode);
}

/* init_file: before the first look of all. */
static void make(const struct runner *r, const struct file *f)
{
	const struct conf_init_file *init = &f->conf->init;
	bool anew = init->when == CONF_INIT_FILE_OVERWRITE &&
		    !ledger_runner(r->ledger)->begun;
	int fd;

	if (init->when == CONF_INIT_FILE_NO)
		return;
	/* No link is followed: others may have put it there. */
	fd = open(f->conf->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		fchmod(fd, 0666u & ~(mode_t)r->model->global.scripts.umask);
	if (fd < 0 && errno == EEXIST && !anew)
		return;
	if (fd < 0 && errno == EEXIST)
		fd = open_file(f->conf->path, O_WRONLY | O_NOFOLLOW);
	if (fd < 0 || ftruncate(fd, 0) ||
	    dprintf(fd, "%d\n", (int)init->number) < 0)
		fprintf(stderr,
			"batond: run: track_file %s: init_file: %s: %s\n",
			f->conf->is.name, f->conf->path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* One whose folder never was there is not tracked, as in keepalived. */
static bool is_usable(struct runner *r, struct file *f)
{
	const struct found lost = {
		.verdict = LEDGER_VERDICT_UNUSABLE,
		.how = LEDGER_HOW_NONE,
		.problem = "its folder is not there",
	};
	bool known = f->result->verdict == LEDGER_VERDICT_GOOD;

	if (known || has_folder(f)) {
		if (!known)
			make(r, f);
		return true;
	}
	if (f->result->verdict != LEDGER_VERDICT_UNUSABLE)
		result_found(r, f->result, &lost);
	return false;
}

/* Where the kernel does not tell: it counts when it has come to rest. */
static void look_around(struct runner *r, struct file *f, tick_t now)
{
	struct stamp stamp = { .there = false };
	struct stat status;

	if (stat(f->conf->path, &status) == 0)
		stamp = stamp_of(&status);
	if (f->watch.unheard ||
	    (!same_stamp(&stamp, &f->seen) && same_stamp(&stamp, &f->pending)))
		look(r, f, now);
	f->pending = stamp;
}

/* Whether it must be looked at again and again. */
static bool is_unsure(const struct file *f)
{
	return f->watch.number < 0 || f->watch.silent || f->is_link;
}

static void watch(struct runner *r, struct file *f, tick_t now)
{
	if (!answers(r, f) || !is_usable(r, f))
		return;
	if (f->watch.number < 0)
		folder_watch(r, f);
	/* What happened before it was watched counts too. */
	if (f->watch.number >= 0 && !f->watch.begun)
		f->dirty = f->watch.begun = true;
	if (f->dirty || f->result->verdict != LEDGER_VERDICT_GOOD)
		look(r, f, now);
	else
		look_around(r, f, now);
}

tick_t files_due(struct runner *r, tick_t now)
{
	bool around = now >= r->look_around_at;

	if (now < r->files_at && !around)
		return tick_min(r->files_at, r->look_around_at);
	if (around)
		r->look_around_at = TICK_NEVER;
	r->files_at = folder_resume(r, now);
	for (uint32_t n = 0; n < r->file_count; n++) {
		struct file *f = &r->files[n];

		if (!f->wanted)
			continue;
		if (around && folder_is_exchanged(r, f)) {
			folder_watch(r, f);
			f->dirty = true;
		}
		if (f->dirty || now >= f->look_at)
			look(r, f, now);
		else if (around && is_unsure(f))
			watch(r, f, now);
		r->files_at = tick_min(r->files_at, f->look_at);
		r->look_around_at =
			tick_min(r->look_around_at, now + LOOK_EVERY);
	}
	return tick_min(r->files_at, r->look_around_at);
}

int files_setup(struct runner *r, const uint32_t *used)
{
	uint32_t first = conf_target_first(r->model, VRRP_TARGET_FILE);
	uint32_t wanted = 0;

	r->files_at = r->look_around_at = TICK_NEVER;
	r->file_count = r->model->file_count;
	r->files = calloc(r->file_count + 1, sizeof(*r->files));
	if (!r->files)
		return -ENOMEM;
	for (uint32_t n = 0; n < r->file_count; n++) {
		r->files[n] = (struct file){
			.conf = &r->model->files[n],
			.result = ledger_result_at(r->ledger, first + n),
			.wanted = used[first + n] > 0,
			.watch.number = -1,
			.look_at = TICK_NEVER,
		};
		wanted += r->files[n].wanted;
	}
	if (wanted > 0) {
		folder_open(r);
		for (uint32_t n = 0; n < r->file_count; n++)
			if (r->files[n].wanted)
				watch(r, &r->files[n], clock_now());
		r->look_around_at = 0; /* what the first look has left */
	}
	ledger_runner(r->ledger)->begun = true;
	return 0;
}
