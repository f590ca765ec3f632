/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a plan (conf/model/plan.h) says, a row for each thing that differs. */
#pragma once

#include "conf/model/model.h"

/* No instance. */
#define CONF_PLAN_NONE UINT32_MAX

/* In the order of the rows. */
enum conf_plan_kind {
	CONF_PLAN_GLOBAL,  /* global_defs changes */
	CONF_PLAN_ADDS,    /* an instance that is new */
	CONF_PLAN_REMOVES, /* an instance that is no more */
	CONF_PLAN_CHANGES, /* an instance that is different */
	/* The same of virtual servers. */
	CONF_PLAN_SERVER_ADDS,
	CONF_PLAN_SERVER_REMOVES,
	CONF_PLAN_SERVER_CHANGES,
};

#define CONF_PLAN_KIND_COUNT 7

/* Whether the indices of a row are those of instances. */
static inline bool conf_plan_is_of_instance(enum conf_plan_kind kind)
{
	return kind == CONF_PLAN_ADDS || kind == CONF_PLAN_REMOVES ||
	       kind == CONF_PLAN_CHANGES;
}

/* "changes", "adds" and so on: the first word of a row. */
const char *conf_plan_kind_name(enum conf_plan_kind kind);

struct conf_plan_row {
	enum conf_plan_kind kind;
	uint32_t index_old; /* in the old model, or CONF_PLAN_NONE */
	uint32_t index_new; /* in the new model, or CONF_PLAN_NONE */
	const char *text;   /* the line: "changes V2: priority 100 -> 90" */
};

/* All of it is in the arena; neither model is needed to read or print it. */
struct conf_plan {
	const struct conf_plan_row *rows;
	size_t row_count;
	size_t counts[CONF_PLAN_KIND_COUNT]; /* of the rows, by kind */
	size_t unchanged;                    /* instances and virtual servers */
	/* Of each instance of the new model: its index in the old one. */
	const uint32_t *origin;
};
