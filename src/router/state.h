/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the router share, and nobody else sees.
 *
 *   router.c      set-up, the turn, the end
 *   adopt.c       how a new process goes on where another stopped
 *   leftovers.c   addresses that are nobody's any more
 *   neighbours.c  who says to have our addresses
 *   step.c        one event into one core, and its actions done
 *   interfaces.c  what the mirror says of links, as events
 *   addresses.c   what the kernel should hold, by netlink
 *   announcer.c   GARP and NA, paced
 *   rest.c        pauses of a process in real time
 *   journal.c     events for the ledger, rate limited
 *
 * Instances, addresses and interfaces are arrays made at set-up and named by
 * their index. The core of an instance lives in its ledger record.
 */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "router/router.h"
#include "sys/loop.h"
#include "sys/mirror.h"
#include "sys/neighbour.h"
#include "sys/netlink.h"
#include "sys/receive.h"
#include "sys/transmit.h"

#define ROUTER_NONE UINT32_MAX

/* Events of one reason, of one instance, in one window of 10 s. */
#define JOURNAL_LIMIT  3
#define JOURNAL_WINDOW (10 * TICK_SECOND)

struct journal_limit {
	uint16_t window;
	uint8_t used;
};

struct interface {
	const char *name;
	uint32_t ifindex; /* 0: there is none of that name */
	uint8_t mac[6];
	bool dirty;          /* something about it changed in this turn */
	bool serves;         /* has instances, not only addresses */
	bool joined[2];      /* the groups of IPv4 and IPv6 */
	bool forgotten[2];   /* the kernel may have dropped us from them */
	struct ip source[2]; /* when last looked at, or IP_NONE */
	uint32_t *vrids[2];  /* instances by VRID, of IPv4 and IPv6, or NULL */
	uint32_t first;      /* its first instance, or ROUTER_NONE */
	tick_t announce_at;  /* pacing: not before */
	bool announce_waits; /* for the kernel to hold an address */
	uint32_t queue_head; /* instances with announcements to send */
	uint32_t queue_tail;
};

struct address {
	const struct conf_address *conf;
	uint32_t instance;
	uint32_t interface;
	bool wanted;   /* should be in the kernel */
	bool present;  /* is, as far as we know */
	bool foreign;  /* was there before us: never removed by us */
	bool refresh;  /* its lease is due */
	bool queued;   /* in the queue of addresses.c */
	bool inflight; /* a command has no answer yet */
	/*
	 * Accepted, and not yet notified. The kernel takes an IPv6 address into
	 * use after it has answered, in a work of its own (addrconf).
	 */
	bool unready;
};

struct instance {
	const struct conf_instance *conf;
	struct ledger_instance *record;
	uint32_t interface;
	uint32_t next; /* on the same interface, or ROUTER_NONE */
	uint32_t address_first;
	uint32_t address_count;
	/* The advertisement, built for the values behind it; length 0: not. */
	uint8_t *frame;
	uint16_t frame_capacity;
	uint16_t frame_length;
	uint8_t frame_priority;
	uint8_t frame_checksum; /* enum vrrp_checksum */
	uint32_t lease;    /* of its addresses, seconds, or NETLINK_FOREVER */
	tick_t refresh_at; /* of the leases of its addresses */
	uint64_t frame_batch; /* it may be queued in this batch */
	/* While it is announcing: the next in the queue, the next address. */
	uint32_t announce_next;
	uint32_t announce_address;
	bool announce_again; /* one more round was asked for meanwhile */
	struct journal_limit limits[VRRP_DROPS + VRRP_NOTES];
	struct journal_limit repairs; /* addresses that others took away */
};

/* Claims by others that wait to be believed (neighbours.c). */
#define CLAIMS_MAX 64

struct claim {
	uint32_t address;
	uint64_t mac;
	tick_t due;
};

struct router {
	const struct conf_model *model;
	struct ledger *ledger;
	int wake[2];

	struct loop loop;
	struct loop_watch watch_v4, watch_v6, watch_netlink, watch_mirror,
		watch_signal, watch_arp, watch_na, watch_control;
	struct receive *receive;
	struct transmit *transmit;
	struct netlink *netlink;
	struct mirror *mirror;
	struct neighbour *neighbour;

	tick_t now;
	tick_t planned; /* when this turn was to be */
	/*
	 * In real time, this process waits at least so often (0: it need not):
	 * the kernel ends one that computes for longer.
	 */
	tick_t rest_after;
	tick_t rested; /* when it last waited */
	tick_t left;   /* when the last turn was over */
	tick_t asleep; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC as of then */
	bool looked;   /* for a stall, in this turn */
	bool behind;   /* more packets wait than one turn takes */
	unsigned turns_behind;
	bool standby; /* another process serves yet */
	bool yielding;
	bool stopping;
	tick_t stop_at;
	uint64_t batch; /* of frames queued and not yet flushed */
	uint64_t events_seen;
	uint64_t overruns_before; /* of the processes before this one */
	uint64_t overflows_before, malformed_before; /* the same of packets */

