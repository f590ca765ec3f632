/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: what baton knows, in one shared memory object (memfd).
 *
 * It has a book for each that writes, on pages of its own. The keeper's comes
 * first: the head, what the configuration says of instances, holdings and
 * targets, and the table of processes. Nobody else can write it. What becomes
 * of instances and holdings is in the book of the process that serves, `vrrp`;
 * what becomes of targets in that of `run`, mail that waits in that of `mail`,
 * and what is known of servers in that of `check`. They can write nothing else
 * (ledger_confine()). The keeper and `vrrp` append to the ring of events, and
 * the keeper mends it (ledger_mend_*). `ctl` can write nothing.
 *
 * A record that changes is protected by a sequence lock: odd while it is being
 * written. A reader copies it and tries again if the number changed
 * (ledger_read_*).
 *
 * A ledger is a head, of a fixed room, that names sections of fixed records.
 * Programs of other versions read and adopt it: fields, reasons and counters
 * are added at the end, and each side takes what both know (min of the two
 * strides). What is missing is 0, so in a new field 0 means: not known.
 * LEDGER_MAJOR is raised only when something changes its meaning; that ends
 * adoption: the old process hands over. Offsets: tests/unit/ledger_records.c.
 *
 * All times are CLOCK_MONOTONIC nanoseconds, all texts end with a zero, all
 * addresses are struct ip. What survives a crash of `vrrp` is here and nowhere
 * else.
 *
 * Who maps a ledger remembers its shape, checked, and does not look at the
 * head's again: it may be another program's, and was found by a descriptor.
 */
#pragma once

#include "base/ip.h"
#include "base/tick.h"
#include "ledger/change.h"
#include "ledger/held.h"
#include "ledger/process.h"
#include "ledger/told.h"
#include "vrrp/save.h"
#include "vrrp/track.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define LEDGER_MAGIC          0x6e6f746162u /* "baton" */
#define LEDGER_MAJOR          13
#define LEDGER_HEAD           4096 /* bytes: the room of struct ledger */
#define LEDGER_SERVER_ROOM    1024 /* bytes: that of struct ledger_server */
#define LEDGER_NAME_SIZE      64
#define LEDGER_INTERFACE_SIZE 16
#define LEDGER_EVENTS         4096 /* slots of the ring, a power of two */
#define LEDGER_YIELDED        1    /* it ends, and touches nothing any more */
#define LEDGER_PROCESSES      16   /* rows of the process table */
#define LEDGER_DUMPS_MAX      8
#define LEDGER_STATS_MAX      16
#define LEDGER_FOLDER_SIZE    256
#define LEDGER_LATENESS       24 /* buckets: <= 1 us << n, the last: all */

struct ledger_counters {
	uint64_t adverts_sent;
	uint64_t adverts_received; /* valid and for this virtual router */
	uint64_t resigns_sent;     /* priority 0 */
	uint64_t resigns_received;
	uint64_t became_active;
	uint64_t announcements_sent; /* GARP and NA frames */
	uint64_t send_errors;
};

