/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker/agent_line.h"

#include "base/must.h"

#include <stddef.h>
#include <string.h>

#define BETWEEN " \t,;"

static const struct {
	const char *word;
	uint8_t wish; /* enum ledger_check_wish */
	bool down;
} words[] = {
	{ "up", LEDGER_WISH_NONE, false },
	{ "ready", LEDGER_WISH_READY, false },
	{ "drain", LEDGER_WISH_DRAIN, false },
	{ "maint", LEDGER_WISH_MAINT, false },
	{ "down", LEDGER_WISH_NONE, true },
	{ "fail", LEDGER_WISH_NONE, true },
	{ "failed", LEDGER_WISH_NONE, true },
	{ "stopped", LEDGER_WISH_NONE, true },
};

/* "75%"; more than the most is the most. */
static bool take_percent(const char *word, size_t length,
			 struct agent_says *says)
{
	int32_t value = 0;

	if (length < 2 || word[length - 1] != '%')
		return false;
	for (size_t n = 0; n < length - 1; n++) {
		if (word[n] < '0' || word[n] > '9')
			return false;
		if (value <= AGENT_PERCENT_MOST)
			value = value * 10 + (word[n] - '0');
	}
	says->weighs = LEDGER_WEIGHS_PERCENT;
	says->weight = value < AGENT_PERCENT_MOST ? value : AGENT_PERCENT_MOST;
	return true;
}

static bool take_word(const char *word, size_t length, struct agent_says *says)
{
	for (size_t n = 0; n < ARRAY_LENGTH(words); n++) {
		if (strlen(words[n].word) != length ||
		    strncmp(words[n].word, word, length) != 0)
			continue;
		if (words[n].wish != LEDGER_WISH_NONE)
			says->wish = words[n].wish;
		says->down = says->down || words[n].down;
		return true;
	}
	return take_percent(word, length, says);
}

static void take_why(const char *text, struct agent_says *says)
{
	size_t length = strnlen(text, sizeof(says->why) - 1);

	for (size_t n = 0; n < length; n++)
		says->why[n] = text[n] < ' ' || text[n] > '~' ? '?' : text[n];
	says->why[length] = '\0';
}

void agent_line(const char *line, struct agent_says *says)
{
	*says = (struct agent_says){ 0 };
	for (;;) {
		size_t length;

		line += strspn(line, BETWEEN);
		if (*line == '\0')
			return;
		if (*line == '#') {
			take_why(line + 1, says);
			return;
		}
		length = strcspn(line, BETWEEN "#");
		if (take_word(line, length, says))
			says->any = true;
		line += length;
	}
}
