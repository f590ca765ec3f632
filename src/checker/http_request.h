/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a server by HTTP/1, and in words what was wanted of it. */
#pragma once

#include "base/text.h"
#include "checker/kind.h"

/* What servers see, and know from keepalived. */
#define HTTP_AGENT "KeepAliveClient"

/* Longer than any request: headers are bounded by the configuration. */
#define HTTP_REQUEST_MOST 49152

/* The request for a url, of so many bytes; `size` must be HTTP_REQUEST_MOST or
 * more (asserted). */
size_t http_request(const struct check *c, const struct conf_url *url,
		    char *bytes, size_t size);

/* Of enum conf_http_method. */
const char *http_method(uint8_t method);
/* The innermost name that is written, or else the target. */
void http_put_host(struct text *t, const struct check *c,
		   const struct conf_url *url);

/* The name that TLS tells the server, or NULL. */
const char *http_sni(const struct check *c, const struct conf_url *url);

/* "status 503, wanted 200-299". */
void http_words_wanted(const struct conf_url *url, unsigned status,
		       char words[LEDGER_CHECK_WORDS]);
