/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/secret.h"

#include <string.h>

bool conf_secret_equal(const struct conf_secret *a, const struct conf_secret *b)
{
	uint8_t differ = a->length ^ b->length;

	for (size_t i = 0; i < CONF_SECRET_MAX; i++)
		differ |= a->bytes[i] ^ b->bytes[i];
	return differ == 0;
}

void conf_secret_wipe(void *memory, size_t size)
{
	if (size == 0)
		return;
	memset(memory, 0, size);
	__asm__ volatile("" : : "r"(memory) : "memory");
}
