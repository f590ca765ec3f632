/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to the state; a name of the kernel's own workers may have 64 bytes. */
#define STAT_SIZE 128
/* All of it: 52 numbers. */
#define STAT_WHOLE 1200
/* Of "status": Uid is the tenth line or so, a name is at most 64 bytes. */
#define STATUS_SIZE 512

static size_t read_of(pid_t pid, const char *file, char *bytes, size_t size)
{
	char path[64];
	size_t length = 0;
	ssize_t got = 1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	for (; length < size && got > 0; length += got > 0 ? (size_t)got : 0)
		got = read(fd, bytes + length, size - length);
	close(fd);
	return length;
}

bool procfs_name(pid_t pid, char name[PROCFS_NAME_SIZE])
{
	char text[STAT_SIZE + 1];
	size_t length = read_of(pid, "stat", text, STAT_SIZE);
	char *begin, *end;

	/* "12 (name) S …": anything may be in a name. */
	text[length] = '\0';
	begin = strchr(text, '(');
	end = strrchr(text, ')');
	if (!begin || !end || end < begin || end[1] != ' ')
		return false;
	if (end[2] == 'Z' || end[2] == 'X')
		return false;
	*end = '\0';
	snprintf(name, PROCFS_NAME_SIZE, "%s", begin + 1);
	return true;
}

uint64_t procfs_start_time(pid_t pid)
{
	char text[STAT_WHOLE + 1];
	const char *at;

	text[read_of(pid, "stat", text, STAT_WHOLE)] = '\0';
	at = strrchr(text, ')'); /* the name is field 2 */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

pid_t procfs_parent(pid_t pid)
{
	char text[STAT_SIZE + 1];
	const char *end;
	pid_t parent = 0;

	text[read_of(pid, "stat", text, STAT_SIZE)] = '\0';
	end = strrchr(text, ')'); /* the name may have anything in it */
	return end && sscanf(end, ") %*c %d", &parent) == 1 ? parent : 0;
}

size_t procfs_command(pid_t pid, char *bytes, size_t size)
{
	return read_of(pid, "cmdline", bytes, size);
}

/* What a link of /proc says; false: it cannot be read. */
static bool read_link(const char *path, char *text, size_t size)
{
	ssize_t length = readlink(path, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	return length > 0;
}

bool procfs_program(pid_t pid, char program[PROCFS_PROGRAM_SIZE])
{
	static const char removed[] = " (deleted)";
	char path[64], text[PATH_MAX];
	const char *name;
	size_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if (!read_link(path, text, sizeof(text)))
		return false;
	length = strlen(text);
	if (length > sizeof(removed) &&
	    strcmp(text + length - strlen(removed), removed) == 0)
		text[length - strlen(removed)] = '\0';
	name = strrchr(text, '/');
	name = name ? name + 1 : text;
	if (strlen(name) >= PROCFS_PROGRAM_SIZE)
		return false;
	memcpy(program, name, strlen(name) + 1);
	return true;
}

bool procfs_is_ours(pid_t pid)
{
	char text[STATUS_SIZE + 1];
	unsigned users[3];
	const char *line;

	text[read_of(pid, "status", text, STATUS_SIZE)] = '\0';
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u", &users[0], &users[1],
			    &users[2]) != 3)
		return false;
	for (unsigned n = 0; n < 3; n++)
		if (users[n] != 0 && users[n] != geteuid())
			return false;
	return true;
}

bool procfs_shares(pid_t pid, const char *kind)
{
	char path[64];
	struct stat own, its;

	snprintf(path, sizeof(path), "/proc/self/ns/%s", kind);
	if (stat(path, &own))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return stat(path, &its) == 0 && its.st_ino == own.st_ino &&
	       its.st_dev == own.st_dev;
}

/* Calls back for each number that is a name in that folder. */
static int each_number(const char *folder,
		       void (*call)(void *context, int number), void *context)
{
	DIR *all = opendir(folder);
	struct dirent *one;

	if (!all)
		return -errno;
	while ((one = readdir(all))) {
		char *end;
		long number = strtol(one->d_name, &end, 10);

		if (*end == '\0' && end != one->d_name && number >= 0 &&
		    number <= INT_MAX)
			call(context, (int)number);
	}
	closedir(all);
	return 0;
}

struct descriptors {
	const char *folder;
	void (*call)(void *context, int fd, const char *leads_to);
	void *context;
};

static void look_at_descriptor(void *context, int fd)
{
	const struct descriptors *d = context;
	char path[96], text[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d", d->folder, fd);
	if (read_link(path, text, sizeof(text)))
		d->call(d->context, fd, text);
}

int procfs_each_descriptor(pid_t pid,
			   void (*call)(void *context, int fd,
					const char *leads_to),
			   void *context)
{
	char folder[64];
	struct descriptors d = { folder, call, context };

	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	return each_number(folder, look_at_descriptor, &d);
}

struct processes {
	void (*call)(void *context, pid_t pid);
	void *context;
};

static void look_at_process(void *context, int pid)
{
	const struct processes *p = context;

	if (pid > 0)
		p->call(p->context, pid);
}

int procfs_each(void (*call)(void *context, pid_t pid), void *context)
{
	struct processes p = { call, context };

	return each_number("/proc", look_at_process, &p);
}
