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
#include "engine/state.h"

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

static struct address_key key_of(const struct engine *e,
				 const struct address *a)
{
	return (struct address_key){
		.ifindex = e->interfaces[a->interface].ifindex,
		.address = a->conf->address,
	};
}

static bool same_key(const void *context, uint32_t number, const void *wanted)
{
	const struct engine *e = context;
	const struct address_key *key = wanted;
	const struct address *a = &e->addresses[number];

	return e->interfaces[a->interface].ifindex == key->ifindex &&
	       ip_equal(&a->conf->address, &key->address);
}

/* Before interfaces_setup(), which fills in the interfaces. */
int addresses_setup(struct engine *e)
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

static void enqueue(struct engine *e, uint32_t n)
{
	struct address *a = &e->addresses[n];

	if (a->queued)
		return;
	a->queued = true;
	e->address_queue[(e->address_queue_head + e->address_queue_count) %
			 e->address_count] = n;
	e->address_queue_count++;
}

/* What the mirror knows of an address of ours now. */
static void look(struct engine *e, uint32_t n)
{
	struct address *a = &e->addresses[n];
	struct address_key key = key_of(e, a);
	const struct mirror_address *found =
		key.ifindex ? mirror_find(e->mirror, key.ifindex, &key.address)
			    : NULL;

	a->present = found != NULL;
	a->foreign = found && found->tag != SYS_ADDRESS_TAG;
}

/* An interface appeared, went, or is another one under the same name. */
void addresses_moved(struct engine *e, uint32_t interface, uint32_t old_index)
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
		if (a->wanted != a->present)
			enqueue(e, n);
	}
}

void addresses_want(struct engine *e, uint32_t instance, bool wanted)
{
	const struct instance *i = &e->instances[instance];

	for (uint32_t k = 0; k < i->address_count; k++) {
		uint32_t n = i->address_first + k;

		e->addresses[n].wanted = wanted;
		enqueue(e, n);
	}
}

void addresses_mirror(struct engine *e, const struct mirror_event *event)
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
	look(e, n);
	/* An answer that is under way tells more than an old notification. */
	if (a->wanted != a->present && !a->inflight)
		enqueue(e, n);
}

static void command(struct engine *e, uint32_t n, bool add)
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
		.valid = NETLINK_FOREVER,
		.preferred = NETLINK_FOREVER,
	};
	uint64_t cookie = (uint64_t)n << 1 | add;
	int error;

	if (c->has_broadcast)
		command.broadcast = c->broadcast;
	if (c->label)
		strncpy(command.label, c->label, sizeof(command.label) - 1);
	journal_address(
		e, n, add ? LEDGER_ADDRESS_INSTALLING : LEDGER_ADDRESS_REMOVING,
		0);
	a->inflight = true;
	error = add ? netlink_add(e->netlink, &command, cookie)
		    : netlink_remove(e->netlink, &command, cookie);
	if (error)
		addresses_done(e, cookie, -error);
}

static void failed(struct engine *e, uint32_t n, int error)
{
	journal_address(e, n, LEDGER_ADDRESS_FAILED, error);
	e->address_retry = tick_min(e->address_retry, e->now + ADDRESS_RETRY);
}

static void settle(struct engine *e, uint32_t n)
{
	struct address *a = &e->addresses[n];

	a->queued = false;
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
		command(e, n, a->wanted);
	}
}

void addresses_done(void *context, uint64_t cookie, int error)
{
	struct engine *e = context;
	uint32_t n = (uint32_t)(cookie >> 1);
	bool add = cookie & 1;
	struct address *a = &e->addresses[n];

	a->inflight = false;
	if (error == 0) {
		a->present = add;
		a->foreign = false;
	} else if (error == EEXIST && add) {
		const struct mirror_address *found = mirror_find(
			e->mirror, e->interfaces[a->interface].ifindex,
			&a->conf->address);

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

static void retry(struct engine *e)
{
	e->address_retry = TICK_NEVER;
	for (uint32_t n = 0; n < e->address_count; n++)
		if (e->addresses[n].wanted != e->addresses[n].present)
			enqueue(e, n);
}

/* True: there is more to do, in the next turn. */
bool addresses_flush(struct engine *e)
{
	bool more = false;

	if (e->now >= e->address_retry)
		retry(e);
	for (unsigned room = NETLINK_TRAIN_MESSAGES;
	     room > 0 && e->address_queue_count > 0; room--) {
		uint32_t n = e->address_queue[e->address_queue_head];

		e->address_queue_head =
			(e->address_queue_head + 1) % e->address_count;
		e->address_queue_count--;
		settle(e, n);
	}
	if (netlink_pending(e->netlink) > 0) {
		more = netlink_flush(e->netlink);
		/*
		 * rtnetlink does its work within the call, so the answers are
		 * there: what failed is known before it is announced.
		 */
		netlink_read(e->netlink);
	}
	return more || e->address_queue_count > 0;
}

tick_t addresses_deadline(const struct engine *e)
{
	return e->address_retry;
}
