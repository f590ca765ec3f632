/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what checks of real servers have alike.
 * keepalived.conf(5), "Health checkers".
 */
#include "conf/model/rows_check.h"

#include "base/map.h"

#define CHECK conf_check

/* clang-format off */
static const struct conf_row connect_rows[] = {
	CONNECT_ROWS(CHECK),
	TIMEOUT_ROW(CHECK),
};

static const struct conf_row pace_rows[] = {
	PACE_ROWS(CHECK, NULL, NULL),
	ROW("log_all_failures", UNSAID_SWITCH(CHECK, log_all_failures),
	    "log every failed try, not only the one that counts; default: "
	    "checker_log_all_failures",
	    "log_all_failures on", "log_all_failures 5"),
};
/* clang-format on */

const struct conf_rows conf_rows_connect = ROWS(connect_rows);
const struct conf_rows conf_rows_pace = ROWS(pace_rows);

/* Where it goes: a plan tells checks of one kind apart by that. */
bool conf_same_check(const void *a, const void *b)
{
	const struct conf_check *one = a, *two = b;

	return one->kind == two->kind &&
	       ip_equal(&one->connect.address, &two->connect.address) &&
	       one->connect.port == two->connect.port;
}

uint32_t conf_hash_check(const void *item)
{
	const struct conf_check *check = item;

	return map_hash(&check->connect.address,
			sizeof(check->connect.address)) ^
	       check->connect.port ^ (uint32_t)check->kind << 16;
}
