/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of the keyword table: vrrp_track_process, processes of others on this
 * machine. keepalived.conf(5).
 */
#include "conf/model/finish.h"
#include "conf/model/rows.h"

#include <stddef.h>
#include <string.h>

#define AT(field) ((uint32_t)offsetof(struct conf_track_process, field))

#define DELAY(m)                                                               \
	TIME(conf_track_process, m, TICK_MICROSECOND, 3600 * TICK_SECOND, 0)

/* The kernel keeps so much of a name (/proc/PID/comm, proc(5)). */
#define COMM_MAX 15

/* clang-format off */
static const struct conf_row heads[] = {
	ROW_WITH("name", NAME(conf_track_process, is.name, CONF_NAME_MAX),
		 .flags = CONF_MUST, "the name of it, for track_process",
		 "vrrp_track_process p {\n process nginx\n}", NULL),
};

static const struct conf_row process_rows[] = {
	{
		.word = "process", .type = &conf_type_word_list,
		FIELD(conf_track_process, process),
		.flags = CONF_MUST | CONF_SPARED,
		.maximum = CONF_COMMAND_MAX,
		.help = "the name of the process as ps -o comm shows it; with "
			"arguments, or with full_command or param_match, the "
			"command as it was started",
		.good = "process nginx", .bad = "process",
	},
	{
		.word = "param_match", .type = &conf_type_match,
		QUIET_FIELD(conf_track_process, match),
		.minimum = CONF_MATCH_NONE, .maximum = CONF_MATCH_INITIAL,
		.otherwise = CONF_MATCH_NONE,
		.help = "partial: the process may have more arguments behind "
			"those that are written; initial: and the last one "
			"that is written may be the beginning of one; alone: "
			"it has just these arguments, or none",
		.good = "param_match initial", .bad = "param_match some",
	},
	ROW("full_command", FLAG(conf_track_process, full_command, 1),
	    "compare the command as it was started, not the name of the "
	    "process",
	    "full_command", "full_command 5"),
	ROW("quorum", NUMBER(conf_track_process, quorum, 1, CONF_QUORUM_MAX, 1),
	    "how many such processes must run", "quorum 2", "quorum 0"),
	ROW_WITH("quorum_max",
		 NUMBER(conf_track_process, quorum_max, 0, CONF_QUORUM_MAX,
			CONF_QUORUM_MAX), .flags = CONF_QUIET,
		 "how many such processes may run; 0: none; default: any number",
		 "quorum_max 4", "quorum_max 70000"),
	ROW_WITH("fork_delay", DELAY(fork_delay), .flags = CONF_QUIET,
		 "how long what a fork changed must last before it counts",
		 "fork_delay 0.5", "fork_delay 3601"),
	ROW_WITH("terminate_delay", DELAY(terminate_delay),
		 .flags = CONF_QUIET,
		 "how long what the end of a process changed must last before "
		 "it counts",
		 "terminate_delay 0.5", "terminate_delay 3601"),
	ROW_WITH("delay", DELAY(delay), .flags = CONF_QUIET,
		 "both fork_delay and terminate_delay", "delay 1",
		 "delay 3601"),
	ROW("weight", WEIGHT(conf_track_process, is.weight, CONF_WEIGHT_WIDE),
		 "what it adds to the priority: a positive weight while the "
		 "quorum is met, a negative one while it is not; reverse turns "
		 "the sign around; 0: who tracks it is in FAULT without the "
		 "quorum; default 0",
		 "weight 10 reverse", "weight 300"),
};

static const struct conf_row top_rows[] = {
	{
		.word = "vrrp_track_process", .type = &conf_type_block,
		LIST(conf_model, processes, process_count,
		     conf_block_track_process),
		.help = "processes of one name on this machine, for "
			"track_process",
		.good = "vrrp_track_process p {\n process nginx\n}",
		.bad = "vrrp_track_process",
	},
};
/* clang-format on */

const struct conf_rows conf_rows_track_process = ROWS(top_rows);

/* Whether a word was written behind another one. */
static bool is_behind(const struct conf_note *note, uint32_t one,
		      uint32_t other)
{
	const struct conf_mark *a = conf_note_find(note, one);
	const struct conf_mark *b = conf_note_find(note, other);

	if (!a || !b)
		return a;
	return a->span.line > b->span.line || (a->span.line == b->span.line &&
					       a->span.column > b->span.column);
}

static void finish_delays(struct conf_track_process *one,
			  const struct conf_note *note)
{
	if (!conf_note_has(note, AT(delay)))
		return;
	if (!is_behind(note, AT(fork_delay), AT(delay)))
		one->fork_delay = one->delay;
	if (!is_behind(note, AT(terminate_delay), AT(delay)))
		one->terminate_delay = one->delay;
	one->delay = 0;
}

static void finish_quorum(struct conf_reader *r, struct conf_track_process *one,
			  const struct conf_note *note)
{
	bool behind = is_behind(note, AT(quorum), AT(quorum_max));
	bool written = conf_note_has(note, AT(quorum));
	uint32_t field = behind ? AT(quorum) : AT(quorum_max);
	struct conf_place place = conf_note_place(note, field);

	/* None may run: then the default of quorum does not count. */
	if (one->quorum_max >= one->quorum ||
	    (one->quorum_max == 0 && !written))
		return;
	conf_report_ignored(r->report, &place,
			    "write a quorum that is not above quorum_max",
			    "quorum is above quorum_max; %s is left out",
			    behind ? "quorum" : "quorum_max");
	if (behind)
		one->quorum = 1;
	else
		one->quorum_max = CONF_QUORUM_MAX;
}

static void finish_process(struct conf_reader *r, void *object,
			   const struct conf_note *note)
{
	struct conf_track_process *one = object;
	struct conf_place place = conf_note_place(note, AT(process));

	finish_delays(one, note);
	finish_quorum(r, one, note);
	if (one->process.count == 0)
		return;
	if (one->process.count > 1 && one->match == CONF_MATCH_NONE)
		one->match = CONF_MATCH_EXACT;
	if (one->match == CONF_MATCH_NONE && !one->full_command &&
	    strchr(one->process.list[0], '/'))
		conf_report(r->report, CONF_WARNING, &place,
			    "write the name alone, or write full_command",
			    "no process has a name with / in it, so none is "
			    "ever found");
	else if (one->match == CONF_MATCH_NONE && !one->full_command &&
		 strlen(one->process.list[0]) > COMM_MAX)
		conf_report(r->report, CONF_NOTE, &place,
			    "write full_command to compare all of it",
			    "the kernel keeps %d bytes of a name, so these are "
			    "compared",
			    COMM_MAX);
}

const struct conf_block conf_block_track_process = {
	.name = "vrrp_track_process",
	.heads = ROWS(heads),
	.heads_least = 1,
	.parts = { PART(process_rows) },
	.size = sizeof(struct conf_track_process),
	.span = offsetof(struct conf_track_process, is.span),
	.items_max = CONF_TRACK_PROCESSES_MAX,
	.finish = finish_process,
	.same = conf_same_target,
	.hash = conf_hash_target,
	.noun = "vrrp_track_process",
};
