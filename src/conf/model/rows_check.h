/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the rows of checks are written, and the blocks that they make. */
#pragma once

#include "conf/model/rows_lvs.h"

/* clang-format off */
#define CONNECT_ROWS(s)                                                        \
	ROW_WITH("connect_ip", IP(s, connect.address, 0), .flags = CONF_QUIET, \
		 "the address to check; default: that of the real server",     \
		 "connect_ip 192.0.2.2", "connect_ip here"),                   \
	ROW("connect_port", PORT(s, connect.port, 1),                          \
	    "the port to check; default: that of the real server",             \
	    "connect_port 80", "connect_port 0"),                              \
	ROW_WITH("bindto", IP(s, connect.bind, 0), .flags = CONF_QUIET,        \
		 "the source address of the check",                            \
		 "bindto 192.0.2.3", "bindto here"),                           \
	ROW("bind_port", PORT(s, connect.bind_port, 1),                        \
	    "the source port of the check", "bind_port 1024",                  \
	    "bind_port 0"),                                                    \
	ROW_WITH("bind_if", INTERFACE(s, connect.interface),                   \
		 .flags = CONF_QUIET, "the interface to check through",        \
		 "bind_if eth0", "bind_if an-interface-too-long"),             \
	ROW_WITH("fwmark", NUMBER(s, connect.mark, 0, UINT32_MAX, 0),          \
		 .flags = CONF_QUIET,                                          \
		 "the firewall mark of the packets of the check",              \
		 "fwmark 7", "fwmark -1")

/* struct conf_tls; keepalived has only the first two. */
#define TLS_ROWS(s, m)                                                         \
	ROW("enable_sni", FLAG(s, m.enable_sni, 1),                            \
	    "send the name of the site in the TLS handshake", "enable_sni",    \
	    "enable_sni {\n}"),                                                \
	ROW_WITH("sni_name", NAME(s, m.sni, CONF_HOST_MAX),                    \
		 .flags = CONF_QUIET,                                          \
		 "the name to send in the TLS handshake, instead of the site", \
		 "sni_name www.example.org", "sni_name"),                      \
	ROW("verify", FLAG(s, m.verifies, 1),                                    \
	    "fail unless the certificate is valid and of the name of the "     \
	    "site; beyond keepalived, which verifies nothing", "verify",       \
	    "verify {\n}"),                                                    \
	ROW_WITH("verify_name", NAME(s, m.verify, CONF_HOST_MAX),                \
		 .flags = CONF_QUIET,                                          \
		 "the name that the certificate must have, instead of that of "\
		 "the site; implies verify",                                   \
		 "verify_name www.example.org", "verify_name"),                \
	ROW_WITH("ca", NAME(s, m.ca, CONF_PATH_TEXT_MAX),                      \
		 .flags = CONF_QUIET,                                          \
		 "the file of certificates that are trusted, in PEM, instead " \
		 "of those of the system; implies verify",                     \
		 "ca /etc/ssl/ca.pem", "ca")
/* clang-format on */

/* A check of a real server: a block whose kind is its place in the list. */
#define CHECK_ROW(w, k, f, b, h, g)                                            \
	{                                                                      \
		.word = w, .type = &conf_type_block,                           \
		SHARED_LIST(conf_real_server, checks, check_count, b,          \
			    conf_check, kind),                                 \
		.kind = (k), .flags = (f), .help = h,                          \
		.good = w " {\n " g "\n}", .bad = w                            \
	}

#define CHECK_BLOCK(n, ...)                                                    \
	.name = n, .parts = { __VA_ARGS__ },                                   \
	.size = sizeof(struct conf_check),                                     \
	.span = offsetof(struct conf_check, span),                             \
	.items_max = CONF_CHECKS_MAX, .same = conf_same_check,                 \
	.hash = conf_hash_check

extern const struct conf_rows conf_rows_connect; /* of most checks */
extern const struct conf_rows conf_rows_pace;    /* of most checks */

extern const struct conf_block conf_block_tcp;
extern const struct conf_block conf_block_http;  /* HTTP_GET */
extern const struct conf_block conf_block_https; /* SSL_GET */
extern const struct conf_block conf_block_smtp;
extern const struct conf_block conf_block_dns;
extern const struct conf_block conf_block_misc;
extern const struct conf_block conf_block_bfd_check;
extern const struct conf_block conf_block_udp;
extern const struct conf_block conf_block_ping;
extern const struct conf_block conf_block_file;
extern const struct conf_block conf_block_agent;
extern const struct conf_block conf_block_grpc;

/* For a plan: struct conf_check, by its kind and where it goes. */
bool conf_same_check(const void *a, const void *b);
uint32_t conf_hash_check(const void *item);
