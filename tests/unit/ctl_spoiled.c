/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is shown of a ledger whose writer was taken over: anything, but within
 * bounds. All of it is random, or its records are; the shape is that which was
 * checked when it was mapped.
 */
#include "ctl/page.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define SEEDS     20
#define INSTANCES 5
#define HOLDINGS  9
#define SERVERS   5
/* No page of so few needs more. */
#define PAGE_MOST (16u << 20)

static uint64_t chance;

static uint64_t any(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

/* Numbers at the ends of their ranges find more than others. */
static uint64_t odd(void)
{
	static const uint64_t ends[] = {
		0,          1,          INT64_MAX,          (uint64_t)INT64_MIN,
		UINT64_MAX, UINT32_MAX, 0x8080808080808080, 0xffffffff00000000,
	};
	uint64_t n = any();

	return n % 4 ? any() : ends[n / 4 % 8];
}

static void spoil(unsigned char *bytes, size_t size)
{
	for (size_t at = 0; at + 8 <= size; at += 8) {
		uint64_t word = odd();

		memcpy(bytes + at, &word, 8);
	}
}

static void print(struct page *page, bool is_json)
{
	static char bytes[PAGE_MOST];
	size_t all = 0;
	ssize_t length;

	assert_non_null(page);
	while ((length = page_fill(page, bytes + all, sizeof(bytes) - all)) >
	       0) {
		all += (size_t)length;
		assert_in_range(all, 0, PAGE_MOST - 1);
	}
	page_free(page);
	if (is_json) {
		json_t *json = json_loadb(bytes, all, 0, NULL);

		assert_non_null(json);
		json_decref(json);
	}
}

/* `keep`: so many bytes of its beginning stay as they are. */
static void show_spoiled(uint64_t seed, size_t keep)
{
	struct ledger *l;
	struct stat file;
	int fd = ledger_create(&(struct ledger_size){ INSTANCES, HOLDINGS, 1024,
						      3, 4, 3, 3, 4, SERVERS,
						      HOLDINGS, SERVERS, 7,
						      .news = 8 },
			       "1", &l);

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &file), 0);
	chance = seed * 0x9e3779b97f4a7c15;
	spoil((unsigned char *)l + keep, (size_t)file.st_size - keep);
	print(page_status(l, LEDGER_NO_INSTANCE), true);
	for (uint32_t n = 0; n < INSTANCES; n++) {
		print(page_status(l, n), true);
		print(page_why(l, n), true);
	}
	print(page_checks(l), true);
	print(page_servers(l, NULL, NULL), true);
	print(page_servers(l, "192.0.2.1", "10.0.0.1"), true);
	(void)page_has_server(l, "192.0.2.1", "10.0.0.1");
	print(page_metrics(l), false);
	print(page_events(l, (struct page_place){ 0 }), true);
	print(page_events(l, page_place_last(l, 9)), true);
	print(page_events(l, page_place_at(l, any() % 9)), true);
	ledger_unmap(l);
	close(fd);
}

static void all_is_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		show_spoiled(seed, 0);
}

static void records_are_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		show_spoiled(seed, LEDGER_HEAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_random),
		cmocka_unit_test(records_are_random),
	};

	return cmocka_run_group_tests_name("ctl_spoiled", tests, NULL, NULL);
}
