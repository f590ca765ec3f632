/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/pages.h"

#include "base/must.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Fewer cost no more one by one. */
#define LEAST 4

/*
 * In user-mode-linux a page that is there is still mapped at the first touch,
 * for 25 us each; after a change of protection all of a range are. Elsewhere
 * two calls more are nothing beside the pages. Before Linux 6.1 they gain
 * nothing: there what may be written again is mapped for it at the first write.
 */
static void map_all(void *at, size_t size, int protection)
{
	bool all = mprotect(at, size, PROT_NONE) == 0;

	/* One that fails may have changed some: these can be touched again. */
	if (mprotect(at, size, protection))
		MUST(!all);
}

void pages_ready(void *at, size_t size)
{
	const size_t page = (size_t)getpagesize();
	size_t skip = (uintptr_t)at % page;
	char *first = (char *)at - skip;

	size = (size + skip + page - 1) / page * page;
	if (size < LEAST * page)
		return;
	if (madvise(first, size, MADV_POPULATE_WRITE) == 0)
		map_all(first, size, PROT_READ | PROT_WRITE);
	/* EINVAL: they can only be read. Whatever else it is, such as no
	 * memory, they stay as they are, and can be written. */
	else if (errno == EINVAL &&
		 madvise(first, size, MADV_POPULATE_READ) == 0)
		map_all(first, size, PROT_READ);
}
