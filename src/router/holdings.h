/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all files of the router may ask of holdings; what one is, and what a
 * kind of them is, is in holding_kind.h.
 */
#pragma once

#include "base/map.h"
#include "router/holding_kind.h"

/* holding.c */
/* From the model, with r->holding_count; before interfaces_setup(). */
int holdings_setup(struct router *r);

/* All of an instance or, with ROUTER_NONE, the static ones. */
void holdings_want(struct router *r, uint32_t instance, bool wanted);

/* What another program put there is ours from now on, or goes. */
void holdings_take_over(struct router *r, uint32_t instance);
/*
 * Its state is another one, or it knows now that another router serves: what
 * may stay of that which is not ours is judged anew.
 */
void holdings_judge(struct router *r, uint32_t instance);
/* Whether the kernel has taken or refused all that an instance wants. */
bool holdings_settled(const struct router *r, uint32_t instance);
void holdings_mirror(struct router *r, const struct mirror_event *event);
/* An interface appeared, went, or is another one under the same name. */
void holdings_moved(struct router *r, uint32_t interface, uint32_t old_index);
/* All of them: the mirror was made whole. */
void holdings_look_again(struct router *r);
/* What the kernel refused is tried again soon: something has changed. */
void holdings_hurry(struct router *r);
/*
 * The first thing that is done in place of another process, if there was one:
 * what there is of the static ones, and leftovers.
 */
void holdings_adopt(struct router *r, struct ledger *before);
/* True: there is more to do, in the next turn. */
bool holdings_flush(struct router *r);
/* The answer to a command (sys/netlink.h). */
void holdings_done(void *context, uint64_t cookie, int error);
tick_t holdings_deadline(const struct router *r);

/* holding_index.c */
/* The interfaces that it is on, one after another, then NULL. */
const char *holding_device(const struct router *r, const struct holding *h,
			   size_t n);
const struct holding_kind *holding_kind_of(const struct router *r,
					   const struct holding *h);
/* The one with that key, or ROUTER_NONE. `hash` is mixed (map_hash()). */
uint32_t holding_find(const struct router *r, const struct holding_kind *kind,
		      uint32_t hash, const void *key);
/* All with that key: one after another; `at` begins with 0. */
uint32_t holding_next(const struct router *r, const struct holding_kind *kind,
		      uint32_t hash, const void *key, uint32_t *at);
/*
 * The others of its kind with its key: several may want the same. One after
 * another, then ROUTER_NONE; `at` begins with 0.
 */
uint32_t holding_alike(const struct router *r, uint32_t n, uint32_t *at);
void holding_enqueue(struct router *r, uint32_t n);

/* Whether another one wants the same of the kernel. */
bool holding_is_shared(const struct router *r, uint32_t n);
/* Whether a process before this one had put it, by its record. */
bool holding_was_ours(const struct ledger_held *held);

/* For holding.c: r->holding_by_key's, and the queue. */
bool holding_same_key(const void *context, uint32_t number, const void *wanted);
uint32_t holding_dequeue(struct router *r);
bool holding_waits(const struct router *r);

/* The kind that is announced and advertised (holding_address.c). */
extern const struct holding_kind holding_address;

/* address.c: holdings of that kind, by their addresses. */
bool holding_is_address(const struct router *r, const struct holding *h);
const struct conf_address *holding_address_conf(const struct holding *h);
/* The key of that kind, and its hash. */
struct address_key {
	uint32_t ifindex;
	struct ip address;
};
uint32_t address_hash(uint32_t ifindex, const struct ip *address);
/* Its number, or ROUTER_NONE. */
uint32_t addresses_find(const struct router *r, uint32_t ifindex,
			const struct ip *address);
/* All of them: one after another; `at` begins with 0. */
uint32_t addresses_next(const struct router *r, uint32_t ifindex,
			const struct ip *address, uint32_t *at);
/*
 * The same address with other prefixes, which no virtual router names, on its
 * device: of another program or an earlier configuration. One after another;
 * `at` begins with 0.
 */
const struct mirror_address *address_next_copy(const struct router *r,
					       const struct holding *h,
					       uint32_t *at);
/* Whether one of them has that prefix: several may share an address. */
bool address_has_prefix(const struct router *r, uint32_t ifindex,
			const struct ip *address, uint8_t prefix);
/* Never the source of advertisements: a struct router, for mirror_source(). */
bool address_is_virtual(const void *context, const struct mirror_address *a);
/* Whether it may stay what it is of another program: the machine's own
 * (priority 255), or a static one. */
bool address_may_be_theirs(const struct router *r, const struct holding *h);

/*
 * refusal.c: what is accepted and refused later. The errno by which a holding
 * is refused now, or 0; and whether one that was refused and is tried again has
 * no answer yet.
 */
int refusal_of(const struct router *r, uint32_t n,
	       const struct mirror_event *event);
bool refusal_is_open(const struct router *r, uint32_t n);

/*
 * theirs.c: other programs of this machine and the addresses of virtual
 * routers: what they put, change and keep. By the kernel's notifications, which
 * name the netlink socket that asked for a change.
 */
struct theirs {
	struct map by_address; /* holdings by their address alone */
	/* The kernel keeps no marks of addresses: before Linux 5.18. */
	bool untagged;
	bool begun;
	tick_t since; /* what was done before it, a process before us did */
	/* Those that were taken away are looked at again, or TICK_NEVER. */
	tick_t next;
	tick_t pause; /* before the next time */
};

/* When the holdings are there. 0 or -ENOMEM. */
int theirs_setup(struct router *r);
void theirs_free(struct router *r);
/* When all cores are what they are to be, in place of another process or not.
 * Until then nothing that may be theirs is touched. */
void theirs_begin(struct router *r);

/* What the kind `address` does about them (router/holding_kind.h). */
bool theirs_goes(struct router *r, uint32_t n);
bool theirs_taken(struct router *r, uint32_t n);
void theirs_heard(struct router *r, uint32_t n,
		  const struct mirror_event *event, enum ledger_by by);
/* Whether what they put, not wanted, may be taken away. */
bool theirs_may_go(const struct router *r, const struct holding *h);

/* Of what we serve, how much another batond of this machine serves too. */
enum theirs_part {
	THEIRS_NOTHING,
	THEIRS_SOME,
	THEIRS_ALL,
};
enum theirs_part theirs_serve(const struct router *r);

/* Takes away once more what is put there again and again. */
void theirs_run(struct router *r);

/* An address came or went on an interface that is not its own in the file. */
void theirs_elsewhere(struct router *r, const struct mirror_event *event);
/* The same of all that the mirror has. */
void theirs_look_elsewhere(struct router *r);
