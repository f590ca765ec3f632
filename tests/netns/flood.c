/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends frames over and over, in turn, at a rate.
 *
 *   flood INTERFACE RATE SECONDS FRAME...
 *
 * FRAME is the whole Ethernet frame in hexadecimal, RATE in frames a second.
 * Prints "sent=N ns=T cpu=C" at the end: what the kernel took, how long it all
 * lasted, and the processor time of that, which on a LAN of veth pairs includes
 * what the kernels of all receivers do. When the machine cannot keep up it
 * sends less, and lasts no longer.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define TICK      (NSEC / 1000)
#define BATCH     256
#define FRAME_MAX 2048
#define FRAMES    4

static uint8_t bytes[FRAMES][FRAME_MAX];
static struct iovec frames[FRAMES];
static int frame_count;

static void parse(const char *text)
{
	struct iovec *frame = &frames[frame_count];
	unsigned byte;

	frame->iov_base = bytes[frame_count++];
	while (frame->iov_len < FRAME_MAX && sscanf(text, "%2x", &byte) == 1) {
		((uint8_t *)frame->iov_base)[frame->iov_len++] = (uint8_t)byte;
		text += 2;
	}
}

static int64_t cpu(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NSEC +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static int open_interface(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	to.sll_ifindex = (int)if_nametoindex(name);
	if (fd < 0 || to.sll_ifindex == 0 ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail(name);
	return fd;
}

/* Up to `count` frames; how many the kernel took. */
static int64_t send_some(int fd, int64_t count)
{
	static struct mmsghdr list[BATCH];
	static int next;
	int64_t sent = 0;

	for (int i = 0; i < BATCH; i++)
		list[i].msg_hdr = (struct msghdr){
			.msg_iov = &frames[(next + i) % frame_count],
			.msg_iovlen = 1,
		};
	next = (int)((next + count) % frame_count);
	while (sent < count) {
		int64_t left = count - sent;
		int done = sendmmsg(fd, list,
				    left < BATCH ? (unsigned)left : BATCH, 0);

		if (done <= 0)
			break;
		sent += done;
	}
	return sent;
}

int main(int argc, char **argv)
{
	int64_t rate, end, begun, next, sent = 0, asked = 0;
	int fd;

	if (argc < 5 || argc > 4 + FRAMES) {
		fprintf(stderr,
			"usage: flood INTERFACE RATE SECONDS FRAME...\n");
		return 2;
	}
	rate = atoll(argv[2]);
	for (int i = 4; i < argc; i++)
		parse(argv[i]);
	fd = open_interface(argv[1]);
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	begun = next = now();
	end = begun + (int64_t)(atof(argv[3]) * (double)NSEC);
	while (next < end) {
		struct timespec until;
		int64_t due;

		next += TICK;
		until = (struct timespec){ next / NSEC, next % NSEC };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		due = (next - begun) / 1000 * rate / (NSEC / 1000) - asked;
		sent += send_some(fd, due);
		asked += due;
	}
	printf("sent=%" PRId64 " ns=%" PRId64 " cpu=%" PRId64 "\n", sent,
	       now() - begun, cpu());
	return 0;
}
