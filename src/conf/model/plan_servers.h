/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of a plan: virtual servers that are added, removed or changed. */
#pragma once

#include "conf/model/plan_row.h"
#include "conf/schema/compare.h"

/* The most rows that conf_plan_servers() puts. */
uint32_t conf_plan_servers_rows(const struct conf_model *old,
				const struct conf_model *new);

/*
 * Puts rows behind those that are in `rows`, whose number is in `plan`. `text`
 * is for the time of the call. False: no memory.
 */
bool conf_plan_servers(const struct conf_model *old,
		       const struct conf_model *new, struct arena *arena,
		       struct conf_difference *text, struct conf_plan *plan,
		       struct conf_plan_row *rows);

/*
 * Whether two virtual servers of a row that changes differ in nothing but the
 * weights of their real servers, which are the same in the same order. False
 * also where there is no memory; the arena is as it was afterwards.
 */
bool conf_plan_only_weights(const struct conf_virtual_server *old,
			    const struct conf_virtual_server *new,
			    struct arena *arena);
