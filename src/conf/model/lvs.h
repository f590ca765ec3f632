/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of the model (conf/model/model.h): virtual servers, their real servers and
 * how these are checked. keepalived.conf(5), "LVS CONFIGURATION".
 *
 * A check has what it does not say from its real server, and that from its
 * virtual server. The model holds what is written at each; the functions at
 * the end, and conf/model/checks.h, say what holds.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "conf/language/span.h"
#include "conf/model/check_kinds.h"
#include "conf/model/notify.h"

#include <stdbool.h>
#include <stdint.h>

#define CONF_VIRTUAL_SERVERS_MAX 16384
#define CONF_REAL_SERVERS_MAX    16384 /* of one virtual server */
#define CONF_CHECKS_MAX          64    /* of one real server */
#define CONF_SERVER_GROUPS_MAX   16384
#define CONF_GROUP_ENTRIES_MAX   4096  /* of one virtual_server_group */
#define CONF_SERVICES_MAX        65536 /* of one virtual server */
#define CONF_LVS_WEIGHT_MAX      INT32_MAX

/* Nothing was written: what is above it counts. */
#define CONF_UNSAID (-1)

/* How packets reach a real server: the numbers are the kernel's. */
enum conf_forward_method {
	CONF_FORWARD_NAT = 0,
	CONF_FORWARD_TUN = 2,
	CONF_FORWARD_DR = 3,
	CONF_FORWARD_UNSAID = 255,
};

/* The numbers are the kernel's (IP_VS_CONN_F_TUNNEL_TYPE_). */
enum conf_tunnel_type {
	CONF_TUNNEL_IPIP,
	CONF_TUNNEL_GUE,
	CONF_TUNNEL_GRE,
};

#define CONF_TUNNEL_CSUM    1 /* the kernel's flags */
#define CONF_TUNNEL_REMCSUM 2

struct conf_forward {
	uint8_t method; /* enum conf_forward_method */
	/* Of TUN: */
	uint8_t tunnel; /* enum conf_tunnel_type */
	uint16_t flags; /* CONF_TUNNEL_, or-ed */
	uint16_t port;  /* of gue, else 0 */
};

enum conf_scheduler {
	CONF_SCHED_RR,
	CONF_SCHED_WRR,
	CONF_SCHED_LC,
	CONF_SCHED_WLC,
	CONF_SCHED_LBLC,
	CONF_SCHED_LBLCR,
	CONF_SCHED_DH,
	CONF_SCHED_SH,
	CONF_SCHED_SED,
	CONF_SCHED_NQ,
	CONF_SCHED_FO,
	CONF_SCHED_OVF,
	CONF_SCHED_MH,
	CONF_SCHED_TWOS,
	CONF_SCHEDULERS
};

/* As the kernel calls it. */
const char *conf_scheduler_name(uint8_t scheduler);

/* The kernel's flags of a service; what they mean is up to its scheduler. */
#define CONF_SERVICE_PERSISTENT 1u
#define CONF_SERVICE_ONEPACKET  4u
#define CONF_SERVICE_FLAG_1     8u    /* sh-fallback, mh-fallback */
#define CONF_SERVICE_FLAG_2     0x10u /* sh-port, mh-port */
#define CONF_SERVICE_FLAG_3     0x20u

/* Scripts: the places in struct conf_notifies. */
enum conf_notify_server {
	CONF_NOTIFY_UP,   /* notify_up, quorum_up */
	CONF_NOTIFY_DOWN, /* notify_down, quorum_down */
};

struct conf_real_server {
	struct conf_span span; /* of its address */
	struct ip address;
	uint16_t port;  /* as it is written; conf_server_port() */
	int32_t weight; /* or CONF_UNSAID; conf_server_weight() */
	uint32_t uthreshold, lthreshold; /* connections; 0: none */
	struct conf_forward forward;     /* conf_server_forward() */
	int8_t inhibit;                  /* on_failure: weight 0; or UNSAID */
	int8_t smtp_alert;               /* or CONF_UNSAID */
	struct conf_pace pace;
	const char *virtualhost; /* or NULL */
	struct conf_notifies notifies;
	struct conf_check *checks; /* none: it is always up */
	uint32_t check_count;
};

/* What a service in the kernel is known by. */
enum conf_server_by {
	CONF_BY_ADDRESS, /* address, port and protocol */
	CONF_BY_MARK,    /* a firewall mark, and a family */
	CONF_BY_GROUP,   /* one service for each entry of a group */
};

struct conf_server_id {
	uint8_t by;        /* enum conf_server_by */
	struct ip address; /* else IP_NONE */
	uint16_t port;     /* 0: any */
	uint32_t mark;     /* else 0 */
	const char *group; /* else NULL */
};

/* It answers while the quorum is lost, with weight 1, and is not checked. */
struct conf_sorry_server {
	struct ip address;           /* IP_NONE: there is none */
	uint16_t port;               /* as it is written */
	bool inhibit;                /* it stays in the table, with weight 0 */
	struct conf_forward forward; /* conf_sorry_forward() */
};

/* Which clients count as one, to persistence. All 0: each by itself. */
struct conf_granularity {
	uint32_t mask;  /* of IPv4, in host order */
	uint8_t length; /* of IPv6: 1 to 128 bits */
};

