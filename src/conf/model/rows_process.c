/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: how the processes run, in global_defs.
 * keepalived.conf(5), "GLOBAL CONFIGURATION".
 */
#include "conf/model/rows.h"

/* The kernel doubles it, and an int must hold that. */
#define BUFFER_MAX (INT32_MAX / 2)

/* What a row of another process says, which baton does not have yet. */
#define PROCESS(which, what)                                                   \
	LATER(which "_priority", 1, 1, "the nice value of " what,              \
	      which "_priority -10"),                                          \
		LATER(which "_no_swap", 0, 0,                                  \
		      "lock the memory of " what ", against swapping",         \
		      which "_no_swap"),                                       \
		LATER(which "_cpu_affinity", 1, MANY,                          \
		      "the CPUs that " what " may run on",                     \
		      which "_cpu_affinity 0 1"),                              \
		LATER(which "_rt_priority", 1, 1,                              \
		      "the real-time priority of " what,                       \
		      which "_rt_priority 50"),                                \
		LATER(which "_rlimit_rttime", 1, 1,                            \
		      "microseconds that " what " may compute in real time",   \
		      which "_rlimit_rttime 10000"),                           \
		LATER(which "_rlimit_rtime", 1, 1,                             \
		      "an old spelling of " which "_rlimit_rttime",            \
		      which "_rlimit_rtime 10000")

