/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of IPVS (sys/ipvs_message.h). The answers were recorded by
 * tests/vm/record.py; that a kernel understands ours, tests/ipvs/agree.c shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ip.h"
#include "sys/ipvs_message.h"
#include "sys/netlink_source.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(8) char bytes[4096];

static size_t load(const char *name)
{
	char path[512];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", getenv("RECORDED"), name);
	file = fopen(path, "rb");
	assert_non_null(file);
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_true(length > 0);
	return length;
}

static const struct ipvs_service tcp = {
	.key = { IP_V4, 6, 80, 0, { 10, 1, 2, 3 } },
	.scheduler = "wlc",
	.netmask = UINT32_MAX,
};
static const struct ipvs_service dns = {
	.key = { IP_V4, 17, 53, 0, { 10, 1, 2, 3 } },
	.scheduler = "rr",
	.flags = IPVS_ONE_PACKET,
	.netmask = UINT32_MAX,
};
static const struct ipvs_service ipv6 = {
	.key = { IP_V6, 6, 443, 0, { 0x20, 1, 0xd, 0xb8, [15] = 1 } },
	.scheduler = "sh",
	.flags = IPVS_PERSISTENT | IPVS_SCHEDULER_1 | IPVS_SCHEDULER_2,
	.timeout = 300,
	.netmask = 64,
};
static const struct ipvs_service mark = {
	.key = { .family = IP_V4, .mark = 7 },
	.scheduler = "mh",
	.engine = "sip",
	.flags = IPVS_PERSISTENT,
	.timeout = 60,
	.netmask = UINT32_MAX,
};

static void test_services_are_read(void **state)
{
	const struct ipvs_service *const all[] = { &tcp, &dns, &ipv6, &mark };
	size_t left = load("services");
	const char *at = bytes;
	const struct nlmsghdr *message;
	unsigned found = 0;

	(void)state;
	while ((message = netlink_take(&at, &left))) {
		struct ipvs_counts counts = { .active = 9 };
		struct ipvs_service s;

		assert_true(ipvs_decode_service(message, &s, &counts));
		assert_int_equal(counts.active, 0);
		for (unsigned n = 0; n < 4; n++)
			if (memcmp(all[n], &s, sizeof(s)) == 0)
				found |= 1u << n;
	}
	assert_int_equal(found, 15);
}

static const struct ipvs_dest dests[] = {
	{ .family = IP_V4,
	  .forward = IPVS_NAT,
	  .port = 8080,
	  .address = { 192, 168, 0, 2 } },
	{ .family = IP_V4,
	  .forward = IPVS_DIRECT,
	  .port = 80,
	  .address = { 192, 168, 0, 1 },
	  .weight = 3,
	  .upper = 100,
	  .lower = 50 },
	{ .family = IP_V4,
	  .forward = IPVS_TUNNEL,
	  .tunnel = IPVS_TUNNEL_GUE,
	  .tunnel_flags = IPVS_TUNNEL_CHECKSUM,
	  .port = 443,
	  .tunnel_port = 5555,
	  .address = { 192, 168, 0, 3 },
	  .weight = 2 },
	{ .family = IP_V6,
	  .forward = IPVS_TUNNEL,
	  .port = 443,
	  .address = { 0x20, 1, 0xd, 0xb8, [15] = 2 },
	  .weight = 1 },
	{ .family = IP_V4,
	  .forward = IPVS_DIRECT,
	  .address = { 192, 168, 0, 4 },
	  .weight = 1 },
};

/* A file of dests must have these, in this order. */
static void look_for(const char *name, uint8_t family, unsigned first,
		     unsigned count)
{
	size_t left = load(name);
	const char *at = bytes;

	for (unsigned n = first; n < first + count; n++) {
		const struct nlmsghdr *message = netlink_take(&at, &left);
		struct ipvs_counts counts;
		struct ipvs_dest d;

		assert_non_null(message);
		assert_true(ipvs_decode_dest(message, family, &d, &counts));
		assert_memory_equal(&d, &dests[n], sizeof(d));
		assert_int_equal(counts.connections, 0);
	}
	assert_null(netlink_take(&at, &left));
}

static void test_dests_are_read(void **state)
{
	(void)state;
	look_for("dests", IP_V4, 0, 2);
	look_for("dests-of-ipv6", IP_V6, 2, 2);
	look_for("dests-of-mark", IP_V4, 4, 1);
}

static const struct nlmsghdr *first_of(const char *name)
{
	size_t left = load(name);
	const char *at = bytes;
	const struct nlmsghdr *message = netlink_take(&at, &left);

	assert_non_null(message);
	return message;
}

static void test_the_rest_is_read(void **state)
{
	struct ipvs_timeouts timeouts;
	uint16_t family = 0;
	int error = -1;

	(void)state;
	assert_true(ipvs_decode_error(first_of("refused"), &error));
	assert_int_equal(error, ESRCH);
	assert_true(ipvs_decode_error(first_of("done"), &error));
	assert_int_equal(error, 0);
	assert_false(ipvs_decode_error(first_of("dests-of-none"), &error));
	assert_true(ipvs_decode_timeouts(first_of("timeouts"), &timeouts));
	assert_int_equal(timeouts.tcp, 900);
	assert_int_equal(timeouts.tcp_fin, 120);
	assert_int_equal(timeouts.udp, 300);
	assert_true(ipvs_decode_resolve(first_of("family"), &family));
	assert_true(family >= 16);
}

