/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts that are told of changes, as parts of the status (ctl/page.h). */
#include "ctl/page.h"

#include "sys/clock.h"

void page_notified(struct json *j, const struct ledger *l, uint32_t follower,
		   unsigned tellers)
{
	struct ledger_notified is;

	if (follower == 0 || follower > ledger_followers(l) ||
	    !(tellers & 1u << LEDGER_TELLS_SCRIPTS)) {
		json_no_value(j, "notify");
		return;
	}
	(void)ledger_read_notified(l, follower - 1, &is);
	json_open_object(j, "notify");
	json_bool(j, "running", is.running);
	json_number(j, "waiting", ledger_untold(l, follower - 1));
	json_string_of(j, "told", is.word);
	json_time(j, "started", is.started_real);
	if (is.running)
		json_ms(j, "running_ms",
			tick_since(is.started_real, clock_real_now()));
	else
		json_no_value(j, "running_ms");
	json_time(j, "ended", is.running ? 0 : is.ended_real);
	page_last_end(j, "last_end", (enum ledger_how)is.how, is.value);
	json_bool(j, "failed",
		  is.how != LEDGER_HOW_NONE &&
			  (is.how != LEDGER_HOW_EXITED || is.value != 0));
	json_number(j, "runs", is.runs);
	json_number(j, "failures", is.failures);
	json_number(j, "lost", is.lost);
	json_string_of(j, "output", is.output);
	json_close(j);
}
