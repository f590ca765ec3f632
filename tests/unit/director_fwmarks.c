/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Groups that are firewall marks (src/director/fwmarks.c), where nftables does
 * not do what it is to: a model of it is in the place of sys/nft.h and
 * sys/nft_marks.h, in memory that all share.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include "sys/clock.h"
#include "sys/nft_marks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MARKS "global_defs {\n lvs_timeouts tcp 901\n nftables_ipvs\n}\n"
#define REST                                                                   \
	"virtual_server_group g {\n 10.0.0.1 80\n}\n"                          \
	"virtual_server group g {\n lb_algo rr\n lb_kind DR\n"                 \
	" protocol TCP\n drain_timeout 600\n"                                  \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n}\n"

static struct nftables {
	int open_error, look_error;
	unsigned opens, looks;
	unsigned disturbed;           /* so many looks are, with -EINTR */
	uint32_t present;             /* bool: there is a table */
	char others[NFT_MARKS_THING]; /* that it has of others, or "" */
	struct fwmark_range range;
} * nftables;

static int notices = -1;

int nft_open(struct nft **out)
{
	nftables->opens++;
	*out = nftables->open_error ? NULL : (struct nft *)nftables;
	return nftables->open_error;
}

void nft_close(struct nft *n)
{
	(void)n;
}

int nft_fd(const struct nft *n)
{
	(void)n;
	return notices;
}

bool nft_others(struct nft *n, struct nft_author *by)
{
	uint64_t count;

	(void)n;
	*by = (struct nft_author){ .name = "nft" };
	return read(notices, &count, sizeof(count)) == sizeof(count);
}

int nft_marks_look(struct nft *n, const struct nft_marks *want,
		   struct nft_marks_found *found)
{
	(void)n;
	(void)want;
	nftables->looks++;
	if (nftables->look_error)
		return nftables->look_error;
	if (nftables->disturbed > 0) {
		nftables->disturbed--;
		return -EINTR;
	}
	found->present[0] = found->ours[0] = found->right[0] =
		nftables->present;
	memcpy(found->others[0], nftables->others, sizeof(found->others[0]));
	found->ranges = &nftables->range;
	found->count = nftables->present;
	return 0;
}

void nft_marks_free(struct nft_marks_found *found)
{
	(void)found;
}

bool nft_marks_agree(const struct nft_marks *want,
		     const struct nft_marks_found *found)
{
	return (want->count > 0) == found->present[0];
}

int nft_marks_set(struct nft *n, const struct nft_marks *want,
		  const struct nft_marks_found *found)
{
	(void)n;
	if (want->count > 0 && found->others[0][0])
		return -EEXIST;
	nftables->present = want->count > 0;
	if (nftables->present)
		nftables->range = want->ranges[0];
	return 0;
}

