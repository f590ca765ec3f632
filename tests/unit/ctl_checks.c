/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Health checks as `baton checks` shows them: what each looks at, and how that
 * ended. */
#include "conf_fixture.h"
#include "ctl/growing.h"
#include "ctl/page.h"
#include "ctl/view.h"
#include "ledger/checks.h"
#include "router/book_checks.h"

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

static void each_says_what_it_looks_at(void **state)
{
	struct view v = { .out = growing_text() };
	struct page *page = page_checks(l);
	struct text all = growing_text();
	char piece[777];
	json_t *json;
	ssize_t got;

	(void)state;
	while ((got = page_fill(page, piece, sizeof(piece))) > 0)
		text_add(&all, piece, (size_t)got);
	page_free(page);
	json = view_read(all.bytes, all.length);
	assert_non_null(json);
	view_checks(&v, json);
	assert_string_equal(
		v.out.bytes,
		"TCP_CHECK    10.0.0.1:80              good    L4OK    "
		"connected\n"
		"MISC_CHECK   /usr/lib/checks/disk -w 5 failed  PROCERR "
		"exit code 1: disk is full\n"
		"MISC_CHECK   /usr/lib/checks/one --of --them that --has many "
		"--words and --is --longer --... unknown none    \n"
		"FILE_CHECK   load                     good    FILE    "
		"the file has 0\n");
	json_decref(json);
	growing_free(&all);
	growing_free(&v.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_says_what_it_looks_at),
	};

	return cmocka_run_group_tests_name("ctl_checks", tests, begin, end);
}
