/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the router share, and nobody else sees.
 *
 *   book.c        from a model to the ledger that is made for it
 *   router.c      sockets and packets, orders, the end
 *   turn.c        what is done when the packets were read
 *   setup.c       what the router is made of
 *   adopt.c       how a new process goes on where another stopped
 *   find.c        an interface by name or index
 *   speech.h      what an instance says, on its way out
 *   peers.c       which instance a unicast packet is for
 *   neighbours.c  who says to have our addresses
 *   step.c        one event into one core, and its actions done
 *   interfaces.c  what the mirror says of links, as events
 *   usable.c      whether an interface is of use, and why not
 *   links.c       when a link counts as up or down
 *   channels.c    the multicast groups of an interface
 *   holding.c     what the kernel should hold, by netlink (holdings.h)
 *   holding_index.c  ... by their keys, and their queue
 *   address.c     ... addresses by what they are
 *   theirs.c      ... and other programs: what they put, change or keep
 *   kinds.c       the kinds of it, each in its holding_KIND.c
 *   leases.c      addresses that the kernel removes unless refreshed
 *   promote.c     promote_secondaries
 *   trackers.c    what instances track, as faults and weights
 *   targets.c     ... of that, the scripts, files and processes
 *   groups.c      sync groups, and which have moved (group.h)
 *   agree.c       ... and what members then ask of each other
 *   starts.c      which instances may start
 *   changes.c     changes of state, for users' scripts
 *   announcer.c   GARP and NA, paced
 *   rttime.c      pauses, so that RLIMIT_RTTIME does not end the process
 *   journal.c     events for the ledger, rate limited (event.h)
 *
 * Instances, holdings and interfaces are arrays made at set-up and named by
 * their index. The core of an instance is in the ledger: it is loaded for a
 * step and saved when that was taken.
 */
#pragma once

#include "base/heap.h"
#include "base/map.h"
#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "router/change.h"
#include "router/event.h"
#include "router/group.h"
#include "router/holdings.h"
#include "router/target.h"
#include "router/waiting.h"
#include "sys/loop.h"
#include "sys/mirror.h"
#include "sys/neighbour.h"
#include "sys/netlink.h"
#include "sys/receive.h"
#include "sys/throttle.h"
#include "sys/transmit.h"

/*
 * The cookie of a command whose answer nobody needs: what could not be done is
 * gone, or comes back with the mirror.
 */
#define ROUTER_NO_ANSWER UINT64_MAX

/* A multicast group on an interface, or unicast (channels.c). */
struct channel {
	struct ip group; /* unspecified: none is joined, they use unicast */
	uint32_t next;   /* on the same interface, or ROUTER_NONE */
	uint32_t *vrids; /* its instances by VRID */
	bool joined;
	bool forgotten; /* the kernel may have dropped us from it */
	int error;      /* errno: why it could not be joined, or 0 */
};

/* How often may be announced (announcer.c); of IPv4 and of IPv6. */
struct pace {
	tick_t interval[2]; /* between two, 0: none */
	tick_t next[2];     /* not before */
};

struct interface {
	const char *name;
	uint32_t ifindex; /* 0: there is none of that name */
	uint8_t mac[6];
	uint8_t framing;  /* enum framing */
	bool is_up;       /* the kernel says that it is, and has a signal */
	bool dirty;       /* something about it changed in this turn */
	bool removed;     /* its device went away; one may be back */
	bool serves;      /* has instances, not only addresses */
	bool promote;     /* an instance asks for promote_secondaries */
	bool promoted;    /* it was off before us */
	uint32_t channel; /* its first one, or ROUTER_NONE */
	uint32_t first;   /* its first instance, or ROUTER_NONE */
	uint32_t tracker; /* the first that tracks it, or ROUTER_NONE */
	bool told_up;     /* as what trackers know it */
	bool sends_down;  /* an instance on it stays Active while it is down */
	/* Its primary addresses when last looked at, or IP_NONE. */
	struct ip source[2];
	struct ip broadcast; /* of the network of the first of them */
	/* links.c: as what it counts, and when that changes, or TICK_NEVER. */
	const struct conf_link_delay *delay; /* or NULL */
	enum vrrp_interface link;
	tick_t link_at;
	uint32_t pace;       /* its own, or that of a group of interfaces */
	bool announce_waits; /* for the kernel to hold an address */
	uint32_t queue_head; /* instances with announcements to send */
	uint32_t queue_tail;
};

