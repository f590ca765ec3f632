/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mail as text, and which changes become one. */
#include "base/must.h"
#include "mailer/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct conf_recipient to[CONF_RECIPIENTS_MAX] = {
	{ .is = { NULL, "a@example.com" } },
	{ .is = { "Ann Other", "b@example.com" } },
};
static struct conf_mail mail = {
	.to = to,
	.to_count = 2,
	.from = { NULL, "k@example.com" },
};
static const struct message_sender sender = {
	.mail = &mail,
	.router_id = "ID",
	.host = "host",
};

static const char *written(const struct ledger_mail *one)
{
	static char bytes[65536];
	struct text out = text_over(bytes, sizeof(bytes));

	message_write(&sender, one, &out);
	assert_false(out.cut);
	return bytes;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

/* RFC 5322 2.1: lines end with CR LF, and none is too long. */
static void assert_lines(const char *text)
{
	const char *line = text, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		assert_true(end > line && end[-1] == '\r');
		assert_in_range(end - line, 1, 998);
		for (const char *at = line; at < end - 1; at++)
			assert_in_range(*at, ' ', 126);
	}
	assert_int_equal(*line, 0);
}

static void it_is_as_keepalived_writes_it(void **state)
{
	const struct ledger_mail one = {
		.order = 1,
		.number = 2,
		.time_real = 1764354945 * TICK_SECOND,
		.what = LEDGER_MAIL_ACTIVE,
		.name = "VI",
	};
	const char *text = written(&one);

	(void)state;
	assert_lines(text);
	assert_has(text,
		   "Date: Fri, 28 Nov 2025 18:35:45 +0000\r\n"
		   "From: k@example.com\r\n"
		   "Subject: [ID] VRRP Instance VI - Entering MASTER state\r\n"
		   "X-Mailer: Keepalived\r\n"
		   "To: a@example.com, Ann Other <b@example.com>\r\n"
		   "Message-ID: <");
	assert_has(text, "@host>\r\n\r\n"
			 "=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n");
}

