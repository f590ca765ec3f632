/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: virtual and real servers, and TLS.
 * keepalived.conf(5), "LVS CONFIGURATION".
 */
#include "conf/model/rows.h"

static const struct conf_block conf_block_real_server;

/* clang-format off */
static const struct conf_row server_rows[] = {
	NEEDED("ip_family", 1, 1,
	       "the family of a service that is a firewall mark: inet or inet6",
	       "ip_family inet6"),
	NEEDED("protocol", 1, 1,
	       "the protocol of the service: TCP, UDP or SCTP", "protocol TCP"),
	NEEDED("lvs_sched", 1, 1,
	       "the scheduler: rr, wrr, lc, wlc, sh, mh and others; default "
	       "wlc", "lvs_sched rr"),
	NEEDED("lb_algo", 1, 1, "an old spelling of lvs_sched", "lb_algo rr"),
	NEEDED("lvs_method", 1, 6,
	       "how packets reach real servers: NAT, DR or TUN; default NAT",
	       "lvs_method DR"),
	NEEDED("lb_kind", 1, 6, "an old spelling of lvs_method", "lb_kind DR"),
	NEEDED("persistence_timeout", 0, 1,
	       "how long a client stays with its real server; default 360",
	       "persistence_timeout 50"),
	NEEDED("persistence_granularity", 1, 1,
	       "the netmask by which clients count as one",
	       "persistence_granularity 255.255.255.0"),
	NEEDED("persistence_engine", 1, 1,
	       "what tells clients apart instead of their address: sip",
	       "persistence_engine sip"),
	NEEDED("hashed", 0, 0, "an old spelling of flag-1", "hashed"),
	NEEDED("flag-1", 0, 0, "the first flag of the scheduler", "flag-1"),
	NEEDED("flag-2", 0, 0, "the second flag of the scheduler", "flag-2"),
	NEEDED("flag-3", 0, 0, "the third flag of the scheduler", "flag-3"),
	NEEDED("sh-port", 0, 0, "let the scheduler sh hash the source port too",
	       "sh-port"),
	NEEDED("sh-fallback", 0, 0,
	       "let the scheduler sh pass over a server of weight 0",
	       "sh-fallback"),
	NEEDED("mh-port", 0, 0, "let the scheduler mh hash the source port too",
	       "mh-port"),
	NEEDED("mh-fallback", 0, 0,
	       "let the scheduler mh pass over a server of weight 0",
	       "mh-fallback"),
	NEEDED("ops", 0, 0, "schedule every UDP packet by itself", "ops"),
	NEEDED("ha_suspend", 0, 0,
	       "stop checking while this router does not have the address of "
	       "the service", "ha_suspend"),
	NEEDED("quorum", 1, 1,
	       "the weight of live servers that makes the service up; default "
	       "1", "quorum 2"),
	NEEDED("hysteresis", 1, 1,
	       "how far the weight must pass the quorum to count; default 0",
	       "hysteresis 1"),
	NEEDED("quorum_up", 1, 3,
	       "the script to run when the quorum is gained, with its user "
	       "and group", "quorum_up /bin/q.sh"),
	NEEDED("quorum_down", 1, 3,
	       "the script to run when the quorum is lost, with its user and "
	       "group", "quorum_down /bin/q.sh"),
	NEEDED("omega", 0, 0, "run notify_down and quorum_down at the stop too",
	       "omega"),
	NEEDED("sorry_server", 1, 2,
	       "the server that answers while the quorum is lost",
	       "sorry_server 192.0.2.9 80"),
	NEEDED("sorry_server_inhibit", 0, 0,
	       "keep the sorry server with weight 0 instead of removing it",
	       "sorry_server_inhibit"),
	NEEDED("sorry_server_lvs_method", 1, 6,
	       "how packets reach the sorry server: NAT, DR or TUN",
	       "sorry_server_lvs_method NAT"),
	NEEDED("inhibit_on_failure", 0, 1,
	       "give a failed server weight 0 instead of removing it",
	       "inhibit_on_failure"),
	NEEDED("weight", 1, 1,
	       "the weight of real servers that have none of their own; "
	       "default 1", "weight 2"),
	NEEDED("connect_timeout", 1, 1, "how long a try may take; default 5",
	       "connect_timeout 5"),
	NEEDED("retry", 1, 1,
	       "how many more tries there are before the server is down; "
	       "default 1", "retry 3"),
	NEEDED("delay_before_retry", 1, 1,
	       "the time from one try to the next; default 1",
	       "delay_before_retry 1"),
	NEEDED("warmup", 1, 1,
	       "the longest random delay before the first check; default: "
	       "delay_loop", "warmup 0"),
	NEEDED("delay_loop", 1, 1,
	       "the time from one check to the next; default 60",
	       "delay_loop 10"),
	NEEDED("alpha", 0, 1,
	       "assume that servers are down until a check succeeds",
	       "alpha on"),
	NEEDED("virtualhost", 1, 1,
	       "the name of the site that HTTP_GET and SSL_GET ask for",
	       "virtualhost www.example.org"),
	LATER("smtp_alert", 0, 1, "send mail when the service goes up or down",
	      "smtp_alert on"),
	INERT("snmp_name", 1, 1, "the name of the service in SNMP",
	      "snmp_name web"),
	BLOCK(CONF_NEEDED, "real_server", conf_block_real_server,
	      "a server that does the work, by its address and port",
	      "real_server 192.0.2.2 80 {\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row real_rows[] = {
	NEEDED("weight", 1, 1,
	       "its share of the load; 0: no new connections; default 1",
	       "weight 10"),
	NEEDED("lvs_method", 1, 6,
	       "how packets reach this server: NAT, DR or TUN",
	       "lvs_method DR"),
	NEEDED("lb_kind", 1, 6, "an old spelling of lvs_method", "lb_kind DR"),
	NEEDED("uthreshold", 1, 1,
	       "the number of connections at which it gets no more; 0: no "
	       "limit", "uthreshold 100"),
	NEEDED("lthreshold", 1, 1,
	       "the number of connections below which it gets new ones again",
	       "lthreshold 50"),
	NEEDED("inhibit_on_failure", 0, 1,
	       "give it weight 0 when it fails instead of removing it",
	       "inhibit_on_failure"),
	NEEDED("notify_up", 1, 3,
	       "the script to run when it goes up, with its user and group",
	       "notify_up /bin/u.sh"),
	NEEDED("notify_down", 1, 3,
	       "the script to run when it goes down, with its user and group",
	       "notify_down /bin/d.sh"),
	NEEDED("connect_timeout", 1, 1, "how long a try may take; default 5",
	       "connect_timeout 5"),
	NEEDED("retry", 1, 1,
	       "how many more tries there are before the server is down; "
	       "default 1", "retry 3"),
	NEEDED("delay_before_retry", 1, 1,
	       "the time from one try to the next; default 1",
	       "delay_before_retry 1"),
	NEEDED("warmup", 1, 1,
	       "the longest random delay before the first check; default: "
	       "delay_loop", "warmup 0"),
	NEEDED("delay_loop", 1, 1,
	       "the time from one check to the next; default 60",
	       "delay_loop 10"),
	NEEDED("alpha", 0, 1,
	       "assume that servers are down until a check succeeds",
	       "alpha on"),
	NEEDED("virtualhost", 1, 1,
	       "the name of the site that HTTP_GET and SSL_GET ask for",
	       "virtualhost www.example.org"),
	LATER("smtp_alert", 0, 1, "send mail when it goes up or down",
	      "smtp_alert on"),
	INERT("snmp_name", 1, 1, "the name of the server in SNMP",
	      "snmp_name web"),
	BLOCK(CONF_NEEDED, "HTTP_GET", conf_block_http,
	      "check it by fetching pages over HTTP", "HTTP_GET {\n}"),
	BLOCK(CONF_NEEDED, "SSL_GET", conf_block_http,
	      "check it by fetching pages over HTTPS", "SSL_GET {\n}"),
	BLOCK(CONF_NEEDED, "TCP_CHECK", conf_block_tcp,
	      "check that it accepts TCP connections", "TCP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "SMTP_CHECK", conf_block_smtp,
	      "check that it answers as a mail server", "SMTP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "DNS_CHECK", conf_block_dns,
	      "check that it answers as a name server", "DNS_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "MISC_CHECK", conf_block_misc,
	      "check it by a command", "MISC_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "BFD_CHECK", conf_block_bfd_check,
	      "check it by a BFD session", "BFD_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "UDP_CHECK", conf_block_udp,
	      "check it by a datagram", "UDP_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "PING_CHECK", conf_block_ping,
	      "check that it answers an ICMP echo request", "PING_CHECK {\n}"),
	BLOCK(CONF_NEEDED, "FILE_CHECK", conf_block_file,
	      "check it by the number in a file", "FILE_CHECK {\n}"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row ssl_rows[] = {
	SECRET(CONF_LATER, "password", "the password of the private key",
	       "password x"),
	LATER("ca", 1, 1, "the file of the certificate authority",
	      "ca /etc/ssl/ca.pem"),
	LATER("certificate", 1, 1,
	      "the file of the certificate that checks present",
	      "certificate /etc/ssl/cert.pem"),
	SECRET(CONF_LATER, "key",
	       "the file of the private key of the certificate",
	       "key /etc/ssl/key.pem"),
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
