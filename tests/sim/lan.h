/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated LAN: routers with their own clocks, sockets and kernels, joined
 * by links that lose, delay, reorder, duplicate and corrupt.
 *
 * The routers run the real vrrp_step(), and real encoded bytes travel. A
 * router takes its turns as the daemon does: news of the interface first,
 * then everything that waits in its socket, dated with its arrival, and only
 * then the deadlines. Nothing here judges what happens; observers do
 * (sim/invariant.h, sim/timeline.h).
 *
 * All randomness comes from one generator, so a seed is a history.
 */
#pragma once

#include "prng.h"

#include "base/tick.h"
#include "vrrp/vrrp.h"

#include <stdbool.h>
#include <stdint.h>

#define LAN_ROUTERS_MAX   5
#define LAN_GROUPS_MAX    3    /* virtual routers on one LAN */
#define LAN_ADDRESSES_MAX 3    /* of one virtual router */
#define LAN_IN_FLIGHT_MAX 8192 /* packets on their way */
#define LAN_INBOX_MAX     1024 /* packets that wait in one socket */
#define LAN_MESSAGE_MAX   80
#define LAN_STEPS_A_TURN  4 /* a virtual router that wants more spins */

/* One direction between two routers. */
struct lan_link {
	bool cut;
	uint16_t loss; /* each of these in 1000 */
	uint16_t duplicate;
	uint16_t corrupt;
	tick_t delay_min;
	tick_t delay_max; /* the difference reorders */
};

enum lan_kind {
	LAN_ADVERT,
	LAN_ASK,    /* ARP or NS: who has the group's first address? */
	LAN_ANSWER, /* by the kernel that has it, whoever runs there */
};

struct lan_packet {
	enum lan_kind kind;
	uint8_t group; /* of a question and its answer */
	tick_t at;     /* when it arrives; in the socket: arrival, local */
	uint64_t order;
	uint8_t from;
	uint8_t to;
	uint8_t ttl;
	uint8_t length;
	bool broken; /* whoever hears it must drop it */
	struct ip source;
	struct ip destination;
	uint8_t bytes[LAN_MESSAGE_MAX];
};

/* One router's part in one virtual router. */
struct lan_member {
	struct vrrp vrrp;
	struct vrrp_config config[2]; /* the one in use and the next one */
	unsigned config_in_use;
	bool configured;
	bool holds;         /* the kernel has the virtual addresses ... */
	tick_t holds_until; /* ... up to then; TICK_NEVER: as long as we live */
	bool undone;        /* its process died before it sent this: */
	struct vrrp_action unsent;
};

struct lan_router {
	bool powered;   /* the machine and its daemon run */
	bool paused;    /* the daemon sleeps; its socket fills */
	bool overslept; /* it was paused, and had no turn since */
	bool dead;      /* paused too: its process is gone, and its socket */
	bool doomed;    /* it dies within its next turn, before it sends */
	tick_t lease;   /* what the kernel keeps of a daemon that is silent */
	enum vrrp_interface nic;
	enum vrrp_interface told; /* what the daemon knows of it */
	struct ip source_v4;
	struct ip source_v6;
	/* The clock: true time, faster by parts per million, and an offset. */
	int64_t drift_ppm;
	tick_t offset;
	/* Wake-ups come up to `late` late, or early as far as allowed. */
	tick_t late;
	tick_t next_late;
	unsigned next_early; /* of 1000 parts of vrrp_slack() */
	struct lan_member member[LAN_GROUPS_MAX];
	struct lan_packet inbox[LAN_INBOX_MAX];
	unsigned inbox_count;
	tick_t inbox_since; /* true time of the first packet's arrival */
};

struct lan_step {
	const struct lan *lan;
	unsigned router;
	unsigned group;
	tick_t now; /* the router's clock */
	const struct vrrp_event *event;
	const struct lan_packet *packet; /* that came, or NULL */
	const struct vrrp *before;
	const struct vrrp *after;
	const struct vrrp_actions *actions;
};

enum lan_fate {
	LAN_SENT,
	LAN_LOST,
	LAN_CORRUPTED,
	LAN_ARRIVED,
	LAN_UNHEARD, /* nobody at home, or the socket was full */
};