struct holding_queue {
	uint32_t head, tail; /* or ROUTER_NONE */
};

/* A unicast peer of an instance (peers.c). */
struct peer {
	uint32_t instance;
	uint16_t number; /* of its list */
};

/* An interface that an instance tracks (trackers.c). */
struct tracker {
	const char *name;
	int16_t weight;
	bool reverse;
	uint32_t instance;
	uint32_t interface;
	uint32_t next; /* of the same interface, or ROUTER_NONE */
};

/* The advertisement of an instance as it leaves (speaker.c). */
struct speech {
	uint32_t at;      /* in r->frames */
	uint32_t length;  /* 0: it is to be built */
	uint8_t priority; /* that it was built for */
	uint8_t checksum; /* ... enum vrrp_checksum */
	uint8_t count;    /* of its addresses that there is room for */
	uint32_t batch;   /* it may be queued in this batch */
};

/* What became of its advertisements (sending.c). */
struct sending {
	tick_t silent_since; /* nothing has left since, or TICK_NEVER */
	int error;           /* errno of a packet of the newest one, or 0 */
	bool left;           /* a packet of it has left */
	bool contested;      /* nobody hears it, and another one serves */
};

struct instance {
	const struct conf_instance *conf;
	struct vrrp_saved *core; /* in the ledger, and nowhere else */
	struct ledger_record *record;
	struct ledger_counters *counters;
	uint32_t interface;
	uint32_t channel;
	uint32_t next;          /* on the same interface, or ROUTER_NONE */
	uint32_t holding_first; /* what it wants of the kernel */
	uint32_t holding_count;
	uint32_t address_first; /* of these, the addresses */
	uint32_t address_count;
	uint32_t tracker_first;
	uint32_t tracker_count;
	struct target_list targets;
	uint32_t group; /* or ROUTER_NONE */
	struct speech speech;
	struct sending sending;
	uint32_t lease;    /* of its addresses, seconds, or NETLINK_FOREVER */
	tick_t refresh_at; /* of the leases of its addresses */
	tick_t extra_at;   /* the next round for others, 0: not yet known */
	/* While it is announcing: the next in the queue, the next address. */
	uint32_t announce_next;
	uint32_t announce_address;
	bool announce_again;  /* one more round was asked for meanwhile */
	bool announce_extra;  /* this round is for other interfaces only */
	bool announce_failed; /* some of it could not be sent */
	bool paced;           /* its announcements take their time */
	bool inherited;       /* its core came from another ledger */
	bool untold;          /* a change waits for the kernel (changes.c) */
	bool drained;         /* it alone is to be out; or all: the ledger's */
	bool removed;         /* ... since the next configuration lacks it */
	bool group_fault;     /* another member of its group has a fault */
	bool contested;       /* groups.c */
	struct journal_limit repairs;  /* addresses that others took away */
	struct journal_limit refusals; /* of what it sends */
	struct journal_limit others;   /* ... and put, changed, keep */
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
	struct ledger_server *server; /* in it */
	int wake;                     /* to the keeper and from it, or -1 */

	struct loop loop;
	struct loop_watch watch_v4, watch_v6, watch_netlink, watch_mirror,
		watch_signal, watch_arp, watch_na, watch_control, watch_wake;
	struct receive *receive;
	struct transmit *transmit;
	struct netlink *netlink;
	struct mirror *mirror;
	struct throttle mirror_throttle;
	struct neighbour *neighbour;

