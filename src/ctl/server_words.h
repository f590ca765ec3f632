/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which words of a command line name a virtual and a real server: a name is
 * written as in the configuration, and that has a blank before a port, a mark
 * and the name of a group (ledger/server_name.h).
 */
#pragma once

#include "ledger/order.h"

#include <stdbool.h>
#include <stddef.h>

/* Takes a virtual server alone. */
bool server_words_take_virtual(const char *const **words, unsigned *count,
			       char virtual[ORDER_VIRTUAL_SIZE]);
/*
 * Takes both from the begin of `count` words; so many have to be left behind
 * them. False: they are not there.
 */
bool server_words_take(const char *const **words, unsigned *count,
		       unsigned behind, char virtual[ORDER_VIRTUAL_SIZE],
		       char real[ORDER_REAL_SIZE]);
