/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mail of virtual and real servers: what waits, its words, and what is lost. */
#include "conf/model/tracked_servers.h"
#include "conf_fixture.h"
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "mailer/mailer_state.h"
#include "mailer/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 8

static struct conf_loaded *loaded;
static struct ledger *l;
static struct mailer m;
static int ledger_fd;

static int begin(void **state)
{
	static const char text[] =
		"global_defs {\n notification_email {\n  a@example.org\n }\n"
		" notification_email_from b@example.org\n"
		" smtp_server 192.0.2.9\n router_id R\n}\n"
		"virtual_server 192.0.2.1 80 {\n protocol TCP\n"
		" lvs_method NAT\n smtp_alert\n quorum 3\n hysteresis 1\n"
		" real_server 10.0.0.1 80 {\n weight 5\n }\n}\n";

	(void)state;
	loaded = conf_load_text(text);
	if (!loaded->model)
		print_message("%s", loaded->printed);
	ledger_fd =
		ledger_create(&(struct ledger_size){ .news = ROOM }, "v", &l);
	if (!loaded->model || ledger_fd < 0)
		return 1;
	m = (struct mailer){ .model = loaded->model, .ledger = l };
	return servers_mail_setup(&m);
}

static int end(void **state)
{
	(void)state;
	free(m.server_keys);
	ledger_unmap(l);
	close(ledger_fd);
	conf_unload(loaded);
	return 0;
}

static void add(enum ledger_news_what what, uint8_t flags, int64_t weight)
{
	struct ledger_news n = {
		.what = what,
		.flags = flags,
		.weight = weight,
		.key = conf_server_key(loaded->model, 0),
		.port = 80,
		.protocol = 6,
		.name = "[192.0.2.1]:tcp:80",
	};

	if (ledger_news_is_of_server(&n))
		ip_parse("10.0.0.1", &n.address);
	ledger_news_add(l, &n);
	ledger_news_publish(l);
}

static const char *newest(void)
{
	static struct ledger_mail mail;

	assert_true(ledger_read_mail(l, queue_newest(l), &mail));
	return mail.text;
}

static void what_is_lost_is_counted_once(void **state)
{
	(void)state;
	for (unsigned n = 0; n < ROOM + 3; n++)
		add(LEDGER_NEWS_SERVER_UP, 0, 1);
	for (unsigned n = 0; n < 3; n++)
		servers_mail(&m);
	assert_int_equal(ledger_mailer(l)->failed, 3);
	assert_int_equal(ledger_mail_count(l), ROOM);
	/* Nothing that can be read comes after it. */
	add(LEDGER_NEWS_WHATS, 0, 1);
	for (unsigned n = 0; n < 3; n++)
		servers_mail(&m);
	assert_int_equal(ledger_mailer(l)->failed, 4);
	add(LEDGER_NEWS_SERVER_DOWN, 0, 1);
	servers_mail(&m);
	assert_int_equal(ledger_mailer(l)->failed, 4);
	assert_int_equal(ledger_mail_count(l), ROOM + 1);
}

/* As keepalived has it. */
static void a_quorum_says_what_it_has(void **state)
{
	(void)state;
	add(LEDGER_NEWS_QUORUM_UP, LEDGER_NEWS_START, 5);
	servers_mail(&m);
	assert_string_equal(newest(), "Starting with quorum up 3+1=4 <= 5");
	add(LEDGER_NEWS_QUORUM_DOWN, 0, 1);
	servers_mail(&m);
	assert_string_equal(newest(), "Lost quorum 3+1=2 <= 1");
	add(LEDGER_NEWS_QUORUM_UP, 0, 4);
	servers_mail(&m);
	assert_string_equal(newest(), "Gained quorum 3+1=4 <= 4");
}

/* A server that fails before `lvs` begins has failed none the less. */
static void a_server_is_mailed_that_fails_from_the_start(void **state)
{
	(void)state;
	add(LEDGER_NEWS_SERVER_UP, LEDGER_NEWS_START, 1);
	servers_mail(&m);
	assert_int_equal(ledger_mail_count(l), 0);
	add(LEDGER_NEWS_SERVER_DOWN, LEDGER_NEWS_START, 0);
	servers_mail(&m);
	assert_string_equal(newest(), "CHECK failed on service");
	add(LEDGER_NEWS_SERVER_DOWN, LEDGER_NEWS_STOP, 0);
	servers_mail(&m);
	assert_int_equal(ledger_mail_count(l), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_lost_is_counted_once,
						begin, end),
		cmocka_unit_test_setup_teardown(a_quorum_says_what_it_has,
						begin, end),
		cmocka_unit_test_setup_teardown(
			a_server_is_mailed_that_fails_from_the_start, begin,
			end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
