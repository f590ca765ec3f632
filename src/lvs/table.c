/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of lvs/table.h: its records, what is wanted and what was seen.
 */
#include "lvs/table.h"

#include "base/must.h"

#include <string.h>

#define SERVICES_FIRST 8
#define DESTS_FIRST    4

static bool same_key(const void *context, uint32_t number, const void *key)
{
	const struct table *t = context;

	return memcmp(&t->services[number].want.key, key,
		      sizeof(struct ipvs_key)) == 0;
}

/* What tells destinations of one service apart. */
struct dest_key {
	uint8_t family, spare;
	uint16_t port;
	uint8_t address[16];
};
static_assert(sizeof(struct dest_key) == 20, "no holes");

static struct dest_key key_of(const struct ipvs_dest *dest)
{
	struct dest_key key = { .family = dest->family, .port = dest->port };

	memcpy(key.address, dest->address, sizeof(key.address));
	return key;
}

static bool same_dest_key(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	return a->family == b->family && a->port == b->port &&
	       memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static uint32_t hash_dest(const struct ipvs_dest *dest)
{
	struct dest_key key = key_of(dest);

	return map_hash(&key, sizeof(key));
}

/* The map of a service has no context of its own that stays where it is, so
 * numbers are compared by who looks. */
static bool any_dest(const void *context, uint32_t number, const void *key)
{
	(void)context;
	(void)number;
	(void)key;
	return true;
}

void table_init(struct table *t, void *(*obtain)(size_t size),
		void (*give_back)(void *memory))
{
	*t = (struct table){
		.obtain = obtain,
		.give_back = give_back,
		.unsure = true,
		.anew = true,
	};
	t->by_key = (struct map){ .same = same_key, .context = t };
}

void table_free(struct table *t)
{
	for (uint32_t n = 0; n < t->service_count; n++) {
		t->give_back(t->services[n].dests);
		t->give_back(t->services[n].by_key.slots);
	}
	t->give_back(t->services);
	t->give_back(t->order);
	t->give_back(t->by_key.slots);
	*t = (struct table){ 0 };
}

/* Twice the room for records of `size` bytes; false: no memory. */
static bool grow(const struct table *t, void *records, uint32_t *room,
		 uint32_t first, size_t size)
{
	uint32_t more = *room ? 2 * *room : first;
	void *old, *memory = t->obtain(more * size);

	if (!memory)
		return false;
	memcpy(&old, records, sizeof(old));
	if (old)
		memcpy(memory, old, *room * size);
	memcpy(records, &memory, sizeof(memory));
	t->give_back(old);
	*room = more;
	return true;
}

uint32_t table_find(const struct table *t, const struct ipvs_key *key)
{
	return map_find(&t->by_key, map_hash(key, sizeof(*key)), key);
}

uint32_t table_find_dest(const struct table_service *s,
			 const struct ipvs_dest *key)
{
	uint32_t at = 0, hash = hash_dest(key), n;

	while ((n = map_next(&s->by_key, hash, key, &at)) != MAP_NONE)
		if (same_dest_key(&s->dests[n].want, key))
			return n;
	return TABLE_NONE;
}

/* The number of the service with that key, which may be new. */
static uint32_t get_service(struct table *t, const struct ipvs_key *key)
{
	uint32_t n = table_find(t, key);
	struct table_service *s;

	if (n != TABLE_NONE)
		return n;
	if (t->service_count == TABLE_SERVICES_MAX ||
	    (t->service_count == t->service_room &&
	     !grow(t, &t->services, &t->service_room, SERVICES_FIRST,
		   sizeof(*s))) ||
	    (t->service_count == t->order_room &&
	     !grow(t, &t->order, &t->order_room, SERVICES_FIRST,
		   sizeof(*t->order))) ||
	    !map_reserve(&t->by_key, t->obtain, t->give_back))
		return TABLE_NONE;
	n = t->service_count++;
	s = &t->services[n];
	*s = (struct table_service){ .retry_at = TICK_NEVER };
	s->by_key.same = any_dest;
	s->want.key = *key;
	s->place = n;
	t->order[n] = n;
	map_put(&t->by_key, map_hash(key, sizeof(*key)), n);
	return n;
}

static uint32_t get_dest(struct table *t, struct table_service *s,
			 const struct ipvs_dest *key)
{
	uint32_t n = table_find_dest(s, key);
	struct table_dest *d;

	if (n != TABLE_NONE)
		return n;
	if (s->dest_count == TABLE_DESTS_MAX ||
	    (s->dest_count == s->dest_room &&
	     !grow(t, &s->dests, &s->dest_room, DESTS_FIRST, sizeof(*d))) ||
	    !map_reserve(&s->by_key, t->obtain, t->give_back))
		return TABLE_NONE;
	n = s->dest_count++;
	d = &s->dests[n];
	*d = (struct table_dest){ 0 };
	d->want.family = key->family;
	d->want.port = key->port;
	memcpy(d->want.address, key->address, sizeof(key->address));
	map_put(&s->by_key, hash_dest(key), n);
	return n;
}

void table_touch(struct table *t, struct table_service *s)
{
	s->is |= TABLE_DIRTY;
	s->changes++;
	t->changes++;
	t->anew = true;
}

void table_doubt(struct table *t, struct table_service *s)
{
	uint32_t n = (uint32_t)(s - t->services);

	s->is |= TABLE_UNSURE;
	if (n < t->unsure_from)
		t->unsure_from = n;
}

bool table_reserve(struct table *t, uint32_t service, uint32_t dests)
{
	struct table_service *s = &t->services[service];
	void *slots;

	MUST(service < t->service_count && s->dest_count == 0);
	if (dests <= s->dest_room || dests > TABLE_DESTS_MAX)
		return true;
	t->give_back(s->dests);
	s->dest_room = 0;
	s->dests = t->obtain(dests * sizeof(*s->dests));
	slots = s->dests ? t->obtain(map_memory(dests)) : NULL;
	if (!slots)
		return false;
	s->dest_room = dests;
	slots = map_move(&s->by_key, slots, dests);
	if (slots)
		t->give_back(slots);
	return true;
}

uint32_t table_want(struct table *t, const struct ipvs_service *want)
{
	uint32_t n = get_service(t, &want->key);
	struct table_service *s;

	if (n == TABLE_NONE)
		return n;
	s = &t->services[n];
	s->want = *want;
	if (!(s->is & TABLE_WANTED) && (s->is & TABLE_KNOWN))
		table_doubt(t, s); /* what is in it did not matter */
	s->is |= TABLE_WANTED | TABLE_OURS;
	table_touch(t, s);
	return n;
}

uint32_t table_want_dest(struct table *t, uint32_t service,
			 const struct ipvs_dest *want)
{
	struct table_service *s = &t->services[service];
	struct table_dest *d;
	uint32_t n;

	MUST(service < t->service_count);
	n = get_dest(t, s, want);
	if (n == TABLE_NONE)
		return n;
	d = &s->dests[n];
	s->wanted += !(d->is & TABLE_WANTED);
	d->want = *want;
	d->is |= TABLE_WANTED;
	table_touch(t, s);
	return n;
}

void table_unwant_dest(struct table *t, uint32_t service, uint32_t dest)
{
	struct table_service *s = &t->services[service];
	struct table_dest *d = &s->dests[dest];

	MUST(service < t->service_count && dest < s->dest_count);
	if (!(d->is & TABLE_WANTED))
		return;
	s->wanted--;
	d->is &= (uint16_t)~TABLE_WANTED;
	table_touch(t, s);
}

void table_unwant(struct table *t, uint32_t service)
{
	struct table_service *s = &t->services[service];

	MUST(service < t->service_count);
	for (uint32_t n = 0; n < s->dest_count; n++)
		s->dests[n].is &= (uint16_t)~TABLE_WANTED;
	s->wanted = 0;
	s->is &= (uint16_t)~TABLE_WANTED;
	table_touch(t, s);
}

void table_own(struct table *t, const struct ipvs_key *key)
{
	uint32_t n = get_service(t, key);

	if (n == TABLE_NONE) {
		t->no_memory = true;
		return;
	}
	t->services[n].is |= TABLE_OURS;
	t->unsure = true;
}

bool table_same_service(const struct ipvs_service *a,
			const struct ipvs_service *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void table_look(struct table *t)
{
	for (uint32_t n = 0; n < t->service_count; n++)
		t->services[n].is &= (uint16_t)~TABLE_SEEN;
	t->foreign = 0;
	t->seen = 0;
	t->no_memory = false;
}

/* The first one that is seen is the last one in the order, and so on. */
static void put_in_order(struct table *t, uint32_t service)
{
	uint32_t to = t->service_count - 1 - t->seen++;
	uint32_t from = t->services[service].place;
	uint32_t other = t->order[to];

	t->order[to] = service;
	t->services[service].place = to;
	t->order[from] = other;
	t->services[other].place = from;
}

static void tell(const struct table *t, enum table_news news,
		 const struct table_service *s, const struct table_dest *d,
		 int error)
{
	if (t->tell)
		t->tell(t->context, news, s, d, error);
}

/* As the kernel has it. */
static void note(struct table *t, struct table_service *s,
		 const struct ipvs_service *seen)
{
	bool was = s->is & TABLE_KNOWN;
	bool same = was && table_same_service(&s->have, seen);

	if (same)
		return;
	s->have = *seen;
	s->is |= TABLE_KNOWN;
	if (!was && (s->is & TABLE_WANTED))
		table_doubt(t, s);
	table_touch(t, s);
	if (was && (s->is & TABLE_WANTED) &&
	    !table_same_service(&s->want, seen))
		tell(t, TABLE_CHANGED, s, NULL, 0);
}

void table_saw(struct table *t, const struct ipvs_service *seen)
{
	uint32_t n = table_find(t, &seen->key);
	struct table_service *s;

	if (n == TABLE_NONE && t->takes_all) {
		n = get_service(t, &seen->key);
		t->no_memory |= n == TABLE_NONE;
	}
	s = n == TABLE_NONE ? NULL : &t->services[n];
	if (s && t->takes_all)
		s->is |= TABLE_OURS;
	if (!s || !(s->is & TABLE_OURS)) {
		t->foreign++;
		return;
	}
	if (!t->emptied && !(s->is & TABLE_SEEN))
		put_in_order(t, n);
	s->is |= TABLE_SEEN;
	note(t, s, seen);
}

/* It is not there, and nothing in it. */
static void forget(struct table *t, struct table_service *s)
{
	s->is &= (uint16_t) ~(TABLE_KNOWN | TABLE_UNSURE);
	for (uint32_t n = 0; n < s->dest_count; n++)
		s->dests[n].is &= (uint16_t)~TABLE_KNOWN;
	table_touch(t, s);
}

void table_looked(struct table *t, bool whole)
{
	uint32_t known = 0, gone = 0;

	if (!whole)
		return;
	for (uint32_t n = 0; n < t->service_count; n++) {
		uint16_t is = t->services[n].is;

		known += (is & TABLE_KNOWN) != 0;
		gone += (is & TABLE_KNOWN) && !(is & TABLE_SEEN);
	}
	t->emptied |= gone == known && gone > 0;
	if (gone == known && gone > 1)
		tell(t, TABLE_EMPTIED, NULL, NULL, (int)gone);
	for (uint32_t n = 0; n < t->service_count; n++) {
		struct table_service *s = &t->services[n];

		/* What has gone, and comes again, is somebody else's. */
		if (!(s->is & (TABLE_WANTED | TABLE_SEEN)))
			s->is &= (uint16_t)~TABLE_OURS;
		if (!(s->is & TABLE_KNOWN) || (s->is & TABLE_SEEN))
			continue;
		if ((s->is & TABLE_WANTED) && (gone < known || gone == 1))
			tell(t, TABLE_GONE, s, NULL, 0);
		forget(t, s);
	}
	t->looked = true;
	t->unsure = t->no_memory;
}

void table_look_dests(struct table *t, uint32_t service)
{
	struct table_service *s = &t->services[service];

	MUST(service < t->service_count);
	for (uint32_t n = 0; n < s->dest_count; n++)
		s->dests[n].is &= (uint16_t)~TABLE_SEEN;
	t->no_memory = false;
}

/* Whether somebody else has changed it: what we did last is in `have`. */
static void surprise(const struct table *t, const struct table_service *s,
		     const struct table_dest *d, const struct ipvs_dest *seen)
{
	bool differs = memcmp(&d->want, seen, sizeof(*seen)) != 0;

	if (!(s->is & TABLE_WANTED))
		return; /* it goes, with all that is in it */
	if (!(d->is & TABLE_WANTED))
		tell(t, TABLE_STRANGE, s, d, 0);
	else if ((d->is & TABLE_KNOWN) && differs)
		tell(t, TABLE_CHANGED, s, d, 0);
}

void table_saw_dest(struct table *t, uint32_t service,
		    const struct ipvs_dest *seen)
{
	struct table_service *s = &t->services[service];
	struct table_dest *d;
	uint32_t n;

	MUST(service < t->service_count);
	n = get_dest(t, s, seen);
	if (n == TABLE_NONE) {
		t->no_memory = true;
		return;
	}
	d = &s->dests[n];
	d->is |= TABLE_SEEN;
	if ((d->is & TABLE_KNOWN) && memcmp(&d->have, seen, sizeof(*seen)) == 0)
		return;
	surprise(t, s, d, seen);
	d->have = *seen;
	d->is |= TABLE_KNOWN;
	table_touch(t, s);
}

void table_looked_dests(struct table *t, uint32_t service, bool whole)
{
	struct table_service *s = &t->services[service];

	if (!whole)
		return;
	for (uint32_t n = 0; n < s->dest_count; n++) {
		struct table_dest *d = &s->dests[n];

		if (!(d->is & TABLE_KNOWN) || (d->is & TABLE_SEEN))
			continue;
		if (d->is & TABLE_WANTED)
			tell(t, TABLE_GONE, s, d, 0);
		d->is &= (uint16_t)~TABLE_KNOWN;
		table_touch(t, s);
	}
	if (!(s->is & TABLE_UNSURE) || t->no_memory)
		return;
	s->is &= (uint16_t)~TABLE_UNSURE;
	table_touch(t, s);
}

uint32_t table_unsure(struct table *t)
{
	for (; t->unsure_from < t->service_count; t->unsure_from++)
		if (t->services[t->unsure_from].is & TABLE_UNSURE)
			return t->unsure_from;
	return TABLE_NONE;
}
