/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: vrrp_script, track_script and how scripts are
 * run; and what is wrong with them beside each other. keepalived.conf(5).
 */
#include "base/map.h"
#include "conf/model/command.h"
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <string.h>

#define WEIGHT(s, m) .type = &conf_type_weight, QUIET_FIELD(s, m)
#define USER(s, m)   .type = &conf_type_user, QUIET_FIELD(s, m)

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_script, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of the script",
		 "vrrp_script c {\n script /bin/true\n}", NULL),
};

static const struct conf_row script_rows[] = {
	ROW_WITH("script", NAME(conf_script, command, CONF_COMMAND_MAX),
		 .flags = CONF_MUST,
		 "the command to run; quote it if it has arguments",
		 "script \"/usr/bin/pgrep nginx\"", "script"),
	ROW("interval",
	    TIME(conf_script, interval, TICK_MILLISECOND, DAY, TICK_SECOND),
	    "the time from one start of the script to the next",
	    "interval 2", "interval 0"),
	ROW_WITH("timeout", TIME(conf_script, timeout, 0, DAY, 0),
		 .flags = CONF_QUIET,
		 "the time after which the script is ended and has failed; "
		 "default: the interval",
		 "timeout 2", "timeout -1"),
	ROW("rise", NUMBER(conf_script, rise, 1, 1000000, 1),
	    "how many successes in a row make it good", "rise 2", "rise 0"),
	ROW("fall", NUMBER(conf_script, fall, 1, 1000000, 1),
	    "how many failures in a row make it bad", "fall 2", "fall 0"),
	ROW("init_fail", FLAG(conf_script, init_fail, 1),
	    "assume that it is bad until its first result", "init_fail",
	    "init_fail 5"),
	ROW("user", USER(conf_script, user),
		 "the user, and the group, that run the script; default: "
		 "script_user",
		 "user nobody", "user"),
	ROW("weight", WEIGHT(conf_script, weight),
		 "what it adds to the priority: a positive weight while it is "
		 "good, a negative one while it is bad; reverse turns the "
		 "sign around; 0: who tracks it is in FAULT while it is bad",
		 "weight 10 reverse", "weight 300"),
};

