/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/vault.h"

#include <stdalign.h>
#include <stdint.h>
#include <sys/mman.h>

struct piece {
	size_t size; /* of the mapping */
	alignas(max_align_t) char bytes[];
};

void vault_hide(void *mapping, size_t size)
{
	/* A kernel without it has no core dumps to speak of. */
	(void)madvise(mapping, size, MADV_DONTDUMP);
}

void *vault_obtain(size_t size)
{
	struct piece *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size += sizeof(*p);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	vault_hide(p, size);
	p->size = size;
	return p->bytes;
}

void vault_give_back(void *memory)
{
	struct piece *p;

	if (!memory)
		return;
	p = (struct piece *)(void *)((char *)memory -
				     offsetof(struct piece, bytes));
	munmap(p, p->size);
}
