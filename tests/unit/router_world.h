/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A router process without Linux: its files run against a mirror, netlink and
 * transmit that are arrays in the test. The test says what time it is, what
 * the kernel tells and what it answers, and looks at what was asked.
 */
#pragma once

#include "conf_fixture.h"
#include "router/state.h"

#define WORLD_LINKS     8
#define WORLD_ADDRESSES 64
#define WORLD_COMMANDS  256

/* The netlink sockets of the process, and of another program. */
#define WORLD_US       7
#define WORLD_STRANGER 99

/* What a command to the kernel was. */
enum world_command_type {
	WORLD_ADD,
	WORLD_SET,
	WORLD_REMOVE,
	WORLD_LINK, /* a setting of a link */
	WORLD_ROUTE_PUT,
	WORLD_ROUTE_REMOVE,
	WORLD_RULE_PUT,
	WORLD_RULE_BESIDE,
	WORLD_RULE_REMOVE,
};

#define WORLD_ROUTES 16
#define WORLD_HOPS   4

/* A route of the kernel; its next hops are here. */
struct world_route {
	struct mirror_route record; /* without its own array */
	struct netlink_hop hops[WORLD_HOPS];
};

struct world_command {
	enum world_command_type type;
	struct netlink_address address;
	struct world_route route;
	enum netlink_route_how how;
	struct netlink_rule rule;
	uint64_t cookie;
	bool answered;
};

struct world {
	struct conf_loaded *loaded;
	struct router router;
	tick_t now;
	/* What the kernel has. */
	struct mirror_link links[WORLD_LINKS];
	unsigned link_count;
	struct mirror_address addresses[WORLD_ADDRESSES];
	unsigned address_count;
	struct world_route routes[WORLD_ROUTES];
	unsigned route_count;
	struct mirror_rule rules[WORLD_ROUTES];
	unsigned rule_count;
	bool resyncing;
	bool dead; /* no process is there to be told of anything */
	/* What it was asked, in order; what it answers: 0 or an errno. */
	struct world_command commands[WORLD_COMMANDS];
	unsigned command_count;
	int answer;
	int once;  /* the same, to the next one alone */
	bool late; /* it has not answered yet */
	/* What becomes of what is sent: 0 or an errno; of packets to a peer
	 * that ends in `dead_peer`, that one alone. */
	int send_answer;
	uint8_t dead_peer;
	/* What was sent: how many frames of VRRP and of others, and the last
	 * one. */
	unsigned adverts, others;
	struct transmit_frame sent;
	int join_answer; /* to who wants to join a group */
};

/* The one that the fakes work on. Interfaces are eth0 (1), eth1 (2), ... */
extern struct world world;

/*
 * A new world with these links up, each with an address of its own, and the
 * process started as the daemon's first. `text` is a configuration.
 */
void world_begin(const char *text, unsigned links);
/* With one link, and an address on it that is there before. */
void world_begin_with(const char *text, const char *address, uint8_t prefix,
		      uint8_t tag);
void world_end(void);

/*
 * The process dies, and what the kernel has stays. Another goes on with its
 * ledger, or with one of its own, made from another configuration; its first
 * turn is yet to come. `deaf`: nobody listened in between.
 */
void world_die(void);
void world_go_on(bool deaf);
void world_replace(const char *text, bool deaf);
/*
 * The same after world_die(), but that so many heirs die while they adopt that
 * instance, before one goes on.
 */
void world_heirs_die(const char *text, uint32_t within, unsigned times);

/* Time passes, and each turn runs when it is due. */
void world_pass(tick_t time);
/* Until an instance is Active and its addresses are answered for. */
void world_be_active(uint32_t instance);

/* The kernel tells of a link, or of an address that comes or goes. */
void world_link(unsigned link, bool up, bool carrier);
void world_address_comes(unsigned link, const char *address, uint8_t prefix,
			 uint8_t tag);
void world_address_goes(unsigned link, const char *address);
/* Another program changes it: what is written into it is told afterwards. Or
 * gives it a lifetime anew. */
struct mirror_address *world_change(unsigned link, const char *address);
void world_changed(unsigned link, const struct mirror_address *a);
void world_refreshed(unsigned link, const char *address);
/* Any of it: by the kernel, to a process that lives. */
void world_tell(const struct mirror_event *event);
/* What the kernel has, or NULL. */
const struct mirror_address *world_has(unsigned link, const char *address);

/* router_world_routes.c: routes and rules that come or go; the answer to a
 * command about one. */
void world_route_comes(const struct netlink_route *route);
void world_route_goes(unsigned route);
void world_rule_goes(unsigned rule);
int world_answer_route(const struct world_command *c);
/* For router_world_routes.c. */
struct world_command *world_queue(enum world_command_type type,
				  uint64_t cookie);

/* Forgets what was asked so far. */
void world_mark(void);
/* How many commands of a type there were since, for that address or any. */
unsigned world_asked(enum world_command_type type, const char *address);
/* The state of the n-th holding in the ledger. */
enum ledger_holding_state world_state_of(uint32_t holding);
const struct vrrp_saved *world_core(uint32_t instance);