	struct instance *instances;
	uint32_t instance_count;
	struct address *addresses;
	uint32_t address_count;
	struct interface *interfaces;
	uint32_t interface_count;
	struct map interface_by_index;
	struct map address_by_key;
	struct heap deadlines;
	uint8_t *frames; /* of all instances */

	/* addresses.c: a ring of those to be looked at. */
	uint32_t *address_queue;
	uint32_t address_queue_head;
	uint32_t address_queue_count;
	tick_t address_retry;
	tick_t lease_refresh; /* the next round of refreshing */

	uint32_t held; /* instances whose advert waits */

	/* neighbours.c: the oldest first. */
	struct claim claims[CLAIMS_MAX];
	unsigned claim_count;

	/* announcer.c */
	uint32_t announcing; /* instances in queues */

	struct journal_limit limits[VRRP_DROPS];
	struct vrrp_actions actions;
};

/* step.c */
void router_step(struct router *e, uint32_t id, const struct vrrp_event *event);
void router_schedule(struct router *e, uint32_t id);
void router_step_due(struct router *e);
void router_send_held(struct router *e);
/*
 * What another process left undone, if it is Active yet: its advertisement and
 * its announcements. What was asked for up to the turn `done` was done.
 */
void router_redo(struct router *e, uint32_t id, tick_t done);
void router_packets(void *context, const struct received *list, unsigned count);
/*
 * Queues a frame of an instance. It leaves before others have taken over, or
 * never: this process may be stopped at any moment, and go on after hours.
 */
void router_transmit(struct router *e, uint32_t id, const struct interface *f,
		     const uint8_t *frame, size_t length);
void router_send_failed(void *context, uint64_t cookie, uint32_t ifindex,
			int error);

/* adopt.c */
void adopt_all(struct router *e, struct ledger *before, bool deaf);

/* interfaces.c */
int interfaces_setup(struct router *e);
void interfaces_changed(void *context, const struct mirror_event *event);
void interfaces_update(struct router *e);
void interfaces_tell_all(struct router *e);
uint32_t interface_find(const struct router *e, const char *name);
uint32_t interface_by_index(const struct router *e, uint32_t ifindex);

/* addresses.c */
int addresses_setup(struct router *e);

void addresses_want(struct router *e, uint32_t instance, bool wanted);
void addresses_mirror(struct router *e, const struct mirror_event *event);
void addresses_moved(struct router *e, uint32_t interface, uint32_t old_index);
uint32_t addresses_find(const struct router *e, uint32_t ifindex,
			const struct ip *address);
void addresses_lease(struct router *e);
bool addresses_flush(struct router *e);
void addresses_done(void *context, uint64_t cookie, int error);
tick_t addresses_deadline(const struct router *e);

/* leftovers.c */
void leftovers_remove(struct router *e, struct ledger *before);
/* Queues the removal of one that the mirror has. */
void leftovers_take_away(struct router *e, const struct mirror_address *a);
bool leftovers_is_answer(uint64_t cookie);

/* neighbours.c */
int neighbours_open(struct router *e);
void neighbours_probe(struct router *e, uint32_t instance);
void neighbours_run(struct router *e);
tick_t neighbours_deadline(const struct router *e);

/* announcer.c */
void announcer_add(struct router *e, uint32_t instance);
void announcer_run(struct router *e);
tick_t announcer_deadline(const struct router *e);

/* journal.c */
void journal_state(struct router *e, uint32_t id,
		   const struct vrrp_action *action);
void journal_drop(struct router *e, uint32_t id, enum vrrp_drop drop,
		  const struct ip *peer);
void journal_unknown(struct router *e, uint32_t ifindex, enum vrrp_drop drop,
		     const struct ip *peer);
void journal_note(struct router *e, uint32_t id,
		  const struct vrrp_action *action);
void journal_address(struct router *e, uint32_t address,
		     enum ledger_address_state state, int error);
void journal_lateness(uint64_t histogram[LEDGER_LATENESS], tick_t *most,
		      uint64_t *sum, tick_t late);
void journal_wake(struct router *e);

/* rest.c: where a turn begins and ends, and in between. */
void rest_begin(struct router *e);
void rest_if_due(struct router *e);
void rest_end(struct router *e);

/*
 * Writing to an instance's record: nests, so that helpers may be called with
 * or without it. Returns whether record_close() has something to do.
 */
bool record_open(struct ledger_instance *record);
void record_close(struct ledger_instance *record, bool opened);
