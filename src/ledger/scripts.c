/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of scripts: a ledger that an earlier program made has no book
 * of them, and then there are none.
 */
#include "ledger/ledger.h"

#include "base/map.h"
#include "base/must.h"
#include "ledger/copy.h"

#include <stdlib.h>
#include <string.h>

uint32_t ledger_scripts(const struct ledger *l)
{
	return section_of(l, LEDGER_SCRIPTS)->count;
}

bool ledger_has_runner(const struct ledger *l)
{
	return section_of(l, LEDGER_RUNNER)->count > 0;
}

struct ledger_runner *ledger_runner(const struct ledger *l)
{
	return section_record(l, LEDGER_RUNNER, 0);
}

struct ledger_script *ledger_script_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_SCRIPTS)->stride >=
	     sizeof(struct ledger_script));
	return section_record(l, LEDGER_SCRIPTS, index);
}

struct ledger_result *ledger_result_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_RESULTS)->stride >=
	     sizeof(struct ledger_result));
	return section_record(l, LEDGER_RESULTS, index);
}

const char *ledger_script_name(const struct ledger *l, uint32_t index)
{
	struct ledger_script script;
	struct part part =
		part_of(l, LEDGER_SCRIPTS, index, &script, sizeof(script));

	part_copy(&part);
	return ledger_text(l, script.name);
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
	return copy->script < ledger_scripts(l);
}

bool ledger_read_result(const struct ledger *l, uint32_t index,
			struct ledger_result *copy)
{
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
	return whole;
}

static bool has_name(const void *context, uint32_t number, const void *name)
{
	return strcmp(ledger_script_name(context, number), name) == 0;
}

static uint32_t hash_of(const char *name)
{
	return map_hash(name, strlen(name));
}

void ledger_inherit_results(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_scripts(before);
	void *memory = count ? malloc(map_memory(count)) : NULL;
	struct map names;

	if (!memory) /* then they are run anew */
		return;
	map_init(&names, memory, count, has_name, before);
	for (uint32_t n = 0; n < count; n++)
		map_put(&names, hash_of(ledger_script_name(before, n)), n);
	for (uint32_t n = 0; n < ledger_scripts(l); n++) {
		const char *name = ledger_script_name(l, n);
		uint32_t old = map_find(&names, hash_of(name), name);
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
