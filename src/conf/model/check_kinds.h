/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the model (conf/model/lvs.h): how a real server is checked. Values that
 * are not written are CONF_UNSAID, 0 or NULL here; what then holds says
 * conf/model/checks.h.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "conf/language/span.h"
#include "conf/model/notify.h"

#include <stdbool.h>
#include <stdint.h>

#define CONF_URLS_MAX     64   /* of one check */
#define CONF_RANGES_MAX   32   /* status codes of one url */
#define CONF_HEADERS_MAX  32   /* of one check */
#define CONF_HOSTS_MAX    64   /* of one SMTP_CHECK */
#define CONF_DATAGRAM_MAX 1024 /* bytes of a payload or reply */

enum conf_check_kind {
	CONF_CHECK_TCP,
	CONF_CHECK_HTTP, /* HTTP_GET */
	CONF_CHECK_SSL,  /* SSL_GET */
	CONF_CHECK_SMTP,
	CONF_CHECK_DNS,
	CONF_CHECK_UDP,
	CONF_CHECK_PING,
	CONF_CHECK_MISC,
	CONF_CHECK_FILE,
	CONF_CHECK_BFD,
	CONF_CHECK_AGENT, /* HAProxy's agent-check */
	CONF_CHECK_GRPC,  /* grpc.health.v1 */
	CONF_CHECK_KINDS
};

/* When, and how often; of a check, a real server or a virtual server. */
struct conf_pace {
	tick_t delay_loop; /* or CONF_UNSAID, as the others */
	tick_t connect_timeout;
	tick_t delay_before_retry;
	tick_t warmup;
	int32_t retry;
	int32_t rise; /* successes in a row that bring it back */
	int8_t alpha; /* it counts as failed before its first result */
};

/* Where a check goes, and from where. */
struct conf_connect {
	struct ip address;     /* connect_ip; IP_NONE: the real server's */
	struct ip bind;        /* bindto; IP_NONE: as the kernel chooses */
	uint16_t port;         /* connect_port; 0: the real server's */
	uint16_t bind_port;    /* 0: any */
	uint32_t mark;         /* fwmark; 0: none */
	const char *interface; /* bind_if, or NULL */
};

/* Status codes from `low` to `high`. */
struct conf_status {
	uint16_t low, high;
};

struct conf_statuses {
	struct conf_status *list;
	uint32_t count; /* 0: 200 to 299 */
};

/* A page to fetch, and what is expected of it: all that is written. */
struct conf_url {
	struct conf_span span;
	const char *path; /* NULL: "/" */
	const char *virtualhost;
	const char *digest; /* MD5, 32 digits; or NULL */
	const char *regex;  /* PCRE2, or NULL */
	struct conf_statuses statuses;
	uint32_t regex_options; /* CONF_REGEX_, or-ed */
	uint32_t regex_min;  /* the offset at which a match begins, at least */
	uint32_t regex_max;  /* ... and at most; 0: anywhere */
	bool regex_no_match; /* it must not match */
	bool tls_compliant;
};

/* regex_options */
enum conf_regex_option {
	CONF_REGEX_ALLOW_EMPTY_CLASS,
	CONF_REGEX_ALT_BSUX,
	CONF_REGEX_AUTO_CALLOUT,
	CONF_REGEX_CASELESS,
	CONF_REGEX_DOLLAR_ENDONLY,
	CONF_REGEX_DOTALL,
	CONF_REGEX_DUPNAMES,
	CONF_REGEX_EXTENDED,
	CONF_REGEX_FIRSTLINE,
	CONF_REGEX_MATCH_UNSET_BACKREF,
	CONF_REGEX_MULTILINE,
	CONF_REGEX_NEVER_UCP,
	CONF_REGEX_NEVER_UTF,
	CONF_REGEX_NO_AUTO_CAPTURE,
	CONF_REGEX_NO_AUTO_POSSESS,
	CONF_REGEX_NO_DOTSTAR_ANCHOR,
	CONF_REGEX_NO_START_OPTIMIZE,
	CONF_REGEX_UCP,
	CONF_REGEX_UNGREEDY,
	CONF_REGEX_UTF,
	CONF_REGEX_NEVER_BACKSLASH_C,
	CONF_REGEX_ALT_CIRCUMFLEX,
	CONF_REGEX_ALT_VERBNAMES,
	CONF_REGEX_USE_OFFSET_LIMIT,
	CONF_REGEX_OPTIONS /* bit 1 << it in regex_options */
};

