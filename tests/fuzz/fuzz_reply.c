/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What baton(1) makes of a keeper's answers to its orders (ledger/order.h): any
 * bytes. The first byte says which order; the rest are answers, each behind two
 * bytes that are its length.
 */
#include "base/bytes.h"
#include "base/must.h"
#include "ctl/command.h"
#include "datagrams.h"
#include "silence.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The keeper is there, and takes the order. */
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length);
ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);

int __wrap_connect(int fd, const struct sockaddr *address, socklen_t length)
{
	(void)fd;
	(void)address;
	(void)length;
	return 0;
}

ssize_t __wrap_send(int fd, const void *bytes, size_t length, int flags)
{
	(void)fd;
	(void)bytes;
	(void)flags;
	return (ssize_t)length;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const commands[])(const struct command *c) = {
		command_reload, command_confirm, command_handover,
		command_drain,  command_undrain, command_upgrade,
	};
	struct reader input = reader_over(data, size);
	uint8_t how = read_u8(&input);
	const struct command c = {
		.run_dir = "/nowhere",
		.argument = how & 64 ? "name" : NULL,
		.upgrade = how & 128,
	};
	int result;

	silence(true);
	datagrams_clear();
	while (reader_left(&input) > 2) {
		size_t length = read_u16(&input);

		if (length > reader_left(&input))
			length = reader_left(&input);
		datagrams_add(read_bytes(&input, length), length, NULL, 0);
	}
	result = commands[how % ARRAY_LENGTH(commands)](&c);
	silence(false);
	MUST(result == COMMAND_DONE || result == COMMAND_FAILED ||
	     result == COMMAND_UNUSABLE);
	return 0;
}
