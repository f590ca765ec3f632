/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One virtual router: events in, actions out (RFC 9568 section 6).
 *
 * vrrp_step() is a pure function of the virtual router, the time and an
 * event. It cannot fail, block, allocate or read a clock. The daemon, the
 * simulator, the explorer, the fuzzer and the unit tests all run this code.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "vrrp/reason.h"
#include "vrrp/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VRRP_PRIORITY_RESIGN  0
#define VRRP_PRIORITY_DEFAULT 100
#define VRRP_PRIORITY_OWNER   255

/* How many advertisements may be missing: down_timer_adverts (6.1: 3). */
#define VRRP_DOWN_ADVERTS_DEFAULT 3
#define VRRP_DOWN_ADVERTS_MAX     100

/*
 * Announcements: GARP for IPv4, unsolicited NA for IPv6. A set is `repeat`
 * rounds over all addresses. On becoming Active there is a set at once and
 * another `delay` later, then one of `refresh_repeat` every `refresh`. When a
 * losing advertisement was heard there is one at once and one after
 * `lower_delay`. keepalived's garp_master_* and garp_lower_prio_*.
 */
struct vrrp_announce_config {
	tick_t delay;       /* 0: no second set */
	tick_t refresh;     /* 0: never again */
	tick_t lower_delay; /* 0: no second set */
	tick_t interval;    /* between two rounds of a set, >= 0 */
	uint16_t repeat;
	uint16_t refresh_repeat;
	uint16_t lower_repeat;
};

/* Version 2 only. */
struct vrrp_auth {
	uint8_t type; /* enum vrrp_auth_type */
	/* RFC 2338 5.3.10, with zeros behind a short one; a secret. */
	uint8_t password[VRRP_V2_TRAILER_SIZE];
};

/* Another router of the virtual router. */
struct vrrp_peer {
	struct ip address; /* that it sends from */
	/* The TTL or hop limit that its packets come with; unicast only. */
	uint8_t ttl_least, ttl_most;
};

/* What an operator configured. Owned by the caller, constant while in use. */
struct vrrp_config {
	uint8_t family; /* enum ip_family */
	uint8_t version;
	uint8_t vrid;     /* 1..255 */
	uint8_t priority; /* 1..255; 255: we own the addresses */
	bool preempt;     /* Preempt_Mode */
	bool strict;      /* an error of the address list drops in v3 too */
	enum vrrp_checksum checksum;
	struct vrrp_auth auth;
	tick_t interval;      /* Advertisement_Interval */
	tick_t preempt_delay; /* 0: none */
	/*
	 * Active_Down_Interval is so many of the Active's intervals, and the
	 * skew. Not 0. All routers of a virtual router should agree.
	 */
	uint8_t down_timer_adverts;
	/*
	 * 0: Adver_Timer is Advertisement_Interval. More: it is shortened, the
	 * first time after a change, so that it fires when the clock modulo
	 * the interval is `phase`. Instances of one phase so advertise in one
	 * batch, for ever, and those of other phases at other moments. At most
	 * the interval; it never makes an advertisement later.
	 */
	tick_t phase;
	struct vrrp_announce_config announce;
	const struct ip *addresses; /* those advertised, in file order */
	uint8_t address_count;      /* 0: none, for who wants only the states */
	/* The group that advertisements are sent to, IP_NONE: vrrp_group(). */
	struct ip destination;
	/* Whom we hear; none: everybody (vrrp_peers, unicast_peer). */
	const struct vrrp_peer *peers;
	uint16_t peer_count;
	/*
	 * Advertisements go to each of `peers`, perhaps over routers, and not
	 * to a group; then nobody else is heard, even without peers.
	 */
	bool unicast;
	/* Priority 0 counts from anybody, not only from the Active. */
	bool resign_any;
	/*
	 * An Active does not answer a losing advertisement at once (6.4.3
	 * (765)); its next regular one tells. It announces all the same. One
	 * of a shorter interval is answered: the Backups may have learned that,
	 * and would not wait for the next regular one.
	 */
	bool lower_prio_no_advert;
	/*
	 * An Active sends one more advertisement before it yields to a better
	 * one, so that this one knows that there were two and announces the
	 * addresses anew. RFC 9568 6.4.3 (740) has none; our default is true.
	 */
	bool higher_prio_send_advert;
	/*
	 * While an owner (priority 255) is Active and not leaving, it neither
	 * yields to others nor answers them, much as RFC 5798 7.1 had it.
	 * Lesser Actives are treated as with lower_prio_no_advert, so the
	 * hosts are told. Two such owners of one virtual router both stay
	 * Active (erratum 8298); that is noted. As there, one of a shorter
	 * interval is answered.
	 */
	bool owner_ignore_adverts;
	/* The addresses of the Active that was heard last are not checked. */
	bool skip_check_adv_addr;
	/*
	 * It is in a sync group (vrrp/group.h): it becomes Active when the
	 * group does, and not by itself.
	 */
	bool grouped;
	/* ... and it is not the one that decides where two groups serve. */
	bool follower;
};

