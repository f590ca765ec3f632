/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions of a configuration that are none: only PCRE2 itself knows. */
#include "checker/needs.h"

#include "checker/regex.h"
#include "conf/language/report.h"

struct doubts {
	struct regexes *all;
	const char *file;
	struct conf_report report;
};

static void look(struct doubts *d, const struct conf_url *url)
{
	struct conf_place place = { .span = url->span };
	char why[REGEX_WORDS];

	if (!place.span.file)
		place.span = (struct conf_span){ .file = d->file };
	if (url->regex && regex_look(d->all, url, "", 0, why) == REGEX_NONE)
		conf_report_ignored(&d->report, &place,
				    "until that is mended the check says "
				    "nothing of its server",
				    "the regex \"%.100s\" is none: %s",
				    url->regex, why);
}

static void look_at_server(struct doubts *d, const struct conf_real_server *rs)
{
	for (uint32_t n = 0; n < rs->check_count; n++) {
		const struct conf_check *c = &rs->checks[n];

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

	if (!d.all)
		return; /* there is no PCRE2 here */
	for (uint32_t n = 0; n < model->virtual_server_count; n++)
		for (uint32_t k = 0; k < model->virtual_servers[n].server_count;
		     k++)
			look_at_server(&d,
				       &model->virtual_servers[n].servers[k]);
	regexes_close(d.all);
}
