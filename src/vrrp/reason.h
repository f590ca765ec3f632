/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vocabulary of the protocol: states, reasons, causes and notes.
 *
 * Each value has one word (its label in counters, JSON and logs) and, for
 * causes, the rule of the standard. The words are an interface: new ones may
 * be added at the end, old ones never change.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* RFC 9568 6.4. FAULT is Initialize with a reason: the interface is no use. */
enum vrrp_state {
	VRRP_INIT,
	VRRP_BACKUP,
	VRRP_ACTIVE,
	VRRP_FAULT,
	VRRP_STATES
} __attribute__((packed));

/* Why an interface is no use, or that it is. */
enum vrrp_interface {
	VRRP_INTERFACE_UP,
	VRRP_INTERFACE_MISSING,
	VRRP_INTERFACE_DOWN,
	VRRP_INTERFACE_NO_CARRIER,
	VRRP_INTERFACE_NO_SOURCE, /* no primary or link-local address yet */
	VRRP_INTERFACE_PORT, /* of a bridge or bond, which takes all of it */
	VRRP_INTERFACE_NO_MEMBERSHIP, /* the kernel refused the group */
	VRRP_INTERFACE_UNSUITABLE,    /* no link that we can send on */
	VRRP_INTERFACES
} __attribute__((packed));

/*
 * Reasons to be in FAULT that come from what is tracked; as bits, 1 << N. That
 * of its own interface is enum vrrp_interface. New ones come at the end.
 */
enum vrrp_fault {
	VRRP_FAULT_TRACKED_INTERFACE, /* one of track_interface is down */
	VRRP_FAULT_NO_PEER, /* unicast_fault_no_peer, and there is none */
	VRRP_FAULT_SCRIPT,  /* one of track_script fails */
	VRRP_FAULT_FILE,    /* so says the number in one of track_file */
	VRRP_FAULT_PROCESS, /* not as many run as one of track_process wants */
	VRRP_FAULT_SOURCE,  /* track_src_ip, and that is not on the interface */
	VRRP_FAULT_GROUP,   /* another member of its sync group has a fault */
	VRRP_FAULT_VIRTUAL, /* one of track_virtual_server has no quorum */
	VRRP_FAULTS
};

/* Why a received advertisement was dropped; in the order of the ladder. */
enum vrrp_drop {
	VRRP_DROP_NONE,
	VRRP_DROP_TTL,               /* TTL or hop limit: not 255, or what
				      * the peer may have: 7.1 */
	VRRP_DROP_TRUNCATED,         /* shorter than the fixed header: 7.1 */
	VRRP_DROP_VERSION,           /* neither 2 nor 3, or not ours: 7.1 */
	VRRP_DROP_TYPE,              /* not 1 (ADVERTISEMENT): 5.2.2 */
	VRRP_DROP_LENGTH,            /* not exactly what the count says: 7.1 */
	VRRP_DROP_CHECKSUM,          /* 5.2.8 */
	VRRP_DROP_VRID,              /* not configured on this interface: 7.1 */
	VRRP_DROP_COUNT_ZERO,        /* no address: 5.2.5 */
	VRRP_DROP_INTERVAL_ZERO,     /* erratum 8301 */
	VRRP_DROP_AUTH_TYPE,         /* v2: RFC 3768 7.1 */
	VRRP_DROP_INTERVAL_MISMATCH, /* v2: RFC 3768 7.1 */
	VRRP_DROP_ADDRESS_LIST,      /* v2: RFC 3768 7.1 */
	VRRP_DROP_DESTINATION, /* not sent to the group, or to us: 5.1.1.2 */
	VRRP_DROP_OWN_SOURCE,  /* our own address as the source */
	VRRP_DROP_NOT_RUNNING, /* the virtual router is in Initialize */
	VRRP_DROP_PEER,        /* not one of the configured peers */
	VRRP_DROP_PASSWORD_MISSING, /* v2: RFC 2338 7.1 */
	VRRP_DROP_PASSWORD_WRONG,   /* v2: RFC 2338 7.1 */
	VRRP_DROP_SOURCE, /* no router can have that one: 5.1.1.1, 5.1.2.1 */
	VRRP_DROPS
};

