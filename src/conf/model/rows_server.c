/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: virtual and real servers, and TLS.
 * keepalived.conf(5), "LVS CONFIGURATION".
 */
#include "conf/model/rows.h"

static const struct conf_block conf_block_real_server;

/* clang-format off */
static const struct conf_row server_rows[] = {
	LATER("smtp_alert", 0, 1, "send mail of changes", "smtp_alert on"),
	NEEDED("lvs_sched", 1, 1, "how the load is spread", "lvs_sched rr"),
	NEEDED("lb_algo", 1, 1, "lvs_sched, an old spelling", "lb_algo rr"),
	NEEDED("persistence_engine", 1, 1, "what tells clients apart",
	      "persistence_engine sip"),
	NEEDED("persistence_granularity", 1, 1, "clients of one network",
	      "persistence_granularity 255.255.255.0"),
	NEEDED("protocol", 1, 1, "TCP, UDP or SCTP", "protocol TCP"),
	NEEDED("quorum", 1, 1, "the weight that must live", "quorum 2"),
	NEEDED("hysteresis", 1, 1, "how far beyond that", "hysteresis 1"),
	NEEDED("ip_family", 1, 1, "of a mark", "ip_family inet6"),
	NEEDED("lvs_method", 1, 5, "NAT, DR or TUN", "lvs_method NAT"),
	NEEDED("lb_kind", 1, 5, "lvs_method, an old spelling", "lb_kind NAT"),
	NEEDED("flag-1", 0, 0, "a flag of the scheduler", "flag-1"),
	NEEDED("flag-2", 0, 0, "a flag of the scheduler", "flag-2"),
	NEEDED("flag-3", 0, 0, "a flag of the scheduler", "flag-3"),
	NEEDED("sh-port", 0, 0, "a flag of sh", "sh-port"),
	NEEDED("sh-fallback", 0, 0, "a flag of sh", "sh-fallback"),
	NEEDED("mh-port", 0, 0, "a flag of mh", "mh-port"),
	NEEDED("mh-fallback", 0, 0, "a flag of mh", "mh-fallback"),
	NEEDED("ops", 0, 0, "every packet by itself", "ops"),
	NEEDED("ha_suspend", 0, 0, "no checks without the address",
	      "ha_suspend"),
	NEEDED("sorry_server_inhibit", 0, 0, "weight 0 instead of removing it",
	      "sorry_server_inhibit"),
	NEEDED("omega", 0, 0, "notify at the end", "omega"),
	NEEDED("persistence_timeout", 0, 1, "how long a client stays",
	      "persistence_timeout 50"),
	NEEDED("quorum_up", 1, MANY, "a script for the quorum gained",
	      "quorum_up /bin/q.sh"),
	NEEDED("quorum_down", 1, MANY, "a script for the quorum lost",
	      "quorum_down /bin/q.sh"),
	NEEDED("sorry_server", 1, 2, "the server when all others are down",
	      "sorry_server 192.0.2.9 80"),
	NEEDED("sorry_server_lvs_method", 1, 5, "NAT, DR or TUN",
	      "sorry_server_lvs_method NAT"),
	NEEDED("virtualhost", 1, 1, "the name of the site",
	      "virtualhost www.example.org"),
	INERT("snmp_name", 1, 1, "SNMP", "snmp_name web"),
	NEEDED("connect_timeout", 1, 1, "how long a connection may take",
	      "connect_timeout 5"),
	NEEDED("retry", 1, 1, "failures before it is down", "retry 3"),
	NEEDED("delay_before_retry", 1, 1, "time between them",
	      "delay_before_retry 1"),
	NEEDED("warmup", 1, 1, "the most that the first check is put off",
	      "warmup 0"),
	NEEDED("delay_loop", 1, 1, "time between checks", "delay_loop 10"),
	NEEDED("alpha", 0, 1, "down at first", "alpha on"),
	NEEDED("inhibit_on_failure", 0, 1, "weight 0 instead of removing it",
	      "inhibit_on_failure"),
	BLOCK(CONF_NEEDED, "real_server", conf_block_real_server,
	      "a server that does the work", "real_server 192.0.2.2 80 {\n}"),
	NEEDED("hashed", 0, 0, "an old spelling of flag-1", "hashed"),
	NEEDED("weight", 1, 1, "of real servers that do not say", "weight 2"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row real_rows[] = {
	LATER("smtp_alert", 0, 1, "send mail of changes", "smtp_alert on"),
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
	NEEDED("lvs_method", 1, 5, "NAT, DR or TUN", "lvs_method NAT"),
	NEEDED("lb_kind", 1, 5, "lvs_method, an old spelling", "lb_kind NAT"),
	NEEDED("virtualhost", 1, 1, "the name of the site",
	      "virtualhost www.example.org"),
	INERT("snmp_name", 1, 1, "SNMP", "snmp_name web"),
	NEEDED("connect_timeout", 1, 1, "how long a connection may take",
	      "connect_timeout 5"),
	NEEDED("retry", 1, 1, "failures before it is down", "retry 3"),
	NEEDED("delay_before_retry", 1, 1, "time between them",
	      "delay_before_retry 1"),
	NEEDED("warmup", 1, 1, "the most that the first check is put off",
	      "warmup 0"),
	NEEDED("delay_loop", 1, 1, "time between checks", "delay_loop 10"),
	NEEDED("alpha", 0, 1, "down at first", "alpha on"),
	NEEDED("inhibit_on_failure", 0, 1, "weight 0 instead of removing it",
	      "inhibit_on_failure"),
	NEEDED("notify_up", 1, MANY, "a script for up", "notify_up /bin/u.sh"),
	NEEDED("notify_down", 1, MANY, "a script for down",
	      "notify_down /bin/d.sh"),
	NEEDED("uthreshold", 1, 1, "connections at most", "uthreshold 100"),
	NEEDED("lthreshold", 1, 1, "connections before it is used again",
	      "lthreshold 50"),
	BLOCK(CONF_NEEDED, "HTTP_GET", conf_block_http, "fetch a page",
	      "HTTP_GET {\n}"),
	BLOCK(CONF_NEEDED, "SSL_GET", conf_block_http, "fetch a page by TLS",
	      "SSL_GET {\n}"),
	BLOCK(CONF_NEEDED, "TCP_CHECK", conf_block_tcp, "connect",
	      "TCP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "SMTP_CHECK", conf_block_smtp,
	      "speak to a mail server", "SMTP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "DNS_CHECK", conf_block_dns, "ask a name server",
	      "DNS_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "MISC_CHECK", conf_block_misc, "run a script",
	      "MISC_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "BFD_CHECK", conf_block_bfd_check, "follow a BFD session",
	      "BFD_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "UDP_CHECK", conf_block_udp, "send a datagram",
	      "UDP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "PING_CHECK", conf_block_ping,
	      "send an echo request", "PING_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "FILE_CHECK", conf_block_file, "follow a file",
	      "FILE_CHECK {\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row ssl_rows[] = {
	SECRET(CONF_LATER, "password", "of TLS", "password x"),
	LATER("ca", 1, 1, "of TLS", "ca x"),
	LATER("certificate", 1, 1, "of TLS", "certificate x"),
	SECRET(CONF_LATER, "key", "of TLS", "key x"),
};
/* clang-format on */

static const struct conf_block conf_block_real_server = {
	.name = "real_server",
	.parts = { PART(real_rows) },
};

const struct conf_block conf_block_virtual_server = {
	.name = "virtual_server",
	.parts = { PART(server_rows) },
};

const struct conf_block conf_block_ssl = {
	.name = "SSL",
	.parts = { PART(ssl_rows) },
};
