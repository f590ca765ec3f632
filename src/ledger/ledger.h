/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: what baton knows, in one shared memory object (memfd).
 *
 * The keeper makes it and hands it to its children. The `vrrp` process writes
 * the records of instances, addresses and totals; the keeper writes only the
 * table of processes; both append events; `ctl` maps it read-only. A record is
 * protected by a sequence lock: odd while it is being written. A reader
 * copies it and tries again if the number changed (ledger_read_*).
 *
 * The layout is fixed by LEDGER_LAYOUT. Any change of a struct here raises
 * it. All times are CLOCK_MONOTONIC nanoseconds, all texts end with a zero,
 * all addresses are struct ip. What survives a crash of `vrrp` is here and
 * nowhere else.
 *
 *   struct ledger | instances[] | addresses[] | events[] (a ring)
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LEDGER_MAGIC          0x6e6f746162u /* "baton" */
#define LEDGER_LAYOUT         10
#define LEDGER_NAME_SIZE      64
#define LEDGER_INTERFACE_SIZE 16
#define LEDGER_EVENTS         4096 /* slots of the ring, a power of two */
#define LEDGER_YIELDED        1    /* it ends, and touches nothing any more */
#define LEDGER_PROCESSES      4    /* rows of the process table */
#define LEDGER_LATENESS       24   /* buckets: <= 1 us << n, the last: all */

/* What of an address is true in the kernel. */
enum ledger_address_state {
	LEDGER_ADDRESS_ABSENT,     /* not wanted, not there */
	LEDGER_ADDRESS_INSTALLING, /* asked for, not yet seen */
	LEDGER_ADDRESS_INSTALLED,  /* wanted and there */
	LEDGER_ADDRESS_REMOVING,   /* not wanted, still there */
	LEDGER_ADDRESS_FAILED,     /* wanted; the kernel refused: .error */
};

struct ledger_address {
	struct ip address;
	uint8_t prefix;
	uint8_t excluded; /* bool: not in the advertisement */
	uint8_t state;    /* enum ledger_address_state */
	int32_t error;    /* errno of the kernel's refusal, or 0 */
	uint32_t ifindex; /* of its device, 0 if that is missing */
};

struct ledger_counters {
	uint64_t adverts_sent;
	uint64_t adverts_received; /* valid and for this virtual router */
	uint64_t resigns_sent;     /* priority 0 */
	uint64_t resigns_received;
	uint64_t became_active;
	uint64_t announcements_sent; /* GARP and NA frames */
	uint64_t send_errors;
	uint64_t dropped[VRRP_DROPS]; /* by reason; [0] stays 0 */
	uint64_t noted[VRRP_NOTES];   /* notes, also those not made events */
};

struct ledger_instance {
	uint32_t sequence; /* odd: being written */
	uint32_t id;       /* its index */
	char name[LEDGER_NAME_SIZE];
	char interface[LEDGER_INTERFACE_SIZE];
	uint32_t ifindex; /* 0 if there is none */
	tick_t link_at; /* it counts as otherwise from then on, or TICK_NEVER */
	uint32_t address_first; /* its slice of addresses[] */
	uint32_t address_count;
	uint8_t family;
	uint8_t version;
	uint8_t vrid;
	uint8_t priority;      /* configured */
	struct ip destination; /* the group that it advertises to */
	uint8_t down_timer_adverts;
	/*
	 * The virtual router as it was after its last step: states, deadlines,
	 * effective priority, current Active. `core.config` is meaningless
	 * outside the process that wrote it.
	 */
	struct vrrp core;
	/* As it was before: what counts if `vrrp` dies within the step. */
	struct vrrp before;
	tick_t interval;   /* configured Advertisement_Interval */
	uint32_t deaths;   /* of the process in a row, writing this record */
	tick_t died;       /* the last of them, or 0 */
	tick_t since_real; /* CLOCK_REALTIME of core.since */
	tick_t refreshed;  /* when the leases of its addresses last were */
	/*
	 * What its steps asked for. It has been done if it does not wait and
	 * the turn of it came to its end (`heartbeat`).
	 */
	tick_t sent;           /* the turn that queued its last advert */
	tick_t announced;      /* ... its last announcement */
	uint8_t sent_priority; /* of the last one, or the one that waits */
	uint8_t sent_checksum; /* enum vrrp_checksum */
	uint8_t held;          /* bool: it waits for its addresses */
	uint8_t announcing;    /* bool: in the queue of its interface */
	uint8_t promoted;      /* bool: promote_secondaries was off before us */
	/* The other router that was heard last, or IP_NONE. */
	struct ip peer;
	uint8_t peer_priority; /* never 0 */
	struct ledger_counters counters;
	/*
	 * The last mistake of another router: what was dropped or noted, and
	 * whose it was. peer IP_NONE: there was none.
	 */
	struct ip last_mistake_peer;
	uint8_t last_mistake_type;  /* LEDGER_EVENT_DROP or LEDGER_EVENT_NOTE */
	uint8_t last_mistake_code;  /* enum vrrp_drop, enum vrrp_note */
	int64_t last_mistake_value; /* the note's */
	tick_t last_mistake_real;
};

