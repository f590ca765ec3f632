/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run by the build: copies a manual page from standard input to standard
 * output, and puts the keyword section, which is made from the tables, in
 * place of its mark.
 */
#include "conf/model/rows.h"
#include "conf/schema/explain.h"

#include <stdio.h>
#include <string.h>

#define MARK ".\\\" KEYWORDS\n"

static void to_stdout(void *to, const char *text, size_t length)
{
	(void)!fwrite(text, 1, length, stdout);
}

int main(void)
{
	struct conf_out out = { to_stdout, NULL };
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		if (strcmp(line, MARK) == 0)
			conf_explain_manual(&conf_schema, &out);
		else
			fputs(line, stdout);
	}
	return fflush(stdout) != 0 || ferror(stdin);
}
