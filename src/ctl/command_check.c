/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `baton check`: what is wrong with a configuration; with --migrate what
 * becomes of each of its words; with --peer what does not fit to the
 * configuration of another router. Exit statuses are those of
 * `keepalived -t`.
 */
#include "ctl/command.h"

#include "base/must.h"
#include "conf/model/pair.h"
#include "ctl/command_reading.h"
#include "ctl/growing.h"
#include "ctl/json.h"
#include "ctl/view.h"

#include <stdio.h>
#include <string.h>

/* How the parts of the report on words begin. */
static const char *const titles[] = {
	[CONF_WORKS] = "works",
	[CONF_DIFFERS] = "works differently",
	[CONF_NO_EFFECT] = "accepted without effect",
	[CONF_WAITS] = "waits for a later release",
	[CONF_UNKNOWN] = "unknown, left out",
};

_Static_assert(ARRAY_LENGTH(titles) == CONF_FATE_COUNT, "titles");

#define WIDTH 78

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static size_t addresses_of(const struct conf_model *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->instance_count; i++)
		count += model->instances[i].address_count;
	return count;
}

/* Neither a virtual router nor a virtual server. */
static bool serves_nothing(const struct conf_model *model)
{
	return model->instance_count == 0 && model->virtual_server_count == 0;
}

/* The exit status of what was read. */
static int judge(const struct command_reading *r, const struct command *c)
{
	if (!r->model || (c->strict && r->diagnostics.warnings > 0))
		return COMMAND_UNUSABLE;
	if (serves_nothing(r->model))
		return COMMAND_DOUBTFUL;
	return conf_verdict(&r->diagnostics);
}

/* In one sentence; where all was left out nothing goes to stdout. */
static void tell_verdict(const struct command_reading *r, int result)
{
	const struct conf_diagnostics *d = &r->diagnostics;

	if (result == COMMAND_UNUSABLE && (d->errors > 0 || d->warnings > 0)) {
		fprintf(stderr, "%s: unusable: %zu error%s, %zu warning%s\n",
			r->path, d->errors, plural(d->errors), d->warnings,
			plural(d->warnings));
		return;
	}
	if (result == COMMAND_UNUSABLE) /* the other one, which was told */
		return;
	if (serves_nothing(r->model))
		printf("%s: there is no virtual router in it\n", r->path);
	printf("%s: %s: %u virtual router%s, %zu address%s", r->path,
	       result == COMMAND_DOUBTFUL ? "would run, but not as meant"
	       : d->warnings > 0          ? "good, but for what is told above"
					  : "good",
	       r->model->instance_count, plural(r->model->instance_count),
	       addresses_of(r->model), addresses_of(r->model) == 1 ? "" : "es");
	if (r->model->virtual_server_count > 0)
		printf(", %u virtual server%s", r->model->virtual_server_count,
		       plural(r->model->virtual_server_count));
	printf("\n");
}

/* Words of one block in as many lines as they need: "state, interface (2)". */
static void tell_words(const struct conf_survey *s, enum conf_fate fate,
		       size_t first)
{
	const char *block = s->list[first].block;
	size_t column = (size_t)printf("  %s:", block);

	for (size_t n = first; n < s->count; n++) {
		const struct conf_surveyed *one = &s->list[n];
		char text[300];

		if (one->fate != fate || strcmp(one->block, block) != 0)
			continue;
		if (one->count > 1)
			snprintf(text, sizeof(text), "%s (%u)", one->word,
				 one->count);
		else
			snprintf(text, sizeof(text), "%s", one->word);
		if (column + strlen(text) + 2 > WIDTH)
			column = (size_t)printf("\n   ") - 1;
		column += (size_t)printf(" %s", text);
	}
	printf("\n");
}

/* A word by itself, with its place and what there is to say of it. */
static void tell_word(const struct conf_surveyed *one)
{
	printf("  %s, in %s, line %u", one->word, one->block, one->line);
	if (one->count > 1)
		printf(" and %u more", one->count - 1);
	printf("\n");
	if (one->how)
		printf("      %s\n", one->how);
}

static bool begins_block(const struct conf_survey *s, size_t at)
{
	for (size_t n = 0; n < at; n++)
		if (s->list[n].fate == s->list[at].fate &&
		    strcmp(s->list[n].block, s->list[at].block) == 0)
			return false;
	return true;
}

