/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of scripts, files, processes and virtual servers that are
 * tracked: a ledger that an earlier program made may have no book of them, and
 * then there are none.
 */
#include "ledger/ledger.h"

#include "base/map.h"
#include "base/must.h"
#include "ledger/checks.h"
#include "ledger/copy.h"
#include "ledger/lvs.h"
#include "lvs/save.h"
#include "sys/clock.h"

#include <stdlib.h>
#include <string.h>

uint32_t ledger_targets(const struct ledger *l)
{
	return section_of(l, LEDGER_TARGETS)->count;
}

bool ledger_has_runner(const struct ledger *l)
{
	return section_of(l, LEDGER_RUNNER)->count > 0;
}

struct ledger_runner *ledger_runner(const struct ledger *l)
{
	return section_record(l, LEDGER_RUNNER, 0);
}

uint64_t ledger_beat(const struct ledger *l, enum ledger_book book)
{
	const uint64_t *beat = NULL;

	if (book == LEDGER_BOOK_SERVER)
		beat = &ledger_server(l)->heartbeat;
	else if (book == LEDGER_BOOK_RUNNER && ledger_has_runner(l))
		beat = &ledger_runner(l)->heartbeat;
	else if (book == LEDGER_BOOK_MAILER && ledger_has_mailer(l))
		beat = &ledger_mailer(l)->heartbeat;
	else if (book == LEDGER_BOOK_CHECKER && ledger_has_checker(l))
		beat = &ledger_checker(l)->heartbeat;
	else if (book == LEDGER_BOOK_LVS && ledger_has_lvs(l))
		beat = &ledger_lvs(l)->heartbeat;
	return beat ? __atomic_load_n(beat, __ATOMIC_RELAXED) : 0;
}

struct ledger_target *ledger_target_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_TARGETS)->stride >=
	     sizeof(struct ledger_target));
	return section_record(l, LEDGER_TARGETS, index);
}

struct ledger_result *ledger_result_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_RESULTS)->stride >=
	     sizeof(struct ledger_result));
	return section_record(l, LEDGER_RESULTS, index);
}

static struct ledger_target copy_target(const struct ledger *l, uint32_t index)
{
	struct ledger_target target = { 0 };
	struct part part =
		part_of(l, LEDGER_TARGETS, index, &target, sizeof(target));

	part_copy(&part);
	return target;
}

const char *ledger_target_name(const struct ledger *l, uint32_t index)
{
	return ledger_text(l, copy_target(l, index).name);
}

enum vrrp_target ledger_target_kind(const struct ledger *l, uint32_t index)
{
	unsigned kind = copy_target(l, index).kind;

	return kind < VRRP_TARGETS ? (enum vrrp_target)kind
				   : VRRP_TARGET_SCRIPT;
}

struct ledger_tracker *ledger_tracker_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_TRACKERS)->stride >=
	     sizeof(struct ledger_tracker));
	return section_record(l, LEDGER_TRACKERS, index);
}

bool ledger_copy_tracker(const struct ledger *l, uint32_t index,
			 struct ledger_tracker *copy)
{
	struct part part;

	*copy = (struct ledger_tracker){ 0 };
	if (index >= section_of(l, LEDGER_TRACKERS)->count)
		return false;
	part = part_of(l, LEDGER_TRACKERS, index, copy, sizeof(*copy));
	part_copy(&part);
	return copy->target < ledger_targets(l);
}

/*
 * Whether a virtual server has its quorum, as `lvs` says. Until that has begun
 * with this ledger it counts as before. False: it is just being written.
 */
static bool read_quorum(const struct ledger *l,
			const struct ledger_target *target,
			struct ledger_result *copy)
{
	struct ledger_lvs_virtual is;
	struct lvs_saved_service saved;
	struct lvs_service core = { 0 };
	tick_t age;

	if (!ledger_lvs_is_numbered(l))
		return true;
	if (target->number >= ledger_lvs_used_virtuals(l))
		return false;
	ledger_read_lvs_virtual(l, target->number, &is);
	memcpy(&saved, is.saved, sizeof(saved));
	if (is.key != target->key ||
	    !lvs_read_service(&saved, is.length, &core) ||
	    (core.quorum != LVS_HEALTH_UP && core.quorum != LVS_HEALTH_DOWN))
		return true;
	copy->verdict = core.quorum == LVS_HEALTH_UP ? LEDGER_VERDICT_GOOD
						     : LEDGER_VERDICT_BAD;
	age = core.since > 0 ? clock_now() - core.since : -1;
	copy->since_real = age >= 0 ? clock_real_now() - age : 0;
	return true;
}

bool ledger_read_result(const struct ledger *l, uint32_t index,
			struct ledger_result *copy)
{
	const struct ledger_target target = copy_target(l, index);
	struct part part =
		part_of(l, LEDGER_RESULTS, index, copy, sizeof(*copy));
	const struct ledger_result *record = part.record;
	bool whole = parts_copy(&record->sequence, &part, 1);

	/* Who writes it runs users' scripts: nothing is believed. */
	if (copy->verdict >= LEDGER_VERDICTS)
		copy->verdict = LEDGER_VERDICT_NONE;
	if (copy->how >= LEDGER_HOWS)
		copy->how = LEDGER_HOW_NONE;
	copy->running = copy->running != 0;
	copy->output[sizeof(copy->output) - 1] = '\0';
	if (target.kind == VRRP_TARGET_VIRTUAL)
		whole &= read_quorum(l, &target, copy);
	return whole;
}

/* What one is found by. */
struct wanted {
	const char *name;
	enum vrrp_target kind;
};

static struct wanted wanted_of(const struct ledger *l, uint32_t n)
{
	return (struct wanted){ ledger_target_name(l, n),
				ledger_target_kind(l, n) };
}

static bool is_wanted(const void *context, uint32_t number, const void *key)
{
	const struct wanted is = wanted_of(context, number), *wanted = key;

	return is.kind == wanted->kind && strcmp(is.name, wanted->name) == 0;
}

static uint32_t hash_of(const struct wanted *wanted)
{
	return map_hash(wanted->name, strlen(wanted->name));
}

void ledger_inherit_results(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_targets(before);
	void *memory = count ? malloc(map_memory(count)) : NULL;
	struct map names;

	if (ledger_has_runner(l)) {
		ledger_runner(l)->begun = true;
		ledger_runner(l)->startup = LEDGER_STARTUP_OVER;
	}
	if (!memory) /* then they are looked at anew */
		return;
	map_init(&names, memory, count, is_wanted, before);
	for (uint32_t n = 0; n < count; n++) {
		struct wanted wanted = wanted_of(before, n);

		map_put(&names, hash_of(&wanted), n);
	}
	for (uint32_t n = 0; n < ledger_targets(l); n++) {
		struct wanted wanted = wanted_of(l, n);
		uint32_t old = map_find(&names, hash_of(&wanted), &wanted);
		struct ledger_result *to = ledger_result_at(l, n), copy;

		if (old == MAP_NONE)
			continue;
		(void)ledger_read_result(before, old, &copy);
		if (copy.verdict == LEDGER_VERDICT_UNUSABLE)
			continue; /* it may be usable now */
		copy.sequence = 0;
		copy.running = false;
		*to = copy;
	}
	free(memory);
}
