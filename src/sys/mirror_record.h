/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a mirror (sys/mirror.h) knows of a link, an address, a route, a rule. */
#pragma once

#include "base/ip.h"
#include "sys/netlink_route.h"
#include "sys/netlink_rule.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#define MIRROR_LINKS_MAX     65536
#define MIRROR_ADDRESSES_MAX (1 << 20)

#define MIRROR_NONE UINT32_MAX

/* Alternative names of a link (ip-link(8), property): the first ones that are
 * no longer than a name. */
#define MIRROR_NAMES_MAX 4

struct mirror_link {
	uint32_t ifindex;
	char name[IFNAMSIZ];
	char names[MIRROR_NAMES_MAX][IFNAMSIZ]; /* "" behind the last */
	char kind[IFNAMSIZ]; /* "veth", "macvlan", "vlan" …, "" of hardware */
	uint8_t mac[6];      /* zeros if it has none of six bytes */
	bool has_mac;
	uint16_t type;     /* of its hardware, ARPHRD_* */
	bool up;           /* administratively (IFF_UP) */
	bool carrier;      /* up, has a signal and may pass packets */
	uint8_t operstate; /* RFC 2863, IF_OPER_* */
	uint32_t flags;    /* IFF_* */
	uint32_t mtu;
	uint32_t parent; /* of a VLAN or macvlan: its lower device, or 0 */
	uint32_t master; /* its bridge, bond or VRF, or 0 */
	bool promotes_secondaries; /* net.ipv4.conf.LINK.promote_secondaries */
	uint32_t address_count;
	/* Private: */
	uint32_t first, last; /* addresses, oldest first */
	uint32_t generation;
};

struct mirror_address {
	uint32_t ifindex;
	struct ip address; /* the local one */
	struct ip peer;    /* the other end of its link, or IP_NONE */
	uint8_t prefix;
	uint8_t scope;        /* RT_SCOPE_* */
	uint8_t tag;          /* IFA_PROTO, or 0 */
	uint32_t flags;       /* IFA_F_*: TENTATIVE, DADFAILED, SECONDARY … */
	struct ip broadcast;  /* IPv4, or IP_NONE */
	char label[IFNAMSIZ]; /* IPv4, or "" */
	uint32_t metric;      /* of the route to its prefix (IFA_RT_PRIORITY) */
	uint32_t valid;       /* seconds as of the last report, or UINT32_MAX */
	uint32_t preferred;
	/* Private: */
	uint32_t next, previous;
	uint32_t generation;
};

/* All that the kernel reports is set: ifindexes, weights, scope, metric. */
struct mirror_route {
	struct netlink_route route;
	/* Private: */
	uint32_t generation;
	struct netlink_hop hops[]; /* those of `route` */
};

struct mirror_rule {
	struct netlink_rule rule;
	/* Private: */
	uint32_t generation;
};
