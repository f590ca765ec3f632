/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the text of keepalived.conf(5) to a model, and back. Pure: files are
 * read by functions that the caller hands in.
 */
#pragma once

#include "conf/language/diagnostic.h"
#include "conf/language/source.h"
#include "conf/model/model.h"

#include <stddef.h>

/*
 * Reads and checks a configuration. Whatever is wrong goes to `diagnostics`
 * (conf/diagnostic.h), as much of it as can be found in one go. Returns the
 * model, or NULL if there was an error: then nothing of it can be used.
 */
struct conf_model *conf_load(const struct conf_source *source, const char *path,
			     void *(*obtain)(size_t), void (*give_back)(void *),
			     struct conf_diagnostics *diagnostics);
void conf_free(struct conf_model *model);

/*
 * Writes the canonical form of a model, in pieces. Loading it again yields
 * the same model, but for the spans.
 */
void conf_print(const struct conf_model *model,
		void (*write)(void *to, const char *text, size_t length),
		void *to);

/* Writes one address of an instance as it stands in that form. */
void conf_print_address(
	const struct conf_instance *instance, const struct conf_address *one,
	void (*write)(void *to, const char *text, size_t length), void *to);
