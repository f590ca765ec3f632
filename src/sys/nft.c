/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two sockets of sys/nft.h: one that asks and changes, and one that hears
 * of changes. Of these it hears only that there was one, and whose: a filter
 * drops the rest, so programs that change much cost little.
 */
#include "sys/nft.h"

#include "base/must.h"
#include "sys/netlink_source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/filter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define READ_BUFFER 65536
/* The kernel answers at once. One that does not is not waited for. */
#define ANSWER_MS 1000
/* Messages that an answer may have: a bound against one that never ends. */
#define ANSWER_MAX (1u << 20)
/* Notices that are read at a time; the rest says nothing new. */
#define NOTICES_MAX   64
#define TYPE(message) (NFNL_SUBSYS_NFTABLES << 8 | (message))

struct nft {
	struct mnl_socket *socket, *notices;
	uint32_t sequence; /* of the next message */
	_Alignas(struct nlmsghdr) char in[READ_BUFFER];
};

/*
 * After each transaction the kernel sends its number, in a datagram of its own
 * (NFT_MSG_NEWGEN); what was changed is in others.
 */
static int filter_notices(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS,
			 offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(TYPE(NFT_MSG_NEWGEN)),
			 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { ARRAY_LENGTH(code), code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program))
		       ? -errno
		       : 0;
}