/*
 * The beginning of an initializer: what is neither off nor 0 when nobody says
 * anything about it. The caller adds what it wants to set.
 */
#define VRRP_CONFIG_DEFAULTS                                                   \
	.down_timer_adverts = VRRP_DOWN_ADVERTS_DEFAULT,                       \
	.higher_prio_send_advert = true

/* What all that is tracked comes to (vrrp/track.h). */
struct vrrp_track {
	uint16_t faults; /* bits of enum vrrp_fault */
	bool waits;      /* it preempts nobody for now (router/sync_wait.h) */
	int32_t weight;  /* added to the configured priority */
};

enum vrrp_event_type {
	VRRP_EVENT_STARTUP,   /* 6.4.1 Startup */
	VRRP_EVENT_SHUTDOWN,  /* 6.4 Shutdown */
	VRRP_EVENT_ADVERT,    /* .datagram */
	VRRP_EVENT_TIME,      /* a deadline was reached */
	VRRP_EVENT_TRACK,     /* .track: replaces what it was */
	VRRP_EVENT_CONFIG,    /* .config replaces the one in use */
	VRRP_EVENT_INTERFACE, /* .interface and .source */
	VRRP_EVENT_HANDOVER,  /* give it to another and be its Backup */
	/*
	 * The process did not run for so long that others may have taken over;
	 * comes before the packets that waited meanwhile.
	 */
	VRRP_EVENT_STALLED,
	/* It was restored: between its save and now nothing was heard. */
	VRRP_EVENT_ADOPTED,
	VRRP_EVENT_ANSWERED, /* somebody answered a PROBE */
	VRRP_EVENT_CONFLICT, /* .conflict: another has our address */
	/*
	 * Startup in place of a program of this machine that was Active until
	 * now, with our address as its source and the addresses installed. With
	 * a fault they are released.
	 */
	VRRP_EVENT_TAKEOVER,
	/* Of a sync group (vrrp/group.h): */
	VRRP_EVENT_PROMOTE, /* all its members wish to be Active */
	VRRP_EVENT_YIELD,   /* another member is Active no more */
	VRRP_EVENT_ASSERT,  /* say that we serve: another member is contested */
	/*
	 * The kernel has refused all that an Active said for longer than its
	 * Backups wait, and another router serves: that one is let alone.
	 */
	VRRP_EVENT_UNHEARD,
	/*
	 * That is over: an advertisement with our priority has just left. The
	 * router that we let alone will yield to it, if it is a lesser one.
	 */
	VRRP_EVENT_HEARD,
};

struct vrrp_event {
	enum vrrp_event_type type;
	union {
		struct vrrp_datagram datagram;
		struct vrrp_track track;
		const struct vrrp_config *config; /* same family and VRID */
		struct {
			enum vrrp_interface status;
			/* Our primary address; IP_NONE unless UP. */
			struct ip source;
		} interface;
		struct {
			struct ip address;
			uint64_t mac; /* in the lower 48 bits */
		} conflict;
	};
};

enum vrrp_action_type {
	VRRP_ACTION_SEND,     /* .send: an advertisement, now */
	VRRP_ACTION_CLAIM,    /* install the addresses */
	VRRP_ACTION_RELEASE,  /* remove the addresses */
	VRRP_ACTION_ANNOUNCE, /* one GARP or NA for each address, now */
	VRRP_ACTION_PROBE,    /* ask by ARP or NS who has addresses[0] */
	VRRP_ACTION_STATE,    /* .state: it changed */
	VRRP_ACTION_DROPPED,  /* .drop: exactly one for a bad packet */
	VRRP_ACTION_NOTE,     /* .note: tell somebody */
};

struct vrrp_action {
	enum vrrp_action_type type;
	union {
		struct {
			uint8_t priority;            /* 0 when resigning */
			enum vrrp_checksum checksum; /* never AUTO */
		} send;
		struct {
			enum vrrp_state from, to;
			enum vrrp_cause cause;
			/* The sender that caused it, or IP_NONE. */
			struct ip peer;
			uint8_t peer_priority;
		} state;
		enum vrrp_drop drop;
		struct {
			enum vrrp_note note;
			struct ip peer;
			int64_t value; /* as the note's comment says, or 0 */
		} note;
	};
};

/* No step yields more: a change of state with all notes of one packet. */
#define VRRP_ACTIONS_MAX 12

