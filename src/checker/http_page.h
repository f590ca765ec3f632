/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page that is fetched by a check, by whatever version of HTTP: what is kept
 * of it while it comes in, and whether it is as its url wants it. Which url is
 * next is here too.
 */
#pragma once

#include "checker/kind.h"

struct digest;

struct http_page {
	const struct conf_url *url;
	struct digest *digest; /* or NULL */
	char *body;            /* for a regular expression, or NULL */
	size_t body_length;
};

/* The page of this round; false: there is no memory. */
bool http_page_begin(struct http_page *p, const struct check *c);
/* A piece of it; `page` is a struct http_page. */
void http_page_add(void *page, const char *bytes, size_t length);
/* All of it is wanted: one that is too long cannot be judged. */
bool http_page_is_read(const struct http_page *p);
/* It is all there: ends the round. */
void http_page_judge(struct check *c, struct http_page *p, unsigned status,
		     tick_t now);
/* The round ends, with that: for done(). */
void http_page_done(struct check *c, struct http_page *p, struct verdict *v);
/* The next page may come over the same connection: not where it was opened for
 * another name. */
bool http_page_may_share(const struct check *c);
