/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is at hand while files become lines, and the bounds of that. */
#pragma once

#include "conf/language/definition.h"
#include "conf/language/input.h"
#include "conf/language/line.h"
#include "conf/language/report.h"
#include "conf/language/source.h"
#include "conf/language/store.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define CONF_EXPANSION_MAX 65536
#define CONF_LINES_MAX     20000
#else
#define CONF_EXPANSION_MAX (24 << 20) /* bytes that are made and moved */
#define CONF_LINES_MAX     1000000    /* of all files, and steps of ~SEQ */
#endif
#define CONF_FILE_MAX       (32 << 20) /* bytes of one file, and of all */
#define CONF_FILES_MAX      16384      /* files read, again counted again */
#define CONF_PATTERNS_MAX   4096       /* paths that are looked for */
#define CONF_LINE_MAX       (1 << 20)  /* bytes, of a multi-line definition */
#define CONF_LINE_SHORT     256   /* bytes: it is looked through for nothing */
#define CONF_DEPTH_MAX      48    /* includes and definitions in each other */
#define CONF_INCLUDES_MAX   16    /* includes in each other */
#define CONF_SUBSTITUTE_MAX 1000  /* definitions used in one line */
#define CONF_SEQUENCE_MAX   65536 /* values of one ~SEQ or ~LST */

/* A buffer of one depth of expansion. */
struct conf_level {
	struct conf_array text;    /* of char */
	struct conf_array columns; /* of uint16_t */
};

struct conf_expander {
	const struct conf_source *source;
	struct conf_memory *memory;
	struct arena *arena; /* for the names of files: the model's */
	struct conf_report *report;
	void (*sink)(void *to, const struct conf_line *line);
	void *to;
	struct conf_definitions definitions;
	struct conf_level levels[CONF_DEPTH_MAX];
	const char *file;  /* that is read now */
	const char *first; /* that was read first, the very pointer */
	unsigned includes;
	unsigned files;
	unsigned patterns;
	size_t read; /* bytes of files */
	struct conf_inputs inputs;
	unsigned checks; /* of include_check */
	size_t lines;
	size_t bytes;
	/* The name of the multi-line definition that is read, or "". */
	char collecting[CONF_DEFINITION_NAME_MAX + 1];
	struct conf_array collected;
	bool stop; /* a bound was passed */
	/* Reads one more file (expand.c); `place` NULL: the first one. */
	void (*enter)(struct conf_expander *expander, unsigned depth,
		      const char *path, const struct conf_place *place);
};
