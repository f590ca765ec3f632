/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of each word of a file (schema/survey.h), where that depends on
 * what stands beside it.
 */
#include "base/must.h"
#include "conf/model/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BESIDE(name, id, more)                                                 \
	"vrrp_instance " name " {\n interface eth0\n virtual_router_id " id    \
	"\n virtual_ipaddress {\n 192.0.2." id "/24\n }\n priority 100\n" more \
	"}\n"

static struct conf_survey survey;
static struct conf_diagnostics diagnostics;
static struct arena texts;

static int read_file(void *context, const char *path, const char **text,
		     size_t *length)
{
	(void)path;
	*text = context;
	*length = strlen(*text);
	return 0;
}

static void look_at(const char *text)
{
	struct conf_source source = {
		.context = (void *)(uintptr_t)text,
		.read = read_file,
	};

	memset(&survey, 0, sizeof(survey));
	memset(&diagnostics, 0, sizeof(diagnostics));
	texts = arena_over(malloc, free);
	survey.arena = diagnostics.arena = &texts;
	conf_free(conf_load_surveyed(&source, "test.conf", malloc, free,
				     &diagnostics, &survey));
}

/* The entry of a word with that fate, or NULL: there is none. */
static const struct conf_surveyed *entry(const char *word, enum conf_fate fate)
{
	const struct conf_surveyed *found = NULL;

	for (size_t n = 0; n < survey.count; n++) {
		const struct conf_surveyed *one = &survey.list[n];

		if (strcmp(one->word, word) != 0 || one->fate != fate)
			continue;
		assert_null(found);
		assert_true(one->count > 0);
		found = one;
	}
	return found;
}

static unsigned count(const char *word, enum conf_fate fate)
{
	const struct conf_surveyed *one = entry(word, fate);

	return one ? one->count : 0;
}

/* By the virtual router that it stands in, not by the word. */
static void words_that_others_leave_without_effect(void **state)
{
	const struct conf_surveyed *one;

	(void)state;
	look_at(BESIDE("A", "1", "state MASTER\nnopreempt\n")
			BESIDE("B", "2", "nopreempt\n")
				BESIDE("C", "3", "state MASTER\nnopreempt\n"));
	one = entry("nopreempt", CONF_NO_EFFECT);
	assert_non_null(one);
	assert_int_equal(one->count, 2);
	assert_int_equal(one->line, 9);
	assert_string_equal(one->how,
			    "nopreempt has no effect with state MASTER");
	assert_int_equal(count("nopreempt", CONF_WORKS), 1);
	assert_int_equal(count("priority", CONF_WORKS), 3);
	assert_int_equal(count("priority", CONF_NO_EFFECT), 0);
	arena_free(&texts);
}

/* Then it is in no other list, and what stands behind it stays. */
static void a_word_that_never_has_an_effect(void **state)
{
	(void)state;
	look_at(BESIDE("A", "1",
		       "nopreempt\nstate MASTER\n"
		       "garp_master_delay 3\n"));
	assert_int_equal(count("nopreempt", CONF_NO_EFFECT), 1);
	assert_int_equal(count("nopreempt", CONF_WORKS), 0);
	assert_int_equal(count("virtual_router_id", CONF_WORKS), 1);
	assert_int_equal(count("state", CONF_NO_EFFECT), 0);
	arena_free(&texts);
}

/* With a value the diagnostic is at that, and the word before it is meant. */
static void a_word_with_a_value(void **state)
{
	static const struct {
		const char *text, *word;
	} list[] = {
		{ BESIDE("A", "1", "state MASTER\npreempt_delay 5\n"),
		  "preempt_delay" },
		{ BESIDE("A", "1", "nopreempt\npreempt_delay 5\n"),
		  "preempt_delay" },
		{ BESIDE("A", "1", "unicast_ttl 5\n"), "unicast_ttl" },
		{ "global_defs {\n smtp_server 192.0.2.1\n}\n" BESIDE("A", "1",
								      ""),
		  "smtp_server" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(list); n++) {
		look_at(list[n].text);
		assert_int_equal(count(list[n].word, CONF_NO_EFFECT), 1);
		assert_int_equal(count(list[n].word, CONF_WORKS), 0);
		assert_int_equal(count(list[n].word, CONF_DIFFERS), 0);
		arena_free(&texts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_others_leave_without_effect),
		cmocka_unit_test(a_word_that_never_has_an_effect),
		cmocka_unit_test(a_word_with_a_value),
	};

	return cmocka_run_group_tests_name("conf_survey", tests, NULL, NULL);
}
