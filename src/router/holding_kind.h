/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Holdings: what the kernel should hold for us. Each is wanted or not, and
 * present or not; where the two differ it is queued, and a turn sends one train
 * of netlink messages. What the mirror reports is compared the same way, so
 * what somebody else took away comes back.
 *
 * What all kinds have in common is in holding.c; what a kind has of its own is
 * in one file, holding_KIND.c. Its name in src/router/meson.build makes it
 * known, and says when it is put: the kinds of that list are put in its order,
 * and taken away in the reverse one.
 *
 * What was there before us is somebody else's: it serves. What becomes of such
 * an address is in theirs.h; routes and rules of others are never removed.
 */
#pragma once

#include "base/tick.h"
#include "conf/model/model.h"
#include "ledger/ledger.h"
#include "sys/mirror.h"

#define ROUTER_NONE UINT32_MAX

struct router;

/* 24 bytes, since there may be tens of thousands. */
struct holding {
	const void *conf;   /* a struct conf_... of its kind */
	uint32_t instance;  /* whose it is; ROUTER_NONE: of static_... */
	uint32_t interface; /* its first device, or ROUTER_NONE */
	uint32_t next;      /* in the queue, or ROUTER_NONE */
	uint8_t kind;       /* its place in the list of kinds */
	bool wanted : 1;    /* should be in the kernel */
	bool present : 1;   /* is, as far as we know */
	bool foreign : 1;   /* is there, and not ours */
	bool ours : 1;      /* put by us or taken over, whatever its mark is */
	bool refresh : 1;   /* its lease is due */
	bool queued : 1;
	bool inflight : 1; /* a command has no answer yet */
	/*
	 * Accepted, and the mirror has not heard of it. Of some kinds it is in
	 * use only then (in_use()).
	 */
	bool unnoticed : 1;
	bool unready : 1;
	bool replaced : 1;    /* by another program's, which is in its place */
	bool going : 1;       /* theirs was found to go, when last judged */
	bool asked : 1;       /* its settings were, and are not heard of yet */
	bool extra : 1;       /* announced for the sake of its interface */
	bool unannounced : 1; /* it was not there, or not its link, when due */
	uint8_t by : 2;       /* who took it away: enum ledger_by */
	uint8_t hurried : 3;  /* put back a moment ago so often */
	uint8_t disputed : 3; /* theirs.c: taken away a moment ago so often */
	uint8_t kept : 2;     /* ... another daemon keeps it; counts down */
};

/* What a command is to do; in the lower bits of its cookie. */
enum holding_command {
	HOLDING_REMOVE,
	HOLDING_ADD,
	/* Of a kind that has leases. Of others: from another program of this
	 * machine, which put it there. */
	HOLDING_REFRESH,
	/* Taken away and put at once: what is there has other settings. */
	HOLDING_REPLACE,
};

/* Whether what is there is as it should be; else what makes it so. */
enum holding_likeness {
	HOLDING_ALIKE,
	HOLDING_SET_ANEW, /* HOLDING_REFRESH */
	HOLDING_PUT_ANEW, /* HOLDING_REPLACE */
};

/* One kind. What is optional may be NULL. */
struct holding_kind {
	const char *name;
	/* Its number in ledgers, below LEDGER_KINDS_MAX: never changed, never
	 * used again. And what `number` in its records is, or NULL. */
	uint8_t number;
	const char *number_name;
	bool leased; /* the kernel removes what nobody refreshes */
	/* It is put before what it replaces, or an earlier configuration left,
	 * is taken away. */
	bool make_before_break;

	/* What the configuration wants of an instance or, with NULL, of none.
	 */
	size_t (*count)(const struct conf_model *model,
			const struct conf_instance *instance);
	const void *(*at)(const struct conf_model *model,
			  const struct conf_instance *instance, size_t n);
	/* The interfaces that it is on, one after another, then NULL. */
	const char *(*device)(const struct conf_instance *instance,
			      const void *conf, size_t n);
	/* The track_group of a static one, or NULL: its instances are in FAULT
	 * without those interfaces. */
	const char *(*group)(const void *conf);
	/* Whether the instance is, without those interfaces. */
	bool (*follows)(const struct conf_instance *instance, const void *conf);
	/* no_track: it stays away when somebody else takes it away. */
	bool (*let_go)(const void *conf);
	/* For its record in the ledger: all but the kind. */
	void (*describe)(const void *conf, struct ledger_wanted *record);

	/* Its key is that of its first device and more: without one it is
	 * nowhere. Else the device may come and go. */
	bool on_device;
	/* Of its key; with `on_device`, on the device of that index. */
	uint32_t (*hash)(const struct holding *h, uint32_t ifindex);
	/* Whether it has the key that holding_find() looks for. */
	bool (*same)(const struct router *r, const struct holding *h,
		     const void *key);
	/* Whether two of one key are one and the same for the kernel. */
	bool (*equal)(const struct router *r, const struct holding *a,
		      const struct holding *b);
	/*
	 * Which one an event is about, or ROUTER_NONE. All others of its key
	 * are looked at, too.
	 */
	uint32_t (*concerned)(const struct router *r,
			      const struct mirror_event *event);
	/* What the mirror knows of it: `present` and `foreign`. */
	void (*look)(const struct router *r, struct holding *h);
	/* Whether one that was accepted is in use yet; NULL: it is at once. */
	bool (*in_use)(const struct router *r, const struct holding *h);
	/* Of one that is present and ours; NULL: it always is as it should be.
	 */
	enum holding_likeness (*likeness)(const struct router *r,
					  const struct holding *h);
	/* Of what is there, wanted and somebody else's: it becomes ours. NULL:
	 * it stays theirs. */
	bool (*takes)(struct router *r, uint32_t n);
	/* Whether what is there goes if it is not wanted; NULL: if it is ours.
	 * Is asked of each that was queued, and may note what it finds. */
	bool (*goes)(struct router *r, uint32_t n);
	/*
	 * Of one that is wanted: whether the kernel refuses it now, though it
	 * had accepted it, an errno; and whether that is not known yet. NULL:
	 * it never does.
	 */
	int (*refused)(const struct holding *h,
		       const struct mirror_event *event);
	bool (*undecided)(const struct router *r, const struct holding *h);
	/* An event about it was looked at. */
	void (*heard)(struct router *r, uint32_t n,
		      const struct mirror_event *event, enum ledger_by by);
	/* What the ledger of the process before knows as ours; NULL: the mark
	 * says it. */
	void (*inherit)(struct router *r, struct ledger *before);
	/* Of one that is there already, but not in the mirror: is it somebody
	 * else's? NULL: no. */
	bool (*is_others)(const struct holding *h);
	/* Whether something of an earlier configuration is in its place; with
	 * `remove`, its removal is queued. */
	bool (*outdated)(struct router *r, const struct holding *h,
			 bool remove);
	/* Queues a command. 0 or -errno. */
	int (*command)(struct router *r, const struct holding *h,
		       enum holding_command command, uint64_t cookie);
	/* Whether that answer to a removal says that it was not there. */
	bool (*is_missing)(int error);
	/*
	 * Queues the removal of what has our mark and is nobody's any more:
	 * what the process before had, by its ledger, or if there is none, in
	 * the daemon's first process, what an earlier life left.
	 */
	void (*leftovers)(struct router *r, struct ledger *before, bool first);
};

/* The list of src/router/meson.build. */
extern const struct holding_kind *const holding_kinds[];
extern const unsigned holding_kind_count;
