/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a configuration from end to end: files -> lines -> tokens ->
 * statements -> structs by their rows -> model. What is kept only while reading
 * is given back here, whatever happened.
 */
#include "conf/model/conf.h"
#include "conf/language/lines.h"
#include "conf/language/tree.h"
#include "conf/model/finish.h"
#include "conf/model/inputs.h"
#include "conf/model/rows.h"
#include "conf/schema/explain.h"
#include "conf/schema/hide.h"
#include "conf/schema/pack.h"
#include "conf/schema/print.h"
#include "conf/schema/read.h"

#include <string.h>

/* All that lives while a configuration is read. */
struct loading {
	struct conf_memory memory;
	struct conf_report report;
	struct conf_expander expander;
	struct conf_tree tree;
	struct conf_reader reader;
	struct arena scratch;
};

static void line(void *to, const struct conf_line *one)
{
	conf_tree_line(to, one);
}

static void load(struct loading *l, const struct conf_source *source,
		 struct conf_model *model, const char *path,
		 struct conf_survey *survey)
{
	size_t errors = l->report.diagnostics->errors;

	l->expander.source = l->reader.source = source;
	l->expander.memory = l->tree.memory = l->reader.memory = &l->memory;
	l->expander.report = l->tree.report = l->reader.report = &l->report;
	l->expander.arena = l->reader.arena = &model->arena;
	l->expander.sink = line;
	l->expander.to = &l->tree;
	l->tree.scratch = arena_over(l->memory.obtain, l->memory.give_back);
	l->tree.sink = conf_read_node;
	l->tree.to = &l->reader;
	l->scratch = arena_over(l->memory.obtain, l->memory.give_back);
	l->reader.scratch = &l->scratch;
	l->reader.schema = &conf_schema;
	l->reader.survey = survey;
	l->reader.inputs = &l->expander.inputs;
	l->reader.root = model;
	l->reader.random = &l->expander.definitions.random;
	conf_expand(&l->expander, path);
	conf_tree_end(&l->tree);
	conf_read_end(&l->reader);
	/* What has errors is not whole, and nobody will see it. */
	if (!l->memory.failed && l->report.diagnostics->errors == errors &&
	    !conf_derive_object(&conf_schema, &model->arena, model))
		l->memory.failed = true;
	/* They ask who is in which group, which is known by now. */
	if (!l->memory.failed && l->report.diagnostics->errors == errors) {
		conf_lint(&l->reader, model);
		conf_lint_addresses(&l->reader, model);
		conf_lint_scripts(&l->reader, model);
		conf_lint_servers(&l->reader, model);
		conf_lint_machine(&l->reader, model);
	}
	if (!conf_inputs_keep(model, &l->expander.inputs))
		l->memory.failed = true;
	conf_hide_secrets(&l->reader, &l->expander.definitions);
	conf_expander_free(&l->expander);
	conf_read_free(&l->reader);
	arena_free(&l->scratch);
}

/* Words that have no effect beside others. */
static void correct(struct conf_survey *survey,
		    const struct conf_diagnostics *diagnostics)
{
	for (size_t n = 0; n < diagnostics->count; n++)
		if (diagnostics->list[n].useless)
			conf_survey_useless(survey, &diagnostics->list[n].span,
					    diagnostics->list[n].message);
}

struct conf_model *conf_load(const struct conf_source *source, const char *path,
			     void *(*obtain)(size_t), void (*give_back)(void *),
			     struct conf_diagnostics *diagnostics)
{
	return conf_load_surveyed(source, path, obtain, give_back, diagnostics,
				  NULL);
}

struct conf_model *conf_load_surveyed(const struct conf_source *source,
				      const char *path, void *(*obtain)(size_t),
				      void (*give_back)(void *),
				      struct conf_diagnostics *diagnostics,
				      struct conf_survey *survey)
{
	size_t errors = diagnostics->errors;
	struct conf_place place = { .span = { .file = path } };
	struct conf_model *model = obtain(sizeof(*model));
	struct loading *l = obtain(sizeof(*l));
	bool failed = !model || !l;

	if (model) {
		memset(model, 0, sizeof(*model));
		model->arena = arena_over(obtain, give_back);
	}
	if (!failed) {
		memset(l, 0, sizeof(*l));
		l->memory.obtain = obtain;
		l->memory.give_back = give_back;
		l->report.diagnostics = diagnostics;
		load(l, source, model, path, survey);
		failed = l->memory.failed;
		l->report.texts = NULL;
		if (survey)
			correct(survey, diagnostics);
		conf_diagnostics_sort(diagnostics);
	}
	if (failed) {
		struct conf_report report = { .diagnostics = diagnostics };

		conf_report(&report, CONF_ERROR, &place, NULL,
			    "there is not enough memory to read it");
	}
	if (l)
		give_back(l);
	if (model && diagnostics->errors > errors) {
		conf_free(model);
		model = NULL;
	}
	return model;
}

void conf_abandon(struct conf_model *model)
{
	void (*give_back)(void *) = model->arena.give_back;

	arena_free(&model->arena);
	give_back(model);
}

void conf_free(struct conf_model *model)
{
	if (!model)
		return;
	conf_wipe(model, 0);
	conf_abandon(model);
}

void conf_wipe(struct conf_model *model, unsigned kept)
{
	conf_wipe_object(&conf_schema, model, kept);
}

void conf_print(const struct conf_model *model,
		void (*write)(void *to, const char *text, size_t length),
		void *to)
{
	struct conf_out out = { write, to };

	conf_print_object(conf_schema.top, model, &out, 0);
}

bool conf_explain(const char *word,
		  void (*write)(void *to, const char *text, size_t length),
		  void *to, const char **near)
{
	struct conf_out out = { write, to };

	return conf_explain_word(&conf_schema, word, &out, near);
}

void conf_words(void (*write)(void *to, const char *text, size_t length),
		void *to)
{
	struct conf_out out = { write, to };

	conf_explain_words(&conf_schema, &out);
}

void conf_pack(const struct conf_model *model, bool secrets,
	       void (*write)(void *to, const void *bytes, size_t length),
	       void *to)
{
	struct conf_packer packer = { write, to, secrets };

	conf_pack_object(&packer, &conf_schema, model);
	conf_inputs_pack(&packer, model);
}

struct conf_model *conf_unpack(const void *bytes, size_t length,
			       void *(*obtain)(size_t),
			       void (*give_back)(void *))
{
	struct conf_model *model = obtain(sizeof(*model));
	struct conf_unpacker u = { .at = bytes };

	if (!model)
		return NULL;
	memset(model, 0, sizeof(*model));
	model->arena = arena_over(obtain, give_back);
	u.end = u.at + length;
	u.arena = &model->arena;
	if (conf_unpack_object(&u, &conf_schema, model) == 0 &&
	    conf_inputs_unpack(&u, model) && u.at == u.end)
		return model;
	conf_free(model);
	return NULL;
}
