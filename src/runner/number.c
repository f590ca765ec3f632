/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/number.h"

#include <errno.h>
#include <stdlib.h>

bool number_read(const char *text, int32_t *number)
{
	long long value;

	errno = 0;
	value = strtoll(text, NULL, 0);
	if (errno == ERANGE || value < INT32_MIN || value > INT32_MAX)
		return false;
	*number = (int32_t)value;
	return true;
}
