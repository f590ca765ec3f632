/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users' scripts are told what has become of their virtual routers: from the
 * record of the last changes, in their order, one change after another, and
 * each once; again only if this process died between the start of a script and
 * its note of that. A script takes as long as it likes; those of other virtual
 * routers do not wait for it. keepalived.conf(5), "NOTIFY SCRIPTS".
 */
#include "runner/runner_state.h"

#include "ledger/follow.h"
#include "sys/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A script each; nothing of CONF_NOTIFIES. */
static enum conf_notify_on specific_of(const struct notifier *n,
				       const struct ledger_change *change)
{
	static const enum conf_notify_on states[] = {
		[VRRP_INIT] = CONF_NOTIFY_STOP,
		[VRRP_BACKUP] = CONF_NOTIFY_BACKUP,
		[VRRP_ACTIVE] = CONF_NOTIFY_ACTIVE,
		[VRRP_FAULT] = CONF_NOTIFY_FAULT,
	};

	switch ((enum ledger_change_kind)change->kind) {
	case LEDGER_CHANGE_STATE:
		return states[change->to];
	case LEDGER_CHANGE_DELETED:
		return n->tells_deleted ? CONF_NOTIFY_DELETED
					: CONF_NOTIFY_FAULT;
	case LEDGER_CHANGE_LOWER:
		return CONF_NOTIFY_LOWER;
	case LEDGER_CHANGE_PRIORITY:
	case LEDGER_CHANGE_KINDS:
		break;
	}
	return CONF_NOTIFIES;
}

const char *notify_word(const struct notifier *n,
			const struct ledger_change *change)
{
	struct ledger_change as = *change;

	/* keepalived calls nobody for what its file alone says. */
	if (change->kind == LEDGER_CHANGE_STATE &&
	    change->cause == VRRP_CAUSE_NO_PEER)
		return NULL;
	if (change->kind != LEDGER_CHANGE_DELETED || n->tells_deleted)
		return ledger_change_word(change);
	as.kind = LEDGER_CHANGE_STATE;
	as.to = VRRP_FAULT;
	return change->from == VRRP_FAULT ? NULL : ledger_change_word(&as);
}

/* Behind the words of its own that a generic script has. */
static bool add_words(struct command *c, const struct notifier *n,
		      const char *state, const char *priority)
{
	const char *const more[] = { n->kind, n->name, state, priority };

	if (c->count + 4 > COMMAND_WORDS_MAX)
		return false;
	for (size_t k = 0; k < 4; k++)
		c->words[c->count++] = (char *)(uintptr_t)more[k];
	c->words[c->count] = NULL;
	return true;
}

static void say_number(struct spawn_variables *v, const char *name,
		       uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	spawn_variable(v, name, text);
}

/* What the record knows, all of it and always: batond(8) has the list. */
static void say_change(const struct notifier *n, const char *word,
		       const struct ledger_change *change,
		       struct spawn_variables *v)
{
	bool remark = ledger_is_remark((enum ledger_change_kind)change->kind);
	enum vrrp_cause cause = (enum vrrp_cause)change->cause;
	char peer[IP_TEXT_MAX] = "";

	if (change->peer.family != IP_NONE)
		ip_format(&change->peer, peer);
	spawn_variable(v, "BATON_INSTANCE", n->of ? n->name : "");
	spawn_variable(v, "BATON_GROUP", n->of ? "" : n->name);
	spawn_variable(v, "BATON_STATE", word);
	say_number(v, "BATON_PRIORITY", change->priority);
	spawn_variable(v, "BATON_FROM",
		       vrrp_state_name((enum vrrp_state)change->from));
	spawn_variable(v, "BATON_CAUSE", remark ? "" : vrrp_cause_name(cause));
	spawn_variable(v, "BATON_RULE", remark ? "" : vrrp_cause_rule(cause));
	spawn_variable(v, "BATON_PEER", peer);
	say_number(v, "BATON_PEER_PRIORITY", change->peer_priority);
	spawn_variable(v, "BATON_INTERFACE",
		       n->of ? conf_interface(n->of) : "");
	say_number(v, "BATON_VRID", n->of ? n->of->vrrp.vrid : 0);
	say_number(v, "BATON_CHANGE", change->number);
	say_number(v, "BATON_TIME", (uint64_t)change->time_real / TICK_SECOND);
}

