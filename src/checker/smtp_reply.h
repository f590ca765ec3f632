/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a reply of SMTP (RFC 5321 4.2). */
#pragma once

#include <stdbool.h>

/* Its code, 200 to 599, and whether more lines of it follow. -1: it is none. */
int smtp_reply_code(const char *line, bool *more);
