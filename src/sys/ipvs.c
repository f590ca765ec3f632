/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket of sys/ipvs.h. An answer counts only if it comes from the kernel
 * and has the sequence number of what was asked; what a call that failed has
 * left behind in the socket is skipped by the next one that way.
 */
#include "sys/ipvs.h"

#include "base/must.h"
#include "sys/ipvs_message.h"
#include "sys/netlink_source.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* An answer with an error takes about 1 KiB of the socket's buffer. */
#define ANSWERS_BUFFER (1 << 20)
/* Of a part of a dump; the kernel makes none larger for who reads so much. */
#define READ_BUFFER 32768
/* The kernel answers at once. One that does not is not waited for. */
#define ANSWER_MS 1000
/* Entries that a dump may have: a bound against one that never ends. */
#define DUMP_MAX (1u << 20)

struct ipvs {
	struct mnl_socket *socket;
	uint32_t sequence; /* of the next message */
	uint16_t family;
	_Alignas(struct nlmsghdr) char out[IPVS_TRAIN_MAX * IPVS_MESSAGE_MAX];
	_Alignas(struct nlmsghdr) char in[READ_BUFFER];
};

static int set_options(const struct ipvs *v)
{
	int fd = mnl_socket_get_fd(v->socket);
	int size = ANSWERS_BUFFER, on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	size = 4 * (int)sizeof(v->out);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	/* Answers without a copy of the command. */
	if (mnl_socket_setsockopt(v->socket, NETLINK_CAP_ACK, &on, sizeof(on)))
		return -errno;
	return 0;
}

static struct ipvs_envelope envelope(struct ipvs *v, unsigned flags)
{
	return (struct ipvs_envelope){
		.family = v->family,
		.flags = (uint16_t)flags,
		.sequence = v->sequence++,
	};
}

/* What is done with the answers to the messages from `first` to `last`. */
struct reading {
	uint32_t first, last;
	/* One of them; the result: 0, or -errno, which ends the reading. */
	int (*take)(void *context, const struct nlmsghdr *message,
		    uint32_t index);
	void *context;
	unsigned count;
};

/* 1: this was the last answer; 0: there are more; or -errno. */
static int take_one(struct reading *r, const struct nlmsghdr *message)
{
	uint32_t index = message->nlmsg_seq - r->first;
	int error;

	if (index > r->last - r->first)
		return 0;
	if (message->nlmsg_type == NLMSG_DONE)
		return 1;
	if (++r->count > DUMP_MAX)
		return -EOVERFLOW;
	error = r->take(r->context, message, index);
	if (error)
		return error;
	return message->nlmsg_seq == r->last &&
	       !(message->nlmsg_flags & NLM_F_MULTI);
}

/* Reads until the last answer. */
static int read_answers(struct ipvs *v, struct reading *r)
{
	for (;;) {
		ssize_t length = netlink_receive(v->socket, v->in,
						 sizeof(v->in), ANSWER_MS);
		const char *bytes = v->in;
		size_t left = length > 0 ? (size_t)length : 0;
		const struct nlmsghdr *message;
		int result = length < 0 ? (int)length : 0;

		while (result == 0 && (message = netlink_take(&bytes, &left)))
			result = take_one(r, message);
		if (result != 0)
			return result < 0 ? result : 0;
	}
}

static int take_family(void *context, const struct nlmsghdr *message,
		       uint32_t index)
{
	struct ipvs *v = context;
	int error;

	(void)index;
	if (ipvs_decode_error(message, &error))
		return -error;
	return ipvs_decode_resolve(message, &v->family) ? 0 : -EPROTO;
}

static int resolve(struct ipvs *v)
{
	uint32_t sequence = v->sequence++;
	struct reading r = { sequence, sequence, take_family, v, 0 };
	int error = netlink_send(v->socket, v->out,
				 ipvs_encode_resolve(v->out, sequence));

	return error ? error : read_answers(v, &r);
}

int ipvs_open(struct ipvs **out)
{
	struct ipvs *v = calloc(1, sizeof(*v));
	int error = 0;

	if (!v)
		return -ENOMEM;
	v->sequence = 1;
	v->socket =
		mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!v->socket || mnl_socket_bind(v->socket, 0, MNL_SOCKET_AUTOPID))
		error = -errno;
	if (!error)
		error = set_options(v);
	if (!error)
		error = resolve(v);
	if (error) {
		ipvs_close(v);
		return error;
	}
	*out = v;
	return 0;
}

void ipvs_close(struct ipvs *v)
{
	if (!v)
		return;
	if (v->socket)
		mnl_socket_close(v->socket);
	free(v);
}

static int take_result(void *context, const struct nlmsghdr *message,
		       uint32_t index)
{
	int *errors = context;

	return ipvs_decode_error(message, &errors[index]) ? 0 : -EPROTO;
}

int ipvs_train(struct ipvs *v, const struct ipvs_change *changes,
	       unsigned count, int *errors)
{
	struct reading r = { v->sequence, v->sequence + count - 1, take_result,
			     errors, 0 };
	size_t length = 0;
	int error;

	MUST(count > 0 && count <= IPVS_TRAIN_MAX);
	for (unsigned n = 0; n < count; n++) {
		struct ipvs_envelope to =
			envelope(v, n == count - 1 ? NLM_F_ACK : 0);

		errors[n] = 0;
		length += ipvs_encode_change(v->out + length, &to, &changes[n]);
	}
	error = netlink_send(v->socket, v->out, length);
	if (error)
		return error;
	if (read_answers(v, &r))
		for (unsigned n = 0; n < count; n++)
			errors[n] = errors[n] ? errors[n] : IPVS_LOST;
	return 0;
}

