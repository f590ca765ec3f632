/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of addresses in advertisements: whose is checked, and how
 * (src/vrrp/receive.c).
 */
#include "../conformance/router.h"

/* A Backup that drops another list: by version 2, or since it is strict. */
static void checking(struct router *r, uint8_t version, bool skip)
{
	router_new(r, IP_V4, version, 100);
	r->config.strict = version == 3;
	r->config.skip_check_adv_addr = skip;
	router_start(r);
}

static struct peer with_another_list(const struct router *r, uint8_t priority)
{
	struct peer p = peer_of(r, priority);

	p.addresses[3] = 99;
	return p;
}

static void the_active_is_checked_once(void **state)
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct router r;
		struct peer p, q;

		checking(&r, version, true);
		/* The first time it is. */
		q = with_another_list(&r, 200);
		router_hear(&r, &q);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		assert_accepted(&r);
		/* And then it is not, whatever it has. */
		r.now += TICK_SECOND;
		router_hear(&r, &q);
		assert_accepted(&r);
		assert_null(note_of(&r, VRRP_NOTE_ADDRESS_LIST));
		assert_tick(vrrp_deadline(&r.v), r.now + 3609375000);
		q.advert.priority = 0;
		router_hear(&r, &q);
		assert_accepted(&r);
		assert_tick(vrrp_deadline(&r.v), r.now + 609375000);
	}
}

static void another_router_is_checked(void **state)
{
	struct router r;
	struct peer p;

	checking(&r, 3, true);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	p = with_another_list(&r, 250);
	peer_from(&p, 13);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	/* Also while we are the Active ourselves. */
	router_time(&r, r.v.down_timer);
	peer_from(&p, 12);
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
}

static void without_the_option_all_are_checked(void **state)
{
	for (uint8_t version = 2; version <= 3; version++) {
		struct router r;
		struct peer p;

		checking(&r, version, false);
		p = peer_of(&r, 200);
		router_hear(&r, &p);
		p = with_another_list(&r, 200);
		router_hear(&r, &p);
		assert_dropped(&r, VRRP_DROP_ADDRESS_LIST);
	}
}

/* The rest of an advertisement is checked as always. */
static void only_the_list_is_skipped(void **state)
{
	struct router r;
	struct peer p;

	checking(&r, 2, true);
	p = peer_of(&r, 200);
	router_hear(&r, &p);
	p.advert.interval = 2 * TICK_SECOND;
	router_hear(&r, &p);
	assert_dropped(&r, VRRP_DROP_INTERVAL_MISMATCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_active_is_checked_once),
		cmocka_unit_test(another_router_is_checked),
		cmocka_unit_test(without_the_option_all_are_checked),
		cmocka_unit_test(only_the_list_is_skipped),
	};

	return RUN(tests);
}
