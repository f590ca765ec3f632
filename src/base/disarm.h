/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of somebody else on its way to a terminal, which obeys some of it (ECMA
 * 48): move the cursor, change the title, answer as if it had been typed. That
 * is what is below the space, DEL, and 0x80 to 0x9f, as a character of UTF-8
 * or as a byte of none.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether there is anything of this, newline and tab included. */
bool disarm_finds(const char *bytes, size_t length);

/*
 * Overwrites these by '?', but newline and tab; and, with `colours`, but what
 * only paints (ESC [ numbers m).
 */
void disarm(char *bytes, size_t length, bool colours);
