/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One health check against servers that the test program plays, each in a
 * process of its own, on the loopback of a network namespace.
 */
#pragma once

#include "checker/checker_state.h"
#include "conf/model/checks.h"
#include "ledger/checks.h"

#include <stdbool.h>

/* Milliseconds that a phase of a round may take. */
#define BENCH_TIMEOUT 300

/* Group set-up and tear-down. */
int bench_open(void **state);
int bench_close(void **state);
/* Ends a test that cannot have a namespace. */
#define bench_need()                                                           \
	do {                                                                   \
		if (!bench_ready())                                            \
			skip();                                                \
	} while (0)
bool bench_ready(void);

/*
 * A server of TCP: `serve` is called for each connection, one after another,
 * with its number from 0. The result is its port; it is ended by bench_end().
 */
uint16_t bench_serve(void (*serve)(int fd, unsigned number));
/* The same for a server of UDP, which is called once, for its socket. */
uint16_t bench_serve_datagrams(void (*serve)(int fd));
/* A port at which nobody listens. */
uint16_t bench_closed_port(void);
void bench_end(void);

/* A check of `kind` of that port, whose values can be changed. */
struct conf_check *bench_check(uint8_t kind, uint16_t port);
/* How it is paced; retry 0, and an interval of a minute. */
struct conf_distinct *bench_pace(void);

/* `SSL { }` of the configuration, for the next check. */
struct conf_ssl *bench_ssl(void);

/* Its first round; and the next one, at once. What it came to. */
struct ledger_check bench_first(void);
struct ledger_check bench_next(void);
struct checker *bench_checker(void);
/* The process is another one, with the same ledger. */
void bench_restart(void);

/* The same with an IPv6 target, ::1. */
void bench_use_six(void);

/* Bytes are read until there are these, or the other end is closed. */
void bench_read_until(int fd, const char *end);
void bench_say(int fd, const char *text);
