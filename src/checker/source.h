/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket that many checks share, for as long as the process lives
 * (datagrams.h), while addresses and links of this machine come and go. It is
 * opened anew when it means what is not there any more; the raw ones of
 * PING_CHECK cannot be, since the right to that is gone, so they stay open and
 * are told again where to send from.
 */
#pragma once

#include "base/tick.h"
#include "checker/kind.h"

#include <sys/socket.h>

/* A look at one is made once in so long, when it is needed. */
#define SOURCE_LOOK_EVERY TICK_SECOND

/* What is the same of all those of one kind. */
struct source_kind {
	int type, protocol_4, protocol_6; /* of socket(2) */
	bool errors;                      /* it is told of them (ip(7)) */
	/* More options, or NULL. */
	void (*open)(int fd, bool six);
};

struct source {
	const struct source_kind *kind;
	struct conf_connect from;
	int fd;         /* or -1 */
	int error;      /* errno: why nothing can be sent by it; 0: it can */
	uint32_t index; /* of its interface when that was looked up */
	tick_t look;    /* when the next look at it is due */
	/* Of a raw socket: its interface goes with each datagram. */
	_Alignas(8) char control[CMSG_SPACE(20)];
};

/* A source of that kind. It has no socket yet. */
void source_init(struct source *s, const struct source_kind *kind,
		 const struct conf_connect *from);
/* Whether it is that of a check of that kind. */
bool source_is(const struct source *s, const struct source_kind *kind,
	       const struct conf_connect *from);

/* At the set-up. It is watched by that tag (crowd.h). */
void source_open(struct checker *k, struct source *s, uint64_t tag);
/* ... later: opened anew if it has an error, or means what is gone. */
void source_look(struct checker *k, struct source *s, uint64_t tag, tick_t now);

/* What is sent by it fails with this errno: the one to tell. */
int source_blame(struct checker *k, struct source *s, int error);

/* What goes with each datagram, or NULL; its length. */
void *source_control(struct source *s);
size_t source_control_length(const struct source *s);