struct services {
	void (*each)(void *, const struct ipvs_service *,
		     const struct ipvs_counts *);
	void *context;
};

static int take_service(void *context, const struct nlmsghdr *message,
			uint32_t index)
{
	const struct services *to = context;
	struct ipvs_service service;
	struct ipvs_counts counts;
	int error;

	(void)index;
	if (ipvs_decode_error(message, &error))
		return -error;
	/* One of a kind that is not known here is not ours. */
	if (ipvs_decode_service(message, &service, &counts))
		to->each(to->context, &service, &counts);
	return 0;
}

/* A question, whose answers have its number. */
static int ask(struct ipvs *v, enum ipvs_question question, unsigned flags,
	       const struct ipvs_key *key,
	       int (*take)(void *, const struct nlmsghdr *, uint32_t),
	       void *context)
{
	struct ipvs_envelope to = envelope(v, flags);
	struct reading r = { to.sequence, to.sequence, take, context, 0 };
	int error = netlink_send(v->socket, v->out,
				 ipvs_encode_get(v->out, &to, question, key));

	return error ? error : read_answers(v, &r);
}

int ipvs_services(struct ipvs *v,
		  void (*each)(void *, const struct ipvs_service *,
			       const struct ipvs_counts *),
		  void *context)
{
	struct services to = { each, context };

	return ask(v, IPVS_GET_SERVICE, NLM_F_DUMP, NULL, take_service, &to);
}

struct dests {
	void (*each)(void *, const struct ipvs_dest *,
		     const struct ipvs_counts *);
	void *context;
	uint8_t family;
};

static int take_dest(void *context, const struct nlmsghdr *message,
		     uint32_t index)
{
	const struct dests *to = context;
	struct ipvs_counts counts;
	struct ipvs_dest dest;
	int error;

	(void)index;
	if (ipvs_decode_error(message, &error))
		return -error;
	if (ipvs_decode_dest(message, to->family, &dest, &counts))
		to->each(to->context, &dest, &counts);
	return 0;
}

int ipvs_dests(struct ipvs *v, const struct ipvs_key *service,
	       void (*each)(void *, const struct ipvs_dest *,
			    const struct ipvs_counts *),
	       void *context)
{
	struct dests to = { each, context, service->family };

	return ask(v, IPVS_GET_DEST, NLM_F_DUMP, service, take_dest, &to);
}

static int take_daemon(void *context, const struct nlmsghdr *message,
		       uint32_t index)
{
	struct ipvs_daemon *out = context, daemon;
	int error;

	(void)index;
	if (ipvs_decode_error(message, &error))
		return -error;
	if (ipvs_decode_daemon(message, &daemon))
		out[daemon.role == IPVS_BACKUP] = daemon;
	return 0;
}

int ipvs_daemons(struct ipvs *v, struct ipvs_daemon out[2])
{
	out[0] = out[1] = (struct ipvs_daemon){ 0 };
	return ask(v, IPVS_GET_DAEMON, NLM_F_DUMP, NULL, take_daemon, out);
}

static int take_ack(void *context, const struct nlmsghdr *message,
		    uint32_t index)
{
	int error;

	(void)context;
	(void)index;
	return ipvs_decode_error(message, &error) ? -error : -EPROTO;
}

/* A message that is written, whose answer is an acknowledgement. */
static int finish(struct ipvs *v, uint32_t sequence, size_t length)
{
	struct reading r = { sequence, sequence, take_ack, NULL, 0 };
	int error = netlink_send(v->socket, v->out, length);

	return error ? error : read_answers(v, &r);
}

int ipvs_daemon_start(struct ipvs *v, const struct ipvs_daemon *daemon)
{
	struct ipvs_envelope to = envelope(v, NLM_F_ACK);

	return finish(v, to.sequence,
		      ipvs_encode_daemon(v->out, &to, true, daemon));
}

int ipvs_daemon_stop(struct ipvs *v, enum ipvs_daemon_role role)
{
	const struct ipvs_daemon daemon = { .role = (uint8_t)role };
	struct ipvs_envelope to = envelope(v, NLM_F_ACK);

	return finish(v, to.sequence,
		      ipvs_encode_daemon(v->out, &to, false, &daemon));
}

static int take_timeouts(void *context, const struct nlmsghdr *message,
			 uint32_t index)
{
	int error;

	(void)index;
	if (ipvs_decode_error(message, &error))
		return -error;
	return ipvs_decode_timeouts(message, context) ? 0 : -EPROTO;
}

int ipvs_get_timeouts(struct ipvs *v, struct ipvs_timeouts *out)
{
	return ask(v, IPVS_GET_CONFIG, 0, NULL, take_timeouts, out);
}

int ipvs_set_timeouts(struct ipvs *v, const struct ipvs_timeouts *timeouts)
{
	struct ipvs_envelope to = envelope(v, NLM_F_ACK);

	return finish(v, to.sequence,
		      ipvs_encode_timeouts(v->out, &to, timeouts));
}
