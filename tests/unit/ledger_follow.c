/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is yet to tell of a record of changes (src/ledger/follow.c). */
#include "ledger/follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ledger_changes changes;
static uint64_t order;

static struct ledger_change *add(enum ledger_change_kind kind,
				 enum vrrp_state to)
{
	bool remark = ledger_is_remark(kind);
	uint64_t *count = remark ? &changes.remarks : &changes.count;
	struct ledger_change *ring =
		remark ? changes.last_remarks : changes.last;
	struct ledger_change *c = &ring[++*count % LEDGER_CHANGES_KEPT];

	*c = (struct ledger_change){
		.number = *count,
		.order = ++order,
		.to = (uint8_t)to,
		.kind = (uint8_t)kind,
	};
	changes.ready = changes.count;
	return c;
}

static void reset(void)
{
	changes = (struct ledger_changes){ 0 };
	order = 0;
}

/* What is told, one letter each, and how many are lost. */
static uint64_t tell(struct ledger_told *told, const char *expected)
{
	struct ledger_change next;
	uint64_t lost = 0;

	for (; *expected; expected++) {
		assert_int_equal(ledger_follow(&changes, LEDGER_TELLS_FIFO,
					       told, &next, &lost),
				 LEDGER_FOLLOW_NEXT);
		assert_string_equal(ledger_change_word(&next),
				    *expected == 'B'   ? "BACKUP"
				    : *expected == 'M' ? "MASTER"
				    : *expected == 'F' ? "FAULT"
				    : *expected == 'S' ? "STOP"
				    : *expected == 'D' ? "DELETED"
				    : *expected == 'P' ? "MASTER_PRIORITY"
				    : *expected == 'p' ? "BACKUP_PRIORITY"
						       : "MASTER_RX_LOWER_PRI");
		ledger_follow_on(told, &next);
	}
	assert_int_equal(
		ledger_follow(&changes, LEDGER_TELLS_FIFO, told, &next, &lost),
		LEDGER_FOLLOW_NONE);
	return lost;
}

static void states_and_remarks_in_one_order(void **state)
{
	struct ledger_told told = { 0, 0 };

	(void)state;
	reset();
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP);
	add(LEDGER_CHANGE_PRIORITY, VRRP_BACKUP);
	add(LEDGER_CHANGE_STATE, VRRP_ACTIVE);
	add(LEDGER_CHANGE_LOWER, VRRP_ACTIVE);
	add(LEDGER_CHANGE_PRIORITY, VRRP_ACTIVE);
	add(LEDGER_CHANGE_STATE, VRRP_FAULT);
	add(LEDGER_CHANGE_STATE, VRRP_INIT);
	add(LEDGER_CHANGE_DELETED, VRRP_INIT);
	assert_int_equal(tell(&told, "BpMLPFSD"), 0);
	assert_int_equal(told.states, 5);
	assert_int_equal(told.remarks, 3);
	assert_int_equal(tell(&told, ""), 0);
}

/* Remarks in a burst push out no state. */
static void what_is_no_longer_kept_is_lost(void **state)
{
	struct ledger_told told = { 0, 0 };

	(void)state;
	reset();
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP);
	for (unsigned n = 0; n < 11; n++)
		add(LEDGER_CHANGE_LOWER, VRRP_BACKUP);
	assert_int_equal(tell(&told, "BLLLLLLLL"), 3);
	for (unsigned n = 0; n < 10; n++)
		add(LEDGER_CHANGE_STATE, n % 2 ? VRRP_ACTIVE : VRRP_BACKUP);
	assert_int_equal(tell(&told, "BMBMBMBM"), 2);
}

static void who_went_before_has_told_it(void **state)
{
	struct ledger_told told = { 0, 0 };

	(void)state;
	reset();
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP);
	add(LEDGER_CHANGE_LOWER, VRRP_BACKUP);
	add(LEDGER_CHANGE_STATE, VRRP_ACTIVE);
	changes.told[LEDGER_TELLS_FIFO] = (struct ledger_told){ 1, 1 };
	changes.told[LEDGER_TELLS_SCRIPTS] = (struct ledger_told){ 2, 1 };
	assert_int_equal(tell(&told, "M"), 0);
}

static void the_kernel_is_waited_for(void **state)
{
	struct ledger_told told = { 0, 0 };
	struct ledger_change next;
	uint64_t lost = 0;

	(void)state;
	reset();
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP);
	add(LEDGER_CHANGE_STATE, VRRP_ACTIVE);
	changes.ready = 1;
	assert_int_equal(
		ledger_follow(&changes, LEDGER_TELLS_FIFO, &told, &next, &lost),
		LEDGER_FOLLOW_NEXT);
	ledger_follow_on(&told, &next);
	assert_int_equal(
		ledger_follow(&changes, LEDGER_TELLS_FIFO, &told, &next, &lost),
		LEDGER_FOLLOW_WAITS);
	assert_int_equal(next.to, VRRP_ACTIVE);
}

/* Its writer reads packets of others, and may have been taken over. */
static void what_cannot_be_is_not_told(void **state)
{
	struct ledger_told told = { 0, 0 };

	(void)state;
	reset();
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->to = VRRP_STATES;
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->from = 200;
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->kind = LEDGER_CHANGE_KINDS;
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->kind = LEDGER_CHANGE_LOWER;
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->number = 77;
	add(LEDGER_CHANGE_STATE, VRRP_BACKUP)->peer.family = 9;
	add(LEDGER_CHANGE_STATE, VRRP_FAULT);
	assert_int_equal(tell(&told, "F"), 6);
	/* Neither is it run through. */
	changes.count = UINT64_MAX;
	assert_int_equal(tell(&told, ""), UINT64_MAX - 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_and_remarks_in_one_order),
		cmocka_unit_test(what_is_no_longer_kept_is_lost),
		cmocka_unit_test(who_went_before_has_told_it),
		cmocka_unit_test(the_kernel_is_waited_for),
		cmocka_unit_test(what_cannot_be_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
