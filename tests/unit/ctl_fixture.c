/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctl_fixture.h"
#include "ledger/order.h"

#include "ctl/ctl.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct sockaddr_un address_of(const struct fixture *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", f->dir, CTL_SOCKET);
	return a;
}

void fixture_begin(struct fixture *f, uint32_t instances, uint32_t addresses)
{
	*f = (struct fixture){ .dir = "/tmp/baton-test-XXXXXX",
			       .listen_fd = -1 };
	assert_non_null(mkdtemp(f->dir));
	f->ledger_fd = ledger_create(
		&(struct ledger_size){ instances, addresses, 1024, .news = 8 },
		"1.2.3", &f->ledger);
	assert_true(f->ledger_fd >= 0);
	assert_int_equal(wake_open(f->wake), 0);
	strcpy(f->ledger->router_id, "r1");
	alarm(FIXTURE_SECONDS);
}

/* The socket outlives its server, as the keeper's does. */
static void listen_once(struct fixture *f)
{
	struct sockaddr_un a = address_of(f);

	if (f->listen_fd >= 0)
		return;
	f->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listen_fd, (void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(f->listen_fd, 128), 0);
}

void fixture_serve(struct fixture *f, int idle_ms)
{
	struct ctl_setup setup = { .ledger_fd = f->ledger_fd,
				   .wake_fd = f->wake[1],
				   .stop_fd = -1,
				   .idle_ms = idle_ms };

	listen_once(f);
	setup.listen_fd = f->listen_fd;
	f->server = fork();
	assert_true(f->server >= 0);
	if (f->server == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(ctl_run(&setup) == 0 ? 0 : 1);
	}
}

int fixture_stop(struct fixture *f)
{
	int status = -1;

	if (f->server > 0) {
		kill(f->server, SIGTERM);
		assert_int_equal(waitpid(f->server, &status, 0), f->server);
		f->server = 0;
	}
	return status;
}

void fixture_end(struct fixture *f)
{
	struct sockaddr_un a = address_of(f);

	fixture_stop(f);
	unlink(a.sun_path);
	rmdir(f->dir);
	if (f->listen_fd >= 0)
		close(f->listen_fd);
	close(f->wake[0]);
	close(f->wake[1]);
	ledger_unmap(f->ledger);
	close(f->ledger_fd);
	alarm(0);
}

void fixture_event(struct fixture *f, const struct ledger_event *event)
{
	ledger_append(f->ledger, event);
	wake_send(f->wake[0]);
}

void fixture_rename(struct fixture *f, uint32_t index, const char *name)
{
	ledger_configured_at(f->ledger, index)->name =
		ledger_text_add(f->ledger, name);
}