	tick_t now;
	tick_t planned; /* when this turn was to be */
	/*
	 * The kernel ends a process in real time that computes without a
	 * pause. This one pauses after so much time, or never if it is 0.
	 */
	tick_t pause_after;
	tick_t paused; /* when it last did */
	tick_t left;   /* when the last turn was over */
	tick_t asleep; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC as of then */
	bool looked;   /* for a stall, in this turn */
	bool behind;   /* more packets wait than one turn takes */
	unsigned turns_behind;
	bool waited;  /* no virtual router was started yet: router_waits() */
	bool standby; /* another process serves yet */
	bool yielding;
	tick_t orphan_at; /* the next look of one without a keeper (turn.c) */
	bool stopping;
	tick_t stop_at;
	uint32_t batch; /* of frames queued and not yet flushed; it wraps */
	uint64_t events_seen;
	uint64_t overruns_before; /* of the processes before this one */
	uint64_t overflows_before, malformed_before; /* the same of packets */

	struct instance *instances;
	uint32_t instance_count;
	const struct holding_kind *const *kinds;
	unsigned kind_count;
	struct holding *holdings; /* of instances, then the static ones */
	uint32_t holding_count;
	uint32_t static_first;
	struct tracker *trackers;
	uint32_t tracker_count;
	bool tracking; /* all interfaces have been looked at */
	struct target *targets;
	uint32_t target_count;
	struct target_tracker *target_trackers;
	uint32_t target_tracker_count;
	struct targets_seen {
		/* ledger_runner.changes and ledger_lvs.quorums when last
		 * looked at */
		uint64_t results, quorums;
	} targets_seen;
	uint32_t anywhere; /* the interface of those that have none */
	struct group *groups;
	uint32_t group_count;
	uint32_t group_queue;        /* of those that moved, or ROUTER_NONE */
	struct vrrp_member *members; /* room for those of the largest group */
	struct interface *interfaces;
	uint32_t interface_count;
	struct channel *channels;
	uint32_t channel_count;
	struct peer *peers;
	uint32_t peer_count;
	struct map interface_by_index;
	struct map interface_by_name;
	struct map holding_by_key;
	struct map peer_by_key;
	struct heap deadlines;
	uint8_t *frames; /* of all instances */

	/* holding.c: by kind, those that are to go and those that are to come
	 * are looked at. */
	struct holding_queue holding_queues[LEDGER_KINDS_MAX][2];
	tick_t holding_retry; /* of what was refused, or TICK_NEVER */
	tick_t holding_tried; /* when it last was */
	tick_t lease_refresh; /* leases.c: the next round */
	struct theirs theirs;

	tick_t links_at;    /* the first delay of a link that is over */
	tick_t channels_at; /* what could not be joined is tried again */
	tick_t unheard_at;  /* unheard.c looks at all, or TICK_NEVER */

	/* Who waits for the kernel: with an advert (step.c), and with a change
	 * that is to be told (changes.c: instances, and behind them groups). */
	struct waiting held, untold;
	uint32_t sync_waiter;    /* sync_wait.h, or ROUTER_NONE */
	struct waiting flapping; /* of whom changes were left out */
	tick_t flapping_due;     /* the first of their windows ends */
	struct flaps *flaps;     /* by enum flapping; where each begins: */
	uint32_t flaps_first[FLAPPINGS + 1];
	bool tells; /* a change may be told: others are to be woken */

	/* neighbours.c: the oldest first. */
	struct claim claims[CLAIMS_MAX];
	unsigned claim_count;
	struct throttle claims_throttle;

	/* announcer.c */
	uint32_t announcing;      /* instances in queues */
	uint32_t announce_from;   /* the interface that is first in a turn */
	struct pace *paces;       /* as many as interfaces */
	tick_t extra_at;          /* the next round for other interfaces */
	tick_t announce_again_at; /* what failed is tried, or TICK_NEVER */
	tick_t announce_gap;      /* ... and then after so long */