struct lan_observer {
	void (*step)(void *self, const struct lan_step *step);
	void (*packet)(void *self, const struct lan *lan,
		       const struct lan_packet *packet, enum lan_fate fate);
	/* Something that the scenario did, in words. */
	void (*said)(void *self, const struct lan *lan, const char *words);
	void *self;
};

#define LAN_OBSERVERS_MAX 2

struct lan {
	tick_t now; /* true time */
	struct prng prng;
	unsigned router_count;
	unsigned group_count;
	bool punctual; /* nobody is late or early; for exact traces */
	struct lan_router router[LAN_ROUTERS_MAX];
	struct lan_link link[LAN_ROUTERS_MAX][LAN_ROUTERS_MAX];
	struct ip addresses[LAN_GROUPS_MAX][LAN_ADDRESSES_MAX];
	struct lan_packet in_flight[LAN_IN_FLIGHT_MAX]; /* a heap by `at` */
	unsigned in_flight_count;
	uint64_t order;
	uint64_t steps;
	unsigned inbox_room; /* packets that a socket keeps */
	bool halted;         /* an observer has seen enough */
	struct lan_observer observer[LAN_OBSERVERS_MAX];
	unsigned observer_count;
};

/* An empty LAN; nobody is powered. Router i is 192.0.2.(i+1), fe80::(i+1). */
void lan_init(struct lan *lan, uint64_t seed, unsigned routers,
	      unsigned groups);

void lan_observe(struct lan *lan, struct lan_observer observer);

/* The addresses of a virtual router, by family; shared by all its members. */
void lan_addresses(struct lan *lan, unsigned group, uint8_t family,
		   unsigned count);

/* What a router will run for a group; `addresses` are filled in here. */
void lan_configure(struct lan *lan, unsigned router, unsigned group,
		   const struct vrrp_config *config);

const struct vrrp_config *lan_config(const struct lan *lan, unsigned router,
				     unsigned group);

/* Lets time pass up to `until`, or until halted. */
void lan_run(struct lan *lan, tick_t until);

/* When the last packet that is now on its way arrives, or now. */
tick_t lan_last_arrival(const struct lan *lan);

/* A router's clock. */
tick_t lan_clock(const struct lan *lan, unsigned router);

/* The router whose primary address that is, or -1. */
int lan_router_of(const struct lan *lan, const struct ip *address);

struct ip lan_source(const struct lan *lan, unsigned router, uint8_t family);

/* The daemon runs, its interface is usable and it is started. */
bool lan_takes_part(const struct lan *lan, unsigned router, unsigned group);

/* Whether the kernel has the addresses now; its lease may have run out. */
bool lan_holds(const struct lan *lan, unsigned router, unsigned group);

/*
 * What may be done to a router. Each says so to the observers. Those that
 * need a daemon that is awake (all but crash, pause, resume and interface)
 * must not be used on one that is not.
 */
void lan_boot(struct lan *lan, unsigned router);  /* and Startup of all */
void lan_crash(struct lan *lan, unsigned router); /* and all it had is gone */
void lan_pause(struct lan *lan, unsigned router);
void lan_resume(struct lan *lan, unsigned router);
/*
 * The process dies, the machine does not: its addresses stay for their lease,
 * what is sent to it is lost. A new process goes on with what the ledger has;
 * a Backup listens for an interval and a half at least.
 */
void lan_die(struct lan *lan, unsigned router);
/* Within its next turn: it made its steps, and sent nothing of them. */
void lan_doom(struct lan *lan, unsigned router);
void lan_adopt(struct lan *lan, unsigned router);
void lan_handover(struct lan *lan, unsigned router, unsigned group);
void lan_interface(struct lan *lan, unsigned router,
		   enum vrrp_interface status);
void lan_startup(struct lan *lan, unsigned router, unsigned group);
void lan_shutdown(struct lan *lan, unsigned router, unsigned group);
void lan_priority(struct lan *lan, unsigned router, unsigned group,
		  uint8_t priority);
void lan_track(struct lan *lan, unsigned router, unsigned group, bool good);
void lan_reconfigure(struct lan *lan, unsigned router, unsigned group,
		     const struct vrrp_config *config);
/* Puts bytes on the LAN that no router sent; `to` hears them after `delay`. */
void lan_inject(struct lan *lan, unsigned to, const struct lan_packet *packet,
		tick_t delay);
void lan_say(const struct lan *lan, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
