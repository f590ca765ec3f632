/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/http_request.h"

#include "base/ip.h"
#include "base/must.h"
#include "base/text.h"

#include <stdio.h>

static const char *const methods[] = {
	[CONF_HTTP_GET] = "GET",
	[CONF_HTTP_HEAD] = "HEAD",
	[CONF_HTTP_POST] = "POST",
	[CONF_HTTP_OPTIONS] = "OPTIONS",
};

const char *http_method(uint8_t method)
{
	return methods[method < ARRAY_LENGTH(methods) ? method : CONF_HTTP_GET];
}

void http_put_host(struct text *t, const struct check *c,
		   const struct conf_url *url)
{
	char address[IP_TEXT_MAX];
	bool six = c->to.address.family == IP_V6;

	if (url->virtualhost)
		text_put(t, url->virtualhost);
	else if (c->virtualhost)
		text_put(t, c->virtualhost);
	else
		text_format(t, six ? "[%s]:%u" : "%s:%u",
			    ip_format(&c->to.address, address), c->to.port);
}

size_t http_request(const struct check *c, const struct conf_url *url,
		    char *bytes, size_t size)
{
	const struct conf_http *http = &c->conf->http;
	struct text t = text_over(bytes, size);

	MUST(size >= HTTP_REQUEST_MOST);
	text_put(&t, http_method(http->method));
	text_put(&t, " ");
	text_put(&t, url->path ? url->path : "/");
	text_put(&t, http->protocol == CONF_HTTP_10 ||
				     http->protocol == CONF_HTTP_10C
			     ? " HTTP/1.0\r\n"
			     : " HTTP/1.1\r\n");
	text_put(&t, "User-Agent: " HTTP_AGENT "\r\n");
	if (http->protocol == CONF_HTTP_10C || http->protocol == CONF_HTTP_11)
		text_put(&t, "Connection: close\r\n");
	text_put(&t, "Host: ");
	http_put_host(&t, c, url);
	text_put(&t, "\r\n");
	for (uint32_t n = 0; n < http->header_count; n++) {
		text_put(&t, http->headers[n].text);
		text_put(&t, "\r\n");
	}
	if (http->method == CONF_HTTP_POST)
		text_put(&t, "Content-Length: 0\r\n");
	text_put(&t, "\r\n");
	return t.length;
}

const char *http_sni(const struct check *c, const struct conf_url *url)
{
	const struct conf_tls *tls = &c->conf->http.tls;

	if (tls->sni)
		return tls->sni;
	if (!tls->enable_sni)
		return NULL;
	return url->virtualhost ? url->virtualhost : c->virtualhost;
}

void http_words_wanted(const struct conf_url *url, unsigned status,
		       char words[LEDGER_CHECK_WORDS])
{
	struct text t = text_over(words, LEDGER_CHECK_WORDS);

	text_format(&t, "status %u, wanted ", status);
	if (url->statuses.count == 0)
		text_put(&t, "200-299");
	for (uint32_t n = 0; n < url->statuses.count; n++) {
		const struct conf_status *s = &url->statuses.list[n];

		text_format(&t, n ? ",%u" : "%u", s->low);
		if (s->high > s->low)
			text_format(&t, "-%u", s->high);
	}
}