enum ledger_section_kind {
	/* The keeper's book. */
	LEDGER_KINDS = 1,  /* of holdings; always LEDGER_KINDS_MAX */
	LEDGER_CONFIGURED, /* of an instance */
	LEDGER_WANTED,     /* of a holding */
	LEDGER_TEXTS,      /* bytes; the first one and the last one are 0 */
	/* The book of the process that serves. */
	LEDGER_SERVER,  /* one record, of a fixed room */
	LEDGER_RECORDS, /* of an instance */
	/* A core each, and one more: see ledger_change(). */
	LEDGER_CORES,
	LEDGER_COUNTERS, /* of an instance */
	LEDGER_HELD,     /* of a holding */
	LEDGER_RING,     /* of events */
	/*
	 * Counts by reason: a record is a reason, and in it there is a number
	 * for each instance, and one for what belongs to none. Few reasons ever
	 * occur: the pages of the others are never touched, and cost nothing.
	 */
	LEDGER_DROPS, /* enum vrrp_drop; the first stays 0 */
	LEDGER_NOTES, /* enum vrrp_note; also those not made events */
	/* Scripts, files and processes that may be tracked: the keeper's book,
	 * and that of the process that looks at them. A ledger of an earlier
	 * program has none of these. */
	LEDGER_TARGETS,
	LEDGER_TRACKERS, /* of targets by instances */
	LEDGER_RUNNER,   /* one record, of a fixed room */
	LEDGER_RESULTS,  /* of a target */
	LEDGER_CHANGES,  /* of an instance that is followed; the server's */
	/* By each that tells of it, struct ledger_told. */
	LEDGER_TOLD, /* LEDGER_TELLS_SCRIPTS */
	LEDGER_TOLD_FIFO,
	LEDGER_TOLD_VRRP_FIFO,
	/* Of mail: the book of the process that sends it. A ledger of an
	 * earlier program has none of these. */
	LEDGER_MAILER,           /* one record, of a fixed room */
	LEDGER_MAILS,            /* that wait; always LEDGER_MAILS_MAX */
	LEDGER_TOLD_MAIL,        /* LEDGER_TELLS_MAIL: struct ledger_mailed */
	LEDGER_FIFOS_CONFIGURED, /* LEDGER_FIFOS_MAX; the keeper's */
	LEDGER_FIFOS,            /* the same of who writes to them */
	/* Of sync groups: the keeper's book, and the server's. */
	LEDGER_GROUPS,
	LEDGER_GROUP_STATES,
	LEDGER_CLEARED,  /* of an instance; of `run` */
	LEDGER_NOTIFIED, /* of a script that is told; as LEDGER_CHANGES */
	/* Of health checks (ledger/checks.h): the keeper's book, and that of
	 * the process that runs them. */
	LEDGER_CHECKED,
	LEDGER_CHECKER, /* one record, of a fixed room */
	LEDGER_CHECKS,
	/* Of the process `lvs` (ledger/lvs.h). */
	LEDGER_LVS, /* one record, of a fixed room */
	LEDGER_LVS_SERVICES,
	LEDGER_LVS_VIRTUALS,
	LEDGER_LVS_SERVERS,
	/* What the configuration says of these (ledger/virtuals.h): the
	 * keeper's book. */
	LEDGER_VIRTUALS,
	LEDGER_REALS,
	LEDGER_FOLLOWS,  /* numbers of distinct checks, of all real servers */
	LEDGER_SCRIPTED, /* of a MISC_CHECK (ledger/scripted.h); of `run` */
	LEDGER_ORDERED,  /* of real servers (ledger/ordered.h); the keeper's */
	/* What the kernel counts; as LEDGER_LVS_VIRTUALS and _SERVERS. */
	LEDGER_LVS_VIRTUAL_COUNTS,
	LEDGER_LVS_SERVER_COUNTS,
	LEDGER_NEWS,      /* of virtual servers (ledger/news.h); of `lvs` */
	LEDGER_NEWS_TOLD, /* of these (ledger/tellers.h); of `run` */
	LEDGER_SECTION_KINDS
};

/* Who writes a section. */
enum ledger_book {
	LEDGER_BOOK_KEEPER, /* stands first */
	LEDGER_BOOK_SERVER,
	LEDGER_BOOK_RUNNER,
	LEDGER_BOOK_MAILER,
	LEDGER_BOOK_CHECKER,
	LEDGER_BOOK_LVS,
	LEDGER_BOOKS
};

struct ledger_section {
	uint32_t kind;   /* one that is not known is left alone */
	uint32_t stride; /* bytes from one record to the next */
	uint32_t count;
	uint32_t book;   /* enum ledger_book */
	uint64_t offset; /* of the first one, from the head */
};

#define LEDGER_SECTIONS_MAX 48

/* What the configuration says of an instance. */
struct ledger_configured {
	uint32_t name, interface; /* ledger_text() */
	/*
	 * All that it wants of the kernel, and of that the addresses: slices of
	 * the holdings. Behind those of the last one are the static ones.
	 */
	uint32_t holding_first, holding_count;
	uint32_t address_first, address_count;
	tick_t interval; /* Advertisement_Interval */
	uint8_t family;
	uint8_t version;
	uint8_t vrid;
	uint8_t priority;
	uint8_t down_timer_adverts;
	struct ip destination; /* the group that it advertises to */
	/* What it tracks beside interfaces: a slice of LEDGER_TRACKERS. */
	uint32_t tracker_first, tracker_count;
	uint32_t follower; /* the number in LEDGER_CHANGES, plus 1; 0: none */
	uint8_t tellers;   /* who tells of it: bits 1 << enum ledger_teller */
	uint32_t group;    /* the number in LEDGER_GROUPS, plus 1; 0: none */
};

