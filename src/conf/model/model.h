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
#define CONF_PATH_TEXT_MAX 1024 /* of a folder or file */
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
	bool excluded; /* not advertised */
	struct ip address;
	uint8_t prefix; /* length; 32 or 128 when not written */
	bool has_broadcast;
	struct ip broadcast; /* IPv4 only */
	uint8_t scope;       /* enum conf_scope */
	const char *dev;     /* NULL: the instance's interface */
	const char *label;   /* NULL when not written */
	/* The other end of a point-to-point link, or IP_NONE. */
	struct ip peer;
	/* That of `peer` where there is one. */
	uint8_t peer_prefix;
	/* ip-address(8): flags of the kernel, IPv6 but noprefixroute. */
	bool home, dad, mngtmpaddr, noprefixroute;
	/* Neither it nor its interface is watched. */
	bool no_track;
	uint32_t preferred; /* IPv6: seconds, or CONF_FOREVER, or CONF_AUTO */
};

#define CONF_FOREVER UINT32_MAX
/* Deprecated at once where the prefix is a host's, else for ever. */
#define CONF_AUTO (UINT32_MAX - 1)

/* The lease follows from Active_Down_Interval and the number of addresses. */
#define CONF_LEASE_AUTO UINT32_MAX
#define CONF_LEASE_MAX  86400

#define CONF_PEERS_MAX   255 /* of one instance */
#define CONF_TRACKED_MAX 255 /* interfaces of one instance */

/* Extra announcements, again and again (garp_extra_if). */
struct conf_extra {
	tick_t every; /* 0: none */
	bool all;     /* on every interface of the instance */
};

/* A source address whose advertisements are heard (vrrp_peers). */
struct conf_peer {
	struct conf_span span;
	struct ip address;
};

/* An interface in a list: by itself, or as the beginning of what is said of it.
 */
struct conf_interface {
	struct conf_span span;
	const char *name;
};

/* An interface of track_interface; what it contributes: vrrp/track.h. */
struct conf_tracked_interface {
	struct conf_interface on;
	int16_t weight; /* 0: FAULT while it is down */
	bool reverse;
};

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
	struct conf_peer *peers;
	size_t peer_count;
	struct conf_tracked_interface *tracked_interfaces;
	size_t tracked_interface_count;
	bool dont_track_primary; /* its own interface may be down */
	bool no_addresses; /* no_virtual_ipaddress: it is meant to have none */
	struct ip mcast_src; /* IP_NONE: the interface's own */
	struct ip mcast_dst; /* the group that advertisements go to */
	bool promote_secondaries;
	struct conf_extra garp_extra;
};

/* The interface that an address is put on. */
static inline const char *conf_address_dev(const struct conf_instance *instance,
					   const struct conf_address *address)
{
	return address->dev ? address->dev : instance->interface;
}

#define CONF_PROCESS_NAME_MAX 63

#define CONF_CPUS_MAX 1024 /* CPU_SETSIZE */

/* The least priority of real time, if it may have that. */
#define CONF_RT_AUTO UINT8_MAX

struct conf_cpus {
	bool bound; /* to those of the set, or to none */
	uint64_t set[CONF_CPUS_MAX / 64];
};

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
	int8_t auto_priority;
	tick_t auto_delay; /* how late a turn must be for that */
	struct conf_cpus cpus;
};

/* The receive buffer of a netlink socket. */
struct conf_buffer {
	uint32_t size; /* bytes; 0: as large as baton sees fit */
	bool force;    /* also beyond net.core.rmem_max */
};

/* Values that an instance has unless it says otherwise. */
struct conf_common {
	uint8_t version; /* 2 (keepalived's default) or 3 */
	bool strict;
	bool resign_any;
	bool min_garp;
	uint32_t lease;
	struct vrrp_announce_config announce;
	uint8_t down_timer_adverts;
	bool lower_prio_no_advert;
	bool higher_prio_send_advert;
	bool owner_ignore_adverts;
	bool skip_check_adv_addr;
	struct ip group4, group6; /* where advertisements go */
	struct conf_extra garp_extra;
};

struct conf_global {
	const char *router_id; /* NULL: the host's name */
	struct conf_common common;
	uint32_t seed;        /* of ${_RANDOM} */
	tick_t garp_interval; /* between two GARPs on one interface, 0: none */
	tick_t gna_interval;  /* between two NAs on one interface, 0: none */
	struct conf_process vrrp;
	struct conf_buffer monitor; /* what the kernel tells of by itself */
	struct conf_buffer command; /* what it answers */
	tick_t startup_delay;       /* before any instance starts */
	tick_t delay_after_boot;    /* the same, from the boot of the machine */
	bool disable_local_igmp;
	bool log_unknown_vrids;
	/* Titles of the processes; NULL: the usual ones. */
	bool process_names;
	const char *process_name;
	const char *vrrp_process_name, *checker_process_name;
	const char *lvs_process_name, *bfd_process_name;
	/* Where rt_scopes and the like are; NULL: the usual folders. */
	const char *iproute_usr_dir, *iproute_etc_dir;
};

/* Interfaces whose announcements are paced together. */
struct conf_garp_group {
	const char *interface; /* NULL: it is one of the list */
	struct conf_interface *interfaces;
	size_t interface_count;
	tick_t garp_interval, gna_interval; /* 0: the global ones */
};

/* How long a link must be down, or up, before that counts. */
struct conf_link_delay {
	struct conf_interface on;
	tick_t down, up;
};

struct conf_model {
	struct arena arena;
	struct conf_global global;
	struct conf_instance *instances; /* in file order */
	size_t instance_count;
	struct conf_garp_group *garp_groups;
	size_t garp_group_count;
	struct conf_link_delay *link_delays;
	size_t link_delay_count;
};
