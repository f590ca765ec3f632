/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outage that a host sees, measured at 1 kHz.
 *
 *   probe US ADDRESS... [- CONTROL...]
 *                        asks each ADDRESS every US microseconds, by an ICMP
 *                        echo request, which the kernel of its holder answers
 *
 * It reads lines from its standard input and answers each with one line of
 * key=value pairs, about the Nth address, from 0:
 *
 *   report N FROM TO LATE
 *           of the questions sent in [FROM, TO), nanoseconds of
 *           CLOCK_MONOTONIC: sent, answered, lost, and the longest gap: from
 *           the last question answered before it (gap_from) to the first
 *           answered after it (gap_to)
 *   last N  when the newest question that has an answer was sent
 *
 * A question whose answer came LATE (ns) or more after it counts as lost: it
 * waited in a queue while nobody was there. When an answer came the kernel
 * says; this program may have slept. A CONTROL is an address that never goes
 * away, and is asked at the same moments: as late as its answer to a question
 * came, the answers of the others may be, too. That is how long this program,
 * the kernel and the machine took, and no fault of who is judged. The end of
 * the input ends the program.
 * It does not judge: see instruments.py.
 *
 * Waking up and system calls are what costs most here. So one program asks all
 * addresses at one time and in one call, and takes all answers in one call
 * when it asks again.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define QUESTIONS   (1u << 21) /* half an hour at 1 kHz */
#define TARGETS     8
#define LINE_SIZE   256
#define BATCH       64 /* answers read in one call */
#define BATCHES_MAX 4  /* in a row */
#define CATCHUP_MAX 20 /* questions sent at once after oversleeping */
/* So much later an answer may be, whatever a control says. */
#define SLOW_MAX (NSEC / 5)

struct question {
	int64_t sent;
	int64_t answered; /* when the answer came, or 0 */
};

static struct target {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address;
	uint32_t asked;
	struct question questions[QUESTIONS];
} targets[TARGETS];
static unsigned target_count;
static unsigned first_control; /* the targets from here on are */

/* The same header in both families (RFC 792, RFC 4443 4.1), and ours. */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id; /* the target */
	uint16_t sequence;
	uint32_t asker; /* there may be others on this host */
	uint32_t number;
};

/* One socket a family, -1 where nobody is asked. */
static int v4 = -1, v6 = -1;

static int echo_socket(int family)
{
	bool six = family == AF_INET6;
	struct icmp_filter replies = { ~(1u << ICMP_ECHOREPLY) };
	struct icmp6_filter replies6;
	int fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
			six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	int one = 1;

	ICMP6_FILTER_SETBLOCKALL(&replies6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &replies6);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) ||
	    (six ? setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &replies6,
			      sizeof(replies6))
		 : setsockopt(fd, SOL_RAW, ICMP_FILTER, &replies,
			      sizeof(replies))))
		fail("socket");
	return fd;
}

static void add_target(const char *text)
{
	struct target *t = &targets[target_count++];

	if (inet_pton(AF_INET, text, &t->address.v4.sin_addr) == 1) {
		t->address.any.sa_family = AF_INET;
		v4 = v4 < 0 ? echo_socket(AF_INET) : v4;
	} else if (inet_pton(AF_INET6, text, &t->address.v6.sin6_addr) == 1) {
		t->address.any.sa_family = AF_INET6;
		v6 = v6 < 0 ? echo_socket(AF_INET6) : v6;
	} else {
		fprintf(stderr, "probe: %s: not an address\n", text);
		exit(2);
	}
}

