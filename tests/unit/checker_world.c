/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checker_world.h"

#include "checker/checker.h"
#include "router/book_checks.h"
#include "sys/clock.h"
#include "sys/sandbox.h"
#include "sys/wake.h"

#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys_child.h"

static int enter(void *context)
{
	(void)context;
	return sandbox_enter(SANDBOX_CHECK);
}

static int body(void *context)
{
	struct world *w = context;

	return checker_run(&(struct checker_setup){
		.model = w->loaded->model,
		.ledger = w->ledger,
		.wake = w->wake[1],
		.stop = w->stop[0],
		.confine = enter,
	});
}

void world_start(struct world *w)
{
	const int keep[] = { w->wake[1], w->stop[0], w->fd };
	struct process_config config = { .name = "check",
					 .main = body,
					 .context = w,
					 .keep = keep,
					 .keep_count = 3,
					 .output = STDERR_FILENO,
					 .reads_term = true };

	assert_int_equal(process_spawn(&config, &w->process), 0);
}

void world_end(struct world *w, int signal_number)
{
	struct process_end is;

	process_signal(&w->process, signal_number);
	is = end_of(&w->process);
	if (signal_number == SIGTERM && (is.killed || is.value != 0))
		fail_msg("its end is %s %d",
			 is.killed ? "by signal" : "with status", is.value);
}

struct world world_begin(const char *text)
{
	struct world w = { .loaded = conf_load_text(text) };
	struct ledger_size size = { 0 };

	if (!w.loaded->model)
		print_message("%s", w.loaded->printed);
	assert_non_null(w.loaded->model);
	size.instances = (uint32_t)w.loaded->model->instance_count;
	book_checks_count(w.loaded->model, &size);
	w.fd = ledger_create(&size, "v", &w.ledger);
	assert_true(w.fd >= 0);
	book_checks_fill(w.loaded->model, w.ledger);
	assert_int_equal(wake_open(w.wake), 0);
	assert_int_equal(pipe(w.stop), 0);
	world_start(&w);
	return w;
}

void world_finish(struct world *w)
{
	ledger_unmap(w->ledger);
	close(w->fd);
	for (unsigned n = 0; n < 2; n++) {
		close(w->wake[n]);
		close(w->stop[n]);
	}
	conf_unload(w->loaded);
}

struct ledger_check world_wait(struct world *w, uint32_t number,
			       enum ledger_check_state state)
{
	tick_t until = clock_now() + WORLD_PATIENCE;
	struct ledger_check is;

	do {
		struct pollfd p = { w->wake[0], POLLIN, 0 };

		ledger_read_check(w->ledger, number, &is);
		if (is.state == state)
			return is;
		poll(&p, 1, 50);
		(void)wake_take(w->wake[0]);
	} while (clock_now() < until);
	fail_msg("check %u is %s (%s), not %s", number,
		 ledger_check_state_name(is.state), is.words,
		 ledger_check_state_name(state));
	return is;
}

void world_wait_rounds(struct world *w, uint32_t number, uint64_t rounds)
{
	tick_t until = clock_now() + WORLD_PATIENCE;
	struct ledger_check is;

	do {
		poll(NULL, 0, 1);
		ledger_read_check(w->ledger, number, &is);
	} while (is.rounds < rounds && clock_now() < until);
	assert_true(is.rounds >= rounds);
}

void world_reply(int fd)
{
	for (;;) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		uint8_t bytes[512];
		ssize_t length = recvfrom(fd, bytes, sizeof(bytes), 0,
					  (struct sockaddr *)&from, &size);

		if (length < 0)
			return;
		if (length > 12)
			bytes[2] |= 0x80;
		sendto(fd, bytes, (size_t)length, 0, (struct sockaddr *)&from,
		       size);
	}
}
