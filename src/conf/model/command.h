/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of a command as users write it: split at white space, with '…' and
 * "…" around what belongs together, and a backslash before what means itself.
 * No shell: $, ;, * and the like are what they are. keepalived.conf(5).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_WORDS_MAX 255
#define COMMAND_BYTES_MAX 4096

struct command {
	char *words[COMMAND_WORDS_MAX + 1]; /* as execve(2) takes them */
	size_t count;
	char bytes[COMMAND_BYTES_MAX];
};

/* False: there is no word in it, or more than there is room for. */
bool command_split(struct command *out, const char *text);
