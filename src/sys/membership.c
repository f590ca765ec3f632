/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memberships of sys/membership.h (ip(7) IP_ADD_MEMBERSHIP, ipv6(7)
 * IPV6_ADD_MEMBERSHIP). A membership is dropped by the number of its
 * interface also after that is gone; until then it takes up room.
 */
#include "sys/membership.h"
#include "base/ip.h"
#include "base/must.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPACITY_FIRST 64
#define CAPACITY_MAX   (MEMBERSHIP_SOCKETS_MAX * MEMBERSHIPS_PER_SOCKET_V4)

struct key {
	uint32_t ifindex;
	struct ip group;
};

static bool is_same(const void *context, uint32_t number, const void *key)
{
	const struct memberships *m = context;
	const struct key *k = key;

	return m->list[number].ifindex == k->ifindex &&
	       ip_equal(&m->list[number].group, &k->group);
}

static uint32_t hash_of(uint32_t ifindex, const struct ip *group)
{
	uint8_t bytes[sizeof(ifindex) + sizeof(*group)];

	memcpy(bytes, &ifindex, sizeof(ifindex));
	memcpy(bytes + sizeof(ifindex), group, sizeof(*group));
	return map_hash(bytes, sizeof(bytes));
}

void memberships_init(struct memberships *m)
{
	*m = (struct memberships){ 0 };
}

void memberships_close(struct memberships *m)
{
	for (unsigned i = 0; i < m->socket_count; i++) {
		if (m->sockets[i].fd >= 0)
			close(m->sockets[i].fd);
	}
	free(m->sockets);
	free(m->list);
	free(m->map.slots);
	memberships_init(m);
}

static uint32_t find(const struct memberships *m, uint32_t ifindex,
		     const struct ip *group)
{
	struct key key = { ifindex, *group };

	return map_find(&m->map, hash_of(ifindex, group), &key);
}

/* Makes room for one more membership. */
static int make_room(struct memberships *m)
{
	uint32_t capacity = m->capacity ? 2 * m->capacity : CAPACITY_FIRST;
	struct membership *list;

	m->map.same = is_same;
	m->map.context = m;
	if (!map_reserve(&m->map, malloc, free))
		return -ENOMEM;
	if (m->count < m->capacity)
		return 0;
	if (capacity > CAPACITY_MAX)
		return -ENOBUFS;
	list = realloc(m->list, capacity * sizeof(*list));
	if (!list)
		return -ENOMEM;
	memset(list + m->capacity, 0, (capacity - m->capacity) * sizeof(*list));
	m->list = list;
	m->capacity = capacity;
	return 0;
}

static int change(int fd, const struct ip *group, uint32_t ifindex, bool join)
{
	struct ip_mreqn v4 = { .imr_ifindex = (int)ifindex };
	struct ipv6_mreq v6 = { .ipv6mr_interface = ifindex };
	int result;

	if (group->family == IP_V4) {
		memcpy(&v4.imr_multiaddr, group->bytes, 4);
		result = setsockopt(fd, IPPROTO_IP,
				    join ? IP_ADD_MEMBERSHIP
					 : IP_DROP_MEMBERSHIP,
				    &v4, sizeof(v4));
	} else {
		memcpy(&v6.ipv6mr_multiaddr, group->bytes, 16);
		result = setsockopt(fd, IPPROTO_IPV6,
				    join ? IPV6_ADD_MEMBERSHIP
					 : IPV6_DROP_MEMBERSHIP,
				    &v6, sizeof(v6));
	}
	return result ? -errno : 0;
}

static unsigned socket_limit(uint8_t family)
{
	return family == IP_V4 ? MEMBERSHIPS_PER_SOCKET_V4
			       : MEMBERSHIPS_PER_SOCKET_V6;
}

/* Appends a helper socket; its index or -errno. */
static int add_socket(struct memberships *m, uint8_t family)
{
	struct membership_socket *sockets;
	int fd;

	if (m->socket_count == MEMBERSHIP_SOCKETS_MAX)
		return -ENOBUFS;
	sockets = realloc(m->sockets, (m->socket_count + 1) * sizeof(*sockets));
	if (!sockets)
		return -ENOMEM;
	m->sockets = sockets;
	fd = socket(family == IP_V4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	sockets[m->socket_count] =
		(struct membership_socket){ .fd = fd, .family = family };
	return (int)m->socket_count++;
}

/* Joins on the first socket that has room; its index or -errno. */
static int join_somewhere(struct memberships *m, uint32_t ifindex,
			  const struct ip *group)
{
	int at, error;

	for (at = 0; at < (int)m->socket_count; at++) {
		struct membership_socket *s = &m->sockets[at];

		if (s->family != group->family || s->full ||
		    s->used >= socket_limit(group->family))
			continue;
		error = change(s->fd, group, ifindex, true);
		if (error == 0) {
			s->used++;
			return at;
		}
		/* The administrator's limit may be lower than ours. */
		if ((error != -ENOBUFS && error != -ENOMEM) || s->used == 0)
			return error;
		s->full = true;
	}
	at = add_socket(m, group->family);
	if (at < 0)
		return at;
	error = change(m->sockets[at].fd, group, ifindex, true);
	if (error)
		return error;
	m->sockets[at].used++;
	return at;
}

int memberships_join(struct memberships *m, uint32_t ifindex,
		     const struct ip *group)
{
	uint32_t at = find(m, ifindex, group);
	int socket, error;

	if (at != MAP_NONE) {
		m->list[at].holders++;
		return 0;
	}
	error = make_room(m);
	if (error)
		return error;
	socket = join_somewhere(m, ifindex, group);
	if (socket < 0)
		return socket;
	at = m->count;
	while (m->list[at].group.family != IP_NONE)
		at = (at + 1) % m->capacity;
	m->list[at] = (struct membership){
		.ifindex = ifindex,
		.group = *group,
		.socket = (uint16_t)socket,
		.holders = 1,
	};
	MUST(map_put(&m->map, hash_of(ifindex, group), at) == 0);
	m->count++;
	return 0;
}

static void drop(struct memberships *m, uint32_t at)
{
	struct membership *gone = &m->list[at];
	struct membership_socket *s = &m->sockets[gone->socket];

	change(s->fd, &gone->group, gone->ifindex, false);
	s->used--;
	s->full = false;
	MUST(map_remove(&m->map, hash_of(gone->ifindex, &gone->group), at));
	gone->group.family = IP_NONE;
	m->count--;
}

void memberships_leave(struct memberships *m, uint32_t ifindex,
		       const struct ip *group)
{
	uint32_t at = find(m, ifindex, group);

	if (at != MAP_NONE && --m->list[at].holders == 0)
		drop(m, at);
}
