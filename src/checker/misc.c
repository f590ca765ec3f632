/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MISC_CHECK: a command of the user. This process executes nothing: a round
 * asks the process `run` to do it (ledger/scripted.h), is woken when that has
 * answered, and judges the answer.
 *
 * As keepalived: exit code 0 is good, 1 has failed; with misc_dynamic 2 to 255
 * is good and a weight of 0 to 253; any other code, a signal and a command that
 * takes longer than misc_timeout have failed. What cannot be run says nothing
 * of the server, which stays as it is.
 */
#include "checker/checker_state.h"
#include "ledger/scripted.h"

#include <errno.h>
#include <stdio.h>

/*
 * Only so many commands run at once (runner/misc.c), so an answer may take
 * longer than the command may: so many times as long, and then it is this
 * machine that cannot check.
 */
#define WAITS 4

/* With misc_dynamic, the exit code of weight 0. */
#define WEIGHT_FROM 2
#define WEIGHT_LAST 255

/* Its number among those of `run`, plus 1; 0: there is none. */
static uint32_t number_of(const struct check *c)
{
	struct ledger_checked checked;

	ledger_copy_checked(c->of->ledger, c->number, &checked);
	return checked.scripted;
}

static void ask(struct check *c, tick_t round)
{
	ledger_scripted_ask(c->of->ledger, c->number, round);
	c->of->changed = true; /* `run` is to look */
}

static void start(struct check *c, tick_t now)
{
	if (number_of(c) == 0)
		round_local(c, ENOSYS, "there is no process run", now);
	else
		ask(c, now);
}

static void judge_code(struct check *c, int code, const char *line, tick_t now)
{
	bool weighs = c->conf->misc.dynamic && code >= WEIGHT_FROM &&
		      code <= WEIGHT_LAST;
	bool good = code == 0 || weighs;
	char words[LEDGER_CHECK_WORDS];

	snprintf(words, sizeof(words), "exit code %d%s%.40s", code,
		 line[0] ? ": " : "", line);
	round_end(c,
		  &(struct verdict){
			  .result = good ? LVS_RESULT_GOOD : LVS_RESULT_BAD,
			  .code = good ? LEDGER_CHECK_PROCOK
				       : LEDGER_CHECK_PROCERR,
			  .value = code,
			  .words = words,
			  .weighs = weighs ? LEDGER_WEIGHS_IS
					   : LEDGER_WEIGHS_NOTHING,
			  .weight = weighs ? code - WEIGHT_FROM : 0,
		  },
		  now);
}

static void judge(struct check *c, const struct ledger_scripted *is, tick_t now)
{
	char words[LEDGER_CHECK_WORDS];

	switch ((enum ledger_how)is->how) {
	case LEDGER_HOW_EXITED:
		judge_code(c, is->value, is->words, now);
		return;
	case LEDGER_HOW_KILLED:
		snprintf(words, sizeof(words), "ended by signal %d",
			 (int)is->value);
		round_bad(c, LEDGER_CHECK_PROCERR, 128 + is->value, words, now);
		return;
	case LEDGER_HOW_TIMED_OUT:
		round_bad(c, LEDGER_CHECK_PROCTOUT, 0,
			  "it took longer than misc_timeout", now);
		return;
	case LEDGER_HOW_REFUSED:
		round_local(c, is->value, is->words, now);
		return;
	case LEDGER_HOW_NONE:
	case LEDGER_HOW_READ:
	case LEDGER_HOW_UNREADABLE:
	case LEDGER_HOW_COUNTED:
	case LEDGER_HOWS:
		break;
	}
	round_local(c, EPROTO, "the answer makes no sense", now);
}

static void heard(struct check *c, tick_t now)
{
	struct ledger_scripted is;
	uint32_t number = number_of(c);

	if (c->when.running && number > 0 &&
	    ledger_read_scripted(c->of->ledger, number - 1, &is) &&
	    is.answers == c->when.began)
		judge(c, &is, now);
}

/* It has no descriptor. */
static void ready(struct check *c, uint32_t events, tick_t now)
{
	(void)c;
	(void)events;
	(void)now;
}

static void expired(struct check *c, tick_t now)
{
	heard(c, now);
	if (!c->when.running)
		return;
	if (now < lvs_check_due(&c->when))
		round_phase(c, now); /* it waits for its turn */
	else
		round_local(c, ETIMEDOUT,
			    "the command has not been run in time", now);
}

static void done(struct check *c, struct verdict *v)
{
	(void)v;
	ask(c, 0);
}

const struct kind kind_misc = {
	.name = "MISC_CHECK",
	.phases = WAITS,
	.start = start,
	.ready = ready,
	.expired = expired,
	.done = done,
	.heard = heard,
};
