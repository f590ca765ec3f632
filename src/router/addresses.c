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

static struct address_key key_of(const struct router *r,
				 const struct address *a)
{
	return (struct address_key){
		.ifindex = r->interfaces[a->interface].ifindex,
		.address = a->conf->address,
	};
}

static bool same_key(const void *context, uint32_t number, const void *wanted)
{
	const struct router *r = context;
	const struct address_key *key = wanted;
	const struct address *a = &r->addresses[number];

	return r->interfaces[a->interface].ifindex == key->ifindex &&
	       ip_equal(&a->conf->address, &key->address);
}

/* Before interfaces_setup(), which fills in the interfaces. */
int addresses_setup(struct router *r)
{
	uint32_t next = 0;
	void *memory;

	r->addresses = calloc(r->address_count + 1, sizeof(*r->addresses));
	r->address_queue = malloc((r->address_count + 1) * sizeof(uint32_t));
	memory = malloc(map_memory(r->address_count + 1));
	if (!r->addresses || !r->address_queue || !memory)
		return -ENOMEM;
	map_init(&r->address_by_key, memory, r->address_count + 1, same_key, r);
	r->address_retry = TICK_NEVER;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->address_first = next;
		i->address_count = (uint32_t)i->conf->address_count;
		for (uint32_t k = 0; k < i->address_count; k++, next++) {
			r->addresses[next].conf = &i->conf->addresses[k];
			r->addresses[next].instance = n;
		}
	}
	return 0;
}

static void enqueue(struct router *r, uint32_t n)
{
	struct address *a = &r->addresses[n];

	if (a->queued)
		return;
	a->queued = true;
	r->address_queue[(r->address_queue_head + r->address_queue_count) %
			 r->address_count] = n;
	r->address_queue_count++;
}

/*
 * What serves for an address of ours: itself, or somebody else's with whatever
 * prefix. One of ours with another prefix does not.
 */
static const struct mirror_address *seen(const struct router *r, uint32_t n)
{
	const struct address *a = &r->addresses[n];
	struct address_key key = key_of(r, a);
	const struct mirror_address *found;

	if (!key.ifindex)
		return NULL;
	found = mirror_find_exact(r->mirror, key.ifindex, &key.address,
				  a->conf->prefix);
	if (found)
		return found;
	found = mirror_find(r->mirror, key.ifindex, &key.address);
	return found && found->tag != SYS_ADDRESS_TAG ? found : NULL;
}

/* What the mirror knows of an address of ours now. */
static void look(struct router *r, uint32_t n)
{
	const struct mirror_address *found = seen(r, n);
	struct address *a = &r->addresses[n];

	a->present = found != NULL;
	a->foreign = found && found->tag != SYS_ADDRESS_TAG;
}

/* Of a configuration with another prefix, which is in force no more. */
static const struct mirror_address *outdated(const struct router *r, uint32_t n)
{
	struct address_key key = key_of(r, &r->addresses[n]);
	const struct mirror_address *found =
		key.ifindex ? mirror_find_other(r->mirror, key.ifindex,
						&key.address,
						r->addresses[n].conf->prefix,
						SYS_ADDRESS_TAG)
			    : NULL;

	/* Two instances may have one address, each with a prefix. */
	for (uint32_t k = 0; found && k < r->address_count; k++)
		if (same_key(r, k, &key) &&
		    r->addresses[k].conf->prefix == found->prefix)
			return NULL;
	return found;
}

uint32_t addresses_find(const struct router *r, uint32_t ifindex,
			const struct ip *address)
{
	struct address_key key = { ifindex, *address };

	return map_find(&r->address_by_key, key_hash(&key), &key);
}

void addresses_take_away(struct router *r, const struct mirror_address *a)
{
	struct netlink_address command = {
		.ifindex = a->ifindex,
		.address = a->address,
		.prefix = a->prefix,
		.peer = a->peer,
	};

	(void)netlink_remove(r->netlink, &command, ROUTER_NO_ANSWER);
}

/* An interface appeared, went, or is another one under the same name. */
void addresses_moved(struct router *r, uint32_t interface, uint32_t old_index)
{
	uint32_t ifindex = r->interfaces[interface].ifindex;

	for (uint32_t n = 0; n < r->address_count; n++) {
		struct address *a = &r->addresses[n];
		struct address_key key = { old_index, a->conf->address };

		if (a->interface != interface)
			continue;
		if (old_index)
			map_remove(&r->address_by_key, key_hash(&key), n);
		a->present = a->foreign = false;
		if (!ifindex)
			continue;
		key.ifindex = ifindex;
		if (map_find(&r->address_by_key, key_hash(&key), &key) ==
		    MAP_NONE)
			map_put(&r->address_by_key, key_hash(&key), n);
		look(r, n);
		/* What an earlier life left there, or what is missing. */
		if (a->wanted != a->present || outdated(r, n))
			enqueue(r, n);
	}
}

