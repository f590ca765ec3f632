/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel should hold: each address is wanted or not, and present or
 * not. Where the two differ it is queued, and a turn sends one train of
 * netlink messages. What the mirror reports is compared the same way, so an
 * address that somebody else took away comes back.
 *
 * An address that was there before us without our tag is somebody else's: it
 * serves, and it is never removed.
 */
#include "router/state.h"
#include "vrrp/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How often a refused address is tried again, while it is wanted. */
#define ADDRESS_RETRY (5 * TICK_SECOND)

struct address_key {
	uint32_t ifindex;
	struct ip address;
};

static uint32_t key_hash(const struct address_key *key)
{
	uint8_t bytes[4 + sizeof(key->address)];

	memcpy(bytes, &key->ifindex, 4);
	memcpy(bytes + 4, &key->address, sizeof(key->address));
	return map_hash(bytes, sizeof(bytes));
}

static struct address_key key_of(const struct router *e,
				 const struct address *a)
{
	return (struct address_key){
		.ifindex = e->interfaces[a->interface].ifindex,
		.address = a->conf->address,
	};
}

static bool same_key(const void *context, uint32_t number, const void *wanted)
{
	const struct router *e = context;
	const struct address_key *key = wanted;
	const struct address *a = &e->addresses[number];

	return e->interfaces[a->interface].ifindex == key->ifindex &&
	       ip_equal(&a->conf->address, &key->address);
}

/* Before interfaces_setup(), which fills in the interfaces. */
int addresses_setup(struct router *e)
{
	uint32_t next = 0;
	void *memory;

	e->addresses = calloc(e->address_count + 1, sizeof(*e->addresses));
	e->address_queue = malloc((e->address_count + 1) * sizeof(uint32_t));
	memory = malloc(map_memory(e->address_count + 1));
	if (!e->addresses || !e->address_queue || !memory)
		return -ENOMEM;
	map_init(&e->address_by_key, memory, e->address_count + 1, same_key, e);
	e->address_retry = TICK_NEVER;

	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct instance *i = &e->instances[n];

		i->address_first = next;
		i->address_count = (uint32_t)i->conf->address_count;
		for (uint32_t k = 0; k < i->address_count; k++, next++) {
			e->addresses[next].conf = &i->conf->addresses[k];
			e->addresses[next].instance = n;
		}
	}
	return 0;
}

static void enqueue(struct router *e, uint32_t n)
{
	struct address *a = &e->addresses[n];

	if (a->queued)
		return;
	a->queued = true;
	e->address_queue[(e->address_queue_head + e->address_queue_count) %
			 e->address_count] = n;
	e->address_queue_count++;
}

/*
 * What serves for an address of ours: itself, or somebody else's with whatever
 * prefix. One of ours with another prefix does not.
 */
static const struct mirror_address *seen(const struct router *e, uint32_t n)
{
	const struct address *a = &e->addresses[n];
	struct address_key key = key_of(e, a);
	const struct mirror_address *found;

	if (!key.ifindex)
		return NULL;
	found = mirror_find_exact(e->mirror, key.ifindex, &key.address,
				  a->conf->prefix);
	if (found)
		return found;
	found = mirror_find(e->mirror, key.ifindex, &key.address);
	return found && found->tag != SYS_ADDRESS_TAG ? found : NULL;
}

/* What the mirror knows of an address of ours now. */
static void look(struct router *e, uint32_t n)
{
	const struct mirror_address *found = seen(e, n);
	struct address *a = &e->addresses[n];

	a->present = found != NULL;
	a->foreign = found && found->tag != SYS_ADDRESS_TAG;
}

/* Of a configuration with another prefix, which is in force no more. */
static const struct mirror_address *outdated(const struct router *e, uint32_t n)
{
	struct address_key key = key_of(e, &e->addresses[n]);
	const struct mirror_address *found =
		key.ifindex ? mirror_find_other(e->mirror, key.ifindex,
						&key.address,
						e->addresses[n].conf->prefix,
						SYS_ADDRESS_TAG)
			    : NULL;

	/* Two instances may have one address, each with a prefix. */
	for (uint32_t k = 0; found && k < e->address_count; k++)
		if (same_key(e, k, &key) &&
		    e->addresses[k].conf->prefix == found->prefix)
			return NULL;
	return found;
}

uint32_t addresses_find(const struct router *e, uint32_t ifindex,
			const struct ip *address)
{
	struct address_key key = { ifindex, *address };

	return map_find(&e->address_by_key, key_hash(&key), &key);
}

