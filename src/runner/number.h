/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number that a tracked file begins with, as keepalived reads it:
 * decimal, 0x… hexadecimal or 0… octal, with white space before it and
 * anything behind it. What does not begin with a number is 0.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a file that are looked at. */
#define NUMBER_BYTES 127

/* False, and nothing is changed, if it does not fit. */
bool number_read(const char *text, int32_t *number);
