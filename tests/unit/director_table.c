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
#include "ledger/lvs.h"
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
} * kernel;

int ipvs_open(struct ipvs **out)
{
	*out = (struct ipvs *)kernel;
	return 0;
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
		each(context, &kernel->table.services[n].is, NULL);
	return 0;
}

int ipvs_dests(struct ipvs *v, const struct ipvs_key *service,
	       void (*each)(void *, const struct ipvs_dest *,
			    const struct ipvs_counts *),
	       void *context)
{
	const struct model_service *s = model_find(&kernel->table, service);

	(void)v;
	for (unsigned n = 0; s && n < s->dest_count; n++)
		each(context, &s->dests[n], NULL);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_life_and_the_next,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_a_file_has_lost_is_removed,
						begin_test, end_test),
		cmocka_unit_test_setup_teardown(what_others_empty_is_put_back,
						begin_test, end_test),
	};

	return cmocka_run_group_tests_name("director_table", tests, NULL, NULL);
}
