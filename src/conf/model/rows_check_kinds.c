/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: the kinds of checks. keepalived.conf(5), "Health
 * checkers". HTTP has a file of its own.
 */
#include "base/map.h"
#include "conf/model/rows_check.h"

#define CHECK conf_check

/* Checks that keepalived registers these words for, and never uses them. */
#define UNUSED(w, g) INERT(w, 0, MANY, "nothing in this kind of check", g)

#define DNS_TYPE(s, m) CHOICE(s, m, dns_types, 6), .flags = CONF_QUIET

#define COMMAND(s, m)                                                          \
	.type = &conf_type_command_line, QUIET_FIELD(s, m),                    \
	.maximum = CONF_COMMAND_MAX

#define BYTES(s, m) .type = &conf_type_bytes, QUIET_FIELD(s, m), .minimum = 0
#define REPLY(s, m) .type = &conf_type_reply, FIELD(s, m), .minimum = 1

static const struct conf_block conf_block_host;

/* RFC 1035, 3596, 4034. */
static const struct conf_choice dns_types[] = {
	{ "SOA", 6 },     { "A", 1 },    { "NS", 2 },    { "CNAME", 5 },
	{ "MX", 15 },     { "TXT", 16 }, { "AAAA", 28 }, { "RRSIG", 46 },
	{ "DNSKEY", 48 }, { NULL, 0 },
};

/* clang-format off */
static const struct conf_row no_connect_rows[] = {
	UNUSED("connect_ip", "connect_ip 192.0.2.2"),
	UNUSED("connect_port", "connect_port 80"),
	UNUSED("bindto", "bindto 192.0.2.3"),
	UNUSED("bind_port", "bind_port 1024"),
	UNUSED("bind_if", "bind_if eth0"),
	UNUSED("fwmark", "fwmark 7"),
	UNUSED("connect_timeout", "connect_timeout 5"),
};

static const struct conf_row no_pace_rows[] = {
	UNUSED("retry", "retry 3"),
	UNUSED("delay_before_retry", "delay_before_retry 1"),
	UNUSED("warmup", "warmup 0"),
	UNUSED("delay_loop", "delay_loop 10"),
	UNUSED("log_all_failures", "log_all_failures on"),
};

static const struct conf_row host_rows[] = {
	CONNECT_ROWS(conf_host),
};