/* What is known of it besides its core. */
struct ledger_record {
	uint32_t sequence; /* odd: being written */
	uint32_t ifindex;  /* 0 if there is none */
	tick_t link_at; /* it counts as otherwise from then on, or TICK_NEVER */
	tick_t died;    /* the last of `deaths`, or 0 */
	tick_t since_real; /* CLOCK_REALTIME of its core's `since` */
	tick_t refreshed;  /* when the leases of its addresses last were */
	/*
	 * What its steps asked for. It has been done if it does not wait and
	 * the turn of it came to its end (`heartbeat`).
	 */
	tick_t sent;      /* the turn that queued its last advert */
	tick_t announced; /* ... its last announcement */
	/*
	 * The last mistake of another router: what was dropped or noted, and
	 * whose it was. peer IP_NONE: there was none.
	 */
	tick_t last_mistake_real;
	int64_t last_mistake_value; /* the note's */
	uint8_t last_mistake_type;  /* LEDGER_EVENT_DROP or LEDGER_EVENT_NOTE */
	uint8_t last_mistake_code;  /* enum vrrp_drop, enum vrrp_note */
	struct ip last_mistake_peer;
	uint8_t sent_priority; /* of the last one, or the one that waits */
	uint8_t sent_checksum; /* enum vrrp_checksum */
	uint8_t held;          /* bool: it waits for its holdings */
	uint8_t announcing;    /* bool: in the queue of its interface */
	uint8_t promoted;      /* bool: promote_secondaries was off before us */
	/* In a row, while the process wrote this record. The keeper knows how
	 * many there can have been. */
	uint8_t deaths;
	/* The other router that was heard last, or IP_NONE. */
	uint8_t peer_priority; /* never 0 */
	struct ip peer;
	/* The first of the interfaces that it tracks for which it has a fault,
	 * or "". */
	char down[LEDGER_INTERFACE_SIZE];
	/* Why its last advertisement, or a part of it, did not leave: an
	 * errno, or 0. */
	int32_t send_error;
	uint8_t unsent;       /* bool: none of it left */
	uint8_t unheard;      /* bool: so it lets another one serve */
	uint8_t unadvertised; /* addresses for which the MTU has no room */
	/* Of its interface: */
	uint8_t operstate;  /* IF_OPER_* (RFC 2863), 0: not known */
	uint32_t mtu;       /* 0: not known */
	int32_t link_error; /* errno: why it is as its core says, or 0 */
	/* The interface whose port it is, or on which it stands, or "". */
	char related[LEDGER_INTERFACE_SIZE];
	/* It preempts nobody until connections are synced, at most till then
	 * (router/sync_wait.h); 0: it does not wait. */
	tick_t sync_until;
};

/* Both, for a reader. The texts are in the ledger. */
struct ledger_instance {
	const char *name, *interface;
	struct ledger_configured configured;
	struct ledger_record record;
};

enum ledger_event_type {
	LEDGER_EVENT_STATE, /* from, to, cause, peer, value=peer priority */
	LEDGER_EVENT_DROP,  /* code = enum vrrp_drop, peer (rate limited) */
	LEDGER_EVENT_NOTE,  /* code = enum vrrp_note, peer, value */
	/* code = its kind, peer and prefix = its address, to = its state,
	 * value = ledger_holding_value() */
	LEDGER_EVENT_HOLDING,
	LEDGER_EVENT_PROCESS,  /* text = process, code = what, value = detail */
	LEDGER_EVENT_PRIORITY, /* the effective one: from, to */
	/* name = interface, to = enum vrrp_interface, value = who track it */
	LEDGER_EVENT_TRACKED,
	/* name = script, to = enum ledger_verdict, code = enum ledger_how,
	 * value */
	LEDGER_EVENT_SCRIPT,
	/* The same of a file, and of a vrrp_track_process. */
	LEDGER_EVENT_FILE,
	LEDGER_EVENT_TRACKED_PROCESS,
	LEDGER_EVENT_GROUP, /* name = sync group; from, to */
	/* code = enum ledger_trouble, to = bool: it is one, or is over */
	LEDGER_EVENT_TROUBLE,
	/* code = enum ledger_others, peer and prefix = the address */
	LEDGER_EVENT_OTHERS,
	/* name = virtual server that is tracked, to = enum ledger_verdict */
	LEDGER_EVENT_TRACKED_SERVER,
	/* It waits for connections to be synced: to = bool, code = bool: they
	 * are steady, value = how many there are */
	LEDGER_EVENT_SYNC_WAIT,
};

