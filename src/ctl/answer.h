/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which path is which page: the answer of the control server to a request
 * (ctl/ctl.h lists them).
 */
#pragma once

#include "ctl/http.h"

/*
 * `argument` finds those of the request. The page is the caller's; NULL: there
 * was no memory.
 */
struct http_answer answer_make(struct ledger *l, const char *path,
			       http_argument_fn *argument, void *request);
