/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers of IPVS (sys/ipvs_message.h): any bytes do no harm, and what was
 * understood can be said to the kernel and is understood the same.
 */
#include "base/must.h"
#include "sys/ipvs_message.h"
#include "sys/netlink_source.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct ipvs_envelope envelope = { 28, 0, 1 };

static const struct nlmsghdr *whole(const void *bytes, size_t length)
{
	const char *at = bytes;
	const struct nlmsghdr *message = netlink_take(&at, &length);

	MUST(message && length == 0);
	return message;
}

static void say_service(const struct ipvs_service *s)
{
	_Alignas(8) char bytes[IPVS_MESSAGE_MAX];
	struct ipvs_change change = { IPVS_NEW_SERVICE, s, NULL };
	size_t length = ipvs_encode_change(bytes, &envelope, &change);
	struct ipvs_service back;

	MUST(ipvs_decode_service(whole(bytes, length), &back, NULL));
	MUST(memcmp(&back, s, sizeof(back)) == 0);
}

static void say_dest(const struct ipvs_dest *d)
{
	_Alignas(8) char bytes[IPVS_MESSAGE_MAX];
	const struct ipvs_service s = { .key = { .family = d->family } };
	struct ipvs_change change = { IPVS_NEW_DEST, &s, d };
	size_t length = ipvs_encode_change(bytes, &envelope, &change);
	struct ipvs_dest back;

	MUST(ipvs_decode_dest(whole(bytes, length), 0, &back, NULL));
	MUST(memcmp(&back, d, sizeof(back)) == 0);
}

static void read_one(const struct nlmsghdr *message)
{
	struct ipvs_timeouts timeouts;
	struct ipvs_service service;
	struct ipvs_daemon daemon;
	struct ipvs_counts counts;
	struct ipvs_dest dest;
	uint16_t family;
	int error;

	if (ipvs_decode_service(message, &service, &counts))
		say_service(&service);
	if (ipvs_decode_dest(message, 4, &dest, &counts))
		say_dest(&dest);
	if (ipvs_decode_daemon(message, &daemon))
		MUST(memchr(daemon.interface, 0, sizeof(daemon.interface)));
	if (ipvs_decode_error(message, &error))
		MUST(error >= 0 && error < 4096);
	(void)ipvs_decode_timeouts(message, &timeouts);
	(void)ipvs_decode_resolve(message, &family);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Aligned, and not a byte longer. */
	char *copy = malloc(size ? size : 1);
	const struct nlmsghdr *message;
	const char *at = copy;

	MUST(copy);
	memcpy(copy, data, size);
	while ((message = netlink_take(&at, &size)))
		read_one(message);
	free(copy);
	return 0;
}
