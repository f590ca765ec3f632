/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ledgers that another program made: shorter records, fewer sections. */
#include "ledger/dump.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* One that knew less has shorter ones: what is not there is 0. */
static void shorter_records_are_read(void **state)
{
	const uint32_t first = 12; /* what every program knows of it */
	struct ledger *l = NULL, *second = NULL;
	struct ledger_holding copy;
	int fd = ledger_create(&(struct ledger_size){ 1, 4, 1024 }, "v", &l);
	struct ledger_section *s = &l->sections[LEDGER_HELD - 1];
	char *records = (char *)ledger_held_at(l, 0);

	memset(records, 0xff, 3 * first);
	s->stride = first;
	assert_int_equal(ledger_map(fd, false, &second), 0);
	ledger_copy_holding(second, 1, &copy);
	assert_int_equal(copy.held.state, 0xff);
	for (size_t n = first; n < sizeof(copy.held); n++)
		assert_int_equal(((char *)&copy.held)[n], 0);
	ledger_unmap(second);
	ledger_unmap(l);
	close(fd);
}

/* Those in a row have one size for ever. */
static void changes_are_where_they_were(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_changes, remarks), 24);
	assert_int_equal(offsetof(struct ledger_changes, last), 160);
	assert_int_equal(offsetof(struct ledger_changes, last_remarks), 544);
	assert_int_equal(offsetof(struct ledger_change, peer), 24);
	assert_int_equal(offsetof(struct ledger_change, kind), 46);
	assert_int_equal(sizeof(struct ledger_change), 48);
	assert_int_equal(sizeof(struct ledger_told), 16);
}

static void who_is_told_is_where_it_was(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_notified, started_real), 32);
	assert_int_equal(offsetof(struct ledger_notified, word), 72);
	assert_int_equal(offsetof(struct ledger_notified, output), 96);
	assert_int_equal(offsetof(struct ledger_notified, begun), 296);
	assert_int_equal(sizeof(struct ledger_notified), 304);
}

static void fifos_are_where_they_were(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_fifo, made), 6);
	assert_int_equal(offsetof(struct ledger_fifo, reader), 8);
	assert_int_equal(offsetof(struct ledger_fifo, states_told), 16);
	assert_int_equal(offsetof(struct ledger_fifo, lines), 24);
	assert_int_equal(offsetof(struct ledger_fifo, why), 48);
	assert_int_equal(offsetof(struct ledger_fifo, reader_why), 248);
	assert_int_equal(offsetof(struct ledger_fifo, holder), 448);
	assert_int_equal(offsetof(struct ledger_fifo, holder_started), 456);
	assert_int_equal(sizeof(struct ledger_fifo), 472);
	assert_int_equal(sizeof(struct ledger_fifo_configured), 4);
}

/* What is known of one goes on where the path is the same. */
static void fifos_go_on_by_their_paths(void **state)
{
	static const char *const paths[2][LEDGER_FIFOS_MAX] = {
		{ "/run/a", "/run/b", "/run/d" },
		{ "/run/a", "/run/c", "/run/d" }
	};
	struct ledger *l[2];
	struct ledger_fifo copy;
	int fds[2];

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		fds[n] = ledger_create(&(struct ledger_size){ 1, 0, 1024 }, "v",
				       &l[n]);
		assert_int_equal(ledger_fifos(l[n]), LEDGER_FIFOS_MAX);
		for (uint32_t k = 0; k < LEDGER_FIFOS_MAX; k++)
			ledger_fifo_configured_at(l[n], k)->path =
				ledger_text_add(l[n], paths[n][k]);
	}
	for (uint32_t k = 0; k < LEDGER_FIFOS_MAX; k++) {
		ledger_fifo_at(l[0], k)->lines = 5 + k;
		ledger_fifo_at(l[0], k)->lost = 7 + k;
		ledger_fifo_at(l[0], k)->holder = 20 + (int32_t)k;
		ledger_fifo_at(l[0], k)->holder_started = 30 + k;
		memset(ledger_fifo_at(l[0], k)->why, 'w', LEDGER_WHY_SIZE);
		ledger_fifo_at(l[0], k)->reader_how = 200;
	}
	ledger_inherit_fifos(l[1], l[0]);
	assert_true(ledger_read_fifo(l[1], 0, &copy));
	assert_int_equal(copy.lines, 5);
	assert_int_equal(copy.lost, 7);
	assert_int_equal(copy.holder, 20);
	assert_int_equal(copy.holder_started, 30);
	assert_true(ledger_read_fifo(l[1], 1, &copy));
	assert_int_equal(copy.lines + copy.lost + (uint64_t)copy.holder, 0);
	/* Nothing leads out of what was read. */
	assert_true(ledger_read_fifo(l[0], 0, &copy));
	assert_int_equal(strlen(copy.why), LEDGER_WHY_SIZE - 1);
	assert_int_equal(copy.reader_how, LEDGER_HOW_NONE);
	for (unsigned n = 0; n < 2; n++) {
		ledger_unmap(l[n]);
		close(fds[n]);
	}
}

