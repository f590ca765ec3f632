/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trains of sys/netlink.h.
 *
 * All commands lie one after another in one buffer, in the order of their
 * sequence numbers: [sent and not answered][queued]. A train is a prefix of
 * the queued ones, sent from where it lies. The kernel handles a train within
 * sendmsg(2), message by message, going on after one that fails, so that all
 * answers wait in the socket when the call returns: an error for each command
 * that failed, and one acknowledgement (or error) of the last. Only one train
 * is under way at a time, so the answers need room for one train only.
 */
#include "sys/netlink.h"
#include "base/must.h"
#include "sys/clock.h"
#include "sys/netlink_message.h"
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* An error answer costs a buffer of about 1 KiB at most. */
#define ANSWERS_BUFFER (1u << 20)

#define COMMANDS_FIRST 256
#define BUFFER_FIRST   65536

/* Bytes of the buffer that are kept while there are no commands. */
#define COMMANDS_KEPT (4 * BUFFER_FIRST)

/* Answers by one netlink_read(): more than one train can cause. */
#define READ_MAX (2 * NETLINK_TRAIN_MESSAGES)

struct command {
	uint64_t cookie;
	uint32_t offset; /* of its message in the buffer */
	uint32_t length;
	int error;
};

struct netlink {
	struct netlink_config config;
	struct netlink_counters counters;
	struct mnl_socket *socket;
	char *buffer;
	size_t used, size; /* of `buffer`, bytes */
	struct command *commands;
	uint32_t first_sequence; /* that of commands[first] */
	unsigned first;          /* the oldest one without a result */
	unsigned sent;           /* commands of the train under way */
	unsigned end;            /* past the newest one */
	unsigned capacity;
	unsigned limit; /* messages of the next train */
	bool delivering;
};

static int set_options(struct netlink *n)
{
	int fd = mnl_socket_get_fd(n->socket);
	int size = (int)(n->config.buffer ? n->config.buffer : ANSWERS_BUFFER);
	int on = 1;

	if (n->config.within_rmem_max ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* A whole train must fit: some drivers of sk_buffs count double. */
	size = 4 * NETLINK_TRAIN_BYTES;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* Answers without a copy of the command. */
	if (mnl_socket_setsockopt(n->socket, NETLINK_CAP_ACK, &on, sizeof(on)))
		return -errno;
	return 0;
}

int netlink_open(struct netlink **out, const struct netlink_config *config)
{
	struct netlink *n = calloc(1, sizeof(*n));
	int error = 0;

	if (!n)
		return -ENOMEM;
	n->config = *config;
	n->first_sequence = 1;
	if (n->config.train == 0 || n->config.train > NETLINK_TRAIN_MESSAGES)
		n->config.train = NETLINK_TRAIN_MESSAGES;
	n->limit = n->config.train;
	n->socket =
		mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->socket || mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID))
		error = -errno;
	if (!error)
		error = set_options(n);
	if (error) {
		netlink_close(n);
		return error;
	}
	*out = n;
	return 0;
}

void netlink_close(struct netlink *n)
{
	if (!n)
		return;
	if (n->socket)
		mnl_socket_close(n->socket);
	free(n->buffer);
	free(n->commands);
	free(n);
}

int netlink_fd(const struct netlink *n)
{
	return mnl_socket_get_fd(n->socket);
}

static int grow_commands(struct netlink *n)
{
	unsigned capacity = n->capacity ? 2 * n->capacity : COMMANDS_FIRST;
	struct command *commands =
		realloc(n->commands, capacity * sizeof(*commands));

	if (!commands)
		return -ENOMEM;
	n->commands = commands;
	n->capacity = capacity;
	return 0;
}

static int grow_buffer(struct netlink *n)
{
	size_t size = n->size ? 2 * n->size : BUFFER_FIRST;
	char *buffer = realloc(n->buffer, size);

	if (!buffer)
		return -ENOMEM;
	n->buffer = buffer;
	n->size = size;
	return 0;
}

/* Makes room for one more command. */
static int make_room(struct netlink *n)
{
	int error = 0;

	if (n->end - n->first >= NETLINK_QUEUE_MAX)
		return -ENOBUFS;
	if (n->end == n->capacity)
		error = grow_commands(n);
	if (!error && n->size - n->used < NETLINK_MESSAGE_MAX)
		error = grow_buffer(n);
	return error;
}

uint8_t netlink_family(uint8_t ip_family)
{
	return ip_family == IP_V6 ? AF_INET6 : AF_INET;
}

void netlink_put_ip(struct nlmsghdr *message, uint16_t attribute,
		    const struct ip *ip)
{
	if (ip->family != IP_NONE)
		mnl_attr_put(message, attribute, ip_size(ip->family),
			     ip->bytes);
}

int netlink_begin(struct netlink *n, uint16_t type, uint16_t flags,
		  struct nlmsghdr **out)
{
	struct nlmsghdr *message;
	int error = make_room(n);

	if (error)
		return error;
	message = mnl_nlmsg_put_header(n->buffer + n->used);
	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = n->first_sequence + (n->end - n->first);
	*out = message;
	return 0;
}

void netlink_end(struct netlink *n, const struct nlmsghdr *message,
		 uint64_t cookie)
{
	MUST(message->nlmsg_len <= NETLINK_MESSAGE_MAX);
	n->commands[n->end++] = (struct command){
		.cookie = cookie,
		.offset = (uint32_t)n->used,
		.length = NLMSG_ALIGN(message->nlmsg_len),
	};
	n->used += NLMSG_ALIGN(message->nlmsg_len);
}

/* There were many, and may be none for long; their room is made again. */
static void give_back(struct netlink *n)
{
	free(n->buffer);
	free(n->commands);
	n->buffer = NULL;
	n->commands = NULL;
	n->size = n->capacity = 0;
}

