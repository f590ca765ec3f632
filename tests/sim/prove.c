/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proves that the referee of the simulator can say no. Each case plays a
 * short, sound history of one router, forges the outcome of its last step,
 * and wants to hear the sentence that names the fault. (The faults of
 * tests/mutants do the same to the state machine itself.)
 *
 * A history is a word, a letter a step:
 *   i  the interface is up        d  it has no carrier
 *   s  Startup   x  Shutdown      t  the deadline is reached
 *   l  a lower, g a greater, e an equal one from a greater address speaks
 *   k  a lower one speaks, from another address
 *   r  somebody resigns           b  a broken packet
 *   z  it is told that it slept
 *   f  255 speaks, and says that its interval is 40.95 s
 *   o  another owner speaks
 *   a  a greater one speaks, with an address that is not ours
 *   n  a greater one speaks, and names no address
 *   p  the priority becomes 120   q  it becomes 40
 */
#include "invariant.h"

#include "base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct forged {
	tick_t now;
	struct vrrp *after;
	struct vrrp_actions *actions;
	struct vrrp_event *event;
};

struct play {
	struct lan *lan;
	struct referee referee;
	struct vrrp_config config;
	struct vrrp vrrp;
	tick_t now;
	uint8_t bytes[64];
};

static struct ip router_address(uint8_t last)
{
	uint8_t bytes[4] = { 192, 0, 2, last };

	return ip_from_bytes(IP_V4, bytes);
}

static void hear_of(struct play *p, struct vrrp_event *event, uint8_t last,
		    uint8_t priority, tick_t interval)
{
	struct ip source = router_address(last);
	struct vrrp_advert advert = {
		.version = 3,
		.vrid = p->config.vrid,
		.priority = priority,
		.count = p->config.address_count,
		.family = IP_V4,
		.interval = interval,
		.checksum = VRRP_CHECKSUM_RFC9568,
		.addresses = p->config.addresses[0].bytes,
	};

	event->type = VRRP_EVENT_ADVERT;
	event->datagram = (struct vrrp_datagram){
		.bytes = p->bytes,
		.length = vrrp_encode(&advert, &source, p->bytes,
				      sizeof(p->bytes)),
		.source = source,
		.destination = vrrp_group(IP_V4),
		.ttl = VRRP_TTL,
		.received = p->now,
	};
}

static void hear(struct play *p, struct vrrp_event *event, uint8_t priority)
{
	hear_of(p, event, 9, priority, p->config.interval);
}

static void hear_of_another_list(struct play *p, struct vrrp_event *event)
{
	const struct ip *ours = p->config.addresses;
	struct ip other = router_address(99);

	p->config.addresses = &other;
	hear(p, event, 200);
	p->config.addresses = ours;
}

static void prepare(struct play *p, char letter, struct vrrp_event *event)
{
	p->now += TICK_MILLISECOND;
	switch (letter) {
	case 'i':
		event->type = VRRP_EVENT_INTERFACE;
		event->interface.source = router_address(1);
		break;
	case 'd':
		event->type = VRRP_EVENT_INTERFACE;
		event->interface.status = VRRP_INTERFACE_NO_CARRIER;
		break;
	case 's':
		event->type = VRRP_EVENT_STARTUP;
		break;
	case 'x':
		event->type = VRRP_EVENT_SHUTDOWN;
		break;
	case 't':
		event->type = VRRP_EVENT_TIME;
		p->now = vrrp_deadline(&p->vrrp);
		break;
	case 'p':
		event->type = VRRP_EVENT_PRIORITY;
		event->priority = 120;
		break;
	case 'z':
		event->type = VRRP_EVENT_STALLED;
		break;
	case 'q':
		event->type = VRRP_EVENT_PRIORITY;
		event->priority = 40;
		break;
	case 'f':
		hear_of(p, event, 9, 255, VRRP_INTERVAL_MAX_V3);
		break;
	case 'a':
		hear_of_another_list(p, event);
		break;
	case 'n':
		p->config.address_count = 0;
		hear(p, event, 200);
		p->config.address_count = 1;
		break;
	case 'o':
		hear(p, event, VRRP_PRIORITY_OWNER);
		break;
	case 'k':
		hear_of(p, event, 8, 50, p->config.interval);
		break;
	case 'b':
		hear(p, event, 200);
		p->bytes[2] ^= 1;
		break;
	default:
		hear(p, event,
		     letter == 'l'   ? 50
		     : letter == 'g' ? 200
		     : letter == 'r' ? 0
				     : 100);
		break;
	}
}