/*
 * What a step asks for, to be done in this order. Where SEND comes after
 * CLAIM, the advertisement waits until the addresses are installed.
 */
struct vrrp_actions {
	unsigned count;
	struct vrrp_action list[VRRP_ACTIONS_MAX];
};

/* The announcements that are still to come (vrrp/announce.c). */
struct vrrp_announce {
	tick_t next;           /* of this set's next round, or TICK_NEVER */
	tick_t again;          /* when the second set starts, or TICK_NEVER */
	tick_t refresh;        /* when the next refresh starts, or TICK_NEVER */
	uint16_t rounds;       /* left of this set */
	uint16_t again_rounds; /* of the second set */
};

/*
 * A virtual router. Plain data: it may be copied, compared and kept in shared
 * memory. Others read its fields, only vrrp_*() write them.
 */
struct vrrp {
	const struct vrrp_config *config;
	struct vrrp_track track;
	tick_t since;         /* when the state was entered */
	tick_t adver_timer;   /* Adver_Timer, absolute, or TICK_NEVER */
	tick_t down_timer;    /* Active_Down_Timer, absolute, or TICK_NEVER */
	tick_t preempt_timer; /* the end of preempt_delay, or TICK_NEVER */
	tick_t answer_after;  /* a losing advertisement is answered from here */
	tick_t word_until; /* whom we preempted may say a last word till here */
	tick_t active_interval; /* Active_Adver_Interval */
	/*
	 * The last advertisement of a lower Active that we are about to
	 * preempt, and its interval. TICK_NEVER: there is none.
	 */
	tick_t lower_heard;
	tick_t lower_interval;
	/* Backup: before this a lower sender is not the Active (doubt.c). */
	tick_t active_until;
	struct vrrp_announce announce;
	/* Leaving (vrrp/handover.c): Active until leave_timer. */
	tick_t leave_timer;  /* or TICK_NEVER: it is not leaving */
	tick_t resign_timer; /* the next priority 0, or TICK_NEVER */
	tick_t resigned_at;  /* the first one */
	tick_t probe_timer;  /* is there anybody? (doubt.c), or TICK_NEVER */
	tick_t defend_after; /* a conflict is answered from here */
	/* A better Active was heard: from here on it is yielded to (active.c).
	 */
	tick_t yield_after;
	/*
	 * The interval of our Active that is not ours, and may be kept, or 0
	 * (doubt.c). And till when no short one is believed at once.
	 */
	tick_t kept_interval;
	tick_t shy_until;
	enum vrrp_state state;
	enum vrrp_interface interface;
	bool started;     /* between Startup and Shutdown */
	uint8_t priority; /* the effective one: configured and weight */
	struct ip source; /* our primary address on the interface */
	/* The Active heard last; ourselves while Active; else IP_NONE. */
	struct ip active;
	uint8_t active_priority;
	enum vrrp_cause down_cause;       /* of becoming Active by down_timer */
	enum vrrp_checksum peer_checksum; /* AUTO before a peer was heard */
	/* Leaving: */
	uint8_t resigns_left;
	uint8_t heirs_lost;
	bool heir; /* the successor was heard: `active` */
	enum vrrp_cause leave_cause;
	bool yielded;   /* handed over: not preempting until Active again */
	bool wishes;    /* Backup: its time has come, and its group's has not */
	bool doubt;     /* stalled, and not spoken or listened since */
	uint8_t probes; /* sent, without an answer */
	uint8_t kept;   /* intervals in a row that were */
};

/* True from a Shutdown or handover of an Active until it let go. */
bool vrrp_leaving(const struct vrrp *v);

/* State Initialize; nothing happens before STARTUP and an interface. */
void vrrp_init(struct vrrp *v, const struct vrrp_config *config);

/*
 * Handles one event at `now`, which never goes back. The actions replace what
 * was in `out`.
 */
void vrrp_step(struct vrrp *v, tick_t now, const struct vrrp_event *event,
	       struct vrrp_actions *out);

/*
 * When VRRP_EVENT_TIME is due, or TICK_NEVER. That event does nothing before
 * it, except that advertisements leave up to vrrp_slack() early.
 */
tick_t vrrp_deadline(const struct vrrp *v);

/*
 * How much before vrrp_deadline() the event may be delivered, so that what is
 * due at almost one time leaves in one batch: a hundredth of the interval, at
 * most 1 ms, when the deadline is Adver_Timer's; 0 otherwise, and where one
 * advertisement is all that a Backup waits for.
 */
tick_t vrrp_slack(const struct vrrp *v);

/* Active_Down_Interval as it stands (6.1), for status and tests. */
tick_t vrrp_down_interval(const struct vrrp *v);
