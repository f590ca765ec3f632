/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router under test, and the other routers that it hears.
 *
 * Everything is as an operator would leave it: VRID 10, two addresses, an
 * interval of 1 s, preemption. A test changes what it needs, feeds an event,
 * and looks at the actions and at the struct. Each test is named by its line
 * of the checklist; the file LINES says where which line is proven.
 */
#pragma once

#include "base/ip.h"
#include "base/must.h"
#include "vrrp/timer.h"
#include "vrrp/vrrp.h"
#include "vrrp/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A test and its name in the report: "P058 + what holds". */
#define PROOF(name, function)                                                  \
	{                                                                      \
		name, function, NULL, NULL, NULL                               \
	}
#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

/* When every test begins. */
#define START (1000 * TICK_SECOND)

#define assert_tick(a, b) assert_true((tick_t)(a) == (tick_t)(b))

struct router {
	struct vrrp_config config;
	struct ip addresses[4];
	struct ip source;
	struct vrrp v;
	struct vrrp before; /* v before the last event */
	struct vrrp_actions out;
	tick_t now;
};

/* What another router sends; a test changes fields, then has it heard. */
struct peer {
	struct vrrp_advert advert;
	struct ip source, destination;
	uint8_t addresses[4 * 16];
	uint8_t ttl;
};

/* The bytes of an advertisement, to be spoilt. */
struct message {
	uint8_t bytes[512];
	size_t length;
	struct ip source, destination;
	uint8_t ttl;
};

struct ip ip_of(const char *text);

/* A router that is configured and not started yet: state Initialize. */
void router_new(struct router *r, uint8_t family, uint8_t version,
		uint8_t priority);
void router_start(struct router *r);
/* A router in that state, reached by the ways that the standard has. */
void router_backup(struct router *r, uint8_t family, uint8_t version,
		   uint8_t priority);
void router_active(struct router *r, uint8_t family, uint8_t version,
		   uint8_t priority);

/* One that heard priority 255 with an interval of 40.95 s; the sender. */
struct peer router_misled(struct router *r);

/* An Active with the same configuration and another address: one higher. */
struct peer peer_of(const struct router *r, uint8_t priority);
/* The sender's last byte: .10 is below the router's .11, .12 above it. */
void peer_from(struct peer *p, uint8_t last);

struct message message_of(const struct peer *p);
/* Makes the checksum right again, in the form that the family wants. */
void message_sum(struct message *m);

/* What the SEND of the last event puts on the wire. */
struct peer sent_by(const struct router *r);

/* Events. Each remembers the struct as it was. */
void router_event(struct router *r, const struct vrrp_event *event);
void router_hear(struct router *r, const struct peer *p);
void router_hear_message(struct router *r, const struct message *m);
void router_time(struct router *r, tick_t now);
/* Has time pass until then, every deadline at its moment; counts SENDs. */
unsigned router_run(struct router *r, tick_t until);
void router_interface(struct router *r, enum vrrp_interface status,
		      struct ip source);
void router_configure(struct router *r, const struct vrrp_config *config);
void router_priority(struct router *r, uint8_t priority);
void router_shutdown(struct router *r);

/* How many actions of a type the last event had; the first of it. */
unsigned count_of(const struct router *r, enum vrrp_action_type type);
const struct vrrp_action *first_of(const struct router *r,
				   enum vrrp_action_type type);
/* The note of the last event, or NULL. */
const struct vrrp_action *note_of(const struct router *r, enum vrrp_note note);

/* The actions of the last event but for notes, in their order. */
#define assert_order(r, ...)                                                   \
	assert_order_is(                                                       \
		r, (const enum vrrp_action_type[]){ __VA_ARGS__ },             \
		sizeof((const enum vrrp_action_type[]){ __VA_ARGS__ }) /       \
			sizeof(enum vrrp_action_type))
void assert_order_is(const struct router *r, const enum vrrp_action_type *types,
		     size_t count);

/* It is refused by a MUST: the process ends. */
void assert_traps(void (*function)(struct router *r), struct router *r);

/* The last event did nothing at all but, perhaps, tell something. */
void assert_no_action(const struct router *r);
/* Not one byte of the struct changed by the last event. */
void assert_unchanged(const struct router *r);
/* It was dropped for that one reason and changed nothing. */
void assert_dropped(const struct router *r, enum vrrp_drop reason);
/* It was not dropped. */
void assert_accepted(const struct router *r);
/* The only change of state of the last event, and its cause. */
void assert_entered(const struct router *r, enum vrrp_state state,
		    enum vrrp_cause cause);
