/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing addresses, routes, rules and settings of links by rtnetlink(7), in
 * trains.
 *
 * Commands are queued and leave by netlink_flush(), one train of messages by
 * one system call. Only the last one asks for an acknowledgement; the kernel
 * reports each that fails anyway. The answers are read when the loop finds
 * the socket readable, and each command's result is given to a callback.
 * Nothing waits.
 *
 * A result says what the kernel answered; what is true is in sys/mirror.h.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "sys/netlink_route.h"
#include "sys/netlink_rule.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The bounds of one train: it is one system call, in which the kernel works
 * for 2 to 6 us a message, and adverts wait for it to end. Where it takes
 * longer (the kernel walks the list of a device's addresses, so thousands on
 * one cost more), trains get shorter until they take the time below, but not
 * below the least number.
 */
#define NETLINK_TRAIN_MESSAGES 200
#define NETLINK_TRAIN_LEAST    16
#define NETLINK_TRAIN_BYTES    32768
#define NETLINK_TRAIN_TIME     (500 * TICK_MICROSECOND)

/* Commands that may be queued or unanswered at one time. */
#define NETLINK_QUEUE_MAX 65536

/* The value of IFA_PROTO that says that an address is ours. */
#define SYS_ADDRESS_TAG 112

/* A lifetime without end. */
#define NETLINK_FOREVER UINT32_MAX

/*
 * Of a command: its answer was lost, look at the mirror. It is no errno:
 * ENOBUFS may be the kernel's own, for an address on a link that has no IPv4.
 */
#define NETLINK_LOST (-1)

struct netlink;

/* An address of an interface. For a removal the first three and peer count. */
struct netlink_address {
	uint32_t ifindex;
	struct ip address;
	uint8_t prefix;
	uint8_t scope;        /* RT_SCOPE_UNIVERSE (0), RT_SCOPE_LINK … */
	uint8_t tag;          /* IFA_PROTO (Linux 5.18), 0: none */
	struct ip peer;       /* of a point-to-point link; IP_NONE: none */
	bool no_prefix_route; /* IFA_F_NOPREFIXROUTE */
	bool home;            /* IFA_F_HOMEADDRESS; IPv6 only */
	bool temporary;       /* IFA_F_MANAGETEMPADDR; IPv6 only */
	bool no_dad;          /* IFA_F_NODAD; IPv6 only */
	struct ip broadcast;  /* IPv4 only, IP_NONE: none */
	char label[IFNAMSIZ]; /* IPv4 only, "": none */
	uint32_t valid;       /* seconds, or NETLINK_FOREVER */
	uint32_t preferred;   /* <= valid; 0: never chosen as a source */
};

struct netlink_config {
	/*
	 * The result of one command: 0, or the kernel's errno, positive, or
	 * NETLINK_LOST. For the commands of a train in their order.
	 */
	void (*done)(void *context, uint64_t cookie, int error);
	void *context;
	uint32_t buffer;      /* of the socket for answers, bytes, 0: 1 MiB */
	bool within_rmem_max; /* net.core.rmem_max holds for that size */
	unsigned train;       /* messages at most, 0: NETLINK_TRAIN_MESSAGES */
};

struct netlink_counters {
	uint64_t trains;
	uint64_t commands;
	uint64_t failed;   /* commands with a result other than 0 */
	uint64_t overruns; /* answers were lost */
};

int netlink_open(struct netlink **out, const struct netlink_config *config);
void netlink_close(struct netlink *n);

/* For the loop (LOOP_OTHER, EPOLLIN); then call netlink_read(). */
int netlink_fd(const struct netlink *n);

/*
 * Queue a command. 0, or -ENOBUFS when NETLINK_QUEUE_MAX are under way, or
 * -ENOMEM.
 *
 * set: installs the address, or gives an existing one these lifetimes and
 *      this tag; so it also refreshes a lease.
 * add: the same, but EEXIST if it is there.
 * remove: EADDRNOTAVAIL if it is not there.
 */
int netlink_set(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie);
int netlink_add(struct netlink *n, const struct netlink_address *a,
		uint64_t cookie);
int netlink_remove(struct netlink *n, const struct netlink_address *a,
		   uint64_t cookie);

/* How a route that is already there under the same key is treated. */
enum netlink_route_how {
	NETLINK_ROUTE_SET, /* it is replaced */
	NETLINK_ROUTE_ADD, /* EEXIST */
	/* Before it: this one is used; or behind it. IPv6: a hop more. */
	NETLINK_ROUTE_PREPEND,
	NETLINK_ROUTE_APPEND,
};

/*
 * Queue a command for a route. -EINVAL: more than NETLINK_HOPS_MAX next hops.
 *
 * remove: ESRCH if no such route is there. Of those under one key that one is
 * removed whose type, protocol, scope, source and next hops are these.
 */
int netlink_put_route(struct netlink *n, const struct netlink_route *route,
		      enum netlink_route_how how, uint64_t cookie);
int netlink_remove_route(struct netlink *n, const struct netlink_route *route,
			 uint64_t cookie);

/*
 * Queue a command for a rule. put: EEXIST if it is there; the kernel would
 * keep two of the same, and does when one is put beside another.
 * remove: ENOENT if it is not.
 */
int netlink_put_rule(struct netlink *n, const struct netlink_rule *rule,
		     uint64_t cookie);
int netlink_put_rule_beside(struct netlink *n, const struct netlink_rule *rule,
			    uint64_t cookie);
int netlink_remove_rule(struct netlink *n, const struct netlink_rule *rule,
			uint64_t cookie);

/*
 * Sends one train of what is queued; if the answers to the last one have not
 * been read, reads them first. True if more is queued: then call it again in
 * the next turn (turn() returns `now`), after what is more urgent.
 */
bool netlink_flush(struct netlink *n);

/*
 * Reads the answers that wait and calls `done`, which may queue commands but
 * sends none.
 * 0 or -errno; overruns are no error, but counted.
 */
int netlink_read(struct netlink *n);

/*
 * Queues a change of a setting of a link: net.ipv4.conf.LINK.*, by its number
 * (IPV4_DEVCONF_* of linux/ip.h).
 */
int netlink_set_link(struct netlink *n, uint32_t ifindex, unsigned setting,
		     uint32_t value, uint64_t cookie);

/* The name of the socket, by which notifications tell who asked for them. */
uint32_t netlink_port(const struct netlink *n);

/* Commands queued or not yet answered. */
unsigned netlink_pending(const struct netlink *n);

struct netlink_counters netlink_counters(const struct netlink *n);
