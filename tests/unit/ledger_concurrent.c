/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger between processes: readers never see half a record, and events
 * that several processes append at one time all arrive, once each.
 */
#include "ledger/ledger.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECONDS_MAX 60
#define GOOD_READS  3000
#define ADDRESSES   4

static void finish(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
}

/* The end of a writer that would go on, and of the ledger. */
static void end(pid_t writer, struct ledger *l, int fd)
{
	alarm(0);
	kill(writer, SIGKILL);
	finish(writer);
	ledger_unmap(l);
	close(fd);
}

/* A child that dies with the test, and at the latest after SECONDS_MAX. */
static pid_t child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(SECONDS_MAX);
	}
	return pid;
}

/* Leaves readers a moment between two writes, as the daemon does. */
static void breathe(void)
{
	for (volatile int i = 0; i < 400; i++)
		;
}

/* Every field that is compared gets the same number, again and again. */
static void write_for_ever(struct ledger *l)
{
	struct ledger_record *i = ledger_record_at(l, 0);
	struct vrrp_saved *core = ledger_core_at(l, 0);

	for (uint64_t n = 1;; n++) {
		ledger_begin(&i->sequence);
		i->since_real = (tick_t)n;
		core->since = (tick_t)n;
		memset(&i->peer, (int)(n % 26), sizeof(i->peer));
		for (uint32_t a = 0; a < ADDRESSES; a++)
			ledger_held_at(l, a)->error = (int32_t)n;
		i->last_mistake_real = (tick_t)n;
		ledger_end(&i->sequence);
		breathe();
	}
}

static void assert_whole(const struct ledger_record *i,
			 const struct vrrp_saved *core)
{
	uint64_t n = (uint64_t)i->since_real;

	assert_int_equal(core->since, n);
	assert_int_equal(i->last_mistake_real, n);
	for (size_t c = 0; c < sizeof(i->peer.bytes); c++)
		assert_int_equal(i->peer.bytes[c], i->peer.family);
}

static void a_reader_never_sees_half_a_record(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, ADDRESSES, 1024 }, "v",
			       &l);
	uint64_t first = 0, last = 0;
	unsigned good = 0;
	pid_t writer = child();

	if (writer == 0)
		write_for_ever(l);
	/* At least so many, and until the writer was really at work. */
	alarm(SECONDS_MAX);
	while (good < GOOD_READS || last == first) {
		struct ledger_instance copy;
		struct vrrp_saved core;

		if (!ledger_read_instance(l, 0, &copy, &core))
			continue;
		assert_whole(&copy.record, &core);
		last = (uint64_t)copy.record.since_real;
		if (good++ == 0)
			first = last;
	}
	end(writer, l, fd);
}

static void addresses_share_the_lock(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 1, ADDRESSES, 1024 }, "v",
			       &l);
	const uint32_t *sequence = &ledger_record_at(l, 0)->sequence;
	unsigned good = 0;
	int32_t last = 0;
	pid_t writer = child();

	if (writer == 0)
		write_for_ever(l);
	alarm(SECONDS_MAX);
	while (good < GOOD_READS || last == 0) {
		struct ledger_held copy[ADDRESSES];
		uint32_t begun = ledger_read_begin(sequence);

		memcpy(copy, ledger_held_at(l, 0), sizeof(copy));
		if (ledger_read_retry(sequence, begun))
			continue;
		for (uint32_t a = 1; a < ADDRESSES; a++)
			assert_int_equal(copy[a].error, copy[0].error);
		last = copy[0].error;
		good++;
	}
	end(writer, l, fd);
}

#define WRITERS  3
#define EACH     30000
#define GAPS_MAX 16 /* a writer that slept in its slot for a whole round */

static void append_many(struct ledger *l, int me, int go)
{
	struct ledger_event e = { .instance = LEDGER_NO_INSTANCE };
	char byte;

	(void)!read(go, &byte, 1);
	e.code = (uint8_t)me;
	for (e.value = 1; e.value <= EACH; e.value++)
		ledger_append(l, &e);
}

/* Three processes fill the ring together; no number is given twice. */
static void processes_append_side_by_side(void **state)
{
	int64_t last[WRITERS] = { 0 };
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 0, 0, 1024 }, "v", &l);
	pid_t writers[WRITERS];
	unsigned gaps = 0;
	int go[2];

	assert_int_equal(pipe(go), 0);
	for (int w = 0; w < WRITERS; w++) {
		writers[w] = child();
		if (writers[w] == 0) {
			close(go[1]);
			append_many(l, w, go[0]);
			_exit(0);
		}
	}
	close(go[1]); /* all at once */
	for (int w = 0; w < WRITERS; w++)
		finish(writers[w]);
	close(go[0]);

	assert_int_equal(ledger_server(l)->events, WRITERS * EACH);
	for (uint64_t n = ledger_server(l)->events - LEDGER_EVENTS + 1;
	     n <= ledger_server(l)->events; n++) {
		struct ledger_event e;

		if (!ledger_read_event(l, n, &e)) {
			gaps++;
			continue;
		}
		assert_true(e.code < WRITERS && e.value > last[e.code]);
		last[e.code] = e.value;
	}
	assert_true(gaps <= GAPS_MAX);
	ledger_unmap(l);
	close(fd);
}

/* A reader that follows while the ring runs over: only whole events. */
static void a_follower_sees_only_whole_events(void **state)
{
	struct ledger *l = NULL;
	int fd = ledger_create(&(struct ledger_size){ 0, 0, 1024 }, "v", &l);
	unsigned good = 0;
	pid_t writer = child();

	if (writer == 0) {
		struct ledger_event e = { .instance = LEDGER_NO_INSTANCE };

		for (uint64_t n = 1;; n++) {
			e.value = (int64_t)n;
			e.peer.bytes[15] = (uint8_t)n;
			ledger_append(l, &e);
			breathe();
		}
	}
	alarm(SECONDS_MAX);
	while (good < GOOD_READS) {
		uint64_t newest = __atomic_load_n(&ledger_server(l)->events,
						  __ATOMIC_ACQUIRE);
		struct ledger_event e;

		if (!ledger_read_event(l, newest, &e))
			continue;
		assert_int_equal(e.number, newest);
		assert_int_equal(e.value, newest);
		assert_int_equal(e.peer.bytes[15], (uint8_t)newest);
		good++;
	}
	end(writer, l, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_never_sees_half_a_record),
		cmocka_unit_test(addresses_share_the_lock),
		cmocka_unit_test(processes_append_side_by_side),
		cmocka_unit_test(a_follower_sees_only_whole_events),
	};

	return cmocka_run_group_tests_name("ledger_concurrent", tests, NULL,
					   NULL);
}