/* An interface appeared, went, or is another one under the same name. */
void addresses_moved(struct router *e, uint32_t interface, uint32_t old_index)
{
	uint32_t ifindex = e->interfaces[interface].ifindex;

	for (uint32_t n = 0; n < e->address_count; n++) {
		struct address *a = &e->addresses[n];
		struct address_key key = { old_index, a->conf->address };

		if (a->interface != interface)
			continue;
		if (old_index)
			map_remove(&e->address_by_key, key_hash(&key), n);
		a->present = a->foreign = false;
		if (!ifindex)
			continue;
		key.ifindex = ifindex;
		if (map_find(&e->address_by_key, key_hash(&key), &key) ==
		    MAP_NONE)
			map_put(&e->address_by_key, key_hash(&key), n);
		look(e, n);
		/* What an earlier life left there, or what is missing. */
		if (a->wanted != a->present || outdated(e, n))
			enqueue(e, n);
	}
}

void addresses_want(struct router *e, uint32_t instance, bool wanted)
{
	const struct instance *i = &e->instances[instance];

	for (uint32_t k = 0; k < i->address_count; k++) {
		uint32_t n = i->address_first + k;

		e->addresses[n].wanted = wanted;
		e->addresses[n].unready &= wanted;
		e->addresses[n].refresh &= wanted;
		enqueue(e, n);
	}
}

void addresses_mirror(struct router *e, const struct mirror_event *event)
{
	struct address_key key = {
		.ifindex = event->link->ifindex,
		.address = event->address->address,
	};
	uint32_t n = map_find(&e->address_by_key, key_hash(&key), &key);
	struct address *a;

	if (n == MAP_NONE)
		return;
	a = &e->addresses[n];
	if (event->address->tag == SYS_ADDRESS_TAG &&
	    event->address->prefix != a->conf->prefix) {
		/* It counts for nothing, so its end changes nothing. */
		if (event->change != MIRROR_ADDRESS_REMOVED)
			enqueue(e, n);
		return;
	}
	look(e, n);
	a->unready = false;
	/* An answer that is under way tells more than an old notification. */
	if (a->wanted != a->present && !a->inflight)
		enqueue(e, n);
}

/* What a command is to do; in the lower bits of its cookie. */
enum kind {
	REMOVE,
	ADD,
	REFRESH,
};

static void command(struct router *e, uint32_t n, enum kind kind)
{
	struct address *a = &e->addresses[n];
	const struct conf_address *c = a->conf;
	struct netlink_address command = {
		.ifindex = e->interfaces[a->interface].ifindex,
		.address = c->address,
		.prefix = c->prefix,
		.scope = c->scope,
		.tag = SYS_ADDRESS_TAG,
		.no_dad = true,
		.valid = e->instances[a->instance].lease,
		.preferred = e->instances[a->instance].lease,
	};
	uint64_t cookie = (uint64_t)n << 2 | kind;
	int error = 0;

	if (c->has_broadcast)
		command.broadcast = c->broadcast;
	if (c->label)
		strncpy(command.label, c->label, sizeof(command.label) - 1);
	a->inflight = true;
	switch (kind) {
	case REMOVE:
		journal_address(e, n, LEDGER_ADDRESS_REMOVING, 0);
		error = netlink_remove(e->netlink, &command, cookie);
		break;
	case ADD:
		a->refresh = false; /* it begins its lease */
		journal_address(e, n, LEDGER_ADDRESS_INSTALLING, 0);
		error = netlink_add(e->netlink, &command, cookie);
		break;
	case REFRESH:
		error = netlink_set(e->netlink, &command, cookie);
		break;
	}
	if (error)
		addresses_done(e, cookie, -error);
}

static void failed(struct router *e, uint32_t n, int error)
{
	journal_address(e, n, LEDGER_ADDRESS_FAILED, error);
	e->address_retry = tick_min(e->address_retry, e->now + ADDRESS_RETRY);
}

static void settle(struct router *e, uint32_t n)
{
	const struct mirror_address *old = outdated(e, n);
	struct address *a = &e->addresses[n];

	a->queued = false;
	/* First: IPv6 has an address once, whatever the prefixes. */
	if (old)
		leftovers_take_away(e, old);
	if (a->wanted && a->present && a->refresh && !a->foreign) {
		a->refresh = false;
		command(e, n, REFRESH);
		return;
	}
	if (a->wanted == a->present || (!a->wanted && a->foreign)) {
		journal_address(e, n,
				a->wanted ? LEDGER_ADDRESS_INSTALLED
					  : LEDGER_ADDRESS_ABSENT,
				0);
	} else if (!e->interfaces[a->interface].ifindex) {
		a->present = false;
		if (a->wanted)
			failed(e, n, ENODEV);
		else
			journal_address(e, n, LEDGER_ADDRESS_ABSENT, 0);
	} else {
		command(e, n, a->wanted ? ADD : REMOVE);
	}
}

/* IPv4 is in use when it is accepted. */
static bool ready(const struct router *e, uint32_t n)
{
	return e->addresses[n].conf->address.family == IP_V4 ||
	       seen(e, n) != NULL;
}

