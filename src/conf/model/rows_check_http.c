/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: HTTP_GET and SSL_GET. keepalived.conf(5), "HTTP
 * and SSL healthcheckers".
 */
#include "base/map.h"
#include "conf/model/rows_check.h"

#define CHECK conf_check
#define URL   conf_url

static const struct conf_block conf_block_url;

static const struct conf_choice protocols[] = {
	{ "1.0", CONF_HTTP_10 }, { "1.0C", CONF_HTTP_10C },
	{ "1.1", CONF_HTTP_11 }, { "1.1K", CONF_HTTP_11K },
	{ "2", CONF_HTTP_2 },    { NULL, 0 },
};

/* clang-format off */
static const struct conf_row url_rows[] = {
	ROW_WITH("path", NAME(URL, path, CONF_PATH_TEXT_MAX),
		 .flags = CONF_QUIET, "the path of the page; default /",
		 "path /index.html", "path"),
	ROW_WITH("digest", .type = &conf_type_digest, QUIET_FIELD(URL, digest),
		 "the MD5 digest that the page must have",
		 "digest 9b3a0c85a887a256d6939da88aabd8cd", "digest 9b3a"),
	ROW_WITH("status_code", .type = &conf_type_statuses,
		 QUIET_FIELD(URL, statuses),
		 "the status codes that are good, as numbers and ranges; "
		 "default 200-299", "status_code 200-299 404",
		 "status_code 299-200"),
	ROW_WITH("virtualhost", NAME(URL, virtualhost, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name of the site to ask for (Host)",
		 "virtualhost www.example.org", "virtualhost"),
};

static const struct conf_row match_rows[] = {
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

static const struct conf_row http_rows[] = {
	{
		.word = "url", .type = &conf_type_block,
		LIST(CHECK, http.urls, http.url_count, conf_block_url),
		.help = "a page to fetch, and what is expected of it",
		.good = "url {\n path /\n}", .bad = "url",
	},
	ROW_WITH("http_protocol",
		 CHOICE(CHECK, http.protocol, protocols, CONF_HTTP_10),
		 .flags = CONF_QUIET,
		 "the version of HTTP: 1.0, the default; 1.0C and 1.1, which "
		 "ask to close the connection; beyond keepalived 1.1K, which "
		 "keeps it for the next check, and 2",
		 "http_protocol 1.1", "http_protocol 3"),
	ROW_WITH("virtualhost", NAME(CHECK, http.virtualhost, CONF_HOST_MAX),
		 .flags = CONF_QUIET,
		 "the name of the site to ask for (Host)",
		 "virtualhost www.example.org", "virtualhost"),
	ROW_WITH("fast_recovery", SWITCH(CHECK, http.fast_recovery, 0),
	    .flags = CONF_QUIET,
	    "check the remaining pages at once after a page has succeeded; "
	    "default off",
	    "fast_recovery", "fast_recovery 5"),
	NEEDED("enable_sni", 0, 0,
	       "send the name of the site in the TLS handshake", "enable_sni"),
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

static bool same_url(const void *a, const void *b)
{
	const struct conf_url *one = a, *two = b;
	const char *path = one->path ? one->path : "/";

	return strcmp(path, two->path ? two->path : "/") == 0;
}

static uint32_t hash_url(const void *item)
{
	const struct conf_url *url = item;
	const char *path = url->path ? url->path : "/";

	return map_hash(path, strlen(path));
}

static const struct conf_block conf_block_url = {
	.name = "url",
	.parts = { PART(url_rows), PART(match_rows) },
	.size = sizeof(struct conf_url),
	.span = offsetof(struct conf_url, span),
	.items_max = CONF_URLS_MAX,
	.same = same_url,
	.hash = hash_url,
	.noun = "url",
	.ordered = "urls",
};

const struct conf_block conf_block_http = {
	CHECK_BLOCK("HTTP_GET", &conf_rows_connect, &conf_rows_pace,
		    PART(http_rows)),
};

const struct conf_block conf_block_https = {
	CHECK_BLOCK("SSL_GET", &conf_rows_connect, &conf_rows_pace,
		    PART(http_rows)),
};
