/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/devlog.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_SIZE 1024 /* RFC 3164, 4.1 */

static const char *name = "batond";
static int facility = LOG_DAEMON;
static int fd = -1;
static bool is_stream; /* where a line ends with a zero */

void devlog_open(const char *of, int that)
{
	name = of;
	facility = that;
}

static void hang_up(void)
{
	if (fd >= 0)
		close(fd);
	fd = -1;
}

/* 0 or an errno. */
static int call(int type)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX,
					     .sun_path = "/dev/log" };
	int error;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
	    0)
		return 0;
	error = errno;
	hang_up();
	return error;
}

static bool connected(void)
{
	int error;

	if (fd >= 0)
		return true;
	is_stream = false;
	error = call(SOCK_DGRAM);
	if (error == EPROTOTYPE) {
		is_stream = true;
		error = call(SOCK_STREAM);
	}
	return error == 0;
}

static bool send_line(const char *line, size_t length)
{
	ssize_t sent = send(fd, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent == (ssize_t)length)
		return true;
	/* It began another life, or has a part of a line. */
	if (sent >= 0 || (errno != EAGAIN && errno != ENOBUFS))
		hang_up();
	return false;
}

/* The C library's names of months depend on the locale; these do not. */
static void put_date(char *date, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm parts;

	date[0] = '\0';
	if (localtime_r(&now, &parts))
		snprintf(date, size, "%.3s %2d %02d:%02d:%02d ",
			 months + 3 * (parts.tm_mon % 12), parts.tm_mday,
			 parts.tm_hour, parts.tm_min, parts.tm_sec);
}

bool devlog_write(int priority, const char *line)
{
	char date[64], text[LINE_MAX_SIZE];
	size_t length;

	put_date(date, sizeof(date));
	snprintf(text, sizeof(text), "<%d>%s%s[%d]: %s", facility | priority,
		 date, name, (int)getpid(), line);
	length = strlen(text);
	for (int tries = 0; tries < 2; tries++) {
		if (!connected())
			return false;
		if (send_line(text, length + is_stream))
			return true;
		if (fd >= 0)
			return false; /* it takes nothing just now */
	}
	return false;
}
