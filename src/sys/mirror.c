/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the mirror (sys/mirror.h): the dumps, and what each message does to
 * the records.
 *
 * Dumps and notifications come through one socket and are handled in the
 * order in which the kernel queued them, so a dump and the changes meanwhile do
 * not contradict each other. Whatever a dump or a notification names carries
 * the number of the present generation; when the dump is over, older ones are
 * gone.
 *
 * Lost notifications. When the buffer is full the kernel says ENOBUFS once,
 * and then drops silently until the socket is empty. So a new dump is asked
 * for only when the socket has been read empty, and when more was lost during
 * a dump, nothing is concluded from what is missing in it: there is another.
 */
#include "sys/mirror.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/mirror_parse.h"
#include "sys/mirror_routes.h"
#include "sys/mirror_socket.h"
#include "sys/mirror_table.h"
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One dump message is at most this long (the kernel's own bound). */
#define MESSAGE_MAX 32768

/* Messages by one system call. Only what is used of them costs memory. */
#define READ_BATCH MIRROR_SOCKET_BATCH

struct mirror {
	struct mirror_config config;
	struct mirror_counters counters;
	struct mirror_table table;
	struct mirror_routes routes;
	struct mnl_socket *socket;
	enum mirror_stage stage;
	bool wanted;       /* a dump, when this one is over and all is read */
	bool interrupted;  /* the dump under way contradicts itself */
	bool announced;    /* RESYNC_BEGUN was said, RESYNC_DONE was not */
	bool given_up;     /* RESYNC_DONE was said before it was true */
	bool more;         /* mirror_read() has reached its bounds */
	tick_t since;      /* when RESYNC_BEGUN was said */
	tick_t not_before; /* of the dump that is wanted, or 0: at once */
	tick_t gap;        /* the pause before another one */
	int refusal;       /* -errno of the last dump, or 0 */
	uint32_t sequence; /* of the dump under way */
	uint32_t generation;
	uint32_t port; /* who asked for what is reported just now, or 0 */
	uint32_t own;  /* mirror_expect() */
	struct iovec vectors[READ_BATCH];
	struct mmsghdr messages[READ_BATCH];
	char *bytes; /* READ_BATCH * MESSAGE_MAX */
};

static void deliver(struct mirror *m, struct mirror_event *event)
{
	event->port = m->port;
	if (m->config.changed)
		m->config.changed(m->config.context, event);
}

static void say(struct mirror *m, enum mirror_change change,
		const struct mirror_link *link,
		const struct mirror_address *address,
		const struct mirror_link *old)
{
	struct mirror_event event = {
		.change = change, .link = link, .address = address, .old = old
	};

	deliver(m, &event);
}

static void say_route(void *context, bool added,
		      const struct mirror_route *route,
		      const struct mirror_rule *rule)
{
	struct mirror *m = context;
	struct mirror_event event = { .route = route,
				      .rule = rule,
				      .replaced = m->routes.replaced };

	if (route)
		event.change =
			added ? MIRROR_ROUTE_ADDED : MIRROR_ROUTE_REMOVED;
	else
		event.change = added ? MIRROR_RULE_ADDED : MIRROR_RULE_REMOVED;
	deliver(m, &event);
}

/* The mirror is as whole as it gets. */
static void say_done(struct mirror *m)
{
	m->announced = false;
	say(m, MIRROR_RESYNC_DONE, NULL, NULL, NULL);
}

/* Nobody waits for ever, whatever the kernel does. */
static void be_patient(struct mirror *m)
{
	if (!m->announced || clock_now() - m->since < MIRROR_PATIENCE)
		return;
	m->given_up = true;
	say_done(m);
}

/* The kernel refused the dump, or nothing can be concluded from it. */
static void put_off(struct mirror *m, int error)
{
	m->stage = MIRROR_STAGE_IDLE;
	m->wanted = true;
	m->refusal = error;
	m->not_before = clock_now() + m->gap;
	m->gap = tick_min(2 * m->gap, MIRROR_AGAIN_MOST);
	be_patient(m);
}

static void request_dump(struct mirror *m, enum mirror_stage stage)
{
	int error = mirror_socket_dump(m->socket, stage, ++m->sequence);

	m->stage = stage;
	if (error)
		put_off(m, error);
}

/* Starts the dump that is wanted, if it is time. */
static void start(struct mirror *m)
{
	if (clock_now() < m->not_before)
		return;
	m->wanted = m->interrupted = false;
	m->not_before = 0;
	m->generation++;
	request_dump(m, MIRROR_STAGE_LINKS);
}

static int set_up_buffers(struct mirror *m)
{
	m->bytes = malloc((size_t)READ_BATCH * MESSAGE_MAX);
	if (!m->bytes)
		return -ENOMEM;
	for (unsigned i = 0; i < READ_BATCH; i++) {
		m->vectors[i] =
			(struct iovec){ m->bytes + (size_t)i * MESSAGE_MAX,
					MESSAGE_MAX };
		m->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &m->vectors[i],
			.msg_iovlen = 1,
		};
	}
	return mirror_table_init(&m->table);
}

