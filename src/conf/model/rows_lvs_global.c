/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: what global_defs and SSL say of virtual servers.
 * keepalived.conf(5), "GLOBAL CONFIGURATION".
 */
#include "conf/model/rows_lvs.h"

#define G conf_global

#define FIFO(s, m)    .type = &conf_type_fifo, QUIET_FIELD(s, m)
#define COMMAND(s, m) .type = &conf_type_command, QUIET_FIELD(s, m)
#define FLUSH(s, m)                                                            \
	.type = &conf_type_perhaps, FIELD(s, m), .choices = flushes,           \
	.minimum = CONF_FLUSH_OURS, .maximum = CONF_FLUSH_ALL,                 \
	.otherwise = CONF_FLUSH_NO
#define ALERT(s, m)                                                            \
	.type = &conf_type_switch, FIELD(s, m), .minimum = 0, .maximum = 1,    \
	.otherwise = CONF_UNSAID
#define TABLE(s, m) .type = &conf_type_table, QUIET_FIELD(s, m), .maximum = 63
#define FILE_OF(m)  NAME(conf_ssl, m, CONF_PATH_TEXT_MAX), .flags = CONF_QUIET
#define PASSWORD                                                               \
	.type = &conf_type_secret, FIELD(conf_ssl, password),                  \
	.flags = CONF_SECRET | CONF_QUIET, .secret_of = CONF_SECRET_OF_CHECKS

static const struct conf_choice flushes[] = {
	{ "VS", CONF_FLUSH_OURS },
	{ "all", CONF_FLUSH_ALL },
	{ NULL, 0 },
};

/* clang-format off */
static const struct conf_row rows[] = {
	ROW_WITH("lvs_sync_daemon", .type = &conf_type_sync,
		 QUIET_FIELD(G, lvs.sync),
		 "share the connections of IPVS with another router over an "
		 "interface; with inst, as master or backup as that "
		 "vrrp_instance is, else both",
		 "lvs_sync_daemon eth0 inst A id 7 maxlen 1400 port 8848 "
		 "ttl 1 group 224.0.0.81", "lvs_sync_daemon eth0 id 256"),
	ROW_WITH("lvs_sync_wait",
	    TIME(G, lvs.sync_wait, 0, 3600 * TICK_SECOND, 60 * TICK_SECOND),
	    .flags = CONF_QUIET,
	    "how long a router that returns waits at most, before it preempts, "
	    "for connections to be synced: with lvs_sync_daemon and inst; 0: "
	    "not at all; default 60; beyond keepalived",
	    "lvs_sync_wait 30", "lvs_sync_wait -1"),
	ROW_WITH("lvs_timeouts", .type = &conf_type_lvs_timeouts,
		 QUIET_FIELD(G, lvs.timeouts),
		 "how many seconds IPVS keeps idle connections: tcp, tcpfin "
		 "and udp", "lvs_timeouts tcp 900 tcpfin 120 udp 300",
		 "lvs_timeouts tcp 0"),
	ROW_WITH("lvs_flush", FLAG(G, lvs.flush, 1),
		 .differs = "they go after our own virtual servers are there",
		 "remove virtual servers of others from the kernel at the "
		 "start", "lvs_flush", "lvs_flush {\n}"),
	ROW_WITH("lvs_flush_on_stop", FLUSH(G, lvs.flush_on_stop),
	    .flags = CONF_QUIET,
	    "remove all virtual servers from the kernel at the stop, those "
	    "of others too; VS: only our own",
	    "lvs_flush_on_stop VS", "lvs_flush_on_stop RS"),
	ROW("rs_init_notifies", FLAG(G, lvs.init_notifies, 1),
	    "run notify scripts for real servers at the start too",
	    "rs_init_notifies", "rs_init_notifies {\n}"),
	ROW_WITH("checker_log_all_failures",
	    SWITCH(G, lvs.log_all_failures, 0), .flags = CONF_QUIET,
	    "log_all_failures of checks that do not set it",
	    "checker_log_all_failures on", "checker_log_all_failures 5"),
	ROW("no_checker_emails", FLAG(G, lvs.no_emails, 1),
	    "send mail only when a real server is added or removed",
	    "no_checker_emails", "no_checker_emails {\n}"),
	ROW_WITH("smtp_alert_checker", ALERT(G, lvs.alert),
		 .flags = CONF_QUIET | CONF_FOLLOWS,
		 "smtp_alert of virtual and real servers that do not set it; "
		 "default: smtp_alert, if that is written",
		 "smtp_alert_checker on", "smtp_alert_checker 5"),
	ROW("lvs_notify_fifo", FIFO(G, lvs.fifo.path),
	    "the FIFO to which changes of virtual and real servers are "
	    "written, with its user and group",
	    "lvs_notify_fifo /run/f nobody", "lvs_notify_fifo"),
	ROW("lvs_notify_fifo_script", COMMAND(G, lvs.fifo.script),
	    "the script that reads lvs_notify_fifo, whose path is its last "
	    "argument, with its user and group",
	    "lvs_notify_fifo_script /bin/f.sh",
	    "lvs_notify_fifo_script \"\""),
	ROW("nftables_ipvs", TABLE(G, lvs.marks.table),
	    "make one firewall mark of each virtual_server_group without "
	    "marks, set by nftables in a table of this name; alone: "
	    "keepalived_ipvs",
	    "nftables_ipvs", "nftables_ipvs {\n}"),
	ROW_WITH("nftables_ipvs_priority",
		 NUMBER(G, lvs.marks.priority, INT32_MIN, INT32_MAX, -1),
		 .flags = CONF_QUIET,
		 "the priority of the chains in nftables_ipvs; default -1",
		 "nftables_ipvs_priority -150", "nftables_ipvs_priority x"),
	ROW_WITH("nftables_ipvs_start_fwmark",
		 NUMBER(G, lvs.marks.first, 1, INT32_MAX, CONF_LVS_FIRST_MARK),
		 .flags = CONF_QUIET,
		 "the first firewall mark that nftables_ipvs uses; default "
		 "1000; one that is in use stays",
		 "nftables_ipvs_start_fwmark 2000",
		 "nftables_ipvs_start_fwmark 0"),
	ROW_WITH("lvs_flush_onstop", FLUSH(G, lvs.flush_on_stop),
		 .flags = CONF_ALIAS,
		 "an old spelling of lvs_flush_on_stop",
		 "lvs_flush_onstop", "lvs_flush_onstop RS"),
};

static const struct conf_row ssl_rows[] = {
	ROW("password", PASSWORD, "the password of the private key",
	    "password secret", "password"),
	ROW("ca", FILE_OF(ca),
	    "the file of certificates that are trusted, in PEM, where a check "
	    "verifies and names no other", "ca /etc/ssl/ca.pem", "ca"),
	ROW("certificate", FILE_OF(certificate),
	    "the file of the certificate that SSL_GET presents, with those of "
	    "its issuers behind it",
	    "certificate /etc/ssl/cert.pem", "certificate"),
	ROW("key", FILE_OF(key),
	    "the file of the private key of the certificate; without it, it "
	    "is in the file of the certificate",
	    "key /etc/ssl/key.pem", "key"),
};
/* clang-format on */

const struct conf_rows conf_rows_lvs_global = ROWS(rows);

const struct conf_block conf_block_ssl = {
	.name = "SSL",
	.parts = { PART(ssl_rows) },
	.size = sizeof(struct conf_ssl),
	.span = CONF_NO,
};