/* `code` of LEDGER_EVENT_TROUBLE; value = ledger_holding_value(number, errno).
 */
enum ledger_trouble {
	LEDGER_TROUBLE_SENDING,    /* number = bool: none of it left */
	LEDGER_TROUBLE_MEMBERSHIP, /* of its multicast group */
	/* number = addresses that are not advertised; its MTU, no errno */
	LEDGER_TROUBLE_MTU,
	LEDGER_TROUBLE_MORE, /* number = events that were left out */
	/* number = changes of state that were left out, in so many seconds and
	 * no errno; from = its state then */
	LEDGER_TROUBLE_FLAPPING,
	/* The same of priorities, of targets (from = enum ledger_verdict) and
	 * of interfaces that are tracked (from = enum vrrp_interface). */
	LEDGER_TROUBLE_PRIORITIES,
	LEDGER_TROUBLE_VERDICTS,
	LEDGER_TROUBLE_LINKS,
	LEDGER_TROUBLES
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
	LEDGER_PROCESS_ENDED,   /* of another parent: value = pid */
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
	uint8_t prefix; /* of LEDGER_EVENT_HOLDING and OTHERS, else 0 */
	int64_t value;
	uint8_t by; /* of LEDGER_EVENT_HOLDING: enum ledger_by */
};

/* What the configuration says of a target. */
struct ledger_target {
	uint32_t name; /* ledger_text() */
	uint8_t kind;  /* enum vrrp_target */
	/* Of a virtual server: its number, and its key in the book of `lvs`. */
	uint32_t number;
	uint64_t key;
};

/* That an instance tracks a target. */
struct ledger_tracker {
	uint32_t target;
	int16_t weight;  /* 0: it is in FAULT while that is bad */
	uint8_t reverse; /* bool */
};

/* What the configuration says of a sync group. */
struct ledger_group {
	uint32_t name;     /* ledger_text() */
	uint32_t follower; /* these as of an instance */
	uint8_t tellers;
};

/* What its members come to (vrrp_group_state()). */
struct ledger_group_state {
	uint32_t sequence; /* odd: being written */
	uint8_t state;     /* enum vrrp_state */
	tick_t since_real; /* CLOCK_REALTIME */
};

/* What a target counts as. A file that was read is good: its number counts. */
enum ledger_verdict {
	LEDGER_VERDICT_NONE, /* it was not looked at yet to the end */
	LEDGER_VERDICT_GOOD,
	LEDGER_VERDICT_BAD,
	LEDGER_VERDICT_UNUSABLE, /* it cannot be run, and is not tracked */
	LEDGER_VERDICTS
};

/* How its last run ended; or what was found. */
enum ledger_how {
	LEDGER_HOW_NONE,
	LEDGER_HOW_EXITED,    /* value = status */
	LEDGER_HOW_KILLED,    /* value = signal */
	LEDGER_HOW_TIMED_OUT, /* value = status or signal, it does not matter */
	LEDGER_HOW_REFUSED,   /* it could not be started; value = errno */
	LEDGER_HOW_READ,      /* value = the number in a file */
	LEDGER_HOW_UNREADABLE, /* ... 0, since it cannot be read */
	LEDGER_HOW_COUNTED,    /* value = so many processes run */
	LEDGER_HOWS
};

/* What became of it. */
struct ledger_result {
	uint32_t sequence; /* odd: being written */
	uint8_t verdict;   /* enum ledger_verdict */
	uint8_t how;       /* enum ledger_how */
	uint8_t running;   /* bool */
	int32_t value;
	uint32_t level;    /* runner/verdict.h */
	tick_t since_real; /* of the verdict; CLOCK_REALTIME, or 0 */
	tick_t ended_real; /* of the last run, or 0 */
	tick_t took;       /* the last run */
	uint64_t runs, failures;
	uint64_t skipped; /* a run was due, and the one before had not ended */
	uint64_t refused; /* a run was due, and the kernel started none */
	/*
	 * The begin of what the last run wrote that failed; why it is unusable,
	 * or a file unreadable.
	 */
	char output[LEDGER_OUTPUT_SIZE];
};

