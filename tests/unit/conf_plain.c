/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain lines, of letters, blanks and braces, are read in a way of their own
 * (conf/language/lines.h). With a comment behind each line none is plain: what
 * is read, and what is told, must be the same.
 */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define INSTANCE                                                               \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" priority 9\n virtual_ipaddress {\n  192.0.2.1/24\n }\n}\n"
#define X16  "xxxxxxxxxxxxxxxx"
#define X256 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16 X16
#define X4K                                                                    \
	X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256 X256  \
		X256 X256
#define W16  "w w w w w w w w w w w w w w w w "
#define W256 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16 W16

static const char *const texts[] = {
	INSTANCE,
	"\t \f" INSTANCE "  \n\r\n",
	"vrrp_instance A{\ninterface eth0\r\nvirtual_router_id 7\r\n"
	"virtual_ipaddress{\n192.0.2.1/24}}",
	"vrrp_instance A\n{\n interface eth0 priority 9\n"
	" virtual_router_id 7 } virtual_ipaddress\n",
	"vrrp_instance A { interface eth0 }\nglobal_defs { router_id a }\n",
	"global_defs {\n router_id a b\n router_id a=b\n router_id =\n}\n",
	"{\n}\n}\n} {\n",
	"a { a { a { a { a { a { a { a { a { a { a { a { a { a } } b\n",
	"a {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\na {\n}\n",
	"global_defs {\n router_id " X4K "\n}\n",
	"global_defs {\n router_id x" X4K "\n}\n",
	"global_defs {\n router_id " X4K X4K "\n}\n",
	"global_defs {\n router_id " W256 "\n}\n",
	"global_defs {\n router_id " W256 W256 "\n}\n" INSTANCE,
	"include\ninclude nothing\nincluded x\nglobal_defs { include x\n}\n",
	"include_check sometimes\nincludem nothing.conf\n",
	"global_defs {\n~SEQ(N, 1, 2) router_id x\n}\n",
	"$A= \\\n router_id a \\\n router_id b\nglobal_defs {\n$A\n}\n",
	"$A= \\\n router_id a \\\n\n router_id b\nglobal_defs {\n$A\n}\n",
	"@host-a global_defs { router_id a }\n@b global_defs {\n}\n",
	"global_defs {\n router_id a(b)[c]<d>;e,f:g%h^i&j*k?l|m`n+o-p_q.r/s\n}\n",
};

/* Each line, and behind it what ends it as it is. */
static char *with_comments(const char *text)
{
	char *out = malloc(4 * strlen(text) + 8), *to = out;

	assert_non_null(out);
	for (; *text; text++) {
		bool goes_on = text[0] == '\\' && text[1] == '\n';
		bool empty = text[0] == '\n' && to > out && to[-1] == '\n';

		if (*text == '\n' && !goes_on && !empty && to[-1] != '\\') {
			memcpy(to, " #", 2);
			to += 2;
		}
		*to++ = *text;
	}
	*to = '\0';
	return out;
}

static void assert_same_place(const struct conf_diagnostic *a,
			      const struct conf_diagnostic *b)
{
	assert_int_equal(a->severity, b->severity);
	assert_int_equal(a->span.line, b->span.line);
	assert_int_equal(a->span.column, b->span.column);
	assert_int_equal(a->span.length, b->span.length);
	assert_string_equal(a->message, b->message);
}

static void they_say_what_others_say(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(texts); n++) {
		char *other = with_comments(texts[n]);
		struct conf_loaded *a = conf_load_text(texts[n]);
		struct conf_loaded *b = conf_load_text(other);

		if (a->diagnostics.count != b->diagnostics.count)
			fprintf(stderr, "# %s\n%s\n%s\n", texts[n], a->printed,
				b->printed);
		assert_int_equal(a->diagnostics.count, b->diagnostics.count);
		for (size_t k = 0; k < a->diagnostics.count; k++)
			assert_same_place(&a->diagnostics.list[k],
					  &b->diagnostics.list[k]);
		assert_int_equal(!a->model, !b->model);
		if (a->model) {
			char *one = conf_printed(a->model);
			char *two = conf_printed(b->model);

			assert_string_equal(one, two);
			free(one);
			free(two);
		}
		conf_unload(a);
		conf_unload(b);
		free(other);
	}
}

/* Any byte, in a word, before and behind one. */
static void any_byte_says_what_it_says(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		char text[128], other[128];
		struct conf_loaded *a, *b;
		const char byte = (char)c;

		if (strchr("\n#!", byte))
			continue;
		snprintf(text, sizeof(text),
			 "global_defs {\n%crouter_id%c a%cb c%c\n}\n", byte,
			 byte, byte, byte);
		snprintf(other, sizeof(other),
			 "global_defs {\n%crouter_id%c a%cb c%c #\n}\n", byte,
			 byte, byte, byte);
		a = conf_load_text(text);
		b = conf_load_text(other);
		assert_int_equal(a->diagnostics.count, b->diagnostics.count);
		for (size_t k = 0; k < a->diagnostics.count; k++)
			assert_same_place(&a->diagnostics.list[k],
					  &b->diagnostics.list[k]);
		conf_unload(a);
		conf_unload(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_say_what_others_say),
		cmocka_unit_test(any_byte_says_what_it_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
