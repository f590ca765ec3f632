/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the checks of real servers. keepalived.conf(5),
 * "Health checkers".
 */
#include "conf/model/rows.h"

static const struct conf_block conf_block_url;

/* clang-format off */
static const struct conf_row common_rows[] = {
	NEEDED("connect_ip", 1, 1, "the address to connect to",
	      "connect_ip 192.0.2.2"),
	NEEDED("connect_port", 1, 1, "the port to connect to",
	      "connect_port 80"),
	NEEDED("bindto", 1, 1, "our address", "bindto 192.0.2.3"),
	NEEDED("bind_port", 1, 1, "our port", "bind_port 1024"),
	NEEDED("bind_if", 1, 1, "our interface", "bind_if eth0"),
	NEEDED("connect_timeout", 1, 1, "how long a connection may take",
	      "connect_timeout 5"),
	NEEDED("fwmark", 1, 1, "a mark of our packets", "fwmark 7"),
	NEEDED("retry", 1, 1, "failures before it is down", "retry 3"),
	NEEDED("delay_before_retry", 1, 1, "time between them",
	      "delay_before_retry 1"),
	NEEDED("warmup", 1, 1, "the most that the first check is put off",
	      "warmup 0"),
	NEEDED("delay_loop", 1, 1, "time between checks", "delay_loop 10"),
	NEEDED("alpha", 0, 1, "down at first", "alpha on"),
	NEEDED("log_all_failures", 0, 1, "tell of every failure",
	      "log_all_failures on"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row http_rows[] = {
	BLOCK(CONF_NEEDED, "url", conf_block_url, "a page to fetch",
	      "url {\n path /\n}"),
	NEEDED("http_protocol", 1, 1, "1.0, 1.0C or 1.1", "http_protocol 1.1"),
	NEEDED("virtualhost", 1, 1, "the name of the site",
	      "virtualhost www.example.org"),
	NEEDED("enable_sni", 0, 0, "name the site to TLS", "enable_sni"),
	NEEDED("fast_recovery", 0, 1, "no pause between pages",
	      "fast_recovery"),
	NEEDED("nb_get_retry", 1, 1, "an old spelling of retry",
	      "nb_get_retry 3"),
	NEEDED("sni_name", 1, 1, "the name that TLS asks for",
	      "sni_name www.example.org"),
	NEEDED("tls_compliant", 0, 0,
	      "an end of TLS without its closing words is an error",
	      "tls_compliant"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row smtp_rows[] = {
	BLOCK(CONF_NEEDED, "host", conf_block_list,
	      "an old spelling of connect_ip and connect_port",
	      "host {\n connect_ip 192.0.2.2\n}"),
	NEEDED("helo_name", 1, 1, "our name to the mail server",
	      "helo_name router"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row dns_rows[] = {
	NEEDED("type", 1, 1, "of the question", "type SOA"),
	NEEDED("name", 1, 1, "asked for, or of a session", "name example.org"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row misc_rows[] = {
	NEEDED("misc_path", 1, MANY, "the script", "misc_path /bin/true"),
	NEEDED("misc_timeout", 1, 1, "how long the script may take",
	      "misc_timeout 5"),
	NEEDED("misc_dynamic", 0, 0, "its exit code is the weight",
	      "misc_dynamic"),
	LATER("user", 1, 2, "who runs it", "user nobody"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_check_rows[] = {
	NEEDED("name", 1, 1, "asked for, or of a session", "name example.org"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row udp_rows[] = {
	NEEDED("payload", 1, MANY, "what is sent", "payload 00"),
	NEEDED("require_reply", 0, MANY, "what must come back",
	      "require_reply 00"),
	NEEDED("min_reply_length", 1, 1, "of a datagram", "min_reply_length 1"),
	NEEDED("max_reply_length", 1, 1, "of a datagram",
	      "max_reply_length 255"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row file_rows[] = {
	NEEDED("track_file", 1, 1, "the file", "track_file f"),
	LATER("weight", 1, 2,
	      "what it adds to a priority, or a share of the load",
	      "weight 10 reverse"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row url_rows[] = {
	NEEDED("virtualhost", 1, 1, "the name of the site",
	      "virtualhost www.example.org"),
	NEEDED("path", 1, 1, "the page", "path /"),
	NEEDED("digest", 1, 1, "the MD5 of the page",
	      "digest 9b3a0c85a887a256d6939da88aabd8cd"),
	NEEDED("status_code", 1, MANY, "codes that are good",
	      "status_code 200-299"),
	NEEDED("regex", 1, MANY, "what the page must have", "regex ok"),
	NEEDED("regex_options", 1, MANY, "how it is compared",
	      "regex_options caseless"),
	NEEDED("regex_stack", 2, 2, "memory for it", "regex_stack 1 2"),
	NEEDED("regex_min_offset", 1, 1, "where it may start",
	      "regex_min_offset 0"),
	NEEDED("regex_max_offset", 1, 1, "where it may end",
	      "regex_max_offset 9"),
	NEEDED("regex_no_match", 0, 0, "it must not match", "regex_no_match"),
	NEEDED("tls_compliant", 0, 0,
	      "an end of TLS without its closing words is an error",
	      "tls_compliant"),
};
/* clang-format on */

static const struct conf_block conf_block_url = {
	.name = "url",
	.parts = { PART(url_rows) },
};

const struct conf_block conf_block_tcp = {
	.name = "TCP_CHECK",
	.parts = { PART(common_rows) },
};

const struct conf_block conf_block_http = {
	.name = "HTTP_GET",
	.parts = { PART(common_rows), PART(http_rows) },
};

const struct conf_block conf_block_smtp = {
	.name = "SMTP_CHECK",
	.parts = { PART(common_rows), PART(smtp_rows) },
};

const struct conf_block conf_block_dns = {
	.name = "DNS_CHECK",
	.parts = { PART(common_rows), PART(dns_rows) },
};

const struct conf_block conf_block_misc = {
	.name = "MISC_CHECK",
	.parts = { PART(common_rows), PART(misc_rows) },
};

const struct conf_block conf_block_bfd_check = {
	.name = "BFD_CHECK",
	.parts = { PART(common_rows), PART(bfd_check_rows) },
};

const struct conf_block conf_block_udp = {
	.name = "UDP_CHECK",
	.parts = { PART(common_rows), PART(udp_rows) },
};

const struct conf_block conf_block_ping = {
	.name = "PING_CHECK",
	.parts = { PART(common_rows) },
};

const struct conf_block conf_block_file = {
	.name = "FILE_CHECK",
	.parts = { PART(common_rows), PART(file_rows) },
};