/* clang-format off */
static const struct conf_row rows[] = {
	ROW_WITH("vrrp_priority", NUMBER(conf_global, vrrp.nice, -20, 19, 0),
		 .flags = CONF_QUIET,
		 "the nice value of the vrrp process; default 0",
		 "vrrp_priority -10", "vrrp_priority -21"),
	ROW("vrrp_no_swap", FLAG(conf_global, vrrp.no_swap, 1),
	    "lock the memory of the vrrp process, so that it is not swapped "
	    "out",
	    "vrrp_no_swap", "vrrp_no_swap on"),
	ROW_WITH("vrrp_cpu_affinity", CPUS(conf_global, vrrp.cpus),
		 .flags = CONF_QUIET,
		 "the CPUs that the vrrp process may run on; default: all",
		 "vrrp_cpu_affinity 0 1", "vrrp_cpu_affinity 0 1024"),
	ROW_WITH("vrrp_rt_priority",
		 NUMBER(conf_global, vrrp.rt_priority, 0, 99, CONF_RT_AUTO),
		 .flags = CONF_QUIET,
		 "the real-time priority of the vrrp process (SCHED_RR); 0: "
		 "no real time; default: 1 where that is permitted",
		 "vrrp_rt_priority 50", "vrrp_rt_priority 100"),
	ROW_WITH("vrrp_rlimit_rttime",
		 NUMBER(conf_global, vrrp.rttime, 2, UINT32_MAX, 0),
		 .flags = CONF_QUIET,
		 "the microseconds for which the vrrp process may compute in "
		 "real time without a pause; default 10000 if "
		 "vrrp_rt_priority or max_auto_priority is set",
		 "vrrp_rlimit_rttime 20000", "vrrp_rlimit_rttime 1"),
	ROW_WITH("vrrp_rlimit_rtime",
		 NUMBER(conf_global, vrrp.rttime, 2, UINT32_MAX, 0),
		 .flags = CONF_ALIAS,
		 "an old spelling of vrrp_rlimit_rttime",
		 "vrrp_rlimit_rtime 20000", "vrrp_rlimit_rtime 1"),
	ROW("max_auto_priority",
	    OPTION(conf_global, vrrp.auto_priority, -1, 99, 0),
	    "the highest real-time priority that the vrrp process is raised "
	    "to when it is late; 0: never",
	    "max_auto_priority 20", "max_auto_priority 100"),
	ROW_WITH("min_auto_priority_delay",
		 MICROS(conf_global, vrrp.auto_delay, 1, 10000000, 0),
		 .flags = CONF_QUIET,
		 "how late, in microseconds, is late for max_auto_priority; "
		 "default 1000000",
		 "min_auto_priority_delay 100000",
		 "min_auto_priority_delay 10000001"),
	ROW("vrrp_netlink_monitor_rcv_bufs",
	    NUMBER(conf_global, monitor.size, 0, BUFFER_MAX, 0),
	    "the bytes of the receive buffer for changes of links and "
	    "addresses; 0: baton chooses",
	    "vrrp_netlink_monitor_rcv_bufs 65536",
	    "vrrp_netlink_monitor_rcv_bufs 64k"),
	ROW_WITH("vrrp_netlink_monitor_rcv_bufs_force",
		 SWITCH(conf_global, monitor.force, 0), .flags = CONF_QUIET,
		 "let that buffer exceed net.core.rmem_max",
		 "vrrp_netlink_monitor_rcv_bufs_force on",
		 "vrrp_netlink_monitor_rcv_bufs_force 1"),
	ROW("vrrp_netlink_cmd_rcv_bufs",
	    NUMBER(conf_global, command.size, 0, BUFFER_MAX, 0),
	    "the bytes of the receive buffer for answers of the kernel; 0: "
	    "baton chooses",
	    "vrrp_netlink_cmd_rcv_bufs 65536", "vrrp_netlink_cmd_rcv_bufs 64k"),
	ROW_WITH("vrrp_netlink_cmd_rcv_bufs_force",
		 SWITCH(conf_global, command.force, 0), .flags = CONF_QUIET,
		 "let that buffer exceed net.core.rmem_max",
		 "vrrp_netlink_cmd_rcv_bufs_force on",
		 "vrrp_netlink_cmd_rcv_bufs_force 1"),
	ROW_WITH("process_monitor_rcv_bufs",
		 NUMBER(conf_global, process_monitor.size, 0, BUFFER_MAX, 0),
		 .flags = CONF_QUIET,
		 "the bytes of the receive buffer for beginnings and ends of "
		 "processes; default 0: baton chooses",
		 "process_monitor_rcv_bufs 65536",
		 "process_monitor_rcv_bufs 64k"),
	ROW_WITH("process_monitor_rcv_bufs_force",
		 SWITCH(conf_global, process_monitor.force, 0),
		 .flags = CONF_QUIET,
		 "let that buffer exceed net.core.rmem_max",
		 "process_monitor_rcv_bufs_force on",
		 "process_monitor_rcv_bufs_force 1"),

	ROW("process_names", FLAG(conf_global, process_names, 1),
	    "give the processes the names of keepalived's own, for "
	    "killall(1) and ps -o comm",
	    "process_names", "process_names {\n}"),
	ROW_WITH("process_name",
		 NAME(conf_global, process_name, CONF_PROCESS_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the keeper for killall(1) and ps -o comm",
		 "process_name batond-a", "process_name"),
	ROW_WITH("vrrp_process_name",
		 NAME(conf_global, vrrp_process_name, CONF_PROCESS_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the vrrp process for killall(1) and "
		 "ps -o comm",
		 "vrrp_process_name vrrp-a", "vrrp_process_name"),
	ROW_WITH("checker_process_name",
		 NAME(conf_global, checker_process_name,
		      CONF_PROCESS_NAME_MAX), .flags = CONF_QUIET,
		 "the name of the process of health checks for killall(1) and "
		 "ps -o comm",
		 "checker_process_name check-a", "checker_process_name"),
	ROW_WITH("lvs_process_name",
		 NAME(conf_global, lvs_process_name, CONF_PROCESS_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the process of virtual servers for killall(1) and "
		 "ps -o comm",
		 "lvs_process_name lvs-a", "lvs_process_name"),
	ROW_WITH("ipvs_process_name",
		 NAME(conf_global, lvs_process_name, CONF_PROCESS_NAME_MAX),
		 .flags = CONF_ALIAS,
		 "another spelling of lvs_process_name",
		 "ipvs_process_name lvs-a", "ipvs_process_name"),
	ROW_WITH("bfd_process_name",
		 NAME(conf_global, bfd_process_name, CONF_PROCESS_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the process of BFD sessions for killall(1) and "
		 "ps -o comm",
		 "bfd_process_name bfd-a", "bfd_process_name"),
	PROCESS("checker", "the process of health checks"),
	PROCESS("bfd", "the process of BFD sessions"),
};
/* clang-format on */

const struct conf_rows conf_rows_process = ROWS(rows);
