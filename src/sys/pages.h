/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is about to be used as a whole. madvise(2), mprotect(2). */
#pragma once

#include <stddef.h>

/*
 * Pages that all will be touched soon are made by the kernel in one go, and not
 * each at its own fault: to write, or where they can only be read, to read. It
 * is a hint: where the kernel does not know it they come as they are touched.
 */
void pages_ready(void *at, size_t size);
