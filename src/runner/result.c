/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of something tracked, in the book of this process. */
#include "runner/runner_state.h"

#include "ledger/copy.h"
#include "sys/clock.h"
#include "sys/wake.h"

#include <stdio.h>

void result_tell(const struct runner *r)
{
	__atomic_fetch_add(&ledger_runner(r->ledger)->changes, 1,
			   __ATOMIC_RELEASE);
	wake_send(r->wake);
}

bool result_count_as(struct ledger_result *result, enum ledger_verdict verdict)
{
	if (result->verdict == verdict)
		return false;
	result->verdict = (uint8_t)verdict;
	result->since_real = clock_real_now();
	return true;
}

void result_say(struct ledger_result *result, const char *text)
{
	snprintf(result->output, sizeof(result->output), "%s", text);
}

void result_found(const struct runner *r, struct ledger_result *result,
		  const struct found *found)
{
	bool news;

	ledger_begin(&result->sequence);
	news = result_count_as(result, found->verdict);
	/* Whether so many processes run is the verdict; how many is not news.
	 */
	if (result->value != found->value && found->how != LEDGER_HOW_COUNTED) {
		result->since_real = clock_real_now();
		news = true;
	}
	result->how = (uint8_t)found->how;
	result->value = found->value;
	result->ended_real = clock_real_now();
	result_say(result, found->problem);
	ledger_end(&result->sequence);
	if (news)
		result_tell(r);
}
