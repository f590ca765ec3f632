/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "router.h"

#include "vrrp/checksum.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct ip ip_of(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(text, &ip), 0);
	return ip;
}

void router_new(struct router *r, uint8_t family, uint8_t version,
		uint8_t priority)
{
	bool v4 = family == IP_V4;

	/* Also the padding, because structs are compared byte for byte. */
	memset(r, 0, sizeof(*r));
	r->addresses[0] = ip_of(v4 ? "192.0.2.1" : "fe80::1");
	r->addresses[1] = ip_of(v4 ? "192.0.2.2" : "2001:db8::1");
	r->source = ip_of(v4 ? "192.0.2.11" : "fe80::b");
	r->config = (struct vrrp_config){ VRRP_CONFIG_DEFAULTS };
	r->config.family = family;
	r->config.version = version;
	r->config.vrid = 10;
	r->config.priority = priority;
	r->config.preempt = true;
	r->config.interval = TICK_SECOND;
	r->config.announce.repeat = 1;
	r->config.announce.lower_repeat = 1;
	r->config.address_count = 2;
	r->now = START;
	r->config.addresses = r->addresses;
}

void router_start(struct router *r)
{
	struct vrrp_event startup = { .type = VRRP_EVENT_STARTUP };

	vrrp_init(&r->v, &r->config);
	router_interface(r, VRRP_INTERFACE_UP, r->source);
	router_event(r, &startup);
}

void router_backup(struct router *r, uint8_t family, uint8_t version,
		   uint8_t priority)
{
	router_new(r, family, version, priority);
	router_start(r);
	assert_int_equal(r->v.state, VRRP_BACKUP);
}

void router_active(struct router *r, uint8_t family, uint8_t version,
		   uint8_t priority)
{
	router_new(r, family, version, priority);
	router_start(r);
	if (r->v.state == VRRP_BACKUP)
		router_time(r, r->v.down_timer);
	assert_int_equal(r->v.state, VRRP_ACTIVE);
}

struct peer router_misled(struct router *r)
{
	struct peer p;

	router_active(r, IP_V4, 3, 100);
	p = peer_of(r, 255);
	p.advert.interval = 4095 * TICK_CENTISECOND;
	router_hear(r, &p);
	assert_entered(r, VRRP_BACKUP, VRRP_CAUSE_HIGHER_PRIORITY);
	return p;
}

struct peer peer_of(const struct router *r, uint8_t priority)
{
	const struct vrrp_config *c = &r->config;
	size_t size = ip_size(c->family);
	struct peer p = {
		.advert = {
			.version = c->version,
			.vrid = c->vrid,
			.priority = priority,
			.count = c->address_count,
			.family = c->family,
			.interval = c->interval,
			.checksum = VRRP_CHECKSUM_RFC9568,
		},
		.source = r->source,
		.destination = vrrp_group(c->family),
		.ttl = 255,
	};

	for (unsigned i = 0; i < c->address_count; i++)
		memcpy(p.addresses + i * size, r->addresses[i].bytes, size);
	peer_from(&p, 12);
	return p;
}

void peer_from(struct peer *p, uint8_t last)
{
	p->source.bytes[ip_size(p->source.family) - 1] = last;
}

struct message message_of(const struct peer *p)
{
	struct message m = { .source = p->source,
			     .destination = p->destination,
			     .ttl = p->ttl };
	struct vrrp_advert advert = p->advert;

	advert.addresses = p->addresses;
	m.length = vrrp_encode(&advert, &p->source, m.bytes, sizeof(m.bytes));
	assert_true(m.length > 0);
	return m;
}

void message_sum(struct message *m)
{
	uint32_t sum = 0;
	uint16_t check;

	m->bytes[6] = m->bytes[7] = 0;
	if (m->source.family == IP_V6)
		sum = checksum_add_pseudo(sum, &m->source, &m->destination,
					  m->length, VRRP_PROTOCOL);
	check = checksum_end(checksum_add(sum, m->bytes, m->length));
	m->bytes[6] = (uint8_t)(check >> 8);
	m->bytes[7] = (uint8_t)check;
}

struct peer sent_by(const struct router *r)
{
	const struct vrrp_action *send = first_of(r, VRRP_ACTION_SEND);
	struct peer p = peer_of(r, 0);

	assert_int_equal(count_of(r, VRRP_ACTION_SEND), 1);
	p.advert.priority = send->send.priority;
	p.advert.checksum = send->send.checksum;
	p.source = r->v.source;
	return p;
}

void router_event(struct router *r, const struct vrrp_event *event)
{
	memcpy(&r->before, &r->v, sizeof(r->v));
	vrrp_step(&r->v, r->now, event, &r->out);
	assert_in_range(r->out.count, 0, VRRP_ACTIONS_MAX);
}

