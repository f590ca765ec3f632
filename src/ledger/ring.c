/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of events. Two processes append, the one that serves and the keeper,
 * and neither waits for the other. A process that was taken over may have
 * written anything here: ledger_mend_ring().
 */
#include "ledger/ledger.h"

#include "sys/clock.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* A number of events that counting has brought about. */
#define EVENTS_BELIEVED (UINT64_C(1) << 62)

static_assert(offsetof(struct ledger_event, sequence) == 0, "comes first");

static struct ledger_event *slot_of(struct ledger *l, uint64_t number)
{
	uint32_t slots = section_of(l, LEDGER_RING)->count;

	return section_record(l, LEDGER_RING, (uint32_t)(number % slots));
}

/*
 * Takes a slot for an event, or says that its event is lost: another process
 * is in the middle of that slot (it slept or died a whole round of the ring
 * ago), or has put a newer event there already. Nobody ever waits.
 */
static bool take_slot(struct ledger_event *slot, uint64_t number)
{
	uint32_t s = __atomic_load_n(&slot->sequence, __ATOMIC_RELAXED);

	if (s % 2 == 1 ||
	    !__atomic_compare_exchange_n(&slot->sequence, &s, s + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (slot->number < number)
		return true;
	ledger_end(&slot->sequence);
	return false;
}

uint64_t ledger_newest(const struct ledger *l)
{
	uint64_t newest =
		__atomic_load_n(&ledger_server(l)->events, __ATOMIC_ACQUIRE);

	return newest <= EVENTS_BELIEVED ? newest : 0;
}

/* What is in a slot can be read, or be followed by another event. */
static bool is_sound(const struct ledger_event *slot, uint64_t newest)
{
	return slot->sequence % 2 == 0 && slot->number <= newest;
}

void ledger_mend_ring(struct ledger *l)
{
	const struct section *ring = section_of(l, LEDGER_RING);

	ledger_server(l)->events = ledger_newest(l);
	for (uint32_t n = 0; n < ring->count; n++) {
		struct ledger_event *slot = section_record(l, LEDGER_RING, n);

		if (!is_sound(slot, ledger_server(l)->events))
			memset(slot, 0, ring->stride);
	}
}

void ledger_append(struct ledger *l, const struct ledger_event *event)
{
	uint64_t number = __atomic_add_fetch(&ledger_server(l)->events, 1,
					     __ATOMIC_ACQ_REL);
	struct ledger_event *slot = slot_of(l, number);
	struct ledger_event filled = *event;

	filled.number = number;
	filled.time = clock_now();
	filled.time_real = clock_real_now();
	if (filled.instance != LEDGER_NO_INSTANCE)
		snprintf(filled.name, sizeof(filled.name), "%s",
			 ledger_name(l, filled.instance));
	filled.name[sizeof(filled.name) - 1] = 0;

	if (!take_slot(slot, number))
		return;
	memcpy((char *)slot + sizeof(slot->sequence),
	       (char *)&filled + sizeof(filled.sequence),
	       section_common(section_of(l, LEDGER_RING), sizeof(filled)) -
		       sizeof(filled.sequence));
	ledger_end(&slot->sequence);
}

/* The index of the instance of that name, first where it was. */
static uint32_t instance_named(struct ledger *l, const char *name,
			       uint32_t before)
{
	if (before < ledger_instances(l) && ledger_has_name(l, before, name))
		return before;
	for (uint32_t n = 0; n < ledger_instances(l); n++)
		if (ledger_has_name(l, n, name))
			return n;
	return LEDGER_NO_INSTANCE;
}

/* Two processes append, one event each at a time; be generous. */
#define EVENTS_UNDER_WAY 64

void ledger_inherit_events(struct ledger *l, struct ledger *before, bool ended)
{
	uint64_t newest = ledger_server(before)->events;
	uint64_t first = newest > LEDGER_EVENTS ? newest - LEDGER_EVENTS : 0;

	/* A number that no counting gets to would be counted up to. */
	if (newest > EVENTS_BELIEVED)
		return;
	if (first < ledger_server(l)->events)
		first = ledger_server(l)->events;
	for (uint64_t number = first + 1; number - 1 < newest; number++) {
		struct ledger_event *slot = slot_of(l, number);

		if (!ledger_read_event(before, number, slot)) {
			if (ended || newest - number >= EVENTS_UNDER_WAY)
				continue;
			newest = number - 1;
			break;
		}
		slot->sequence = 0;
		if (slot->instance != LEDGER_NO_INSTANCE)
			slot->instance =
				instance_named(l, slot->name, slot->instance);
	}
	ledger_server(l)->events = newest;
}

bool ledger_read_event(struct ledger *l, uint64_t number,
		       struct ledger_event *copy)
{
	uint64_t slots = section_of(l, LEDGER_RING)->count, before;
	struct ledger_event *slot = slot_of(l, number);
	struct ledger_event event;
	struct part part = {
		&event,
		sizeof(event),
		slot,
		section_common(section_of(l, LEDGER_RING), sizeof(event)),
	};

	if (number == 0 || number > ledger_newest(l))
		return false;
	/* The event itself, or the place where it is being written. */
	before = __atomic_load_n(&slot->number, __ATOMIC_RELAXED);
	if (before != number && before != 0 && number - before != slots)
		return false;
	if (!parts_copy(&slot->sequence, &part, 1) || event.number != number)
		return false;
	event.name[sizeof(event.name) - 1] = '\0';
	*copy = event;
	return true;
}
