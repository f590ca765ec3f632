/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves that the referee of the simulator can say no to a step. Each case
 * plays a short, sound history of one router (history.h), forges the outcome
 * of its last step, and wants to hear the sentence that names the fault. (The
 * faults of tests/mutants do the same to the state machine itself.)
 */
#include "history.h"

#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- forgeries ---- */

static struct vrrp_action *find(struct forged *f, enum vrrp_action_type type)
{
	for (unsigned i = 0; i < f->actions->count; i++)
		if (f->actions->list[i].type == type)
			return &f->actions->list[i];
	fail_msg("the history has no such action");
	return NULL;
}

static struct vrrp_action *more(struct forged *f, enum vrrp_action_type type)
{
	struct vrrp_action *a = &f->actions->list[f->actions->count++];

	*a = (struct vrrp_action){ .type = type };
	return a;
}

static void drop_action(struct forged *f, enum vrrp_action_type type)
{
	struct vrrp_action *a = find(f, type);
	struct vrrp_action *end = &f->actions->list[--f->actions->count];

	memmove(a, a + 1, (size_t)((char *)end - (char *)a));
}

static void no_state(struct forged *f)
{
	drop_action(f, VRRP_ACTION_STATE);
}

static void no_claim(struct forged *f)
{
	drop_action(f, VRRP_ACTION_CLAIM);
	drop_action(f, VRRP_ACTION_ANNOUNCE);
}

static void no_release(struct forged *f)
{
	drop_action(f, VRRP_ACTION_RELEASE);
}

static void no_send(struct forged *f)
{
	drop_action(f, VRRP_ACTION_SEND);
}

static void claim_again(struct forged *f)
{
	more(f, VRRP_ACTION_CLAIM);
}

static void release_again(struct forged *f)
{
	more(f, VRRP_ACTION_RELEASE);
}

static void announce(struct forged *f)
{
	more(f, VRRP_ACTION_ANNOUNCE);
}

static void send_again(struct forged *f)
{
	*more(f, VRRP_ACTION_SEND) = *find(f, VRRP_ACTION_SEND);
}

static void send_form(struct forged *f)
{
	find(f, VRRP_ACTION_SEND)->send.checksum = VRRP_CHECKSUM_AUTO;
}

static void send_other(struct forged *f)
{
	find(f, VRRP_ACTION_SEND)->send.priority++;
}

static void resign(struct forged *f)
{
	find(f, VRRP_ACTION_SEND)->send.priority = 0;
}

static void speak(struct forged *f)
{
	struct vrrp_action *a = more(f, VRRP_ACTION_SEND);

	a->send.checksum = VRRP_CHECKSUM_RFC9568;
	a->send.priority = f->after->priority;
}

static void speak_late(struct forged *f)
{
	drop_action(f, VRRP_ACTION_SEND);
	speak(f);
}

static void speak_first(struct forged *f)
{
	struct vrrp_action last;

	speak(f);
	last = f->actions->list[f->actions->count - 1];
	memmove(&f->actions->list[1], &f->actions->list[0],
		(f->actions->count - 1) * sizeof(last));
	f->actions->list[0] = last;
}

static void wrong_from(struct forged *f)
{
	find(f, VRRP_ACTION_STATE)->state.from = VRRP_FAULT;
}

static void wrong_cause(struct forged *f)
{
	find(f, VRRP_ACTION_STATE)->state.cause = VRRP_CAUSE_OWNER;
}

static void doubt_still(struct forged *f)
{
	f->after->doubt = true;
}

static void keep_heir(struct forged *f)
{
	f->after->heir = true;
}

static void lose_heir(struct forged *f)
{
	f->after->heir = false;
}

static void leave_later(struct forged *f)
{
	f->after->leave_timer++;
}

static void preempt_it(struct forged *f)
{
	find(f, VRRP_ACTION_STATE)->state.cause = VRRP_CAUSE_PREEMPT;
}

static void drop_twice(struct forged *f)
{
	*more(f, VRRP_ACTION_DROPPED) = *find(f, VRRP_ACTION_DROPPED);
}

static void drop_why(struct forged *f)
{
	find(f, VRRP_ACTION_DROPPED)->drop = VRRP_DROP_NONE;
}

static void drop_not(struct forged *f)
{
	f->actions->count = 0;
}

static void drop_any(struct forged *f)
{
	more(f, VRRP_ACTION_DROPPED)->drop = VRRP_DROP_TTL;
}

static void drop_learns(struct forged *f)
{
	f->after->active_interval++;
}

static void hear_all(struct forged *f)
{
	drop_action(f, VRRP_ACTION_DROPPED);
}

static void empty_note(struct forged *f)
{
	more(f, VRRP_ACTION_NOTE)->note.note = VRRP_NOTES;
}

static void unknown(struct forged *f)
{
	more(f, (enum vrrp_action_type)99);
}

static void too_many(struct forged *f)
{
	f->actions->count = VRRP_ACTIONS_MAX + 1;
}

static void other_follows(struct forged *f)
{
	f->after->active = router_address(7);
}

static void wait_longer(struct forged *f)
{
	f->after->down_timer++;
}

