/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of `baton` under a fuzzer: what they print is nobody's. */
#pragma once

#include "base/must.h"

#include <stdbool.h>
#include <stdio.h>

/* What a person would see goes nowhere; what replay.c says does not. */
static void silence(bool on)
{
	static FILE *nowhere, *out, *err;

	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
		out = stdout;
		err = stderr;
		MUST(nowhere);
	}
	stdout = on ? nowhere : out;
	stderr = on ? nowhere : err;
}