static bool has_script(const struct notifier *n, enum conf_notify_on which)
{
	/* notify_deleted may stand without one. */
	return which < CONF_NOTIFIES && n->conf->on[which].command &&
	       n->conf->on[which].command[0];
}

/* Changes and remarks have numbers of their own. */
static bool is_begun(const struct notifier *n, const char *word,
		     uint64_t change)
{
	return n->begun_change == change && strcmp(n->begun_word, word) == 0;
}

/* Forgets what was begun of another change. */
static void begin(struct notifier *n, const char *word, uint64_t change)
{
	if (is_begun(n, word, change))
		return;
	n->begun[0] = n->begun[1] = false;
	n->begun_change = change;
	snprintf(n->begun_word, sizeof(n->begun_word), "%s", word);
}

/* One of the two scripts of a change; nothing if there is none. False: there
 * was no room for a process. */
static bool start(struct runner *r, struct notifier *n,
		  enum conf_notify_on which, const char *word,
		  const struct ledger_change *change)
{
	struct program program = { .why = "" };
	struct spawn_variables variables = { .count = 0 };
	const struct conf_notify *of;
	char priority[8];
	pid_t pid = -ENOENT;

	if (!has_script(n, which) || n->begun[which == CONF_NOTIFY_ANY])
		return true;
	of = &n->conf->on[which];
	snprintf(priority, sizeof(priority), "%u", change->priority);
	say_change(n, word, change, &variables);
	if (program_find(&program, of->command, &of->user, r->model) &&
	    (which != CONF_NOTIFY_ANY ||
	     add_words(&program.command, n, word, priority)))
		pid = spawn_notify(r, &program, &variables, &n->output);
	if (spawn_is_short(r, pid)) {
		program_free(&program);
		return false;
	}
	n->begun[which == CONF_NOTIFY_ANY] = true;
	if (pid < 0)
		fprintf(stderr,
			"batond: run: %s: the script of %s is not run: %s\n",
			n->name, word,
			program.why[0] ? program.why : strerror((int)-pid));
	else
		n->pids[which == CONF_NOTIFY_ANY] = pid;
	notify_note_start(r, n, which == CONF_NOTIFY_ANY, pid);
	program_free(&program);
	return true;
}

static bool is_busy(const struct notifier *n)
{
	return n->pids[0] > 0 || n->pids[1] > 0;
}

static bool is_tried_again(const struct notifier *n, const char *word,
			   const struct ledger_change *change)
{
	return n->is_put_off && is_begun(n, word, change->number);
}

/* It is told later, but for the script of it that was begun: by the next
 * process, if that comes before there is room. */
static void put_off(struct runner *r, struct notifier *n)
{
	notify_note_put_off(r, n);
	n->is_put_off = r->notify_is_put_off = true;
}

static bool tell(struct runner *r, struct notifier *n,
		 const struct ledger_change *change)
{
	const char *word = notify_word(n, change);
	bool remark = ledger_is_remark((enum ledger_change_kind)change->kind);

	if (word) {
		bool again = is_tried_again(n, word, change);

		begin(n, word, change->number);
		if (!again && (has_script(n, specific_of(n, change)) ||
			       (!remark && has_script(n, CONF_NOTIFY_ANY))))
			notify_note_begin(r, n, word, change->number);
		if (!start(r, n, specific_of(n, change), word, change) ||
		    (!remark && !start(r, n, CONF_NOTIFY_ANY, word, change))) {
			put_off(r, n);
			return false;
		}
		n->stops = change->kind == LEDGER_CHANGE_STATE &&
			   change->to == VRRP_INIT;
	}
	ledger_follow_on(&n->told, change);
	ledger_note_told(r->ledger, LEDGER_TELLS_SCRIPTS, n->follower,
			 &n->told);
	notify_note_whole(r, n);
	n->is_put_off = false;
	return true;
}

/* What was remarked before a change that waits is no news any more. */
static bool is_old(const struct ledger_changes *c, const struct notifier *n,
		   const struct ledger_change *change)
{
	return ledger_is_remark((enum ledger_change_kind)change->kind) &&
	       c->ready > n->told.states;
}