/* RFC 1071; for ICMPv6 the kernel does it. */
static uint16_t checksum(const struct echo *e)
{
	const uint8_t *bytes = (const uint8_t *)e;
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*e); i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static struct echo next_question(struct target *t)
{
	struct echo e = {
		.type = t->address.any.sa_family == AF_INET
				? ICMP_ECHO
				: ICMP6_ECHO_REQUEST,
		.id = htons((uint16_t)(t - targets)),
		.sequence = htons((uint16_t)t->asked),
		.asker = (uint32_t)getpid(),
		.number = t->asked,
	};

	if (t->asked == QUESTIONS) {
		fprintf(stderr, "probe: asked enough\n");
		exit(1);
	}
	e.checksum = checksum(&e);
	t->questions[t->asked++].sent = now();
	return e;
}

/* A refused question (no route, no neighbour) is a lost one. */
static void send_all(int fd, struct mmsghdr *messages, unsigned count)
{
	unsigned refused = 0;

	for (unsigned done = 0; done < count;) {
		int n = sendmmsg(fd, messages + done, count - done, 0);

		if (n > 0)
			done += (unsigned)n;
		if (n <= 0 && ++refused % 3 == 0)
			done++;
	}
}

/* A question to each target of a family. */
static void ask_family(int family, int fd)
{
	struct mmsghdr messages[TARGETS] = { 0 };
	struct echo questions[TARGETS];
	struct iovec parts[TARGETS];
	unsigned count = 0;

	for (unsigned i = 0; i < target_count; i++) {
		struct target *t = &targets[i];

		if (t->address.any.sa_family != family)
			continue;
		questions[count] = next_question(t);
		parts[count] = (struct iovec){ &questions[count],
					       sizeof(struct echo) };
		messages[count].msg_hdr = (struct msghdr){
			.msg_name = &t->address,
			.msg_namelen = family == AF_INET
					       ? sizeof(t->address.v4)
					       : sizeof(t->address.v6),
			.msg_iov = &parts[count],
			.msg_iovlen = 1,
		};
		count++;
	}
	send_all(fd, messages, count);
}

/* When a packet came, by the kernel's stamp. */
static int64_t stamp_of(struct msghdr *msg)
{
	int64_t ago = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c;
	     c = CMSG_NXTHDR(msg, c)) {
		struct timespec t;

		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SO_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(c), sizeof(t));
		ago = now_by(CLOCK_REALTIME) - (t.tv_sec * NSEC + t.tv_nsec);
	}
	return now() - (ago > 0 ? ago : 0); /* that clock may be set */
}

static void hear(const uint8_t *bytes, size_t length, struct msghdr *msg)
{
	struct target *t;
	struct question *q;
	struct echo e;

	if (length < sizeof(e))
		return;
	memcpy(&e, bytes, sizeof(e));
	t = &targets[ntohs(e.id) % TARGETS];
	if (e.asker != (uint32_t)getpid() || e.number >= t->asked)
		return;
	q = &t->questions[e.number];
	if (!q->answered)
		q->answered = stamp_of(msg);
}

/* Of IPv4 a raw socket sees the header as well. */
static size_t header_length(int fd, const uint8_t *bytes)
{
	return fd == v4 ? (size_t)(bytes[0] & 15) * 4 : 0;
}

/* What has come; false when there may be more. */
static bool hear_batch(int fd)
{
	static uint8_t bytes[BATCH][128];
	static _Alignas(struct cmsghdr) uint8_t control[BATCH][64];
	static struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	int count;

	for (unsigned i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ bytes[i], sizeof(bytes[i]) };
		messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &parts[i],
			.msg_iovlen = 1,
			.msg_control = control[i],
			.msg_controllen = sizeof(control[i]),
		};
	}
	count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < count; i++) {
		size_t header = header_length(fd, bytes[i]);

		if (messages[i].msg_len > header)
			hear(bytes[i] + header, messages[i].msg_len - header,
			     &messages[i].msg_hdr);
	}
	return count < BATCH;
}

static void hear_all(void)
{
	for (int i = 0; i < BATCHES_MAX && v4 >= 0; i++)
		if (hear_batch(v4))
			break;
	for (int i = 0; i < BATCHES_MAX && v6 >= 0; i++)
		if (hear_batch(v6))
			break;
}

