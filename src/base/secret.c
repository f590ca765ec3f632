/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"

#include <stdint.h>
#include <string.h>

bool secret_equal(const void *a, const void *b, size_t size)
{
	const uint8_t *one = a, *two = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < size; i++)
		differ |= one[i] ^ two[i];
	return differ == 0;
}

void secret_wipe(void *memory, size_t size)
{
	if (size == 0)
		return;
	memset(memory, 0, size);
	__asm__ volatile("" : : "r"(memory) : "memory");
}
