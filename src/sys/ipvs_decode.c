/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of IPVS, by libmnl.
 */
#include "sys/ipvs_message.h"

#include "base/must.h"

#include "base/ip.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The highest number of an attribute that is known here. */
#define ATTRIBUTES 32

struct attributes {
	const struct nlattr *at[ATTRIBUTES];
};

/*
 * All that lie in `left` bytes. mnl_attr_for_each() is not used: it takes the
 * end of a message for aligned, and reads behind one that is not.
 */
static void take(struct attributes *all, const void *bytes, size_t left)
{
	const char *at = bytes;

	*all = (struct attributes){ 0 };
	while (left >= sizeof(struct nlattr)) {
		const struct nlattr *attribute = (const void *)at;
		size_t length = attribute->nla_len;
		unsigned type = mnl_attr_get_type(attribute);

		if (length < sizeof(*attribute) || length > left)
			return;
		if (type < ATTRIBUTES)
			all->at[type] = attribute;
		length = NLMSG_ALIGN(length);
		if (length >= left)
			return;
		at += length;
		left -= length;
	}
}

/* Those of an answer of this command; false: it is none. */
static bool top(const struct nlmsghdr *message, uint8_t command,
		struct attributes *all)
{
	const size_t before = NLMSG_HDRLEN + sizeof(struct genlmsghdr);
	const struct genlmsghdr *head;

	if (message->nlmsg_type < NLMSG_MIN_TYPE || message->nlmsg_len < before)
		return false;
	head = mnl_nlmsg_get_payload(message);
	if (head->cmd != command)
		return false;
	take(all, head + 1, message->nlmsg_len - before);
	return true;
}

static bool within(const struct nlattr *nest, struct attributes *all)
{
	if (!nest)
		return false;
	take(all, mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest));
	return true;
}

/* `size` bytes at least of an attribute; false: it is not there, or short. */
static bool get(const struct attributes *all, unsigned type, void *out,
		size_t size)
{
	const struct nlattr *attribute = all->at[type];

	if (!attribute || mnl_attr_get_payload_len(attribute) < size)
		return false;
	memcpy(out, mnl_attr_get_payload(attribute), size);
	return true;
}

static bool get_port(const struct attributes *all, unsigned type, uint16_t *out)
{
	uint16_t port;

	if (!get(all, type, &port, sizeof(port)))
		return false;
	*out = ntohs(port);
	return true;
}

/* A name that ends within its room and has nothing behind it. */
static bool get_name(const struct attributes *all, unsigned type,
		     char name[IPVS_NAME_MAX])
{
	const struct nlattr *attribute = all->at[type];
	size_t length;

	if (!attribute)
		return false;
	length = strnlen(mnl_attr_get_payload(attribute),
			 mnl_attr_get_payload_len(attribute));
	if (length >= IPVS_NAME_MAX)
		return false;
	memset(name, 0, IPVS_NAME_MAX);
	memcpy(name, mnl_attr_get_payload(attribute), length);
	return true;
}

static bool get_family(const struct attributes *all, unsigned type,
		       uint8_t *out)
{
	uint16_t family;

	if (!get(all, type, &family, sizeof(family)) ||
	    (family != AF_INET && family != AF_INET6))
		return false;
	*out = family == AF_INET6 ? IP_V6 : IP_V4;
	return true;
}

/* Only four bytes of an IPv4 address mean something. */
static bool get_address(const struct attributes *all, unsigned type,
			uint8_t family, uint8_t address[16])
{
	size_t size = ip_size(family);

	memset(address, 0, 16);
	return get(all, type, address, size);
}

static const struct {
	unsigned attribute;
	size_t offset;
} counters[] = {
	{ IPVS_STATS_ATTR_CONNS, offsetof(struct ipvs_counts, connections) },
	{ IPVS_STATS_ATTR_INPKTS, offsetof(struct ipvs_counts, in_packets) },
	{ IPVS_STATS_ATTR_OUTPKTS, offsetof(struct ipvs_counts, out_packets) },
	{ IPVS_STATS_ATTR_INBYTES, offsetof(struct ipvs_counts, in_bytes) },
	{ IPVS_STATS_ATTR_OUTBYTES, offsetof(struct ipvs_counts, out_bytes) },
	{ IPVS_STATS_ATTR_CPS, offsetof(struct ipvs_counts, connections_rate) },
	{ IPVS_STATS_ATTR_INPPS,
	  offsetof(struct ipvs_counts, in_packets_rate) },
	{ IPVS_STATS_ATTR_OUTPPS,
	  offsetof(struct ipvs_counts, out_packets_rate) },
	{ IPVS_STATS_ATTR_INBPS, offsetof(struct ipvs_counts, in_bytes_rate) },
	{ IPVS_STATS_ATTR_OUTBPS,
	  offsetof(struct ipvs_counts, out_bytes_rate) },
};