enum conf_http_protocol {
	CONF_HTTP_10,  /* 1.0 */
	CONF_HTTP_10C, /* 1.0C: with Connection: close */
	CONF_HTTP_11,  /* 1.1: with Connection: close */
	CONF_HTTP_11K, /* 1.1K: the connection is kept */
	CONF_HTTP_2,   /* 2: HTTP/2, kept; over TLS by ALPN */
};

enum conf_http_method {
	CONF_HTTP_GET,
	CONF_HTTP_HEAD,
	CONF_HTTP_POST,
	CONF_HTTP_OPTIONS,
};

/* A line of `headers`: "Name: value". */
struct conf_header {
	struct conf_span span;
	const char *text;
};

/* TLS of a check; beyond keepalived, which verifies nothing. */
struct conf_tls {
	const char *sni;    /* sni_name, or NULL */
	const char *ca;     /* the file that it trusts; NULL: the system's */
	const char *verify; /* verify_name; NULL: the name of the site */
	bool verifies;      /* verify, verify_name or ca is written */
	bool enable_sni;
};

struct conf_http {
	struct conf_url *urls; /* in file order; at least one */
	uint32_t url_count;
	uint32_t header_count;
	struct conf_header *headers;
	const char *virtualhost; /* or NULL */
	struct conf_tls tls;     /* of SSL_GET */
	uint8_t protocol;        /* enum conf_http_protocol */
	uint8_t method;          /* enum conf_http_method */
	bool fast_recovery;
	bool tls_compliant;
};

/* A `host` of SMTP_CHECK: one more address to check. */
struct conf_host {
	struct conf_span span;
	struct conf_connect connect;
};

struct conf_smtp {
	const char *helo; /* NULL: keepalived's, "smtpchecker.keepalived.org" */
	struct conf_host *hosts;
	uint32_t host_count;
	bool starttls; /* beyond keepalived */
};

struct conf_dns {
	const char *name; /* NULL: "." */
	uint16_t type;    /* of RFC 1035, 6 (SOA) by default */
};

/* Bytes are an even number of hexadecimal digits in small letters. */
struct conf_udp {
	const char *payload; /* NULL: 32 random bytes */
	const char *reply;   /* that it begins with, x for any digit; or NULL */
	uint16_t reply_min, reply_max; /* its length in bytes */
	bool require_reply;            /* no reply is a failure */
};

struct conf_misc {
	const char *command;   /* conf/model/command.h says its words */
	struct conf_user user; /* name NULL: script_user */
	tick_t timeout;        /* 0: delay_loop */
	bool dynamic;          /* the exit code is the weight */
};

/* What the number in a file is multiplied by. */
struct conf_file_weight {
	bool written;  /* else that of the track_file counts */
	bool reverse;  /* the sign is turned around */
	int32_t value; /* 0: a number other than 0 is a failure */
};

struct conf_file_check {
	const char *name; /* of a track_file */
	uint32_t file;    /* its number in the model; derived */
	struct conf_file_weight weight;
};

struct conf_bfd_check {
	const char *name; /* of a bfd_instance */
};

struct conf_agent {
	const char *send; /* what is written to it first, or NULL */
};

struct conf_grpc {
	const char *service; /* NULL: the whole server */
	struct conf_tls tls;
	bool uses_tls;
};

struct conf_check {
	struct conf_span span;       /* of its keyword */
	uint8_t kind;                /* enum conf_check_kind */
	int8_t log_all_failures;     /* or CONF_UNSAID */
	struct conf_connect connect; /* not of MISC, FILE and BFD */
	struct conf_pace pace;
	union {                        /* by kind */
		struct conf_http http; /* HTTP and SSL */
		struct conf_smtp smtp;
		struct conf_dns dns;
		struct conf_udp udp;
		struct conf_misc misc;
		struct conf_file_check file;
		struct conf_bfd_check bfd;
		struct conf_agent agent;
		struct conf_grpc grpc;
	};
};

/* "TCP_CHECK", as it is written. */
const char *conf_check_word(uint8_t kind);
