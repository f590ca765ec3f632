/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sys/mirror.h: a dump that the kernel refuses, or that cannot be asked for, is
 * asked for again; no notification is needed for that, and nobody waits for
 * ever. mirror_socket_dump() is this file's (--wrap).
 */
#include "sys_mirror_fixture.h"

#include "sys/mirror_socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

int __real_mirror_socket_dump(const struct mnl_socket *socket,
			      enum mirror_stage stage, uint32_t sequence);
int __wrap_mirror_socket_dump(const struct mnl_socket *socket,
			      enum mirror_stage stage, uint32_t sequence);

static unsigned refusals; /* of the dumps to come */
static bool by_kernel;    /* it answers with an error */
static unsigned asked;

int __wrap_mirror_socket_dump(const struct mnl_socket *socket,
			      enum mirror_stage stage, uint32_t sequence)
{
	_Alignas(struct nlmsghdr) char bytes[64] = { 0 };
	struct nlmsghdr *message = mnl_nlmsg_put_header(bytes);

	asked++;
	if (refusals == 0)
		return __real_mirror_socket_dump(socket, stage, sequence);
	refusals--;
	if (!by_kernel)
		return -EBUSY;
	message->nlmsg_type = RTM_MAX + 100; /* which it does not know */
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = sequence;
	mnl_nlmsg_put_extra_header(message, sizeof(struct rtmsg));
	assert_true(mnl_socket_sendto(socket, message, message->nlmsg_len) > 0);
	return 0;
}

/* As the loop: reads when something waits, or it is time. */
static void turn(void)
{
	struct pollfd p = { .fd = mirror_fd(mirror), .events = POLLIN };
	tick_t now = clock_now(), due = mirror_deadline(mirror);
	tick_t wait = due == TICK_NEVER ? TICK_SECOND : due - now;

	poll(&p, 1, wait > 0 ? (int)(wait / TICK_MILLISECOND) + 1 : 0);
	assert_int_equal(mirror_read(mirror), 0);
}

static void a_refused_dump_is_asked_for_again(void **state)
{
	(void)state;
	lan_need();
	for (unsigned n = 0; n < 2; n++) {
		by_kernel = n == 1;
		forget();
		refusals = 3;
		mirror_resync(mirror);
		assert_true(mirror_resyncing(mirror));
		for (unsigned k = 0; k < 50 && mirror_resyncing(mirror); k++)
			turn();
		assert_false(mirror_resyncing(mirror));
		assert_int_equal(seen[MIRROR_RESYNC_DONE], 1);
		assert_int_equal(mirror_refusal(mirror), 0);
		assert_true(mirror_deadline(mirror) == TICK_NEVER);
		equals_a_fresh_dump();
	}
}

/* What was heard counts then, what nobody named stays; and it asks on. */
static void nobody_waits_for_ever(void **state)
{
	tick_t begin = clock_now();

	(void)state;
	lan_need();
	by_kernel = true;
	forget();
	refusals = UINT32_MAX;
	mirror_resync(mirror);
	asked = 0;
	lan_ip("addr add 192.0.2.1/24 dev v0");
	while (mirror_resyncing(mirror) && clock_now() - begin < LAN_PATIENCE)
		turn();
	assert_false(mirror_resyncing(mirror));
	assert_true(clock_now() - begin >= MIRROR_PATIENCE);
	assert_in_range(asked, 4, 12); /* with pauses */
	assert_int_equal(mirror_refusal(mirror), -EOPNOTSUPP);
	assert_int_equal(seen[MIRROR_RESYNC_DONE], 1);
	assert_int_equal(seen[MIRROR_ADDRESS_ADDED], 1);
	assert_int_equal(seen[MIRROR_LINK_REMOVED], 0);
	refusals = 0;
	while (seen[MIRROR_RESYNC_DONE] < 2 &&
	       clock_now() - begin < LAN_PATIENCE)
		turn();
	assert_int_equal(seen[MIRROR_RESYNC_DONE], 2);
	equals_a_fresh_dump();
}

/* At set-up: in the kernel's words, and not "it took too long". */
static void the_first_one_is_told_as_it_was_refused(void **state)
{
	struct mirror_config config = { 0 };
	struct mirror *m;

	(void)state;
	lan_need();
	by_kernel = false;
	refusals = UINT32_MAX;
	assert_int_equal(mirror_open(&m, &config), 0);
	assert_int_equal(mirror_load(m, clock_now() + 50 * TICK_MILLISECOND),
			 -EBUSY);
	refusals = 1;
	assert_int_equal(mirror_load(m, clock_now() + LAN_PATIENCE), 0);
	mirror_close(m);
	refusals = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_refused_dump_is_asked_for_again),
		FRESH(nobody_waits_for_ever),
		FRESH(the_first_one_is_told_as_it_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
