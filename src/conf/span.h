/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in a configuration file, for diagnostics. */
#pragma once

#include <stdint.h>

struct conf_span {
	const char *file; /* as it was named; lives as long as the model */
	uint32_t line;    /* from 1 */
	uint32_t column;  /* from 1, in bytes */
	uint32_t length;  /* in bytes, of one line, at least 1 */
};