enum ledger_event_type {
	LEDGER_EVENT_STATE,    /* from, to, cause, peer, value=peer priority */
	LEDGER_EVENT_DROP,     /* code = enum vrrp_drop, peer (rate limited) */
	LEDGER_EVENT_NOTE,     /* code = enum vrrp_note, peer, value */
	LEDGER_EVENT_ADDRESS,  /* address (in peer), to = its state, value=errno
				*/
	LEDGER_EVENT_PROCESS,  /* text = process, code = what, value = detail */
	LEDGER_EVENT_PRIORITY, /* the effective one: from, to */
	/* name = interface, to = enum vrrp_interface, value = who track it */
	LEDGER_EVENT_TRACKED,
};

/* `code` of LEDGER_EVENT_PROCESS. */
enum ledger_process_event {
	LEDGER_PROCESS_STARTED,     /* value = pid */
	LEDGER_PROCESS_EXITED,      /* value = exit status */
	LEDGER_PROCESS_KILLED,      /* value = signal */
	LEDGER_PROCESS_GAVE_UP,     /* restarted too often; value = times */
	LEDGER_PROCESS_QUARANTINED, /* an instance; value = deaths */
	LEDGER_PROCESS_HUNG,        /* no heartbeat; value = ms */
	LEDGER_PROCESS_REPLACED,    /* by another; value = ms it took */
	LEDGER_PROCESS_REFUSED, /* from = enum schedule_wish; value = errno */
	LEDGER_PROCESS_RAISED,  /* it was late; value = real-time priority */
	LEDGER_PROCESS_EVENTS
};

struct ledger_event {
	uint32_t sequence; /* odd: being written */
	uint32_t instance; /* index, or LEDGER_NO_INSTANCE */
	uint64_t number;   /* from 1; its slot is number % LEDGER_EVENTS */
	tick_t time;
	tick_t time_real;            /* CLOCK_REALTIME */
	char name[LEDGER_NAME_SIZE]; /* of the instance or the process */
	uint8_t type;                /* enum ledger_event_type */
	uint8_t from;                /* enum vrrp_state */
	uint8_t to;
	uint8_t code; /* cause, drop, note, process event */
	struct ip peer;
	int64_t value;
};

#define LEDGER_NO_INSTANCE UINT32_MAX

/*
 * So many deaths of the process within one record, and that virtual router is
 * not started any more (adopt.c).
 */
#define LEDGER_QUARANTINE 3

static inline bool ledger_is_quarantined(const struct ledger_instance *r)
{
	return r->deaths >= LEDGER_QUARANTINE && !r->core.started;
}

struct ledger_process {
	uint32_t sequence;
	int32_t pid; /* 0: not running */
	char name[16];
	tick_t started_real;
	uint64_t restarts;
	/* How it runs, as the kernel said a moment ago; of `vrrp` alone. */
	uint8_t scheduled; /* bool: what follows is known */
	int32_t policy;    /* sched(7) */
	int32_t real_time; /* priority, or 0 */
	int32_t nice;
	uint64_t locked; /* bytes of its memory that cannot be swapped out */
};