/* Gives back the room of the commands before `first`. */
static void compact(struct netlink *n)
{
	uint32_t gone;

	if (n->first == n->end) {
		n->first = n->end = 0;
		n->used = 0;
		if (n->size > COMMANDS_KEPT)
			give_back(n);
		return;
	}
	/* So each command is moved once on the average, not once a train. */
	if (n->first < n->end / 2)
		return;
	gone = n->commands[n->first].offset;
	n->used -= gone;
	memmove(n->buffer, n->buffer + gone, n->used);
	n->end -= n->first;
	memmove(n->commands, n->commands + n->first,
		n->end * sizeof(*n->commands));
	n->first = 0;
	for (unsigned i = 0; i < n->end; i++)
		n->commands[i].offset -= gone;
}

/*
 * The train under way is answered: gives the results to the callback, which
 * may queue more behind (and so move the arrays), and forgets its commands.
 */
static void deliver(struct netlink *n)
{
	MUST(!n->delivering);
	n->delivering = true;
	for (unsigned i = 0; i < n->sent; i++) {
		struct command command = n->commands[n->first + i];

		n->counters.commands++;
		n->counters.failed += command.error != 0;
		if (n->config.done)
			n->config.done(n->config.context, command.cookie,
				       command.error);
	}
	n->delivering = false;
	n->first += n->sent;
	n->first_sequence += n->sent;
	n->sent = 0;
	compact(n);
}

/* Nothing is known of these commands but this error. */
static void fail_all(struct netlink *n, int error)
{
	for (unsigned i = 0; i < n->sent; i++) {
		if (n->commands[n->first + i].error == 0)
			n->commands[n->first + i].error = error;
	}
	deliver(n);
}

/* True if the message is the answer to the last command of the train. */
static bool take_answer(struct netlink *n, const struct nlmsghdr *message)
{
	const struct nlmsgerr *answer;
	uint32_t index = message->nlmsg_seq - n->first_sequence;

	if (message->nlmsg_type != NLMSG_ERROR || index >= n->sent ||
	    message->nlmsg_len < mnl_nlmsg_size(sizeof(*answer)))
		return false;
	answer = mnl_nlmsg_get_payload(message);
	n->commands[n->first + index].error = -answer->error;
	return index == n->sent - 1;
}

/* True if all answers of the train have been read. */
static bool take_answers(struct netlink *n, const char *bytes, size_t length)
{
	const struct nlmsghdr *message;
	bool last = false;

	while ((message = netlink_take(&bytes, &length)))
		last |= take_answer(n, message);
	return last;
}

int netlink_read(struct netlink *n)
{
	_Alignas(struct nlmsghdr) char answers[8192];
	bool complete = false, lost = false;

	for (unsigned i = 0; i < READ_MAX && !complete; i++) {
		struct sockaddr_nl from;
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(mnl_socket_get_fd(n->socket), answers,
					  sizeof(answers), MSG_DONTWAIT,
					  (struct sockaddr *)&from, &size);

		if (length >= 0 && !netlink_is_kernel(&from, size))
			continue;
		if (length >= 0)
			complete = take_answers(n, answers, (size_t)length);
		else if (errno == ENOBUFS)
			lost = true;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			return -errno;
	}
	/* All answers were there when the train had been sent. */
	lost |= !complete && n->sent > 0;
	n->counters.overruns += lost;
	if (n->sent > 0 && lost)
		fail_all(n, NETLINK_LOST);
	else if (n->sent > 0)
		deliver(n);
	return 0;
}

/* How many of the queued commands make the next train, and their bytes. */
static unsigned next_train(const struct netlink *n, size_t *bytes)
{
	unsigned count = 0;

	*bytes = 0;
	for (unsigned i = n->first; i < n->end; i++) {
		if (count == n->limit ||
		    *bytes + n->commands[i].length > NETLINK_TRAIN_BYTES)
			break;
		*bytes += n->commands[i].length;
		count++;
	}
	return count;
}

/*
 * Sends the train, and reckons from what a message took how many the next one
 * may have. A train that was interrupted looks slow; the limit recovers.
 */
static int send_train(struct netlink *n, const char *bytes, size_t length)
{
	tick_t begin = clock_now(), taken;
	ssize_t result;
	unsigned fit;

	do
		result = mnl_socket_sendto(n->socket, bytes, length);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return -errno;
	taken = tick_max(clock_now() - begin, 1);
	fit = (unsigned)tick_min(NETLINK_TRAIN_TIME * n->sent / taken,
				 n->config.train);
	if (fit > 2 * n->limit)
		fit = 2 * n->limit;
	n->limit = fit < NETLINK_TRAIN_LEAST ? NETLINK_TRAIN_LEAST : fit;
	return 0;
}

bool netlink_flush(struct netlink *n)
{
	struct command *first;
	struct nlmsghdr *last;
	size_t bytes;
	int error;

	if (n->delivering)
		return true;
	if (n->sent > 0)
		netlink_read(n);
	if (n->first == n->end)
		return false;
	n->sent = next_train(n, &bytes);
	first = &n->commands[n->first];
	last = (void *)(n->buffer + first[n->sent - 1].offset);
	last->nlmsg_flags |= NLM_F_ACK;
	error = send_train(n, n->buffer + first->offset, bytes);
	n->counters.trains++;
	if (error)
		fail_all(n, -error);
	return n->end - n->first > n->sent;
}

uint32_t netlink_port(const struct netlink *n)
{
	return mnl_socket_get_portid(n->socket);
}

unsigned netlink_pending(const struct netlink *n)
{
	return n->end - n->first;
}

struct netlink_counters netlink_counters(const struct netlink *n)
{
	return n->counters;
}
