/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: scripts that are told what has become of a
 * virtual router. keepalived.conf(5), "NOTIFY SCRIPTS".
 */
#include "conf/model/rows.h"

/* The marks tell the words apart (types_notify.c). */
#define NOTIFY(w, n, h)                                                        \
	{                                                                      \
		.word = (w), .type = &conf_type_notify,                        \
		.offset =                                                      \
			offsetof(struct conf_instance, notifies.marks) + (n),  \
		.size = 1, .count = CONF_NO, .preset = CONF_NO,                \
		.flags = CONF_QUIET, .minimum = (n), .maximum = (n),           \
		.differs = "the scripts of a virtual router run one after "    \
			   "another; keepalived runs them at the same time",   \
		.help = (h), .good = w " \"/bin/n.sh a\" nobody", .bad = w     \
	}

/* clang-format off */
static const struct conf_row rows[] = {
	NOTIFY("notify", CONF_NOTIFY_ANY,
	       "the script to run at every change of state, with its user and "
	       "group; it is told INSTANCE, the name, the state and the "
	       "priority"),
	NOTIFY("notify_master", CONF_NOTIFY_ACTIVE,
	       "the script to run when this virtual router becomes Active, "
	       "with its user and group"),
	NOTIFY("notify_backup", CONF_NOTIFY_BACKUP,
	       "the script to run when this virtual router becomes Backup, "
	       "with its user and group"),
	NOTIFY("notify_fault", CONF_NOTIFY_FAULT,
	       "the script to run when this virtual router has a fault, with "
	       "its user and group"),
	NOTIFY("notify_stop", CONF_NOTIFY_STOP,
	       "the script to run when this virtual router is stopped, with "
	       "its user and group"),
};
/* clang-format on */

const struct conf_rows conf_rows_notify = ROWS(rows);
