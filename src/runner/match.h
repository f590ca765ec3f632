/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a process is one that is tracked: by the name that the kernel keeps
 * of it, or by the command that it was started by. keepalived.conf(5),
 * vrrp_track_process.
 */
#pragma once

#include "conf/model/model.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether `command` counts, not `name`. */
bool match_by_command(const struct conf_track_process *of);

/* `command`: words with a zero behind each, `length` bytes. */
bool match_process(const struct conf_track_process *of, const char *name,
		   const char *command, size_t length);
