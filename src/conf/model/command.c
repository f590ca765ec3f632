/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/model/command.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word; where the text goes on behind it. */
static const char *copy_word(const char *text, char **out)
{
	char *to = *out, quote = 0;

	for (; *text && (quote || !is_blank(*text)); text++) {
		if (*text == quote) {
			quote = 0;
		} else if (!quote && (*text == '\'' || *text == '"')) {
			quote = *text;
		} else {
			if (*text == '\\' && text[1] && quote != '\'')
				text++;
			*to++ = *text;
		}
	}
	*to++ = '\0';
	*out = to;
	return text;
}

bool command_split(struct command *out, const char *text)
{
	char *to = out->bytes;

	out->count = 0;
	if (strlen(text) >= sizeof(out->bytes))
		return false;
	for (;;) {
		while (is_blank(*text))
			text++;
		if (*text == '\0')
			break;
		if (out->count == COMMAND_WORDS_MAX)
			return false;
		out->words[out->count++] = to;
		text = copy_word(text, &to);
	}
	out->words[out->count] = NULL;
	return out->count > 0 && out->words[0][0] != '\0';
}