/* What is not there is 0: older kernels know no numbers of 64 bits. */
static void get_counts(const struct attributes *all, unsigned type,
		       struct ipvs_counts *out)
{
	struct attributes stats;

	if (!within(all->at[type], &stats))
		return;
	for (size_t n = 0; n < ARRAY_LENGTH(counters); n++)
		get(&stats, counters[n].attribute,
		    (char *)out + counters[n].offset, sizeof(uint64_t));
}

static bool get_key(const struct attributes *all, struct ipvs_key *key)
{
	uint16_t protocol;

	if (!get_family(all, IPVS_SVC_ATTR_AF, &key->family))
		return false;
	if (get(all, IPVS_SVC_ATTR_FWMARK, &key->mark, sizeof(key->mark)) &&
	    key->mark)
		return true;
	if (!get(all, IPVS_SVC_ATTR_PROTOCOL, &protocol, sizeof(protocol)) ||
	    protocol > UINT8_MAX)
		return false;
	key->protocol = (uint8_t)protocol;
	return get_address(all, IPVS_SVC_ATTR_ADDR, key->family,
			   key->address) &&
	       get_port(all, IPVS_SVC_ATTR_PORT, &key->port);
}

bool ipvs_decode_service(const struct nlmsghdr *message,
			 struct ipvs_service *out, struct ipvs_counts *counts)
{
	struct ipvs_service s = { 0 };
	struct attributes all, in;
	struct ip_vs_flags flags;

	if (!top(message, IPVS_CMD_NEW_SERVICE, &all) ||
	    !within(all.at[IPVS_CMD_ATTR_SERVICE], &in) ||
	    !get_key(&in, &s.key) ||
	    !get(&in, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags)) ||
	    !get(&in, IPVS_SVC_ATTR_TIMEOUT, &s.timeout, sizeof(s.timeout)) ||
	    !get(&in, IPVS_SVC_ATTR_NETMASK, &s.netmask, sizeof(s.netmask)))
		return false;
	/* A service may have none. */
	if (!get_name(&in, IPVS_SVC_ATTR_SCHED_NAME, s.scheduler))
		memcpy(s.scheduler, IPVS_NO_SCHEDULER,
		       sizeof(IPVS_NO_SCHEDULER));
	get_name(&in, IPVS_SVC_ATTR_PE_NAME, s.engine);
	if (s.key.family == IP_V4)
		s.netmask = ntohl(s.netmask);
	s.flags = flags.flags & ~(uint32_t)IPVS_HASHED;
	*out = s;
	if (counts) {
		*counts = (struct ipvs_counts){ 0 };
		get_counts(&in, IPVS_SVC_ATTR_STATS64, counts);
	}
	return true;
}

static bool get_dest(const struct attributes *in, uint8_t family,
		     struct ipvs_dest *d)
{
	uint32_t forward;
	uint16_t flags = 0;

	d->family = family;
	get_family(in, IPVS_DEST_ATTR_ADDR_FAMILY, &d->family);
	if (!get_address(in, IPVS_DEST_ATTR_ADDR, d->family, d->address) ||
	    !get_port(in, IPVS_DEST_ATTR_PORT, &d->port) ||
	    !get(in, IPVS_DEST_ATTR_FWD_METHOD, &forward, sizeof(forward)) ||
	    !get(in, IPVS_DEST_ATTR_WEIGHT, &d->weight, sizeof(d->weight)) ||
	    !get(in, IPVS_DEST_ATTR_U_THRESH, &d->upper, sizeof(d->upper)) ||
	    !get(in, IPVS_DEST_ATTR_L_THRESH, &d->lower, sizeof(d->lower)))
		return false;
	d->forward = forward & IP_VS_CONN_F_FWD_MASK;
	if (d->forward != IPVS_TUNNEL)
		return true;
	get(in, IPVS_DEST_ATTR_TUN_TYPE, &d->tunnel, sizeof(d->tunnel));
	get_port(in, IPVS_DEST_ATTR_TUN_PORT, &d->tunnel_port);
	get(in, IPVS_DEST_ATTR_TUN_FLAGS, &flags, sizeof(flags));
	d->tunnel_flags = (uint8_t)flags;
	return true;
}