/* How `run` knows which processes of others begin and end. */
enum ledger_process_source {
	LEDGER_PROCESSES_UNTRACKED,
	LEDGER_PROCESSES_FROM_PROC,   /* it reads /proc again and again */
	LEDGER_PROCESSES_FROM_KERNEL, /* that tells it */
	LEDGER_PROCESS_SOURCES
};

/* The process `run`, as a whole. Grows at its end. */
struct ledger_runner {
	uint64_t changes; /* of verdicts */
	/* bool: the start of the daemon was before this process, or ledger. */
	uint8_t begun;
	uint8_t process_source;  /* enum ledger_process_source */
	uint8_t startup;         /* enum ledger_startup */
	uint64_t process_losses; /* the kernel's events were more than fit */
	uint64_t process_scans;  /* readings of /proc */
	/* By enum ledger_dump: of how many it has made what was asked for. */
	uint64_t dumped[LEDGER_DUMPS_MAX];
	uint64_t reloads_wanted; /* so many came due (reload_time_file) */
	uint64_t heartbeat;      /* time of its last turn */
	/* Of virtual servers (ledger/tellers.h): up to which of the news
	 * scripts were told; news that were lost, scripts that failed. */
	uint64_t servers, servers_lost, servers_failed;
	uint32_t tells_servers; /* bool: there was a process that did so */
	uint32_t tellers_begun; /* bool: what was known before is here */
	uint64_t answers; /* of commands of MISC_CHECK (ledger/scripted.h) */
};

/*
 * What the statistics of an instance were when they were cleared
 * (ledger/dump.h): they count from there.
 */
struct ledger_cleared {
	uint64_t stats[LEDGER_STATS_MAX]; /* by enum ledger_stat */
};

/* Of startup_script. */
enum ledger_startup {
	LEDGER_STARTUP_NONE, /* it has not been run */
	LEDGER_STARTUP_RUNS,
	LEDGER_STARTUP_OVER, /* or there is none */
};

#define LEDGER_RUNNER_ROOM 256 /* bytes: that of struct ledger_runner */

/* What a mail tells. */
enum ledger_mail_what {
	LEDGER_MAIL_NONE, /* there is none */
	LEDGER_MAIL_BACKUP,
	LEDGER_MAIL_ACTIVE,
	LEDGER_MAIL_FAULT,
	LEDGER_MAIL_DELETED,
	LEDGER_MAIL_UP, /* of virtual and real servers */
	LEDGER_MAIL_DOWN,
	LEDGER_MAIL_WHATS
};

#define LEDGER_MAILS_MAX 256
#define LEDGER_MAIL_TEXT 128

/* A mail that waits: it has all that is told, also where a reload removes what
 * it tells of. */
struct ledger_mail {
	uint64_t order;  /* from 1; 0: a free place. Written last */
	uint64_t number; /* of the change */
	tick_t time_real;
	uint32_t tries;
	uint8_t what;     /* enum ledger_mail_what */
	uint8_t of_group; /* bool */
	char name[LEDGER_NAME_SIZE];
	/* Where a server took it for some of its recipients only: those that
	 * need it no more, bits by their number in a list of this hash; and
	 * when it is tried again for the others. */
	uint64_t reached;
	tick_t not_before;
	uint32_t reached_of;
	/* Of a virtual server, which is `name`: one of its real servers, or "",
	 * and what is said. */
	char server[64];
	char text[LEDGER_MAIL_TEXT];
};

/* Of one that is followed: what became a mail, or did not need to. */
struct ledger_mailed {
	struct ledger_told told;
	uint32_t last; /* enum vrrp_state, plus 1, of the last one; 0: none */
};

#define LEDGER_MAIL_ERROR_SIZE 240