struct ledger {
	uint64_t magic;
	uint32_t layout;
	uint32_t size; /* of the whole object, bytes */
	uint32_t instance_count;
	uint32_t address_count;
	uint32_t instances_at; /* byte offsets of the three tables */
	uint32_t addresses_at;
	uint32_t events_at;
	char router_id[LEDGER_NAME_SIZE];
	char version[16]; /* of the program that made it */
	tick_t started_real;
	tick_t started;   /* the daemon */
	tick_t starts_at; /* no virtual router is started before, or 0 */
	struct ledger_process processes[LEDGER_PROCESSES];
	/* Below: written by `vrrp` alone, single values, read one by one. */
	uint32_t drained;     /* by the keeper: nothing is started */
	uint32_t igmp_was_on; /* by the keeper: to be restored (igmp.c) */
	tick_t returns;       /* by the keeper: one on trial goes, or 0 */
	int32_t heir;         /* by the keeper: who goes on after this one */
	uint32_t adopted;     /* bool: all that an earlier ledger had is here */
	uint64_t heartbeat;   /* time of its last turn, or LEDGER_YIELDED */
	uint64_t turns;
	uint64_t events;              /* number of the newest event */
	uint64_t packets_received;    /* VRRP datagrams, good or bad */
	uint64_t dropped[VRRP_DROPS]; /* of no configured virtual router */
	uint64_t netlink_overruns;
	uint64_t packets_overflowed; /* the socket's buffer was full */
	uint64_t packets_malformed;  /* their IPv4 header is wrong */
	uint64_t lateness_turn[LEDGER_LATENESS];
	uint64_t lateness_advert[LEDGER_LATENESS];
	/* Since the daemon started, whatever process it was. */
	tick_t lateness_turn_max;
	tick_t lateness_advert_max;
	uint64_t lateness_turn_sum; /* nanoseconds */
	uint64_t lateness_advert_sum;
	uint64_t turns_late; /* later than min_auto_priority_delay */
};

/* A memfd with an empty ledger of that shape, or -errno. `made` is its map. */
int ledger_create(uint32_t instances, uint32_t addresses, const char *version,
		  struct ledger **made);

/* Maps a ledger; -EPROTO if magic, layout or sizes do not fit. */
int ledger_map(int fd, bool writable, struct ledger **mapped);
void ledger_unmap(struct ledger *ledger);

/*
 * Makes this process's page tables for a ledger that it is about to write, so
 * that the first step of each record costs no fault. Failing is harmless.
 */
void ledger_touch(struct ledger *ledger);

/* The tables. The index must be below the count (asserted). */
struct ledger_instance *ledger_instance_at(struct ledger *l, uint32_t index);
struct ledger_address *ledger_address_at(struct ledger *l, uint32_t index);

/* Writing: begin, change the record, end. */
void ledger_begin(uint32_t *sequence);
void ledger_end(uint32_t *sequence);

/*
 * Reading: a consistent copy. False if the record was being written at every
 * one of a bounded number of tries; then the copy is as good as it gets (its
 * writer may have died in the middle).
 */
bool ledger_read_instance(struct ledger *l, uint32_t index,
			  struct ledger_instance *copy);

/*
 * The addresses of an instance share its sequence: read between
 * ledger_read_begin() and ledger_read_retry() of the instance's record.
 */
uint32_t ledger_read_begin(const uint32_t *sequence);
bool ledger_read_retry(const uint32_t *sequence, uint32_t begun);

/*
 * The state that is told of an instance, of whose record `copy` is a copy: one
 * that has stepped down is Active until the kernel holds none of its addresses.
 */
enum vrrp_state ledger_told_state(struct ledger *l,
				  const struct ledger_instance *copy);

/*
 * Appends an event; number, slot, sequence and both times are filled in. Safe
 * against another process that appends at the same time: it never waits, and
 * a process that slept a whole round of the ring loses its event. `name` is
 * copied from the instance's record unless `instance` is LEDGER_NO_INSTANCE.
 */
void ledger_append(struct ledger *l, const struct ledger_event *event);

/*
 * Copies the events of another ledger that are newer than those here, for one
 * that takes its place and that nobody reads or writes yet. Until its writer
 * has ended, one that is being written is left for the next time.
 */
void ledger_inherit_events(struct ledger *l, struct ledger *before, bool ended);

/*
 * The event with that number; false when it was overwritten, is not there yet
 * or was lost. The newest is number l->events.
 */
bool ledger_read_event(struct ledger *l, uint64_t number,
		       struct ledger_event *copy);

const char *ledger_address_state_name(enum ledger_address_state state);
const char *ledger_event_type_name(enum ledger_event_type type);
/*
 * Of LEDGER_PROCESS_REFUSED: the keyword, and what helps. By the event's `from`
 * and `value`.
 */
const char *ledger_refused_keyword(unsigned wish);
const char *ledger_refused_remedy(unsigned wish, int64_t error);
const char *ledger_process_event_name(enum ledger_process_event event);
