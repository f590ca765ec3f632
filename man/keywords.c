/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run by the build: copies a manual page from standard input to standard
 * output, and puts the keyword section, which is made from the tables, in
 * place of its mark.
 *
 * With --rows: a line for each row of the tables, for docs/KEYWORDS.md
 * (tests/house/words.py). Its fields, each behind a tab: the block, the word,
 * the standing, how it differs from keepalived, and its help.
 */
#include "conf/model/rows.h"
#include "conf/schema/explain.h"
#include "conf/schema/schema.h"

#include <stdio.h>
#include <string.h>

#define MARK ".\\\" KEYWORDS\n"

static void to_stdout(void *to, const char *text, size_t length)
{
	(void)!fwrite(text, 1, length, stdout);
}

static bool row(void *to, const struct conf_path *path)
{
	const struct conf_row *r = path->row;

	(void)to;
	printf("%s\t%s\t%s\t%s\t%s\n", path->blocks[path->depth - 1]->name,
	       r->word, conf_standing_name((enum conf_standing)r->standing),
	       r->differs ? r->differs : "", r->help);
	return true;
}

int main(int argc, char **argv)
{
	struct conf_out out = { to_stdout, NULL };
	char line[4096];

	if (argc > 1 && strcmp(argv[1], "--rows") == 0) {
		conf_rows_each(conf_schema.top, row, NULL);
		return fflush(stdout) != 0;
	}
	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, MARK) == 0)
			conf_explain_manual(&conf_schema, &out);
		else
			fputs(line, stdout);
	}
	return fflush(stdout) != 0 || ferror(stdin);
}
