/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Health checks as `baton checks` shows them: what each looks at, and how that
 * ended. */
#include "conf_fixture.h"
#include "ctl/growing.h"
#include "ctl/page.h"
#include "ctl/view.h"
#include "ledger/checks.h"
#include "ledger/lvs.h"
#include "router/book_checks.h"
#include "sys/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define LONG                                                                   \
	"/usr/lib/checks/one --of --them that --has many --words "             \
	"and --is --longer --than --the --bound"

#define TEXT                                                                   \
	"track_file load {\n file /tmp/load\n}\n"                              \
	"virtual_server 192.0.2.1 80 {\n protocol TCP\n lvs_method DR\n"       \
	" real_server 10.0.0.1 80 {\n"                                         \
	"  TCP_CHECK {\n }\n"                                                  \
	"  MISC_CHECK {\n misc_path \"/usr/lib/checks/disk -w 5\"\n }\n"       \
	"  MISC_CHECK {\n misc_path \"" LONG "\"\n }\n"                        \
	"  FILE_CHECK {\n track_file load\n }\n"                               \
	" }\n}\n"

static struct conf_loaded *loaded;
static struct ledger *l;
static int fd;

static void set(uint32_t n, enum ledger_check_state state,
		enum ledger_check_code code, const char *words)
{
	struct ledger_check *is = ledger_check_at(l, n);

	is->state = (uint8_t)state;
	is->code = (uint8_t)code;
	strcpy(is->words, words);
}

static int begin(void **state)
{
	struct ledger_size size = { 0 };

	(void)state;
	loaded = conf_load_text(TEXT);
	assert_non_null(loaded->model);
	book_checks_count(loaded->model, &size);
	assert_int_equal(size.checks, 4);
	fd = ledger_create(&size, "v", &l);
	assert_true(fd >= 0);
	book_checks_fill(loaded->model, l);
	set(0, LEDGER_CHECK_GOOD, LEDGER_CHECK_L4OK, "connected");
	set(1, LEDGER_CHECK_FAILED, LEDGER_CHECK_PROCERR,
	    "exit code 1: disk is full");
	set(3, LEDGER_CHECK_GOOD, LEDGER_CHECK_FILE, "the file has 0");
	return 0;
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(l);
	close(fd);
	conf_unload(loaded);
	return 0;
}

/* A page as a person sees it. */
static struct text shown(struct page *page,
			 void (*show)(struct view *v, const json_t *page))
{
	struct view v = { .out = growing_text() };
	struct text all = growing_text();
	char piece[777];
	json_t *json;
	ssize_t got;

	while ((got = page_fill(page, piece, sizeof(piece))) > 0)
		text_add(&all, piece, (size_t)got);
	page_free(page);
	json = view_read(all.bytes, all.length);
	assert_non_null(json);
	show(&v, json);
	json_decref(json);
	growing_free(&all);
	return v.out;
}

static void each_says_what_it_looks_at(void **state)
{
	struct text out = shown(page_checks(l), view_checks);

	(void)state;
	assert_string_equal(
		out.bytes,
		"TCP_CHECK    10.0.0.1:80              good    L4OK    "
		"connected\n"
		"MISC_CHECK   /usr/lib/checks/disk -w 5 failed  PROCERR "
		"exit code 1: disk is full\n"
		"MISC_CHECK   /usr/lib/checks/one --of --them that --has many "
		"--words and --is --longer --... unknown none    \n"
		"FILE_CHECK   load                     good    FILE    "
		"the file has 0\n");
	growing_free(&out);
}

static void starts_with(const char *words, struct page *page,
			void (*show)(struct view *v, const json_t *page))
{
	struct text out = shown(page, show);

	if (strncmp(out.bytes, words, strlen(words)) != 0)
		fail_msg("it begins with %s", out.bytes);
	growing_free(&out);
}

/* A process that hangs, or that is not there: what is shown is old. */
static void who_stands_still_is_named(void **state)
{
	tick_t now = clock_now();

	(void)state;
	ledger_checker(l)->heartbeat = (uint64_t)(now - 2 * TICK_SECOND);
	starts_with("TCP_CHECK", page_checks(l), view_checks);
	ledger_checker(l)->heartbeat = (uint64_t)(now - 72 * TICK_SECOND);
	starts_with("! check has not run for 1 min 12 s: results of checks are "
		    "old, and servers that fail serve on\nTCP_CHECK",
		    page_checks(l), view_checks);
	starts_with("! check has not run for 1 min 12 s: ",
		    page_servers(l, NULL, NULL), view_servers);
	ledger_lvs(l)->heartbeat = (uint64_t)(now - 75 * TICK_SECOND);
	starts_with("! lvs has not run for 1 min 15 s: this is what was last "
		    "known, and nothing changes in the kernel's table\n"
		    "! check has not run for 1 min 12 s: ",
		    page_servers(l, NULL, NULL), view_servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_says_what_it_looks_at),
		cmocka_unit_test(who_stands_still_is_named),
	};

	return cmocka_run_group_tests_name("ctl_checks", tests, begin, end);
}
