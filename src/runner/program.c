/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command names on this machine: the user that runs it, and its file
 * (whereabouts.c). keepalived.conf(5), script_user.
 */
#include "runner/bounded.h"
#include "runner/runner_state.h"
#include "runner/user.h"
#include "runner/whereabouts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHELL "/bin/sh"

__attribute__((format(printf, 2, 3))) static bool
refuse(struct program *p, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(p->why, sizeof(p->why), format, arguments);
	va_end(arguments);
	return false;
}

bool program_find_user(struct program *p, const struct conf_user *user,
		       const struct conf_model *model)
{
	const struct conf_scripts_global *global = &model->global.scripts;
	struct user_found found;
	size_t size;

	if (!user->name)
		user = &global->user;
	user_find(&found, user->name, user->group, global->supplementary);
	if (!found.is_found)
		return refuse(p, "%s", found.why);
	if (found.is_default && global->security)
		return refuse(p, "enable_script_security needs a script_user");
	size = (size_t)found.group_count * sizeof(*found.groups);
	p->user = (struct runner_user){
		.uid = found.uid,
		.gid = found.gid,
		.groups = malloc(size),
		.group_count = found.group_count,
	};
	if (!p->user.groups)
		return refuse(p, "%s", strerror(ENOMEM));
	memcpy(p->user.groups, found.groups, size);
	return true;
}

/* keepalived's: a redirection, to see whether something can be opened. */
static bool split(struct program *p, const char *command)
{
	if (command[0] != '<')
		return command_split(&p->command, command);
	if (!command_split(&p->command, SHELL " -c x") ||
	    strlen(command) >= sizeof(p->command.bytes) / 2)
		return false;
	p->command.words[2] = strcpy(
		p->command.bytes + sizeof(p->command.bytes) / 2, command);
	return true;
}

static bool locate(struct program *p, const char *command,
		   const struct conf_scripts_global *global)
{
	const struct whereabouts_wanted wanted = {
		.name = p->command.words[0],
		/* Where a link leads counts as well as where it stands. */
		.trusted = global->security && p->user.uid == 0,
		.keep_links = global->keep_symlinks,
	};
	struct whereabouts found;

	if (!bounded_by(command, whereabouts_find, &wanted, &found,
			sizeof(found)))
		return errno == ETIMEDOUT
			       ? refuse(p, "%s does not answer", wanted.name)
			       : refuse(p, "%s", strerror(errno));
	if (found.why[0])
		return refuse(p, "%s", found.why);
	memcpy(p->path, found.path, sizeof(p->path));
	return true;
}

bool program_find(struct program *p, const char *command,
		  const struct conf_user *user, const struct conf_model *model)
{
	program_free(p);
	p->why[0] = '\0';
	if (!split(p, command))
		return refuse(p, "it is no command");
	return program_find_user(p, user, model) &&
	       locate(p, command, &model->global.scripts);
}

void program_free(struct program *p)
{
	free(p->user.groups);
	p->user = (struct runner_user){ 0 };
}
