/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mnl_attr_for_each() counts bytes in an int; a message is far shorter. */
#pragma GCC diagnostic ignored "-Wconversion"

#include "sys/way.h"

#include "sys/mirror_parse.h"
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_ROOM 256
/* A link's answer, with its statistics and addresses. */
#define ANSWER_ROOM 32768
/* Answers to earlier questions that are passed over. */
#define OTHERS_MOST 8

int way_open(struct way *w)
{
	*w = (struct way){ .fd = socket(AF_NETLINK,
					SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
					NETLINK_ROUTE) };
	return w->fd < 0 ? -errno : 0;
}

/* The error with that an answer refuses. */
static int refusal_of(const struct nlmsghdr *message)
{
	const struct nlmsgerr *refusal = mnl_nlmsg_get_payload(message);

	return mnl_nlmsg_get_payload_len(message) >= sizeof(refusal->error) &&
			       refusal->error < 0
		       ? -refusal->error
		       : EPROTO;
}

/* What the kernel answers, or NULL and errno: it refuses, or says nothing. */
static const struct nlmsghdr *ask(struct way *w, struct nlmsghdr *request,
				  char answer[ANSWER_ROOM])
{
	struct sockaddr_nl from = { 0 };

	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = ++w->sequence;
	if (send(w->fd, request, request->nlmsg_len, 0) < 0)
		return NULL;
	for (unsigned n = 0; n < OTHERS_MOST; n++) {
		socklen_t size = sizeof(from);
		ssize_t length =
			recvfrom(w->fd, answer, ANSWER_ROOM, MSG_DONTWAIT,
				 (struct sockaddr *)&from, &size);
		const char *at = answer;
		size_t left = length > 0 ? (size_t)length : 0;
		const struct nlmsghdr *message;

		if (length < 0)
			return NULL;
		message = netlink_take(&at, &left);
		if (!message || !netlink_is_kernel(&from, size) ||
		    message->nlmsg_seq != w->sequence)
			continue;
		if (message->nlmsg_type != NLMSG_ERROR)
			return message;
		errno = refusal_of(message);
		return NULL;
	}
	errno = EAGAIN;
	return NULL;
}

static void put_address(struct nlmsghdr *request, uint16_t type,
			const struct ip *ip)
{
	if (ip->family != IP_NONE)
		mnl_attr_put(request, type, ip->family == IP_V6 ? 16 : 4,
			     ip->bytes);
}

/* The number of the link, or 0. */
static uint32_t link_to(struct way *w, const struct way_to *to)
{
	char room[REQUEST_ROOM], answer[ANSWER_ROOM];
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct rtmsg *route =
		mnl_nlmsg_put_extra_header(request, sizeof(*route));
	const struct nlmsghdr *message;
	const struct nlattr *attribute;
	uint8_t length = to->address.family == IP_V6 ? 128 : 32;

	request->nlmsg_type = RTM_GETROUTE;
	route->rtm_family = to->address.family == IP_V6 ? AF_INET6 : AF_INET;
	route->rtm_dst_len = length;
	put_address(request, RTA_DST, &to->address);
	if (to->from.family == to->address.family) {
		route->rtm_src_len = length;
		put_address(request, RTA_SRC, &to->from);
	}
	if (to->mark)
		mnl_attr_put_u32(request, RTA_MARK, to->mark);
	message = ask(w, request, answer);
	if (!message || message->nlmsg_type != RTM_NEWROUTE ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*route))
		return 0;
	mnl_attr_for_each(attribute, message, sizeof(*route))
	{
		if (mnl_attr_get_type(attribute) == RTA_OIF &&
		    mnl_attr_validate(attribute, MNL_TYPE_U32) == 0)
			return mnl_attr_get_u32(attribute);
	}
	return 0;
}

/* The link of that number, or where that is 0, of that name: 0 or -errno. */
static int find_link(struct way *w, uint32_t index, const char *name,
		     struct mirror_link *link)
{
	char room[REQUEST_ROOM], answer[ANSWER_ROOM];
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);
	struct ifinfomsg *asked =
		mnl_nlmsg_put_extra_header(request, sizeof(*asked));
	const struct nlmsghdr *message;

	request->nlmsg_type = RTM_GETLINK;
	asked->ifi_index = (int)index;
	if (index == 0)
		mnl_attr_put_strz(request, IFLA_IFNAME, name);
	message = ask(w, request, answer);
	if (!message)
		return -errno;
	return message->nlmsg_type == RTM_NEWLINK &&
			       mirror_parse_link(message, link)
		       ? 0
		       : -EPROTO;
}

bool way_index(struct way *w, const char *name, uint32_t *index)
{
	struct mirror_link link;
	int error = find_link(w, 0, name, &link);

	if (error && error != -ENODEV)
		return false;
	*index = error ? 0 : link.ifindex;
	return true;
}

bool way_is_down(struct way *w, const struct way_to *to, char name[IFNAMSIZ])
{
	uint32_t index = to->interface ? 0 : link_to(w, to);
	struct mirror_link link;

	if (!to->interface && index == 0)
		return false;
	if (find_link(w, index, to->interface, &link) || link.carrier)
		return false;
	memcpy(name, link.name, IFNAMSIZ);
	return true;
}
