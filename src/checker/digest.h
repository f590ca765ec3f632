/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The MD5 of a page, by OpenSSL: what keepalived's genhash prints. It tells
 * pages apart, and secures nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define DIGEST_TEXT 33 /* 32 digits, and the zero */

struct digest;

/* The library, before anything else: 0 or -errno. */
int digest_load(void);

/* NULL: no memory, or this machine forbids MD5. */
struct digest *digest_open(void);
void digest_close(struct digest *d);
void digest_add(struct digest *d, const void *bytes, size_t length);

/* It ends with one of these: in hexadecimal, "" if it failed; or whether it is
 * that, in any letters. */
void digest_text(struct digest *d, char text[DIGEST_TEXT]);
bool digest_is(struct digest *d, const char *text);
