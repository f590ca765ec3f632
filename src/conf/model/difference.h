/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two instances, or two global_defs, in words. */
#pragma once

#include "conf/model/model.h"

#define CONF_DIFFERENCE_MAX 16384 /* bytes of one; longer ones are cut */

struct conf_text_out {
	size_t length;
	char text[CONF_DIFFERENCE_MAX];
};

__attribute__((format(printf, 2, 3))) void conf_put(struct conf_text_out *out,
						    const char *format, ...);

/* Scratch memory for instances of at most so many addresses and peers. */
size_t conf_difference_memory(size_t most);

/*
 * Writes ": WORD OLD -> NEW, ..." behind what is there. False, and nothing
 * written, when there is no difference.
 */
bool conf_difference(const struct conf_instance *old,
		     const struct conf_instance *new, void *scratch,
		     struct conf_text_out *out);
bool conf_difference_global(const struct conf_global *old,
			    const struct conf_global *new,
			    struct conf_text_out *out);
