/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner/whereabouts.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

__attribute__((format(printf, 2, 3))) static bool
refuse(struct whereabouts *p, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(p->why, sizeof(p->why), format, arguments);
	va_end(arguments);
	return false;
}

/* Along PATH, where there is no / in it. */
static bool find_file(struct whereabouts *p, const char *name)
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
static bool is_trusted(struct whereabouts *p, const char *path)
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

void whereabouts_find(const void *wanted, void *out)
{
	const struct whereabouts_wanted *w = wanted;
	struct whereabouts *p = out;
	char resolved[PATH_MAX];

	memset(p, 0, sizeof(*p));
	if (!find_file(p, w->name))
		return;
	if (!realpath(p->path, resolved)) {
		refuse(p, "%s: %s", p->path, strerror(errno));
		return;
	}
	if (w->trusted && (!is_trusted(p, p->path) || !is_trusted(p, resolved)))
		return;
	if (!w->keep_links)
		snprintf(p->path, sizeof(p->path), "%s", resolved);
}
