/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files/machine.h says, from /proc/sys and getifaddrs(3). */
#include "files/machine.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of net.ipv4.conf.*.rp_filter (ip-sysctl): RFC 3704 2.2. */
#define RP_STRICT '1'

/* The first digit of a setting, or '0' where there is none. */
static char setting(const char *family, const char *interface, const char *name)
{
	char path[128], first = '0';
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family,
		 interface, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return '0';
	if (read(fd, &first, 1) != 1)
		first = '0';
	close(fd);
	return first;
}

/*
 * The address from which this machine would send to one beside that address,
 * where other routers may be; false: it cannot.
 */
static bool source_beside(const struct in_addr *address, struct in_addr *out)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 9 };
	socklen_t size = sizeof(to);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	if (fd < 0)
		return false;
	to.sin_addr.s_addr = address->s_addr ^ htonl(1);
	found = connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
		getsockname(fd, (struct sockaddr *)&to, &size) == 0;
	close(fd);
	*out = to.sin_addr;
	return found;
}

static const struct in_addr *address_of(const struct ifaddrs *one,
					const char *interface)
{
	if (strcmp(one->ifa_name, interface) != 0 || !one->ifa_addr ||
	    one->ifa_addr->sa_family != AF_INET)
		return NULL;
	return &((const struct sockaddr_in *)(const void *)one->ifa_addr)
			->sin_addr;
}

/* Whether others of its network are reached by that interface. */
static bool is_reached(const struct ifaddrs *all, const char *interface)
{
	const struct in_addr *first = NULL, *is;
	struct in_addr source;

	for (const struct ifaddrs *one = all; one && !first;
	     one = one->ifa_next)
		first = address_of(one, interface);
	if (!first)
		return true; /* no address, no network */
	if (!source_beside(first, &source))
		return false;
	for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
		is = address_of(one, interface);
		if (is && is->s_addr == source.s_addr)
			return true;
	}
	return false;
}

static unsigned flags_of(const struct ifaddrs *all, const char *interface)
{
	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		if (strcmp(one->ifa_name, interface) == 0)
			return one->ifa_flags;
	return 0;
}

bool machine_ipv6_is_off(const char *interface)
{
	return setting("ipv6", interface, "disable_ipv6") == '1';
}

unsigned machine_obstacles(const char *interface)
{
	char any = setting("ipv4", "all", "rp_filter");
	char own = setting("ipv4", interface, "rp_filter");
	struct ifaddrs *all;
	unsigned flags, found = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	flags = flags_of(all, interface);
	/* Tunnels have no ARP, and need none. */
	if ((flags & IFF_NOARP) && (flags & IFF_BROADCAST))
		found |= CONF_OBSTACLE_NO_ARP;
	if (flags && machine_ipv6_is_off(interface))
		found |= CONF_OBSTACLE_NO_IPV6;
	/* The larger of both holds. */
	if (flags && (any > own ? any : own) == RP_STRICT &&
	    !is_reached(all, interface))
		found |= CONF_OBSTACLE_RP_FILTER;
	freeifaddrs(all);
	return found;
}