bool ipvs_decode_dest(const struct nlmsghdr *message, uint8_t family,
		      struct ipvs_dest *out, struct ipvs_counts *counts)
{
	struct ipvs_counts c = { 0 };
	struct ipvs_dest d = { 0 };
	struct attributes all, in;

	if (!top(message, IPVS_CMD_NEW_DEST, &all) ||
	    !within(all.at[IPVS_CMD_ATTR_DEST], &in) ||
	    !get_dest(&in, family, &d))
		return false;
	*out = d;
	if (!counts)
		return true;
	get(&in, IPVS_DEST_ATTR_ACTIVE_CONNS, &c.active, sizeof(c.active));
	get(&in, IPVS_DEST_ATTR_INACT_CONNS, &c.inactive, sizeof(c.inactive));
	get(&in, IPVS_DEST_ATTR_PERSIST_CONNS, &c.persistent,
	    sizeof(c.persistent));
	get_counts(&in, IPVS_DEST_ATTR_STATS64, &c);
	*counts = c;
	return true;
}

bool ipvs_decode_daemon(const struct nlmsghdr *message, struct ipvs_daemon *out)
{
	struct ipvs_daemon d = { 0 };
	struct attributes all, in;
	uint32_t role;

	if (!top(message, IPVS_CMD_NEW_DAEMON, &all) ||
	    !within(all.at[IPVS_CMD_ATTR_DAEMON], &in) ||
	    !get(&in, IPVS_DAEMON_ATTR_STATE, &role, sizeof(role)) ||
	    (role != IPVS_MASTER && role != IPVS_BACKUP) ||
	    !get_name(&in, IPVS_DAEMON_ATTR_MCAST_IFN, d.interface) ||
	    !get(&in, IPVS_DAEMON_ATTR_SYNC_ID, &d.id, sizeof(d.id)))
		return false;
	d.role = (uint8_t)role;
	get(&in, IPVS_DAEMON_ATTR_SYNC_MAXLEN, &d.maxlen, sizeof(d.maxlen));
	get(&in, IPVS_DAEMON_ATTR_MCAST_PORT, &d.port, sizeof(d.port));
	get(&in, IPVS_DAEMON_ATTR_MCAST_TTL, &d.ttl, sizeof(d.ttl));
	if (get(&in, IPVS_DAEMON_ATTR_MCAST_GROUP, d.group, 4))
		d.group_family = IP_V4;
	else if (get(&in, IPVS_DAEMON_ATTR_MCAST_GROUP6, d.group, 16))
		d.group_family = IP_V6;
	*out = d;
	return true;
}

bool ipvs_decode_timeouts(const struct nlmsghdr *message,
			  struct ipvs_timeouts *out)
{
	struct ipvs_timeouts t = { 0 };
	struct attributes all;

	if (!top(message, IPVS_CMD_SET_CONFIG, &all) ||
	    !get(&all, IPVS_CMD_ATTR_TIMEOUT_TCP, &t.tcp, sizeof(t.tcp)) ||
	    !get(&all, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN, &t.tcp_fin,
		 sizeof(t.tcp_fin)))
		return false;
	get(&all, IPVS_CMD_ATTR_TIMEOUT_UDP, &t.udp, sizeof(t.udp));
	*out = t;
	return true;
}

bool ipvs_decode_resolve(const struct nlmsghdr *message, uint16_t *family)
{
	struct attributes all;

	return top(message, CTRL_CMD_NEWFAMILY, &all) &&
	       get(&all, CTRL_ATTR_FAMILY_ID, family, sizeof(*family));
}

bool ipvs_decode_error(const struct nlmsghdr *message, int *error)
{
	const struct nlmsgerr *answer;

	if (message->nlmsg_type != NLMSG_ERROR ||
	    message->nlmsg_len < mnl_nlmsg_size(sizeof(*answer)))
		return false;
	answer = mnl_nlmsg_get_payload(message);
	if (answer->error > 0 || answer->error < -4095)
		return false;
	*error = -answer->error;
	return true;
}
