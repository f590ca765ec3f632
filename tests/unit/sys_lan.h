/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace of the test program's own, which ends with it, and
 * iproute2 to furnish it. Include it after cmocka.
 */
#pragma once

#include "base/tick.h"
#include "sys/clock.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* No condition takes longer to become true. */
#define LAN_PATIENCE (20 * TICK_SECOND)

static bool lan_made;

/* Group set-up: unshares the namespace. Tests begin with lan_need(). */
__attribute__((unused)) static int lan_set_up(void **state)
{
	(void)state;
	lan_made = geteuid() == 0 && unshare(CLONE_NEWNET) == 0 &&
		   system("ip link set lo up") == 0;
	return 0;
}

#define lan_need()                                                             \
	do {                                                                   \
		if (!lan_made) {                                               \
			print_message("# skipped: needs root, to make a "      \
				      "network namespace\n");                  \
			skip();                                                \
		}                                                              \
	} while (0)

/* Runs `ip` with these arguments; the test fails if it does. */
__attribute__((format(printf, 1, 2), unused)) static void
lan_ip(const char *format, ...)
{
	char command[512] = "ip ";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command + 3, sizeof(command) - 3, format, arguments);
	va_end(arguments);
	assert_int_equal(system(command), 0);
}

/* Many commands at once, `format` for each number below `count`. */
__attribute__((unused)) static void lan_ip_each(unsigned count,
						const char *format)
{
	FILE *ip = popen("ip -batch -", "w");

	assert_non_null(ip);
	for (unsigned i = 0; i < count; i++) {
		for (const char *c = format; *c; c++) {
			if (*c == '#')
				fprintf(ip, "%u", i);
			else
				fputc(*c, ip);
		}
		fputc('\n', ip);
	}
	assert_int_equal(pclose(ip), 0);
}

__attribute__((unused)) static uint32_t lan_index(const char *name)
{
	uint32_t ifindex = if_nametoindex(name);

	assert_int_not_equal(ifindex, 0);
	return ifindex;
}

/*
 * Waits until an interface runs. Before that the kernel drops what is sent:
 * it notices a carrier some time after the link is up.
 */
__attribute__((unused)) static void lan_running(const char *name)
{
	tick_t deadline = clock_now() + LAN_PATIENCE;
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	do {
		if (request.ifr_flags)
			poll(NULL, 0, 1);
		assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	} while (!(request.ifr_flags & IFF_RUNNING) && clock_now() < deadline);
	assert_true(request.ifr_flags & IFF_RUNNING);
	close(fd);
}

__attribute__((unused)) static void lan_write(const char *path,
					      const char *text)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Waits until a descriptor can be read; false if it takes too long. */
__attribute__((unused)) static bool lan_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, (int)(LAN_PATIENCE / TICK_MILLISECOND)) == 1;
}

/*
 * Sends a netlink datagram to the socket of somebody, as who is not the kernel;
 * or with fd -1 to a group of all.
 */
__attribute__((unused)) static void lan_tell(int fd, uint32_t group,
					     const void *bytes, size_t length)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(to);
	int stranger = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	assert_true(stranger >= 0);
	if (fd >= 0)
		assert_int_equal(getsockname(fd, (void *)&to, &size), 0);
	to.nl_groups = group;
	sendto(stranger, bytes, length, 0, (void *)&to, sizeof(to));
	close(stranger);
}
