/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control server in a process of its own, over a ledger that the test
 * fills, on a socket in a directory of its own.
 */
#pragma once

#include "ledger/ledger.h"

#include <stddef.h>
#include <sys/types.h>

/* No test waits longer for anything. */
#define FIXTURE_SECONDS 30

struct fixture {
	char dir[64];
	int ledger_fd;
	struct ledger *ledger;
	int wake[2]; /* ours, and the server's */
	int listen_fd;
	pid_t server;
};

/* A ledger of that shape, and the directory. No server yet. */
void fixture_begin(struct fixture *f, uint32_t instances, uint32_t addresses);
/* Starts the server, or another on the same socket; idle_ms as in ctl.h. */
void fixture_serve(struct fixture *f, int idle_ms);
/* Stops the server and returns its wait status. */
int fixture_stop(struct fixture *f);
void fixture_end(struct fixture *f);

/* Appends an event and wakes the server as the daemon does. */
/* The other name that an instance has from now on. */
void fixture_rename(struct fixture *f, uint32_t index, const char *name);

void fixture_event(struct fixture *f, const struct ledger_event *event);

/*
 * Three virtual routers: "web" is Active with two addresses, one of which the
 * kernel refused; "web6" is Backup of fe80::c8; "dark" has no carrier.
 */
void fixture_fill(struct fixture *f);

/* A connection of one's own to the server's socket. */
int fixture_connect(const struct fixture *f);
