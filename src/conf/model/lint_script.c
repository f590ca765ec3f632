/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scripts that only ask whether a process lives: a vrrp_track_process knows it
 * without a program that is started again and again, and at once.
 */
#include "conf/model/command.h"
#include "conf/model/finish.h"

#include <stdio.h>
#include <string.h>

/* The name of a process, as far as it is shown. */
#define ASKED_MAX 64

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The one word that is no option of those in `options`; or NULL. */
static const char *only_operand(const struct command *c,
				const char *const *options)
{
	const char *found = NULL;

	for (size_t n = 1; n < c->count; n++) {
		const char *word = c->words[n];
		bool known = false;

		for (size_t k = 0; options[k]; k++)
			known |= strcmp(word, options[k]) == 0;
		if (known)
			continue;
		if (found || word[0] == '-')
			return NULL;
		found = word;
	}
	return found;
}

/* A name of a process, and nothing that a program would understand. */
static bool is_name(const char *word)
{
	for (const char *c = word; *c; c++)
		if (strchr("*?[](){}|^$\\<>&;`\"' ", *c))
			return false;
	return word[0] && strlen(word) < ASKED_MAX;
}

/* kill -0 $(cat /run/NAME.pid), in either way of writing it. */
static const char *pid_file(const struct command *c)
{
	const char *path = c->words[c->count - 1];
	size_t length = strlen(path);
	bool asks = c->count == 4 && strcmp(c->words[1], "-0") == 0 &&
		    (strcmp(c->words[2], "$(cat") == 0 ||
		     strcmp(c->words[2], "`cat") == 0);

	if (!asks || length < 2)
		return NULL;
	c->words[3][length - 1] = '\0'; /* ) or ` */
	length--;
	if (length > 4 && strcmp(path + length - 4, ".pid") == 0)
		c->words[3][length - 4] = '\0';
	return base_of(path);
}

/* systemctl is-active NAME.service. */
static const char *unit(const struct command *c)
{
	static const char *const options[] = { "is-active", "--quiet", "-q",
					       "status", NULL };
	const char *name = only_operand(c, options);
	size_t length = name ? strlen(name) : 0;
	bool asks = false;

	for (size_t n = 1; n < c->count; n++)
		asks |= strcmp(c->words[n], "is-active") == 0;
	if (length > 8 && strcmp(name + length - 8, ".service") == 0)
		((char *)(uintptr_t)name)[length - 8] = '\0';
	return asks ? name : NULL;
}

static const char *asked_by(const struct command *c)
{
	static const char *const killall[] = { "-0", "-q",      "-e", "-s",
					       "0",  "--quiet", NULL };
	static const char *const pidof[] = { "-s", "-x", "-q", NULL };
	static const char *const pgrep[] = { "-x", "-o", "-n", "-c", NULL };
	const char *program = base_of(c->words[0]);
	bool kills = false;

	for (size_t n = 1; n < c->count; n++)
		kills |= strcmp(c->words[n], "-0") == 0 ||
			 strcmp(c->words[n], "0") == 0;
	if (strcmp(program, "killall") == 0)
		return kills ? only_operand(c, killall) : NULL;
	if (strcmp(program, "pidof") == 0)
		return only_operand(c, pidof);
	if (strcmp(program, "pgrep") == 0)
		return only_operand(c, pgrep);
	if (strcmp(program, "systemctl") == 0)
		return unit(c);
	return strcmp(program, "kill") == 0 ? pid_file(c) : NULL;
}

/* The process of which a script only asks whether it lives. */
static bool asks_for(const char *text, char name[ASKED_MAX])
{
	struct command command, inner;
	const struct command *of = &command;
	const char *found, *program;

	if (!command_split(&command, text))
		return false;
	program = base_of(command.words[0]);
	if (command.count == 3 && strcmp(command.words[1], "-c") == 0 &&
	    (strcmp(program, "sh") == 0 || strcmp(program, "bash") == 0)) {
		if (!command_split(&inner, command.words[2]))
			return false;
		of = &inner;
	}
	found = asked_by(of);
	if (!found || !is_name(base_of(found)))
		return false;
	snprintf(name, ASKED_MAX, "%s", base_of(found));
	return true;
}

void conf_lint_scripts(struct conf_reader *r, const struct conf_model *model)
{
	for (uint32_t n = 0; n < model->script_count; n++) {
		const struct conf_script *s = &model->scripts[n];
		struct conf_place place = { .span = s->is.span };
		char name[ASKED_MAX], hint[512], weight[32] = "";

		if (!s->command || !asks_for(s->command, name))
			continue;
		if (s->is.weight.value)
			snprintf(weight, sizeof(weight), " weight %d%s",
				 s->is.weight.value,
				 s->is.weight.reverse ? " reverse" : "");
		snprintf(hint, sizeof(hint),
			 "write: vrrp_track_process %s { process %s%s }, and "
			 "in the virtual routers track_process { %s }",
			 s->is.name, name, weight, s->is.name);
		conf_report(r->report, CONF_NOTE, &place, hint,
			    "vrrp_script %s only asks whether %s runs; "
			    "track_process knows that at once, and starts no "
			    "program for it",
			    s->is.name, name);
	}
}