static void one_step(struct play *p, char letter,
		     void (*forge)(struct forged *))
{
	struct lan_observer referee = referee_observer(&p->referee);
	struct vrrp before = p->vrrp;
	struct vrrp_event event = { 0 };
	struct vrrp_actions actions;
	struct lan_step step = { .lan = p->lan,
				 .event = &event,
				 .before = &before,
				 .after = &p->vrrp,
				 .actions = &actions };

	prepare(p, letter, &event);
	vrrp_step(&p->vrrp, p->now, &event, &actions);
	if (forge)
		forge(&(struct forged){ p->now, &p->vrrp, &actions, &event });
	step.now = p->now;
	referee.step(referee.self, &step);
}

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
	struct play p = { .lan = lan, .config = config };
	size_t last = strlen(proof->history) - 1;

	lan_init(lan, 1, 1, 1);
	p.referee.lan = lan;
	p.config.addresses = &address;
	if (proof->configure)
		proof->configure(&p.config);
	vrrp_init(&p.vrrp, &p.config);
	for (size_t i = 0; i < last; i++)
		one_step(&p, proof->history[i], NULL);
	if (p.referee.wrong)
		fail_msg("%s: sound, but: %s", proof->history, p.referee.wrong);
	one_step(&p, proof->history[last], proof->forge);
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

/* ---- the judgement of a healed LAN ---- */

static const char *judge(struct lan *lan, enum vrrp_state first,
			 enum vrrp_state second, uint8_t priority,
			 bool second_holds)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS,   .family = IP_V4,
		.version = 3,           .vrid = 10,
		.preempt = true,        .priority = 100,
		.interval = TICK_SECOND
	};
	struct referee referee = { .lan = lan };

	lan_init(lan, 1, 2, 1);
	lan_addresses(lan, 0, IP_V4, 1);
	for (unsigned i = 0; i < 2; i++) {
		struct lan_member *m = &lan->router[i].member[0];

		lan_configure(lan, i, 0, &config);
		vrrp_init(&m->vrrp, lan_config(lan, i, 0));
		lan->router[i].powered = true;
		m->vrrp.started = true;
		m->vrrp.state = i ? second : first;
		m->holds = i ? second_holds : first == VRRP_ACTIVE;
		m->holds_until = TICK_NEVER;
		m->vrrp.active_priority = 100;
	}
	lan->router[1].member[0].vrrp.priority = priority;
	referee_judge(&referee, lan, 0);
	return referee.wrong ? referee.wrong : "";
}

static void healed_lans_are_judged(void **state)
{
	const enum vrrp_state a = VRRP_ACTIVE, b = VRRP_BACKUP;

	assert_string_equal(judge(*state, a, b, 50, false), "");
	assert_string_equal(judge(*state, a, a, 50, true),
			    "more than one Active on a healed LAN");
	assert_string_equal(judge(*state, b, b, 50, false),
			    "no Active on a healed LAN");
	assert_string_equal(judge(*state, a, b, 50, true),
			    "the addresses are not at one place");
	assert_string_equal(judge(*state, a, b, 101, false),
			    "the highest priority has not won");
	assert_string_equal(judge(*state, a, VRRP_FAULT, 50, false),
			    "neither Active nor Backup though it could be");
}

/* What rests must not move: neither up nor down. */
static void rest_is_rest(void **state)
{
	struct lan *lan = *state;
	struct ip address = router_address(101);
	struct play p = { .lan = lan };

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
	one_step(&p, 'i', NULL);
	one_step(&p, 's', NULL);
	p.referee.quiet = true;
	one_step(&p, 't', NULL);
	assert_string_equal(p.referee.wrong,
			    "a change of state on a LAN that is at rest");
}

