/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lvs/fwmark.h"

#include "base/heap.h"
#include "base/must.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

static_assert(sizeof(struct fwmark_range) == 40, "no holes");

/* One of any port is looked at last. */
static uint32_t rank(const struct fwmark_range *r)
{
	return (uint32_t)r->family << 25 | (uint32_t)r->protocol << 17 |
	       (r->port ? r->port : 1u << 16);
}

static int compare_place(const struct fwmark_range *a,
			 const struct fwmark_range *b)
{
	uint32_t one = rank(a), two = rank(b);

	return one < two ? -1 : one > two;
}

int fwmark_compare(const struct fwmark_range *a, const struct fwmark_range *b)
{
	int order = compare_place(a, b);

	if (order == 0)
		order = memcmp(a->first, b->first, sizeof(a->first));
	if (order == 0)
		order = memcmp(a->last, b->last, sizeof(a->last));
	return order;
}

static void merge(const struct fwmark_range *from, uint32_t middle,
		  uint32_t count, struct fwmark_range *to)
{
	uint32_t a = 0, b = middle;

	for (uint32_t n = 0; n < count; n++) {
		bool first =
			b == count ||
			(a < middle && fwmark_compare(&from[a], &from[b]) <= 0);

		to[n] = from[first ? a++ : b++];
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Equal ones stay in their order. */
void fwmark_sort(struct fwmark_range *ranges, struct fwmark_range *spare,
		 uint32_t count)
{
	MUST(count <= FWMARK_CLAIMS_MAX);
	for (uint32_t width = 1; width < count; width *= 2) {
		for (uint32_t at = 0; at < count; at += 2 * width)
			merge(ranges + at, least(width, count - at),
			      least(2 * width, count - at), spare + at);
		memcpy(ranges, spare, count * sizeof(*ranges));
	}
}

/* The address after, or before, another one. */
static void step(uint8_t address[16], uint8_t family, int by)
{
	for (size_t n = ip_size(family); n-- > 0;) {
		uint8_t was = address[n];

		address[n] = (uint8_t)(was + by);
		if (was != (by > 0 ? UINT8_MAX : 0))
			return;
	}
}

/* A walk over addresses of one place, with the claims for each. */
struct sweep {
	const struct fwmark_claim *claims;
	const struct fwmark_range *sorted; /* `mark` is the claim's number */
	uint32_t next, end;                /* those that begin later */
	struct heap
		here; /* those that have begun, the first of the file first */
	struct fwmark_range *out;
	uint32_t count, room, last; /* `last`: the claim of the last range */
};

/* A claim that was cut where another one begins, which does not have it. */
static bool goes_on(struct sweep *s, const struct fwmark_range *of,
		    const uint8_t first[16], const uint8_t last[16])
{
	uint8_t after[16];

	if (s->last != of->mark)
		return false;
	memcpy(after, s->out[s->count - 1].last, sizeof(after));
	step(after, of->family, 1);
	if (memcmp(after, first, sizeof(after)) != 0)
		return false;
	memcpy(s->out[s->count - 1].last, last, sizeof(after));
	return true;
}

static void put(struct sweep *s, const struct fwmark_range *of,
		const uint8_t first[16], const uint8_t last[16])
{
	const struct fwmark_claim *claim = &s->claims[of->mark];

	if (!claim->mark || goes_on(s, of, first, last) || s->count == s->room)
		return;
	s->last = of->mark;
	s->out[s->count] = *of;
	s->out[s->count].mark = claim->mark;
	memcpy(s->out[s->count].first, first, 16);
	memcpy(s->out[s->count].last, last, 16);
	s->count++;
}

/* Who has begun at this address. */
static void begin(struct sweep *s, const uint8_t at[16])
{
	while (s->next < s->end &&
	       memcmp(s->sorted[s->next].first, at, 16) <= 0) {
		heap_set(&s->here, s->next, s->sorted[s->next].mark);
		s->next++;
	}
}

/* The first of the file that has this address, or HEAP_NONE. */
static uint32_t owner(struct sweep *s, const uint8_t at[16])
{
	uint32_t first;

	while ((first = heap_first(&s->here)) != HEAP_NONE &&
	       memcmp(s->sorted[first].last, at, 16) < 0)
		heap_set(&s->here, first, TICK_NEVER);
	return first;
}

/* Claims of one place, from s->next to s->end. */
static void sweep(struct sweep *s)
{
	uint8_t at[16], last[16];
	uint32_t first;

	memcpy(at, s->sorted[s->next].first, sizeof(at));
	for (;;) {
		begin(s, at);
		first = owner(s, at);
		if (first == HEAP_NONE) {
			if (s->next == s->end)
				return;
			memcpy(at, s->sorted[s->next].first, sizeof(at));
			continue;
		}
		memcpy(last, s->sorted[first].last, sizeof(last));
		if (s->next < s->end &&
		    memcmp(s->sorted[s->next].first, last, 16) <= 0) {
			memcpy(last, s->sorted[s->next].first, sizeof(last));
			step(last, s->sorted[first].family, -1);
		}
		put(s, &s->sorted[first], at, last);
		memcpy(at, last, sizeof(at));
		step(at, s->sorted[first].family, 1);
		if (memcmp(at, last, sizeof(at)) < 0) { /* none is behind it */
			while ((first = heap_first(&s->here)) != HEAP_NONE)
				heap_set(&s->here, first, TICK_NEVER);
			return;
		}
	}
}

size_t fwmark_memory(uint32_t claims)
{
	return 2 * (size_t)claims * sizeof(struct fwmark_range) +
	       heap_memory(claims);
}

uint32_t fwmark_ranges(const struct fwmark_claim *claims, uint32_t count,
		       struct fwmark_range *out, uint32_t room, void *memory)
{
	struct fwmark_range *sorted = memory;
	struct sweep s = { .claims = claims,
			   .sorted = sorted,
			   .out = out,
			   .room = room,
			   .last = UINT32_MAX };

	if (count > FWMARK_CLAIMS_MAX)
		count = FWMARK_CLAIMS_MAX;
	for (uint32_t n = 0; n < count; n++) {
		sorted[n] = (struct fwmark_range){
			.family = claims[n].first.family,
			.protocol = claims[n].protocol,
			.port = claims[n].port,
			.mark = n,
		};
		memcpy(sorted[n].first, claims[n].first.bytes, 16);
		memcpy(sorted[n].last, claims[n].last.bytes, 16);
	}
	fwmark_sort(sorted, sorted + count, count);
	heap_init(&s.here, sorted + 2 * (size_t)count, count);
	while (s.next < count) {
		s.end = s.next + 1;
		while (s.end < count &&
		       compare_place(&sorted[s.next], &sorted[s.end]) == 0)
			s.end++;
		sweep(&s);
	}
	return s.count;
}

void fwmark_differ(const struct fwmark_range *have, uint32_t have_count,
		   const struct fwmark_range *want, uint32_t want_count,
		   struct fwmark_steps *out)
{
	uint32_t h = 0, w = 0;

	out->removed_count = out->added_count = 0;
	while (h < have_count || w < want_count) {
		int order = h == have_count ? 1
			    : w == want_count
				    ? -1
				    : fwmark_compare(&have[h], &want[w]);

		if (order == 0 && have[h].mark == want[w].mark) {
			h++;
			w++;
			continue;
		}
		if (order <= 0)
			out->removed[out->removed_count++] = have[h++];
		if (order >= 0)
			out->added[out->added_count++] = want[w++];
	}
}

const struct fwmark_range *fwmark_find(const struct fwmark_range *ranges,
				       uint32_t count,
				       const struct fwmark_claim *claim)
{
	struct fwmark_range key = {
		.family = claim->first.family,
		.protocol = claim->protocol,
		.port = claim->port,
	};
	uint32_t low = 0, high = count;

	memcpy(key.first, claim->first.bytes, sizeof(key.first));
	memset(key.last, UINT8_MAX, sizeof(key.last));
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (fwmark_compare(&ranges[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || compare_place(&ranges[low - 1], &key) != 0 ||
	    memcmp(ranges[low - 1].last, key.first, sizeof(key.first)) < 0)
		return NULL;
	return &ranges[low - 1];
}

/* The numbers that somebody has, in order; of a group that has one of others it
 * is none any more. */
static uint32_t list_used(uint32_t *marks, uint32_t count,
			  const uint32_t *taken, uint32_t taken_count,
			  struct heap *by_mark, uint32_t *used)
{
	uint32_t n = 0, id;

	for (uint32_t k = 0; k < taken_count; k++)
		heap_set(by_mark, k, taken[k]);
	for (uint32_t k = 0; k < count; k++)
		if (marks[k])
			heap_set(by_mark, taken_count + k, marks[k]);
	while ((id = heap_first(by_mark)) != HEAP_NONE) {
		uint32_t mark = (uint32_t)heap_next(by_mark);

		heap_set(by_mark, id, TICK_NEVER);
		if (n == 0 || used[n - 1] != mark)
			used[n++] = mark;
		else if (id >= taken_count)
			marks[id - taken_count] = 0;
	}
	return n;
}

size_t fwmark_number_memory(uint32_t count, uint32_t taken_count)
{
	uint32_t all = count + taken_count;

	return heap_memory(all) + all * sizeof(uint32_t);
}

void fwmark_number(uint32_t *marks, uint32_t count, const uint32_t *taken,
		   uint32_t taken_count, uint32_t first, void *memory)
{
	uint32_t all = count + taken_count, used_count, at = 0;
	uint32_t *used =
		(uint32_t *)(void *)((char *)memory + heap_memory(all));
	struct heap by_mark;

	heap_init(&by_mark, memory, all);
	used_count =
		list_used(marks, count, taken, taken_count, &by_mark, used);
	for (uint32_t k = 0; k < count; k++) {
		if (marks[k])
			continue;
		while (at < used_count && used[at] <= first)
			first += used[at++] == first;
		marks[k] = first++;
	}
}
