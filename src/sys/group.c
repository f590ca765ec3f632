/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memberships of sys/group.h (ip(7) IP_ADD_MEMBERSHIP, ipv6(7)
 * IPV6_ADD_MEMBERSHIP). A membership is dropped by the number of its
 * interface also after that is gone; until then it takes up room.
 */
#include "sys/group.h"
#include "base/ip.h"
#include "base/must.h"
#include "sys/receive.h"
#include "vrrp/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAPACITY_FIRST 64
#define CAPACITY_MAX   (GROUP_SOCKETS_MAX * RECEIVE_GROUPS_V4)

struct key {
	uint32_t ifindex;
	uint32_t family;
};

static bool same_group(const void *context, uint32_t number, const void *key)
{
	const struct groups *g = context;
	const struct key *k = key;

	return g->list[number].ifindex == k->ifindex &&
	       g->list[number].family == k->family;
}

static uint32_t hash_of(uint32_t ifindex, uint8_t family)
{
	struct key key = { ifindex, family };

	return map_hash(&key, sizeof(key));
}

void groups_init(struct groups *g)
{
	*g = (struct groups){ 0 };
}

void groups_close(struct groups *g)
{
	for (unsigned i = 0; i < g->socket_count; i++) {
		if (g->sockets[i].fd >= 0)
			close(g->sockets[i].fd);
	}
	free(g->sockets);
	free(g->list);
	free(g->map.slots);
	groups_init(g);
}

static uint32_t find(const struct groups *g, uint32_t ifindex, uint8_t family)
{
	struct key key = { ifindex, family };

	if (g->capacity == 0)
		return MAP_NONE;
	return map_find(&g->map, hash_of(ifindex, family), &key);
}

/* Makes room for one more membership. */
static int make_room(struct groups *g)
{
	uint32_t capacity = g->capacity ? 2 * g->capacity : CAPACITY_FIRST;
	struct group *list;
	void *slots;

	if (g->count < g->capacity)
		return 0;
	if (capacity > CAPACITY_MAX)
		return -ENOBUFS;
	slots = malloc(map_memory(capacity));
	list = realloc(g->list, capacity * sizeof(*list));
	if (list)
		g->list = list;
	if (!slots || !list) {
		free(slots);
		return -ENOMEM;
	}
	memset(list + g->capacity, 0, (capacity - g->capacity) * sizeof(*list));
	if (g->capacity == 0)
		map_init(&g->map, slots, capacity, same_group, g);
	else
		free(map_move(&g->map, slots, capacity));
	g->capacity = capacity;
	return 0;
}

static int change(int fd, uint8_t family, uint32_t ifindex, bool join)
{
	struct ip group = vrrp_group(family);
	struct ip_mreqn v4 = { .imr_ifindex = (int)ifindex };
	struct ipv6_mreq v6 = { .ipv6mr_interface = ifindex };
	int result;

	if (family == IP_V4) {
		memcpy(&v4.imr_multiaddr, group.bytes, 4);
		result = setsockopt(fd, IPPROTO_IP,
				    join ? IP_ADD_MEMBERSHIP
					 : IP_DROP_MEMBERSHIP,
				    &v4, sizeof(v4));
	} else {
		memcpy(&v6.ipv6mr_multiaddr, group.bytes, 16);
		result = setsockopt(fd, IPPROTO_IPV6,
				    join ? IPV6_ADD_MEMBERSHIP
					 : IPV6_DROP_MEMBERSHIP,
				    &v6, sizeof(v6));
	}
	return result ? -errno : 0;
}

static unsigned socket_limit(uint8_t family)
{
	return family == IP_V4 ? RECEIVE_GROUPS_V4 : RECEIVE_GROUPS_V6;
}

/* Appends a helper socket; its index or -errno. */
static int add_socket(struct groups *g, uint8_t family)
{
	struct group_socket *sockets;
	int fd;

	if (g->socket_count == GROUP_SOCKETS_MAX)
		return -ENOBUFS;
	sockets = realloc(g->sockets, (g->socket_count + 1) * sizeof(*sockets));
	if (!sockets)
		return -ENOMEM;
	g->sockets = sockets;
	fd = socket(family == IP_V4 ? AF_INET : AF_INET6,
		    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	sockets[g->socket_count] =
		(struct group_socket){ .fd = fd, .family = family };
	return (int)g->socket_count++;
}

/* Joins on the first socket that has room; its index or -errno. */
static int join_somewhere(struct groups *g, uint32_t ifindex, uint8_t family)
{
	int at, error;

	for (at = 0; at < (int)g->socket_count; at++) {
		struct group_socket *s = &g->sockets[at];

		if (s->family != family || s->full ||
		    s->used >= socket_limit(family))
			continue;
		error = change(s->fd, family, ifindex, true);
		if (error == 0) {
			s->used++;
			return at;
		}
		/* The administrator's limit may be lower than ours. */
		if ((error != -ENOBUFS && error != -ENOMEM) || s->used == 0)
			return error;
		s->full = true;
	}
	at = add_socket(g, family);
	if (at < 0)
		return at;
	error = change(g->sockets[at].fd, family, ifindex, true);
	if (error)
		return error;
	g->sockets[at].used++;
	return at;
}

int groups_join(struct groups *g, uint32_t ifindex, uint8_t family)
{
	uint32_t at = find(g, ifindex, family);
	int socket, error;

	if (at != MAP_NONE) {
		g->list[at].holders++;
		return 0;
	}
	error = make_room(g);
	if (error)
		return error;
	socket = join_somewhere(g, ifindex, family);
	if (socket < 0)
		return socket;
	at = g->count;
	while (g->list[at].family != IP_NONE)
		at = (at + 1) % g->capacity;
	g->list[at] = (struct group){
		.ifindex = ifindex,
		.family = family,
		.socket = (uint16_t)socket,
		.holders = 1,
	};
	MUST(map_put(&g->map, hash_of(ifindex, family), at) == 0);
	g->count++;
	return 0;
}

static void drop(struct groups *g, uint32_t at)
{
	struct group *group = &g->list[at];
	struct group_socket *s = &g->sockets[group->socket];

	change(s->fd, group->family, group->ifindex, false);
	s->used--;
	s->full = false;
	MUST(map_remove(&g->map, hash_of(group->ifindex, group->family), at));
	group->family = IP_NONE;
	g->count--;
}

void groups_leave(struct groups *g, uint32_t ifindex, uint8_t family)
{
	uint32_t at = find(g, ifindex, family);

	if (at != MAP_NONE && --g->list[at].holders == 0)
		drop(g, at);
}

static int move_one(struct groups *g, uint32_t from, uint32_t to,
		    uint8_t family)
{
	uint32_t at = find(g, from, family);
	uint32_t holders;
	int error;

	if (at == MAP_NONE)
		return 0;
	holders = g->list[at].holders;
	drop(g, at);
	error = groups_join(g, to, family);
	if (error == 0) {
		at = find(g, to, family);
		g->list[at].holders += holders - 1;
	}
	return error;
}

int groups_move(struct groups *g, uint32_t from, uint32_t to)
{
	int v4 = move_one(g, from, to, IP_V4);
	int v6 = move_one(g, from, to, IP_V6);

	return v4 ? v4 : v6;
}
