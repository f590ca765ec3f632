/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mail on its way to the mail server (RFC 5321, STARTTLS by RFC 3207): the only
 * file that knows libcurl. One mail is one connection. Nothing waits for a
 * server but what it was asked, and that for a time with a bound.
 */
#pragma once

#include "base/text.h"
#include "conf/model/model.h"
#include "sys/loop.h"

#include <assert.h>

#define POST_AT_ONCE 4
#define POST_BYTES   65536 /* of one mail */

struct post;

/* Recipients are bits, by their number in notification_email. */
#define POST_ALL UINT64_MAX
static_assert(CONF_RECIPIENTS_MAX <= 64, "a bit for each");

struct post_outcome {
	bool taken;            /* for all but `later` and `never` */
	bool for_good;         /* not taken, and it never will be */
	uint64_t later, never; /* those whom it refuses for now, or for ever */
	const char *why;       /* the last refusal, with the server's words */
	/* The kind of failure, from 1: texts have times and numbers in them. */
	uint32_t cause;
};

struct post_setup {
	const struct conf_mail *mail;
	const char *host; /* the name of this one */
	const char *from; /* the address of the envelope */
	struct loop *loop;
	/*
	 * What has become of one. That the server has taken it is told as soon
	 * as it is known, all else in post_turn().
	 */
	void (*done)(void *context, uint32_t place,
		     const struct post_outcome *outcome);
	/* Each second while the library waits for an answer: it does so for
	 * those to a mail and to QUIT. */
	void (*alive)(void *context);
	void *context;
};

/*
 * Loads the library, and all that may need a library of its own. Its
 * descriptors come later. NULL, and -errno, if that fails.
 */
struct post *post_open(const struct post_setup *setup, int *error);

/* How many are under way, and whether this one is. */
unsigned post_busy(const struct post *p);
bool post_has(const struct post *p, uint32_t place);

/*
 * Sends one to these recipients; there must be room (asserted). `write` writes
 * the message. What comes of it is told later.
 */
void post_send(struct post *p, uint32_t place, uint64_t to,
	       void (*write)(void *context, uint32_t place, struct text *out));

/* What was due, and what has ended since. */
void post_turn(struct post *p, tick_t now);

/* The next deadline, also of what was begun since. */
tick_t post_next(const struct post *p);
