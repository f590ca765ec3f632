/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of ip-route(8) that stand for numbers of the kernel. */
#pragma once

#include "conf/model/model.h"

struct conf_out;

/* RTAX_*: the word, its range, and the kernel's units in a millisecond. */
struct conf_route_setting {
	const char *word;
	uint8_t number;
	bool lockable;
	uint8_t per_ms; /* 0: a plain number */
	uint32_t most;
};

/* The setting of that word, or NULL. */
const struct conf_route_setting *conf_route_setting(const char *word);

/* RTN_*; false: no type. */
bool conf_route_type(const char *word, uint8_t *type);

/* By the value that they stand for; the lists end with NULL. */
extern const char *const conf_route_prefs[]; /* pref */
extern const char *const conf_route_ttls[];  /* ttl-propagate */

/* The line that reads as this route, after a space. */
void conf_route_print(const struct conf_route *route, struct conf_out *out);