int mirror_open(struct mirror **out, const struct mirror_config *config)
{
	struct mirror *m = calloc(1, sizeof(*m));
	int error;

	if (!m)
		return -ENOMEM;
	m->config = *config;
	m->gap = MIRROR_AGAIN;
	mirror_routes_init(&m->routes);
	m->routes.changed = say_route;
	m->routes.context = m;
	error = mirror_socket_open(
		&m->socket, config->buffer ? config->buffer : MIRROR_BUFFER,
		config->within_rmem_max, config->routes);
	if (!error)
		error = set_up_buffers(m);
	if (error) {
		mirror_close(m);
		return error;
	}
	start(m);
	*out = m;
	return 0;
}

void mirror_close(struct mirror *m)
{
	if (!m)
		return;
	if (m->socket)
		mnl_socket_close(m->socket);
	mirror_table_free(&m->table);
	mirror_routes_free(&m->routes);
	free(m->bytes);
	free(m);
}

int mirror_fd(const struct mirror *m)
{
	return mnl_socket_get_fd(m->socket);
}

static void update_link(struct mirror *m, uint32_t at, struct mirror_link *new)
{
	struct mirror_link *link = &m->table.links[at];
	struct mirror_link old = *link;

	link->generation = m->generation;
	if (mirror_same_link(link, new))
		return;
	mirror_table_rename(&m->table, at, new);
	new->address_count = link->address_count;
	new->first = link->first;
	new->last = link->last;
	new->generation = link->generation;
	*link = *new;
	say(m, MIRROR_LINK_CHANGED, link, NULL, &old);
	if (link->up != old.up)
		mirror_routes_link(&m->routes, link->ifindex, link->up, false);
}

static void take_link(struct mirror *m, struct mirror_link *new)
{
	uint32_t at = mirror_table_link(&m->table, new->ifindex);
	int64_t added;

	if (at != MIRROR_NONE) {
		update_link(m, at, new);
		return;
	}
	new->generation = m->generation;
	added = mirror_table_add_link(&m->table, new);
	if (added < 0)
		m->counters.refused++;
	else
		say(m, MIRROR_LINK_ADDED, &m->table.links[added], NULL, NULL);
}

/* The link that an address is on, or NULL. */
static const struct mirror_link *link_of(const struct mirror *m,
					 const struct mirror_address *address)
{
	uint32_t at = mirror_table_link(&m->table, address->ifindex);

	return at == MIRROR_NONE ? NULL : &m->table.links[at];
}

/* What the end of an address means for routes of IPv4. */
static void lose_routes(struct mirror *m, const struct mirror_link *link,
			const struct ip *address)
{
	const struct mirror_table *t = &m->table;
	bool elsewhere = false;
	uint32_t at = link->first;

	while (at != MIRROR_NONE && t->addresses[at].address.family != IP_V4)
		at = t->addresses[at].next;
	if (at == MIRROR_NONE)
		mirror_routes_link(&m->routes, link->ifindex, false, true);
	if (m->routes.sourced == 0)
		return;
	for (uint32_t i = 0; i < t->link_capacity && !elsewhere; i++)
		elsewhere = mirror_table_address(t, t->links[i].ifindex,
						 address, -1) != MIRROR_NONE;
	if (!elsewhere)
		mirror_routes_source(&m->routes, address);
}

static void drop_address(struct mirror *m, uint32_t at)
{
	struct mirror_address *address = &m->table.addresses[at];
	const struct mirror_link *link = link_of(m, address);

	mirror_table_remove_address(&m->table, at);
	say(m, MIRROR_ADDRESS_REMOVED, link, address, NULL);
	if (m->config.routes && address->address.family == IP_V4)
		lose_routes(m, link, &address->address);
	mirror_table_forget_address(&m->table, at);
}

static void drop_link(struct mirror *m, uint32_t at)
{
	struct mirror_link *link = &m->table.links[at];

	while (link->first != MIRROR_NONE)
		drop_address(m, link->first);
	mirror_routes_link(&m->routes, link->ifindex, false, true);
	mirror_table_remove_link(&m->table, at);
	say(m, MIRROR_LINK_REMOVED, link, NULL, NULL);
	mirror_table_forget_link(&m->table, at);
}