/* ---- who holds the addresses, over time ---- */

/* Two routers; the first one's kernel has the addresses for ever. */
static struct referee holder(struct lan *lan)
{
	static const struct vrrp_config config = {
		VRRP_CONFIG_DEFAULTS, .family = IP_V4, .version = 3,
		.vrid = 10,           .priority = 100, .interval = TICK_SECOND
	};

	lan_init(lan, 1, 2, 1);
	lan_addresses(lan, 0, IP_V4, 1);
	for (unsigned i = 0; i < 2; i++) {
		lan_configure(lan, i, 0, &config);
		vrrp_init(&lan->router[i].member[0].vrrp,
			  lan_config(lan, i, 0));
		lan->router[i].powered = true;
	}
	lan->router[0].member[0].holds = true;
	lan->router[0].member[0].holds_until = TICK_NEVER;
	lan->now = 10 * TICK_SECOND;
	return (struct referee){ .lan = lan,
				 .judge_none = true,
				 .judge_two = true };
}

/* What is heard when something is done to a router `later`. */
static const char *look(struct referee *f, tick_t later)
{
	struct lan_observer referee = referee_observer(f);

	f->lan->now += later;
	referee.said(referee.self, f->lan, "");
	return f->wrong ? f->wrong : "";
}

static void a_time_without_a_holder_is_named(void **state)
{
	static const char wrong[] = "nobody holds the addresses for too long";
	struct lan *lan = *state;
	struct referee f = holder(lan);

	assert_string_equal(look(&f, TICK_SECOND), "");
	lan->router[0].member[0].holds_until = lan->now + TICK_SECOND;
	assert_string_equal(look(&f, TICK_SECOND - 1), "");
	assert_string_equal(look(&f, 2), wrong);
	/* It counts from the end of the lease, and not from when we look. */
	f = holder(lan);
	f.none_for = TICK_SECOND;
	lan->router[0].member[0].holds_until = lan->now + TICK_SECOND;
	assert_string_equal(look(&f, 2 * TICK_SECOND), "");
	assert_string_equal(look(&f, 1), wrong);
	/* Somebody held them in between: it counts anew. */
	f = holder(lan);
	f.none_for = TICK_SECOND;
	lan->router[0].member[0].holds = false;
	assert_string_equal(look(&f, 0), "");
	lan->router[1].member[0].holds = true;
	lan->router[1].member[0].holds_until = TICK_NEVER;
	assert_string_equal(look(&f, TICK_SECOND), "");
	lan->router[1].member[0].holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, 1), wrong);
	/* Not judged, not named. */
	f = holder(lan);
	f.judge_none = false;
	lan->router[0].member[0].holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
}

static void two_holders_are_named(void **state)
{
	struct lan *lan = *state;
	struct referee f = holder(lan);
	struct lan_member *second = &lan->router[1].member[0];

	f.two_for = TICK_SECOND;
	second->holds = true;
	second->holds_until = TICK_NEVER;
	assert_string_equal(look(&f, 0), "");
	assert_string_equal(look(&f, TICK_SECOND), "");
	second->holds = false;
	assert_string_equal(look(&f, TICK_SECOND), "");
	second->holds = true;
	assert_string_equal(look(&f, TICK_SECOND), "");
	assert_string_equal(look(&f, TICK_SECOND + 1),
			    "two hold the addresses for too long");
}

/* What a step begins, it begins at once. */
static void a_step_is_judged_by_what_it_does(void **state)
{
	struct lan *lan = *state;
	struct referee f = holder(lan);
	struct vrrp_actions actions = {
		.count = 1,
		.list = { { .type = VRRP_ACTION_RELEASE } },
	};
	struct lan_step step = { .lan = lan, .actions = &actions };

	assert_string_equal(holders_step(&f, &step),
			    "a change leaves nobody with the addresses");
	/* Who has them no longer lets nobody alone. */
	f = holder(lan);
	step.router = 1;
	assert_null(holders_step(&f, &step));
	assert_false(f.holding[0].none);
	actions.list[0].type = VRRP_ACTION_CLAIM;
	assert_null(holders_step(&f, &step));
	assert_true(f.holding[0].two);
	assert_true(f.holding[0].two_since == lan->now);
}

