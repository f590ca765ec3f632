/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: scripts and FIFOs that are told what has become of
 * virtual routers. keepalived.conf(5), "NOTIFY SCRIPTS".
 */
#include "conf/model/rows.h"

#define NOTIFY_AS(t, w, n, h)                                                  \
	NOTIFY_OF(conf_instance, t, w, n, h, w " \"\"",                        \
		  .differs = "the scripts of a virtual router run one after "  \
			     "another; keepalived runs them at the same time")
#define NOTIFY(w, n, h) NOTIFY_AS(&conf_type_notify, w, n, h)

#define COMMAND(s, m) .type = &conf_type_command, QUIET_FIELD(s, m)
#define FIFO(s, m)    .type = &conf_type_fifo, QUIET_FIELD(s, m)

#define ALL  fifos[CONF_FIFO_ALL]
#define VRRP fifos[CONF_FIFO_VRRP]

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
	NOTIFY_AS(&conf_type_notify_perhaps, "notify_deleted",
	       CONF_NOTIFY_DELETED,
	       "tell DELETED instead of FAULT when a reload removes this "
	       "virtual router; with a script, run that, too, with its user "
	       "and group"),
	NOTIFY("notify_master_rx_lower_pri", CONF_NOTIFY_LOWER,
	       "the script to run when this virtual router is Active and hears "
	       "a lower priority, with its user and group"),
	ROW_WITH("notify_priority_changes",
		 SWITCH(conf_instance, notify_priority_changes, 0),
		 INHERITS(notify_priority_changes),
		 "write changes of the priority to the notify FIFOs",
		 "notify_priority_changes on", "notify_priority_changes 3"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row global_rows[] = {
	ROW_WITH("notify_fifo", FIFO(conf_global, ALL.path),
	    .differs = "it stays in a reload; keepalived removes it "
		       "and makes another one",
	    "the FIFO to which every change of state is written, with its "
	    "user and group",
	    "notify_fifo /run/f nobody", "notify_fifo"),
	ROW_WITH("notify_fifo_script", COMMAND(conf_global, ALL.script),
	    .differs = "it is started again when it ends, and in a "
		       "reload only if it has changed",
	    "the script that reads notify_fifo, whose path is its last "
	    "argument, with its user and group",
	    "notify_fifo_script \"/bin/f.sh a\" nobody", "notify_fifo_script"),
	ROW_WITH("vrrp_notify_fifo", FIFO(conf_global, VRRP.path),
	    .differs = "it stays in a reload; keepalived removes it "
		       "and makes another one",
	    "the FIFO to which changes of virtual routers and groups are "
	    "written, with its user and group",
	    "vrrp_notify_fifo /run/v nobody", "vrrp_notify_fifo"),
	ROW_WITH("vrrp_notify_fifo_script", COMMAND(conf_global, VRRP.script),
	    .differs = "it is started again when it ends, and in a "
		       "reload only if it has changed",
	    "the script that reads vrrp_notify_fifo, whose path is its last "
	    "argument, with its user and group",
	    "vrrp_notify_fifo_script /bin/f.sh", "vrrp_notify_fifo_script"),
	ROW_WITH("startup_script",
	    COMMAND(conf_global, scripts.startup.script),
	    .differs = "static addresses, routes and rules are put "
		       "meanwhile",
	    "the script to run before a virtual router is started, with its "
	    "user and group",
	    "startup_script \"/bin/s.sh a\" nobody", "startup_script \"\""),
	ROW_WITH("startup_script_timeout",
		 TIME(conf_global, scripts.startup.timeout, TICK_SECOND,
		      1000 * TICK_SECOND, 10 * TICK_SECOND),
		 .flags = CONF_QUIET,
		 "the time after which startup_script is killed, and virtual "
		 "routers are started",
		 "startup_script_timeout 20", "startup_script_timeout 0"),
	ROW("shutdown_script",
	    COMMAND(conf_global, scripts.shutdown.script),
	    "the script to run when all else has ended, with its user and "
	    "group",
	    "shutdown_script \"/bin/s.sh a\" nobody",
	    "shutdown_script \"\""),
	ROW_WITH("shutdown_script_timeout",
		 TIME(conf_global, scripts.shutdown.timeout, TICK_SECOND,
		      1000 * TICK_SECOND, 10 * TICK_SECOND),
		 .flags = CONF_QUIET,
		 "the time after which shutdown_script is killed",
		 "shutdown_script_timeout 20", "shutdown_script_timeout 0"),
	ROW("fifo_write_vrrp_states_on_reload",
	    FLAG(conf_global, fifo_states_on_reload, 1),
	    "write all states to the FIFOs again after a reload",
	    "fifo_write_vrrp_states_on_reload",
	    "fifo_write_vrrp_states_on_reload 1"),
	ROW_WITH("vrrp_notify_priority_changes",
		 SWITCH(conf_global, notify_priority_changes, 0),
		 .flags = CONF_QUIET,
		 "write changes of the priority of instances that do not set "
		 "notify_priority_changes to the notify FIFOs",
		 "vrrp_notify_priority_changes on",
		 "vrrp_notify_priority_changes 3"),
};
/* clang-format on */

const struct conf_rows conf_rows_notify = ROWS(rows);
const struct conf_rows conf_rows_notify_global = ROWS(global_rows);
