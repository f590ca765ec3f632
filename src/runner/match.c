/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/match.h"

#include <string.h>

/* The kernel keeps so much of a name. */
#define NAME_MAX_KEPT 15

bool match_by_command(const struct conf_track_process *of)
{
	return of->full_command || of->match != CONF_MATCH_NONE;
}

/* The next word, without its zero; false: there is none. */
struct words {
	const char *at, *end;
};

static bool next(struct words *w, const char **word, size_t *length)
{
	const char *zero = memchr(w->at, '\0', (size_t)(w->end - w->at));

	if (w->at == w->end)
		return false;
	*word = w->at;
	*length = (size_t)((zero ? zero : w->end) - w->at);
	w->at = zero ? zero + 1 : w->end;
	return true;
}

static bool match_arguments(const struct conf_track_process *of,
			    struct words *w)
{
	const char *const *wanted = of->process.list;
	const char *word;
	size_t length;

	for (uint32_t n = 1; n < of->process.count; n++) {
		size_t least = strlen(wanted[n]);
		bool begins = of->match == CONF_MATCH_INITIAL &&
			      n + 1 == of->process.count;

		if (!next(w, &word, &length) || length < least ||
		    (length > least && !begins) ||
		    memcmp(word, wanted[n], least) != 0)
			return false;
	}
	return of->match != CONF_MATCH_EXACT || !next(w, &word, &length);
}

bool match_process(const struct conf_track_process *of, const char *name,
		   const char *command, size_t length)
{
	const char *wanted = of->process.list[0];
	struct words w = { command, command + length };
	const char *word;
	size_t size;

	if (!match_by_command(of))
		return strncmp(name, wanted, NAME_MAX_KEPT) == 0;
	return next(&w, &word, &size) && size == strlen(wanted) &&
	       memcmp(word, wanted, size) == 0 && match_arguments(of, &w);
}
