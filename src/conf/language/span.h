/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in a configuration file, for diagnostics. */
#pragma once

#include <stdint.h>

struct conf_span {
	const char *file; /* as it was named; lives as long as the model */
	uint32_t line;    /* from 1 */
	uint16_t column;  /* from 1, in bytes; UINT16_MAX: there or later */
	uint16_t length;  /* in bytes, of one line, at least 1 */
};
