/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for fuzz_netlink: a few links, addresses, routes and rules, which an
 * input changes whenever the mirror wants to read, and a netlink socket with
 * little room. It notifies, dumps piece by piece, loses what does not fit and
 * says so once, and removes routes of IPv4 without a word, as Linux does.
 */
#pragma once

#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An empty kernel, with that input before it. */
void kernel_begin(const uint8_t *moves, size_t size);

/* There is input left, or something to be read. */
bool kernel_has_more(void);

/* Whether bytes were among the notifications that are not the kernel's. */
bool kernel_is_forged(void);

/* For a mirror that begins now: nothing waits, and nothing moves any more. */
void kernel_listen_anew(void);

/* Time passes: what was refused is asked for again. */
void kernel_pass(tick_t time);