void router_hear_message(struct router *r, const struct message *m)
{
	struct vrrp_event event = {
		.type = VRRP_EVENT_ADVERT,
		.datagram = { .bytes = m->bytes,
			      .length = m->length,
			      .source = m->source,
			      .destination = m->destination,
			      .ttl = m->ttl,
			      .received = r->now },
	};

	router_event(r, &event);
}

void router_hear(struct router *r, const struct peer *p)
{
	struct message m = message_of(p);

	router_hear_message(r, &m);
}

void router_time(struct router *r, tick_t now)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TIME };

	assert_true(now >= r->now);
	r->now = now;
	router_event(r, &event);
}

unsigned router_run(struct router *r, tick_t until)
{
	unsigned sent = 0;

	while (vrrp_deadline(&r->v) <= until) {
		tick_t before = r->now;

		router_time(r, tick_max(vrrp_deadline(&r->v), before));
		sent += count_of(r, VRRP_ACTION_SEND);
	}
	r->now = until;
	return sent;
}

void router_interface(struct router *r, enum vrrp_interface status,
		      struct ip source)
{
	struct vrrp_event event = {
		.type = VRRP_EVENT_INTERFACE,
		.interface = { .status = status, .source = source },
	};

	router_event(r, &event);
}

void router_configure(struct router *r, const struct vrrp_config *config)
{
	struct vrrp_config fresh = *config;
	struct vrrp_event event = { .type = VRRP_EVENT_CONFIG,
				    .config = &fresh };

	router_event(r, &event);
	assert_ptr_equal(r->v.config, &fresh);
	r->config = fresh;
	r->v.config = &r->config;
}

void router_priority(struct router *r, uint8_t priority)
{
	struct vrrp_event event = { .type = VRRP_EVENT_TRACK };

	event.track.weight = priority - r->v.config->priority;

	router_event(r, &event);
}

void router_shutdown(struct router *r)
{
	struct vrrp_event event = { .type = VRRP_EVENT_SHUTDOWN };

	router_event(r, &event);
}

const struct vrrp_action *first_of(const struct router *r,
				   enum vrrp_action_type type)
{
	for (unsigned i = 0; i < r->out.count; i++)
		if (r->out.list[i].type == type)
			return &r->out.list[i];
	return NULL;
}

unsigned count_of(const struct router *r, enum vrrp_action_type type)
{
	unsigned count = 0;

	for (unsigned i = 0; i < r->out.count; i++)
		count += r->out.list[i].type == type;
	return count;
}

const struct vrrp_action *note_of(const struct router *r, enum vrrp_note note)
{
	for (unsigned i = 0; i < r->out.count; i++)
		if (r->out.list[i].type == VRRP_ACTION_NOTE &&
		    r->out.list[i].note.note == note)
			return &r->out.list[i];
	return NULL;
}

void assert_order_is(const struct router *r, const enum vrrp_action_type *types,
		     size_t count)
{
	size_t at = 0;

	for (unsigned i = 0; i < r->out.count; i++) {
		if (r->out.list[i].type == VRRP_ACTION_NOTE)
			continue;
		assert_true(at < count);
		assert_int_equal(r->out.list[i].type, types[at]);
		at++;
	}
	assert_int_equal(at, count);
}

void assert_traps(void (*function)(struct router *r), struct router *r)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		/* No core file, no report: it is meant. */
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGILL, SIG_DFL);
		function(r);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
}

void assert_no_action(const struct router *r)
{
	assert_int_equal(count_of(r, VRRP_ACTION_NOTE), r->out.count);
}

void assert_unchanged(const struct router *r)
{
	assert_memory_equal(&r->v, &r->before, sizeof(r->v));
}

void assert_dropped(const struct router *r, enum vrrp_drop reason)
{
	const struct vrrp_action *dropped = first_of(r, VRRP_ACTION_DROPPED);

	assert_order(r, VRRP_ACTION_DROPPED);
	assert_string_equal(vrrp_drop_name(dropped->drop),
			    vrrp_drop_name(reason));
	assert_unchanged(r);
}

void assert_accepted(const struct router *r)
{
	assert_int_equal(count_of(r, VRRP_ACTION_DROPPED), 0);
}

void assert_entered(const struct router *r, enum vrrp_state state,
		    enum vrrp_cause cause)
{
	const struct vrrp_action *entered = first_of(r, VRRP_ACTION_STATE);

	assert_int_equal(count_of(r, VRRP_ACTION_STATE), 1);
	assert_string_equal(vrrp_state_name(entered->state.to),
			    vrrp_state_name(state));
	assert_string_equal(vrrp_cause_name(entered->state.cause),
			    vrrp_cause_name(cause));
	assert_int_equal(entered->state.from, r->before.state);
	assert_int_equal(r->v.state, state);
	assert_tick(r->v.since, r->now);
}