	struct journal_limit *limits;        /* journal.c */
	struct journal_limit static_repairs; /* of static holdings */
	struct journal_burst burst;
	struct vrrp_actions actions;
};

/* setup.c */
/* From r->model and r->ledger, with r->instance_count and r->address_count. */
int setup_objects(struct router *r);
void setup_free(struct router *r);

/* turn.c */
/*
 * Before the packets of a turn are read, and again before what is due: tells
 * the instances if this process did not run for too long.
 */
void turn_look_for_stall(struct router *r);
/* The turn at r->now; when the next is due: `now` if there is more to do. */
tick_t turn_run(struct router *r);
/* Resigns everywhere; the turns that follow take the addresses away. */
void turn_stop(struct router *r);
/* The keeper has died; another one may come. */
void turn_without_keeper(struct router *r);

/* step.c */
struct vrrp router_core(const struct router *r, uint32_t id);
void router_step(struct router *r, uint32_t id, const struct vrrp_event *event);
/* A step of `core`, which counts instead of what the ledger has of it. */
void router_step_core(struct router *r, uint32_t id, struct vrrp *core,
		      const struct vrrp_event *event);
void router_schedule(struct router *r, uint32_t id);
void router_step_due(struct router *r);
void router_send_held(struct router *r);
/*
 * What another process left undone, if it is Active yet: its advertisement and
 * its announcements. What was asked for up to the turn `done` was done.
 */
void router_redo(struct router *r, uint32_t id, tick_t done);
void router_packets(void *context, const struct received *list, unsigned count);

/* peers.c */
int peers_setup(struct router *r);
void peers_close(struct router *r);
/*
 * The instance that a packet to one of our addresses is for, by its source,
 * or ROUTER_NONE. `interface` is where it came in.
 */
uint32_t peers_instance(const struct router *r, uint32_t interface,
			const struct vrrp_datagram *datagram, uint8_t vrid);

/* How many peers of a family there are, in unicast. */
static inline uint32_t router_neighbours(const struct router *r, uint8_t family)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		const struct vrrp_config *c = &r->instances[n].conf->vrrp;

		count += c->unicast && c->family == family ? c->peer_count : 0;
	}
	return count;
}

static inline bool is_quarantined(const struct instance *i)
{
	return ledger_is_quarantined(i->record, i->core->started);
}

/* adopt.c */
void adopt_all(struct router *r, struct ledger *before, bool deaf);

/* interfaces.c */
int interfaces_setup(struct router *r);
void interfaces_changed(void *context, const struct mirror_event *event);
void interfaces_update(struct router *r);
void interfaces_tell_all(struct router *r);

/* usable.c */
enum vrrp_interface link_status(const struct mirror_link *link);
/*
 * What an instance is to know of its interface, whose link is `status`; and
 * that into its record, with the reason.
 */
struct vrrp_event usable_event(struct router *r, uint32_t id,
			       enum vrrp_interface status);

/* find.c: each may be ROUTER_NONE */
uint32_t interface_find(const struct router *r, const char *name);
uint32_t interface_by_index(const struct router *r, uint32_t ifindex);

/* links.c */
void links_setup(struct router *r);
/* As what a link counts that is UP, MISSING, DOWN, or NO_CARRIER. */
enum vrrp_interface link_counts(struct router *r, struct interface *f,
				enum vrrp_interface is);
/* A delay that has begun goes on: its link counts as the records say. */
void link_adopt(struct router *r, struct interface *f);
/* Marks the interfaces whose delay is over. */
void links_run(struct router *r);
tick_t links_deadline(const struct router *r);

