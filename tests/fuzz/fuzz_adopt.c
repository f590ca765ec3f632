/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adoption from a book that was spoiled (router/adopt.c): a `vrrp` process
 * serves, dies, and an input changes what it has written; another goes on with
 * that, or a third one with another configuration. None of them may die of it.
 * What goes on is a virtual router: it is in a state, it wakes up, and alone on
 * its LAN it becomes Active.
 *
 * Linux is arrays (tests/unit/router_world.h).
 */
#include "base/bytes.h"
#include "base/must.h"
#include "router_world.h"
#include "spoil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* What happens, by the first byte. */
#define ACTIVE  1 /* at the death */
#define REPLACE 2 /* by another configuration */
#define DEAF    4
#define TWICE   8  /* what goes on dies, too, and is not spoiled */
#define DOWN    16 /* the link, meanwhile */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INSTANCE(name, id, inside)                                             \
	"vrrp_instance " name " {\n interface eth0\n version 3\n"              \
	" virtual_router_id " id "\n advert_int 0.1\n priority 100\n" inside   \
	"}\n"
#define SCRIPT "vrrp_script s {\n script \"/bin/true\"\n weight 10\n}\n"
#define A                                                                      \
	INSTANCE("A", "7",                                                     \
		 " notify /bin/true\n track_script {\n s\n}\n"                 \
		 " virtual_ipaddress {\n 192.0.2.7/24\n 192.0.2.8/24\n}\n"     \
		 " virtual_routes {\n 10.0.0.0/8 dev eth0\n}\n"                \
		 " virtual_rules {\n from 192.0.2.7 table 100\n}\n")
#define B     INSTANCE("B", "8", " virtual_ipaddress {\n 192.0.2.9/24\n}\n")
#define C     INSTANCE("C", "9", " virtual_ipaddress {\n 192.0.2.10/24\n}\n")
#define GROUP "vrrp_sync_group G {\n group {\n A\n B\n}\n notify /bin/true\n}\n"

static const char first[] = SCRIPT A B C GROUP, second[] = SCRIPT B A GROUP;

/* In steps, so that what was asked of the kernel has room. */
static void pass(tick_t time)
{
	for (tick_t done = 0; done < time; done += 500 * TICK_MILLISECOND) {
		world_pass(500 * TICK_MILLISECOND);
		world_mark();
	}
}

static void check(void)
{
	const struct router *r = &world.router;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct instance *i = &r->instances[n];

		MUST(i->core->state < VRRP_STATES);
		MUST(i->core->started || is_quarantined(i));
		MUST(!i->core->started || world.links[0].carrier
			     ? i->core->state != VRRP_FAULT
			     : i->core->state == VRRP_FAULT);
		MUST(!i->core->started || !world.links[0].carrier ||
		     (i->core->state == VRRP_ACTIVE &&
		      world.now - i->record->sent < TICK_SECOND));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader input = reader_over(data, size);
	uint8_t how = read_u8(&input);

	world_begin(first, 1);
	if (how & ACTIVE)
		pass(2 * TICK_SECOND);
	world_die();
	while (reader_left(&input) >= SPOIL_SIZE)
		spoil_record(world.router.ledger, &input);
	/* As the keeper does, children.c. */
	ledger_mend_ring(world.router.ledger);
	if (how & DOWN)
		world_link(0, true, false);
	if (how & REPLACE)
		world_replace(second, how & DEAF);
	else
		world_go_on(how & DEAF);
	if (how & TWICE) {
		pass(TICK_SECOND);
		world_die();
		world_go_on(true);
	}
	pass(10 * TICK_SECOND);
	check();
	world_end();
	return 0;
}
