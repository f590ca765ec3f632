/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands and questions to IPVS, by libmnl.
 */
#include "sys/ipvs_message.h"

#include "base/ip.h"
#include "base/must.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <string.h>
#include <sys/socket.h>

static uint16_t address_family(uint8_t family)
{
	return family == IP_V6 ? AF_INET6 : AF_INET;
}

/* The holes that libmnl leaves are 0. */
static struct nlmsghdr *begin(void *bytes, uint16_t type, unsigned flags,
			      uint32_t sequence, unsigned command)
{
	struct nlmsghdr *message;
	struct genlmsghdr *head;

	memset(bytes, 0, IPVS_MESSAGE_MAX);
	message = mnl_nlmsg_put_header(bytes);
	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	message->nlmsg_seq = sequence;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->cmd = (uint8_t)command;
	head->version = 1; /* of the controller, and IPVS_GENL_VERSION */
	return message;
}

static struct nlmsghdr *
begin_ipvs(void *bytes, const struct ipvs_envelope *envelope, unsigned command)
{
	return begin(bytes, envelope->family, envelope->flags,
		     envelope->sequence, command);
}

static size_t end(const struct nlmsghdr *message)
{
	MUST(message->nlmsg_len <= IPVS_MESSAGE_MAX);
	return NLMSG_ALIGN(message->nlmsg_len);
}

static void put_key(struct nlmsghdr *message, const struct ipvs_key *key)
{
	mnl_attr_put_u16(message, IPVS_SVC_ATTR_AF,
			 address_family(key->family));
	if (key->mark) {
		mnl_attr_put_u32(message, IPVS_SVC_ATTR_FWMARK, key->mark);
		return;
	}
	mnl_attr_put_u16(message, IPVS_SVC_ATTR_PROTOCOL, key->protocol);
	mnl_attr_put(message, IPVS_SVC_ATTR_ADDR, sizeof(key->address),
		     key->address);
	mnl_attr_put_u16(message, IPVS_SVC_ATTR_PORT, htons(key->port));
}

static void put_service(struct nlmsghdr *message, const struct ipvs_service *s,
			bool whole)
{
	struct nlattr *nest =
		mnl_attr_nest_start(message, IPVS_CMD_ATTR_SERVICE);
	const struct ip_vs_flags flags = { s->flags, UINT32_MAX };

	put_key(message, &s->key);
	if (whole) {
		mnl_attr_put_strz(message, IPVS_SVC_ATTR_SCHED_NAME,
				  s->scheduler);
		if (s->engine[0])
			mnl_attr_put_strz(message, IPVS_SVC_ATTR_PE_NAME,
					  s->engine);
		mnl_attr_put(message, IPVS_SVC_ATTR_FLAGS, sizeof(flags),
			     &flags);
		mnl_attr_put_u32(message, IPVS_SVC_ATTR_TIMEOUT, s->timeout);
		mnl_attr_put_u32(message, IPVS_SVC_ATTR_NETMASK,
				 s->key.family == IP_V6 ? s->netmask
							: htonl(s->netmask));
	}
	mnl_attr_nest_end(message, nest);
}

static void put_tunnel(struct nlmsghdr *message, const struct ipvs_dest *d)
{
	mnl_attr_put_u8(message, IPVS_DEST_ATTR_TUN_TYPE, d->tunnel);
	mnl_attr_put_u16(message, IPVS_DEST_ATTR_TUN_PORT,
			 htons(d->tunnel_port));
	mnl_attr_put_u16(message, IPVS_DEST_ATTR_TUN_FLAGS, d->tunnel_flags);
}

static void put_dest(struct nlmsghdr *message, const struct ipvs_dest *d,
		     bool whole)
{
	struct nlattr *nest = mnl_attr_nest_start(message, IPVS_CMD_ATTR_DEST);

	mnl_attr_put_u16(message, IPVS_DEST_ATTR_ADDR_FAMILY,
			 address_family(d->family));
	mnl_attr_put(message, IPVS_DEST_ATTR_ADDR, sizeof(d->address),
		     d->address);
	mnl_attr_put_u16(message, IPVS_DEST_ATTR_PORT, htons(d->port));
	if (whole) {
		mnl_attr_put_u32(message, IPVS_DEST_ATTR_FWD_METHOD,
				 d->forward);
		mnl_attr_put_u32(message, IPVS_DEST_ATTR_WEIGHT,
				 (uint32_t)d->weight);
		mnl_attr_put_u32(message, IPVS_DEST_ATTR_U_THRESH, d->upper);
		mnl_attr_put_u32(message, IPVS_DEST_ATTR_L_THRESH, d->lower);
		if (d->forward == IPVS_TUNNEL)
			put_tunnel(message, d);
	}
	mnl_attr_nest_end(message, nest);
}

