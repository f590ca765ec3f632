/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that a process which was taken over has left (src/router/adopt.c,
 * src/vrrp/sound.c): whatever they say, a virtual router serves after them.
 */
#include "router_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ONE                                                                    \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n priority 100\n"               \
	" virtual_ipaddress {\n 192.0.2.7/24\n}\n}\n"

static struct ledger_record *record(uint32_t instance)
{
	return ledger_record_at(world.router.ledger, instance);
}

/* Each value may be right, and all of them together no virtual router. */
static void what_cannot_be_starts_anew(void **state)
{
	const tick_t years = 1000000000 * TICK_SECOND;

	(void)state;
	for (unsigned n = 0; n < 10; n++) {
		struct vrrp_saved *core;

		world_begin(ONE, 1);
		if (n < 3 || n >= 7)
			world_be_active(0);
		world_die();
		core = ledger_core_at(world.router.ledger, 0);
		if (n == 0)
			core->adver_timer = TICK_NEVER;
		else if (n == 1)
			core->adver_timer = world.now + years;
		else if (n == 2)
			core->leave_timer = world.now + years;
		else if (n == 3)
			core->down_timer = TICK_NEVER;
		else if (n == 4)
			core->down_timer = world.now + years;
		else if (n == 5)
			core->state = VRRP_INIT; /* with a timer */
		else if (n == 6)
			core->wishes = true, core->down_timer = TICK_NEVER;
		else if (n == 7) /* it would be due for ever */
			core->announce_next = 0, core->rounds = 0;
		else if (n == 8) /* the same */
			core->resign_timer = 0;
		else /* and nobody ever started it */
			core->started = false;
		world_go_on(true);
		world_pass(2 * TICK_SECOND);
		assert_int_equal(world_core(0)->state, VRRP_ACTIVE);
		assert_true(world_core(0)->started);
		assert_in_range(world.now - record(0)->sent, 0,
				100 * TICK_MILLISECOND);
		world_end();
	}
}

/* A record may say anything of an instance that did not run. */
static void what_never_was_asked_for_is_not_waited_for(void **state)
{
	struct vrrp anew;

	(void)state;
	world_begin(ONE, 1);
	world_die();
	vrrp_init(&anew, &world.loaded->model->instances[0].vrrp);
	vrrp_save(&anew, ledger_core_at(world.router.ledger, 0));
	record(0)->held = record(0)->announcing = true;
	world_go_on(true);
	world_be_active(0);
	world_pass(TICK_SECOND);
	assert_in_range(world.now - record(0)->sent, 0, 100 * TICK_MILLISECOND);
	assert_true(record(0)->announced > 0);
	world_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_starts_anew),
		cmocka_unit_test(what_never_was_asked_for_is_not_waited_for),
	};

	return cmocka_run_group_tests_name("router_sound", tests, NULL, NULL);
}
