/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/ordered.h"

#include "base/must.h"
#include "ledger/ledger.h"

#include <errno.h>

static uint32_t places(const struct ledger *l)
{
	return section_of(l, LEDGER_ORDERED)->count;
}

static struct ledger_ordered *at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_ORDERED)->stride >=
	     sizeof(struct ledger_ordered));
	return section_record(l, LEDGER_ORDERED, index);
}

uint32_t ledger_ordered_used(const struct ledger *l)
{
	uint32_t count = places(l), said;

	if (count == 0)
		return 0; /* to an earlier program the head said nothing */
	said = __atomic_load_n(&l->ordered_used, __ATOMIC_ACQUIRE);
	return said < count ? said : count;
}

uint64_t ledger_ordered_changes(const struct ledger *l)
{
	return places(l) == 0
		       ? 0
		       : __atomic_load_n(&l->ordered_changes, __ATOMIC_ACQUIRE);
}

static void clean(struct ledger_ordered *order, uint32_t reals)
{
	if (order->what >= LEDGER_ORDERED_WHATS)
		order->what = LEDGER_ORDERED_NOTHING;
	if (order->weight < LEDGER_ORDERED_NO_WEIGHT)
		order->weight = LEDGER_ORDERED_NO_WEIGHT;
	if (order->real >= reals)
		order->real = UINT32_MAX;
	if (ip_size(order->address.family) == 0)
		order->address = (struct ip){ .family = IP_NONE };
}

int ledger_try_ordered(const struct ledger *l, uint32_t index,
		       struct ledger_ordered *copy)
{
	const struct ledger_ordered *record =
		section_record(l, LEDGER_ORDERED, index);
	struct part part =
		part_of(l, LEDGER_ORDERED, index, copy, sizeof(*copy));

	if (!parts_copy(&record->sequence, &part, 1))
		return -EAGAIN;
	clean(copy, ledger_reals(l));
	return copy->key != 0;
}

bool ledger_read_ordered(const struct ledger *l, uint32_t index,
			 struct ledger_ordered *copy)
{
	return ledger_try_ordered(l, index, copy) > 0;
}

bool ledger_find_ordered(const struct ledger *l, uint32_t real,
			 struct ledger_ordered *copy)
{
	for (uint32_t n = 0; n < ledger_ordered_used(l); n++) {
		const struct ledger_ordered *o =
			section_record(l, LEDGER_ORDERED, n);

		/* A look is cheap, a copy is not. */
		if (__atomic_load_n(&o->real, __ATOMIC_RELAXED) == real &&
		    ledger_read_ordered(l, n, copy) && copy->real == real)
			return true;
	}
	return false;
}

/* ---- the keeper ---- */

/* Its number among the virtual servers of the same key: of groups. */
static uint32_t ordinal_of(const struct ledger *l, uint32_t virtual,
			   uint64_t key)
{
	struct ledger_virtual v;
	uint32_t count = 0;

	for (uint32_t n = 0; n < virtual; n++) {
		ledger_copy_virtual(l, n, &v);
		count += ledger_virtual_key(l, &v) == key;
	}
	return count;
}

void ledger_ordered_name(const struct ledger *l, uint32_t virtual,
			 uint32_t real, struct ledger_ordered *out)
{
	struct ledger_virtual v;
	struct ledger_real r;

	ledger_copy_virtual(l, virtual, &v);
	ledger_copy_real(l, real, &r);
	out->real = real;
	out->key = ledger_virtual_key(l, &v);
	out->ordinal = v.group ? ordinal_of(l, virtual, out->key) : 0;
	out->port = r.port;
	out->address = r.address;
}

static bool same_server(const struct ledger_ordered *a,
			const struct ledger_ordered *b)
{
	return a->key == b->key && a->ordinal == b->ordinal &&
	       a->port == b->port && ip_equal(&a->address, &b->address);
}

static void write(struct ledger *l, uint32_t index,
		  const struct ledger_ordered *order)
{
	struct ledger_ordered *to = at(l, index);
	uint32_t sequence;

	ledger_begin(&to->sequence);
	sequence = to->sequence;
	*to = *order;
	to->sequence = sequence;
	ledger_end(&to->sequence);
	if (index >= l->ordered_used)
		__atomic_store_n(&l->ordered_used, index + 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&l->ordered_changes, 1, __ATOMIC_RELEASE);
}

int ledger_put_ordered(struct ledger *l, const struct ledger_ordered *order)
{
	static const struct ledger_ordered none;
	bool ends = order->what == LEDGER_ORDERED_NOTHING &&
		    order->weight == LEDGER_ORDERED_NO_WEIGHT;
	uint32_t used = ledger_ordered_used(l), place = used;
	struct ledger_ordered is;

	for (uint32_t n = 0; n < used; n++) {
		if (!ledger_read_ordered(l, n, &is)) {
			if (place == used)
				place = n;
		} else if (same_server(&is, order)) {
			write(l, n, ends ? &none : order);
			return 0;
		}
	}
	if (ends)
		return 0;
	if (place >= places(l))
		return -ENOSPC;
	write(l, place, order);
	return 0;
}

/* The number of that real server of a virtual server, or UINT32_MAX. */
static uint32_t find_real(const struct ledger *l,
			  const struct ledger_virtual *v,
			  const struct ledger_ordered *order)
{
	struct ledger_real real;

	for (uint32_t n = 0; n < v->real_count; n++) {
		ledger_copy_real(l, v->real_first + n, &real);
		if (real.port == order->port &&
		    ip_equal(&real.address, &order->address))
			return v->real_first + n;
	}
	return UINT32_MAX;
}

void ledger_resolve_ordered(struct ledger *l)
{
	uint32_t used = ledger_ordered_used(l);
	struct ledger_ordered order;
	struct ledger_virtual v;

	for (uint32_t k = 0; k < used; k++)
		if (ledger_read_ordered(l, k, &order)) {
			order.real = UINT32_MAX;
			write(l, k, &order);
		}
	for (uint32_t n = 0; used > 0 && n < ledger_virtuals(l); n++) {
		uint64_t key;

		ledger_copy_virtual(l, n, &v);
		key = ledger_virtual_key(l, &v);
		for (uint32_t k = 0; k < used; k++) {
			if (!ledger_read_ordered(l, k, &order) ||
			    order.key != key ||
			    (v.group && order.ordinal != ordinal_of(l, n, key)))
				continue;
			order.real = find_real(l, &v, &order);
			write(l, k, &order);
		}
	}
}

void ledger_inherit_ordered(struct ledger *l, const struct ledger *before)
{
	struct ledger_ordered order;

	if (places(l) == 0)
		return;
	for (uint32_t n = 0; n < ledger_ordered_used(before); n++)
		if (ledger_read_ordered(before, n, &order))
			(void)ledger_put_ordered(l, &order);
	ledger_resolve_ordered(l);
}

unsigned ledger_prune_ordered(struct ledger *l)
{
	struct ledger_ordered order;
	unsigned count = 0;

	for (uint32_t n = 0; n < ledger_ordered_used(l); n++) {
		if (!ledger_read_ordered(l, n, &order) ||
		    order.real != UINT32_MAX)
			continue;
		order.what = LEDGER_ORDERED_NOTHING;
		order.weight = LEDGER_ORDERED_NO_WEIGHT;
		count += ledger_put_ordered(l, &order) == 0;
	}
	return count;
}
