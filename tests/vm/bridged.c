/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel of the virtual machine has nftables for bridges alone. Loaded
 * before a program by LD_PRELOAD, this makes its tables of IPv4 and IPv6 tables
 * of bridges: packets that come to a bridge's own address pass the same hook
 * (input) with the same offsets, and the mark goes with them to IPVS. Of the
 * two tables keepalived_ipvs, that of IPv6 is called keepalived_ipv6 there.
 */
#include <dlfcn.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char name[] = "keepalived_ipvs", of_ipv6[] = "keepalived_ipv6";

struct mnl_socket;
ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *bytes,
			  size_t length);

static void rename_all(char *bytes, size_t length, const char *from,
		       const char *to)
{
	char *end = bytes + length, *at;

	while ((at = memmem(bytes, (size_t)(end - bytes), from, sizeof(name))))
		memcpy(at, to, sizeof(name));
}

static void change(struct nlmsghdr *m)
{
	struct nfgenmsg *head = NLMSG_DATA(m);

	if (m->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return;
	if (head->nfgen_family == NFPROTO_IPV6)
		rename_all((char *)m, m->nlmsg_len, name, of_ipv6);
	if (head->nfgen_family == NFPROTO_IPV6 ||
	    head->nfgen_family == NFPROTO_IPV4)
		head->nfgen_family = NFPROTO_BRIDGE;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *s, const void *bytes,
			  size_t length)
{
	ssize_t (*call)(const struct mnl_socket *, const void *, size_t) =
		(ssize_t(*)(const struct mnl_socket *, const void *,
			    size_t))dlsym(RTLD_NEXT, "mnl_socket_sendto");
	char *copy = malloc(length);
	ssize_t sent;

	memcpy(copy, bytes, length);
	for (size_t at = 0; at + sizeof(struct nlmsghdr) <= length;) {
		struct nlmsghdr *m = (struct nlmsghdr *)(void *)(copy + at);

		change(m);
		at += NLMSG_ALIGN(m->nlmsg_len);
	}
	sent = call(s, copy, length);
	free(copy);
	return sent;
}

ssize_t recvfrom(int fd, void *bytes, size_t size, int flags,
		 struct sockaddr *from, socklen_t *from_size)
{
	ssize_t (*call)(int, void *, size_t, int, struct sockaddr *,
			socklen_t *) =
		(ssize_t(*)(int, void *, size_t, int, struct sockaddr *,
			    socklen_t *))dlsym(RTLD_NEXT, "recvfrom");
	ssize_t length = call(fd, bytes, size, flags, from, from_size);

	if (length > 0)
		rename_all(bytes, (size_t)length, of_ipv6, name);
	return length;
}
