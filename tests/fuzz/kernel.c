/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel of kernel.h. The linker puts its socket in the place of that of
 * sys/mirror_socket.h and its clock in that of sys/clock.h.
 */
#include "kernel.h"

#include "base/bytes.h"
#include "base/must.h"
#include "base/tick.h"
#include "datagrams.h"
#include "sys/mirror_socket.h"
#include "sys/netlink_route.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define LINKS     4
#define ADDRESSES 8 /* the first half is of IPv4 */
#define ROUTES    8 /* the same */
#define RULES     4
#define PORT      77
#define ROOM      12 /* datagrams that the socket holds */
#define CHUNK     3  /* objects of a dump in one datagram */
#define MESSAGE   512
#define FLAGS_UP  (IFF_UP | IFF_RUNNING | IFF_LOWER_UP)

struct object {
	bool there;
	uint8_t link, look; /* look: what else may differ */
};

static struct object links[LINKS], addresses[ADDRESSES], routes[ROUTES],
	rules[RULES];
static struct reader input;
static bool forged, congested;
static tick_t now_is = TICK_SECOND;
static struct {
	enum mirror_stage stage; /* MIRROR_STAGE_IDLE: none */
	uint32_t sequence;
	unsigned next;
	bool interrupted;
} dump;

/* The linker's names. */
int __wrap_mirror_socket_open(struct mnl_socket **out, uint32_t buffer,
			      bool within_rmem_max, bool with_routes);
int __wrap_mirror_socket_dump(const struct mnl_socket *s,
			      enum mirror_stage stage, uint32_t sequence);
int __wrap_mnl_socket_get_fd(const struct mnl_socket *s);
unsigned __wrap_mnl_socket_get_portid(const struct mnl_socket *s);
int __wrap_mnl_socket_close(struct mnl_socket *s);
tick_t __wrap_clock_now(void);

static bool is_v4(unsigned n, unsigned of)
{
	return n < of / 2;
}

static void put_ip(struct nlmsghdr *m, uint16_t type, unsigned n, bool v4,
		   uint8_t third)
{
	uint8_t bytes[16] = { 0 };

	if (v4)
		memcpy(bytes, (uint8_t[]){ 10, 0, third, (uint8_t)n }, 4);
	else
		memcpy(bytes,
		       (uint8_t[]){ 0xfe, 0x80, 0, third, 0, 0, 0, 0, 0, 0, 0,
				    0, 0, 0, 0, (uint8_t)n },
		       16);
	mnl_attr_put(m, type, v4 ? 4 : 16, bytes);
}

static void write_link(struct nlmsghdr *m, unsigned n)
{
	const struct object *o = &links[n];
	struct ifinfomsg *body = mnl_nlmsg_put_extra_header(m, sizeof(*body));
	uint8_t mac[6] = { 2, 0, 0, 0, o->look, (uint8_t)n };
	struct nlattr *info;
	char name[IFNAMSIZ];

	m->nlmsg_type = RTM_NEWLINK;
	body->ifi_index = (int)n + 1;
	body->ifi_flags = o->look & 1 ? FLAGS_UP : 0;
	snprintf(name, sizeof(name), "l%u%s", n, o->look & 2 ? "x" : "");
	mnl_attr_put_strz(m, IFLA_IFNAME, name);
	mnl_attr_put(m, IFLA_ADDRESS, o->look & 4 ? 6 : 4, mac);
	mnl_attr_put_u32(m, IFLA_MTU, 1500u + (o->look & 8));
	if (o->look & 16)
		mnl_attr_put_u32(m, IFLA_MASTER, 1);
	info = mnl_attr_nest_start(m, IFLA_LINKINFO);
	mnl_attr_put_strz(m, IFLA_INFO_KIND, o->look & 32 ? "veth" : "vlan");
	mnl_attr_nest_end(m, info);
	mnl_attr_put_u32(m, IFLA_LINK, (o->look & 3) + 1u);
}