/* What was cleared, and what was asked for, means the same for ever. */
static void dumps_are_where_they_were(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct ledger_cleared), 128);
	assert_int_equal(offsetof(struct ledger_runner, dumped), 32);
	assert_int_equal(LEDGER_DUMP_JSON, 3);
	assert_int_equal(LEDGER_STAT_RESIGNS_SENT, 13);
}

/* Neither behind the record nor behind the room for it. */
static void what_both_know_is_the_shorter(void **state)
{
	const struct section long_ones = { .stride = 100 };

	(void)state;
	assert_int_equal(section_common(&long_ones, 60), 60);
	assert_int_equal(section_common(&long_ones, 120), 100);
}

/* Its writer could cut it off under who reads it. */
static void refuses_what_is_not_sealed(void **state)
{
	struct ledger *l = NULL, *second = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, 1, 1024 }, "v", &l);
	int copy = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct stat status;

	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(write(copy, l, (size_t)status.st_size),
			 status.st_size);
	assert_int_equal(ledger_map(copy, false, &second), -EPROTO);
	assert_int_equal(fcntl(copy, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	assert_int_equal(ledger_map(copy, false, &second), 0);
	ledger_unmap(second);
	ledger_unmap(l);
	close(copy);
	close(fd);
}

/*
 * What programs of this major agree on. Fields are added at the end; none of
 * these numbers ever changes, but for the sizes, which grow.
 */
static void the_layout_is_as_it_was(void **state)
{
	const size_t offsets[][2] = {
#define AT(struct_, field, at) { offsetof(struct struct_, field), at }
		AT(ledger, sections, 16),
		AT(ledger, router_id, 1168),
		AT(ledger, processes, 1272),
		AT(ledger, returns, 3320),
		AT(ledger, text_bytes, 3340),
		AT(ledger_server, heartbeat, 0),
		AT(ledger_server, events, 16),
		AT(ledger_server, counted, 40),
		AT(ledger_server, turns_late, 496),
		AT(ledger_server, start_error, 512),
		AT(ledger_configured, holding_first, 8),
		AT(ledger_configured, interval, 24),
		AT(ledger_configured, destination, 37),
		AT(ledger_record, link_at, 8),
		AT(ledger_record, sent, 40),
		AT(ledger_record, last_mistake_peer, 74),
		AT(ledger_record, deaths, 96),
		AT(ledger_record, peer, 98),
		AT(ledger_record, send_error, 132),
		AT(ledger_record, mtu, 140),
		AT(ledger_record, related, 148),
		AT(ledger_counters, send_errors, 48),
		AT(ledger_wanted, number, 20),
		AT(ledger_held, state, 8),
		AT(ledger_event, name, 32),
		AT(ledger_event, value, 120),
		AT(ledger_process, locked, 56),
		AT(ledger_group, follower, 4),
		AT(ledger_group_state, state, 4),
#undef AT
	};

	for (size_t n = 0; n < sizeof(offsets) / sizeof(offsets[0]); n++)
		assert_int_equal(offsets[n][0], offsets[n][1]);
	assert_true(sizeof(struct ledger_configured) >= 56);
	assert_true(sizeof(struct ledger_wanted) >= 24);
	assert_true(sizeof(struct ledger_record) >= 120);
	assert_true(sizeof(struct ledger_held) >= 12);
	assert_true(sizeof(struct ledger_event) >= 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_layout_is_as_it_was),
		cmocka_unit_test(shorter_records_are_read),
		cmocka_unit_test(changes_are_where_they_were),
		cmocka_unit_test(who_is_told_is_where_it_was),
		cmocka_unit_test(fifos_are_where_they_were),
		cmocka_unit_test(fifos_go_on_by_their_paths),
		cmocka_unit_test(dumps_are_where_they_were),
		cmocka_unit_test(what_both_know_is_the_shorter),
		cmocka_unit_test(refuses_what_is_not_sealed),
	};

	return cmocka_run_group_tests_name("ledger_layouts", tests, NULL, NULL);
}
