/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of a configuration that are none, which only PCRE2 itself knows;
 * and files of certificates that cannot be used, which only OpenSSL knows. */
#include "checker/needs.h"

#include "checker/regex.h"
#include "checker/trust.h"
#include "conf/language/report.h"

#include <errno.h>

struct doubts {
	struct regexes *all; /* NULL: there is no PCRE2 here */
	struct own own;
	struct trust *trust; /* NULL: there is no OpenSSL here, or no need */
	const char *file;
	struct conf_report report;
};

static struct conf_place place_of(const struct doubts *d,
				  const struct conf_span *span)
{
	struct conf_place place = { .span = { .file = d->file } };

	if (span->file)
		place.span = *span;
	return place;
}

static void look(struct doubts *d, const struct conf_url *url)
{
	struct conf_place place = place_of(d, &url->span);
	char why[REGEX_WORDS];

	if (d->all && url->regex &&
	    regex_look(d->all, url, "", 0, why) == REGEX_NONE)
		conf_report_ignored(&d->report, &place,
				    "until that is mended the check says "
				    "nothing of its server",
				    "the regex \"%.100s\" is none: %s",
				    url->regex, why);
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

	if (!trust_of(check) || (!d->trust && tls_load()))
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

static void look_at_server(struct doubts *d, const struct conf_real_server *rs)
{
	for (uint32_t n = 0; n < rs->check_count; n++) {
		const struct conf_check *c = &rs->checks[n];

		look_at_tls(d, rs, c);
		if (c->kind != CONF_CHECK_HTTP && c->kind != CONF_CHECK_SSL)
			continue;
		for (uint32_t k = 0; k < c->http.url_count; k++)
			look(d, &c->http.urls[k]);
	}
}

void checker_doubts(const struct conf_model *model, const char *file,
		    struct conf_diagnostics *diagnostics)
{
	struct doubts d = { .all = regexes_open(),
			    .file = file,
			    .report = { .diagnostics = diagnostics } };

	look_at_own(&d, model);
	for (uint32_t n = 0; n < model->virtual_server_count; n++)
		for (uint32_t k = 0; k < model->virtual_servers[n].server_count;
		     k++)
			look_at_server(&d,
				       &model->virtual_servers[n].servers[k]);
	trust_close(d.trust);
	own_wipe(&d.own);
	if (d.all)
		regexes_close(d.all);
}
