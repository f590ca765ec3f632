/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: virtual and real servers and their checks.
 * keepalived.conf(5), "LVS CONFIGURATION".
 */
#include "conf/keyword_rows.h"

/* clang-format off */
static const struct conf_keyword rows[] = {
	BLOCK("virtual_server", TOP, CONF_NEEDED, CONF_IN_VIRTUAL_SERVER, 1, 3,
	      "a service that is spread over real servers",
	      "virtual_server 192.0.2.1 80 {\n}", "virtual_server {\n}"),
};
/* clang-format on */

const struct conf_keyword_part conf_keyword_lvs = { rows, ARRAY_LENGTH(rows) };
