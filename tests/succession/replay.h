/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a daemon (keeper/record.c), through the machine. */
#pragma once

/* What does not agree, or NULL; `line` becomes its number. */
const char *replay(const char *path, unsigned *line);
