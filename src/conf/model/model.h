/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The typed configuration: what the daemon runs.
 *
 * A model is immutable once conf_load() has returned it and lives in one
 * arena: it is freed with conf_free() and with nothing else. Names follow the
 * keywords of keepalived.conf(5); times are nanoseconds.
 */
#pragma once

#include "base/arena.h"
#include "base/ip.h"
#include "base/tick.h"
#include "conf/language/span.h"
#include "conf/language/value.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_NAME_MAX      63 /* of an instance, without its zero */
#define CONF_LABEL_MAX     15
#define CONF_INSTANCES_MAX 16384
#define CONF_ADDRESSES_MAX 4096 /* of one instance, excluded ones included */

/* rtnetlink(7) scopes. */
enum conf_scope {
	CONF_SCOPE_GLOBAL = 0,
	CONF_SCOPE_SITE = 200,
	CONF_SCOPE_LINK = 253,
	CONF_SCOPE_HOST = 254,
	CONF_SCOPE_NOWHERE = 255,
};

/* One entry of virtual_ipaddress or virtual_ipaddress_excluded. */
struct conf_address {
	struct conf_span span;
	struct ip address;
	uint8_t prefix; /* length; 32 or 128 when not written */
	bool has_broadcast;
	struct ip broadcast; /* IPv4 only */
	uint8_t scope;       /* enum conf_scope */
	const char *dev;     /* never NULL: the instance's when not written */
	const char *label;   /* NULL when not written */
};

/* The lease follows from Active_Down_Interval and the number of addresses. */
#define CONF_LEASE_AUTO UINT32_MAX
#define CONF_LEASE_MAX  86400

#define CONF_PEERS_MAX 255 /* of one instance */

struct conf_instance {
	struct conf_span span; /* of its name */
	const char *name;
	const char *interface;
	/*
	 * vrrp_address_lease: seconds after which the kernel removes the
	 * addresses unless they are refreshed; 0: never; CONF_LEASE_AUTO.
	 */
	uint32_t lease;
	bool state_active; /* state MASTER (or ACTIVE) was written */
	/*
	 * All that the protocol needs, with defaults of global_defs already
	 * applied. `vrrp.addresses` are those of the first `advertised`
	 * entries of `addresses`, in file order. `vrrp.phase` is 0.
	 */
	struct vrrp_config vrrp;
	struct conf_address *addresses; /* advertised ones, then excluded */
	size_t address_count;
	size_t advertised;
};

#define CONF_CPUS_MAX 1024 /* CPU_SETSIZE */

/* The least priority of real time, if it may have that. */
#define CONF_RT_AUTO UINT8_MAX

/* How the `vrrp` process runs. */
struct conf_process {
	int8_t nice; /* -20 to 19; of no account with rt_priority */
	/* Of SCHED_RR, 1 to 99; 0: not real-time; CONF_RT_AUTO. */
	uint8_t rt_priority;
	/*
	 * Of CPU time without a blocking call, in real time: microseconds
	 * after which the kernel ends the process (RLIMIT_RTTIME); 0: never.
	 */
	uint32_t rttime;
	bool no_swap;
	/* max_auto_priority: how far baton may raise rt_priority; 0: not. */
	uint8_t auto_priority;
	tick_t auto_delay; /* how late a turn must be for that */
	bool bound;        /* to these CPUs, or to none */
	uint64_t cpus[CONF_CPUS_MAX / 64];
};

/* The receive buffer of a netlink socket. */
struct conf_buffer {
	uint32_t size; /* bytes; 0: as large as baton sees fit */
	bool force;    /* also beyond net.core.rmem_max */
};

struct conf_global {
	const char *router_id; /* NULL: the host's name */
	uint8_t vrrp_version;  /* 2 (keepalived's default) or 3 */
	tick_t garp_interval;  /* between two GARPs on one interface, 0: none */
	tick_t gna_interval;   /* between two NAs on one interface, 0: none */
	struct conf_process vrrp;
	struct conf_buffer monitor; /* what the kernel tells of by itself */
	struct conf_buffer command; /* what it answers */
};

struct conf_model {
	struct arena arena;
	struct conf_global global;
	struct conf_instance *instances; /* in file order */
	size_t instance_count;
};