void addresses_want(struct router *r, uint32_t instance, bool wanted)
{
	const struct instance *i = &r->instances[instance];

	for (uint32_t k = 0; k < i->address_count; k++) {
		uint32_t n = i->address_first + k;

		r->addresses[n].wanted = wanted;
		r->addresses[n].unready &= wanted;
		r->addresses[n].refresh &= wanted;
		enqueue(r, n);
	}
}

void addresses_mirror(struct router *r, const struct mirror_event *event)
{
	struct address_key key = {
		.ifindex = event->link->ifindex,
		.address = event->address->address,
	};
	uint32_t n = map_find(&r->address_by_key, key_hash(&key), &key);
	struct address *a;

	if (n == MAP_NONE)
		return;
	a = &r->addresses[n];
	if (event->address->tag == SYS_ADDRESS_TAG &&
	    event->address->prefix != a->conf->prefix) {
		/* It counts for nothing, so its end changes nothing. */
		if (event->change != MIRROR_ADDRESS_REMOVED)
			enqueue(r, n);
		return;
	}
	look(r, n);
	a->unready = false;
	/* Whoever took away what is not watched may have it so until the next
	 * change of state. */
	if (a->conf->no_track && a->wanted && !a->present && !a->inflight) {
		a->wanted = false;
		journal_address(r, n, LEDGER_ADDRESS_ABSENT, 0);
	}
	/* An answer that is under way tells more than an old notification. */
	if (a->wanted != a->present && !a->inflight)
		enqueue(r, n);
}

/* What a command is to do; in the lower bits of its cookie. */
enum kind {
	REMOVE,
	ADD,
	REFRESH,
};

/* Seconds that an address is preferred from now on. */
static uint32_t preferred(const struct router *r, const struct address *a)
{
	const struct instance *i = &r->instances[a->instance];
	const struct conf_address *c = a->conf;
	tick_t over = (r->now - i->core.since) / TICK_SECOND;

	if (c->preferred == CONF_FOREVER || c->address.family == IP_V4)
		return i->lease;
	/* As keepalived: a host's address is no source of anything. */
	if (c->preferred == CONF_AUTO)
		return c->prefix == 128 ? 0 : i->lease;
	/* A refresh does not begin it anew. */
	if (over >= c->preferred)
		return 0;
	return (uint32_t)tick_min(i->lease, c->preferred - over);
}

static void command(struct router *r, uint32_t n, enum kind kind)
{
	struct address *a = &r->addresses[n];
	const struct conf_address *c = a->conf;
	struct netlink_address command = {
		.ifindex = r->interfaces[a->interface].ifindex,
		.address = c->address,
		.prefix = c->prefix,
		.scope = c->scope,
		.tag = SYS_ADDRESS_TAG,
		.peer = c->peer,
		.no_dad = !c->dad,
		.no_prefix_route = c->noprefixroute,
		.home = c->home,
		.temporary = c->mngtmpaddr,
		.valid = r->instances[a->instance].lease,
		.preferred = preferred(r, a),
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
		journal_address(r, n, LEDGER_ADDRESS_REMOVING, 0);
		error = netlink_remove(r->netlink, &command, cookie);
		break;
	case ADD:
		a->refresh = false; /* it begins its lease */
		journal_address(r, n, LEDGER_ADDRESS_INSTALLING, 0);
		error = netlink_add(r->netlink, &command, cookie);
		break;
	case REFRESH:
		error = netlink_set(r->netlink, &command, cookie);
		break;
	}
	if (error)
		addresses_done(r, cookie, -error);
}

static void failed(struct router *r, uint32_t n, int error)
{
	journal_address(r, n, LEDGER_ADDRESS_FAILED, error);
	r->address_retry = tick_min(r->address_retry, r->now + ADDRESS_RETRY);
}

static void settle(struct router *r, uint32_t n)
{
	const struct mirror_address *old = outdated(r, n);
	struct address *a = &r->addresses[n];

	a->queued = false;
	/* First: IPv6 has an address once, whatever the prefixes. */
	if (old)
		addresses_take_away(r, old);
	if (a->wanted && a->present && a->refresh && !a->foreign) {
		a->refresh = false;
		command(r, n, REFRESH);
		return;
	}
	if (a->wanted == a->present || (!a->wanted && a->foreign)) {
		journal_address(r, n,
				a->wanted ? LEDGER_ADDRESS_INSTALLED
					  : LEDGER_ADDRESS_ABSENT,
				0);
	} else if (!r->interfaces[a->interface].ifindex) {
		a->present = false;
		if (a->wanted)
			failed(r, n, ENODEV);
		else
			journal_address(r, n, LEDGER_ADDRESS_ABSENT, 0);
	} else {
		command(r, n, a->wanted ? ADD : REMOVE);
	}
}

