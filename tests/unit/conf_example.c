/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_example.h"
#include "conf/schema/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Adds the lines of a text, but for those that begin with a word. */
static void add_without(char *to, const char *text, size_t length,
			const char *word)
{
	const char *end = text + length;

	while (text < end) {
		const char *line = text + strspn(text, " ");
		size_t whole = strcspn(text, "\n") + 1;

		if (whole > (size_t)(end - text))
			whole = (size_t)(end - text);
		if (strncmp(line, word, strlen(word)) != 0 ||
		    line[strlen(word)] != ' ')
			strncat(to, text, whole);
		text += whole;
	}
}

struct conf_loaded *conf_load_example(const struct conf_path *path,
				      const char *example)
{
	char text[4096] = "";

	for (size_t i = 1; i < path->depth; i++) {
		const struct conf_row *opener = path->openers[i];
		const char *last = strrchr(opener->good, '}');

		assert_non_null(last);
		add_without(text, opener->good, (size_t)(last - opener->good),
			    path->row->word);
		if (opener->type == &conf_type_lines && example[0])
			snprintf(text + strlen(text),
				 sizeof(text) - strlen(text), "%s ",
				 strstr(opener->word, "interface") ? "eth7"
				 : strstr(opener->word, "peer")
					 ? "192.0.2.77"
					 : "192.0.2.77/24");
	}
	strcat(text, example);
	strcat(text, "\n");
	for (size_t i = 1; i < path->depth; i++)
		strcat(text, "}\n");
	assert_in_range(strlen(text), 1, sizeof(text) / 2);
	return conf_load_text(text);
}

bool conf_is_looked_at(const struct conf_path *path)
{
	for (size_t i = 1; i < path->depth; i++) {
		if (path->openers[i]->standing != CONF_DONE)
			return false;
	}
	return true;
}
