/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packets.h"

struct message golden(const uint8_t *bytes, size_t length)
{
	struct message m = { .length = length, .ttl = 255 };
	bool v4 = bytes[8] == 192;

	memcpy(m.bytes, bytes, length);
	m.source = ip_of(v4 ? "192.0.2.251" : "fe80::c8");
	m.destination = vrrp_group(v4 ? IP_V4 : IP_V6);
	return m;
}

struct message first_message(uint8_t family, uint8_t version, uint8_t priority)
{
	struct router r;
	struct peer p;

	router_active(&r, family, version, priority);
	p = sent_by(&r);
	return message_of(&p);
}

void assert_refused(uint8_t family, uint8_t version, const struct message *m,
		    enum vrrp_drop reason)
{
	struct router r;

	router_backup(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_dropped(&r, reason);
	router_active(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_dropped(&r, reason);
}

void assert_heard(uint8_t family, uint8_t version, const struct message *m)
{
	struct router r;

	router_backup(&r, family, version, 100);
	router_hear_message(&r, m);
	assert_accepted(&r);
	assert_true(ip_equal(&r.v.active, &m->source));
	assert_tick(r.v.down_timer, r.now + vrrp_down_interval(&r.v));
}

struct message message_for(uint8_t family, uint8_t version, uint8_t priority)
{
	struct router r;
	struct peer p;

	router_new(&r, family, version, 100);
	p = peer_of(&r, priority);
	return message_of(&p);
}
