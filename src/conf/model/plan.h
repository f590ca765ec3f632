/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of a reload: what differs between the model that runs and the one
 * that is to run.
 *
 * Virtual routers are matched by what they are, their interface, family and
 * VRID, and not by their names: a new name is a change, another VRID is
 * another virtual router. The time taken is linear in the size of both models.
 */
#pragma once

#include "conf/model/plan_row.h"

/* Rows of one kind that are printed; more are counted. */
#define CONF_PLAN_PRINTED_MAX 100

/*
 * Compares two models. Spans, the order of instances and phases make no
 * difference. NULL when there is no memory; the caller frees the arena.
 */
struct conf_plan *conf_plan(const struct conf_model *old,
			    const struct conf_model *new, struct arena *arena);

/* True if there is nothing to do. */
bool conf_plan_is_empty(const struct conf_plan *plan);

/* What only the one knows that runs the old model. */
struct conf_plan_remarks {
	/* Stands behind the row: "would stop being Active", or "". */
	const char *(*of)(void *context, const struct conf_plan_row *row);
	void *context;
};

/*
 * Writes the rows, a line each, and at last how many are unchanged. Without
 * `remarks` only what the configurations say.
 */
void conf_plan_print(const struct conf_plan *plan,
		     const struct conf_plan_remarks *remarks,
		     void (*write)(void *to, const char *text, size_t length),
		     void *to);