static void what_it_says(void **state)
{
	static const struct {
		uint8_t what;
		bool of_group;
		const char *subject, *body;
	} cases[] = {
		{ LEDGER_MAIL_BACKUP, false,
		  "VRRP Instance V - Entering BACKUP state",
		  "=> VRRP Instance is no longer owning VRRP VIPs <=" },
		{ LEDGER_MAIL_FAULT, false,
		  "VRRP Instance V - Entering FAULT state",
		  "=> VRRP Instance is no longer owning VRRP VIPs <=" },
		{ LEDGER_MAIL_ACTIVE, true,
		  "VRRP Group V - Entering MASTER state",
		  "=> All VRRP group instances are now in MASTER state <=" },
		{ LEDGER_MAIL_FAULT, true,
		  "VRRP Group V - Entering FAULT state",
		  "=> All VRRP group instances are now in FAULT state <=" },
		{ LEDGER_MAIL_DELETED, false, "VRRP Instance V - Deleted\r\n",
		  "=> VRRP Deleted at reload <=" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		const struct ledger_mail one = {
			.what = cases[n].what,
			.of_group = cases[n].of_group,
			.name = "V",
		};
		const char *text = written(&one);

		assert_lines(text);
		assert_has(text, cases[n].subject);
		assert_has(text, cases[n].body);
	}
}

/* No name of anything can add a line or a byte that is not ASCII. */
static void names_are_only_names(void **state)
{
	static const struct {
		const char *name, *subject;
	} cases[] = {
		{ "a\r\nBcc: x@y", "Subject: =?UTF-8?B?" },
		{ "tab\there", "Subject: =?UTF-8?B?" },
		/* "[ID] VRRP Instance Büro - Entering FAULT state" */
		{ "B\xc3\xbcro",
		  "Subject: =?UTF-8?B?W0lEXSBWUlJQIEluc3RhbmNlIELDvHJvIC0gRW50"
		  "ZXJpbmcgRkFVTFQgc3Rh?=\r\n =?UTF-8?B?dGU=?=\r\n" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		struct ledger_mail one = { .what = LEDGER_MAIL_FAULT };
		const char *text;

		snprintf(one.name, sizeof(one.name), "%s", cases[n].name);
		text = written(&one);
		assert_lines(text);
		assert_has(text, cases[n].subject);
		assert_null(strstr(text, "\nBcc"));
	}
}

static void people_have_names(void **state)
{
	static const struct {
		const char *name, *expected;
	} cases[] = {
		{ "J. Quoted", "To: \"J. Quoted\" <j@x>\r\n" },
		{ "a\"b\\c", "To: \"a\\\"b\\\\c\" <j@x>\r\n" },
		{ "J\xc3\xbcrgen", "To: =?UTF-8?B?SsO8cmdlbg==?= <j@x>\r\n" },
	};
	const struct ledger_mail one = { .what = LEDGER_MAIL_FAULT };

	(void)state;
	mail.to_count = 1;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		to[0].is = (struct conf_mailbox){ cases[n].name, "j@x" };
		assert_has(written(&one), cases[n].expected);
	}
}

/* A character is in one encoded word, and lines stay short. */
static void the_longest_is_whole(void **state)
{
	static char name[CONF_MAIL_NAME_MAX + 1],
		address[CONF_MAIL_ADDRESS_MAX + 1];
	const struct ledger_mail one = { .what = LEDGER_MAIL_FAULT };

	(void)state;
	for (size_t n = 0; n < CONF_MAIL_NAME_MAX; n += 2)
		memcpy(name + n, "\xc3\xbc", 2);
	memset(address, 'a', CONF_MAIL_ADDRESS_MAX);
	mail.to_count = CONF_RECIPIENTS_MAX;
	for (size_t n = 0; n < CONF_RECIPIENTS_MAX; n++)
		to[n].is = (struct conf_mailbox){ name, address };
	assert_lines(written(&one));
}

static void who_sends_it_has_a_default(void **state)
{
	const struct ledger_mail one = { .what = LEDGER_MAIL_FAULT };
	char bytes[64];
	struct text out = text_over(bytes, sizeof(bytes));

	(void)state;
	mail.from = (struct conf_mailbox){ 0 };
	assert_has(written(&one), "\r\nFrom: root@host\r\n");
	message_from(&sender, &out);
	assert_string_equal(bytes, "root@host");
	mail.from = (struct conf_mailbox){ "The Router", "r@x" };
	assert_has(written(&one), "\r\nFrom: The Router <r@x>\r\n");
}

static void one_that_is_sent_again_is_the_same(void **state)
{
	struct ledger_mail one = { .what = LEDGER_MAIL_FAULT, .name = "V" };
	char *first;

	mail.to_count = 1;
	(void)state;
	first = strdup(written(&one));
	assert_non_null(first);
	one.tries = 7;
	one.order = 9;
	assert_string_equal(written(&one), first);
	one.number++;
	assert_string_not_equal(written(&one), first);
	free(first);
}

/* No mail at a stop, and none where keepalived tells nobody. */
static void changes_that_are_mailed(void **state)
{
	static const struct {
		uint8_t to, cause, kind;
		enum ledger_mail_what what;
		bool without_faults; /* also then */
	} cases[] = {
		{ VRRP_BACKUP, VRRP_CAUSE_STARTUP, LEDGER_CHANGE_STATE,
		  LEDGER_MAIL_BACKUP, true },
		{ VRRP_ACTIVE, VRRP_CAUSE_STARTUP, LEDGER_CHANGE_STATE,
		  LEDGER_MAIL_ACTIVE, true },
		{ VRRP_FAULT, VRRP_CAUSE_STARTUP, LEDGER_CHANGE_STATE,
		  LEDGER_MAIL_FAULT, false },
		{ VRRP_FAULT, VRRP_CAUSE_NO_PEER, LEDGER_CHANGE_STATE,
		  LEDGER_MAIL_NONE, true },
		{ VRRP_INIT, VRRP_CAUSE_SHUTDOWN, LEDGER_CHANGE_STATE,
		  LEDGER_MAIL_NONE, true },
		{ 200, 0, LEDGER_CHANGE_STATE, LEDGER_MAIL_NONE, true },
		{ VRRP_ACTIVE, 0, 200, LEDGER_MAIL_NONE, true },
		{ VRRP_INIT, 0, LEDGER_CHANGE_DELETED, LEDGER_MAIL_DELETED,
		  true },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		const struct ledger_change change = {
			.to = cases[n].to,
			.cause = cases[n].cause,
			.kind = cases[n].kind,
		};

		assert_int_equal(message_what(&change, true, false),
				 cases[n].what);
		assert_int_equal(message_what(&change, true, true),
				 cases[n].without_faults ? cases[n].what
							 : LEDGER_MAIL_NONE);
	}
}

/* Without notify_deleted it is FAULT, if it was not faulty already. */
static void what_is_removed(void **state)
{
	struct ledger_change change = {
		.kind = LEDGER_CHANGE_DELETED,
		.from = VRRP_ACTIVE,
	};

	(void)state;
	assert_int_equal(message_what(&change, false, false),
			 LEDGER_MAIL_FAULT);
	assert_int_equal(message_what(&change, false, true), LEDGER_MAIL_NONE);
	change.from = VRRP_FAULT;
	assert_int_equal(message_what(&change, false, false), LEDGER_MAIL_NONE);
	assert_int_equal(message_what(&change, true, false),
			 LEDGER_MAIL_DELETED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_keepalived_writes_it),
		cmocka_unit_test(what_it_says),
		cmocka_unit_test(names_are_only_names),
		cmocka_unit_test(people_have_names),
		cmocka_unit_test(the_longest_is_whole),
		cmocka_unit_test(who_sends_it_has_a_default),
		cmocka_unit_test(one_that_is_sent_again_is_the_same),
		cmocka_unit_test(changes_that_are_mailed),
		cmocka_unit_test(what_is_removed),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("mailer_message", tests, NULL, NULL);
}