size_t ipvs_encode_change(void *bytes, const struct ipvs_envelope *envelope,
			  const struct ipvs_change *change)
{
	struct nlmsghdr *message = begin_ipvs(bytes, envelope, change->command);

	put_service(message, change->service,
		    change->command == IPVS_NEW_SERVICE ||
			    change->command == IPVS_SET_SERVICE);
	if (change->dest)
		put_dest(message, change->dest,
			 change->command != IPVS_DEL_DEST);
	return end(message);
}

size_t ipvs_encode_get(void *bytes, const struct ipvs_envelope *envelope,
		       enum ipvs_question question, const struct ipvs_key *key)
{
	struct nlmsghdr *message = begin_ipvs(bytes, envelope, question);
	struct nlattr *nest;

	if (key) {
		nest = mnl_attr_nest_start(message, IPVS_CMD_ATTR_SERVICE);
		put_key(message, key);
		mnl_attr_nest_end(message, nest);
	}
	return end(message);
}

static void put_daemon_options(struct nlmsghdr *message,
			       const struct ipvs_daemon *d)
{
	uint32_t group;

	mnl_attr_put_strz(message, IPVS_DAEMON_ATTR_MCAST_IFN, d->interface);
	mnl_attr_put_u32(message, IPVS_DAEMON_ATTR_SYNC_ID, d->id);
	if (d->maxlen)
		mnl_attr_put_u16(message, IPVS_DAEMON_ATTR_SYNC_MAXLEN,
				 d->maxlen);
	if (d->port)
		mnl_attr_put_u16(message, IPVS_DAEMON_ATTR_MCAST_PORT, d->port);
	if (d->ttl)
		mnl_attr_put_u8(message, IPVS_DAEMON_ATTR_MCAST_TTL, d->ttl);
	if (d->group_family == IP_V4) {
		memcpy(&group, d->group, sizeof(group));
		mnl_attr_put_u32(message, IPVS_DAEMON_ATTR_MCAST_GROUP, group);
	} else if (d->group_family == IP_V6) {
		mnl_attr_put(message, IPVS_DAEMON_ATTR_MCAST_GROUP6,
			     sizeof(d->group), d->group);
	}
}

size_t ipvs_encode_daemon(void *bytes, const struct ipvs_envelope *envelope,
			  bool start, const struct ipvs_daemon *daemon)
{
	struct nlmsghdr *message =
		begin_ipvs(bytes, envelope,
			   start ? IPVS_CMD_NEW_DAEMON : IPVS_CMD_DEL_DAEMON);
	struct nlattr *nest =
		mnl_attr_nest_start(message, IPVS_CMD_ATTR_DAEMON);

	mnl_attr_put_u32(message, IPVS_DAEMON_ATTR_STATE, daemon->role);
	if (start)
		put_daemon_options(message, daemon);
	mnl_attr_nest_end(message, nest);
	return end(message);
}

size_t ipvs_encode_timeouts(void *bytes, const struct ipvs_envelope *envelope,
			    const struct ipvs_timeouts *timeouts)
{
	struct nlmsghdr *message =
		begin_ipvs(bytes, envelope, IPVS_CMD_SET_CONFIG);

	mnl_attr_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_TCP, timeouts->tcp);
	mnl_attr_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
			 timeouts->tcp_fin);
	mnl_attr_put_u32(message, IPVS_CMD_ATTR_TIMEOUT_UDP, timeouts->udp);
	return end(message);
}

size_t ipvs_encode_resolve(void *bytes, uint32_t sequence)
{
	struct nlmsghdr *message =
		begin(bytes, GENL_ID_CTRL, 0, sequence, CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME);
	return end(message);
}
