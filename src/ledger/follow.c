/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ledger/follow.h"

/* Who writes it reads packets of others: nothing is believed. */
static bool is_valid(const struct ledger_change *c, uint64_t number,
		     bool remark)
{
	return c->number == number && c->kind < LEDGER_CHANGE_KINDS &&
	       ledger_is_remark((enum ledger_change_kind)c->kind) == remark &&
	       c->from < VRRP_STATES && c->to < VRRP_STATES &&
	       c->peer.family <= IP_V6;
}

/* Of one ring; NULL: none. */
static const struct ledger_change *next_of(const struct ledger_change *ring,
					   uint64_t count, uint64_t *told,
					   bool remark, uint64_t *lost)
{
	if (count > LEDGER_CHANGES_KEPT &&
	    *told < count - LEDGER_CHANGES_KEPT) {
		*lost += count - LEDGER_CHANGES_KEPT - *told;
		*told = count - LEDGER_CHANGES_KEPT;
	}
	for (; *told < count; ++*told, ++*lost) {
		const struct ledger_change *c =
			&ring[(*told + 1) % LEDGER_CHANGES_KEPT];

		if (is_valid(c, *told + 1, remark))
			return c;
	}
	return NULL;
}

enum ledger_follow ledger_follow(const struct ledger_changes *c,
				 enum ledger_teller teller,
				 struct ledger_told *told,
				 struct ledger_change *next, uint64_t *lost)
{
	const struct ledger_told *before = &c->told[teller];
	const struct ledger_change *state, *remark, *first;

	if (told->states < before->states)
		told->states = before->states;
	if (told->remarks < before->remarks)
		told->remarks = before->remarks;
	state = next_of(c->last, c->count, &told->states, false, lost);
	remark = next_of(c->last_remarks, c->remarks, &told->remarks, true,
			 lost);
	first = !state || (remark && remark->order < state->order) ? remark
								   : state;
	if (!first)
		return LEDGER_FOLLOW_NONE;
	*next = *first;
	return first == state && state->number > c->ready ? LEDGER_FOLLOW_WAITS
							  : LEDGER_FOLLOW_NEXT;
}

void ledger_follow_on(struct ledger_told *told,
		      const struct ledger_change *change)
{
	if (ledger_is_remark((enum ledger_change_kind)change->kind))
		told->remarks = change->number;
	else
		told->states = change->number;
}

const char *ledger_change_word(const struct ledger_change *change)
{
	static const char *const words[] = {
		[VRRP_INIT] = "STOP",
		[VRRP_BACKUP] = "BACKUP",
		[VRRP_ACTIVE] = "MASTER",
		[VRRP_FAULT] = "FAULT",
	};

	switch ((enum ledger_change_kind)change->kind) {
	case LEDGER_CHANGE_STATE:
		break;
	case LEDGER_CHANGE_DELETED:
		return "DELETED";
	case LEDGER_CHANGE_PRIORITY:
		return change->to == VRRP_ACTIVE ? "MASTER_PRIORITY"
						 : "BACKUP_PRIORITY";
	case LEDGER_CHANGE_LOWER:
		return "MASTER_RX_LOWER_PRI";
	case LEDGER_CHANGE_KINDS:
		break;
	}
	return words[change->to];
}
