/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which words a text uses, and what becomes of each: for somebody who comes
 * from keepalived and wants to know before anything runs. A word is counted
 * for each block that it stands in.
 */
#pragma once

#include "conf/schema/surveyed.h"

/* "works", "differs", "no_effect", "waits", "unknown". */
const char *conf_fate_name(enum conf_fate fate);

/*
 * Counts words[0], a keyword with its values. `row` is NULL if it is unknown
 * in the block, `inside` if it stands in a block that is not done.
 */
void conf_survey_word(struct conf_survey *survey,
		      const struct conf_block *block,
		      const struct conf_row *row, const struct conf_word *words,
		      size_t count, bool inside);

/*
 * The word at that place works, but not beside others of this text, which
 * `why` says; that must live as long as the survey.
 */
void conf_survey_useless(struct conf_survey *survey,
			 const struct conf_span *span, const char *why);