static void test_daemons_are_read(void **state)
{
	const struct ipvs_daemon backup = {
		.role = IPVS_BACKUP,
		.ttl = 3,
		.group_family = IP_V4,
		.port = 9000,
		.maxlen = 1400,
		.id = 10,
		.interface = "d0",
		.group = { 224, 0, 1, 1 },
	};
	size_t left = load("daemons");
	const char *at = bytes;
	struct ipvs_daemon d;

	(void)state;
	assert_true(ipvs_decode_daemon(netlink_take(&at, &left), &d));
	assert_int_equal(d.role, IPVS_MASTER);
	assert_int_equal(d.id, 9);
	assert_true(ipvs_decode_daemon(netlink_take(&at, &left), &d));
	assert_memory_equal(&d, &backup, sizeof(d));
}

static const struct ipvs_envelope envelope = { 28, 5, 77 };

static void test_what_is_said_is_understood(void **state)
{
	const struct ipvs_service *const all[] = { &tcp, &dns, &ipv6, &mark };
	struct ipvs_change c = { .command = IPVS_NEW_SERVICE };

	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		struct ipvs_service s;

		c.service = all[n];
		ipvs_encode_change(bytes, &envelope, &c);
		assert_true(ipvs_decode_service((void *)bytes, &s, NULL));
		assert_memory_equal(&s, all[n], sizeof(s));
	}
	c = (struct ipvs_change){ IPVS_NEW_DEST, &tcp, NULL };
	for (unsigned n = 0; n < sizeof(dests) / sizeof(dests[0]); n++) {
		struct ipvs_dest d;

		c.dest = &dests[n];
		ipvs_encode_change(bytes, &envelope, &c);
		assert_true(ipvs_decode_dest((void *)bytes, 0, &d, NULL));
		assert_memory_equal(&d, &dests[n], sizeof(d));
	}
}

/* Byte by byte, as libnl would write it (linux/ip_vs.h). */
static void test_a_deletion(void **state)
{
	static const unsigned char wanted[] = {
		/* length, family, request and ack, sequence, port */
		0x6c, 0, 0, 0, 28, 0, 5, 0, 77, 0, 0, 0, 0, 0, 0, 0,
		/* IPVS_CMD_DEL_DEST, version 1 */
		7, 1, 0, 0,
		/* the service: its family, protocol, address, port */
		0x30, 0, 1, 0x80, 6, 0, 1, 0, 2, 0, 0, 0, 6, 0, 2, 0, 6, 0, 0,
		0, 0x14, 0, 3, 0, 10, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 6, 0, 4, 0, 0, 80, 0, 0,
		/* the destination: its family, address, port */
		0x28, 0, 2, 0x80, 6, 0, 11, 0, 2, 0, 0, 0, 0x14, 0, 1, 0, 192,
		168, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 2, 0, 0x1f,
		0x90, 0, 0
	};
	struct ipvs_change c = { IPVS_DEL_DEST, &tcp, &dests[0] };
	size_t length;

	(void)state;
	memset(bytes, 0xff, sizeof(bytes));
	length = ipvs_encode_change(bytes, &envelope, &c);
	assert_int_equal(length, sizeof(wanted));
	assert_memory_equal(bytes, wanted, sizeof(wanted));
}

/* Each answer, cut off at each byte. What is nested does not go beyond. */
static void test_short_answers(void **state)
{
	static const char *const names[] = { "services", "dests",  "daemons",
					     "timeouts", "family", "refused" };

	(void)state;
	for (unsigned n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		const struct nlmsghdr *message = first_of(names[n]);

		for (uint32_t length = 16; length < message->nlmsg_len;
		     length++) {
			char *copy = malloc(length);
			struct ipvs_timeouts timeouts;
			struct ipvs_service service;
			struct ipvs_daemon daemon;
			struct ipvs_dest dest;
			uint16_t family;
			int error;

			memcpy(copy, message, length);
			memcpy(copy, &length, sizeof(length));
			assert_false(ipvs_decode_service((void *)copy, &service,
							 NULL));
			assert_false(ipvs_decode_dest((void *)copy, IP_V4,
						      &dest, NULL));
			assert_false(ipvs_decode_daemon((void *)copy, &daemon));
			ipvs_decode_timeouts((void *)copy, &timeouts);
			ipvs_decode_resolve((void *)copy, &family);
			ipvs_decode_error((void *)copy, &error);
			free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services_are_read),
		cmocka_unit_test(test_dests_are_read),
		cmocka_unit_test(test_the_rest_is_read),
		cmocka_unit_test(test_daemons_are_read),
		cmocka_unit_test(test_what_is_said_is_understood),
		cmocka_unit_test(test_a_deletion),
		cmocka_unit_test(test_short_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