static void update_address(struct mirror *m, uint32_t at,
			   struct mirror_address *new)
{
	struct mirror_address *address = &m->table.addresses[at];
	bool same = mirror_same_address(address, new);
	bool refreshed = same && new->valid != UINT32_MAX && m->port != 0 &&
			 m->port != m->own;

	new->next = address->next;
	new->previous = address->previous;
	new->generation = m->generation;
	*address = *new;
	if (!same || refreshed)
		say(m, same ? MIRROR_ADDRESS_REFRESHED : MIRROR_ADDRESS_CHANGED,
		    link_of(m, address), address, NULL);
}

static void take_address(struct mirror *m, struct mirror_address *new)
{
	uint32_t at = mirror_table_find(&m->table, new);
	const struct mirror_link *link;
	int64_t added = -1;

	if (at != MIRROR_NONE) {
		update_address(m, at, new);
		return;
	}
	/* A link not yet dumped: its addresses will be, too. */
	link = link_of(m, new);
	new->generation = m->generation;
	if (link)
		added = mirror_table_add_address(&m->table, new);
	if (added < 0) {
		m->counters.refused++;
		return;
	}
	say(m, MIRROR_ADDRESS_ADDED, link, &m->table.addresses[added], NULL);
	if (new->address.family == IP_V4 && link->up)
		mirror_routes_link(&m->routes, link->ifindex, true, false);
}

/* Drops what the dump that has just ended did not name. */
static void sweep(struct mirror *m)
{
	for (uint32_t i = 0; i < m->table.address_capacity; i++) {
		if (m->table.addresses[i].ifindex != 0 &&
		    m->table.addresses[i].generation != m->generation)
			drop_address(m, i);
	}
	for (uint32_t i = 0; i < m->table.link_capacity; i++) {
		if (m->table.links[i].ifindex != 0 &&
		    m->table.links[i].generation != m->generation)
			drop_link(m, i);
	}
	mirror_routes_sweep(&m->routes, m->generation);
}

/* One dump is over. */
static void next_stage(struct mirror *m)
{
	enum mirror_stage stage = m->stage;

	m->stage = MIRROR_STAGE_IDLE;
	if (stage != (m->config.routes ? MIRROR_STAGE_RULES_IPV6
				       : MIRROR_STAGE_ADDRESSES)) {
		request_dump(m, stage + 1);
		return;
	}
	m->counters.resyncs++;
	if (m->interrupted) {
		put_off(m, -EINTR);
		return;
	}
	if (m->wanted) { /* notifications were lost meanwhile */
		be_patient(m);
		return;
	}
	m->refusal = 0;
	m->gap = MIRROR_AGAIN;
	m->given_up = false;
	sweep(m);
	say_done(m);
}

/* The kernel refused or broke off the dump: another one, later. */
static void dump_failed(struct mirror *m, const struct nlmsghdr *message)
{
	const struct nlmsgerr *error = mnl_nlmsg_get_payload(message);

	if (message->nlmsg_len < mnl_nlmsg_size(sizeof(*error)) ||
	    error->error == 0)
		return;
	/* A kernel without IPv6, or without rules. */
	if (m->stage > MIRROR_STAGE_ADDRESSES &&
	    (error->error == -EAFNOSUPPORT || error->error == -EOPNOTSUPP))
		next_stage(m);
	else
		put_off(m, error->error);
}

static void take_route(struct mirror *m, const struct nlmsghdr *message)
{
	switch (mirror_routes_take(&m->routes, message, m->generation)) {
	case MIRROR_ROUTES_TAKEN:
		break;
	case MIRROR_ROUTES_REFUSED:
		m->counters.refused++;
		break;
	case MIRROR_ROUTES_DOUBT:
		m->wanted = true;
		break;
	}
}

static void take_object(struct mirror *m, const struct nlmsghdr *message)
{
	struct mirror_address address;
	struct mirror_link link;
	uint32_t at;

	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
		if (mirror_parse_link(message, &link))
			take_link(m, &link);
		break;
	case RTM_DELLINK:
		if (!mirror_parse_link(message, &link))
			break;
		at = mirror_table_link(&m->table, link.ifindex);
		if (at != MIRROR_NONE)
			drop_link(m, at);
		break;
	case RTM_NEWADDR:
		if (mirror_parse_address(message, &address))
			take_address(m, &address);
		break;
	case RTM_DELADDR:
		if (!mirror_parse_address(message, &address))
			break;
		at = mirror_table_find(&m->table, &address);
		if (at == MIRROR_NONE)
			break;
		/* Why it goes: duplicate address detection has failed. */
		m->table.addresses[at].flags = address.flags;
		drop_address(m, at);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
	case RTM_NEWRULE:
	case RTM_DELRULE:
		take_route(m, message);
		break;
	}
}

