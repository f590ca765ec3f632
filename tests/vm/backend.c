/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A real server: says its name to whoever asks.
 *
 *   backend NAME PORT...
 *
 * By TCP, IPv4 and IPv6: to each request of a line its name and a newline, for
 * as long as the client likes; to a request of HTTP a page with its name, and
 * the end of the connection. By UDP to a question of DNS (RFC 1035 4.1) a TXT
 * record with its name, from the address that was asked.
 * It writes a line when it listens, and runs until it is killed.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILES 4096
#define BATCH 64

enum kind {
	NONE,
	LISTENER,
	DATAGRAMS,
	CLIENT
};

static enum kind kinds[FILES];
static const char *name;
static int loop;

static void add(int fd, enum kind kind)
{
	struct epoll_event event = { EPOLLIN, { .fd = fd } };

	if (fd >= FILES || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event))
		err(1, "one more connection");
	kinds[fd] = kind;
}

static void listen_at(uint16_t port, int type, enum kind kind)
{
	const struct sockaddr_in6 at = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, off = 0;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) ||
	    bind(fd, (const struct sockaddr *)&at, sizeof(at)) ||
	    (type == SOCK_STREAM && listen(fd, 1000)))
		err(1, "port %u", port);
	add(fd, kind);
}

static void take_clients(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		add(fd, CLIENT);
}

static void answer_client(int fd)
{
	char in[2048], out[256];
	ssize_t got = read(fd, in, sizeof(in));
	bool page = got > 4 && memcmp(in, "GET ", 4) == 0;
	int length;

	if (got <= 0) {
		close(fd);
		return;
	}
	length = page ? snprintf(out, sizeof(out),
				 "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n"
				 "\r\n%s\n",
				 strlen(name) + 1, name)
		      : snprintf(out, sizeof(out), "%s\n", name);
	if (write(fd, out, (size_t)length) != length || page)
		close(fd);
}

/* The question again, as an answer (QR, AA), with one record for its name. */
static size_t answer_dns(unsigned char *message, size_t length)
{
	size_t words = strlen(name);
	const unsigned char record[] = {
		0xc0,
		12,
		0,
		16,
		0,
		1,
		0,
		0,
		0,
		0,
		0,
		(unsigned char)(words + 1),
		(unsigned char)words,
	};

	message[2] = (unsigned char)(message[2] | 0x84);
	message[3] = 0;
	message[6] = 0;
	message[7] = 1;
	memcpy(message + length, record, sizeof(record));
	memcpy(message + length + sizeof(record), name, words);
	return length + sizeof(record) + words;
}

/* The control message says which address was asked, and goes back with it. */
static void answer_datagrams(int fd)
{
	unsigned char bytes[1024];
	char control[256];
	struct sockaddr_in6 from;
	struct iovec data = { bytes, 512 };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(fd, &message, 0);

	if (got < 12)
		return;
	data.iov_len = answer_dns(bytes, (size_t)got);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c;
	     c = CMSG_NXTHDR(&message, c))
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO)
			((struct in6_pktinfo *)CMSG_DATA(c))->ipi6_ifindex = 0;
	sendmsg(fd, &message, MSG_NOSIGNAL);
}

int main(int argc, char **argv)
{
	struct epoll_event events[BATCH];

	if (argc < 3 || strlen(argv[1]) > 64)
		errx(2, "usage: backend NAME PORT...");
	name = argv[1];
	loop = epoll_create1(EPOLL_CLOEXEC);
	for (int n = 2; n < argc; n++) {
		listen_at((uint16_t)atoi(argv[n]), SOCK_STREAM, LISTENER);
		listen_at((uint16_t)atoi(argv[n]), SOCK_DGRAM, DATAGRAMS);
	}
	puts("listens");
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(loop, events, BATCH, -1);

		for (int n = 0; n < count; n++) {
			int fd = events[n].data.fd;

			if (kinds[fd] == LISTENER)
				take_clients(fd);
			else if (kinds[fd] == DATAGRAMS)
				answer_datagrams(fd);
			else
				answer_client(fd);
		}
	}
}
