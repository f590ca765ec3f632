/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "director_fixture.h"

#include "conf_fixture.h"
#include "lvs/save.h"
#include "sys/ipvs.h"
#include "sys/wake.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The kernel, which outlives processes. */
struct kernel *kernel;

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
	kernel->dumps++;
	if (kernel->dests_fail > 0) {
		kernel->dests_fail--;
		return -EINTR;
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

struct ledger *ledger;
int wake[2];

static int ledger_fd, stop[2];
static pid_t running; /* a child, or 0 */

static int confine(void *context)
{
	(void)context;
	return 0;
}

/* It does not outlive a test that has failed. */
static void run(const struct conf_model *model, int wake_fd, int stop_fd)
{
	const struct director_setup setup = {
		.model = model,
		.ledger = ledger,
		.wake = wake_fd,
		.stop = stop_fd,
		.confine = confine,
	};

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		_exit(1);
	_exit(director_run(&setup));
}

pid_t start_lvs(const char *text)
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
	running = pid;
	return pid;
}

int end_lvs(pid_t pid, int signal)
{
	int status;

	running = 0;
	kill(pid, signal);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(wake[0]);
	close(wake[1]);
	close(stop[0]);
	close(stop[1]);
	return signal == SIGKILL ? 0 : status;
}

static struct conf_loaded *held;

void hold_lvs(struct director *d, const char *text)
{
	held = conf_load_text(text);
	assert_non_null(held->model);
	assert_int_equal(wake_open(wake), 0);
	*d = (struct director){
		.model = held->model,
		.ledger = ledger,
		.wake = wake[1],
		.ipvs = (struct ipvs *)kernel,
		.refresh = 5 * TICK_SECOND,
		.refresh_fd = -1,
		.turned_at = 1000 * TICK_SECOND,
		.news = true,
	};
	table_init(&d->table, malloc, free);
	assert_int_equal(wanted_setup(d), 0);
	assert_int_equal(counts_setup(d), 0);
	assert_int_equal(told_setup(d), 0);
	assert_int_equal(memory_setup(d), 0);
	assert_int_equal(memory_resume(d, TICK_SECOND), 0);
	lvs_begin(&d->core, TICK_SECOND);
	wanted_pass_on(d);
	memory_write(d);
	for (uint32_t n = 0; n < d->table.service_count; n++) {
		struct table_service *s = &d->table.services[n];
		const struct ipvs_change change = { IPVS_NEW_SERVICE, &s->want,
						    NULL };

		assert_int_equal(model_do(&kernel->table, &change), 0);
		s->have = s->want;
		s->is |= TABLE_KNOWN;
	}
	d->table.looked = true;
	d->table.unsure = false;
}

void drop_lvs(struct director *d)
{
	wanted_free(d);
	counts_free(d);
	memory_free(d);
	table_free(&d->table);
	conf_unload(held);
	close(wake[0]);
	close(wake[1]);
}

unsigned dests_in_kernel(void)
{
	unsigned count = 0;

	for (unsigned n = 0; n < kernel->table.service_count; n++)
		count += kernel->table.services[n].dest_count;
	return count;
}

void wait_until(bool (*is_so)(void), const char *what)
{
	const struct timespec pause = { 0, 5000000 };

	for (unsigned n = 0; n < 4000; n++) {
		if (is_so())
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s", what);
}

void wait_for(unsigned wanted)
{
	const struct timespec pause = { 0, 5000000 };

	for (unsigned n = 0; n < 4000; n++) {
		if (dests_in_kernel() == wanted && ledger_lvs(ledger)->done &&
		    kernel->timeouts.tcp == 901)
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%u destinations and not %u", dests_in_kernel(), wanted);
}

void wait_order(uint32_t server, enum lvs_order order)
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

void put_order(uint32_t real, enum ledger_ordered_what what)
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

static struct ledger_size size;

static bool make_ledger(void)
{
	ledger_fd = ledger_create(&size, "v", &ledger);
	return ledger_fd >= 0;
}

static void end_ledger(void)
{
	ledger_unmap(ledger);
	close(ledger_fd);
}

void forget_ledger(void)
{
	end_ledger();
	assert_true(make_ledger());
}

int begin_test_with(const struct ledger_size *of)
{
	size = *of;
	size.news = ledger_news_room(size.servers);
	kernel = mmap(NULL, sizeof(*kernel), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (kernel == MAP_FAILED || !make_ledger())
		return 1;
	kernel->timeouts = (struct ipvs_timeouts){ 900, 120, 300 };
	return 0;
}

int end_test(void **state)
{
	(void)state;
	if (running > 0)
		(void)end_lvs(running, SIGKILL);
	end_ledger();
	munmap(kernel, sizeof(*kernel));
	return 0;
}
