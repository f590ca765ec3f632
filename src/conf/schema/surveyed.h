/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a survey of a text has found (schema/survey.h). */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "conf/schema/row.h"

enum conf_fate {
	CONF_WORKS,
	CONF_DIFFERS,   /* works, but not in all as in keepalived */
	CONF_NO_EFFECT, /* accepted, and there is nothing to do */
	CONF_WAITS,     /* of a later release */
	CONF_UNKNOWN,   /* left out */
};

#define CONF_FATE_COUNT 5

/* There are about 600 words in all blocks; more are unknown ones. */
#define CONF_SURVEY_MAX   1000
#define CONF_SURVEY_SLOTS 2048 /* of a map of so many (base/map.h) */

/* In place of a word that may be a secret. */
#define CONF_SURVEY_HIDDEN "(hidden)"

struct conf_surveyed {
	enum conf_fate fate;
	const char *block; /* that it stands in, as messages call it */
	const char *word;
	const char *how;  /* it differs, or what it would do; or NULL */
	const char *file; /* its first place */
	uint32_t line;
	uint32_t count;             /* how often it is there */
	uint32_t hash;              /* of the word */
	const struct conf_row *row; /* NULL: unknown */
};

/* Where a word stands that was counted; of more it is not known. */
struct conf_survey_place {
	const char *file; /* of its span: good while the text is read */
	uint32_t line;
	uint16_t column;
	uint16_t entry; /* in the list */
};

#define CONF_SURVEY_PLACES 8192

/* All zero but for `arena`, which keeps the texts, before use. */
struct conf_survey {
	struct arena *arena;
	size_t count;
	size_t left_out; /* words for which there was no room */
	struct conf_surveyed list[CONF_SURVEY_MAX];
	struct map index; /* of the list, by word */
	struct map_slot slots[CONF_SURVEY_SLOTS];
	size_t place_count;
	struct conf_survey_place places[CONF_SURVEY_PLACES];
};
