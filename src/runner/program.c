/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command names on this machine: its file, the user that runs it, and
 * whether root may trust it. keepalived.conf(5), script_user and
 * enable_script_security.
 */
#include "runner/runner_state.h"
#include "runner/user.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* Along PATH, where there is no / in it. */
static bool find_file(struct program *p, const char *name)
{
	const char *path = getenv("PATH"), *end;
	struct stat status;

	if (strchr(name, '/')) {
		snprintf(p->path, sizeof(p->path), "%s", name);
		if (stat(p->path, &status))
			return refuse(p, "%s: %s", name, strerror(errno));
	}
	for (; !strchr(name, '/') && path; path = *end ? end + 1 : NULL) {
		end = strchrnul(path, ':');
		snprintf(p->path, sizeof(p->path), "%.*s/%s", (int)(end - path),
			 path, name);
		if (stat(p->path, &status) == 0 && S_ISREG(status.st_mode))
			break;
	}
	if (!strchr(name, '/') && !path)
		return refuse(p, "%s is nowhere along PATH", name);
	if (!S_ISREG(status.st_mode))
		return refuse(p, "%s is no file", name);
	if (!(status.st_mode & 0111))
		return refuse(p, "%s is not executable", name);
	return true;
}

/* Others than root could put something else there. */
static bool is_open(const struct stat *status)
{
	bool sticky = S_ISDIR(status->st_mode) && (status->st_mode & S_ISVTX);

	return status->st_uid != 0 ||
	       (!sticky && (status->st_mode & (S_IWGRP | S_IWOTH)));
}

/* Each part of the path, from the root on. */
static bool is_trusted(struct program *p, const char *path)
{
	char part[sizeof(p->path)];
	struct stat status;

	if (path[0] != '/')
		return refuse(p, "%s is no absolute path", path);
	for (const char *at = path; at; at = strchr(at + 1, '/')) {
		size_t length = at == path ? 1 : (size_t)(at - path);

		memcpy(part, path, length);
		part[length] = '\0';
		if (stat(part, &status))
			return refuse(p, "%s: %s", part, strerror(errno));
		if (is_open(&status))
			return refuse(p,
				      "%s can be changed by others than root",
				      part);
	}
	if (stat(path, &status))
		return refuse(p, "%s: %s", path, strerror(errno));
	if (is_open(&status))
		return refuse(p, "%s can be changed by others than root", path);
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

bool program_find(struct program *p, const char *command,
		  const struct conf_user *user, const struct conf_model *model)
{
	const struct conf_scripts_global *global = &model->global.scripts;
	char resolved[PATH_MAX];

	program_free(p);
	p->why[0] = '\0';
	if (!split(p, command))
		return refuse(p, "it is no command");
	if (!program_find_user(p, user, model) ||
	    !find_file(p, p->command.words[0]))
		return false;
	if (!realpath(p->path, resolved))
		return refuse(p, "%s: %s", p->path, strerror(errno));
	/* Where a link leads counts as well as where it stands. */
	if (global->security && p->user.uid == 0 &&
	    (!is_trusted(p, p->path) || !is_trusted(p, resolved)))
		return false;
	if (!global->keep_symlinks)
		snprintf(p->path, sizeof(p->path), "%s", resolved);
	return true;
}

void program_free(struct program *p)
{
	free(p->user.groups);
	p->user = (struct runner_user){ 0 };
}