static void wait_shorter(struct forged *f)
{
	f->after->down_timer--;
}

static void wait_never(struct forged *f)
{
	f->after->down_timer = TICK_NEVER;
}

static void doubt_on(struct forged *f)
{
	f->after->probe_timer = f->after->down_timer;
}

static void count_more(struct forged *f)
{
	f->after->kept++;
}

static void be_shy(struct forged *f)
{
	f->after->shy_until = f->now;
}

static void both_timers(struct forged *f)
{
	f->after->down_timer = f->after->adver_timer;
}

static void other_active(struct forged *f)
{
	f->after->active = router_address(9);
}

static void adver_late(struct forged *f)
{
	f->after->adver_timer += TICK_SECOND;
}

static void adver_past(struct forged *f)
{
	f->after->adver_timer = f->now - 1;
}

static void adver_early(struct forged *f)
{
	f->after->adver_timer--;
}

static void adver_kept(struct forged *f)
{
	drop_action(f, VRRP_ACTION_SEND);
	f->after->adver_timer -= f->after->config->interval;
}

static void ask(struct forged *f)
{
	more(f, VRRP_ACTION_PROBE);
}

static void other_priority(struct forged *f)
{
	f->after->priority--;
}

static void note_lost(struct forged *f)
{
	drop_action(f, VRRP_ACTION_NOTE);
}

/* ---- configurations ---- */

static void no_answers(struct vrrp_config *c)
{
	c->lower_prio_no_advert = true;
}

static void deaf_owner(struct vrrp_config *c)
{
	c->priority = VRRP_PRIORITY_OWNER;
	c->owner_ignore_adverts = true;
}

static void no_addresses(struct vrrp_config *c)
{
	c->address_count = 0;
}

static void strict(struct vrrp_config *c)
{
	c->strict = true;
}

static void no_final_advert(struct vrrp_config *c)
{
	c->higher_prio_send_advert = false;
}

static const struct proof {
	const char *history;
	void (*forge)(struct forged *);
	const char *wrong;
	void (*configure)(struct vrrp_config *); /* or NULL */
} proofs[] = {
	{ "istl", no_send, "a losing one is not answered, or too often" },
	{ "istll", speak, "a losing one is not answered, or too often" },
	{ "istl", speak, "answers, and is told not to", no_answers },
	{ "isl", speak, "answers, and is told not to", deaf_owner },
	{ "isr", speak, "an owner that ignores others does not", deaf_owner },
	{ "isr", adver_early, "an owner that ignores others does not",
	  deaf_owner },
	{ "iso", announce, "an owner that ignores others does not",
	  deaf_owner },
	{ "istg", speak_first, "lets go with a word too many",
	  no_final_advert },
	{ "isn", hear_all, "hears one that names no address" },
	{ "isb", ask, "asks for an address and has none", no_addresses },
	{ "isf", doubt_on,
	  "an interval is doubted too early, late or not at all",
	  no_addresses },
	{ "isa", hear_all, "hears one with addresses that are not its own",
	  strict },
	{ "ist", no_state, "a change of state that is not told" },
	{ "ist", no_claim, "an Active without the addresses" },
	{ "istg", no_release, "addresses held outside Active" },
	{ "istx", no_send, "an Active that stops says nothing" },
	{ "ist", claim_again, "claims what it holds" },
	{ "istg", release_again, "releases what it does not hold" },
	{ "isg", announce, "announces what it does not hold" },
	{ "ist", send_again, "more than one advertisement in one step" },
	{ "ist", send_form, "an advertisement without a form of checksum" },
	{ "istt", send_other,
	  "an advertisement with another priority than ours" },
	{ "ist", resign, "a resignation of a router that is not Active" },
	{ "istt", resign, "a resignation without a shutdown" },
	{ "istg", no_send, "lets go without a word" },
	{ "istzg", speak_first, "lets go with a word too many" },
	{ "istg", speak_late,
	  "an advertisement of a router that is not Active" },
	{ "isg", speak, "an advertisement of a router that is not Active" },
	{ "ist", wrong_from, "leaves a state that it is not in" },
	{ "ist", wrong_cause, "a transition, or its cause, is not allowed" },
	{ "isb", drop_twice, "drops one packet twice" },
	{ "isb", drop_why, "drops without a reason" },
	{ "isb", drop_not, "a malformed packet is not dropped" },
	{ "ist", drop_any, "drops a packet that never came" },
	{ "isb", drop_learns, "a dropped packet changes something" },
	{ "ig", hear_all, "a packet is read outside Backup and Active" },
	{ "ist", empty_note, "an empty note" },
	{ "ist", unknown, "an unknown action" },
	{ "ist", too_many, "more actions than VRRP_ACTIONS_MAX" },
	{ "isg", wait_longer,
	  "a Backup that does not wait Active_Down_Interval" },
	{ "isg", wait_shorter,
	  "a Backup that does not wait Active_Down_Interval" },
	{ "is", wait_longer,
	  "a Backup that does not wait Active_Down_Interval" },
	{ "isgr", wait_longer, "not Skew_Time after priority 0" },
	{ "isl", wait_longer, "a lower one moves the timer" },
	{ "isgk", wait_longer, "a lower one moves the timer" },
	{ "isgk", other_follows, "a lesser one takes a living Active's place" },
	{ "isg", other_follows, "the one that speaks is not the Active" },
	{ "isfl", wait_longer,
	  "a lower one serves, and a doubted interval stays" },
	{ "isfl", doubt_on,
	  "an interval is doubted too early, late or not at all" },
	{ "isfr", wait_longer, "not Skew_Time after priority 0" },
	{ "iszt", wait_shorter, "a Backup that waits too short a time" },
	{ "iszlt", wait_shorter, "a Backup that waits too short a time" },
	{ "iszt", wait_longer, "a Backup that waits too long" },
	{ "iszt", doubt_still, "slept, and does not listen first" },
	{ "istxgr", keep_heir, "goes, though its successor goes" },
	{ "istxgr", no_send, "goes, though its successor goes" },
	{ "istxgr", leave_later, "leaves too early or too late" },
	{ "istxgg", lose_heir, "forgets its successor" },
	{ "isgt", preempt_it, "preempts one that it should let alone" },
	{ "islq", wait_longer, "a Backup that waits too long" },
	{ "islq", wait_shorter, "a Backup that waits too short a time" },
	{ "isp", wait_longer, "a Backup that waits too long" },
	{ "isp", wait_shorter, "a Backup that waits too short a time" },
	{ "is", wait_never, "a deadline if and only if Backup or Active" },
	{ "ist", both_timers, "an Active that waits for an Active" },
	{ "ist", other_active, "an Active that takes another for the Active" },
	{ "istt", adver_late, "an Active that waits longer than its interval" },
	{ "istt", adver_past, "a deadline in the past" },
	{ "istt", adver_kept,
	  "an Active that does not advertise when it is time" },
	{ "istr", adver_early,
	  "priority 0 is answered, Adver_Timer not reset" },
	{ "isp", other_priority, "another priority than it was given" },
	{ "isf", count_more, "counts otherwise how an interval is kept" },
	{ "ist", be_shy, "is shy without a reason, or not with one" },
	{ "istl", note_lost, "the same step twice gives two results" },
};