static const struct conf_row tracked_heads[] = {
	ROW_WITH("script", NAME(conf_tracked_script, name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of a vrrp_script", "check",
		 NULL),
};

static const struct conf_row tracked_rows[] = {
	ROW("weight", WEIGHT(conf_tracked_script, weight),
		 "what it adds to the priority of this virtual router; "
		 "default: the weight of the vrrp_script",
		 "weight -20", "weight 300"),
};

static const struct conf_row global_rows[] = {
	ROW("script_user", USER(conf_global, scripts.user),
		 "the user, and the group, that run scripts; default: "
		 "keepalived_script if there is such a user, else root",
		 "script_user nobody", "script_user"),
	ROW("enable_script_security", FLAG(conf_global, scripts.security, 1),
	    "run no script as root that others than root can change",
	    "enable_script_security", "enable_script_security 5"),
	ROW("use_symlink_paths", FLAG(conf_global, scripts.keep_symlinks, 1),
	    "run scripts by the path that is written, without following "
	    "symbolic links first",
	    "use_symlink_paths", "use_symlink_paths 5"),
	ROW("set_supplementary_groups",
	    FLAG(conf_global, scripts.supplementary, 1),
	    "give scripts all groups of their user",
	    "set_supplementary_groups", "set_supplementary_groups 5"),
};

static const struct conf_row instance_rows[] = {
	{
		.word = "track_script", .type = &conf_type_lines,
		LIST(conf_instance, tracked_scripts, tracked_script_count,
		     conf_block_tracked_script),
		.help = "the vrrp_scripts that must succeed; with a weight, "
			"each adds to the priority instead",
		.good = "track_script {\n check\n}",
		.bad = "track_script check",
	},
};

static const struct conf_row top_rows[] = {
	{
		.word = "vrrp_script", .type = &conf_type_block,
		LIST(conf_model, scripts, script_count, conf_block_script),
		.help = "a command that is run again and again, for "
			"track_script",
		.good = "vrrp_script c {\n script /bin/true\n}",
		.bad = "vrrp_script",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_script_global = ROWS(global_rows);
const struct conf_rows conf_rows_script_instance = ROWS(instance_rows);
const struct conf_rows conf_rows_script_top = ROWS(top_rows);

const struct conf_block conf_block_scripts = {
	.name = "scripts",
	.parts = { &conf_rows_script_top },
};

static bool same_script(const void *a, const void *b)
{
	const struct conf_script *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_script(const void *item)
{
	const struct conf_script *one = item;

	return map_hash(one->name, strlen(one->name));
}

/* As keepalived splits it, when it is run. */
static void finish_script(struct conf_reader *r, void *object,
			  const struct conf_note *note)
{
	struct conf_script *one = object;
	struct conf_place place =
		conf_note_place(note, offsetof(struct conf_script, command));
	struct command command;

	if (one->command && !command_split(&command, one->command))
		conf_report_ignored(r->report, &place,
				    "write a command of at most 255 words",
				    "this is no command");
	if (one->command && !command_split(&command, one->command))
		one->command = NULL;
}

const struct conf_block conf_block_script = {
	.name = "vrrp_script",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(script_rows) },
	.size = sizeof(struct conf_script),
	.span = offsetof(struct conf_script, span),
	.items_max = CONF_SCRIPTS_MAX,
	.finish = finish_script,
	.same = same_script,
	.hash = hash_script,
	.noun = "vrrp_script",
};

static bool same_tracked(const void *a, const void *b)
{
	const struct conf_tracked_script *one = a, *two = b;

	return strcmp(one->name, two->name) == 0;
}

static uint32_t hash_tracked(const void *item)
{
	const struct conf_tracked_script *one = item;

	return map_hash(one->name, strlen(one->name));
}

const struct conf_block conf_block_tracked_script = {
	.name = "track_script",
	.heads = ROWS(tracked_heads),
	.heads_least = 1,
	.parts = { PART(tracked_rows) },
	.size = sizeof(struct conf_tracked_script),
	.span = offsetof(struct conf_tracked_script, span),
	.items_max = CONF_TRACKED_MAX,
	.same = same_tracked,
	.hash = hash_tracked,
	.noun = "tracked script",
};

/* Scripts by name: of a list, where its number is looked for. */
static bool same_name(const void *context, uint32_t a, uint32_t b)
{
	const struct conf_script *list = context;

	return list[a].name == list[b].name; /* texts are kept once */
}

static uint32_t name_hash(const char *name)
{
	return map_hash(&name, sizeof(name));
}

/* Of two of one name the first counts; one without a command is none. */
static void drop_scripts(struct conf_reader *r, struct conf_model *m)
{
	struct conf_index index = { .same = same_name, .context = m->scripts };
	uint32_t kept = 0;

	for (uint32_t n = 0; n < m->script_count; n++) {
		struct conf_script one = m->scripts[n];
		struct conf_place place = { .span = one.span };
		uint32_t found;

		if (!one.command) {
			conf_report_ignored(r->report, &place,
					    "write: script \"/bin/check\"",
					    "vrrp_script %s has no script; it "
					    "is left out",
					    one.name);
			continue;
		}
		m->scripts[kept] = one;
		found = conf_index_put(&index, r->memory, name_hash(one.name),
				       kept);
		if (found == CONF_INDEX_NONE)
			kept++;
		else
			conf_report_ignored(r->report, &place,
					    "give each script a name of its "
					    "own",
					    "there is a vrrp_script %s "
					    "already, in line %u; this one is "
					    "left out",
					    one.name,
					    m->scripts[found].span.line);
	}
	m->script_count = kept;
	conf_index_free(&index, r->memory);
}

/* Why an entry does not count, or NULL. `earlier` of the list are kept. */
static const char *useless(const struct conf_model *m,
			   const struct conf_instance *c,
			   const struct conf_tracked_script *one,
			   size_t earlier)
{
	if (conf_script_weight(m, one).value != 0 &&
	    c->vrrp.priority == VRRP_PRIORITY_OWNER)
		return "priority 255 is never changed";
	for (size_t i = 0; i < earlier; i++)
		if (c->tracked_scripts[i].script == one->script)
			return "it stands in the list already";
	return NULL;
}

/* An instance's list, and which scripts are used. */
static void finish_list(struct conf_reader *r, struct conf_model *m,
			const struct map *names, struct conf_instance *c,
			bool *used)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->tracked_script_count; i++) {
		struct conf_tracked_script one = c->tracked_scripts[i];
		struct conf_place place = { .span = one.span };
		const char *why = "there is no such vrrp_script";

		one.script = map_find(names, name_hash(one.name), one.name);
		if (one.script != MAP_NONE) {
			used[one.script] = true;
			why = useless(m, c, &one, kept);
		}
		if (why)
			conf_report_ignored(r->report, &place, NULL,
					    "%s in track_script has no "
					    "effect: %s",
					    one.name, why);
		else
			c->tracked_scripts[kept++] = one;
	}
	c->tracked_script_count = kept;
}

static bool named(const void *context, uint32_t number, const void *key)
{
	const struct conf_script *list = context;

	return strcmp(list[number].name, key) == 0;
}

/* The scripts of a model by their names; false: no memory. */
static bool index_names(struct arena *arena, const struct conf_model *m,
			struct map *names, uint32_t (*hash)(const char *name))
{
	uint32_t capacity = m->script_count ? m->script_count : 1;
	void *memory = arena_alloc(arena, map_memory(capacity));

	if (!memory)
		return false;
	map_init(names, memory, capacity, named, m->scripts);
	for (uint32_t n = 0; n < m->script_count; n++)
		map_put(names, hash(m->scripts[n].name), n);
	return true;
}

void conf_scripts_finish(struct conf_reader *r, struct conf_model *m)
{
	struct map names;
	bool *used;

	drop_scripts(r, m);
	used = arena_alloc(r->scratch, m->script_count * sizeof(*used));
	if (!used || !index_names(r->scratch, m, &names, name_hash)) {
		r->memory->failed = true;
		return;
	}
	for (uint32_t i = 0; i < m->instance_count; i++)
		finish_list(r, m, &names, &m->instances[i], used);
	for (uint32_t n = 0; n < m->script_count; n++) {
		struct conf_place place = { .span = m->scripts[n].span };

		if (!used[n])
			conf_report(r->report, CONF_NOTE, &place, NULL,
				    "nothing tracks vrrp_script %s; it is not "
				    "run",
				    m->scripts[n].name);
	}
}

static uint32_t text_hash(const char *name)
{
	return map_hash(name, strlen(name));
}

bool conf_scripts_derive(struct arena *arena, struct conf_model *m)
{
	struct map names;

	if (!index_names(arena, m, &names, text_hash))
		return false;
	for (uint32_t i = 0; i < m->instance_count; i++) {
		struct conf_instance *c = &m->instances[i];

		for (uint32_t k = 0; k < c->tracked_script_count; k++) {
			struct conf_tracked_script *one =
				&c->tracked_scripts[k];

			one->script = map_find(&names, text_hash(one->name),
					       one->name);
			if (one->script == MAP_NONE)
				return false;
		}
	}
	return true;
}
