/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: HTTP_GET and SSL_GET. keepalived.conf(5), "HTTP
 * and SSL healthcheckers".
 */
#include "base/map.h"
#include "conf/model/rows_check.h"

#define CHECK conf_check
#define URL   conf_url

static const struct conf_block conf_block_url, conf_block_header;

static const struct conf_choice protocols[] = {
	{ "1.0", CONF_HTTP_10 }, { "1.0C", CONF_HTTP_10C },
	{ "1.1", CONF_HTTP_11 }, { "1.1K", CONF_HTTP_11K },
	{ "2", CONF_HTTP_2 },    { NULL, 0 },
};

static const struct conf_choice methods[] = {
	{ "GET", CONF_HTTP_GET },
	{ "HEAD", CONF_HTTP_HEAD },
	{ "POST", CONF_HTTP_POST },
	{ "OPTIONS", CONF_HTTP_OPTIONS },
	{ NULL, 0 },
};

static const struct conf_choice options[] = {
	{ "allow_empty_class", CONF_REGEX_ALLOW_EMPTY_CLASS },
	{ "alt_bsux", CONF_REGEX_ALT_BSUX },
	{ "auto_callout", CONF_REGEX_AUTO_CALLOUT },
	{ "caseless", CONF_REGEX_CASELESS },
	{ "dollar_endonly", CONF_REGEX_DOLLAR_ENDONLY },
	{ "dotall", CONF_REGEX_DOTALL },
	{ "dupnames", CONF_REGEX_DUPNAMES },
	{ "extended", CONF_REGEX_EXTENDED },
	{ "firstline", CONF_REGEX_FIRSTLINE },
	{ "match_unset_backref", CONF_REGEX_MATCH_UNSET_BACKREF },
	{ "multiline", CONF_REGEX_MULTILINE },
	{ "never_ucp", CONF_REGEX_NEVER_UCP },
	{ "never_utf", CONF_REGEX_NEVER_UTF },
	{ "no_auto_capture", CONF_REGEX_NO_AUTO_CAPTURE },
	{ "no_auto_possess", CONF_REGEX_NO_AUTO_POSSESS },
	{ "no_dotstar_anchor", CONF_REGEX_NO_DOTSTAR_ANCHOR },
	{ "no_start_optimize", CONF_REGEX_NO_START_OPTIMIZE },
	{ "ucp", CONF_REGEX_UCP },
	{ "ungreedy", CONF_REGEX_UNGREEDY },
	{ "utf", CONF_REGEX_UTF },
	{ "never_backslash_c", CONF_REGEX_NEVER_BACKSLASH_C },
	{ "alt_circumflex", CONF_REGEX_ALT_CIRCUMFLEX },
	{ "alt_verbnames", CONF_REGEX_ALT_VERBNAMES },
	{ "use_offset_limit", CONF_REGEX_USE_OFFSET_LIMIT },
	{ NULL, 0 },
};

#define REGEX(s, m) NAME(s, m, CONF_PATH_TEXT_MAX), .flags = CONF_QUIET
#define BITS(s, m)                                                             \
	.type = &conf_type_bits, QUIET_FIELD(s, m), .choices = options,        \
	.maximum = UINT32_MAX