struct conf_virtual_server {
	struct conf_span span; /* of what it is known by */
	struct conf_server_id id;
	uint32_t group;    /* its number in the model; of CONF_BY_GROUP */
	uint32_t ordinal;  /* how many of that group stand before it */
	uint8_t family;    /* of marks, enum ip_family; conf_server_family() */
	uint8_t protocol;  /* IPPROTO_TCP, _UDP or _SCTP; not of a mark */
	uint8_t scheduler; /* enum conf_scheduler */
	bool flag_1, flag_2, flag_3;
	bool ops;
	bool inhibit;      /* on_failure: weight 0 in place of removal */
	bool omega;        /* scripts run at the stop too */
	bool ha_suspend;   /* no checks without its address here */
	int8_t smtp_alert; /* or CONF_UNSAID */
	struct conf_forward forward;  /* never CONF_FORWARD_UNSAID */
	uint32_t persistence_timeout; /* seconds; 0: not persistent */
	struct conf_granularity granularity;
	const char *engine; /* "sip", or NULL */
	/* The vrrp_instance without whose being Active it is not in the
	 * kernel's table; NULL: it always is. */
	const char *only_active;
	int32_t weight;  /* of servers that have none of their own */
	uint32_t quorum; /* the sum of weights that makes it up */
	uint32_t hysteresis;
	struct conf_notifies notifies;
	struct conf_sorry_server sorry;
	struct conf_pace pace;
	const char *virtualhost;          /* or NULL */
	struct conf_real_server *servers; /* in file order */
	uint32_t server_count;
	/* What baton has beyond keepalived: */
	tick_t slow_start;    /* how long a weight grows after a recovery; 0 */
	tick_t drain_timeout; /* of a server that a file removes; 0: at once */
	uint8_t panic_threshold; /* percent; 0: none */
};

/* A line of virtual_server_group: a mark, or addresses from `first` on. */
struct conf_group_entry {
	struct conf_span span;
	struct ip first; /* IP_NONE: a mark */
	uint32_t more;   /* how many addresses follow the first */
	uint16_t port;
	uint32_t mark;
	uint8_t family; /* of a mark; IP_NONE: of the virtual server */
};

/* The address of that number, from 0 to `more`. */
struct ip conf_group_address(const struct conf_group_entry *entry, uint32_t n);

struct conf_server_group {
	struct conf_span span;
	const char *name;
	struct conf_group_entry *entries; /* in file order */
	uint32_t entry_count;
};

struct conf_model;

/* A service of the kernel's table. */
struct conf_service {
	uint8_t family; /* enum ip_family */
	uint8_t protocol;
	struct ip address;
	uint16_t port;
	uint32_t mark; /* 0: the address counts */
};

/*
 * Whether all that its group has is one firewall mark, which nftables sets:
 * where nftables_ipvs is, unless the group has marks of its own.
 */
bool conf_server_is_marked(const struct conf_model *model,
			   const struct conf_virtual_server *server);
/* The families that its group has: [0] IPv4, [1] IPv6. */
void conf_server_families(const struct conf_model *model,
			  const struct conf_virtual_server *server,
			  bool has[2]);

/*
 * How many services of the kernel a virtual server is: 1, or as its group has
 * addresses; one that is marked is one for each family.
 */
uint32_t conf_service_count(const struct conf_model *model,
			    const struct conf_virtual_server *server);

/* What it answers at, also if it is marked: how much, and all of it, in
 * order. */
uint32_t conf_address_count(const struct conf_model *model,
			    const struct conf_virtual_server *server);
void conf_services_each(const struct conf_model *model,
			const struct conf_virtual_server *server,
			void (*found)(void *to, const struct conf_service *one),
			void *to);

/* Of its service; of a group, that of its marks. */
static inline uint8_t conf_server_family(const struct conf_virtual_server *vs)
{
	return vs->id.by == CONF_BY_ADDRESS ? vs->id.address.family
					    : vs->family;
}

static inline int32_t conf_server_weight(const struct conf_virtual_server *vs,
					 const struct conf_real_server *rs)
{
	return rs->weight == CONF_UNSAID ? vs->weight : rs->weight;
}

static inline bool conf_server_inhibit(const struct conf_virtual_server *vs,
				       const struct conf_real_server *rs)
{
	return rs->inhibit == CONF_UNSAID ? vs->inhibit : rs->inhibit == 1;
}

static inline const struct conf_forward *
conf_server_forward(const struct conf_virtual_server *vs,
		    const struct conf_real_server *rs)
{
	return rs->forward.method == CONF_FORWARD_UNSAID ? &vs->forward
							 : &rs->forward;
}

static inline const struct conf_forward *
conf_sorry_forward(const struct conf_virtual_server *vs)
{
	return vs->sorry.forward.method == CONF_FORWARD_UNSAID
		       ? &vs->forward
		       : &vs->sorry.forward;
}

/*
 * The port in the kernel's table: by NAT the one that is written, else that of
 * the service, whatever is written. `service` is that of the service, 0 of a
 * mark.
 */
static inline uint16_t conf_server_port(const struct conf_forward *forward,
					uint16_t written, uint16_t service)
{
	return forward->method == CONF_FORWARD_NAT && written ? written
							      : service;
}

/* The kernel's flags of its services, CONF_SERVICE_ or-ed. */
static inline uint32_t
conf_service_flags(const struct conf_virtual_server *server)
{
	return (server->persistence_timeout ? CONF_SERVICE_PERSISTENT : 0) |
	       (server->ops ? CONF_SERVICE_ONEPACKET : 0) |
	       (server->flag_1 ? CONF_SERVICE_FLAG_1 : 0) |
	       (server->flag_2 ? CONF_SERVICE_FLAG_2 : 0) |
	       (server->flag_3 ? CONF_SERVICE_FLAG_3 : 0);
}
