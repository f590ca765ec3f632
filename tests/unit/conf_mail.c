/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of mail: addresses, the server, and who is mailed about. */
#include "base/must.h"
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GLOBAL(inside) "global_defs {\n" inside "\n}\n"
#define SEND(inside)                                                           \
	GLOBAL("smtp_server mail.example.org\nnotification_email {\n"          \
	       " a@example.org\n}\n" inside)
#define INSTANCE(inside)                                                       \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n" inside    \
	"\n virtual_ipaddress {\n 192.0.2.1/24\n}\n}\n"

#define INSTANCE_B                                                             \
	"vrrp_instance B {\n interface eth0\n virtual_router_id 8\n"           \
	" virtual_ipaddress {\n 192.0.2.2/24\n}\n}\n"

static const struct conf_mail *mail(const struct conf_loaded *l)
{
	assert_non_null(l->model);
	return &l->model->global.mail;
}

static void assert_text(const char *text, const char *expected)
{
	if (!expected || !text)
		assert_ptr_equal(text, expected);
	else
		assert_string_equal(text, expected);
}

/* As in files of all versions of keepalived. */
static void addresses_have_names_or_none(void **state)
{
	static const struct {
		const char *name, *address;
	} expected[] = {
		{ NULL, "admin@example.com" },
		{ "Other Man", "other@example.com" },
		{ NULL, "b@example.com" },
		{ "J. Quoted", "j@example.com" },
		{ NULL, "root" },
		{ NULL, "bare@example.com" },
		{ "J\xc3\xbcrgen", "u@example.com" },
	};
	struct conf_loaded *l = conf_load_text(
		GLOBAL("smtp_server 192.0.2.25 587\nnotification_email {\n"
		       "  admin@example.com\n"
		       "  Other Man <other@example.com> b@example.com\n"
		       "  \"J. Quoted <j@example.com>\"\n"
		       "  root <bare@example.com>\n"
		       "  J\xc3\xbcrgen <u@example.com>\n}\n"
		       "notification_email_from The Router <r@example.com>\n"));
	const struct conf_mail *m = mail(l);
	unsigned at = 0;

	(void)state;
	assert_silent(l);
	assert_int_equal(m->to_count, 6);
	for (unsigned n = 0; n < ARRAY_LENGTH(expected); n++) {
		if (n == 4) /* "root" was the name of the next one */
			continue;
		assert_text(m->to[at].is.address, expected[n].address);
		assert_text(m->to[at++].is.name,
			    n == 5 ? "root" : expected[n].name);
	}
	assert_text(m->from.name, "The Router");
	assert_text(m->from.address, "r@example.com");
	assert_text(m->server.host, "192.0.2.25");
	assert_int_equal(m->server.port, 587);
	conf_unload(l);
}

static void what_is_no_address_is_told(void **state)
{
	static const char *const wrong[] = {
		"a,b@example.org",
		"a@b>c",
		"<>",
		"\"a\\r@b\"",
		"a@b;c",
		"\"a b@c\"",
		"Name <a@b",
		"-a@b",
		"Name <a@b> c <d@e",
		"\xc3\xbc@example.org",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(wrong); n++) {
		char text[256];
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 GLOBAL("notification_email {\n %s\n}"), wrong[n]);
		l = conf_load_text(text);
		assert_says(l, "a mail address, or NAME <ADDRESS>");
		conf_unload(l);
	}
}

static void servers_are_hosts(void **state)
{
	static const char *const wrong[] = { "a/b", "a:25", "[::1]",  "-a",
					     "a%b", "x 0",  "x 65536" };
	struct conf_loaded *l = conf_load_text(
		GLOBAL("smtp_server 2001:db8::25\nnotification_email { a@b }"));

	(void)state;
	assert_text(mail(l)->server.host, "2001:db8::25");
	assert_int_equal(mail(l)->server.port, 25);
	conf_unload(l);
	for (size_t n = 0; n < ARRAY_LENGTH(wrong); n++) {
		char text[128];

		snprintf(text, sizeof(text), GLOBAL("smtp_server %s"),
			 wrong[n]);
		l = conf_load_text(text);
		assert_says(l, "the name or address of a host");
		assert_null(mail(l)->server.host);
		conf_unload(l);
	}
}

