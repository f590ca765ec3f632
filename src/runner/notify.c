/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users' scripts are told what has become of their virtual routers: from the
 * record of the last changes, in their order, one change after another, and
 * each once; again only if this process died between the start of a script and
 * its note of that. A script takes as long as it likes; those of other virtual
 * routers do not wait for it. keepalived.conf(5), "NOTIFY SCRIPTS".
 */
#include "runner/runner_state.h"

#include "sys/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const enum conf_notify_on specific[] = {
	[VRRP_INIT] = CONF_NOTIFY_STOP,
	[VRRP_BACKUP] = CONF_NOTIFY_BACKUP,
	[VRRP_ACTIVE] = CONF_NOTIFY_ACTIVE,
	[VRRP_FAULT] = CONF_NOTIFY_FAULT,
};

/* As keepalived calls them. */
static const char *const words[] = {
	[VRRP_INIT] = "STOP",
	[VRRP_BACKUP] = "BACKUP",
	[VRRP_ACTIVE] = "MASTER",
	[VRRP_FAULT] = "FAULT",
};

/* Behind the words of its own that a generic script has. */
static bool add_words(struct command *c, const char *name, const char *state,
		      const char *priority)
{
	const char *const more[] = { "INSTANCE", name, state, priority };

	if (c->count + 4 > COMMAND_WORDS_MAX)
		return false;
	for (size_t n = 0; n < 4; n++)
		c->words[c->count++] = (char *)(uintptr_t)more[n];
	c->words[c->count] = NULL;
	return true;
}

static void say_change(const struct ledger_change *change,
		       struct spawn_variables *v)
{
	char peer[IP_TEXT_MAX] = "";

	if (change->peer.family != IP_NONE)
		ip_format(&change->peer, peer);
	spawn_variable(v, "BATON_CAUSE",
		       vrrp_cause_name((enum vrrp_cause)change->cause));
	spawn_variable(v, "BATON_RULE",
		       vrrp_cause_rule((enum vrrp_cause)change->cause));
	spawn_variable(v, "BATON_FROM",
		       vrrp_state_name((enum vrrp_state)change->from));
	spawn_variable(v, "BATON_PEER", peer);
}

/* One of the two scripts of a change; nothing if there is none. */
static void start(struct runner *r, struct notifier *n,
		  enum conf_notify_on which, const struct ledger_change *change)
{
	const struct conf_notify *of = &n->conf->on[which];
	struct program program = { .why = "" };
	struct spawn_variables variables = { .count = 0 };
	char priority[8];
	pid_t pid = -ENOENT;

	if (!of->command)
		return;
	snprintf(priority, sizeof(priority), "%u", change->priority);
	say_change(change, &variables);
	if (program_find(&program, of->command, &of->user, r->model) &&
	    (which != CONF_NOTIFY_ANY ||
	     add_words(&program.command, n->name, words[change->to], priority)))
		pid = spawn_notify(r, &program, &variables);
	if (pid < 0)
		fprintf(stderr,
			"batond: run: %s: the script of %s is not run: %s\n",
			n->name, words[change->to],
			program.why[0] ? program.why : strerror((int)-pid));
	else
		n->pids[which == CONF_NOTIFY_ANY] = pid;
	program_free(&program);
}

static void note_told(struct runner *r, const struct notifier *n)
{
	const struct ledger_told told = { .states = n->told };

	ledger_note_told(r->ledger, LEDGER_TELLS_SCRIPTS, n->follower, &told);
}

/* keepalived calls nobody for what its file alone says. */
static bool is_told(const struct ledger_change *change)
{
	return change->to < VRRP_STATES && change->cause != VRRP_CAUSE_NO_PEER;
}

static bool is_busy(const struct notifier *n)
{
	return n->pids[0] > 0 || n->pids[1] > 0;
}

static void tell(struct runner *r, struct notifier *n,
		 const struct ledger_change *change)
{
	if (is_told(change)) {
		start(r, n, specific[change->to], change);
		start(r, n, CONF_NOTIFY_ANY, change);
		n->stops = change->to == VRRP_INIT;
	}
	n->told = change->number;
	note_told(r, n);
}

/* What is new, as long as no script of it runs. */
static void look(struct runner *r, struct notifier *n)
{
	struct ledger_changes c;

	if (!ledger_read_changes(r->ledger, n->follower, &c))
		return; /* it is written just now, and we are woken */
	if (n->told < c.told[LEDGER_TELLS_SCRIPTS].states)
		n->told = c.told[LEDGER_TELLS_SCRIPTS].states;
	/* Those that are no longer kept are lost. */
	if (c.ready - n->told > LEDGER_CHANGES_KEPT && c.ready > n->told)
		n->told = c.ready - LEDGER_CHANGES_KEPT;
	while (!is_busy(n) && n->told < c.ready) {
		const struct ledger_change *change =
			&c.last[(n->told + 1) % LEDGER_CHANGES_KEPT];

		if (change->number == n->told + 1)
			tell(r, n, change);
		else
			n->told++;
	}
}

void notify_look(struct runner *r)
{
	for (uint32_t n = 0; n < r->notifier_count; n++)
		look(r, &r->notifiers[n]);
}

bool notify_ended(struct runner *r, pid_t pid)
{
	for (uint32_t n = 0; n < r->notifier_count; n++) {
		struct notifier *one = &r->notifiers[n];

		for (unsigned k = 0; k < 2; k++) {
			if (one->pids[k] != pid)
				continue;
			one->pids[k] = 0;
			if (!is_busy(one))
				look(r, one);
			return true;
		}
	}
	return false;
}

bool notify_stops(const struct runner *r)
{
	for (uint32_t n = 0; n < r->notifier_count; n++)
		if (r->notifiers[n].stops && is_busy(&r->notifiers[n]))
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

int notify_setup(struct runner *r)
{
	uint32_t count = ledger_followers(r->ledger);

	r->notifiers = calloc(count + 1, sizeof(*r->notifiers));
	if (!r->notifiers)
		return -ENOMEM;
	for (uint32_t n = 0; n < r->model->instance_count; n++) {
		const struct conf_instance *c = &r->model->instances[n];
		struct ledger_configured is;

		ledger_copy_configured(r->ledger, n, &is);
		if (!c->notifies.on || is.follower == 0 ||
		    is.follower > count || r->notifier_count == count)
			continue;
		r->notifiers[r->notifier_count++] = (struct notifier){
			.conf = &c->notifies,
			.name = c->name,
			.follower = is.follower - 1,
			.told = ledger_told(r->ledger, LEDGER_TELLS_SCRIPTS,
					    is.follower - 1)
					.states,
		};
	}
	return 0;
}
