/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sync groups of two routers of one LAN: for conf/model/pair.c. */
#pragma once

#include "conf/language/report.h"
#include "conf/model/model.h"

#define CONF_PAIR_NONE UINT32_MAX

/*
 * Notes groups in which each router is better in some member. `partners` says
 * for each instance of ours which one of theirs is the same virtual router, or
 * CONF_PAIR_NONE.
 */
void conf_pair_groups(const struct conf_model *ours,
		      const struct conf_model *theirs, const uint32_t *partners,
		      struct conf_report *report);
