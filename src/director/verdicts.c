/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verdicts of the process `check` (ledger/checks.h) go to the core. A record is
 * that of the check of the same number in the model (conf/model/checks.h).
 */
#include "director/director_state.h"

#include "base/map.h"
#include "conf/model/checks.h"
#include "ledger/checks.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* A process that stands still within a record, until the keeper ends it. */
#define READ_AGAIN (100 * TICK_MILLISECOND)

static_assert((unsigned)LEDGER_CHECK_UNKNOWN == (unsigned)LVS_CHECK_NOT_YET &&
		      (unsigned)LEDGER_CHECK_GOOD == (unsigned)LVS_CHECK_GOOD &&
		      (unsigned)LEDGER_CHECK_FAILED ==
			      (unsigned)LVS_CHECK_FAILED,
	      "the same numbers");

/* Of each real server the checks that it follows, one after another. */
static void spread(struct director *d, const struct conf_checks *checks)
{
	const struct conf_model *m = d->model;
	uint32_t next = 0, server = 0;

	for (uint32_t n = 0; n < m->virtual_server_count; n++) {
		const struct conf_virtual_server *vs = &m->virtual_servers[n];

		for (uint32_t k = 0; k < vs->server_count; k++, server++) {
			const struct conf_real_server *rs = &vs->servers[k];

			d->servers[server].follows = d->follows + next;
			d->servers[server].follow_count = rs->check_count;
			for (uint32_t c = 0; c < rs->check_count; c++, next++)
				d->follows[next] = (struct lvs_follow){
					.check = checks->numbers[next],
					.alpha = conf_check_alpha(
						vs, rs, &rs->checks[c]),
				};
		}
	}
}

int verdicts_setup(struct director *d)
{
	struct arena arena = arena_over(malloc, free);
	const struct conf_checks *checks = conf_checks(d->model, &arena);

	if (checks)
		d->follows =
			calloc(checks->number_count + 1, sizeof(*d->follows));
	if (d->follows) {
		spread(d, checks);
		d->config.check_count = checks->count;
	}
	arena_free(&arena);
	return d->follows ? 0 : -ENOMEM;
}

/* What its agent asks for counts as far as the table can show it. */
static void apply_wish(const struct ledger_check *check, struct lvs_verdict *v)
{
	if (check->wish == LEDGER_WISH_MAINT)
		v->state = LVS_CHECK_FAILED;
	if (check->wish != LEDGER_WISH_DRAIN)
		return;
	v->weighs = LVS_WEIGHS_PERCENT;
	v->value = 0;
}

/* False: it was being written at each try. */
static bool take(struct director *d, uint32_t number, tick_t now)
{
	static const uint8_t weighs[] = {
		[LEDGER_WEIGHS_NOTHING] = LVS_WEIGHS_NOT,
		[LEDGER_WEIGHS_IS] = LVS_WEIGHS_SET,
		[LEDGER_WEIGHS_PLUS] = LVS_WEIGHS_ADD,
		[LEDGER_WEIGHS_PERCENT] = LVS_WEIGHS_PERCENT,
	};
	struct ledger_check check;
	struct lvs_verdict v;

	if (number >= d->config.check_count)
		return true;
	if (!ledger_read_check(d->ledger, number, &check))
		return false;
	v = (struct lvs_verdict){
		.state = check.state,
		.weighs = weighs[check.weighs],
		.value = check.weight,
	};
	apply_wish(&check, &v);
	d->judged = number;
	lvs_verdict(&d->core, now, number, &v);
	d->judged = LVS_NONE;
	return true;
}

/* What cannot be read now will be told by nobody again. */
static void take_or_again(struct director *d, uint32_t number, tick_t now)
{
	if (!take(d, number, now))
		d->verdicts_at = now + READ_AGAIN;
}

void verdicts_read_all(struct director *d, tick_t now)
{
	d->verdicts_at = TICK_NEVER;
	if (ledger_checks(d->ledger) != d->config.check_count)
		return; /* of another program */
	for (uint32_t n = 0; n < d->config.check_count; n++)
		take_or_again(d, n, now);
}

tick_t verdicts_read(struct director *d, tick_t now)
{
	uint32_t number;

	if (ledger_checks(d->ledger) != d->config.check_count)
		return TICK_NEVER;
	if (now >= d->verdicts_at)
		verdicts_read_all(d, now);
	while ((number = ledger_check_next(d->ledger, &d->seen)) != MAP_NONE) {
		if (number == LEDGER_CHECKS_ALL)
			verdicts_read_all(d, now);
		else
			take_or_again(d, number, now);
	}
	return d->verdicts_at;
}
