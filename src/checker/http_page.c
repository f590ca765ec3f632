/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/http_page.h"

#include "checker/checker_state.h"
#include "checker/digest.h"
#include "checker/http_request.h"
#include "checker/regex.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool http_page_begin(struct http_page *p, const struct check *c)
{
	const struct conf_http *http = &c->conf->http;

	*p = (struct http_page){
		.url = &http->urls[c->step % http->url_count],
	};
	if (p->url->digest) {
		p->digest = digest_open();
		if (!p->digest)
			return false;
	}
	if (p->url->regex)
		p->body = malloc(REGEX_BODY_MOST);
	return !p->url->regex || p->body;
}

void http_page_add(void *page, const char *bytes, size_t length)
{
	struct http_page *p = page;

	if (p->digest)
		digest_add(p->digest, bytes, length);
	if (!p->body)
		return;
	if (length > REGEX_BODY_MOST - p->body_length)
		length = REGEX_BODY_MOST - p->body_length;
	memcpy(p->body + p->body_length, bytes, length);
	p->body_length += length;
}

bool http_page_is_read(const struct http_page *p)
{
	return p->digest || p->body;
}

static bool is_wanted(const struct conf_url *url, unsigned status)
{
	if (url->statuses.count == 0)
		return status >= 200 && status <= 299;
	for (uint32_t n = 0; n < url->statuses.count; n++)
		if (status >= url->statuses.list[n].low &&
		    status <= url->statuses.list[n].high)
			return true;
	return false;
}

/* "": it is found where it should be. False: there is nothing to look for,
 * which is our trouble and not the server's. */
static bool look(const struct check *c, const struct http_page *p,
		 char words[REGEX_WORDS])
{
	switch (regex_look(c->of->regexes, p->url, p->body, p->body_length,
			   words)) {
	case REGEX_NONE:
		return false;
	case REGEX_MATCHES:
		snprintf(words, REGEX_WORDS, "%s",
			 p->url->regex_no_match ? "it matches" : "");
		break;
	case REGEX_DIFFERS:
		snprintf(words, REGEX_WORDS, "%s",
			 p->url->regex_no_match ? "" : "no match");
		break;
	case REGEX_UNKNOWN:
		break;
	}
	return true;
}

void http_page_judge(struct check *c, struct http_page *p, unsigned status,
		     tick_t now)
{
	char words[LEDGER_CHECK_WORDS], found[REGEX_WORDS] = "";

	if (!is_wanted(p->url, status)) {
		http_words_wanted(p->url, status, words);
		round_bad(c, LEDGER_CHECK_L7STS, (int32_t)status, words, now);
		return;
	}
	if (p->digest && !digest_is(p->digest, p->url->digest)) {
		round_bad(c, LEDGER_CHECK_L7RSP, (int32_t)status,
			  "digest differs", now);
		return;
	}
	if (p->body && !look(c, p, found)) {
		snprintf(words, sizeof(words), "regex: %s", found);
		round_local(c, EINVAL, words, now);
		return;
	}
	if (found[0]) {
		snprintf(words, sizeof(words), "regex: %s", found);
		round_bad(c, LEDGER_CHECK_L7RSP, (int32_t)status, words, now);
		return;
	}
	snprintf(words, sizeof(words), "status %u", status);
	round_good(c, LEDGER_CHECK_L7OK, (int32_t)status, words, now);
}

/* Which url is next. */
static void follow(struct check *c, enum lvs_check_result result)
{
	if (result == LVS_RESULT_BAD) {
		c->failing = true;
	} else if (result == LVS_RESULT_GOOD && c->failing) {
		c->failing = false;
		c->step = 0;
	} else if (result == LVS_RESULT_GOOD) {
		c->step = (c->step + 1) % c->conf->http.url_count;
	}
}

void http_page_done(struct check *c, struct http_page *p, struct verdict *v)
{
	const struct conf_http *http = &c->conf->http;

	v->again = v->result == LVS_RESULT_GOOD && http->fast_recovery &&
		   http->url_count > 1 && c->when.state == LVS_CHECK_FAILED;
	follow(c, v->result);
	if (!p)
		return; /* there was no memory for it */
	digest_close(p->digest);
	free(p->body);
}

bool http_page_may_share(const struct check *c)
{
	return c->conf->kind != CONF_CHECK_SSL || c->conf->http.url_count == 1;
}
