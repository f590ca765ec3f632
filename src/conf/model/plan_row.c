/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/plan_row.h"

#include "base/must.h"

static const char *const kind_names[] = {
	"changes", "adds", "removes", "changes", "adds", "removes", "changes",
};

_Static_assert(ARRAY_LENGTH(kind_names) == CONF_PLAN_KIND_COUNT, "names");

const char *conf_plan_kind_name(enum conf_plan_kind kind)
{
	MUST(kind < CONF_PLAN_KIND_COUNT);
	return kind_names[kind];
}
