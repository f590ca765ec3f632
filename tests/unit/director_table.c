/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process `lvs` (src/director) with a model of the kernel's table
 * (tests/ipvs/model.h) in the place of sys/ipvs.h: what the virtual machine
 * shows of the release, under the sanitizers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf_fixture.h"
#include "director/director.h"
#include "director/director_state.h"
#include "ledger/lvs.h"
#include "ledger/ordered.h"
#include "lvs/save.h"
#include "model.h"
#include "sys/ipvs.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel, which outlives processes. */
static struct {
	struct model table;
	uint64_t changes;
	struct ipvs_timeouts timeouts;
	uint32_t active;  /* connections of each destination */
	int open_error;   /* 0: it has IPVS */
	int dests_error;  /* 0: it says what destinations there are */
	unsigned refused; /* how often it did not */
} * kernel;

int ipvs_open(struct ipvs **out)
{
	*out = kernel->open_error ? NULL : (struct ipvs *)kernel;
	return kernel->open_error;
}

void ipvs_close(struct ipvs *v)
{
	(void)v;
}

int ipvs_train(struct ipvs *v, const struct ipvs_change *changes,
	       unsigned count, int *errors)
{
	(void)v;
	for (unsigned n = 0; n < count; n++)
		errors[n] = model_do(&kernel->table, &changes[n]);
	kernel->changes += count;
	return 0;
}

int ipvs_services(struct ipvs *v,
		  void (*each)(void *, const struct ipvs_service *,
			       const struct ipvs_counts *),
		  void *context)
{
	(void)v;
	for (unsigned n = 0; n < kernel->table.service_count; n++)
		each(context, &kernel->table.services[n].is,
		     &(struct ipvs_counts){ .connections = 4711 });
	return 0;
}

int ipvs_dests(struct ipvs *v, const struct ipvs_key *service,
	       void (*each)(void *, const struct ipvs_dest *,
			    const struct ipvs_counts *),
	       void *context)
{
	const struct model_service *s = model_find(&kernel->table, service);

	(void)v;
	if (kernel->dests_error) {
		kernel->refused++;
		return kernel->dests_error;
	}
	for (unsigned n = 0; s && n < s->dest_count; n++)
		each(context, &s->dests[n],
		     &(struct ipvs_counts){ .active = kernel->active,
					    .inactive = 5,
					    .in_bytes_rate = UINT64_MAX });
	return 0;
}

int ipvs_daemons(struct ipvs *v, struct ipvs_daemon out[2])
{
	(void)v;
	out[0] = out[1] = (struct ipvs_daemon){ 0 };
	return 0;
}

int ipvs_daemon_start(struct ipvs *v, const struct ipvs_daemon *daemon)
{
	(void)v;
	(void)daemon;
	return -ENODEV;
}

int ipvs_daemon_stop(struct ipvs *v, enum ipvs_daemon_role role)
{
	(void)v;
	(void)role;
	return -ESRCH;
}

int ipvs_get_timeouts(struct ipvs *v, struct ipvs_timeouts *out)
{
	(void)v;
	*out = kernel->timeouts;
	return 0;
}

int ipvs_set_timeouts(struct ipvs *v, const struct ipvs_timeouts *timeouts)
{
	(void)v;
	kernel->timeouts = *timeouts;
	return 0;
}

#define TEXT                                                                   \
	"global_defs {\n lvs_timeouts tcp 901\n}\n"                            \
	"virtual_server 10.0.0.1 80 {\n lb_algo mh\n lb_kind DR\n"             \
	" protocol TCP\n sorry_server 10.0.1.9 80\n"                           \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n"                          \
	" real_server 10.0.1.2 80 {\n weight 2\n }\n}\n"                       \
	"virtual_server fwmark 7 {\n lb_algo rr\n lb_kind NAT\n"               \
	" real_server 10.0.1.3 0 {\n weight 1\n }\n}\n"

