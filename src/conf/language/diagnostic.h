/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a configuration: place, cause and remedy.
 *
 *   baton.conf:7:12: error: advert_int 500 is more than 40.95 s
 *       7 | advert_int 500
 *         |            ^^^
 *         = VRRPv3 carries 12 bits of centiseconds; write 40.95 or less
 */
#pragma once

#include "base/arena.h"
#include "conf/language/span.h"

#include <stdbool.h>
#include <stddef.h>

/* More are counted, but not kept. */
#define CONF_DIAGNOSTICS_MAX 100

enum conf_severity {
	CONF_NOTE,    /* accepted, without effect */
	CONF_WARNING, /* the daemon would run; perhaps not as meant */
	CONF_ERROR,   /* unusable */
};

#define CONF_SEVERITY_COUNT 3

/* "note", "warning", "error". */
const char *conf_severity_name(enum conf_severity severity);

/* Texts have no control bytes but tabs in `line`. */
struct conf_diagnostic {
	enum conf_severity severity;
	struct conf_span span;
	const char *message;  /* one line: what is wrong, what was expected */
	const char *hint;     /* the remedy, or NULL */
	const char *line;     /* its text, without its end; "": not shown */
	const char *expanded; /* what $NAME and ~SEQ made of it, or NULL */
	bool useless;         /* the word there has no effect */
};

/* All zero but for `arena` before use. */
struct conf_diagnostics {
	struct arena *arena; /* where texts are kept; the caller's */
	size_t count;        /* of list, at most CONF_DIAGNOSTICS_MAX */
	size_t errors;       /* all that were found */
	size_t warnings;
	size_t ignored; /* the warnings that say: this part has no effect */
	size_t left_out;
	/*
	 * Of those, what keepalived does not say: warnings and errors about
	 * what baton does not do yet, and about files that are not there.
	 */
	size_t later, not_done;
	size_t unmatched, missing;
	struct conf_diagnostic list[CONF_DIAGNOSTICS_MAX];
};

/* Writes one diagnostic as above; with colours of a terminal if asked. */
void conf_diagnostic_print(const struct conf_diagnostic *diagnostic,
			   bool colour,
			   void (*write)(void *to, const char *text, size_t n),
			   void *to);

/*
 * In the order in which a person meets them: by file, as these were met first,
 * and by line. What is said of one line stays in its order.
 */
void conf_diagnostics_sort(struct conf_diagnostics *diagnostics);

/*
 * keepalived's exit codes of a check: 0 good, 3 unusable, 4 it would run, but
 * without parts of what is written.
 */
int conf_verdict(const struct conf_diagnostics *diagnostics);

/*
 * The exit code of `keepalived -t`, as the program has it and not its manual: 0
 * good, 6 a file is missing that must be there, else 5 something is wrong, else
 * 4 it does not run.
 */
int conf_verdict_keepalived(const struct conf_diagnostics *diagnostics);
