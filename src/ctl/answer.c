/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl/answer.h"

#include "base/nearest.h"
#include "ctl/form.h"
#include "ctl/growing.h"
#include "ledger/server_name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JSON_TYPE   "application/json"
#define NDJSON_TYPE "application/x-ndjson"
#define METRICS_TYPE                                                           \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

static enum page_progress error_piece(struct page *page)
{
	return PAGE_END;
}

/* {"error":...}, with what may have been meant. */
static struct http_answer fails(struct ledger *l, unsigned status,
				const char *message, const char *wrong)
{
	struct page *page = page_new(l, error_piece);
	struct http_answer answer = { status, JSON_TYPE, page, false };
	struct nearest near;
	struct json *j;

	if (!page)
		return answer;
	j = &page->json;
	json_open_object(j, NULL);
	json_string_of(j, "error", message);
	if (wrong) {
		nearest_begin(&near, wrong);
		for (uint32_t i = 0; i < ledger_instances(l); i++)
			nearest_offer(&near, ledger_name(l, i));
		json_string_of(j, "name", wrong);
		json_open_array(j, "nearest");
		for (unsigned n = 0; n < near.count; n++)
			json_string_of(j, NULL, near.words[n]);
		json_close(j);
	}
	json_close(j);
	text_put(&page->text, "\n");
	return answer;
}

/* The same of a virtual server, or of a real one of it. */
static struct http_answer no_server(struct ledger *l, const char *name,
				    const char *real)
{
	struct page *page = page_new(l, error_piece);
	struct http_answer answer = { 404, JSON_TYPE, page, false };
	char near[NEAREST_MAX][SERVER_NAME_SIZE];
	struct ledger_virtual v;
	unsigned count = 0;
	uint32_t found[2];

	if (!page)
		return answer;
	json_open_object(&page->json, NULL);
	if (server_find(l, name, found) == 0) {
		json_string_of(&page->json, "error",
			       "no virtual server has this name");
		json_string_of(&page->json, "name", name);
		count = server_near(l, name, near);
	} else if (real) {
		ledger_copy_virtual(l, found[0], &v);
		json_string_of(&page->json, "error",
			       "it has no real server of this name");
		json_string_of(&page->json, "name", real);
		count = server_real_near(l, &v, real, near);
	}
	json_open_array(&page->json, "nearest");
	for (unsigned n = 0; n < count; n++)
		json_string_of(&page->json, NULL, near[n]);
	json_close(&page->json);
	json_close(&page->json);
	text_put(&page->text, "\n");
	return answer;
}

static struct http_answer servers(struct ledger *l, const char *name,
				  const char *real)
{
	if (name && !page_has_server(l, name, real))
		return no_server(l, name, real);
	return (struct http_answer){ 200, JSON_TYPE,
				     page_servers(l, name, name ? real : NULL),
				     false };
}

/* A name that is not UTF-8, as it was shown. */
static uint32_t find_shown(struct ledger *l, const char *name)
{
	struct text wanted = growing_text(), shown = growing_text();
	uint32_t found = LEDGER_NO_INSTANCE;

	form_escaped(&wanted, FORM_JSON, name);
	for (uint32_t i = 0;
	     i < ledger_instances(l) && found == LEDGER_NO_INSTANCE; i++) {
		text_clear(&shown);
		form_escaped(&shown, FORM_JSON, ledger_name(l, i));
		if (!shown.cut && !wanted.cut && shown.length > 0 &&
		    strcmp(shown.bytes, wanted.bytes) == 0)
			found = i;
	}
	growing_free(&wanted);
	growing_free(&shown);
	return found;
}

/* Names are written once, before the process is told of the ledger. */
static uint32_t find(struct ledger *l, const char *name)
{
	for (uint32_t i = 0; i < ledger_instances(l); i++)
		if (ledger_has_name(l, i, name))
			return i;
	return strstr(name, "\\x") ? find_shown(l, name) : LEDGER_NO_INSTANCE;
}

static struct http_answer of_one(struct ledger *l, const char *name,
				 struct page *(*make)(struct ledger *,
						      uint32_t))
{
	uint32_t index = find(l, name);

	if (index == LEDGER_NO_INSTANCE && page_has_server(l, name, NULL))
		return fails(l, 404,
			     "a virtual server has this name, and no virtual "
			     "router; `baton vs` shows it, and `baton why VS "
			     "RS` says why a real server of it is so",
			     name);
	if (index == LEDGER_NO_INSTANCE)
		return fails(l, 404, "no virtual router has this name", name);
	return (struct http_answer){ 200, JSON_TYPE, make(l, index), false };
}

/* A decimal number, or -1. */
static int to_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return -1;
	*number = strtoull(text, &end, 10);
	return *end || errno ? -1 : 0;
}

static bool is_set(const char *value)
{
	return value && strcmp(value, "0") != 0;
}

/* After which event and which news; or what is wrong with the question. */
static const char *place_of(struct ledger *l, http_argument_fn *argument,
			    void *request, struct page_place *place)
{
	const char *since = argument(request, "since");
	const char *news = argument(request, "news");
	const char *last = argument(request, "last");
	uint64_t number;

	if (since && to_number(since, &number) < 0)
		return "since= takes the number of an event";
	if (since)
		*place = page_place_at(l, number);
	if (news && to_number(news, &place->news) < 0)
		return "news= takes the number of news";
	if (last && to_number(last, &number) < 0)
		return "last= takes a number";
	if (last)
		*place = page_place_last(l, number);
	return NULL;
}

static struct http_answer events(struct ledger *l, http_argument_fn *argument,
				 void *request)
{
	bool follows = is_set(argument(request, "follow"));
	bool beats = is_set(argument(request, "beat"));
	struct page_place place = { 0 };
	const char *wrong;

	if (follows)
		place = page_place_newest(l);
	wrong = place_of(l, argument, request, &place);
	if (wrong)
		return fails(l, 400, wrong, NULL);
	if (follows)
		return (struct http_answer){ 200, NDJSON_TYPE,
					     page_follow(l, place, beats),
					     true };
	return (struct http_answer){ 200, JSON_TYPE, page_events(l, place),
				     false };
}

struct http_answer answer_make(struct ledger *l, const char *path,
			       http_argument_fn *argument, void *request)
{
	const char *name = argument(request, "name");

	if (strcmp(path, "/status") == 0 && name)
		return of_one(l, name, page_status);
	if (strcmp(path, "/status") == 0)
		return (struct http_answer){ 200, JSON_TYPE,
					     page_status(l, LEDGER_NO_INSTANCE),
					     false };
	if (strcmp(path, "/why") == 0 && name)
		return of_one(l, name, page_why);
	if (strcmp(path, "/why") == 0)
		return fails(l, 400, "say which: /why?name=NAME", NULL);
	if (strcmp(path, "/events") == 0)
		return events(l, argument, request);
	if (strcmp(path, "/checks") == 0)
		return (struct http_answer){ 200, JSON_TYPE, page_checks(l),
					     false };
	if (strcmp(path, "/servers") == 0)
		return servers(l, name, argument(request, "server"));
	if (strcmp(path, "/metrics") == 0)
		return (struct http_answer){ 200, METRICS_TYPE, page_metrics(l),
					     false };
	return fails(l, 404,
		     "there are /status, /why, /events, /checks, /servers and "
		     "/metrics",
		     NULL);
}