#define RETRY(s, m)                                                            \
	.type = &conf_type_number, FIELD(s, m), .minimum = 0,                  \
	.maximum = INT32_MAX, .otherwise = CONF_UNSAID

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
	ROW("regex", REGEX(URL, regex),
	    "the regular expression (PCRE2) that the page must match",
	    "regex \"up|ready\"", "regex"),
	ROW("regex_no_match", FLAG(URL, regex_no_match, 1),
	    "fail when the page matches the regular expression",
	    "regex_no_match", "regex_no_match {\n}"),
	ROW("regex_options", BITS(URL, regex_options),
	    "the options of the regular expression, as pcre2api(3) explains "
	    "them", "regex_options caseless multiline", "regex_options g"),
	ROW_WITH("regex_min_offset", NUMBER(URL, regex_min, 0, UINT32_MAX, 0),
		 .flags = CONF_QUIET,
		 "the first byte of the page at which a match may start; "
		 "default 0", "regex_min_offset 10", "regex_min_offset -1"),
	ROW_WITH("regex_max_offset", NUMBER(URL, regex_max, 0, UINT32_MAX, 0),
		 .flags = CONF_QUIET,
		 "the last byte of the page at which a match may start; "
		 "default 0: any", "regex_max_offset 9",
		 "regex_max_offset -1"),
	INERT("regex_stack", 2, 2,
	      "the first and the largest size of the stack for matching; "
	      "PCRE2 chooses it", "regex_stack 1 2"),
	ROW("tls_compliant", FLAG(URL, tls_compliant, 1),
	    "fail when TLS ends without its closing message",
	    "tls_compliant", "tls_compliant {\n}"),
};

static const struct conf_row header_heads[] = {
	ROW_WITH("header", HEADER(conf_header, text, CONF_PATH_TEXT_MAX),
		 .flags = CONF_MUST | CONF_SECRET, "a header of the request",
		 "\"Accept: text/plain\"", NULL),
};

static const struct conf_row http_rows[] = {
	{
		.word = "url", .type = &conf_type_block,
		LIST(CHECK, http.urls, http.url_count, conf_block_url),
		.flags = CONF_SHARES,
		.help = "a page to fetch, and what is expected of it",
		.good = "url {\n path /\n}", .bad = "url",
	},
	ROW_WITH("http_protocol",
		 CHOICE(CHECK, http.protocol, protocols, CONF_HTTP_10),
		 .flags = CONF_QUIET,
		 "the version of HTTP: 1.0, the default; 1.0C and 1.1, which "
		 "ask to close the connection; beyond keepalived 1.1K and 2, "
		 "which keep it for the next check",
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
	ROW("tls_compliant", FLAG(CHECK, http.tls_compliant, 1),
	    "fail when TLS ends without its closing message",
	    "tls_compliant", "tls_compliant {\n}"),
	ROW_WITH("nb_get_retry", RETRY(CHECK, pace.retry),
		 .flags = CONF_ALIAS, "an old spelling of retry", "nb_get_retry 3",
		 "nb_get_retry -1"),
	ROW_WITH("method", CHOICE(CHECK, http.method, methods, CONF_HTTP_GET),
		 .flags = CONF_QUIET,
		 "the method of the request: GET, HEAD, POST or OPTIONS; "
		 "default GET; beyond keepalived", "method HEAD",
		 "method DELETE"),
	{
		.word = "headers", .type = &conf_type_each,
		LIST(CHECK, http.headers, http.header_count,
		     conf_block_header),
		.help = "more headers of the request; beyond keepalived",
		.good = "headers {\n \"Accept: text/plain\"\n}",
		.bad = "headers Accept",
	},
	TLS_ROWS(CHECK, http.tls),
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

static bool same_header(const void *a, const void *b)
{
	const struct conf_header *one = a, *two = b;

	return strcmp(one->text, two->text) == 0;
}

static uint32_t hash_header(const void *item)
{
	const struct conf_header *header = item;

	return map_hash(header->text, strlen(header->text));
}

static const struct conf_block conf_block_header = {
	.name = "headers",
	.heads = ROWS(header_heads),
	.heads_least = 1,
	.size = sizeof(struct conf_header),
	.span = offsetof(struct conf_header, span),
	.items_max = CONF_HEADERS_MAX,
	.same = same_header,
	.hash = hash_header,
	.noun = "header",
};

const struct conf_block conf_block_http = {
	CHECK_BLOCK("HTTP_GET", &conf_rows_connect, &conf_rows_pace,
		    PART(http_rows)),
};

const struct conf_block conf_block_https = {
	CHECK_BLOCK("SSL_GET", &conf_rows_connect, &conf_rows_pace,
		    PART(http_rows)),
};
