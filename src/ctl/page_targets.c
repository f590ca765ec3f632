/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts, files, processes of others and virtual servers, and who tracks them,
 * as parts of the
 * status (ctl/page.h).
 */
#include "ctl/page.h"

#include "base/text.h"
#include "ledger/words.h"

void page_last_end(struct json *j, const char *key, enum ledger_how how,
		   int64_t value)
{
	char line[WORDS_MAX];
	struct text words = text_over(line, sizeof(line));

	words_how(how, value, &words);
	/* Behind ": ". */
	if (words.length > 2)
		json_string_of(j, key, line + 2);
	else
		json_no_value(j, key);
}

static void last_end(struct json *j, const struct ledger_result *result)
{
	page_last_end(j, "last_end", (enum ledger_how)result->how,
		      result->value);
}

static void verdict(struct json *j, const struct ledger *l, uint32_t index,
		    const struct ledger_result *result)
{
	json_string_of(j, "name", ledger_target_name(l, index));
	json_string_of(
		j, "verdict",
		ledger_verdict_name((enum ledger_verdict)result->verdict));
}

static void script(struct json *j, const struct ledger_result *result)
{
	json_bool(j, "running", result->running);
	json_string_of(j, "how", ledger_how_name((enum ledger_how)result->how));
	json_signed(j, "value", result->value);
	last_end(j, result);
	json_time(j, "ended", result->ended_real);
	json_ms(j, "took_ms", result->took);
	json_number(j, "runs", result->runs);
	json_number(j, "failures", result->failures);
	json_number(j, "skipped", result->skipped);
	json_number(j, "refused", result->refused);
	json_string_of(j, "output", result->output);
}

/* What one that is no script comes to. */
static void found(struct json *j, enum vrrp_target kind,
		  const struct ledger_result *result)
{
	if (result->verdict == LEDGER_VERDICT_NONE)
		json_no_value(j, kind == VRRP_TARGET_FILE ? "number" : "count");
	else
		json_signed(j, kind == VRRP_TARGET_FILE ? "number" : "count",
			    result->value);
	if (kind == VRRP_TARGET_FILE)
		json_string_of(j, "problem", result->output);
}

static void target(struct json *j, const struct ledger *l, uint32_t index)
{
	enum vrrp_target kind = ledger_target_kind(l, index);
	struct ledger_result result;

	(void)ledger_read_result(l, index, &result);
	json_open_object(j, NULL);
	verdict(j, l, index, &result);
	json_time(j, "since", result.since_real);
	if (kind == VRRP_TARGET_SCRIPT)
		script(j, &result);
	else if (kind != VRRP_TARGET_VIRTUAL)
		found(j, kind, &result);
	json_close(j);
}

/* How the process `run` knows of processes of others. */
static void runner(struct json *j, const struct ledger *l)
{
	static const char *const sources[] = {
		[LEDGER_PROCESSES_UNTRACKED] = NULL,
		[LEDGER_PROCESSES_FROM_PROC] = "proc",
		[LEDGER_PROCESSES_FROM_KERNEL] = "kernel",
	};
	const struct ledger_runner *of = ledger_runner(l);
	unsigned source = of->process_source; /* may be anything */

	json_open_object(j, "run");
	if (source < LEDGER_PROCESS_SOURCES && sources[source])
		json_string_of(j, "processes_from", sources[source]);
	else
		json_no_value(j, "processes_from");
	json_number(j, "process_losses", of->process_losses);
	json_number(j, "process_scans", of->process_scans);
	json_number(j, "server_changes_untold", of->servers_lost);
	json_number(j, "server_scripts_failed", of->servers_failed);
	json_close(j);
}

void page_targets(struct json *j, const struct ledger *l)
{
	static const char *const keys[] = {
		[VRRP_TARGET_SCRIPT] = "scripts",
		[VRRP_TARGET_FILE] = "track_files",
		[VRRP_TARGET_PROCESS] = "track_processes",
		[VRRP_TARGET_VIRTUAL] = "track_virtual_servers",
	};

	for (unsigned kind = 0; kind < VRRP_TARGETS; kind++) {
		json_open_array(j, keys[kind]);
		for (uint32_t n = 0; n < ledger_targets(l); n++)
			if (ledger_target_kind(l, n) == kind)
				target(j, l, n);
		json_close(j);
	}
	if (ledger_has_runner(l))
		runner(j, l);
}

/* Few fields of the target itself: for who shows one virtual router. */
static void tracked(struct json *j, const struct ledger *l,
		    const struct ledger_tracker *t, enum vrrp_target kind)
{
	struct ledger_result result;

	(void)ledger_read_result(l, t->target, &result);
	json_open_object(j, NULL);
	verdict(j, l, t->target, &result);
	json_signed(j, "weight", t->weight);
	json_bool(j, "reverse", t->reverse);
	if (kind == VRRP_TARGET_SCRIPT) {
		last_end(j, &result);
		json_string_of(j, "output", result.output);
	} else if (kind != VRRP_TARGET_VIRTUAL) {
		found(j, kind, &result);
	}
	json_close(j);
}

void page_tracked(struct json *j, const struct ledger *l,
		  const struct ledger_instance *i)
{
	static const char *const keys[] = {
		[VRRP_TARGET_SCRIPT] = "tracked_scripts",
		[VRRP_TARGET_FILE] = "tracked_files",
		[VRRP_TARGET_PROCESS] = "tracked_processes",
		[VRRP_TARGET_VIRTUAL] = "tracked_virtual_servers",
	};
	struct ledger_tracker t;

	for (unsigned kind = 0; kind < VRRP_TARGETS; kind++) {
		json_open_array(j, keys[kind]);
		for (uint32_t n = 0; n < i->configured.tracker_count; n++) {
			if (!ledger_copy_tracker(
				    l, i->configured.tracker_first + n, &t))
				break;
			if (ledger_target_kind(l, t.target) == kind)
				tracked(j, l, &t, (enum vrrp_target)kind);
		}
		json_close(j);
	}
}
