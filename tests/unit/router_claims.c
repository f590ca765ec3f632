/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flood of claims of our addresses (src/router/neighbours.c) is read once a
 * pause. The sockets are two pipes with a byte in them, which nobody takes out.
 */
#include "router_world.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define CONF                                                                   \
	"vrrp_instance A {\n interface eth0\n version 3\n"                     \
	" virtual_router_id 7\n advert_int 0.1\n priority 100\n"               \
	" virtual_ipaddress { 192.0.2.7/24 }\n}\n"

/* As neighbours.c has it: it is what this is about. */
#define PAUSE (2 * TICK_MILLISECOND)

static int sockets[2][2];
static unsigned reads;

static unsigned number_of(uint8_t family)
{
	return family == IP_V6;
}

int neighbour_open(struct neighbour **out,
		   const struct neighbour_config *config)
{
	*out = NULL;
	return 0;
}

void neighbour_close(struct neighbour *n)
{
}

int neighbour_fd(const struct neighbour *n, uint8_t family)
{
	return sockets[number_of(family)][0];
}

void neighbour_read(struct neighbour *n, uint8_t family)
{
	reads++;
}

static tick_t turn(void *context, tick_t now)
{
	struct router *r = context;

	r->now = now;
	neighbours_run(r);
	return neighbours_deadline(r);
}

static void play(uint8_t family)
{
	struct loop *l = &world.router.loop;
	tick_t begun;

	world_begin(CONF, 1);
	begun = world.now;
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(pipe2(sockets[n], O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(loop_init(l, turn, &world.router), 0);
	assert_int_equal(neighbours_open(&world.router), 0);
	assert_int_equal(loop_turn(l, world.now), 0);
	reads = 0;
	assert_int_equal(write(sockets[number_of(family)][1], "x", 1), 1);
	assert_int_equal(loop_turn(l, world.now), 0);
	assert_int_equal(reads, 1); /* at once */
	while (world.now < begun + 50 * PAUSE) {
		world.now += PAUSE / 20;
		assert_int_equal(loop_turn(l, world.now), 0);
	}
	assert_in_range(reads, 45, 52);
	loop_close(l);
	for (unsigned n = 0; n < 2; n++) {
		close(sockets[n][0]);
		close(sockets[n][1]);
	}
	world_end();
}

static void of_arp(void **state)
{
	play(IP_V4);
}

static void of_neighbour_advertisements(void **state)
{
	play(IP_V6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_arp),
		cmocka_unit_test(of_neighbour_advertisements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