/* How late the latest control was when the same question was asked. */
static int64_t slowness(uint32_t number)
{
	int64_t slow = 0;

	for (unsigned i = first_control; i < target_count; i++) {
		const struct question *q = &targets[i].questions[number];

		if (q->answered && q->answered - q->sent > slow)
			slow = q->answered - q->sent;
	}
	return slow < SLOW_MAX ? slow : SLOW_MAX;
}

static bool in_time(const struct target *t, uint32_t number, int64_t late)
{
	const struct question *q = &t->questions[number];

	return q->answered && (q->answered - q->sent < late ||
			       q->answered - q->sent < late + slowness(number));
}

static void report(const struct target *t, int64_t from, int64_t to,
		   int64_t late)
{
	uint32_t sent = 0, answered = 0;
	int64_t last = 0, gap_from = 0, gap_to = 0;

	for (uint32_t i = 0; i < t->asked; i++) {
		const struct question *q = &t->questions[i];

		if (q->sent < from || q->sent >= to)
			continue;
		sent++;
		if (!in_time(t, i, late))
			continue;
		answered++;
		if (last && q->sent - last > gap_to - gap_from) {
			gap_from = last;
			gap_to = q->sent;
		}
		last = q->sent;
	}
	printf("sent=%u answered=%u lost=%u gap=%" PRId64 " gap_from=%" PRId64
	       " gap_to=%" PRId64 " last=%" PRId64 "\n",
	       sent, answered, sent - answered, gap_to - gap_from, gap_from,
	       gap_to, last);
}

static void last_answered(const struct target *t)
{
	for (uint32_t i = t->asked; i > 0; i--) {
		if (t->questions[i - 1].answered) {
			printf("last=%" PRId64 "\n", t->questions[i - 1].sent);
			return;
		}
	}
	printf("last=0\n");
}

/* One line of the input; false at its end. */
static bool command(void)
{
	char line[LINE_SIZE];
	int64_t from, to, late;
	unsigned n;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	hear_all(); /* what has come meanwhile is known */
	if (sscanf(line, "report %u %" SCNd64 " %" SCNd64 " %" SCNd64, &n,
		   &from, &to, &late) == 4 &&
	    n < target_count)
		report(&targets[n], from, to, late);
	else if (sscanf(line, "last %u", &n) == 1 && n < target_count)
		last_answered(&targets[n]);
	else
		printf("error=unknown\n");
	fflush(stdout);
	return true;
}

static int ask(int64_t period)
{
	struct itimerspec every = {
		.it_interval = { period / NSEC, period % NSEC },
		.it_value = { period / NSEC, period % NSEC },
	};
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct pollfd fds[2] = { { timer, POLLIN, 0 },
				 { STDIN_FILENO, POLLIN, 0 } };

	if (timer < 0 || timerfd_settime(timer, 0, &every, NULL) < 0)
		fail("timer");
	setvbuf(stdin, NULL, _IONBF, 0);
	puts("ready");
	fflush(stdout);
	for (;;) {
		uint64_t due = 0;

		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			fail("poll");
		if (read(timer, &due, sizeof(due)) != sizeof(due))
			due = 0;
		if (due > 0)
			hear_all();
		for (uint64_t i = 0; i < due && i < CATCHUP_MAX; i++) {
			if (v4 >= 0)
				ask_family(AF_INET, v4);
			if (v6 >= 0)
				ask_family(AF_INET6, v6);
		}
		if (fds[1].revents && !command())
			return 0;
	}
}

int main(int argc, char **argv)
{
	if (argc < 3 || argc - 2 > TARGETS) {
		fprintf(stderr, "usage: probe US ADDRESS... [- CONTROL...]\n");
		return 2;
	}
	run_first();
	first_control = TARGETS;
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-") == 0)
			first_control = target_count;
		else
			add_target(argv[i]);
	}
	return ask(atoll(argv[1]) * 1000);
}
