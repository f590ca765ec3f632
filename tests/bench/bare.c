/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one advertisement costs on this LAN when a program does nothing else.
 *
 *   bare LINKS BATCH PAUSE_US FRAMES
 *
 * Sends FRAMES advertisements of a VRID that nobody has on lan0 to lanN, in
 * batches by sendmmsg(2) on one packet socket with pauses in between, and
 * prints the processor time of one in nanoseconds. On a veth the sender also
 * pays for the switch and for the delivery to the peer's sockets, so this is
 * the floor under every program that is measured there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH_MAX  1024
#define FRAME_SIZE 46 /* Ethernet, IPv4, VRRP with one address */
#define NSEC       INT64_C(1000000000)

static struct mmsghdr messages[BATCH_MAX];
static struct iovec vectors[BATCH_MAX];
static struct sockaddr_ll devices[BATCH_MAX];

static uint8_t frame[FRAME_SIZE] = {
	0x01, 0x00, 0x5e, 0x00, 0x00, 0x12,       /* to the group's MAC */
	0x02, 0x00, 0x00, 0x00, 0x00, 0x0b,       /* from */
	0x08, 0x00, 0x45, 0xc0, 0x00, 0x20,       /* IPv4, CS6, 32 bytes */
	0x00, 0x00, 0x00, 0x00, 0xff, 0x70, 0, 0, /* TTL 255, protocol 112 */
	10,   0,    0,    251,  224,  0,    0, 18,
	0x31, 0xff, 0x01, 0x01, 0x00, 0x64, 0, 0, /* VRID 255, priority 1 */
	10,   0,    0,    250,
};

static void fail(const char *what)
{
	fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* RFC 1071, into the two bytes at `to`, over an even number of bytes. */
static void checksum(const uint8_t *from, size_t size, uint8_t *to)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)from[i] << 8 | from[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	to[0] = (uint8_t)(~sum >> 8);
	to[1] = (uint8_t)~sum;
}

static void prepare(unsigned links, unsigned batch)
{
	checksum(frame + 14, 20, frame + 24);
	checksum(frame + 34, 12, frame + 40);
	for (unsigned i = 0; i < batch; i++) {
		char name[IF_NAMESIZE];

		snprintf(name, sizeof(name), "lan%u", i % links);
		devices[i] = (struct sockaddr_ll){
			.sll_family = AF_PACKET,
			.sll_ifindex = (int)if_nametoindex(name),
		};
		vectors[i] = (struct iovec){ frame, sizeof(frame) };
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &devices[i],
			.msg_namelen = sizeof(devices[i]),
			.msg_iov = &vectors[i],
			.msg_iovlen = 1,
		};
	}
}

static int64_t used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NSEC + t.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned links = argc == 5 ? (unsigned)atoi(argv[1]) : 0;
	unsigned batch = argc == 5 ? (unsigned)atoi(argv[2]) : 0;
	int64_t pause = argc == 5 ? atoll(argv[3]) * 1000 : 0;
	int64_t count = argc == 5 ? atoll(argv[4]) : 0;
	struct timespec nap = { pause / NSEC, pause % NSEC };
	int64_t begun, sent = 0;
	int fd;

	if (!links || !batch || batch > BATCH_MAX || count < 1) {
		fprintf(stderr, "usage: bare LINKS BATCH PAUSE_US FRAMES\n");
		return 2;
	}
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("socket");
	(void)prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
	prepare(links, batch);
	begun = used();
	while (sent < count) {
		int n = sendmmsg(fd, messages, batch, 0);

		if (n < 0)
			fail("sendmmsg");
		sent += n;
		nanosleep(&nap, NULL);
	}
	printf("%" PRId64 "\n", (used() - begun) / sent);
	return 0;
}
