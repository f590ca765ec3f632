/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of vrrp/reason.h: one a value, fit for a label, none twice. */
#include "vrrp/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* [a-z0-9-]+: what JSON keys, metric labels and logs take unescaped. */
static void assert_word(const char *name)
{
	assert_non_null(name);
	assert_true(strlen(name) > 0);
	assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
			 strlen(name));
	assert_string_not_equal(name, "unknown");
}

/* A sentence that can stand after a colon and before a full stop. */
static void assert_sentence(const char *text)
{
	assert_true(strlen(text) > 5);
	assert_true(text[strlen(text) - 1] != '.');
	assert_null(strstr(text, "  "));
}

#define ASSERT_TABLE(prefix, type, first, count)                               \
	do {                                                                   \
		for (unsigned i = 0; i < (count); i++) {                       \
			assert_word(prefix##_name((type)i));                   \
			assert_sentence(prefix##_text((type)i));               \
			if (i + 1 > (first))                                   \
				assert_true(strlen(prefix##_rule((type)i)) >   \
					    0);                                \
			for (unsigned j = 0; j < i; j++)                       \
				assert_string_not_equal(                       \
					prefix##_name((type)i),                \
					prefix##_name((type)j));               \
		}                                                              \
		assert_string_equal(prefix##_name((type)(count)), "unknown");  \
	} while (0)

static void every_drop_has_its_words(void **state)
{
	ASSERT_TABLE(vrrp_drop, enum vrrp_drop, 1, VRRP_DROPS);
	assert_string_equal(vrrp_drop_name(VRRP_DROP_INTERVAL_ZERO),
			    "interval-zero");
	assert_string_equal(vrrp_drop_rule(VRRP_DROP_ADDRESS_LIST),
			    "RFC 3768 7.1");
}

static void every_cause_has_its_words(void **state)
{
	ASSERT_TABLE(vrrp_cause, enum vrrp_cause, 1, VRRP_CAUSES);
	assert_string_equal(vrrp_cause_name(VRRP_CAUSE_HIGHER_PRIORITY),
			    "higher-priority");
	assert_string_equal(vrrp_cause_rule(VRRP_CAUSE_SILENCE),
			    "RFC 9568 6.4.2");
}

static void every_note_has_its_words(void **state)
{
	ASSERT_TABLE(vrrp_note, enum vrrp_note, 0, VRRP_NOTES);
	assert_string_equal(vrrp_note_name(VRRP_NOTE_TWO_OWNERS), "two-owners");
	assert_int_equal(vrrp_note_of("two-owners"), VRRP_NOTE_TWO_OWNERS);
	assert_int_equal(vrrp_note_of("no such note"), VRRP_NOTES);
	assert_true(vrrp_note_is_mistake(VRRP_NOTE_TWO_OWNERS));
	assert_false(vrrp_note_is_mistake(VRRP_NOTE_NEW_ACTIVE));
	assert_false(vrrp_note_is_mistake(VRRP_NOTES));
	assert_string_equal(vrrp_note_rule(VRRP_NOTE_TWO_OWNERS),
			    "RFC 9568 8.3.2");
}

static void every_state_has_its_word(void **state)
{
	assert_string_equal(vrrp_state_name(VRRP_INIT), "init");
	assert_string_equal(vrrp_state_name(VRRP_BACKUP), "backup");
	assert_string_equal(vrrp_state_name(VRRP_ACTIVE), "active");
	assert_string_equal(vrrp_state_name(VRRP_FAULT), "fault");
	assert_string_equal(vrrp_state_name(VRRP_STATES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_has_its_word),
		cmocka_unit_test(every_drop_has_its_words),
		cmocka_unit_test(every_cause_has_its_words),
		cmocka_unit_test(every_note_has_its_words),
	};

	return cmocka_run_group_tests_name("vrrp_reason", tests, NULL, NULL);
}