static void write_address(struct nlmsghdr *m, unsigned n)
{
	const struct object *o = &addresses[n];
	struct ifaddrmsg *body = mnl_nlmsg_put_extra_header(m, sizeof(*body));
	struct ifa_cacheinfo info = {
		.ifa_valid = o->look & 8 ? UINT32_MAX : o->look,
		.ifa_prefered = o->look & 8 ? UINT32_MAX : o->look,
	};
	bool v4 = is_v4(n, ADDRESSES);

	m->nlmsg_type = RTM_NEWADDR;
	body->ifa_family = v4 ? AF_INET : AF_INET6;
	body->ifa_prefixlen = v4 ? 24 : 64;
	body->ifa_index = o->link + 1u;
	put_ip(m, IFA_ADDRESS, v4 && (o->look & 16) ? 99 : n, v4, 0);
	if (v4)
		put_ip(m, IFA_LOCAL, n, v4, 0);
	mnl_attr_put_u32(m, IFA_FLAGS, o->look & 3);
	mnl_attr_put_u8(m, IFA_PROTO, o->look & 4 ? SYS_ROUTE_PROTOCOL : 0);
	mnl_attr_put(m, IFA_CACHEINFO, sizeof(info), &info);
}

static void write_route(struct nlmsghdr *m, unsigned n)
{
	const struct object *o = &routes[n];
	struct rtmsg *body = mnl_nlmsg_put_extra_header(m, sizeof(*body));
	bool v4 = is_v4(n, ROUTES);

	m->nlmsg_type = RTM_NEWROUTE;
	body->rtm_family = v4 ? AF_INET : AF_INET6;
	body->rtm_dst_len = v4 ? 24 : 64;
	body->rtm_table = RT_TABLE_MAIN;
	body->rtm_protocol = SYS_ROUTE_PROTOCOL;
	body->rtm_scope = v4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	body->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(m, RTA_TABLE, RT_TABLE_MAIN);
	put_ip(m, RTA_DST, 0, v4, (uint8_t)(n + 1));
	mnl_attr_put_u32(m, RTA_PRIORITY, 1024);
	mnl_attr_put_u32(m, RTA_OIF, o->link + 1u);
	if (o->look & 1) {
		struct nlattr *settings = mnl_attr_nest_start(m, RTA_METRICS);

		mnl_attr_put_u32(m, RTAX_MTU, 1400);
		mnl_attr_nest_end(m, settings);
	}
}

static void write_rule(struct nlmsghdr *m, unsigned n)
{
	struct fib_rule_hdr *body =
		mnl_nlmsg_put_extra_header(m, sizeof(*body));

	m->nlmsg_type = RTM_NEWRULE;
	body->family = is_v4(n, RULES) ? AF_INET : AF_INET6;
	body->action = FR_ACT_TO_TBL;
	body->table = RT_TABLE_MAIN;
	mnl_attr_put_u32(m, FRA_PRIORITY, 100 + n);
	mnl_attr_put_u32(m, FRA_TABLE, RT_TABLE_MAIN);
	mnl_attr_put_u8(m, FRA_PROTOCOL, SYS_ROUTE_PROTOCOL);
}

typedef void write_fn(struct nlmsghdr *m, unsigned n);

static bool queue(const void *bytes, size_t length)
{
	/* The kernel's port is 0. */
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	if (datagrams_count() == 0)
		congested = false;
	return datagrams_add(bytes, length, &kernel, sizeof(kernel)) != NULL;
}

/* Into the socket, if there is room; else it is congested till it is empty. */
static void notify_bytes(const void *bytes, size_t length)
{
	if (datagrams_count() == 0 && !datagrams_error)
		congested = false;
	if (!congested && datagrams_count() < ROOM && queue(bytes, length))
		return;
	if (!congested)
		datagrams_error = ENOBUFS;
	congested = true;
}

/* The types of removals follow those of what is new. */
static void notify(write_fn *write, unsigned n, bool gone, uint16_t flags)
{
	_Alignas(struct nlmsghdr) char bytes[MESSAGE];
	struct nlmsghdr *m = mnl_nlmsg_put_header(bytes);

	write(m, n);
	m->nlmsg_type = (uint16_t)(m->nlmsg_type + gone);
	m->nlmsg_flags = flags;
	notify_bytes(m, m->nlmsg_len);
	dump.interrupted = true;
}

static bool has_address(unsigned link)
{
	for (unsigned n = 0; n < ADDRESSES / 2; n++)
		if (addresses[n].there && addresses[n].link == link)
			return true;
	return false;
}

