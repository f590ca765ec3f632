/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `lvs` does as virtual routers are: it counts connections for one that
 * waits for them (src/director/sync.c), and has virtual servers in the table
 * only on the Active (src/director/only_active.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include "ledger/copy.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#define ROUTER                                                                 \
	"vrrp_instance A {\n interface eth0\n virtual_router_id 7\n"           \
	" virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n"

static int begin_test(void **state)
{
	const struct ledger_size size = { .instances = 1,
					  .texts = 1024,
					  .virtuals = 1,
					  .servers = 1,
					  .services = 60 };

	(void)state;
	return begin_test_with(&size);
}

/* As `vrrp` writes it. */
static void router_is(enum vrrp_state state, tick_t since, bool waits)
{
	uint32_t *sequence = &ledger_record_at(ledger, 0)->sequence;
	struct vrrp_saved *core = ledger_core_at(ledger, 0);

	if ((*sequence & 1) == 0)
		ledger_begin(sequence);
	core->state = (uint8_t)state;
	core->since = since;
	core->waits = waits;
	ledger_end(sequence);
}

static void router_is_written(void)
{
	ledger_begin(&ledger_record_at(ledger, 0)->sequence);
}

/* ---- connections ---- */

#define SERVICES 60
#define DESTS    60
#define SYNC                                                                   \
	"global_defs {\n lvs_sync_daemon eth0 inst A\n %s\n}\n" ROUTER         \
	"virtual_server_group g {\n 10.0.0.1-60 80\n}\n"                       \
	"virtual_server group g {\n lb_kind DR\n protocol TCP\n"               \
	" real_server 10.0.1.1 80 {\n }\n}\n"

static struct director d;

static void put(enum ipvs_command command, const struct ipvs_service *service,
		const struct ipvs_dest *dest)
{
	const struct ipvs_change change = { command, service, dest };

	assert_int_equal(model_do(&kernel->table, &change), 0);
}

static void begin_counting(const char *word)
{
	struct ipvs_dest dest = { .family = IP_V4, .address = { 10, 0, 1 } };
	char text[1024];

	snprintf(text, sizeof(text), SYNC, word);
	hold_lvs(&d, text);
	assert_int_equal(d.table.service_count, SERVICES);
	for (uint32_t n = 0; n < SERVICES; n++)
		for (uint8_t k = 0; k < DESTS; k++) {
			dest.address[3] = (uint8_t)(k + 1);
			table_want_dest(&d.table, n, &dest);
			put(IPVS_NEW_DEST, &d.table.services[n].want, &dest);
		}
	kernel->active = 7;
}

/* Its turns from one time to another. */
static void pass(tick_t from, tick_t to)
{
	for (tick_t now = from; now < to; d.news = false)
		now = tick_min(sync_turn(&d, now), to);
}

static uint64_t steady(void)
{
	return ledger_lvs(ledger)->sync_steady;
}

static void connections_are_counted_for_who_waits(void **state)
{
	const tick_t since = 100 * TICK_SECOND;

	(void)state;
	begin_counting("");
	/* Nobody waits. */
	router_is(VRRP_BACKUP, since, false);
	pass(since, since + 60 * TICK_SECOND);
	assert_int_equal(kernel->dumps, 0);
	router_is(VRRP_BACKUP, since, true);
	pass(since + 60 * TICK_SECOND, since + 69 * TICK_SECOND);
	assert_true(kernel->dumps > 0);
	assert_int_equal(ledger_lvs(ledger)->sync_connections,
			 SERVICES * DESTS * (7 + 5));
	assert_int_equal(steady(), 0);
	/* They change. */
	kernel->active = 8;
	pass(since + 69 * TICK_SECOND, since + 79 * TICK_SECOND);
	assert_int_equal(steady(), 0);
	pass(since + 79 * TICK_SECOND, since + 90 * TICK_SECOND);
	assert_true(steady() > (uint64_t)(since + 79 * TICK_SECOND));
	/* It is known, and nobody counts them any more. */
	kernel->dumps = 0;
	pass(since + 90 * TICK_SECOND, since + 99 * TICK_SECOND);
	assert_int_equal(kernel->dumps, 0);
	drop_lvs(&d);
}

static void no_turn_counts_all(void **state)
{
	const tick_t since = 100 * TICK_SECOND;

	(void)state;
	begin_counting("");
	router_is(VRRP_BACKUP, since, true);
	(void)sync_turn(&d, since);
	assert_true(kernel->dumps > 0);
	assert_true(kernel->dumps < SERVICES / 2);
	drop_lvs(&d);
}

static void what_is_not_said_is_not_steady(void **state)
{
	const tick_t since = 100 * TICK_SECOND;

	(void)state;
	begin_counting("");
	router_is(VRRP_BACKUP, since, true);
	kernel->dests_error = -ENOBUFS;
	pass(since, since + 40 * TICK_SECOND);
	assert_true(kernel->refused > 0);
	assert_int_equal(steady(), 0);
	kernel->dests_error = 0;
	pass(since + 40 * TICK_SECOND, since + 49 * TICK_SECOND);
	assert_int_equal(steady(), 0);
	pass(since + 49 * TICK_SECOND, since + 60 * TICK_SECOND);
	assert_true(steady() > 0);
	drop_lvs(&d);
}

static void who_is_not_to_wait_is_not_counted_for(void **state)
{
	(void)state;
	begin_counting("lvs_sync_wait 0");
	router_is(VRRP_BACKUP, TICK_SECOND, true);
	pass(TICK_SECOND, 60 * TICK_SECOND);
	assert_int_equal(kernel->dumps, 0);
	drop_lvs(&d);
}

/* ---- only_active ---- */

#define ONLY                                                                   \
	HEAD ROUTER                                                            \
		"virtual_server 10.0.0.1 80 {\n lb_kind DR\n protocol TCP\n"   \
		" only_active A\n real_server 10.0.1.1 80 {\n }\n}\n"

static bool has_looked(void)
{
	return ledger_lvs(ledger)->looks > 3;
}

static void no_virtual_server_before_it_is_active(void **state)
{
	uint64_t changes;
	pid_t pid;

	(void)state;
	router_is_written();
	pid = start_lvs(ONLY);
	wait_until(has_looked, "it does not look");
	assert_int_equal(kernel->changes, 0);
	router_is(VRRP_ACTIVE, TICK_SECOND, false);
	wake_send(wake[0]);
	wait_for(1);
	/* The next process leaves what it finds, before it knows more. */
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	changes = kernel->changes;
	ledger_lvs(ledger)->looks = 0;
	router_is_written();
	pid = start_lvs(ONLY);
	wait_until(has_looked, "it does not look");
	assert_int_equal(kernel->changes, changes);
	router_is(VRRP_BACKUP, 2 * TICK_SECOND, false);
	wake_send(wake[0]);
	wait_for(0);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

static bool is_away(void)
{
	return ledger_lvs(ledger)->done && dests_in_kernel() == 0 &&
	       kernel->table.service_count == 0 &&
	       !ledger_lvs_service_at(ledger, 0)->ours;
}

static bool is_begun(void)
{
	return ledger_lvs(ledger)->done && dests_in_kernel() == 1 &&
	       ledger_lvs_service_at(ledger, 0)->ours;
}

/* Nor has the next process, which finds a record of it. */
static void what_was_away_stays_away(void **state)
{
	uint64_t changes;
	pid_t pid;

	(void)state;
	router_is(VRRP_ACTIVE, TICK_SECOND, false);
	pid = start_lvs(ONLY);
	wait_until(is_begun, "it does not serve");
	router_is(VRRP_BACKUP, 2 * TICK_SECOND, false);
	wake_send(wake[0]);
	wait_until(is_away, "it does not go");
	assert_int_equal(end_lvs(pid, SIGKILL), 0);
	assert_int_equal(ledger_lvs(ledger)->used, 1);
	changes = kernel->changes;
	ledger_lvs(ledger)->looks = 0;
	router_is_written();
	pid = start_lvs(ONLY);
	wait_until(has_looked, "it does not look");
	assert_int_equal(kernel->changes, changes);
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

#define ONLY_DRAINS                                                            \
	HEAD ROUTER                                                            \
		"virtual_server 10.0.0.1 80 {\n lb_kind DR\n protocol TCP\n"   \
		" only_active A\n drain_timeout 600\n"                         \
		" real_server 10.0.1.1 80 {\n }\n}\n"

/* Who removes it may be Backup a moment later. */
static void it_does_not_drain_when_it_is_removed(void **state)
{
	pid_t pid;

	(void)state;
	kernel->active = 1;
	router_is(VRRP_ACTIVE, TICK_SECOND, false);
	pid = start_lvs(ONLY_DRAINS);
	wait_until(is_begun, "it does not serve");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	pid = start_lvs(HEAD ROUTER);
	wait_until(is_away, "it does not go");
	assert_int_equal(end_lvs(pid, SIGTERM), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			connections_are_counted_for_who_waits, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(no_turn_counts_all, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(what_is_not_said_is_not_steady,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			who_is_not_to_wait_is_not_counted_for, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(
			no_virtual_server_before_it_is_active, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(what_was_away_stays_away,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			it_does_not_drain_when_it_is_removed, begin_test,
			end_test),
	};

	return cmocka_run_group_tests_name("director_follows", tests, NULL,
					   NULL);
}
