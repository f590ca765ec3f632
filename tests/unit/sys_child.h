/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children of a test, and the wait for their end. Include it after cmocka. */
#pragma once

#include "sys/process.h"
#include "sys_lan.h"

#define need_root()                                                            \
	do {                                                                   \
		if (geteuid() != 0) {                                          \
			print_message("# skipped: needs root\n");              \
			skip();                                                \
		}                                                              \
	} while (0)

/* Waits for the end of a child. */
__attribute__((unused)) static struct process_end end_of(struct process *p)
{
	struct process_end end = { 0 };

	assert_true(lan_readable(p->pidfd));
	assert_int_equal(process_reap(p, &end), 1);
	assert_int_equal(p->pid, 0);
	return end;
}

__attribute__((unused)) static struct process spawn(int (*body)(void *),
						    void *context)
{
	struct process_config config = { .name = "test",
					 .main = body,
					 .context = context };
	struct process p;

	assert_int_equal(process_spawn(&config, &p), 0);
	return p;
}
