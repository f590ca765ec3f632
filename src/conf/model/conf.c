/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a configuration from end to end: files -> lines -> tokens ->
 * statements -> drafts -> model. What is kept only while reading is given
 * back here, whatever happened.
 */
#include "conf/model/conf.h"
#include "conf/language/expand.h"
#include "conf/language/tree.h"
#include "conf/model/build.h"

#include <string.h>

/* All that lives while a configuration is read. */
struct loading {
	struct conf_memory memory;
	struct conf_report report;
	struct conf_expander expander;
	struct conf_tree tree;
	struct conf_build build;
};

static void line(void *to, const struct conf_line *one)
{
	conf_tree_line(to, one);
}

static void load(struct loading *l, const struct conf_source *source,
		 const char *path)
{
	struct conf_model *model = l->build.model;

	l->expander.source = source;
	l->expander.memory = l->tree.memory = l->build.memory = &l->memory;
	l->expander.report = l->tree.report = l->build.report = &l->report;
	l->expander.arena = &model->arena;
	l->expander.sink = line;
	l->expander.to = &l->tree;
	l->tree.scratch = arena_over(l->memory.obtain, l->memory.give_back);
	l->tree.sink = conf_build_node;
	l->tree.to = &l->build;
	l->build.random = &l->expander.definitions.random;
	conf_expand(&l->expander, path);
	conf_tree_end(&l->tree);
	conf_build_finish(&l->build);
	conf_expander_free(&l->expander);
	conf_build_free(&l->build);
}

struct conf_model *conf_load(const struct conf_source *source, const char *path,
			     void *(*obtain)(size_t), void (*give_back)(void *),
			     struct conf_diagnostics *diagnostics)
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
		l->build.model = model;
		load(l, source, path);
		failed = l->memory.failed;
		l->report.texts = NULL;
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

void conf_free(struct conf_model *model)
{
	void (*give_back)(void *);

	if (!model)
		return;
	give_back = model->arena.give_back;
	arena_free(&model->arena);
	give_back(model);
}
