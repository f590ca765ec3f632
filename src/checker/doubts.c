/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of a configuration that are none, which only PCRE2 itself knows;
 * and files of certificates that cannot be used, which only OpenSSL knows. */
#include "checker/needs.h"

#include "base/map.h"
#include "checker/regex.h"
#include "checker/trust.h"
#include "conf/language/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Lists that are the same are one (conf/schema/share.h): each is looked at
 * once, and it is told how many have it. */
struct list {
	const void *items;
	uint32_t times; /* 0: it was looked at */
};

struct doubts {
	struct regexes *all; /* NULL: there is no PCRE2 here */
	struct own own;
	struct trust *trust; /* NULL: there is no OpenSSL here, or no need */
	const char *file;
	struct conf_report report;
	struct list *lists; /* NULL: there is no memory for that */
	void *memory;
	struct map map; /* of lists */
	uint32_t count;
};

static bool same(const void *context, uint32_t number, const void *key)
{
	const struct doubts *d = context;

	return d->lists[number].items == key;
}

/* It is there once more. */
static void note(struct doubts *d, const void *items)
{
	uint32_t hash = map_hash(&items, sizeof(items));
	uint32_t found = map_find(&d->map, hash, items);

	if (found == MAP_NONE) {
		found = d->count++;
		d->lists[found].items = items;
		map_put(&d->map, hash, found);
	}
	d->lists[found].times++;
}

/* How many have it, if it was not looked at yet; else 0. */
static uint32_t take(struct doubts *d, const void *items)
{
	uint32_t found, times;

	if (!d->lists)
		return 1;
	found = map_find(&d->map, map_hash(&items, sizeof(items)), items);
	times = d->lists[found].times;
	d->lists[found].times = 0;
	return times;
}

static struct conf_place place_of(const struct doubts *d,
				  const struct conf_span *span)
{
	struct conf_place place = { .span = { .file = d->file } };

	if (span->file)
		place.span = *span;
	return place;
}

/* `times` checks have it. */
static void look(struct doubts *d, const struct conf_url *url, uint32_t times)
{
	struct conf_place place = place_of(d, &url->span);
	char why[REGEX_WORDS], until[100];

	if (!d->all || !url->regex ||
	    regex_look(d->all, url, "", 0, why) != REGEX_NONE)
		return;
	if (times == 1)
		snprintf(until, sizeof(until),
			 "until that is mended the check says nothing of its "
			 "server");
	else
		snprintf(until, sizeof(until),
			 "until that is mended %u checks say nothing of their "
			 "servers",
			 times);
	conf_report_ignored(&d->report, &place, until,
			    "the regex \"%.100s\" is none: %s", url->regex,
			    why);
}

/* Who may not read a file does not know what is in it. */
static bool is_known(int error)
{
	return error != EACCES && error != EPERM;
}

#define UNTIL_THEN                                                             \
	"until that is mended the checks that need it say nothing of their "   \
	"servers"

static void look_at_tls(struct doubts *d, const struct conf_real_server *rs,
			const struct conf_check *check)
{
	struct conf_place place = place_of(d, &rs->span);
	char why[TLS_WHY];
	int error;

	if (!trust_of(check) || take(d, check) == 0 ||
	    (!d->trust && tls_load()))
		return;
	if (!d->trust)
		d->trust = trust_open(&d->own);
	error = d->trust ? trust_read(d->trust, check, why) : 0;
	if (error && is_known(-error))
		conf_report_ignored(&d->report, &place, UNTIL_THEN, "%s", why);
}

static void look_at_own(struct doubts *d, const struct conf_model *model)
{
	static const struct conf_span nowhere;
	struct conf_place place = place_of(d, &nowhere);
	int files[OWN_FILES];

	own_open(model, files);
	own_read(&d->own, &model->global.lvs.ssl, files);
	if (d->own.error && is_known(d->own.error))
		conf_report_ignored(&d->report, &place, UNTIL_THEN, "%s",
				    d->own.why);
}

static bool has_urls(const struct conf_check *c)
{
	return (c->kind == CONF_CHECK_HTTP || c->kind == CONF_CHECK_SSL) &&
	       c->http.url_count > 0;
}

static void look_at(struct doubts *d, const struct conf_real_server *rs,
		    const struct conf_check *c)
{
	uint32_t times;

	look_at_tls(d, rs, c);
	times = has_urls(c) ? take(d, c->http.urls) : 0;
	for (uint32_t k = 0; times > 0 && k < c->http.url_count; k++)
		look(d, &c->http.urls[k], times);
}

static void each_check(struct doubts *d, const struct conf_model *model,
		       void (*on)(struct doubts *d,
				  const struct conf_real_server *rs,
				  const struct conf_check *c))
{
	for (uint32_t n = 0; n < model->virtual_server_count; n++) {
		const struct conf_virtual_server *vs =
			&model->virtual_servers[n];

		for (uint32_t k = 0; k < vs->server_count; k++)
			for (uint32_t i = 0; i < vs->servers[k].check_count;
			     i++)
				on(d, &vs->servers[k],
				   &vs->servers[k].checks[i]);
	}
}

static void count_lists(struct doubts *d, const struct conf_real_server *rs,
			const struct conf_check *c)
{
	(void)rs;
	d->count += (uint32_t)(trust_of(c) != NULL) + (uint32_t)has_urls(c);
}

static void note_lists(struct doubts *d, const struct conf_real_server *rs,
		       const struct conf_check *c)
{
	(void)rs;
	if (trust_of(c))
		note(d, c);
	if (has_urls(c))
		note(d, c->http.urls);
}

static void find_lists(struct doubts *d, const struct conf_model *model)
{
	uint32_t most;

	each_check(d, model, count_lists);
	most = d->count;
	d->count = 0;
	if (most == 0)
		return;
	d->lists = calloc(most, sizeof(*d->lists));
	d->memory = malloc(map_memory(most));
	if (d->lists && d->memory) {
		map_init(&d->map, d->memory, most, same, d);
		each_check(d, model, note_lists);
		return;
	}
	free(d->lists);
	d->lists = NULL;
}

void checker_doubts(const struct conf_model *model, const char *file,
		    struct conf_diagnostics *diagnostics)
{
	struct doubts d = { .all = regexes_open(),
			    .file = file,
			    .report = { .diagnostics = diagnostics } };

	look_at_own(&d, model);
	find_lists(&d, model);
	each_check(&d, model, look_at);
	free(d.lists);
	free(d.memory);
	trust_close(d.trust);
	own_wipe(&d.own);
	if (d.all)
		regexes_close(d.all);
}