static int open_notices(struct nft *n)
{
	int group = NFNLGRP_NFTABLES, error;

	n->notices = mnl_socket_open2(NETLINK_NETFILTER,
				      SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->notices)
		return -errno;
	error = filter_notices(mnl_socket_get_fd(n->notices));
	if (error)
		return error;
	if (mnl_socket_bind(n->notices, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(n->notices, NETLINK_ADD_MEMBERSHIP, &group,
				  sizeof(group)))
		return -errno;
	return 0;
}

static int open_socket(struct nft *n)
{
	int size = NFT_BATCH_MAX, on = 1, fd;

	n->socket = mnl_socket_open2(NETLINK_NETFILTER,
				     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!n->socket || mnl_socket_bind(n->socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	fd = mnl_socket_get_fd(n->socket);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* Errors without a copy of the message. */
	return mnl_socket_setsockopt(n->socket, NETLINK_CAP_ACK, &on,
				     sizeof(on))
		       ? -errno
		       : 0;
}

int nft_open(struct nft **out)
{
	struct nft *n = calloc(1, sizeof(*n));
	int error;

	if (!n)
		return -ENOMEM;
	n->sequence = 1;
	error = open_socket(n);
	if (!error)
		error = open_notices(n);
	if (error) {
		nft_close(n);
		return error;
	}
	*out = n;
	return 0;
}

void nft_close(struct nft *n)
{
	if (!n)
		return;
	if (n->socket)
		mnl_socket_close(n->socket);
	if (n->notices)
		mnl_socket_close(n->notices);
	free(n);
}

/* Room for one more message; what libmnl leaves out is 0. */
static bool make_room(struct nft_batch *b)
{
	size_t room = b->room ? b->room : NFT_MESSAGE_MAX;
	char *bytes;

	while (room - b->length < NFT_MESSAGE_MAX)
		room *= 2;
	if (room > NFT_BATCH_MAX)
		return false;
	if (room == b->room)
		return true;
	bytes = realloc(b->bytes, room);
	if (!bytes)
		return false;
	b->bytes = bytes;
	b->room = room;
	return true;
}

static struct nlmsghdr *put_message(struct nft_batch *b, uint16_t type,
				    unsigned flags, uint8_t family,
				    uint16_t resource)
{
	struct nlmsghdr *message;
	struct nfgenmsg *head;

	if (b->failed || !make_room(b)) {
		b->failed = true;
		return NULL;
	}
	memset(b->bytes + b->length, 0, NFT_MESSAGE_MAX);
	message = mnl_nlmsg_put_header(b->bytes + b->length);
	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(resource);
	return message;
}

static void begin(struct nft_batch *b)
{
	struct nlmsghdr *message = put_message(b, NFNL_MSG_BATCH_BEGIN, 0,
					       AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	if (message)
		nft_end(b, message);
}

struct nlmsghdr *nft_message(struct nft_batch *b, unsigned type, unsigned flags,
			     uint8_t family)
{
	if (b->length == 0)
		begin(b);
	return put_message(b, (uint16_t)TYPE(type), flags, family, 0);
}

void nft_end(struct nft_batch *b, const struct nlmsghdr *message)
{
	MUST(message->nlmsg_len <= NFT_MESSAGE_MAX);
	b->length += NLMSG_ALIGN(message->nlmsg_len);
}

void nft_batch_free(struct nft_batch *b)
{
	free(b->bytes);
	*b = (struct nft_batch){ 0 };
}

/* Gives each message its number; the last one. */
static struct nlmsghdr *number(struct nft *n, char *bytes, size_t length)
{
	struct nlmsghdr *message = NULL;

	for (size_t at = 0; at < length;
	     at += NLMSG_ALIGN(message->nlmsg_len)) {
		message = (struct nlmsghdr *)(void *)(bytes + at);
		message->nlmsg_seq = n->sequence++;
	}
	return message;
}

struct reading {
	uint32_t first, last; /* the numbers of what was sent */
	int (*take)(void *context, const struct nlmsghdr *message);
	void *context;
	int error; /* the first one */
	unsigned count;
};

/* The kernel's own word on one message, or on all of them, by the first. */
static int take_error(struct reading *r, const struct nlmsghdr *message)
{
	const struct nlmsgerr *said = mnl_nlmsg_get_payload(message);

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*said))
		return -EPROTO;
	if (!r->error)
		r->error = said->error;
	return message->nlmsg_seq == r->last ||
	       (message->nlmsg_seq == r->first && said->error);
}

/* 1: this was the last answer; 0: there are more; or -errno. */
static int take_one(struct reading *r, const struct nlmsghdr *message)
{
	if (message->nlmsg_seq - r->first > r->last - r->first)
		return 0;
	if (message->nlmsg_flags & NLM_F_DUMP_INTR)
		r->error = -EINTR; /* it was changed meanwhile */
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (++r->count > ANSWER_MAX)
		return -EOVERFLOW;
	if (message->nlmsg_type == NLMSG_ERROR)
		return take_error(r, message);
	if (r->take && !r->error)
		r->error = r->take(r->context, message);
	return message->nlmsg_seq == r->last &&
	       !(message->nlmsg_flags & NLM_F_MULTI);
}

/* Until the last answer; 0 or -errno. */
static int read_answers(struct nft *n, struct reading *r)
{
	for (;;) {
		ssize_t length = netlink_receive(n->socket, n->in,
						 sizeof(n->in), ANSWER_MS);
		const char *bytes = n->in;
		size_t left = length > 0 ? (size_t)length : 0;
		const struct nlmsghdr *message;
		int result = length < 0 ? (int)length : 0;

		while (result == 0 && (message = netlink_take(&bytes, &left)))
			result = take_one(r, message);
		if (result > 0)
			return r->error;
		if (result < 0)
			return r->error ? r->error : result;
	}
}

static void put_end(struct nft_batch *b)
{
	const struct nlmsghdr *message = put_message(
		b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);

	if (message)
		nft_end(b, message);
}

static int send_batch(struct nft *n, struct nft_batch *b, struct reading *r)
{
	struct nlmsghdr *last;
	size_t length = b->length;
	int error;

	put_end(b);
	if (b->failed)
		return -ENOMEM;
	r->first = n->sequence;
	/* What fails is answered, and the last one in any case. */
	last = number(n, b->bytes, length);
	last->nlmsg_flags |= NLM_F_ACK;
	r->last = last->nlmsg_seq;
	number(n, b->bytes + length, b->length - length);
	error = netlink_send(n->socket, b->bytes, b->length);
	return error ? error : read_answers(n, r);
}

int nft_commit(struct nft *n, struct nft_batch *b)
{
	struct reading r = { 0 };
	int error = 0;

	if (b->length > 0 || b->failed)
		error = send_batch(n, b, &r);
	b->length = 0;
	b->failed = false;
	return error;
}

int nft_ask(struct nft *n, struct nft_batch *b,
	    int (*take)(void *context, const struct nlmsghdr *message),
	    void *context)
{
	struct reading r = { .take = take, .context = context };
	/* Without the beginning of a transaction. */
	size_t at =
		NLMSG_ALIGN(sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg));
	int error = -ENOMEM;

	if (!b->failed) {
		r.first = r.last = n->sequence;
		number(n, b->bytes + at, b->length - at);
		error = netlink_send(n->socket, b->bytes + at, b->length - at);
		if (!error)
			error = read_answers(n, &r);
	}
	b->length = 0;
	b->failed = false;
	return error;
}

int nft_fd(const struct nft *n)
{
	return mnl_socket_get_fd(n->notices);
}

static int take_author(const struct nlattr *a, void *context)
{
	struct nft_author *by = context;
	size_t length = mnl_attr_get_payload_len(a);

	if (mnl_attr_get_type(a) == NFTA_GEN_PROC_PID &&
	    length == sizeof(uint32_t))
		by->pid = ntohl(mnl_attr_get_u32(a));
	if (mnl_attr_get_type(a) == NFTA_GEN_PROC_NAME)
		memcpy(by->name, mnl_attr_get_payload(a),
		       length < sizeof(by->name) ? length
						 : sizeof(by->name) - 1);
	return MNL_CB_OK;
}

/* `others`: there was one before. Of two programs none is named. */
static void read_author(const struct nlmsghdr *message, bool others,
			struct nft_author *by)
{
	struct nft_author is = { 0 };

	mnl_attr_parse(message, sizeof(struct nfgenmsg), take_author, &is);
	if (others && strcmp(is.name, by->name) != 0)
		is = (struct nft_author){ 0 };
	*by = is;
}

bool nft_others(struct nft *n, struct nft_author *by)
{
	uint32_t ours = mnl_socket_get_portid(n->socket);
	bool others = false;

	for (unsigned k = 0; k < NOTICES_MAX; k++) {
		ssize_t length =
			netlink_receive(n->notices, n->in, sizeof(n->in), 0);
		const char *bytes = n->in;
		size_t left = length > 0 ? (size_t)length : 0;
		const struct nlmsghdr *message;

		if (length == -ETIMEDOUT)
			return others;
		if (length < 0) { /* some were lost */
			others = true;
			*by = (struct nft_author){ 0 };
		}
		while ((message = netlink_take(&bytes, &left))) {
			if (message->nlmsg_pid == ours ||
			    message->nlmsg_type != TYPE(NFT_MSG_NEWGEN) ||
			    message->nlmsg_len <
				    NLMSG_LENGTH(sizeof(struct nfgenmsg)))
				continue;
			read_author(message, others, by);
			others = true;
		}
	}
	*by = (struct nft_author){ 0 };
	return true; /* and there are more */
}
