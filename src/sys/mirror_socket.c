/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The socket of sys/mirror_socket.h. */
#include "sys/mirror_socket.h"
#include "base/must.h"
#include "sys/mirror_filter.h"
#include "sys/netlink_route.h"
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

/* Of the groups to join, those of links and addresses. */
#define GROUPS_WITHOUT_ROUTES 3

static const struct {
	uint16_t type;
	uint8_t family;
	uint8_t body; /* bytes, of which rtgen_family is the first */
} dumps[] = {
	[MIRROR_STAGE_LINKS] = { RTM_GETLINK, AF_UNSPEC,
				 sizeof(struct ifinfomsg) },
	[MIRROR_STAGE_ADDRESSES] = { RTM_GETADDR, AF_UNSPEC,
				     sizeof(struct ifaddrmsg) },
	[MIRROR_STAGE_ROUTES_IPV4] = { RTM_GETROUTE, AF_INET,
				       sizeof(struct rtmsg) },
	[MIRROR_STAGE_ROUTES_IPV6] = { RTM_GETROUTE, AF_INET6,
				       sizeof(struct rtmsg) },
	[MIRROR_STAGE_RULES_IPV4] = { RTM_GETRULE, AF_INET,
				      sizeof(struct fib_rule_hdr) },
	[MIRROR_STAGE_RULES_IPV6] = { RTM_GETRULE, AF_INET6,
				      sizeof(struct fib_rule_hdr) },
};

int mirror_socket_open(struct mnl_socket **out, uint32_t buffer,
		       bool within_rmem_max, bool routes)
{
	static const int groups[] = {
		RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE,
	};
	unsigned count = routes ? ARRAY_LENGTH(groups) : GROUPS_WITHOUT_ROUTES;
	int size = (int)buffer, on = 1;
	int fd;

	*out = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!*out || mnl_socket_bind(*out, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	fd = mnl_socket_get_fd(*out);
	/* Beyond rmem_max only with CAP_NET_ADMIN; without, as it goes. */
	if (within_rmem_max ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (routes) {
		/* Without either, others' routes are read and forgotten. */
		mnl_socket_setsockopt(*out, NETLINK_GET_STRICT_CHK, &on,
				      sizeof(on));
		mirror_filter_attach(fd);
	}
	for (unsigned i = 0; i < count; i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(*out, NETLINK_ADD_MEMBERSHIP, &group,
					  sizeof(group)))
			return -errno;
	}
	return 0;
}

int mirror_socket_dump(const struct mnl_socket *socket, enum mirror_stage stage,
		       uint32_t sequence)
{
	_Alignas(struct nlmsghdr) char bytes[64] = { 0 };
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);
	struct rtmsg *body;

	message->nlmsg_type = dumps[stage].type;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	body = mnl_nlmsg_put_extra_header(message, dumps[stage].body);
	body->rtm_family = dumps[stage].family;
	if (dumps[stage].type == RTM_GETROUTE)
		body->rtm_protocol = SYS_ROUTE_PROTOCOL;
	if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
		return -errno;
	return 0;
}

int mirror_socket_receive(const struct mnl_socket *socket,
			  struct mmsghdr *messages, unsigned count)
{
	struct sockaddr_nl from[MIRROR_SOCKET_BATCH];
	int got;

	MUST(count <= MIRROR_SOCKET_BATCH);
	for (unsigned i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_name = &from[i];
		messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
	}
	got = recvmmsg(mnl_socket_get_fd(socket), messages, count, MSG_DONTWAIT,
		       NULL);
	for (int i = 0; i < got; i++)
		if (!netlink_is_kernel(&from[i],
				       messages[i].msg_hdr.msg_namelen)) {
			messages[i].msg_len = 0;
			messages[i].msg_hdr.msg_flags = 0; /* nor is it cut */
		}
	return got < 0 ? -errno : got;
}