static struct ip ip_of(const char *text)
{
	struct ip ip = { 0 };

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

static struct ledger_record *fill_one(struct fixture *f, uint32_t index,
				      const char *name, uint8_t family)
{
	struct ledger_configured *c = ledger_configured_at(f->ledger, index);
	struct ledger_record *i = ledger_record_at(f->ledger, index);
	struct vrrp_saved *core = ledger_core_at(f->ledger, index);

	c->name = ledger_text_add(f->ledger, name);
	c->interface = ledger_text_add(f->ledger, "eth0");
	i->ifindex = 2;
	c->family = family;
	c->version = 3;
	c->vrid = 51;
	c->priority = 200;
	c->interval = TICK_SECOND;
	c->address_first = index * 2;
	c->address_count = 2;
	core->priority = 200;
	core->active_interval = TICK_SECOND;
	core->adver_timer = TICK_NEVER;
	core->down_timer = TICK_NEVER;
	core->preempt_timer = TICK_NEVER;
	core->since = clock_now() - 7230 * TICK_SECOND;
	/* 2024-04-30T12:00:00.125Z */
	i->since_real = 1714478400125 * TICK_MILLISECOND;
	return i;
}

static void fill_address(struct fixture *f, uint32_t index, const char *text,
			 uint8_t prefix, enum ledger_holding_state state,
			 int error)
{
	*ledger_wanted_at(f->ledger, index) = (struct ledger_wanted){
		.address = ip_of(text),
		.prefix = prefix,
		.excluded = index % 2,
	};
	*ledger_held_at(f->ledger, index) = (struct ledger_held){
		.state = (uint8_t)state,
		.error = error,
		.ifindex = 2,
	};
}

void fixture_fill(struct fixture *f)
{
	struct ledger_process *p = &f->ledger->processes[0];
	struct vrrp_saved *core;
	struct ledger_record *i;

	strcpy(ledger_kind_at(f->ledger, 0)->name, "address");
	i = fill_one(f, 0, "web", IP_V4);
	core = ledger_core_at(f->ledger, 0);
	core->state = VRRP_ACTIVE;
	core->source = core->active = ip_of("192.0.2.251");
	core->active_priority = 200;
	core->peer_checksum = VRRP_CHECKSUM_RFC5798;
	ledger_counters_at(f->ledger, 0)->adverts_sent = 1234;
	ledger_counters_at(f->ledger, 0)->became_active = 2;
	ledger_count_add(f->ledger, LEDGER_DROPS, VRRP_DROP_CHECKSUM, 0, 7);
	ledger_count_add(f->ledger, LEDGER_NOTES, VRRP_NOTE_ADDRESS_LIST, 0, 3);
	i->last_mistake_peer = ip_of("192.0.2.7");
	i->last_mistake_type = LEDGER_EVENT_NOTE;
	i->last_mistake_code = VRRP_NOTE_ADDRESS_LIST;
	i->last_mistake_real = i->since_real;
	fill_address(f, 0, "192.0.2.1", 24, LEDGER_HOLDING_INSTALLED, 0);
	fill_address(f, 1, "192.0.2.2", 32, LEDGER_HOLDING_FAILED, EACCES);

	i = fill_one(f, 1, "web6", IP_V6);
	core = ledger_core_at(f->ledger, 1);
	core->state = VRRP_BACKUP;
	core->priority = 100;
	ledger_configured_at(f->ledger, 1)->priority = 100;
	core->source = ip_of("fe80::1");
	core->active = ip_of("fe80::c8");
	core->active_priority = 200;
	core->active_interval = 250 * TICK_MILLISECOND;
	core->down_timer = clock_now() + 3 * TICK_SECOND;
	fill_address(f, 2, "fe80::5", 64, LEDGER_HOLDING_ABSENT, 0);
	fill_address(f, 3, "2001:db8::5", 64, LEDGER_HOLDING_ABSENT, 0);

	i = fill_one(f, 2, "dark", IP_V4);
	core = ledger_core_at(f->ledger, 2);
	ledger_configured_at(f->ledger, 2)->vrid = 52;
	core->state = VRRP_FAULT;
	core->interface = VRRP_INTERFACE_NO_CARRIER;
	ledger_configured_at(f->ledger, 2)->address_count = 0;

	strcpy(p->name, "vrrp");
	p->pid = 4242;
	p->restarts = 1;
	p->started_real = i->since_real;
	ledger_count_add(f->ledger, LEDGER_DROPS, VRRP_DROP_VRID,
			 LEDGER_NO_INSTANCE, 5);
	ledger_server(f->ledger)->packets_received = 99;
	ledger_server(f->ledger)->turns = 1;
	p->scheduled = true;
	p->policy = SCHED_RR;
	p->real_time = 50;
	p->nice = -3;
	p->locked = 8192;
	ledger_server(f->ledger)->lateness_turn_max = 312 * TICK_MICROSECOND;
	ledger_server(f->ledger)->lateness_turn_sum = 1500 * TICK_MICROSECOND;
	ledger_server(f->ledger)->lateness_advert_max = 42 * TICK_MILLISECOND;
	ledger_server(f->ledger)->netlink_overruns = 2;
	ledger_server(f->ledger)->lateness_turn[0] = 10;
	ledger_server(f->ledger)->lateness_turn[3] = 2;
	ledger_server(f->ledger)->lateness_turn[LEDGER_LATENESS - 1] = 1;
}

int fixture_connect(const struct fixture *f)
{
	struct sockaddr_un a = address_of(f);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (void *)&a, sizeof(a)), 0);
	return fd;
}
