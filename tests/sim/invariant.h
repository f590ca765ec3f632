/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold on a LAN: the observer that looks at every step (check.h,
 * and watch.h for what follows from the steps before it), and the judgement of
 * a LAN that has healed (healed.c).
 */
#pragma once

#include "lan.h"

/* What one member's past allows and demands; times are of its clock. */
struct watch {
	bool holds;
	/* Backup: 6.4.2 as arithmetic. */
	tick_t from; /* the timer runs since then */
	tick_t learned;
	bool resigned; /* Skew_Time, not Active_Down_Interval */
	tick_t hold;   /* the end of preempt_delay */
	/* A lower one that is let run into our timer, or TICK_NEVER. */
	tick_t lower_at;
	tick_t lower_interval;
	/* Doubt: probes since `asked`, the first of them. */
	unsigned probes;
	tick_t asked;
	/* An interval that is not ours (watch_kept.c). */
	uint8_t kept;
	tick_t kept_from;
	tick_t kept_interval; /* 0: none is counted */
	/* Active. */
	tick_t sent;    /* the last advertisement, or TICK_NEVER */
	tick_t planned; /* when that one was due */
	tick_t interval_then;
	bool hurried; /* a new interval may have brought the next one nearer */
	tick_t answered; /* the last answer to another Active, or TICK_NEVER */
	tick_t gap;      /* and how long there may be no other */
	bool slept;      /* told so; nothing that is recent was heard since */
	bool yields;     /* it slept, and another one serves */
	/* Leaving. */
	tick_t leaves; /* then, if there is no successor */
	tick_t resigned_at;
	tick_t resign_gap;
	unsigned resigns; /* priority 0 said */
	tick_t heir;      /* when the successor was heard, or TICK_NEVER */
	struct ip heirs_address;
	uint8_t heirs_priority;
	tick_t left_at; /* when it first said priority 0 */
	unsigned heirs_lost;
	tick_t heirs_interval;
};

/* Since when there is no holder, or more than one. */
struct holding {
	bool none, two;
	tick_t none_since, two_since; /* true time */
};

/* The last advertisement that came to a host; no priority: none. */
struct reached {
	unsigned from;
	tick_t at; /* true time */
	uint8_t priority;
};

struct referee {
	struct lan *lan; /* halted when something is wrong */
	struct watch watch[LAN_ROUTERS_MAX][LAN_GROUPS_MAX];
	/* The longest interval that this group ever had: it may be learned. */
	tick_t longest[LAN_GROUPS_MAX];
	/* The most that down_timer_adverts ever was in this group. */
	uint8_t adverts[LAN_GROUPS_MAX];
	/* How long nobody, or two, may hold the addresses (holders.c). */
	bool judge_none, judge_two;
	tick_t none_for, two_for;
	struct holding holding[LAN_GROUPS_MAX];
	/* When each announced last, and somebody let go: by steps (holders.c).
	 */
	uint64_t announced[LAN_ROUTERS_MAX][LAN_GROUPS_MAX];
	uint64_t let_go[LAN_GROUPS_MAX];
	/* Nobody becomes Active beside one that serves (beside.c). */
	bool judge_beside;
	struct reached reached[LAN_ROUTERS_MAX][LAN_GROUPS_MAX];
	bool quiet;        /* nothing may change any more */
	const char *wrong; /* the first thing that did not hold, or NULL */
	unsigned router;
	unsigned group;
	uint64_t changes; /* changes of state seen */
};

struct lan_observer referee_observer(struct referee *referee);

/* NULL, or that the hosts may still know one that let go. */
const char *holders_told(const struct referee *referee, unsigned group,
			 unsigned active);

/* For invariant.c: NULL, or what is wrong now, or with a step. */
const char *holders_look(struct referee *referee, unsigned group);
const char *holders_step(struct referee *referee, const struct lan_step *step);

/* The same of who becomes Active, or speaks, beside one that serves. */
void beside_packet(struct referee *referee, const struct lan_packet *packet,
		   enum lan_fate fate);
const char *beside_step(struct referee *referee, const struct lan_step *step);

/* A member of the group has, or will have, this configuration. */
void referee_allow(struct referee *referee, unsigned group,
		   const struct vrrp_config *config);

/* No Active_Down_Interval of the group was ever longer than this. */
tick_t referee_longest_down(const struct referee *referee, unsigned group);

/* In how many kernels the addresses are. */
unsigned referee_holders(const struct lan *lan, unsigned group);

/* A new process took over: a Backup's timer may have been put off. */
void referee_adopted(struct referee *referee, unsigned router);

/* A daemon runs again that slept. */
void referee_woke(struct referee *referee, unsigned router);

/* A router came, went, or slept: forget what does not survive it. */
void referee_reset(struct referee *referee, unsigned router);

/*
 * How long after `lan->now`, when no fault happens any more and nothing sent
 * before it is on its way, the group needs to settle: the longest
 * Active_Down_Interval of any part-taker with any interval that it may have
 * learned, by the slowest clock; then preempt_delay; then one advertisement.
 */
tick_t referee_settling(const struct referee *referee, const struct lan *lan,
			unsigned group);

/* Judges a group that has settled; sets `wrong`. */
void referee_judge(struct referee *referee, struct lan *lan, unsigned group);

/* The router that is Active, -1 if none is, -2 if several are. */
int referee_active(const struct lan *lan, unsigned group);