static int begin_test(void **state)
{
	const struct ledger_size size = {
		.texts = 1024, .virtuals = 1, .servers = 1, .services = 4
	};

	(void)state;
	nftables = mmap(NULL, sizeof(*nftables), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	notices = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return nftables == MAP_FAILED || notices < 0 || begin_test_with(&size);
}

static int finish_test(void **state)
{
	close(notices);
	munmap(nftables, sizeof(*nftables));
	return end_test(state);
}

static tick_t no_turn(void *context, tick_t now)
{
	(void)context;
	return now + TICK_SECOND;
}

static void hold(struct director *d, const char *text)
{
	hold_lvs(d, text);
	assert_int_equal(loop_init(&d->loop, no_turn, d), 0);
	assert_int_equal(fwmarks_setup(d), 0);
}

static void drop(struct director *d)
{
	loop_close(&d->loop);
	fwmarks_free(d);
	drop_lvs(d);
}

/* The sandbox ends who opens one. */
static void no_socket_is_opened_after_the_beginning(void **state)
{
	struct director d;
	tick_t now = clock_now();

	(void)state;
	nftables->open_error = -EMFILE;
	hold(&d, MARKS REST);
	assert_int_equal(nftables->opens, 1);
	for (unsigned n = 0; n < 5; n++) {
		fwmarks_turn(&d, now);
		now += 60 * TICK_SECOND;
	}
	assert_int_equal(nftables->opens, 1);
	assert_int_equal(ledger_lvs(ledger)->marks_error, EMFILE);
	drop(&d);
}

static void a_table_that_does_not_go_is_tried_at_times(void **state)
{
	struct director d;

	(void)state;
	strcpy(ledger_lvs(ledger)->marks_table, "old");
	hold(&d, HEAD REST);
	nftables->look_error = -EPERM;
	for (unsigned n = 0; n < 100; n++)
		assert_false(fwmarks_end(&d));
	assert_int_equal(nftables->looks, 1);
	assert_true(fwmarks_leave(&d));
	nftables->look_error = 0;
	d.turned_at += 10 * TICK_SECOND;
	assert_true(fwmarks_end(&d));
	assert_int_equal(nftables->looks, 2);
	assert_false(fwmarks_leave(&d));
	drop(&d);
}

/* What the kernel says is the only book, after the death of all. */
static void a_disturbed_look_forgets_no_mark(void **state)
{
	struct director d;

	(void)state;
	nftables->disturbed = 3;
	nftables->present = true;
	nftables->range = (struct fwmark_range){
		.family = IP_V4,
		.protocol = 6,
		.port = 80,
		.mark = 1234,
		.first = { 10, 0, 0, 1 },
		.last = { 10, 0, 0, 1 },
	};
	/* Without what hold_lvs() has put in it. */
	ledger_lvs(ledger)->used_virtuals = 0;
	hold_lvs(&d, MARKS REST);
	ledger_lvs(ledger)->used_virtuals = 0;
	assert_int_equal(loop_init(&d.loop, no_turn, &d), 0);
	assert_int_equal(fwmarks_setup(&d), 0);
	assert_int_equal(nftables->looks, 4);
	assert_int_equal(fwmarks_of(&d, 0), 1234);
	drop(&d);
}

/* In the end it is told, and waited for. */
static void looks_that_are_always_disturbed_are_told(void **state)
{
	struct director d;
	tick_t now = clock_now(), next = now;
	unsigned turns = 0;

	(void)state;
	hold(&d, MARKS REST);
	nftables->look_error = -EINTR;
	while (ledger_lvs(ledger)->marks_error == 0 && turns++ < 1000)
		next = fwmarks_turn(&d, now = next);
	assert_int_equal(ledger_lvs(ledger)->marks_error, EINTR);
	assert_true(next - now >= TICK_SECOND);
	drop(&d);
}

/* After the death of all the book is empty, and nothing is to be written. */
static void a_table_that_was_found_right_goes_in_the_end(void **state)
{
	struct director d;

	(void)state;
	nftables->present = true;
	hold(&d, MARKS REST);
	assert_int_equal(fwmarks_turn(&d, clock_now()), TICK_NEVER);
	assert_string_equal(ledger_lvs(ledger)->marks_table, "keepalived_ipvs");
	d.stopping = true;
	assert_true(fwmarks_end(&d));
	assert_false(nftables->present);
	drop(&d);
}

static void a_table_of_others_is_tried_again(void **state)
{
	struct director d;
	tick_t now = clock_now();

	(void)state;
	strcpy(nftables->others, "chain c");
	hold(&d, MARKS REST);
	for (unsigned n = 0; n < 3; n++) {
		tick_t next = fwmarks_turn(&d, now);

		assert_int_equal(next, now + 10 * TICK_SECOND);
		now = next;
	}
	assert_int_equal(ledger_lvs(ledger)->marks_error, EEXIST);
	assert_false(nftables->present);
	nftables->others[0] = '\0';
	assert_int_equal(fwmarks_turn(&d, now), TICK_NEVER);
	assert_true(nftables->present);
	assert_int_equal(ledger_lvs(ledger)->marks_error, 0);
	drop(&d);
}

static bool is_marked(void)
{
	return nftables->present && ledger_lvs(ledger)->marks == 1;
}

/* Others may change what they want as often as they want. */
static void who_changes_much_costs_little(void **state)
{
	const struct timespec pause = { 0, 1000000 };
	const uint64_t one = 1;
	pid_t pid = start_lvs(MARKS REST);
	tick_t begun;
	unsigned looks, elapsed;

	(void)state;
	wait_until(is_marked, "there are no marks");
	begun = clock_now();
	looks = nftables->looks;
	for (unsigned n = 0; n < 300; n++) {
		assert_int_equal(write(notices, &one, sizeof(one)),
				 sizeof(one));
		nanosleep(&pause, NULL);
	}
	/* A tenth of a second is between two. */
	looks = nftables->looks - looks;
	elapsed = (unsigned)((clock_now() - begun) / TICK_MILLISECOND);
	assert_in_range(looks, 0, elapsed / 100 + 2);
	/* And what was changed is seen. */
	nftables->present = false;
	assert_int_equal(write(notices, &one, sizeof(one)), sizeof(one));
	wait_until(is_marked, "it is not put right");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static const struct model_service *by_mark(void)
{
	for (unsigned n = 0; n < kernel->table.service_count; n++)
		if (kernel->table.services[n].is.key.mark)
			return &kernel->table.services[n];
	return NULL;
}

static bool both_serve(void)
{
	const struct model_service *s = by_mark();

	return kernel->table.service_count == 2 && dests_in_kernel() == 2 &&
	       s && s->dests[0].weight == 1 && ledger_lvs(ledger)->done;
}

static unsigned looks_before;

static bool is_tried(void)
{
	return nftables->looks > looks_before + 3;
}

static bool mark_drains(void)
{
	const struct model_service *s = by_mark();

	return s && s->dests[0].weight == 0 && dests_in_kernel() == 2;
}

/* Until packets get marks no more, the service of the mark serves. */
static void a_mark_that_leaves_serves_until_it_is_gone(void **state)
{
	pid_t pid = start_lvs(MARKS REST);

	(void)state;
	kernel->active = 1;
	wait_for(1);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	nftables->look_error = -EAGAIN;
	pid = start_lvs(HEAD REST);
	wait_until(both_serve, "the mark does not serve");
	looks_before = nftables->looks;
	wait_until(is_tried, "the table is left");
	assert_true(both_serve());
	nftables->look_error = 0;
	wait_until(mark_drains, "the mark does not drain");
	assert_false(nftables->present);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, begin_test, finish_test)
	const struct CMUnitTest tests[] = {
		TEST(no_socket_is_opened_after_the_beginning),
		TEST(a_table_that_does_not_go_is_tried_at_times),
		TEST(a_disturbed_look_forgets_no_mark),
		TEST(looks_that_are_always_disturbed_are_told),
		TEST(a_table_that_was_found_right_goes_in_the_end),
		TEST(a_table_of_others_is_tried_again),
		TEST(who_changes_much_costs_little),
		TEST(a_mark_that_leaves_serves_until_it_is_gone),
	};

	return cmocka_run_group_tests_name("director_fwmarks", tests, NULL,
					   NULL);
}
