/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * $NAME definitions and the predefined ones: ${_PWD}, ${_INSTANCE},
 * ${_RANDOM}, ${_ENV}, ${_HASH}, ${_BANG}.
 */
#pragma once

#include "conf/language/source.h"
#include "conf/language/store.h"

#define CONF_DEFINITIONS_MAX     1024
#define CONF_DEFINITION_NAME_MAX 63
#define CONF_REFERENCE_MAX       4096 /* bytes of one use, as of a word */

struct conf_definition {
	char name[CONF_DEFINITION_NAME_MAX + 1];
	struct conf_array value; /* of char; may hold newlines */
};

struct conf_definitions {
	struct conf_array list; /* of struct conf_definition */
	struct map index;       /* of the list, by name */
	uint64_t random;
};

/* A use of a definition in a line. */
struct conf_reference {
	size_t start;  /* of the $ */
	size_t length; /* up to the last byte of it */
	size_t name;   /* where the name starts */
	size_t name_length;
	size_t arguments; /* where what follows the name starts */
	size_t arguments_length;
};

bool conf_definition_letter(char c);

/* Sets or replaces; false when there is no memory or no room. */
bool conf_define(struct conf_definitions *all, struct conf_memory *memory,
		 const char *name, size_t name_length, const char *value,
		 size_t length);

/* NULL when there is none. */
const struct conf_definition *
conf_definition_find(const struct conf_definitions *all, const char *name,
		     size_t length);

/*
 * The next use at or after `from`, of a name that is defined or not. False
 * when there is none.
 */
bool conf_reference_next(const char *text, size_t length, size_t from,
			 struct conf_reference *out);

/* The longest value of a predefined definition. */
#define CONF_PREDEFINED_MAX 4096

/* What conf_predefined() returns instead of a length. */
#define CONF_NOT_PREDEFINED (-1)
#define CONF_NO_VALUE       (-2) /* an empty environment, wrong arguments */

/*
 * The value of a predefined definition: its length, or one of the above.
 * `file` is the one that is read.
 */
int conf_predefined(struct conf_definitions *all,
		    const struct conf_source *source, const char *file,
		    const char *text, const struct conf_reference *reference,
		    char value[CONF_PREDEFINED_MAX]);

void conf_definitions_free(struct conf_definitions *all,
			   struct conf_memory *memory);