/* ---- who becomes Active, or speaks, beside one that serves ---- */

/* An advertisement of the first router comes to the second one's host. */
static void reach(struct referee *f, uint8_t priority, enum lan_fate fate)
{
	struct lan_packet packet = {
		.to = 1,
		.source = lan_source(f->lan, 0, IP_V4),
		.length = 3,
		.bytes = { 0x31, 10, priority },
	};

	beside_packet(f, &packet, fate);
}

/* The first one serves, the second one is told apart by its state. */
static struct referee beside(struct lan *lan, enum vrrp_state second)
{
	struct referee f = holder(lan);

	f.judge_beside = true;
	f.adverts[0] = VRRP_DOWN_ADVERTS_DEFAULT;
	for (unsigned i = 0; i < 2; i++) {
		struct vrrp *v = &lan->router[i].member[0].vrrp;

		v->started = true;
		v->state = i ? second : VRRP_ACTIVE;
		f.watch[i][0].sent = lan->now;
		f.watch[i][0].interval_then = TICK_SECOND;
	}
	return f;
}

/* What is heard when the second one sends, and is Active. */
static const char *speak_beside(struct referee *f, enum vrrp_cause down_cause)
{
	struct vrrp_actions actions = {
		.count = 1,
		.list = { { .type = VRRP_ACTION_SEND, .send.priority = 100 } },
	};
	struct vrrp *v = &f->lan->router[1].member[0].vrrp;
	struct vrrp before = *v, after = *v;
	struct lan_step step = { .lan = f->lan,
				 .router = 1,
				 .before = &before,
				 .after = &after,
				 .actions = &actions };
	const char *wrong;

	before.down_cause = down_cause;
	after.state = VRRP_ACTIVE;
	wrong = beside_step(f, &step);
	return wrong ? wrong : "";
}

static void who_is_active_beside_another_is_named(void **state)
{
	static const char wrong[] = "becomes Active beside one that serves";
	struct lan *lan = *state;
	struct referee f = beside(lan, VRRP_BACKUP);

	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	reach(&f, 100, LAN_LOST);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	reach(&f, 0, LAN_ARRIVED);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* Also if there was no room for it. */
	reach(&f, 100, LAN_UNHEARD);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), wrong);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_PREEMPT), "");
	lan->now += 2 * TICK_SECOND - 1;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), wrong);
	lan->now++;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* It does not serve any more. */
	reach(&f, 100, LAN_ARRIVED);
	lan->router[0].paused = true;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
	/* It is lower, and is preempted. */
	lan->router[0].paused = false;
	reach(&f, 99, LAN_ARRIVED);
	lan->router[1]
		.member[0]
		.config[lan->router[1].member[0].config_in_use]
		.preempt = true;
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_SILENCE), "");
}

static void who_slept_and_speaks_is_named(void **state)
{
	static const char wrong[] = "who slept speaks before it yields";
	struct lan *lan = *state;
	struct referee f = beside(lan, VRRP_ACTIVE);

	lan->now += 10 * TICK_SECOND;
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), "");
	reach(&f, 50, LAN_ARRIVED);
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), wrong);
	/* It did not sleep for long. */
	f.watch[1][0].sent = lan->now - 4 * TICK_SECOND;
	referee_woke(&f, 1);
	assert_string_equal(speak_beside(&f, VRRP_CAUSE_NONE), "");
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
		cmocka_unit_test(healed_lans_are_judged),
		cmocka_unit_test(rest_is_rest),
		cmocka_unit_test(a_time_without_a_holder_is_named),
		cmocka_unit_test(two_holders_are_named),
		cmocka_unit_test(a_step_is_judged_by_what_it_does),
		cmocka_unit_test(who_is_active_beside_another_is_named),
		cmocka_unit_test(who_slept_and_speaks_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
