/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command names on this machine: its file, the user that runs it, and
 * whether root may trust it. keepalived.conf(5), script_user and
 * enable_script_security.
 */
#include "runner/runner_state.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHELL "/bin/sh"

/* The user that runs scripts where nothing is written and it exists. */
#define DEFAULT_USER "keepalived_script"

#define GROUPS_MAX 256

__attribute__((format(printf, 2, 3))) static bool
refuse(struct program *p, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(p->why, sizeof(p->why), format, arguments);
	va_end(arguments);
	return false;
}

/* A number, as ids may be written. */
static bool is_number(const char *text, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
	       *value < UINT32_MAX;
}

static bool find_group(struct program *p, const char *name)
{
	const struct group *group = getgrnam(name);
	unsigned long number;

	if (group)
		p->user.gid = group->gr_gid;
	else if (is_number(name, &number))
		p->user.gid = (gid_t)number;
	else
		return refuse(p, "there is no group %s", name);
	return true;
}

/* Its own group alone, or all. */
static bool find_groups(struct program *p, const char *name, bool all)
{
	int count = GROUPS_MAX;

	p->user.groups = calloc(GROUPS_MAX, sizeof(*p->user.groups));
	if (!p->user.groups)
		return refuse(p, "%s", strerror(ENOMEM));
	p->user.groups[0] = p->user.gid;
	p->user.group_count = 1;
	if (all && getgrouplist(name, p->user.gid, p->user.groups, &count) >= 0)
		p->user.group_count = count;
	return true;
}

static bool find_named(struct program *p, const char *name, const char *group,
		       bool all)
{
	const struct passwd *found = getpwnam(name);
	unsigned long number;

	if (!found && is_number(name, &number))
		found = getpwuid((uid_t)number);
	if (found) {
		p->user.uid = found->pw_uid;
		p->user.gid = found->pw_gid;
		name = found->pw_name;
	} else if (is_number(name, &number)) {
		p->user.uid = (uid_t)number;
		p->user.gid = (gid_t)number;
	} else {
		return refuse(p, "there is no user %s", name);
	}
	return (!group || find_group(p, group)) && find_groups(p, name, all);
}

bool program_find_user(struct program *p, const struct conf_user *user,
		       const struct conf_model *model)
{
	const struct conf_scripts_global *global = &model->global.scripts;

	if (!user->name)
		user = &global->user;
	if (user->name)
		return find_named(p, user->name, user->group,
				  global->supplementary);
	if (getpwnam(DEFAULT_USER))
		return find_named(p, DEFAULT_USER, NULL, global->supplementary);
	if (global->security)
		return refuse(p, "enable_script_security needs a script_user");
	p->user.uid = geteuid();
	p->user.gid = getegid();
	return find_groups(p, "root", false);
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
