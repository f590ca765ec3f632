/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The folders of tracked files: what the kernel tells of them (inotify(7)).
 * A folder is watched, not the file, which may be exchanged for another; files
 * of one folder share its watch.
 */
#include "runner/runner_state.h"

#include "base/must.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EVENTS                                                                 \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |            \
	 IN_MOVE_SELF | IN_ONLYDIR)

/*
 * What is taken in one turn, and the pause after a turn that had so much: who
 * may write in such a folder can fill it with events. What the kernel cannot
 * keep it drops, and says so.
 */
#define TURN_BYTES 16384
#define PAUSE      (10 * TICK_MILLISECOND)

/* Not in linux/magic.h of every kernel. */
#define MAGIC_FUSE 0x65735546
#define MAGIC_CIFS 0xff534d42u
#define MAGIC_SMB2 0xfe534d42u
#define MAGIC_CEPH 0x00c36400

/* Files there change without a write here. */
static bool is_silent(const struct statfs *fs)
{
	static const uint32_t magics[] = {
		PROC_SUPER_MAGIC,    SYSFS_MAGIC,   CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, NFS_SUPER_MAGIC,
		V9FS_MAGIC,          MAGIC_FUSE,    MAGIC_CIFS,
		MAGIC_SMB2,          MAGIC_CEPH,
	};

	for (size_t n = 0; n < ARRAY_LENGTH(magics); n++)
		if ((uint32_t)fs->f_type == magics[n])
			return true;
	return false;
}

/* ... and say nothing by their times either. */
static bool is_unheard(const struct statfs *fs)
{
	return fs->f_type == PROC_SUPER_MAGIC || fs->f_type == SYSFS_MAGIC ||
	       fs->f_type == CGROUP_SUPER_MAGIC ||
	       fs->f_type == CGROUP2_SUPER_MAGIC || fs->f_type == DEBUGFS_MAGIC;
}

void folder_of(const char *path, char *folder)
{
	const char *end = strrchr(path, '/');

	if (!end)
		strcpy(folder, ".");
	else
		snprintf(folder, CONF_PATH_TEXT_MAX + 1, "%.*s",
			 (int)(end == path ? 1 : end - path), path);
}

static const char *name_of(const struct file *f)
{
	const char *end = strrchr(f->conf->path, '/');

	return end ? end + 1 : f->conf->path;
}

void folder_watch(struct runner *r, struct file *f)
{
	char folder[CONF_PATH_TEXT_MAX + 1];
	struct stat status;
	struct statfs fs;

	folder_of(f->conf->path, folder);
	/* First this: who is exchanged in between is found out later. */
	if (stat(folder, &status) || statfs(folder, &fs))
		return;
	f->watch = (struct watch){
		.number = inotify_add_watch(r->watch_files.fd, folder, EVENTS),
		.silent = is_silent(&fs),
		.unheard = is_unheard(&fs),
		.device = status.st_dev,
		.inode = status.st_ino,
	};
}

/* Unless another path leads there too. */
static void unwatch(const struct runner *r, int number)
{
	for (uint32_t n = 0; n < r->file_count; n++)
		if (r->files[n].watch.number == number)
			return;
	inotify_rm_watch(r->watch_files.fd, number);
}

bool folder_is_exchanged(struct runner *r, struct file *f)
{
	char folder[CONF_PATH_TEXT_MAX + 1];
	struct stat status;
	int number = f->watch.number;

	if (number < 0)
		return false;
	folder_of(f->conf->path, folder);
	if (stat(folder, &status) == 0 && status.st_dev == f->watch.device &&
	    status.st_ino == f->watch.inode)
		return false;
	f->watch.number = -1;
	unwatch(r, number);
	return true;
}

/* It is read in the turn that follows. */
static void mark(struct runner *r, struct file *f)
{
	f->dirty = true;
	r->files_at = 0;
}

static void lost(struct runner *r)
{
	for (uint32_t n = 0; n < r->file_count; n++)
		if (r->files[n].wanted)
			mark(r, &r->files[n]);
}

static void changed(struct runner *r, const struct inotify_event *event)
{
	for (uint32_t n = 0; n < r->file_count; n++) {
		struct file *f = &r->files[n];

		if (f->watch.number != event->wd)
			continue;
		if (event->mask & IN_IGNORED)
			f->watch.number = -1; /* the folder has gone */
		else if (event->len == 0 || strcmp(event->name, name_of(f)))
			continue;
		mark(r, f);
	}
	/* Its place may be another's now; IN_IGNORED follows. */
	if (event->mask & IN_MOVE_SELF)
		inotify_rm_watch(r->watch_files.fd, event->wd);
}

static void ready(void *context, uint32_t events)
{
	struct runner *r = context;
	_Alignas(struct inotify_event) char bytes[TURN_BYTES];
	ssize_t length = read(r->watch_files.fd, bytes, sizeof(bytes));
	const struct inotify_event *event;

	(void)events;
	for (ssize_t at = 0; at < length;
	     at += (ssize_t)(sizeof(*event) + event->len)) {
		event = (const void *)(bytes + at);
		if (event->mask & IN_Q_OVERFLOW)
			lost(r);
		else
			changed(r, event);
	}
	if (length < TURN_BYTES / 2)
		return;
	loop_remove(&r->loop, &r->watch_files);
	r->files_resume = r->loop.now + PAUSE;
	r->files_at = 0;
}

tick_t folder_resume(struct runner *r, tick_t now)
{
	if (now < r->files_resume)
		return r->files_resume;
	if (r->files_resume != TICK_NEVER)
		loop_add(&r->loop, &r->watch_files, EPOLLIN);
	return r->files_resume = TICK_NEVER;
}

void folder_open(struct runner *r)
{
	r->files_resume = TICK_NEVER;
	r->watch_files =
		(struct loop_watch){ inotify_init1(IN_NONBLOCK | IN_CLOEXEC),
				     LOOP_OTHER, ready, r };
	if (r->watch_files.fd >= 0 &&
	    loop_add(&r->loop, &r->watch_files, EPOLLIN) == 0)
		return;
	fprintf(stderr,
		"batond: run: tracked files are looked at once a second: "
		"inotify: %s\n",
		strerror(errno));
}
