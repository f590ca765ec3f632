/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address that another machine of the LAN has, by the kernel's duplicate
 * address detection (src/router/refusal.c): told once, tried every 5 s.
 */
#include "router_world.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CONF(more)                                                             \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n priority 100\n" more          \
	" virtual_ipaddress { 192.0.2.7/24 }\n"                                \
	" virtual_ipaddress_excluded {\n" VIP "/64 -nodad\n}\n}\n"
#define VIP "2001:db8::7"

/* Of the events about it: how many say that it failed. */
static unsigned told(void)
{
	uint64_t newest = ledger_newest(world.router.ledger);
	unsigned count = 0;

	for (uint64_t n = 1; n <= newest; n++) {
		struct ledger_event e;

		if (ledger_read_event(world.router.ledger, n, &e) &&
		    e.type == LEDGER_EVENT_HOLDING &&
		    e.to == LEDGER_HOLDING_FAILED)
			count++;
	}
	return count;
}

static int error(void)
{
	return ledger_held_at(world.router.ledger, 1)->error;
}

/* The kernel says that another machine has it. */
static void is_duplicate(bool leased)
{
	struct mirror_address *a = world_change(0, VIP);

	a->flags |= IFA_F_TENTATIVE | IFA_F_DADFAILED;
	if (leased)
		world_address_goes(0, VIP);
	else
		world_changed(0, a);
	world_pass(0);
}

/* ... that nobody has. */
static void is_unique(void)
{
	struct mirror_address *a = world_change(0, VIP);

	a->flags &= ~(uint32_t)(IFA_F_TENTATIVE | IFA_F_DADFAILED);
	world_changed(0, a);
	world_pass(0);
}

static void play(const char *text, bool leased)
{
	world_begin(text, 1);
	world_be_active(0);
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_INSTALLED);
	assert_true(world_has(0, VIP)->flags & IFA_F_TENTATIVE);
	is_duplicate(leased);
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_FAILED);
	assert_int_equal(error(), EADDRINUSE);
	assert_int_equal(told(), 1);
	assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
	/* Not at once, and what was told holds until the kernel knows. */
	world_mark();
	world_pass(4 * TICK_SECOND);
	assert_int_equal(world_asked(WORLD_ADD, VIP), 0);
	for (unsigned n = 0; n < 5; n++) {
		world_pass(6 * TICK_SECOND);
		assert_int_equal(world_asked(WORLD_ADD, VIP), 1);
		assert_int_equal(world_state_of(1), LEDGER_HOLDING_FAILED);
		is_duplicate(leased);
		world_mark();
	}
	assert_int_equal(told(), 1);
	world_pass(6 * TICK_SECOND);
	is_unique();
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_INSTALLED);
	assert_int_equal(error(), 0);
	is_duplicate(leased);
	assert_int_equal(told(), 2);
	world_end();
}

static void one_that_the_kernel_takes_away(void **state)
{
	(void)state;
	play(CONF(""), true);
}

/* Without a lease it stays there, and is not used. */
static void one_that_the_kernel_keeps(void **state)
{
	(void)state;
	play(CONF("vrrp_address_lease 0\n"), false);
}

/* Who is Backup has lost nothing. */
static void one_that_is_not_wanted(void **state)
{
	(void)state;
	world_begin(CONF(""), 1);
	world_be_active(0);
	is_duplicate(true);
	world_link(0, true, false);
	world_pass(0);
	assert_int_equal(world_state_of(1), LEDGER_HOLDING_ABSENT);
	assert_int_equal(error(), 0);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_the_kernel_takes_away),
		cmocka_unit_test(one_that_the_kernel_keeps),
		cmocka_unit_test(one_that_is_not_wanted),
	};

	return cmocka_run_group_tests_name("router_duplicate", tests, NULL,
					   NULL);
}
