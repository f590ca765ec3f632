/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of the keeper to baton(1); see ledger/order.h. */
#pragma once

#include "ledger/order.h"

#include <stddef.h>

struct keeper;

/*
 * Appends to the text of an answer. What does not fit is left out, and the
 * text then ends with "...". NULL: does nothing.
 */
void reply_add(struct reply *reply, const char *text, size_t length);

/* The same, and the order has failed with a positive errno. */
void reply_fail(struct reply *reply, int error, const char *text);

/* Each line of the answer, into the log. */
void reply_log(const struct reply *reply, const char *order);

/* To the client at that socket. */
void reply_send(int fd, const struct reply *reply);

/*
 * Tells the client that waits for the end of a change, if there is one, how it
 * went: 0 or a positive errno, and a line of text.
 */
void reply_to_waiting(struct keeper *k, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