/* IPv4 is in use when it is accepted. */
static bool ready(const struct router *r, uint32_t n)
{
	return r->addresses[n].conf->address.family == IP_V4 ||
	       seen(r, n) != NULL;
}

void addresses_done(void *context, uint64_t cookie, int error)
{
	struct router *r = context;
	uint32_t n = (uint32_t)(cookie >> 2);
	bool add = (cookie & 3) != REMOVE;
	struct address *a;

	if (cookie == ROUTER_NO_ANSWER)
		return;
	a = &r->addresses[n];
	a->inflight = false;
	if (error == 0) {
		a->present = add;
		a->foreign = false;
		if ((cookie & 3) == ADD)
			a->unready = !ready(r, n);
	} else if (error == EEXIST && add) {
		const struct mirror_address *found = seen(r, n);

		a->present = true;
		a->foreign = found && found->tag != SYS_ADDRESS_TAG;
	} else if (!add && (error == EADDRNOTAVAIL || error == ENODEV)) {
		a->present = false;
	} else if (error == ENOBUFS) {
		look(r, n); /* the answer was lost */
	} else {
		failed(r, n, error);
		return;
	}
	/* It may have been wanted otherwise meanwhile. */
	if (a->wanted != a->present && !(a->foreign && !a->wanted))
		enqueue(r, n);
	else
		settle(r, n);
}

/*
 * Leases: an address that nobody refreshes is removed by the kernel, but not
 * before a Backup has taken over, also where all died just before the next
 * refresh. They are long enough that refreshing costs at most this part of a
 * core.
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

static uint32_t lease_of(const struct router *r, const struct instance *i)
{
	/* Of our own interval: another may have told any, and be forged. */
	tick_t down = vrrp_active_down_interval(
		&i->conf->vrrp, i->core.priority, i->conf->vrrp.interval);
	tick_t load = LEASE_COST * LEASE_PARTS * LEASE_SHARE *
		      (tick_t)r->address_count;
	tick_t lease = tick_max(load, LEASE_LEAST * TICK_SECOND);

	lease = tick_max(lease, down * LEASE_PARTS / (LEASE_PARTS - 1));
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
void addresses_lease(struct router *r)
{
	r->lease_refresh = TICK_NEVER;
	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];

		i->lease = lease_of(r, i);
		i->refresh_at = TICK_NEVER;
		if (i->lease == NETLINK_FOREVER)
			continue;
		i->refresh_at = tick_min(r->now + LEASE_ADOPTED,
					 i->record->refreshed + refresh_gap(i));
		r->lease_refresh = tick_min(r->lease_refresh, i->refresh_at);
	}
}

static void refresh(struct router *r)
{
	tick_t next = TICK_NEVER;

	for (uint32_t n = 0; n < r->instance_count; n++) {
		struct instance *i = &r->instances[n];
		uint32_t k = i->address_first;

		if (r->now >= i->refresh_at) {
			bool opened = record_open(i->record);

			i->record->refreshed = r->now;
			record_close(i->record, opened);
			i->refresh_at = r->now + refresh_gap(i);
			for (; k < i->address_first + i->address_count; k++) {
				/* What is not there has its own retry. */
				if (!r->addresses[k].wanted ||
				    !r->addresses[k].present)
					continue;
				r->addresses[k].refresh = true;
				enqueue(r, k);
			}
		}
		next = tick_min(next, i->refresh_at);
	}
	r->lease_refresh = next;
}

static void retry(struct router *r)
{
	r->address_retry = TICK_NEVER;
	for (uint32_t n = 0; n < r->address_count; n++)
		if (r->addresses[n].wanted != r->addresses[n].present)
			enqueue(r, n);
}

/* True: there is more to do, in the next turn. */
bool addresses_flush(struct router *r)
{
	bool more = false;

	if (r->now >= r->address_retry)
		retry(r);
	if (r->now >= r->lease_refresh)
		refresh(r);
	for (unsigned room = NETLINK_TRAIN_MESSAGES;
	     room > 0 && r->address_queue_count > 0; room--) {
		uint32_t n = r->address_queue[r->address_queue_head];

		r->address_queue_head =
			(r->address_queue_head + 1) % r->address_count;
		r->address_queue_count--;
		settle(r, n);
	}
	if (netlink_pending(r->netlink) > 0) {
		netlink_flush(r->netlink);
		/*
		 * rtnetlink does its work within the call, so the answers are
		 * there: what failed is known before it is announced. They may
		 * ask for another command.
		 */
		netlink_read(r->netlink);
		more = netlink_pending(r->netlink) > 0;
	}
	return more || r->address_queue_count > 0;
}

tick_t addresses_deadline(const struct router *r)
{
	return tick_min(r->address_retry, r->lease_refresh);
}