bool notify_is_others(const struct runner *r, const struct ledger_changes *c)
{
	return __atomic_load_n(&ledger_server(r->ledger)->heartbeat,
			       __ATOMIC_ACQUIRE) == LEDGER_YIELDED &&
	       c->last[c->count % LEDGER_CHANGES_KEPT].kind !=
		       LEDGER_CHANGE_DELETED;
}

static void count_lost(struct runner *r, struct notifier *n,
		       const struct ledger_changes *c)
{
	uint64_t told = n->told.states;

	if (told < c->told[LEDGER_TELLS_SCRIPTS].states)
		told = c->told[LEDGER_TELLS_SCRIPTS].states;
	if (c->count > told && c->count - told > LEDGER_CHANGES_KEPT)
		notify_note_lost(r, n, c->count - told - LEDGER_CHANGES_KEPT);
}

/* What is new, as long as no script of it runs. */
static void look(struct runner *r, struct notifier *n)
{
	struct ledger_change change;
	struct ledger_changes c;
	uint64_t lost = 0; /* with remarks, which are no loss */

	if (!n->conf->on || is_busy(n) ||
	    !ledger_has_news(r->ledger, n->follower, &n->told) ||
	    !ledger_read_changes(r->ledger, n->follower, &c))
		return; /* it is written just now, and we are woken */
	if (notify_is_others(r, &c))
		return;
	if (clock_now() < r->spawn_again) {
		r->notify_is_put_off = true;
		return;
	}
	count_lost(r, n, &c);
	while (!is_busy(n)) {
		enum ledger_follow is = ledger_follow(&c, LEDGER_TELLS_SCRIPTS,
						      &n->told, &change, &lost);

		if (is == LEDGER_FOLLOW_NONE)
			return;
		/* One that was removed is told at the end, whatever the kernel
		 * does. */
		if (is == LEDGER_FOLLOW_WAITS &&
		    !(r->stopping && change.kind == LEDGER_CHANGE_DELETED))
			return;
		if (is_old(&c, n, &change))
			ledger_follow_on(&n->told, &change);
		else if (!tell(r, n, &change))
			return;
	}
}

/* The newest, if nobody will tell it when we have ended. */
static bool owes(const struct runner *r, const struct notifier *n,
		 struct ledger_change *newest)
{
	struct ledger_changes c;

	if (!n->conf->on || !ledger_read_changes(r->ledger, n->follower, &c) ||
	    c.count <= n->told.states)
		return false;
	*newest = c.last[c.count % LEDGER_CHANGES_KEPT];
	return newest->number == c.count && newest->to < VRRP_STATES &&
	       newest->from < VRRP_STATES && newest->peer.family <= IP_V6 &&
	       (newest->kind == LEDGER_CHANGE_DELETED ||
		(newest->kind == LEDGER_CHANGE_STATE && r->ends));
}

void notify_hurry(struct runner *r)
{
	struct ledger_change newest;

	for (uint32_t n = 0; n < r->notifier_count; n++)
		if (owes(r, &r->notifiers[n], &newest))
			(void)tell(r, &r->notifiers[n], &newest);
}

unsigned notify_priority(const struct runner *r, const struct notifier *n)
{
	return n->of ? ledger_core_at(r->ledger, n->instance)->priority : 0;
}

void notify_look(struct runner *r)
{
	for (uint32_t n = 0; n < r->notifier_count; n++)
		look(r, &r->notifiers[n]);
}

tick_t notify_due(struct runner *r, tick_t now)
{
	if (r->notify_is_put_off && now >= r->spawn_again) {
		r->notify_is_put_off = false;
		notify_look(r);
	}
	return r->notify_is_put_off ? r->spawn_again : TICK_NEVER;
}

bool notify_ended(struct runner *r, pid_t pid, int status)
{
	for (uint32_t n = 0; n < r->notifier_count; n++) {
		struct notifier *one = &r->notifiers[n];

		for (unsigned k = 0; k < 2; k++) {
			if (one->pids[k] != pid)
				continue;
			one->pids[k] = 0;
			notify_note_end(r, one, k, status);
			if (!is_busy(one))
				look(r, one);
			return true;
		}
	}
	return false;
}

