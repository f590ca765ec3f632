/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the configuration would do to the states of the virtual
 * routers, as far as this router can tell: an Active knows of the others only
 * what it once heard of them (RFC 9568 6.4.2, 6.4.3).
 */
#pragma once

#include "conf/model/plan.h"
#include "ledger/ledger.h"

#define FORECAST_TEXT 192

struct forecast {
	struct ledger *ledger;        /* of the old model */
	const struct conf_model *old; /* the one that runs */
	const struct conf_model *next;
	const struct conf_plan *plan;
	char text[FORECAST_TEXT]; /* of the newest remark */
};

/* For struct conf_plan_remarks; `context` is the forecast. */
const char *forecast_remark(void *context, const struct conf_plan_row *row);
