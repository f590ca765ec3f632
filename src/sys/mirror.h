/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A mirror of the kernel's links and addresses, and of those of its routes and
 * rules that are ours (SYS_ROUTE_PROTOCOL). rtnetlink(7).
 *
 * Loaded by a dump, then kept by notifications. When the kernel lost some
 * because the socket's buffer was full, everything is dumped anew, compared,
 * and the differences are reported as if they had been notified. So what is
 * here is the truth, at most some milliseconds old.
 *
 * Every look-up is O(1) (mirror_next walks one link's addresses). Pointers
 * into the mirror are good until the next mirror_read().
 */
#pragma once

#include "base/tick.h"
#include "sys/mirror_record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Notifications by one mirror_read(), and how long it may take about: what is
 * left comes in the next turn, so that a storm holds up no advertisement.
 */
#define MIRROR_READ_MAX  1024
#define MIRROR_READ_TIME TICK_MILLISECOND

/*
 * How long a dump that is refused, or contradicts itself since all changes
 * meanwhile, keeps everybody waiting. Then what was heard counts, what nobody
 * named stays, and dumps go on.
 */
#define MIRROR_PATIENCE (2 * TICK_SECOND)

/* The pause before the kernel is asked again, doubled each time. */
#define MIRROR_AGAIN      (20 * TICK_MILLISECOND)
#define MIRROR_AGAIN_MOST (5 * TICK_SECOND)

/* The socket's buffer unless told otherwise: 10,000 notifications. */
#define MIRROR_BUFFER (16 << 20)

struct mirror;

enum mirror_change {
	MIRROR_LINK_ADDED,
	MIRROR_LINK_CHANGED, /* also renamed; `old` is what it was */
	MIRROR_LINK_REMOVED, /* after its addresses */
	MIRROR_ADDRESS_ADDED,
	/*
	 * Anything but a lifetime changed, or that became or ceased to be
	 * endless.
	 */
	MIRROR_ADDRESS_CHANGED,
	/* Another program than mirror_expect() says gave it a lifetime anew. */
	MIRROR_ADDRESS_REFRESHED,
	MIRROR_ADDRESS_REMOVED,
	/* One that becomes another is removed and added, in any order. */
	MIRROR_ROUTE_ADDED,
	MIRROR_ROUTE_REMOVED,
	MIRROR_RULE_ADDED,
	MIRROR_RULE_REMOVED,
	MIRROR_RESYNC_BEGUN, /* notifications were lost, or the first load */
	MIRROR_RESYNC_DONE,  /* the mirror is whole again */
};

/*
 * One change. `link` is set for LINK and ADDRESS, `address` for ADDRESS, `old`
 * for LINK_CHANGED, `route` for ROUTE, `rule` for RULE. What is being removed
 * can still be read, and is no longer found by look-ups.
 */
struct mirror_event {
	enum mirror_change change;
	const struct mirror_link *link;
	const struct mirror_address *address;
	const struct mirror_link *old;
	const struct mirror_route *route;
	const struct mirror_rule *rule;
	/*
	 * The netlink socket that asked the kernel for it (netlink_port()):
	 * ours or that of another program. 0: the kernel by itself; or nobody
	 * knows, since a dump told of it.
	 */
	uint32_t port;
	bool replaced; /* ROUTE_REMOVED: a route of another took its place */
};

struct mirror_config {
	void (*changed)(void *context, const struct mirror_event *event);
	void *context;
	uint32_t buffer;      /* of the socket, bytes, 0: MIRROR_BUFFER */
	bool within_rmem_max; /* net.core.rmem_max holds for that size */
	/*
	 * Also routes and rules. A dump then costs the kernel a walk over all
	 * routes of the machine (a million: about 0.1 s), others' notifications
	 * next to nothing.
	 */
	bool routes;
};

struct mirror_counters {
	uint64_t notifications; /* messages handled, dumps included */
	uint64_t overruns;      /* times that the kernel lost notifications */
	uint64_t resyncs;       /* whole dumps, the first included */
	uint64_t refused;       /* beyond the bounds, or not understood */
};

/* Subscribes and asks for the first dump; nothing is read yet. */
int mirror_open(struct mirror **out, const struct mirror_config *config);
void mirror_close(struct mirror *m);

/* For the loop (LOOP_OTHER, EPOLLIN); then call mirror_read(). */
int mirror_fd(const struct mirror *m);

/*
 * Reads what waits, within these bounds, and reports each change.
 * The callback must not call mirror_read(). 0 or -errno; lost notifications
 * are no error.
 */
int mirror_read(struct mirror *m);

/* The last mirror_read() has reached its bounds: more may wait. */
bool mirror_more(const struct mirror *m);

/*
 * When mirror_read() is to be called although nothing waits, or TICK_NEVER: the
 * kernel has refused a dump, or broken one off, and is to be asked again.
 */
tick_t mirror_deadline(const struct mirror *m);

/* The kernel's error of that, or 0: the last dump was not refused. */
int mirror_refusal(const struct mirror *m);

/*
 * Reads until the mirror is whole. For set-up only: it waits, at most until
 * `deadline` (CLOCK_MONOTONIC); then the error with which the kernel refused
 * the last dump, or -ETIMEDOUT.
 */
int mirror_load(struct mirror *m, tick_t deadline);

/* Lifetimes that this netlink socket refreshes are not reported. */
void mirror_expect(struct mirror *m, uint32_t port);

/*
 * True while a dump is under way: what is missing here may yet be there. After
 * MIRROR_PATIENCE it is false again, whatever came of the dumps.
 */
bool mirror_resyncing(const struct mirror *m);

/* Asks for a dump and a comparison, as if notifications had been lost. */
void mirror_resync(struct mirror *m);

const struct mirror_link *mirror_link(const struct mirror *m, uint32_t ifindex);
/* By its name, or by an alternative one. */
const struct mirror_link *mirror_link_by_name(const struct mirror *m,
					      const char *name);

/* The links one after another, in no order: start with NULL, ends with NULL. */
const struct mirror_link *mirror_next_link(const struct mirror *m,
					   const struct mirror_link *after);

/* The addresses of a link, oldest first: start with NULL, ends with NULL. */
const struct mirror_address *mirror_next(const struct mirror *m,
					 const struct mirror_link *link,
					 const struct mirror_address *after);

/* The address on that link, whatever its prefix, or NULL. */
const struct mirror_address *
mirror_find(const struct mirror *m, uint32_t ifindex, const struct ip *address);

/* The address with exactly that prefix on that link, or NULL. */
const struct mirror_address *mirror_find_exact(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix);

/*
 * Those with another prefix than this, one after another, then NULL; `at`
 * begins with 0.
 */
const struct mirror_address *mirror_next_other(const struct mirror *m,
					       uint32_t ifindex,
					       const struct ip *address,
					       uint8_t prefix, uint32_t *at);

/*
 * The primary address of a link, from which adverts are sent (RFC 9568 1.6,
 * 5.1.1.1, 5.1.2.1). IPv4: the first, one that is not secondary and of global
 * scope if there is such. IPv6: the first link-local that is not tentative and
 * not a duplicate. Of those that `is_out` says are none it is never one. 0, or
 * -1 and `out` untouched if there is none.
 */
int mirror_source(const struct mirror *m, uint32_t ifindex, uint8_t family,
		  bool (*is_out)(const void *context,
				 const struct mirror_address *address),
		  const void *context, struct ip *out);

/*
 * A route of ours under the kernel's key of `wanted`
 * (netlink_route_same_key()), rather one that netlink_route_agrees() with it;
 * else any other; else NULL.
 */
const struct mirror_route *
mirror_find_route(const struct mirror *m, const struct netlink_route *wanted);

/* One under that key that does not agree with it, or NULL. */
const struct mirror_route *
mirror_find_other_route(const struct mirror *m,
			const struct netlink_route *wanted);

/* A rule of ours that is netlink_rule_equal(), or NULL. */
const struct mirror_rule *mirror_find_rule(const struct mirror *m,
					   const struct netlink_rule *wanted);

/* All of ours, in no order: start with 0; NULL at the end. */
const struct mirror_route *mirror_next_route(const struct mirror *m,
					     uint32_t *at);
const struct mirror_rule *mirror_next_rule(const struct mirror *m,
					   uint32_t *at);

struct mirror_counters mirror_counters(const struct mirror *m);