/* IPv4's go without a word; IPv6's stay while the link is up. */
static void lose_routes(unsigned link)
{
	bool up = links[link].there && (links[link].look & 1);

	for (unsigned n = 0; n < ROUTES; n++) {
		if (!routes[n].there || routes[n].link != link)
			continue;
		if (is_v4(n, ROUTES)) {
			routes[n].there = up && has_address(link);
		} else if (!up) {
			routes[n].there = false;
			notify(write_route, n, true, 0);
		}
	}
}

static void move_link(uint8_t what, uint8_t look)
{
	unsigned n = what % LINKS;
	struct object *o = &links[n];

	if (what & 64 && o->there) {
		for (unsigned a = 0; a < ADDRESSES; a++) {
			if (!addresses[a].there || addresses[a].link != n)
				continue;
			addresses[a].there = false;
			if (what & 32)
				notify(write_address, a, true, 0);
		}
		o->there = false;
		lose_routes(n);
		notify(write_link, n, true, 0);
		return;
	}
	o->there = true;
	o->look = look;
	lose_routes(n);
	notify(write_link, n, false, 0);
}

static void move_address(uint8_t what, uint8_t look)
{
	unsigned n = what % ADDRESSES;
	struct object *o = &addresses[n];

	if (!o->there) {
		*o = (struct object){ true, (what >> 3) % LINKS, look };
		o->there = links[o->link].there;
		if (o->there)
			notify(write_address, n, false, 0);
	} else if (what & 64) {
		o->there = false;
		lose_routes(o->link);
		notify(write_address, n, true, 0);
	} else {
		/* The other end is part of what an address of IPv4 is. */
		o->look = (uint8_t)((look & ~16) | (o->look & 16));
		notify(write_address, n, false, 0);
	}
}

static void move_route(uint8_t what, uint8_t look)
{
	unsigned n = what % ROUTES;
	unsigned link = (what >> 3) % LINKS;
	struct object *o = &routes[n];
	bool was = o->there;

	if (was && (what & 64)) {
		o->there = false;
		notify(write_route, n, true, 0);
		return;
	}
	if (!links[link].there || !(links[link].look & 1) ||
	    (is_v4(n, ROUTES) && !has_address(link)))
		return;
	*o = (struct object){ true, (uint8_t)link, look };
	notify(write_route, n, false, was ? NLM_F_REPLACE : NLM_F_CREATE);
}

static void move_rule(uint8_t what)
{
	unsigned n = what % RULES;

	rules[n].there = !rules[n].there;
	notify(write_rule, n, !rules[n].there, 0);
}

static void forge(uint8_t quarter)
{
	_Alignas(struct nlmsghdr) char bytes[4 * UINT8_MAX];
	size_t length = 4u * quarter;

	if (length > reader_left(&input))
		length = reader_left(&input);
	if (length == 0)
		return;
	memcpy(bytes, read_bytes(&input, length), length);
	notify_bytes(bytes, length);
	forged = true;
}

enum move {
	MOVE_READ, /* the mirror may read what there is */
	MOVE_LINK,
	MOVE_ADDRESS,
	MOVE_ROUTE,
	MOVE_RULE,
	MOVE_FORGE,
	MOVE_LOSE,
	MOVES
};

/* False: it is the reader's turn. */
static bool move(void)
{
	uint8_t which = read_u8(&input), what;

	if (which % MOVES == MOVE_READ)
		return false;
	what = read_u8(&input);
	if (which % MOVES == MOVE_LINK)
		move_link(what, read_u8(&input));
	else if (which % MOVES == MOVE_ADDRESS)
		move_address(what, read_u8(&input));
	else if (which % MOVES == MOVE_ROUTE)
		move_route(what, read_u8(&input));
	else if (which % MOVES == MOVE_RULE)
		move_rule(what);
	else if (which % MOVES == MOVE_FORGE)
		forge(what);
	else
		congested = true, datagrams_error = ENOBUFS;
	return true;
}

static const struct {
	struct object *list;
	unsigned first, end;
	write_fn *write;
} dumped[] = {
	[MIRROR_STAGE_LINKS] = { links, 0, LINKS, write_link },
	[MIRROR_STAGE_ADDRESSES] = { addresses, 0, ADDRESSES, write_address },
	[MIRROR_STAGE_ROUTES_IPV4] = { routes, 0, ROUTES / 2, write_route },
	[MIRROR_STAGE_ROUTES_IPV6] = { routes, ROUTES / 2, ROUTES,
				       write_route },
	[MIRROR_STAGE_RULES_IPV4] = { rules, 0, RULES / 2, write_rule },
	[MIRROR_STAGE_RULES_IPV6] = { rules, RULES / 2, RULES, write_rule },
};

