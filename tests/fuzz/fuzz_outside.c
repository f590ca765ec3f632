/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small parsers of bytes from outside, which the first byte chooses: what users
 * write into tracked files and reload_time_file, what the kernel tells of
 * processes, /proc, and commands that are compared with what is tracked.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "datagrams.h"
#include "runner/match.h"
#include "runner/number.h"
#include "runner/when.h"
#include "sys/procevents.h"
#include "sys/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is in the files of /proc. */
static struct reader proc;

/* In the place of open(2), by the linker. */
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	size_t size = reader_left(&proc);
	int fd;

	MUST(!(flags & O_CREAT));
	if (strncmp(path, "/proc/", 6) != 0)
		return __real_open(path, flags);
	fd = memfd_create("proc", MFD_CLOEXEC);
	MUST(fd >= 0 && write(fd, proc.at, size) == (ssize_t)size);
	MUST(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* The rest of the input as a text of at most so many bytes; free(3) it. */
static char *text_of(struct reader *input, size_t most)
{
	size_t length = reader_left(input) < most ? reader_left(input) : most;
	char *text = malloc(length + 1);

	MUST(text);
	if (length > 0)
		memcpy(text, read_bytes(input, length), length);
	text[length] = '\0';
	return text;
}

static void read_number(struct reader *input)
{
	char *text = text_of(input, NUMBER_BYTES);
	int32_t number = 4711;

	if (!number_read(text, &number))
		MUST(number == 4711);
	else if (text[0] < '0' || text[0] > '9')
		MUST(number == 0 || strpbrk(text, "+-\t\n\v\f\r "));
	free(text);
}

static void read_when(struct reader *input)
{
	const time_t now = 1700000000;
	char *text = text_of(input, WHEN_BYTES);
	time_t when = 0;

	if (when_read(text, now, &when) && strcspn(text, "\n") < 12)
		MUST(when > now && when - now <= 26 * 3600);
	free(text);
}

/* Words that end with a zero each, then the name, then the command. */
static void compare(struct reader *input)
{
	const char *words[WORDS_MAX];
	struct conf_track_process of = { .process.list = words };
	uint8_t how = read_u8(input);
	char *text = text_of(input, 4096);
	size_t left = strlen(text) + 1;
	char *at = text;

	of.match = how % 4;
	of.full_command = how & 4;
	while (left > 1 && of.process.count < WORDS_MAX) {
		words[of.process.count++] = at;
		left -= 1;
		at = strpbrk(at, "\n ");
		if (!at)
			break;
		*at++ = '\0';
	}
	if (of.process.count > 0 && at) {
		size_t length = strlen(at);
		char *command = malloc(length + 1);

		MUST(command);
		memcpy(command, at, length + 1);
		for (size_t n = 0; n < length; n++)
			if (command[n] == ' ')
				command[n] = '\0';
		(void)match_process(&of, at, command, length);
		free(command);
	}
	free(text);
}

/* Datagrams behind a byte of their length and one of their sender. */
static void hear(struct reader *input)
{
	struct procevent events[16];
	int count;

	datagrams_clear();
	while (reader_left(input) > 2) {
		size_t length = read_u8(input);
		struct sockaddr_nl from = { .nl_family = AF_NETLINK,
					    .nl_pid = read_u8(input) & 1 };

		if (length > reader_left(input))
			length = reader_left(input);
		datagrams_add(read_bytes(input, length), length, &from,
			      sizeof(from));
	}
	while ((count = procevents_read(-1, events, 16)) > 0)
		for (int n = 0; n < count; n++)
			MUST(events[n].what <= PROCEVENT_LOST);
	MUST(count == 0 && datagrams_count() == 0);
}

static void look(struct reader *input)
{
	char name[PROCFS_NAME_SIZE], *command;
	size_t most = read_u8(input) * 8u;

	proc = *input;
	if (procfs_name(1, name))
		MUST(strlen(name) < PROCFS_NAME_SIZE);
	(void)procfs_start_time(1);
	(void)procfs_parent(1);
	command = malloc(most + 1);
	MUST(command);
	MUST(procfs_command(1, command, most) <= most);
	free(command);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(struct reader * input) = {
		read_number, read_when, compare, hear, look,
	};
	struct reader input = reader_over(data, size);
	uint8_t which = read_u8(&input);

	if (size > 0)
		parsers[which % ARRAY_LENGTH(parsers)](&input);
	return 0;
}
