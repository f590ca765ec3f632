/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/virtuals.h"

#include "base/map.h"
#include "base/must.h"
#include "ledger/ledger.h"

#include <string.h>

uint32_t ledger_virtuals(const struct ledger *l)
{
	return section_of(l, LEDGER_VIRTUALS)->count;
}

struct ledger_virtual *ledger_virtual_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_VIRTUALS)->stride >=
	     sizeof(struct ledger_virtual));
	return section_record(l, LEDGER_VIRTUALS, index);
}

uint32_t ledger_reals(const struct ledger *l)
{
	return section_of(l, LEDGER_REALS)->count;
}

struct ledger_real *ledger_real_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_REALS)->stride >= sizeof(struct ledger_real));
	return section_record(l, LEDGER_REALS, index);
}

uint32_t ledger_follows(const struct ledger *l)
{
	return section_of(l, LEDGER_FOLLOWS)->count;
}

uint32_t *ledger_follow_at(const struct ledger *l, uint32_t index)
{
	return section_record(l, LEDGER_FOLLOWS, index);
}

/* A slice of `all` things. */
static void within(uint32_t *first, uint32_t *count, uint32_t all)
{
	if (*first > all)
		*first = all;
	if (*count > all - *first)
		*count = all - *first;
}

static void clean(struct ip *ip)
{
	if (ip_size(ip->family) == 0)
		*ip = (struct ip){ .family = IP_NONE };
}

void ledger_copy_virtual(const struct ledger *l, uint32_t index,
			 struct ledger_virtual *copy)
{
	struct part part =
		part_of(l, LEDGER_VIRTUALS, index, copy, sizeof(*copy));

	part_copy(&part);
	clean(&copy->address);
	clean(&copy->sorry);
	copy->scheduler[sizeof(copy->scheduler) - 1] = '\0';
	within(&copy->real_first, &copy->real_count, ledger_reals(l));
}

void ledger_copy_real(const struct ledger *l, uint32_t index,
		      struct ledger_real *copy)
{
	struct part part = part_of(l, LEDGER_REALS, index, copy, sizeof(*copy));

	part_copy(&part);
	clean(&copy->address);
	if (copy->follow_count > LEDGER_FOLLOWS_MAX)
		copy->follow_count = LEDGER_FOLLOWS_MAX;
	within(&copy->follow_first, &copy->follow_count, ledger_follows(l));
}

uint64_t ledger_weights(const struct ledger *l, uint32_t *first, uint32_t *end)
{
	uint64_t changes =
		__atomic_load_n(&l->weights_changes, __ATOMIC_ACQUIRE);
	uint32_t all = ledger_reals(l);

	*first = __atomic_load_n(&l->weights_first, __ATOMIC_RELAXED);
	*end = __atomic_load_n(&l->weights_end, __ATOMIC_RELAXED);
	if (*end > all)
		*end = all;
	if (changes == 0 || *first > *end)
		*first = *end;
	return changes;
}

int32_t ledger_weight(const struct ledger *l, uint32_t real)
{
	const struct ledger_real *r = section_record(l, LEDGER_REALS, real);
	int32_t weight = __atomic_load_n(&r->weight, __ATOMIC_RELAXED);

	return weight > 0 ? weight : 0;
}

bool ledger_put_weight(struct ledger *l, uint32_t real, int32_t weight)
{
	struct ledger_real *r = ledger_real_at(l, real);

	if (r->weight == weight)
		return false;
	if (l->weights_changes == 0 || real < l->weights_first)
		l->weights_first = real;
	if (real >= l->weights_end)
		l->weights_end = real + 1;
	__atomic_store_n(&r->weight, weight, __ATOMIC_RELAXED);
	__atomic_fetch_add(&l->weights_changes, 1, __ATOMIC_RELEASE);
	return true;
}

uint64_t ledger_virtual_key(const struct ledger *l,
			    const struct ledger_virtual *v)
{
	const char *group = ledger_text(l, v->group);
	uint32_t parts[] = {
		v->address.family,
		map_hash(v->address.bytes, sizeof(v->address.bytes)),
		v->port,
		v->mark,
		v->protocol,
		v->family,
		v->group ? map_hash(group, strlen(group)) : 0,
		v->group != 0,
	};
	uint32_t low = map_hash(parts, sizeof(parts));

	parts[0] = ~parts[0];
	return (uint64_t)map_hash(parts, sizeof(parts)) << 32 | low | 1;
}
