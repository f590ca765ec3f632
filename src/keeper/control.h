/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of the keeper to baton(1); see ledger/order.h. */
#pragma once

#include "ledger/order.h"

#include <stddef.h>

/* Appends to the text of an answer, as far as there is room. NULL: nothing. */
void reply_add(struct reply *reply, const char *text, size_t length);

/* The same, and the order has failed with a positive errno. */
void reply_fail(struct reply *reply, int error, const char *text);

/* Each line of the answer, into the log. */
void reply_log(const struct reply *reply, const char *order);

/*
 * How the order went that takes a while: 0 or a positive errno, and a line.
 * Nothing if nobody waits for that.
 */
struct keeper;
void control_answer(struct keeper *k, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
