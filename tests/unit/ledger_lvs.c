/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The book of the process `lvs` (ledger/lvs.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ledger/lvs.h"
#include "ledger/virtuals.h"

#include <string.h>
#include <unistd.h>

static struct ledger *make(uint32_t virtuals, uint32_t servers, int *fd)
{
	const struct ledger_size size = {
		.virtuals = virtuals,
		.servers = servers,
		.services = virtuals,
	};
	struct ledger *l = NULL;

	*fd = ledger_create(&size, "v", &l);
	assert_true(*fd >= 0);
	return l;
}

static struct ipvs_key key_of(uint16_t port)
{
	return (struct ipvs_key){ .family = IP_V4,
				  .protocol = 6,
				  .port = port,
				  .address = { 10, 0, 0, 1 } };
}

static void put(struct ledger *l, uint32_t n, uint16_t port, bool ours)
{
	*ledger_lvs_service_at(l, n) =
		(struct ledger_lvs_service){ .key = key_of(port),
					     .ours = ours };
}

static void what_is_ours_goes_on(void **state)
{
	int fds[2];
	struct ledger *old = make(3, 2, &fds[0]), *new = make(1, 1, &fds[1]);
	struct ledger_lvs_service copy;

	(void)state;
	assert_false(ledger_lvs_is_left(old));
	put(old, 0, 80, true);
	put(old, 1, 81, false);
	put(old, 2, 82, true);
	ledger_lvs_service_at(old, 2)->drain = 60;
	ledger_lvs_service_at(old, 2)->until = 1234;
	ledger_lvs(old)->used = 3;
	ledger_lvs(old)->tcp = 900;
	assert_true(ledger_lvs_is_left(old));
	ledger_inherit_lvs(new, old);
	/* More than it has virtual servers: to be removed. */
	assert_int_equal(ledger_lvs(new)->used, 2);
	assert_true(ledger_read_lvs_service(new, 0, &copy));
	assert_int_equal(copy.key.port, 80);
	assert_true(ledger_read_lvs_service(new, 1, &copy));
	assert_int_equal(copy.key.port, 82);
	assert_int_equal(copy.drain, 60);
	assert_int_equal(copy.until, 1234);
	/* Nobody is believed. */
	ledger_lvs_service_at(new, 1)->drain = UINT32_MAX;
	ledger_lvs_service_at(new, 1)->until = -1;
	assert_true(ledger_read_lvs_service(new, 1, &copy));
	assert_int_equal(copy.drain, LEDGER_LVS_DRAIN_MAX);
	assert_int_equal(copy.until, 0);
	assert_int_equal(ledger_lvs(new)->tcp, 900);
	assert_true(ledger_lvs_is_left(new));
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

static void who_has_begun_knows_better(void **state)
{
	int fds[2];
	struct ledger *old = make(1, 1, &fds[0]), *new = make(1, 1, &fds[1]);

	(void)state;
	put(old, 0, 80, true);
	ledger_lvs(old)->used = 1;
	ledger_begin_lvs(new);
	ledger_inherit_lvs(new, old);
	assert_int_equal(ledger_lvs(new)->used, 0);
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

static void servers_go_on(void **state)
{
	int fds[2];
	struct ledger *old = make(1, 3, &fds[0]), *new = make(1, 2, &fds[1]);
	struct ledger_lvs_virtual virtual;
	struct ledger_lvs_server server;

	(void)state;
	ledger_lvs_virtual_at(old, 0)->key = 4711;
	for (uint32_t n = 0; n < 3; n++) {
		struct ledger_lvs_server *s = ledger_lvs_server_at(old, n);

		s->address = (struct ip){ IP_V4, { 10, 0, 0, (uint8_t)n } };
		s->length = 7;
		s->saved[6] = (uint8_t)n;
	}
	/* What a process that was taken over may say. */
	ledger_lvs_server_at(old, 1)->length = UINT16_MAX;
	ledger_lvs_server_at(old, 1)->address.family = 99;
	ledger_lvs_use(old, 77, 7777);
	assert_int_equal(ledger_lvs_used_servers(old), 3 + LEDGER_LVS_LEAVING);
	ledger_inherit_lvs(new, old);
	assert_int_equal(ledger_lvs_used_virtuals(new), 1);
	/* Its room. */
	assert_int_equal(ledger_lvs_used_servers(new), 2 + LEDGER_LVS_LEAVING);
	ledger_read_lvs_virtual(new, 0, &virtual);
	assert_int_equal(virtual.key, 4711);
	ledger_read_lvs_server(new, 0, &server);
	assert_int_equal(server.length, 7);
	assert_int_equal(server.saved[6], 0);
	ledger_read_lvs_server(new, 1, &server);
	assert_true(server.length <= sizeof(server.saved));
	assert_int_equal(server.address.family, IP_NONE);
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

/* A file has lost the first of three: what is known of the others stays. */
static void those_behind_what_is_lost_go_on(void **state)
{
	int fds[2];
	struct ledger *old = make(3, 6, &fds[0]), *new;
	struct ledger_size size = { .virtuals = 2, .servers = 4 };
	struct ledger_lvs_server server;

	(void)state;
	for (uint32_t n = 0; n < 6; n++)
		*ledger_lvs_server_at(old, n) = (struct ledger_lvs_server){
			.address = { IP_V4, { 10, 0, 0, (uint8_t)n } },
			.of = n / 2,
		};
	ledger_lvs_virtual_at(old, 2)->key = 4711;
	ledger_lvs_use(old, 3, 6);
	ledger_size_lvs(&size, old);
	fds[1] = ledger_create(&size, "v", &new);
	assert_true(fds[1] >= 0);
	ledger_inherit_lvs(new, old);
	assert_int_equal(ledger_lvs_used_virtuals(new), 3);
	assert_int_equal(ledger_lvs_used_servers(new), 6);
	ledger_read_lvs_server(new, 5, &server);
	assert_int_equal(server.address.bytes[3], 5);
	assert_int_equal(server.of, 2);
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

/* A configuration of few servers has room for what is known of many. */
static void all_that_leave_have_room(void **state)
{
	const struct ledger_size size = {
		.virtuals = 1,
		.servers = 1,
		.virtuals_before = 3,
		.servers_before = 3000,
	};
	struct ledger *l = NULL;
	int fd = ledger_create(&size, "v", &l);

	(void)state;
	assert_true(fd >= 0);
	ledger_lvs_use(l, 3, 3000 + LEDGER_LVS_LEAVING);
	assert_int_equal(ledger_lvs_used_virtuals(l), 3);
	assert_int_equal(ledger_lvs_used_servers(l), 3000 + LEDGER_LVS_LEAVING);
	ledger_unmap(l);
	close(fd);
}

/* Whatever `lvs` says again and again, no reload makes room for more. */
static void a_lie_does_not_grow(void **state)
{
	struct ledger *l = NULL;
	uint32_t rooms[6] = { 0 };
	struct ledger_size size;

	(void)state;
	for (unsigned n = 0; n < 6; n++) {
		struct ledger *before = l;
		int fd;

		/* Between two with servers one that has none. */
		size = n == 3 ? (struct ledger_size){ 0 }
			      : (struct ledger_size){ .virtuals = 2,
						      .servers = 50 };
		if (before)
			ledger_size_lvs(&size, before);
		fd = ledger_create(&size, "v", &l);
		assert_true(fd >= 0);
		close(fd);
		if (before) {
			ledger_inherit_lvs(l, before);
			ledger_unmap(before);
		}
		rooms[n] = section_of(l, LEDGER_LVS_SERVERS)->count;
		ledger_lvs(l)->used_virtuals = UINT32_MAX;
		ledger_lvs(l)->used_servers = UINT32_MAX;
	}
	ledger_unmap(l);
	assert_int_equal(rooms[0], 50 + LEDGER_LVS_LEAVING);
	assert_int_equal(rooms[1], 50 + 2 * LEDGER_LVS_LEAVING);
	assert_int_equal(rooms[2], rooms[1]);
	assert_int_equal(rooms[3], 50 + LEDGER_LVS_LEAVING);
	assert_int_equal(rooms[5], rooms[1]);
}

/* Whatever a reload removes: else it would be in the kernel for ever. */
static void all_that_is_removed_is_known(void **state)
{
	struct ledger_size size = { .services = 3000 };
	struct ledger *old = NULL, *new = NULL;
	int fds[2];

	(void)state;
	fds[0] = ledger_create(&size, "v", &old);
	assert_true(fds[0] >= 0);
	for (uint16_t n = 0; n < 3000; n++)
		put(old, n, n + 1, true);
	ledger_lvs(old)->used = 3000;
	size = (struct ledger_size){ .services = 1 };
	ledger_size_lvs(&size, old);
	fds[1] = ledger_create(&size, "v", &new);
	assert_true(fds[1] >= 0);
	ledger_inherit_lvs(new, old);
	assert_int_equal(ledger_lvs(new)->used, 3000);
	/* Those of its own have room behind them. */
	assert_true(ledger_lvs_services(new) > 3001);
	ledger_unmap(old);
	ledger_unmap(new);
	close(fds[0]);
	close(fds[1]);
}

/* Records are known by their offsets: they only grow at their ends. */
static void fields_stay_where_they_are(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct ledger_lvs_service, ours), 24);
	assert_int_equal(offsetof(struct ledger_lvs_service, drain), 36);
	assert_int_equal(offsetof(struct ledger_lvs_service, until), 40);
	assert_int_equal(sizeof(struct ledger_lvs_service), 56);
	assert_int_equal(offsetof(struct ledger_lvs_virtual, saved), 12);
	assert_int_equal(offsetof(struct ledger_lvs_virtual, present), 32);
	assert_int_equal(offsetof(struct ledger_lvs_virtual, mark), 124);
	assert_int_equal(sizeof(struct ledger_lvs_virtual), 128);
	assert_int_equal(offsetof(struct ledger_lvs_virtual, name), 40);
	assert_int_equal(offsetof(struct ledger_lvs_server, address), 8);
	assert_int_equal(offsetof(struct ledger_lvs_server, saved), 25);
	assert_int_equal(offsetof(struct ledger_lvs_server, weight), 72);
	assert_int_equal(sizeof(struct ledger_lvs_server), 84);
	assert_int_equal(offsetof(struct ledger_lvs_counts, connections), 16);
	assert_int_equal(offsetof(struct ledger_lvs_counts, in_bytes_rate), 64);
	assert_int_equal(sizeof(struct ledger_lvs_counts), 80);
	assert_int_equal(offsetof(struct ledger_lvs, trains), 32);
	assert_int_equal(offsetof(struct ledger_lvs, tcp), 80);
	assert_int_equal(offsetof(struct ledger_lvs, numbered), 96);
	assert_int_equal(offsetof(struct ledger_lvs, marks_table), 168);
	assert_int_equal(offsetof(struct ledger_virtual, real_first), 88);
	assert_int_equal(offsetof(struct ledger_virtual, only_active), 100);
	assert_int_equal(offsetof(struct ledger_virtual, answers), 104);
	assert_int_equal(sizeof(struct ledger_virtual), 108);
	assert_int_equal(offsetof(struct ledger_real, address), 12);
	assert_int_equal(sizeof(struct ledger_real), 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ours_goes_on),
		cmocka_unit_test(who_has_begun_knows_better),
		cmocka_unit_test(servers_go_on),
		cmocka_unit_test(those_behind_what_is_lost_go_on),
		cmocka_unit_test(a_lie_does_not_grow),
		cmocka_unit_test(all_that_leave_have_room),
		cmocka_unit_test(all_that_is_removed_is_known),
		cmocka_unit_test(fields_stay_where_they_are),
	};

	return cmocka_run_group_tests_name("ledger_lvs", tests, NULL, NULL);
}
