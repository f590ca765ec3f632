/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who does not answer while our own link is down was never asked. The kernel
 * is asked for that only when a server would fail by silence.
 */
#include "checker/checker_state.h"

#include <errno.h>
#include <stdio.h>

void uplink_open(struct checker *k)
{
	/* Without it, a server that does not answer has failed. */
	if (!k->has_way)
		k->has_way = way_open(&k->way) == 0;
}

static bool is_silence(const struct verdict *v)
{
	if (v->code == LEDGER_CHECK_L4CON)
		return v->value == EHOSTUNREACH || v->value == ENETUNREACH ||
		       v->value == ETIMEDOUT;
	return v->code == LEDGER_CHECK_L4TOUT ||
	       v->code == LEDGER_CHECK_L6TOUT || v->code == LEDGER_CHECK_L7TOUT;
}

void uplink_look(struct check *c, struct verdict *v,
		 char words[LEDGER_CHECK_WORDS])
{
	const struct way_to to = { .address = c->to.address,
				   .from = c->to.bind,
				   .interface = c->to.interface,
				   .mark = c->to.mark };
	char name[IFNAMSIZ];

	if (v->result != LVS_RESULT_BAD || !c->of->has_way ||
	    c->when.state == LVS_CHECK_FAILED || to.address.family == IP_NONE ||
	    !is_silence(v) || !way_is_down(&c->of->way, &to, name))
		return;
	snprintf(words, LEDGER_CHECK_WORDS, "our link %s is down", name);
	v->result = LVS_RESULT_LOCAL;
	v->code = LEDGER_CHECK_LOCAL;
	v->value = ENETDOWN;
	v->words = words;
}