static struct nlmsghdr *begin_answer(char *at)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(at);

	m->nlmsg_seq = dump.sequence;
	m->nlmsg_pid = PORT;
	return m;
}

/* The next piece of a dump, or its end. */
static void dump_on(void)
{
	_Alignas(struct nlmsghdr) char bytes[(CHUNK + 1) * MESSAGE];
	size_t length = 0;
	unsigned count = 0;
	int32_t result = 0;
	struct nlmsghdr *m;

	while (dump.next < dumped[dump.stage].end && count < CHUNK) {
		unsigned n = dump.next++;

		if (!dumped[dump.stage].list[n].there)
			continue;
		m = begin_answer(bytes + length);
		dumped[dump.stage].write(m, n);
		m->nlmsg_flags = NLM_F_MULTI;
		if (dump.interrupted)
			m->nlmsg_flags |= NLM_F_DUMP_INTR;
		length += m->nlmsg_len;
		count++;
	}
	if (count == 0) {
		m = begin_answer(bytes);
		m->nlmsg_type = NLMSG_DONE;
		memcpy(mnl_nlmsg_put_extra_header(m, sizeof(result)), &result,
		       sizeof(result));
		length = m->nlmsg_len;
		dump.stage = MIRROR_STAGE_IDLE;
	}
	MUST(queue(bytes, length));
}

/* Whenever the mirror wants to read. */
static void wanted(void)
{
	while (reader_left(&input) > 0 && move())
		;
	if (dump.stage != MIRROR_STAGE_IDLE && datagrams_count() <= ROOM / 2)
		dump_on();
}

int __wrap_mirror_socket_open(struct mnl_socket **out, uint32_t buffer,
			      bool within_rmem_max, bool with_routes)
{
	(void)buffer;
	(void)within_rmem_max;
	MUST(with_routes);
	*out = (struct mnl_socket *)(void *)&dump;
	return 0;
}

/* One dump at a time: another is refused, in a message. */
int __wrap_mirror_socket_dump(const struct mnl_socket *s,
			      enum mirror_stage stage, uint32_t sequence)
{
	_Alignas(struct nlmsghdr) char bytes[MESSAGE];
	struct nlmsghdr *m = mnl_nlmsg_put_header(bytes);
	struct nlmsgerr *error = mnl_nlmsg_put_extra_header(m, sizeof(*error));

	(void)s;
	if (dump.stage == MIRROR_STAGE_IDLE) {
		dump.stage = stage;
		dump.sequence = sequence;
		dump.next = dumped[stage].first;
		dump.interrupted = false;
		dump_on();
		return 0;
	}
	m->nlmsg_type = NLMSG_ERROR;
	m->nlmsg_seq = sequence;
	m->nlmsg_pid = PORT;
	error->error = -EBUSY;
	MUST(queue(m, m->nlmsg_len));
	return 0;
}

int __wrap_mnl_socket_get_fd(const struct mnl_socket *s)
{
	(void)s;
	return -1;
}

unsigned __wrap_mnl_socket_get_portid(const struct mnl_socket *s)
{
	(void)s;
	return PORT;
}

int __wrap_mnl_socket_close(struct mnl_socket *s)
{
	(void)s;
	return 0;
}

/* One mirror_read() is ended by its count alone. */
tick_t __wrap_clock_now(void)
{
	return now_is;
}

void kernel_pass(tick_t time)
{
	now_is += time;
}

void kernel_begin(const uint8_t *moves, size_t size)
{
	memset(links, 0, sizeof(links));
	memset(addresses, 0, sizeof(addresses));
	memset(routes, 0, sizeof(routes));
	memset(rules, 0, sizeof(rules));
	memset(&dump, 0, sizeof(dump));
	forged = congested = false;
	input = reader_over(moves, size);
	datagrams_clear();
	datagrams_wanted = wanted;
}

bool kernel_has_more(void)
{
	return reader_left(&input) > 0 || datagrams_count() > 0 ||
	       datagrams_error || dump.stage != MIRROR_STAGE_IDLE;
}

bool kernel_is_forged(void)
{
	return forged;
}

void kernel_listen_anew(void)
{
	datagrams_clear();
	memset(&dump, 0, sizeof(dump));
	congested = false;
}
