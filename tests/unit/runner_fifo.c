/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of virtual and real servers to a FIFO that is full, or of news that
 * cannot be read: what is lost is counted once. The FIFO is a pipe.
 */
#include "ledger/lvs.h"
#include "ledger/news.h"
#include "runner/runner_state.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 8

static struct ledger *l;
static struct runner *r;
static struct fifo fifo;
static int ledger_fd, ends[2];

static int begin(void **state)
{
	(void)state;
	ledger_fd =
		ledger_create(&(struct ledger_size){ .news = ROOM }, "v", &l);
	r = calloc(1, sizeof(*r));
	if (ledger_fd < 0 || !r || loop_init(&r->loop, NULL, NULL) ||
	    pipe2(ends, O_NONBLOCK))
		return 1;
	r->ledger = l;
	fifo = (struct fifo){ .of_servers = true,
			      .fd = ends[1],
			      .lost_told = true,
			      .record = ledger_fifo_at(l, 0) };
	return 0;
}

static int end(void **state)
{
	(void)state;
	fifo_full_over(r, &fifo);
	loop_close(&r->loop);
	free(r);
	ledger_unmap(l);
	close(ledger_fd);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

static void add(uint16_t port)
{
	struct ledger_news n = {
		.what = port ? LEDGER_NEWS_SERVER_UP : LEDGER_NEWS_WHATS,
		.port = port,
		.name = "vs",
	};

	ip_parse("192.0.2.1", &n.address);
	ledger_news_add(l, &n);
	ledger_news_publish(l);
}

static void fill(void)
{
	char bytes[4096] = { 0 };

	while (write(ends[1], bytes, sizeof(bytes)) > 0)
		;
	while (write(ends[1], bytes, 1) > 0)
		;
}

static void empty(void)
{
	char bytes[4096];

	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		;
}

static void look(void)
{
	fifo_full_over(r, &fifo);
	fifo_look(r, &fifo);
}

static void what_is_lost_is_counted_once(void **state)
{
	(void)state;
	fill();
	for (uint16_t port = 1; port <= ROOM + 3; port++)
		add(port);
	for (unsigned n = 0; n < 5; n++)
		look();
	assert_int_equal(fifo.record->lost, 3);
	assert_int_equal(fifo.record->servers, 3);
	empty();
	look();
	assert_int_equal(fifo.record->lines, ROOM);
	assert_int_equal(fifo.record->lost, 3);
	assert_int_equal(fifo.record->servers, ROOM + 3);
}

/* Also if nothing that can be read comes after it. */
static void so_is_what_cannot_be_read(void **state)
{
	(void)state;
	add(1);
	add(0);
	for (unsigned n = 0; n < 5; n++)
		look();
	assert_int_equal(fifo.record->lines, 1);
	assert_int_equal(fifo.record->lost, 1);
	add(2);
	look();
	assert_int_equal(fifo.record->lines, 2);
	assert_int_equal(fifo.record->lost, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_lost_is_counted_once,
						begin, end),
		cmocka_unit_test_setup_teardown(so_is_what_cannot_be_read,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
