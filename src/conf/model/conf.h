/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the text of keepalived.conf(5) to a model, and back. Pure: files are
 * read by functions that the caller hands in.
 */
#pragma once

#include "conf/language/diagnostic.h"
#include "conf/language/source.h"
#include "conf/model/model.h"
#include "conf/schema/survey.h"

#include <stddef.h>

/*
 * Reads and checks a configuration. Whatever is wrong goes to `diagnostics`
 * (conf/diagnostic.h), as much of it as can be found in one go. Returns the
 * model, or NULL if there was an error: then nothing of it can be used.
 */
struct conf_model *conf_load(const struct conf_source *source, const char *path,
			     void *(*obtain)(size_t), void (*give_back)(void *),
			     struct conf_diagnostics *diagnostics);
/* The same, and what becomes of each of its words goes to `survey`, or NULL. */
struct conf_model *conf_load_surveyed(const struct conf_source *source,
				      const char *path, void *(*obtain)(size_t),
				      void (*give_back)(void *),
				      struct conf_diagnostics *diagnostics,
				      struct conf_survey *survey);
/* Its secrets are overwritten before its memory is given back. */
void conf_free(struct conf_model *model);

/*
 * In a child, which has the pages of its parent's model and needs it not: gives
 * its memory back. Overwriting would make the child a copy of it first.
 */
void conf_abandon(struct conf_model *model);

/*
 * Overwrites its secrets, for a process that has no need of them, but for
 * those of `kept`: 1 << enum conf_secret_of, or-ed.
 */
void conf_wipe(struct conf_model *model, unsigned kept);

/*
 * Writes the canonical form of a model, in pieces. Loading it again yields
 * the same model, but for the spans.
 */
void conf_print(const struct conf_model *model,
		void (*write)(void *to, const char *text, size_t length),
		void *to);

/* What a word of the language means (schema/explain.h). */
bool conf_explain(const char *word,
		  void (*write)(void *to, const char *text, size_t length),
		  void *to, const char **near);

/* All words, a line each. */
void conf_words(void (*write)(void *to, const char *text, size_t length),
		void *to);

/*
 * A model as bytes, for another process of this very program. Without
 * `secrets` the secrets in it are empty.
 */
void conf_pack(const struct conf_model *model, bool secrets,
	       void (*write)(void *to, const void *bytes, size_t length),
	       void *to);

/*
 * The model of such bytes, which are not trusted: NULL if they are none, or
 * there is no memory. Spans are empty.
 */
struct conf_model *conf_unpack(const void *bytes, size_t length,
			       void *(*obtain)(size_t),
			       void (*give_back)(void *));