/* channels.c */
/* Puts an instance into the channel of its group, which is made if needed. */
int channel_add(struct router *r, uint32_t id);
/*
 * Whose packet it is, or ROUTER_NONE: the instance with that VRID in the
 * channel that it was sent to. One that was sent to no channel is for any
 * instance with that VRID, whose core drops it with the reason.
 */
uint32_t channel_instance(const struct router *r, const struct interface *f,
			  const struct ip *destination, uint8_t vrid);
/* Joins what is not joined yet. */
void channels_join(struct router *r, const struct interface *f);
/* Marks the interfaces where the kernel refused to join, from time to time. */
void channels_run(struct router *r);
tick_t channels_deadline(const struct router *r);
/* While the interface still has its index. */
void channels_leave(struct router *r, const struct interface *f);
/* Nobody tells whether the memberships of this family are still there. */
void channels_doubt(struct router *r, const struct interface *f,
		    uint8_t family);
/*
 * The kernel forgets memberships with what it keeps of a family on a device:
 * when its MTU is too small for IPv6, or it goes to another namespace. That
 * comes back under the same index, so they are made anew when it was away.
 */
void channels_join_again(struct router *r, const struct interface *f);
void channels_close(struct router *r);

/* leases.c */
/* When the cores are there. */
void leases_begin(struct router *r);
/* Queues what is due. */
void leases_run(struct router *r);
tick_t leases_deadline(const struct router *r);

/* promote.c */
void promote_setup(struct router *r);
/* The link of an interface, or NULL, when it was looked at. */
void promote_update(struct router *r, struct interface *f,
		    const struct mirror_link *link);
/* What a process before this one switched on, by its ledger, or ours. */
void promote_adopt(struct router *r, struct ledger *of);
/* Switches off what was off before, and waits for that. */
void promote_end(struct router *r);

/* trackers.c */
/* Before interfaces_setup(), which fills in the interfaces. */
int trackers_setup(struct router *r);
/* What tracks this interface is told what that counts as now. */
void trackers_tell(struct router *r, uint32_t interface);
/* Those on it with track_src_ip, when its addresses may be others. */
void trackers_tell_sources(struct router *r, uint32_t interface);
/* All are told, for the first time. */
void trackers_tell_all(struct router *r);
/* Who tracks a target that counts as otherwise. */
void trackers_look(struct router *r);
/* An instance is told what all that it tracks comes to, if that is news. */
void tracker_tell(struct router *r, uint32_t id);

/* starts.c */
/* Nothing starts: for a delay of global_defs, or startup_script. */
bool router_waits(const struct router *r);
/* What keeps it: a script that it, or one of its group, tracks. */
bool start_waits(const struct router *r, uint32_t id);
/*
 * Starts an instance that is to be and is not, when nothing keeps it; that of a
 * group with the others, when these agree (agree.c).
 */
void start_if_ready(struct router *r, uint32_t id);
/* Members that are to be and are not; false: there is none, or one waits. */
bool start_group(struct router *r, const struct group *group);
/* The same for all, when the delay at the start of the daemon is over. */
void starts_run(struct router *r);
tick_t starts_deadline(const struct router *r);

/* takeover.c */
/* Starts all; what another program served until now goes on as Active. */
void takeover_run(struct router *r);

/* neighbours.c */
int neighbours_open(struct router *r);
void neighbours_run(struct router *r);
tick_t neighbours_deadline(const struct router *r);

/* announcer.c */
int announcer_setup(struct router *r);
void announcer_add(struct router *r, uint32_t instance);
/* One of its announcements could not be sent: later. */
void announcer_failed(struct router *r, uint32_t instance);
/* An address is there that was not when all others were announced. */
void announcer_installed(struct router *r, uint32_t holding);
void announcer_run(struct router *r);
tick_t announcer_deadline(const struct router *r);

/* rttime.c: at the begin and the end of a turn, and in between. */
void rttime_begin(struct router *r);
void rttime_pause_if_due(struct router *r);
void rttime_end(struct router *r);
