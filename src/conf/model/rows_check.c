/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the checks of real servers. keepalived.conf(5),
 * "Health checkers".
 */
#include "conf/model/rows.h"

static const struct conf_block conf_block_url;

/* clang-format off */
static const struct conf_row common_rows[] = {
	NEEDED("connect_ip", 1, 1,
	       "the address to check; default: that of the real server",
	       "connect_ip 192.0.2.2"),
	NEEDED("connect_port", 1, 1,
	       "the port to check; default: that of the real server",
	       "connect_port 80"),
	NEEDED("bindto", 1, 1, "the source address of the check",
	       "bindto 192.0.2.3"),
	NEEDED("bind_port", 1, 1, "the source port of the check",
	       "bind_port 1024"),
	NEEDED("bind_if", 1, 1, "the interface to check through",
	       "bind_if eth0"),
	NEEDED("connect_timeout", 1, 1, "how long a try may take; default 5",
	       "connect_timeout 5"),
	NEEDED("fwmark", 1, 1, "the firewall mark of the packets of the check",
	       "fwmark 7"),
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
	NEEDED("log_all_failures", 0, 1,
	       "log every failed try, not only the one that counts",
	       "log_all_failures on"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row http_rows[] = {
	BLOCK(CONF_NEEDED, "url", conf_block_url,
	      "a page to fetch, and what is expected of it",
	      "url {\n path /\n}"),
	NEEDED("http_protocol", 1, 1, "the version of HTTP: 1.0, 1.0C or 1.1",
	       "http_protocol 1.1"),
	NEEDED("virtualhost", 1, 1, "the name of the site to ask for (Host)",
	       "virtualhost www.example.org"),
	NEEDED("enable_sni", 0, 0,
	       "send the name of the site in the TLS handshake", "enable_sni"),
	NEEDED("fast_recovery", 0, 1,
	       "check the remaining pages at once after a page has succeeded",
	       "fast_recovery"),
	NEEDED("nb_get_retry", 1, 1, "an old spelling of retry",
	       "nb_get_retry 3"),
	NEEDED("sni_name", 1, 1,
	       "the name to send in the TLS handshake, instead of the site",
	       "sni_name www.example.org"),
	NEEDED("tls_compliant", 0, 0,
	       "fail when TLS ends without its closing message",
	       "tls_compliant"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row smtp_rows[] = {
	BLOCK(CONF_NEEDED, "host", conf_block_list,
	      "one more address to check, an old spelling of connect_ip and "
	      "connect_port", "host {\n connect_ip 192.0.2.2\n}"),
	NEEDED("helo_name", 1, 1, "the name that greets the mail server",
	       "helo_name router"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row dns_rows[] = {
	NEEDED("type", 1, 1, "the type of record to ask for; default SOA",
	       "type SOA"),
	NEEDED("name", 1, 1, "the name to ask for; default: the root",
	       "name example.org"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row misc_rows[] = {
	NEEDED("misc_path", 1, 1,
	       "the command to run; quote it if it has arguments",
	       "misc_path \"/usr/bin/check web\""),
	NEEDED("misc_timeout", 1, 1,
	       "the time after which the command is killed and has failed; "
	       "default: delay_loop", "misc_timeout 5"),
	NEEDED("misc_dynamic", 0, 0,
	       "take the exit code as the weight: 2 to 255 is a weight of 0 "
	       "to 253", "misc_dynamic"),
	NEEDED("user", 1, 2,
	       "the user, and the group, that run the command; default: "
	       "script_user", "user nobody"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row bfd_check_rows[] = {
	NEEDED("name", 1, 1, "the name of the bfd_instance to follow",
	       "name peer"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row udp_rows[] = {
	NEEDED("payload", 1, 1,
	       "the bytes to send, in hexadecimal; default: 32 random ones",
	       "payload 00"),
	NEEDED("require_reply", 0, 1,
	       "fail when no reply comes, or one without these bytes",
	       "require_reply 00"),
	NEEDED("min_reply_length", 1, 1,
	       "the shortest reply that is accepted; default 0",
	       "min_reply_length 1"),
	NEEDED("max_reply_length", 1, 1,
	       "the longest reply that is accepted; default 255",
	       "max_reply_length 255"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row file_rows[] = {
	NEEDED("track_file", 1, 1, "the name of the track_file to follow",
	       "track_file f"),
	NEEDED("weight", 1, 2,
	       "what the number in the file is multiplied by before it is "
	       "added to the weight; 0: any other number than 0 is a failure",
	       "weight 10 reverse"),
};
/* clang-format on */

/* clang-format off */
static const struct conf_row url_rows[] = {
	NEEDED("virtualhost", 1, 1, "the name of the site to ask for (Host)",
	       "virtualhost www.example.org"),
	NEEDED("path", 1, 1, "the path of the page", "path /"),
	NEEDED("digest", 1, 1, "the MD5 digest that the page must have",
	       "digest 9b3a0c85a887a256d6939da88aabd8cd"),
	NEEDED("status_code", 1, MANY,
	       "the status codes that are good, as numbers and ranges; "
	       "default 200-299", "status_code 200-299"),
	NEEDED("regex", 1, 1, "the regular expression that the page must match",
	       "regex ok"),
	NEEDED("regex_no_match", 0, 0,
	       "fail when the page matches the regular expression",
	       "regex_no_match"),
	NEEDED("regex_options", 1, MANY,
	       "the options of the regular expression (PCRE2)",
	       "regex_options caseless"),
	NEEDED("regex_min_offset", 1, 1,
	       "the first byte of the page at which a match may start",
	       "regex_min_offset 0"),
	NEEDED("regex_max_offset", 1, 1,
	       "the last byte of the page at which a match may start",
	       "regex_max_offset 9"),
	NEEDED("regex_stack", 2, 2,
	       "the first and the largest size of the stack for matching",
	       "regex_stack 1 2"),
	NEEDED("tls_compliant", 0, 0,
	       "fail when TLS ends without its closing message",
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