static void tell_survey(const struct conf_survey *s)
{
	for (unsigned fate = 0; fate < CONF_FATE_COUNT; fate++) {
		bool any = false;

		for (size_t n = 0; n < s->count; n++) {
			if (s->list[n].fate != (enum conf_fate)fate)
				continue;
			if (!any)
				printf("%s:\n", titles[fate]);
			any = true;
			if (fate != CONF_WORKS)
				tell_word(&s->list[n]);
			else if (begins_block(s, n))
				tell_words(s, CONF_WORKS, n);
		}
	}
	if (s->left_out)
		printf("... and %zu more words\n", s->left_out);
}

static void put_diagnostic(struct json *j, const struct conf_diagnostic *one)
{
	json_line(j);
	json_open_object(j, NULL);
	json_string_of(j, "severity", conf_severity_name(one->severity));
	json_string_of(j, "file", one->span.file);
	json_number(j, "line", one->span.line);
	json_number(j, "column", one->span.column);
	json_string_of(j, "message", one->message);
	if (one->hint)
		json_string_of(j, "hint", one->hint);
	else
		json_no_value(j, "hint");
	json_close(j);
}

static void put_word(struct json *j, const struct conf_surveyed *one)
{
	json_line(j);
	json_open_object(j, NULL);
	json_string_of(j, "word", one->word);
	json_string_of(j, "block", one->block);
	json_string_of(j, "fate", conf_fate_name(one->fate));
	if (one->how)
		json_string_of(j, "how", one->how);
	else
		json_no_value(j, "how");
	json_string_of(j, "file", one->file);
	json_number(j, "line", one->line);
	json_number(j, "count", one->count);
	json_close(j);
}

static int tell_json(const struct command_reading *r, const struct command *c,
		     int result)
{
	struct text text = growing_text();
	struct json j;
	bool cut;

	json_begin(&j, &text);
	json_open_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_string_of(&j, "file", r->path);
	json_number(&j, "exit_status", (uint64_t)result);
	json_number(&j, "virtual_routers",
		    r->model ? r->model->instance_count : 0);
	json_number(&j, "addresses", r->model ? addresses_of(r->model) : 0);
	json_open_array(&j, "diagnostics");
	for (size_t n = 0; n < r->diagnostics.count; n++)
		put_diagnostic(&j, &r->diagnostics.list[n]);
	json_close(&j);
	if (c->migrate) {
		json_open_array(&j, "words");
		for (size_t n = 0; n < r->survey.count; n++)
			put_word(&j, &r->survey.list[n]);
		json_close(&j);
	}
	json_close(&j);
	text_put(&text, "\n");
	cut = text.cut;
	fwrite(text.bytes, 1, text.length, stdout);
	growing_free(&text);
	return cut ? COMMAND_FAILED : command_flush();
}

/* What does not fit to another router's file, as notes; false: unusable. */
static bool compare(struct command_reading *r, struct command_reading *peer)
{
	if (!peer->model) {
		command_read_report(peer);
		fprintf(stderr, "%s: unusable\n", peer->path);
		return false;
	}
	if (r->model)
		conf_pair_check(r->model, peer->model, &r->diagnostics);
	return true;
}

int command_check(const struct command *c)
{
	struct command_reading *r = command_read(c->argument);
	struct command_reading *peer = c->peer ? command_read(c->peer) : NULL;
	int result, failed;

	if (!r || (c->peer && !peer)) {
		command_read_free(r);
		command_read_free(peer);
		return COMMAND_FAILED;
	}
	if (r->model && c->doubts) {
		c->doubts(r->model, r->path, &r->diagnostics);
		conf_diagnostics_sort(&r->diagnostics);
	}
	result = judge(r, c);
	if (peer && !compare(r, peer))
		result = COMMAND_UNUSABLE;
	if (c->json) {
		failed = tell_json(r, c, result);
	} else {
		command_read_report(r);
		if (c->migrate)
			tell_survey(&r->survey);
		tell_verdict(r, result);
		failed = command_flush();
	}
	command_read_free(peer);
	command_read_free(r);
	return failed ? failed : result;
}
