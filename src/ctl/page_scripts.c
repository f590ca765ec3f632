/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts, and who tracks them, as parts of the status (ctl/page.h). */
#include "ctl/page.h"

#include "base/text.h"
#include "ledger/words.h"

static void how(struct json *j, const struct ledger_result *result)
{
	char line[WORDS_MAX];
	struct text words = text_over(line, sizeof(line));

	words_how((enum ledger_how)result->how, result->value, &words);
	/* Behind ": ". */
	if (words.length > 2)
		json_string_of(j, "last_end", line + 2);
	else
		json_no_value(j, "last_end");
}

static void script(struct json *j, const struct ledger *l, uint32_t index)
{
	struct ledger_result result;

	(void)ledger_read_result(l, index, &result);
	json_open_object(j, NULL);
	json_string_of(j, "name", ledger_script_name(l, index));
	json_string_of(
		j, "verdict",
		ledger_verdict_name((enum ledger_verdict)result.verdict));
	json_time(j, "since", result.since_real);
	json_bool(j, "running", result.running);
	json_string_of(j, "how", ledger_how_name((enum ledger_how)result.how));
	json_signed(j, "value", result.value);
	how(j, &result);
	json_time(j, "ended", result.ended_real);
	json_ms(j, "took_ms", result.took);
	json_number(j, "runs", result.runs);
	json_number(j, "failures", result.failures);
	json_number(j, "skipped", result.skipped);
	json_number(j, "refused", result.refused);
	json_string_of(j, "output", result.output);
	json_close(j);
}

void page_scripts(struct json *j, const struct ledger *l)
{
	json_open_array(j, "scripts");
	for (uint32_t n = 0; n < ledger_scripts(l); n++)
		script(j, l, n);
	json_close(j);
}

/* Few fields of the script itself: for who shows one virtual router. */
static void tracked(struct json *j, const struct ledger *l,
		    const struct ledger_tracker *t)
{
	struct ledger_result result;

	(void)ledger_read_result(l, t->script, &result);
	json_open_object(j, NULL);
	json_string_of(j, "name", ledger_script_name(l, t->script));
	json_string_of(
		j, "verdict",
		ledger_verdict_name((enum ledger_verdict)result.verdict));
	json_signed(j, "weight", t->weight);
	json_bool(j, "reverse", t->reverse);
	how(j, &result);
	json_string_of(j, "output", result.output);
	json_close(j);
}

void page_tracked_scripts(struct json *j, const struct ledger *l,
			  const struct ledger_instance *i)
{
	json_open_array(j, "tracked_scripts");
	for (uint32_t n = 0; n < i->configured.tracker_count; n++) {
		struct ledger_tracker t;

		if (!ledger_copy_tracker(l, i->configured.tracker_first + n,
					 &t))
			break;
		tracked(j, l, &t);
	}
	json_close(j);
}
