/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has become of scripts that are told of changes. */
#include "ledger/ledger.h"

#include "base/map.h"
#include "base/must.h"
#include "ledger/copy.h"

#include <stdlib.h>
#include <string.h>

struct ledger_notified *ledger_notified_at(struct ledger *l, uint32_t index)
{
	MUST(section_of(l, LEDGER_NOTIFIED)->stride >=
	     sizeof(struct ledger_notified));
	return section_record(l, LEDGER_NOTIFIED, index);
}

bool ledger_read_notified(const struct ledger *l, uint32_t index,
			  struct ledger_notified *copy)
{
	struct part part;
	bool whole;

	*copy = (struct ledger_notified){ 0 };
	if (index >= section_of(l, LEDGER_NOTIFIED)->count)
		return false; /* of an earlier program */
	part = part_of(l, LEDGER_NOTIFIED, index, copy, sizeof(*copy));
	whole = parts_copy(
		&((const struct ledger_notified *)part.record)->sequence, &part,
		1);
	/* As of scripts (targets.c). */
	copy->running = copy->running != 0;
	if (copy->how >= LEDGER_HOWS)
		copy->how = LEDGER_HOW_NONE;
	copy->word[sizeof(copy->word) - 1] = '\0';
	copy->output[sizeof(copy->output) - 1] = '\0';
	return whole;
}

uint64_t ledger_untold(const struct ledger *l, uint32_t index)
{
	struct ledger_changes c;
	uint64_t told = ledger_told(l, LEDGER_TELLS_SCRIPTS, index).states;

	ledger_copy_changes(l, index, &c);
	if (told < c.told[LEDGER_TELLS_SCRIPTS].states)
		told = c.told[LEDGER_TELLS_SCRIPTS].states;
	return c.count > told ? c.count - told : 0;
}

/* Whoever may be followed: instances, and behind them groups. */
struct followed {
	const char *name;
	bool is_group;
	uint32_t follower; /* plus 1; 0: nobody follows it */
};

static struct followed followed_at(const struct ledger *l, uint32_t number)
{
	uint32_t instances = ledger_instances(l);
	struct ledger_configured instance;
	struct ledger_group group;

	if (number < instances) {
		ledger_copy_configured(l, number, &instance);
		return (struct followed){ ledger_text(l, instance.name), false,
					  instance.follower };
	}
	ledger_copy_group(l, number - instances, &group);
	return (struct followed){ ledger_text(l, group.name), true,
				  group.follower };
}

static bool is_followed(const void *context, uint32_t number, const void *key)
{
	const struct followed is = followed_at(context, number), *wanted = key;

	return is.is_group == wanted->is_group &&
	       strcmp(is.name, wanted->name) == 0;
}

static uint32_t hash_of(const struct followed *of)
{
	return map_hash(of->name, strlen(of->name));
}

static uint32_t notified_count(const struct ledger *l)
{
	return section_of(l, LEDGER_NOTIFIED)->count;
}

static void inherit(struct ledger *l, const struct ledger *before,
		    const struct followed *to, const struct map *names)
{
	uint32_t number = map_find(names, hash_of(to), to);
	struct ledger_notified copy, *record;
	struct followed from;

	if (number == MAP_NONE)
		return;
	from = followed_at(before, number);
	if (from.follower == 0 || from.follower > notified_count(before) ||
	    to->follower > notified_count(l))
		return;
	(void)ledger_read_notified(before, from.follower - 1, &copy);
	record = ledger_notified_at(l, to->follower - 1);
	copy.sequence = record->sequence;
	*record = copy;
}

void ledger_inherit_notified(struct ledger *l, const struct ledger *before)
{
	uint32_t count = ledger_instances(before) + ledger_groups(before);
	void *memory = notified_count(l) > 0 && notified_count(before) > 0
			       ? malloc(map_memory(count + 1))
			       : NULL;
	struct map names;

	if (!memory) /* then nothing is known of them */
		return;
	map_init(&names, memory, count + 1, is_followed, before);
	for (uint32_t n = 0; n < count; n++) {
		struct followed one = followed_at(before, n);

		if (one.follower > 0)
			map_put(&names, hash_of(&one), n);
	}
	for (uint32_t n = 0; n < ledger_instances(l) + ledger_groups(l); n++) {
		struct followed one = followed_at(l, n);

		if (one.follower > 0)
			inherit(l, before, &one, &names);
	}
	free(memory);
}
