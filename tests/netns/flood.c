/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sends a frame over and over, at a rate.
 *
 *   flood INTERFACE RATE SECONDS FRAME
 *
 * FRAME is the whole Ethernet frame in hexadecimal, RATE in frames a second.
 * Prints "sent=N ns=T" at the end: what the kernel took, and how long it all
 * lasted. When the machine cannot keep up it sends less, and lasts no longer.
 */
#include "instrument.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#define TICK      (NSEC / 1000)
#define BATCH     256
#define FRAME_MAX 2048

static uint8_t frame[FRAME_MAX];

static size_t parse(const char *text)
{
	size_t length = 0;
	unsigned byte;

	while (length < FRAME_MAX && sscanf(text, "%2x", &byte) == 1) {
		frame[length++] = (uint8_t)byte;
		text += 2;
	}
	return length;
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
static int64_t send_some(int fd, size_t length, int64_t count)
{
	static struct mmsghdr list[BATCH];
	struct iovec iov = { frame, length };
	int64_t sent = 0;

	for (unsigned i = 0; i < BATCH; i++)
		list[i].msg_hdr =
			(struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
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
	size_t length;
	int fd;

	if (argc != 5) {
		fprintf(stderr, "usage: flood INTERFACE RATE SECONDS FRAME\n");
		return 2;
	}
	rate = atoll(argv[2]);
	length = parse(argv[4]);
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
		sent += send_some(fd, length, due);
		asked += due;
	}
	printf("sent=%" PRId64 " ns=%" PRId64 "\n", sent, now() - begun);
	return 0;
}
