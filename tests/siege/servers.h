/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers that mean harm: each port is a protocol and a way to behave. One
 * process plays all of them; what is random comes of a seed.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What a check expects there. */
enum siege_speaks {
	SPEAKS_TCP,
	SPEAKS_HTTP,
	SPEAKS_KEPT, /* over a connection that is kept */
	SPEAKS_HTTP2,
	SPEAKS_SSL,
	SPEAKS_SSL2, /* HTTP/2 over TLS */
	SPEAKS_SMTP,
	SPEAKS_STARTTLS,
	SPEAKS_AGENT,
	SPEAKS_GRPC,
	SPEAKS_GRPC_TLS,
	SPEAKS_DNS,
	SPEAKS_UDP,
	SPEAKS
};

/* How it behaves. Of UDP, each reply does. */
enum siege_way {
	WAY_NEVER,    /* no byte */
	WAY_CLOSE,    /* at once */
	WAY_RESET,    /* ... */
	WAY_RANDOM,   /* random bytes */
	WAY_DRIP,     /* a good answer, a byte now and then */
	WAY_RECORDS,  /* what looks like TLS and is none */
	WAY_HALF,     /* half of an answer, and it closes its half */
	WAY_CUT,      /* an answer up to some byte, then silence */
	WAY_MUTATED,  /* an answer with some other bytes */
	WAY_REDIRECT, /* to itself */
	WAY_HEADERS,  /* without end */
	WAY_BODY,     /* ... of 10 GB */
	WAY_CHUNKS,
	WAY_INTERIM,
	WAY_LINES,
	WAY_FRAMES, /* of HTTP/2 */
	WAYS
};

/* Those that can never be taken for an answer. */
static inline bool way_is_hopeless(enum siege_way way)
{
	return way == WAY_NEVER || way == WAY_CLOSE || way == WAY_RESET ||
	       way == WAY_DRIP || way == WAY_RECORDS;
}

static inline bool speaks_datagrams(enum siege_speaks speaks)
{
	return speaks == SPEAKS_DNS || speaks == SPEAKS_UDP;
}

#define SIEGE_PORT 20000
#define GOOD_PORT  19999

static inline uint16_t siege_port(enum siege_speaks speaks, enum siege_way way)
{
	return (uint16_t)(SIEGE_PORT + speaks * WAYS + way);
}

/* The children. */
pid_t siege_serve(unsigned seed);
/* One that answers HTTP as it should, and keeps connections. */
pid_t siege_serve_well(void);
