/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/smtp_reply.h"

static bool is_digit(char c, char least, char most)
{
	return c >= least && c <= most;
}

int smtp_reply_code(const char *line, bool *more)
{
	if (!is_digit(line[0], '2', '5') || !is_digit(line[1], '0', '9') ||
	    !is_digit(line[2], '0', '9'))
		return -1;
	if (line[3] != ' ' && line[3] != '-' && line[3] != '\0')
		return -1;
	*more = line[3] == '-';
	return (line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0';
}
