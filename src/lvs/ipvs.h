/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the table of IPVS holds (linux/ip_vs.h): services, which are virtual
 * servers to the kernel, and the real servers of each, which it calls
 * destinations. Numbers are in host order, addresses in network order.
 *
 * All structs are without holes, so that keys can be hashed and compared byte
 * by byte; what is not used is 0.
 */
#pragma once

#include <assert.h>
#include <stdint.h>

/* A name of a scheduler or engine, with its 0. */
#define IPVS_NAME_MAX 16

/* "none", or the name of a module ip_vs_NAME. */
#define IPVS_NO_SCHEDULER "none"

/* enum ip_vs_fwd_method */
enum ipvs_forward {
	IPVS_NAT = 0,
	IPVS_LOCAL = 1,
	IPVS_TUNNEL = 2,
	IPVS_DIRECT = 3,
	IPVS_BYPASS = 4,
};

enum ipvs_tunnel {
	IPVS_TUNNEL_IPIP = 0,
	IPVS_TUNNEL_GUE = 1,
	IPVS_TUNNEL_GRE = 2,
};

enum ipvs_tunnel_flag {
	IPVS_TUNNEL_CHECKSUM = 1,
	IPVS_TUNNEL_REMOTE_CHECKSUM = 2,
};

enum ipvs_flag {
	IPVS_PERSISTENT = 1,
	IPVS_HASHED = 2, /* the kernel's own; never in a struct of ours */
	IPVS_ONE_PACKET = 4,
	IPVS_SCHEDULER_1 = 8,    /* sh-fallback, mh-fallback */
	IPVS_SCHEDULER_2 = 0x10, /* sh-port, mh-port */
	IPVS_SCHEDULER_3 = 0x20,
};

struct ipvs_key {
	uint8_t family;   /* enum ip_family, also of a mark */
	uint8_t protocol; /* IPPROTO_TCP …; 0 of a mark */
	uint16_t port;    /* 0: any; 0 of a mark */
	uint32_t mark;    /* of the firewall, or 0 */
	uint8_t address[16];
};

struct ipvs_service {
	struct ipvs_key key;
	char scheduler[IPVS_NAME_MAX];
	char engine[IPVS_NAME_MAX]; /* of persistence, "": none */
	uint32_t flags;             /* enum ipvs_flag, or-ed */
	uint32_t timeout;           /* of persistence, seconds */
	/* Of persistence: the mask of IPv4, the length of the prefix of IPv6.
	 */
	uint32_t netmask;
};

/* The key is family, address and port. */
struct ipvs_dest {
	uint8_t family;
	uint8_t forward;      /* enum ipvs_forward */
	uint8_t tunnel;       /* enum ipvs_tunnel */
	uint8_t tunnel_flags; /* enum ipvs_tunnel_flag, or-ed */
	uint16_t port;
	uint16_t tunnel_port; /* of gue */
	uint8_t address[16];
	int32_t weight; /* >= 0; 0: no new connections */
	/* Connections from which it gets no new ones, until there are fewer
	 * than the lower number; 0: no bound. */
	uint32_t upper, lower;
};

static_assert(sizeof(struct ipvs_key) == 24, "no holes");
static_assert(sizeof(struct ipvs_service) == 68, "no holes");
static_assert(sizeof(struct ipvs_dest) == 36, "no holes");

/* What the kernel counts of a destination, or of a service. */
struct ipvs_counts {
	uint32_t active, inactive, persistent; /* connections; 0 of a service */
	uint64_t connections, in_packets, out_packets, in_bytes, out_bytes;
	/* The same a second, as the kernel estimates it every two seconds. */
	uint64_t connections_rate, in_packets_rate, out_packets_rate,
		in_bytes_rate, out_bytes_rate;
};

/* The changes, by their numbers in generic netlink. */
enum ipvs_command {
	IPVS_NEW_SERVICE = 1,
	IPVS_SET_SERVICE = 2,
	IPVS_DEL_SERVICE = 3, /* with its destinations */
	IPVS_NEW_DEST = 5,
	IPVS_SET_DEST = 6, /* weight, bounds, forwarding: all at once */
	IPVS_DEL_DEST = 7,
};

/* One change of the table. Of IPVS_DEL_SERVICE and of those of destinations
 * only the key of the service is read. */
struct ipvs_change {
	enum ipvs_command command;
	const struct ipvs_service *service;
	const struct ipvs_dest *dest; /* NULL of those of services */
};

/* An answer got lost; it is no errno. */
#define IPVS_LOST (-1)

/* The two daemons that send connections to other directors, and receive. */
enum ipvs_daemon_role {
	IPVS_MASTER = 1,
	IPVS_BACKUP = 2,
};

struct ipvs_daemon {
	uint8_t role;         /* enum ipvs_daemon_role */
	uint8_t ttl;          /* 0: the kernel's default */
	uint8_t group_family; /* IP_NONE: the kernel's default group */
	uint8_t spare;
	uint16_t port;   /* 0: the kernel's default */
	uint16_t maxlen; /* 0: the kernel's default */
	uint32_t id;     /* 0 to 255 */
	char interface[IPVS_NAME_MAX];
	uint8_t group[16];
};

/* Seconds until an idle connection is forgotten; 0: as it is. */
struct ipvs_timeouts {
	uint32_t tcp, tcp_fin, udp;
};
