/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FILE_CHECK: the number in a file that is tracked. The process `run` reads it,
 * as for virtual routers (ledger_read_result()), and wakes this one when it has
 * changed: so a round is a look into the ledger, and over at once.
 *
 * As keepalived: with weight 0 a number other than 0 is a failure; else the
 * number times the weight is added to the weight of the real server, and what
 * is no more than -2^31 is a failure.
 */
#include "checker/checker_state.h"
#include "conf/model/targets.h"

#include <errno.h>
#include <stdio.h>

static const struct conf_target *file_of(const struct check *c)
{
	return conf_target_at(c->of->model, VRRP_TARGET_FILE,
			      c->conf->file.file);
}

/* That of the file, where the check has none. */
static struct conf_file_weight weight_of(const struct check *c)
{
	struct conf_file_weight w = c->conf->file.weight;

	if (!w.written) {
		w.value = file_of(c)->weight.value;
		w.reverse = file_of(c)->weight.reverse;
	}
	return w;
}

static void judge(struct check *c, const struct ledger_result *is, tick_t now)
{
	const struct conf_file_weight w = weight_of(c);
	int64_t plus = (int64_t)is->value * w.value * (w.reverse ? -1 : 1);
	bool fails = w.value == 0 ? (is->value != 0) != w.reverse
				  : plus <= INT32_MIN;
	char words[LEDGER_CHECK_WORDS];

	if (plus > INT32_MAX)
		plus = INT32_MAX;
	snprintf(words, sizeof(words), "the file has %d", (int)is->value);
	round_end(c,
		  &(struct verdict){
			  .result = fails ? LVS_RESULT_BAD : LVS_RESULT_GOOD,
			  .code = LEDGER_CHECK_FILE,
			  .value = is->value,
			  .words = words,
			  .weighs = w.value && !fails ? LEDGER_WEIGHS_PLUS
						      : LEDGER_WEIGHS_NOTHING,
			  .weight = fails ? 0 : (int32_t)plus,
		  },
		  now);
}

static void start(struct check *c, tick_t now)
{
	const struct checker *k = c->of;
	uint32_t number = conf_target_first(k->model, VRRP_TARGET_FILE) +
			  c->conf->file.file;
	struct ledger_result is = { 0 };

	if (number < ledger_targets(k->ledger))
		(void)ledger_read_result(k->ledger, number, &is);
	if (is.how == LEDGER_HOW_READ || is.how == LEDGER_HOW_UNREADABLE)
		judge(c, &is, now);
	else
		round_local(c, EAGAIN, "the file was not read yet", now);
}

/* It has no descriptor, and no round that lasts. */
static void ready(struct check *c, uint32_t events, tick_t now)
{
	(void)c;
	(void)events;
	(void)now;
}

static void expired(struct check *c, tick_t now)
{
	round_local(c, ETIMEDOUT, "late", now);
}

const struct kind kind_file = {
	.name = "FILE_CHECK",
	.phases = 1,
	.start = start,
	.ready = ready,
	.expired = expired,
	.heard = round_soon,
};