static const struct conf_row smtp_rows[] = {
	ROW_WITH("helo_name", NAME(CHECK, smtp.helo, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name that greets the mail server; default: "
		 "smtpchecker.keepalived.org",
		 "helo_name router", "helo_name"),
	ROW("starttls", FLAG(CHECK, smtp.starttls, 1),
	    "ask for STARTTLS and go on over TLS, of a certificate that is "
	    "not verified; beyond keepalived", "starttls", "starttls {\n}"),
	{
		.word = "host", .type = &conf_type_block,
		LIST(CHECK, smtp.hosts, smtp.host_count, conf_block_host),
		.help = "one more address to check",
		.good = "host {\n connect_ip 192.0.2.2\n}", .bad = "host",
	},
};

static const struct conf_row dns_rows[] = {
	ROW("type", DNS_TYPE(CHECK, dns.type),
	    "the type of record to ask for: A, NS, CNAME, SOA, MX, TXT, AAAA, "
	    "RRSIG or DNSKEY; default SOA", "type A", "type PTR"),
	ROW_WITH("name", NAME(CHECK, dns.name, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name to ask for; default: the root",
		 "name example.org", "name"),
};

static const struct conf_row misc_rows[] = {
	ROW("misc_path", COMMAND(CHECK, misc.command),
		 "the command to run; quote it if it has arguments",
		 "misc_path \"/usr/bin/check web\"", "misc_path"),
	ROW_WITH("misc_timeout", TIME(CHECK, misc.timeout, 0, DAY, 0),
		 .flags = CONF_QUIET,
		 "the time after which the command is killed and has failed; "
		 "default: delay_loop", "misc_timeout 5", "misc_timeout -1"),
	ROW("misc_dynamic", FLAG(CHECK, misc.dynamic, 1),
	    "take the exit code as the weight: 2 to 255 is a weight of 0 "
	    "to 253", "misc_dynamic", "misc_dynamic {\n}"),
	ROW_WITH("user", .type = &conf_type_user,
		 QUIET_FIELD(CHECK, misc.user),
		 "the user, and the group, that run the command; default: "
		 "script_user", "user nobody", "user"),
};

static const struct conf_row bfd_rows[] = {
	ROW_WITH("name", NAME(CHECK, bfd.name, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the bfd_instance to follow", "name peer",
		 "name"),
	ROW("alpha", UNSAID_SWITCH(CHECK, pace.alpha),
	    "assume that the server is down until the session is up",
	    "alpha on", "alpha 5"),
};

static const struct conf_row udp_rows[] = {
	ROW("payload", BYTES(CHECK, udp.payload),
	    "the bytes to send, in hexadecimal; default: 32 random ones",
	    "payload 00ff 1234", "payload 0g"),
	ROW_WITH("require_reply", REPLY(CHECK, udp.reply), .flags = CONF_QUIET,
		 "fail when no reply comes, or one that does not begin with "
		 "these bytes, in hexadecimal, X for any digit",
		 "require_reply 00 XX", "require_reply 0g"),
	ROW_WITH("min_reply_length",
		 NUMBER(CHECK, udp.reply_min, 0, UINT16_MAX, 0),
		 .flags = CONF_QUIET,
		 "the shortest reply that is accepted; default 0",
		 "min_reply_length 1", "min_reply_length -1"),
	ROW_WITH("max_reply_length",
		 NUMBER(CHECK, udp.reply_max, 0, UINT16_MAX, 255),
		 .flags = CONF_QUIET,
		 "the longest reply that is accepted; default 255",
		 "max_reply_length 100", "max_reply_length -1"),
};

static const struct conf_row file_rows[] = {
	ROW("alpha", UNSAID_SWITCH(CHECK, pace.alpha),
	    "assume that the server is down until the file was read",
	    "alpha on", "alpha 5"),
	ROW_WITH("track_file", NAME(CHECK, file.name, CONF_NAME_MAX),
		 .flags = CONF_QUIET,
		 "the name of the track_file to follow", "track_file f",
		 "track_file"),
	ROW_WITH("weight", .type = &conf_type_file_weight,
		 QUIET_FIELD(CHECK, file.weight),
		 "what the number in the file is multiplied by before it is "
		 "added to the weight; 0: any other number than 0 is a "
		 "failure; reverse turns the sign around; default: that of the "
		 "track_file", "weight 10 reverse", "weight much"),
	INERT("dynamic", 0, 0, "add the number to the weight, as is done "
	      "anyway", "dynamic"),
};

static const struct conf_row agent_rows[] = {
	ROW_WITH("send", NAME(CHECK, agent.send, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "what is written to the agent first, before a newline",
		 "send status", "send"),
};

static const struct conf_row grpc_rows[] = {
	ROW_WITH("service", NAME(CHECK, grpc.service, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the service to ask for; default: the whole server",
		 "service example.Shop", "service"),
	ROW("tls", FLAG(CHECK, grpc.uses_tls, 1), "ask over TLS", "tls",
	    "tls {\n}"),
	TLS_ROWS(CHECK, grpc.tls),
};

static const struct conf_row rows[] = {
	CHECK_ROW("TCP_CHECK", CONF_CHECK_TCP, CONF_SHARES, conf_block_tcp,
		  "check that it accepts TCP connections",
		  "connect_timeout 3"),
	CHECK_ROW("HTTP_GET", CONF_CHECK_HTTP, CONF_ALIAS, conf_block_http,
		  "check it by fetching pages over HTTP",
		  "url { path / }"),
	CHECK_ROW("SSL_GET", CONF_CHECK_SSL, CONF_ALIAS, conf_block_https,
		  "check it by fetching pages over HTTPS",
		  "url { path / }"),
	CHECK_ROW("SMTP_CHECK", CONF_CHECK_SMTP, CONF_ALIAS, conf_block_smtp,
		  "check that it answers as a mail server", "retry 2"),
	CHECK_ROW("DNS_CHECK", CONF_CHECK_DNS, CONF_ALIAS, conf_block_dns,
		  "check that it answers as a name server",
		  "name example.org"),
	CHECK_ROW("MISC_CHECK", CONF_CHECK_MISC, CONF_ALIAS, conf_block_misc,
		  "check it by a command", "misc_path /bin/true"),
	CHECK_ROW("BFD_CHECK", CONF_CHECK_BFD, CONF_ALIAS, conf_block_bfd_check,
		  "check it by a BFD session", "name peer"),
	CHECK_ROW("UDP_CHECK", CONF_CHECK_UDP, CONF_ALIAS, conf_block_udp,
		  "check it by a datagram", "connect_timeout 3"),
	CHECK_ROW("PING_CHECK", CONF_CHECK_PING, CONF_ALIAS, conf_block_ping,
		  "check that it answers an ICMP echo request", "retry 2"),
	CHECK_ROW("FILE_CHECK", CONF_CHECK_FILE, CONF_ALIAS, conf_block_file,
		  "check it by the number in a file", "track_file f"),
	CHECK_ROW("AGENT_CHECK", CONF_CHECK_AGENT, CONF_ALIAS,
		  conf_block_agent,
		  "let a program on it say how well it does, as HAProxy's "
		  "agent-check: 75%, up, down, drain, maint, ready; beyond "
		  "keepalived", "connect_port 9777"),
	CHECK_ROW("GRPC_CHECK", CONF_CHECK_GRPC, CONF_ALIAS, conf_block_grpc,
		  "check it by grpc.health.v1; beyond keepalived",
		  "service example.Shop"),
};
/* clang-format on */

const struct conf_rows conf_rows_checks = ROWS(rows);

const char *conf_check_word(uint8_t kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
		if (rows[i].kind == kind)
			return rows[i].word;
	return "?";
}

static bool same_host(const void *a, const void *b)
{
	const struct conf_host *one = a, *two = b;

	return ip_equal(&one->connect.address, &two->connect.address) &&
	       one->connect.port == two->connect.port;
}

static uint32_t hash_host(const void *item)
{
	const struct conf_host *host = item;

	return map_hash(&host->connect.address, sizeof(host->connect.address)) ^
	       host->connect.port;
}

static const struct conf_block conf_block_host = {
	.name = "host",
	.parts = { PART(host_rows) },
	.size = sizeof(struct conf_host),
	.span = offsetof(struct conf_host, span),
	.items_max = CONF_HOSTS_MAX,
	.same = same_host,
	.hash = hash_host,
	.noun = "host",
};

const struct conf_block conf_block_tcp = {
	CHECK_BLOCK("TCP_CHECK", &conf_rows_connect, &conf_rows_pace),
};
const struct conf_block conf_block_smtp = {
	CHECK_BLOCK("SMTP_CHECK", &conf_rows_connect, &conf_rows_pace,
		    PART(smtp_rows)),
};
const struct conf_block conf_block_dns = {
	CHECK_BLOCK("DNS_CHECK", &conf_rows_connect, &conf_rows_pace,
		    PART(dns_rows)),
};
const struct conf_block conf_block_misc = {
	CHECK_BLOCK("MISC_CHECK", PART(misc_rows), &conf_rows_pace,
		    PART(no_connect_rows)),
};
const struct conf_block conf_block_bfd_check = {
	CHECK_BLOCK("BFD_CHECK", PART(bfd_rows), PART(no_connect_rows),
		    PART(no_pace_rows)),
};
const struct conf_block conf_block_udp = {
	CHECK_BLOCK("UDP_CHECK", &conf_rows_connect, &conf_rows_pace,
		    PART(udp_rows)),
};
const struct conf_block conf_block_ping = {
	CHECK_BLOCK("PING_CHECK", &conf_rows_connect, &conf_rows_pace),
};
const struct conf_block conf_block_file = {
	CHECK_BLOCK("FILE_CHECK", PART(file_rows), PART(no_connect_rows),
		    PART(no_pace_rows)),
	.changes = true, /* the number of its file */
};
const struct conf_block conf_block_agent = {
	CHECK_BLOCK("AGENT_CHECK", &conf_rows_connect, &conf_rows_pace,
		    PART(agent_rows)),
};
const struct conf_block conf_block_grpc = {
	CHECK_BLOCK("GRPC_CHECK", &conf_rows_connect, &conf_rows_pace,
		    PART(grpc_rows)),
};