/* What caused a change of state. */
enum vrrp_cause {
	VRRP_CAUSE_NONE,
	VRRP_CAUSE_STARTUP,         /* 6.4.1: to Backup */
	VRRP_CAUSE_OWNER,           /* 6.4.1: priority 255, to Active */
	VRRP_CAUSE_SILENCE,         /* 6.4.2: Active_Down_Timer fired */
	VRRP_CAUSE_RESIGNED,        /* 6.4.2: ... Skew_Time after priority 0 */
	VRRP_CAUSE_PREEMPT,         /* 6.4.2: ... while a lower one spoke */
	VRRP_CAUSE_PREEMPT_DELAY,   /* preempt_delay has passed */
	VRRP_CAUSE_HIGHER_PRIORITY, /* 6.4.3: to Backup */
	VRRP_CAUSE_HIGHER_ADDRESS,  /* 6.4.3: equal priority, to Backup */
	VRRP_CAUSE_SHUTDOWN,        /* 6.4.2, 6.4.3 */
	VRRP_CAUSE_INTERFACE_MISSING, /* to FAULT */
	VRRP_CAUSE_INTERFACE_DOWN,    /* to FAULT: administratively down */
	VRRP_CAUSE_NO_CARRIER,        /* to FAULT */
	VRRP_CAUSE_NO_SOURCE,         /* to FAULT: no primary address */
	VRRP_CAUSE_RECONFIGURED,      /* what was configured changed */
	VRRP_CAUSE_HANDOVER,          /* asked to; 6.4.3 as for Shutdown */
	VRRP_CAUSE_STALLED,           /* it did not run; another serves */
	VRRP_CAUSE_NO_ANSWER,         /* a long interval, and nobody there */
	VRRP_CAUSE_TRACKED_INTERFACE, /* to FAULT: one of track_interface */
	VRRP_CAUSE_NO_PEER,           /* to FAULT: unicast without a peer */
	VRRP_CAUSE_SCRIPT,            /* to FAULT: one of track_script */
	VRRP_CAUSE_FILE,              /* to FAULT: one of track_file */
	VRRP_CAUSE_PROCESS,           /* to FAULT: one of track_process */
	VRRP_CAUSE_SOURCE,            /* to FAULT: track_src_ip */
	VRRP_CAUSE_TAKEOVER, /* to Active, in place of another program here */
	VRRP_CAUSE_GROUP,    /* another member of its sync group */
	VRRP_CAUSE_PORT,     /* to FAULT: a port of a bridge or bond */
	VRRP_CAUSE_NO_MEMBERSHIP, /* to FAULT: it would hear nobody */
	VRRP_CAUSE_UNSUITABLE,    /* to FAULT: no link to send on */
	VRRP_CAUSE_UNHEARD,       /* nothing of it leaves, and another serves */
	VRRP_CAUSE_VIRTUAL,       /* to FAULT: one of track_virtual_server */
	VRRP_CAUSES
} __attribute__((packed));

/* Worth telling, and nothing changed. */
enum vrrp_note {
	VRRP_NOTE_INTERVAL_LEARNED,  /* 6.4.2: value = the interval, ns */
	VRRP_NOTE_INTERVAL_MISMATCH, /* 7.1: value = theirs, ns */
	VRRP_NOTE_ADDRESS_LIST,      /* 7.1: their addresses differ */
	VRRP_NOTE_TWO_OWNERS,        /* 8.3.2 */
	VRRP_NOTE_SAME_PRIORITY,     /* 8.3.2 */
	VRRP_NOTE_NOT_LINK_LOCAL,    /* erratum 8300 */
	VRRP_NOTE_LOSING_ADVERT,     /* 6.4.3: another Active, and it loses */
	VRRP_NOTE_ANSWER_SUPPRESSED, /* ... and its answer was rate limited */
	VRRP_NOTE_CHECKSUM_FORM,     /* 5.2.8: value = enum vrrp_checksum */
	VRRP_NOTE_NEW_ACTIVE,        /* another router is Active now */
	VRRP_NOTE_FLAPPING,          /* 2.5: value = our interval, ns */
	VRRP_NOTE_NO_SUCCESSOR,      /* handover: nobody took over */
	VRRP_NOTE_FOREIGN_RESIGN,    /* priority 0, not from the Active */
	VRRP_NOTE_CONFLICT,          /* peer = our address, value = its MAC */
	VRRP_NOTE_GROUP_MIXED,       /* of two groups each wins somewhere */
	VRRP_NOTES
};

/* One lower-case word each: "active", "ttl", "higher-priority". */
const char *vrrp_state_name(enum vrrp_state state);
const char *vrrp_interface_name(enum vrrp_interface status);
const char *vrrp_fault_name(enum vrrp_fault fault);
const char *vrrp_drop_name(enum vrrp_drop reason);
const char *vrrp_cause_name(enum vrrp_cause cause);
const char *vrrp_note_name(enum vrrp_note note);

/* The note of that word, or VRRP_NOTES. */
enum vrrp_note vrrp_note_of(const char *name);

/* What another router would not do if all were well configured. */
bool vrrp_note_is_mistake(enum vrrp_note note);

/* One sentence for a person, and the rule: "RFC 9568 6.4.2". */
const char *vrrp_cause_text(enum vrrp_cause cause);
const char *vrrp_cause_rule(enum vrrp_cause cause);
const char *vrrp_drop_text(enum vrrp_drop reason);
const char *vrrp_drop_rule(enum vrrp_drop reason);
const char *vrrp_note_text(enum vrrp_note note);
const char *vrrp_note_rule(enum vrrp_note note);
