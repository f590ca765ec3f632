/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes as hexadecimal digits, as a configuration has them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes they are, at most `size`; a digit that is none ends them. */
size_t hex_bytes(const char *digits, uint8_t *bytes, size_t size);

/* Whether bytes begin with these; an X is any digit. */
bool hex_matches(const char *digits, const uint8_t *bytes, size_t length);
