/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Up to the state; a name of the kernel's own workers may have 64 bytes. */
#define STAT_SIZE 128
/* All of it: 52 numbers. */
#define STAT_WHOLE 1200

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

int procfs_each(void (*call)(void *context, pid_t pid), void *context)
{
	DIR *all = opendir("/proc");
	struct dirent *one;

	if (!all)
		return -errno;
	while ((one = readdir(all))) {
		char *end;
		long pid = strtol(one->d_name, &end, 10);

		if (*end == '\0' && pid > 0)
			call(context, (pid_t)pid);
	}
	closedir(all);
	return 0;
}