static void take_message(struct mirror *m, const struct nlmsghdr *message)
{
	bool ours = m->stage != MIRROR_STAGE_IDLE &&
		    message->nlmsg_seq == m->sequence &&
		    message->nlmsg_pid == mnl_socket_get_portid(m->socket);

	m->counters.notifications++;
	m->port = ours ? 0 : message->nlmsg_pid;
	if (ours && (message->nlmsg_flags & NLM_F_DUMP_INTR))
		m->interrupted = true; /* it contradicts itself */
	if (ours && message->nlmsg_type == NLMSG_DONE)
		next_stage(m);
	else if (ours && message->nlmsg_type == NLMSG_ERROR)
		dump_failed(m, message);
	else
		take_object(m, message);
}

static void take_messages(struct mirror *m, const char *bytes, size_t length)
{
	const struct nlmsghdr *message;

	while ((message = netlink_take(&bytes, &length)))
		take_message(m, message);
}

/* Reads one batch: the number of datagrams, 0 if there is none, or -errno. */
static int read_batch(struct mirror *m)
{
	int count = mirror_socket_receive(m->socket, m->messages, READ_BATCH);
	int error = 0;

	if (count < 0)
		return count == -EAGAIN ? 0 : count;
	for (int i = 0; i < count; i++)
		if (m->messages[i].msg_hdr.msg_flags & MSG_TRUNC)
			error = -EMSGSIZE;
		else
			take_messages(m, m->vectors[i].iov_base,
				      m->messages[i].msg_len);
	return error ? error : count;
}

static bool is_empty(const struct mirror *m)
{
	char byte;

	/* An error that this takes away says what we know: lost, so dump. */
	return recv(mirror_fd(m), &byte, sizeof(byte),
		    MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

/* Tells, once, that the mirror is not whole. */
static void announce(struct mirror *m)
{
	if (m->announced || !mirror_resyncing(m))
		return;
	m->announced = true;
	m->since = clock_now();
	say(m, MIRROR_RESYNC_BEGUN, NULL, NULL, NULL);
}

int mirror_read(struct mirror *m)
{
	tick_t end = clock_now() + MIRROR_READ_TIME;
	int total = 0;

	m->more = false;
	while (total < MIRROR_READ_MAX && clock_now() < end) {
		int count;

		announce(m);
		count = read_batch(m);
		if (count == 0) {
			if (!m->wanted || m->stage != MIRROR_STAGE_IDLE ||
			    clock_now() < m->not_before)
				return 0;
			start(m);
		} else if (count == -ENOBUFS) {
			m->counters.overruns++;
			m->wanted = true;
			count = 0;
		} else if (count == -EINTR) {
			count = 0;
		}
		if (count < 0)
			return count;
		total += count > 0 ? count : 1;
	}
	m->more = true;
	/* What is read empty wakes nobody any more: the dump has to. */
	if (m->wanted && m->stage == MIRROR_STAGE_IDLE && is_empty(m))
		start(m);
	return 0;
}

bool mirror_more(const struct mirror *m)
{
	return m->more;
}

void mirror_expect(struct mirror *m, uint32_t port)
{
	m->own = port;
}

bool mirror_resyncing(const struct mirror *m)
{
	return !m->given_up && (m->stage != MIRROR_STAGE_IDLE || m->wanted);
}

tick_t mirror_deadline(const struct mirror *m)
{
	return m->wanted && m->stage == MIRROR_STAGE_IDLE && m->not_before > 0
		       ? m->not_before
		       : TICK_NEVER;
}

int mirror_refusal(const struct mirror *m)
{
	return m->refusal;
}

void mirror_resync(struct mirror *m)
{
	bool idle = m->stage == MIRROR_STAGE_IDLE && !m->wanted;

	m->wanted = true;
	if (idle)
		start(m);
}

const struct mirror_table *mirror_table_of(const struct mirror *m)
{
	return &m->table;
}

const struct mirror_routes *mirror_routes_of(const struct mirror *m)
{
	return &m->routes;
}

struct mirror_counters mirror_counters(const struct mirror *m)
{
	return m->counters;
}
