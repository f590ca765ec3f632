/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the text of keepalived.conf(5) to a model, and back. Pure: files are
 * read by functions that the caller hands in.
 */
#pragma once

#include "conf/diagnostic.h"
#include "conf/model.h"

#include <stddef.h>
#include <stdint.h>

/* How text comes in. `context` is handed to each function. */
struct conf_source {
	void *context;
	/*
	 * The whole text of a file, valid until conf_load() returns; 0 or a
	 * negative errno.
	 */
	int (*read)(void *context, const char *path, const char **text,
		    size_t *length);
	/*
	 * Calls `found` for each file that a pattern of glob(7) names, in
	 * order; 0 or a negative errno. NULL: includes are refused.
	 */
	int (*list)(void *context, const char *pattern,
		    void (*found)(void *to, const char *path), void *to);
	/* The value of an environment variable, or NULL. May be NULL. */
	const char *(*environment)(void *context, const char *name);
	const char *config_id; /* for @id lines; NULL: the host's name */
	const char *host;      /* NULL: unknown */
	const char *directory; /* what ${_PWD} of a relative path starts with */
	uint64_t seed;         /* of ${_RANDOM} */
};

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
