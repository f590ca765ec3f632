/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The values of the language: numbers, times, switches, addresses. Each
 * function returns 0, or -1 with `out` untouched if the text is none.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, with an optional sign. */
int conf_number(const char *text, int64_t *out);

/* The same, or hexadecimal with 0x before it. */
int conf_number_any_base(const char *text, int64_t *out);

/*
 * "1", "0.1", "100ms", "2s", "5min": seconds when no unit is written; a + may
 * stand before it, as before a number. Exact:
 * what is finer than a nanosecond is no time.
 */
int conf_time(const char *text, tick_t *out);

/* Times longer than this are none. */
#define CONF_TIME_MAX (1000000 * TICK_SECOND)

/* Seconds, as short as it can be exact. Returns `text`. */
#define CONF_TIME_TEXT_MAX 24
const char *conf_time_format(tick_t time, char text[CONF_TIME_TEXT_MAX]);

/* on, off, true, false, yes, no. */
int conf_switch(const char *text, bool *out);

/* ADDRESS or ADDRESS/LENGTH; without one, all bits. */
int conf_prefix(const char *text, struct ip *address, uint8_t *length);

/* Whether the byte at `at` is, or ends, a control character of a terminal. */
bool conf_is_control(const char *text, size_t at);

/* Text without control bytes, of 1 to `most` bytes. */
bool conf_name_ok(const char *text, size_t most);

/* The same, but for tabs, which are blanks in a command. */
bool conf_command_ok(const char *text, size_t most);

#define CONF_INTERFACE_MAX 15 /* IFNAMSIZ - 1 */

/* A name that Linux takes for an interface. */
bool conf_interface_ok(const char *text);
