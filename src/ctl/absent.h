/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for the case that nobody is there to be asked. */
#pragma once

#include <stddef.h>

/*
 * What holds and what helps, where nobody listens in this run directory:
 * batond was never started, or its keeper is gone and `vrrp` serves without it.
 */
void absent_words(const char *run_dir, char *out, size_t size);
