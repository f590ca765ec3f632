/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `baton digest URL`: what stands behind `digest` in a HTTP_GET or SSL_GET. */
#pragma once

#include "ctl/command.h"

/* Fetches c->argument, "http://HOST[:PORT]/PATH" or https, as a check does, and
 * prints its MD5. */
int command_digest(const struct command *c);
