/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/dump.h"

#include "base/map.h"
#include "base/must.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static_assert(LEDGER_DUMPS <= LEDGER_DUMPS_MAX, "there is room");
static_assert(LEDGER_STATS <= LEDGER_STATS_MAX, "there is room");

enum ledger_dump ledger_dump_of(int signal)
{
	switch (signal) {
	case SIGUSR1:
		return LEDGER_DUMP_STATE;
	case SIGUSR2:
		return LEDGER_DUMP_STATS;
	case DUMP_SIGNAL_STATS_CLEAR:
		return LEDGER_DUMP_STATS_CLEAR;
	case DUMP_SIGNAL_JSON:
		return LEDGER_DUMP_JSON;
	}
	return LEDGER_DUMPS;
}

static uint64_t load(const uint64_t *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

void ledger_dump_ask(struct ledger *l, enum ledger_dump dump)
{
	__atomic_add_fetch(&l->dumps_asked[dump], 1, __ATOMIC_RELEASE);
}

uint64_t ledger_dump_due(const struct ledger *l, enum ledger_dump dump)
{
	uint64_t asked = load(&l->dumps_asked[dump]);

	if (!ledger_has_runner(l) ||
	    load(&ledger_runner(l)->dumped[dump]) == asked)
		return 0;
	return asked;
}

void ledger_dump_made(struct ledger *l, enum ledger_dump dump, uint64_t asked)
{
	__atomic_store_n(&ledger_runner(l)->dumped[dump], asked,
			 __ATOMIC_RELEASE);
}

bool ledger_dump_is_due(const struct ledger *l)
{
	for (unsigned n = 0; n < LEDGER_DUMPS; n++)
		if (ledger_dump_due(l, (enum ledger_dump)n) > 0)
			return true;
	return false;
}

/* Or NULL, in the ledger of an earlier program. */
static struct ledger_cleared *cleared_at(const struct ledger *l, uint32_t index)
{
	if (index >= section_of(l, LEDGER_CLEARED)->count)
		return NULL;
	return section_record(l, LEDGER_CLEARED, index);
}

/* What was dropped of an instance for these reasons. */
static uint64_t dropped(struct ledger *l, uint32_t index, enum vrrp_drop one,
			enum vrrp_drop two)
{
	uint64_t count = ledger_count(l, LEDGER_DROPS, one, index);

	return two ? count + ledger_count(l, LEDGER_DROPS, two, index) : count;
}

static void read_whole(struct ledger *l, uint32_t index,
		       uint64_t stats[LEDGER_STATS])
{
	struct ledger_counters c;
	bool active = ledger_state(l, index) == VRRP_ACTIVE;

	ledger_read_counters(l, index, &c);
	memset(stats, 0, LEDGER_STATS * sizeof(*stats));
	stats[LEDGER_STAT_ADVERTS_RECEIVED] = c.adverts_received;
	stats[LEDGER_STAT_ADVERTS_SENT] = c.adverts_sent;
	stats[LEDGER_STAT_BECAME_ACTIVE] = c.became_active;
	stats[LEDGER_STAT_LEFT_ACTIVE] =
		c.became_active - (active && c.became_active > 0);
	stats[LEDGER_STAT_LENGTH] =
		dropped(l, index, VRRP_DROP_LENGTH, VRRP_DROP_TRUNCATED);
	stats[LEDGER_STAT_INTERVAL] = dropped(
		l, index, VRRP_DROP_INTERVAL_MISMATCH, VRRP_DROP_INTERVAL_ZERO);
	stats[LEDGER_STAT_TTL] = dropped(l, index, VRRP_DROP_TTL, 0);
	stats[LEDGER_STAT_TYPE] = dropped(l, index, VRRP_DROP_TYPE, 0);
	stats[LEDGER_STAT_ADDRESS_LIST] =
		dropped(l, index, VRRP_DROP_ADDRESS_LIST, 0);
	stats[LEDGER_STAT_AUTH_MISMATCH] = dropped(
		l, index, VRRP_DROP_AUTH_TYPE, VRRP_DROP_PASSWORD_MISSING);
	stats[LEDGER_STAT_AUTH_FAILURE] =
		dropped(l, index, VRRP_DROP_PASSWORD_WRONG, 0);
	stats[LEDGER_STAT_RESIGNS_RECEIVED] = c.resigns_received;
	stats[LEDGER_STAT_RESIGNS_SENT] = c.resigns_sent;
}

void ledger_read_stats(struct ledger *l, uint32_t index,
		       uint64_t stats[LEDGER_STATS])
{
	const struct ledger_cleared *c = cleared_at(l, index);

	read_whole(l, index, stats);
	/* A count may be less than it was: that of a `vrrp` without a past. */
	for (unsigned n = 0; c && n < LEDGER_STATS; n++)
		if (stats[n] >= c->stats[n])
			stats[n] -= c->stats[n];
}

void ledger_clear_stats(struct ledger *l, uint32_t index)
{
	struct ledger_cleared *c = cleared_at(l, index);

	if (c)
		read_whole(l, index, c->stats);
}

static bool has_name(const void *context, uint32_t number, const void *key)
{
	return ledger_has_name(context, number, key);
}

static void inherit_cleared(struct ledger *l, const struct ledger *before)
{
	uint32_t count = section_of(before, LEDGER_CLEARED)->count;
	void *memory = count ? malloc(map_memory(count)) : NULL;
	struct map names;

	if (!memory) /* then they count from the beginning */
		return;
	map_init(&names, memory, count, has_name, before);
	for (uint32_t n = 0; n < count; n++) {
		const char *name = ledger_name(before, n);

		map_put(&names, map_hash(name, strlen(name)), n);
	}
	for (uint32_t n = 0; n < ledger_instances(l); n++) {
		const char *name = ledger_name(l, n);
		uint32_t old =
			map_find(&names, map_hash(name, strlen(name)), name);

		if (old != MAP_NONE)
			*cleared_at(l, n) = *cleared_at(before, old);
	}
	free(memory);
}

void ledger_inherit_dumps(struct ledger *l, const struct ledger *before)
{
	if (!ledger_has_runner(before))
		return;
	memcpy(l->dumps_asked, before->dumps_asked, sizeof(l->dumps_asked));
	memcpy(ledger_runner(l)->dumped, ledger_runner(before)->dumped,
	       sizeof(ledger_runner(l)->dumped));
	inherit_cleared(l, before);
}