/* Its own smtp_alert, else smtp_alert_vrrp, else smtp_alert, else none. */
static void who_is_mailed_about(void **state)
{
	static const char *const words[] = { "", " off", " on" };

	(void)state;
	for (unsigned n = 0; n < 27; n++) {
		const unsigned at[] = { n / 9, n / 3 % 3, n % 3 };
		unsigned which = at[0] ? 0 : at[1] ? 1 : 2;
		bool expected = at[which] == 2;
		char text[1024];
		struct conf_loaded *l;

		snprintf(text, sizeof(text),
			 SEND("%s%s\n%s%s") INSTANCE("%s%s") INSTANCE_B
			 "vrrp_sync_group G {\n group {\n"
			 " A\n B\n}\n%s%s\n}\n",
			 at[1] ? "smtp_alert_vrrp" : "", words[at[1]],
			 at[2] ? "smtp_alert" : "", words[at[2]],
			 at[0] ? "smtp_alert" : "", words[at[0]],
			 at[0] ? "smtp_alert" : "", words[at[0]]);
		l = conf_load_text(text);
		assert_silent(l);
		assert_int_equal(
			conf_is_mailed(l->model,
				       l->model->instances[0].smtp_alert),
			expected);
		assert_int_equal(conf_is_mailed(l->model,
						l->model->groups[0].smtp_alert),
				 expected);
		conf_unload(l);
	}
}

static void without_a_server_there_is_no_mail(void **state)
{
	struct conf_loaded *l = conf_load_text(
		GLOBAL("smtp_alert\nnotification_email { a@b }") INSTANCE(""));

	(void)state;
	assert_says(l, "notification_email has no effect without smtp_server");
	assert_false(
		conf_is_mailed(l->model, l->model->instances[0].smtp_alert));
	conf_unload(l);
	l = conf_load_text(GLOBAL("smtp_alert\nsmtp_server a") INSTANCE(""));
	assert_says(l, "smtp_server has no effect without notification_email");
	assert_false(
		conf_is_mailed(l->model, l->model->instances[0].smtp_alert));
	conf_unload(l);
}

/* A password leaves encrypted, unless somebody says otherwise. */
static void who_logs_in_is_encrypted(void **state)
{
	static const struct {
		const char *text;
		uint8_t tls;
		const char *says;
	} cases[] = {
		{ SEND(""), CONF_MAIL_OPPORTUNISTIC, NULL },
		{ SEND("smtp_tls none"), CONF_MAIL_PLAIN, NULL },
		{ SEND("smtp_tls required\nsmtp_ca /x"), CONF_MAIL_REQUIRED,
		  NULL },
		{ SEND("smtp_tls implicit\nsmtp_ca /x"), CONF_MAIL_IMPLICIT,
		  NULL },
		{ SEND("smtp_tls implicit\nsmtp_login {\n user a\n"
		       " password b\n}"),
		  CONF_MAIL_IMPLICIT, NULL },
		{ SEND("smtp_ca /x"), CONF_MAIL_OPPORTUNISTIC,
		  "smtp_ca has no effect" },
		{ SEND("smtp_login {\n user a\n password b\n}"),
		  CONF_MAIL_REQUIRED, NULL },
		{ SEND("smtp_login {\n user a\n}"), CONF_MAIL_OPPORTUNISTIC,
		  "no effect without a password" },
		{ SEND("smtp_login {\n password a\n}"), CONF_MAIL_OPPORTUNISTIC,
		  "no effect without a user" },
		{ SEND("smtp_tls none\nsmtp_login {\n user a\n password b\n}"),
		  CONF_MAIL_PLAIN, "can read the password" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		struct conf_loaded *l = conf_load_text(cases[n].text);

		assert_int_equal(mail(l)->tls, cases[n].tls);
		if (cases[n].says)
			assert_says(l, cases[n].says);
		else
			assert_silent(l);
		conf_unload(l);
	}
}

/* Each process has what it needs, and nothing of it is shown. */
static void a_secret_is_of_one_process(void **state)
{
	static const char text[] = SEND("smtp_login {\n user a\n"
					" password geheim\n}")
		INSTANCE("authentication {\n auth_type PASS\n"
			 " auth_pass wort\n}");

	(void)state;
	for (unsigned kept = 0; kept < 4; kept++) {
		struct conf_loaded *l = conf_load_text(text);
		char *printed = conf_printed(l->model);

		assert_null(strstr(printed, "geheim"));
		assert_non_null(strstr(printed, "password (hidden)"));
		conf_wipe(l->model, kept);
		assert_int_equal(l->model->instances[0].vrrp.auth.password[0],
				 kept & 1u << CONF_SECRET_OF_ADVERTS ? 'w' : 0);
		assert_int_equal(mail(l)->login.password[0],
				 kept & 1u << CONF_SECRET_OF_MAIL ? 'g' : 0);
		free(printed);
		conf_unload(l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_names_or_none),
		cmocka_unit_test(what_is_no_address_is_told),
		cmocka_unit_test(servers_are_hosts),
		cmocka_unit_test(who_is_mailed_about),
		cmocka_unit_test(without_a_server_there_is_no_mail),
		cmocka_unit_test(who_logs_in_is_encrypted),
		cmocka_unit_test(a_secret_is_of_one_process),
	};

	return cmocka_run_group_tests_name("conf_mail", tests, NULL, NULL);
}
