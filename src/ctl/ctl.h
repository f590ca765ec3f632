/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control server: the body of the process `ctl`.
 *
 * HTTP/1.1 on a unix socket, read-only:
 *
 *   GET /status[?name=NAME]   JSON: the daemon and its virtual routers
 *   GET /why?name=NAME        JSON: one of them, and what happened to it
 *   GET /events[?since=NUMBER | ?last=COUNT][&follow=1]
 *                             JSON array; or NDJSON that goes on
 *   GET /metrics              OpenMetrics 1.0 text
 *
 * It knows what stands in the ledger and nothing else. After `confine` it
 * opens nothing: no file, no socket but those that it accepts.
 */
#pragma once

/* Of the run directory. */
#define CTL_RUN_DIR "/run/baton"

/* What batond gives: longer than a scrape takes, shorter than it is apart. */
#define CTL_IDLE_MS 5000

struct ctl_setup {
	int ledger_fd; /* mapped read-only */
	int listen_fd; /* listening; taken over */
	/*
	 * Readable when events were appended (sys/wake.h), or -1: then streams
	 * are up to half a second late.
	 */
	int wake_fd;
	/* Readable when it is time to stop, or -1. SIGTERM stops it too. */
	int stop_fd;
	/*
	 * The server is forked when somebody connects and ends after so many
	 * milliseconds without a connection; 0: it is this process.
	 */
	int idle_ms;
	/*
	 * Called by the server when all is open, and before that by the
	 * process that forks it; NULL: not needed. 0 or -errno.
	 */
	int (*confine)(void *context);
	int (*confine_doorman)(void *context);
	void *context;
};

/*
 * Serves until it is told to stop: 0, or -errno if it could not begin or the
 * server died.
 */
int ctl_run(const struct ctl_setup *setup);

/* The server itself, for ctl_run(). */
int ctl_serve(const struct ctl_setup *setup);

/* SIGTERM and SIGINT as a descriptor, or -errno. SIGPIPE is ignored. */
int ctl_signals(void);
