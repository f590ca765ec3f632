/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/schema/out.h"
#include "base/must.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void conf_put(struct conf_out *out, const char *format, ...)
{
	char text[256];
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	MUST(length >= 0 && length < (int)sizeof(text));
	out->write(out->to, text, (size_t)length);
}

void conf_put_text(struct conf_out *out, const char *text)
{
	out->write(out->to, text, strlen(text));
}

void conf_put_word(struct conf_out *out, const char *word)
{
	static const char special[] = " #!{}\"'\\$@~";
	bool plain = *word != '\0';

	/* 0xa0 may be a no-break space, which is read as a space. */
	for (const char *c = word; *c; c++)
		plain = plain && !strchr(special, *c) &&
			(unsigned char)*c > 0x20 && (unsigned char)*c != 0xa0;
	if (plain) {
		conf_put_text(out, word);
		return;
	}
	out->write(out->to, "\"", 1);
	for (const char *c = word; *c; c++) {
		if (strchr("\"'\\$", *c) || (unsigned char)*c < 0x20)
			conf_put(out, "\\%03o", (unsigned char)*c);
		else
			out->write(out->to, c, 1);
	}
	out->write(out->to, "\"", 1);
}
