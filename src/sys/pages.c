/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/pages.h"

#include "base/must.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Fewer cost no more one by one. */
#define LEAST 4

/*
 * In user-mode-linux a page that is there is still mapped at the first touch,
 * for 25 us each; after a change of protection all of a range are. Elsewhere
 * two calls more are nothing beside the pages.
 */
static void map_all(void *at, size_t size, int protection)
{
	if (mprotect(at, size, protection & ~PROT_WRITE & ~PROT_READ) == 0)
		MUST(mprotect(at, size, protection) == 0);
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
	else if (madvise(first, size, MADV_POPULATE_READ) == 0)
		map_all(first, size, PROT_READ);
}
