/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the keeper tells `lvs` ahead of a reload (director_weights.c). */
#include "conf/model/plan.h"
#include "conf_fixture.h"
#include "keeper/keeper_state.h"
#include "ledger/virtuals.h"
#include "router/book.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define SERVICE(port, words, first, second)                                    \
	"virtual_server 10.0.0.1 " port " {\n protocol TCP\n" words            \
	"\n real_server 10.0.1.1 80 {\n weight " first "\n }\n"                \
	" real_server 10.0.1.2 80 {\n weight " second "\n }\n}\n"

#define OLD SERVICE("80", "", "1", "2") SERVICE("81", "", "3", "4")

static struct conf_loaded *old, *next;
static struct ledger *ledger;
static int fd;
static struct keeper keeper;

/* What runs, and what is to run: what the keeper tells of it. */
static void reload(const char *before, const char *after)
{
	struct arena arena = arena_over(malloc, free);
	struct ledger_size size;

	old = conf_load_text(before);
	next = conf_load_text(after);
	assert_non_null(old->model);
	assert_non_null(next->model);
	book_size(old->model, &size);
	fd = ledger_create(&size, "v", &ledger);
	assert_true(fd >= 0);
	book_fill(old->model, ledger);
	keeper = (struct keeper){ .now = { .ledger = ledger,
					   .model = old->model } };
	ahead_tell(&keeper, next->model,
		   conf_plan(old->model, next->model, &arena));
	arena_free(&arena);
}

static int end(void **state)
{
	(void)state;
	ledger_unmap(ledger);
	close(fd);
	conf_unload(old);
	conf_unload(next);
	return 0;
}

static void expect(int32_t a, int32_t b, int32_t c, int32_t d)
{
	const int32_t wanted[] = { a, b, c, d };

	for (uint32_t n = 0; n < 4; n++)
		assert_int_equal(ledger_weight(ledger, n), wanted[n]);
}

static void weights_alone_go_ahead(void **state)
{
	uint32_t first, last;

	(void)state;
	reload(OLD, SERVICE("80", "", "1", "7") SERVICE("81", "", "5", "4"));
	expect(1, 7, 5, 4);
	assert_int_equal(ledger_weights(ledger, &first, &last), 2);
	assert_int_equal(first, 1);
	assert_int_equal(last, 3);
	/* Nothing comes of the reload. */
	ahead_take_back(&keeper);
	expect(1, 2, 3, 4);
	assert_int_equal(ledger_weights(ledger, &first, &last), 4);
	ahead_take_back(&keeper);
	assert_int_equal(ledger_weights(ledger, &first, &last), 4);
}

/* ... each virtual server for itself. */
static void what_changes_otherwise_waits(void **state)
{
	(void)state;
	reload(OLD,
	       SERVICE("81", "", "3", "6") SERVICE("80", "quorum 2", "8", "9"));
	expect(1, 2, 3, 6);
}

#define TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(weights_alone_go_ahead),
		TEST(what_changes_otherwise_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