static void prove_one(const struct proof *proof, struct lan *lan)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS,
		.family = IP_V4,
		.version = 3,
		.vrid = 10,
		.priority = 100,
		.preempt = true,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.interval = TICK_SECOND,
		.announce = { .repeat = 1 },
		.address_count = 1,
	};
	struct ip address = router_address(101);
	struct history p = { .lan = lan, .config = config };
	size_t last = strlen(proof->history) - 1;

	lan_init(lan, 1, 1, 1);
	p.referee.lan = lan;
	p.config.addresses = &address;
	if (proof->configure)
		proof->configure(&p.config);
	vrrp_init(&p.vrrp, &p.config);
	for (size_t i = 0; i < last; i++)
		history_step(&p, proof->history[i], NULL);
	if (p.referee.wrong)
		fail_msg("%s: sound, but: %s", proof->history, p.referee.wrong);
	history_step(&p, proof->history[last], proof->forge);
	if (!p.referee.wrong || strcmp(p.referee.wrong, proof->wrong) != 0)
		fail_msg("%s: wanted: %s; heard: %s", proof->history,
			 proof->wrong,
			 p.referee.wrong ? p.referee.wrong : "nothing");
}

static void forged_steps_are_named(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(proofs); i++)
		prove_one(&proofs[i], *state);
}

/* The same histories, not forged, are sound to their end. */
static void sound_steps_are_not(void **state)
{
	for (size_t i = 0; i < ARRAY_LENGTH(proofs); i++) {
		char history[16];
		struct proof sound = { history, unknown, "an unknown action",
				       proofs[i].configure };

		/* One step more, for prove_one() to forge. */
		strcpy(history, proofs[i].history);
		strcat(history, "b");
		prove_one(&sound, *state);
	}
}

/* What rests must not move: neither up nor down. */
static void rest_is_rest(void **state)
{
	struct lan *lan = *state;
	struct ip address = router_address(101);
	struct history p = { .lan = lan };

	lan_init(lan, 1, 1, 1);
	p.referee.lan = lan;
	p.config = (struct vrrp_config){ VRRP_CONFIG_DEFAULTS,
					 .family = IP_V4,
					 .version = 3,
					 .vrid = 10,
					 .priority = 100,
					 .preempt = true,
					 .interval = TICK_SECOND,
					 .addresses = &address,
					 .address_count = 1 };
	vrrp_init(&p.vrrp, &p.config);
	history_step(&p, 'i', NULL);
	history_step(&p, 's', NULL);
	p.referee.quiet = true;
	history_step(&p, 't', NULL);
	assert_string_equal(p.referee.wrong,
			    "a change of state on a LAN that is at rest");
}

static int set_up(void **state)
{
	*state = malloc(sizeof(struct lan));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forged_steps_are_named),
		cmocka_unit_test(sound_steps_are_not),
		cmocka_unit_test(rest_is_rest),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