void addresses_done(void *context, uint64_t cookie, int error)
{
	struct router *e = context;
	uint32_t n = (uint32_t)(cookie >> 2);
	bool add = (cookie & 3) != REMOVE;
	struct address *a;

	if (leftovers_is_answer(cookie))
		return;
	a = &e->addresses[n];
	a->inflight = false;
	if (error == 0) {
		a->present = add;
		a->foreign = false;
		if ((cookie & 3) == ADD)
			a->unready = !ready(e, n);
	} else if (error == EEXIST && add) {
		const struct mirror_address *found = seen(e, n);

		a->present = true;
		a->foreign = found && found->tag != SYS_ADDRESS_TAG;
	} else if (!add && (error == EADDRNOTAVAIL || error == ENODEV)) {
		a->present = false;
	} else if (error == ENOBUFS) {
		look(e, n); /* the answer was lost */
	} else {
		failed(e, n, error);
		return;
	}
	/* It may have been wanted otherwise meanwhile. */
	if (a->wanted != a->present && !(a->foreign && !a->wanted))
		enqueue(e, n);
	else
		settle(e, n);
}

/*
 * Leases: an address that nobody refreshes is removed by the kernel. They are
 * long enough that refreshing costs at most this part of a core.
 */
#define LEASE_LEAST 2                      /* seconds */
#define LEASE_COST  (3 * TICK_MICROSECOND) /* of one refresh */
#define LEASE_SHARE 200
#define LEASE_PARTS 4 /* refreshes in one lease */

/*
 * What was adopted is refreshed when it is due, but soon: after the adverts,
 * and not later however often a process is replaced.
 */
#define LEASE_ADOPTED (50 * TICK_MILLISECOND)

static uint32_t lease_of(const struct router *e, const struct instance *i)
{
	/* Of our own interval: another may have told any, and be forged. */
	tick_t down = vrrp_active_down_interval(&i->conf->vrrp,
						i->record->core.priority,
						i->conf->vrrp.interval);
	tick_t load = LEASE_COST * LEASE_PARTS * LEASE_SHARE *
		      (tick_t)e->address_count;
	tick_t lease =
		tick_max(tick_max(down, load), LEASE_LEAST * TICK_SECOND);

	if (i->conf->lease == 0)
		return NETLINK_FOREVER;
	if (i->conf->lease != CONF_LEASE_AUTO)
		return i->conf->lease;
	return (uint32_t)((lease + TICK_SECOND - 1) / TICK_SECOND);
}

static tick_t refresh_gap(const struct instance *i)
{
	return i->lease * TICK_SECOND / LEASE_PARTS;
}

/* When the cores are there. */
void addresses_lease(struct router *e)
{
	e->lease_refresh = TICK_NEVER;
	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct instance *i = &e->instances[n];

		i->lease = lease_of(e, i);
		i->refresh_at = TICK_NEVER;
		if (i->lease == NETLINK_FOREVER)
			continue;
		i->refresh_at = tick_min(e->now + LEASE_ADOPTED,
					 i->record->refreshed + refresh_gap(i));
		e->lease_refresh = tick_min(e->lease_refresh, i->refresh_at);
	}
}

static void refresh(struct router *e)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < e->instance_count; n++) {
		struct instance *i = &e->instances[n];
		uint32_t k = i->address_first;

		if (e->now >= i->refresh_at) {
			bool opened = record_open(i->record);

			i->record->refreshed = e->now;
			record_close(i->record, opened);
			i->refresh_at = e->now + refresh_gap(i);
			for (; k < i->address_first + i->address_count; k++) {
				if (!e->addresses[k].wanted)
					continue;
				e->addresses[k].refresh = true;
				enqueue(e, k);
			}
		}
		next = tick_min(next, i->refresh_at);
	}
	e->lease_refresh = next;
}

static void retry(struct router *e)
{
	e->address_retry = TICK_NEVER;
	for (uint32_t n = 0; n < e->address_count; n++)
		if (e->addresses[n].wanted != e->addresses[n].present)
			enqueue(e, n);
}

/* True: there is more to do, in the next turn. */
bool addresses_flush(struct router *e)
{
	bool more = false;

	if (e->now >= e->address_retry)
		retry(e);
	if (e->now >= e->lease_refresh)
		refresh(e);
	for (unsigned room = NETLINK_TRAIN_MESSAGES;
	     room > 0 && e->address_queue_count > 0; room--) {
		uint32_t n = e->address_queue[e->address_queue_head];

		e->address_queue_head =
			(e->address_queue_head + 1) % e->address_count;
		e->address_queue_count--;
		settle(e, n);
	}
	if (netlink_pending(e->netlink) > 0) {
		netlink_flush(e->netlink);
		/*
		 * rtnetlink does its work within the call, so the answers are
		 * there: what failed is known before it is announced. They may
		 * ask for another command.
		 */
		netlink_read(e->netlink);
		more = netlink_pending(e->netlink) > 0;
	}
	return more || e->address_queue_count > 0;
}

tick_t addresses_deadline(const struct router *e)
{
	return tick_min(e->address_retry, e->lease_refresh);
}
