/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that is written in pieces, as keepalived.conf(5) would read it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct conf_out {
	void (*write)(void *to, const char *text, size_t length);
	void *to;
};

/* At most 255 bytes at a time. */
__attribute__((format(printf, 2, 3))) void conf_put(struct conf_out *out,
						    const char *format, ...);

/* A text of any length, as it is. */
void conf_put_text(struct conf_out *out, const char *text);

/* A word, in quotes and with escapes where it needs them. */
void conf_put_word(struct conf_out *out, const char *word);