/* The process that sends mail, as a whole. Grows at its end. */
struct ledger_mailer {
	uint32_t sequence; /* odd: being written */
	uint64_t order;    /* of the newest mail */
	uint64_t sent;
	uint64_t failed;   /* will never be sent */
	tick_t next_real;  /* no server is asked before, or 0 */
	tick_t error_real; /* the last failure of a try, or 0 */
	char error[LEDGER_MAIL_ERROR_SIZE]; /* "": the last try succeeded */
	uint32_t begun; /* bool: what was known before is in it (the keeper) */
	uint64_t heartbeat; /* time of its last turn */
	/* The pause of struct retry (mailer/retry.h), of a server and what it
	 * is told of this hash. */
	uint32_t retry_of;
	tick_t retry_pause, retry_until;
	uint64_t servers;       /* up to which of the news of virtual servers */
	uint32_t mails_servers; /* bool: there was a process that did so */
};

#define LEDGER_MAILER_ROOM 1024 /* bytes: that of struct ledger_mailer */

#define LEDGER_NO_INSTANCE UINT32_MAX

/*
 * So many deaths of the process within one record, and that virtual router is
 * not started any more (adopt.c).
 */
#define LEDGER_QUARANTINE 3

/* Deaths so far apart have nothing to do with each other. */
#define LEDGER_DEATHS_ROW (60 * TICK_SECOND)

static inline bool ledger_is_quarantined(const struct ledger_record *r,
					 bool started)
{
	return r->deaths >= LEDGER_QUARANTINE && !started;
}

/* Of the process that serves: each within LEDGER_DEATHS_ROW of the last. */
struct ledger_deaths {
	tick_t last;
	uint32_t row;  /* so many */
	uint32_t most; /* that ever were in a row */
};

/* The head: grows at its end, up to LEDGER_HEAD bytes. */
struct ledger {
	uint64_t magic;
	uint32_t major;
	uint32_t section_count;
	struct ledger_section sections[LEDGER_SECTIONS_MAX];
	char router_id[LEDGER_NAME_SIZE];
	char version[16]; /* of the program that made it */
	tick_t started_real;
	tick_t started;   /* the daemon */
	tick_t starts_at; /* no virtual router is started before, or 0 */
	struct ledger_process processes[LEDGER_PROCESSES];
	tick_t returns;       /* one on trial goes, or 0 */
	uint32_t drained;     /* nothing is started */
	uint32_t igmp_was_on; /* to be restored (igmp.c) */
	int32_t heir;         /* who goes on after this one */
	uint32_t text_bytes;  /* of LEDGER_TEXTS, that are in use */
	struct ledger_deaths deaths;
	uint32_t ends;    /* bool: the daemon; nobody goes on */
	uint32_t reloads; /* also those that changed nothing */
	/* By enum ledger_dump: how often one was asked for. */
	uint64_t dumps_asked[LEDGER_DUMPS_MAX];
	char dump_folder[LEDGER_FOLDER_SIZE]; /* where they go */
	uint64_t reloads_begun;               /* of `reloads_wanted` */
	/*
	 * For a keeper that finds who serves in /proc: its process, or 0, what
	 * that keeps open (the packed configuration, the one to go back to; a
	 * descriptor is in use if it is above 0), and when the keeper began.
	 */
	int32_t server;
	int32_t server_packed, server_fallback;
	uint32_t ordered_used; /* places of LEDGER_ORDERED that ever were */
	uint64_t keeper_began;
	uint64_t ordered_changes; /* of these; for who follows them */
	uint32_t leaves_table; /* bool: at the end, that of virtual servers */
	uint32_t weights_first, weights_end; /* ledger_weights() */
	uint64_t weights_changes;
};

/*
 * The process that serves, as a whole: single values, read one by one. Grows at
 * its end, up to LEDGER_SERVER_ROOM bytes.
 */
struct ledger_server {
	uint64_t heartbeat; /* time of its last turn, or LEDGER_YIELDED */
	uint64_t turns;
	uint64_t events;  /* number of the newest one; the keeper counts too */
	uint32_t adopted; /* bool: all that an earlier ledger had is here */
	uint32_t saving;  /* which core is being changed, plus 1 */
	uint64_t packets_received; /* VRRP datagrams, good or bad */
	uint64_t counted[2]; /* bits: reasons in use, of drops and of notes */
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
	uint64_t turns_late;  /* later than min_auto_priority_delay */
	uint64_t changes;     /* struct ledger_change.order of the newest */
	uint64_t start_error; /* errno: why it could not start, or 0 */
};
