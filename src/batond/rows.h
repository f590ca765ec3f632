/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the processes, for the keeper. */
#pragma once

#include "keeper/row.h"

extern const struct keeper_row batond_rows[];
extern const unsigned batond_row_count;