static void orphan_ended(struct runner *r, void *of, unsigned which)
{
	struct notifier *n = of;

	/* At the end of the daemon a newer one may run beside it. */
	if (n->pids[which] != n->orphans[which].pid)
		return;
	n->pids[which] = 0;
	notify_note_gone(r, n, which);
	if (!is_busy(n))
		look(r, n);
}

bool notify_stops(const struct runner *r)
{
	struct ledger_change newest;

	for (uint32_t n = 0; n < r->notifier_count; n++)
		if ((r->notifiers[n].stops && is_busy(&r->notifiers[n])) ||
		    owes(r, &r->notifiers[n], &newest))
			return true;
	return false;
}

void notify_kill(const struct runner *r)
{
	for (uint32_t n = 0; n < r->notifier_count; n++)
		for (unsigned k = 0; k < 2; k++)
			if (r->notifiers[n].stops && r->notifiers[n].pids[k])
				kill(-r->notifiers[n].pids[k], SIGKILL);
}

static bool tells_deleted(const struct conf_notifies *n)
{
	return n->on && n->on[CONF_NOTIFY_DELETED].command;
}

static void adopt(struct runner *r, struct notifier *n)
{
	struct ledger_notified was;

	(void)ledger_read_notified(r->ledger, n->follower, &was);
	n->begun_change = was.change;
	memcpy(n->begun_word, was.word, sizeof(n->begun_word));
	for (unsigned k = 0; k < 2; k++) {
		/* Its end would have been noted, but after that of all. */
		n->begun[k] = was.pids[k] != 0 || (was.begun >> k & 1);
		n->orphans[k] = (struct orphan){
			.runner = r,
			.of = n,
			.which = k,
			.variable = n->of ? "BATON_INSTANCE" : "BATON_GROUP",
			.value = n->name,
			.ended = orphan_ended,
		};
		if (orphan_adopt(&n->orphans[k], was.pids[k], was.change))
			n->pids[k] = was.pids[k];
		else if (was.pids[k] != 0)
			notify_note_gone(r, n, k);
	}
}

/* `follower` is its number in the ledger, plus 1; 0: it has none. */
static void add(struct runner *r, const struct notifier *one, uint32_t follower)
{
	uint32_t count = ledger_followers(r->ledger);
	struct notifier *n = &r->notifiers[r->notifier_count];

	if (follower == 0 || follower > count || r->notifier_count == count)
		return;
	*n = *one;
	output_setup(&n->output);
	n->follower = follower - 1;
	n->tells_deleted = tells_deleted(n->conf);
	n->told = ledger_told(r->ledger, LEDGER_TELLS_SCRIPTS, n->follower);
	adopt(r, n);
	r->notifier_count++;
}

static void add_instance(struct runner *r, uint32_t number)
{
	const struct conf_instance *c = &r->model->instances[number];
	struct ledger_configured is;

	ledger_copy_configured(r->ledger, number, &is);
	add(r,
	    &(struct notifier){ .of = c,
				.conf = &c->notifies,
				.kind = "INSTANCE",
				.name = c->name,
				.instance = number },
	    is.follower);
}

static void add_group(struct runner *r, uint32_t number)
{
	const struct conf_sync_group *c = &r->model->groups[number];
	struct ledger_group is;

	ledger_copy_group(r->ledger, number, &is);
	add(r,
	    &(struct notifier){
		    .conf = &c->notifies, .kind = "GROUP", .name = c->name },
	    is.follower);
}

/* All that are followed, also by FIFOs alone. */
int notify_setup(struct runner *r)
{
	uint32_t count = ledger_followers(r->ledger);

	r->notifiers = calloc(count + 1, sizeof(*r->notifiers));
	if (!r->notifiers)
		return -ENOMEM;
	for (uint32_t n = 0;
	     n < r->model->instance_count && n < ledger_instances(r->ledger);
	     n++)
		add_instance(r, n);
	for (uint32_t n = 0;
	     n < r->model->group_count && n < ledger_groups(r->ledger); n++)
		add_group(r, n);
	return 0;
}
