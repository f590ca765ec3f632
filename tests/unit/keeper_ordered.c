/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders for real servers (`baton rs`) in the keeper: what is answered, and
 * what stands in the file of the run directory.
 */
#include "keeper/keeper_state.h"

#include "ledger/ledger.h"
#include "ledger/order.h"
#include "ledger/ordered.h"
#include "sys/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct keeper_setup setup;
static struct keeper keeper, *const k = &keeper;
static char folder[64], path[80], logged[8192];
static struct reply answer;
static int ledger_fd;
static tick_t now, real_now;

tick_t clock_now(void)
{
	return now;
}

tick_t clock_real_now(void)
{
	return real_now;
}

tick_t clock_asleep(void)
{
	return 0;
}

void __wrap_log_line(int level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void __wrap_log_line(int level, const char *format, ...)
{
	size_t length = strlen(logged);
	va_list values;

	(void)level;
	va_start(values, format);
	vsnprintf(logged + length, sizeof(logged) - length, format, values);
	va_end(values);
	strcat(logged, "\n");
}

/* Virtual servers of one real server each, the same machine. */
static void make_ledger(uint32_t virtuals)
{
	const struct ledger_size size = {
		.virtuals = virtuals,
		.servers = virtuals,
		.texts = 64,
	};

	ledger_fd = ledger_create(&size, "v", &k->now.ledger);
	assert_true(ledger_fd >= 0);
	for (uint32_t n = 0; n < virtuals; n++) {
		*ledger_real_at(k->now.ledger, n) = (struct ledger_real){
			.address = { IP_V4, { 10, 0, 0, 1 } },
			.port = 80,
		};
		*ledger_virtual_at(k->now.ledger, n) = (struct ledger_virtual){
			.address = { IP_V4,
				     { 192, 0, (uint8_t)(n >> 8),
				       (uint8_t)n } },
			.port = 80,
			.protocol = 6,
			.real_first = n,
			.real_count = 1,
		};
	}
}

static void drop_ledger(void)
{
	ledger_unmap(k->now.ledger);
	close(ledger_fd);
}

static int begin(void **state)
{
	(void)state;
	now = 1000 * TICK_SECOND;
	real_now = 1800000000 * TICK_SECOND;
	logged[0] = '\0';
	snprintf(folder, sizeof(folder), "/tmp/keeper_ordered.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/servers", folder);
	setup.run_dir = folder;
	keeper = (struct keeper){ .setup = &setup };
	k->succession.confirm_by = TICK_NEVER;
	return 0;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

/* What `baton rs` is answered, as text. */
static const char *order(enum order_server_what what, const char *virtual,
			 const char *real)
{
	struct order_server o = { .what = what,
				  .seconds = ORDER_AS_CONFIGURED,
				  .weight = 7 };
	int ends[2];

	snprintf(o.virtual, sizeof(o.virtual), "%s", virtual);
	snprintf(o.real, sizeof(o.real), "%s", real);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	ordered_take(k, ends[1], &o);
	memset(&answer, 0, sizeof(answer));
	assert_true(recv(ends[0], &answer, sizeof(answer), 0) > 0);
	close(ends[0]);
	return answer.text;
}

static unsigned count_lines(const char *text)
{
	unsigned lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void few_are_all_named(void **state)
{
	(void)state;
	make_ledger(3);
	order(ORDER_SERVER_DISABLE, "all", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	assert_int_equal(count_lines(answer.text), 3);
	assert_non_null(strstr(answer.text, "of [192.0.0.2]:tcp:80 is out"));
	assert_null(strstr(answer.text, " done"));
	drop_ledger();
}

/* Of a weight of 0 IPVS does not tell clients that it has a template for. */
static void persistent_clients_go_on(void **state)
{
	static const char words[] =
		"\nclients that it knows go on to it until "
		"persistence_timeout, if "
		"net.ipv4.vs.expire_quiescent_template is 0\n";

	(void)state;
	make_ledger(2);
	ledger_virtual_at(k->now.ledger, 1)->persistence = 300;
	order(ORDER_SERVER_DRAIN, "[192.0.0.1]:80", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	assert_non_null(strstr(answer.text, words));
	order(ORDER_SERVER_DRAIN, "[192.0.0.0]:80", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	assert_null(strstr(answer.text, "persistence_timeout"));
	/* That ends what is known of it. */
	order(ORDER_SERVER_DISABLE, "[192.0.0.1]:80", "10.0.0.1");
	assert_null(strstr(answer.text, "persistence_timeout"));
	drop_ledger();
}

/* How many comes first, and not all of them are named. */
static void many_are_counted(void **state)
{
	(void)state;
	make_ledger(1000);
	order(ORDER_SERVER_DISABLE, "all", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	assert_ptr_equal(strstr(answer.text, "1000 of 1000 done"), answer.text);
	assert_int_equal(count_lines(answer.text), 1 + 16);
	assert_int_equal(ledger_ordered_used(k->now.ledger), 1000);
	assert_null(strstr(answer.text, "..."));
	/* The log has no more. */
	assert_int_equal(count_lines(logged), 1 + 16);
	drop_ledger();
}

/* What was not done comes first, with its reason; and who has an order already
 * can have another one. */
static void what_is_refused_comes_first(void **state)
{
	(void)state;
	make_ledger(1064);
	order(ORDER_SERVER_WEIGHT, "[192.0.4.39]:80", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	order(ORDER_SERVER_DISABLE, "all", "10.0.0.1");
	assert_int_equal(answer.failed, ENOSPC);
	assert_ptr_equal(
		strstr(answer.text,
		       "baton: rs disable: 1024 of 1064 done; 40 not: 1024 "
		       "servers are under orders"),
		answer.text);
	assert_non_null(strstr(answer.text,
			       "\nnot: 10.0.0.1:80 of [192.0.3.255]:tcp:80, "));
	assert_non_null(strstr(answer.text, " and 24 more\n"));
	assert_null(strstr(answer.text, "..."));
	assert_int_equal(count_lines(answer.text), 2 + 16);
	/* The last of all was done, after those that were refused. */
	order(ORDER_SERVER_UNSET, "[192.0.4.39]:80", "10.0.0.1");
	assert_int_equal(ledger_ordered_used(k->now.ledger), 1024);
	assert_int_equal(answer.failed, 0);
	order(ORDER_SERVER_DISABLE, "[192.0.4.0]:80", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	order(ORDER_SERVER_DISABLE, "[192.0.4.1]:80", "10.0.0.1");
	assert_int_equal(answer.failed, ENOSPC);
	assert_non_null(strstr(answer.text, "end some with `baton rs unset`"));
	drop_ledger();
}

/* The daemon is started again, on a machine of these clocks. */
static void start_again(tick_t clock, tick_t real)
{
	drop_ledger();
	make_ledger(3);
	now = clock;
	real_now = real;
	logged[0] = '\0';
	ordered_recall(k);
}

static struct ledger_ordered first(void)
{
	struct ledger_ordered o;

	assert_true(ledger_find_ordered(k->now.ledger, 0, &o));
	return o;
}

static void a_deadline_outlives_the_clock(void **state)
{
	(void)state;
	make_ledger(3);
	ledger_virtual_at(k->now.ledger, 0)->drain_ms = 60000;
	order(ORDER_SERVER_DRAIN, "[192.0.0.0]:80", "10.0.0.1");
	assert_int_equal(answer.failed, 0);
	assert_true(first().until == now + 60 * TICK_SECOND);
	start_again(50 * TICK_SECOND, real_now + 20 * TICK_SECOND);
	assert_true(first().until == 90 * TICK_SECOND);
	assert_non_null(strstr(logged, "hold for 1 real servers"));
	/* Long after it, on a machine that has just begun: it has passed, and
	 * is no order without an end. */
	start_again(5 * TICK_SECOND, real_now + 3600 * TICK_SECOND);
	assert_true(first().until >= 0 && first().until <= now);
	assert_int_equal(ordered_remember(k), 0);
	start_again(6 * TICK_SECOND, real_now + TICK_SECOND);
	assert_true(first().until <= now);
	drop_ledger();
}

static void write_file(const void *bytes, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* What cannot be read is told, with what is to be done. */
static void orders_are_not_forgotten_in_silence(void **state)
{
	struct rlimit was, none;
	char bytes[4096];
	ssize_t size;
	int fd;

	(void)state;
	make_ledger(3);
	ordered_recall(k); /* there is none */
	assert_string_equal(logged, "");
	order(ORDER_SERVER_DISABLE, "all", "10.0.0.1");
	fd = open(path, O_RDONLY);
	size = read(fd, bytes, sizeof(bytes));
	assert_true(size > 100);
	close(fd);

	write_file(bytes, (size_t)size - 1, 0600);
	start_again(now, real_now);
	assert_int_equal(ledger_ordered_used(k->now.ledger), 2);
	assert_non_null(strstr(logged, "/servers: it ends in the middle; "
				       "orders of `baton rs` are forgotten: "
				       "give them again\n"));
	assert_non_null(strstr(logged, "hold for 2 real servers"));

	write_file(bytes, 5, 0600);
	start_again(now, real_now);
	assert_non_null(strstr(logged, "/servers: it is no list of orders"));

	bytes[0] ^= 1;
	write_file(bytes, (size_t)size, 0600);
	start_again(now, real_now);
	assert_non_null(strstr(logged, "/servers: it is no list of orders"));
	assert_int_equal(count_lines(logged), 1);

	write_file(bytes, (size_t)size, 0666);
	start_again(now, real_now);
	assert_non_null(strstr(logged, "/servers is not believed: others could "
				       "write it; make it root's alone"));
	assert_non_null(strstr(logged, "are forgotten: give them again"));
	assert_int_equal(ledger_ordered_used(k->now.ledger), 0);

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	logged[0] = '\0';
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ordered_recall(k);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_non_null(
		strstr(logged, "/servers cannot be read: Too many open files"));
	assert_non_null(strstr(logged, "are forgotten: give them again"));
	drop_ledger();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(few_are_all_named, begin, end),
		cmocka_unit_test_setup_teardown(persistent_clients_go_on, begin,
						end),
		cmocka_unit_test_setup_teardown(many_are_counted, begin, end),
		cmocka_unit_test_setup_teardown(what_is_refused_comes_first,
						begin, end),
		cmocka_unit_test_setup_teardown(a_deadline_outlives_the_clock,
						begin, end),
		cmocka_unit_test_setup_teardown(
			orders_are_not_forgotten_in_silence, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
