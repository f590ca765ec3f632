/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MUST: a condition that the program itself guarantees.
 *
 * It stays on in release builds: a process that finds its own state broken
 * stops at once, and the keeper starts another that takes its place. Input
 * from outside is never judged with MUST; it is decoded into a verdict.
 */
#pragma once

#define MUST(condition)                                                        \
	do {                                                                   \
		if (__builtin_expect(!(condition), 0))                         \
			__builtin_trap();                                      \
	} while (0)

/* For the end of a function whose switch covers every value of an enum. */
#define UNREACHABLE() __builtin_trap()

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