static struct ledger *ledger;
static int ledger_fd;

static int confine(void *context)
{
	(void)context;
	return 0;
}

static void run(const struct conf_model *model, int wake, int stop)
{
	const struct director_setup setup = {
		.model = model,
		.ledger = ledger,
		.wake = wake,
		.stop = stop,
		.confine = confine,
	};

	_exit(director_run(&setup));
}

static int wake[2], stop[2];

static pid_t start(const char *text)
{
	struct conf_loaded *l = conf_load_text(text);
	pid_t pid;

	assert_non_null(l->model);
	assert_int_equal(wake_open(wake), 0);
	assert_int_equal(pipe(stop), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		run(l->model, wake[1], stop[0]);
	conf_unload(l);
	return pid;
}

/* By a signal; 0 or how it ended. */
static int end(pid_t pid, int signal)
{
	int status;

	kill(pid, signal);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(wake[0]);
	close(wake[1]);
	close(stop[0]);
	close(stop[1]);
	return signal == SIGKILL ? 0 : status;
}

static unsigned dests(void)
{
	unsigned count = 0;

	for (unsigned n = 0; n < kernel->table.service_count; n++)
		count += kernel->table.services[n].dest_count;
	return count;
}

/* Until the table is done, and has so many destinations. */
static void wait_for(unsigned wanted)
{
	const struct timespec pause = { 0, 5000000 };

	for (unsigned n = 0; n < 4000; n++) {
		if (dests() == wanted && ledger_lvs(ledger)->done &&
		    kernel->timeouts.tcp == 901)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%u destinations and not %u", dests(), wanted);
}

/* Until that server has that order, by the book. */
static void wait_order(uint32_t server, enum lvs_order order)
{
	const struct timespec pause = { 0, 5000000 };
	struct ledger_lvs_server is;
	struct lvs_saved_server saved;

	for (unsigned n = 0; n < 4000; n++) {
		ledger_read_lvs_server(ledger, server, &is);
		memcpy(&saved, is.saved, sizeof(saved));
		if (ledger_lvs_used_servers(ledger) > server &&
		    is.length >= sizeof(saved) && saved.order == order)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("server %u has no order %u", server, order);
}

static void put_order(uint32_t real, enum ledger_ordered_what what)
{
	struct ledger_ordered order = {
		.what = (uint8_t)what,
		.weight = LEDGER_ORDERED_NO_WEIGHT,
		.until = TICK_NEVER,
	};

	ledger_ordered_name(ledger, 0, real, &order);
	assert_int_equal(ledger_put_ordered(ledger, &order), 0);
	wake_send(wake[0]);
}

static int begin_test(void **state)
{
	const struct ledger_size size = { .instances = 0,
					  .texts = 1024,
					  .virtuals = 2,
					  .servers = 3,
					  .services = 2 };

	(void)state;
	kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ledger_fd = ledger_create(&size, "v", &ledger);
	kernel->timeouts = (struct ipvs_timeouts){ 900, 120, 300 };
	return kernel == MAP_FAILED || ledger_fd < 0;
}

static int end_test(void **state)
{
	(void)state;
	ledger_unmap(ledger);
	close(ledger_fd);
	munmap(kernel, sizeof(*kernel));
	return 0;
}

static void one_life_and_the_next(void **state)
{
	pid_t pid = start(TEXT);
	uint64_t changes;

	(void)state;
	wait_for(3);
	assert_true(ledger_lvs_is_left(ledger));
	assert_int_equal(ledger_lvs_used_servers(ledger), 3);
	/* Another one follows: it ends, and touches nothing. */
	assert_int_equal(end(pid, SIGTERM), 0);
	assert_int_equal(dests(), 3);
	changes = kernel->changes;
	ledger_lvs(ledger)->done = false;
	pid = start(TEXT);
	wait_for(3);
	assert_int_equal(end(pid, SIGKILL), 0);
	assert_int_equal(kernel->changes, changes);
	ledger_lvs(ledger)->done = false;
	pid = start(TEXT);
	wait_for(3);
	assert_int_equal(kernel->changes, changes);
	/* The daemon ends. */
	ledger->ends = true;
	assert_int_equal(end(pid, SIGTERM), 0);
	assert_int_equal(kernel->table.service_count, 0);
	assert_int_equal(kernel->timeouts.tcp, 900);
	assert_false(ledger_lvs_is_left(ledger));
}

static void what_a_file_has_lost_is_removed(void **state)
{
	const char *less = strstr(TEXT, "virtual_server fwmark");
	const struct ipvs_service foreign = {
		.key = { .family = IP_V4, .mark = 99 },
		.scheduler = "rr",
	};
	const struct ipvs_change change = { IPVS_NEW_SERVICE, &foreign, NULL };
	char text[1024];
	pid_t pid = start(TEXT);

	(void)state;
	wait_for(3);
	assert_int_equal(end(pid, SIGTERM), 0);
	assert_int_equal(model_do(&kernel->table, &change), 0);
	snprintf(text, sizeof(text),
		 "global_defs {\n lvs_timeouts tcp 901\n}\n%s", less);
	ledger_lvs(ledger)->done = false;
	pid = start(text);
	wait_for(1);
	assert_int_equal(kernel->table.service_count, 2); /* one is foreign */
	assert_int_equal(end(pid, SIGTERM), 0);
}

#define HEAD "global_defs {\n lvs_timeouts tcp 901\n}\n"

/* By DR they are one entry, whatever ports are written. */
static void the_sorry_server_is_a_real_one(void **state)
{
	pid_t pid =
		start(HEAD "virtual_server 10.0.0.1 80 {\n lb_kind DR\n"
			   " protocol TCP\n sorry_server 10.0.1.1 8080\n"
			   " real_server 10.0.1.1 80 {\n weight 1\n }\n"
			   " real_server 10.0.1.2 80 {\n weight 2\n }\n}\n");

	(void)state;
	wait_for(2);
	assert_int_equal(end(pid, SIGTERM), 0);
}

/* One service of two virtual servers: the first has it. */
static void a_service_of_two(void **state)
{
	pid_t pid = start(
		HEAD "virtual_server_group g {\n 10.0.0.1 80\n"
		     " 10.0.0.2 80\n}\n"
		     "virtual_server 10.0.0.1 80 {\n lb_kind DR\n"
		     " protocol TCP\n real_server 10.0.1.1 80 {\n }\n}\n"
		     "virtual_server group g {\n lb_kind DR\n protocol TCP\n"
		     " real_server 10.0.1.2 80 {\n }\n}\n");

	(void)state;
	wait_for(2);
	assert_int_equal(kernel->table.service_count, 2);
	for (unsigned n = 0; n < 2; n++)
		assert_int_equal(kernel->table.services[n].dest_count, 1);
	assert_int_equal(end(pid, SIGTERM), 0);
}

static void what_others_empty_is_put_back(void **state)
{
	pid_t pid = start(TEXT);

	(void)state;
	wait_for(3);
	kernel->table.service_count = 0;
	wait_for(3);
	assert_int_equal(kernel->table.service_count, 2);
	assert_true(ledger_lvs(ledger)->repairs >= 2);
	assert_int_equal(end(pid, SIGTERM), 0);
}

static void a_kernel_without_ipvs_is_in_the_book(void **state)
{
	const struct timespec pause = { 0, 5000000 };
	pid_t pid;

	(void)state;
	kernel->open_error = -ENOENT;
	pid = start(TEXT);
	for (unsigned n = 0; n < 4000 && !ledger_lvs(ledger)->error; n++)
		nanosleep(&pause, NULL);
	assert_int_equal(ledger_lvs(ledger)->error, ENOENT);
	assert_false(ledger_lvs_is_numbered(ledger));
	assert_int_equal(end(pid, SIGTERM), 0);
	kernel->open_error = 0;
	pid = start(TEXT);
	wait_for(3);
	assert_int_equal(ledger_lvs(ledger)->error, 0);
	assert_int_equal(end(pid, SIGTERM), 0);
}

/* As the keeper notes what is configured. */
static void note_servers(void)
{
	*ledger_virtual_at(ledger, 0) = (struct ledger_virtual){
		.address = { IP_V4, { 10, 0, 0, 1 } },
		.port = 80,
		.protocol = 6,
		.real_count = 2,
	};
	for (uint8_t n = 0; n < 2; n++)
		*ledger_real_at(ledger, n) = (struct ledger_real){
			.address = { IP_V4, { 10, 0, 1, (uint8_t)(n + 1) } },
			.port = 80,
		};
}

static void a_drain_ends_with_its_connections(void **state)
{
	struct ledger_lvs_counts counts;
	pid_t pid = start(TEXT);

	(void)state;
	note_servers();
	kernel->active = 3;
	wait_for(3);
	put_order(1, LEDGER_ORDERED_DRAIN);
	wait_order(1, LVS_ORDER_DRAINING);
	do
		assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	while (counts.active != 3);
	assert_int_equal(counts.inactive, 5);
	assert_int_equal(counts.in_bytes_rate, UINT64_MAX);
	assert_int_equal(ledger_lvs_left(&counts, 6), 3);
	assert_int_equal(ledger_lvs_left(&counts, 17), 8);
	assert_true(ledger_read_lvs_virtual_counts(ledger, 0, &counts));
	assert_int_equal(counts.connections, 4711);
	/* Another process goes on with it. */
	assert_int_equal(end(pid, SIGKILL), 0);
	pid = start(TEXT);
	wait_order(1, LVS_ORDER_DRAINING);
	kernel->active = 0;
	wait_order(1, LVS_ORDER_DRAINED);
	wait_for(2);
	/* An order that ends while there is no process has ended, too. */
	assert_int_equal(end(pid, SIGKILL), 0);
	put_order(1, LEDGER_ORDERED_NOTHING);
	pid = start(TEXT);
	wait_order(1, LVS_ORDER_NONE);
	wait_for(3);
	assert_int_equal(end(pid, SIGTERM), 0);
}

static void what_is_not_read_is_not_zero(void **state)
{
	const struct timespec pause = { 0, 5000000 };
	struct ledger_lvs_counts counts;
	pid_t pid = start(TEXT);

	(void)state;
	note_servers();
	kernel->active = 3;
	wait_for(3);
	put_order(1, LEDGER_ORDERED_DRAIN);
	wait_order(1, LVS_ORDER_DRAINING);
	do
		assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	while (counts.active != 3);
	kernel->refused = 0;
	kernel->dests_error = -ENOBUFS;
	for (unsigned n = 0; n < 4000 && kernel->refused < 6; n++)
		nanosleep(&pause, NULL);
	assert_true(kernel->refused >= 6);
	assert_true(ledger_read_lvs_server_counts(ledger, 1, &counts));
	assert_int_equal(counts.active, 3);
	assert_true(ledger_read_lvs_virtual_counts(ledger, 0, &counts));
	assert_int_equal(counts.active, 6);
	wait_order(1, LVS_ORDER_DRAINING);
	/* It goes on when the kernel says it again. */
	kernel->active = 0;
	kernel->dests_error = 0;
	wait_order(1, LVS_ORDER_DRAINED);
	assert_int_equal(end(pid, SIGTERM), 0);
}

#define LEAVES                                                                 \
	"global_defs {\n lvs_timeouts tcp 901\n}\n"                            \
	"virtual_server 10.0.0.1 80 {\n lb_algo mh\n lb_kind %s\n"             \
	" protocol TCP\n drain_timeout 60\n"                                   \
	" real_server 10.0.1.1 80 {\n weight 1\n }\n %s}\n"
#define LEFT " real_server 10.0.1.2 80 {\n weight 2\n uthreshold 9\n }\n"

/* What it was in the kernel it stays there, whatever the file says of others.
 */
static void what_leaves_drains_as_it_was(void **state)
{
	const struct model_service *s = &kernel->table.services[0];
	char text[1024];
	pid_t pid;

	(void)state;
	kernel->active = 1;
	snprintf(text, sizeof(text), LEAVES, "DR", LEFT);
	pid = start(text);
	wait_for(2);
	assert_int_equal(end(pid, SIGTERM), 0);
	snprintf(text, sizeof(text), LEAVES, "NAT", "");
	ledger_lvs(ledger)->numbered = 0;
	ledger_lvs(ledger)->done = false;
	pid = start(text);
	wait_order(1, LVS_ORDER_DRAINING);
	wait_for(2);
	for (unsigned n = 0; n < 2; n++) {
		bool leaves = s->dests[n].address[3] == 2;

		assert_int_equal(s->dests[n].weight, leaves ? 0 : 1);
		assert_int_equal(s->dests[n].forward,
				 leaves ? IPVS_DIRECT : IPVS_NAT);
		assert_int_equal(s->dests[n].upper, leaves ? 9 : 0);
	}
	assert_int_equal(end(pid, SIGKILL), 0);
	pid = start(text);
	wait_order(1, LVS_ORDER_DRAINING);
	kernel->active = 0;
	wait_for(1);
	assert_int_equal(end(pid, SIGTERM), 0);
}

/* The lines that are written while another program changes something in each
 * of so many turns, half a second apart. */
static unsigned lines_of_repairs(struct director *d, unsigned turns, char *last,
				 size_t size)
{
	int before = dup(STDERR_FILENO), file = memfd_create("lines", 0);
	unsigned lines = 0;
	FILE *written;

	assert_true(before >= 0 && file >= 0);
	assert_true(dup2(file, STDERR_FILENO) >= 0);
	for (unsigned n = 0; n < turns; n++) {
		d->turned_at += 500 * TICK_MILLISECOND;
		news_of_table(d, TABLE_GONE, NULL, NULL, 0);
		news_end(d);
	}
	d->turned_at += 60 * TICK_SECOND;
	news_end(d);
	news_end(d);
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	assert_int_equal(lseek(file, 0, SEEK_SET), 0);
	written = fdopen(file, "r");
	assert_non_null(written);
	while (fgets(last, (int)size, written))
		lines++;
	fclose(written);
	return lines;
}

static void who_fights_for_the_table_is_told_in_bounds(void **state)
{
	static struct director d;
	char last[256] = "";

	d.turned_at = TICK_SECOND;
	assert_int_equal(lines_of_repairs(&d, 100, last, sizeof(last)), 11);
	assert_non_null(strstr(last, "and 90 times more within a minute"));
	assert_int_equal(d.repairs, 100);
	/* After a while it is news again. */
	d.turned_at += 60 * TICK_SECOND;
	assert_int_equal(lines_of_repairs(&d, 3, last, sizeof(last)), 3);
	assert_non_null(strstr(last, "was removed by another program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_life_and_the_next,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_a_file_has_lost_is_removed,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(the_sorry_server_is_a_real_one,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(a_service_of_two, begin_test,
						end_test),
		cmocka_unit_test_setup_teardown(what_others_empty_is_put_back,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			a_drain_ends_with_its_connections, begin_test,
			end_test),
		cmocka_unit_test_setup_teardown(what_is_not_read_is_not_zero,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_leaves_drains_as_it_was,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(
			a_kernel_without_ipvs_is_in_the_book, begin_test,
			end_test),
		cmocka_unit_test(who_fights_for_the_table_is_told_in_bounds),
	};

	return cmocka_run_group_tests_name("director_table", tests, NULL, NULL);
}
